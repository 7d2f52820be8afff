/*
 * plans SCHEMA.sql... -- QUERIES.sql...: judges the SQL of the program against a fresh database.
 *
 * Every table is STRICT and every column has its comment, on its own line or on the line above; of a column that a later
 * step adds, the line behind its ALTER TABLE ... ADD COLUMN counts. Every named
 * statement ("-- name: ledger_put") can be prepared; its query plan is printed, and a plan that walks a whole
 * table or index is a fault unless the statement says so with the word scan between comment marks.
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAYS_SCAN "/*scan*/"
#define NAMED "-- name:"

static int faults;

static void
fault(const char *where, const char *what, const char *detail)
{
	printf("FAULT %s: %s%s%s\n", where, what, *detail == '\0' ? "" : ": ", detail);
	faults++;
}

static char *
read_file(const char *name)
{
	FILE *stream = fopen(name, "rb");
	char *bytes;
	long size;

	if (stream == NULL || fseek(stream, 0, SEEK_END) != 0 || (size = ftell(stream)) < 0) {
		perror(name);
		exit(1);
	}
	rewind(stream);
	bytes = calloc((size_t)size + 1, 1);
	if (bytes == NULL || fread(bytes, 1, (size_t)size, stream) != (size_t)size) {
		perror(name);
		exit(1);
	}
	fclose(stream);
	return bytes;
}

/* Does the line that begins with this column's name, or the one above it, carry a comment? */
static bool
is_commented(const char *sql, const char *column)
{
	size_t n = strlen(column);
	bool above = false;

	for (const char *line = sql; line != NULL && *line != '\0';) {
		const char *next = strchr(line, '\n');
		size_t length = next == NULL ? strlen(line) : (size_t)(next - line);
		const char *word = line;
		bool comment = memmem(line, length, "--", 2) != NULL;

		while (word < line + length && (isspace((unsigned char)*word) || *word == '"' || *word == ','))
			word++;
		if ((size_t)(line + length - word) > n && memcmp(word, column, n) == 0 &&
			!isalnum((unsigned char)word[n]) && word[n] != '_')
			return comment || above;
		above = comment && word[0] == '-';
		line = next == NULL ? NULL : next + 1;
	}
	return false;
}

#define STEPS_MAX 256

static char *steps[STEPS_MAX];
static int n_steps;

/* A column that was added stands in the text of its table without its comment: the step that adds it has it. */
static bool
is_added_commented(const char *table, const char *column)
{
	char head[256];

	snprintf(head, sizeof(head), "ALTER TABLE %s ADD COLUMN\n", table);
	for (int i = 0; i < n_steps; i++)
		for (const char *at = steps[i]; (at = strstr(at, head)) != NULL;) {
			const char *end;

			at += strlen(head);
			end = strchr(at, '\n');
			if (is_commented(at, column) &&
				(end == NULL || memmem(at, (size_t)(end - at), column, strlen(column))))
				return true;
		}
	return false;
}

static void
judge_tables(sqlite3 *db)
{
	static const char tables[] = "SELECT l.name, l.strict, s.sql FROM pragma_table_list l "
				     "JOIN sqlite_schema s ON s.name = l.name AND s.type = 'table' "
				     "WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite_%'";
	static const char columns[] = "SELECT name FROM pragma_table_xinfo(?1)";
	sqlite3_stmt *table = NULL, *column = NULL;

	if (sqlite3_prepare_v2(db, tables, -1, &table, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(db, columns, -1, &column, NULL) != SQLITE_OK)
		fault("schema", "cannot be listed", sqlite3_errmsg(db));
	while (table != NULL && column != NULL && sqlite3_step(table) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(table, 0);
		const char *sql = (const char *)sqlite3_column_text(table, 2);

		if (sqlite3_column_int(table, 1) == 0)
			fault(name, "the table is not STRICT", "");
		sqlite3_bind_text(column, 1, name, -1, SQLITE_TRANSIENT);
		while (sqlite3_step(column) == SQLITE_ROW)
			if (!is_commented(sql, (const char *)sqlite3_column_text(column, 0)) &&
				!is_added_commented(name, (const char *)sqlite3_column_text(column, 0)))
				fault(name, "a column has no comment", (const char *)sqlite3_column_text(column, 0));
		sqlite3_reset(column);
	}
	sqlite3_finalize(table);
	sqlite3_finalize(column);
}

/* A line of a plan that reads everything. Constant rows and the rows of a table function are not tables. */
static bool
walks_all(const char *line)
{
	return strncmp(line, "SCAN ", 5) == 0 && strstr(line, "CONSTANT ROW") == NULL &&
		strstr(line, "VIRTUAL TABLE") == NULL && strncmp(line + 5, "(subquery", 9) != 0;
}

static void
print_plan(sqlite3 *db, const char *name, const char *sql)
{
	char *explained = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *plan = NULL;

	if (sqlite3_prepare_v2(db, explained, -1, &plan, NULL) != SQLITE_OK)
		fault(name, "cannot be prepared", sqlite3_errmsg(db));
	while (plan != NULL && sqlite3_step(plan) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(plan, 3);

		printf("  %s\n", line);
		if (walks_all(line) && strstr(sql, SAYS_SCAN) == NULL)
			fault(name, "walks a whole table without saying " SAYS_SCAN, line);
	}
	sqlite3_finalize(plan);
	sqlite3_free(explained);
}

/* A statement that changes what the next ones refer to (a table made for the while) has to be carried out. */
static bool
makes_something(const char *sql)
{
	while (isspace((unsigned char)*sql) || strncmp(sql, "--", 2) == 0)
		sql = *sql == '-' ? strchrnul(sql, '\n') : sql + 1;
	return strncasecmp(sql, "CREATE", 6) == 0 || strncasecmp(sql, "ATTACH", 6) == 0;
}

static int
judge_queries(sqlite3 *db, char *bytes)
{
	int count = 0;

	for (char *at = strstr(bytes, NAMED); at != NULL;) {
		char *next = strstr(at + 1, NAMED);
		char *name = at + strlen(NAMED);
		char *sql = strchrnul(name, '\n');

		if (next != NULL)
			next[-1] = '\0';
		if (*sql != '\0')
			*sql++ = '\0';
		name += strspn(name, " \t");
		name[strcspn(name, " \t\r")] = '\0';
		printf("%s\n", name);
		print_plan(db, name, sql);
		if (makes_something(sql) && sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
			fault(name, "cannot be carried out", sqlite3_errmsg(db));
		count++;
		at = next;
	}
	return count;
}

int
main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	int count = 0, i;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		return 1;
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		char *sql = read_file(argv[i]);

		if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
			fault(argv[i], "cannot be carried out", sqlite3_errmsg(db));
		if (n_steps == STEPS_MAX)
			fault(argv[i], "is one step too many for this check", "");
		else
			steps[n_steps++] = sql;
	}
	judge_tables(db);
	while (n_steps > 0)
		free(steps[--n_steps]);
	for (i++; i < argc; i++) {
		char *bytes = read_file(argv[i]);
		int named = judge_queries(db, bytes);

		if (named == 0)
			fault(argv[i], "holds no named statement", "");
		count += named;
		free(bytes);
	}
	printf("%d statements, %d faults\n", count, faults);
	sqlite3_close(db);
	return faults > 0 || count == 0;
}
