/*
 * Whole replicas, what they cost, and where idle hours come from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/supply/fleet.h"
#include "models/supply/reserve.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

static struct fleet
made(const struct fleet_terms *terms)
{
	struct fleet fleet;
	struct err err = { 0 };

	assert_int_equal(fleet_make(&fleet, terms, &err), 0);
	return fleet;
}

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static void
the_worked_fleets_cost_what_is_printed(void **state)
{
	static const struct {
		double volume, redundancy;
		enum scaling scaling;
		double low, high, cost, unit, utilisation, idle_share;
	} rows[] = {
		{ 1500, 0, SCALING_ALWAYS_ON, 1, 1, 3650.00, 2.4333, 0.1903, 0.810 },
		{ 1500, 1, SCALING_ALWAYS_ON, 2, 2, 7300.00, 4.8667, 0.0951, 0.905 },
		{ 6000, 0, SCALING_ALWAYS_ON, 3, 3, 10950.00, 1.8250, 0.2537, 0.746 },
		{ 6000, 1, SCALING_ALWAYS_ON, 4, 4, 14600.00, 2.4333, 0.1903, 0.810 },
		{ 6000, 0, SCALING_AUTOSCALE, 1, 3, 6365.77, 1.0610, 0.4364, 0.564 },
		{ 6000, 1, SCALING_AUTOSCALE, 2, 4, 10015.77, 1.6693, 0.2773, 0.723 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fleet_terms terms = reference_fleet();
		struct fleet_month month;
		struct fleet fleet;

		terms.redundancy = rows[i].redundancy;
		terms.scaling = rows[i].scaling;
		fleet = made(&terms);
		fleet_month_at(&fleet, rows[i].volume, &month);
		assert_true(near(fleet.capacity_mtok_month, 2476.89, 1e-9));
		assert_true(month.replicas == rows[i].high);
		assert_true(month.replicas_low == rows[i].low);
		assert_true(near(month.cost, rows[i].cost, 0.005));
		assert_true(near(month.cost / rows[i].volume, rows[i].unit, 5e-5));
		assert_true(near(month.utilisation, rows[i].utilisation, 5e-5));
		assert_true(near(month.idle_cost / month.gpu_cost, rows[i].idle_share, 6e-4));
		assert_true(near(fleet_cost(&fleet, rows[i].volume), month.cost, 1e-9));
	}
}

static void
idle_of_three_replicas_with_a_spare_is_told_by_cause(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct fleet_month month;
	struct fleet fleet;

	(void)state;
	terms.redundancy = 1;
	fleet = made(&terms);
	fleet_month_at(&fleet, 6000, &month);
	/* 4 held: one spare, one for headroom (6000 / 3538.4 rounds to 2), one for the peak (flat load fits one). */
	assert_true(near(month.idle.redundancy, 3650, 1e-9));
	assert_true(near(month.idle.headroom, 3650, 1e-9));
	assert_true(near(month.idle.shape, 3650, 1e-9));
	assert_true(near(month.idle.rounding, 3650 * (1 - 6000 / 7884.0), 1e-9));
}

static void
parts_of_idle_add_up_to_its_cost_in_any_fleet(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 7);
	for (int i = 0; i < 2000; i++) {
		struct fleet_terms terms = random_fleet(&random);
		struct fleet fleet = made(&terms);
		struct fleet_month month;
		double sum;

		fleet_month_at(&fleet, random_between(&random, 1, 30000), &month);
		sum = month.idle.redundancy + month.idle.headroom + month.idle.shape + month.idle.rounding;
		assert_true(near(sum, month.idle_cost, 1e-9 * month.gpu_cost));
		assert_true(near(month.idle_cost, month.gpu_cost * (1 - month.utilisation), 1e-9 * month.gpu_cost));
		assert_true(month.idle.redundancy >= 0 && month.idle.headroom >= 0);
	}
}

static void
autoscaling_never_costs_more_than_staying_on(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 8);
	for (int i = 0; i < 2000; i++) {
		struct fleet_terms terms = random_fleet(&random);
		double volume = random_between(&random, 0, 30000);
		struct fleet scaled, on;

		terms.scaling = SCALING_AUTOSCALE;
		scaled = made(&terms);
		terms.scaling = SCALING_ALWAYS_ON;
		on = made(&terms);
		assert_true(fleet_cost(&scaled, volume) <= fleet_cost(&on, volume) * (1 + 1e-12));
	}
}

static void
a_flat_load_costs_the_same_autoscaled_and_by_the_closed_form(void **state)
{
	struct fleet_terms terms = staircase_fleet();
	struct fleet fleet;

	(void)state;
	terms.redundancy = 1;
	terms.per_mtok = 0.05;
	terms.fixed_month = 1875;
	for (int scaled = 0; scaled < 2; scaled++) {
		terms.scaling = scaled ? SCALING_AUTOSCALE : SCALING_ALWAYS_ON;
		fleet = made(&terms);
		for (double volume = 1; volume < 20000; volume += 37)
			assert_true(near(fleet_cost(&fleet, volume),
				1875 + (ceil(volume / 600) + 1) * 1200 + 0.05 * volume, 1e-8));
	}
}

static void
a_replica_is_added_strictly_above_what_the_others_carry(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct fleet fleet = made(&terms);

	(void)state;
	for (double k = 1; k < 3000; k++) {
		assert_true(fleet_fill(&fleet, k * fleet.capacity_mtok_month, 1) == k);
		assert_true(fleet_fill(&fleet, k * fleet.capacity_mtok_month * (1 + 1e-9), 1) == k + 1);
	}
}

