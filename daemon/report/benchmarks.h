/*
 * benchmarks: whether a speed still is what it was; shared by the report, the doctor and the metrics.
 */
#ifndef REPORT_BENCHMARKS_H
#define REPORT_BENCHMARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_run;

struct benchmark_drift {
	size_t before;    /* runs that the band is made of; 0: none, and low and high are NAN */
	double low, high; /* the band, in the figure's unit */
	double change;    /* latest over their median, less 1 */
	bool drifts;
};

/* Of one figure of runs[at]; the latest runs come first. */
struct benchmark_drift benchmark_drift(const struct bench_run *runs, size_t n, size_t at, size_t figure);

/* Figures of the latest runs that drift. */
size_t benchmark_drifting(const struct bench_run *runs, size_t n);

/*
 * When the next scheduled run is due, where the latest was kept at latest_us (0: never) and now is now_us: at the
 * earliest in a minute, so that nothing is measured while a daemon starts.
 */
int64_t benchmark_due(int64_t latest_us, int64_t now_us, int every_hours);

#endif
