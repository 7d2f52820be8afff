/*
 * quantile: the p-quantile of a sample by linear interpolation of its order statistics (Hyndman and Fan's
 * type 7, the default of R and NumPy): with h = (n - 1) p it is x[floor h] + (h - floor h)(x[floor h + 1] - x[floor h]).
 */
#ifndef UNITS_QUANTILE_H
#define UNITS_QUANTILE_H

#include <stddef.h>

/* values must rise and n must be > 0; 0 <= p <= 1. */
double quantile(const double *values, size_t n, double p);

/* Sort in place, rising; not a number is not allowed. In place and without allocation. */
void quantile_sort(double *values, size_t n);

#endif
