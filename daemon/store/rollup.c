#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/hash.h"
#include "daemon/base/zone.h"
#include "daemon/store/again.h"
#include "daemon/store/fold.h"
#include "daemon/store/handle.h"
#include "daemon/store/lane_day.h"
#include "daemon/store/rollup.h"
#include "daemon/store/series_shape.h"
#include "models/units/calendar.h"

/*
 * The slot that lines are passing by in, of each level. FRESH: the ledger held no line of it before, so
 * that what passes by is all of it. STALE: it did; the slot is computed again from the ledger at the end.
 */
enum slot_state { SLOT_NONE, SLOT_FRESH, SLOT_STALE, SLOT_MARKED };

struct level {
	struct slot slot;
	enum slot_state state;
	struct fold fold;
	/* The sums that rollup_run made last, and what rollup_touch added since. */
	struct {
		bool valid;
		struct slot slot;
		struct fold fold;
	} kept;
};

#define KEPT_CELLS 65536 /* sums of more groups are not kept, but read again; as those of more steps */
#define KEPT_PARTS (4 * KEPT_CELLS)

struct rollup {
	struct zone zone;
	struct slots slots;
	struct level level[FOLD_LEVELS];
};

static const enum statement put_statement[FOLD_LEVELS] = { ST_quarter_put, ST_day_put };
static const enum statement clear_statement[FOLD_LEVELS] = { ST_quarter_clear, ST_day_clear };

void
rollup_forget(struct store *store)
{
	if (store->rollup == NULL)
		return;
	for (int i = 0; i < FOLD_LEVELS; i++) {
		fold_free(&store->rollup->level[i].fold);
		fold_free(&store->rollup->level[i].kept.fold);
	}
	free(store->rollup);
	store->rollup = NULL;
}

void
rollup_free(struct store *store)
{
	rollup_forget(store);
}

/* ---- the zone of the day table */

/* A fingerprint of the zone's rules: a new edition of the zone files moves days too. */
static void
mark_zone(const struct zone *zone, char *mark, size_t size)
{
	const struct zone_rule *rules[] = { &zone->summer_from, &zone->summer_to };
	uint64_t hash = hash_word(0, (uint64_t)zone->first_offset_s);

	for (int i = 0; i < zone->transitions; i++)
		hash = hash_word(hash_word(hash, (uint64_t)zone->at_s[i]), (uint64_t)zone->offset_s[i]);
	if (zone->has_rule) {
		hash = hash_word(hash_word(hash, (uint64_t)zone->standard_offset_s), (uint64_t)zone->summer_offset_s);
		for (int i = 0; i < 2; i++) {
			const int numbers[] = { rules[i]->month, rules[i]->week, rules[i]->weekday, rules[i]->day,
				rules[i]->julian, (int)rules[i]->time_s };

			for (int j = 0; j < 6; j++)
				hash = hash_word(hash, (uint64_t)numbers[j]);
		}
	}
	snprintf(mark, size, "%016llx", (unsigned long long)hash);
}

int
rollup_zone_name(struct store *store, char *name, size_t size, struct err *err)
{
	int status = store_meta_get(store, "zone", name, size, err);

	if (status == 0)
		snprintf(name, size, "UTC");
	return status < 0 ? -1 : 0;
}

int
rollup_zone_load(struct store *store, struct zone *zone, struct err *err)
{
	char name[64];

	return rollup_zone_name(store, name, sizeof(name), err) == 0 ? zone_load(zone, name, err) : -1;
}

int
rollup_zone_is(struct store *store, const struct zone *zone, struct err *err)
{
	char mark[24], stands[24] = "";
	struct zone utc;

	mark_zone(zone, mark, sizeof(mark));
	if (store_meta_get(store, "zone_mark", stands, sizeof(stands), err) < 0)
		return -1;
	if (stands[0] == '\0') {
		zone_utc(&utc);
		mark_zone(&utc, stands, sizeof(stands));
	}
	return strcmp(mark, stands) == 0;
}

