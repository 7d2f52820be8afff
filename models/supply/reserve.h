/*
 * reserve: how many replicas to rent for the whole month at the lower, reserved price.
 *
 *   cost(k) = k * reserved_hour * hours_month + replica_hour * sum over hours of max(0, n(h) - k)
 * The k-th reservation pays when the fleet holds k replicas or more in at least the share
 * reserved_hour / replica_hour of the hours. Only replica-hours are counted; nothing else depends on k.
 */
#ifndef SUPPLY_RESERVE_H
#define SUPPLY_RESERVE_H

#include <stddef.h>

struct fleet;

#define RESERVE_COSTS 65

struct reserve {
	double best_replicas, best_month;
	size_t costs;               /* 1 + replicas in the fullest hour, at most RESERVE_COSTS */
	double cost[RESERVE_COSTS]; /* by reserved replicas: 0, 1, 2, ... */
};

/* reserved_hour: price of a reserved replica for an hour, used or not. The fleet must carry the volume. */
void reserve_best(struct reserve *reserve, const struct fleet *fleet, double mtok_month, double reserved_hour);

#endif
