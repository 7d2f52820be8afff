/*
 * usage: the one normal form of what a call consumed: disjoint token classes.
 *
 * Providers differ on whether cached tokens are inside the input figure and reasoning inside the output
 * figure; whoever reads a provider's own object sorts that out at the door, and from here on every class
 * is a part of exactly one total:
 *   input total  = in_uncached + in_cache_read + in_cache_write_5m + in_cache_write_1h
 *   output total = out_visible + out_reasoning
 * The audio, image and video counts are parts OF those classes (a further split that a source tells
 * and some prices need), never tokens on top.
 */
#ifndef PRICE_USAGE_H
#define PRICE_USAGE_H

#include <stdint.h>

struct err;

/* A count above this is refused: it could not be told apart from its neighbours in a JSON number. */
#define USAGE_TOKENS_MAX (INT64_C(1) << 53)

enum usage_class {
	IN_UNCACHED,       /* input at the plain rate */
	IN_CACHE_READ,     /* input read from the provider's cache */
	IN_CACHE_WRITE_5M, /* input written to the cache, default (5 minute) life */
	IN_CACHE_WRITE_1H, /* input written to the cache, 1 hour life */
	OUT_VISIBLE,       /* output less reasoning */
	OUT_REASONING,     /* reasoning ("thinking") output */
	USAGE_CLASSES
};

/* "in_uncached", ... in the order above: the names of the usage event, of columns and of facts. */
extern const char *const usage_class_names[USAGE_CLASSES];

struct usage {
	int64_t tokens[USAGE_CLASSES]; /* >= 0 once usage_check has passed */
};

int64_t usage_input(const struct usage *usage);
int64_t usage_output(const struct usage *usage);
int64_t usage_total(const struct usage *usage);

/* ERR_INPUT when a class is negative or any class or total is above USAGE_TOKENS_MAX; names the class and the value. */
int usage_check(const struct usage *usage, struct err *err);

#endif
