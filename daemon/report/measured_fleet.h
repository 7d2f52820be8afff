/*
 * measured_fleet: the self-hosted side of a what-if from the ledger: fleet table, published GPU prices, settings.
 * A part of measured.c that is large enough for its own file.
 */
#ifndef REPORT_MEASURED_FLEET_H
#define REPORT_MEASURED_FLEET_H

#include "daemon/report/measured_record.h"

struct err;
struct report;
struct request;
struct workload;

/* Low and high end of what is uncertain about a fleet; NAN where not known. */
struct fleet_range {
	double gpu_hour_low, gpu_hour_high;
	double throughput_low, throughput_high;
};

/* Fill measured->scenario.self_hosted and its inputs. workload may be NULL. */
int measured_fleet(const struct request *request, const struct report *report, const struct workload *workload,
	struct measured *measured, struct fleet_range *range, struct err *err);

#endif
