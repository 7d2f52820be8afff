/*
 * pricing: the price of a usage reading by the books of a ledger, with the last answers remembered.
 */
#ifndef INGEST_PRICING_H
#define INGEST_PRICING_H

#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/price/reading.h"

struct err;
struct price_pin;
struct store;
struct pricing;

struct pricing *pricing_open(struct store *store, struct err *err);
/* The same by the prices of a moment. */
struct pricing *pricing_open_pinned(struct store *store, const struct price_pin *pin, struct err *err);
void pricing_close(struct pricing *pricing); /* NULL is nothing */

/*
 * Price a reading of that series: rounded once, half to even, to nano-USD. *remark is a text that a person
 * should know (why it is unpriced, or by what rule it was priced) or NULL; it lives until the next call.
 * ERR_INPUT when the amount does not fit a ledger line.
 */
int pricing_line(struct pricing *pricing, int64_t series, const struct usage_reading *reading, struct line_price *price,
	const char **remark, struct err *err);

#endif
