#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/random.h"

#define FILE_MAX 65536

static const char *const zones[] = {
	"America/New_York",
	"Europe/Berlin",
	"America/Sao_Paulo",
	"Africa/Cairo",
	"Asia/Kathmandu",
	"Asia/Kolkata",
	"Australia/Lord_Howe",
	"Pacific/Apia",
	"Pacific/Chatham",
	"America/St_Johns",
	"Europe/Dublin",
	"Africa/Casablanca",
	"Asia/Tehran",
	"Asia/Gaza",
	"America/Nuuk",
	"Pacific/Kiritimati",
	"Antarctica/Troll",
	"America/Havana",
	"Europe/London",
	"Asia/Tokyo",
	"America/Asuncion",
	"Asia/Beirut",
	"EST5EDT",
	"Etc/GMT+12",
};

static size_t
zone_bytes(const char *name, unsigned char *bytes, size_t size)
{
	char path[256];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	file = fopen(path, "rb");
	if (file != NULL) {
		n = fread(bytes, 1, size, file);
		fclose(file);
	}
	return n;
}

static bool
load(const char *name, struct zone *zone)
{
	static unsigned char bytes[FILE_MAX];
	size_t n = zone_bytes(name, bytes, sizeof(bytes));
	struct err err = { 0 };

	if (n == 0)
		return false;
	if (zone_read(zone, name, bytes, n, &err) != 0)
		fail_msg("%s", err.text);
	return true;
}

static void
need(const char *name, struct zone *zone)
{
	if (!load(name, zone))
		skip();
}

static struct date
day(int year, int month, int of_month)
{
	return (struct date){ year, month, of_month };
}

static int64_t
instant(const char *text)
{
	int64_t at_us;
	struct err err = { 0 };

	if (time_parse(text, strlen(text), &at_us, &err) != 0)
		fail_msg("%s", err.text);
	return at_us;
}

static int64_t
second(const char *text)
{
	return instant(text) / SECOND_US;
}

static int
hours_of(const struct zone *zone, struct date date)
{
	return (int)(zone_day(zone, days_date(date_days(date) + 1)) - zone_day(zone, date)) / HOUR_S;
}

/* ---- days */

static void
each_day_of_nine_thousand_years_follows_the_one_before(void **state)
{
	static const int lengths[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct date expected = { 1, 1, 1 };
	int64_t days = date_days(expected);

	(void)state;
	assert_int_equal(days, -719162);
	assert_int_equal(date_days(day(1970, 1, 1)), 0);
	assert_int_equal(date_days(day(2000, 3, 1)), 11017);
	for (; expected.year < 10000; days++) {
		struct date date = days_date(days);
		int leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);

		if (date.year != expected.year || date.month != expected.month || date.day != expected.day ||
			date_days(date) != days)
			fail_msg("day %ld is taken for %d-%d-%d", (long)days, date.year, date.month, date.day);
		if (++expected.day > lengths[expected.month] + (leap && expected.month == 2)) {
			expected.day = 1;
			if (++expected.month > 12) {
				expected.month = 1;
				expected.year++;
			}
		}
	}
	assert_int_equal(days_date(INT64_MAX).year, 9999);
	assert_int_equal(days_date(INT64_MIN).year, 1);
}

/* ---- zones */

static void
bills_of_whole_days_of_utc_are_of_these_dates_everywhere(void **state)
{
	const int64_t first = date_days(day(2026, 9, 1)) * DAY_S * SECOND_US, day_us = DAY_S * SECOND_US;
	struct zone zone;

	(void)state;
	need("America/New_York", &zone);
	assert_true(zone_billed(&zone, first, first + 30 * day_us) == first + 4 * HOUR_S * SECOND_US);
	assert_true(zone_billed(&zone, first, first) == first + 4 * HOUR_S * SECOND_US);
	assert_true(zone_billed(&zone, first, first + HOUR_S * SECOND_US) == first);
	assert_true(zone_billed(&zone, first + 1, first + day_us) == first + 1);
	need("Asia/Tokyo", &zone);
	assert_true(zone_billed(&zone, first, first + day_us) == first - 9 * HOUR_S * SECOND_US);
	zone_utc(&zone);
	assert_true(zone_billed(&zone, first, first + day_us) == first);
}

