#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/random.h"

static int64_t
parsed(const char *text, int digits)
{
	struct err err = { 0 };
	int64_t value = -12345;

	if (decimal_parse(text, strlen(text), digits, &value, NULL, &err) != 0)
		fail_msg("%s", err.text);
	return value;
}

static const char *
printed(wide value, int digits)
{
	static char buffer[DECIMAL_MAX];
	size_t n = decimal_print(buffer, sizeof(buffer), value, digits);

	assert_int_equal(n, strlen(buffer));
	return buffer;
}

static const char *
places(wide value, int digits, int n)
{
	static char buffer[DECIMAL_MAX];
	size_t length = decimal_print_places(buffer, sizeof(buffer), value, digits, n);

	assert_int_equal(length, strlen(buffer));
	return buffer;
}

static wide
power_of_ten(int n)
{
	wide power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

static wide
wide_max(void)
{
	return (wide)((((unsigned __int128)1) << 127) - 1);
}

static void
a_decimal_is_read_exactly(void **state)
{
	(void)state;
	assert_true(parsed("0", 9) == 0);
	assert_true(parsed("-0", 9) == 0);
	assert_true(parsed("0.000003", 15) == 3000000000);
	assert_true(parsed("3e-06", 15) == 3000000000);
	assert_true(parsed("3E-6", 15) == 3000000000);
	assert_true(parsed("+2.50", 9) == 2500000000);
	assert_true(parsed("-12.75", 9) == -12750000000);
	assert_true(parsed("007", 0) == 7);
	assert_true(parsed("1.5e3", 0) == 1500);
	assert_true(parsed("1500000000000000000000e-20", 1) == 150);
	assert_true(parsed("0.00000000000000000000000000000000000000000000000001e50", 3) == 1000);
	assert_true(parsed("0e999999999999999999999999", 15) == 0);
	assert_true(parsed("0.000e+99", 15) == 0);
}

static void
a_decimal_keeps_the_edges_of_64_bits(void **state)
{
	struct err err;
	int64_t value = 77;

	(void)state;
	assert_true(parsed("9223372036.854775807", 9) == INT64_MAX);
	assert_true(parsed("-9223372036.854775808", 9) == INT64_MIN);
	assert_true(parsed("9223372036.8547758074999", 9) == INT64_MAX);
	assert_int_equal(decimal_parse("9223372036.854775808", 20, 9, &value, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "9223372036.854775808"));
	assert_int_equal(decimal_parse("9223372036.8547758075", 21, 9, &value, NULL, &err), -1);
	assert_int_equal(decimal_parse("-9223372036.854775809", 21, 9, &value, NULL, &err), -1);
	assert_int_equal(decimal_parse("1e999999999999999999", 20, 9, &value, NULL, &err), -1);
	assert_int_equal(decimal_parse("1e19", 4, 0, &value, NULL, &err), -1);
	/* 2^64 + 5 and 2^128 + 5 would look like 5 to a sum that runs over */
	assert_int_equal(decimal_parse("18446744073709551621", 20, 0, &value, NULL, &err), -1);
	assert_int_equal(decimal_parse("340282366920938463463374607431768211461", 39, 0, &value, NULL, &err), -1);
	assert_int_equal(value, 77);
}

static void
digits_beyond_the_last_are_rounded_half_to_even_and_told(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
		bool rounded;
	} cases[] = {
		{ "0.5", 0, true },
		{ "1.5", 2, true },
		{ "2.5", 2, true },
		{ "-0.5", 0, true },
		{ "-1.5", -2, true },
		{ "-2.5", -2, true },
		{ "2.50000000000001", 3, true },
		{ "2.4999999", 2, true },
		{ "2.6", 3, true },
		{ "2.50", 2, true },
		{ "2.05", 2, true },
		{ "2.0", 2, false },
		{ "25e-1", 2, true },
		{ "0.05e1", 0, true },
		{ "0.04", 0, true },
		{ "0.0000000005", 0, true },
		{ "9.5", 10, true },
		{ "1e-999999999", 0, true },
		{ "20e-1", 2, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value;
		bool rounded;

		assert_int_equal(decimal_parse(cases[i].text, strlen(cases[i].text), 0, &value, &rounded, NULL), 0);
		if (value != cases[i].value || rounded != cases[i].rounded)
			fail_msg("%s became %ld, rounded %d", cases[i].text, (long)value, rounded);
	}
}

static void
what_is_no_decimal_is_refused_and_shown(void **state)
{
	static const char *const wrong[] = { "", " 1", "1 ", "1,000", "$1", ".5", "5.", "1.e3", "e3", "1e", "1e+",
		"--1", "+-1", "nan", "inf", "0x1", "1_0", "1e1.5", "1.2.3", "-", "+", "1e 3", "1\n" };
	struct err err;
	int64_t value = 5;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (decimal_parse(wrong[i], strlen(wrong[i]), 9, &value, NULL, &err) != -1)
			fail_msg("'%s' was taken for a number", wrong[i]);
		assert_int_equal(err.kind, ERR_INPUT);
	}
	assert_int_equal(decimal_parse("12", 1, 0, &value, NULL, &err), 0);
	assert_int_equal(value, 1);
	assert_int_equal(decimal_parse("1\0002", 3, 0, &value, NULL, &err), -1);
	assert_string_equal(err.text, "'1?2' is not a decimal number");
	assert_int_equal(decimal_parse(NULL, 0, 0, &value, NULL, &err), -1);
}

