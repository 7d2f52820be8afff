#include "daemon/store/pulled.h"

#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"

/* ---- how it stands with a source */

#define STATE_WHOLES 18

/* The whole numbers of a state in the order of source_state_get, but for the error, which stands after the tenth. */
static void
wholes_of(struct source_state *state, int64_t *wholes[STATE_WHOLES])
{
	int64_t *all[STATE_WHOLES] = { &state->from_us, &state->done_us, &state->back_from_us, &state->back_to_us,
		&state->back_began_us, &state->tried_us, &state->ok_us, &state->failures, &state->not_before_us, NULL,
		&state->run, &state->taken, &state->repeated, &state->replaced, &state->removed, &state->conflicting,
		&state->refused, &state->latest_us };

	memcpy(wholes, all, sizeof(all));
}

static const char *const whole_names[STATE_WHOLES] = { ":from_us", ":done_us", ":back_from_us", ":back_to_us",
	":back_began_us", ":tried_us", ":ok_us", ":failures", ":not_before_us", ":vain", ":run", ":taken", ":repeated",
	":replaced", ":removed", ":conflicting", ":refused", ":latest_us" };

int
source_state_get(struct store *store, int64_t source, struct arena *arena, struct source_state *state, struct err *err)
{
	sqlite3_stmt *get = statement_get(store, ST_source_state_get);
	int64_t *wholes[STATE_WHOLES];
	struct text kept;
	int status;

	memset(state, 0, sizeof(*state));
	state->error = "";
	bind_whole(get, ":source", source);
	status = statement_step(store, get, err);
	if (status != 1)
		return status;
	wholes_of(state, wholes);
	for (int i = 0; i < STATE_WHOLES; i++)
		if (wholes[i] != NULL)
			*wholes[i] = sqlite3_column_int64(get, i < 10 ? i : i + 1);
	state->vain = sqlite3_column_int(get, 9) != 0;
	state->error = column_copy(get, 10, arena);
	kept = (struct text){ sqlite3_column_blob(get, 19), (size_t)sqlite3_column_bytes(get, 19) };
	state->kept = (struct text){ kept.n == 0 ? NULL : arena_copy(arena, kept.p, kept.n), kept.n };
	sqlite3_reset(get);
	return 1;
}

int
source_state_put(struct store *store, int64_t source, const struct source_state *state, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_source_state_put);
	struct source_state copy = *state;
	int64_t *wholes[STATE_WHOLES];

	wholes_of(&copy, wholes);
	bind_whole(put, ":source", source);
	for (int i = 0; i < STATE_WHOLES; i++)
		bind_whole(put, whole_names[i], wholes[i] == NULL ? state->vain : *wholes[i]);
	bind_string(put, ":error", state->error);
	bind_text(put, ":kept", state->kept.n == 0 ? text_of("") : state->kept);
	return statement_run(store, put, err);
}

int
source_find(
	struct store *store, const char *collector, const char *name, const char *account, int64_t *id, struct err *err)
{
	sqlite3_stmt *find = statement_get(store, ST_source_find);
	int status;

	bind_string(find, ":collector", collector);
	bind_string(find, ":name", name);
	bind_string(find, ":account", account);
	status = statement_step(store, find, err);
	if (status == 1)
		*id = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return status;
}

/* ---- the lines it holds */

static void
bind_pulled(sqlite3_stmt *statement, int64_t source, const struct pulled *row)
{
	bind_whole(statement, ":source", source);
	bind_whole(statement, ":at_us", row->at_us);
	bind_whole(statement, ":kind", (int)row->kind);
	bind_text(statement, ":key", row->key);
}

int
pulled_mark(struct store *store, int64_t source, const struct pulled *row, struct err *err)
{
	sqlite3_stmt *mark = statement_get(store, ST_pulled_mark);

	bind_pulled(mark, source, row);
	bind_text(mark, ":part", row->part.n == 0 ? text_of("") : row->part);
	bind_whole(mark, ":width_us", row->width_us);
	bind_whole(mark, ":charged_us", row->charged_us);
	return statement_run(store, mark, err);
}

int
pulled_forget(struct store *store, int64_t source, const struct pulled *row, struct err *err)
{
	sqlite3_stmt *forget = statement_get(store, ST_pulled_forget);

	bind_pulled(forget, source, row);
	return statement_run(store, forget, err);
}

/* Room for one more of size bytes in an array that grows inside the arena. */
static void *
grow(struct arena *arena, void *array, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n < 64 || (n & (n - 1)) != 0))
		return array;
	more = arena_take(arena, (n == 0 ? 64 : 2 * n) * size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

static struct text
column_kept(sqlite3_stmt *statement, int column, struct arena *arena)
{
	struct text text = column_text(statement, column);

	return (struct text){ text.n == 0 ? NULL : arena_copy(arena, text.p, text.n), text.n };
}

static int
read_pulled(
	struct store *store, sqlite3_stmt *list, struct arena *arena, struct pulled **rows, size_t *n, struct err *err)
{
	int status;

	*rows = NULL;
	*n = 0;
	while ((status = statement_step(store, list, err)) == 1) {
		*rows = grow(arena, *rows, *n, sizeof(**rows));
		(*rows)[(*n)++] = (struct pulled){ .at_us = sqlite3_column_int64(list, 0),
			.kind = (enum ledger_kind)sqlite3_column_int(list, 1),
			.key = column_kept(list, 2, arena),
			.part = column_kept(list, 3, arena),
			.width_us = sqlite3_column_int64(list, 4),
			.charged_us = sqlite3_column_int64(list, 5) };
	}
	return status;
}

int
pulled_list(struct store *store, int64_t source, int64_t from_us, int64_t to_us, struct arena *arena,
	struct pulled **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_pulled_list);

	bind_whole(list, ":source", source);
	bind_whole(list, ":from_us", from_us);
	bind_whole(list, ":to_us", to_us);
	return read_pulled(store, list, arena, rows, n, err);
}

