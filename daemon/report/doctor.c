/*
 * doctor: what may make a number zero or wrong, each as one line with what to do about it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/benchmarks.h"
#include "daemon/report/doubles.h"
#include "daemon/report/group.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/bench_runs.h"
#include "daemon/store/prices.h"
#include "daemon/store/pulled.h"
#include "daemon/store/repricing.h"
#include "daemon/store/rollup.h"
#include "daemon/store/sources.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param doctor_params[] = {
	{ "deep", PARAM_CHOICE, "yes|no", 0, 0, "yes: also check the file itself and every rollup against its lines" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

enum state { STATE_OK, STATE_LOOK, STATE_WRONG };

static const char *const state_names[] = { "ok", "look", "wrong" };

struct findings {
	const struct request *request;
	struct answer *answer;
	struct column *check, *state, *says;
	int count[3];
};

static void
finding(struct findings *findings, const char *check, enum state state, const char *says)
{
	column_add(findings->answer, findings->check, value_text(findings->answer, check));
	column_add(findings->answer, findings->state, value_text(findings->answer, state_names[state]));
	column_add(findings->answer, findings->says, value_text(findings->answer, says));
	findings->count[state]++;
}

#define SILENT_SHARE 0.05 /* of the lines; above it somebody should look */

#define SAY(...) arena_format(findings->request->arena, __VA_ARGS__)

static struct usage_query
whole(const struct request *request)
{
	return (struct usage_query){ .from_us = TIME_FIRST_US,
		.to_us = TIME_LAST_US,
		.zone = request->zone,
		.month_start_day = request->settings->report.month_start };
}

static const char *
count_text(const struct findings *findings, int64_t count)
{
	char figure[FIGURE_MAX];

	figure_count(figure, sizeof(figure), (double)count);
	return SAY("%s", figure);
}

/* Calls whose tokens nobody knows are in no amount; a few are failed calls, many are a hole in the reporting. */
static void
check_silent(struct findings *findings, const struct usage_sum *sum)
{
	if (sum->rows_without_usage > 0)
		finding(findings, "silent calls",
			(double)sum->rows_without_usage > SILENT_SHARE * (double)sum->rows ? STATE_LOOK : STATE_OK,
			SAY("%lld of %lld lines report no tokens (failed calls, or what is counted in other units) and are in no amount",
				(long long)sum->rows_without_usage, (long long)sum->rows));
}

/* Lines at all, days without one, and the clock. */
static int
check_coverage(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct usage_query query = whole(request);
	struct usage_result result;
	struct coverage coverage;
	char first[TIME_MAX], last[TIME_MAX];
	int64_t days;

	if (query_coverage(request->store, &query, &coverage, err) != 0)
		return -1;
	if (!coverage.any) {
		finding(findings, "usage", STATE_LOOK,
			"the ledger holds no usage: import some with `breakeven collect`");
		return 0;
	}
	query.by[0] = BY_DAY;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	time_print(first, sizeof(first), coverage.first_us - coverage.first_us % SECOND_US);
	time_print(last, sizeof(last), coverage.last_us - coverage.last_us % SECOND_US);
	days = (zone_day(request->zone, zone_date(request->zone, coverage.last_us / SECOND_US, NULL)) -
		       zone_day(request->zone, zone_date(request->zone, coverage.first_us / SECOND_US, NULL)) +
		       DAY_S / 2) /
			DAY_S +
		1;
	finding(findings, "usage", STATE_OK,
		SAY("%s tokens in %s request%s from %s to %s", count_text(findings, usage_sum_tokens(&result.total)),
			count_text(findings, result.total.requests), result.total.requests == 1 ? "" : "s", first,
			last));
	check_silent(findings, &result.total);
	if (days > (int64_t)result.n)
		finding(findings, "gaps", STATE_LOOK,
			SAY("%lld of %lld days of this time have no line: no traffic, or a file that is missing",
				(long long)(days - (int64_t)result.n), (long long)days));
	else
		finding(findings, "gaps", STATE_OK, "every day of this time has lines");
	if (coverage.last_us > request->now_us + HOUR_S * SECOND_US)
		finding(findings, "clock", STATE_WRONG,
			SAY("the last line, %s, lies in the future: a clock or a time zone is wrong", last));
	else if (request->now_us - coverage.last_us > 7 * (int64_t)DAY_S * SECOND_US)
		finding(findings, "clock", STATE_LOOK,
			SAY("the last line is %lld days old",
				(long long)((request->now_us - coverage.last_us) / (DAY_S * SECOND_US))));
	else
		finding(findings, "clock", STATE_OK, "no line lies in the future");
	return 0;
}

