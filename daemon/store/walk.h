/*
 * walk: what the ledger holds in a range, from the smallest tables that tell it exactly: whole days of
 * the reporting zone from the day table, whole quarter hours from the quarter table, the rest line by line.
 */
#ifndef STORE_WALK_H
#define STORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/fold.h"
#include "daemon/store/query.h"

struct arena;

/* A piece of the range: a cell of a rollup, or one line. Pieces come in the order of time. */
struct piece {
	int64_t from_us, to_us; /* of the slot; a line has to_us = from_us + 1 */
	size_t combination;     /* which names, see struct names */
	const int64_t *value;   /* CELL_VALUES */
};

/* The distinct combinations of the names that are asked for, sorted by the names. */
struct names {
	const char *(*name)[QUERY_BYS]; /* of each combination; NULL for what is no name */
	size_t n;
};

struct walk {
	const struct usage_query *query;
	enum query_level coarsest; /* what may be read at most */
	/*
	 * Hours are wanted, or quarter hours, by no name and without their classes: of a piece requests, amount and the
	 * tokens that are priced are told, all input in the first class of input, all output in that of output.
	 */
	bool shape;
	bool backwards; /* the last line first; where coarsest is LEVEL_RAW */
	struct arena *arena;
	int (*visit)(void *ctx, const struct piece *piece, struct err *err); /* 0; 1: enough; -1 with *err */
	void *ctx;
	/* set by walk_run before the first visit */
	struct names names;
	enum query_level level; /* the coarsest that was read */
};

/*
 * Visit everything that the query selects. prepared (may be NULL) is called once the names are known and
 * before the first piece.
 */
int walk_run(struct store *store, struct walk *walk,
	int (*prepared)(void *ctx, const struct names *names, struct err *err), struct err *err);

#endif
