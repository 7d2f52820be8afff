/*
 * Numbers as a person reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include <math.h>

#include "models/units/figure.h"

struct figure_case {
	double number;
	const char *want;
};

static void
money_has_cents_below_a_thousand_and_two_digits_below_a_cent(void **state)
{
	static const struct figure_case cases[] = { { 0, "$0" }, { 12430.4, "$12,430" }, { 999.99, "$999.99" },
		{ 999.996, "$1,000" }, { 1234567, "$1,234,567" }, { 12.5, "$12.50" }, { 0.01, "$0.01" },
		{ 0.0042, "$0.0042" }, { 0.0000039, "$0.0000039" }, { -2555, "-$2,555" }, { -0.0041, "-$0.0041" },
		{ NAN, "–" }, { INFINITY, "–" } };
	char buffer[FIGURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		figure_money(buffer, sizeof(buffer), cases[i].number, "USD");
		assert_string_equal(buffer, cases[i].want);
	}
	figure_money(buffer, sizeof(buffer), 12.5, "EUR");
	assert_string_equal(buffer, "12.50 EUR");
}

static void
counts_have_three_digits_and_a_step(void **state)
{
	static const struct figure_case cases[] = { { 0, "0" }, { 842, "842" }, { 1240000000, "1.24 bn" },
		{ 18300000, "18.3 M" }, { 12400, "12.4 k" }, { 999950, "1.00 M" }, { 3e12, "3.00 tn" },
		{ -5000, "-5.00 k" } };
	char buffer[FIGURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		figure_count(buffer, sizeof(buffer), cases[i].number);
		assert_string_equal(buffer, cases[i].want);
	}
}

static void
a_unit_decides_the_form(void **state)
{
	char buffer[FIGURE_MAX * 2];

	(void)state;
	figure_unit(buffer, sizeof(buffer), 3650, "USD/month");
	assert_string_equal(buffer, "$3,650 /month");
	figure_unit(buffer, sizeof(buffer), 0.972, "share");
	assert_string_equal(buffer, "97.2 %");
	figure_unit(buffer, sizeof(buffer), 0, "share");
	assert_string_equal(buffer, "0.0 %");
	figure_unit(buffer, sizeof(buffer), 0.0002, "share");
	assert_string_equal(buffer, "< 0.1 %");
	figure_unit(buffer, sizeof(buffer), 0.99951, "share");
	assert_string_equal(buffer, "> 99.9 %");
	figure_unit(buffer, sizeof(buffer), 0.1 * 3 + 0.7, "share"); /* not all by a rounding error */
	assert_string_equal(buffer, "100.0 %");
	figure_unit(buffer, sizeof(buffer), 2476.89, "Mtok/month");
	assert_string_equal(buffer, "2,476.89 Mtok/month");
	figure_unit(buffer, sizeof(buffer), 1.24e9, "tokens");
	assert_string_equal(buffer, "1.24 bn");
	figure_unit(buffer, sizeof(buffer), NAN, "tokens");
	assert_string_equal(buffer, "–");
}

static void
figures_are_rewritten_and_names_are_left(void **state)
{
	static const struct {
		const char *from, *comma, *space;
	} rows[] = {
		{ "$12,430 a month", "$12.430 a month", "$12 430 a month" },
		{ "$1,234,567.89, or so", "$1.234.567,89, or so", "$1 234 567,89, or so" },
		{ "97.2 % of 3.26 bn.", "97,2 % of 3,26 bn.", "97,2 % of 3,26 bn." },
		{ "-2.5 to 0.0042", "-2,5 to 0,0042", "-2,5 to 0,0042" },
		{ "(-$2,672)", "(-$2.672)", "(-$2 672)" },
		{ "gpt-4.1 and claude-3-5", "gpt-4.1 and claude-3-5", "gpt-4.1 and claude-3-5" },
		{ "v1.2.3 at 10.0.0.1:8080", "v1.2.3 at 10.0.0.1:8080", "v1.2.3 at 10.0.0.1:8080" },
		{ "2026-08-01T12:00:00.5Z", "2026-08-01T12:00:00.5Z", "2026-08-01T12:00:00.5Z" },
		{ "a.csv:12.5b", "a.csv:12.5b", "a.csv:12.5b" },
		{ "1,2 and 1234,567", "1,2 and 1234,567", "1,2 and 1234,567" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", rows[i].from);
		figure_restyle(text, FIGURE_POINT);
		assert_string_equal(text, rows[i].from);
		figure_restyle(text, FIGURE_COMMA);
		assert_string_equal(text, rows[i].comma);
		snprintf(text, sizeof(text), "%s", rows[i].from);
		figure_restyle(text, FIGURE_SPACE);
		assert_string_equal(text, rows[i].space);
	}
}

static void
a_rough_figure_has_three_digits_and_no_exponent(void **state)
{
	static const struct {
		double number;
		const char *text;
	} figures[] = { { 2434.2, "2,430" }, { 173.96, "174" }, { 41.75, "41.8" }, { 0.012649, "0.0126" },
		{ 1e6, "1,000,000" }, { 0, "0" }, { -99.96, "-100" }, { 9.996, "10" }, { NAN, "–" } };
	char text[FIGURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		assert_string_equal(figure_rough(text, figures[i].number), figures[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rough_figure_has_three_digits_and_no_exponent),
		cmocka_unit_test(figures_are_rewritten_and_names_are_left),
		cmocka_unit_test(money_has_cents_below_a_thousand_and_two_digits_below_a_cent),
		cmocka_unit_test(counts_have_three_digits_and_a_step),
		cmocka_unit_test(a_unit_decides_the_form),
	};

	return cmocka_run_group_tests_name("figure", tests, NULL, NULL);
}
