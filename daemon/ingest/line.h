/*
 * line: a usage reading as a line of the ledger, but for what only the ledger knows (its series and price).
 */
#ifndef INGEST_LINE_H
#define INGEST_LINE_H

#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/price/reading.h"

#define LINE_EXTRAS 1024 /* bytes for a line's extras */

/*
 * Fill *line; its texts are borrowed from the reading and from extras[LINE_EXTRAS]. A reading without an id gets the
 * hash of all that its source said.
 */
void line_of(struct usage_line *line, const struct usage_reading *reading, char *extras);

/* What parts the rows of one bucket of a source from each other: all it says but its counts. */
uint64_t line_bucket_key(const struct usage_reading *reading);

#define LINE_BUCKET_ID 24

/* "=0123456789abcdef" of a key, for a row of a bucket that comes in a file: it meets itself when it comes again. */
struct text line_bucket_id(char id[LINE_BUCKET_ID], uint64_t key);

#endif
