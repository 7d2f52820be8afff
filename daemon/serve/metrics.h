/*
 * metrics: what is counted of requests, and the text of GET /metrics in the Prometheus exposition format
 * (version 0.0.4). Counting is a few atomic additions and never waits.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdint.h>

#include "daemon/serve/exchange.h"

struct err;
struct metrics;
struct pool;
struct push;
struct schedule;
struct zone;

/* Of what a reply is: a route by its place in the table, from METRICS_ROUTES on. */
enum { METRICS_OTHER, METRICS_PAGE, METRICS_ROUTES };
#define METRICS_SLOTS 48

struct metrics *metrics_new(int64_t started_us, struct err *err);
void metrics_free(struct metrics *metrics); /* NULL is nothing */

/* A reply was made, that long after its request was whole. slot: see above. metrics may be NULL in both. */
void metrics_request(struct metrics *metrics, int slot, int status, int64_t took_ns);
/* A connection came (1) or went (-1). */
void metrics_connection(struct metrics *metrics, int more);

struct metrics_source {
	const struct metrics *metrics;
	struct pool *pool;         /* may be NULL: no ledger */
	struct push *push;         /* may be NULL */
	struct schedule *schedule; /* NULL: no sources */
	const struct zone *zone;
	const char *version;
};

/* The reply of GET /metrics. A ledger that cannot be read is told as breakeven_ledger_up 0. */
void metrics_reply(
	const struct metrics_source *source, const struct exchange_request *request, struct exchange_reply *reply);

#endif
