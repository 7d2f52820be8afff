/*
 * CSV of an answer (RFC 4180, LF); where a comma is the decimal sign, cells are parted by semicolons.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/answer_inside.h"
#include "daemon/report/answer_out.h"

/* What parts the cells, and digits with the decimal sign that goes with it. */
static const char *
csv_part(const struct out *out)
{
	return out->numbers == FIGURE_POINT ? "," : ";";
}

static void
csv_digits(struct out *out, char *digits)
{
	char *point = strchr(digits, '.');

	if (point != NULL && out->numbers != FIGURE_POINT)
		*point = ',';
	out_put(out, digits);
}

/* A text cell that a spreadsheet would run as a formula gets an apostrophe in front. */
static void
csv_text(struct out *out, const char *text)
{
	const char *lead = strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0' ? "'" : "";

	if (strpbrk(text, out->numbers == FIGURE_POINT ? ",\"\n\r" : ";\"\n\r") == NULL) {
		out_put(out, lead);
		out_put(out, text);
		return;
	}
	out_put(out, "\"");
	out_put(out, lead);
	for (; *text != '\0'; text++)
		out_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	out_put(out, "\"");
}

static void
csv_value(struct out *out, const struct value *value)
{
	char digits[DECIMAL_MAX];

	switch (value->kind) {
	case VALUE_UNKNOWN:
		break; /* an empty cell: unknown is not 0 */
	case VALUE_TEXT:
		csv_text(out, value->text);
		break;
	case VALUE_WHOLE:
		snprintf(digits, sizeof(digits), "%lld", (long long)value->whole);
		out_put(out, digits);
		break;
	case VALUE_AMOUNT:
		decimal_print(digits, sizeof(digits), value->amount.units, value->amount.digits);
		csv_digits(out, digits);
		break;
	case VALUE_NUMBER:
		out_digits(digits, sizeof(digits), value->number);
		csv_digits(out, digits);
		break;
	case VALUE_LIST:
	case VALUE_OBJECT: {
		struct out inner = { .arena = out->arena };

		out_json(&inner, value);
		csv_text(out, inner.bytes);
		break;
	}
	default:
		out_json(out, value);
	}
}

static void
csv_columns(struct out *out, const struct column *first)
{
	size_t rows = 0;
	const struct column *end = first;

	for (; end != NULL && end->table == first->table; end = end->next)
		rows = end->n > rows ? end->n : rows;
	for (const struct column *column = first; column != end; column = column->next) {
		out_put(out, column == first ? "" : csv_part(out));
		csv_text(out, column->name);
	}
	out_put(out, "\n");
	for (size_t i = 0; i < rows; i++) {
		for (const struct column *column = first; column != end; column = column->next) {
			out_put(out, column == first ? "" : csv_part(out));
			if (i < column->n)
				csv_value(out, column->values[i]);
		}
		out_put(out, "\n");
	}
}

/* The columns are the table; an answer without columns is a table of its facts. */
void
out_csv(struct out *out, const struct answer *answer)
{
	const struct table *last = NULL;

	if (out->numbers != FIGURE_POINT)
		out_put(out, "\xef\xbb\xbf"); /* by which a spreadsheet knows UTF-8 */
	if (answer->columns == NULL) {
		out_put(out, out->numbers == FIGURE_POINT ? "fact,value,unit\n" : "fact;value;unit\n");
		for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next) {
			csv_text(out, fact->name);
			out_put(out, csv_part(out));
			csv_value(out, fact->value);
			out_put(out, csv_part(out));
			csv_text(out, fact->unit);
			out_put(out, "\n");
		}
		return;
	}
	for (const struct column *column = answer->columns; column != NULL; column = column->next) {
		if (column != answer->columns && column->table == last)
			continue;
		if (column != answer->columns)
			out_put(out, "\n"); /* an empty line parts the tables */
		last = column->table;
		csv_columns(out, column);
	}
}
