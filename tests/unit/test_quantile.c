#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/units/quantile.h"
#include "models/units/random.h"

static void
quantiles_are_those_of_r_and_numpy(void **state)
{
	/* 1 1 2 3 3 4 5 5 5 6 9: quantile(x, p) of R, type 7 */
	static const struct {
		double p, value;
	} cases[] = { { 0, 1 }, { 0.1, 1 }, { 0.25, 2.5 }, { 0.33, 3 }, { 0.5, 4 }, { 0.75, 5 }, { 0.9, 6 },
		{ 0.95, 7.5 }, { 0.42, 3.2 }, { 1, 9 } };
	double values[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5 };
	size_t i;

	(void)state;
	quantile_sort(values, 11);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fabs(quantile(values, 11, cases[i].p) - cases[i].value) > 1e-12)
			fail_msg("p %g is %g, not %g", cases[i].p, quantile(values, 11, cases[i].p), cases[i].value);
}

static void
one_value_is_all_its_quantiles(void **state)
{
	double value = 7.25;

	(void)state;
	assert_true(quantile(&value, 1, 0) == 7.25);
	assert_true(quantile(&value, 1, 0.3) == 7.25);
	assert_true(quantile(&value, 1, 1) == 7.25);
}

static void
two_values_are_interpolated(void **state)
{
	double values[] = { 10, 20 };

	(void)state;
	assert_true(fabs(quantile(values, 2, 0.1) - 11) < 1e-12);
	assert_true(quantile(values, 2, 0.5) == 15);
	assert_true(quantile(values, 2, 1) == 20);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
sorting_agrees_with_the_c_library(void **state)
{
	static double ours[3000], theirs[3000];
	struct random random;
	size_t n, i;

	(void)state;
	random_seed(&random, 4);
	for (n = 0; n <= 3000; n = n < 40 ? n + 1 : n * 3 / 2) {
		for (i = 0; i < n; i++)
			ours[i] = theirs[i] = n % 2 == 0 ? random_normal(&random) : (double)(random_next(&random) % 7);
		quantile_sort(ours, n);
		qsort(theirs, n, sizeof(theirs[0]), compare);
		assert_memory_equal(ours, theirs, n * sizeof(ours[0]));
	}
}

static void
sorting_keeps_infinities_at_the_ends(void **state)
{
	double values[] = { 1, INFINITY, -INFINITY, 0 };

	(void)state;
	quantile_sort(values, 4);
	assert_true(values[0] == -INFINITY && values[1] == 0 && values[2] == 1 && values[3] == INFINITY);
}

static void
quantiles_rise_with_p_and_stay_inside_the_sample(void **state)
{
	double values[101], last = -INFINITY, p;
	struct random random;
	size_t i;

	(void)state;
	random_seed(&random, 6);
	for (i = 0; i < 101; i++)
		values[i] = random_normal(&random);
	quantile_sort(values, 101);
	for (p = 0; p <= 1; p += 0.0007) {
		double q = quantile(values, 101, p);

		assert_true(q >= last && q >= values[0] && q <= values[100]);
		last = q;
	}
	for (i = 0; i < 101; i++)
		assert_true(fabs(quantile(values, 101, (double)i / 100) - values[i]) < 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_those_of_r_and_numpy),
		cmocka_unit_test(one_value_is_all_its_quantiles),
		cmocka_unit_test(two_values_are_interpolated),
		cmocka_unit_test(sorting_agrees_with_the_c_library),
		cmocka_unit_test(sorting_keeps_infinities_at_the_ends),
		cmocka_unit_test(quantiles_rise_with_p_and_stay_inside_the_sample),
	};

	return cmocka_run_group_tests_name("quantile", tests, NULL, NULL);
}
