/*
 * reports: the rows of the table, one per file.
 */
#ifndef REPORT_REPORTS_H
#define REPORT_REPORTS_H

struct report;

extern const struct report report_breakeven;
extern const struct report report_scenario;
extern const struct report report_doctor;
extern const struct report report_idle;
extern const struct report report_invoices;
extern const struct report report_prices;
extern const struct report report_runs;
extern const struct report report_spend;
extern const struct report report_usage;

#endif
