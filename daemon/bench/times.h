/*
 * times: durations that are collected and then asked for their quantiles, each with its interval.
 */
#ifndef BENCH_TIMES_H
#define BENCH_TIMES_H

#include <stddef.h>

struct times {
	double *value;
	size_t n, room;
	size_t lost; /* for which there was no memory */
};

void times_add(struct times *times, double value);
void times_free(struct times *times);

/* A quantile and the interval that holds the true one 95 times of 100; NAN where there are too few for it. */
struct told {
	double value, low, high;
};

struct summary {
	size_t n;
	double mean;
	struct told p50, p90, p95, p99;
};

/*
 * Sorts. The interval of the p-quantile of n values lies between the order statistics n p -+ 1.96 sqrt(n p (1 - p))
 * (Conover, Practical Nonparametric Statistics, 3.2); an end beyond the sample is NAN.
 */
void times_summary(struct times *times, struct summary *summary);

#endif
