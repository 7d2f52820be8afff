/*
 * The months that come: growth told from weeks, and what moving or a hybrid would save in each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/ahead.h"
#include "models/compare/solve.h"
#include "models/demand/growth.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

#define MONTHS 6

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static struct scenario
growing_scenario(void)
{
	static const struct {
		const char *path;
		double low, mode, high;
	} inputs[] = {
		{ "volume.mtok_month", 2000, 4000, 7000 },
		{ "self_hosted.gpu_hour", 1.7, 2.5, 3.5 },
		{ "self_hosted.throughput_tok_s", 2000, 3000, 4200 },
	};
	struct scenario scenario;

	scenario_default(&scenario);
	scenario.closed = closed_at(2.5);
	scenario.self_hosted = reference_fleet();
	scenario.self_hosted.redundancy = 1;
	scenario.volume.given = true;
	scenario.volume.mtok_month = 4000;
	scenario.ahead.given = true;
	scenario.ahead.months = MONTHS;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct uncertain_input *input = &scenario.uncertain.input[scenario.uncertain.inputs++];

		assert_int_equal(scenario_field_find(inputs[i].path, &input->field), 0);
		input->low = inputs[i].low;
		input->mode = inputs[i].mode;
		input->high = inputs[i].high;
	}
	return scenario;
}

static struct ahead_sum sum;

static const struct ahead_month *
months_of(const struct scenario *scenario)
{
	static struct ahead_month months[MONTHS];
	static double room[2 * (MONTHS + 1) * AHEAD_DRAWS];
	struct err err = { 0 };

	assert_true(ahead_room(scenario) <= sizeof(room) / sizeof(room[0]));
	if (ahead_months(months, &sum, scenario, room, &err) != 0)
		fail_msg("%s", err.text);
	return months;
}

static void
a_straight_line_of_logarithms_is_found_exactly(void **state)
{
	double sums[10];
	struct growth growth;

	(void)state;
	for (int i = 0; i < 10; i++)
		sums[i] = 5e6 * pow(1.02, i);
	assert_true(growth_fit(sums, 10, &growth));
	assert_true(near(growth.slope, log(1.02), 1e-12));
	assert_true(near(growth.error, 0, 1e-9));
}

/* By hand: ln of 1, e, 1, e, 1, e is 0 1 0 1 0 1: S_iy = 1.5, S_ii = 17.5, residuals add to 1.5 - 1.5^2 / 17.5. */
static void
weeks_that_swing_have_an_error(void **state)
{
	static const double sums[] = { 1, M_E, 1, M_E, 1, M_E };
	struct growth growth;

	(void)state;
	assert_true(growth_fit(sums, 6, &growth));
	assert_true(near(growth.slope, 1.5 / 17.5, 1e-12));
	assert_true(near(growth.error, sqrt((1.5 - 1.5 * 1.5 / 17.5) / 4 / 17.5), 1e-12));
}

static void
too_few_weeks_or_an_empty_one_tell_no_growth(void **state)
{
	static const double sums[] = { 1, 2, 3, 0, 5, 6, 7 };
	struct growth growth;

	(void)state;
	assert_false(growth_fit(sums, 3, &growth));
	assert_false(growth_fit(sums, 7, &growth));
	assert_false(growth_fit(sums, 0, &growth));
}

static void
each_month_is_what_solve_says_of_its_volume(void **state)
{
	struct scenario scenario = growing_scenario(), one;
	const struct ahead_month *months;

	(void)state;
	scenario.ahead.growth_month = 0.1;
	scenario.uncertain.inputs = 0;
	months = months_of(&scenario);
	for (int t = 0; t < MONTHS; t++) {
		struct island islands[64];
		struct solve_room room = { .islands = islands, .islands_room = 64 };
		struct solved solved;
		struct err err = { 0 };

		one = scenario;
		one.volume.mtok_month = 4000 * pow(1.1, t + 1);
		assert_int_equal(solve_scenario(&solved, &one, &room, &err), 0);
		assert_true(near(months[t].mtok, one.volume.mtok_month, 1e-8));
		assert_true(near(months[t].saving_month, solved.saving_month, 1e-6));
		assert_true(near(months[t].hybrid_month, solved.overflow.best_month, 1e-6));
		assert_true(months[t].hybrid_replicas == solved.overflow.best_replicas);
		assert_true(isnan(months[t].bands.p10) && isnan(months[t].hybrid_bands.p50));
	}
}

