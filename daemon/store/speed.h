/*
 * speed: what engines were seen to do, quarter hour by quarter hour: the production speed of each replica.
 */
#ifndef STORE_SPEED_H
#define STORE_SPEED_H

#include <stddef.h>
#include <stdint.h>

#include "models/price/reading.h"

struct arena;
struct err;
struct store;

/* What is wrong with a reading for the ledger, as ERR_INPUT; 0 when nothing. */
int speed_check(const struct speed_reading *reading, struct err *err);

/* Keep it in place of what stands of its quarter hour. Called in a transaction. */
int speed_put(struct store *store, const struct speed_reading *reading, struct err *err);

/* The quarter hours that begin in [from, to), in their order; texts in the arena. */
int speed_list(struct store *store, int64_t from_us, int64_t to_us, struct arena *arena,
	struct speed_reading **readings, size_t *n, struct err *err);

#endif