static void
utc_needs_no_file(void **state)
{
	struct zone utc;
	struct date date;
	int of_day;

	(void)state;
	zone_utc(&utc);
	assert_string_equal(utc.name, "UTC");
	assert_int_equal(zone_offset(&utc, INT64_MAX), 0);
	assert_int_equal(zone_day(&utc, day(1970, 1, 2)), 86400);
	date = zone_date(&utc, -1, &of_day);
	assert_int_equal(date.year, 1969);
	assert_int_equal(of_day, 86399);
	assert_int_equal(zone_date(&utc, INT64_MAX, NULL).year, 9999);
	assert_int_equal(zone_date(&utc, INT64_MIN, &of_day).year, 1);
	assert_int_equal(zone_hour_of_week(&utc, 0), 3 * 24);
	assert_int_equal(zone_hour_of_week(&utc, -3 * DAY_S - 1), 6 * 24 + 23);
	assert_int_equal(zone_hour_of_week(&utc, second("2026-08-03T00:00:00Z")), 0);
}

/* The C library reads the same files with other code. */
static void
offsets_are_those_of_the_c_library(void **state)
{
	struct random random;
	size_t i, checked = 0;

	(void)state;
	random_seed(&random, 3);
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct zone zone;
		int k;

		if (!load(zones[i], &zone))
			continue;
		checked++;
		setenv("TZ", zones[i], 1);
		tzset();
		for (k = 0; k < 20000; k++) {
			/* 1902 to 2239: before 1901 the two files' versions may differ, later the C library is slow */
			time_t at = (time_t)(random_uniform(&random) * 1.063e10) - 2145916800;
			struct tm tm;

			localtime_r(&at, &tm);
			if (tm.tm_gmtoff != zone_offset(&zone, at))
				fail_msg("%s at %ld: %ld, not %d", zones[i], (long)at, tm.tm_gmtoff,
					zone_offset(&zone, at));
		}
	}
	unsetenv("TZ");
	tzset();
	if (checked == 0)
		skip();
}

static void
the_hours_of_all_days_are_the_year(void **state)
{
	size_t i, checked = 0;

	(void)state;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct zone zone;
		int year;

		if (!load(zones[i], &zone))
			continue;
		checked++;
		for (year = 1965; year < 2110; year++) {
			int64_t first = zone_day(&zone, day(year, 1, 1)), at = first, days;

			for (days = date_days(day(year, 1, 1)); days < date_days(day(year + 1, 1, 1)); days++) {
				struct date date = days_date(days), seen;
				int64_t next = zone_day(&zone, days_date(days + 1));

				assert_true(zone_day(&zone, date) == at);
				if (next == at) /* islands that moved over the date line left one out */
					assert_true(strncmp(zone.name, "Pacific/", 8) == 0);
				else if (next - at < 22 * HOUR_S || next - at > 26 * HOUR_S)
					assert_true(strncmp(zone.name, "Pacific/", 8) == 0);
				seen = zone_date(&zone, at, NULL);
				if (next > at && date_days(seen) != days)
					fail_msg("%s: %d-%d-%d begins on another day", zone.name, date.year, date.month,
						date.day);
				if (next > at)
					assert_int_equal(date_days(zone_date(&zone, next - 1, NULL)), days);
				at = next;
			}
			assert_true(at == zone_day(&zone, day(year + 1, 1, 1)));
		}
	}
	if (checked == 0)
		skip();
}

static void
days_have_23_24_or_25_hours(void **state)
{
	struct zone zone;

	(void)state;
	need("America/New_York", &zone);
	assert_int_equal(hours_of(&zone, day(2026, 3, 8)), 23);
	assert_int_equal(hours_of(&zone, day(2026, 11, 1)), 25);
	assert_int_equal(hours_of(&zone, day(2026, 7, 4)), 24);
	assert_true(zone_day(&zone, day(2026, 3, 8)) == second("2026-03-08T05:00:00Z"));
	assert_true(zone_day(&zone, day(2026, 3, 9)) == second("2026-03-09T04:00:00Z"));
	/* long after the last transition that a file lists */
	assert_int_equal(hours_of(&zone, day(2138, 3, 9)), 23);
	assert_int_equal(hours_of(&zone, day(2138, 11, 2)), 25);
	need("Australia/Lord_Howe", &zone);
	assert_int_equal(zone_day(&zone, day(2026, 4, 6)) - zone_day(&zone, day(2026, 4, 5)), 24 * HOUR_S + 1800);
}

