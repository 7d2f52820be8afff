#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"
#include "daemon/store/months.h"

/* Room for one more of an array in the arena that grows. */
static void *
grow(struct arena *arena, void *array, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return array;
	*room = *room == 0 ? 16 : 2 * *room;
	more = arena_take(arena, *room * size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

int
month_list(struct store *store, struct arena *arena, struct month_list *list, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_month_list);
	size_t room = 0;
	int status;

	*list = (struct month_list){ .n = 0 };
	while ((status = statement_step(store, row, err)) == 1) {
		list->months = grow(arena, list->months, list->n, &room, sizeof(*list->months));
		list->months[list->n++] = (struct closed_month){
			.from_us = sqlite3_column_int64(row, 0),
			.version = sqlite3_column_int(row, 1),
			.to_us = sqlite3_column_int64(row, 2),
			.name = column_copy(row, 3, arena),
			.closed_us = sqlite3_column_int64(row, 4),
			.reopened_us = sqlite3_column_int64(row, 5),
			.figures = { sqlite3_column_int64(row, 6), sqlite3_column_int64(row, 7),
				sqlite3_column_int64(row, 8), sqlite3_column_int64(row, 9),
				sqlite3_column_int64(row, 10) },
		};
	}
	return status;
}

static void
bind_figures(sqlite3_stmt *statement, const struct month_figures *figures)
{
	bind_whole(statement, ":requests", figures->requests);
	bind_whole(statement, ":tokens", figures->tokens);
	bind_whole(statement, ":amount_nano", figures->amount_nano);
}

int
month_close(struct store *store, const struct closed_month *month, struct err *err)
{
	sqlite3_stmt *close = statement_get(store, ST_month_close);

	bind_whole(close, ":from_us", month->from_us);
	bind_whole(close, ":version", month->version);
	bind_whole(close, ":to_us", month->to_us);
	bind_string(close, ":name", month->name);
	bind_whole(close, ":closed_us", month->closed_us);
	bind_whole(close, ":lines", month->figures.lines);
	bind_whole(close, ":unpriced_tokens", month->figures.unpriced_tokens);
	bind_figures(close, &month->figures);
	if (statement_run(store, close, err) != 0)
		return -1;
	return ledger_close_until(store, month->to_us, err);
}

int
month_part_add(struct store *store, const struct closed_month *month, const struct month_part *part, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_month_sum_add);

	bind_whole(add, ":from_us", month->from_us);
	bind_whole(add, ":version", month->version);
	bind_whole(add, ":grouping", (int)part->grouping);
	bind_string(add, ":a", part->name[0] == NULL ? "" : part->name[0]);
	bind_string(add, ":b", part->name[1] == NULL ? "" : part->name[1]);
	bind_string(add, ":c", part->name[2] == NULL ? "" : part->name[2]);
	bind_whole(add, ":unpriced_tokens", part->figures.unpriced_tokens);
	bind_figures(add, &part->figures);
	return statement_run(store, add, err);
}

int
month_adjust(struct store *store, const struct month_adjustment *adjustment, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_month_adjust);

	bind_whole(add, ":booked_from_us", adjustment->booked_from_us);
	bind_whole(add, ":version", adjustment->version);
	bind_whole(add, ":from_us", adjustment->from_us);
	bind_whole(add, ":lines", adjustment->figures.lines);
	bind_figures(add, &adjustment->figures);
	return statement_run(store, add, err);
}

/* What was closed before it ends where it begins. */
int
month_reopen(struct store *store, const struct closed_month *month, int64_t now_us, struct err *err)
{
	sqlite3_stmt *reopen = statement_get(store, ST_month_reopen);

	bind_whole(reopen, ":from_us", month->from_us);
	bind_whole(reopen, ":now_us", now_us);
	if (statement_run(store, reopen, err) != 0)
		return -1;
	if (sqlite3_changes(store->db) == 0)
		return 0;
	return ledger_close_until(store, month->from_us, err) == 0 ? 1 : -1;
}

int
month_parts(struct store *store, const struct closed_month *month, enum month_grouping grouping, struct arena *arena,
	struct month_part **parts, size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_month_sums);
	size_t room = 0;
	int status;

	*parts = NULL;
	*n = 0;
	bind_whole(row, ":from_us", month->from_us);
	bind_whole(row, ":version", month->version);
	bind_whole(row, ":grouping", (int)grouping);
	while ((status = statement_step(store, row, err)) == 1) {
		*parts = grow(arena, *parts, *n, &room, sizeof(**parts));
		(*parts)[(*n)++] = (struct month_part){
			.grouping = grouping,
			.name = { column_copy(row, 0, arena), column_copy(row, 1, arena), column_copy(row, 2, arena) },
			.figures = { 0, sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4),
				sqlite3_column_int64(row, 5), sqlite3_column_int64(row, 6) },
		};
	}
	return status;
}

int
month_adjust_list(
	struct store *store, struct arena *arena, struct month_adjustment **adjustments, size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_month_adjust_list);
	size_t room = 0;
	int status;

	*adjustments = NULL;
	*n = 0;
	while ((status = statement_step(store, row, err)) == 1) {
		*adjustments = grow(arena, *adjustments, *n, &room, sizeof(**adjustments));
		(*adjustments)[(*n)++] = (struct month_adjustment){
			.booked_from_us = sqlite3_column_int64(row, 0),
			.version = sqlite3_column_int(row, 1),
			.from_us = sqlite3_column_int64(row, 2),
			.figures = { sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4),
				sqlite3_column_int64(row, 5), 0, sqlite3_column_int64(row, 6) },
		};
	}
	return status;
}
