/*
 * adjust: what comes for an invoice line of a closed month is booked in the month that is open.
 *
 * The line itself stands as it was closed. What the source says now, less that and less what was booked in months that
 * are closed since, is one line of the open month, an Adjustment of class Correction whose charge period is that of the
 * line; it follows the source until its own month is closed, and goes where nothing is left to book.
 *
 * Part of a transaction.
 */
#ifndef STORE_ADJUST_H
#define STORE_ADJUST_H

#include <stdint.h>

#include "models/price/reading.h"

struct err;
struct store;

/* The month that is open. */
struct adjust_month {
	int64_t from_us, to_us;
};

enum adjust_result {
	ADJUST_FAILED = -1,
	ADJUST_SAME,    /* nothing to book, or it is booked */
	ADJUST_BOOKED,  /* a line is new, or another than it was */
	ADJUST_SETTLED, /* what was booked is gone: the source says again what was closed */
};

#define ADJUST_BOOKED_TEXT "its month is closed: the difference is booked in the month that is open"

struct zone;

/* The month that begins where the closed ones end. */
struct adjust_month adjust_open_month(int64_t closed_us, const struct zone *zone);

/* The source says this now; the reading has an id. */
enum adjust_result adjust_invoice(struct store *store, int64_t run, const struct invoice_reading *reading,
	const struct adjust_month *month, struct err *err);

/* The source has the line no longer. */
enum adjust_result adjust_gone(struct store *store, int64_t run, int64_t period_from_us, struct text id,
	const struct adjust_month *month, struct err *err);

#endif
