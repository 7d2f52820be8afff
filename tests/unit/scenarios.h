/*
 * scenarios: the reference week and fleet that the worked numbers are for, and a simple staircase.
 */
#ifndef TESTS_SCENARIOS_H
#define TESTS_SCENARIOS_H

#include <math.h>

#include "models/compare/scenario.h"
#include "models/units/random.h"

static const double reference_day[DAY_HOURS] = { 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5,
	4, 3, 2 };
#define REFERENCE_WEEKEND 0.4

/* Two GPUs at 2.50 an hour that do 3,000 tokens a second, 0.7 of it in the promised time, under the reference week. */
static inline struct fleet_terms
reference_fleet(void)
{
	struct fleet_terms terms;

	fleet_terms_default(&terms);
	terms.given = true;
	terms.gpus_per_replica = 2;
	terms.gpu_hour = 2.5;
	terms.throughput_tok_s = 3000;
	terms.headroom = 0.7;
	shape_from_day(&terms.shape, reference_day, REFERENCE_WEEKEND);
	return terms;
}

/* A replica of 1,200 a month that carries 600 Mtok. */
static inline struct fleet_terms
staircase_fleet(void)
{
	struct fleet_terms terms;

	fleet_terms_default(&terms);
	terms.given = true;
	terms.replica_month = 1200;
	terms.capacity_mtok_month = 600;
	return terms;
}

static inline struct closed_terms
closed_at(double price)
{
	struct closed_terms terms;

	closed_terms_default(&terms);
	terms.given = true;
	terms.price = price;
	return terms;
}

static inline struct closed_terms
closed_list(double input, double output, double input_per_output)
{
	struct closed_terms terms;

	closed_terms_default(&terms);
	terms.given = true;
	terms.input = input;
	terms.output = output;
	terms.input_per_output = input_per_output;
	return terms;
}

static inline double
random_between(struct random *random, double low, double high)
{
	return low + (high - low) * random_uniform(random);
}

static inline double
random_whole(struct random *random, double low, double high)
{
	return floor(random_between(random, low, high + 1));
}

/* A fleet of any kind: with or without a shape, autoscaled or not, redundant or not. */
static inline struct fleet_terms
random_fleet(struct random *random)
{
	struct fleet_terms terms = reference_fleet();

	terms.gpus_per_replica = random_whole(random, 1, 4);
	terms.gpu_hour = random_between(random, 1, 4);
	terms.throughput_tok_s = random_between(random, 800, 6000);
	terms.headroom = random_between(random, 0.5, 1);
	terms.min_replicas = random_whole(random, 0, 3);
	terms.redundancy = random_whole(random, 0, 2);
	terms.lag_hours = random_between(random, 0, 3);
	terms.fixed_month = random_whole(random, 0, 1) * random_between(random, 0, 4000);
	terms.per_mtok = random_whole(random, 0, 1) * random_between(random, 0, 0.2);
	for (int h = 0; h < WEEK_HOURS; h++)
		terms.shape.weights[h] *= random_between(random, 0.5, 1.5);
	if (random_uniform(random) < 0.5)
		terms.scaling = SCALING_AUTOSCALE;
	return terms;
}

/* A closed side of any kind: one to four tiers of either mode, a discount, a commitment. */
static inline struct closed_terms
random_closed(struct random *random)
{
	struct closed_terms terms = closed_at(NAN);

	terms.tiers = (size_t)random_whole(random, 1, 4);
	terms.tier_mode = random_uniform(random) < 0.5 ? TIERS_GRADUATED : TIERS_ALL_UNITS;
	for (size_t i = 0; i < terms.tiers; i++) {
		terms.tier[i].price = random_between(random, 0.2, 9);
		terms.tier[i].from_mtok = i == 0 ? 0 : terms.tier[i - 1].from_mtok + random_between(random, 200, 3000);
	}
	terms.discount = random_whole(random, 0, 1) * random_between(random, 0, 0.4);
	terms.commit_month = random_whole(random, 0, 1) * random_between(random, 0, 15000);
	return terms;
}

#endif
