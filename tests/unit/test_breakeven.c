/*
 * Where the curves cross: worked staircases to the printed digit, and random ones held against the curves themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/breakeven.h"
#include "models/compare/curve.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

#define ISLANDS 4096

struct both {
	struct closed closed;
	struct fleet fleet;
};

static struct both
made(const struct closed_terms *closed, const struct fleet_terms *fleet)
{
	struct both both;
	struct err err = { 0 };

	assert_int_equal(closed_make(&both.closed, closed, &err), 0);
	assert_int_equal(fleet_make(&both.fleet, fleet, &err), 0);
	return both;
}

static struct breakeven
found(const struct both *both, double horizon, struct island *islands)
{
	struct breakeven breakeven;
	struct err err = { 0 };

	assert_int_equal(breakeven_find(&breakeven, &both->closed, &both->fleet, horizon, islands,
				 islands == NULL ? 0 : ISLANDS, &err),
		0);
	return breakeven;
}

static int
same(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void
worked_staircases_cross_where_they_are_printed_to(void **state)
{
	static const struct {
		double price, per_mtok, fixed, redundancy;
		size_t up, down;
		double first, safe;
	} rows[] = {
		{ 2.3, 0, 0, 0, 7, 6, 521.7391304347826, 3652.1739130434785 },
		{ 2.3, 0, 0, 1, 8, 7, 4173.913043478261, 7826.08695652174 },
		{ 2.3, 0.05, 1875, 0, 9, 8, 7766.666666666667, 12033.333333333334 },
		{ 1.9, 0, 0, 0, 0, 0, NAN, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct closed_terms closed = closed_at(rows[i].price);
		struct fleet_terms fleet = staircase_fleet();
		struct breakeven breakeven;
		struct both both;

		fleet.per_mtok = rows[i].per_mtok;
		fleet.fixed_month = rows[i].fixed;
		fleet.redundancy = rows[i].redundancy;
		both = made(&closed, &fleet);
		breakeven = found(&both, breakeven_horizon(&both.closed, &both.fleet, NAN), NULL);
		assert_true(same(breakeven.first, rows[i].first));
		assert_true(same(breakeven.safe, rows[i].safe));
		assert_int_equal(breakeven.up_crossings, rows[i].up);
		assert_int_equal(breakeven.down_crossings, rows[i].down);
		assert_int_equal(breakeven.touches, 0);
	}
}

static void
at_the_marginal_price_the_curves_only_touch(void **state)
{
	struct closed_terms closed = closed_at(2);
	struct fleet_terms fleet = staircase_fleet();
	struct both both = made(&closed, &fleet);
	static struct island islands[ISLANDS];

	(void)state;
	/* A horizon on a touch makes it no safer than one off it. */
	for (double horizon = 12000; horizon < 12600; horizon += 300) {
		struct breakeven breakeven = found(&both, horizon, islands);

		assert_true(breakeven.first == 600);
		assert_true(isnan(breakeven.safe));
		assert_int_equal(breakeven.touches, 20);
		assert_int_equal(breakeven.islands, 20);
		for (size_t i = 0; i < 20; i++)
			assert_true(islands[i].from == 600 * (double)(i + 1) && islands[i].to == islands[i].from);
	}
}

