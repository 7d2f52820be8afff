/*
 * Inverse questions: which volumes save so much or cost so little, and which mix does both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/goal.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

#define SOLUTIONS 64

struct asked {
	struct closed closed;
	struct fleet fleet;
	struct goal_answer answer;
	struct goal_solution solutions[SOLUTIONS];
};

static void
ask(struct asked *asked, const struct closed_terms *closed, const struct fleet_terms *fleet, struct goal goal)
{
	struct err err = { 0 };

	assert_int_equal(closed_make(&asked->closed, closed, &err), 0);
	assert_int_equal(fleet_make(&asked->fleet, fleet, &err), 0);
	assert_int_equal(
		goal_solve(&asked->answer, &goal, &asked->closed, &asked->fleet, asked->solutions, SOLUTIONS, &err), 0);
}

static int
same(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void
a_saving_is_reached_at_every_volume_that_reaches_it(void **state)
{
	static const struct {
		double price;
		size_t n;
		double volume[2], replicas[2];
	} rows[] = {
		{ 6, 1, { 3550, 0 }, { 2, 0 } },
		{ 9, 1, { 1961.111111111111, 0 }, { 1, 0 } },
		{ 30, 1, { 588.3333333333334, 0 }, { 1, 0 } },
		{ 4.854933369022593, 2, { 4387.289872175562, 5139.102455905177 }, { 2, 3 } },
	};
	struct fleet_terms fleet = reference_fleet();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct closed_terms closed = closed_at(rows[i].price);
		struct asked asked;

		ask(&asked, &closed, &fleet, (struct goal){ GOAL_SAVING, 14000, 20000 });
		assert_int_equal(asked.answer.solutions, rows[i].n);
		for (size_t k = 0; k < rows[i].n; k++) {
			assert_true(same(asked.solutions[k].to, rows[i].volume[k]));
			assert_true(asked.solutions[k].replicas == rows[i].replicas[k]);
			assert_true(same(asked.solutions[k].reached, 14000));
		}
	}
}

static void
a_unit_cost_is_found_beyond_the_horizon_too(void **state)
{
	static const struct {
		double gpus, price, day_010, day_025, day_040;
	} rows[] = { { 1, 2.0, 480, 192, 120 }, { 2, 2.5, 1200, 480, 300 }, { 4, 2.5, 2400, 960, 600 } };
	const double costs[] = { 0.10, 0.25, 0.40 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const double want[] = { rows[i].day_010, rows[i].day_025, rows[i].day_040 };
		struct closed_terms closed = closed_at(6);
		struct fleet_terms fleet = staircase_fleet();

		fleet.replica_month = rows[i].gpus * rows[i].price * 730;
		fleet.capacity_mtok_month = NAN;
		for (size_t k = 0; k < 3; k++) {
			struct asked asked;

			ask(&asked, &closed, &fleet, (struct goal){ GOAL_UNIT_COST, costs[k], 100 });
			assert_int_equal(asked.answer.solutions, 1);
			assert_true(same(asked.solutions[0].to * 12 / 365, want[k]));
		}
	}
}

static void
a_staircase_meets_a_unit_cost_once_on_each_step_that_is_long_enough(void **state)
{
	struct closed_terms closed = closed_at(6);
	struct fleet_terms fleet = staircase_fleet();
	struct asked asked;

	(void)state;
	/* (k * 1200) / V = 2.5 on ((k - 1) * 600, k * 600]: V = 480 k, while 480 k > 600 (k - 1), so k < 5. */
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_UNIT_COST, 2.5, 20000 });
	assert_int_equal(asked.answer.solutions, 4);
	for (size_t k = 0; k < 4; k++)
		assert_true(same(asked.solutions[k].to, 480 * (double)(k + 1)));
	/* Exactly the marginal cost is met at every full fleet. */
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_UNIT_COST, 2, 6000 });
	assert_int_equal(asked.answer.solutions, 10);
	assert_true(asked.solutions[9].to == 6000);
}