static void
the_least_fleet_and_redundancy_do_not_add_up(void **state)
{
	struct fleet_terms terms = staircase_fleet();
	struct fleet_month month;
	struct fleet fleet;

	(void)state;
	terms.min_replicas = 3;
	terms.redundancy = 1;
	fleet = made(&terms);
	fleet_month_at(&fleet, 0, &month);
	assert_true(month.replicas == 3);
	fleet_month_at(&fleet, 1200, &month);
	assert_true(month.replicas == 3);
	fleet_month_at(&fleet, 1201, &month);
	assert_true(month.replicas == 4);
	terms.min_replicas = 0;
	terms.redundancy = 0;
	fleet = made(&terms);
	assert_true(fleet_cost(&fleet, 0) == 0);
}

static void
a_given_capacity_and_price_take_the_place_of_what_is_computed(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct fleet fleet;

	(void)state;
	terms.capacity_mtok_month = 600;
	terms.replica_month = 1200;
	fleet = made(&terms);
	assert_true(fleet.capacity_mtok_month == 600);
	assert_true(near(fleet_cost(&fleet, 601), 2400, 1e-9));
}

static void
without_throughput_the_least_fleet_carries_anything_and_nothing_is_said_of_idle(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct fleet_month month;
	struct fleet fleet;

	(void)state;
	terms.throughput_tok_s = NAN;
	fleet = made(&terms);
	fleet_month_at(&fleet, 1e6, &month);
	assert_true(near(month.cost, 3650, 1e-9));
	assert_true(isnan(month.utilisation) && isnan(month.idle_cost) && isnan(month.idle.shape));
}

static void
a_throughput_of_0_carries_nothing(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct fleet fleet;

	(void)state;
	terms.throughput_tok_s = 0;
	fleet = made(&terms);
	assert_true(isinf(fleet_cost(&fleet, 1)));
}

static void
a_fleet_without_a_price_or_with_a_peak_but_no_shape_to_scale_by_is_refused(void **state)
{
	struct fleet_terms terms = reference_fleet();
	struct err err = { 0 };
	struct fleet fleet;

	(void)state;
	terms.gpu_hour = NAN;
	assert_int_equal(fleet_make(&fleet, &terms, &err), -1);
	assert_non_null(strstr(err.text, "self_hosted.gpu_hour"));
	terms = reference_fleet();
	terms.shape.given = false;
	terms.peak_to_mean = 2;
	terms.scaling = SCALING_AUTOSCALE;
	assert_int_equal(fleet_make(&fleet, &terms, &err), -1);
	assert_non_null(strstr(err.text, "self_hosted.shape"));
	terms.peak_to_mean = 1;
	assert_int_equal(fleet_make(&fleet, &terms, &err), 0);
}

static void
one_reserved_replica_is_best_for_the_reference_week(void **state)
{
	static const double costs[] = { 6365.77, 4905.77, 5466.31, 6570.00 };
	struct fleet_terms terms = reference_fleet();
	struct reserve reserve;
	struct fleet fleet;

	(void)state;
	terms.scaling = SCALING_AUTOSCALE;
	fleet = made(&terms);
	reserve_best(&reserve, &fleet, 6000, 3);
	assert_true(reserve.best_replicas == 1);
	assert_true(near(reserve.best_month, 4905.769230769231, 1e-6 * 4905));
	assert_int_equal(reserve.costs, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(near(reserve.cost[i], costs[i], 0.005));
}

static void
a_reservation_pays_from_the_share_of_hours_that_its_price_is_of_the_other(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 9);
	for (int i = 0; i < 500; i++) {
		struct fleet_terms terms = random_fleet(&random);
		double volume = random_between(&random, 1, 20000), least = INFINITY;
		struct reserve reserve;
		struct fleet fleet;

		terms.scaling = SCALING_AUTOSCALE;
		fleet = made(&terms);
		reserve_best(&reserve, &fleet, volume, fleet.replica_hour * random_uniform(&random));
		for (size_t k = 0; k < reserve.costs; k++)
			least = fmin(least, reserve.cost[k]);
		assert_true(
			near(reserve.best_month, least, 1e-9 * (1 + least)) || reserve.best_replicas >= RESERVE_COSTS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worked_fleets_cost_what_is_printed),
		cmocka_unit_test(idle_of_three_replicas_with_a_spare_is_told_by_cause),
		cmocka_unit_test(parts_of_idle_add_up_to_its_cost_in_any_fleet),
		cmocka_unit_test(autoscaling_never_costs_more_than_staying_on),
		cmocka_unit_test(a_flat_load_costs_the_same_autoscaled_and_by_the_closed_form),
		cmocka_unit_test(a_replica_is_added_strictly_above_what_the_others_carry),
		cmocka_unit_test(the_least_fleet_and_redundancy_do_not_add_up),
		cmocka_unit_test(a_given_capacity_and_price_take_the_place_of_what_is_computed),
		cmocka_unit_test(without_throughput_the_least_fleet_carries_anything_and_nothing_is_said_of_idle),
		cmocka_unit_test(a_throughput_of_0_carries_nothing),
		cmocka_unit_test(a_fleet_without_a_price_or_with_a_peak_but_no_shape_to_scale_by_is_refused),
		cmocka_unit_test(one_reserved_replica_is_best_for_the_reference_week),
		cmocka_unit_test(a_reservation_pays_from_the_share_of_hours_that_its_price_is_of_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
