#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "models/units/random.h"

#define DRAWS 200000

static void
the_sequence_is_the_published_one(void **state)
{
	/* the values that accompany the authors' own program for seed 1234567 */
	static const uint64_t published[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423), UINT64_C(4593380528125082431), UINT64_C(16408922859458223821) };
	struct random random;
	size_t i;

	(void)state;
	random_seed(&random, 1234567);
	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		assert_true(random_next(&random) == published[i]);
}

static void
uniforms_of_seed_42_are_the_promised_ones(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 42);
	assert_true(random_uniform(&random) == 0.74156487877182331);
	assert_true(random_uniform(&random) == 0.1599103928769201);
	assert_true(random_uniform(&random) == 0.27860113025513866);
}

static void
uniforms_fill_the_interval_evenly(void **state)
{
	int counts[20] = { 0 };
	struct random random;
	double chi = 0;
	int i;

	(void)state;
	random_seed(&random, 1);
	for (i = 0; i < DRAWS; i++) {
		double u = random_uniform(&random);

		assert_true(u >= 0 && u < 1);
		counts[(int)(u * 20)]++;
	}
	for (i = 0; i < 20; i++)
		chi += (counts[i] - DRAWS / 20.0) * (counts[i] - DRAWS / 20.0) / (DRAWS / 20.0);
	/* 19 degrees of freedom: over 43.8 in one of a thousand seeds */
	assert_true(chi < 43.8);
}

static void
the_triangular_quantile_inverts_its_distribution(void **state)
{
	double u;

	(void)state;
	assert_true(random_triangular(0, 2000, 4000, 7000) == 2000);
	assert_true(fabs(random_triangular(0.4, 2000, 4000, 7000) - 4000) < 1e-9);
	for (u = 0; u < 1; u += 0.001) {
		double x = random_triangular(u, 2000, 4000, 7000);
		double back = x < 4000 ? (x - 2000) * (x - 2000) / (5000.0 * 2000)
				       : 1 - (7000 - x) * (7000 - x) / (5000.0 * 3000);

		assert_true(fabs(back - u) < 1e-12);
	}
	/* the mode at an end, and no width at all */
	assert_true(fabs(random_triangular(0.25, 0, 0, 1) - (1 - sqrt(0.75))) < 1e-15);
	assert_true(fabs(random_triangular(0.25, 0, 1, 1) - 0.5) < 1e-15);
	assert_true(random_triangular(0.7, 5, 5, 5) == 5);
}

static void
normals_are_the_quantiles_of_their_uniforms(void **state)
{
	/* from another implementation of the normal quantile, at the middle of the uniform's step */
	static const double expected[] = { 0.648177361328852, -0.9948262318051991, -0.5870021533389611,
		-0.40105255214178553 };
	struct random random;
	size_t i;

	(void)state;
	random_seed(&random, 42);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(fabs(random_normal(&random) - expected[i]) < 1e-14);
}

static void
normals_are_right_in_the_tails(void **state)
{
	/* seeds whose first uniform is 3.8e-6, the smallest there is (2^-53), and 1 - 8.2e-6 */
	static const struct {
		uint64_t seed;
		double value, within;
	} cases[] = { { 40106, -4.478160586668761, 1e-14 }, { UINT64_C(0x61c8864680b583eb), -8.209536151601386, 1e-14 },
		{ 72812, 4.309534953464811, 1e-11 } }; /* 1 - u has lost digits */
	struct random random;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		random_seed(&random, cases[i].seed);
		assert_true(fabs(random_normal(&random) - cases[i].value) < cases[i].within);
	}
}

static void
normals_have_the_right_moments_and_tails(void **state)
{
	double sum = 0, squares = 0, largest = 0;
	struct random random;
	int i, beyond = 0;

	(void)state;
	random_seed(&random, 2);
	for (i = 0; i < DRAWS; i++) {
		double x = random_normal(&random);

		assert_true(isfinite(x));
		sum += x;
		squares += x * x;
		beyond += fabs(x) > 1.9599639845400545;
		largest = fmax(largest, fabs(x));
	}
	assert_true(fabs(sum / DRAWS) < 4 / sqrt(DRAWS));
	assert_true(fabs(squares / DRAWS - 1) < 4 * sqrt(2.0 / DRAWS));
	assert_true(fabs(beyond - 0.05 * DRAWS) < 4 * sqrt(0.05 * 0.95 * DRAWS));
	assert_true(largest > 3.9 && largest < 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sequence_is_the_published_one),
		cmocka_unit_test(uniforms_of_seed_42_are_the_promised_ones),
		cmocka_unit_test(uniforms_fill_the_interval_evenly),
		cmocka_unit_test(the_triangular_quantile_inverts_its_distribution),
		cmocka_unit_test(normals_are_the_quantiles_of_their_uniforms),
		cmocka_unit_test(normals_are_right_in_the_tails),
		cmocka_unit_test(normals_have_the_right_moments_and_tails),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
