/*
 * As much of cmocka as tests/unit/test_kernels.c calls, for processors that this machine is not of: its library is
 * not there for them. A check that fails ends the program.
 */
#ifndef CROSS_CMOCKA_H
#define CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
};

#define cmocka_unit_test(function) \
	{ \
#function, function \
	}

#define assert_true(truth) \
	do { \
		if (!(truth)) { \
			printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #truth); \
			exit(1); \
		} \
	} while (0)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_int_equal(a, b) assert_true((a) == (b))
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_memory_not_equal(a, b, n) assert_true(memcmp(a, b, n) != 0)

#define cmocka_run_group_tests(tests, begin, end) run_all(tests, sizeof(tests) / sizeof((tests)[0]))

static inline int
run_all(const struct CMUnitTest *tests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tests[i].run(NULL);
		printf("ok   %s\n", tests[i].name);
	}
	return 0;
}

#endif
