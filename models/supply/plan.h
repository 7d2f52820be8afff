/*
 * plan: how many replicas of one kind carry a traffic at promised times, and what a replica is worth then.
 *
 * A replica runs as many sequences as keep the time per token; at that it completes its capacity. The fleet holds as
 * many replicas as keep the busiest hour under PLAN_LOAD of it, its busiest minute under all of it, and the 95th
 * percentile of the wait and the first token under the promise: the wait of the queueing formulas, and, where each
 * arrival of the busiest hour is known, the wait that these very arrivals meet, whichever is longer. (Formulas know the
 * variation of the times between arrivals and not that bursts come in rows.)
 */
#ifndef SUPPLY_PLAN_H
#define SUPPLY_PLAN_H

#include "models/supply/estimate.h"
#include "models/supply/queueing.h"

#define PLAN_LOAD 0.85
#define PLAN_FIRST_SPREAD 1.6 /* 95th percentile of the time to the first token over its mean, without waiting */

struct plan_wanted {
	double tpot_s, ttft_s; /* promised: mean time per token, 95th percentile of the first token */
	double requests_s;     /* in the busiest hour */
	double burst_s;        /* requests a second in the busiest minute; 0: not known */
	double arrivals_scv, service_scv;
	/* The arrivals of the busiest hour (queueing.h), of which each stands for `together`; n 0: not known. */
	struct queue_replay replay;
	double together;
	double redundancy; /* replicas on top */
	double unit_gpus;  /* GPUs can be had in so many at once; 1 */
};

enum plan_limit { PLAN_TPOT, PLAN_TTFT, PLAN_MEMORY, PLAN_SLOTS, PLAN_LIMITS };
enum plan_reason { PLAN_BY_LOAD, PLAN_BY_BURST, PLAN_BY_WAIT, PLAN_BY_ONE, PLAN_REASONS };

extern const char *const plan_limit_names[PLAN_LIMITS];   /* what holds the sequences of a replica down */
extern const char *const plan_reason_names[PLAN_REASONS]; /* what decides the number of replicas */

struct plan {
	bool fits; /* false: does not fit, or cannot keep the promise with even one sequence */
	struct memory memory;
	double concurrency; /* sequences of a replica at its capacity */
	struct estimate output, token, first;
	double total_tok_s, total_low, total_high; /* input and output */
	double requests_s;                         /* capacity of a replica */
	enum plan_limit limit;
	double replicas, gpus; /* gpus: rounded up to whole units */
	enum plan_reason reason;
	double wait_s, first_s; /* 95th percentiles at the busiest hour: the wait for a place; with the first token */
	double load;            /* of the replicas in the busiest hour */
};

/* ERR_INPUT where the setup cannot be modelled. */
int plan_make(struct plan *plan, const struct asked *asked, const struct plan_wanted *wanted,
	const struct constants *constants, const struct anchors *anchors, struct err *err);

#endif
