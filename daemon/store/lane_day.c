#include <stdlib.h>
#include <string.h>

#include "daemon/store/day_shape.h"
#include "daemon/store/handle.h"
#include "daemon/store/lane_day.h"
#include "models/units/calendar.h"

/* ---- the cells of a day, from its quarter hours */

struct part {
	int64_t lane, quarter; /* the quarter counted from the begin of the day */
	int64_t value[CELL_VALUES];
};

struct making {
	struct store *store;
	struct slots slots;
	struct slot day;
	struct part *part;
	size_t n, room;
	int (*done)(struct making *making, const struct cell *cell, struct text shape, struct err *err);
	int64_t behind, cells; /* checking: the next day that is behind; the cells that were compared */
};

static int
by_lane(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	return (x->quarter > y->quarter) - (x->quarter < y->quarter);
}

/* Hand out the day that was read, lane by lane. */
static int
close_day(struct making *making, struct err *err)
{
	unsigned char bytes[SHAPE_BYTES];

	if (making->n > 0)
		qsort(making->part, making->n, sizeof(*making->part), by_lane);
	for (size_t i = 0, next; i < making->n; i = next) {
		struct cell cell = { .group = making->part[i].lane };
		unsigned char *to = bytes;
		int64_t quarter = 0;

		for (next = i; next < making->n && making->part[next].lane == cell.group; next++) {
			const struct part *part = &making->part[next];
			int64_t told[SHAPE_VALUES];

			for (int j = 0; j < CELL_VALUES; j++)
				if (__builtin_add_overflow(cell.value[j], part->value[j], &cell.value[j]))
					return err_set(err, ERR_INPUT, "the sums of one day do not fit 64 bits");
			shape_values(told, part->value);
			to = shape_pack(to, part->quarter - quarter, told);
			quarter = part->quarter + 1;
		}
		if (making->done(making, &cell, (struct text){ (const char *)bytes, (size_t)(to - bytes) }, err) != 0)
			return -1;
	}
	making->n = 0;
	return 0;
}

static int
take_part(struct making *making, sqlite3_stmt *row, struct err *err)
{
	int64_t from_us = sqlite3_column_int64(row, 0) * QUARTER_US;
	struct part *part;

	if (making->n == 0 || from_us >= making->day.to_us) {
		if (close_day(making, err) != 0)
			return -1;
		making->day = slot_of(&making->slots, FOLD_DAY, from_us);
	}
	if (making->day.from_us % QUARTER_US != 0 || making->day.to_us % QUARTER_US != 0 ||
		making->day.to_us - making->day.from_us > SHAPE_STEPS * QUARTER_US)
		return 0;
	if (making->n == making->room) {
		size_t room = making->room == 0 ? 1024 : 2 * making->room;
		struct part *more = realloc(making->part, room * sizeof(*more));

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for the quarter hours of a day");
		making->part = more;
		making->room = room;
	}
	part = &making->part[making->n++];
	part->quarter = (from_us - making->day.from_us) / QUARTER_US;
	part->lane = sqlite3_column_int64(row, 1);
	for (int i = 0; i < CELL_VALUES; i++)
		part->value[i] = sqlite3_column_int64(row, 3 + i);
	return 0;
}

static int
read_parts(struct making *making, int64_t from_us, int64_t to_us, struct err *err)
{
	sqlite3_stmt *rows = statement_get(making->store, ST_quarter_scan);
	int status;

	/* A quarter hour that two days share belongs to neither, see take_part. */
	bind_whole(rows, ":from", from_us / QUARTER_US);
	bind_whole(rows, ":to", to_us / QUARTER_US);
	while ((status = statement_step(making->store, rows, err)) == 1)
		if ((status = take_part(making, rows, err)) != 0) {
			sqlite3_reset(rows);
			break;
		}
	if (status == 0)
		status = close_day(making, err);
	free(making->part);
	making->part = NULL;
	return status;
}

/* ---- writing */

