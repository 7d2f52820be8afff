/*
 * How long stretches last that lie over each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "models/decide/downtime.h"
#include "models/units/random.h"

static void
what_two_stretches_share_counts_once(void **state)
{
	const struct span spans[] = { { 0, 10 }, { 2, 5 }, { 8, 12 }, { 12, 13 }, { 20, 25 } };

	(void)state;
	assert_int_equal(spans_union(spans, 5, -100, 100), 18);
	assert_int_equal(spans_union(spans, 5, 9, 22), 6);
	assert_int_equal(spans_union(spans, 5, 14, 19), 0);
	assert_int_equal(spans_union(spans, 0, 0, 100), 0);
}

static void
a_stretch_that_ends_before_it_begins_is_empty(void **state)
{
	const struct span spans[] = { { 3, 1 }, { 5, 5 }, { 6, 7 } };

	(void)state;
	assert_int_equal(spans_union(spans, 3, 0, 10), 1);
}

static int
by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void
the_union_is_what_a_count_of_each_moment_gives(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 5);
	for (int round = 0; round < 500; round++) {
		struct span spans[8];
		bool down[64] = { false };
		int64_t from = (int64_t)(random_next(&random) % 64), to = (int64_t)(random_next(&random) % 65), sum = 0;

		for (int i = 0; i < 8; i++) {
			spans[i].from = (int64_t)(random_next(&random) % 64);
			spans[i].to = spans[i].from + (int64_t)(random_next(&random) % 12) - 2;
			for (int64_t k = spans[i].from; k < spans[i].to && k < 64; k++)
				down[k] = true;
		}
		for (int64_t k = from; k < to && k < 64; k++)
			sum += down[k];
		qsort(spans, 8, sizeof(spans[0]), by_begin);
		assert_int_equal(spans_union(spans, 8, from, to < 64 ? to : 64), sum);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_stretches_share_counts_once),
		cmocka_unit_test(a_stretch_that_ends_before_it_begins_is_empty),
		cmocka_unit_test(the_union_is_what_a_count_of_each_moment_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
