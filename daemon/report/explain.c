/*
 * explain: the lines of the ledger behind a number, page by page; price: the price row behind a line.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "daemon/store/lines.h"
#include "daemon/store/prices.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define LIMIT 50
#define LIMIT_MAX 1000

static const struct param explain_params[] = {
	RANGE_PARAMS,
	FILTER_PARAMS,
	{ "limit", PARAM_NUMBER, NULL, 1, LIMIT_MAX, "lines on a page, a whole number; without it, 50" },
	{ "after", PARAM_TEXT, NULL, 0, 0, "where the page begins: the fact `next` of the page before" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static const enum by names[] = { BY_PROVIDER, BY_MODEL, BY_WORKLOAD, BY_TEAM, BY_COST_CENTRE, BY_ACCOUNT, BY_PROJECT,
	BY_KEY, BY_SERVICE_TIER, BY_TAG };

#define NAMES (sizeof(names) / sizeof(names[0]))

/* "1790000000000000-9f3a41c0d2e85b17" */
static int
read_place(const char *text, struct line_place *place, struct err *err)
{
	char *end, *last;
	long long at_us;

	errno = 0;
	at_us = strtoll(text, &end, 10);
	if (errno == 0 && end != text && text[0] != ' ' && *end == '-' && strlen(end + 1) == 16 &&
		strspn(end + 1, "0123456789abcdef") == 16 && at_us >= TIME_FIRST_US && at_us < TIME_LAST_US) {
		place->at_us = at_us;
		place->mark = strtoull(end + 1, &last, 16);
		return 0;
	}
	return err_set(err, ERR_INPUT,
		"after: '%s' is no place in the ledger; give the fact `next` of the page before, as it is", text);
}

static struct value *
reported(struct answer *answer, int64_t value)
{
	return value == NOT_REPORTED ? value_unknown(answer) : value_whole(answer, value);
}

static void
add_lines(struct answer *answer, const struct lines_result *result)
{
	static const char *const statuses[] = { "ok", "error", "timeout" };
	struct column *at = answer_column(answer, "at", ""), *id = answer_column(answer, "id", ""), *name[NAMES],
		      *status, *requests, *classes[USAGE_CLASSES], *state, *amount, *price, *run, *latency, *ttft,
		      *said, *rule[RULE_GIFTS];
	static const char *const rule_names[RULE_GIFTS] = { "workload_rule", "team_rule", "cost_centre_rule",
		"counts_rule" };

	for (size_t i = 0; i < NAMES; i++)
		name[i] = answer_column(answer, by_names[names[i]], "");
	status = answer_column(answer, "status", "");
	requests = answer_column(answer, "requests", "requests");
	for (int i = 0; i < USAGE_CLASSES; i++)
		classes[i] = answer_column(answer, usage_class_names[i], "tokens");
	state = answer_column(answer, "state", "");
	amount = answer_column(answer, "amount", "USD");
	price = answer_column(answer, "price", "");
	run = answer_column(answer, "run", "");
	latency = answer_column(answer, "latency_ms", "ms");
	ttft = answer_column(answer, "ttft_ms", "ms");
	said = answer_column(answer, "said_workload", "");
	for (int i = 0; i < RULE_GIFTS; i++)
		rule[i] = answer_column(answer, rule_names[i], "");
	for (size_t k = 0; k < result->n; k++) {
		const struct ledger_line *line = &result->lines[k];
		char text[TIME_MAX];

		time_print(text, sizeof(text), line->at_us);
		column_add(answer, at, value_text(answer, text));
		column_add(answer, id, value_text(answer, line->id));
		for (size_t i = 0; i < NAMES; i++)
			column_add(answer, name[i],
				value_text(
					answer, line->name[names[i]][0] == '\0' ? GROUP_NONE : line->name[names[i]]));
		column_add(answer, status, value_text(answer, statuses[line->status]));
		column_add(answer, requests, reported(answer, line->requests));
		for (int i = 0; i < USAGE_CLASSES; i++)
			column_add(answer, classes[i],
				line->has_usage ? value_whole(answer, line->usage.tokens[i]) : value_unknown(answer));
		column_add(answer, state, value_text(answer, price_state_names[line->price.state]));
		column_add(answer, amount,
			line->price.state == PRICE_UNPRICED
				? value_unknown(answer)
				: value_amount(answer, line->price.amount_nano, NANO_DIGITS));
		column_add(answer, price,
			line->price.price == 0 ? value_unknown(answer) : value_whole(answer, line->price.price));
		column_add(answer, run, value_whole(answer, line->run));
		column_add(answer, latency, reported(answer, line->latency_ms));
		column_add(answer, ttft, reported(answer, line->ttft_ms));
		column_add(answer, said,
			value_text(answer, line->said_workload[0] == '\0' ? GROUP_NONE : line->said_workload));
		for (int i = 0; i < RULE_GIFTS; i++)
			column_add(answer, rule[i],
				line->rule[i] == 0 ? value_unknown(answer) : value_whole(answer, line->rule[i]));
	}
}

