/*
 * shelf: everything a prediction of speed looks up: accelerators, models, constants, anchors, those that are inside
 * the program and those of the user.
 */
#ifndef REPORT_SHELF_H
#define REPORT_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "models/supply/estimate.h"
#include "models/supply/measured.h"
#include "models/supply/throughput.h"

struct arena;
struct err;
struct settings;
struct store;

struct shelf {
	struct shelves shelves;
	struct constants constants;
	struct anchors anchors;
	struct anchor *anchor_rows; /* the same */
	size_t room;                /* of them */
	size_t own, expired;        /* of the user's anchors: used, left out because they are too old */
};

struct shelf_request {
	struct arena *arena;
	const struct settings *settings;
	struct store *store; /* NULL: no anchors of the user's */
	int64_t now_us;
	/* A model that is on no shelf, put before all others; NULL: none. */
	const struct transformer *extra;
	size_t more; /* anchors that shelf_add will be called with at most */
};

/* Everything lives in the arena. ERR_INPUT names file, line, column and value of a user's table. */
int shelf_load(const struct shelf_request *request, struct shelf *shelf, struct err *err);

/* One more of the user's own, for this shelf only. */
int shelf_add(struct shelf *shelf, const struct measured *row, struct err *err);

#endif