int
pulled_list_part(struct store *store, int64_t source, struct text part, int64_t from_us, int64_t to_us,
	struct arena *arena, struct pulled **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_pulled_list_part);

	bind_whole(list, ":source", source);
	bind_text(list, ":part", part.n == 0 ? text_of("") : part);
	bind_whole(list, ":from_us", from_us);
	bind_whole(list, ":to_us", to_us);
	return read_pulled(store, list, arena, rows, n, err);
}

int
pulled_part(struct store *store, int64_t source, const struct pulled *row, struct arena *arena, struct text *part,
	struct err *err)
{
	sqlite3_stmt *get = statement_get(store, ST_pulled_part);
	int found;

	bind_pulled(get, source, row);
	found = statement_step(store, get, err);
	if (found == 1)
		*part = column_kept(get, 0, arena);
	sqlite3_reset(get);
	return found;
}

int
source_failing(struct store *store, struct arena *arena, struct source_failing **rows, size_t *n, int64_t *asked,
	struct err *err)
{
	sqlite3_stmt *count = statement_get(store, ST_source_asked), *list = statement_get(store, ST_source_failing);
	int status;

	*rows = NULL;
	*n = 0;
	if (statement_step(store, count, err) != 1)
		return -1;
	*asked = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	while ((status = statement_step(store, list, err)) == 1) {
		*rows = grow(arena, *rows, *n, sizeof(**rows));
		(*rows)[(*n)++] = (struct source_failing){ .name = column_copy(list, 0, arena),
			.error = column_copy(list, 1, arena),
			.ok_us = sqlite3_column_int64(list, 2),
			.failures = sqlite3_column_int64(list, 3),
			.vain = sqlite3_column_int(list, 4) != 0 };
	}
	return status;
}

/* ---- runs */

int
run_source(struct store *store, int64_t run, int64_t *source, struct err *err)
{
	sqlite3_stmt *get = statement_get(store, ST_run_source);
	int status;

	bind_whole(get, ":id", run);
	status = statement_step(store, get, err);
	if (status == 1)
		*source = sqlite3_column_int64(get, 0);
	sqlite3_reset(get);
	return status;
}

int
source_totals(struct store *store, int64_t source, struct source_totals *totals, struct err *err)
{
	sqlite3_stmt *sum = statement_get(store, ST_source_totals);

	bind_whole(sum, ":source", source);
	if (statement_step(store, sum, err) != 1)
		return -1;
	*totals = (struct source_totals){ sqlite3_column_int64(sum, 0), sqlite3_column_int64(sum, 1),
		sqlite3_column_int64(sum, 2) };
	sqlite3_reset(sum);
	return 0;
}

int
run_drop(struct store *store, int64_t run, struct err *err)
{
	sqlite3_stmt *drop = statement_get(store, ST_run_drop);

	bind_whole(drop, ":id", run);
	return statement_run(store, drop, err) != 0 ? -1 : sqlite3_changes(store->db);
}

/* ---- days */

int
source_day_add(struct store *store, int64_t source, const struct source_day *day, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_source_day_add);

	bind_whole(add, ":source", source);
	bind_whole(add, ":day", day->day);
	bind_whole(add, ":rows", day->rows);
	bind_whole(add, ":read_us", day->read_us);
	bind_whole(add, ":whole", day->whole);
	return statement_run(store, add, err);
}

int
source_days(struct store *store, int64_t source, int64_t from, int64_t to, struct arena *arena,
	struct source_day **days, size_t *n, struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_source_days);
	int status;

	*days = NULL;
	*n = 0;
	bind_whole(list, ":source", source);
	bind_whole(list, ":from", from);
	bind_whole(list, ":to", to);
	while ((status = statement_step(store, list, err)) == 1) {
		*days = grow(arena, *days, *n, sizeof(**days));
		(*days)[(*n)++] = (struct source_day){ .day = sqlite3_column_int64(list, 0),
			.rows = sqlite3_column_int64(list, 1),
			.read_us = sqlite3_column_int64(list, 2),
			.whole = sqlite3_column_int(list, 3) != 0 };
	}
	return status;
}

/* ---- files */

int
source_files(struct store *store, int64_t source, struct arena *arena, struct source_file **files, size_t *n,
	struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_source_file_list);
	size_t room = 0;
	int status;

	*files = NULL;
	*n = 0;
	bind_whole(list, ":source", source);
	while ((status = statement_step(store, list, err)) == 1) {
		if (*n == room) {
			struct source_file *more =
				arena_take(arena, (room = room == 0 ? 64 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *files, *n * sizeof(*more));
			*files = more;
		}
		(*files)[(*n)++] = (struct source_file){ .path = column_copy(list, 0, arena),
			.inode = sqlite3_column_int64(list, 1),
			.read = sqlite3_column_int64(list, 2),
			.head = sqlite3_column_int64(list, 3),
			.changed_us = sqlite3_column_int64(list, 4) };
	}
	return status;
}

int
source_file_put(struct store *store, int64_t source, const struct source_file *file, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_source_file_put);

	bind_whole(put, ":source", source);
	bind_string(put, ":path", file->path);
	bind_whole(put, ":inode", file->inode);
	bind_whole(put, ":read", file->read);
	bind_whole(put, ":head", file->head);
	bind_whole(put, ":changed_us", file->changed_us);
	return statement_run(store, put, err);
}
