#include <inttypes.h>
#include <string.h>

#include "models/supply/gpu_price.h"
#include "models/units/err.h"
#include "models/units/money.h"

enum column { GPU, PROVIDER, RENTAL, LOW, MEDIAN, HIGH, PROVIDERS, QUOTES, FROM, TO, SOURCE, COLUMNS };

static const char *const names[COLUMNS] = { "gpu", "provider", "rental", "usd_low", "usd_median", "usd_high",
	"providers", "quotes", "from", "to", "source" };

#define FIELDS_MAX 32
#define SHOWN 60 /* bytes of a value in a sentence */

struct cursor {
	struct text rest;
	int line;
};

static struct text
trimmed(struct text text)
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
next_line(struct cursor *cursor, struct text *line)
{
	while (cursor->rest.n > 0) {
		const char *end = memchr(cursor->rest.p, '\n', cursor->rest.n);
		size_t n = end == NULL ? cursor->rest.n : (size_t)(end - cursor->rest.p);
		size_t taken = end == NULL ? n : n + 1;

		*line = trimmed((struct text){ cursor->rest.p, n });
		cursor->rest.p += taken;
		cursor->rest.n -= taken;
		cursor->line++;
		if (line->n > 0 && line->p[0] != '#')
			return true;
	}
	return false;
}

/* The fields between commas; -1 when there are too many, or a quote, which this table does without. */
static int
split(struct text line, struct text fields[FIELDS_MAX], int line_number, struct err *err)
{
	int n = 0;

	if (memchr(line.p, '"', line.n) != NULL)
		return err_set(err, ERR_INPUT, "line %d: a quote, which no field of this table may hold", line_number);
	for (;;) {
		const char *comma = line.n == 0 ? NULL : memchr(line.p, ',', line.n);
		size_t length = comma == NULL ? line.n : (size_t)(comma - line.p);

		if (n == FIELDS_MAX)
			return err_set(err, ERR_INPUT, "line %d: more than %d fields", line_number, FIELDS_MAX);
		fields[n++] = trimmed((struct text){ line.p, length });
		if (comma == NULL)
			return n;
		line.p += length + 1;
		line.n -= length + 1;
	}
}

static int
read_header(struct cursor *cursor, int index[COLUMNS], struct err *err)
{
	struct text line, fields[FIELDS_MAX];
	int n;

	if (!next_line(cursor, &line))
		return err_set(err, ERR_INPUT, "a table of prices without a header");
	n = split(line, fields, cursor->line, err);
	if (n < 0)
		return -1;
	for (int i = 0; i < COLUMNS; i++) {
		index[i] = -1;
		for (int k = 0; k < n; k++)
			if (text_is(fields[k], names[i]))
				index[i] = k;
		if (index[i] < 0)
			return err_set(
				err, ERR_INPUT, "line %d: the header has no column '%s'", cursor->line, names[i]);
	}
	return n;
}

static int
wrong(const struct text *value, enum column column, int line, struct err *err)
{
	int n = value[column].n < SHOWN ? (int)value[column].n : SHOWN;

	return err_set(err, ERR_INPUT, "line %d: %s '%.*s' is wrong", line, names[column], n, value[column].p);
}

static int
read_count(struct text text, int *count)
{
	int64_t value;

	if (decimal_parse(text.p, text.n, 0, &value, NULL, NULL) != 0 || value < 1 || value > 1000000)
		return -1;
	*count = (int)value;
	return 0;
}

static bool
is_one_of(struct text text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (text_is(text, *words))
			return true;
	return false;
}

/* A later column is wrong also where it contradicts an earlier one. */
static int
read_row(const struct text value[COLUMNS], struct gpu_price *row, int line, struct err *err)
{
	static const char *const providers[] = { "any", "hyperscaler", "specialist", "marketplace", NULL };
	static const char *const rentals[] = { "on-demand", "reserved", "reserved-36mo", "spot", NULL };
	static const enum column amounts[] = { LOW, MEDIAN, HIGH };
	int64_t *const into[] = { &row->low_nano, &row->median_nano, &row->high_nano };
	int64_t least = 1;

	*row = (struct gpu_price){
		.gpu = value[GPU], .provider = value[PROVIDER], .rental = value[RENTAL], .source = value[SOURCE]
	};
	if (row->gpu.n == 0)
		return wrong(value, GPU, line, err);
	if (!is_one_of(row->provider, providers))
		return wrong(value, PROVIDER, line, err);
	if (!is_one_of(row->rental, rentals))
		return wrong(value, RENTAL, line, err);
	for (int i = 0; i < 3; i++) {
		struct text text = value[amounts[i]];

		if (decimal_parse(text.p, text.n, NANO_DIGITS, into[i], NULL, NULL) != 0 || *into[i] < least)
			return wrong(value, amounts[i], line, err);
		least = *into[i];
	}
	if (read_count(value[PROVIDERS], &row->providers) != 0)
		return wrong(value, PROVIDERS, line, err);
	if (read_count(value[QUOTES], &row->quotes) != 0 || row->quotes < row->providers)
		return wrong(value, QUOTES, line, err);
	if (date_parse(value[FROM].p, value[FROM].n, &row->from, NULL) != 0)
		return wrong(value, FROM, line, err);
	if (date_parse(value[TO].p, value[TO].n, &row->to, NULL) != 0 || date_days(row->to) < date_days(row->from))
		return wrong(value, TO, line, err);
	return row->source.n == 0 ? wrong(value, SOURCE, line, err) : 0;
}