static void
without_growth_the_band_of_every_month_is_that_of_today(void **state)
{
	struct scenario scenario = growing_scenario();
	const struct ahead_month *months = months_of(&scenario);
	static double savings[AHEAD_DRAWS];
	struct bands today, hybrid;
	struct err err = { 0 };

	(void)state;
	scenario.uncertain.draws = AHEAD_DRAWS;
	assert_int_equal(uncertainty_draw(&today, &scenario, savings, &err), 0);
	assert_int_equal(uncertainty_draw_hybrid(&hybrid, &scenario, months[0].hybrid_replicas, savings, &err), 0);
	for (int t = 0; t < MONTHS; t++) {
		assert_true(near(months[t].bands.p10, today.p10, 1e-6) && near(months[t].bands.p90, today.p90, 1e-6));
		assert_true(months[t].bands.p_positive == today.p_positive);
		assert_true(near(months[t].hybrid_bands.p50, hybrid.p50, 1e-6));
	}
	assert_true(near(sum.bands.p10, MONTHS * today.p10, 1e-6));
	assert_true(near(sum.saving, MONTHS * months[0].saving_month, 1e-6));
	assert_true(sum.hybrid_bands.p_positive == hybrid.p_positive);
	assert_true(hybrid.p10 > today.p10);
}

static void
a_growth_that_is_not_sure_widens_the_band_month_by_month(void **state)
{
	struct scenario scenario = growing_scenario();
	const struct ahead_month *months;
	double width = 0;

	(void)state;
	scenario.uncertain.input[0].low = 3990;
	scenario.uncertain.input[0].high = 4010;
	scenario.ahead.growth_error = 0.1;
	months = months_of(&scenario);
	for (int t = 1; t < MONTHS; t += 2) {
		double now = months[t].bands.p90 - months[t].bands.p10;

		assert_true(now > width);
		width = now;
	}
}

static void
a_month_that_no_fleet_carries_is_unknown(void **state)
{
	struct scenario scenario = growing_scenario();
	const struct ahead_month *months;

	(void)state;
	scenario.ahead.growth_month = 9.99;
	scenario.volume.mtok_month = 1e10;
	scenario.uncertain.input[0].low = scenario.uncertain.input[0].mode = scenario.uncertain.input[0].high = 1e10;
	months = months_of(&scenario);
	assert_true(isfinite(months[0].self_month) && isfinite(months[0].bands.p10));
	assert_true(isnan(months[MONTHS - 1].saving_month) && isnan(months[MONTHS - 1].bands.p10));
	assert_true(isfinite(months[MONTHS - 1].closed_month));
}

static void
the_best_is_the_cheapest_of_closed_hybrid_and_own(void **state)
{
	static const struct {
		double price;
		enum best best;
	} rows[] = { { 0.1, BEST_CLOSED }, { 2.5, BEST_HYBRID }, { 400, BEST_SELF_HOSTED } };
	static double savings[10000];
	struct island islands[4096];
	struct solve_room room = { .islands = islands, .islands_room = 4096, .draws = savings };
	struct solved solved;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenario scenario = growing_scenario();

		scenario.closed = closed_at(rows[i].price);
		scenario.self_hosted.redundancy = 0;
		assert_int_equal(solve_scenario(&solved, &scenario, &room, &err), 0);
		assert_int_equal(solved.best, rows[i].best);
		assert_true(near(solved.best_saving_month,
			solved.closed_month -
				fmin(solved.closed_month, fmin(solved.month.cost, solved.overflow.best_month)),
			0.006));
		assert_true(solved.best_bands.p50 ==
			(rows[i].best == BEST_HYBRID ? solved.hybrid_bands.p50 : solved.bands.p50));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_straight_line_of_logarithms_is_found_exactly),
		cmocka_unit_test(weeks_that_swing_have_an_error),
		cmocka_unit_test(too_few_weeks_or_an_empty_one_tell_no_growth),
		cmocka_unit_test(each_month_is_what_solve_says_of_its_volume),
		cmocka_unit_test(without_growth_the_band_of_every_month_is_that_of_today),
		cmocka_unit_test(a_growth_that_is_not_sure_widens_the_band_month_by_month),
		cmocka_unit_test(a_month_that_no_fleet_carries_is_unknown),
		cmocka_unit_test(the_best_is_the_cheapest_of_closed_hybrid_and_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
