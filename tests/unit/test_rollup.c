#include <sqlite3.h>

#include "daemon/base/zone.h"
#include "models/units/random.h"
#include "tests/unit/ledger_kit.h"

#define HEADER "id,at,provider,model,workload,account,key,status,in_uncached,out_visible\n"
#define HOUR_US (INT64_C(3600) * SECOND_US)

/* A zone that never changes, and that no machine has. */
static struct zone
fixed_zone(const char *name, int32_t offset_s)
{
	struct zone zone;

	zone_utc(&zone);
	snprintf(zone.name, sizeof(zone.name), "%s", name);
	zone.first_offset_s = offset_s;
	return zone;
}

/* A zone of this machine; without zone files the test is left out. */
static struct zone
real_zone(const char *name)
{
	struct zone zone;
	struct err err;

	if (zone_load(&zone, name, &err) != 0)
		skip();
	return zone;
}

static void
use_zone(struct kit *kit, const struct zone *zone)
{
	struct store *store = kit_store(kit);

	assert_int_equal(store_begin(store, &kit->err), 0);
	if (rollup_zone(store, zone, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	assert_int_equal(store_commit(store, &kit->err), 0);
}

static struct usage_result
ask(struct kit *kit, struct usage_query query)
{
	struct usage_result result;

	if (query_usage(kit_store(kit), &query, kit->arena, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	return result;
}

/* One row every quarter hour from an instant on, of one token each. */
static void
import_quarters(struct kit *kit, const char *from, int quarters)
{
	char *text = malloc((size_t)quarters * 64 + 128), *p = text;
	int64_t at_us;

	assert_int_equal(time_parse(from, strlen(from), &at_us, NULL), 0);
	p += sprintf(p, "at,model,in_uncached\n");
	for (int i = 0; i < quarters; i++)
		p += sprintf(p, "%lld,m,1\n", (long long)(at_us / SECOND_US + i * 900));
	assert_int_equal(kit_import(kit, text), 0);
	free(text);
}

static void
days_of_23_and_25_hours_hold_their_own_hours(void **state)
{
	struct kit *kit = *state;
	struct zone zone = real_zone("Europe/Berlin");
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &zone, .by = { BY_DAY } };
	struct usage_result result;

	use_zone(kit, &zone);
	import_quarters(kit, "2026-03-28T23:00:00Z", 23 * 4); /* 29 March, local */
	import_quarters(kit, "2026-10-24T22:00:00Z", 25 * 4); /* 25 October */
	result = ask(kit, query);
	assert_int_equal(result.level, LEVEL_DAY);
	assert_int_equal(result.n, 2);
	assert_int_equal(result.rows[0].sum.rows, 92);
	assert_int_equal(result.rows[1].sum.rows, 100);
	assert_int_equal(result.rows[1].to_us - result.rows[1].from_us, 25 * HOUR_US);
	query.by[0] = BY_HOUR;
	result = ask(kit, query);
	assert_int_equal(result.level, LEVEL_QUARTER);
	assert_int_equal(result.n, 48);
	for (size_t i = 0; i < result.n; i++)
		assert_int_equal(result.rows[i].sum.rows, 4);
	assert_sound(kit);
}

static void
a_zone_with_an_offset_of_45_minutes_has_exact_days_and_hours(void **state)
{
	struct kit *kit = *state;
	struct zone zone = real_zone("Asia/Kathmandu");
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &zone, .by = { BY_DAY } };
	struct usage_result result;

	import_quarters(kit, "2026-08-01T18:00:00Z", 8); /* a quarter hour of the 1st, then the 2nd */
	result = ask(kit, query);                        /* the day table is of UTC: quarter hours answer */
	assert_int_equal(result.level, LEVEL_QUARTER);
	assert_int_equal(result.n, 2);
	assert_int_equal(result.rows[0].sum.rows, 1);
	assert_int_equal(result.rows[1].sum.rows, 7);
	use_zone(kit, &zone);
	result = ask(kit, query);
	assert_int_equal(result.level, LEVEL_DAY);
	assert_int_equal(result.rows[0].sum.rows, 1);
	query.by[0] = BY_HOUR;
	result = ask(kit, query);
	assert_int_equal(result.n, 3);
	assert_int_equal(result.rows[1].sum.rows, 4);
}

static void
a_zone_off_the_quarter_hour_is_answered_from_the_lines(void **state)
{
	struct kit *kit = *state;
	struct zone zone = fixed_zone("Test/Odd", 1234);
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &zone, .by = { BY_DAY } };
	struct usage_result result;

	import_quarters(kit, "2026-08-01T23:30:00Z", 4); /* midnight is at 23:39:26 UTC */
	result = ask(kit, query);
	assert_int_equal(result.level, LEVEL_RAW);
	assert_int_equal(result.n, 2);
	assert_int_equal(result.rows[0].sum.rows, 1);
	assert_int_equal(result.rows[1].sum.rows, 3);
}

static void
late_rows_are_in_the_sums_of_their_own_quarter_and_day(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = {
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .by = { BY_DAY }
	};

	assert_int_equal(
		kit_import(
			kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,,ok,1,0\nb,2026-08-03T12:00:00Z,p,m,w,,,ok,1,0\n"),
		0);
	assert_int_equal(
		kit_import(
			kit, HEADER "c,2026-08-01T12:01:00Z,p,m,w,,,ok,10,0\nd,2026-08-02T12:00:00Z,p,m,w,,,ok,10,0\n"),
		0);
	assert_int_equal(ask(kit, query).n, 3);
	assert_int_equal(ask(kit, query).rows[0].sum.tokens[IN_UNCACHED], 11);
	assert_sound(kit);
}

static void
an_input_out_of_order_ends_in_the_same_sums_as_one_in_order(void **state)
{
	struct kit *kit = *state;
	const int n = 60000; /* more than one batch */
	char *text = malloc((size_t)n * 64 + 128), *p = text;

	p += sprintf(p, "at,model,in_uncached\n");
	for (int64_t i = 0; i < n; i++) /* 7919 and n have no common divisor: each second once */
		p += sprintf(p, "%lld,m,%lld\n", (long long)(1785542400 + i * 7919 % n), (long long)i % 5);
	assert_int_equal(kit_import(kit, text), 0);
	free(text);
	assert_int_equal(kit_total(kit).rows, n);
	assert_sound(kit);
}

static void
the_check_finds_a_sum_that_is_not_the_sum_of_its_lines(void **state)
{
	struct kit *kit = *state;
	struct usage_line line = { .at_us = INT64_C(1785585600) * SECOND_US,
		.id = text_of("x"),
		.series = { 1, 1 },
		.has_usage = true,
		.requests = 1,
		.latency_ms = -1,
		.ttft_ms = -1,
		.usage = { { 5 } } };

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,,ok,1,0\n"), 0);
	assert_int_equal(rollup_check(kit->store, &kit->err), 0);
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(ledger_put_usage(kit->store, 1, &line, &kit->err), PUT_TAKEN); /* and no rollup is told */
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
	assert_int_equal(rollup_check(kit->store, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "2026-08-01"));
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(rollup_rebuild(kit->store, &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
	assert_sound(kit);
}

/* Change a table behind the program's back. */
static void
tamper(struct kit *kit, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(kit->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_true(sqlite3_changes(db) > 0);
	sqlite3_close(db);
}

static void
the_check_finds_a_day_by_lane_that_is_not_its_quarter_hours(void **state)
{
	static const char *const tampering[] = { "UPDATE lane_day SET requests = requests + 1",
		"UPDATE lane_shape SET shape = x'0001010100'", "DELETE FROM lane_shape", "DELETE FROM lane_day",
		"INSERT INTO lane_day SELECT day + 1, lane, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, "
		"in_cache_write_1h, out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, "
		"priced_rows, free_rows, flat_rows, amount_nano FROM lane_day" };
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,,ok,1,0\n"), 0);
	for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
		assert_sound(kit);
		tamper(kit, tampering[i]);
		assert_int_equal(rollup_check(kit_store(kit), &kit->err), -1);
		assert_non_null(strstr(kit->err.text, "by lane"));
		assert_int_equal(store_begin(kit->store, &kit->err), 0);
		assert_int_equal(rollup_rebuild(kit->store, &kit->err), 0);
		assert_int_equal(store_commit(kit->store, &kit->err), 0);
	}
	assert_sound(kit);
}

static void
the_check_finds_a_course_of_a_series_that_is_not_its_lines(void **state)
{
	static const char *const tampering[] = { "UPDATE series_shape SET shape = x'0001010100'",
		"UPDATE series_shape SET id = id + 4", "DELETE FROM series_shape",
		"INSERT INTO series_shape SELECT id + 4, shape FROM series_shape",
		"INSERT INTO series_shape SELECT id + 64, shape FROM series_shape" };
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,,ok,1,0\n"), 0);
	for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
		assert_sound(kit);
		tamper(kit, tampering[i]);
		assert_int_equal(rollup_check(kit_store(kit), &kit->err), -1);
		assert_non_null(strstr(kit->err.text, "course of a series"));
		assert_int_equal(store_begin(kit->store, &kit->err), 0);
		assert_int_equal(rollup_rebuild(kit->store, &kit->err), 0);
		assert_int_equal(store_commit(kit->store, &kit->err), 0);
	}
	assert_sound(kit);
}

/* As a ledger is that was made before there were courses. */
static const char without_courses[] =
	"DELETE FROM series_shape; INSERT INTO touched (level, slot) SELECT DISTINCT 3, day FROM day";

static void
a_ledger_without_courses_answers_from_its_lines_until_they_are_made(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = {
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .only = { [BY_KEY] = "k1" }
	};
	struct week_profile before, profile;
	int steps = 0, more = 1;

	assert_int_equal(
		kit_import(kit,
			HEADER "a,2026-08-01T12:00:00Z,p,m,w,,k1,ok,1,0\nb,2026-08-02T13:00:00Z,p,m,w,,k1,ok,2,0\n"
			       "c,2026-08-03T14:00:00Z,p,m,w,,k2,ok,4,0\n"),
		0);
	assert_int_equal(query_profile(kit->store, &query, &before, &kit->err), 0);
	tamper(kit, without_courses);
	assert_int_equal(rollup_lagging(kit->store, &kit->err), 3);
	assert_sound(kit);
	assert_int_equal(query_profile(kit->store, &query, &profile, &kit->err), 0);
	assert_memory_equal(&before, &profile, sizeof(before));
	/* an import makes the courses of its own days only */
	assert_int_equal(kit_import(kit, HEADER "d,2026-08-03T12:00:00Z,p,m,w,,k2,ok,1,0\n"), 0);
	assert_int_equal(rollup_lagging(kit->store, &kit->err), 2);
	assert_sound(kit);
	for (; more == 1; steps++) {
		assert_int_equal(store_begin(kit->store, &kit->err), 0);
		more = rollup_catch_up(kit->store, 1, &kit->err);
		assert_int_equal(store_commit(kit->store, &kit->err), 0);
		assert_sound(kit);
		assert_int_equal(query_profile(kit->store, &query, &profile, &kit->err), 0);
		assert_memory_equal(&before, &profile, sizeof(before));
	}
	assert_int_equal(more, 0);
	assert_int_equal(steps, 2);
	assert_int_equal(rollup_lagging(kit->store, &kit->err), 0);
}

static void
a_packed_day_that_is_damaged_is_said_to_be_so(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct week_profile profile;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:00:00Z,p,m,w,,,ok,1,0\nb,2026-08-02T12:00:00Z,p,m,w,,,ok,1,0\n"
					"c,2026-08-03T12:00:00Z,p,m,w,,,ok,1,0\n"),
		0);
	tamper(kit, "UPDATE lane_shape SET shape = x'7f8080'");
	assert_int_equal(query_profile(kit_store(kit), &query, &profile, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "shape of a day"));
	tamper(kit, "UPDATE lane_shape SET shape = x'7f0101010000'");
	assert_int_equal(query_profile(kit_store(kit), &query, &profile, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "longer than a day"));
}

static void
groups_and_filters_select_what_they_name(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = {
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .by = { BY_MODEL, BY_STATUS }
	};
	struct usage_result result;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:00:00Z,p,m1,w1,x,k1,ok,1,0\n"
					"b,2026-08-01T12:00:01Z,p,m2,w1,x,k2,error,2,0\n"
					"c,2026-08-01T12:00:02Z,p,m1,w2,y,k1,error,4,0\n"
					"d,2026-08-02T12:00:02Z,p,m1,w2,y,k2,ok,8,0\n"),
		0);
	result = ask(kit, query);
	assert_int_equal(result.n, 3);
	assert_string_equal(result.rows[0].name[0], "m1");
	assert_string_equal(result.rows[0].name[1], "ok");
	assert_int_equal(result.rows[0].sum.tokens[IN_UNCACHED], 9);
	query.only[BY_KEY] = "k1";
	assert_int_equal(ask(kit, query).total.tokens[IN_UNCACHED], 5);
	query.only[BY_KEY] = NULL;
	query.only[BY_STATUS] = "error";
	assert_int_equal(ask(kit, query).total.tokens[IN_UNCACHED], 6);
	query.only[BY_STATUS] = NULL;
	query.only[BY_WORKLOAD] = "nobody's";
	assert_int_equal(ask(kit, query).n, 0);
	query = (struct usage_query){
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .by = { BY_DAY, BY_HOUR }
	};
	assert_int_equal(query_usage(kit->store, &query, kit->arena, &result, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "day and hour"));
}

