/*
 * benchmarks: what the benchmark found each time it was kept, and whether today's speed still is that of before.
 *
 * A figure drifts when the latest whole run lies outside of the band of up to ten whole runs of the same subject
 * before it: their median and, on either side, a tenth of it or half of the span of all their low and high ends,
 * whichever is more.
 */
#include <math.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/benchmarks.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/bench_runs.h"
#include "models/units/calendar.h"
#include "models/units/quantile.h"

#define BEFORE 10
#define NARROWEST 0.1

static const struct param benchmarks_params[] = {
	{ "limit", PARAM_NUMBER, NULL, 1, 1000, "how many of the latest runs; without it, 100" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static bool
same_subject(const struct bench_run *a, const struct bench_run *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->subject, b->subject) == 0;
}

static const struct bench_figure *
figure_of(const struct bench_run *run, const char *name)
{
	for (size_t i = 0; i < run->figures; i++)
		if (strcmp(run->figure[i].name, name) == 0)
			return &run->figure[i];
	return NULL;
}

struct benchmark_drift
benchmark_drift(const struct bench_run *runs, size_t n, size_t at, size_t figure)
{
	const struct bench_figure *now = &runs[at].figure[figure];
	double values[BEFORE], low = INFINITY, high = -INFINITY, median, half;
	struct benchmark_drift drift = { .low = NAN, .high = NAN };

	for (size_t i = at + 1; i < n && drift.before < BEFORE; i++) {
		const struct bench_figure *then =
			runs[i].whole && same_subject(&runs[i], &runs[at]) ? figure_of(&runs[i], now->name) : NULL;

		if (then == NULL)
			continue;
		values[drift.before++] = then->value;
		low = fmin(low, isnan(then->low) ? then->value : then->low);
		high = fmax(high, isnan(then->high) ? then->value : then->high);
	}
	if (drift.before == 0)
		return drift;
	quantile_sort(values, drift.before);
	median = quantile(values, drift.before, 0.5);
	half = fmax(NARROWEST * median, (high - low) / 2);
	drift.low = median - half;
	drift.high = median + half;
	drift.change = now->value / median - 1;
	drift.drifts = runs[at].whole && (now->value < drift.low || now->value > drift.high);
	return drift;
}

int64_t
benchmark_due(int64_t latest_us, int64_t now_us, int every_hours)
{
	int64_t due = latest_us == 0 ? 0 : latest_us + every_hours * INT64_C(3600) * SECOND_US;

	return due < now_us + 60 * SECOND_US ? now_us + 60 * SECOND_US : due;
}

static struct value *
time_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

/* Whether run `at` is the latest of its subject. */
static bool
is_latest(const struct bench_run *runs, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_subject(&runs[i], &runs[at]))
			return false;
	return true;
}

size_t
benchmark_drifting(const struct bench_run *runs, size_t n)
{
	size_t drifting = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t f = 0; is_latest(runs, i) && f < runs[i].figures; f++)
			drifting += benchmark_drift(runs, n, i, f).drifts;
	return drifting;
}

static void
put_latest(struct answer *answer, const struct bench_run *runs, size_t n)
{
	static const char *const names[] = { "kind", "subject", "measured", "figure", "value", "low", "high", "unit",
		"band_low", "band_high", "change", "runs_before", "state" };
	struct column *c[sizeof(names) / sizeof(names[0])];

	answer_table(answer, "latest", "The latest run of each");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		c[i] = answer_column(answer, names[i], i == 10 ? "share" : "");
	for (size_t i = 0; i < n; i++)
		for (size_t f = 0; is_latest(runs, i) && f < runs[i].figures; f++) {
			const struct bench_figure *figure = &runs[i].figure[f];
			struct benchmark_drift drift = benchmark_drift(runs, n, i, f);

			column_add(answer, c[0], value_text(answer, runs[i].kind));
			column_add(answer, c[1], value_text(answer, runs[i].subject));
			column_add(answer, c[2], time_value(answer, runs[i].measured_us));
			column_add(answer, c[3], value_text(answer, figure->name));
			column_add(answer, c[4], value_number(answer, figure->value));
			column_add(answer, c[5], value_number(answer, figure->low));
			column_add(answer, c[6], value_number(answer, figure->high));
			column_add(answer, c[7], value_text(answer, figure->unit));
			column_add(answer, c[8], value_number(answer, drift.low));
			column_add(answer, c[9], value_number(answer, drift.high));
			column_add(answer, c[10], value_number(answer, drift.before > 0 ? drift.change : NAN));
			column_add(answer, c[11], value_whole(answer, (int64_t)drift.before));
			column_add(answer, c[12],
				value_text(answer,
					!runs[i].whole              ? "disturbed"
						: drift.before == 0 ? "first"
						: drift.drifts      ? "drifts"
								    : "steady"));
		}
}

static void
put_history(struct answer *answer, const struct bench_run *runs, size_t n)
{
	static const char *const names[] = { "measured", "kind", "subject", "figure", "value", "low", "high", "unit",
		"whole", "note" };
	struct column *c[sizeof(names) / sizeof(names[0])];

	answer_table(answer, "history", "All runs");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		c[i] = answer_column(answer, names[i], "");
	for (size_t i = 0; i < n; i++)
		for (size_t f = 0; f < runs[i].figures; f++) {
			const struct bench_figure *figure = &runs[i].figure[f];

			column_add(answer, c[0], time_value(answer, runs[i].measured_us));
			column_add(answer, c[1], value_text(answer, runs[i].kind));
			column_add(answer, c[2], value_text(answer, runs[i].subject));
			column_add(answer, c[3], value_text(answer, figure->name));
			column_add(answer, c[4], value_number(answer, figure->value));
			column_add(answer, c[5], value_number(answer, figure->low));
			column_add(answer, c[6], value_number(answer, figure->high));
			column_add(answer, c[7], value_text(answer, figure->unit));
			column_add(answer, c[8], value_truth(answer, runs[i].whole));
			column_add(answer, c[9], value_text(answer, runs[i].note));
		}
}

static bool
any_whole(const struct bench_run *runs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (runs[i].whole)
			return true;
	return false;
}

static int
benchmarks_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct bench_run *runs;
	size_t n, drifting;

	if (bench_run_list(request->store, request->arena, (size_t)request_number(request, report, "limit", 100), &runs,
		    &n, err) != 0)
		return -1;
	drifting = benchmark_drifting(runs, n);
	if (n == 0)
		answer_headline(answer, "no benchmark was kept yet: `breakeven bench cpu --save` keeps one");
	else if (drifting > 0)
		answer_headline(answer, "speed is not what it was: %zu %s outside of the band of earlier runs",
			drifting, drifting == 1 ? "figure lies" : "figures lie");
	else if (!any_whole(runs, n))
		answer_headline(answer, "every kept run was disturbed: nothing can be said about drift");
	else
		answer_headline(answer, "speed is what it was, as far as it was measured");
	answer_fact(answer, "runs", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "drifting", "figures", value_whole(answer, (int64_t)drifting));
	put_latest(answer, runs, n);
	put_history(answer, runs, n);
	return 0;
}

const struct report report_benchmarks = { "benchmarks",
	"speed measured by `bench --save`: the latest of each, its drift, and the history", benchmarks_params,
	benchmarks_run };
