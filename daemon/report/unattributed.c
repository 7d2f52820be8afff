/*
 * unattributed: usage that belongs to no workload, usage that nobody priced, and what to do about either.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param unattributed_params[] = {
	RANGE_PARAMS,
	FILTER_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static const struct {
	enum by by;
	const char *title;
} tables[] = {
	{ BY_ACCOUNT, "Without a workload, by account" },
	{ BY_PROJECT, "Without a workload, by project" },
	{ BY_KEY, "Without a workload, by key" },
	{ BY_PROVIDER, "Without a workload, by provider" },
	{ BY_MODEL, "Without a workload, by model" },
	{ BY_TAG, "Without a workload, by tag" },
};

static int
by_tokens(const void *a, const void *b)
{
	const struct usage_row *x = a, *y = b;
	int64_t more = usage_sum_tokens(&y->sum) - usage_sum_tokens(&x->sum);

	return more > 0 ? 1 : more < 0 ? -1 : 0;
}

static int
by_unpriced(const void *a, const void *b)
{
	int64_t more = ((const struct usage_row *)b)->sum.state_tokens[PRICE_UNPRICED] -
		((const struct usage_row *)a)->sum.state_tokens[PRICE_UNPRICED];

	return more > 0 ? 1 : more < 0 ? -1 : 0;
}

static int
add_table(const struct request *request, const struct usage_query *none, int which, struct answer *answer,
	struct err *err)
{
	struct usage_query query = *none;
	struct usage_result result;
	struct column *name, *requests, *tokens, *share, *amount;

	query.by[0] = tables[which].by;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	qsort(result.rows, result.n, sizeof(*result.rows), by_tokens);
	answer_table(answer, by_names[tables[which].by], tables[which].title);
	name = answer_column(answer, "name", "");
	requests = answer_column(answer, "requests", "requests");
	tokens = answer_column(answer, "tokens", "tokens");
	share = answer_column(answer, "share", "share");
	amount = answer_column(answer, "amount", "USD");
	for (size_t i = 0; i < result.n; i++) {
		const struct usage_sum *sum = &result.rows[i].sum;
		int64_t all = usage_sum_tokens(&result.total);

		column_add(answer, name, value_text(answer, group_name(request, &query, &result.rows[i], 0)));
		column_add(answer, requests, value_whole(answer, sum->requests));
		column_add(answer, tokens, value_whole(answer, usage_sum_tokens(sum)));
		column_add(answer, share,
			value_number(answer, all == 0 ? NAN : (double)usage_sum_tokens(sum) / (double)all));
		column_add(answer, amount, sum_amount(answer, sum));
	}
	return 0;
}

/* What would give this row a price. */
static const char *
advice(const struct request *request, const char *provider, const char *model)
{
	if (model[0] == '\0')
		return "the source names no model: import with --model, or mend the source";
	if (provider[0] == '\0')
		return arena_format(request->arena,
			"the source names no provider of '%s': import with --provider, or put the model into a price list",
			model);
	return arena_format(request->arena,
		"put a row for '%s' of '%s' into a price list and import it: breakeven collect prices-csv FILE", model,
		provider);
}

static int
add_unpriced(const struct request *request, const struct usage_query *whole, struct answer *answer, struct err *err)
{
	struct usage_query query = *whole;
	struct usage_result result;
	struct column *provider, *model, *rows, *tokens, *share, *act;

	query.by[0] = BY_PROVIDER;
	query.by[1] = BY_MODEL;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	qsort(result.rows, result.n, sizeof(*result.rows), by_unpriced);
	answer_table(answer, "unpriced", "Without a known price");
	provider = answer_column(answer, "provider", "");
	model = answer_column(answer, "model", "");
	rows = answer_column(answer, "lines", "lines");
	tokens = answer_column(answer, "tokens", "tokens");
	share = answer_column(answer, "share", "share");
	act = answer_column(answer, "do", "");
	for (size_t i = 0; i < result.n; i++) {
		const struct usage_row *row = &result.rows[i];
		int64_t all = usage_sum_tokens(&result.total);

		if (row->sum.state_tokens[PRICE_UNPRICED] == 0)
			continue;
		column_add(answer, provider, value_text(answer, group_name(request, &query, row, 0)));
		column_add(answer, model, value_text(answer, group_name(request, &query, row, 1)));
		column_add(answer, rows, value_whole(answer, row->sum.state_rows[PRICE_UNPRICED]));
		column_add(answer, tokens, value_whole(answer, row->sum.state_tokens[PRICE_UNPRICED]));
		column_add(answer, share,
			value_number(answer, (double)row->sum.state_tokens[PRICE_UNPRICED] / (double)all));
		column_add(answer, act, value_text(answer, advice(request, row->name[0], row->name[1])));
	}
	return 0;
}

