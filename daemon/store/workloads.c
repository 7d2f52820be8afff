#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/fleet.h"
#include "daemon/store/handle.h"
#include "daemon/store/workloads.h"

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

int
workload_put(struct store *store, const struct workload *workload, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_workload_put);
	const char *fleet = or_empty(workload->fleet);

	if (workload->name == NULL || workload->name[0] == '\0')
		return err_set(err, ERR_INPUT, "workload: the name is empty");
	if (fleet[0] != '\0') {
		sqlite3_stmt *get = statement_get(store, ST_fleet_get);
		int status;

		bind_string(get, ":name", fleet);
		if ((status = statement_step(store, get, err)) < 0)
			return -1;
		sqlite3_reset(get);
		if (status == 0)
			return err_set(err, ERR_INPUT, "workload '%s': there is no fleet '%s'", workload->name, fleet);
	}
	bind_string(put, ":name", workload->name);
	bind_string(put, ":owner", or_empty(workload->owner));
	bind_string(put, ":closed_provider", or_empty(workload->closed_provider));
	bind_string(put, ":closed_model", or_empty(workload->closed_model));
	bind_string(put, ":fleet", fleet);
	bind_whole(put, ":changed_us", workload->changed_us);
	return statement_run(store, put, err);
}

static struct workload
read_workload(sqlite3_stmt *row, struct arena *arena)
{
	return (struct workload){
		.name = column_copy(row, 0, arena),
		.owner = column_copy(row, 1, arena),
		.closed_provider = column_copy(row, 2, arena),
		.closed_model = column_copy(row, 3, arena),
		.fleet = column_copy(row, 4, arena),
		.changed_us = sqlite3_column_int64(row, 5),
	};
}

int
workload_get(struct store *store, const char *name, struct arena *arena, struct workload *workload, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_workload_get);
	int status;

	bind_string(row, ":name", name);
	status = statement_step(store, row, err);
	if (status == 1)
		*workload = read_workload(row, arena);
	sqlite3_reset(row);
	return status;
}

int
workload_list(struct store *store, struct arena *arena, struct workload **workloads, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_workload_list);
	size_t room = 0;
	int status;

	*workloads = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct workload *more = arena_take(arena, (room = room == 0 ? 8 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *workloads, *n * sizeof(*more));
			*workloads = more;
		}
		(*workloads)[(*n)++] = read_workload(rows, arena);
	}
	return status;
}

int
workload_remove(struct store *store, const char *name, struct err *err)
{
	sqlite3_stmt *remove = statement_get(store, ST_workload_remove);

	bind_string(remove, ":name", name);
	return statement_run(store, remove, err) != 0 ? -1 : sqlite3_changes(store->db);
}
