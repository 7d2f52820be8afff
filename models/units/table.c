#include <math.h>
#include <stdint.h>

#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/table.h"

#define FIELDS_MAX 64
#define NUMBER_DIGITS 6

struct text
table_trim(struct text text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t' || text.p[text.n - 1] == '\r'))
		text.n--;
	return text;
}

/* The next line that is neither blank nor a comment; false at the end. */
static bool
next_line(struct table *table, struct text *line)
{
	while (table->rest.n > 0) {
		const char *end = memchr(table->rest.p, '\n', table->rest.n);
		size_t n = end == NULL ? table->rest.n : (size_t)(end - table->rest.p);
		size_t taken = end == NULL ? n : n + 1;

		*line = table_trim((struct text){ table->rest.p, n });
		table->rest.p += taken;
		table->rest.n -= taken;
		table->line++;
		if (line->n > 0 && line->p[0] != '#')
			return true;
	}
	return false;
}

/* The fields between commas; -1 when there are too many, or a quote, which these tables do without. */
static int
split(const struct table *table, struct text line, struct text fields[FIELDS_MAX], struct err *err)
{
	int n = 0;

	if (memchr(line.p, '"', line.n) != NULL)
		return err_set(err, ERR_INPUT, "line %d: a quote, which no field of this table may hold", table->line);
	for (;;) {
		const char *comma = line.n == 0 ? NULL : memchr(line.p, ',', line.n);
		size_t length = comma == NULL ? line.n : (size_t)(comma - line.p);

		if (n == FIELDS_MAX)
			return err_set(err, ERR_INPUT, "line %d: more than %d fields", table->line, FIELDS_MAX);
		fields[n++] = table_trim((struct text){ line.p, length });
		if (comma == NULL)
			return n;
		line.p += length + 1;
		line.n -= length + 1;
	}
}

int
table_open(struct table *table, struct text csv, const struct table_column *columns, int count, const char *what,
	struct err *err)
{
	struct text line, fields[FIELDS_MAX];

	*table = (struct table){ .rest = csv, .columns = columns, .count = count };
	if (!next_line(table, &line))
		return err_set(err, ERR_INPUT, "a table of %s without a header", what);
	table->fields = split(table, line, fields, err);
	if (table->fields < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		table->index[i] = -1;
		for (int k = 0; k < table->fields; k++)
			if (text_is(fields[k], columns[i].name))
				table->index[i] = k;
		if (table->index[i] < 0 && !columns[i].optional)
			return err_set(
				err, ERR_INPUT, "line %d: the header has no column '%s'", table->line, columns[i].name);
	}
	return 0;
}

int
table_next(struct table *table, struct text *values, struct err *err)
{
	struct text line, fields[FIELDS_MAX];
	int n;

	if (!next_line(table, &line))
		return 0;
	n = split(table, line, fields, err);
	if (n < 0)
		return -1;
	if (n != table->fields)
		return err_set(err, ERR_INPUT, "line %d: %d fields, the header has %d", table->line, n, table->fields);
	for (int i = 0; i < table->count; i++)
		values[i] = table->index[i] < 0 ? (struct text){ NULL, 0 } : fields[table->index[i]];
	return 1;
}

int
table_wrong(const struct table *table, const struct text *values, int column, struct err *err)
{
	char shown[TEXT_SHOWN + 16];

	return err_set(err, ERR_INPUT, "line %d: %s '%s' is wrong", table->line, table->columns[column].name,
		text_shown(values[column], shown, sizeof(shown)));
}

int
table_number(struct text text, double least, double *number)
{
	int64_t value;

	*number = NAN;
	if (text.n == 0)
		return 0;
	if (decimal_parse(text.p, text.n, NUMBER_DIGITS, &value, NULL, NULL) != 0 || (double)value < least * 1e6)
		return -1;
	*number = (double)value / 1e6;
	return 0;
}
