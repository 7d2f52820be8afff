/*
 * Which stretches of production tell of speed, and what they tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "models/supply/observed.h"
#include "models/units/random.h"

#define SECOND INT64_C(1000000)
#define QUARTER (900 * SECOND)

/* A quarter hour of 16 requests at once, 25 ms a token, 1000 tokens in and 200 out, 2 of 16 before their first token. */
static struct speed_reading
busy(int i)
{
	const int64_t decoding = 14, tokens = decoding * 900 * 1000 / 25;

	return (struct speed_reading){ .quarter_us = i * QUARTER,
		.engine = text_of("vllm"),
		.replica = text_of("gpu1:8000"),
		.model = text_of("own-8b"),
		.place = { text_of("H100 SXM"), 2, 0, text_of("fp8"), text_of(""), text_of("Llama-3.1-8B") },
		.from_us = i * QUARTER,
		.to_us = (i + 1) * QUARTER,
		.watched_us = QUARTER,
		.input_tokens = tokens / 199 * 1000,
		.cached_tokens = tokens / 199 * 250,
		.output_tokens = tokens / 199 * 200,
		.requests = tokens / 199,
		.busy_us = QUARTER,
		.running_ms = 16 * 900 * 1000,
		.waiting_ms = 0,
		.kv_ppm_ms = NOT_REPORTED,
		.ttft_us = 2 * QUARTER,
		.ttft_requests = tokens / 199,
		.token_us = decoding * QUARTER,
		.token_gaps = tokens };
}

static void
take(struct observed *observed, int n, void (*change)(struct speed_reading *))
{
	for (int i = 0; i < n; i++) {
		struct speed_reading reading = busy(i);

		if (change != NULL)
			change(&reading);
		assert_int_equal(observed_judge(&reading, false), OBSERVED_ENOUGH);
		if (i == 0)
			observed_begin(observed, &reading);
		assert_true(observed_holds(observed, &reading));
		observed_add(observed, &reading);
	}
}

static void
an_hour_of_work_tells_the_speed_at_its_load(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	take(&observed, 4, NULL);
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_ENOUGH);
	assert_true(fabs(speed.at_once - 16) < 1e-9);
	assert_true(fabs(speed.tpot_s - 0.025) < 1e-5);
	assert_true(fabs(speed.isl - 1000) < 1e-9 && fabs(speed.osl - 200) < 1e-9 && fabs(speed.cached - 0.25) < 1e-9);
	/* 14 that decode, each 40 tokens a second, and the first token of each. */
	assert_true(fabs(speed.output_tok_s - 14 * 40 * 200.0 / 199) < 1);
	assert_int_equal(observed.quarters, 4);
	assert_int_equal(observed.to_us, 4 * QUARTER);
}

static void
less_than_an_hour_tells_nothing(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	take(&observed, OBSERVED_QUARTERS - 1, NULL);
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_FEW);
	assert_true(isnan(speed.tpot_s) && isnan(speed.output_tok_s));
}

static void
alone(struct speed_reading *r)
{
	r->running_ms = 2 * 900 * 1000;
	r->token_us = r->token_us / 8;
	r->token_gaps = r->token_gaps / 8;
	r->ttft_us = QUARTER / 8;
}

/* Two at once: looks that all find work miss idle moments, so tokens a second would be demand. */
static void
few_at_once_tell_the_time_per_token_alone(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	take(&observed, 8, alone);
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_ENOUGH);
	assert_true(speed.tpot_s > 0 && isnan(speed.output_tok_s));
}

static void
looked_at_while_full(struct speed_reading *r)
{
	r->token_us /= 8;
	r->token_gaps /= 8;
	r->output_tokens /= 8;
	r->ttft_us /= 8;
}

static void
looked_at_while_empty(struct speed_reading *r)
{
	r->running_ms = 2 * 900 * 1000;
}

static void
looks_that_contradict_the_counters_tell_nothing(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	take(&observed, 8, looked_at_while_full);
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_CONTRADICTS);
	take(&observed, 8, looked_at_while_empty);
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_CONTRADICTS);
}

/* One mean a request, as TGI tells it: Little's law does not apply, and the mean of means stands. */
static void
means_of_requests_are_taken_as_they_are(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct speed_reading reading = busy(i);

		reading.token_gaps = reading.requests;
		reading.token_us = reading.requests * 30000;
		if (i == 0)
			observed_begin(&observed, &reading);
		observed_add(&observed, &reading);
	}
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_ENOUGH);
	assert_true(fabs(speed.tpot_s - 0.03) < 1e-9);
}

/* Two tokens a step: the time per token is half of the time between steps. */
static void
speculation_is_counted_by_tokens(void **state)
{
	struct observed observed;
	struct observed_speed speed;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct speed_reading reading = busy(i);

		reading.token_gaps /= 2;
		if (i == 0)
			observed_begin(&observed, &reading);
		observed_add(&observed, &reading);
	}
	assert_int_equal(observed_speed(&observed, &speed), OBSERVED_ENOUGH);
	assert_true(fabs(speed.tpot_s - 0.025) < 1e-5);
}