static int
make_rollup(struct store *store, const struct zone *zone, struct err *err)
{
	rollup_forget(store);
	store->rollup = calloc(1, sizeof(*store->rollup));
	if (store->rollup == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the rollups");
	if (zone != NULL)
		store->rollup->zone = *zone;
	else if (rollup_zone_load(store, &store->rollup->zone, err) != 0)
		return -1;
	store->rollup->slots = (struct slots){ .zone = &store->rollup->zone };
	return 0;
}

/* ---- writing cells */

static int
put_cell(struct store *store, enum fold_level level, int64_t slot, const struct cell *cell, struct err *err)
{
	sqlite3_stmt *put = store->statement[put_statement[level]];
	int code;

	sqlite3_bind_int64(put, 1, slot);
	if (level == FOLD_DAY) {
		sqlite3_bind_int64(put, 2, cell->group / 4);
		sqlite3_bind_int64(put, 3, cell->group % 4);
	} else {
		sqlite3_bind_int64(put, 2, cell->group);
	}
	for (int i = 0; i < CELL_VALUES; i++)
		sqlite3_bind_int64(put, 4 + i, cell->value[i]);
	code = sqlite3_step(put);
	sqlite3_reset(put);
	return code == SQLITE_DONE ? 0 : store_fail(store, code, err);
}

static int
write_cells(struct store *store, enum fold_level level, int64_t slot, const struct fold *fold, struct err *err)
{
	for (size_t i = 0; i < fold->n; i++)
		if (put_cell(store, level, slot, &fold->cells[i], err) != 0)
			return -1;
	return level == FOLD_DAY ? series_shapes_put(store, slot, fold, err) : 0;
}

static int
put_cells(struct store *store, enum fold_level level, int64_t slot, struct fold *fold, struct err *err)
{
	fold_sort(fold);
	if (write_cells(store, level, slot, fold, err) != 0)
		return -1;
	fold_empty(fold);
	return 0;
}

/* ---- while lines pass by */

static bool
is_inside(const struct slot *slot, int64_t at_us)
{
	return at_us >= slot->from_us && at_us < slot->to_us;
}

/* With a day its lanes and courses are behind too. */
static int
mark_touched(struct store *store, enum rollup_level which, int64_t slot, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_touched_add);

	bind_whole(add, ":level", (int)which);
	bind_whole(add, ":slot", slot);
	if (statement_run(store, add, err) != 0)
		return -1;
	if (which != ROLLUP_DAY)
		return 0;
	return mark_touched(store, ROLLUP_LANE_DAY, slot, err) == 0
		? mark_touched(store, ROLLUP_SERIES_SHAPE, slot, err)
		: -1;
}

static int
close_slot(struct store *store, enum fold_level which, struct err *err)
{
	struct level *level = &store->rollup->level[which];
	bool has_lines = level->state == SLOT_FRESH && level->fold.n > 0;

	level->state = SLOT_NONE;
	if (!has_lines)
		return 0;
	if (which == FOLD_DAY && mark_touched(store, ROLLUP_LANE_DAY, level->slot.number, err) != 0)
		return -1;
	return put_cells(store, which, level->slot.number, &level->fold, err);
}

/* 1 when the ledger holds a line in the slot, 0 when not, -1. */
static int
holds_lines(struct store *store, const struct slot *slot, struct err *err)
{
	sqlite3_stmt *any = statement_get(store, ST_usage_any);
	int status;

	bind_whole(any, ":from_us", slot->from_us);
	bind_whole(any, ":to_us", slot->to_us);
	status = statement_step(store, any, err);
	sqlite3_reset(any);
	return status;
}

static int
enter_slot(struct store *store, enum fold_level which, int64_t at_us, struct err *err)
{
	struct level *level = &store->rollup->level[which];
	int held;

	if (close_slot(store, which, err) != 0)
		return -1;
	level->slot = slot_of(&store->rollup->slots, which, at_us);
	held = holds_lines(store, &level->slot, err);
	level->state = held == 0 ? SLOT_FRESH : SLOT_STALE;
	return held < 0 ? -1 : 0;
}

