#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/embed.h"
#include "daemon/store/handle.h"

static const char *const names[STATEMENTS] = {
#define STATEMENT(name) [ST_##name] = #name,
#include "daemon/store/statements.inc"
#undef STATEMENT
};

#define FOLDER "sql/queries/"
#define MARK "-- name: "

static int
find_statement(const char *name, size_t n)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return i;
	return -1;
}

static int
prepare(struct store *store, enum statement which)
{
	const struct text *source = &store->source[which];

	return sqlite3_prepare_v3(
		store->db, source->p, (int)source->n, SQLITE_PREPARE_PERSISTENT, &store->statement[which], NULL);
}

/* The statements of one file: each begins with its mark and ends where the next begins. */
static int
find_all(struct store *store, const struct embedded *file, struct err *err)
{
	const char *mark = strstr((const char *)file->bytes, MARK);

	while (mark != NULL) {
		const char *name = mark + strlen(MARK);
		size_t n = strcspn(name, "\n ");
		const char *next = strstr(name, MARK);
		int which = find_statement(name, n);

		if (which < 0)
			return err_set(
				err, ERR_OUTSIDE, "%s: nothing uses the statement '%.*s'", file->name, (int)n, name);
		if (store->source[which].p != NULL)
			return err_set(err, ERR_OUTSIDE, "%s: statement '%s' comes twice", file->name, names[which]);
		store->source[which] =
			(struct text){ name + n, next == NULL ? strlen(name + n) : (size_t)(next - name) - n };
		mark = next;
	}
	return 0;
}

int
statements_prepare(struct store *store, struct err *err)
{
	for (const struct embedded *file = embedded_files; file->name != NULL; file++)
		if (strncmp(file->name, FOLDER, strlen(FOLDER)) == 0 && find_all(store, file, err) != 0)
			return -1;
	for (int i = 0; i < STATEMENTS; i++)
		if (store->source[i].p == NULL)
			return err_set(err, ERR_OUTSIDE, FOLDER ": statement '%s' is missing", names[i]);
	for (int i = 0; store->mode != STORE_READ && i < STATEMENTS; i++) {
		int code = prepare(store, i);

		if (code == SQLITE_OK)
			continue;
		store_fail(store, code, err);
		return err_in(err, FOLDER ": statement '%s'", names[i]);
	}
	return 0;
}

void
statements_finalize(struct store *store)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statement[i]);
}

sqlite3_stmt *
statement_get(struct store *store, enum statement which)
{
	sqlite3_stmt *statement = store->statement[which];

	if (statement == NULL) {
		store->prepare_code = prepare(store, which);
		return store->statement[which];
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

static int
parameter(sqlite3_stmt *statement, const char *name)
{
	int index = statement == NULL ? -1 : sqlite3_bind_parameter_index(statement, name);

	if (index == 0) {
		fprintf(stderr, "breakeven: no parameter %s in: %s\n", name, sqlite3_sql(statement));
		abort();
	}
	return index;
}

void
bind_whole(sqlite3_stmt *statement, const char *name, int64_t value)
{
	sqlite3_bind_int64(statement, parameter(statement, name), value);
}

void
bind_text(sqlite3_stmt *statement, const char *name, struct text text)
{
	sqlite3_bind_text(statement, parameter(statement, name), text.n == 0 ? "" : text.p, (int)text.n, SQLITE_STATIC);
}

void
bind_blob(sqlite3_stmt *statement, const char *name, struct text bytes)
{
	sqlite3_bind_blob64(statement, parameter(statement, name), bytes.n == 0 ? "" : bytes.p, bytes.n, SQLITE_STATIC);
}

void
bind_string(sqlite3_stmt *statement, const char *name, const char *string)
{
	bind_text(statement, name, text_of(string));
}

void
bind_number(sqlite3_stmt *statement, const char *name, double value)
{
	sqlite3_bind_double(statement, parameter(statement, name), value);
}

void
bind_null(sqlite3_stmt *statement, const char *name)
{
	sqlite3_bind_null(statement, parameter(statement, name));
}

void
bind_reported(sqlite3_stmt *statement, const char *name, int64_t value)
{
	bind_if(statement, name, value >= 0, value);
}

void
bind_if(sqlite3_stmt *statement, const char *name, bool has, int64_t value)
{
	if (has)
		bind_whole(statement, name, value);
	else
		bind_null(statement, name);
}

int
statement_step(struct store *store, sqlite3_stmt *statement, struct err *err)
{
	int code = statement == NULL ? store->prepare_code : sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		store_fail(store, code, err);
	sqlite3_reset(statement);
	return code == SQLITE_DONE ? 0 : -1;
}

int
statement_run(struct store *store, sqlite3_stmt *statement, struct err *err)
{
	int status = statement_step(store, statement, err);

	if (status == 1)
		sqlite3_reset(statement);
	return status < 0 ? -1 : 0;
}

struct text
column_text(sqlite3_stmt *statement, int column)
{
	const char *p = (const char *)sqlite3_column_text(statement, column);

	return (struct text){ p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column) };
}

const char *
column_copy(sqlite3_stmt *statement, int column, struct arena *arena)
{
	struct text text = column_text(statement, column);

	return arena_copy(arena, text.n == 0 ? "" : text.p, text.n);
}

int64_t
column_reported(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ? -1 : sqlite3_column_int64(statement, column);
}
