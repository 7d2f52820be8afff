/*
 * writer: puts parcels into the ledger, one transaction for all that are handed over together, and sums what
 * they touched in transactions of its own (inside of push). One thread at a time.
 */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/sources.h"

struct err;
struct parcel;
struct pricing;
struct store;
struct zone;

/* Where pushed rows come from: each a source of its own. */
enum pushed_from { PUSHED_EVENTS, PUSHED_OTLP, PUSHED_FROM };

/* What is pushed within an hour is one run. */
struct pushed_run {
	struct run run, before; /* as it is, and as it was committed last */
	int64_t reasons_told;   /* rows with a reason, as written down last */
	int64_t told_before;
	bool in_use; /* by this transaction */
};

struct writer {
	struct store *store; /* NULL: there is none */
	const struct zone *zone;
	bool prepared;  /* the built-in prices are in, and days are the zone's */
	bool lags;      /* the ledger lacks sums that came with this version: writer_catch_up */
	bool sums_wait; /* something is taken whose sums are behind */
	int64_t now_us; /* of this transaction */
	bool sum_now;   /* this transaction holds figures that must be seen to have a sum */
	struct pricing *pricing;
	struct pushed_run pushed[PUSHED_FROM];
	struct run *run; /* of the parcel at hand */
};

/* Begin with a handle; it may be changed after writer_drop. zone outlives the writer. */
void writer_take(struct writer *writer, struct store *store);
/* Forget all that belongs to the handle. The handle stays open. */
void writer_drop(struct writer *writer);

/* Put and commit a list of parcels. 0, or -1 with *err and nothing of any of them in the ledger. */
int writer_put(struct writer *writer, struct parcel *parcels, int64_t now_us, struct err *err);

/* Make some of the sums that came with this version; lags is false when none is left. */
int writer_catch_up(struct writer *writer, struct err *err);

/* Bring all sums up to their lines. */
int writer_sum(struct writer *writer, struct err *err);

/* While a parcel is put: a row of it is refused, warned of, or was there before. */
void writer_refuse(struct writer *writer, struct parcel *parcel, int64_t row, const char *reason);
void writer_remark(struct writer *writer, int64_t row, const char *text);
void writer_repeated(struct writer *writer, struct parcel *parcel);

#endif
