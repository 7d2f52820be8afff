#include "daemon/store/catalogues.h"
#include "daemon/base/arena.h"
#include "daemon/store/handle.h"

const char *const catalogue_state_names[CATALOGUE_STATES] = { "waiting", "applied", "undone", "dismissed", "replaced" };

int
catalogue_add(struct store *store, const struct catalogue_row *row, struct text body, int64_t *id, struct err *err)
{
	sqlite3_stmt *replace = statement_get(store, ST_catalogue_replace);
	sqlite3_stmt *add = statement_get(store, ST_catalogue_add);

	bind_string(replace, ":book", row->book);
	bind_whole(replace, ":rank", (int)row->rank);
	if (statement_run(store, replace, err) != 0)
		return -1;
	bind_string(add, ":collector", row->collector);
	bind_string(add, ":book", row->book);
	bind_whole(add, ":rank", (int)row->rank);
	bind_string(add, ":name", row->name);
	bind_whole(add, ":came_us", row->came_us);
	bind_blob(add, ":body", body);
	bind_whole(add, ":bytes", (int64_t)body.n);
	bind_string(add, ":digest", row->digest);
	bind_whole(add, ":added", row->added);
	bind_whole(add, ":changed", row->changed);
	bind_whole(add, ":ended", row->ended);
	if (statement_run(store, add, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

int
catalogue_list(
	struct store *store, struct arena *arena, size_t limit, struct catalogue_row **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_catalogue_list);
	int status;

	*rows = arena_take(arena, (limit + 1) * sizeof(**rows));
	*n = 0;
	bind_whole(row, ":limit", (int64_t)limit);
	while ((status = statement_step(store, row, err)) == 1)
		(*rows)[(*n)++] = (struct catalogue_row){
			.id = sqlite3_column_int64(row, 0),
			.collector = column_copy(row, 1, arena),
			.book = column_copy(row, 2, arena),
			.rank = (enum price_rank)sqlite3_column_int(row, 3),
			.name = column_copy(row, 4, arena),
			.came_us = sqlite3_column_int64(row, 5),
			.state = (enum catalogue_state)sqlite3_column_int(row, 6),
			.bytes = sqlite3_column_int64(row, 7),
			.digest = column_copy(row, 8, arena),
			.added = sqlite3_column_int64(row, 9),
			.changed = sqlite3_column_int64(row, 10),
			.ended = sqlite3_column_int64(row, 11),
			.decided_us = sqlite3_column_int64(row, 12),
			.effective_us = sqlite3_column_int64(row, 13),
			.undone_us = sqlite3_column_int64(row, 14),
			.who = column_copy(row, 15, arena),
			.run = sqlite3_column_int64(row, 16),
		};
	return status;
}

int
catalogue_body(struct store *store, int64_t id, struct arena *arena, struct text *body, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_catalogue_body);
	int status;

	bind_whole(row, ":id", id);
	if ((status = statement_step(store, row, err)) == 1) {
		size_t n = (size_t)sqlite3_column_bytes(row, 0);

		*body = (struct text){ arena_copy(arena, n == 0 ? "" : sqlite3_column_blob(row, 0), n), n };
	}
	sqlite3_reset(row);
	return status;
}

int
catalogue_decide(struct store *store, const struct catalogue_decision *decision, struct err *err)
{
	sqlite3_stmt *decide = statement_get(store, ST_catalogue_decide);

	bind_whole(decide, ":id", decision->id);
	bind_whole(decide, ":state", (int)decision->state);
	bind_whole(decide, ":now_us", decision->now_us);
	bind_if(decide, ":effective_us", decision->effective_us != 0, decision->effective_us);
	bind_string(decide, ":who", decision->who);
	bind_if(decide, ":run", decision->run != 0, decision->run);
	return statement_run(store, decide, err);
}
