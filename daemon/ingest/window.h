/*
 * window: what a source answered for one window, into the ledger in one transaction: rows that are new are taken, the
 * source's own rows that came with other content are replaced, those that came no more are removed (of PULL_WINDOW),
 * and with them the source's state is written: how far it is read, what its next reply is read against.
 *
 * Rows of others stand: where a source brings what somebody else brought otherwise, that is a conflict in sight, and so
 * is what it would change in a closed month; of an invoice line that is booked in the month that is open (adjust.h).
 */
#ifndef INGEST_WINDOW_H
#define INGEST_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/pulled.h"
#include "daemon/store/sources.h"

struct arena;
struct err;
struct source_plan;
struct store;
struct zone;

/* One reply. */
struct window_page {
	const char *part; /* NULL: the source has one */
	const char *name; /* for sentences: where it is from, without a query */
	char *bytes;
	size_t n;
	struct window_page *next;
};

struct window_file {
	struct source_file file; /* as it will have been read */
	const char *path;        /* for sentences */
	char *why;               /* it could not be read; malloc'd; NULL: it could */
	struct window_file *next;
};

struct window_job {
	const struct source_plan *plan;
	const struct window_page *pages; /* in the order they came */
	int64_t from_us, to_us;          /* the window; of the other shapes the time it was asked at, twice */
	int64_t now_us;
	bool back;                       /* a part of the history: back_to_us moves, and not done_us */
	const struct window_file *files; /* PULL_FILES: those that are read, written down with their rows */
	const struct zone *zone;         /* of wall-clock times, and of the days that are summed */
	bool sum_now;                    /* bring the sums up, too; else they are left behind (rollup.h) */
};

struct window_result {
	struct run run; /* the tallies, with reasons; id 0 where nothing changed */
	int64_t source;
};

/* The source of a plan in the ledger: 1, 0 where it was never asked, -1. */
int window_source(struct store *store, const struct source_plan *plan, int64_t *source, struct err *err);

/*
 * -1 with *err and nothing changed when a reply is unusable, when every row of the window is refused (ERR_INPUT), or
 * when the store fails. Not in a transaction. Allocate *result.
 */
int window_put(struct store *store, const struct window_job *job, struct window_result *result, struct err *err);

/* Write down that an attempt failed. A transaction of its own. */
struct window_failure {
	int64_t now_us, not_before_us;
	int failures; /* in a row, this one included */
	bool vain;
	const char *error;
};
int window_failed(
	struct store *store, const struct source_plan *plan, const struct window_failure *failure, struct err *err);

/* Want the history from this instant on: what lies before what is read will be filled back. A transaction of its own. */
int window_want(struct store *store, const struct source_plan *plan, int64_t from_us, int64_t now_us, struct err *err);

#endif