static void
add_facts(struct answer *answer, const struct usage_sum *sum, const struct lines_result *result)
{
	char lines[FIGURE_MAX], tokens[FIGURE_MAX], money[FIGURE_MAX], next[64];

	answer_fact(answer, "lines", "lines", value_whole(answer, sum->rows));
	answer_fact(answer, "requests", "requests", value_whole(answer, sum->requests));
	answer_fact(answer, "tokens", "tokens", value_whole(answer, usage_sum_tokens(sum)));
	answer_fact(answer, "amount", "USD", sum_amount(answer, sum));
	answer_fact(answer, "priced_share", "share", value_number(answer, usage_sum_covered(sum)));
	answer_fact(answer, "shown", "lines", value_whole(answer, (int64_t)result->n));
	snprintf(next, sizeof(next), "%" PRId64 "-%016" PRIx64, result->next.at_us, result->next.mark);
	answer_fact(answer, "next", "", value_text(answer, result->more ? next : NULL));
	if (sum->rows == 0) {
		answer_headline(answer, "No line of the ledger is behind this.");
		return;
	}
	figure_number(lines, sizeof(lines), (double)sum->rows);
	figure_count(tokens, sizeof(tokens), (double)usage_sum_tokens(sum));
	figure_money(money, sizeof(money), (double)sum->amount_nano / 1e9, "USD");
	if (sum->state_rows[PRICE_UNPRICED] == sum->rows)
		answer_headline(answer, "%s lines with %s tokens, none of them with a known price.", lines, tokens);
	else
		answer_headline(answer, "%s lines with %s tokens cost %s%s.", lines, tokens, sum_bound(sum), money);
	if (result->more && result->n == 0)
		answer_note(answer, "%d lines were read and none of them is meant; `after` goes on behind them",
			LINES_READ_MAX);
}

static int
explain_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *after = request_text(request, report, "after");
	double limit = request_number(request, report, "limit", LIMIT);
	struct usage_query query;
	struct usage_result sums;
	struct lines_result result;
	struct lines_query lines = { .usage = &query, .has_after = after != NULL, .limit = (size_t)limit };

	if (limit != (double)lines.limit)
		return err_set(err, ERR_INPUT, "limit: %s is no whole number from 1 to %d",
			request_text(request, report, "limit"), LIMIT_MAX);
	if (group_query(request, report, &query, err) != 0 ||
		(after != NULL && read_place(after, &lines.after, err) != 0) ||
		query_usage(request->store, &query, request->arena, &sums, err) != 0 ||
		query_lines(request->store, &lines, request->arena, &result, err) != 0)
		return -1;
	add_facts(answer, &sums.total, &result);
	if (group_facts(request, &query, answer, err) != 0)
		return -1;
	add_lines(answer, &result);
	return 0;
}

const struct report report_explain = { "explain", "the lines of the ledger behind a number", explain_params,
	explain_run };

/* ---- one price row */

static const struct param price_params[] = {
	{ "id", PARAM_NUMBER, NULL, 1, 9e15, "number of the row, as in the column price of explain; it must be given" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static struct value *
text_value(struct arena *arena, struct answer *answer, struct text text)
{
	return text.n == 0 ? value_unknown(answer) : value_text(answer, arena_copy(arena, text.p, text.n));
}

static struct value *
instant_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == PRICE_FROM_ALWAYS || at_us == PRICE_TO_ALWAYS || at_us == 0)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us);
	return value_text(answer, text);
}