static void
coverage_tells_the_first_and_last_line_of_a_selection(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct coverage coverage;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:07:30Z,p,m1,w1,,,ok,1,0\n"
					"b,2026-08-01T12:50:00Z,p,m2,w2,,,ok,1,0\n"
					"c,2026-08-01T15:01:01.5Z,p,m1,w1,,,ok,1,0\n"),
		0);
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, INT64_C(1785586050000000));
	assert_int_equal(coverage.last_us, INT64_C(1785596461500000));
	query.from_us = INT64_C(1785586050000001);
	query.to_us = INT64_C(1785596461500000);
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, INT64_C(1785588600000000));
	assert_int_equal(coverage.last_us, INT64_C(1785588600000000));
	query.from_us = TIME_FIRST_US;
	query.to_us = TIME_LAST_US;
	query.only[BY_MODEL] = "m1"; /* its first and last line, and those of any selection by another name */
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, INT64_C(1785586050000000));
	assert_int_equal(coverage.last_us, INT64_C(1785596461500000));
	query.only[BY_MODEL] = NULL;
	query.only[BY_STATUS] = "ok";
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, INT64_C(1785586050000000));
	assert_int_equal(coverage.last_us, INT64_C(1785596461500000));
	query.only[BY_STATUS] = NULL;
	query.only[BY_MODEL] = "m2";
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, coverage.last_us);
	query.only[BY_MODEL] = "m3";
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_false(coverage.any);
	/* one that ended long before the ledger does */
	assert_int_equal(
		kit_import(kit,
			HEADER "d,2026-03-01T10:00:00Z,p,m4,w1,,,ok,1,0\ne,2026-03-02T11:30:00Z,p,m4,w1,,,ok,1,0\n"),
		0);
	query.only[BY_MODEL] = "m4";
	assert_int_equal(query_coverage(kit->store, &query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.first_us, INT64_C(1772359200000000));
	assert_int_equal(coverage.last_us, INT64_C(1772451000000000));
}

