/*
 * ahead: what moving, or a hybrid, would save in each of the next months while the volume grows.
 *
 * Month t = 1, 2, ... carries volume * (1 + growth)^t at today's prices. Its band is drawn anew for that volume: each
 * draw takes every uncertain input as uncertainty does, in the same order from the same seed, and a growth of its own,
 * (1 + growth) exp(error * z) - 1 with z standard normal from a stream beside. The hybrid of a month has the
 * number of replicas that is the cheapest for its likely volume, and keeps it in every draw.
 */
#ifndef COMPARE_AHEAD_H
#define COMPARE_AHEAD_H

#include <stddef.h>

#include "models/compare/uncertainty.h"

struct err;
struct scenario;

#define AHEAD_DRAWS 1000 /* at most; a scenario with fewer draws has fewer here */

/* NAN where no fleet carries the volume; hybrid_*: where the week's shape is not known or no hybrid is asked for. */
struct ahead_month {
	double mtok;
	double closed_month, self_month, saving_month;
	double hybrid_replicas, hybrid_month, hybrid_saving_month;
	struct bands bands, hybrid_bands; /* of the savings; NAN without uncertain inputs */
};

/* The savings of all months together; their bands are drawn as sums, so that good months make up for bad ones. */
struct ahead_sum {
	double saving, hybrid_saving;
	struct bands bands, hybrid_bands;
};

/* Numbers of room that ahead_months needs: 0 without uncertain inputs. */
size_t ahead_room(const struct scenario *scenario);

/* months: room for scenario->ahead.months; the scenario has both sides and a volume, checked. */
int ahead_months(struct ahead_month *months, struct ahead_sum *sum, const struct scenario *scenario, double *room,
	struct err *err);

#endif