static int
write_cell(struct making *making, const struct cell *cell, struct text shape, struct err *err)
{
	sqlite3_stmt *put = statement_get(making->store, ST_lane_day_put);
	sqlite3_stmt *put_shape = statement_get(making->store, ST_lane_shape_put);

	sqlite3_bind_int64(put, 1, making->day.number);
	sqlite3_bind_int64(put, 2, cell->group);
	for (int i = 0; i < CELL_VALUES; i++)
		sqlite3_bind_int64(put, 4 + i, cell->value[i]);
	if (statement_run(making->store, put, err) != 0)
		return -1;
	bind_whole(put_shape, ":id", making->day.number << 32 | cell->group);
	sqlite3_bind_blob(put_shape, 2, shape.p, (int)shape.n, SQLITE_STATIC);
	return statement_run(making->store, put_shape, err);
}

int
lane_days_make(struct store *store, const struct slots *slots, int64_t from, int64_t to, struct err *err)
{
	struct making making = { .store = store, .slots = *slots, .done = write_cell };
	sqlite3_stmt *clear[] = { statement_get(store, ST_lane_day_clear), statement_get(store, ST_lane_shape_clear) };

	for (int i = 0; i < 2; i++) {
		bind_whole(clear[i], ":from", from);
		bind_whole(clear[i], ":to", to);
		if (statement_run(store, clear[i], err) != 0)
			return -1;
	}
	return read_parts(&making, slot_begin(slots, FOLD_DAY, from), slot_begin(slots, FOLD_DAY, to), err);
}

/* ---- checking */

static int
differs(const struct making *making, struct err *err)
{
	char date[16];

	date_print(date, sizeof(date), days_date(making->day.number));
	return err_set(err, ERR_OUTSIDE, "ledger %s: day %s by lane: the stored sum is not that of its quarter hours",
		store_path(making->store), date);
}

/* The first day from this one on whose sums are behind. */
static int
find_behind(struct making *making, int64_t day, struct err *err)
{
	sqlite3_stmt *next = statement_get(making->store, ST_touched_next);
	int status;

	bind_whole(next, ":level", ROLLUP_LANE_DAY);
	bind_whole(next, ":slot", day);
	status = statement_step(making->store, next, err);
	making->behind = status == 1 ? sqlite3_column_int64(next, 0) : INT64_MAX;
	sqlite3_reset(next);
	return status < 0 ? -1 : 0;
}

static int
compare_cell(struct making *making, const struct cell *cell, struct text shape, struct err *err)
{
	sqlite3_stmt *rows = statement_get(making->store, ST_lane_day_get);
	int64_t day = making->day.number;
	int status;
	bool same;

	if (making->behind < day && find_behind(making, day, err) != 0)
		return -1;
	if (making->behind == day)
		return 0;
	bind_whole(rows, ":day", day);
	bind_whole(rows, ":lane", cell->group);
	bind_whole(rows, ":id", day << 32 | cell->group);
	if ((status = statement_step(making->store, rows, err)) != 1)
		return status < 0 ? -1 : differs(making, err);
	same = (size_t)sqlite3_column_bytes(rows, CELL_VALUES) == shape.n &&
		memcmp(sqlite3_column_blob(rows, CELL_VALUES), shape.p, shape.n) == 0;
	for (int i = 0; i < CELL_VALUES; i++)
		same = same && sqlite3_column_int64(rows, i) == cell->value[i];
	sqlite3_reset(rows);
	making->cells++;
	return same ? 0 : differs(making, err);
}

int
lane_days_check(struct store *store, const struct slots *slots, struct err *err)
{
	struct making making = { .store = store, .slots = *slots, .done = compare_cell, .behind = INT64_MIN };
	sqlite3_stmt *count = statement_get(store, ST_lane_day_count);
	int64_t stored;

	if (read_parts(&making, INT64_MIN / 4, INT64_MAX / 4, err) != 0)
		return -1;
	if (statement_step(store, count, err) != 1)
		return -1;
	stored = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	if (stored != making.cells)
		return err_set(err, ERR_OUTSIDE, "ledger %s: a day by lane stands that has no quarter hours",
			store_path(store));
	return 0;
}