static void
the_week_s_shape_counts_tokens_and_hours_by_hour_of_week(void **state)
{
	struct kit *kit = *state;
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct week_profile profile;
	double hours = 0;

	/* two Mondays at 9, the second twice as busy */
	assert_int_equal(
		kit_import(kit,
			HEADER "a,2026-08-03T09:10:00Z,p,m,w,,,ok,100,10\nb,2026-08-10T09:20:00Z,p,m,w,,,ok,200,20\n"),
		0);
	assert_int_equal(query_profile(kit->store, &query, &profile, &kit->err), 0);
	assert_int_equal(profile.input[9], 300);
	assert_int_equal(profile.output[9], 30);
	assert_int_equal(profile.requests[9], 2);
	assert_int_equal(profile.peak_hour_tokens, 220);
	for (int i = 0; i < 168; i++)
		hours += profile.hours[i];
	assert_true(profile.hours[9] > 1.999 && profile.hours[9] < 2.001);
	assert_true(hours > 168.999 && hours < 169.001);
}

/* ---- whatever is imported in whatever pieces, every way of asking gives the same sums */

static char *
random_rows(struct random *random, char *p, int rows)
{
	p += sprintf(p, HEADER);
	for (int i = 0; i < rows; i++) {
		uint64_t bits = random_next(random);

		p += sprintf(p, "r%d,%lld,p%d,gpt-4o,w%d,a%d,k%d,%s,%d,%d\n", (int)(bits % 500),
			(long long)(1774656000 + (int64_t)(bits >> 10) % (4 * DAY_S)), (int)(bits >> 40 & 1),
			(int)(bits >> 41 & 1), (int)(bits >> 42 & 1), (int)(bits >> 43 & 1),
			(bits >> 44 & 3) == 0 ? "error" : "ok", (int)(bits >> 46 & 0xff), (int)(bits >> 54 & 0xff));
	}
	return p;
}