static struct value *
clock_value(struct answer *answer, const struct price_row *row)
{
	char text[48];

	if (row->daily_from_s == 0 && row->daily_to_s == 0)
		return value_unknown(answer);
	snprintf(text, sizeof(text), "%02d:%02d to %02d:%02d UTC", row->daily_from_s / 3600,
		row->daily_from_s / 60 % 60, row->daily_to_s / 3600, row->daily_to_s / 60 % 60);
	return value_text(answer, text);
}

static void
add_price_facts(const struct request *request, const struct price_row *row, struct answer *answer)
{
	struct arena *arena = request->arena;

	answer_fact(answer, "row", "", text_value(arena, answer, row->id));
	answer_fact(answer, "provider", "", text_value(arena, answer, row->provider));
	answer_fact(answer, "model", "", text_value(arena, answer, row->model));
	answer_fact(answer, "service_tier", "",
		row->service_tier.n == 0 ? value_text(answer, "standard")
					 : text_value(arena, answer, row->service_tier));
	answer_fact(answer, "state", "", value_text(answer, price_state_names[row->state]));
	answer_fact(answer, "currency", "", text_value(arena, answer, row->currency));
	answer_fact(answer, "from", "", instant_value(answer, row->from_us));
	answer_fact(answer, "to", "", instant_value(answer, row->to_us));
	answer_fact(answer, "daily", "", clock_value(answer, row));
	answer_fact(
		answer, "tiers", "", value_text(answer, row->tiers == TIERS_MARGINAL ? "marginal" : "whole request"));
	answer_fact(answer, "source", "", text_value(arena, answer, row->source));
	answer_fact(answer, "source_url", "", text_value(arena, answer, row->source_url));
	answer_fact(answer, "note", "", text_value(arena, answer, row->note));
	answer_fact(answer, "checked", "", instant_value(answer, row->checked_us));
	answer_fact(answer, "age_days", "days",
		row->checked_us == 0
			? value_unknown(answer)
			: value_whole(answer, (request->now_us - row->checked_us) / ((int64_t)DAY_S * SECOND_US)));
}

static int
price_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *text = request_text(request, report, "id");
	double id = request_number(request, report, "id", 0);
	struct price_row row;
	struct column *item, *above, *rate, *unit;
	int found;

	if (text == NULL)
		return err_set(err, ERR_INPUT, "id: the number of a price row is needed, such as 12");
	if (id != (double)(int64_t)id)
		return err_set(err, ERR_INPUT, "id: %s is no whole number", text);
	found = price_get(request->store, (int64_t)id, request->arena, &row, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_MISSING, "id: there is no price row %s", text);
	answer_headline(answer, "%.*s of %.*s, as '%.*s' has it.", (int)row.model.n, row.model.p, (int)row.provider.n,
		row.provider.p, (int)row.source.n, row.source.p);
	answer_fact(answer, "id", "", value_whole(answer, (int64_t)id));
	add_price_facts(request, &row, answer);
	item = answer_column(answer, "item", "");
	above = answer_column(answer, "above_tokens", "tokens");
	rate = answer_column(answer, "rate", "");
	unit = answer_column(answer, "rate_unit", "");
	for (size_t i = 0; i < row.n; i++) {
		const struct price_component *component = &row.components[i];
		bool single = component->item == PRICE_REQUESTS || component->item == PRICE_WEB_SEARCHES;
		const char *per = component->item == PRICE_REQUESTS ? "request" : single ? "search" : "Mtok";

		column_add(answer, item, value_text(answer, price_item_names[component->item]));
		column_add(answer, above, value_whole(answer, component->above_tokens));
		/* femto per token is nano per million tokens. */
		column_add(
			answer, rate, value_amount(answer, component->rate_femto, single ? FEMTO_DIGITS : NANO_DIGITS));
		column_add(answer, unit,
			value_text(answer,
				arena_format(request->arena, "%.*s/%s", (int)row.currency.n, row.currency.p, per)));
	}
	return 0;
}

const struct report report_price = { "price", "one row of the price book: its rates, dates and source", price_params,
	price_run };
