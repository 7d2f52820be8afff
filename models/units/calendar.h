/*
 * calendar: instants, civil days and months, and time zones as the IANA data base describes them.
 *
 * An instant is a count of microseconds since 1970-01-01T00:00:00Z without leap seconds ("at"), or of
 * whole seconds where a function says so. A range is half open: [from, to). Days and months are those
 * of a zone: a day has 23, 24 or 25 hours, and a month begins at local midnight of its start day.
 * This is pure: the bytes of a zone file are handed in.
 */
#ifndef UNITS_CALENDAR_H
#define UNITS_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define SECOND_US INT64_C(1000000)
#define HOUR_S 3600
#define DAY_S 86400

#define ZONE_TRANSITIONS 512
#define TIME_MAX 40 /* room for an instant printed, with its NUL */

struct date {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

/* One rule of a POSIX TZ string: when the clock changes in a year after the last listed transition. */
struct zone_rule {
	int month, week, weekday; /* Mm.w.d; month 0: the day-of-year form, see `day` */
	int day;                  /* day of year; Jn counts 1..365 without 29 February, n counts 0..365 */
	int julian;               /* 1: Jn */
	int32_t time_s;           /* local seconds after midnight, may be negative or over a day */
};

struct zone {
	char name[64];
	int transitions;
	int64_t at_s[ZONE_TRANSITIONS];     /* rising */
	int32_t offset_s[ZONE_TRANSITIONS]; /* local minus UTC from at_s[i] on */
	int32_t first_offset_s;             /* before the first transition */
	int has_rule;                       /* 1: after the last transition the two rules below hold for ever */
	int32_t standard_offset_s, summer_offset_s;
	struct zone_rule summer_from, summer_to;
};

/* UTC, without a file. */
void zone_utc(struct zone *zone);

/* Read the bytes of a TZif file (version 1, 2 or 3). ERR_INPUT when they are no such file. */
int zone_read(struct zone *zone, const char *name, const void *bytes, size_t size, struct err *err);

/* Local minus UTC, in seconds, at the instant. */
int32_t zone_offset(const struct zone *zone, int64_t at_s);

/* The civil date of the instant in the zone; *second_of_day (may be NULL) is wall-clock time. */
struct date zone_date(const struct zone *zone, int64_t at_s, int *second_of_day);

/*
 * The first instant of the civil date in the zone (a date whose midnight is skipped begins at the end of
 * the gap; one whose midnight comes twice begins at the first).
 */
int64_t zone_day(const struct zone *zone, struct date date);

/* The instant of a wall-clock time; in a gap the offset before it is used, when doubled the first. */
int64_t zone_instant(const struct zone *zone, struct date date, int second_of_day);

/*
 * Where a stretch begins for a reader in the zone. Bills are dated in days of UTC and mean days: a stretch of whole days
 * of UTC begins on that date in the zone, any other at its instant. In microseconds, as what is kept is.
 */
int64_t zone_billed(const struct zone *zone, int64_t from_us, int64_t to_us);

/* The start of the month (beginning on start_day, 1..28) that holds the instant, moved by `months`. */
int64_t zone_month(const struct zone *zone, int64_t at_s, int start_day, int months);

/* 0..167: weekday (Monday 0) * 24 + wall-clock hour. */
int zone_hour_of_week(const struct zone *zone, int64_t at_s);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t date_days(struct date date);
struct date days_date(int64_t days);

/*
 * Parse an instant: RFC 3339 ("2026-08-01T12:00:00Z", with fraction and offset; a blank instead of T is
 * accepted; without an offset it is UTC), a bare date (midnight UTC), or Unix seconds with an optional
 * fraction. Digits beyond a microsecond are cut off. ERR_INPUT names the text.
 */
int time_parse(const char *text, size_t n, int64_t *at_us, struct err *err);

/* "2026-08-01T12:00:00Z", with a fraction only where it is not zero. Returns the length. */
size_t time_print(char *buffer, size_t size, int64_t at_us);

/* Parse YYYY-MM-DD. */
int date_parse(const char *text, size_t n, struct date *date, struct err *err);

/* "2026-08-01". Returns the length; size >= 11 always fits. */
size_t date_print(char *buffer, size_t size, struct date date);

#endif
