/*
 * The closed side: mixes, tiers, discount and commitment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <string.h>

#include "models/compare/closed.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

static struct closed
made(const struct closed_terms *terms)
{
	struct closed closed;
	struct err err = { 0 };

	assert_int_equal(closed_make(&closed, terms, &err), 0);
	return closed;
}

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static void
the_mix_makes_the_price(void **state)
{
	static const struct {
		double mix, small, large;
	} rows[] = { { 0.5, 11, 55 }, { 1, 9, 45 }, { 3, 6, 30 }, { 22361870 / 4088665.0, 4.8549, 24.2747 },
		{ 8, 4.3333, 21.6667 }, { 18059974 / 245896.0, 3.1612, 15.8060 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct closed_terms small = closed_list(3, 15, rows[i].mix), large = closed_list(15, 75, rows[i].mix);
		struct closed a = made(&small), b = made(&large);

		assert_true(near(closed_blended_price(&a, 1500), rows[i].small, 5e-5));
		assert_true(near(closed_blended_price(&b, NAN), rows[i].large, 5e-5));
	}
}

static void
caching_lowers_input_and_batch_halves_all(void **state)
{
	struct closed_terms terms = closed_list(3, 15, 3);
	struct closed closed;

	(void)state;
	terms.cached_share = 0.5;
	terms.cache_read = 0.3;
	closed = made(&terms);
	assert_true(near(closed_blended_price(&closed, 1), (3 * 1.65 + 15) / 4, 1e-12));
	terms.cache_read = NAN; /* a tenth of 3 */
	closed = made(&terms);
	assert_true(near(closed_blended_price(&closed, 1), (3 * 1.65 + 15) / 4, 1e-12));
	terms.batch_share = 0.4;
	closed = made(&terms);
	assert_true(near(closed_blended_price(&closed, 1), 0.8 * (3 * 1.65 + 15) / 4, 1e-12));
}

static void
one_price_alone_is_the_price_of_everything(void **state)
{
	struct closed_terms terms = closed_list(0.1, NAN, NAN);
	struct closed closed = made(&terms);

	(void)state;
	assert_true(closed_blended_price(&closed, 10) == 0.1);
	terms = closed_list(NAN, 4, 2);
	closed = made(&terms);
	assert_true(closed_blended_price(&closed, 10) == 4);
}

static void
a_tier_begins_strictly_above_its_threshold(void **state)
{
	struct closed_terms terms = closed_at(NAN);
	struct closed closed;

	(void)state;
	terms.tiers = 2;
	terms.tier[0] = (struct tier){ 0, 3.00 };
	terms.tier[1] = (struct tier){ 1000, 2.70 };
	terms.tier_mode = TIERS_ALL_UNITS;
	closed = made(&terms);
	assert_true(near(closed_month(&closed, 1000), 3000.00, 1e-9));
	assert_true(near(closed_month(&closed, 1001), 2702.70, 1e-9));
	terms.tier_mode = TIERS_GRADUATED;
	closed = made(&terms);
	assert_true(near(closed_month(&closed, 1000), 3000.00, 1e-9));
	assert_true(near(closed_month(&closed, 1001), 3002.70, 1e-9));
	assert_true(near(closed_blended_price(&closed, 2000), 2.85, 1e-12));
	assert_true(closed_blended_price(&closed, 0) == 3.00);
}

static void
the_commitment_is_a_floor_under_the_discounted_bill(void **state)
{
	struct closed_terms terms = closed_at(1);
	struct closed closed;

	(void)state;
	terms.discount = 0.1;
	terms.commit_month = 10000;
	closed = made(&terms);
	assert_true(closed_month(&closed, 8500) == 10000);
	assert_true(near(closed_list_month(&closed, 8500), 8500, 1e-9));
	assert_true(near(closed_month(&closed, 20000), 18000, 1e-9));
	assert_true(closed_month(&closed, 0) == 10000);
}

static void
scaling_all_prices_scales_the_bill(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 3);
	for (int i = 0; i < 500; i++) {
		struct closed_terms terms = random_closed(&random), scaled = terms;
		double volume = random_between(&random, 0, 12000);
		struct closed closed, large;

		for (size_t j = 0; j < scaled.tiers; j++)
			scaled.tier[j].price *= 7;
		scaled.commit_month *= 7;
		closed = made(&terms);
		large = made(&scaled);
		assert_true(near(7 * closed_month(&closed, volume), closed_month(&large, volume),
			1e-9 * closed_month(&large, volume)));
	}
}

static void
tiers_that_do_not_rise_from_0_and_a_side_without_a_price_are_refused(void **state)
{
	struct closed_terms terms = closed_at(NAN);
	struct err err = { 0 };
	struct closed closed;

	(void)state;
	assert_int_equal(closed_make(&closed, &terms, &err), -1);
	assert_non_null(strstr(err.text, "closed.input"));
	terms.tiers = 2;
	terms.tier[0] = (struct tier){ 5, 1 };
	assert_int_equal(closed_make(&closed, &terms, &err), -1);
	assert_non_null(strstr(err.text, "closed.tiers[0].from_mtok"));
	terms.tier[0].from_mtok = 0;
	assert_int_equal(closed_make(&closed, &terms, &err), -1);
	assert_non_null(strstr(err.text, "closed.tiers[1].from_mtok"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mix_makes_the_price),
		cmocka_unit_test(caching_lowers_input_and_batch_halves_all),
		cmocka_unit_test(one_price_alone_is_the_price_of_everything),
		cmocka_unit_test(a_tier_begins_strictly_above_its_threshold),
		cmocka_unit_test(the_commitment_is_a_floor_under_the_discounted_bill),
		cmocka_unit_test(scaling_all_prices_scales_the_bill),
		cmocka_unit_test(tiers_that_do_not_rise_from_0_and_a_side_without_a_price_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
