#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "collectors/columns.h"
#include "collectors/focus_value.h"
#include "collectors/input.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define VALUE_MAX 128 /* longer amounts and times are none */

const char *
focus_departure_text(int bit)
{
	static const char *const texts[FOCUS_DEPARTURES] = {
		"has a dollar sign, which the specification forbids",
		"has thousands separators, which the specification forbids",
		"is negative by parentheses, which the specification forbids",
		"has a plus sign, which the specification forbids",
		"has more than nine digits after the point and was rounded to nine",
		"is a US date (read as month/day/year) instead of YYYY-MM-DDTHH:mm:ssZ",
		"is a date without a time instead of YYYY-MM-DDTHH:mm:ssZ, read as midnight UTC",
		"has no zone, read as UTC",
		"has an hour beyond 23, read as an hour of the next day",
		"has blanks at its ends",
	};

	return texts[bit];
}

bool
focus_null(struct text text)
{
	text = text_trim(text);
	return text.n == 0 || text_is(text, "NULL") || text_is(text, "null");
}

static struct text
trim_told(struct text text, unsigned *departures)
{
	struct text trimmed = text_trim(text);

	if (trimmed.n != text.n)
		*departures |= FOCUS_BLANKS;
	return trimmed;
}

static struct text
inside(struct text text, size_t front, size_t back)
{
	return text_trim((struct text){ text.p + front, text.n - front - back });
}

/*
 * Copy without separators: the whole part must begin with one to three digits, not with a zero ("0,123" is a
 * decimal comma), and go on in threes up to the point or the end. -1 when commas stand elsewhere. The copy is
 * never longer than the text; *n is its length.
 */
static int
copy_without_separators(struct text text, char *copy, size_t *n)
{
	size_t digits = 0, groups = 0, out = 0, i = 0;

	if (text.p[0] == '0')
		return -1;
	for (; i < text.n && text.p[i] != '.'; i++) {
		if (text.p[i] == ',') {
			if (groups == 0 ? digits < 1 || digits > 3 : digits != 3)
				return -1;
			groups++;
			digits = 0;
		} else if (text.p[i] >= '0' && text.p[i] <= '9') {
			copy[out++] = text.p[i];
			digits++;
		} else {
			return -1;
		}
	}
	if (digits != 3)
		return -1;
	memcpy(copy + out, text.p + i, text.n - i);
	out += text.n - i;
	if (memchr(copy, ',', out) != NULL)
		return -1;
	*n = out;
	return 0;
}

int
focus_amount(struct text text, int64_t *nano, unsigned *departures)
{
	char copy[VALUE_MAX];
	unsigned seen = 0;
	bool negative = false, rounded = false;
	size_t n;
	struct err why;

	text = trim_told(text, &seen);
	if (text.n == 0 || text.n > VALUE_MAX - 2)
		return -1;
	if (text.n >= 2 && text.p[0] == '(' && text.p[text.n - 1] == ')') {
		text = inside(text, 1, 1);
		negative = true;
		seen |= FOCUS_PARENTHESES;
	} else if (text.p[0] == '-') {
		text = inside(text, 1, 0);
		negative = true;
	} else if (text.p[0] == '+') {
		text = inside(text, 1, 0);
		seen |= FOCUS_PLUS;
	}
	if (text.n > 0 && text.p[0] == '$') {
		text = inside(text, 1, 0);
		seen |= FOCUS_DOLLAR_SIGN;
		if (text.n > 0 && text.p[0] == '-' && !negative) { /* "$-5.00" */
			text = inside(text, 1, 0);
			negative = true;
		}
	}
	if (text.n == 0 || text.p[0] == '-' || text.p[0] == '+')
		return -1;
	if (memchr(text.p, ',', text.n) != NULL) {
		if (copy_without_separators(text, copy + 1, &n) != 0)
			return -1;
		seen |= FOCUS_THOUSANDS;
	} else {
		memcpy(copy + 1, text.p, text.n);
		n = text.n;
	}
	copy[0] = negative ? '-' : '+';
	if (decimal_parse(copy, n + 1, NANO_DIGITS, nano, &rounded, &why) != 0)
		return -1;
	*departures |= seen | (rounded ? FOCUS_ROUNDED : 0);
	return 0;
}

