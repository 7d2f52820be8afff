/*
 * beside: what rules leave out of sums, beside what counts of the same models; and sources that tell the same calls.
 */
#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/doubles.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param beside_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_CHOICE, "model|day|month", 0, 0, "rows of the comparison; without it, by model" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct beside {
	const char *name, *stem; /* the row, and the model that it is of */
	struct usage_sum counted, left_out;
};

struct comparing {
	const struct request *request;
	struct usage_query query;
	struct beside *rows;
	size_t n;
};

static const char *
stem_of(const struct request *request, const char *model)
{
	char stem[128];

	doubles_model(stem, sizeof(stem), model);
	return arena_copy(request->arena, stem, strlen(stem));
}

static void
add_sum(struct usage_sum *sum, const struct usage_sum *more)
{
	sum->rows += more->rows;
	sum->requests += more->requests;
	sum->amount_nano += more->amount_nano;
	sum->rows_without_usage += more->rows_without_usage;
	for (int i = 0; i < USAGE_CLASSES; i++)
		sum->tokens[i] += more->tokens[i];
	for (int i = 0; i < PRICE_STATES; i++) {
		sum->state_tokens[i] += more->state_tokens[i];
		sum->state_rows[i] += more->state_rows[i];
	}
}

/* Which of the rows so far a row of the query belongs to; n where to none. */
static size_t
row_of(const struct comparing *comparing, const char *name, const char *stem, bool by_model)
{
	size_t i = 0;

	while (i < comparing->n &&
		(strcmp(comparing->rows[i].stem, stem) != 0 ||
			(!by_model && strcmp(comparing->rows[i].name, name) != 0)))
		i++;
	return i;
}

static int
read_sums(struct comparing *comparing, bool left_out, struct err *err)
{
	const struct request *request = comparing->request;
	struct usage_query query = comparing->query;
	bool by_model = query.by[0] == BY_MODEL;
	struct usage_result result;

	query.left_out = left_out;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	if (left_out)
		comparing->rows = arena_take(request->arena, (result.n + 1) * sizeof(*comparing->rows));
	for (size_t i = 0; i < result.n; i++) {
		const struct usage_row *row = &result.rows[i];
		const char *stem = stem_of(request, row->name[by_model ? 0 : 1]);
		const char *name = by_model ? stem : group_name(request, &query, row, 0);
		size_t at = row_of(comparing, name, stem, by_model);

		if (at == comparing->n && !left_out)
			continue;
		if (at == comparing->n)
			comparing->rows[comparing->n++] = (struct beside){ .name = name, .stem = stem };
		add_sum(left_out ? &comparing->rows[at].left_out : &comparing->rows[at].counted, &row->sum);
	}
	return 0;
}

static double
share_of(const struct beside *row)
{
	int64_t counted = usage_sum_tokens(&row->counted);

	return counted == 0 ? NAN : (double)(usage_sum_tokens(&row->left_out) - counted) / (double)counted;
}

static void
add_rows(const struct comparing *comparing, struct answer *answer)
{
	bool by_model = comparing->query.by[0] == BY_MODEL;
	struct column *name = by_model ? NULL : answer_column(answer, by_names[comparing->query.by[0]], "");
	struct column *model = answer_column(answer, "model", "");
	struct column *counted = answer_column(answer, "counted_tokens", "tokens");
	struct column *left_out = answer_column(answer, "left_out_tokens", "tokens");
	struct column *share = answer_column(answer, "difference", "share");
	struct column *counted_amount = answer_column(answer, "counted_amount", "USD");
	struct column *amount = answer_column(answer, "left_out_amount", "USD");

	for (size_t i = 0; i < comparing->n; i++) {
		const struct beside *row = &comparing->rows[i];

		if (name != NULL)
			column_add(answer, name, value_text(answer, row->name));
		column_add(answer, model, value_text(answer, row->stem[0] == '\0' ? GROUP_NONE : row->stem));
		column_add(answer, counted, value_whole(answer, usage_sum_tokens(&row->counted)));
		column_add(answer, left_out, value_whole(answer, usage_sum_tokens(&row->left_out)));
		column_add(answer, share, value_number(answer, share_of(row)));
		column_add(answer, counted_amount, sum_amount(answer, &row->counted));
		column_add(answer, amount, sum_amount(answer, &row->left_out));
	}
}

