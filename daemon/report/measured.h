/*
 * measured: from the ledger to a what-if: volume, mix and week's shape as they were measured, prices from the
 * price book, the fleet from the fleet table, and for every input where it came from.
 *
 * Precedence of each input: what was asked for, the workload's or fleet's row, the ledger, the settings.
 */
#ifndef REPORT_MEASURED_H
#define REPORT_MEASURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/report/report.h"
#include "models/compare/scenario.h"

struct err;

enum input_origin {
	INPUT_MEASURED, /* from the ledger, a benchmark or published prices */
	INPUT_ASSUMED,  /* somebody said so: a fleet's row, the configuration, the question */
	INPUT_DEFAULT   /* nobody said anything: the program's own */
};

extern const char *const input_origin_names[3]; /* "measured", "assumed", "default" */

struct measured_input {
	const char *name; /* the scenario's path, "self_hosted.gpu_hour" */
	double value;
	const char *unit;
	enum input_origin origin;
	const char *source; /* a few words: from where */
};

#define MEASURED_INPUTS 32
#define MEASURED_NOTES 12

struct measured {
	struct scenario scenario;
	const char *workload;     /* NULL: all traffic */
	int64_t from_us, to_us;   /* what was measured */
	double hours;             /* of it */
	int64_t tokens, input, output, requests;
	double priced_share;      /* of its tokens; NAN without tokens */
	double amount_month;      /* what is paid now, USD a month, priced tokens only; NAN: nothing priced */
	const char *closed_provider, *closed_model; /* NULL: what was used, at what it cost */
	const char *price_row;    /* id, NULL: none */
	int64_t price_checked_us; /* 0: not known */
	const char *fleet;        /* NULL: none named */
	const char *gpu;          /* NULL: not said */
	double gpus_per_replica;
	size_t inputs;
	struct measured_input input_row[MEASURED_INPUTS];
	size_t notes;
	const char *note[MEASURED_NOTES];
};

/* The parameters that measured_read takes from a report. */
#define MEASURED_PARAMS \
	{ "workload", PARAM_TEXT, NULL, 0, 0, "only this workload; without it, all traffic" }, \
		{ "from", PARAM_TIME, NULL, 0, 0, "begin of what is measured; without it, up to four whole weeks" }, \
		{ "to", PARAM_TIME, NULL, 0, 0, "end of what is measured; without it, the last line" }, \
		{ "closed_provider", PARAM_TEXT, NULL, 0, 0, "provider of the closed model to compare with" }, \
		{ "closed_model", PARAM_TEXT, NULL, 0, 0, "closed model to compare with; without it, what was used" }, \
		{ "fleet", PARAM_TEXT, NULL, 0, 0, "a fleet of the fleet table" }, \
		{ "gpu", PARAM_TEXT, NULL, 0, 0, "accelerator whose published price is taken: \"H100 SXM\"" }, \
		{ "gpu_hour", PARAM_NUMBER, NULL, 0, 1e6, "price of one GPU for an hour, USD" }, \
		{ "gpus_per_replica", PARAM_NUMBER, NULL, 0.01, 1e5, "GPUs that one replica takes" }, \
		{ "throughput_tok_s", PARAM_NUMBER, NULL, 0.001, 1e9, "input and output tokens a second of one replica" }, \
		{ "headroom", PARAM_NUMBER, NULL, 0.01, 1, "share of the throughput that keeps the latency promise" }, \
		{ "redundancy", PARAM_NUMBER, NULL, 0, 1000, "replicas beyond the need" }, \
		{ "min_replicas", PARAM_NUMBER, NULL, 0, 1e6, "replicas that always run" }, \
		{ "scaling", PARAM_CHOICE, "always_on|autoscale", 0, 0, "how the fleet follows the load" }, \
		{ "lag_hours", PARAM_NUMBER, NULL, 0, 168, "hours from the decision to a serving replica" }, \
		{ "ops_month", PARAM_NUMBER, NULL, 0, 1e9, "people, USD a month" }, \
		{ "fixed_month", PARAM_NUMBER, NULL, 0, 1e9, "other fixed cost, USD a month" }, \
		{ "horizon", PARAM_NUMBER, NULL, 1, 1e6, "how far to look, times the measured volume" }

/*
 * Read the ledger. 0 with *measured (texts in the request's arena); ERR_MISSING when the workload, the model's
 * price or the fleet that was asked for does not exist. An empty ledger is no error: tokens is 0 and the scenario
 * has no volume.
 */
int measured_read(const struct request *request, const struct report *report, struct measured *measured, struct err *err);

#endif
