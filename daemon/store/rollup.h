/*
 * rollup: sums that pages read: quarter hours of UTC by lane (provider, model, workload), and days of the
 * reporting zone by series and status (all dimensions), with their course through the day (see series_shape.h).
 * Days by lane are made of the quarter hours, see lane_day.h.
 *
 * A cell is never incremented: what a run touches is computed again from the lines of the ledger. (A
 * quarter hour or day that held no line before the run may be summed while its lines pass by: that is
 * the same computation.) Quarter hours, because zones with offsets of 30 and 45 minutes have days too.
 *
 * Sums may be behind their lines: what rollup_touch marks is summed by a later rollup_run, perhaps of another
 * process. Whoever reads sums asks rollup_touched, and reads the lines of a slot that is behind.
 */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

#include <stdint.h>

#include "daemon/store/fold.h"
#include "daemon/store/ledger.h"

struct err;
struct store;
struct zone;

/*
 * Days are those of this zone from now on (NULL: of the zone that the ledger has): when these are not the days of
 * the day table, because the zone is another or its rules have changed, that table is built anew. Called in a transaction before the first rollup_before.
 */
int rollup_zone(struct store *store, const struct zone *zone, struct err *err);

/* The name of the zone of the day table ("UTC" for a new ledger). */
int rollup_zone_name(struct store *store, char *name, size_t size, struct err *err);

/* That zone, of this machine. */
int rollup_zone_load(struct store *store, struct zone *zone, struct err *err);

/* A line at this time is about to be put / has been taken. Between the two nothing else happens. */
int rollup_before(struct store *store, int64_t at_us, struct err *err);
int rollup_taken(struct store *store, const struct usage_line *line, struct err *err);

/*
 * A line has been taken, and its sums are left behind: for small transactions. What rollup_run summed last of each
 * level is remembered and goes on with the lines of that slot, so that the next rollup_run need not read
 * them again. ERR_INPUT where such a sum leaves 64 bits.
 */
int rollup_touch(struct store *store, const struct usage_line *line, struct err *err);

/* A line at this time was changed or removed: its sums are left behind, and nothing of them is remembered. */
int rollup_changed(struct store *store, int64_t at_us, struct err *err);

/* The first slot at or after *slot whose sums are behind: 1 with *slot, 0 where there is none, -1. */
int rollup_touched(struct store *store, enum rollup_level level, int64_t *slot, struct err *err);

/* The sums of the slots [from, to) of a level are not behind any more. */
int rollup_marks_clear(struct store *store, enum rollup_level level, int64_t from, int64_t to, struct err *err);

/* Write every touched cell; before commit. */
int rollup_run(struct store *store, struct err *err);

/*
 * A ledger that was made by an older program lacks the sums of newer levels: of days that rollup_run has nothing to
 * do with, and until they are made the lines are read. Make some, those of about so many lines. Called in a
 * transaction: 1 there are more, 0 all are made, -1.
 */
int rollup_catch_up(struct store *store, int64_t lines, struct err *err);

/* How many days there are to make; -1 with *err. */
int64_t rollup_lagging(struct store *store, struct err *err);

/* Forget what was folded; with store_rollback. */
void rollup_forget(struct store *store);

/* Build all tables anew from the ledger. Called in a transaction. */
int rollup_rebuild(struct store *store, struct err *err);

/*
 * 0 when every rollup that is not behind is the sum of its lines; -1 with *err saying the first difference, or
 * why that cannot be told. Days whose zone is not on this machine, or has other rules by now, cannot be judged and
 * are left out. All of it is of one state of the ledger.
 */
int rollup_check(struct store *store, struct err *err);

/* 1 when the day table's days are those of this zone, 0 when not, -1. */
int rollup_zone_is(struct store *store, const struct zone *zone, struct err *err);

#endif
