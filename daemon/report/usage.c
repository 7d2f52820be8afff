/*
 * usage: how many tokens of which class, by anything; spend: the same sorted by what it cost.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param usage_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_TEXT, NULL, 0, 0,
		"up to three of hour, day, week, month, provider, model, workload, team, cost_centre, account, project, "
		"key, service_tier, tag, status, parted by commas" },
	FILTER_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* Where no call reported its tokens nobody knows how many there were. */
static struct value *
sum_tokens(struct answer *answer, const struct usage_sum *sum, int64_t tokens)
{
	return sum->rows > 0 && sum->rows_without_usage == sum->rows ? value_unknown(answer)
								     : value_whole(answer, tokens);
}

static void
add_sum_facts(struct answer *answer, const struct usage_sum *sum)
{
	answer_fact(answer, "requests", "requests", value_whole(answer, sum->requests));
	for (int class = 0; class < USAGE_CLASSES; class ++)
		answer_fact(answer, usage_class_names[class], "tokens", sum_tokens(answer, sum, sum->tokens[class]));
	answer_fact(answer, "tokens", "tokens", sum_tokens(answer, sum, usage_sum_tokens(sum)));
	answer_fact(answer, "amount", "USD", sum_amount(answer, sum));
	answer_fact(answer, "priced_share", "share", value_number(answer, usage_sum_covered(sum)));
	answer_fact(answer, "unpriced_tokens", "tokens", value_whole(answer, sum->state_tokens[PRICE_UNPRICED]));
	answer_fact(answer, "free_tokens", "tokens", value_whole(answer, sum->state_tokens[PRICE_FREE]));
	answer_fact(answer, "flat_tokens", "tokens", value_whole(answer, sum->state_tokens[PRICE_FLAT]));
	answer_fact(answer, "requests_without_usage", "requests", value_whole(answer, sum->rows_without_usage));
}

static void
add_notes(struct answer *answer, const struct usage_sum *sum)
{
	char tokens[FIGURE_MAX];

	if (sum->state_tokens[PRICE_UNPRICED] > 0) {
		figure_count(tokens, sizeof(tokens), (double)sum->state_tokens[PRICE_UNPRICED]);
		answer_note(answer, "%s tokens have no known price: the amount is a lower bound", tokens);
	}
	if (sum->rows_without_usage > 0)
		answer_note(answer,
			"%lld lines do not report tokens (failed calls, or what is counted in other units): they are in no amount",
			(long long)sum->rows_without_usage);
}

static void
add_headline(struct answer *answer, const struct usage_sum *sum)
{
	char tokens[FIGURE_MAX], requests[FIGURE_MAX], money[FIGURE_MAX], share[FIGURE_MAX];
	const char *plural;

	if (sum->rows == 0) {
		answer_headline(answer, "The ledger holds no usage in this range.");
		return;
	}
	figure_count(tokens, sizeof(tokens), (double)usage_sum_tokens(sum));
	figure_count(requests, sizeof(requests), (double)sum->requests);
	plural = sum->requests == 1 ? "" : "s";
	if (usage_sum_tokens(sum) == 0 && sum->rows_without_usage > 0) {
		answer_headline(answer, "%s request%s, and none reports its tokens.", requests, plural);
		return;
	}
	if (sum->state_rows[PRICE_UNPRICED] == sum->rows) {
		answer_headline(
			answer, "%s tokens in %s request%s; none of them has a known price.", tokens, requests, plural);
		return;
	}
	figure_money(money, sizeof(money), (double)sum->amount_nano / 1e9, "USD");
	if (usage_sum_tokens(sum) == 0) {
		answer_headline(
			answer, "%s request%s without a token cost %s%s.", requests, plural, sum_bound(sum), money);
		return;
	}
	figure_share(share, sizeof(share), usage_sum_covered(sum));
	answer_headline(answer, "%s tokens in %s request%s cost %s%s (%s of tokens priced).", tokens, requests, plural,
		sum_bound(sum), money, share);
}

