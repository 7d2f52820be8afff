#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "daemon/report/benchmarks.h"
#include "daemon/store/bench_runs.h"
#include "models/units/calendar.h"

static struct bench_run
run_of(double value, double low, double high)
{
	return (struct bench_run){ .kind = "cpu",
		.subject = "one",
		.whole = true,
		.note = "",
		.figure = { { "decode_tok_s", "tok/s", value, low, high } },
		.figures = 1 };
}

static void
the_first_run_has_no_band_and_does_not_drift(void **state)
{
	const struct bench_run runs[] = { run_of(10, 9, 11) };
	struct benchmark_drift drift = benchmark_drift(runs, 1, 0, 0);

	(void)state;
	assert_true(drift.before == 0 && isnan(drift.low) && isnan(drift.high) && !drift.drifts);
}

static void
a_tenth_is_no_drift_and_more_than_earlier_runs_spread_is(void **state)
{
	struct bench_run runs[] = { run_of(0, NAN, NAN), run_of(100, 99, 101), run_of(101, 100, 102),
		run_of(99, 98, 100) };

	(void)state;
	runs[0].figure[0].value = 91;
	assert_false(benchmark_drift(runs, 4, 0, 0).drifts);
	runs[0].figure[0].value = 89;
	assert_true(benchmark_drift(runs, 4, 0, 0).drifts);
	assert_int_equal(benchmark_drifting(runs, 4), 1);
	assert_true(fabs(benchmark_drift(runs, 4, 0, 0).change + 0.11) < 1e-12);
	/* Earlier runs that spread from 70 to 130 allow for 30 on either side. */
	runs[2].figure[0].low = 70;
	runs[3].figure[0].high = 130;
	assert_false(benchmark_drift(runs, 4, 0, 0).drifts);
	runs[0].figure[0].value = 131;
	assert_true(benchmark_drift(runs, 4, 0, 0).drifts);
}

static void
only_whole_runs_of_the_same_subject_count(void **state)
{
	struct bench_run runs[] = { run_of(50, 49, 51), run_of(200, 199, 201), run_of(50, 49, 51),
		run_of(500, 499, 501) };

	(void)state;
	runs[1].subject = "another";
	runs[3].whole = false;
	assert_int_equal(benchmark_drift(runs, 4, 0, 0).before, 1);
	assert_int_equal(benchmark_drifting(runs, 4), 0);
	/* A run that was disturbed says nothing about drift. */
	runs[0].whole = false;
	runs[0].figure[0].value = 5;
	assert_int_equal(benchmark_drifting(runs, 4), 0);
}

static void
a_run_is_due_when_the_latest_is_old_enough_and_never_at_once(void **state)
{
	int64_t hour = 3600 * SECOND_US, now = 1000 * hour;

	(void)state;
	assert_true(benchmark_due(0, now, 24) == now + 60 * SECOND_US);
	assert_true(benchmark_due(now - 30 * hour, now, 24) == now + 60 * SECOND_US);
	assert_true(benchmark_due(now - 20 * hour, now, 24) == now + 4 * hour);
	assert_true(benchmark_due(now, now, 24) == now + 24 * hour);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_run_has_no_band_and_does_not_drift),
		cmocka_unit_test(a_tenth_is_no_drift_and_more_than_earlier_runs_spread_is),
		cmocka_unit_test(a_run_is_due_when_the_latest_is_old_enough_and_never_at_once),
		cmocka_unit_test(only_whole_runs_of_the_same_subject_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
