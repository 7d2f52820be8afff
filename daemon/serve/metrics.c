#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/look.h"
#include "daemon/ingest/push.h"
#include "daemon/ingest/source.h"
#include "daemon/report/gauges.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/metrics.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/routes.h"

/* What is answered; any other status is counted as the last. */
static const int statuses[] = { 200, 303, 304, 400, 401, 403, 404, 405, 409, 413, 415, 421, 422, 429, 500, 503, 0 };
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

/* Upper ends in seconds; 0.05 and 0.15 are what a page may take on ten and on a hundred million events. */
static const double buckets[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10 };
#define BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

struct metrics {
	int64_t started_us;
	atomic_int_fast64_t connections;
	struct {
		atomic_uint_fast64_t status[STATUSES];
		atomic_uint_fast64_t bucket[BUCKETS + 1]; /* not cumulated; the last one has no end */
		atomic_uint_fast64_t sum_ns;
	} slot[METRICS_SLOTS];
};

struct metrics *
metrics_new(int64_t started_us, struct err *err)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (metrics == NULL)
		err_set(err, ERR_OUTSIDE, "no memory");
	else
		metrics->started_us = started_us;
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	free(metrics);
}

static void
count(atomic_uint_fast64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t
counted(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit((atomic_uint_fast64_t *)(uintptr_t)counter, memory_order_relaxed);
}

void
metrics_request(struct metrics *metrics, int slot, int status, int64_t took_ns)
{
	double took_s = (double)took_ns / 1e9;
	size_t i = 0, k = 0;

	if (metrics == NULL)
		return;
	if (slot < 0 || slot >= METRICS_SLOTS)
		slot = METRICS_OTHER;
	while (i < STATUSES - 1 && statuses[i] != status)
		i++;
	while (k < BUCKETS && took_s > buckets[k])
		k++;
	count(&metrics->slot[slot].status[i], 1);
	count(&metrics->slot[slot].bucket[k], 1);
	count(&metrics->slot[slot].sum_ns, took_ns > 0 ? (uint64_t)took_ns : 0);
}

void
metrics_connection(struct metrics *metrics, int more)
{
	if (metrics != NULL)
		atomic_fetch_add_explicit(&metrics->connections, more, memory_order_relaxed);
}

/* ---- printing */

static void
head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
whole(FILE *out, const char *name, const char *type, const char *help, int64_t value)
{
	head(out, name, type, help);
	fprintf(out, "%s %" PRId64 "\n", name, value);
}

static void
seconds(FILE *out, const char *name, const char *help, int64_t at_us)
{
	head(out, name, "gauge", help);
	fprintf(out, "%s %" PRId64 ".%06d\n", name, at_us / SECOND_US, (int)(at_us % SECOND_US));
}

/* The path of a route as the label `route`, with its method; both are of the program, and few. */
static const char *
labels(int slot, char *text, size_t size)
{
	const struct route *route = slot >= METRICS_ROUTES ? &routes[slot - METRICS_ROUTES] : NULL;

	if (route != NULL)
		snprintf(text, size, "method=\"%s\",route=\"%s\"", route->method, route->path);
	else
		snprintf(text, size, "method=\"any\",route=\"%s\"", slot == METRICS_PAGE ? "page" : "other");
	return text;
}

static int
slots(void)
{
	int n = METRICS_ROUTES;

	while (routes[n - METRICS_ROUTES].method != NULL && n < METRICS_SLOTS)
		n++;
	return n;
}

static void
print_requests(FILE *out, const struct metrics *metrics)
{
	static const char name[] = "breakeven_http_requests_total";
	char label[128];

	head(out, name, "counter", "Requests by route and status.");
	for (int slot = 0; slot < slots(); slot++)
		for (size_t i = 0; i < STATUSES; i++) {
			uint64_t n = counted(&metrics->slot[slot].status[i]);

			if (n == 0 && statuses[i] != 200) /* a series that appears with its first 1 hides that step */
				continue;
			fprintf(out, "%s{%s,status=\"", name, labels(slot, label, sizeof(label)));
			if (statuses[i] == 0)
				fputs("other", out);
			else
				fprintf(out, "%d", statuses[i]);
			fprintf(out, "\"} %" PRIu64 "\n", n);
		}
}

static void
print_durations(FILE *out, const struct metrics *metrics)
{
	static const char name[] = "breakeven_http_request_duration_seconds";
	char label[128];

	head(out, name, "histogram", "Time from a whole request to its reply, by route.");
	for (int slot = 0; slot < slots(); slot++) {
		uint64_t n = 0, sum_ns = counted(&metrics->slot[slot].sum_ns), in[BUCKETS + 1];

		for (size_t k = 0; k <= BUCKETS; k++)
			n += in[k] = counted(&metrics->slot[slot].bucket[k]);
		if (n == 0)
			continue;
		labels(slot, label, sizeof(label));
		n = 0;
		for (size_t k = 0; k < BUCKETS; k++)
			fprintf(out, "%s_bucket{%s,le=\"%g\"} %" PRIu64 "\n", name, label, buckets[k], n += in[k]);
		n += in[BUCKETS];
		fprintf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, label, n);
		fprintf(out, "%s_sum{%s} %.9f\n%s_count{%s} %" PRIu64 "\n", name, label, (double)sum_ns / 1e9, name,
			label, n);
	}
}