int
gpu_price_parse(struct text csv, struct gpu_price *rows, size_t max, size_t *n, struct err *err)
{
	struct cursor cursor = { csv, 0 };
	struct text line, fields[FIELDS_MAX], value[COLUMNS];
	int index[COLUMNS], columns = read_header(&cursor, index, err);

	*n = 0;
	if (columns < 0)
		return -1;
	while (next_line(&cursor, &line)) {
		int count = split(line, fields, cursor.line, err);

		if (count < 0)
			return -1;
		if (count != columns)
			return err_set(
				err, ERR_INPUT, "line %d: %d fields, the header has %d", cursor.line, count, columns);
		if (*n == max)
			return err_set(err, ERR_INPUT, "line %d: more than %zu prices", cursor.line, max);
		for (int i = 0; i < COLUMNS; i++)
			value[i] = fields[index[i]];
		if (read_row(value, &rows[*n], cursor.line, err) != 0)
			return -1;
		for (size_t i = 0; i < *n; i++)
			if (text_same(rows[i].gpu, rows[*n].gpu) && text_same(rows[i].provider, rows[*n].provider) &&
				text_same(rows[i].rental, rows[*n].rental))
				return err_set(err, ERR_INPUT, "line %d: a second price of %.*s, %.*s, %.*s",
					cursor.line, (int)rows[i].gpu.n, rows[i].gpu.p, (int)rows[i].provider.n,
					rows[i].provider.p, (int)rows[i].rental.n, rows[i].rental.p);
		(*n)++;
	}
	return 0;
}

/* The next letter or digit of a name in capitals, or 0; blanks, dashes and underscores do not count. */
static char
next_letter(struct text *name)
{
	while (name->n > 0) {
		char c = *name->p;

		name->p++;
		name->n--;
		if (c != ' ' && c != '-' && c != '_')
			return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return 0;
}

static bool
same_gpu(struct text a, struct text b)
{
	char next;

	do {
		next = next_letter(&a);
		if (next != next_letter(&b))
			return false;
	} while (next != 0);
	return true;
}

static struct text
without_maker(struct text gpu)
{
	static const char *const makers[] = { "NVIDIA", "AMD", "INTEL" };

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		size_t n = strlen(makers[i]);

		if (gpu.n > n && gpu.p[n] == ' ' && same_gpu((struct text){ gpu.p, n }, text_of(makers[i])))
			return trimmed((struct text){ gpu.p + n, gpu.n - n });
	}
	return gpu;
}

const struct gpu_price *
gpu_price_find(const struct gpu_price *rows, size_t n, const struct gpu_price_wanted *wanted)
{
	struct text provider = wanted->provider.n == 0 ? text_of(GPU_PROVIDERS_ANY) : wanted->provider;
	struct text rental = wanted->rental.n == 0 ? text_of("on-demand") : wanted->rental;
	struct text gpu = without_maker(trimmed(wanted->gpu));

	for (size_t i = 0; i < n; i++)
		if (text_same(rows[i].provider, provider) && text_same(rows[i].rental, rental) &&
			same_gpu(rows[i].gpu, gpu))
			return &rows[i];
	return NULL;
}

int
gpu_price_age_days(const struct gpu_price *price, int64_t now_us)
{
	int64_t days = now_us / (DAY_S * SECOND_US) - date_days(price->to);

	return days < 0 ? 0 : days > 1000000 ? 1000000 : (int)days;
}

bool
gpu_price_stale(const struct gpu_price *price, int64_t now_us)
{
	return gpu_price_age_days(price, now_us) > GPU_PRICE_STALE_DAYS;
}
