/*
 * measure: clocks, a scratch folder, and figures printed beside what they must be.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

double wall_seconds(void); /* monotonic */
double cpu_seconds(void);  /* of this process and all its threads */

/* Say why on standard error and end with status 1. */
void fail(const char *what, const char *why) __attribute__((noreturn));

/* A folder of its own under TMPDIR or /tmp. */
void scratch_make(char *folder, size_t size, const char *name);

enum limit { NO_LIMIT, AT_LEAST, AT_MOST };

struct figure {
	const char *name, *unit;
	double value, limit;
	enum limit kind;
	int digits; /* after the point */
};

/* One line: name, value, unit, limit, and "MISSED" where it is; true when it is missed. */
bool figure_print(const struct figure *figure);

/* How busy the machine is with other things: figures of time mean little when it is. */
void load_print(void);

int by_size(const void *a, const void *b); /* of doubles */

/* The q-quantile of n sorted values, by nearest rank. */
double rank_of(const double *sorted, int n, double q);

#endif
