#include <stdlib.h>
#include <string.h>

#include "daemon/base/hash.h"
#include "daemon/store/fold.h"
#include "daemon/store/handle.h"
#include "models/units/calendar.h"

#define HOUR_S 3600
#define STEP_MAX (SHAPE_STEPS - 1)

void
fold_free(struct fold *fold)
{
	free(fold->cells);
	free(fold->places);
	free(fold->parts);
	*fold = (struct fold){ 0 };
}

void
fold_empty(struct fold *fold)
{
	if (fold->n > 0)
		memset(fold->places, 0, (fold->mask + 1) * sizeof(*fold->places));
	fold->n = fold->parts_n = 0;
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

/* The part of a course that is this step, made where there is none. Lines mostly come in the order of time. */
static struct course_part *
find_part(struct fold *fold, struct cell *cell, int32_t step, struct err *err)
{
	uint32_t *link = &cell->course;
	struct course_part *part;

	if (fold->parts_n == fold->parts_room) {
		size_t room = fold->parts_room == 0 ? 256 : 2 * fold->parts_room;

		part = room > UINT32_MAX ? NULL : realloc(fold->parts, room * sizeof(*part));
		if (part == NULL) {
			err_set(err, ERR_OUTSIDE, "no memory for the courses of a day");
			return NULL;
		}
		fold->parts = part;
		fold->parts_room = room;
	}
	while (*link != 0 && fold->parts[*link - 1].step > step)
		link = &fold->parts[*link - 1].before;
	if (*link != 0 && fold->parts[*link - 1].step == step)
		return &fold->parts[*link - 1];
	part = &fold->parts[fold->parts_n++];
	*part = (struct course_part){ .step = step, .before = *link };
	*link = (uint32_t)fold->parts_n;
	return part;
}

static int
add_course(struct fold *fold, struct cell *cell, const struct slot *slot, const struct cell_line *line, struct err *err)
{
	struct course_part *part = find_part(fold, cell, (int32_t)((line->at_us - slot->from_us) / slot->step_us), err);
	int64_t value[SHAPE_VALUES];

	if (part == NULL)
		return -1;
	shape_values(value, line->value);
	for (int i = 0; i < SHAPE_VALUES; i++)
		if (__builtin_add_overflow(part->value[i], value[i], &part->value[i]))
			return err_set(err, ERR_INPUT, "the sums of one hour of a day do not fit 64 bits");
	return 0;
}

size_t
fold_course(const struct fold *fold, const struct cell *cell, unsigned char *bytes)
{
	const struct course_part *parts[SHAPE_STEPS];
	unsigned char *to = bytes;
	int64_t next = 0;
	int n = 0;

	for (uint32_t at = cell->course; at != 0; at = fold->parts[at - 1].before)
		parts[n++] = &fold->parts[at - 1];
	while (n-- > 0) {
		to = shape_pack(to, parts[n]->step - next, parts[n]->value);
		next = parts[n]->step + 1;
	}
	return (size_t)(to - bytes);
}

int
fold_add(struct fold *fold, enum fold_level level, const struct slot *slot, const struct cell_line *line,
	struct err *err)
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
	return level == FOLD_DAY && slot->step_us > 0 ? add_course(fold, cell, slot, line, err) : 0;
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

/* Whether no hour of the day, counted from its begin, has two offsets, and hours of UTC are hours of it. */
static bool
is_hourly(const struct zone *zone, int64_t from_s, int64_t to_s)
{
	int32_t offset = zone_offset(zone, from_s);

	if (from_s % HOUR_S != 0 || to_s % HOUR_S != 0 || offset % HOUR_S != 0)
		return false;
	if (zone_offset(zone, to_s - 1) == offset)
		return true;
	for (; from_s < to_s; from_s += HOUR_S)
		if (zone_offset(zone, from_s) % HOUR_S != 0 ||
			zone_offset(zone, from_s + HOUR_S - 1) != zone_offset(zone, from_s))
			return false;
	return true;
}

/* Hours where they tell the same as quarter hours do: a course is then a quarter as long. */
static int64_t
step_of(const struct zone *zone, const struct slot *day)
{
	int64_t step_us =
		is_hourly(zone, day->from_us / SECOND_US, day->to_us / SECOND_US) ? HOUR_S * SECOND_US : QUARTER_US;

	return (day->to_us - day->from_us - 1) / step_us <= STEP_MAX ? step_us : 0;
}

struct slot
slot_of(struct slots *slots, enum fold_level level, int64_t at_us)
{
	if (level == FOLD_QUARTER) {
		int64_t quarter = at_us / QUARTER_US - (at_us % QUARTER_US < 0);

		return (struct slot){ quarter, quarter * QUARTER_US, (quarter + 1) * QUARTER_US, 0 };
	}
	if (at_us < slots->day.from_us || at_us >= slots->day.to_us) {
		int64_t at_s = at_us / SECOND_US - (at_us % SECOND_US < 0);

		slots->day.number = date_days(zone_date(slots->zone, at_s, NULL));
		slots->day.from_us = slot_begin(slots, FOLD_DAY, slots->day.number);
		slots->day.to_us = slot_begin(slots, FOLD_DAY, slots->day.number + 1);
		slots->day.step_us = step_of(slots->zone, &slots->day);
	}
	return slots->day;
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