static void
add_facts(struct answer *answer, const struct usage_sum *all, const struct usage_sum *none)
{
	double tokens = (double)usage_sum_tokens(all);
	char count[FIGURE_MAX], share[FIGURE_MAX], unpriced[FIGURE_MAX];

	answer_fact(answer, "tokens", "tokens", value_whole(answer, usage_sum_tokens(all)));
	answer_fact(answer, "unattributed_tokens", "tokens", value_whole(answer, usage_sum_tokens(none)));
	answer_fact(answer, "unattributed_requests", "requests", value_whole(answer, none->requests));
	answer_fact(answer, "unattributed_amount", "USD", sum_amount(answer, none));
	answer_fact(answer, "unattributed_share", "share",
		value_number(answer, tokens == 0 ? NAN : (double)usage_sum_tokens(none) / tokens));
	answer_fact(answer, "unpriced_tokens", "tokens", value_whole(answer, all->state_tokens[PRICE_UNPRICED]));
	answer_fact(answer, "unpriced_share", "share", value_number(answer, 1 - usage_sum_covered(all)));
	if (all->rows == 0) {
		answer_headline(answer, "The ledger holds no usage in this range.");
		return;
	}
	figure_count(count, sizeof(count), (double)usage_sum_tokens(none));
	figure_share(share, sizeof(share), tokens == 0 ? 0 : (double)usage_sum_tokens(none) / tokens);
	figure_count(unpriced, sizeof(unpriced), (double)all->state_tokens[PRICE_UNPRICED]);
	if (none->rows == 0)
		answer_headline(answer, "All usage belongs to a workload; %s tokens have no known price.", unpriced);
	else
		answer_headline(answer, "%s tokens (%s) belong to no workload; %s have no known price.", count, share,
			unpriced);
	if (none->rows > 0)
		answer_note(answer,
			"a rule gives it a workload at once, and needs no new import: "
			"breakeven rule add --project P --workload W; a file of one workload gets its name with "
			"`breakeven collect NAME FILE --workload W`");
	if (all->state_tokens[PRICE_UNPRICED] > 0)
		answer_note(answer,
			"a price that is added counts for lines that are imported after it; what is in the ledger "
			"stays as it was priced until it is repriced: `breakeven reprice` shows what would change");
}

static int
unattributed_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct usage_query whole, none;
	struct usage_result all, without;

	if (group_query(request, report, &whole, err) != 0)
		return -1;
	none = whole;
	if (none.only[BY_WORKLOAD] != NULL && none.only[BY_WORKLOAD][0] != '\0')
		answer_note(answer, "workload '%s' was asked for: nothing of it is without a workload",
			none.only[BY_WORKLOAD]);
	else
		none.only[BY_WORKLOAD] = "";
	if (query_usage(request->store, &whole, request->arena, &all, err) != 0 ||
		query_usage(request->store, &none, request->arena, &without, err) != 0)
		return -1;
	if (none.only[BY_WORKLOAD][0] != '\0')
		memset(&without.total, 0, sizeof(without.total));
	add_facts(answer, &all.total, &without.total);
	if (group_facts(request, &whole, answer, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && none.only[BY_WORKLOAD][0] == '\0'; i++)
		if (add_table(request, &none, (int)i, answer, err) != 0)
			return -1;
	return add_unpriced(request, &whole, answer, err);
}

const struct report report_unattributed = { "unattributed",
	"usage without a workload or without a price, and what to do", unattributed_params, unattributed_run };
