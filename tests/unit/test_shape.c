/*
 * The week as weights: its peak, and what must stand ready in each hour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/demand/shape.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

static void
the_reference_week_peaks_at_2_228_times_its_mean(void **state)
{
	struct shape shape = { 0 };

	(void)state;
	shape_from_day(&shape, reference_day, REFERENCE_WEEKEND);
	assert_true(fabs(shape_peak_to_mean(&shape) - 2016 / 904.8) < 1e-12);
}

static void
a_load_without_a_shape_is_flat(void **state)
{
	struct shape shape = { 0 };
	struct need needs[WEEK_HOURS];

	(void)state;
	assert_true(shape_peak_to_mean(&shape) == 1);
	assert_int_equal(shape_needs(&shape, 3, needs), 1);
	assert_true(needs[0].part == 1);
	assert_int_equal(needs[0].hours, WEEK_HOURS);
}

/* Hours of the week that need more than this part of the peak. */
static int
hours_above(const struct shape *shape, int lag, double part)
{
	struct need needs[WEEK_HOURS];
	size_t n = shape_needs(shape, lag, needs);
	int hours = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		hours += needs[i].part > part ? needs[i].hours : 0;
		all += needs[i].hours;
		assert_true(i == 0 || needs[i].part < needs[i - 1].part);
	}
	assert_int_equal(all, WEEK_HOURS);
	return hours;
}

static void
an_hour_stands_ready_for_the_hours_that_its_lag_reaches(void **state)
{
	struct shape shape = { .given = true };

	(void)state;
	shape.weights[50] = 1;
	assert_int_equal(hours_above(&shape, 0, 0.5), 1);
	assert_int_equal(hours_above(&shape, 1, 0.5), 2);
	assert_int_equal(hours_above(&shape, 4, 0.5), 5);
	assert_int_equal(hours_above(&shape, WEEK_HOURS, 0.5), WEEK_HOURS);
}

static void
monday_follows_sunday(void **state)
{
	struct shape shape = { .given = true };
	struct need needs[WEEK_HOURS];

	(void)state;
	shape.weights[0] = 4;
	shape.weights[WEEK_HOURS - 1] = 1;
	assert_int_equal(hours_above(&shape, 1, 0.9), 2);
	/* The hour before midnight stands ready for the peak behind it, so nothing needs just 1 but the hour before that. */
	assert_int_equal(shape_needs(&shape, 1, needs), 3);
	assert_true(needs[1].part == 0.25);
	assert_int_equal(needs[1].hours, 1);
}

static void
a_shape_without_load_or_with_a_negative_hour_is_refused(void **state)
{
	struct shape shape = { .given = true };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(shape_check(&shape, &err), -1);
	assert_non_null(strstr(err.text, "add up to 0"));
	shape.weights[3] = 1;
	assert_int_equal(shape_check(&shape, &err), 0);
	shape.weights[7] = -0.5;
	assert_int_equal(shape_check(&shape, &err), -1);
	assert_non_null(strstr(err.text, "hour 7"));
	shape.weights[7] = NAN;
	assert_int_equal(shape_check(&shape, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_week_peaks_at_2_228_times_its_mean),
		cmocka_unit_test(a_load_without_a_shape_is_flat),
		cmocka_unit_test(an_hour_stands_ready_for_the_hours_that_its_lag_reaches),
		cmocka_unit_test(monday_follows_sunday),
		cmocka_unit_test(a_shape_without_load_or_with_a_negative_hour_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