static void
assert_same_total(struct kit *kit, const struct usage_query *query, const struct usage_sum *expected)
{
	struct usage_result result = ask(kit, *query);
	struct usage_sum sum = { 0 };

	assert_int_equal(result.total.rows, expected->rows);
	for (size_t i = 0; i < result.n; i++) {
		sum.rows += result.rows[i].sum.rows;
		sum.amount_nano += result.rows[i].sum.amount_nano;
		for (int j = 0; j < USAGE_CLASSES; j++)
			sum.tokens[j] += result.rows[i].sum.tokens[j];
	}
	assert_int_equal(sum.rows, expected->rows);
	assert_true(sum.amount_nano == expected->amount_nano);
	assert_memory_equal(sum.tokens, expected->tokens, sizeof(sum.tokens));
}

/* The week's shape is that of the lines, hour by hour. */
static void
assert_same_shape(struct kit *kit, const struct usage_query *of)
{
	int64_t input[168] = { 0 }, requests[168] = { 0 }, unpriced[168] = { 0 };
	wide amount_nano[168] = { 0 };
	struct usage_query query = *of;
	struct week_profile profile;
	struct usage_result lines;

	assert_int_equal(query_profile(kit->store, &query, &profile, &kit->err), 0);
	query.by[0] = BY_HOUR;
	query.by[1] = BY_KEY;
	lines = ask(kit, query);
	for (size_t i = 0; i < lines.n; i++) {
		int hour = zone_hour_of_week(query.zone, lines.rows[i].from_us / SECOND_US);

		input[hour] += usage_sum_input(&lines.rows[i].sum);
		requests[hour] += lines.rows[i].sum.requests;
		unpriced[hour] += lines.rows[i].sum.state_tokens[PRICE_UNPRICED];
		amount_nano[hour] += lines.rows[i].sum.amount_nano;
	}
	assert_memory_equal(input, profile.input, sizeof(input));
	assert_memory_equal(requests, profile.requests, sizeof(requests));
	assert_memory_equal(unpriced, profile.unpriced_tokens, sizeof(unpriced));
	assert_memory_equal(amount_nano, profile.amount_nano, sizeof(amount_nano));
}

