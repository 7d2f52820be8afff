/*
 * pulled: how it stands with sources that are asked (source_state), the lines that they hold (pulled), the days that
 * they were read for, and the files they have read into. See the tables of those names.
 *
 * What is written is written in the transaction of the rows it speaks of, unless a function says otherwise.
 */
#ifndef STORE_PULLED_H
#define STORE_PULLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/units/text.h"

struct arena;
struct err;
struct store;

struct source_state {
	int64_t from_us, done_us;
	int64_t back_from_us, back_to_us, back_began_us;
	int64_t tried_us, ok_us, failures, not_before_us;
	bool vain;
	const char *error; /* never NULL */
	int64_t run;
	int64_t taken, repeated, replaced, removed, conflicting, refused;
	int64_t latest_us;
	struct text kept;
};

/* 1 with *state (texts in the arena), 0 and all of it 0 where the source was never asked, -1. */
int source_state_get(
	struct store *store, int64_t source, struct arena *arena, struct source_state *state, struct err *err);
int source_state_put(struct store *store, int64_t source, const struct source_state *state, struct err *err);

/* The id of a source that exists: 1, 0 where there is none, -1. */
int source_find(struct store *store, const char *collector, const char *name, const char *account, int64_t *id,
	struct err *err);

/* A source whose last attempt failed. */
struct source_failing {
	const char *name, *error;
	int64_t ok_us; /* 0: it was never read */
	int64_t failures;
	bool vain;
};

/* Those that fail, by name, and how many were ever asked. */
int source_failing(struct store *store, struct arena *arena, struct source_failing **rows, size_t *n, int64_t *asked,
	struct err *err);

struct pulled {
	enum ledger_kind kind;
	int64_t at_us;
	struct text key;
	struct text part;
	int64_t width_us;
	int64_t charged_us; /* of an invoice line: by it, not by at_us, it lies in a window */
};

int pulled_mark(struct store *store, int64_t source, const struct pulled *row, struct err *err);
int pulled_forget(struct store *store, int64_t source, const struct pulled *row, struct err *err);

/* The rows of a source that lie in [from_us, to_us), copied into the arena, in the order of their keys. */
int pulled_list(struct store *store, int64_t source, int64_t from_us, int64_t to_us, struct arena *arena,
	struct pulled **rows, size_t *n, struct err *err);

/* The same of those that one part brought and whose instants lie in [from_us, to_us]. */
int pulled_list_part(struct store *store, int64_t source, struct text part, int64_t from_us, int64_t to_us,
	struct arena *arena, struct pulled **rows, size_t *n, struct err *err);

/* Which part brought a row: 1 with *part in the arena, 0 where the source does not hold it, -1. */
int pulled_part(struct store *store, int64_t source, const struct pulled *row, struct arena *arena, struct text *part,
	struct err *err);

/* Whose run this is: 1 with *source, 0 where there is none, -1. */
int run_source(struct store *store, int64_t run, int64_t *source, struct err *err);

/* What all runs of a source did. */
struct source_totals {
	int64_t taken, replaced, removed;
};
int source_totals(struct store *store, int64_t source, struct source_totals *totals, struct err *err);

/* Take back a run that changed nothing worth a row: 1, or 0 where a conflict names it, -1. Before run_end. */
int run_drop(struct store *store, int64_t run, struct err *err);

struct source_day {
	int64_t day, rows, read_us;
	bool whole;
};

/* Count more (or less) rows on a day that was read. */
int source_day_add(struct store *store, int64_t source, const struct source_day *day, struct err *err);

/* The days of a source in [from, to), rising. */
int source_days(struct store *store, int64_t source, int64_t from, int64_t to, struct arena *arena,
	struct source_day **days, size_t *n, struct err *err);

struct source_file {
	const char *path;
	int64_t inode, read, head;
	int64_t changed_us; /* when its bytes were, as it was read; 0: not known */
};

/* All files of a source, their paths in the arena. */
int source_files(struct store *store, int64_t source, struct arena *arena, struct source_file **files, size_t *n,
	struct err *err);
int source_file_put(struct store *store, int64_t source, const struct source_file *file, struct err *err);

#endif
