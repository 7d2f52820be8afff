/*
 * fleet: whole replicas that carry a volume, what they cost in a month, and where their idle hours come from.
 *
 * For hour h with need(h) (see demand/shape) the fleet holds
 *   n(h) = max(min_replicas, ceil(need(h) / (throughput * headroom)) + redundancy)
 * replicas; an always-on fleet holds the largest n(h) in every hour. A month is hours_month hours in which
 * the week repeats. Its cost is
 *   S(V) = fixed_month + ops_month + replica-hours * price of a replica-hour + V * per_mtok
 * and `upfront` is cash at the start, never spread into S. One replica carries, at its peak hour,
 *   capacity = throughput * headroom * 3600 * hours_month / 1e6 / peak_to_mean   (Mtok a month of the whole load).
 * Volumes are millions of tokens (input and output together) a month; money is in the scenario's currency.
 */
#ifndef SUPPLY_FLEET_H
#define SUPPLY_FLEET_H

#include <stdbool.h>
#include <stddef.h>

#include "models/demand/shape.h"

struct err;

#define FLEET_REPLICAS_MAX 1e9 /* a volume that needs more is refused: counts stay exact in a double */

enum scaling { SCALING_ALWAYS_ON, SCALING_AUTOSCALE };

/*
 * What is said about a fleet. NAN: not given. fleet_terms_default() sets what stands in brackets.
 */
struct fleet_terms {
	bool given;
	double gpus_per_replica;  /* > 0 [1] */
	double gpu_hour;          /* price of one GPU for an hour; not needed with replica_month [NAN] */
	double reserved_gpu_hour; /* price of a GPU that is rented for the whole month [NAN] */
	double hours_month;       /* the planning month [730] */
	double throughput_tok_s; /* measured saturation of one replica, input + output tokens a second, for this mix [NAN] */
	double headroom;         /* share of it that keeps the latency promise [NAN: 0.7, or 1 beside a capacity] */
	double peak_to_mean;        /* of the load; a given shape takes its place [NAN: 1] */
	struct shape shape;         /* [not given] */
	double capacity_mtok_month; /* takes the place of what throughput gives [NAN] */
	double replica_month;       /* takes the place of GPUs * price * hours [NAN] */
	enum scaling scaling;       /* [always on] */
	double lag_hours;           /* from the decision to a serving replica, rounded up to whole hours [1] */
	double min_replicas;        /* whole [1] */
	double redundancy;          /* replicas beyond the need, whole [0] */
	double fixed_month;         /* [0] */
	double ops_month;           /* people [0] */
	double per_mtok;            /* [0] */
	double upfront;             /* [0] */
};

/* The terms made ready for asking; fleet_make fills it. */
struct fleet {
	double capacity_mtok_month; /* of one replica; INFINITY: not known, one fleet carries anything; 0: it carries nothing */
	double saturated_mtok_month;   /* one replica flat out all month; NAN: not known */
	double headroom, peak_to_mean; /* after defaults */
	double replica_hour;           /* price */
	double hours_month;
	double fixed_month; /* fixed and ops together */
	double per_mtok;
	double min_replicas, redundancy;
	double gpus_per_replica;
	size_t needs;
	struct need need[WEEK_HOURS]; /* an always-on fleet has one, of part 1 */
};

/* Cost of idle hours by cause. The parts add to the idle cost; a part can be negative (see fleet_month_at). */
struct idle {
	double redundancy, headroom, shape, rounding;
};

struct fleet_month {
	double replicas;      /* in the fullest hour */
	double replicas_low;  /* in the emptiest */
	double replica_hours; /* of the month */
	double gpu_cost;      /* of those hours */
	double cost;          /* S(V) */
	double utilisation;   /* tokens served over what the replica-hours could serve flat out; NAN: not known */
	double idle_cost;     /* gpu_cost * (1 - utilisation); NAN: not known */
	struct idle idle;     /* NAN each where not known */
};

void fleet_terms_default(struct fleet_terms *terms);

/*
 * terms must be in range (see compare/scenario). ERR_INPUT, naming the key, when the price of a replica
 * cannot be known or an autoscaled fleet has a peak but no shape to follow.
 */
int fleet_make(struct fleet *fleet, const struct fleet_terms *terms, struct err *err);

/* The same for a fleet that was made before from terms of the same shape, scaling and lag, in a fraction of the time. */
int fleet_make_again(struct fleet *fleet, const struct fleet_terms *terms, struct err *err);

/* How many times `part` of the peak hour at this volume fills a replica, as whole replicas. */
double fleet_fill(const struct fleet *fleet, double mtok_month, double part);

/* S(V); INFINITY when nothing can carry V. */
double fleet_cost(const struct fleet *fleet, double mtok_month);

/*
 * Everything about one month. Idle parts come from taking one cause away at a time: redundancy, then
 * headroom (1), then the shape (flat load), and what then is left over whole replicas (and under
 * min_replicas) is rounding. An autoscaled fleet that follows its shape so well that a flat load would
 * need more hours has a negative shape part.
 */
void fleet_month_at(const struct fleet *fleet, double mtok_month, struct fleet_month *month);

#endif
