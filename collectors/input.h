/*
 * input: what the parsers share for reading: whole documents, lines, CSV records.
 */
#ifndef COLLECTORS_INPUT_H
#define COLLECTORS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct err;
struct input;

#define DOCUMENT_MAX (256u << 20) /* bytes of a document that is read whole */
#define RECORD_MAX (1u << 20)     /* bytes of one line or CSV record */
#define FIELDS_MAX 512            /* fields of one CSV record */

/* Read everything, at most DOCUMENT_MAX bytes, into malloc'd memory with a NUL behind it (the caller frees). */
char *input_whole(struct input *input, size_t *n, struct err *err);

/* An input whose first bytes were looked at; they come again from `again`, which lives as long as this. */
struct peeked {
	struct input *input;
	char head[4096];
	size_t n, at;
};

/* The first byte that is neither blank nor part of a byte order mark; '\0' where there is none. */
char input_first(const char *head, size_t n);

/* *first is input_first of what came. */
int input_peek(struct peeked *peeked, struct input *input, struct input *again, char *first, struct err *err);

/*
 * A reader of lines and CSV records in bounded memory. A leading byte order mark is skipped; lines end
 * LF, CRLF or at the end of the input. Texts are valid until the next call.
 */
struct reader;

struct reader *reader_open(struct input *input, struct err *err);
void reader_close(struct reader *reader); /* NULL is nothing */

/* The number of the line on which the last record began, 1 = first. */
int64_t reader_line(const struct reader *reader);

/* The next line without its end: 1, or 0 at the end, or -1 with *err (a line over RECORD_MAX is ERR_INPUT). */
int reader_next_line(struct reader *reader, struct text *line, struct err *err);

/*
 * The next CSV record after RFC 4180 (quotes, doubled quotes, line breaks inside quotes), blank lines
 * skipped: 1 with *fields pointing to *n texts, 0 at the end, -1 with *err. Quoted fields are unescaped
 * in place; unquoted fields keep their blanks. separator: ',' or ';' or '\t'.
 */
int reader_next_record(struct reader *reader, char separator, struct text **fields, size_t *n, struct err *err);

/* Which of ',' ';' '\t' parts the fields of the first line; before anything was read. */
int reader_separator(struct reader *reader, char *separator, struct err *err);

/* The text without blanks and tabs at its ends. */
struct text text_trim(struct text text);

#endif
