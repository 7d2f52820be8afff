/*
 * traffic: how requests come, as the ledger has it: how many, how long, and how much faster they come in the
 * busiest minute of the busiest hour.
 */
#ifndef REPORT_TRAFFIC_H
#define REPORT_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct request;

#define TRAFFIC_WINDOWS 3 /* of 10, 30 and 60 seconds */
extern const double traffic_windows[TRAFFIC_WINDOWS];

struct traffic {
	bool any;               /* false: the ledger has none, and nothing below is set */
	int64_t from_us, to_us; /* what was measured */
	double hours;
	double requests_s;       /* mean over all of it */
	double isl, osl, cached; /* tokens of a request, mean; share of the input that was read from a cache */
	double mtok_month;
	double peak_requests_s;                   /* in the busiest hour */
	double burst_requests_s[TRAFFIC_WINDOWS]; /* in the busiest such window of that hour */
	double burst_tok_s[TRAFFIC_WINDOWS];
	double between_scv; /* of the times between requests of that hour; NAN: too few */
	double output_scv;  /* of output lengths in that hour */
	bool single;        /* lines are calls, not buckets of calls: bursts are known */
	const double *at_s; /* when the calls of that hour came, rising; in the arena */
	size_t n;           /* how many of them */
	bool cut;           /* there were more: a part of the hour is known */
};

struct traffic_request {
	const char *workload, *model;
	int64_t from_us, to_us;
};

/* -1 with *err when the ledger cannot be read. */
int traffic_read(
	const struct request *request, const struct traffic_request *wanted, struct traffic *traffic, struct err *err);

#endif