static void
whatever_is_imported_the_sum_of_any_groups_is_the_range_in_any_zone(void **state)
{
	struct kit *kit = *state;
	struct zone zones[] = { kit->utc, real_zone("Europe/Berlin"), real_zone("Asia/Kathmandu"),
		fixed_zone("Test/Odd", 1234) };
	char *text = malloc(1u << 20);
	struct random random;

	random_seed(&random, 2026);
	for (int round = 0; round < 8; round++) {
		struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US };

		random_rows(&random, text, 400);
		use_zone(kit, &zones[random_next(&random) % 3]);
		assert_int_equal(kit_import(kit, text), 0);
		assert_sound(kit);
		if (round % 2 == 1) { /* a range that cuts days and quarter hours */
			query.from_us = (1774656000 + (int64_t)(random_next(&random) % (2 * DAY_S))) * SECOND_US + 7;
			query.to_us = query.from_us + (int64_t)(random_next(&random) % (2 * DAY_S)) * SECOND_US;
		}
		for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
			struct usage_sum expected;

			query.zone = &zones[z];
			for (int w = 0; w < 2; w++) {
				query.by[0] = query.by[1] = BY_NONE;
				query.only[BY_WORKLOAD] = w == 0 ? "w1" : NULL;
				assert_same_shape(kit, &query);
				query.only[BY_KEY] = "k1"; /* what only series tell */
				assert_same_shape(kit, &query);
				query.only[BY_KEY] = NULL;
				query.only[BY_STATUS] = "error";
				assert_same_shape(kit, &query);
				query.only[BY_STATUS] = NULL;
			}
			query.by[0] = BY_HOUR; /* by hour and key only the lines can tell: the reference */
			query.by[1] = BY_KEY;
			expected = ask(kit, query).total;
			for (int by = BY_NONE; by < BYS; by++)
				for (int also = BY_PROVIDER; also < BYS; also += 2) {
					query.by[0] = (enum by)by;
					query.by[1] = by == also ? BY_NONE : (enum by)also;
					assert_same_total(kit, &query, &expected);
				}
		}
	}
	free(text);
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(days_of_23_and_25_hours_hold_their_own_hours),
		with_kit(a_zone_with_an_offset_of_45_minutes_has_exact_days_and_hours),
		with_kit(a_zone_off_the_quarter_hour_is_answered_from_the_lines),
		with_kit(late_rows_are_in_the_sums_of_their_own_quarter_and_day),
		with_kit(an_input_out_of_order_ends_in_the_same_sums_as_one_in_order),
		with_kit(the_check_finds_a_sum_that_is_not_the_sum_of_its_lines),
		with_kit(the_check_finds_a_day_by_lane_that_is_not_its_quarter_hours),
		with_kit(the_check_finds_a_course_of_a_series_that_is_not_its_lines),
		with_kit(a_ledger_without_courses_answers_from_its_lines_until_they_are_made),
		with_kit(a_packed_day_that_is_damaged_is_said_to_be_so),
		with_kit(groups_and_filters_select_what_they_name),
		with_kit(coverage_tells_the_first_and_last_line_of_a_selection),
		with_kit(the_week_s_shape_counts_tokens_and_hours_by_hour_of_week),
		with_kit(whatever_is_imported_the_sum_of_any_groups_is_the_range_in_any_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
