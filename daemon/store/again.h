/*
 * again: computing slots of a rollup again from the ledger's lines, one slot at a time in memory. What is done
 * with a finished slot (written, compared) is the caller's. A part of rollup with its own file.
 */
#ifndef STORE_AGAIN_H
#define STORE_AGAIN_H

#include <stdbool.h>

#include "daemon/store/fold.h"

struct err;
struct store;

struct again {
	struct store *store;
	enum fold_level level;
	struct slots slots;
	struct slot slot;
	bool open;
	struct fold fold;
	int64_t line_mark, sum_mark; /* checking: the next slot that is behind, as lines and as sums go by */
	int64_t lines, courses;      /* of the finished slots, for the caller's count */
	/* What is done with the cells of a finished slot. */
	int (*done)(struct again *again, struct err *err);
};

/* Walk the lines; done is called for each slot that has any, in their order. visit and ctx of walk are set here. */
int again_walk(struct again *again, struct line_walk *walk, struct err *err);

#endif
