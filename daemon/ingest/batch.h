/*
 * batch: usage lines on their way into the ledger. They are gathered and put in the order of time, so that
 * an input in any order touches each page of the ledger and each slot of the rollups once a batch.
 */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include <stdint.h>

#include "daemon/store/ledger.h"

struct err;
struct store;
struct batch;

/* Told what became of each line, in the order in which they are put. */
struct batch_told {
	void *ctx;
	void (*put)(void *ctx, const struct usage_line *line, enum put_result result);
};

struct batch *batch_open(struct store *store, int64_t run, const struct batch_told *told, struct err *err);
void batch_close(struct batch *batch); /* drops what was not flushed; NULL is nothing */

/* Add a line; its texts are copied. A full batch is flushed. */
int batch_add(struct batch *batch, const struct usage_line *line, struct err *err);

/* Put what is gathered. */
int batch_flush(struct batch *batch, struct err *err);

#endif
