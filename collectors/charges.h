/*
 * charges: what the parsers of invoices and cost reports share: periods, currencies, and the identity of a charge.
 *
 * A file of charges has no row id. The one that is made stands for what identifies a charge (account, periods, and
 * the texts that its parser names, never its amounts) and, where several rows agree in all that, for their number
 * among them: a revised amount meets its old self under the same id, and equal rows keep apart.
 */
#ifndef COLLECTORS_CHARGES_H
#define COLLECTORS_CHARGES_H

#include "collectors/collector.h"
#include "models/units/calendar.h"

struct err;
struct input;
struct listing_shape;
struct repeats;
struct table_shape;

struct charges {
	const struct collect_options *options;
	struct repeats *repeats;
	struct zone utc;
	int64_t month_from_us, month_to_us; /* of the last charge without a period */
	char id[48];
};

int charges_open(struct charges *charges, const struct collect_options *options, struct err *err);
void charges_close(struct charges *charges);

/* Read a table, or a JSON document's lists, whose rows are charges: ctx of the row's function is a struct charges. */
int charges_table(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct table_shape *shape, struct err *err);
int charges_listing(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, struct err *err);

/* The id of the charge at `line`, whose periods are set; it lives until the next call. */
struct text charges_id(struct charges *charges, const struct invoice_reading *reading, const struct text *texts,
	size_t n, int64_t line);

/* The billing period of a charge that names none: the calendar month of UTC in which it begins. */
void charges_month(struct charges *charges, struct invoice_reading *reading);

/* A code of three letters in capitals; -1 where the text is none. *changed (may be NULL): it was not in capitals. */
int charges_currency(struct text text, char code[4], bool *changed);

#endif
