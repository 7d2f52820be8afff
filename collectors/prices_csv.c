/*
 * prices_csv: our own price book, a table that a person can read and correct.
 *
 *   # lines that begin with # are remarks
 *   provider,model,match,service_tier,from,to,above_tokens,in_uncached,in_cache_read,out_visible,source_url,checked
 *   google,gemini-2.5-pro,gemini-2.5-pro*,,,,,1.25,0.125,10,https://ai.google.dev/pricing,2026-08-21
 *   google,gemini-2.5-pro,,,,,200000,2.5,0.25,15,,
 *
 * Columns in any order, absent ones are empty. Prices are per million tokens; requests and web_searches per
 * thousand. A line with above_tokens continues the line above it with the prices of longer requests. from and
 * to are dates (UTC, to is exclusive), daily_from and daily_to hours HH:MM of the UTC day.
 */
#include <stdio.h>

#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/price_list.h"
#include "collectors/prices.h"
#include "models/price/match.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

enum column {
	C_PROVIDER,
	C_MODEL,
	C_MATCH,
	C_SERVICE_TIER,
	C_FROM,
	C_TO,
	C_DAILY_FROM,
	C_DAILY_TO,
	C_STATE,
	C_TIER_MODE,
	C_CURRENCY,
	C_ABOVE,
	C_SOURCE_URL,
	C_CHECKED,
	C_NOTE,
	C_ITEMS, /* the first of PRICE_ITEMS columns */
	COLUMNS = C_ITEMS + PRICE_ITEMS
};

static const char *const column_names[C_ITEMS] = {
	"provider",
	"model",
	"match",
	"service_tier",
	"from",
	"to",
	"daily_from",
	"daily_to",
	"state",
	"tier_mode",
	"currency",
	"above_tokens",
	"source_url",
	"checked",
	"note",
};

/* One table being read. */
struct table {
	struct price_run run;
	struct reader *reader;
	struct price_draft *draft;
	bool open;   /* the draft holds a row that is not added yet */
	size_t kept; /* bytes of the draft's room for match that its texts take */
	int index[COLUMNS];
	struct text value[COLUMNS];
};

static bool
is_column(struct text name)
{
	for (int i = 0; i < C_ITEMS; i++)
		if (text_is(name, column_names[i]))
			return true;
	return price_item_find(name) >= 0;
}

/* Are all its fields columns of a price list? A table of usage has others, its time at least. */
static bool
is_header(struct text line)
{
	for (size_t from = 0, i = 0; i <= line.n; i++) {
		if (i < line.n && memchr(",;\t\r", line.p[i], 4) == NULL)
			continue;
		if (i > from && !is_column(text_trim((struct text){ line.p + from, i - from })))
			return false;
		from = i + 1;
	}
	return true;
}

static bool
has_word(struct text line, const char *word)
{
	return memmem(line.p, line.n, word, strlen(word)) != NULL;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*why_not = "no header with provider, model and in_uncached";
	while (i < n) {
		const char *end = memchr(head + i, '\n', n - i);
		struct text line = { head + i, end == NULL ? n - i : (size_t)(end - head) - i };

		if (line.n > 0 && line.p[0] != '#' && line.p[0] != '\r') {
			bool all =
				has_word(line, "provider") && has_word(line, "model") && has_word(line, "in_uncached");
			/* where one of these stands a column that is none is a mistake, and said to be one */
			bool prices = has_word(line, "source_url") || has_word(line, "checked") ||
				has_word(line, "match") || is_header(line);

			return all && prices ? 90 : 0;
		}
		i += line.n + 1;
	}
	return 0;
}

static int
wrong(const struct table *table, int column, const char *what)
{
	const char *name = column < C_ITEMS ? column_names[column] : price_item_names[column - C_ITEMS];
	char shown[SHOWN_MAX];

	return err_set(table->run.err, ERR_INPUT, "line %lld: %s %s: '%s'", (long long)reader_line(table->reader), name,
		what, value_shown(shown, table->value[column]));
}

static int
read_day(const struct table *table, int column, int64_t *at_us)
{
	struct text text = table->value[column];
	struct date date;

	if (text.n == 0)
		return 0;
	if (date_parse(text.p, text.n, &date, NULL) != 0)
		return wrong(table, column, "is no date YYYY-MM-DD");
	*at_us = date_days(date) * DAY_S * SECOND_US;
	return 0;
}