static void
print_process(FILE *out, const struct metrics *metrics)
{
	struct timespec cpu = { 0 };
	long total = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	seconds(out, "process_start_time_seconds", "When the daemon began, in Unix time.", metrics->started_us);
	if (file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2)
		whole(out, "process_resident_memory_bytes", "gauge", "Memory of the daemon that is in RAM.",
			(int64_t)resident * sysconf(_SC_PAGESIZE));
	if (file != NULL)
		fclose(file);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	head(out, "process_cpu_seconds_total", "counter", "Time on a processor, user and system.");
	fprintf(out, "process_cpu_seconds_total %lld.%06ld\n", (long long)cpu.tv_sec, cpu.tv_nsec / 1000);
}

static void
print_gauges(FILE *out, const struct gauges *gauges)
{
	static const char rows[] = "breakeven_ledger_rows_total", price[] = "breakeven_price_checked_timestamp_seconds";
	const struct ledger_totals *totals = &gauges->totals;

	head(out, rows, "counter", "Rows that came to the ledger, by what became of them.");
	fprintf(out, "%s{outcome=\"taken\"} %" PRId64 "\n%s{outcome=\"repeated\"} %" PRId64 "\n", rows, totals->taken,
		rows, totals->repeated);
	fprintf(out, "%s{outcome=\"conflict\"} %" PRId64 "\n%s{outcome=\"refused\"} %" PRId64 "\n", rows,
		totals->conflicting, rows, totals->refused);
	whole(out, "breakeven_ledger_imports_total", "counter", "Imports that were finished.", totals->imports);
	if (totals->last_import_us > 0)
		seconds(out, "breakeven_ledger_last_import_timestamp_seconds", "When the latest import ended.",
			totals->last_import_us);
	if (totals->last_usage_us >= 0)
		seconds(out, "breakeven_ledger_last_usage_timestamp_seconds", "The instant of the latest usage.",
			totals->last_usage_us);
	whole(out, "breakeven_ledger_size_bytes", "gauge", "Size of the ledger's file.", totals->file_bytes);
	whole(out, "breakeven_ledger_log_size_bytes", "gauge", "Size of the ledger's write-ahead log.",
		totals->log_bytes);
	head(out, price, "gauge", "When prices were last checked, by the rank of their book.");
	for (int i = 0; i < PRICE_RANKS; i++)
		if (gauges->price_checked_us[i] > 0)
			fprintf(out, "%s{book=\"%s\"} %" PRId64 "\n", price, price_rank_names[i],
				gauges->price_checked_us[i] / SECOND_US);
	if (!isnan(gauges->unpriced)) {
		head(out, "breakeven_unpriced_tokens_ratio", "gauge",
			"Share of the tokens of the last 30 days that no price is known for, 0 to 1.");
		fprintf(out, "breakeven_unpriced_tokens_ratio %.6f\n", gauges->unpriced);
	}
	whole(out, "breakeven_benchmark_drifting_figures", "gauge",
		"Speeds of the latest benchmarks that lie outside of the band of earlier ones.",
		(int64_t)gauges->drifting);
}

static int
read_gauges(const struct metrics_source *source, const struct exchange_request *request, struct gauges *gauges)
{
	struct gauge_request asked = { .zone = source->zone, .arena = request->arena, .now_us = request->now_us };
	struct err err;
	int status;

	asked.store = source->pool == NULL ? NULL : pool_borrow(source->pool, &err);
	if (asked.store == NULL)
		return -1;
	status = gauges_read(&asked, gauges, &err);
	pool_give_back(source->pool, asked.store);
	return status;
}

static void
sum_and_count(FILE *out, const char *name, const char *help, int64_t n, int64_t ns)
{
	head(out, name, "summary", help);
	fprintf(out, "%s_sum %.9f\n%s_count %" PRId64 "\n", name, (double)ns / 1e9, name, n);
}

