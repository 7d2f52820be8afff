/*
 * Bands and swings of a saving whose inputs are uncertain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/compare/uncertainty.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

#define DRAWS 10000

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

/* The worked case: N + 1 under the reference week, five uncertain inputs. */
static struct scenario
uncertain_scenario(void)
{
	struct scenario scenario;
	static const struct {
		const char *path;
		double low, mode, high;
	} inputs[] = {
		{ "volume.mtok_month", 2000, 4000, 7000 },
		{ "closed.price", 4, 5, 7 },
		{ "self_hosted.gpu_hour", 1.7, 2.5, 3.5 },
		{ "self_hosted.throughput_tok_s", 2000, 3000, 4200 },
		{ "self_hosted.ops_month", 1500, 3750, 7500 },
	};

	scenario_default(&scenario);
	scenario.closed = closed_at(5);
	scenario.self_hosted = reference_fleet();
	scenario.self_hosted.redundancy = 1;
	scenario.self_hosted.ops_month = 3750;
	scenario.volume.given = true;
	scenario.volume.mtok_month = 4000;
	for (size_t i = 0; i < 5; i++) {
		struct uncertain_input *input = &scenario.uncertain.input[scenario.uncertain.inputs++];

		assert_int_equal(scenario_field_find(inputs[i].path, &input->field), 0);
		input->low = inputs[i].low;
		input->mode = inputs[i].mode;
		input->high = inputs[i].high;
	}
	return scenario;
}

static void
ten_thousand_draws_give_the_worked_bands_to_the_last_digit(void **state)
{
	struct scenario scenario = uncertain_scenario();
	static double savings[DRAWS];
	struct bands bands;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(uncertainty_draw(&bands, &scenario, savings, &err), 0);
	assert_true(near(bands.p10, 19.942759876182087, 1e-8));
	assert_true(near(bands.p50, 6306.433332703599, 1e-8));
	assert_true(near(bands.p90, 14135.078972219773, 1e-8));
	assert_true(near(bands.mean, 6716.76101934111, 1e-8));
	assert_true(bands.p_positive == 0.9012);
}

static void
a_tornado_is_sorted_by_swing(void **state)
{
	static const struct {
		const char *path;
		double low, high;
	} want[] = { { "volume.mtok_month", -1050, 16650 }, { "closed.price", 1300, 13300 },
		{ "self_hosted.gpu_hour", 8804, 920 }, { "self_hosted.ops_month", 7550, 1550 },
		{ "self_hosted.throughput_tok_s", 1650, 5300 } };
	struct scenario scenario = uncertain_scenario();
	struct swing swings[UNCERTAIN_MAX];
	struct err err = { 0 };
	double base;

	(void)state;
	/* The likely values are the base, whatever the scenario itself stands at. */
	scenario.volume.mtok_month = 1;
	assert_int_equal(uncertainty_swing(swings, &base, &scenario, &err), 0);
	assert_true(near(base, 5300, 1e-8));
	for (size_t i = 0; i < 5; i++) {
		char path[64];

		assert_string_equal(scenario_field_path(swings[i].field, path, sizeof(path)), want[i].path);
		assert_true(near(swings[i].low, want[i].low, 1e-8));
		assert_true(near(swings[i].high, want[i].high, 1e-8));
	}
}

static void
an_input_that_is_certain_leaves_the_draws_of_the_others_alone(void **state)
{
	struct scenario scenario = uncertain_scenario(), certain;
	static double savings[DRAWS], others[DRAWS];
	struct bands bands, same;
	struct err err = { 0 };

	(void)state;
	scenario.uncertain.draws = 1000;
	scenario.uncertain.input[0].low = scenario.uncertain.input[0].high = 4000;
	certain = scenario;
	certain.uncertain.input[0].low = 4000 - 1e-9;
	assert_int_equal(uncertainty_draw(&bands, &scenario, savings, &err), 0);
	assert_int_equal(uncertainty_draw(&same, &certain, others, &err), 0);
	assert_true(near(bands.p50, same.p50, 1e-6) && near(bands.p10, same.p10, 1e-6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_draws_give_the_worked_bands_to_the_last_digit),
		cmocka_unit_test(a_tornado_is_sorted_by_swing),
		cmocka_unit_test(an_input_that_is_certain_leaves_the_draws_of_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
