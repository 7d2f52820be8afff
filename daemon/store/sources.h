/*
 * sources: where data comes from, how far it was read, and what each import (run) did.
 */
#ifndef STORE_SOURCES_H
#define STORE_SOURCES_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

/* One source: a file by its name, later an address. */
struct source {
	int64_t id;
	const char *collector, *name, *account;
	const char *cursor;        /* how far it was read, as the collector understands it; "" from the beginning */
	int64_t runs, last_run_us; /* finished runs; 0: never */
};

/* The source of that collector, name and account, made where it is new. Called in a transaction. */
int source_id(struct store *store, const struct source *source, int64_t *id, struct err *err);

int source_set_cursor(struct store *store, int64_t id, const char *cursor, struct err *err);
int source_list(struct store *store, struct arena *arena, struct source **sources, size_t *n, struct err *err);

/* What a source told of one series on one day of UTC. */
struct source_tokens {
	int64_t day, source, series;
	int64_t lines, tokens;
};

/* Of all lines in [from_us, to_us), which are read for it: by day, source, series. */
int source_tokens_list(struct store *store, int64_t from_us, int64_t to_us, struct arena *arena,
	struct source_tokens **rows, size_t *n, struct err *err);

#define RUN_REASONS 24 /* distinct reasons that are told apart */
#define RUN_REASON_TEXT 200
#define RUN_REASON_LINES 5 /* places kept for each */

enum reason_kind { REASON_REFUSED, REASON_WARNED, REASON_CONFLICT };

struct reason {
	enum reason_kind kind;
	int64_t count;
	char text[RUN_REASON_TEXT];
	int places;
	struct {
		int64_t line;  /* 0: see path */
		char path[80]; /* "" where there is a line */
	} place[RUN_REASON_LINES];
};

struct run {
	int64_t id;
	int64_t source;
	const char *collector, *name; /* set when read back */
	int64_t started_us, finished_us;
	int64_t taken, repeated, conflicting, refused, warned;
	int64_t replaced, removed; /* of a source that is asked: its own rows that came otherwise, or not again */
	int64_t first_us, last_us; /* instants of the rows taken or repeated; 0, 0 where there are none */
	int64_t bytes;
	int reasons;
	struct reason reason[RUN_REASONS + 1]; /* the last one: "other reasons", where there were more */
};

/* Begin a run: its id is known from here on. Called in the run's transaction. */
int run_begin(struct store *store, const struct run *run, int64_t *id, struct err *err);

/* Write down the tallies and reasons of a run; of one that goes on, again each time. */
int run_end(struct store *store, const struct run *run, struct err *err);

/* One run with its reasons: 1, 0 where there is none, -1. */
int run_get(struct store *store, struct arena *arena, int64_t id, struct run *run, struct err *err);

/* The latest runs first. */
int run_list(struct store *store, struct arena *arena, size_t limit, struct run **runs, size_t *n, struct err *err);

#endif
