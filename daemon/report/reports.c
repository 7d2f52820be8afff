/*
 * The table of reports, in the order they are listed.
 */
#include <stddef.h>

#include "daemon/report/report.h"
#include "daemon/report/reports.h"

const struct report *const reports[] = {
	&report_breakeven,
	&report_scenario,
	&report_scenarios,
	&report_usage,
	&report_spend,
	&report_compare,
	&report_beside,
	&report_heatmap,
	&report_unattributed,
	&report_explain,
	&report_idle,
	&report_speed,
	&report_invoices,
	&report_reconcile,
	&report_prices,
	&report_catalogues,
	&report_price,
	&report_gpu_prices,
	&report_incidents,
	&report_uptime,
	&report_months,
	&report_repricings,
	&report_rules,
	&report_rule_test,
	&report_throughput,
	&report_planner,
	&report_workloads,
	&report_fleets,
	&report_settings,
	&report_benchmarks,
	&report_runs,
	&report_audit,
	&report_doctor,
	NULL,
};
