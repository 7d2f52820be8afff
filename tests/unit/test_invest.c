/*
 * What is paid at the start against what is saved month by month.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/invest.h"

#define MONTHS 24

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static void
a_growing_saving_pays_back_as_worked_out(void **state)
{
	double saving[MONTHS];
	struct invest invest;

	(void)state;
	for (int t = 0; t < MONTHS; t++)
		saving[t] = 5000 * pow(1.02, t);
	invest_judge(&invest, 60000, saving, MONTHS, 0.1);
	assert_true(near(invest.payback_months, 10.861595, 1e-6));
	assert_true(near(invest.discounted_payback_months, 11.364631, 1e-6));
	assert_true(near(invest.npv, 76907.87801514257, 1e-6));
	assert_int_equal(invest.irr_state, IRR_ONE);
	assert_true(near(invest.irr_month, 0.08398338, 1e-8));
}

static void
owned_hardware_pays_back_after_its_hours(void **state)
{
	static const double rents[] = { 98.32, 62.92, 43.16, 39.32 };
	static const double hours[] = { 2720.411092985318, 4423.37400530504, 6799.179124762163, 7591.556904400606 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		double saving[MONTHS];
		struct invest invest;

		for (int t = 0; t < MONTHS; t++)
			saving[t] = (rents[i] - 6.37) * 730;
		invest_judge(&invest, 250141.8, saving, MONTHS, 0);
		assert_true(near(invest.payback_months * 730, hours[i], 1e-9 * hours[i]));
		assert_true(invest.discounted_payback_months == invest.payback_months);
	}
}

static void
with_nothing_paid_a_saving_pays_back_at_once_and_a_loss_never(void **state)
{
	const double losing[] = { -1, -2, -3 }, none[] = { 0, 0 }, late[] = { -10, 5, 10 };
	struct invest invest;

	(void)state;
	invest_judge(&invest, 0, losing, 3, 0.1);
	assert_true(isnan(invest.payback_months) && isnan(invest.discounted_payback_months));
	invest_judge(&invest, 0, none, 2, 0.1);
	assert_true(invest.payback_months == 0 && invest.discounted_payback_months == 0);
	/* The first months' loss is made good in the middle of the third. */
	invest_judge(&invest, 0, late, 3, 0);
	assert_true(near(invest.payback_months, 2.5, 1e-12));
}

static void
what_never_pays_back_says_so(void **state)
{
	const double losing[] = { -1, -2, -3 }, slow[] = { 10, 10, 10 };
	struct invest invest;

	(void)state;
	invest_judge(&invest, 100, losing, 3, 0.1);
	assert_true(isnan(invest.payback_months) && isnan(invest.discounted_payback_months));
	assert_int_equal(invest.irr_state, IRR_NONE);
	invest_judge(&invest, 100, slow, 3, 0.1);
	assert_true(isnan(invest.payback_months));
	assert_int_equal(invest.irr_state, IRR_NONE); /* below 0 a month */
	assert_true(isnan(invest.irr_month));
	/* Nothing paid, nothing to wait for. */
	invest_judge(&invest, 0, slow, 3, 0.1);
	assert_true(invest.payback_months == 0);
	assert_int_equal(invest.irr_state, IRR_NONE);
}

static void
cash_that_changes_sign_twice_has_no_one_rate(void **state)
{
	const double saving[] = { 300, -250, 10 };
	struct invest invest;

	(void)state;
	invest_judge(&invest, 100, saving, 3, 0.1);
	assert_int_equal(invest.irr_state, IRR_NOT_UNIQUE);
	assert_true(isnan(invest.irr_month));
}

static void
a_rate_of_0_or_below_discounts_by_it(void **state)
{
	const double saving[] = { 50, 50, 50 };
	struct invest invest;

	(void)state;
	invest_judge(&invest, 120, saving, 3, 0);
	assert_true(near(invest.npv, 30, 1e-12) && near(invest.payback_months, 2.4, 1e-12));
	invest_judge(&invest, 120, saving, 3, -0.5);
	assert_true(invest.npv > 30);
	assert_true(near(rate_month(0.1), 0.007974140428903741, 1e-15));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_growing_saving_pays_back_as_worked_out),
		cmocka_unit_test(owned_hardware_pays_back_after_its_hours),
		cmocka_unit_test(with_nothing_paid_a_saving_pays_back_at_once_and_a_loss_never),
		cmocka_unit_test(what_never_pays_back_says_so),
		cmocka_unit_test(cash_that_changes_sign_twice_has_no_one_rate),
		cmocka_unit_test(a_rate_of_0_or_below_discounts_by_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
