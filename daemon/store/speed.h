/*
 * speed: what engines were seen to do, quarter hour by quarter hour: the production speed of each replica.
 */
#ifndef STORE_SPEED_H
#define STORE_SPEED_H

#include <stdbool.h>
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

struct speed_each {
	void *ctx;
	/* shared: another model wrote tokens there in that quarter hour. The reading's texts are gone afterwards. */
	void (*visit)(void *ctx, const struct speed_reading *reading, bool shared);
	bool placed; /* only those of which it is known what they ran on */
};

/* The quarter hours that begin in [from, to), in the order of time, engine, replica and model. */
int speed_each(struct store *store, int64_t from_us, int64_t to_us, const struct speed_each *each, struct err *err);

/* Copy the texts of a reading into the arena. */
void speed_keep(struct arena *arena, struct speed_reading *reading);

#endif
