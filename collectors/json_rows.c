#include "collectors/json_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "models/units/err.h"

#define WINDOW (256u << 10) /* bytes asked for at once */

struct piece {
	char *bytes;
	size_t n, room;
};

/*
 * buffer[at..filled) is what was read and not looked at. What lies from `kept` on is in use and stays when the
 * rest is moved to the front.
 */
struct json_rows {
	struct input *input;
	const char *const *lists;
	char *buffer;
	size_t room, kept, at, filled;
	bool ended, begun;
	bool margin;  /* what peek or take_value stopped at begins its line */
	int64_t line; /* of buffer[at] */
	enum { OUTSIDE, IN_DOCUMENT, IN_LIST } where;
	bool has_around;     /* the list is a member of an object */
	bool has_list;       /* such a member was met */
	bool listed;         /* the row handed out last is an element */
	bool first;          /* no element of the list was met yet */
	bool named;          /* of the object: a name and its colon were met, and not the value */
	struct piece around; /* the object so far, without the elements of its lists */
	int64_t around_line;
	struct json_doc *doc;
};

struct json_rows *
json_rows_open(struct input *input, const char *const *lists, struct err *err)
{
	struct json_rows *rows = calloc(1, sizeof(*rows));

	if (rows != NULL) {
		rows->input = input;
		rows->lists = lists;
		rows->line = 1;
		rows->room = WINDOW;
		rows->buffer = malloc(rows->room);
		rows->doc = json_new();
	}
	if (rows == NULL || rows->buffer == NULL || rows->doc == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory to read it", input->name);
		json_rows_close(rows);
		return NULL;
	}
	return rows;
}

void
json_rows_close(struct json_rows *rows)
{
	if (rows == NULL)
		return;
	json_free(rows->doc);
	free(rows->around.bytes);
	free(rows->buffer);
	free(rows);
}

bool
json_rows_listed(const struct json_rows *rows)
{
	return rows->listed;
}

/* Read more behind what is there: 1, or 0 at the end, or -1. */
static int
fill(struct json_rows *rows, struct err *err)
{
	long got;

	if (rows->ended)
		return 0;
	if (rows->kept > 0) {
		memmove(rows->buffer, rows->buffer + rows->kept, rows->filled - rows->kept);
		rows->at -= rows->kept;
		rows->filled -= rows->kept;
		rows->kept = 0;
	}
	if (rows->filled > ROW_MAX)
		return err_set(
			err, ERR_INPUT, "line %" PRId64 ": a row is larger than %u MiB", rows->line, ROW_MAX >> 20);
	if (rows->room - rows->filled < WINDOW / 2) {
		char *more = realloc(rows->buffer, 2 * rows->room);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory to read a row");
		rows->buffer = more;
		rows->room *= 2;
	}
	got = rows->input->read(rows->input->ctx, rows->buffer + rows->filled, rows->room - rows->filled, err);
	if (got < 0)
		return -1;
	rows->filled += (size_t)got;
	rows->ended = got == 0;
	return got > 0;
}

/* The next byte that is not blank, not taken, or 0 at the end, or -1. What is passed over is not kept. */
static int
peek(struct json_rows *rows, struct err *err)
{
	int got;

	rows->margin = false;
	for (;;) {
		for (; rows->at < rows->filled; rows->at++) {
			char c = rows->buffer[rows->at];

			if (c == '\n')
				rows->line++;
			else if (c != ' ' && c != '\t' && c != '\r')
				return c == '\0' ? 1 : (unsigned char)c; /* a NUL byte is no end */
			rows->margin = c == '\n';
		}
		rows->kept = rows->at;
		if ((got = fill(rows, err)) <= 0)
			return got;
	}
}

static int
broken(const struct json_rows *rows, const char *what, struct err *err)
{
	return err_set(err, ERR_INPUT, "line %" PRId64 ": not JSON: %s", rows->line, what);
}

enum { CUT = 2 };

/* How far into a value the bytes went. */
struct scan {
	int depth;
	bool quoted, escaped;
	bool margin;      /* the byte before was a line feed */
	bool margin_cuts; /* an object that begins there, while others are open, is the next row */
};

enum { GOES_ON = 0, WHOLE = 1 };

/* Inside a string: GOES_ON at its end or at that of the bytes, CUT at a line feed. */
static int
scan_string(struct scan *scan, const char **at, const char *end)
{
	const char *p = *at;

	for (; p < end; p++) {
		if (scan->escaped) {
			scan->escaped = false;
			continue;
		}
		while (p < end && *p != '"' && *p != '\\' && *p != '\n')
			p++;
		if (p == end)
			break;
		if (*p == '\n') {
			*at = p;
			return CUT;
		}
		scan->escaped = *p == '\\';
		if (*p == '"') {
			scan->quoted = false;
			p++;
			break;
		}
	}
	*at = p;
	return GOES_ON;
}