static void
a_day_whose_midnight_is_skipped_begins_after_the_gap(void **state)
{
	struct zone zone;
	struct date date;
	int of_day;

	(void)state;
	need("America/Sao_Paulo", &zone);
	assert_true(zone_day(&zone, day(2018, 11, 4)) == second("2018-11-04T03:00:00Z"));
	date = zone_date(&zone, second("2018-11-04T03:00:00Z"), &of_day);
	assert_int_equal(date.day, 4);
	assert_int_equal(of_day, HOUR_S);
	assert_int_equal(hours_of(&zone, day(2018, 11, 4)), 23);
	assert_int_equal(hours_of(&zone, day(2018, 11, 3)), 24);
	/* summer ended at midnight, back to 23:00: the longer day is the one before */
	assert_int_equal(hours_of(&zone, day(2018, 2, 17)), 25);
	assert_true(zone_day(&zone, day(2018, 2, 18)) == second("2018-02-18T03:00:00Z"));
	need("Africa/Cairo", &zone);
	assert_true(zone_day(&zone, day(2023, 4, 28)) == second("2023-04-27T22:00:00Z"));
	assert_int_equal(hours_of(&zone, day(2023, 4, 28)), 23);
	assert_int_equal(hours_of(&zone, day(2100, 4, 30)), 23);
}

static void
a_day_that_was_left_out_has_no_hours(void **state)
{
	struct zone zone;

	(void)state;
	need("Pacific/Apia", &zone);
	assert_true(zone_day(&zone, day(2011, 12, 30)) == zone_day(&zone, day(2011, 12, 31)));
	assert_int_equal(hours_of(&zone, day(2011, 12, 29)), 24);
	assert_int_equal(hours_of(&zone, day(2011, 12, 31)), 24);
}

static void
a_midnight_that_comes_twice_begins_the_day_at_the_first(void **state)
{
	struct zone zone;

	(void)state;
	need("America/St_Johns", &zone);
	/* until 2011 the clock went back at 00:01 */
	assert_true(zone_day(&zone, day(2010, 11, 7)) == second("2010-11-07T02:30:00Z"));
	assert_int_equal(zone_date(&zone, second("2010-11-07T03:00:00Z"), NULL).day, 6);
	/* while it shows 6 November again, the month that begins on the 7th has begun */
	assert_true(zone_month(&zone, second("2010-11-07T03:00:00Z"), 7, 0) == second("2010-11-07T02:30:00Z"));
	assert_true(zone_month(&zone, second("2010-11-07T02:29:59Z"), 7, 0) == zone_day(&zone, day(2010, 10, 7)));
}

static void
wall_clock_times_in_gaps_and_doubled_hours_have_one_instant(void **state)
{
	struct zone zone;

	(void)state;
	need("Europe/Berlin", &zone);
	assert_true(zone_instant(&zone, day(2026, 8, 1), 12 * HOUR_S) == second("2026-08-01T10:00:00Z"));
	assert_true(zone_instant(&zone, day(2026, 3, 29), 2 * HOUR_S + 1800) == second("2026-03-29T01:30:00Z"));
	assert_true(zone_instant(&zone, day(2026, 3, 29), 2 * HOUR_S - 1) == second("2026-03-29T00:59:59Z"));
	assert_true(zone_instant(&zone, day(2026, 3, 29), 3 * HOUR_S) == second("2026-03-29T01:00:00Z"));
	assert_true(zone_instant(&zone, day(2026, 10, 25), 2 * HOUR_S + 1800) == second("2026-10-25T00:30:00Z"));
	assert_true(zone_instant(&zone, day(2026, 10, 25), 3 * HOUR_S) == second("2026-10-25T02:00:00Z"));
}

