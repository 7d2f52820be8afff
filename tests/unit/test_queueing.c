/*
 * Waiting in pools and replicas, against closed forms and against a simulation of each arrival and departure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/supply/queueing.h"
#include "models/units/quantile.h"
#include "models/units/random.h"

#define SERVERS_MAX 256

/* ---- the simulation: first come, first served, each with the first server that becomes free */

enum shape { CONSTANT, ERLANG4, EXPONENTIAL, TWO_PHASES };

static const double scv_of[] = { 0, 0.25, 1, 1.5 };

static double
exponential(struct random *random)
{
	return -log1p(-random_uniform(random));
}

/* Of mean 1. */
static double
draw(struct random *random, enum shape shape)
{
	static const double p = 0.723606797749979; /* balanced means, squared variation 1.5 */
	double sum = 0;

	switch (shape) {
	case CONSTANT:
		return 1;
	case ERLANG4:
		for (int i = 0; i < 4; i++)
			sum += exponential(random) / 4;
		return sum;
	case EXPONENTIAL:
		return exponential(random);
	default:
		return exponential(random) / (random_uniform(random) < p ? 2 * p : 2 * (1 - p));
	}
}

/* free[] is a heap of the times at which servers become free, the earliest first. */
static void
sift(double *heap, size_t n)
{
	size_t at = 0;

	for (;;) {
		size_t next = 2 * at + 1;
		double swap;

		if (next >= n)
			return;
		next += next + 1 < n && heap[next + 1] < heap[next];
		if (heap[at] <= heap[next])
			return;
		swap = heap[at];
		heap[at] = heap[next];
		heap[next] = swap;
		at = next;
	}
}

/* Waits of n arrivals after n / 10 that are thrown away. */
static void
simulate(double servers, double load, enum shape shape, double *waits, size_t n)
{
	double heap[SERVERS_MAX] = { 0 }, now = 0;
	struct random random;

	random_seed(&random, 7 + (uint64_t)shape);
	for (size_t i = 0; i < n + n / 10; i++) {
		double start;

		now += exponential(&random) / (servers * load);
		start = fmax(now, heap[0]);
		heap[0] = start + draw(&random, shape);
		sift(heap, (size_t)servers);
		if (i >= n / 10)
			waits[i - n / 10] = start - now;
	}
	quantile_sort(waits, n);
}

/*
 * At most: busy servers forget slowly. A sanitizer looks at what is read and written, not at how near the figures are,
 * for which there must be many.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ARRIVALS 60000
#define WITHIN 0.8
#else
#define ARRIVALS 1500000
#define WITHIN 0.1
#endif

/* Waits are told in service times; one shorter than a tenth of the service is as good as none. */
static void
the_tail_of_the_wait_is_that_of_a_simulation_within_a_tenth(void **state)
{
	static const double servers[] = { 1, 8, 32 }, loads[] = { 0.7, 0.8, 0.9 };
	double *waits = malloc(ARRIVALS * sizeof(double));
	int compared = 0;

	(void)state;
	assert_non_null(waits);
	for (size_t s = 0; s < 3; s++)
		for (size_t l = 0; l < 3; l++)
			for (int shape = CONSTANT; shape <= TWO_PHASES; shape++) {
				struct queue_pool pool = { servers[s], servers[s] * loads[l], 1, 1, scv_of[shape] };
				struct queue_wait wait;
				size_t n;

				assert_int_equal(queue_wait(&pool, &wait), 0);
				n = loads[l] > 0.85 ? ARRIVALS : ARRIVALS / 3;
				simulate(servers[s], loads[l], (enum shape)shape, waits, n);
				for (int q = 0; q < 2; q++) {
					double p = q == 0 ? 0.95 : 0.99, told = queue_wait_quantile(&wait, p);
					double seen = quantile(waits, n, p);

					if (fmax(told, seen) < 0.1)
						continue;
					compared++;
					if (fabs(told - seen) > WITHIN * seen + 0.02)
						print_message("%g servers, load %g, shape %d, p %g: %g, simulated %g\n",
							servers[s], loads[l], shape, p, told, seen);
					assert_true(fabs(told - seen) <= WITHIN * seen + 0.02);
				}
			}
	assert_true(compared > 40);
	free(waits);
}

/* The same arrivals as the simulation draws, of which the first tenth is thrown away too. */
static void
arrivals_that_were_measured_wait_as_in_a_simulation(void **state)
{
	enum { N = 20000, ALL = N + N / 10, SERVERS = 8 };
	static double waits[N], at[ALL], started[ALL], replayed[N];
	struct queue_replay replay = { at, ALL, started };
	struct random random;
	const double load = 0.9;
	double now = 0;

	(void)state;
	simulate(SERVERS, load, CONSTANT, waits, N);
	random_seed(&random, 7 + (uint64_t)CONSTANT);
	for (size_t i = 0; i < ALL; i++)
		at[i] = now += exponential(&random) / (SERVERS * load);
	queue_replay(&replay, SERVERS, 1);
	for (size_t i = 0; i < N; i++)
		replayed[i] = started[ALL - N + i] - at[ALL - N + i];
	quantile_sort(replayed, N);
	for (size_t i = 0; i < N; i++)
		assert_true(fabs(replayed[i] - waits[i]) < 1e-6);
	replay = (struct queue_replay){ at, ALL, started };
	queue_replay(&replay, ALL, 1);
	assert_true(queue_replay_quantile(&replay, 0.99) == 0);
	replay.n = 0;
	queue_replay(&replay, 1, 1);
	assert_true(queue_replay_quantile(&replay, 0.95) == 0);
}

