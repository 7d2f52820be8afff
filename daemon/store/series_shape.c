#include <string.h>

#include "daemon/store/handle.h"
#include "daemon/store/series_shape.h"

/* 25 bits of (signed) days, 32 of the series, 4 of the day among its 16, 2 of the status. */
#define BLOCK_SHIFT 38
#define DAY_SHIFT 2
#define GROUP_STATUS 3

int64_t
series_shape_id(int64_t day, int64_t group)
{
	int64_t series = group >> DAY_SHIFT, status = group & GROUP_STATUS;

	return (int64_t)((uint64_t)(day >> 4) << BLOCK_SHIFT) | series << 6 | (day & (SHAPE_DAYS - 1)) << DAY_SHIFT |
		status;
}

int64_t
series_shape_day(int64_t id)
{
	return (int64_t)((uint64_t)(id >> BLOCK_SHIFT) << 4) | (id >> DAY_SHIFT & (SHAPE_DAYS - 1));
}

int64_t
series_shape_group(int64_t id)
{
	return (id >> 6 & UINT32_MAX) << DAY_SHIFT | (id & GROUP_STATUS);
}

int
series_shapes_clear(struct store *store, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *clear = statement_get(store, ST_series_shape_clear);

	bind_whole(clear, ":from", from);
	bind_whole(clear, ":to", to);
	return statement_run(store, clear, err);
}

int
series_shapes_put(struct store *store, int64_t day, const struct fold *fold, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_series_shape_put);
	unsigned char bytes[SHAPE_BYTES];

	for (size_t i = 0; i < fold->n; i++) {
		size_t n = fold_course(fold, &fold->cells[i], bytes);

		if (n == 0)
			continue;
		sqlite3_bind_int64(put, 1, series_shape_id(day, fold->cells[i].group));
		sqlite3_bind_blob(put, 2, bytes, (int)n, SQLITE_STATIC);
		if (statement_run(store, put, err) != 0)
			return -1;
	}
	return 0;
}

int
series_shape_same(struct store *store, int64_t day, const struct fold *fold, const struct cell *cell, int64_t *stored,
	struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_series_shape_get);
	unsigned char bytes[SHAPE_BYTES];
	size_t n = fold_course(fold, cell, bytes);
	bool same = n == 0;
	int status;

	bind_whole(row, ":id", series_shape_id(day, cell->group));
	if ((status = statement_step(store, row, err)) == 1) {
		same = (size_t)sqlite3_column_bytes(row, 0) == n && memcmp(sqlite3_column_blob(row, 0), bytes, n) == 0;
		++*stored;
	}
	sqlite3_reset(row);
	return status < 0 ? -1 : same;
}
