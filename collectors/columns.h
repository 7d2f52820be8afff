/*
 * columns: what the collectors of CSV tables share: a header mapped by name, values with sentences about them.
 */
#ifndef COLLECTORS_COLUMNS_H
#define COLLECTORS_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "models/units/calendar.h"
#include "models/units/text.h"

struct err;

#define COLUMN_ABSENT (-1)
#define SHOWN_MAX 64 /* room for a value in a sentence, with its NUL */

/* A table's own header record. Names are compared without case and without blanks at their ends. */
struct header {
	const struct text *fields;
	size_t n;
};

/*
 * index[i] becomes the field that is called names[i], or COLUMN_ABSENT. ERR_INPUT when one of the names comes
 * twice in the header.
 */
int columns_map(const struct header *header, const char *const names[], size_t count, int index[], struct err *err);

/* Whether two names are the same but for the case of ASCII letters. */
bool name_same(struct text a, const char *b);

/* A value as it may stand in a sentence: cut to fit, bytes that are no printable UTF-8 shown as '?'. */
const char *value_shown(char shown[SHOWN_MAX], struct text value);

/* "2026-11-01 10:00:00 UTC", as data bases print an instant, as "2026-11-01 10:00:00Z" in buffer; others as they are. */
struct text utc_said(struct text time, char buffer[TIME_MAX]);

/* Digits only, at most `max`. -1 when the text is something else; *value is left alone then. */
int count_parse(struct text text, int64_t max, int64_t *value);

/* Tell the sink about the row at `line`; nothing where the sink does not want to hear. */
void row_refuse(const struct sink *sink, int64_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void row_warn(const struct sink *sink, int64_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The first line of the first bytes of an input, without byte order mark and line end. */
struct text head_line(const char *head, size_t n);

/* Whether the text holds the word, without case. */
bool text_holds(struct text text, const char *word);

#endif
