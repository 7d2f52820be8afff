/*
 * rollup: whether the sums are those of their lines.
 */
#include <stdlib.h>

#include "daemon/store/again.h"
#include "daemon/store/handle.h"
#include "daemon/store/lane_day.h"
#include "daemon/store/rollup.h"
#include "daemon/store/series_shape.h"
#include "models/units/calendar.h"

#define ALL_FROM (INT64_MIN / 4)
#define ALL_TO (INT64_MAX / 4)

static const enum statement scan_statement[FOLD_LEVELS] = { ST_quarter_scan, ST_day_scan };
static const char *const level_names[FOLD_LEVELS] = { "quarter hour", "day" };

static void
say_difference(const struct again *again, const char *what, struct err *err)
{
	char date[16], at[TIME_MAX];

	if (again->level == FOLD_DAY)
		date_print(date, sizeof(date), days_date(again->slot.number));
	else
		time_print(at, sizeof(at), again->slot.from_us);
	err_set(err, ERR_OUTSIDE, "ledger %s: %s %s: %s", store_path(again->store), level_names[again->level],
		again->level == FOLD_DAY ? date : at, what);
}

/* 1 when the slot is behind, 0 when not, -1. Slots come in their order; *mark is the next that is behind. */
static int
is_behind(const struct again *again, int64_t slot, int64_t *mark, struct err *err)
{
	int status = 1;

	if (slot > *mark) {
		*mark = slot;
		status = rollup_touched(again->store, (enum rollup_level)again->level, mark, err);
	}
	if (status == 0)
		*mark = INT64_MAX;
	return status < 0 ? -1 : slot == *mark;
}

/* The next stored row of a slot that is not behind: a code of SQLite. */
static int
next_sum(struct again *again, sqlite3_stmt *rows)
{
	int step, behind = 0;

	do {
		step = sqlite3_step(rows);
		if (step == SQLITE_ROW)
			behind = is_behind(again, sqlite3_column_int64(rows, 0), &again->sum_mark, NULL);
	} while (step == SQLITE_ROW && behind == 1);
	return behind < 0 ? SQLITE_ERROR : step;
}

/* The stored courses of this day must be those of these cells. */
static int
compare_courses(struct again *again, struct err *err)
{
	int64_t mark = again->slot.number;
	int behind = rollup_touched(again->store, ROLLUP_SERIES_SHAPE, &mark, err), same = 1;

	if (behind < 0 || (behind == 1 && mark == again->slot.number))
		return behind < 0 ? -1 : 0;
	for (size_t i = 0; same == 1 && i < again->fold.n; i++)
		same = series_shape_same(
			again->store, again->slot.number, &again->fold, &again->fold.cells[i], &again->courses, err);
	if (same == 0)
		say_difference(again, "the stored course of a series is not that of its lines", err);
	return same == 1 ? 0 : -1;
}

/* And none may stand beside them. */
static int
count_courses(const struct again *again, struct err *err)
{
	sqlite3_stmt *count = statement_get(again->store, ST_series_shape_count);
	int64_t stored;

	if (statement_step(again->store, count, err) != 1)
		return -1;
	stored = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	return stored == again->courses
		? 0
		: err_set(err, ERR_OUTSIDE, "ledger %s: a course of a series stands that has no lines",
			  store_path(again->store));
}

/* The stored rows of this slot must be these cells, one by one. */
static int
compare_slot(struct again *again, struct err *err)
{
	sqlite3_stmt *rows = again->store->statement[scan_statement[again->level]];
	int behind = is_behind(again, again->slot.number, &again->line_mark, err);

	if (behind != 0) {
		fold_empty(&again->fold);
		return behind < 0 ? -1 : 0;
	}
	if (again->level == FOLD_DAY && compare_courses(again, err) != 0)
		return -1;
	fold_sort(&again->fold);
	for (size_t i = 0; i < again->fold.n; i++) {
		const struct cell *cell = &again->fold.cells[i];
		int64_t group = again->level == FOLD_DAY ? cell->group / 4 : cell->group;
		int64_t status = again->level == FOLD_DAY ? cell->group % 4 : 0;
		int step = next_sum(again, rows);

		if (step != SQLITE_ROW && step != SQLITE_DONE)
			return store_fail(again->store, step, err);
		if (step == SQLITE_DONE || sqlite3_column_int64(rows, 0) != again->slot.number ||
			sqlite3_column_int64(rows, 1) != group || sqlite3_column_int64(rows, 2) != status) {
			say_difference(again, "the sum of its lines is missing, or one stands that has no lines", err);
			return -1;
		}
		for (int j = 0; j < CELL_VALUES; j++)
			if (sqlite3_column_int64(rows, 3 + j) != cell->value[j]) {
				say_difference(again, "the stored sum is not the sum of its lines", err);
				return -1;
			}
	}
	fold_empty(&again->fold);
	return 0;
}

static int
check_level(
	struct store *store, enum fold_level level, const struct zone *zone, const struct lanes *lanes, struct err *err)
{
	struct again again = { .store = store,
		.level = level,
		.slots = { .zone = zone },
		.line_mark = INT64_MIN,
		.sum_mark = INT64_MIN,
		.done = compare_slot };
	struct line_walk walk = { .from_us = ALL_FROM, .to_us = ALL_TO, .lanes = lanes };
	sqlite3_stmt *rows = statement_get(store, scan_statement[level]);
	int status, step;

	bind_whole(rows, ":from", ALL_FROM);
	bind_whole(rows, ":to", ALL_TO);
	status = again_walk(&again, &walk, err);
	if (status == 0 && (step = next_sum(&again, rows)) != SQLITE_DONE) {
		status = -1;
		if (step == SQLITE_ROW) {
			again.slot.number = sqlite3_column_int64(rows, 0);
			again.slot.from_us = slot_begin(&again.slots, level, again.slot.number);
			say_difference(&again, "a sum stands that has no lines", err);
		} else {
			store_fail(store, step, err);
		}
	}
	sqlite3_reset(rows);
	fold_free(&again.fold);
	if (status == 0 && level == FOLD_DAY)
		status = count_courses(&again, err);
	return status;
}

static int
check_all(struct store *store, struct err *err)
{
	struct lanes lanes = { NULL, 0 };
	struct zone zone;
	int days = rollup_zone_load(store, &zone, NULL) == 0 ? rollup_zone_is(store, &zone, err) : 0, status;

	if (days < 0)
		return -1;
	if (days == 0)
		zone_utc(&zone);
	status = lanes_load(store, &lanes, err);
	if (status == 0)
		status = check_level(store, FOLD_QUARTER, &zone, &lanes, err);
	if (status == 0 && days == 1)
		status = check_level(store, FOLD_DAY, &zone, &lanes, err);
	if (status == 0 && days == 1)
		status = lane_days_check(store, &(struct slots){ .zone = &zone }, err);
	free(lanes.lane);
	return status;
}

int
rollup_check(struct store *store, struct err *err)
{
	bool alone = sqlite3_get_autocommit(store->db) != 0;
	int status;

	if (alone && store_read_begin(store, err) != 0)
		return -1;
	status = check_all(store, err);
	if (alone)
		store_read_end(store);
	return status;
}
