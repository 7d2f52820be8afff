/*
 * series_shape: the course of each day of the reporting zone by series and status, packed (see day_shape.h): what the
 * week's shape of a key, account, project or status is read from. Made of the lines together with the day
 * table, cell by cell.
 */
#ifndef STORE_SERIES_SHAPE_H
#define STORE_SERIES_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/fold.h"

struct err;
struct store;

#define SHAPE_DAYS 16 /* of a series lie together */

/* The id of a row, and what it is made of. group: of a day's cell. */
int64_t series_shape_id(int64_t day, int64_t group);
int64_t series_shape_day(int64_t id);
int64_t series_shape_group(int64_t id);

/* Remove those of the days [from, to), while the day table still has the rows that they belong to. */
int series_shapes_clear(struct store *store, int64_t from, int64_t to, struct err *err);

/* Write those of a day's cells. */
int series_shapes_put(struct store *store, int64_t day, const struct fold *fold, struct err *err);

/* 1 when the stored course of a cell is this one, 0 when not, -1. *stored grows by those that stand. */
int series_shape_same(struct store *store, int64_t day, const struct fold *fold, const struct cell *cell,
	int64_t *stored, struct err *err);

#endif
