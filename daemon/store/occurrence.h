/*
 * occurrence: how many equal lines without an id this run has met at an instant: a hint in bounded memory.
 * What it forgets the ledger and the table `seen` still know; a forgotten hint begins again at 0.
 */
#ifndef STORE_OCCURRENCE_H
#define STORE_OCCURRENCE_H

#include <stdint.h>

struct store;

struct occurrence {
	int64_t at_us, hash, run;
	int64_t next; /* the first occurrence that may be free */
};

/* The hint for a line, made where there is none; NULL without memory. Valid until the next call. */
struct occurrence *occurrence_hint(struct store *store, int64_t at_us, int64_t hash, int64_t run);
void occurrences_forget(struct store *store);

#endif
