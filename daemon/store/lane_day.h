/*
 * lane_day: days of the reporting zone by lane, with the quarter hours inside them packed into one value (see
 * day_shape.h): what pages read that look at months. Made of the quarter table, never of lines, so it is as exact
 * as that.
 */
#ifndef STORE_LANE_DAY_H
#define STORE_LANE_DAY_H

#include <stdint.h>

#include "daemon/store/fold.h"

struct err;
struct store;

/* Make the days [from, to) anew from the quarter table. Called in a transaction. */
int lane_days_make(struct store *store, const struct slots *slots, int64_t from, int64_t to, struct err *err);

/* 0 when every day that is not behind is the sum of its quarter hours, -1 with *err saying the first that is not. */
int lane_days_check(struct store *store, const struct slots *slots, struct err *err);

#endif
