/*
 * focus_value: the values of FOCUS files as the specification writes them and as people's files do.
 *
 * The specification wants plain decimals (or E notation) and YYYY-MM-DDTHH:mm:ssZ. Its own samples hold amounts such
 * as "$10,000.00 ", dates such as 5/1/25 and an hour of 30. Where a value can have one meaning only it is
 * read and the departure is told; where it could have two ("10,00", "1.043,83", "13/1/25") it is refused.
 */
#ifndef COLLECTORS_FOCUS_VALUE_H
#define COLLECTORS_FOCUS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/units/text.h"

/* How a value departs from the specification: one bit each, so that each is told once for a value. */
enum focus_departure {
	FOCUS_DOLLAR_SIGN = 1 << 0,
	FOCUS_THOUSANDS = 1 << 1,
	FOCUS_PARENTHESES = 1 << 2,
	FOCUS_PLUS = 1 << 3,
	FOCUS_ROUNDED = 1 << 4, /* digits behind the ninth are lost */
	FOCUS_US_DATE = 1 << 5,
	FOCUS_BARE_DATE = 1 << 6,
	FOCUS_NO_ZONE = 1 << 7,
	FOCUS_HOUR_OVER_DAY = 1 << 8,
	FOCUS_BLANKS = 1 << 9,
	FOCUS_DEPARTURES = 10 /* how many bits */
};

/* The departure of bit number `bit` as the end of a sentence that begins with the column's name. */
const char *focus_departure_text(int bit);

/* True for an empty text, NULL, null and blanks alone. */
bool focus_null(struct text text);

/* An amount or quantity in 1e-9 units; departures are added to *departures. -1 when it is none. */
int focus_amount(struct text text, int64_t *nano, unsigned *departures);

/*
 * An instant. "M/D/YY" and "M/D/YYYY" are US dates (a year of two digits is 2000 to 2099), with or without a time;
 * hours 24 to 47 of the ISO form are of the next day. -1 when it is none.
 */
int focus_time(struct text text, int64_t *at_us, unsigned *departures);

#endif