/* Digits from *at on, at most `most`, into *value; -1 when there is none. */
static int
take_number(struct text text, size_t *at, int most, int *value)
{
	int taken = 0;

	*value = 0;
	while (*at < text.n && taken < most && text.p[*at] >= '0' && text.p[*at] <= '9') {
		*value = *value * 10 + (text.p[(*at)++] - '0');
		taken++;
	}
	return taken == 0 ? -1 : taken;
}

static int
days_of_month(int year, int month)
{
	struct date first = { year, month, 1 };
	struct date next = { month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1 };

	return (int)(date_days(next) - date_days(first));
}

/* "H:MM" or "H:MM:SS", perhaps with AM or PM behind it, from *at to the end of the text. */
static int
take_clock(struct text text, size_t at, int *second_of_day)
{
	int hour, minute, second = 0;
	struct text rest;

	if (take_number(text, &at, 2, &hour) < 0 || at >= text.n || text.p[at++] != ':' ||
		take_number(text, &at, 2, &minute) != 2)
		return -1;
	if (at < text.n && text.p[at] == ':') {
		at++;
		if (take_number(text, &at, 2, &second) != 2)
			return -1;
	}
	rest = inside(text, at, 0);
	if (name_same(rest, "AM") || name_same(rest, "PM")) {
		if (hour < 1 || hour > 12)
			return -1;
		hour = hour % 12 + (name_same(rest, "PM") ? 12 : 0);
	} else if (rest.n != 0) {
		return -1;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return -1;
	*second_of_day = hour * HOUR_S + minute * 60 + second;
	return 0;
}

static int
us_time(struct text text, int64_t *at_us)
{
	struct date date;
	int year_digits, second_of_day = 0;
	size_t at = 0;

	if (take_number(text, &at, 2, &date.month) < 0 || at >= text.n || text.p[at++] != '/' ||
		take_number(text, &at, 2, &date.day) < 0 || at >= text.n || text.p[at++] != '/')
		return -1;
	year_digits = take_number(text, &at, 4, &date.year);
	if (year_digits == 2)
		date.year += 2000;
	else if (year_digits != 4)
		return -1;
	if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
		date.day > days_of_month(date.year, date.month))
		return -1;
	if (at < text.n && (text.p[at++] != ' ' || take_clock(text, at, &second_of_day) != 0))
		return -1;
	*at_us = (date_days(date) * DAY_S + second_of_day) * SECOND_US;
	return 0;
}

/* True when the ISO text has an hour of 24 to 47; copy is then the text with that hour less 24. */
static bool
hour_over_day(struct text text, char copy[VALUE_MAX])
{
	int hour;

	if (text.n < 16 || text.p[4] != '-' || text.p[13] != ':' || text.p[11] < '0' || text.p[11] > '9' ||
		text.p[12] < '0' || text.p[12] > '9')
		return false;
	hour = (text.p[11] - '0') * 10 + (text.p[12] - '0') - 24;
	if (hour < 0 || hour > 23)
		return false;
	memcpy(copy, text.p, text.n);
	copy[11] = (char)('0' + hour / 10);
	copy[12] = (char)('0' + hour % 10);
	return true;
}

static bool
has_zone(struct text text)
{
	char last = text.p[text.n - 1];

	if (last == 'Z' || last == 'z')
		return true;
	for (size_t i = 11; i < text.n; i++)
		if (text.p[i] == '+' || text.p[i] == '-')
			return true;
	return false;
}

int
focus_time(struct text text, int64_t *at_us, unsigned *departures)
{
	char copy[VALUE_MAX];
	unsigned seen = 0;
	bool over;
	struct err why;

	text = trim_told(text, &seen);
	if (text.n == 0 || text.n >= VALUE_MAX)
		return -1;
	if (memchr(text.p, '/', text.n) != NULL) {
		*departures |= seen | FOCUS_US_DATE;
		return us_time(text, at_us);
	}
	/* A plain number would be read as Unix seconds; in an invoice it is rather a spreadsheet's day number. */
	if (text.n < 10 || text.p[4] != '-')
		return -1;
	over = hour_over_day(text, copy);
	if (time_parse(over ? copy : text.p, text.n, at_us, &why) != 0)
		return -1;
	if (over) {
		*at_us += DAY_S * SECOND_US;
		seen |= FOCUS_HOUR_OVER_DAY;
	}
	if (text.n == 10)
		seen |= FOCUS_BARE_DATE;
	else if (!has_zone(text))
		seen |= FOCUS_NO_ZONE;
	*departures |= seen;
	return 0;
}