/* A hundred at one moment and none for long: the 95th begins after the servers have turned over 23 times. */
static void
a_burst_waits_for_as_many_turns_as_it_takes(void **state)
{
	double at[100] = { 0 }, started[100];
	struct queue_replay replay = { at, 100, started };

	(void)state;
	queue_replay(&replay, 4, 0.5);
	assert_true(fabs(queue_replay_quantile(&replay, 0.95) - 0.5 * 23) < 1e-5);
	assert_true(fabs(started[99] - 0.5 * 24) < 1e-9);
}

static void
erlangs_formulas_give_their_published_values(void **state)
{
	(void)state;
	/* 10 erlang on 10 and 15 lines. */
	assert_true(fabs(queue_erlang_b(10, 10) - 0.214582) < 1e-6);
	assert_true(fabs(queue_erlang_b(10, 15) - 0.036497) < 1e-6);
	assert_true(fabs(queue_erlang_c(8, 10) - 0.409180) < 1e-6);
	assert_true(queue_erlang_c(10, 10) == 1);
}

static void
a_single_exponential_server_is_exact(void **state)
{
	struct queue_pool pool = { 1, 0.8, 1, 1, 1 };
	struct queue_wait wait;

	(void)state;
	assert_int_equal(queue_wait(&pool, &wait), 0);
	assert_true(fabs(wait.mean_s - 4) < 1e-9);
	assert_true(fabs(wait.decay_s - 0.2) < 1e-9);
	assert_true(fabs(queue_wait_tail(&wait, 5) - 0.8 * exp(-1)) < 1e-9);
	assert_true(fabs(queue_wait_quantile(&wait, 0.95) - log(0.8 / 0.05) / 0.2) < 1e-9);
}

static void
more_load_never_waits_less_and_too_much_is_said(void **state)
{
	double before = 0;

	(void)state;
	for (double load = 0.05; load < 0.999; load += 0.01) {
		struct queue_pool pool = { 32, 32 * load, 1, 1.2, 0.8 };
		struct queue_wait wait;

		assert_int_equal(queue_wait(&pool, &wait), 0);
		assert_true(wait.mean_s >= before);
		before = wait.mean_s;
	}
	assert_int_equal(queue_wait(&(struct queue_pool){ 4, 4, 1, 1, 1 }, &(struct queue_wait){ 0 }), -1);
}

/* A replica that serves n at the rate n/S is a pool of so many servers; its chances are Erlang's. */
static void
a_replica_without_slowing_is_erlangs_pool(void **state)
{
	double rate[64];
	struct queue_replica replica = { rate, 64, 56 };
	struct queue_held held;

	(void)state;
	for (int n = 1; n <= 64; n++)
		rate[n - 1] = n;
	assert_int_equal(queue_replica(&replica, &held), 0);
	assert_true(fabs(held.wait.waits - queue_erlang_c(56, 64)) < 1e-9);
	assert_true(fabs(held.mean - 56) < 1e-9);
	replica.arrivals_s = 64;
	assert_int_equal(queue_replica(&replica, &held), -1);
}

/* Batches that slow each other down, drawn event by event: exponential times, rate by how many are inside. */
static void
a_replica_that_slows_holds_what_a_simulation_holds(void **state)
{
	double rate[32], now = 0, inside = 0, waiting = 0, area = 0, line = 0, arrivals_s = 0.75 * 32 / (1 + 0.05 * 32);
	struct queue_replica replica = { rate, 32, arrivals_s };
	struct queue_held held;
	struct random random;

	(void)state;
	for (int n = 1; n <= 32; n++)
		rate[n - 1] = n / (1 + 0.05 * n);
	assert_int_equal(queue_replica(&replica, &held), 0);
	random_seed(&random, 11);
	for (int i = 0; i < 2000000; i++) {
		double leave = inside > 0 ? rate[(int)inside - 1] : 0,
		       step = exponential(&random) / (arrivals_s + leave);

		now += step;
		area += inside * step;
		line += waiting * step;
		if (random_uniform(&random) * (arrivals_s + leave) < arrivals_s) {
			if (inside < 32)
				inside++;
			else
				waiting++;
		} else if (waiting > 0)
			waiting--;
		else
			inside--;
	}
	assert_true(fabs(held.mean / (area / now) - 1) < 0.03);
	assert_true(fabs(held.waiting - line / now) < 0.1 * fmax(held.waiting, 0.2));
}

static void
the_busiest_window_is_found(void **state)
{
	static const double at[] = { 0, 1, 2, 30, 30.5, 31, 39.9, 40.1, 90 };
	static const double weight[] = { 100, 1, 1, 1, 1, 1, 1, 1, 5 };

	(void)state;
	assert_true(fabs(queue_burst(at, NULL, 9, 10) - 0.4) < 1e-12);
	assert_true(fabs(queue_burst(at, weight, 9, 10) - 10.2) < 1e-12);
	assert_true(queue_burst(at, NULL, 0, 10) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(erlangs_formulas_give_their_published_values),
		cmocka_unit_test(a_single_exponential_server_is_exact),
		cmocka_unit_test(more_load_never_waits_less_and_too_much_is_said),
		cmocka_unit_test(the_tail_of_the_wait_is_that_of_a_simulation_within_a_tenth),
		cmocka_unit_test(arrivals_that_were_measured_wait_as_in_a_simulation),
		cmocka_unit_test(a_burst_waits_for_as_many_turns_as_it_takes),
		cmocka_unit_test(a_replica_without_slowing_is_erlangs_pool),
		cmocka_unit_test(a_replica_that_slows_holds_what_a_simulation_holds),
		cmocka_unit_test(the_busiest_window_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
