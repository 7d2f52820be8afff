#include <math.h>

#include "daemon/report/benchmarks.h"
#include "daemon/report/gauges.h"
#include "daemon/store/bench_runs.h"
#include "daemon/store/query.h"
#include "models/units/calendar.h"

#define WATCHED_DAYS 30
#define WATCHED_RUNS 100 /* of the benchmark */

/* Whole days, so that the sums of days answer. */
static struct usage_query
last_days(const struct gauge_request *request)
{
	int64_t today = date_days(zone_date(request->zone, request->now_us / SECOND_US, NULL));

	return (struct usage_query){
		.from_us = zone_day(request->zone, days_date(today + 1 - WATCHED_DAYS)) * SECOND_US,
		.to_us = zone_day(request->zone, days_date(today + 1)) * SECOND_US,
		.zone = request->zone,
	};
}

int
gauges_read(const struct gauge_request *request, struct gauges *gauges, struct err *err)
{
	struct usage_query query = last_days(request);
	struct usage_result result;
	struct book_info *books;
	struct bench_run *runs;
	size_t n, runs_n;

	*gauges = (struct gauges){ .unpriced = NAN };
	if (ledger_totals(request->store, &gauges->totals, err) != 0 ||
		price_books(request->store, request->arena, &books, &n, err) != 0 ||
		query_usage(request->store, &query, request->arena, &result, err) != 0 ||
		bench_run_list(request->store, request->arena, WATCHED_RUNS, &runs, &runs_n, err) != 0)
		return -1;
	gauges->drifting = benchmark_drifting(runs, runs_n);
	for (size_t i = 0; i < n; i++) {
		int64_t checked_us = books[i].checked_us != 0 ? books[i].checked_us : books[i].imported_us;

		if (gauges->price_checked_us[books[i].rank] < checked_us)
			gauges->price_checked_us[books[i].rank] = checked_us;
	}
	if (usage_sum_tokens(&result.total) > 0)
		gauges->unpriced = 1 - usage_sum_covered(&result.total);
	return 0;
}
