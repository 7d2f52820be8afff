/*
 * growth: how fast a volume grew over equal periods: a straight line through the logarithms of its sums, by least
 * squares. With y = ln(sum) of period i = 0..n-1 it is slope = S_iy / S_ii, and its standard error
 * sqrt(sum of squared residuals / (n - 2) / S_ii).
 */
#ifndef DEMAND_GROWTH_H
#define DEMAND_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

#define GROWTH_LEAST 6 /* periods that a growth can be told from */

struct growth {
	double slope; /* of the logarithm, a period */
	double error; /* standard error of the slope */
};

/* false: fewer than GROWTH_LEAST sums, or one that is not above 0. */
bool growth_fit(const double *sums, size_t n, struct growth *growth);

#endif
