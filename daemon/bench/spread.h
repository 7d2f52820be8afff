/*
 * spread: what the repetitions of a measurement came to.
 */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

/* Median of the repetitions and the smallest and largest of them. */
struct spread {
	double median, low, high;
};

/* Of n >= 1 values, which are sorted. Not a number among them: all three are that. */
struct spread spread_of(double *values, int n);

#endif