static void
every_instant_is_found_again_from_its_wall_clock(void **state)
{
	struct random random;
	size_t i, checked = 0;

	(void)state;
	random_seed(&random, 5);
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct zone zone;
		int k;

		if (!load(zones[i], &zone))
			continue;
		checked++;
		for (k = 0; k < 3000; k++) {
			int64_t at = (int64_t)(random_uniform(&random) * 6e9) - 1000000000, back;
			int of_day, again;
			struct date date = zone_date(&zone, at, &of_day);

			back = zone_instant(&zone, date, of_day);
			if (back != at) { /* a doubled hour: the first of the two shows the same */
				assert_true(back < at);
				assert_int_equal(date_days(zone_date(&zone, back, &again)), date_days(date));
				assert_int_equal(again, of_day);
			}
		}
	}
	if (checked == 0)
		skip();
}

static void
offsets_of_a_quarter_of_an_hour_are_kept(void **state)
{
	struct zone zone;

	(void)state;
	need("Asia/Kathmandu", &zone);
	assert_int_equal(zone_offset(&zone, second("2026-08-01")), 5 * HOUR_S + 45 * 60);
	assert_true(zone_day(&zone, day(2026, 8, 1)) == second("2026-07-31T18:15:00Z"));
	assert_int_equal(zone_hour_of_week(&zone, second("2026-08-02T18:14:59Z")), 167);
	assert_int_equal(zone_hour_of_week(&zone, second("2026-08-02T18:15:00Z")), 0);
}

static void
months_begin_on_their_start_day(void **state)
{
	struct zone zone;

	(void)state;
	zone_utc(&zone);
	assert_true(zone_month(&zone, second("2026-08-15"), 1, 0) == second("2026-08-01"));
	assert_true(zone_month(&zone, second("2026-08-15"), 16, 0) == second("2026-07-16"));
	assert_true(zone_month(&zone, second("2026-08-16"), 16, 0) == second("2026-08-16"));
	assert_true(zone_month(&zone, second("2026-01-15"), 28, 0) == second("2025-12-28"));
	assert_true(zone_month(&zone, second("2026-01-15"), 1, -1) == second("2025-12-01"));
	assert_true(zone_month(&zone, second("2026-01-15"), 1, 14) == second("2027-03-01"));
	assert_true(zone_month(&zone, second("2026-01-15"), 1, -25) == second("2023-12-01"));
	need("America/New_York", &zone);
	assert_true(zone_month(&zone, second("2026-03-01T04:59:59Z"), 1, 0) == second("2026-02-01T05:00:00Z"));
	assert_true(zone_month(&zone, second("2026-03-01T05:00:00Z"), 1, 0) == second("2026-03-01T05:00:00Z"));
	/* 31 days less the hour that March loses */
	assert_int_equal(zone_month(&zone, second("2026-03-15"), 1, 1) - zone_month(&zone, second("2026-03-15"), 1, 0),
		(31 * 24 - 1) * HOUR_S);
}

/* ---- zone files made here */

struct maker {
	unsigned char bytes[4096];
	size_t n;
};

static void
put(struct maker *maker, uint64_t value, int width)
{
	while (width-- > 0)
		maker->bytes[maker->n++] = (unsigned char)(value >> (8 * width));
}

/* A block with one transition at 1,000,000,000 s from UTC to UTC+1. */
static void
put_block(struct maker *maker, char version, int width)
{
	memcpy(maker->bytes + maker->n, "TZif", 4);
	maker->n += 4;
	put(maker, (unsigned char)version, 1);
	memset(maker->bytes + maker->n, 0, 15);
	maker->n += 15;
	put(maker, 0, 4);
	put(maker, 0, 4);
	put(maker, 0, 4);
	put(maker, 1, 4);
	put(maker, 2, 4);
	put(maker, 8, 4);
	put(maker, 1000000000, width);
	put(maker, 1, 1);
	put(maker, 0, 4);
	put(maker, 0, 2);
	put(maker, 3600, 4);
	put(maker, 4, 2);
	memcpy(maker->bytes + maker->n, "UTC\0ONE\0", 8);
	maker->n += 8;
}

static struct maker
made(char version, const char *footer)
{
	struct maker maker = { .n = 0 };

	put_block(&maker, version, 4);
	if (version != 0) {
		put_block(&maker, version, 8);
		memcpy(maker.bytes + maker.n, footer, strlen(footer));
		maker.n += strlen(footer);
	}
	return maker;
}

