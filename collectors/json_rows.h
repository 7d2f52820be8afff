/*
 * json_rows: JSON that is mostly rows, read one row at a time in bounded memory.
 *
 * A row is an element of the array that the document is, or of an array that is a member of the document (the
 * page of an API: {"data": [...], "has_more": false}); an object without such a member is a row itself, so that
 * JSON lines are rows too, and several pages may stand behind each other. Memory is that of the largest row.
 */
#ifndef COLLECTORS_JSON_ROWS_H
#define COLLECTORS_JSON_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/json.h"

struct err;
struct input;

#define ROW_MAX (64u << 20) /* bytes of one row, or of what stands around the rows */

struct json_rows;

/* lists: the names under which a document may hold its rows, ended by NULL; they outlive the reader. */
struct json_rows *json_rows_open(struct input *input, const char *const *lists, struct err *err);
void json_rows_close(struct json_rows *rows); /* NULL is nothing */

/* What json_rows_next found. */
enum { ROW_FAILED = -1, ROWS_END = 0, ROW_READ = 1, ROW_BROKEN = 2, ROWS_AROUND = 3 };

/*
 * A line of JSON lines that begins with '{' while an object is open shows that what came before was cut off.
 *
 * ROW_READ with *row, which lives until the next call, its line numbers those of the input. ROW_BROKEN with the
 * reason in *err and *line where a line of JSON lines is no JSON: the next call goes on behind it. ROW_FAILED
 * with *err where the document is broken: what stood behind the break is lost, so that none of it should count.
 * ROWS_AROUND at the end of a document that held a list: *row is the document with its lists empty.
 */
int json_rows_next(struct json_rows *rows, const struct json **row, int64_t *line, struct err *err);

/* Whether the row is an element of an array, not a document of its own. */
bool json_rows_listed(const struct json_rows *rows);

#endif
