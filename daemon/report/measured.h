/*
 * measured: from the ledger to a what-if: volume, mix and week's shape as they were measured, prices from the
 * price book, the fleet from the fleet table, and for every input where it came from.
 *
 * Precedence of each input: what was asked for, the workload's or fleet's row, the ledger, the settings.
 */
#ifndef REPORT_MEASURED_H
#define REPORT_MEASURED_H

#include "daemon/report/measured_record.h"
#include "daemon/report/report.h"

struct err;

/* The parameters that measured_read takes from a report. */
/* clang-format off */
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
/* clang-format on */

/*
 * Read the ledger. 0 with *measured (texts in the request's arena); ERR_MISSING when the workload, the model's
 * price or the fleet that was asked for does not exist. An empty ledger is no error: tokens is 0 and the scenario
 * has no volume.
 */
int measured_read(
	const struct request *request, const struct report *report, struct measured *measured, struct err *err);

#endif
