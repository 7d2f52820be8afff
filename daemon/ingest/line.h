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

#endif
