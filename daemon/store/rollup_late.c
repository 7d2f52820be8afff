/*
 * rollup: levels that a ledger had not when its lines came: days whose sums lag behind those of the day table.
 */
#include <stdlib.h>

#include "daemon/base/zone.h"
#include "daemon/store/again.h"
#include "daemon/store/handle.h"
#include "daemon/store/lane_day.h"
#include "daemon/store/rollup.h"
#include "daemon/store/series_shape.h"

#define DAY_LINES 1000 /* what a day costs beside its lines, in lines */

static int
lagging(struct store *store, enum rollup_level level, int64_t *day, struct err *err)
{
	sqlite3_stmt *next = statement_get(store, ST_touched_lagging);
	int status;

	bind_whole(next, ":level", (int)level);
	bind_whole(next, ":slot", *day);
	if ((status = statement_step(store, next, err)) == 1)
		*day = sqlite3_column_int64(next, 0);
	sqlite3_reset(next);
	return status;
}

/* Only the courses of the day are behind. */
static int
write_courses(struct again *again, struct err *err)
{
	int status = series_shapes_put(again->store, again->slot.number, &again->fold, err);

	for (size_t i = 0; i < again->fold.n; i++)
		again->lines += again->fold.cells[i].value[CELL_ROWS];
	fold_empty(&again->fold);
	return status;
}

static int
make_courses(struct again *again, const struct lanes *lanes, int64_t day, struct err *err)
{
	struct line_walk walk = { .lanes = lanes,
		.from_us = slot_begin(&again->slots, FOLD_DAY, day),
		.to_us = slot_begin(&again->slots, FOLD_DAY, day + 1) };

	return series_shapes_clear(again->store, day, day + 1, err) == 0 ? again_walk(again, &walk, err) : -1;
}

/* Until so many lines have been read, or their equal in quarter hours. */
static int
catch_up(struct again *again, const struct lanes *lanes, int64_t lines, struct err *err)
{
	static const enum rollup_level levels[] = { ROLLUP_LANE_DAY, ROLLUP_SERIES_SHAPE };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		int64_t day = INT64_MIN;
		int status;

		while ((status = lagging(again->store, levels[i], &day, err)) == 1) {
			if (again->lines >= lines)
				return 1;
			if (levels[i] == ROLLUP_LANE_DAY)
				status = lane_days_make(again->store, &again->slots, day, day + 1, err);
			else
				status = make_courses(again, lanes, day, err);
			if (status != 0 || rollup_marks_clear(again->store, levels[i], day, day + 1, err) != 0)
				return -1;
			again->lines += DAY_LINES;
		}
		if (status < 0)
			return -1;
	}
	return 0;
}

int
rollup_catch_up(struct store *store, int64_t lines, struct err *err)
{
	struct lanes lanes = { NULL, 0 };
	struct again again = { .store = store, .level = FOLD_DAY, .done = write_courses };
	struct zone zone;
	int status;

	if (rollup_zone_load(store, &zone, err) != 0 || lanes_load(store, &lanes, err) != 0)
		return -1;
	again.slots.zone = &zone;
	status = catch_up(&again, &lanes, lines, err);
	fold_free(&again.fold);
	free(lanes.lane);
	return status;
}

int64_t
rollup_lagging(struct store *store, struct err *err)
{
	static const enum rollup_level levels[] = { ROLLUP_LANE_DAY, ROLLUP_SERIES_SHAPE };
	int64_t most = 0;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		sqlite3_stmt *count = statement_get(store, ST_touched_count);
		int64_t first = INT64_MIN;
		int status = lagging(store, levels[i], &first, err);

		if (status < 0)
			return -1;
		bind_whole(count, ":level", (int)levels[i]);
		if (status == 1 && (status = statement_step(store, count, err)) == 1 &&
			sqlite3_column_int64(count, 0) > most)
			most = sqlite3_column_int64(count, 0);
		sqlite3_reset(count);
		if (status < 0)
			return -1;
	}
	return most;
}
