#include <inttypes.h>
#include <string.h>

#include "models/supply/gpu_price.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/table.h"

enum column { GPU, PROVIDER, RENTAL, LOW, MEDIAN, HIGH, PROVIDERS, QUOTES, FROM, TO, SOURCE, COLUMNS };

static const struct table_column columns[COLUMNS] = { { "gpu", false }, { "provider", false }, { "rental", false },
	{ "usd_low", false }, { "usd_median", false }, { "usd_high", false }, { "providers", false },
	{ "quotes", false }, { "from", false }, { "to", false }, { "source", false } };

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
read_row(const struct table *table, const struct text value[COLUMNS], struct gpu_price *row, struct err *err)
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
		return table_wrong(table, value, GPU, err);
	if (!is_one_of(row->provider, providers))
		return table_wrong(table, value, PROVIDER, err);
	if (!is_one_of(row->rental, rentals))
		return table_wrong(table, value, RENTAL, err);
	for (int i = 0; i < 3; i++) {
		struct text text = value[amounts[i]];

		if (decimal_parse(text.p, text.n, NANO_DIGITS, into[i], NULL, NULL) != 0 || *into[i] < least)
			return table_wrong(table, value, amounts[i], err);
		least = *into[i];
	}
	if (read_count(value[PROVIDERS], &row->providers) != 0)
		return table_wrong(table, value, PROVIDERS, err);
	if (read_count(value[QUOTES], &row->quotes) != 0 || row->quotes < row->providers)
		return table_wrong(table, value, QUOTES, err);
	if (date_parse(value[FROM].p, value[FROM].n, &row->from, NULL) != 0)
		return table_wrong(table, value, FROM, err);
	if (date_parse(value[TO].p, value[TO].n, &row->to, NULL) != 0 || date_days(row->to) < date_days(row->from))
		return table_wrong(table, value, TO, err);
	return row->source.n == 0 ? table_wrong(table, value, SOURCE, err) : 0;
}

int
gpu_price_parse(struct text csv, struct gpu_price *rows, size_t max, size_t *n, struct err *err)
{
	struct table table;
	struct text value[COLUMNS];
	int got;

	*n = 0;
	if (table_open(&table, csv, columns, COLUMNS, "prices", err) != 0)
		return -1;
	while ((got = table_next(&table, value, err)) > 0) {
		if (*n == max)
			return err_set(err, ERR_INPUT, "line %d: more than %zu prices", table.line, max);
		if (read_row(&table, value, &rows[*n], err) != 0)
			return -1;
		for (size_t i = 0; i < *n; i++)
			if (text_same(rows[i].gpu, rows[*n].gpu) && text_same(rows[i].provider, rows[*n].provider) &&
				text_same(rows[i].rental, rows[*n].rental))
				return err_set(err, ERR_INPUT, "line %d: a second price of %.*s, %.*s, %.*s",
					table.line, (int)rows[i].gpu.n, rows[i].gpu.p, (int)rows[i].provider.n,
					rows[i].provider.p, (int)rows[i].rental.n, rows[i].rental.p);
		(*n)++;
	}
	return got;
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
			return table_trim((struct text){ gpu.p + n, gpu.n - n });
	}
	return gpu;
}

const struct gpu_price *
gpu_price_find(const struct gpu_price *rows, size_t n, const struct gpu_price_wanted *wanted)
{
	struct text provider = wanted->provider.n == 0 ? text_of(GPU_PROVIDERS_ANY) : wanted->provider;
	struct text rental = wanted->rental.n == 0 ? text_of("on-demand") : wanted->rental;
	struct text gpu = without_maker(table_trim(wanted->gpu));

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
