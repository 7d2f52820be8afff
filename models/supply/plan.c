#include <math.h>

#include "models/supply/plan.h"
#include "models/supply/queueing.h"
#include "models/units/err.h"

const char *const plan_limit_names[PLAN_LIMITS] = { "time per token", "first token", "memory", "scheduler" };
const char *const plan_reason_names[PLAN_REASONS] = { "load", "burst", "wait", "one replica" };

#define PERCENTILE 0.95
#define ROUNDS 12
#define STEPS_MAX 60
#define REPLICAS_MAX 1e6

static int
estimate(struct estimate *into, const struct asked *asked, enum quantity quantity, double concurrency,
	const struct constants *constants, const struct anchors *anchors, struct err *err)
{
	struct asked one = *asked;

	one.quantity = quantity;
	one.to_unit = 1;
	one.setup.concurrency = concurrency;
	return estimate_of(&one, constants, anchors, into, err);
}

/* Sequences that keep both promises, by what is measured nearby too. */
static int
find_capacity(struct plan *plan, const struct asked *asked, const struct plan_wanted *wanted,
	const struct constants *constants, const struct anchors *anchors, struct err *err)
{
	double most = fmin(plan->memory.sequences, throughput_slots(&asked->setup, constants)), scale = 1;
	double goal = wanted->tpot_s * 0.985; /* what is aimed at, so that what is hit keeps the promise */

	plan->limit = plan->memory.sequences <= most ? PLAN_MEMORY : PLAN_SLOTS;
	most = floor(most);
	plan->concurrency = most;
	for (int round = 0; round < ROUNDS; round++) {
		double within = fmin(most, throughput_within(&asked->setup, constants, goal * scale));

		if (within < 1)
			return 0;
		if (estimate(&plan->token, asked, QUANTITY_TPOT, within, constants, anchors, err) != 0)
			return -1;
		plan->concurrency = within;
		if (within < most)
			plan->limit = PLAN_TPOT;
		if (plan->token.value <= wanted->tpot_s &&
			(within >= most || plan->token.value > wanted->tpot_s * 0.97))
			break;
		scale *= fmax(0.5, fmin(2, goal / plan->token.value));
		if (within >= most && plan->token.value <= wanted->tpot_s)
			break;
	}
	for (int round = 0; round < STEPS_MAX; round++) {
		bool late;

		if (estimate(&plan->first, asked, QUANTITY_TTFT, plan->concurrency, constants, anchors, err) != 0 ||
			estimate(&plan->token, asked, QUANTITY_TPOT, plan->concurrency, constants, anchors, err) != 0)
			return -1;
		late = plan->first.value * PLAN_FIRST_SPREAD > wanted->ttft_s;
		if (!late && plan->token.value <= wanted->tpot_s)
			break;
		plan->limit = late ? PLAN_TTFT : PLAN_TPOT;
		if (plan->concurrency < 2)
			return 0;
		plan->concurrency = floor(plan->concurrency * (late ? 0.8 : 0.97));
	}
	if (plan->token.value > wanted->tpot_s || plan->first.value * PLAN_FIRST_SPREAD > wanted->ttft_s)
		return 0;
	if (estimate(&plan->output, asked, QUANTITY_OUTPUT, plan->concurrency, constants, anchors, err) != 0)
		return -1;
	plan->fits = plan->concurrency >= 1;
	return 0;
}

static double
replicas_for(double requests, double of_one)
{
	return fmax(1, ceil(requests / of_one - 1e-9));
}

/* The wait for a place with so many replicas; INFINITY when they are too few. *burst: measured arrivals decide it. */
static double
wait_with(const struct plan *plan, const struct plan_wanted *wanted, double replicas, bool *burst)
{
	struct queue_pool pool = { .servers = floor(replicas * plan->concurrency),
		.arrivals_s = wanted->requests_s,
		.service_s = plan->concurrency / plan->requests_s,
		.arrivals_scv = wanted->arrivals_scv,
		.service_scv = wanted->service_scv };
	struct queue_wait wait;
	double formula, measured = 0;

	formula = queue_wait(&pool, &wait) != 0 ? INFINITY : queue_wait_quantile(&wait, PERCENTILE);
	if (wanted->replay.n > 0) {
		queue_replay(&wanted->replay, (size_t)fmax(1, floor(pool.servers / wanted->together)), pool.service_s);
		measured = queue_replay_quantile(&wanted->replay, PERCENTILE);
	}
	*burst = measured > formula;
	return fmax(formula, measured);
}

/* Whether so many keep the promise; the plan's wait is theirs. */
static bool
keeps(struct plan *plan, const struct plan_wanted *wanted, double replicas, bool *burst)
{
	plan->wait_s = wait_with(plan, wanted, replicas, burst);
	return plan->wait_s <= 0 || plan->wait_s + plan->first.value * PLAN_FIRST_SPREAD <= wanted->ttft_s;
}

/* The fewest from so many on that keep it: the wait falls with each. */
static double
fewest(struct plan *plan, const struct plan_wanted *wanted, double from)
{
	double few = from, enough = from;
	bool burst = false, ignored;

	while (!keeps(plan, wanted, enough, &burst) && enough < REPLICAS_MAX) {
		plan->reason = burst ? PLAN_BY_BURST : PLAN_BY_WAIT;
		few = enough;
		enough = fmax(enough + 1, ceil(enough * 1.25));
	}
	while (enough - few > 1) {
		double middle = floor((few + enough) / 2);

		if (keeps(plan, wanted, middle, &burst))
			enough = middle;
		else {
			plan->reason = burst ? PLAN_BY_BURST : PLAN_BY_WAIT;
			few = middle;
		}
	}
	keeps(plan, wanted, enough, &ignored);
	return enough;
}

static void
find_replicas(struct plan *plan, const struct asked *asked, const struct plan_wanted *wanted)
{
	double by_load = replicas_for(wanted->requests_s, PLAN_LOAD * plan->requests_s);
	double by_burst = wanted->burst_s > 0 ? replicas_for(wanted->burst_s, plan->requests_s) : 1;
	double one = asked->setup.tp * asked->setup.pp * asked->setup.dp;

	plan->replicas = fmax(by_load, by_burst);
	plan->reason = plan->replicas <= 1 ? PLAN_BY_ONE : by_burst > by_load ? PLAN_BY_BURST : PLAN_BY_LOAD;
	plan->replicas = fewest(plan, wanted, plan->replicas);
	plan->first_s = plan->wait_s + plan->first.value * PLAN_FIRST_SPREAD;
	plan->load = wanted->requests_s / (plan->replicas * plan->requests_s);
	plan->replicas += wanted->redundancy;
	plan->gpus = ceil(plan->replicas * one / wanted->unit_gpus - 1e-9) * wanted->unit_gpus;
}

int
plan_make(struct plan *plan, const struct asked *asked, const struct plan_wanted *wanted,
	const struct constants *constants, const struct anchors *anchors, struct err *err)
{
	double both = (asked->setup.isl + asked->setup.osl) / asked->setup.osl;

	*plan = (struct plan){ .fits = false };
	throughput_memory(&asked->setup, constants, &plan->memory);
	if (plan->memory.sequences < 1)
		return 0;
	if (find_capacity(plan, asked, wanted, constants, anchors, err) != 0)
		return -1;
	if (!plan->fits)
		return 0;
	plan->total_tok_s = plan->output.value * both;
	plan->total_low = plan->output.low * both;
	plan->total_high = plan->output.high * both;
	plan->requests_s = plan->output.value / asked->setup.osl;
	find_replicas(plan, asked, wanted);
	return 0;
}
