/*
 * handle: what the files of the store share and nobody else sees: the handle, its prepared statements,
 * and short ways to bind, step and read.
 */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"
#include "models/units/err.h"
#include "models/units/text.h"

struct arena;
struct occurrences;
struct rollup;
struct series_cache;
struct trial;

/* Every statement of sql/queries by its name there; statement.c holds the names. */
enum statement {
#define STATEMENT(name) ST_##name,
#include "daemon/store/statements.inc"
#undef STATEMENT
	STATEMENTS
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	bool writing;         /* between store_begin and store_commit */
	bool unchanging;      /* read as a file that nobody can change */
	int64_t data_version; /* of the last store_changed_outside; 0: never asked */
	char path[PATH_MAX];
	sqlite3_stmt *statement[STATEMENTS]; /* of a handle that reads: NULL until it is first asked for */
	struct text source[STATEMENTS];      /* their SQL */
	int prepare_code;                    /* why one could not be prepared */
	struct series_cache *series;         /* made when first used, as the next */
	struct rollup *rollup;
	struct occurrences *occurrences;
	struct trial *trial; /* NULL: what is put goes into the ledger */
};

/*
 * Find all, and for a handle that writes prepare them; every statement of sql/queries must be named above and the
 * other way round. Of a hundred statements, 7 KB each, a reader uses a few.
 */
int statements_prepare(struct store *store, struct err *err);
void statements_finalize(struct store *store);

/* The sentence for a code of SQLite: busy, full, read-only, damaged, ... Returns -1. */
int store_fail(struct store *store, int code, struct err *err);

/* A statement, reset and without bindings. NULL where it cannot be prepared: its first step then says why. */
sqlite3_stmt *statement_get(struct store *store, enum statement which);

/* Bind by name (":x"). A name that the statement lacks is a mistake of the program and ends it. */
void bind_whole(sqlite3_stmt *statement, const char *name, int64_t value);
void bind_text(sqlite3_stmt *statement, const char *name, struct text text); /* borrowed until the step */
void bind_string(sqlite3_stmt *statement, const char *name, const char *string);
void bind_number(sqlite3_stmt *statement, const char *name, double value);
void bind_blob(sqlite3_stmt *statement, const char *name, struct text bytes); /* borrowed until the step */
void bind_null(sqlite3_stmt *statement, const char *name);
/* NULL where value is NOT_REPORTED (-1). */
void bind_reported(sqlite3_stmt *statement, const char *name, int64_t value);
void bind_if(sqlite3_stmt *statement, const char *name, bool has, int64_t value);

/* One step: 1 a row, 0 done (and reset), -1 with *err (and reset). */
int statement_step(struct store *store, sqlite3_stmt *statement, struct err *err);

/* Run a statement that returns no row. */
int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err);

struct text column_text(sqlite3_stmt *statement, int column);
const char *column_copy(sqlite3_stmt *statement, int column, struct arena *arena); /* never NULL */
int64_t column_reported(sqlite3_stmt *statement, int column);                      /* NULL is -1 */

/* The file that store_open would open for a path, PATH_MAX bytes. */
int store_file(const char *path, char *file, struct err *err);

/* Statements without parameters and rows: pragmas and the steps of the schema. */
int store_exec(struct store *store, const char *sql, struct err *err);
int store_pragma_whole(struct store *store, const char *sql, int64_t *value, struct err *err);

/*
 * Run a check that answers with a row of text: 0 when it is `sound` (NULL: when there is no row), 1 with *err
 * saying the fault, -1 with *err.
 */
int store_fault(struct store *store, const char *sql, const char *sound, struct err *err);

/* Drop what is remembered of rows that a rollback has taken back. */
void series_forget(struct store *store);
void rollup_free(struct store *store);

#endif
