/*
 * cmd_bench: what the parts of `breakeven bench` share.
 */
#ifndef DAEMON_CMD_BENCH_H
#define DAEMON_CMD_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/bench/decoder.h"
#include "daemon/store/bench_runs.h"

struct answer;
struct context;
struct err;
struct shelf;
struct spread;

/* Each as a command of its own: argv[0] is "cpu", "gpu" or "endpoint"; returns the exit status. */
int bench_cpu(int argc, char **argv);
int bench_gpu(int argc, char **argv);
int bench_endpoint(int argc, char **argv);

extern const char bench_cpu_help[], bench_gpu_help[], bench_endpoint_help[];

/* A whole number of an option, within bounds; `fallback` where none is given (NULL). */
int bench_whole(const char *option, const char *given, int64_t fallback, int64_t least, int64_t most, int64_t *value,
	struct err *err);

/* The shape of a model: dense, of gated MLPs and of grouped-query attention over the whole context. */
struct bench_model {
	char name[128];
	struct shape shape;
};

/*
 * By its name in the tables, or by the path of its config.json. ERR_INPUT for another kind of model (`part` is who
 * asks: "cpu"), ERR_MISSING for none, with the nearest names.
 */
int bench_find_model(struct context *context, const struct shelf *shelf, const char *name, const char *part,
	struct bench_model *model, struct err *err);

/* The tables that models and accelerators are looked up in, with the user's own. */
int bench_shelf(struct context *context, struct shelf *shelf, struct err *err);

/* The median as a fact, and beside it NAME_low and NAME_high, each times scale. */
void bench_put_spread(
	struct answer *answer, const char *name, const char *unit, const struct spread *spread, double scale);

/* The same as a figure to keep. */
struct bench_figure bench_kept(const char *name, const char *unit, const struct spread *spread, double scale);

/* Keep a run in the ledger, which is opened for it. */
int bench_keep(struct context *context, const struct bench_run *run, struct err *err);

/* A line that is written over itself on a terminal's standard error; done < 0 takes it away. Elsewhere nothing. */
void bench_progress(void *ctx, double done, const char *what);

#endif