int
rollup_before(struct store *store, int64_t at_us, struct err *err)
{
	if (store->rollup == NULL && make_rollup(store, NULL, err) != 0)
		return -1;
	for (int i = 0; i < FOLD_LEVELS; i++) {
		const struct level *level = &store->rollup->level[i];
		bool inside = level->state != SLOT_NONE && is_inside(&level->slot, at_us);

		if (!inside && enter_slot(store, i, at_us, err) != 0)
			return -1;
	}
	return 0;
}

int
rollup_taken(struct store *store, const struct usage_line *line, struct err *err)
{
	struct cell_line cells;

	cell_line_of(&cells, line);
	for (int i = 0; i < FOLD_LEVELS; i++) {
		struct level *level = &store->rollup->level[i];

		level->kept.valid = false;
		if (level->state == SLOT_FRESH && fold_add(&level->fold, i, &level->slot, &cells, err) != 0)
			return -1;
		if (level->state == SLOT_STALE) {
			if (mark_touched(store, (enum rollup_level)i, level->slot.number, err) != 0)
				return -1;
			level->state = SLOT_MARKED;
		}
	}
	return 0;
}

int
rollup_touched(struct store *store, enum rollup_level level, int64_t *slot, struct err *err)
{
	sqlite3_stmt *next = statement_get(store, ST_touched_next);
	int status;

	bind_whole(next, ":level", (int)level);
	bind_whole(next, ":slot", *slot);
	status = statement_step(store, next, err);
	if (status == 1)
		*slot = sqlite3_column_int64(next, 0);
	sqlite3_reset(next);
	return status;
}

/* What is marked stays marked until rollup_run, here or in another process: see store_changed_outside. */
static int
mark_behind(struct store *store, enum fold_level which, int64_t at_us, struct err *err)
{
	struct level *level = &store->rollup->level[which];

	if (level->state == SLOT_MARKED && is_inside(&level->slot, at_us))
		return 0;
	if (close_slot(store, which, err) != 0)
		return -1;
	level->slot = slot_of(&store->rollup->slots, which, at_us);
	if (mark_touched(store, (enum rollup_level)which, level->slot.number, err) != 0)
		return -1;
	level->state = SLOT_MARKED;
	return 0;
}

int
rollup_touch(struct store *store, const struct usage_line *line, struct err *err)
{
	struct cell_line cells;

	if (store->rollup == NULL && make_rollup(store, NULL, err) != 0)
		return -1;
	cell_line_of(&cells, line);
	for (int i = 0; i < FOLD_LEVELS; i++) {
		struct level *level = &store->rollup->level[i];

		if (mark_behind(store, i, line->at_us, err) != 0)
			return -1;
		if (level->kept.valid && is_inside(&level->kept.slot, line->at_us) &&
			fold_add(&level->kept.fold, i, &level->kept.slot, &cells, err) != 0)
			return -1;
	}
	return 0;
}

int
rollup_changed(struct store *store, int64_t at_us, struct err *err)
{
	if (store->rollup == NULL && make_rollup(store, NULL, err) != 0)
		return -1;
	for (int i = 0; i < FOLD_LEVELS; i++) {
		struct level *level = &store->rollup->level[i];

		if (mark_behind(store, i, at_us, err) != 0)
			return -1;
		if (level->kept.valid && is_inside(&level->kept.slot, at_us))
			level->kept.valid = false;
	}
	return 0;
}

/* ---- computing slots again from the ledger */

static int
write_slot(struct again *again, struct err *err)
{
	return put_cells(again->store, again->level, again->slot.number, &again->fold, err);
}

/* The same, and the slot's sums become those that are kept. */
static int
write_and_keep(struct again *again, struct err *err)
{
	struct level *level = &again->store->rollup->level[again->level];
	struct fold other = level->kept.fold;

	fold_sort(&again->fold);
	if (write_cells(again->store, again->level, again->slot.number, &again->fold, err) != 0)
		return -1;
	level->kept.fold = again->fold;
	level->kept.slot = again->slot;
	again->fold = other;
	fold_empty(&again->fold);
	return 0;
}

