/*
 * downtime: how long something was down, of stretches that may lie over each other: what two incidents share counts
 * once.
 */
#ifndef DECIDE_DOWNTIME_H
#define DECIDE_DOWNTIME_H

#include <stddef.h>
#include <stdint.h>

/* Half open, in any unit. One that ends before it begins, or where it begins, is empty. */
struct span {
	int64_t from, to;
};

/* The measure of the union of spans[0..n), which must be in the order of their begins, cut to [from, to). */
int64_t spans_union(const struct span *spans, size_t n, int64_t from, int64_t to);

#endif
