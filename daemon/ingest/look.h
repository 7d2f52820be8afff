/*
 * look: how it stands with the configured sources: what the ledger knows of them, and what runs at this moment.
 */
#ifndef INGEST_LOOK_H
#define INGEST_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ingest/schedule.h"
#include "daemon/store/pulled.h"
#include "daemon/store/sources.h"

struct arena;
struct err;
struct source_plan;
struct source_plans;
struct store;

struct source_view {
	const struct source_plan *plan;
	const char *collector, *title;
	struct source_state state; /* its tallies are those of the last attempt that went well */
	struct source_totals totals;
	bool has_live; /* the daemon itself looks */
	struct schedule_look live;
	const char *word; /* "ok", "never", "running", "backfilling", "failing", "needs_you", "off", "paused" */
	bool has_history; /* some of it is still to be filled back */
	int64_t history_from_us, history_to_us, history_began_us;
	struct source_day *days; /* rising */
	size_t n_days;
	bool has_run;
	struct run run; /* the last that changed something */
};

struct source_views {
	struct source_view *rows;
	size_t n;
};

struct look_at {
	struct store *store; /* NULL: there is no ledger, and nothing is known */
	const struct source_plans *plans;
	struct schedule *schedule; /* NULL: who asks is not the daemon */
	int64_t now_us;
	int days; /* of coverage, up to today */
};

int source_views_get(const struct look_at *at, struct arena *arena, struct source_views *views, struct err *err);

#endif
