/*
 * overflow: own replicas for the base of the load, the closed side for the peaks.
 *
 * k replicas serve min(load, k * capacity) of each hour, the rest is bought by the token:
 *   cost(k) = k * replica_month + fixed (k > 0) + per_mtok * served + A(overflowing Mtok)
 * No redundancy: the closed side stands in for a lost replica. Needs the shape of the load.
 */
#ifndef COMPARE_OVERFLOW_H
#define COMPARE_OVERFLOW_H

#include <stddef.h>

#include "models/demand/shape.h"

struct closed;
struct fleet;

#define OVERFLOW_COSTS 65
#define OVERFLOW_SEARCHED 10000 /* replicas up to which the best is looked for */

struct overflow {
	double best_replicas;
	double best_month;
	double overflow_share;       /* of the tokens, at the best */
	size_t costs;                /* 1 + replicas that carry the peak + 1, at most OVERFLOW_COSTS */
	double cost[OVERFLOW_COSTS]; /* by replicas: 0, 1, 2, ... */
};

/* Mtok a month that k replicas leave over. */
double overflow_mtok(const struct fleet *fleet, const struct shape *shape, double mtok_month, double replicas);

/* The hours of a week by their share of its tokens, fullest first: what lies above a line is then found by halving. */
struct peaks {
	double share[WEEK_HOURS];
	double sum[WEEK_HOURS + 1]; /* of the first i shares */
};

void peaks_make(struct peaks *peaks, const struct shape *shape);

/* cost(k) at this volume. */
double overflow_cost(const struct closed *closed, const struct fleet *fleet, const struct peaks *peaks,
	double mtok_month, double replicas);

void overflow_best(struct overflow *overflow, const struct closed *closed, const struct fleet *fleet,
	const struct shape *shape, double mtok_month);

#endif