static void
add_rows(const struct request *request, const struct usage_query *query, const struct usage_result *result,
	struct answer *answer)
{
	struct column *groups[QUERY_BYS] = { NULL }, *classes[USAGE_CLASSES], *requests, *amount, *share;

	for (int i = 0; i < QUERY_BYS && query->by[i] != BY_NONE; i++)
		groups[i] = answer_column(answer, by_names[query->by[i]], "");
	requests = answer_column(answer, "requests", "requests");
	for (int class = 0; class < USAGE_CLASSES; class ++)
		classes[class] = answer_column(answer, usage_class_names[class], "tokens");
	amount = answer_column(answer, "amount", "USD");
	share = answer_column(answer, "priced_share", "share");
	for (size_t r = 0; r < result->n; r++) {
		const struct usage_row *row = &result->rows[r];

		for (int i = 0; i < QUERY_BYS && groups[i] != NULL; i++)
			column_add(answer, groups[i], value_text(answer, group_name(request, query, row, i)));
		column_add(answer, requests, value_whole(answer, row->sum.requests));
		for (int class = 0; class < USAGE_CLASSES; class ++)
			column_add(answer, classes[class], sum_tokens(answer, &row->sum, row->sum.tokens[class]));
		column_add(answer, amount, sum_amount(answer, &row->sum));
		column_add(answer, share, value_number(answer, usage_sum_covered(&row->sum)));
	}
}

static int
by_amount(const void *a, const void *b)
{
	const struct usage_sum *x = &((const struct usage_row *)a)->sum, *y = &((const struct usage_row *)b)->sum;

	if (x->amount_nano != y->amount_nano)
		return x->amount_nano < y->amount_nano ? 1 : -1;
	if (usage_sum_tokens(x) != usage_sum_tokens(y))
		return usage_sum_tokens(x) < usage_sum_tokens(y) ? 1 : -1;
	return 0;
}

/* What rules leave out of the range is told beside its sums. */
static int
add_left_out(const struct request *request, const struct usage_query *query, struct answer *answer, struct err *err)
{
	struct usage_query left_out = *query;
	struct usage_result result;
	char tokens[FIGURE_MAX];

	memset(left_out.by, 0, sizeof(left_out.by));
	left_out.left_out = true;
	if (query_usage(request->store, &left_out, request->arena, &result, err) != 0)
		return -1;
	if (result.total.rows == 0)
		return 0;
	figure_count(tokens, sizeof(tokens), (double)usage_sum_tokens(&result.total));
	answer_note(answer,
		"rules leave %s tokens out of these sums, since another source tells the same calls: see the report beside",
		tokens);
	return 0;
}

static int
run(const struct request *request, const struct report *report, const char *by, int sorted, struct answer *answer,
	struct err *err)
{
	struct usage_query query;
	struct usage_result result;

	if (group_query(request, report, &query, err) != 0 || (by != NULL && group_parse(by, &query, err) != 0) ||
		query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	add_headline(answer, &result.total);
	add_sum_facts(answer, &result.total);
	if (group_facts(request, &query, answer, err) != 0)
		return -1;
	if (sorted && result.n > 0 && !by_is_time(query.by[0]))
		qsort(result.rows, result.n, sizeof(*result.rows), by_amount);
	if (query.by[0] != BY_NONE)
		add_rows(request, &query, &result, answer);
	add_notes(answer, &result.total);
	return add_left_out(request, &query, answer, err);
}

static int
usage_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	return run(request, report, request_text(request, report, "by"), 0, answer, err);
}

static int
spend_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");

	return run(request, report, by == NULL ? "workload,model" : by, 1, answer, err);
}

const struct report report_usage = { "usage", "tokens by class over time and by any dimension", usage_params,
	usage_run };
const struct report report_spend = { "spend", "where the money goes, the largest first", usage_params, spend_run };
