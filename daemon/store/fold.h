/*
 * fold: sums of ledger lines by group within one slot (a quarter hour or a day), and the walk over stored
 * lines that makes them.
 */
#ifndef STORE_FOLD_H
#define STORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/day_shape.h"
#include "daemon/store/ledger.h"

#define QUARTER_US (INT64_C(900) * 1000000)

struct err;
struct store;
struct zone;

/* Quarter hours and days are folded from lines; the days by lane are made of quarter hours. */
enum fold_level { FOLD_QUARTER, FOLD_DAY, FOLD_LEVELS };

/* All that is summed. The numbers stand in the table of what is behind. */
enum rollup_level { ROLLUP_QUARTER, ROLLUP_DAY, ROLLUP_LANE_DAY, ROLLUP_SERIES_SHAPE, ROLLUP_LEVELS };

/* The sums of a cell in the order of the columns of quarter and day. */
enum cell_value {
	CELL_ROWS,
	CELL_REQUESTS,
	CELL_TOKENS,
	CELL_ROWS_WITHOUT_USAGE = CELL_TOKENS + USAGE_CLASSES,
	CELL_PRICED_TOKENS, /* priced, free, flat: in the order of the states */
	CELL_PRICED_ROWS = CELL_PRICED_TOKENS + 3,
	CELL_AMOUNT = CELL_PRICED_ROWS + 3,
	CELL_VALUES
};

struct cell {
	int64_t group; /* quarter: lane; day: series * 4 + status */
	int64_t value[CELL_VALUES];
	uint32_t course; /* day: its latest step with lines, as 1 + index into parts; 0: none */
};

/* A step of a day cell's course with lines. */
struct course_part {
	int64_t value[SHAPE_VALUES];
	uint32_t before; /* the step with lines before it, as course */
	int32_t step;    /* from the begin of the day */
};

/* What a line adds to its cells. */
struct cell_line {
	int64_t at_us;
	struct series_id series;
	enum usage_status status;
	int64_t value[CELL_VALUES];
};

/* The cells of one slot, those of a day with their course through it. */
struct fold {
	struct cell *cells;
	size_t n, room;
	uint32_t *places; /* open addressing over cells: 0 free, else 1 + index */
	size_t mask;      /* places - 1, or 0 */
	struct course_part *parts;
	size_t parts_n, parts_room;
};

struct slot {
	int64_t number;
	int64_t from_us, to_us;
	int64_t step_us; /* of the course of a day: an hour or a quarter hour; 0: that day has none */
};

void fold_free(struct fold *fold);
void fold_empty(struct fold *fold);

/* Add the line to the cell of its group; -1 with *err without memory or when a sum leaves 64 bits. */
int fold_add(struct fold *fold, enum fold_level level, const struct slot *slot, const struct cell_line *line,
	struct err *err);

/* Pack the course of a day's cell into SHAPE_BYTES; the bytes used. */
size_t fold_course(const struct fold *fold, const struct cell *cell, unsigned char *bytes);

/* Put the cells in the order of their groups, as the tables have them. Nothing may be added until fold_index. */
void fold_sort(struct fold *fold);
void fold_index(struct fold *fold);

void cell_line_of(struct cell_line *cells, const struct usage_line *line);

/* Which slot an instant belongs to; days are remembered, since neighbours share them. */
struct slots {
	const struct zone *zone;
	struct slot day;
};

struct slot slot_of(struct slots *slots, enum fold_level level, int64_t at_us);
/* The first instant of a slot. */
int64_t slot_begin(const struct slots *slots, enum fold_level level, int64_t number);

/* The lane of each series, by its id. */
struct lanes {
	int64_t *lane;
	size_t n;
};

int lanes_load(struct store *store, struct lanes *lanes, struct err *err);

/* Walk the lines of [from, to) in the order of time, or against it; visit returns 0 or -1 with *err. */
struct line_walk {
	int64_t from_us, to_us;
	bool backwards;
	const struct lanes *lanes;
	bool (*wants)(const void *ctx, int64_t series, int status); /* those that are visited; NULL: all */
	int (*visit)(void *ctx, const struct cell_line *line, struct err *err);
	void *ctx;
};

int lines_walk(struct store *store, const struct line_walk *walk, struct err *err);

#endif
