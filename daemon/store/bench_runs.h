/*
 * bench_runs: what the benchmark found, each time it was kept; runs of one kind and subject can be compared.
 */
#ifndef STORE_BENCH_RUNS_H
#define STORE_BENCH_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

struct bench_figure {
	const char *name, *unit; /* not empty */
	double value, low, high; /* in unit; NAN: not known. A figure without a value is not kept. */
};

#define BENCH_FIGURES 16

struct bench_run {
	int64_t id; /* given by bench_run_put */
	int64_t measured_us;
	const char *kind, *subject; /* not empty */
	bool whole;
	const char *note; /* why not; may be empty */
	struct bench_figure figure[BENCH_FIGURES];
	size_t figures;
};

/* Keep it; run->id is set. Called in a transaction. */
int bench_run_put(struct store *store, struct bench_run *run, struct err *err);

/* The latest first, at most `limit`; texts in the arena. */
int bench_run_list(
	struct store *store, struct arena *arena, size_t limit, struct bench_run **runs, size_t *n, struct err *err);

#endif
