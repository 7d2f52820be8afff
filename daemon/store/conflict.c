#include "daemon/store/conflict.h"
#include "daemon/base/arena.h"
#include "daemon/store/handle.h"

static const char *const kind_names[CONFLICT_KINDS] = { "usage", "gpu", "invoice" };

/* Bind the JSON text that a statement gives, "null" where it gives no row or is none. */
static int
bind_event(struct store *store, sqlite3_stmt *add, const char *name, sqlite3_stmt *event, struct err *err)
{
	int status = event == NULL ? 0 : statement_step(store, event, err);

	if (status == 1)
		bind_text(add, name, column_text(event, 0));
	else
		bind_string(add, name, "null");
	return status < 0 ? -1 : 0;
}

enum put_result
conflict_keep(struct store *store, const struct conflict_of *conflict, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_conflict_add);
	int status = -1;

	bind_whole(add, ":kind", (int)conflict->kind);
	bind_whole(add, ":at_us", conflict->at_us);
	bind_text(add, ":key", conflict->key);
	bind_whole(add, ":run", conflict->run);
	if (bind_event(store, add, ":came", conflict->came, err) == 0 &&
		bind_event(store, add, ":stands", conflict->stands, err) == 0)
		status = statement_run(store, add, err);
	if (conflict->came != NULL)
		sqlite3_reset(conflict->came);
	if (conflict->stands != NULL)
		sqlite3_reset(conflict->stands);
	return status == 0 ? PUT_CONFLICT : PUT_FAILED;
}

int
ledger_conflicts(struct store *store, struct arena *arena, size_t limit, struct conflict_list *list, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_conflict_list);
	sqlite3_stmt *count = statement_get(store, ST_conflict_count);
	int status;

	*list = (struct conflict_list){ NULL, 0, 0 };
	if (statement_step(store, count, err) != 1)
		return -1;
	list->total = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	if (limit > (size_t)list->total)
		limit = (size_t)list->total;
	list->rows = arena_take(arena, (limit + 1) * sizeof(*list->rows));
	bind_whole(rows, ":limit", (int64_t)limit);
	while ((status = statement_step(store, rows, err)) == 1 && list->n < limit) {
		struct conflict *row = &list->rows[list->n++];
		int kind = sqlite3_column_int(rows, 3);

		row->at_us = sqlite3_column_int64(rows, 0);
		row->run = sqlite3_column_int64(rows, 1);
		row->first_at_us = sqlite3_column_int64(rows, 2);
		row->kind = kind >= 0 && kind < CONFLICT_KINDS ? kind_names[kind] : "?";
		row->key = column_copy(rows, 4, arena);
		row->came = column_copy(rows, 5, arena);
		row->stands = column_copy(rows, 6, arena);
	}
	sqlite3_reset(rows);
	return status < 0 ? -1 : 0;
}