static int
check_pricing(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct usage_query query = whole(request);
	struct usage_result result;
	const char *models = "";
	int named = 0;

	query.by[0] = BY_PROVIDER;
	query.by[1] = BY_MODEL;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	for (size_t i = 0; i < result.n; i++) {
		const struct usage_row *row = &result.rows[i];

		if (row->sum.state_tokens[PRICE_UNPRICED] == 0)
			continue;
		named++;
		if (named <= 8)
			models = SAY("%s%s%s/%s (%s)", models, named == 1 ? "" : ", ",
				group_name(request, &query, row, 0), group_name(request, &query, row, 1),
				count_text(findings, row->sum.state_tokens[PRICE_UNPRICED]));
	}
	if (named == 0) {
		finding(findings, "prices", STATE_OK, "every token is priced, free or flat");
		return 0;
	}
	finding(findings, "prices", STATE_LOOK,
		SAY("%s tokens of %d model%s have no price and are in no amount: %s%s",
			count_text(findings, result.total.state_tokens[PRICE_UNPRICED]), named, named == 1 ? "" : "s",
			models, named > 8 ? ", ..." : ""));
	return 0;
}

static int
check_books(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct book_info *books;
	size_t n;

	if (price_books(request->store, request->arena, &books, &n, err) != 0)
		return -1;
	if (n == 0)
		finding(findings, "price book", STATE_WRONG, "the ledger holds no prices at all");
	for (size_t i = 0; i < n; i++) {
		int64_t days = (request->now_us - books[i].checked_us) / (DAY_S * SECOND_US);

		if (books[i].checked_us == 0)
			finding(findings, "price book", STATE_LOOK,
				SAY("'%s' (%s) does not say when its %lld rows were checked", books[i].name,
					price_rank_names[books[i].rank], (long long)books[i].rows));
		else
			finding(findings, "price book",
				days > request->settings->report.stale_price_days ? STATE_LOOK : STATE_OK,
				SAY("'%s' (%s): %lld rows, last checked %lld days ago%s", books[i].name,
					price_rank_names[books[i].rank], (long long)books[i].rows, (long long)days,
					days > request->settings->report.stale_price_days ? ": stale" : ""));
	}
	return 0;
}

static int
check_attribution(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct usage_query query = whole(request);
	struct usage_result result;

	query.by[0] = BY_WORKLOAD;
	if (query_usage(request->store, &query, request->arena, &result, err) != 0)
		return -1;
	for (size_t i = 0; i < result.n; i++)
		if (result.rows[i].name[0] == NULL || result.rows[i].name[0][0] == '\0') {
			finding(findings, "workloads", STATE_LOOK,
				SAY("%s tokens belong to no workload (`rule add` gives it to one, `collect --workload` names one)",
					count_text(findings, usage_sum_tokens(&result.rows[i].sum))));
			return 0;
		}
	finding(findings, "workloads", STATE_OK, "all usage belongs to a workload");
	return 0;
}

static int
check_repricing(struct findings *findings, struct err *err)
{
	struct repricing *list;
	size_t n;

	if (repricing_list(findings->request->store, findings->request->arena, 1, &list, &n, err) != 0)
		return -1;
	if (n > 0 && list[0].finished_us == 0)
		finding(findings, "repricing", STATE_WRONG,
			SAY("repricing %lld was cut off after %lld of %lld lines (`reprice --resume` goes on)",
				(long long)list[0].id, (long long)list[0].done, (long long)list[0].lines));
	return 0;
}

static int
check_speed(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct bench_run *runs;
	size_t n, drifting;

	if (bench_run_list(request->store, request->arena, 100, &runs, &n, err) != 0)
		return -1;
	drifting = benchmark_drifting(runs, n);
	if (n > 0)
		finding(findings, "speed", drifting > 0 ? STATE_LOOK : STATE_OK,
			drifting > 0 ? SAY("%zu measured speeds are not what they were (`breakeven report benchmarks`)",
					       drifting)
				     : "measured speeds are what they were");
	return 0;
}

