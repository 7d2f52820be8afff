/*
 * ledger_kit: what the tests of the ledger share: a folder of their own, a ledger in it, and imports from
 * texts.
 */
#ifndef TESTS_LEDGER_KIT_H
#define TESTS_LEDGER_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/collector.h"
#include "daemon/base/arena.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/ledger.h"
#include "daemon/store/query.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define KIT_NOW_US (INT64_C(1793000000) * SECOND_US) /* 2026-10-26 */

struct kit {
	char folder[256];
	char file[288];
	struct store *store;
	struct arena *arena;
	struct zone utc;
	struct ingest_result *result; /* of the last import */
	struct err err;               /* of the last failure */
};

static inline int
kit_setup(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	snprintf(kit->folder, sizeof(kit->folder), "%s/breakeven-test-XXXXXX",
		getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	if (mkdtemp(kit->folder) == NULL) {
		free(kit);
		return -1;
	}
	snprintf(kit->file, sizeof(kit->file), "%s/" STORE_FILE, kit->folder);
	kit->arena = arena_new();
	kit->result = calloc(1, sizeof(*kit->result));
	zone_utc(&kit->utc);
	*state = kit;
	return 0;
}

static inline int
kit_teardown(void **state)
{
	struct kit *kit = *state;
	char command[300];

	store_close(kit->store);
	arena_free(kit->arena);
	free(kit->result);
	snprintf(command, sizeof(command), "rm -rf '%s'", kit->folder);
	if (system(command) != 0)
		return -1;
	free(kit);
	return 0;
}

/* The ledger of the kit, opened for writing when it is not open yet. */
static inline struct store *
kit_store(struct kit *kit)
{
	if (kit->store == NULL && (kit->store = ingest_open(kit->folder, KIT_NOW_US, &kit->err)) == NULL)
		fail_msg("%s", kit->err.text);
	return kit->store;
}

/* Import a text; 0, or -1 with kit->err. options NULL: none. */
static inline int
kit_import_with(struct kit *kit, const char *collector, const char *text, const struct ingest_options *options)
{
	struct ingest_memory memory = { .bytes = text, .n = strlen(text) };
	struct ingest_options with = { .name = NULL };
	struct input input;

	if (options != NULL)
		with = *options;
	if (with.collect.zone == NULL)
		with.collect.zone = &kit->utc;
	if (with.collect.now_us == 0)
		with.collect.now_us = KIT_NOW_US;
	ingest_memory_input(&memory, "text", &input);
	return ingest_run(kit_store(kit), collector_find(collector, NULL), &input, &with, kit->result, &kit->err);
}

static inline int
kit_import(struct kit *kit, const char *text)
{
	return kit_import_with(kit, "usage-csv", text, NULL);
}

/* What the last import did, as its counts stand in a run. */
static inline void
assert_tallies(const struct kit *kit, int taken, int repeated, int conflicting, int refused)
{
	const struct run *run = &kit->result->run;
	const int64_t found[] = { run->taken, run->repeated, run->conflicting, run->refused };
	const int64_t expected[] = { taken, repeated, conflicting, refused };

	for (int i = 0; i < 4; i++)
		assert_int_equal(found[i], expected[i]);
}

/* The sums of everything. */
static inline struct usage_sum
kit_total(struct kit *kit)
{
	const struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct usage_result result;

	if (query_usage(kit_store(kit), &query, kit->arena, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	return result.total;
}

static inline void
assert_sound(struct kit *kit)
{
	if (rollup_check(kit_store(kit), &kit->err) != 0 || store_integrity(kit->store, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
}

#endif
