/*
 * lane_day: days of the reporting zone by lane, with the quarter hours inside them packed into one value: what
 * pages read that look at months. Made of the quarter table, never of lines, so it is as exact as that.
 *
 * A shape is, for each quarter hour of the day with lines, in order, six numbers of seven bits a byte, low first:
 * the quarter hours without lines before it, requests, tokens in, tokens out, tokens without a price, and
 * the amount in nano-USD (its sign in the lowest bit).
 */
#ifndef STORE_LANE_DAY_H
#define STORE_LANE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/fold.h"

struct arena;
struct err;
struct store;

#define SHAPE_QUARTERS 108 /* of the longest day: zones have moved by up to 3 hours */

/* What a shape tells of a quarter hour. */
enum shape_value { SHAPE_REQUESTS, SHAPE_INPUT, SHAPE_OUTPUT, SHAPE_UNPRICED, SHAPE_AMOUNT, SHAPE_VALUES };

/* The quarter hours of a day, summed over lanes. */
struct day_shape {
	bool held[SHAPE_QUARTERS];
	int64_t value[SHAPE_QUARTERS][SHAPE_VALUES];
};

/* Add a packed shape to a day. -1 with *err when it is damaged or a sum leaves 64 bits. */
int shape_add(struct day_shape *day, const unsigned char *bytes, size_t n, struct err *err);

/* Make the days [from, to) anew from the quarter table. Called in a transaction. */
int lane_days_make(struct store *store, const struct slots *slots, int64_t from, int64_t to, struct err *err);

/* 0 when every day that is not behind is the sum of its quarter hours, -1 with *err saying the first that is not. */
int lane_days_check(struct store *store, const struct slots *slots, struct err *err);

#endif