static void
printing_is_exact_and_without_trailing_zeros(void **state)
{
	(void)state;
	assert_string_equal(printed(8229000000000, 15), "0.008229");
	assert_string_equal(printed(0, 15), "0");
	assert_string_equal(printed(12, 0), "12");
	assert_string_equal(printed(1200, 0), "1200");
	assert_string_equal(printed(12000, 3), "12");
	assert_string_equal(printed(-5, 1), "-0.5");
	assert_string_equal(printed(-1, 15), "-0.000000000000001");
	assert_string_equal(printed(INT64_MIN, 9), "-9223372036.854775808");
	assert_string_equal(printed(wide_max(), 0), "170141183460469231731687303715884105727");
	assert_string_equal(printed(-wide_max() - 1, 0), "-170141183460469231731687303715884105728");
	assert_string_equal(printed(-wide_max() - 1, 39), "-0.170141183460469231731687303715884105728");
}

static void
printing_stays_inside_its_buffer(void **state)
{
	char buffer[8] = "xxxxxxx";

	(void)state;
	assert_int_equal(decimal_print(buffer, 5, 123456789, 3), 10);
	assert_string_equal(buffer, "1234");
	assert_int_equal(buffer[5], 'x');
	assert_int_equal(decimal_print(NULL, 0, 123456789, 3), 10);
	assert_int_equal(decimal_print_places(buffer, 4, 5, 0, 60), 62);
	assert_string_equal(buffer, "5.0");
}

static void
places_are_rounded_half_to_even(void **state)
{
	(void)state;
	assert_string_equal(places(12345, 3, 2), "12.34");
	assert_string_equal(places(12355, 3, 2), "12.36");
	assert_string_equal(places(12345001, 6, 2), "12.35");
	assert_string_equal(places(-12345, 3, 2), "-12.34");
	assert_string_equal(places(-4, 3, 2), "0.00");
	assert_string_equal(places(5, 3, 2), "0.00");
	assert_string_equal(places(-6, 3, 2), "-0.01");
	assert_string_equal(places(0, 9, 2), "0.00");
	assert_string_equal(places(7, 0, 2), "7.00");
	assert_string_equal(places(75, 1, 4), "7.5000");
	assert_string_equal(places(999995, 3, 2), "1000.00");
	assert_string_equal(places(1500, 3, 0), "2");
	assert_string_equal(places(2500, 3, 0), "2");
	assert_string_equal(places(wide_max(), 39, 0), "0");
	assert_string_equal(places(wide_max(), 38, 0), "2");
	assert_string_equal(places(wide_max(), 60, 0), "0");
}

static void
what_is_printed_is_read_back_as_the_same_number(void **state)
{
	struct random random;
	int i;

	(void)state;
	random_seed(&random, 7);
	for (i = 0; i < 100000; i++) {
		int64_t value = (int64_t)random_next(&random) >> (random_next(&random) % 64), back;
		int digits = (int)(random_next(&random) % 19);
		char buffer[DECIMAL_MAX];
		bool rounded;
		size_t n = decimal_print(buffer, sizeof(buffer), value, digits);

		assert_int_equal(decimal_parse(buffer, n, digits, &back, &rounded, NULL), 0);
		assert_false(rounded);
		if (back != value)
			fail_msg("%ld with %d digits is printed as %s and read as %ld", (long)value, digits, buffer,
				(long)back);
	}
}

static void
printing_places_agrees_with_reading_to_so_many_places(void **state)
{
	struct random random;
	int i;

	(void)state;
	random_seed(&random, 8);
	for (i = 0; i < 100000; i++) {
		int64_t value = (int64_t)random_next(&random) >> (random_next(&random) % 64), a, b;
		int digits = (int)(random_next(&random) % 18), n = (int)(random_next(&random) % (unsigned)(digits + 1));
		char exact[DECIMAL_MAX], short_form[DECIMAL_MAX];

		decimal_print(exact, sizeof(exact), value, digits);
		decimal_print_places(short_form, sizeof(short_form), value, digits, n);
		assert_int_equal(decimal_parse(exact, strlen(exact), n, &a, NULL, NULL), 0);
		assert_int_equal(decimal_parse(short_form, strlen(short_form), n, &b, NULL, NULL), 0);
		assert_true(a == b);
	}
}