static void
print_push(FILE *out, struct push *push)
{
	struct push_counts counts;

	push_count(push, &counts);
	head(out, "breakeven_push_events_total", "counter", "Events that were pushed, by what became of them.");
	fprintf(out, "breakeven_push_events_total{result=\"taken\"} %" PRId64 "\n", counts.taken);
	fprintf(out, "breakeven_push_events_total{result=\"repeated\"} %" PRId64 "\n", counts.repeated);
	fprintf(out, "breakeven_push_events_total{result=\"conflicting\"} %" PRId64 "\n", counts.conflicting);
	fprintf(out, "breakeven_push_events_total{result=\"refused\"} %" PRId64 "\n", counts.refused);
	whole(out, "breakeven_push_requests_total", "counter", "Requests with events that the ledger answered.",
		counts.requests);
	whole(out, "breakeven_push_requests_failed_total", "counter",
		"Of these, those of which nothing could be written.", counts.failed);
	sum_and_count(out, "breakeven_push_transaction_seconds", "Transactions that events were written in.",
		counts.transactions, counts.transactions_ns);
	sum_and_count(out, "breakeven_push_sums_seconds", "Times that sums were brought up to the events.", counts.sums,
		counts.sums_ns);
	whole(out, "breakeven_push_waiting_bytes", "gauge", "Events that are read or wait to be written.",
		(int64_t)counts.waiting_bytes);
}

/* Of each source what an alert needs. Their names hold no letter that a label must escape. */
static void
print_sources(FILE *out, const struct source_views *views)
{
	static const struct {
		const char *name, *help;
	} instants[] = {
		{ "breakeven_source_last_success_timestamp_seconds", "When a source was last read without fault." },
		{ "breakeven_source_latest_timestamp_seconds", "The latest instant that a source told of." },
	};
	static const char failures[] = "breakeven_source_failures", rows[] = "breakeven_source_rows_total";

	for (size_t k = 0; k < 2; k++) {
		head(out, instants[k].name, "gauge", instants[k].help);
		for (size_t i = 0; i < views->n; i++) {
			const struct source_view *view = &views->rows[i];
			int64_t at_us = k == 0 ? view->state.ok_us : view->state.latest_us;

			if (at_us > 0)
				fprintf(out, "%s{source=\"%s\"} %" PRId64 "\n", instants[k].name,
					view->plan->settings.name, at_us / SECOND_US);
		}
	}
	head(out, failures, "gauge", "Attempts in a row that failed.");
	for (size_t i = 0; i < views->n; i++)
		fprintf(out, "%s{source=\"%s\"} %" PRId64 "\n", failures, views->rows[i].plan->settings.name,
			views->rows[i].state.failures);
	head(out, rows, "counter", "Rows of a source, by what became of them.");
	for (size_t i = 0; i < views->n; i++) {
		const struct source_view *view = &views->rows[i];
		const char *name = view->plan->settings.name;

		fprintf(out, "%s{source=\"%s\",outcome=\"taken\"} %" PRId64 "\n", rows, name, view->totals.taken);
		fprintf(out, "%s{source=\"%s\",outcome=\"replaced\"} %" PRId64 "\n", rows, name, view->totals.replaced);
		fprintf(out, "%s{source=\"%s\",outcome=\"removed\"} %" PRId64 "\n", rows, name, view->totals.removed);
	}
}

static int
read_sources(const struct metrics_source *source, const struct exchange_request *request, struct source_views *views)
{
	struct look_at at = { .schedule = source->schedule, .now_us = request->now_us, .days = 1 };
	struct err err;
	int status;

	if (source->schedule == NULL || source->pool == NULL)
		return -1;
	at.plans = schedule_plans(source->schedule);
	at.store = pool_borrow(source->pool, &err);
	if (at.store == NULL)
		return -1;
	status = source_views_get(&at, request->arena, views, &err);
	pool_give_back(source->pool, at.store);
	return status;
}

void
metrics_reply(const struct metrics_source *source, const struct exchange_request *request, struct exchange_reply *reply)
{
	struct source_views views;
	struct gauges gauges;
	char *bytes = NULL;
	size_t size = 0;
	bool up = read_gauges(source, request, &gauges) == 0;
	FILE *out = open_memstream(&bytes, &size);

	if (out == NULL) {
		reply_error(request, reply, 500, "no memory");
		return;
	}
	head(out, "breakeven_build_info", "gauge", "Which release this is.");
	fprintf(out, "breakeven_build_info{version=\"%s\"} 1\n", source->version);
	whole(out, "breakeven_ledger_up", "gauge", "Whether the ledger can be read: 1 or 0.", up);
	if (up)
		print_gauges(out, &gauges);
	if (source->push != NULL)
		print_push(out, source->push);
	if (read_sources(source, request, &views) == 0)
		print_sources(out, &views);
	if (source->metrics != NULL) {
		print_requests(out, source->metrics);
		print_durations(out, source->metrics);
		whole(out, "breakeven_http_connections", "gauge", "Connections that are open.",
			atomic_load((atomic_int_fast64_t *)(uintptr_t)&source->metrics->connections));
		print_process(out, source->metrics);
	}
	fclose(out);
	reply_body(reply, "text/plain; version=0.0.4; charset=utf-8", arena_copy(request->arena, bytes, size), size);
	reply->cache = NULL;
	free(bytes);
}
