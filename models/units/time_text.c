/* Instants and dates as text. */
#include <stdio.h>

#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/text.h"

#define FIRST_S INT64_C(-62135596800) /* 0001-01-01 */
#define LAST_S INT64_C(253402300799)  /* 9999-12-31T23:59:59 */

struct cursor {
	const char *p;
	size_t n;
};

static int
take(struct cursor *cursor, char c)
{
	if (cursor->n == 0 || cursor->p[0] != c)
		return 0;
	cursor->p++;
	cursor->n--;
	return 1;
}

static int
is_digit(const struct cursor *cursor)
{
	return cursor->n > 0 && cursor->p[0] >= '0' && cursor->p[0] <= '9';
}

/* Exactly `width` digits, a number in [low, high]. */
static int
take_digits(struct cursor *cursor, int width, int low, int high)
{
	int number = 0, i;

	for (i = 0; i < width; i++) {
		if (!is_digit(cursor))
			return -1;
		number = number * 10 + (*cursor->p - '0');
		cursor->p++;
		cursor->n--;
	}
	return number >= low && number <= high ? number : -1;
}

static int
take_date(struct cursor *cursor, struct date *date)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int leap;

	date->year = take_digits(cursor, 4, 1, 9999);
	if (date->year < 0 || !take(cursor, '-') || (date->month = take_digits(cursor, 2, 1, 12)) < 0 ||
		!take(cursor, '-'))
		return -1;
	leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);
	date->day = take_digits(cursor, 2, 1, lengths[date->month - 1] + (leap && date->month == 2 ? 1 : 0));
	return date->day < 0 ? -1 : 0;
}

/* What stands behind a point, as microseconds; further digits are cut off. */
static int
take_fraction(struct cursor *cursor, int64_t *us)
{
	int64_t place = SECOND_US / 10;

	if (!is_digit(cursor))
		return -1;
	for (*us = 0; is_digit(cursor); cursor->p++, cursor->n--, place /= 10)
		*us += (*cursor->p - '0') * place;
	return 0;
}

/* Z, +hh:mm, +hhmm, +hh, or nothing at all for UTC. */
static int
take_offset(struct cursor *cursor, int *offset_s)
{
	int sign, hours, minutes = 0;

	*offset_s = 0;
	if (cursor->n == 0 || take(cursor, 'Z') || take(cursor, 'z'))
		return 0;
	sign = take(cursor, '-') ? -1 : take(cursor, '+') ? 1 : 0;
	if (sign == 0 || (hours = take_digits(cursor, 2, 0, 23)) < 0)
		return -1;
	if ((take(cursor, ':') || cursor->n > 0) && (minutes = take_digits(cursor, 2, 0, 59)) < 0)
		return -1;
	*offset_s = sign * (hours * HOUR_S + minutes * 60);
	return 0;
}

/* The wall-clock part of an instant, behind the date. */
static int
take_clock(struct cursor *cursor, int64_t *second, int64_t *us)
{
	int hours, minutes, seconds;

	*us = 0;
	if (!take(cursor, 'T') && !take(cursor, 't') && !take(cursor, ' '))
		return -1;
	if ((hours = take_digits(cursor, 2, 0, 23)) < 0 || !take(cursor, ':') ||
		(minutes = take_digits(cursor, 2, 0, 59)) < 0 || !take(cursor, ':') ||
		(seconds = take_digits(cursor, 2, 0, 60)) < 0) /* 60: a leap second */
		return -1;
	*second = hours * HOUR_S + minutes * 60 + seconds;
	return take(cursor, '.') ? take_fraction(cursor, us) : 0;
}

static int
parse_civil(struct cursor cursor, int64_t *second, int64_t *us)
{
	struct date date;
	int64_t clock = 0;
	int offset = 0;

	*us = 0;
	if (take_date(&cursor, &date) != 0)
		return -1;
	if (cursor.n > 0 && (take_clock(&cursor, &clock, us) != 0 || take_offset(&cursor, &offset) != 0))
		return -1;
	*second = date_days(date) * DAY_S + clock - offset;
	return cursor.n == 0 ? 0 : -1;
}