static void
ties_of_decimals_are_ties(void **state)
{
	/* price, redundancy: at N + 1 the least volume of a touch is where price * 600 * k = 1200 * (k + 1) */
	static const struct {
		double price, touch;
	} rows[] = { { 2.2, 6000 }, { 2.1, 12000 }, { 2.4, 3000 }, { 3.0, 1200 }, { 2.05, 24000 }, { 2.01, 120000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct closed_terms closed = closed_at(rows[i].price);
		struct fleet_terms fleet = staircase_fleet();
		struct breakeven breakeven;
		struct both both;

		fleet.redundancy = 1;
		both = made(&closed, &fleet);
		breakeven = found(&both, 150000, NULL);
		assert_true(breakeven.first == rows[i].touch);
		assert_int_equal(breakeven.touches, 1);
		assert_true(breakeven.safe > rows[i].touch);
	}
}

static void
a_cheaper_tier_can_take_a_break_even_back(void **state)
{
	static const struct island want[] = { { 6000 / 13.0, 600 }, { 12000 / 13.0, 1200 }, { 18000 / 13.0, 1800 },
		{ 24000 / 13.0, 4800 }, { 5000, 5400 }, { 5800, 6000 }, { 6600, 6600 } };
	static struct island islands[ISLANDS];
	struct closed_terms closed = closed_at(NAN);
	struct fleet_terms fleet = staircase_fleet();
	struct breakeven breakeven;
	struct both both;

	(void)state;
	closed.tiers = 2;
	closed.tier[0] = (struct tier){ 0, 2.6 };
	closed.tier[1] = (struct tier){ 3000, 1.5 };
	both = made(&closed, &fleet);
	breakeven = found(&both, 20000, islands);
	assert_true(same(breakeven.first, 461.5384615384615));
	assert_true(isnan(breakeven.safe));
	assert_int_equal(breakeven.islands, 7);
	for (size_t i = 0; i < 7; i++)
		assert_true(same(islands[i].from, want[i].from) && same(islands[i].to, want[i].to));
	/* Within a nearer horizon the fourth island lasts. */
	breakeven = found(&both, 4500, islands);
	assert_true(same(breakeven.safe, 24000 / 13.0));
}

static void
a_closed_side_as_dear_as_the_tokens_alone_never_pays_for_a_fleet(void **state)
{
	struct closed_terms closed = closed_at(0.05);
	struct fleet_terms fleet = staircase_fleet();
	struct both both;

	(void)state;
	fleet.per_mtok = 0.05;
	both = made(&closed, &fleet);
	assert_true(isnan(found(&both, 20000, NULL).first));
	/* Without a fleet to pay for the two are equal everywhere. */
	fleet.replica_month = 0;
	both = made(&closed, &fleet);
	assert_true(found(&both, 20000, NULL).equal_everywhere);
	assert_true(found(&both, 20000, NULL).safe == 0);
	closed.price = 0.06;
	both = made(&closed, &fleet);
	assert_true(found(&both, 20000, NULL).first == 0);
	assert_false(found(&both, 20000, NULL).equal_everywhere);
}

static void
a_commitment_above_the_fleet_pays_from_the_first_token(void **state)
{
	struct closed_terms closed = closed_at(1);
	struct fleet_terms fleet = staircase_fleet();
	struct both both;
	struct island islands[ISLANDS];
	struct breakeven breakeven;

	(void)state;
	closed.commit_month = 2500;
	both = made(&closed, &fleet);
	breakeven = found(&both, 20000, islands);
	assert_true(breakeven.first == 0 && isnan(breakeven.safe));
	assert_int_equal(breakeven.islands, 1);
	assert_true(islands[0].to == 1200); /* two replicas are 2,400; the third is one too many */
	assert_int_equal(breakeven.up_crossings, 0);
	assert_int_equal(breakeven.down_crossings, 1);
}

static void
a_fleet_that_carries_nothing_has_no_break_even(void **state)
{
	struct closed_terms closed = closed_at(100);
	struct fleet_terms fleet = staircase_fleet();
	struct both both;

	(void)state;
	fleet.capacity_mtok_month = 0;
	both = made(&closed, &fleet);
	assert_true(isnan(found(&both, 20000, NULL).first));
}

static void
a_horizon_of_too_many_steps_is_refused_and_one_of_our_choice_never_is(void **state)
{
	struct closed_terms closed = closed_at(2.3);
	struct fleet_terms fleet = staircase_fleet();
	struct breakeven breakeven;
	struct err err = { 0 };
	struct both both;

	(void)state;
	fleet.capacity_mtok_month = 1e-6;
	both = made(&closed, &fleet);
	assert_int_equal(breakeven_find(&breakeven, &both.closed, &both.fleet, 20000, NULL, 0, &err), -1);
	assert_non_null(strstr(err.text, "horizon_mtok_month: 20000"));
	(void)found(&both, breakeven_horizon(&both.closed, &both.fleet, 5000), NULL);
}

/* closed - self at a volume, as the two sides answer on their own. */
static double
difference(const struct both *both, double volume)
{
	return closed_month(&both->closed, volume) - fleet_cost(&both->fleet, volume);
}

static void
check_crossing(const struct both *both, double volume, double horizon)
{
	double closed = closed_month(&both->closed, volume);
	double below = difference(both, volume * (1 - 1e-9)), above = difference(both, volume * (1 + 1e-9));

	if (volume <= 0 || volume >= horizon)
		return;
	/* Either the two are equal there, or one of them jumps over the other. */
	if (fabs(difference(both, volume)) <= 1e-9 * closed)
		return;
	assert_true((below < 0) != (above < 0));
	assert_true(fabs(above - below) > 1e-6 * closed);
}

/* Is the volume in an island, if it is not at the very shore of one? */
static int
inside(const struct island *islands, size_t n, double volume)
{
	for (size_t i = 0; i < n; i++) {
		if (fabs(volume - islands[i].from) < 1e-6 * volume || fabs(volume - islands[i].to) < 1e-6 * volume)
			return -1;
		if (volume > islands[i].from && volume < islands[i].to)
			return 1;
	}
	return 0;
}

static void
between_crossings_the_sign_is_what_the_islands_say(void **state)
{
	static struct island islands[ISLANDS];
	struct random random;

	(void)state;
	random_seed(&random, 11);
	for (int i = 0; i < 300; i++) {
		struct closed_terms closed = random_closed(&random);
		struct fleet_terms fleet = random_fleet(&random);
		struct both both = made(&closed, &fleet);
		double horizon = random_between(&random, 2000, 30000);
		struct breakeven breakeven = found(&both, horizon, islands);

		assert_true(breakeven.islands <= ISLANDS);
		for (size_t k = 0; k < breakeven.islands; k++) {
			check_crossing(&both, islands[k].from, horizon);
			check_crossing(&both, islands[k].to, horizon);
		}
		for (int k = 0; k < 2000; k++) {
			double volume = random_between(&random, 0, horizon);
			int in = inside(islands, breakeven.islands, volume);

			assert_true(in < 0 || in == (difference(&both, volume) >= 0));
		}
		if (breakeven.islands > 0)
			assert_true(breakeven.first == islands[0].from);
		if (!isnan(breakeven.safe))
			assert_true(breakeven.safe == islands[breakeven.islands - 1].from);
	}
}

static void
pieces_of_the_curves_are_what_both_sides_cost(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 12);
	for (int i = 0; i < 200; i++) {
		struct closed_terms closed = random_closed(&random);
		struct fleet_terms fleet = random_fleet(&random);
		struct both both = made(&closed, &fleet);
		struct walk walk;
		struct piece piece;
		double last = 0;

		walk_begin(&walk, &both.closed, &both.fleet, 20000);
		while (walk_next(&walk, &piece)) {
			double middle = (piece.from + piece.to) / 2;

			assert_true(piece.from == last && piece.to > piece.from);
			assert_true(same(piece_closed(&piece, middle), closed_month(&both.closed, middle)));
			assert_true(same(piece_self(&piece, middle), fleet_cost(&both.fleet, middle)));
			assert_true(same(piece_closed(&piece, piece.to), closed_month(&both.closed, piece.to)));
			assert_true(same(piece_self(&piece, piece.to), fleet_cost(&both.fleet, piece.to)));
			last = piece.to;
		}
		assert_true(last == 20000);
	}
}

