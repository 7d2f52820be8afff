#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/sources.h"

int
source_id(struct store *store, const struct source *source, int64_t *id, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_source_add);
	sqlite3_stmt *find = statement_get(store, ST_source_find);
	sqlite3_stmt *both[] = { add, find };

	for (int i = 0; i < 2; i++) {
		bind_string(both[i], ":collector", source->collector);
		bind_string(both[i], ":name", source->name);
		bind_string(both[i], ":account", source->account);
	}
	if (statement_run(store, add, err) != 0 || statement_step(store, find, err) != 1)
		return -1;
	*id = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return 0;
}

int
source_set_cursor(struct store *store, int64_t id, const char *cursor, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_source_cursor);

	bind_whole(statement, ":id", id);
	bind_string(statement, ":cursor", cursor);
	return statement_run(store, statement, err);
}

/* Room for one more of size bytes in an array that grows inside the arena. */
static void *
grow(struct arena *arena, void *array, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n < 8 || (n & (n - 1)) != 0))
		return array;
	more = arena_take(arena, (n == 0 ? 8 : 2 * n) * size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

int
source_list(struct store *store, struct arena *arena, struct source **sources, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_source_list);
	int status;

	*sources = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		*sources = grow(arena, *sources, *n, sizeof(**sources));
		(*sources)[(*n)++] = (struct source){
			.id = sqlite3_column_int64(rows, 0),
			.collector = column_copy(rows, 1, arena),
			.name = column_copy(rows, 2, arena),
			.account = column_copy(rows, 3, arena),
			.cursor = column_copy(rows, 4, arena),
			.runs = sqlite3_column_int64(rows, 5),
			.last_run_us = sqlite3_column_int64(rows, 6),
		};
	}
	return status;
}

int
source_tokens_list(struct store *store, int64_t from_us, int64_t to_us, struct arena *arena,
	struct source_tokens **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_source_tokens);
	int status;

	*rows = NULL;
	*n = 0;
	bind_whole(list, ":from_us", from_us);
	bind_whole(list, ":to_us", to_us);
	while ((status = statement_step(store, list, err)) == 1) {
		*rows = grow(arena, *rows, *n, sizeof(**rows));
		(*rows)[(*n)++] = (struct source_tokens){ .day = sqlite3_column_int64(list, 0),
			.source = sqlite3_column_int64(list, 1),
			.series = sqlite3_column_int64(list, 2),
			.lines = sqlite3_column_int64(list, 3),
			.tokens = sqlite3_column_int64(list, 4) };
	}
	return status;
}

int
run_begin(struct store *store, const struct run *run, int64_t *id, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_run_begin);

	bind_whole(statement, ":source", run->source);
	bind_whole(statement, ":started_us", run->started_us);
	if (statement_run(store, statement, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

/* The places of a reason as a JSON array: numbers, and paths as strings. */
static void
print_places(char *buffer, size_t size, const struct reason *reason)
{
	size_t n = (size_t)snprintf(buffer, size, "[");

	for (int i = 0; i < reason->places && n + 192 < size; i++) {
		n += (size_t)snprintf(buffer + n, size - n, "%s", i > 0 ? "," : "");
		if (reason->place[i].line > 0) {
			n += (size_t)snprintf(buffer + n, size - n, "%lld", (long long)reason->place[i].line);
			continue;
		}
		buffer[n++] = '"';
		for (const char *p = reason->place[i].path; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buffer[n++] = '\\';
			buffer[n++] = (unsigned char)*p < ' ' ? ' ' : *p;
		}
		buffer[n++] = '"';
	}
	snprintf(buffer + n, size - n, "]");
}

static int
put_reason(struct store *store, const struct run *run, int seq, struct err *err)
{
	const struct reason *reason = &run->reason[seq];
	sqlite3_stmt *statement = statement_get(store, ST_run_reason_add);
	char places[RUN_REASON_LINES * 192 + 200];

	print_places(places, sizeof(places), reason);
	bind_whole(statement, ":run", run->id);
	bind_whole(statement, ":seq", seq);
	bind_whole(statement, ":kind", (int)reason->kind);
	bind_whole(statement, ":count", reason->count);
	bind_string(statement, ":text", reason->text);
	bind_string(statement, ":places", places);
	return statement_run(store, statement, err);
}

int
run_end(struct store *store, const struct run *run, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_run_end);
	const struct {
		const char *name;
		int64_t value;
	} values[] = { { ":id", run->id }, { ":finished_us", run->finished_us }, { ":taken", run->taken },
		{ ":repeated", run->repeated }, { ":conflicting", run->conflicting }, { ":refused", run->refused },
		{ ":warned", run->warned }, { ":first_us", run->first_us }, { ":last_us", run->last_us },
		{ ":bytes", run->bytes }, { ":replaced", run->replaced }, { ":removed", run->removed } };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		bind_whole(statement, values[i].name, values[i].value);
	if (statement_run(store, statement, err) != 0)
		return -1;
	for (int i = 0; i < run->reasons; i++)
		if (put_reason(store, run, i, err) != 0)
			return -1;
	return 0;
}

static int
read_places(struct store *store, const char *places, struct reason *reason, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_run_place);
	int status;

	bind_string(rows, ":places", places);
	while ((status = statement_step(store, rows, err)) == 1 && reason->places < RUN_REASON_LINES) {
		int i = reason->places++;

		if (text_is(column_text(rows, 0), "integer")) {
			reason->place[i].line = sqlite3_column_int64(rows, 1);
		} else {
			struct text path = column_text(rows, 1);

			snprintf(reason->place[i].path, sizeof(reason->place[i].path), "%.*s", (int)path.n, path.p);
		}
	}
	sqlite3_reset(rows);
	return status < 0 ? -1 : 0;
}

