/*
 * json: a JSON document as a tree that keeps every number as the text that was written.
 *
 * Prices and token counts must not pass through binary floating point, which is why this is not cJSON:
 * numbers are slices of the input, and strings are unescaped in place. RFC 8259; anything else is refused
 * with its line. A document can be reused for the next text without giving its memory back.
 */
#ifndef COLLECTORS_JSON_H
#define COLLECTORS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct err;

#define JSON_DEPTH_MAX 64

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	struct text key;    /* in an object */
	struct text text;   /* a number as written; a string unescaped */
	int64_t line;       /* 1 = first */
	struct json *first; /* child of an array or object, in the order of the text */
	struct json *next;
};

struct json_doc;

struct json_doc *json_new(void);      /* NULL: no memory */
void json_free(struct json_doc *doc); /* NULL is nothing */

/*
 * Parse bytes[0..n), which are changed and must outlive the tree; the tree lives until the next parse.
 * NULL with ERR_INPUT naming the line, or ERR_OUTSIDE without memory.
 */
struct json *json_parse(struct json_doc *doc, char *bytes, size_t n, struct err *err);

/* The same of a text that begins on this line of its input. */
struct json *json_parse_at(struct json_doc *doc, char *bytes, size_t n, int64_t line, struct err *err);

/* A member by name; NULL where there is none, or object is NULL or no object. The first of two equal names. */
struct json *json_get(const struct json *object, const char *name);

/* The same, but a member that is null is NULL too. */
struct json *json_value(const struct json *object, const char *name);

/* The first member whose name came before, where it would be a guess which of them is meant; NULL: none. For small objects. */
const struct json *json_twice(const struct json *object);

/* The text of a string member; empty where there is none. */
struct text json_text(const struct json *object, const char *name);

/* What json_parse said of a text without the line, for who names the place elsewhere. */
const char *json_unplaced(const char *error);

/* "null", "a truth", "a number", ...: for sentences. */
const char *json_type_name(const struct json *json);

#endif
