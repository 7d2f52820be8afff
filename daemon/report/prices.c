/*
 * prices: the price book as it is asked: who, which model, since when, from where, how old.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/prices.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static const struct param prices_params[] = {
	{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider" },
	{ "model", PARAM_TEXT, NULL, 0, 0, "only models whose name holds this text" },
	{ "at", PARAM_TIME, NULL, 0, 0, "rows that hold at this time; without it, now" },
	{ "all", PARAM_CHOICE, "yes|no", 0, 0, "yes: every dated row, whatever the time" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* A rate column: the item and the name of its column. */
static const struct {
	int item;
	const char *name;
} rates[] = {
	{ IN_UNCACHED, "input" },
	{ IN_CACHE_READ, "cache_read" },
	{ IN_CACHE_WRITE_5M, "cache_write_5m" },
	{ IN_CACHE_WRITE_1H, "cache_write_1h" },
	{ OUT_VISIBLE, "output" },
};

#define RATES (sizeof(rates) / sizeof(rates[0]))

struct table {
	struct column *provider, *model, *tier, *above, *state, *rate[RATES], *from, *to, *source, *url, *checked, *age,
		*id;
	const struct prices *prices; /* whose rows they are */
	size_t lines;
};

static struct table
make_table(struct answer *answer)
{
	struct table table = { .lines = 0 };

	table.provider = answer_column(answer, "provider", "");
	table.model = answer_column(answer, "model", "");
	table.tier = answer_column(answer, "service_tier", "");
	table.above = answer_column(answer, "above_tokens", "tokens");
	table.state = answer_column(answer, "state", "");
	for (size_t i = 0; i < RATES; i++)
		table.rate[i] = answer_column(answer, rates[i].name, "USD/Mtok");
	table.from = answer_column(answer, "from", "");
	table.to = answer_column(answer, "to", "");
	table.source = answer_column(answer, "source", "");
	table.url = answer_column(answer, "source_url", "");
	table.checked = answer_column(answer, "checked", "");
	table.age = answer_column(answer, "age_days", "days");
	table.id = answer_column(answer, "id", "");
	return table;
}

static struct value *
text_value(struct arena *arena, struct answer *answer, struct text text)
{
	return text.n == 0 ? value_unknown(answer) : value_text(answer, arena_copy(arena, text.p, text.n));
}

static struct value *
day_value(struct answer *answer, int64_t at_us)
{
	char day[TIME_MAX];

	if (at_us == PRICE_FROM_ALWAYS || at_us == PRICE_TO_ALWAYS || at_us == 0)
		return value_unknown(answer);
	time_print(day, sizeof(day), at_us);
	if (strcmp(day + 10, "T00:00:00Z") == 0)
		day[10] = '\0';
	return value_text(answer, day);
}

/* One line of the table: a row at one of its context thresholds. */
static void
add_line(const struct request *request, struct answer *answer, struct table *table, const struct price_row *row,
	int64_t above)
{
	struct arena *arena = request->arena;

	table->lines++;
	column_add(answer, table->provider, text_value(arena, answer, row->provider));
	column_add(answer, table->model, text_value(arena, answer, row->model));
	column_add(answer, table->tier,
		value_text(answer,
			row->service_tier.n == 0 ? "standard"
						 : arena_copy(arena, row->service_tier.p, row->service_tier.n)));
	column_add(answer, table->above, value_whole(answer, above));
	column_add(answer, table->state, value_text(answer, price_state_names[row->state]));
	for (size_t i = 0; i < RATES; i++) {
		int64_t rate;

		/* femto per token is nano per million tokens. */
		column_add(answer, table->rate[i],
			row->state == PRICE_PRICED && price_rate(row, rates[i].item, above + 1, &rate)
				? value_amount(answer, rate, NANO_DIGITS)
				: value_unknown(answer));
	}
	column_add(answer, table->from, day_value(answer, row->from_us));
	column_add(answer, table->to, day_value(answer, row->to_us));
	column_add(answer, table->source, text_value(arena, answer, row->source));
	column_add(answer, table->url, text_value(arena, answer, row->source_url));
	column_add(answer, table->checked, day_value(answer, row->checked_us));
	column_add(answer, table->id, value_whole(answer, prices_row(table->prices, row)));
	column_add(answer, table->age,
		row->checked_us == 0 ? value_unknown(answer)
				     : value_whole(answer, (request->now_us - row->checked_us) / (DAY_S * SECOND_US)));
}