/* Compute [from, to) slots anew. */
static int
rewrite(struct again *again, const struct lanes *lanes, int64_t from, int64_t to, struct err *err)
{
	struct line_walk walk = { .lanes = lanes };
	sqlite3_stmt *clear;
	struct level *level;

	level = &again->store->rollup->level[again->level];
	clear = statement_get(again->store, clear_statement[again->level]);
	walk.from_us = slot_begin(&again->slots, again->level, from);
	walk.to_us = slot_begin(&again->slots, again->level, to);
	bind_whole(clear, ":from", from);
	bind_whole(clear, ":to", to);
	if ((again->level == FOLD_DAY && series_shapes_clear(again->store, from, to, err) != 0) ||
		statement_run(again->store, clear, err) != 0)
		return -1;
	if (level->kept.valid && level->kept.slot.number == from && to == from + 1)
		return write_cells(again->store, again->level, from, &level->kept.fold, err);
	level->kept.valid = false;
	fold_empty(&level->kept.fold);
	return again_walk(again, &walk, err);
}

/* A run of neighbouring slots that are behind, from *from on: 1 with [*from, *to), 0 there is none, -1. */
static int
next_touched(struct store *store, enum rollup_level level, int64_t *from, int64_t *to, struct err *err)
{
	int status = rollup_touched(store, level, from, err);
	int64_t next;

	if (status != 1)
		return status;
	next = *to = *from + 1;
	while ((status = rollup_touched(store, level, &next, err)) == 1 && next == *to)
		next = ++*to;
	return status < 0 ? -1 : 1;
}

static int
rewrite_touched(struct again *again, const struct lanes *lanes, struct err *err)
{
	enum rollup_level which = (enum rollup_level)again->level;
	int64_t from = INT64_MIN, to;
	struct level *level;
	int status;

	for (; (status = next_touched(again->store, which, &from, &to, err)) == 1; from = to)
		if (rewrite(again, lanes, from, to, err) != 0)
			return -1;
	if (status != 0)
		return status;
	level = &again->store->rollup->level[again->level];
	if (!level->kept.valid && level->kept.fold.n <= KEPT_CELLS && level->kept.fold.parts_n <= KEPT_PARTS) {
		fold_index(&level->kept.fold);
		level->kept.valid = level->kept.fold.n > 0;
	}
	return 0;
}

/* Whether any sums are behind: 1, 0, -1. */
static int
any_touched(struct store *store, struct err *err)
{
	int touched = 0;

	for (enum rollup_level i = 0; touched == 0 && i < ROLLUP_LEVELS; i++) {
		int64_t first = INT64_MIN;

		touched = rollup_touched(store, i, &first, err);
	}
	return touched;
}

int
rollup_marks_clear(struct store *store, enum rollup_level level, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *done = statement_get(store, ST_touched_done);

	bind_whole(done, ":level", (int)level);
	bind_whole(done, ":from", from);
	bind_whole(done, ":to", to);
	return statement_run(store, done, err);
}

/* Quarter hours or days that are behind. */
static int
run_level(struct store *store, enum fold_level level, struct lanes *lanes, struct err *err)
{
	struct again again = { .store = store, .level = level, .slots = store->rollup->slots, .done = write_and_keep };
	int64_t first = INT64_MIN;
	int touched = rollup_touched(store, (enum rollup_level)level, &first, err);

	if (touched == 1 && lanes->lane == NULL)
		touched = lanes_load(store, lanes, err) == 0 ? 1 : -1;
	if (touched == 1)
		touched = rewrite_touched(&again, lanes, err);
	fold_free(&again.fold);
	return touched;
}

