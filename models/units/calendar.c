#include "models/units/calendar.h"

/* The first second of the year 1 and the last of the year 9999; what lies outside is taken for the edge. */
#define FIRST_S INT64_C(-62135596800)
#define LAST_S INT64_C(253402300799)
#define FIRST_DAY INT64_C(-719162)
#define LAST_DAY INT64_C(2932896)

#define OFFSET_MAX_S (26 * HOUR_S) /* further from UTC than any zone */

static int64_t
floor_divide(int64_t value, int64_t divisor)
{
	return value / divisor - (value % divisor < 0 ? 1 : 0);
}

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static int
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/*
 * Days are counted in years that begin on 1 March, so that the leap day is the last of its year and the months
 * before any other follow 153 days in five.
 */
int64_t
date_days(struct date date)
{
	int64_t year = date.month > 2 ? date.year : (int64_t)date.year - 1;
	int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
	int64_t leaps = floor_divide(year, 4) - floor_divide(year, 100) + floor_divide(year, 400);

	/* 719469 days lie between 1 March of the year 0 and 2 January 1970: the first day of a month is 1. */
	return year * 365 + leaps + (153 * month + 2) / 5 + date.day - 719469;
}

struct date
days_date(int64_t days)
{
	int64_t since = clamp(days, FIRST_DAY, LAST_DAY) + 719468; /* 1 March of the year 0 */
	int64_t era = since / 146097, in_era = since % 146097;
	/* Take the leap days out, so that years of 365 days remain; a day that is one stays in its year. */
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (year * 365 + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;
	struct date date;

	date.day = (int)(in_year - (153 * month + 2) / 5 + 1);
	date.month = (int)(month < 10 ? month + 3 : month - 9);
	date.year = (int)(era * 400 + year + (date.month <= 2 ? 1 : 0));
	return date;
}

void
zone_utc(struct zone *zone)
{
	*zone = (struct zone){ .name = "UTC" };
}

/* The day of the year's rule, as days since 1970. */
static int64_t
rule_day(const struct zone_rule *rule, int year)
{
	int64_t first, day;

	if (rule->month == 0) {
		day = date_days((struct date){ year, 1, 1 }) + rule->day;
		if (rule->julian) /* 29 February is not counted: 60 is always 1 March */
			day += is_leap(year) && rule->day >= 60 ? 0 : -1;
		return day;
	}
	first = date_days((struct date){ year, rule->month, 1 });
	day = first + (rule->weekday - (first + 4) % 7 + 7 + 7) % 7 + (rule->week - 1) * 7;
	if (rule->week == 5) {
		int month = rule->month == 12 ? 1 : rule->month + 1;
		int64_t next = date_days((struct date){ rule->month == 12 ? year + 1 : year, month, 1 });

		if (day >= next)
			day -= 7;
	}
	return day;
}

/* A change of the clock: from at_s on, local time is offset_s ahead of UTC. */
struct change {
	int64_t at_s;
	int32_t offset_s;
};

#define RULE_CHANGES 6

/* The changes that the rules make in the year of the instant and its neighbours, in the order of time. */
static void
rule_changes(const struct zone *zone, int64_t at_s, struct change changes[RULE_CHANGES])
{
	int year = days_date(floor_divide(at_s + zone->standard_offset_s, DAY_S)).year;
	int i, j;

	for (i = 0; i < RULE_CHANGES; i++) {
		const struct zone_rule *rule = i % 2 == 0 ? &zone->summer_from : &zone->summer_to;
		int32_t before = i % 2 == 0 ? zone->standard_offset_s : zone->summer_offset_s;
		struct change change = {
			rule_day(rule, year - 1 + i / 2) * DAY_S + rule->time_s - before,
			i % 2 == 0 ? zone->summer_offset_s : zone->standard_offset_s,
		};

		/* Where summer ends in the moment in which the next begins, the beginning comes behind and holds. */
		for (j = i; j > 0 && changes[j - 1].at_s > change.at_s; j--)
			changes[j] = changes[j - 1];
		changes[j] = change;
	}
}

static int32_t
rule_offset(const struct zone *zone, int64_t at_s)
{
	struct change changes[RULE_CHANGES] = { 0 };
	int32_t offset = zone->standard_offset_s;
	int i;

	rule_changes(zone, at_s, changes);
	for (i = 0; i < RULE_CHANGES && changes[i].at_s <= at_s; i++)
		offset = changes[i].offset_s;
	return offset;
}

/* How many of the listed transitions are at or before the instant. */
static int
transitions_until(const struct zone *zone, int64_t at_s)
{
	int low = 0, high = zone->transitions;

	while (low < high) {
		int middle = (low + high) / 2;

		if (zone->at_s[middle] <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t
zone_offset(const struct zone *zone, int64_t at_s)
{
	int before = transitions_until(zone, at_s);

	if (before == zone->transitions && zone->has_rule)
		return rule_offset(zone, clamp(at_s, FIRST_S, LAST_S));
	return before == 0 ? zone->first_offset_s : zone->offset_s[before - 1];
}

/* The first change after the instant; INT64_MAX when there is none. */
static int64_t
next_change(const struct zone *zone, int64_t at_s)
{
	int before = transitions_until(zone, at_s), i;
	struct change changes[RULE_CHANGES] = { 0 };

	if (before < zone->transitions)
		return zone->at_s[before];
	if (!zone->has_rule)
		return INT64_MAX;
	rule_changes(zone, at_s, changes);
	for (i = 0; i < RULE_CHANGES; i++)
		if (changes[i].at_s > at_s)
			return changes[i].at_s;
	return INT64_MAX;
}

struct date
zone_date(const struct zone *zone, int64_t at_s, int *second_of_day)
{
	int64_t local = clamp(at_s, FIRST_S, LAST_S), days;

	local += zone_offset(zone, local);
	days = floor_divide(local, DAY_S);
	if (second_of_day != NULL)
		*second_of_day = (int)(local - days * DAY_S);
	return days_date(days);
}

int64_t
zone_day(const struct zone *zone, struct date date)
{
	int64_t midnight = date_days(date) * DAY_S; /* as the wall clock counts */
	int64_t from = midnight - OFFSET_MAX_S;

	/* The first moment in which the wall clock shows midnight or later. */
	for (;;) {
		int64_t at = midnight - zone_offset(zone, from), until = next_change(zone, from);

		if (at < until)
			return at > from ? at : from;
		from = until;
	}
}

int64_t
zone_billed(const struct zone *zone, int64_t from_us, int64_t to_us)
{
	const int64_t day_us = DAY_S * SECOND_US;

	if (from_us % day_us != 0 || to_us % day_us != 0)
		return from_us;
	return zone_day(zone, days_date(from_us / day_us)) * SECOND_US;
}

int64_t
zone_instant(const struct zone *zone, struct date date, int second_of_day)
{
	int64_t wall = date_days(date) * DAY_S + second_of_day;
	int64_t from = wall - OFFSET_MAX_S, before = wall;

	for (;;) {
		int64_t at = wall - zone_offset(zone, from), until = next_change(zone, from);

		if (at < from)
			return before; /* the clock went past it: in a gap */
		if (at < until)
			return at;
		before = at;
		from = until;
	}
}

static struct date
month_moved(struct date date, int months)
{
	int64_t month = (int64_t)date.year * 12 + date.month - 1 + months;

	date.year = (int)floor_divide(month, 12);
	date.month = (int)(month - (int64_t)date.year * 12) + 1;
	return date;
}

int64_t
zone_month(const struct zone *zone, int64_t at_s, int start_day, int months)
{
	struct date date = zone_date(zone, at_s, NULL);

	if (date.day < start_day)
		date = month_moved(date, -1);
	date.day = start_day;
	/* Where midnight comes twice, the new month has begun while the clock shows the old day again. */
	if (zone_day(zone, month_moved(date, 1)) <= at_s)
		date = month_moved(date, 1);
	return zone_day(zone, month_moved(date, months));
}

int
zone_hour_of_week(const struct zone *zone, int64_t at_s)
{
	int second;
	int64_t days = date_days(zone_date(zone, at_s, &second));

	/* 1 January 1970 was a Thursday. */
	return (int)((days + 3 - floor_divide(days + 3, 7) * 7) * 24) + second / HOUR_S;
}
