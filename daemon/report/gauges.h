/*
 * gauges: what somebody who watches the ledger wants to be told every few seconds.
 */
#ifndef REPORT_GAUGES_H
#define REPORT_GAUGES_H

#include "daemon/store/prices.h"
#include "daemon/store/totals.h"

struct arena;
struct err;
struct store;
struct zone;

struct gauges {
	struct ledger_totals totals;
	int64_t price_checked_us[PRICE_RANKS]; /* by the rank of price books; 0: no book of that rank */
	double unpriced; /* share (0..1) of the tokens of the last 30 days; NAN where there were none */
	size_t drifting; /* figures of the latest benchmarks outside of the band of earlier ones */
};

struct gauge_request {
	struct store *store;
	const struct zone *zone; /* the reporting zone, whose days are summed */
	struct arena *arena;
	int64_t now_us;
};

int gauges_read(const struct gauge_request *request, struct gauges *gauges, struct err *err);

#endif
