/*
 * series: the dictionary of who called what, remembered in bounded memory while lines pass by.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/hash.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"

#define TEXTS 8
#define SLOTS (1u << 16)     /* places of the table; a power of two */
#define ENTRIES (SLOTS / 2)  /* remembered at most: then it forgets and begins again */
#define KEY_BYTES (8u << 20) /* of their texts */

struct entry {
	uint64_t hash;
	struct series_id id;
	uint32_t key;      /* where the texts begin in keys */
	uint32_t n[TEXTS]; /* their lengths */
};

struct series_cache {
	struct entry *entries; /* ENTRIES, in the order they came */
	uint32_t *slots;       /* 0: free, else 1 + the entry's index */
	size_t count;
	char *keys;
	size_t used, room;
};

void
series_forget(struct store *store)
{
	struct series_cache *cache = store->series;

	if (cache == NULL)
		return;
	free(cache->entries);
	free(cache->slots);
	free(cache->keys);
	free(cache);
	store->series = NULL;
}

static struct series_cache *
make_cache(struct store *store, struct err *err)
{
	struct series_cache *cache = calloc(1, sizeof(*cache));

	store->series = cache;
	if (cache != NULL) {
		cache->room = 1u << 16;
		cache->entries = malloc(ENTRIES * sizeof(*cache->entries));
		cache->slots = calloc(SLOTS, sizeof(*cache->slots));
		cache->keys = malloc(cache->room);
	}
	if (cache == NULL || cache->entries == NULL || cache->slots == NULL || cache->keys == NULL) {
		series_forget(store);
		err_set(err, ERR_OUTSIDE, "no memory for the dictionary of series");
		return NULL;
	}
	return cache;
}

static bool
is_entry(const struct series_cache *cache, const struct entry *entry, uint64_t hash, const struct text *texts)
{
	const char *key = cache->keys + entry->key;

	if (entry->hash != hash)
		return false;
	for (int i = 0; i < TEXTS; i++) {
		if (entry->n[i] != texts[i].n || (texts[i].n > 0 && memcmp(key, texts[i].p, texts[i].n) != 0))
			return false;
		key += texts[i].n;
	}
	return true;
}

static int
make_room(struct series_cache *cache, size_t n, struct err *err)
{
	char *keys;

	if (cache->count == ENTRIES || cache->used + n > KEY_BYTES) {
		memset(cache->slots, 0, SLOTS * sizeof(*cache->slots));
		cache->count = cache->used = 0;
	}
	if (cache->used + n <= cache->room)
		return 0;
	while (cache->used + n > cache->room)
		cache->room *= 2;
	keys = realloc(cache->keys, cache->room);
	if (keys == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the dictionary of series");
	cache->keys = keys;
	return 0;
}

static int
remember(struct series_cache *cache, uint64_t hash, const struct text *texts, struct series_id id, struct err *err)
{
	struct entry *entry;
	size_t n = 0, slot = hash & (SLOTS - 1);

	for (int i = 0; i < TEXTS; i++)
		n += texts[i].n;
	if (n > KEY_BYTES / 4) /* too long to be worth it */
		return 0;
	if (make_room(cache, n, err) != 0)
		return -1;
	entry = &cache->entries[cache->count];
	entry->hash = hash;
	entry->id = id;
	entry->key = (uint32_t)cache->used;
	for (int i = 0; i < TEXTS; i++) {
		entry->n[i] = (uint32_t)texts[i].n;
		if (texts[i].n > 0)
			memcpy(cache->keys + cache->used, texts[i].p, texts[i].n);
		cache->used += texts[i].n;
	}
	while (cache->slots[slot] != 0)
		slot = (slot + 1) & (SLOTS - 1);
	cache->slots[slot] = (uint32_t)++cache->count;
	return 0;
}

/* Add the row when it is new, and read its id. */
static int
look_up(struct store *store, sqlite3_stmt *add, sqlite3_stmt *find, int64_t *id, struct err *err)
{
	int status;

	if ((status = statement_step(store, find, err)) == 0) {
		if (statement_run(store, add, err) != 0)
			return -1;
		status = statement_step(store, find, err);
	}
	if (status < 0)
		return -1;
	*id = status == 1 ? sqlite3_column_int64(find, 0) : 0;
	sqlite3_reset(find);
	return status == 1
		? 0
		: err_set(err, ERR_OUTSIDE, "ledger %s: a dictionary row cannot be found again", store_path(store));
}

static int
read_id(struct store *store, const struct usage_reading *reading, struct series_id *id, struct err *err)
{
	sqlite3_stmt *statements[2];

	statements[0] = statement_get(store, ST_lane_add);
	statements[1] = statement_get(store, ST_lane_find);
	for (int i = 0; i < 2; i++) {
		bind_text(statements[i], ":provider", reading->provider);
		bind_text(statements[i], ":model", reading->model);
		bind_text(statements[i], ":workload", reading->workload);
	}
	if (look_up(store, statements[0], statements[1], &id->lane, err) != 0)
		return -1;
	statements[0] = statement_get(store, ST_series_add);
	statements[1] = statement_get(store, ST_series_find);
	for (int i = 0; i < 2; i++) {
		bind_whole(statements[i], ":lane", id->lane);
		bind_text(statements[i], ":account", reading->account);
		bind_text(statements[i], ":project", reading->project);
		bind_text(statements[i], ":key", reading->key);
		bind_text(statements[i], ":service_tier", reading->service_tier);
		bind_text(statements[i], ":tag", reading->tag);
	}
	return look_up(store, statements[0], statements[1], &id->series, err);
}

int
ledger_series(struct store *store, const struct usage_reading *reading, struct series_id *id, struct err *err)
{
	struct series_cache *cache = store->series != NULL ? store->series : make_cache(store, err);
	const struct text texts[TEXTS] = { reading->model, reading->workload, reading->key, reading->project,
		reading->account, reading->provider, reading->service_tier, reading->tag };
	uint64_t hash = 0;

	if (cache == NULL)
		return -1;
	for (int i = 0; i < TEXTS; i++)
		hash = hash_text(hash, texts[i]);
	for (size_t slot = hash & (SLOTS - 1); cache->slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
		const struct entry *entry = &cache->entries[cache->slots[slot] - 1];

		if (is_entry(cache, entry, hash, texts)) {
			*id = entry->id;
			return 0;
		}
	}
	if (ledger_check_names(reading, err) != 0 || read_id(store, reading, id, err) != 0)
		return -1;
	return remember(cache, hash, texts, *id, err);
}