static int
read_clock(const struct table *table, int column, int32_t *second)
{
	struct text text = table->value[column];
	int h, m;
	char buffer[16];

	if (text.n == 0)
		return 0;
	snprintf(buffer, sizeof buffer, "%.*s", (int)(text.n < 15 ? text.n : 15), text.p);
	if (sscanf(buffer, "%2d:%2d", &h, &m) != 2 || h < 0 || h > 24 || m < 0 || m > 59)
		return wrong(table, column, "is no time HH:MM");
	*second = (h * 60 + m) * 60 % 86400;
	return 0;
}

static int
read_prices(const struct table *table, int64_t above)
{
	for (int item = 0; item < PRICE_ITEMS; item++) {
		struct text text = table->value[C_ITEMS + item];
		struct price_component component = { item, above, 0 };
		int unit = item >= PRICE_REQUESTS ? PER_THOUSAND : PER_MILLION;
		bool rounded = false;

		if (text.n == 0)
			continue;
		if (decimal_parse(text.p, text.n, unit, &component.rate_femto, &rounded, NULL) != 0)
			return wrong(table, C_ITEMS + item, "is not a price");
		if (component.rate_femto < 0)
			return wrong(table, C_ITEMS + item, "is a negative price");
		if (rounded)
			return wrong(table, C_ITEMS + item, "has more digits than can be kept exactly");
		if (draft_set(&table->run, table->draft, component) != 0)
			return -1;
	}
	return 0;
}

static int
flush(struct table *table)
{
	struct price_row *row = &table->draft->row;

	if (!table->open)
		return 0;
	table->open = false;
	if (row->state == PRICE_PRICED && row->n == 0)
		return err_set(table->run.err, ERR_INPUT, "line %lld: price row '%.*s' has no price and no state",
			(long long)reader_line(table->reader), (int)row->id.n, row->id.p);
	return price_list_add(table->run.list, row, table->run.err);
}

static bool
continues(const struct table *table)
{
	const struct price_row *row = &table->draft->row;

	return table->open && text_same(row->provider, table->value[C_PROVIDER]) &&
		text_same(row->model, table->value[C_MODEL]) &&
		text_same(row->service_tier, table->value[C_SERVICE_TIER]);
}

static int
read_words(const struct table *table)
{
	struct price_row *row = &table->draft->row;
	bool known = table->value[C_STATE].n == 0;

	for (int i = 0; i < PRICE_STATES; i++)
		if (text_is(table->value[C_STATE], price_state_names[i])) {
			row->state = (enum price_state)i;
			known = true;
		}
	if (!known)
		return wrong(table, C_STATE, "is none of priced, free, flat, unpriced");
	if (table->value[C_TIER_MODE].n > 0 && !text_is(table->value[C_TIER_MODE], "whole") &&
		!text_is(table->value[C_TIER_MODE], "marginal"))
		return wrong(table, C_TIER_MODE, "is neither whole nor marginal");
	row->tiers = text_is(table->value[C_TIER_MODE], "marginal") ? TIERS_MARGINAL : TIERS_WHOLE;
	if (table->value[C_CURRENCY].n > 0)
		row->currency = table->value[C_CURRENCY];
	if (table->value[C_CURRENCY].n > 0 && table->value[C_CURRENCY].n != 3)
		return wrong(table, C_CURRENCY, "is no code of three letters");
	return 0;
}

/* Texts of a record are gone with the next one, and the row is added only then: the draft has room for them. */
static int
keep(struct table *table, struct text *text)
{
	if (table->kept + text->n > DRAFT_MATCH)
		return err_set(table->run.err, ERR_INPUT, "line %lld: more than %d bytes of text",
			(long long)reader_line(table->reader), DRAFT_MATCH);
	if (text->n > 0)
		memcpy(table->draft->match + table->kept, text->p, text->n);
	text->p = table->draft->match + table->kept;
	table->kept += text->n;
	return 0;
}

static void
name_row(struct price_draft *draft, struct text from)
{
	struct price_row *row = &draft->row;

	draft->id[0] = '\0';
	draft_id(draft, "%.*s/%.*s", (int)row->provider.n, row->provider.p, (int)row->model.n, row->model.p);
	if (from.n > 0)
		draft_id(draft, "@%.*s", (int)from.n, from.p);
	if (row->precedence > 0)
		draft_id(draft, "@%02d:%02d-%02d:%02d", row->daily_from_s / 3600, row->daily_from_s / 60 % 60,
			row->daily_to_s / 3600, row->daily_to_s / 60 % 60);
	if (row->service_tier.n > 0)
		draft_id(draft, "+%.*s", (int)row->service_tier.n, row->service_tier.p);
}

