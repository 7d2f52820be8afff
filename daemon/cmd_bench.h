/*
 * cmd_bench: what the parts of `breakeven bench` share.
 */
#ifndef DAEMON_CMD_BENCH_H
#define DAEMON_CMD_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* Each as a command of its own: argv[0] is "cpu", "gpu" or "endpoint"; returns the exit status. */
int bench_cpu(int argc, char **argv);
int bench_endpoint(int argc, char **argv);

extern const char bench_cpu_help[], bench_endpoint_help[];

/* A whole number of an option, within bounds; `fallback` where none is given (NULL). */
struct err;
int bench_whole(const char *option, const char *given, int64_t fallback, int64_t least, int64_t most, int64_t *value,
	struct err *err);

/* Keep a run in the ledger, which is opened for it. */
struct bench_run;
struct context;
int bench_keep(struct context *context, const struct bench_run *run, struct err *err);

/* A line that is written over itself on a terminal's standard error; done < 0 takes it away. Elsewhere nothing. */
void bench_progress(void *ctx, double done, const char *what);

#endif
