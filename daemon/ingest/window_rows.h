/*
 * window_rows: the rows of a window as its parser hands them over, and what becomes of each in the ledger (inside of
 * window).
 */
#ifndef INGEST_WINDOW_ROWS_H
#define INGEST_WINDOW_ROWS_H

#include "collectors/collector.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/window.h"

struct pricing;
struct repeats;

/* The rows that this window brought: hashes of their keys, in a table of 2^bits. 0 is an empty place. */
struct seen {
	uint64_t *places;
	size_t n, room;
};

/* Rows more or less on a day. */
struct day_count {
	int64_t day, rows;
};

/* A period (the instant that keys of its rows begin with) that a file of an export tells of. */
struct told_period {
	const char *part;
	int64_t at_us;
};

struct putting {
	struct store *store;
	const struct window_job *job;
	const struct source_plan *plan;
	struct run *run;
	struct run *before; /* the run that this one goes on with, as it was; NULL: none */
	int64_t source;
	const char *part; /* of the page that is read, "" for none */
	struct pricing *pricing;
	struct arena *arena;
	struct source_state state;
	struct seen seen;
	struct day_count *days;
	size_t n_days;
	struct told_period *periods;
	size_t n_periods;
	struct repeats *repeats; /* of the page that is read; NULL: none yet */
	int64_t unread;          /* files that could not be read; refused as a row each */
	int64_t closed_us;       /* what is earlier does not change */
	struct text kept;
	bool has_kept;
	char extras[LINE_EXTRAS];
};

/* Where the parser's readings go; in the transaction of the window. */
struct sink window_sink(struct putting *putting);

/* Tell of a file that could not be read. */
void window_file_missed(struct putting *putting, const struct window_file *file);

/* Take back what the source held in the window and did not bring again. */
int window_remove_missing(struct putting *putting, struct err *err);

/* Count the rows of each day that was read. */
int window_write_days(struct putting *putting, struct err *err);

#endif