static int
try_footer(const char *footer, struct zone *zone, struct err *err)
{
	struct maker maker = made('3', footer);

	return zone_read(zone, "Made/Here", maker.bytes, maker.n, err);
}

static void
version_1_has_no_rule(void **state)
{
	struct maker maker = made(0, "");
	struct zone zone;

	(void)state;
	assert_int_equal(zone_read(&zone, "Made/Here", maker.bytes, maker.n, NULL), 0);
	assert_false(zone.has_rule);
	assert_int_equal(zone_offset(&zone, 999999999), 0);
	assert_int_equal(zone_offset(&zone, 1000000000), 3600);
	assert_int_equal(zone_offset(&zone, INT64_MAX), 3600);
}

static void
every_form_of_the_rule_is_understood(void **state)
{
	struct zone zone;

	(void)state;
	assert_int_equal(try_footer("\nAAA-1BBB,J60/0,J300/0\n", &zone, NULL), 0);
	/* J60 is 1 March in any year */
	assert_int_equal(zone_offset(&zone, second("2024-02-29T22:59:59Z")), 3600);
	assert_int_equal(zone_offset(&zone, second("2024-02-29T23:00:00Z")), 7200);
	assert_int_equal(zone_offset(&zone, second("2023-02-28T22:59:59Z")), 3600);
	assert_int_equal(zone_offset(&zone, second("2023-02-28T23:00:00Z")), 7200);
	assert_int_equal(zone_offset(&zone, second("2023-10-26T22:00:00Z")), 3600);
	assert_int_equal(try_footer("\nAAA-1BBB,59/0,300/0\n", &zone, NULL), 0);
	/* day 59 counted from 0 is 29 February in a leap year */
	assert_int_equal(zone_offset(&zone, second("2024-02-28T23:00:00Z")), 7200);
	assert_int_equal(zone_offset(&zone, second("2023-02-28T23:00:00Z")), 7200);
	/* the south: summer over the turn of the year; times before and after their day */
	assert_int_equal(try_footer("\n<-03>3<-02>2:30,M10.1.0/-1:30:30,M2.5.6/50\n", &zone, NULL), 0);
	assert_int_equal(zone_offset(&zone, second("2026-01-15")), -9000);
	assert_int_equal(zone_offset(&zone, second("2026-07-15")), -10800);
	assert_int_equal(zone_offset(&zone, second("2026-10-04T01:29:29Z")), -10800);
	assert_int_equal(zone_offset(&zone, second("2026-10-04T01:29:30Z")), -9000);
	assert_int_equal(zone_offset(&zone, second("2026-03-02T04:29:59Z")), -9000);
	assert_int_equal(zone_offset(&zone, second("2026-03-02T04:30:00Z")), -10800);
	/* summer all year long */
	assert_int_equal(try_footer("\nXXX3EDT4,0/0,J365/23\n", &zone, NULL), 0);
	assert_int_equal(zone_offset(&zone, second("2027-01-01T02:59:59Z")), -14400);
	assert_int_equal(zone_offset(&zone, second("2027-01-01T03:00:00Z")), -14400);
	assert_int_equal(zone_offset(&zone, second("2028-12-31T23:30:00Z")), -14400);
	assert_int_equal(hours_of(&zone, day(2027, 12, 31)), 24);
	/* without summer */
	assert_int_equal(try_footer("\n<+01>-1\n", &zone, NULL), 0);
	assert_false(zone.has_rule);
	assert_int_equal(try_footer("\n\n", &zone, NULL), 0);
}