/* Of the quarter hours, which are made. The courses of days that were behind were made with them. */
static int
run_lane_days(struct store *store, struct err *err)
{
	int64_t from, to;
	int status;

	for (from = INT64_MIN; (status = next_touched(store, ROLLUP_LANE_DAY, &from, &to, err)) == 1; from = to)
		if (lane_days_make(store, &store->rollup->slots, from, to, err) != 0)
			return -1;
	for (from = INT64_MIN; status == 0 && (status = next_touched(store, ROLLUP_DAY, &from, &to, err)) == 1;
		from = to)
		status = rollup_marks_clear(store, ROLLUP_SERIES_SHAPE, from, to, err);
	return status;
}

int
rollup_run(struct store *store, struct err *err)
{
	struct lanes lanes = { NULL, 0 };
	int status = 0;

	if (store->rollup == NULL) {
		int touched = any_touched(store, err);

		if (touched <= 0)
			return touched;
		if (make_rollup(store, NULL, err) != 0)
			return -1;
	}
	for (int i = 0; status == 0 && i < FOLD_LEVELS; i++)
		status = close_slot(store, i, err);
	for (int i = 0; status == 0 && i < FOLD_LEVELS; i++)
		status = run_level(store, i, &lanes, err);
	free(lanes.lane);
	if (status == 0)
		status = run_lane_days(store, err);
	if (status == 0)
		status = statement_run(store, statement_get(store, ST_touched_clear_levels), err);
	return status;
}

#define ALL_FROM (INT64_MIN / 4)
#define ALL_TO (INT64_MAX / 4)

static int
rebuild_level(struct store *store, enum fold_level level, struct err *err)
{
	struct again again = { .store = store, .level = level, .slots = store->rollup->slots, .done = write_slot };
	struct lanes lanes = { NULL, 0 };
	sqlite3_stmt *clear = statement_get(store, clear_statement[level]);
	int status;

	bind_whole(clear, ":from", ALL_FROM);
	bind_whole(clear, ":to", ALL_TO);
	status = statement_run(store, clear, err);
	if (status == 0 && level == FOLD_DAY)
		status = statement_run(store, statement_get(store, ST_series_shape_clear_all), err);
	if (status == 0)
		status = lanes_load(store, &lanes, err);
	if (status == 0) {
		struct line_walk walk = { .from_us = ALL_FROM, .to_us = ALL_TO, .lanes = &lanes };

		status = again_walk(&again, &walk, err);
	}
	fold_free(&again.fold);
	free(lanes.lane);
	return status;
}

/* Far enough for any day, and its instant fits 64 bits. */
#define DAYS_FROM (-1000000)
#define DAYS_TO 10000000

static int
rebuild_lane_days(struct store *store, struct err *err)
{
	return lane_days_make(store, &store->rollup->slots, DAYS_FROM, DAYS_TO, err);
}

int
rollup_rebuild(struct store *store, struct err *err)
{
	if (store->rollup == NULL && make_rollup(store, NULL, err) != 0)
		return -1;
	for (int i = 0; i < FOLD_LEVELS; i++)
		store->rollup->level[i].kept.valid = false;
	for (int i = 0; i < FOLD_LEVELS; i++)
		if (rebuild_level(store, i, err) != 0)
			return -1;
	if (rebuild_lane_days(store, err) != 0)
		return -1;
	return statement_run(store, statement_get(store, ST_touched_clear), err);
}

int
rollup_zone(struct store *store, const struct zone *zone, struct err *err)
{
	char mark[24], name[64] = "";
	int same;

	if (make_rollup(store, zone, err) != 0 || rollup_zone_name(store, name, sizeof(name), err) != 0)
		return -1;
	zone = &store->rollup->zone;
	if ((same = rollup_zone_is(store, zone, err)) < 0)
		return -1;
	if (same == 1 && strcmp(name, zone->name) == 0)
		return 0;
	mark_zone(zone, mark, sizeof(mark));
	if (store_meta_set(store, "zone", zone->name, err) != 0 || store_meta_set(store, "zone_mark", mark, err) != 0)
		return -1;
	if (same == 1)
		return 0;
	return rebuild_level(store, FOLD_DAY, err) == 0 ? rebuild_lane_days(store, err) : -1;
}
