#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/units/nearest.h"

static const char *const names[] = { "workload", "account", "from", "to", "format", "headroom", "min_replicas", NULL };

static const char *
nearest_of(const char *word)
{
	struct nearest nearest;
	int i;

	nearest_init(&nearest, word);
	for (i = 0; names[i] != NULL; i++)
		nearest_offer(&nearest, names[i]);
	return nearest_found(&nearest);
}

static void
distance_counts_single_steps(void **state)
{
	static const struct {
		const char *a, *b;
		size_t steps;
	} cases[] = {
		{ "", "", 0 }, { "", "abc", 3 }, { "abc", "", 3 }, { "same", "same", 0 }, { "Same", "sAME", 0 },
		{ "from", "form", 1 }, { "from", "frm", 1 }, { "from", "froma", 1 }, { "from", "frxm", 1 },
		{ "kitten", "sitting", 3 }, { "saturday", "sunday", 3 },
		{ "ca", "abc", 3 }, /* a swapped pair is not changed again */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(nearest_distance(cases[i].a, cases[i].b), cases[i].steps);
		assert_int_equal(nearest_distance(cases[i].b, cases[i].a), cases[i].steps);
	}
}

static void
a_slip_finds_the_name_that_was_meant(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("worklaod"), "workload");
	assert_string_equal(nearest_of("work-load"), "workload");
	assert_string_equal(nearest_of("FORM"), "from");
	assert_string_equal(nearest_of("headrom"), "headroom");
	assert_string_equal(nearest_of("min-replica"), "min_replicas");
	assert_string_equal(nearest_of("to"), "to");
}

static void
what_is_far_from_all_names_finds_none(void **state)
{
	(void)state;
	assert_null(nearest_of("zebra"));
	assert_null(nearest_of(""));
	assert_null(nearest_of("x"));
	assert_null(nearest_of("capacity_factor"));
}

static void
the_first_of_equally_near_names_is_kept(void **state)
{
	struct nearest nearest;

	(void)state;
	nearest_init(&nearest, "cat");
	nearest_offer(&nearest, "car");
	nearest_offer(&nearest, "can");
	assert_string_equal(nearest_found(&nearest), "car");
	nearest_offer(&nearest, "cat");
	assert_string_equal(nearest_found(&nearest), "cat");
}

static void
words_that_are_too_long_are_only_like_themselves(void **state)
{
	char a[200], b[200];

	(void)state;
	memset(a, 'a', sizeof(a));
	a[sizeof(a) - 1] = '\0';
	memcpy(b, a, sizeof(a));
	assert_int_equal(nearest_distance(a, b), 0);
	b[0] = 'b';
	assert_true(nearest_distance(a, b) > 100);
	assert_true(nearest_distance(a, "a") > 100);
	a[63] = b[63] = '\0';
	assert_int_equal(nearest_distance(a, b), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_single_steps),
		cmocka_unit_test(a_slip_finds_the_name_that_was_meant),
		cmocka_unit_test(what_is_far_from_all_names_finds_none),
		cmocka_unit_test(the_first_of_equally_near_names_is_kept),
		cmocka_unit_test(words_that_are_too_long_are_only_like_themselves),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
