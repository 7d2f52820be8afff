#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/bench_runs.h"
#include "daemon/store/handle.h"

static int
put_figure(struct store *store, int64_t run, const struct bench_figure *figure, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_bench_figure_put);
	int status;

	bind_whole(put, ":run", run);
	bind_string(put, ":name", figure->name);
	bind_string(put, ":unit", figure->unit);
	bind_number(put, ":value", figure->value);
	/* A bound that is not bound is NULL, and so is a number that is none. */
	bind_number(put, ":low", figure->low);
	bind_number(put, ":high", figure->high);
	status = statement_step(store, put, err);
	sqlite3_reset(put);
	return status;
}

int
bench_run_put(struct store *store, struct bench_run *run, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_bench_run_put);
	int status;

	bind_whole(put, ":measured_us", run->measured_us);
	bind_string(put, ":kind", run->kind);
	bind_string(put, ":subject", run->subject);
	bind_whole(put, ":whole", run->whole);
	bind_string(put, ":note", run->note);
	status = statement_step(store, put, err);
	if (status == 1)
		run->id = sqlite3_column_int64(put, 0);
	sqlite3_reset(put);
	if (status != 1)
		return -1;
	for (size_t i = 0; i < run->figures; i++)
		if (isfinite(run->figure[i].value) && put_figure(store, run->id, &run->figure[i], err) != 0)
			return -1;
	return 0;
}

static double
number_or_nan(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN : sqlite3_column_double(row, column);
}

static int
read_figures(struct store *store, struct arena *arena, struct bench_run *run, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_bench_figure_list);
	int status;

	bind_whole(rows, ":run", run->id);
	while ((status = statement_step(store, rows, err)) == 1)
		if (run->figures < BENCH_FIGURES)
			run->figure[run->figures++] = (struct bench_figure){ .name = column_copy(rows, 0, arena),
				.unit = column_copy(rows, 1, arena),
				.value = sqlite3_column_double(rows, 2),
				.low = number_or_nan(rows, 3),
				.high = number_or_nan(rows, 4) };
	return status;
}

int
bench_run_list(
	struct store *store, struct arena *arena, size_t limit, struct bench_run **runs, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_bench_run_list);
	size_t room = 0;
	int status;

	*runs = NULL;
	*n = 0;
	bind_whole(rows, ":limit", (int64_t)limit);
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct bench_run *more = arena_take(arena, (room = room == 0 ? 16 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *runs, *n * sizeof(*more));
			*runs = more;
		}
		(*runs)[(*n)++] = (struct bench_run){ .id = sqlite3_column_int64(rows, 0),
			.measured_us = sqlite3_column_int64(rows, 1),
			.kind = column_copy(rows, 2, arena),
			.subject = column_copy(rows, 3, arena),
			.whole = sqlite3_column_int64(rows, 4) != 0,
			.note = column_copy(rows, 5, arena) };
	}
	for (size_t i = 0; status == 0 && i < *n; i++)
		status = read_figures(store, arena, &(*runs)[i], err);
	return status;
}
