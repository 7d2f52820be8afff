/*
 * repricing: lines of the ledger as a price needs them, their price changed, and how far a repricing has come.
 */
#ifndef STORE_REPRICING_H
#define STORE_REPRICING_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store/ledger.h"
#include "daemon/store/prices.h"

struct arena;
struct err;
struct store;

/* Texts are valid for the call. */
struct priced_line {
	int64_t at_us, series;
	struct text id;
	int64_t requests; /* or NOT_REPORTED */
	struct usage usage;
	struct text extras; /* JSON object, or empty */
	struct line_price price;
};

/* Visit the lines of [from, to) whose tokens are known, by time; visit returns 0, 1 to end the walk, or -1 with *err. */
int priced_lines(struct store *store, int64_t from_us, int64_t to_us,
	int (*visit)(void *ctx, const struct priced_line *line, struct err *err), void *ctx, struct err *err);

/* Change the price of a line, and leave its sums behind. In a transaction. */
int priced_line_change(
	struct store *store, int64_t at_us, struct text id, const struct line_price *price, struct err *err);

/* One repricing that was confirmed; see the table of that name. */
struct repricing {
	int64_t id;
	const char *digest, *who;
	int64_t started_us, finished_us; /* 0: not finished */
	int64_t from_us, to_us;
	const char *provider, *model; /* "": all */
	int64_t next_us;
	struct price_pin pin;
	int64_t lines, done;
	int64_t before_nano, after_nano;
};

/* In a transaction, as repricing_step. */
int repricing_begin(struct store *store, struct repricing *repricing, struct err *err);

/* Everything before next_us is done, with so many lines more; finished_us 0: it goes on. */
struct repricing_step {
	int64_t id, next_us, done, finished_us;
};
int repricing_step(struct store *store, const struct repricing_step *step, struct err *err);

/* The latest first. */
int repricing_list(struct store *store, struct arena *arena, size_t limit, struct repricing **repricings, size_t *n,
	struct err *err);

#endif
