/*
 * anchors: speeds measured by the user, which predictions of the throughput model lean on until they expire.
 */
#ifndef STORE_ANCHORS_H
#define STORE_ANCHORS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

struct anchor_row {
	int64_t id;                      /* given by anchor_put */
	int64_t measured_us, expires_us; /* instants; from expires_us on it no longer counts */
	const char *source;              /* "bench endpoint http://…", "engine counters"; not empty */
	const char *engine, *engine_version, *model, *precision, *gpu; /* model and gpu not empty */
	int64_t gpus, tp, pp, dp;                                      /* >= 1 */
	double isl, osl;                                               /* tokens, mean, >= 1 */
	const char *load;                                              /* "16", "max", "qps=2.5" */
	const char *metric, *unit; /* "tpot" in "ms", "output_throughput" in "tok/s", ... */
	double value;              /* > 0 */
	const char *note;          /* may be empty */
};

/* What a row has where nothing is said: one GPU, empty texts. */
void anchor_defaults(struct anchor_row *anchor);

/* Keep it; anchor->id is set. ERR_INPUT names the field that is out of bounds. Called in a transaction. */
int anchor_put(struct store *store, struct anchor_row *anchor, struct err *err);

/* Those that have not expired at now_us (INT64_MIN: all), the latest measured first, texts in the arena. */
int anchor_list(struct store *store, struct arena *arena, int64_t now_us, struct anchor_row **anchors, size_t *n,
	struct err *err);

/* 1 removed, 0 there was none. */
int anchor_remove(struct store *store, int64_t id, struct err *err);

#endif
