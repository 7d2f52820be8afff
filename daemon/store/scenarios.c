#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/scenarios.h"

int
scenario_name_check(const char *name, struct err *err)
{
	char shown[TEXT_SHOWN];
	struct text rest = text_of(name);
	size_t n = rest.n;

	text_shown(rest, shown, sizeof(shown));
	if (n == 0)
		return err_set(err, ERR_INPUT, "name: a scenario's name is empty");
	if (n > SCENARIO_NAME_MAX)
		return err_set(
			err, ERR_INPUT, "name: '%s' is %zu bytes long; %d are allowed", shown, n, SCENARIO_NAME_MAX);
	if (name[0] == ' ' || name[n - 1] == ' ')
		return err_set(err, ERR_INPUT, "name: '%s' has a blank at its end", shown);
	while (rest.n > 0) {
		size_t letter = text_letter(rest);

		if (letter == 0 || text_control(rest) || rest.p[0] == '/')
			return err_set(err, ERR_INPUT,
				"name: '%s' holds a slash, a control character or bytes that are no UTF-8", shown);
		rest.p += letter;
		rest.n -= letter;
	}
	return 0;
}

int
scenario_put(struct store *store, const struct saved_scenario *scenario, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_scenario_put);

	if (scenario_name_check(scenario->name, err) != 0)
		return -1;
	bind_string(put, ":name", scenario->name);
	bind_text(put, ":body", scenario->body);
	bind_whole(put, ":changed_us", scenario->changed_us);
	return statement_run(store, put, err);
}

static struct saved_scenario
read_row(sqlite3_stmt *row, struct arena *arena)
{
	struct text body = column_text(row, 1);

	return (struct saved_scenario){
		.name = column_copy(row, 0, arena),
		.body = { column_copy(row, 1, arena), body.n },
		.changed_us = sqlite3_column_int64(row, 2),
	};
}

int
scenario_get(
	struct store *store, const char *name, struct arena *arena, struct saved_scenario *scenario, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_scenario_get);
	int status;

	bind_string(row, ":name", name);
	status = statement_step(store, row, err);
	if (status == 1)
		*scenario = read_row(row, arena);
	sqlite3_reset(row);
	return status;
}

int
scenario_list(struct store *store, struct arena *arena, struct saved_scenario **scenarios, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_scenario_list);
	size_t room = 0;
	int status;

	*scenarios = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct saved_scenario *more =
				arena_take(arena, (room = room == 0 ? 8 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *scenarios, *n * sizeof(*more));
			*scenarios = more;
		}
		(*scenarios)[(*n)++] = read_row(rows, arena);
	}
	return status;
}

int
scenario_remove(struct store *store, const char *name, struct err *err)
{
	sqlite3_stmt *remove = statement_get(store, ST_scenario_remove);

	bind_string(remove, ":name", name);
	return statement_run(store, remove, err) != 0 ? -1 : sqlite3_changes(store->db);
}
