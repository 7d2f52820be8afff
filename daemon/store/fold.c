#include <stdlib.h>
#include <string.h>

#include "daemon/base/hash.h"
#include "daemon/store/fold.h"
#include "daemon/store/handle.h"
#include "models/units/calendar.h"

#define DAY_US (INT64_C(86400) * SECOND_US)

void
fold_free(struct fold *fold)
{
	free(fold->cells);
	free(fold->places);
	*fold = (struct fold){ 0 };
}

void
fold_empty(struct fold *fold)
{
	if (fold->n > 0)
		memset(fold->places, 0, (fold->mask + 1) * sizeof(*fold->places));
	fold->n = 0;
}

static size_t
find_place(const struct fold *fold, int64_t group)
{
	size_t place = hash_word(1, (uint64_t)group) & fold->mask;

	while (fold->places[place] != 0 && fold->cells[fold->places[place] - 1].group != group)
		place = (place + 1) & fold->mask;
	return place;
}

void
fold_index(struct fold *fold)
{
	if (fold->n == 0)
		return;
	memset(fold->places, 0, (fold->mask + 1) * sizeof(*fold->places));
	for (size_t i = 0; i < fold->n; i++)
		fold->places[find_place(fold, fold->cells[i].group)] = (uint32_t)i + 1;
}

static int
grow(struct fold *fold, struct err *err)
{
	size_t room = fold->room == 0 ? 64 : 2 * fold->room;
	struct cell *cells = realloc(fold->cells, room * sizeof(*cells));
	uint32_t *places = calloc(2 * room, sizeof(*places));

	if (cells != NULL)
		fold->cells = cells;
	if (cells == NULL || places == NULL) {
		free(places);
		return err_set(err, ERR_OUTSIDE, "no memory for the sums of a slot");
	}
	free(fold->places);
	fold->places = places;
	fold->room = room;
	fold->mask = 2 * room - 1;
	fold_index(fold);
	return 0;
}

int
fold_add(struct fold *fold, enum fold_level level, const struct cell_line *line, struct err *err)
{
	int64_t group = level == FOLD_QUARTER ? line->series.lane : line->series.series * 4 + (int)line->status;
	struct cell *cell;
	size_t place;

	if (fold->n == fold->room && grow(fold, err) != 0)
		return -1;
	place = find_place(fold, group);
	if (fold->places[place] == 0) {
		fold->cells[fold->n] = (struct cell){ .group = group };
		fold->places[place] = (uint32_t)++fold->n;
	}
	cell = &fold->cells[fold->places[place] - 1];
	for (int i = 0; i < CELL_VALUES; i++)
		if (__builtin_add_overflow(cell->value[i], line->value[i], &cell->value[i]))
			return err_set(err, ERR_INPUT, "the sums of one %s do not fit 64 bits",
				level == FOLD_DAY ? "day" : "quarter hour");
	return 0;
}

static int
by_group(const void *a, const void *b)
{
	int64_t x = ((const struct cell *)a)->group, y = ((const struct cell *)b)->group;

	return (x > y) - (x < y);
}

void
fold_sort(struct fold *fold)
{
	for (size_t i = 1; i < fold->n; i++)
		if (fold->cells[i - 1].group > fold->cells[i].group) {
			qsort(fold->cells, fold->n, sizeof(*fold->cells), by_group);
			return;
		}
}

static void
set_states(int64_t *value, enum price_state state, int64_t tokens, int64_t amount_nano)
{
	if (state == PRICE_UNPRICED)
		return;
	value[CELL_PRICED_TOKENS + (int)state - PRICE_PRICED] = tokens;
	value[CELL_PRICED_ROWS + (int)state - PRICE_PRICED] = 1;
	value[CELL_AMOUNT] = amount_nano;
}

void
cell_line_of(struct cell_line *cells, const struct usage_line *line)
{
	*cells = (struct cell_line){ .at_us = line->at_us, .series = line->series, .status = line->status };
	cells->value[CELL_ROWS] = 1;
	cells->value[CELL_REQUESTS] = line->requests >= 0 ? line->requests : 1;
	for (int i = 0; i < USAGE_CLASSES; i++)
		cells->value[CELL_TOKENS + i] = line->usage.tokens[i];
	cells->value[CELL_ROWS_WITHOUT_USAGE] = !line->has_usage;
	set_states(cells->value, line->price.state, usage_total(&line->usage),
		line->price.state == PRICE_UNPRICED ? 0 : line->price.amount_nano);
}

