#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/day_shape.h"
#include "models/units/err.h"
#include "models/units/random.h"

/* A number of up to so many bits, so that every length of a packed one occurs. */
static int64_t
number_of(struct random *random, int bits_max)
{
	int bits = (int)(random_next(random) % (uint64_t)(bits_max + 1));

	return bits == 0 ? 0 : (int64_t)(random_next(random) >> (64 - bits));
}

static void
what_was_packed_is_read_back(void **state)
{
	static int64_t wanted[SHAPE_STEPS][SHAPE_VALUES];
	static struct day_shape day;
	unsigned char packed[SHAPE_BYTES];
	struct random random;
	struct err err;

	(void)state;
	random_seed(&random, 7);
	for (int round = 0; round < 200; round++) {
		unsigned char *to = packed, *whole;
		int gap = 0;

		memset(wanted, 0, sizeof(wanted));
		for (int step = 0; step < SHAPE_STEPS; step++) {
			if (random_next(&random) % 3 == 0) {
				gap++;
				continue;
			}
			for (int i = 0; i < SHAPE_VALUES; i++)
				wanted[step][i] = number_of(&random, 63);
			if (random_next(&random) % 2 == 0)
				wanted[step][SHAPE_AMOUNT] = -wanted[step][SHAPE_AMOUNT];
			to = shape_pack(to, gap, wanted[step]);
			gap = 0;
		}
		/* of its own length, so that a byte read behind it is noticed */
		whole = malloc((size_t)(to - packed) + 1);
		memcpy(whole, packed, (size_t)(to - packed));
		memset(&day, 0, sizeof(day));
		assert_int_equal(shape_add(&day, whole, (size_t)(to - packed), &err), 0);
		assert_memory_equal(day.value, wanted, sizeof(wanted));
		free(whole);
	}
}

static void
a_shape_that_is_cut_off_is_refused(void **state)
{
	static const int64_t value[SHAPE_VALUES] = { 1, INT64_C(1) << 40, 300, 0, -5 };
	static struct day_shape day;
	unsigned char packed[SHAPE_BYTES];
	size_t n = (size_t)(shape_pack(packed, 3, value) - packed);
	struct err err;

	(void)state;
	for (size_t cut = 1; cut < n; cut++) {
		assert_int_equal(shape_add(&day, packed, cut, &err), -1);
		assert_string_equal(err.text, "the shape of a day is cut off");
	}
	memset(&day, 0, sizeof(day));
	assert_int_equal(shape_add(&day, packed, n, &err), 0);
	assert_int_equal(day.value[3][SHAPE_INPUT], INT64_C(1) << 40);
	assert_int_equal(day.value[3][SHAPE_AMOUNT], -5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_is_read_back),
		cmocka_unit_test(a_shape_that_is_cut_off_is_refused),
	};

	return cmocka_run_group_tests_name("day_shape", tests, NULL, NULL);
}