/* What a source did not bring is in no sum. */
static int
check_sources(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct source_failing *rows;
	char last[TIME_MAX];
	int64_t asked;
	size_t n;

	if (source_failing(request->store, request->arena, &rows, &n, &asked, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		time_print(last, sizeof(last), rows[i].ok_us - rows[i].ok_us % SECOND_US);
		finding(findings, "source", rows[i].vain ? STATE_WRONG : STATE_LOOK,
			SAY("%s: %s; %s%s", rows[i].name, rows[i].error,
				rows[i].ok_us == 0 ? "it was never read" : "it was read last at ",
				rows[i].ok_us == 0 ? "" : last));
	}
	if (n == 0 && asked > 0)
		finding(findings, "sources", STATE_OK,
			SAY("%lld source%s, read without fault", (long long)asked, asked == 1 ? "" : "s"));
	return 0;
}

/* The same calls told by two sources are in every sum twice. */
static int
check_doubles(struct findings *findings, struct err *err)
{
	struct doubled *rows;
	size_t n;

	if (doubles_find(findings->request, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct doubled *row = &rows[i];
		const char *pair = SAY("%s (%s) and %s (%s) tell nearly the same of %s on %lld days, %s and %s tokens",
			row->name[0], row->collector[0], row->name[1], row->collector[1], row->models,
			(long long)row->days, count_text(findings, row->tokens[0]),
			count_text(findings, row->tokens[1]));

		if (row->counted[0] == 0 || row->counted[1] == 0)
			finding(findings, "counted twice", STATE_OK,
				SAY("%s; %s is left out of sums by a rule", pair,
					row->name[row->counted[0] == 0 ? 0 : 1]));
		else if (row->account != NULL)
			finding(findings, "counted twice", STATE_LOOK,
				SAY("%s: the same calls count twice (`rule add --account '%s' --counts no` leaves one of them out)",
					pair, row->account));
		else
			finding(findings, "counted twice", STATE_LOOK,
				SAY("%s: the same calls count twice (`rule add ... --counts no`, by what tells one of them "
				    "apart, such as an account that its source is given)",
					pair));
	}
	return 0;
}

static int
check_imports(struct findings *findings, struct err *err)
{
	const struct request *request = findings->request;
	struct conflict_list conflicts;
	struct run *runs;
	size_t n;
	int64_t refused = 0;

	if (ledger_conflicts(request->store, request->arena, 1, &conflicts, err) != 0 ||
		run_list(request->store, request->arena, 1000, &runs, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		refused += runs[i].refused;
	finding(findings, "refused rows", refused > 0 ? STATE_LOOK : STATE_OK,
		SAY("%lld rows in the last %zu imports were refused%s", (long long)refused, n,
			refused > 0 ? "; `breakeven report runs` says why" : ""));
	finding(findings, "conflicts", conflicts.total > 0 ? STATE_LOOK : STATE_OK,
		SAY("%lld rows came again under the same key with other content%s", (long long)conflicts.total,
			conflicts.total > 0 ? " and were not taken" : ""));
	return 0;
}

static void
say_twice(void *ctx, const struct invoice_twice *twice)
{
	struct findings *findings = ctx;
	char from[16], to[16];

	date_print(from, sizeof(from), days_date(twice->from_day));
	date_print(to, sizeof(to), days_date(twice->to_day));
	finding(findings, "invoices twice", STATE_LOOK,
		SAY("charges of %.*s came by %.*s and by %.*s for the same day%s (%s%s%s): if they are the same ones they are "
		    "counted twice",
			(int)twice->provider.n, twice->provider.n == 0 ? "" : twice->provider.p, (int)twice->first.n,
			twice->first.p, (int)twice->second.n, twice->second.p, twice->days == 1 ? "" : "s", from,
			twice->days == 1 ? "" : " to ", twice->days == 1 ? "" : to));
}

static int
check_file(struct findings *findings)
{
	const struct request *request = findings->request;
	struct err fault = { .kind = ERR_NONE };
	int bad = store_integrity(request->store, &fault);

	if (bad != 0)
		finding(findings, "file", STATE_WRONG, fault.text);
	else
		finding(findings, "file", STATE_OK,
			SAY("%s is sound (%lld bytes)", store_path(request->store),
				(long long)store_size(request->store)));
	bad = rollup_check(request->store, &fault);
	finding(findings, "rollups", bad != 0 ? STATE_WRONG : STATE_OK,
		bad != 0 ? fault.text : "every rollup is the sum of its lines");
	return 0;
}

static int
doctor_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *deep = request_text(request, report, "deep");
	struct findings findings = { .request = request, .answer = answer };

	findings.check = answer_column(answer, "check", "");
	findings.state = answer_column(answer, "state", "");
	findings.says = answer_column(answer, "says", "");
	if (check_coverage(&findings, err) != 0 || check_pricing(&findings, err) != 0 ||
		check_books(&findings, err) != 0 || check_attribution(&findings, err) != 0 ||
		check_repricing(&findings, err) != 0 || check_speed(&findings, err) != 0 ||
		check_sources(&findings, err) != 0 || check_doubles(&findings, err) != 0 ||
		check_imports(&findings, err) != 0 ||
		query_invoices_twice(request->store, say_twice, &findings, err) != 0)
		return -1;
	if (deep != NULL && strcmp(deep, "yes") == 0)
		check_file(&findings);
	answer_fact(answer, "ok", "", value_whole(answer, findings.count[STATE_OK]));
	answer_fact(answer, "look", "", value_whole(answer, findings.count[STATE_LOOK]));
	answer_fact(answer, "wrong", "", value_whole(answer, findings.count[STATE_WRONG]));
	if (findings.count[STATE_WRONG] > 0)
		answer_headline(answer, "Something is wrong: %d of the checks failed.", findings.count[STATE_WRONG]);
	else if (findings.count[STATE_LOOK] > 0)
		answer_headline(answer, "Nothing is broken; %d thing%s a look.", findings.count[STATE_LOOK],
			findings.count[STATE_LOOK] == 1 ? " deserves" : "s deserve");
	else
		answer_headline(answer, "All is well.");
	return 0;
}

const struct report report_doctor = { "doctor", "what may make a number zero or wrong", doctor_params, doctor_run };
