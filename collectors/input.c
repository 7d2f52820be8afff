#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "models/units/err.h"

#define WINDOW (256u << 10) /* bytes asked for at once */

char *
input_whole(struct input *input, size_t *n, struct err *err)
{
	size_t room = 1u << 16;
	char *bytes = malloc(room + 1);
	long got = 0;

	*n = 0;
	while (bytes != NULL && (got = input->read(input->ctx, bytes + *n, room - *n, err)) > 0) {
		*n += (size_t)got;
		if (*n > DOCUMENT_MAX) {
			err_set(err, ERR_INPUT, "%s: the document is larger than %u MiB", input->name,
				DOCUMENT_MAX >> 20);
			goto failed;
		}
		if (*n == room) {
			char *more = realloc(bytes, 2 * room + 1);

			if (more == NULL)
				free(bytes);
			bytes = more;
			room *= 2;
		}
	}
	if (bytes == NULL)
		err_set(err, ERR_OUTSIDE, "%s: no memory for the document", input->name);
	if (bytes == NULL || got < 0)
		goto failed;
	bytes[*n] = '\0';
	return bytes;
failed:
	free(bytes);
	return NULL;
}

/* ---- which of several forms it is: the first bytes are read, looked at and put in front again */

static long
read_peeked(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct peeked *peeked = ctx;
	size_t n = peeked->n - peeked->at;

	if (n == 0)
		return peeked->input->read(peeked->input->ctx, buffer, size, err);
	n = n < size ? n : size;
	memcpy(buffer, peeked->head + peeked->at, n);
	peeked->at += n;
	return (long)n;
}

char
input_first(const char *head, size_t n)
{
	size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
		i++;
	return i < n ? head[i] : '\0';
}

int
input_peek(struct peeked *peeked, struct input *input, struct input *again, char *first, struct err *err)
{
	long got = 0;

	peeked->input = input;
	peeked->n = peeked->at = 0;
	*again = (struct input){ .name = input->name, .read = read_peeked, .ctx = peeked };
	while (peeked->n < sizeof(peeked->head) && (peeked->n < 4 || input_first(peeked->head, peeked->n) == '\0') &&
		(got = input->read(input->ctx, peeked->head + peeked->n, sizeof(peeked->head) - peeked->n, err)) > 0)
		peeked->n += (size_t)got;
	*first = input_first(peeked->head, peeked->n);
	return got < 0 ? -1 : 0;
}

/*
 * buffer[at..filled) is what was read and not handed out. What is handed out lies before `at` and stays in
 * place until the next call: only then are bytes moved to the front and more read behind them.
 */
struct reader {
	struct input *input;
	char *buffer;
	size_t room, at, filled;
	bool ended;
	int64_t line;      /* of the record handed out last */
	int64_t next_line; /* of buffer[at] */
	struct text fields[FIELDS_MAX];
};

struct reader *
reader_open(struct input *input, struct err *err)
{
	struct reader *reader = malloc(sizeof(*reader));

	if (reader != NULL) {
		*reader = (struct reader){ .input = input, .room = WINDOW, .next_line = 1 };
		reader->buffer = malloc(reader->room);
	}
	if (reader == NULL || reader->buffer == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory to read it", input->name);
		reader_close(reader);
		return NULL;
	}
	return reader;
}

void
reader_close(struct reader *reader)
{
	if (reader == NULL)
		return;
	free(reader->buffer);
	free(reader);
}

int64_t
reader_line(const struct reader *reader)
{
	return reader->line;
}

static int
too_long(const struct reader *reader, const char *what, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s: line %lld: %s is longer than %u MiB", reader->input->name,
		(long long)reader->next_line, what, RECORD_MAX >> 20);
}

/* Read more behind what is there: 1, or 0 at the end, or -1. */
static int
fill(struct reader *reader, struct err *err)
{
	size_t kept = reader->filled - reader->at;
	bool first = !reader->ended && reader->line == 0 && reader->filled == 0;
	long got;

	if (reader->ended)
		return 0;
	if (reader->at > 0) {
		memmove(reader->buffer, reader->buffer + reader->at, kept);
		reader->filled = kept;
		reader->at = 0;
	}
	if (reader->room - kept < WINDOW / 2) {
		char *more = realloc(reader->buffer, 2 * reader->room);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "%s: no memory to read it", reader->input->name);
		reader->buffer = more;
		reader->room *= 2;
	}
	do {
		got = reader->input->read(
			reader->input->ctx, reader->buffer + reader->filled, reader->room - reader->filled, err);
		if (got < 0)
			return -1;
		reader->filled += (size_t)got;
		reader->ended = got == 0;
	} while (first && !reader->ended && reader->filled < 4); /* a mark alone is not yet the end */
	if (!first)
		return got > 0;
	if (reader->filled >= 3 && memcmp(reader->buffer, "\xef\xbb\xbf", 3) == 0)
		reader->at = 3;
	if (reader->filled >= 2 &&
		(memcmp(reader->buffer, "\xff\xfe", 2) == 0 || memcmp(reader->buffer, "\xfe\xff", 2) == 0))
		return err_set(err, ERR_INPUT, "%s: this is UTF-16; save it as UTF-8", reader->input->name);
	return reader->filled > reader->at;
}

int
reader_next_line(struct reader *reader, struct text *line, struct err *err)
{
	size_t seen = 0;

	for (;;) {
		char *begin = reader->buffer + reader->at;
		size_t n = reader->filled - reader->at;
		char *end = n == seen ? NULL : memchr(begin + seen, '\n', n - seen);
		int more;

		if (end == NULL && n <= RECORD_MAX) {
			seen = n;
			if ((more = fill(reader, err)) < 0)
				return -1;
			if (more > 0)
				continue;
			begin = reader->buffer + reader->at;
			if (n == 0)
				return 0;
		}
		if ((size_t)((end == NULL ? begin + n : end) - begin) > RECORD_MAX)
			return too_long(reader, "the line", err);
		reader->line = reader->next_line++;
		*line = (struct text){ begin, end == NULL ? n : (size_t)(end - begin) };
		reader->at += line->n + (end != NULL);
		if (line->n > 0 && begin[line->n - 1] == '\r')
			line->n--;
		return 1;
	}
}