static void
add_row(const struct request *request, struct answer *answer, struct table *table, const struct price_row *row)
{
	add_line(request, answer, table, row, 0);
	for (size_t i = 0; i < row->n; i++) {
		int seen = row->components[i].above_tokens == 0;

		for (size_t j = 0; j < i && !seen; j++)
			seen = row->components[j].above_tokens == row->components[i].above_tokens;
		if (!seen)
			add_line(request, answer, table, row, row->components[i].above_tokens);
	}
}

static int
holds_text(struct text text, const char *part)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%.*s", (int)(text.n < sizeof(copy) ? text.n : sizeof(copy) - 1), text.p);
	return strcasestr(copy, part) != NULL;
}

struct wish {
	const char *provider, *model;
	int64_t at_us;
	int all;
};

static int
wanted(const struct wish *wish, const struct price_row *row)
{
	if (wish->provider != NULL && !text_is(row->provider, wish->provider))
		return 0;
	if (wish->model != NULL && !holds_text(row->model, wish->model))
		return 0;
	return wish->all || (row->from_us <= wish->at_us && wish->at_us < row->to_us);
}

static void
say_age(const struct request *request, struct answer *answer, const struct book_info *info)
{
	int64_t days = (request->now_us - info->checked_us) / (DAY_S * SECOND_US);

	if (info->checked_us == 0)
		answer_note(answer, "nobody knows when the prices of '%s' were last checked", info->name);
	else if (days > request->settings->report.stale_price_days)
		answer_note(answer, "the prices of '%s' were last checked %lld days ago: they are stale", info->name,
			(long long)days);
}

static int
prices_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *all = request_text(request, report, "all");
	struct wish wish = { request_text(request, report, "provider"), request_text(request, report, "model"),
		request_time(request, report, "at", request->now_us), all != NULL && strcmp(all, "yes") == 0 };
	struct prices *prices = prices_load(request->store, err);
	struct table table;
	int64_t rows = 0, lines, checked_us = 0;

	if (prices == NULL)
		return -1;
	table = make_table(answer);
	table.prices = prices;
	for (size_t b = 0; b < prices_books(prices); b++) {
		struct book_info info;
		const struct price_book *book = prices_book(prices, b, &info);

		for (size_t i = 0; i < book->n; i++)
			if (wanted(&wish, &book->rows[i])) {
				add_row(request, answer, &table, &book->rows[i]);
				rows++;
			}
		checked_us = info.checked_us > checked_us ? info.checked_us : checked_us;
		say_age(request, answer, &info);
	}
	lines = (int64_t)table.lines;
	answer_headline(answer, "%lld price%s%s in %zu book%s%s.", (long long)rows, rows == 1 ? "" : "s",
		lines == rows
			? ""
			: arena_format(request->arena, " (%lld lines, one for each context tier)", (long long)lines),
		prices_books(prices), prices_books(prices) == 1 ? "" : "s",
		prices_books(prices) == 1 ? "" : "; the first book that knows a price answers");
	answer_fact(answer, "rows", "", value_whole(answer, rows));
	answer_fact(answer, "books", "", value_whole(answer, (int64_t)prices_books(prices)));
	answer_fact(answer, "checked", "", day_value(answer, checked_us));
	prices_free(prices);
	return 0;
}

const struct report report_prices = { "prices", "the price book: who, since when, from where, how old", prices_params,
	prices_run };