static void
what_says_nothing_is_named(void **state)
{
	struct speed_reading reading = busy(0);

	(void)state;
	assert_int_equal(observed_judge(&reading, true), OBSERVED_SHARED);
	reading.place.gpu = text_of("");
	assert_int_equal(observed_judge(&reading, false), OBSERVED_NO_GPU);
	reading = busy(0);
	reading.running_ms = NOT_REPORTED;
	assert_int_equal(observed_judge(&reading, false), OBSERVED_NO_COUNT);
	reading = busy(0);
	reading.requests = NOT_REPORTED;
	assert_int_equal(observed_judge(&reading, false), OBSERVED_NO_LENGTHS);
	reading = busy(0);
	reading.watched_us = reading.busy_us = QUARTER / 2;
	assert_int_equal(observed_judge(&reading, false), OBSERVED_UNWATCHED);
	reading = busy(0);
	reading.busy_us = QUARTER * 14 / 15;
	assert_int_equal(observed_judge(&reading, false), OBSERVED_IDLE);
	reading = busy(0);
	reading.running_ms = reading.watched_us / 2000;
	assert_int_equal(observed_judge(&reading, false), OBSERVED_IDLE);
	for (int lack = 1; lack < OBSERVED_LACKS; lack++)
		assert_true(observed_lack_names[lack] != NULL && observed_lack_names[lack][0] != '\0');
}

static void
setups_and_loads_are_kept_apart(void **state)
{
	struct speed_reading reading = busy(0), other = busy(1);
	struct observed observed;

	(void)state;
	observed_begin(&observed, &reading);
	assert_true(observed_holds(&observed, &other));
	other.replica = text_of("gpu2:8000");
	assert_true(observed_holds(&observed, &other)); /* replicas of one setup are taken together */
	other.running_ms = other.running_ms * 5 / 4;
	assert_true(observed_holds(&observed, &other));
	other.running_ms = reading.running_ms * 2;
	assert_false(observed_holds(&observed, &other));
	other = busy(1);
	other.place.engine_version = text_of("0.12");
	assert_false(observed_holds(&observed, &other));
	other = busy(1);
	other.place.gpus = 4;
	assert_false(observed_holds(&observed, &other));
}

/* ---- an engine whose speed is known, under requests that come at random, looked at once a minute */

#define TOKENS 200 /* of a reply, mean */

static double
tpot_of(double at_once)
{
	return 0.020 + 0.001 * at_once;
}

static double
exponential(struct random *random)
{
	return -log1p(-random_uniform(random));
}

/* One minute: what is at work changes with each arrival and each end. */
static double
work_a_minute(double at_once, double arrivals_s, struct random *random, struct speed_reading *r, double sums[3])
{
	for (double left = 60; left > 0;) {
		double ends = at_once > 0 ? at_once / (TOKENS * tpot_of(at_once)) : 0;
		double step = exponential(random) / (arrivals_s + ends), spent = fmin(step, left);

		sums[0] += at_once > 0 ? at_once * spent / tpot_of(at_once) : 0;
		sums[1] += at_once * spent;
		left -= spent;
		if (step > spent)
			break;
		if (random_uniform(random) * (arrivals_s + ends) < arrivals_s)
			at_once++;
		else {
			at_once--;
			sums[2]++;
		}
	}
	r->running_ms += (int64_t)at_once * 60000;
	r->busy_us += at_once > 0 ? 60 * SECOND : 0;
	return at_once;
}

/*
 * The speed that is told is what the engine does at the number at once that is told with it: random arrivals are met by
 * one more than the mean, a minute's look is a sample, and both together stay under five of a hundred.
 */
static void
an_engine_under_random_arrivals_is_told_as_it_is(void **state)
{
	static const double loads[] = { 8, 16, 40 };

	(void)state;
	for (size_t l = 0; l < sizeof(loads) / sizeof(loads[0]); l++) {
		double at_once = loads[l], arrivals_s = loads[l] / (TOKENS * tpot_of(loads[l]));
		struct observed levels[8];
		struct observed_speed speed;
		struct random random;
		size_t n = 0, best = 0;

		random_seed(&random, 5 + l);
		for (int i = 0; i < 96; i++) {
			struct speed_reading r = busy(i);
			double sums[3] = { 0 };
			size_t at = 0;

			r.running_ms = r.busy_us = 0;
			for (int minute = 0; minute < 15; minute++)
				at_once = work_a_minute(at_once, arrivals_s, &random, &r, sums);
			r.output_tokens = r.token_gaps = (int64_t)sums[0];
			r.token_us = (int64_t)(1e6 * sums[1]);
			r.requests = (int64_t)sums[2];
			r.ttft_us = NOT_REPORTED;
			if (observed_judge(&r, false) != OBSERVED_ENOUGH)
				continue;
			while (at < n && !observed_holds(&levels[at], &r))
				at++;
			assert_true(at < 8);
			if (at == n)
				observed_begin(&levels[n++], &r);
			observed_add(&levels[at], &r);
		}
		for (size_t i = 0; i < n; i++)
			if (levels[i].quarters > levels[best].quarters)
				best = i;
		assert_true(n > 0);
		assert_int_equal(observed_speed(&levels[best], &speed), OBSERVED_ENOUGH);
		assert_true(fabs(speed.tpot_s / tpot_of(speed.at_once) - 1) < 0.05);
		assert_true(fabs(speed.output_tok_s / (speed.at_once / tpot_of(speed.at_once)) - 1) < 0.05);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_of_work_tells_the_speed_at_its_load),
		cmocka_unit_test(less_than_an_hour_tells_nothing),
		cmocka_unit_test(few_at_once_tell_the_time_per_token_alone),
		cmocka_unit_test(looks_that_contradict_the_counters_tell_nothing),
		cmocka_unit_test(means_of_requests_are_taken_as_they_are),
		cmocka_unit_test(speculation_is_counted_by_tokens),
		cmocka_unit_test(what_says_nothing_is_named),
		cmocka_unit_test(setups_and_loads_are_kept_apart),
		cmocka_unit_test(an_engine_under_random_arrivals_is_told_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