/* [+-]digits[.digits]; the fraction has the sign of the whole. */
static int
parse_unix(struct cursor cursor, int64_t *second, int64_t *us)
{
	int negative = take(&cursor, '-');

	if (!negative)
		take(&cursor, '+');
	if (!is_digit(&cursor))
		return -1;
	for (*second = 0; is_digit(&cursor); cursor.p++, cursor.n--)
		if (*second <= LAST_S)
			*second = *second * 10 + (*cursor.p - '0');
	*us = 0;
	if (take(&cursor, '.') && take_fraction(&cursor, us) != 0)
		return -1;
	if (negative) {
		*second = -*second;
		*us = -*us;
	}
	return cursor.n == 0 ? 0 : -1;
}

int
time_parse(const char *text, size_t n, int64_t *at_us, struct err *err)
{
	struct cursor cursor = { text, n };
	char shown[TEXT_SHOWN];
	int64_t second, us;

	if (parse_civil(cursor, &second, &us) != 0 && parse_unix(cursor, &second, &us) != 0)
		return err_set(err, ERR_INPUT,
			"'%s' is not an instant such as 2026-08-01T12:00:00Z, a date or Unix seconds",
			text_shown((struct text){ text, n }, shown, sizeof(shown)));
	if (second < FIRST_S || second > LAST_S)
		return err_set(err, ERR_INPUT, "'%s' lies outside the years 1 to 9999 (a Unix time must be in seconds)",
			text_shown((struct text){ text, n }, shown, sizeof(shown)));
	*at_us = second * SECOND_US + us;
	return 0;
}

/* Digits and what follows them; the place behind. */
static char *
put_digits(char *to, int number, int digits, char behind)
{
	for (int i = digits; i-- > 0; number /= 10)
		to[i] = (char)('0' + number % 10);
	to[digits] = behind;
	return to + digits + 1;
}

size_t
time_print(char *buffer, size_t size, int64_t at_us)
{
	int64_t us = at_us % SECOND_US, at_s = at_us / SECOND_US, days;
	char text[TIME_MAX], *to = text;
	struct date date;
	int second;

	if (us < 0) {
		us += SECOND_US;
		at_s--;
	}
	at_s = at_s < FIRST_S ? FIRST_S : at_s > LAST_S ? LAST_S : at_s;
	days = (at_s - FIRST_S) / DAY_S + FIRST_S / DAY_S;
	second = (int)(at_s - days * DAY_S);
	date = days_date(days);
	to = put_digits(to, date.year, 4, '-');
	to = put_digits(to, date.month, 2, '-');
	to = put_digits(to, date.day, 2, 'T');
	to = put_digits(to, second / HOUR_S, 2, ':');
	to = put_digits(to, second / 60 % 60, 2, ':');
	to = put_digits(to, second % 60, 2, '.');
	if (us == 0) {
		to[-1] = 'Z';
	} else {
		to = put_digits(to, (int)us, 6, '0');
		while (to[-1] == '0')
			to--;
		*to++ = 'Z';
	}
	if (size > 0) {
		size_t n = (size_t)(to - text) < size ? (size_t)(to - text) : size - 1;

		memcpy(buffer, text, n);
		buffer[n] = '\0';
	}
	return (size_t)(to - text);
}

int
date_parse(const char *text, size_t n, struct date *date, struct err *err)
{
	struct cursor cursor = { text, n };
	char shown[TEXT_SHOWN];
	struct date read;

	if (take_date(&cursor, &read) != 0 || cursor.n != 0)
		return err_set(err, ERR_INPUT, "'%s' is not a date such as 2026-08-01",
			text_shown((struct text){ text, n }, shown, sizeof(shown)));
	*date = read;
	return 0;
}

size_t
date_print(char *buffer, size_t size, struct date date)
{
	return (size_t)snprintf(buffer, size, "%04d-%02d-%02d", date.year, date.month, date.day);
}
