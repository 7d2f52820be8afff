#include "daemon/store/audit.h"
#include "daemon/base/arena.h"
#include "daemon/store/handle.h"

int
audit_add(struct store *store, const struct audit_row *row, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_audit_add);

	bind_whole(add, ":at_us", row->at_us);
	bind_string(add, ":who", row->who);
	bind_string(add, ":what", row->what);
	bind_string(add, ":about", row->about);
	bind_string(add, ":detail", row->detail);
	return statement_run(store, add, err);
}

int
audit_list(struct store *store, struct arena *arena, size_t limit, struct audit_row **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_audit_list);
	int status;

	*rows = arena_take(arena, (limit + 1) * sizeof(**rows));
	*n = 0;
	bind_whole(row, ":limit", (int64_t)limit);
	while ((status = statement_step(store, row, err)) == 1)
		(*rows)[(*n)++] = (struct audit_row){
			.id = sqlite3_column_int64(row, 0),
			.at_us = sqlite3_column_int64(row, 1),
			.who = column_copy(row, 2, arena),
			.what = column_copy(row, 3, arena),
			.about = column_copy(row, 4, arena),
			.detail = column_copy(row, 5, arena),
		};
	return status;
}
