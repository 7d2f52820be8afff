/*
 * tally: what became of the rows of a run, and why; in bounded memory.
 */
#ifndef INGEST_TALLY_H
#define INGEST_TALLY_H

#include "collectors/collector.h"
#include "daemon/store/sources.h"

/*
 * Count a row under a reason, its place among the first few; what is one reason too many goes to "other
 * reasons". Returns the reason's index, good for tally_again.
 */
int tally_reason(struct run *run, enum reason_kind kind, const char *text, struct place place);

/* Count another row under a reason that is there. */
void tally_again(struct run *run, int reason, struct place place);

/* Count the reasons of another run with those of this one. */
void tally_add(struct run *run, const struct run *more);

/* Widen the run's instants. */
void tally_time(struct run *run, int64_t from_us, int64_t to_us);

#endif