/* Outside of strings, one byte: WHOLE where it ends a value, and whether it is part of it. */
static int
scan_byte(struct scan *scan, char c, bool *part)
{
	*part = true;
	switch (c) {
	case '"':
		scan->quoted = true;
		return GOES_ON;
	case '{':
	case '[':
		if (c == '{' && scan->margin && scan->margin_cuts && scan->depth > 0)
			return CUT;
		scan->depth++;
		return GOES_ON;
	case '}':
	case ']':
		*part = scan->depth > 0;
		return !*part || --scan->depth == 0 ? WHOLE : GOES_ON;
	case ',':
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		*part = scan->depth > 0;
		return *part ? GOES_ON : WHOLE;
	default:
		return GOES_ON;
	}
}

/* The bytes that are there: GOES_ON, WHOLE or CUT, with *at where it stopped. */
static int
scan_bytes(struct scan *scan, int64_t *lines, const char **at, const char *end)
{
	while (*at < end) {
		bool part;
		int status;

		if (scan->quoted) {
			if (scan_string(scan, at, end) == CUT)
				return CUT;
			if (!scan->quoted && scan->depth == 0)
				return WHOLE;
			continue;
		}
		status = scan_byte(scan, **at, &part);
		if (status == CUT)
			return CUT;
		if (part) {
			scan->margin = **at == '\n';
			*lines += scan->margin;
			++*at;
		}
		if (status == WHOLE)
			return WHOLE;
	}
	return GOES_ON;
}

/*
 * Take the value at `at`, which is there: 1 with *from its first byte and `at` behind its last. CUT where a line
 * breaks inside a string, or an object at the margin begins while others are open: what was begun was cut off.
 */
static int
take_value(struct json_rows *rows, size_t *from, struct err *err)
{
	struct scan scan = { .margin_cuts = rows->where == IN_DOCUMENT && !rows->has_list };

	rows->kept = rows->at;
	for (;;) {
		const char *at = rows->buffer + rows->at;
		int status = scan_bytes(&scan, &rows->line, &at, rows->buffer + rows->filled);

		rows->at = (size_t)(at - rows->buffer);
		rows->margin = status == CUT && !scan.quoted;
		*from = rows->kept;
		if (status != GOES_ON)
			return status;
		if ((status = fill(rows, err)) < 0)
			return -1;
		*from = rows->kept;
		if (status == 0)
			return scan.depth > 0 || scan.quoted ? CUT : WHOLE;
	}
}

static int
keep(struct piece *piece, const char *bytes, size_t n, struct err *err)
{
	if (piece->n + n > piece->room) {
		size_t room = 2 * (piece->n + n) + 1024;
		char *more = realloc(piece->bytes, room);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory to read a row");
		piece->bytes = more;
		piece->room = room;
	}
	if (n > 0)
		memcpy(piece->bytes + piece->n, bytes, n);
	piece->n += n;
	return 0;
}

/* ---- elements */

static int
next_element(struct json_rows *rows, const struct json **row, int64_t *line, struct err *err)
{
	size_t from = 0;
	int c = peek(rows, err), status;

	if (c < 0)
		return ROW_FAILED;
	if (c == ',' && !rows->first) {
		rows->at++;
		if ((c = peek(rows, err)) < 0)
			return ROW_FAILED;
		if (c == ']')
			return broken(rows, "a value is missing at ']'", err);
	} else if (c == ']') {
		rows->at++;
		rows->where = rows->has_around ? IN_DOCUMENT : OUTSIDE;
		return ROWS_END;
	} else if (c != 0 && !rows->first) {
		return broken(rows, "a ']' or ',' is missing", err);
	}
	if (c == 0)
		return broken(rows, "the list is not closed at the end", err);
	rows->first = false;
	*line = rows->line;
	if ((status = take_value(rows, &from, err)) < 0)
		return ROW_FAILED;
	if (status == CUT)
		return broken(rows, "it is cut off inside a row", err);
	rows->listed = true;
	*row = json_parse_at(rows->doc, rows->buffer + from, rows->at - from, *line, err);
	rows->kept = rows->at;
	return *row == NULL ? ROW_FAILED : ROW_READ;
}

/* ---- documents */

/* Go on at the begin of the next line that may begin a row. */
static int
to_next_line(struct json_rows *rows, struct err *err)
{
	rows->where = OUTSIDE;
	for (;;) {
		char *end = rows->at == rows->filled ? NULL
						     : memchr(rows->buffer + rows->at, '\n', rows->filled - rows->at);
		int got;

		if (end != NULL) {
			rows->at = rows->kept = (size_t)(end - rows->buffer);
			return 0;
		}
		rows->at = rows->kept = rows->filled;
		if ((got = fill(rows, err)) <= 0)
			return got;
	}
}

/* A document of its own that is no JSON costs itself, unless rows of it were handed out. */
static int
cut_off(struct json_rows *rows, const char *what, struct err *err)
{
	struct err skipped;

	broken(rows, what, err);
	if (rows->has_list)
		return ROW_FAILED;
	if (rows->margin && rows->at < rows->filled && rows->buffer[rows->at] == '{') { /* it is the next row */
		rows->where = OUTSIDE;
		rows->kept = rows->at;
		return ROW_BROKEN;
	}
	if (to_next_line(rows, &skipped) != 0) {
		*err = skipped;
		return ROW_FAILED;
	}
	return ROW_BROKEN;
}

