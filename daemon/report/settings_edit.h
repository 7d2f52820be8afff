/*
 * settings_edit: settings, workloads and fleets as a person changes them on the page.
 */
#ifndef REPORT_SETTINGS_EDIT_H
#define REPORT_SETTINGS_EDIT_H

#include "daemon/report/edit.h"

/* Field value; the edit's name is the key. ERR_INPUT where it is none that a ledger keeps, or the value is not allowed. */
editor setting_change, setting_forget;

/* Fields owner, closed_provider, closed_model, fleet; what is not given stays, "" takes it away. */
editor workload_change, workload_forget;

/* Fields of fleet_fields.h; what is not given stays. A new fleet needs gpu_hour and throughput_tok_s. */
editor fleet_change, fleet_forget;

#endif
