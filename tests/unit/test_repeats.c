#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/repeats.h"

static void
a_hash_is_counted_however_many_came_between(void **state)
{
	struct repeats *repeats = repeats_open();

	(void)state;
	assert_non_null(repeats);
	for (int64_t round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 100000; i++)
			assert_int_equal(repeats_count(repeats, i * UINT64_C(0x9e3779b97f4a7c15)), round);
	repeats_close(repeats);
}

static void
a_full_count_still_knows_the_old_and_says_no_to_new_ones(void **state)
{
	struct repeats *repeats = repeats_open();

	(void)state;
	assert_non_null(repeats);
	for (uint64_t i = 0; i < REPEATS_MAX; i++)
		assert_int_equal(repeats_count(repeats, i), 0);
	assert_int_equal(repeats_count(repeats, REPEATS_MAX), -1);
	assert_int_equal(repeats_count(repeats, 7), 1);
	repeats_close(repeats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_is_counted_however_many_came_between),
		cmocka_unit_test(a_full_count_still_knows_the_old_and_says_no_to_new_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