static void
a_wrong_rule_is_refused(void **state)
{
	static const char *const wrong[] = { "", "\n", "\nUTC0", "\nUT0\n", "\n<UTC0\n", "\nUTC\n", "\nUTC25\n",
		"\nUTC0:60\n", "\nAAA1BBB\n", "\nAAA1BBB,M3.2.0\n", "\nAAA1BBB,M0.2.0,M11.1.0\n",
		"\nAAA1BBB,M13.2.0,M11.1.0\n", "\nAAA1BBB,M3.6.0,M11.1.0\n", "\nAAA1BBB,M3.0.0,M11.1.0\n",
		"\nAAA1BBB,M3.2.7,M11.1.0\n", "\nAAA1BBB,J0,J365\n", "\nAAA1BBB,J366,J1\n", "\nAAA1BBB,366,1\n",
		"\nAAA1BBB,M3.2.0/168,M11.1.0\n", "\nAAA1BBB,M3.2.0,M11.1.0x\n",
		"\nAAA1BBB,M3.2.0/99999999999,M11.1.0\n", "x\nUTC0\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct zone zone = { .transitions = 99 };
		struct err err = { 0 };

		if (try_footer(wrong[i], &zone, &err) == 0)
			fail_msg("the rule '%s' was taken", wrong[i]);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, "Made/Here"));
		assert_int_equal(zone.transitions, 99);
	}
}

/* Bytes that end where malloc's do, so that a step beyond is seen by the sanitizer. */
static int
read_exact(const unsigned char *bytes, size_t n)
{
	unsigned char *copy = malloc(n == 0 ? 1 : n);
	struct zone zone;
	int result;

	memcpy(copy, bytes, n);
	result = zone_read(&zone, "Made/Here", n == 0 ? NULL : copy, n, NULL);
	free(copy);
	return result;
}

static void
a_zone_file_that_is_cut_off_is_refused(void **state)
{
	struct maker maker = made('2', "\nAAA-1BBB,M3.2.0,M11.1.0\n");
	size_t n;

	(void)state;
	assert_int_equal(read_exact(maker.bytes, maker.n), 0);
	for (n = 0; n < maker.n; n++)
		if (read_exact(maker.bytes, n) == 0)
			fail_msg("%zu bytes of %zu were taken", n, maker.n);
}

static void
hostile_counts_and_types_are_refused(void **state)
{
	static const struct {
		size_t at, width;
		uint64_t value;
	} changes[] = {
		{ 0, 1, 'X' },
		{ 20, 4, 0xffffffff },
		{ 24, 4, 0x7fffffff },
		{ 28, 4, 1 },
		{ 32, 4, 0xffffffff },
		{ 32, 4, 513 },
		{ 36, 4, 0 },
		{ 36, 4, 257 },
		{ 40, 4, 0xfffffff0 },
		{ 48, 1, 2 },
		{ 49, 4, 0x80000000 },
		{ 49, 4, 0x7fffffff },
		{ 55, 4, 26 * HOUR_S },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct maker maker = made(0, "");

		maker.n = changes[i].at;
		put(&maker, changes[i].value, (int)changes[i].width);
		if (read_exact(maker.bytes, sizeof(maker.bytes)) == 0)
			fail_msg("byte %zu set to %lx was taken", changes[i].at, (unsigned long)changes[i].value);
	}
}

static void
transitions_that_do_not_rise_are_refused(void **state)
{
	struct zone zone;
	struct err err;
	unsigned char bytes[44 + 2 * 5 + 6];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "TZif", 4);
	bytes[35] = 2;
	bytes[39] = 1;
	bytes[47] = 5;
	bytes[51] = 5;
	assert_int_equal(zone_read(&zone, "Twice", bytes, sizeof(bytes), &err), -1);
	assert_non_null(strstr(err.text, "do not rise"));
	bytes[51] = 6;
	assert_int_equal(zone_read(&zone, "Twice", bytes, sizeof(bytes), &err), 0);
}

static void
a_transition_to_a_local_time_that_is_not_there_is_refused(void **state)
{
	unsigned char bytes[44 + 5 + 6 + 6] = "TZif"; /* the six letters would do as a second local time */
	struct zone zone;
	struct err err;

	(void)state;
	bytes[35] = 1;
	bytes[39] = 1;
	bytes[43] = 6;
	assert_int_equal(zone_read(&zone, "Beyond", bytes, sizeof(bytes), &err), 0);
	bytes[48] = 1;
	assert_int_equal(zone_read(&zone, "Beyond", bytes, sizeof(bytes), &err), -1);
	assert_non_null(strstr(err.text, "a local time that it does not have"));
}

