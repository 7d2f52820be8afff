/*
 * quote_print: the answer to one line of usage, and how it is written. A part of quote.c with its own file.
 */
#ifndef INGEST_QUOTE_PRINT_H
#define INGEST_QUOTE_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/ingest/quote.h"
#include "models/price/tariff.h"
#include "models/units/text.h"

struct json;

struct quote_answer {
	const struct json *id; /* NULL: none */
	bool refused, no_at;
	struct quantities quantities;
	struct price_found found;
	struct text nearest; /* where nothing was found */
	struct price_result result;
	const char *reason; /* NULL: none */
};

/* head: the names come first, where the form has a head. */
void quote_print(const struct quote_answer *answer, enum quote_form form, bool head, FILE *out);

#endif
