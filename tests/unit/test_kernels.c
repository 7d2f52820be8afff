#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/reference.h"
#include "models/units/err.h"

/* No multiples of groups, blocks, panels or tiles. */
#define ROWS 121
#define COLUMNS 202
#define TOKENS 9

static void
half_precision_and_bf16_keep_what_they_can_hold(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 0x7c00; bits++) {
		assert_int_equal(half_from_float(half_to_float((uint16_t)bits)), bits);
		assert_int_equal(half_from_float(-half_to_float((uint16_t)bits)), bits | 0x8000);
	}
	for (unsigned bits = 0; bits < 0x7f80; bits++)
		assert_int_equal(bf16_from_float(bf16_to_float((uint16_t)bits)), bits);
	assert_int_equal(half_from_float(1.0f), 0x3c00);
	assert_int_equal(half_from_float(0x1.002p0f), 0x3c00); /* a tie goes to the even one below */
	assert_int_equal(half_from_float(0x1.006p0f), 0x3c02); /* and to the even one above */
	assert_int_equal(half_from_float(0x1.ffep0f), 0x4000); /* and over into the next exponent */
	assert_int_equal(bf16_from_float(0x1.01p0f), 0x3f80);
	assert_int_equal(bf16_from_float(0x1.03p0f), 0x3f82);
}

static struct matrix
drawn(enum weight_format precision, uint64_t seed)
{
	struct matrix matrix;

	matrix_shape(&matrix, precision, ROWS, COLUMNS);
	matrix.data = aligned_alloc(64, matrix_bytes(&matrix));
	assert_non_null(matrix.data);
	matrix_fill(&matrix, 0, matrix.groups, seed);
	return matrix;
}

static void
weights_are_of_their_format_and_spread_as_the_inputs_need_it(void **state)
{
	(void)state;
	for (int p = 0; p < WEIGHT_FORMATS; p++) {
		struct matrix matrix = drawn((enum weight_format)p, 5);
		double sum = 0, squares = 0, n = (double)ROWS * COLUMNS;

		for (size_t r = 0; r < matrix.groups * GROUP_ROWS; r++)
			for (size_t c = 0; c < matrix.padded; c++) {
				double weight = matrix_weight(&matrix, r, c);

				if (r >= ROWS || c >= COLUMNS)
					assert_true(weight == 0);
				sum += weight;
				squares += weight * weight;
			}
		assert_true(fabs(sum / n) < 0.15 / sqrt(COLUMNS));
		assert_true(fabs(squares / n * COLUMNS - 1) < 0.15);
		free(matrix.data);
	}
}

static void
weights_do_not_depend_on_who_draws_which_rows(void **state)
{
	(void)state;
	for (int p = 0; p < WEIGHT_FORMATS; p++) {
		struct matrix one = drawn((enum weight_format)p, 5), two = drawn((enum weight_format)p, 6);

		assert_memory_not_equal(one.data, two.data, matrix_bytes(&one));
		for (size_t g = two.groups; g-- > 0;)
			matrix_fill(&two, g, g + 1, 5);
		assert_memory_equal(one.data, two.data, matrix_bytes(&one));
		free(one.data);
		free(two.data);
	}
}

/* The value that a product sees in place of x, as the set prepared it. */
static double
seen(const struct activation *x, enum weight_format precision, bool halved, size_t column)
{
	if (precision == WEIGHTS_Q8_0 || precision == WEIGHTS_Q4_0)
		return (double)x->q[column] * (double)x->scale[column / BLOCK_COLUMNS];
	return halved && precision == WEIGHTS_BF16 ? (double)bf16_to_float(x->bf16[column]) : (double)x->full[column];
}

static void
compare_products(const struct kernels *set, enum weight_format precision)
{
	struct matrix w = drawn(precision, 7);
	size_t stride = w.groups * GROUP_ROWS;
	float *x = calloc(TOKENS * COLUMNS, sizeof(*x)), *y = calloc((TOKENS + 1) * stride, sizeof(*y));
	struct activation all;

	assert_true(x != NULL && y != NULL && activation_init(&all, TOKENS, COLUMNS) == 0);
	for (size_t i = 0; i < TOKENS * COLUMNS; i++)
		x[i] = sinf((float)i * 1.7f) * (float)(1 + i % 5);
	for (size_t t = 0; t < TOKENS; t++) {
		struct activation into = activation_at(&all, t, COLUMNS);

		set->prepare(x + t * COLUMNS, COLUMNS, w.padded, precision, &into);
		for (size_t c = 0; c < COLUMNS; c++) {
			double rounding = precision == WEIGHTS_F32 ? 0 : precision == WEIGHTS_BF16 ? 0.02 : 5.0 / 254;

			assert_true(fabs(seen(&into, precision, set->halves, c) - (double)x[t * COLUMNS + c]) <=
				rounding * 1.001);
		}
	}
	set->many(&w, 0, w.groups, &all, TOKENS, y, stride);
	set->vector(&w, 0, w.groups, &all, y + TOKENS * stride);
	for (size_t t = 0; t <= TOKENS; t++) {
		struct activation from = activation_at(&all, t % TOKENS, COLUMNS);

		for (size_t r = 0; r < stride; r++) {
			double sum = 0;

			for (size_t c = 0; c < COLUMNS && r < ROWS; c++)
				sum += matrix_weight(&w, r, c) * seen(&from, precision, set->halves, c);
			assert_true(fabs((double)y[t * stride + r] - sum) < 1e-4);
		}
	}
	activation_free(&all);
	free(w.data);
	free(x);
	free(y);
}

static void
every_set_of_kernels_multiplies_as_the_weights_say(void **state)
{
	(void)state;
	for (size_t i = 0; kernel_sets[i] != NULL; i++)
		for (int p = 0; p < WEIGHT_FORMATS && kernel_sets[i]->runs(); p++)
			compare_products(kernel_sets[i], (enum weight_format)p);
}

static void
every_set_reads_every_byte_once(void **state)
{
	uint64_t *words = aligned_alloc(64, 4096);
	uint64_t sum = 0;

	(void)state;
	for (size_t i = 0; i < 512; i++)
		sum += words[i] = i * i * UINT64_C(0x123456789);
	for (size_t i = 0; kernel_sets[i] != NULL; i++)
		if (kernel_sets[i]->runs())
			assert_true(kernel_sets[i]->read(words, 4096) == sum);
	free(words);
}

static void
a_small_transformer_agrees_with_double_precision(void **state)
{
	struct err err = { 0 };
	double error;

	(void)state;
	for (size_t i = 0; kernel_sets[i] != NULL; i++)
		for (int p = 0; p < WEIGHT_FORMATS && kernel_sets[i]->runs(); p++) {
			assert_int_equal(reference_check((enum weight_format)p, kernel_sets[i], &error, &err), 0);
			assert_true(error > 0 && error < reference_limit((enum weight_format)p));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_precision_and_bf16_keep_what_they_can_hold),
		cmocka_unit_test(weights_are_of_their_format_and_spread_as_the_inputs_need_it),
		cmocka_unit_test(weights_do_not_depend_on_who_draws_which_rows),
		cmocka_unit_test(every_set_of_kernels_multiplies_as_the_weights_say),
		cmocka_unit_test(every_set_reads_every_byte_once),
		cmocka_unit_test(a_small_transformer_agrees_with_double_precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
