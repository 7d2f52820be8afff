#include "collectors/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/focus_value.h"
#include "collectors/input.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

void
table_refuse(struct table *table, const char *format, ...)
{
	char reason[512];
	va_list args;

	if (table->refused)
		return;
	table->refused = true;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	row_refuse(table->sink, table->line, "%s", reason);
}

bool
table_has(const struct table *table, int column)
{
	return table->index[column] != COLUMN_ABSENT;
}

int
table_needs(const struct table *table, const struct table_shape *shape, int column, struct err *err)
{
	return table_has(table, column) ? 0
					: err_set(err, ERR_INPUT, "line %" PRId64 ": the header has no column '%s'",
						  table->line, shape->names[column]);
}

/* 1: a row of nothing but blanks. */
static bool
take_fields(struct table *table, int columns, const struct text *fields, size_t n)
{
	bool nothing = true;

	for (size_t i = 0; i < n && nothing; i++)
		nothing = text_trim(fields[i]).n == 0;
	for (int i = 0; i < columns; i++) {
		int at = table->index[i];

		table->value[i] =
			at == COLUMN_ABSENT || (size_t)at >= n ? (struct text){ "", 0 } : text_trim(fields[at]);
	}
	table->refused = false;
	table->told = 0;
	return nothing;
}

/* The header under the names that its shape gives. */
static int
map_header(struct table *table, const struct table_shape *shape, struct text *fields, size_t n, struct err *err)
{
	char *plain;
	int status;

	if (shape->rename == NULL)
		return columns_map(
			&(struct header){ fields, n }, shape->names, (size_t)shape->columns, table->index, err);
	if ((plain = malloc(n * TABLE_NAME_MAX + 1)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory to read a header");
	for (size_t i = 0; i < n; i++) {
		char *to = plain + i * TABLE_NAME_MAX;

		fields[i] = (struct text){ to, shape->rename(text_trim(fields[i]), to, TABLE_NAME_MAX) };
	}
	status = columns_map(&(struct header){ fields, n }, shape->names, (size_t)shape->columns, table->index, err);
	free(plain);
	return status;
}

static int
read_rows(struct table *table, struct reader *reader, const struct table_shape *shape, void *ctx, struct err *err)
{
	struct text *fields;
	size_t n, header_n;
	int got;

	if (reader_separator(reader, &table->separator, err) != 0)
		return -1;
	if ((got = reader_next_record(reader, table->separator, &fields, &header_n, err)) <= 0)
		return got < 0 ? -1 : err_set(err, ERR_INPUT, "the input is empty");
	table->line = reader_line(reader);
	if (map_header(table, shape, fields, header_n, err) != 0)
		return -1;
	if (shape->header != NULL && shape->header(ctx, table, err) != 0)
		return -1;
	while ((got = reader_next_record(reader, table->separator, &fields, &n, err)) > 0) {
		table->line = reader_line(reader);
		if (take_fields(table, shape->columns, fields, n))
			continue;
		if (n != header_n)
			table_refuse(table, "the row has %zu fields, the header has %zu", n, header_n);
		else if (shape->row(ctx, table, err) != 0)
			return -1;
	}
	return got;
}

int
table_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct table_shape *shape, void *ctx, struct err *err)
{
	struct table table = { .options = options, .sink = sink };
	struct reader *reader = reader_open(input, err);
	int status;

	if (reader == NULL)
		return -1;
	status = read_rows(&table, reader, shape, ctx, err);
	reader_close(reader);
	return status == 0 ? 0 : err_in(err, "%s", input->name);
}

/* ---- values */

bool
table_amount(struct table *table, int column, const char *name, int64_t *nano)
{
	struct text text = table->value[column];
	char shown[SHOWN_MAX];

	*nano = 0;
	if (focus_null(text))
		return false;
	/* Where fields are not parted by commas, a comma in an amount may be a decimal one: "1,043" is either. */
	if ((table->separator != ',' && memchr(text.p, ',', text.n) != NULL) ||
		focus_amount(text, nano, &table->told) != 0)
		table_refuse(
			table, "%s '%s' is no amount (a plain number up to 9.2e9 is)", name, value_shown(shown, text));
	return true;
}

int64_t
table_count(struct table *table, int column, const char *name, int64_t otherwise)
{
	int64_t value = otherwise;
	struct err why;

	if (table->value[column].n == 0)
		return otherwise;
	if (event_whole(table->value[column], name, &value, &why) != 0)
		table_refuse(table, "%s", why.text);
	return value == NOT_REPORTED ? otherwise : value;
}

static bool
is_number(struct text text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < '0' || text.p[i] > '9') && text.p[i] != '.')
			return false;
	return text.n > 0;
}

int64_t
table_time(struct table *table, int column, const char *name, bool unix_seconds)
{
	char shown[SHOWN_MAX], buffer[TIME_MAX];
	struct text text = utc_said(table->value[column], buffer);
	int64_t at_us = 0;

	if (text.n == 0)
		table_refuse(table, "%s is empty", name);
	else if (unix_seconds && is_number(text) ? time_parse(text.p, text.n, &at_us, NULL) != 0
						 : focus_time(text, &at_us, &table->told) != 0)
		table_refuse(table, "%s '%s' is no date and time", name, value_shown(shown, text));
	return at_us;
}

bool
table_taken(struct table *table)
{
	static const unsigned worth = FOCUS_US_DATE | FOCUS_ROUNDED | FOCUS_HOUR_OVER_DAY | FOCUS_NO_ZONE;

	if (table->refused)
		return false;
	for (int bit = 0; bit < FOCUS_DEPARTURES; bit++)
		if (table->told & worth & (1u << bit))
			row_warn(table->sink, table->line, "a value %s", focus_departure_text(bit));
	return true;
}