static void
changed_bytes_are_refused_or_read_without_harm(void **state)
{
	struct random random;
	int i;

	(void)state;
	random_seed(&random, 11);
	for (i = 0; i < 20000; i++) {
		struct maker maker = made("\000234"[i % 4], "\n<-03>3<-02>,M10.1.0/0,J60/-2\n");
		struct zone zone;
		int k;

		for (k = 0; k < 4; k++)
			maker.bytes[random_next(&random) % maker.n] = (unsigned char)random_next(&random);
		if (zone_read(&zone, "Made/Here", maker.bytes, maker.n, NULL) == 0) {
			int64_t at = (int64_t)random_next(&random) >> (random_next(&random) % 60);

			zone_hour_of_week(&zone, at);
			zone_month(&zone, at, 5, 1);
			assert_true(zone_day(&zone, day(2026, 1, 2)) >= zone_day(&zone, day(2026, 1, 1)));
		}
	}
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	struct maker maker = made(0, "");
	struct zone zone;
	char name[100];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	assert_int_equal(zone_read(&zone, name, maker.bytes, maker.n, NULL), 0);
	name[63] = 'a';
	name[64] = '\0';
	assert_int_equal(zone_read(&zone, name, maker.bytes, maker.n, NULL), -1);
}

/* ---- text */

static void
instants_are_read_in_every_promised_form(void **state)
{
	static const struct {
		const char *text;
		int64_t at_us;
	} cases[] = {
		{ "2026-08-01T12:00:00Z", 1785585600000000 },
		{ "2026-08-01t12:00:00z", 1785585600000000 },
		{ "2026-08-01 12:00:00", 1785585600000000 },
		{ "2026-08-01 12:00:00+00", 1785585600000000 },
		{ "2026-08-01T14:00:00+02:00", 1785585600000000 },
		{ "2026-08-01T17:45:00+0545", 1785585600000000 },
		{ "2026-07-31T23:00:00-13:00", 1785585600000000 },
		{ "2026-08-01", 1785542400000000 },
		{ "1785585600", 1785585600000000 },
		{ "1785585600.5", 1785585600500000 },
		{ "1785585600.1234567", 1785585600123456 },
		{ "2023-11-16 18:15:46.6805900", 1700158546680590 },
		{ "2023-11-16T18:15:46.99999999999999Z", 1700158546999999 },
		{ "0", 0 },
		{ "-1.5", -1500000 },
		{ "-0.25", -250000 },
		{ "1969-12-31T23:59:59.75Z", -250000 },
		{ "2016-12-31T23:59:60Z", 1483228800000000 },
		{ "2024-02-29", 1709164800000000 },
		{ "0001-01-01", -62135596800000000 },
		{ "9999-12-31T23:59:59.999999Z", 253402300799999999 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (instant(cases[i].text) != cases[i].at_us)
			fail_msg("%s was read as %ld", cases[i].text, (long)instant(cases[i].text));
}

static void
what_is_no_instant_is_refused_and_shown(void **state)
{
	static const char *const wrong[] = { "", " ", "now", "2026-8-1", "2026-13-01", "2026-02-29", "2026-04-31",
		"1900-02-29", "0000-01-01", "2026-08-01T", "2026-08-01T12", "2026-08-01T12:00", "2026-08-01T24:00:00Z",
		"2026-08-01T12:60:00Z", "2026-08-01T12:00:61Z", "2026-08-01T12:00:00.Z", "2026-08-01T12:00:00+24:00",
		"2026-08-01T12:00:00+1:00", "2026-08-01T12:00:00+01:", "2026-08-01T12:00:00 UTC",
		"2026-08-01T12:00:00ZZ", "2026-08-01Z", " 2026-08-01", "1785585600 ", "1785585600.", ".5", "-", "+",
		"1e9", "0x10", "1785585600000", "99999999999999999999999999", "9999-12-31T23:59:59-01:00",
		"08/01/2026" };
	size_t i;
	int64_t at_us = 42;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { 0 };

		if (time_parse(wrong[i], strlen(wrong[i]), &at_us, &err) == 0)
			fail_msg("'%s' was taken for an instant", wrong[i]);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, wrong[i]));
	}
	assert_int_equal(at_us, 42);
}

