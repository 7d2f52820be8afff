/*
 * reports: the rows of the table, one per file.
 */
#ifndef REPORT_REPORTS_H
#define REPORT_REPORTS_H

struct report;

extern const struct report report_audit;
extern const struct report report_benchmarks;
extern const struct report report_beside;
extern const struct report report_breakeven;
extern const struct report report_scenario;
extern const struct report report_catalogues;
extern const struct report report_compare;
extern const struct report report_doctor;
extern const struct report report_explain;
extern const struct report report_fleets;
extern const struct report report_gpu_prices;
extern const struct report report_heatmap;
extern const struct report report_idle;
extern const struct report report_speed;
extern const struct report report_incidents;
extern const struct report report_invoices;
extern const struct report report_planner;
extern const struct report report_months;
extern const struct report report_price;
extern const struct report report_prices;
extern const struct report report_reconcile;
extern const struct report report_repricings;
extern const struct report report_rule_test;
extern const struct report report_rules;
extern const struct report report_runs;
extern const struct report report_scenarios;
extern const struct report report_settings;
extern const struct report report_spend;
extern const struct report report_throughput;
extern const struct report report_unattributed;
extern const struct report report_uptime;
extern const struct report report_usage;
extern const struct report report_workloads;

#endif
