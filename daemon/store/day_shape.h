/*
 * day_shape: the course of a day, quarter hour by quarter hour or hour by hour, packed into one value.
 *
 * A packed shape is, for each step of the day with lines, in order, six numbers of seven bits a byte, low first:
 * the steps without lines before it, requests, tokens in, tokens out, tokens without a price, and the amount
 * in nano-USD (its sign in the lowest bit).
 */
#ifndef STORE_DAY_SHAPE_H
#define STORE_DAY_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define SHAPE_STEPS 108 /* of the longest day in quarter hours: zones have moved by up to 3 hours */

/* What a shape tells of a step. */
enum shape_value { SHAPE_REQUESTS, SHAPE_INPUT, SHAPE_OUTPUT, SHAPE_UNPRICED, SHAPE_AMOUNT, SHAPE_VALUES };

/* The steps of a day, summed over what was added. */
struct day_shape {
	bool held[SHAPE_STEPS];
	int64_t value[SHAPE_STEPS][SHAPE_VALUES];
};

/* Add a packed shape to a day. -1 with *err when it is damaged or a sum leaves 64 bits. */
int shape_add(struct day_shape *day, const unsigned char *bytes, size_t n, struct err *err);

#define SHAPE_BYTES (SHAPE_STEPS * (1 + SHAPE_VALUES) * 10) /* of the longest packed shape */

/* Pack one step behind those packed before; gap: the steps between. The place behind it. */
unsigned char *shape_pack(unsigned char *to, int64_t gap, const int64_t value[SHAPE_VALUES]);

/* What a cell of a rollup (CELL_VALUES) tells a shape. */
void shape_values(int64_t value[SHAPE_VALUES], const int64_t *cell);

#endif
