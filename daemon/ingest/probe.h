/*
 * probe: ask a source once and store nothing: what is wrong with its key or its URL, and what its reply holds.
 */
#ifndef INGEST_PROBE_H
#define INGEST_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/ingest/pulling.h"
#include "models/units/err.h"

struct source_plan;

struct probe {
	bool good;
	struct err err;     /* when it is not: what is wrong, in words */
	char key_from[256]; /* where the key came from; "" for none */
	int64_t from_us, to_us;
	int64_t pages, rows, refused, warned;
	bool more;        /* there are pages that were not asked for */
	char reason[200]; /* of the first row that was refused; "" */
	int64_t took_us;
	int64_t clock_off_s; /* the source's clock before ours; 0: near enough, or not told */
};

void probe_source(const struct source_plan *plan, const struct pulling_ask *ask, struct probe *probe);

#endif
