/*
 * months: months are closed and opened again here, by the command and over HTTP.
 */
#ifndef REPORT_MONTHS_H
#define REPORT_MONTHS_H

#include "daemon/report/edit.h"

/*
 * Of the month that is named, "2026-08". close: fields "through" (yes: all open months before it too) and "note".
 * reopen: "note", which must say why. ERR_INPUT where the month is not over, is not the next one to be closed, or not
 * the last one that is.
 */
editor months_close, months_reopen;

#endif
