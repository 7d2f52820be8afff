/*
 * Own replicas for the base, the closed side for the peaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/overflow.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static void
own_base_and_closed_peaks_cost_what_is_worked_out(void **state)
{
	static const double costs[] = { 36000.0, 16709.763925729458, 9653.838196286451, 10950.0, 14600.0 };
	struct fleet_terms terms = reference_fleet();
	struct closed_terms prices = closed_at(6);
	struct overflow overflow;
	struct closed closed;
	struct fleet fleet;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fleet_make(&fleet, &terms, &err), 0);
	assert_int_equal(closed_make(&closed, &prices, &err), 0);
	overflow_best(&overflow, &closed, &fleet, &terms.shape, 6000);
	assert_int_equal(overflow.costs, 5);
	for (size_t k = 0; k < 5; k++)
		assert_true(near(overflow.cost[k], costs[k], 1e-6));
	assert_true(overflow.best_replicas == 2);
	assert_true(near(overflow.overflow_share, (9653.838196286451 - 7300) / 36000, 1e-9));
	prices.price = 1.2;
	assert_int_equal(closed_make(&closed, &prices, &err), 0);
	overflow_best(&overflow, &closed, &fleet, &terms.shape, 6000);
	assert_true(overflow.best_replicas == 1);
	assert_true(near(overflow.best_month, 6261.95, 0.005));
}

static void
the_best_of_hybrid_is_never_dearer_than_closed_alone(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 31);
	for (int i = 0; i < 300; i++) {
		struct fleet_terms terms = random_fleet(&random);
		struct closed_terms prices = random_closed(&random);
		double volume = random_between(&random, 0, 15000);
		struct overflow overflow;
		struct peaks peaks;
		struct closed closed;
		struct fleet fleet;
		struct err err = { 0 };

		assert_int_equal(fleet_make(&fleet, &terms, &err), 0);
		assert_int_equal(closed_make(&closed, &prices, &err), 0);
		overflow_best(&overflow, &closed, &fleet, &terms.shape, volume);
		/* to the last bit: what is left by rounding would count as a saving of every draw */
		assert_true(overflow.cost[0] == closed_month(&closed, volume));
		if (terms.shape.given) {
			peaks_make(&peaks, &terms.shape);
			assert_true(overflow_cost(&closed, &fleet, &peaks, volume, 0) == overflow.cost[0]);
		}
		assert_true(overflow.best_month <= overflow.cost[0]);
		assert_true(
			overflow_mtok(&fleet, &terms.shape, volume, fleet_fill(&fleet, volume, 1)) <= 1e-9 * volume);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_base_and_closed_peaks_cost_what_is_worked_out),
		cmocka_unit_test(the_best_of_hybrid_is_never_dearer_than_closed_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