static int
read_reasons(struct store *store, struct arena *arena, struct run *run, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_run_reasons);
	int status;

	bind_whole(rows, ":run", run->id);
	while ((status = statement_step(store, rows, err)) == 1 && run->reasons <= RUN_REASONS) {
		struct reason *reason = &run->reason[run->reasons++];
		struct text text = column_text(rows, 2);

		reason->kind = (enum reason_kind)sqlite3_column_int(rows, 0);
		reason->count = sqlite3_column_int64(rows, 1);
		snprintf(reason->text, sizeof(reason->text), "%.*s", (int)text.n, text.p);
		if (read_places(store, column_copy(rows, 3, arena), reason, err) != 0) {
			sqlite3_reset(rows);
			return -1;
		}
	}
	sqlite3_reset(rows);
	return status < 0 ? -1 : 0;
}

static void
read_run(sqlite3_stmt *row, struct arena *arena, struct run *run)
{
	memset(run, 0, sizeof(*run));
	run->id = sqlite3_column_int64(row, 0);
	run->source = sqlite3_column_int64(row, 1);
	run->collector = column_copy(row, 2, arena);
	run->name = column_copy(row, 3, arena);
	run->started_us = sqlite3_column_int64(row, 4);
	run->finished_us = sqlite3_column_int64(row, 5);
	run->taken = sqlite3_column_int64(row, 6);
	run->repeated = sqlite3_column_int64(row, 7);
	run->conflicting = sqlite3_column_int64(row, 8);
	run->refused = sqlite3_column_int64(row, 9);
	run->warned = sqlite3_column_int64(row, 10);
	run->first_us = sqlite3_column_int64(row, 11);
	run->last_us = sqlite3_column_int64(row, 12);
	run->bytes = sqlite3_column_int64(row, 13);
	run->replaced = sqlite3_column_int64(row, 14);
	run->removed = sqlite3_column_int64(row, 15);
}

int
run_get(struct store *store, struct arena *arena, int64_t id, struct run *run, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_run_get);
	int status;

	bind_whole(row, ":id", id);
	status = statement_step(store, row, err);
	if (status != 1)
		return status;
	read_run(row, arena, run);
	sqlite3_reset(row);
	return read_reasons(store, arena, run, err) == 0 ? 1 : -1;
}

int
run_list(struct store *store, struct arena *arena, size_t limit, struct run **runs, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_run_list);
	int status;

	*runs = NULL;
	*n = 0;
	bind_whole(rows, ":limit", (int64_t)limit);
	while ((status = statement_step(store, rows, err)) == 1) {
		*runs = grow(arena, *runs, *n, sizeof(**runs));
		read_run(rows, arena, &(*runs)[(*n)++]);
	}
	for (size_t i = 0; status == 0 && i < *n; i++)
		status = read_reasons(store, arena, &(*runs)[i], err);
	return status;
}