static void
what_is_printed_is_read_back_as_the_same_instant(void **state)
{
	struct random random;
	int i;

	(void)state;
	random_seed(&random, 9);
	for (i = 0; i < 50000; i++) {
		int64_t at_us = (int64_t)(random_uniform(&random) * 3.155e17) - 62135596800000000;
		char buffer[TIME_MAX];
		size_t n;

		if (i % 2 == 0)
			at_us -= at_us % SECOND_US;
		n = time_print(buffer, sizeof(buffer), at_us);
		assert_int_equal(n, strlen(buffer));
		if (instant(buffer) != at_us)
			fail_msg("%ld is printed as %s", (long)at_us, buffer);
	}
}

static void
fractions_are_printed_only_where_there_are_some(void **state)
{
	char buffer[TIME_MAX];

	(void)state;
	time_print(buffer, sizeof(buffer), 1785585600000000);
	assert_string_equal(buffer, "2026-08-01T12:00:00Z");
	time_print(buffer, sizeof(buffer), 1785585600250000);
	assert_string_equal(buffer, "2026-08-01T12:00:00.25Z");
	time_print(buffer, sizeof(buffer), -1);
	assert_string_equal(buffer, "1969-12-31T23:59:59.999999Z");
	time_print(buffer, sizeof(buffer), INT64_MIN);
	assert_memory_equal(buffer, "0001-01-01T", 11);
	time_print(buffer, sizeof(buffer), INT64_MAX);
	assert_memory_equal(buffer, "9999-12-31T23:59:59", 19);
	assert_int_equal(time_print(buffer, 5, 0), 20);
	assert_string_equal(buffer, "1970");
}

static void
dates_are_read_and_printed(void **state)
{
	static const char *const wrong[] = { "", "2026-08-01T00:00:00Z", "2026-8-01", "2026-02-30", "26-08-01",
		"2026-08-1x" };
	struct date date;
	char buffer[11];
	size_t i;

	(void)state;
	assert_int_equal(date_parse("2028-02-29", 10, &date, NULL), 0);
	assert_int_equal(date_print(buffer, sizeof(buffer), date), 10);
	assert_string_equal(buffer, "2028-02-29");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err;

		assert_int_equal(date_parse(wrong[i], strlen(wrong[i]), &date, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_of_nine_thousand_years_follows_the_one_before),
		cmocka_unit_test(utc_needs_no_file),
		cmocka_unit_test(bills_of_whole_days_of_utc_are_of_these_dates_everywhere),
		cmocka_unit_test(offsets_are_those_of_the_c_library),
		cmocka_unit_test(the_hours_of_all_days_are_the_year),
		cmocka_unit_test(days_have_23_24_or_25_hours),
		cmocka_unit_test(a_day_whose_midnight_is_skipped_begins_after_the_gap),
		cmocka_unit_test(a_day_that_was_left_out_has_no_hours),
		cmocka_unit_test(a_midnight_that_comes_twice_begins_the_day_at_the_first),
		cmocka_unit_test(wall_clock_times_in_gaps_and_doubled_hours_have_one_instant),
		cmocka_unit_test(every_instant_is_found_again_from_its_wall_clock),
		cmocka_unit_test(offsets_of_a_quarter_of_an_hour_are_kept),
		cmocka_unit_test(months_begin_on_their_start_day),
		cmocka_unit_test(version_1_has_no_rule),
		cmocka_unit_test(every_form_of_the_rule_is_understood),
		cmocka_unit_test(a_wrong_rule_is_refused),
		cmocka_unit_test(a_zone_file_that_is_cut_off_is_refused),
		cmocka_unit_test(hostile_counts_and_types_are_refused),
		cmocka_unit_test(transitions_that_do_not_rise_are_refused),
		cmocka_unit_test(a_transition_to_a_local_time_that_is_not_there_is_refused),
		cmocka_unit_test(changed_bytes_are_refused_or_read_without_harm),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(instants_are_read_in_every_promised_form),
		cmocka_unit_test(what_is_no_instant_is_refused_and_shown),
		cmocka_unit_test(what_is_printed_is_read_back_as_the_same_instant),
		cmocka_unit_test(fractions_are_printed_only_where_there_are_some),
		cmocka_unit_test(dates_are_read_and_printed),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