static void
add_doubles(const struct doubled *rows, size_t n, struct answer *answer)
{
	struct column *name[2], *collector[2], *tokens[2], *counted[2], *models, *days;
	static const char *const columns[][2] = { { "source", "other_source" }, { "collector", "other_collector" },
		{ "tokens", "other_tokens" }, { "counted", "other_counted" } };

	answer_table(answer, "doubles", "Sources that tell nearly the same, in the last days");
	for (int i = 0; i < 2; i++) {
		name[i] = answer_column(answer, columns[0][i], "");
		collector[i] = answer_column(answer, columns[1][i], "");
		tokens[i] = answer_column(answer, columns[2][i], "tokens");
		counted[i] = answer_column(answer, columns[3][i], "tokens");
	}
	models = answer_column(answer, "models", "");
	days = answer_column(answer, "days", "days");
	for (size_t r = 0; r < n; r++) {
		for (int i = 0; i < 2; i++) {
			column_add(answer, name[i], value_text(answer, rows[r].name[i]));
			column_add(answer, collector[i], value_text(answer, rows[r].collector[i]));
			column_add(answer, tokens[i], value_whole(answer, rows[r].tokens[i]));
			column_add(answer, counted[i], value_whole(answer, rows[r].counted[i]));
		}
		column_add(answer, models, value_text(answer, rows[r].models));
		column_add(answer, days, value_whole(answer, rows[r].days));
	}
}

static int
beside_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");
	struct comparing comparing = { .request = request };
	struct beside total = { .name = "" };
	struct doubled *doubles;
	char left_out[FIGURE_MAX], counted[FIGURE_MAX];
	size_t n, open = 0;

	if (group_query(request, report, &comparing.query, err) != 0)
		return -1;
	comparing.query.by[0] = by == NULL ? BY_MODEL : by_parse(by);
	comparing.query.by[1] = comparing.query.by[0] == BY_MODEL ? BY_NONE : BY_MODEL;
	if (read_sums(&comparing, true, err) != 0 || (comparing.n > 0 && read_sums(&comparing, false, err) != 0) ||
		doubles_find(request, &doubles, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < comparing.n; i++) {
		add_sum(&total.counted, &comparing.rows[i].counted);
		add_sum(&total.left_out, &comparing.rows[i].left_out);
	}
	for (size_t i = 0; i < n; i++)
		open += doubles[i].counted[0] > 0 && doubles[i].counted[1] > 0;
	figure_count(left_out, sizeof(left_out), (double)usage_sum_tokens(&total.left_out));
	figure_count(counted, sizeof(counted), (double)usage_sum_tokens(&total.counted));
	if (comparing.n == 0)
		answer_headline(answer, "Nothing is left out of sums%s.",
			open > 0 ? ", and some sources tell the same calls" : "");
	else
		answer_headline(
			answer, "%s tokens are left out of all sums; of the same models %s count.", left_out, counted);
	answer_fact(answer, "left_out_tokens", "tokens", value_whole(answer, usage_sum_tokens(&total.left_out)));
	answer_fact(answer, "counted_tokens", "tokens", value_whole(answer, usage_sum_tokens(&total.counted)));
	answer_fact(answer, "difference", "share", value_number(answer, share_of(&total)));
	answer_fact(answer, "counted_twice", "", value_whole(answer, (int64_t)open));
	add_rows(&comparing, answer);
	add_doubles(doubles, n, answer);
	return 0;
}

const struct report report_beside = { "beside",
	"what rules leave out of sums, beside what counts; and sources that tell the same calls", beside_params,
	beside_run };
