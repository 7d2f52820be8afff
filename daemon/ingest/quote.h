/*
 * quote: what a line of usage costs: one JSON object in (id, provider, model, at, api, service_tier, usage),
 * one answer out, without touching the ledger. The command and the API call the same.
 */
#ifndef INGEST_QUOTE_H
#define INGEST_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "models/price/tariff.h"
#include "models/units/text.h"

struct err;

/* Who knows prices: asked once for each question, and remembered for as long as the answer holds. */
struct quote_prices {
	void (*find)(void *ctx, const struct price_question *question, struct price_found *found);
	/* price_nearest of the first book that knows one; asked where find has no row. */
	struct text (*nearest)(void *ctx, const struct price_question *question);
	void *ctx;
};

struct quote;

/* now_us: the time of a line without one. NULL with *err when there is no memory. */
struct quote *quote_open(const struct quote_prices *prices, int64_t now_us, struct err *err);
void quote_close(struct quote *quote); /* NULL is nothing */

enum quote_form { QUOTE_JSON, QUOTE_CSV, QUOTE_TABLE };

/*
 * Answer one line on `out`: in JSON one object and a line end. A line that is wrong is answered too, with
 * state "refused"; then -1 and *err says what is wrong with it. bytes are changed. The first answer of
 * CSV or a table is headed by the names.
 */
int quote_line(struct quote *quote, char *bytes, size_t n, enum quote_form form, FILE *out, struct err *err);

#endif