static void
scaling_all_prices_moves_no_break_even(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 13);
	for (int i = 0; i < 200; i++) {
		struct closed_terms closed = random_closed(&random);
		struct fleet_terms fleet = random_fleet(&random);
		struct both both = made(&closed, &fleet);
		struct breakeven before = found(&both, 20000, NULL), after;

		for (size_t k = 0; k < closed.tiers; k++)
			closed.tier[k].price *= 3;
		closed.commit_month *= 3;
		fleet.gpu_hour *= 3;
		fleet.fixed_month *= 3;
		fleet.per_mtok *= 3;
		both = made(&closed, &fleet);
		after = found(&both, 20000, NULL);
		assert_true(same(before.first, after.first) && same(before.safe, after.safe));
		assert_int_equal(before.up_crossings, after.up_crossings);
		assert_int_equal(before.down_crossings, after.down_crossings);
	}
}

static void
beyond_a_horizon_of_our_choice_nothing_changes_any_more(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 14);
	for (int i = 0; i < 200; i++) {
		struct closed_terms closed = random_closed(&random);
		struct fleet_terms fleet = random_fleet(&random);
		struct both both = made(&closed, &fleet);
		double horizon = breakeven_horizon(&both.closed, &both.fleet, NAN);
		struct breakeven near = found(&both, horizon, NULL), far = found(&both, 2.5 * horizon, NULL);

		assert_int_equal(near.up_crossings, far.up_crossings);
		assert_int_equal(near.down_crossings, far.down_crossings);
		assert_true(same(near.safe, far.safe));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_staircases_cross_where_they_are_printed_to),
		cmocka_unit_test(at_the_marginal_price_the_curves_only_touch),
		cmocka_unit_test(ties_of_decimals_are_ties),
		cmocka_unit_test(a_cheaper_tier_can_take_a_break_even_back),
		cmocka_unit_test(a_closed_side_as_dear_as_the_tokens_alone_never_pays_for_a_fleet),
		cmocka_unit_test(a_commitment_above_the_fleet_pays_from_the_first_token),
		cmocka_unit_test(a_fleet_that_carries_nothing_has_no_break_even),
		cmocka_unit_test(a_horizon_of_too_many_steps_is_refused_and_one_of_our_choice_never_is),
		cmocka_unit_test(between_crossings_the_sign_is_what_the_islands_say),
		cmocka_unit_test(pieces_of_the_curves_are_what_both_sides_cost),
		cmocka_unit_test(scaling_all_prices_moves_no_break_even),
		cmocka_unit_test(beyond_a_horizon_of_our_choice_nothing_changes_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
