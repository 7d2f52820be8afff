/*
 * lines: the ledger's own lines behind a sum, in the order of time, a page at a time.
 */
#ifndef STORE_LINES_H
#define STORE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/query.h"
#include "daemon/store/rules.h"

struct arena;

/* A line as it was taken. Texts live in the arena and are "" where nothing was reported. */
struct ledger_line {
	int64_t at_us;
	const char *id;        /* a made one begins with '~' */
	const char *name[BYS]; /* BY_PROVIDER to BY_TAG; the others are NULL */
	const char *said_workload;
	int64_t rule[RULE_GIFTS]; /* which rule gave workload, team, cost centre, counts; 0: none */
	int64_t run;
	enum usage_status status;
	int64_t requests, latency_ms, ttft_ms; /* or NOT_REPORTED */
	bool has_usage;
	struct usage usage;
	struct line_price price;
};

/* The place behind a line: pages neither repeat nor leave out what stood in the ledger before the first. */
struct line_place {
	int64_t at_us;
	uint64_t mark; /* of the line's id */
};

struct lines_query {
	const struct usage_query *usage; /* range and filters; its by is unused */
	bool has_after;
	struct line_place after;
	size_t limit; /* >= 1 */
};

struct lines_result {
	struct ledger_line *lines;
	size_t n; /* at most limit; a page that searched long may hold fewer and still have more behind it */
	bool more;
	struct line_place next; /* where `more` goes on */
};

/*
 * Quarter hours in which no selected provider, model or workload occurs are not read. The rest is read line
 * by line, at most LINES_READ_MAX of them for one page.
 */
#define LINES_READ_MAX 200000

int query_lines(struct store *store, const struct lines_query *query, struct arena *arena, struct lines_result *result,
	struct err *err);

#endif