static bool
is_list(const struct json_rows *rows, const char *quoted, size_t n)
{
	for (size_t i = 0; rows->lists[i] != NULL; i++)
		if (strlen(rows->lists[i]) + 2 == n && memcmp(quoted + 1, rows->lists[i], n - 2) == 0)
			return true;
	return false;
}

enum { GO_ON = 4 };

/* The object has ended: a row, or what stands around rows. */
static int
end_document(struct json_rows *rows, const struct json **row, struct err *err)
{
	rows->where = OUTSIDE;
	rows->kept = rows->at;
	rows->listed = false;
	*row = json_parse_at(rows->doc, rows->around.bytes, rows->around.n, rows->around_line, err);
	if (*row != NULL)
		return rows->has_list ? ROWS_AROUND : ROW_READ;
	return rows->has_list || err->kind != ERR_INPUT ? ROW_FAILED : ROW_BROKEN;
}

/* One member of the object, or its end, or the begin of a list. */
static int
next_member(struct json_rows *rows, const struct json **row, struct err *err)
{
	size_t from = 0;
	bool list;
	int64_t line = rows->line;
	int c = peek(rows, err), status;

	if (c < 0)
		return ROW_FAILED;
	for (; line < rows->line; line++)
		if (keep(&rows->around, "\n", 1, err) != 0)
			return ROW_FAILED;
	if (rows->around.n > ROW_MAX)
		return err_set(
			err, ERR_INPUT, "line %" PRId64 ": a row is larger than %u MiB", rows->line, ROW_MAX >> 20);
	if (c == 0)
		return cut_off(rows, "an object is not closed at the end", err);
	if (c == '}' || c == ',' || c == ':') {
		char byte = (char)c;

		rows->at++;
		rows->named = c == ':';
		if (keep(&rows->around, &byte, 1, err) != 0)
			return ROW_FAILED;
		return c == '}' ? end_document(rows, row, err) : GO_ON;
	}
	if (c == '{' && rows->margin && !rows->has_list)
		return cut_off(rows, "an object is not closed", err);
	if (c == ']')
		return cut_off(rows, "a ']' without its '['", err);
	if ((status = take_value(rows, &from, err)) < 0)
		return ROW_FAILED;
	if (status == CUT)
		return cut_off(rows, "it is cut off", err);
	list = c == '"' && !rows->named && is_list(rows, rows->buffer + from, rows->at - from);
	rows->named = false;
	if (keep(&rows->around, rows->buffer + from, rows->at - from, err) != 0)
		return ROW_FAILED;
	rows->kept = rows->at;
	if (!list)
		return GO_ON;
	if ((c = peek(rows, err)) != ':')
		return c < 0 ? ROW_FAILED : GO_ON;
	rows->at++;
	rows->named = true;
	if ((c = peek(rows, err)) != '[')
		return c < 0 || keep(&rows->around, ":", 1, err) != 0 ? ROW_FAILED : GO_ON;
	rows->at++;
	rows->named = false;
	rows->where = IN_LIST;
	rows->has_list = rows->first = true;
	return keep(&rows->around, ":[]", 3, err) != 0 ? ROW_FAILED : GO_ON;
}

/* Between documents. */
static int
next_document(struct json_rows *rows, int64_t *line, struct err *err)
{
	int c;

	rows->kept = rows->at;
	if (!rows->begun) {
		while (rows->filled < 4 && !rows->ended)
			if (fill(rows, err) < 0)
				return ROW_FAILED;
		if (rows->filled >= 3 && memcmp(rows->buffer, "\xef\xbb\xbf", 3) == 0)
			rows->at = rows->kept = 3;
		rows->begun = true;
	}
	if ((c = peek(rows, err)) <= 0)
		return c;
	rows->kept = rows->at;
	*line = rows->around_line = rows->line;
	rows->has_list = false;
	rows->has_around = c == '{';
	rows->around.n = 0;
	if (c == '{' || c == '[') {
		rows->at++;
		rows->where = c == '{' ? IN_DOCUMENT : IN_LIST;
		rows->first = true;
		return c == '[' || keep(&rows->around, "{", 1, err) == 0 ? GO_ON : ROW_FAILED;
	}
	return cut_off(rows, "neither an object nor a list begins here", err);
}

int
json_rows_next(struct json_rows *rows, const struct json **row, int64_t *line, struct err *err)
{
	int status;

	for (;;) {
		switch (rows->where) {
		case IN_LIST:
			status = next_element(rows, row, line, err);
			if (status != ROWS_END)
				return status;
			break;
		case IN_DOCUMENT:
			*line = rows->around_line;
			status = next_member(rows, row, err);
			if (status != GO_ON)
				return status;
			break;
		default:
			status = next_document(rows, line, err);
			if (status != GO_ON)
				return status;
		}
	}
}
