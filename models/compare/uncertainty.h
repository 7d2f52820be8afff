/*
 * uncertainty: the saving of a scenario when its inputs are only known as low, likely and high.
 *
 * Draws repeat bit for bit: splitmix64 from the seed, one uniform per input in declared order, through the
 * inverse of the triangular distribution. The tornado swings each input from low to high with the others
 * at their likely value.
 */
#ifndef COMPARE_UNCERTAINTY_H
#define COMPARE_UNCERTAINTY_H

#include <stddef.h>

#include "models/compare/scenario.h"

struct random;

struct bands {
	double p10, p50, p90, mean;
	double p_positive; /* share of draws whose saving is above 0 */
};

/* Sorts the savings; all NAN where one of them is not a number. */
void bands_of(struct bands *bands, double *savings, size_t n);

struct swing {
	size_t field;     /* as in struct uncertain_input */
	double low, high; /* saving a month with the input at its low and at its high end */
};

/* saving at the scenario's volume with every input as it stands; ERR_INPUT when it has no closed side, fleet or volume. */
int scenario_saving(const struct scenario *scenario, double *saving, struct err *err);

/*
 * savings: room for `uncertain.draws` numbers, left sorted. Refused when an input is not allowed for its
 * field or a draw cannot be carried.
 */
int uncertainty_draw(struct bands *bands, const struct scenario *scenario, double *savings, struct err *err);

/*
 * The same for a hybrid of so many own replicas, the rest bought by the token: how sure the saving of that plan is.
 * The week's shape must be given. The draws are those of uncertainty_draw.
 */
int uncertainty_draw_hybrid(
	struct bands *bands, const struct scenario *scenario, double replicas, double *savings, struct err *err);

/* The next draw of every uncertain input, in declared order. */
void uncertainty_next(struct scenario *drawn, struct random *random);

/* swings: room for `uncertain.inputs`, sorted by swing, widest first. *base is the saving with all at their likely value. */
int uncertainty_swing(struct swing *swings, double *base, const struct scenario *scenario, struct err *err);

#endif
