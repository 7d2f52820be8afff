#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/dictionary.h"
#include "daemon/store/handle.h"

struct lane_names {
	int64_t id;
	const char *name[3]; /* provider, model, workload */
};

struct lane_list {
	struct lane_names *lane;
	size_t n;
};

/* Room for one more of an array in the arena that grows. */
static void *
grow(struct arena *arena, void *array, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return array;
	*room = *room == 0 ? 64 : 2 * *room;
	more = arena_take(arena, *room * size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

static int
lane_order(const void *a, const void *b)
{
	int64_t x = ((const struct lane_names *)a)->id, y = ((const struct lane_names *)b)->id;

	return (x > y) - (x < y);
}

static int
entry_order(const void *a, const void *b)
{
	int64_t x = ((const struct dictionary_entry *)a)->id, y = ((const struct dictionary_entry *)b)->id;

	return (x > y) - (x < y);
}

static int
read_lanes(struct store *store, struct arena *arena, struct lane_list *lanes, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_lane_all);
	size_t room = 0;
	int status;

	while ((status = statement_step(store, rows, err)) == 1) {
		struct lane_names *lane;

		lanes->lane = grow(arena, lanes->lane, lanes->n, &room, sizeof(*lane));
		lane = &lanes->lane[lanes->n++];
		lane->id = sqlite3_column_int64(rows, 0);
		for (int i = 0; i < 3; i++)
			lane->name[i] = column_copy(rows, 1 + i, arena);
	}
	if (lanes->n > 0)
		qsort(lanes->lane, lanes->n, sizeof(*lanes->lane), lane_order);
	return status;
}

static int
read_series(struct store *store, struct arena *arena, const struct lane_list *lanes, struct dictionary *dictionary,
	struct err *err)
{
	static const enum by lane_by[] = { BY_PROVIDER, BY_MODEL, BY_WORKLOAD };
	static const enum by series_by[] = { BY_ACCOUNT, BY_PROJECT, BY_KEY, BY_SERVICE_TIER, BY_TAG };
	sqlite3_stmt *rows = statement_get(store, ST_series_all);
	size_t room = 0;
	int status;

	while ((status = statement_step(store, rows, err)) == 1) {
		struct lane_names wanted = { .id = sqlite3_column_int64(rows, 1) };
		struct lane_names *lane =
			lanes->n == 0 ? NULL : bsearch(&wanted, lanes->lane, lanes->n, sizeof(wanted), lane_order);
		struct dictionary_entry *entry;

		dictionary->entry = grow(arena, dictionary->entry, dictionary->n, &room, sizeof(*entry));
		entry = &dictionary->entry[dictionary->n++];
		*entry = (struct dictionary_entry){ .id = sqlite3_column_int64(rows, 0), .lane = wanted.id };
		for (size_t i = 0; i < sizeof(lane_by) / sizeof(lane_by[0]); i++)
			entry->said[lane_by[i]] = lane == NULL ? "" : lane->name[i];
		for (size_t i = 0; i < sizeof(series_by) / sizeof(series_by[0]); i++)
			entry->said[series_by[i]] = column_copy(rows, 2 + (int)i, arena);
	}
	if (dictionary->n > 0)
		qsort(dictionary->entry, dictionary->n, sizeof(*dictionary->entry), entry_order);
	return status;
}

/* ---- attribution */

void
dictionary_said(const struct dictionary_entry *entry, const char *said[RULE_IFS])
{
	static const enum by by[RULE_IFS] = {
		[IF_ACCOUNT] = BY_ACCOUNT,
		[IF_PROJECT] = BY_PROJECT,
		[IF_KEY] = BY_KEY,
		[IF_PROVIDER] = BY_PROVIDER,
		[IF_MODEL] = BY_MODEL,
		[IF_SERVICE_TIER] = BY_SERVICE_TIER,
		[IF_TAG] = BY_TAG,
		[IF_WORKLOAD] = BY_WORKLOAD,
	};

	for (int i = 0; i < RULE_IFS; i++)
		said[i] = entry->said[by[i]];
}

static int
instant_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Between two neighbours of the instants at which a rule begins or ends nothing changes. */
static void
make_periods(const struct dictionary_wish *wish, struct arena *arena, struct dictionary *dictionary)
{
	const struct rule_list *rules = &dictionary->rules;
	int64_t *edge = arena_take(arena, (2 * rules->n + 2) * sizeof(*edge));
	size_t edges = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const int64_t ends[] = { rules->rules[i].from_us, rules->rules[i].to_us };

		for (int k = 0; k < 2; k++)
			if (ends[k] > wish->from_us && ends[k] < wish->to_us)
				edge[edges++] = ends[k];
	}
	qsort(edge, edges, sizeof(*edge), instant_order);
	dictionary->period = arena_take(arena, (edges + 1) * sizeof(*dictionary->period));
	dictionary->periods = 0;
	for (size_t i = 0; i <= edges; i++) {
		int64_t from_us = i == 0 ? wish->from_us : edge[i - 1], to_us = i == edges ? wish->to_us : edge[i];

		if (i == 0 || from_us < to_us)
			dictionary->period[dictionary->periods++] =
				(struct dictionary_period){ .from_us = from_us, .to_us = to_us };
	}
}

static void
attribute(struct arena *arena, struct dictionary *dictionary)
{
	const char *said[RULE_IFS];

	for (size_t p = 0; p < dictionary->periods; p++) {
		struct attribution *of = arena_take(arena, (dictionary->n + 1) * sizeof(*of));

		for (size_t i = 0; i < dictionary->n; i++) {
			dictionary_said(&dictionary->entry[i], said);
			rules_attribute(dictionary->rules.rules, dictionary->rules.n, said,
				dictionary->period[p].from_us, &of[i]);
		}
		dictionary->period[p].of = of;
	}
}

int
dictionary_load(struct store *store, const struct dictionary_wish *wish, struct arena *arena,
	struct dictionary *dictionary, struct err *err)
{
	struct lane_list lanes = { NULL, 0 };

	*dictionary = (struct dictionary){ .n = 0 };
	if (read_lanes(store, arena, &lanes, err) != 0 || read_series(store, arena, &lanes, dictionary, err) != 0)
		return -1;
	if ((wish->attribute || wish->counts) && rule_list(store, arena, &dictionary->rules, err) != 0)
		return -1;
	if (!wish->attribute && !rules_leave_out(&dictionary->rules))
		dictionary->rules.n = 0;
	make_periods(wish, arena, dictionary);
	attribute(arena, dictionary);
	return 0;
}

const char *
dictionary_name(const struct dictionary *dictionary, size_t period, size_t i, enum by by)
{
	const struct attribution *of = &dictionary->period[period].of[i];

	switch (by) {
	case BY_WORKLOAD:
		return of->name[GIVES_WORKLOAD];
	case BY_TEAM:
		return of->name[GIVES_TEAM];
	case BY_COST_CENTRE:
		return of->name[GIVES_COST_CENTRE];
	default:
		return dictionary->entry[i].said[by];
	}
}