static void
products_are_added_in_128_bits_and_overflow_leaves_the_sum(void **state)
{
	wide sum = 0;

	(void)state;
	/* 1,200 tokens at 3 USD and 345 at 15 USD per million are 0.008775 USD */
	assert_int_equal(money_add_product(&sum, 3000000000, 1200), 0);
	assert_int_equal(money_add_product(&sum, 15000000000, 345), 0);
	assert_string_equal(printed(sum, FEMTO_DIGITS), "0.008775");

	sum = 0;
	assert_int_equal(money_add_product(&sum, INT64_MAX, INT64_MAX), 0);
	assert_int_equal(money_add_product(&sum, INT64_MAX, INT64_MAX), 0);
	assert_true(sum == (wide)INT64_MAX * INT64_MAX * 2);
	assert_int_equal(money_add_product(&sum, INT64_MAX, INT64_MAX), -1);
	assert_true(sum == (wide)INT64_MAX * INT64_MAX * 2);
	assert_int_equal(money_add_product(&sum, INT64_MIN, INT64_MAX), 0);
	sum = -wide_max() - 1;
	assert_int_equal(money_add_product(&sum, -1, 1), -1);
	assert_true(sum == -wide_max() - 1);
}

static void
amounts_are_added_in_64_bits_and_overflow_leaves_the_sum(void **state)
{
	int64_t sum = INT64_MAX - 1;

	(void)state;
	assert_int_equal(money_add(&sum, 1), 0);
	assert_true(sum == INT64_MAX);
	assert_int_equal(money_add(&sum, 1), -1);
	assert_true(sum == INT64_MAX);
	sum = INT64_MIN;
	assert_int_equal(money_add(&sum, -1), -1);
	assert_true(sum == INT64_MIN);
}

static void
division_rounds_half_to_even(void **state)
{
	int value, divisor;

	(void)state;
	for (value = -200; value <= 200; value++)
		for (divisor = 1; divisor <= 25; divisor++) {
			int q = (int)money_divide(value, divisor), off = 2 * (q * divisor - value);

			/* |q - value/divisor| <= 1/2, and at exactly a half q is even */
			assert_true(off <= divisor && off >= -divisor);
			if (off == divisor || off == -divisor)
				assert_int_equal(q % 2, 0);
		}
	assert_true(money_divide(wide_max(), wide_max()) == 1);
	assert_true(money_divide(-wide_max() - 1, 1) == -wide_max() - 1);
	assert_true(money_divide(wide_max() / 2, wide_max()) == 0);
	assert_true(money_divide(wide_max() / 2 + 1, wide_max()) == 1);
}

static void
a_ledger_line_is_rounded_once_and_told_when_it_does_not_fit(void **state)
{
	int64_t nano = 3;

	(void)state;
	assert_int_equal(money_nano(2500000, &nano), 0);
	assert_int_equal(nano, 2);
	assert_int_equal(money_nano(-3500000, &nano), 0);
	assert_int_equal(nano, -4);
	assert_int_equal(money_nano((wide)INT64_MAX * 1000000 + 499999, &nano), 0);
	assert_true(nano == INT64_MAX);
	assert_int_equal(money_nano((wide)INT64_MAX * 1000000 + 500000, &nano), -1);
	assert_true(nano == INT64_MAX);
	assert_int_equal(money_nano((wide)INT64_MIN * 1000000 - 500000, &nano), 0);
	assert_true(nano == INT64_MIN);
	assert_int_equal(money_nano(power_of_ten(30), &nano), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decimal_is_read_exactly),
		cmocka_unit_test(a_decimal_keeps_the_edges_of_64_bits),
		cmocka_unit_test(digits_beyond_the_last_are_rounded_half_to_even_and_told),
		cmocka_unit_test(what_is_no_decimal_is_refused_and_shown),
		cmocka_unit_test(printing_is_exact_and_without_trailing_zeros),
		cmocka_unit_test(printing_stays_inside_its_buffer),
		cmocka_unit_test(places_are_rounded_half_to_even),
		cmocka_unit_test(what_is_printed_is_read_back_as_the_same_number),
		cmocka_unit_test(printing_places_agrees_with_reading_to_so_many_places),
		cmocka_unit_test(products_are_added_in_128_bits_and_overflow_leaves_the_sum),
		cmocka_unit_test(amounts_are_added_in_64_bits_and_overflow_leaves_the_sum),
		cmocka_unit_test(division_rounds_half_to_even),
		cmocka_unit_test(a_ledger_line_is_rounded_once_and_told_when_it_does_not_fit),
	};

	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