/* ---- CSV records */

/* What find_end saw on its way. */
struct extent {
	int64_t breaks; /* line feeds in the record, its end among them */
	bool open;      /* it stopped inside a quote */
};

/* The end of the record that begins at `begin`: its line feed outside quotes, or NULL when it is not all there. */
static char *
find_end(char *begin, const char *filled, char separator, struct extent *extent)
{
	char *end = memchr(begin, '\n', (size_t)(filled - begin));
	bool fresh = true; /* at the begin of a field, where a quote opens it */

	*extent = (struct extent){ 1, false };
	if (memchr(begin, '"', (size_t)((end == NULL ? filled : end) - begin)) == NULL)
		return end;
	for (char *p = begin; p < filled; p++) {
		if (extent->open) {
			if (*p == '"' && p + 1 < filled && p[1] == '"')
				p++;
			else if (*p == '"')
				extent->open = false;
			else if (*p == '\n')
				extent->breaks++;
			continue;
		}
		if (*p == '\n')
			return p;
		extent->open = fresh && *p == '"';
		fresh = *p == separator;
	}
	return NULL;
}

/* Take the quotes off the field at p; *out is what it held. Returns where the field ended. */
static char *
unquote(char *p, const char *end, char separator, struct text *out)
{
	char *to = p;

	out->p = p;
	for (p++; p < end; p++) {
		if (*p != '"')
			*to++ = *p;
		else if (p + 1 < end && p[1] == '"')
			*to++ = *p++;
		else
			break;
	}
	for (p++; p < end && *p != separator; p++) /* what stands behind a closing quote belongs to the field */
		*to++ = *p;
	out->n = (size_t)(to - out->p);
	return p < end ? p : (char *)(uintptr_t)end;
}

static int
split(struct reader *reader, char *begin, char *end, char separator, size_t *n, struct err *err)
{
	char *p = begin;

	for (*n = 0;; p++) {
		struct text *field = &reader->fields[*n];

		if (++*n > FIELDS_MAX)
			return err_set(err, ERR_INPUT, "%s: line %lld: the record has more than %d fields",
				reader->input->name, (long long)reader->line, FIELDS_MAX);
		if (p < end && *p == '"') {
			p = unquote(p, end, separator, field);
		} else {
			field->p = p;
			while (p < end && *p != separator)
				p++;
			field->n = (size_t)(p - field->p);
		}
		if (p >= end)
			return 0;
	}
}

static bool
is_blank(const char *begin, const char *end, char separator)
{
	for (; begin < end; begin++)
		if ((*begin != ' ' && *begin != '\t') || *begin == separator)
			return false;
	return true;
}

/* The next record's bytes: 1, 0 at the end, -1. */
static int
next_bytes(struct reader *reader, char separator, char **begin, char **end, struct err *err)
{
	struct extent extent;
	char *feed;
	int more;

	for (;;) {
		*begin = reader->buffer + reader->at;
		feed = find_end(*begin, reader->buffer + reader->filled, separator, &extent);
		*end = feed != NULL ? feed : reader->buffer + reader->filled;
		if (*end - *begin > RECORD_MAX)
			return too_long(reader, "the record", err);
		if (feed != NULL)
			break;
		if ((more = fill(reader, err)) < 0)
			return -1;
		if (more > 0)
			continue;
		*begin = reader->buffer + reader->at;
		*end = reader->buffer + reader->filled;
		if (*begin == *end)
			return 0;
		if (extent.open)
			return err_set(err, ERR_INPUT, "%s: line %lld: a quote opens here and is never closed",
				reader->input->name, (long long)reader->next_line);
		break;
	}
	reader->line = reader->next_line;
	reader->next_line += extent.breaks;
	reader->at += (size_t)(*end - *begin) + (feed != NULL);
	if (*end > *begin && (*end)[-1] == '\r')
		--*end;
	return 1;
}

int
reader_next_record(struct reader *reader, char separator, struct text **fields, size_t *n, struct err *err)
{
	char *begin, *end;
	int got;

	while ((got = next_bytes(reader, separator, &begin, &end, err)) == 1) {
		if (is_blank(begin, end, separator))
			continue;
		*fields = reader->fields;
		return split(reader, begin, end, separator, n, err) == 0 ? 1 : -1;
	}
	return got;
}

int
reader_separator(struct reader *reader, char *separator, struct err *err)
{
	static const char known[] = { ',', ';', '\t' };
	size_t best = 0;
	const char *begin, *end;

	for (;;) { /* until the first line is whole: a pipe may hand it over in pieces */
		int more;

		begin = reader->buffer + reader->at;
		end = memchr(begin, '\n', reader->filled - reader->at);
		if (end != NULL || reader->filled - reader->at > RECORD_MAX)
			break;
		more = fill(reader, err);
		if (more < 0)
			return -1;
		if (more == 0)
			break;
	}
	begin = reader->buffer + reader->at; /* filling may have moved it */
	if (end == NULL)
		end = reader->buffer + reader->filled;
	*separator = ',';
	for (size_t i = 0; i < sizeof(known); i++) {
		size_t count = 0;

		for (const char *p = begin; p < end; p++)
			count += *p == known[i];
		if (count > best) {
			best = count;
			*separator = known[i];
		}
	}
	return 0;
}

struct text
text_trim(struct text text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return text;
}
