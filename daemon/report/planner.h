/*
 * planner: which GPUs, how many, for what was measured; shared by the report and by who picks one of its lines.
 */
#ifndef REPORT_PLANNER_H
#define REPORT_PLANNER_H

#include "daemon/report/report.h"
#include "daemon/report/shelf.h"
#include "daemon/report/traffic.h"
#include "models/supply/plan.h"

struct gpu_price;

#define PLANNER_PARAMS_MAX 20

extern const struct param planner_params[];

/* What the question comes to. */
struct planner {
	struct shelf shelf;
	struct traffic traffic;
	struct plan_wanted wanted;
	struct measured row; /* model, lengths, engine; gpu, tp and precision are set for each line */
	const struct transformer *model;
	const char *provider, *rental;
	bool measured; /* requests and lengths are those of the ledger */
};

/* values are those of planner_params. */
int planner_read(const struct request *request, const struct report *report, struct planner *planner, struct err *err);

/* One line: gpu, tp, precision as words. ERR_INPUT or ERR_MISSING as measured_ask. */
int planner_line(const struct request *request, const struct planner *planner, const char *gpu, const char *tp,
	const char *precision, struct asked *asked, struct plan *plan, struct err *err);

#endif