/* ---- slots */

struct slot
slot_of(struct slots *slots, enum fold_level level, int64_t at_us)
{
	if (level == FOLD_QUARTER) {
		int64_t quarter = at_us / QUARTER_US - (at_us % QUARTER_US < 0);

		return (struct slot){ quarter, quarter * QUARTER_US, (quarter + 1) * QUARTER_US };
	}
	if (at_us < slots->day_from_us || at_us >= slots->day_to_us) {
		int64_t at_s = at_us / SECOND_US - (at_us % SECOND_US < 0);

		slots->day = date_days(zone_date(slots->zone, at_s, NULL));
		slots->day_from_us = slot_begin(slots, FOLD_DAY, slots->day);
		slots->day_to_us = slot_begin(slots, FOLD_DAY, slots->day + 1);
	}
	return (struct slot){ slots->day, slots->day_from_us, slots->day_to_us };
}

int64_t
slot_begin(const struct slots *slots, enum fold_level level, int64_t number)
{
	return level == FOLD_QUARTER ? number * QUARTER_US : zone_day(slots->zone, days_date(number)) * SECOND_US;
}

/* ---- stored lines */

int
lanes_load(struct store *store, struct lanes *lanes, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_series_all);
	int status;

	*lanes = (struct lanes){ NULL, 0 };
	while ((status = statement_step(store, rows, err)) == 1) {
		size_t id = (size_t)sqlite3_column_int64(rows, 0);

		if (id >= lanes->n) {
			size_t n = id + 1 > 2 * lanes->n ? id + 256 : 2 * lanes->n;
			int64_t *more = realloc(lanes->lane, n * sizeof(*more));

			if (more == NULL) {
				sqlite3_reset(rows);
				return err_set(err, ERR_OUTSIDE, "no memory for the dictionary of series");
			}
			memset(more + lanes->n, 0, (n - lanes->n) * sizeof(*more));
			*lanes = (struct lanes){ more, n };
		}
		lanes->lane[id] = sqlite3_column_int64(rows, 1);
	}
	return status;
}

static void
read_line(sqlite3_stmt *row, const struct lanes *lanes, struct cell_line *line)
{
	int64_t tokens = 0, series = sqlite3_column_int64(row, 1);

	memset(line, 0, sizeof(*line));
	line->at_us = sqlite3_column_int64(row, 0);
	line->series.series = series;
	line->series.lane = series >= 0 && (size_t)series < lanes->n ? lanes->lane[series] : 0;
	line->status = (enum usage_status)sqlite3_column_int(row, 2);
	line->value[CELL_ROWS] = 1;
	line->value[CELL_REQUESTS] = sqlite3_column_type(row, 3) == SQLITE_NULL ? 1 : sqlite3_column_int64(row, 3);
	for (int i = 0; i < USAGE_CLASSES; i++)
		tokens += line->value[CELL_TOKENS + i] = sqlite3_column_int64(row, 4 + i);
	line->value[CELL_ROWS_WITHOUT_USAGE] = sqlite3_column_type(row, 4) == SQLITE_NULL;
	set_states(line->value, (enum price_state)sqlite3_column_int(row, 4 + USAGE_CLASSES), tokens,
		sqlite3_column_int64(row, 5 + USAGE_CLASSES));
}

int
lines_walk(struct store *store, const struct line_walk *walk, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, walk->backwards ? ST_usage_scan_back : ST_usage_scan);
	struct cell_line line;
	int status;

	bind_whole(rows, ":from_us", walk->from_us);
	bind_whole(rows, ":to_us", walk->to_us);
	while ((status = statement_step(store, rows, err)) == 1) {
		if (walk->wants != NULL &&
			!walk->wants(walk->ctx, sqlite3_column_int64(rows, 1), sqlite3_column_int(rows, 2)))
			continue;
		read_line(rows, walk->lanes, &line);
		if (walk->visit(walk->ctx, &line, err) != 0) {
			sqlite3_reset(rows);
			return -1;
		}
	}
	return status;
}