static int
begin_row(struct table *table)
{
	struct price_draft *draft = table->draft;
	struct price_row *row = &draft->row;
	struct text *texts[] = { &row->provider, &row->model, &row->match, &row->service_tier, &row->source_url,
		&row->note, &row->currency };
	int64_t checked = 0;

	draft_begin(&table->run, draft, table->value[C_PROVIDER], table->value[C_MODEL]);
	row->match = table->value[C_MATCH];
	row->service_tier = table->value[C_SERVICE_TIER];
	row->source_url = table->value[C_SOURCE_URL];
	row->note = table->value[C_NOTE];
	if (row->model.n == 0)
		return wrong(table, C_MODEL, "is empty");
	if (read_words(table) != 0 || read_day(table, C_FROM, &row->from_us) != 0 ||
		read_day(table, C_TO, &row->to_us) != 0 || read_day(table, C_CHECKED, &checked) != 0 ||
		read_clock(table, C_DAILY_FROM, &row->daily_from_s) != 0 ||
		read_clock(table, C_DAILY_TO, &row->daily_to_s) != 0)
		return -1;
	if (row->from_us >= row->to_us)
		return wrong(table, C_TO, "is not after from");
	row->checked_us = checked;
	row->precedence = row->daily_from_s != row->daily_to_s;
	if (row->match.n > 0 && match_check(row->match, table->run.err) != 0)
		return err_in(table->run.err, "line %lld", (long long)reader_line(table->reader));
	table->kept = 0;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (keep(table, texts[i]) != 0)
			return -1;
	name_row(draft, table->value[C_FROM]);
	table->open = true;
	return 0;
}

static int
read_record(struct table *table)
{
	int64_t above = 0;
	struct text text = table->value[C_ABOVE];

	if (text.n > 0 && (count_parse(text, USAGE_TOKENS_MAX, &above) != 0 || above <= 0))
		return wrong(table, C_ABOVE, "is no number of tokens above 0");
	if (above > 0) {
		if (!continues(table))
			return wrong(
				table, C_ABOVE, "does not follow a line of the same provider, model and service_tier");
		return read_prices(table, above);
	}
	if (flush(table) != 0 || begin_row(table) != 0)
		return -1;
	return read_prices(table, 0);
}

static int
read_header(struct table *table)
{
	const char *names[COLUMNS];
	struct text *fields;
	struct header header;
	size_t n;
	int got;

	for (int i = 0; i < COLUMNS; i++)
		names[i] = i < C_ITEMS ? column_names[i] : price_item_names[i - C_ITEMS];
	do {
		got = reader_next_record(table->reader, ',', &fields, &n, table->run.err);
	} while (got > 0 && n > 0 && fields[0].n > 0 && fields[0].p[0] == '#');
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(table->run.err, ERR_INPUT, "the price book is empty");
	header = (struct header){ fields, n };
	if (columns_map(&header, names, COLUMNS, table->index, table->run.err) != 0)
		return -1;
	for (size_t k = 0; k < n; k++) {
		bool known = false;
		char shown[SHOWN_MAX];

		for (int i = 0; i < COLUMNS; i++)
			known = known || table->index[i] == (int)k;
		if (!known)
			return err_set(table->run.err, ERR_INPUT, "line %lld: column '%s' is unknown",
				(long long)reader_line(table->reader), value_shown(shown, fields[k]));
	}
	if (table->index[C_MODEL] == COLUMN_ABSENT || table->index[C_ITEMS] == COLUMN_ABSENT)
		return err_set(table->run.err, ERR_INPUT, "the header has no model or no in_uncached");
	return 0;
}

static int
read_table(struct table *table)
{
	struct text *fields;
	size_t n;
	int got;

	if (read_header(table) != 0)
		return -1;
	while ((got = reader_next_record(table->reader, ',', &fields, &n, table->run.err)) > 0) {
		if (n > 0 && fields[0].n > 0 && fields[0].p[0] == '#')
			continue;
		for (int i = 0; i < COLUMNS; i++)
			table->value[i] = table->index[i] >= 0 && (size_t)table->index[i] < n
				? text_trim(fields[table->index[i]])
				: (struct text){ NULL, 0 };
		if (read_record(table) != 0)
			return -1;
	}
	if (got < 0 || flush(table) != 0)
		return -1;
	return prices_deliver(&table->run);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct price_draft draft;
	struct table table = { .run = { .options = options, .sink = sink, .err = err, .source = "price book" },
		.draft = &draft };
	int rc = -1;

	table.run.list = price_list_new();
	table.reader = table.run.list == NULL ? NULL : reader_open(input, err);
	if (table.run.list == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for the price rows");
	if (table.reader != NULL)
		rc = read_table(&table);
	reader_close(table.reader);
	price_list_free(table.run.list);
	return rc;
}

const struct collector collector_prices_csv = {
	.name = "prices-csv",
	.title = "our own price book (CSV)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
};