static void
where_no_volume_reaches_the_goal_the_nearest_is_told(void **state)
{
	struct closed_terms closed = closed_at(1.9);
	struct fleet_terms fleet = staircase_fleet();
	struct asked asked;

	(void)state;
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_UNIT_COST, 1.5, 6000 });
	assert_int_equal(asked.answer.solutions, 0);
	assert_true(same(asked.answer.nearest.reached, 2));
	assert_true(asked.answer.nearest.to == 600);
	assert_false(asked.answer.nearest_just_above);
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_SAVING, 10, 6000 });
	assert_int_equal(asked.answer.solutions, 0);
	assert_true(same(asked.answer.nearest.reached, -60));
	assert_true(asked.answer.nearest.to == 600);
	fleet.capacity_mtok_month = 0;
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_SAVING, 10, 6000 });
	assert_int_equal(asked.answer.solutions, 0);
	assert_true(isnan(asked.answer.nearest.to));
}

static void
a_goal_met_all_along_is_one_stretch(void **state)
{
	struct closed_terms closed = closed_at(0.05);
	struct fleet_terms fleet = staircase_fleet();
	struct asked asked;

	(void)state;
	fleet.replica_month = 0;
	fleet.per_mtok = 0.05;
	ask(&asked, &closed, &fleet, (struct goal){ GOAL_SAVING, 0, 6000 });
	assert_int_equal(asked.answer.solutions, 1);
	assert_true(asked.solutions[0].from == 0 && asked.solutions[0].to == 6000);
}

static void
every_solution_reaches_its_goal(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 21);
	for (int i = 0; i < 300; i++) {
		struct closed_terms closed = random_closed(&random);
		struct fleet_terms fleet = random_fleet(&random);
		struct goal goal = { GOAL_SAVING, random_between(&random, -3000, 20000), 20000 };
		struct asked asked;

		if (random_uniform(&random) < 0.5)
			goal = (struct goal){ GOAL_UNIT_COST, random_between(&random, 0.5, 4), 20000 };
		ask(&asked, &closed, &fleet, goal);
		for (size_t k = 0; k < asked.answer.solutions && k < SOLUTIONS; k++) {
			double volume = asked.solutions[k].to, self = fleet_cost(&asked.fleet, volume);
			double reached =
				goal.kind == GOAL_SAVING ? closed_month(&asked.closed, volume) - self : self / volume;

			assert_true(fabs(reached - goal.value) <= 1e-9 * (self + fabs(goal.value)));
		}
	}
}

static void
a_mix_is_found_where_its_price_lies_between_input_and_output(void **state)
{
	struct closed_terms terms = closed_list(3, 15, 3);
	struct closed closed;
	struct err err = { 0 };
	double mix, nearest;

	(void)state;
	assert_int_equal(closed_make(&closed, &terms, &err), 0);
	/* 0.40 a Mtok and 14,000 saved on one GPU at 2.00: (14000 + 1460) / 3650 */
	assert_int_equal(mix_for_price(&closed, 15460 / 3650.0, &mix, &nearest), MIX_FOUND);
	assert_true(same(mix, 8.711751662971178));
	assert_int_equal(mix_for_price(&closed, 15, &mix, &nearest), MIX_FOUND);
	assert_true(mix == 0);
	/* 0.25 on two GPUs and 0.40 on four need 1.21 and 1.17, below all input. */
	assert_int_equal(mix_for_price(&closed, 1.208904109589041, &mix, &nearest), MIX_ALWAYS);
	assert_true(isnan(mix) && nearest == 3);
	assert_int_equal(mix_for_price(&closed, 15.5, &mix, &nearest), MIX_NEVER);
	assert_true(nearest == 15);
	terms = closed_at(6);
	assert_int_equal(closed_make(&closed, &terms, &err), 0);
	assert_int_equal(mix_for_price(&closed, 6, &mix, &nearest), MIX_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saving_is_reached_at_every_volume_that_reaches_it),
		cmocka_unit_test(a_unit_cost_is_found_beyond_the_horizon_too),
		cmocka_unit_test(a_staircase_meets_a_unit_cost_once_on_each_step_that_is_long_enough),
		cmocka_unit_test(where_no_volume_reaches_the_goal_the_nearest_is_told),
		cmocka_unit_test(a_goal_met_all_along_is_one_stretch),
		cmocka_unit_test(every_solution_reaches_its_goal),
		cmocka_unit_test(a_mix_is_found_where_its_price_lies_between_input_and_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
