/*
 * pull_now: a source asked while somebody waits: the same windows as the daemon's, one after the other, from the
 * command line. The daemon may run beside it: each window is one short transaction.
 */
#ifndef INGEST_PULL_NOW_H
#define INGEST_PULL_NOW_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/ingest/window.h"

struct err;
struct settings;
struct source_plan;
struct store;
struct zone;

struct pull_now {
	struct store *store; /* open for writing */
	const struct source_plan *plan;
	const struct settings *settings;
	const struct zone *zone;
	int64_t (*now_us)(void);
	void *ctx;
	/* Told of each window that is in the ledger. */
	void (*put)(void *ctx, const struct window_job *job, const struct window_result *result);
	/* Told before a wait: why, and for how long. May be NULL. */
	void (*waits)(void *ctx, const struct err *why, int64_t wait_us);
};

/* What is new, as a run of the daemon's would read it. -1 with *err when the source cannot be read, which is written down. */
int pull_run(const struct pull_now *pull, struct err *err);

/* All of the history that is wanted and not there yet. */
int pull_history(const struct pull_now *pull, struct err *err);

#endif
