/* When a source is asked next, and for what: decided from its state and a given now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/pull.h"
#include "daemon/ingest/due.h"
#include "daemon/ingest/source.h"
#include "daemon/store/pulled.h"
#include "models/units/calendar.h"

#define HOUR_US (HOUR_S * SECOND_US)
#define DAY_US (DAY_S * SECOND_US)
#define MIDNIGHT (INT64_C(1793491200) * SECOND_US) /* 2026-11-01T00:00:00Z */
#define NOW (MIDNIGHT + 10 * HOUR_US + 1234567)

static const struct pull hourly = {
	.shape = PULL_WINDOW, .trailing_s = 3 * DAY_S, .window_max_s = 7 * DAY_S, .align_s = DAY_S
};
static const struct pull short_windows = {
	.shape = PULL_WINDOW, .trailing_s = 3 * DAY_S, .window_max_s = DAY_S, .align_s = DAY_S
};
static const struct pull whole_days = {
	.shape = PULL_WINDOW, .trailing_s = DAY_S, .window_max_s = 30 * DAY_S, .align_s = DAY_S, .whole_only = true
};
static const struct pull feed = { .shape = PULL_SNAPSHOT };

static struct source_plan
plan_of(const struct pull *pull)
{
	return (struct source_plan){ .pull = pull,
		.interval_us = 600 * SECOND_US,
		.trailing_us = pull->trailing_s * SECOND_US,
		.start_us = INT64_MIN };
}

static void
a_source_that_was_never_asked_is_asked_now_for_its_trailing_time(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = { .error = "" };
	struct due_memory memory = { .jitter = 0.5 };
	struct due due = due_next(&plan, &stands, &memory, NOW);

	(void)state;
	assert_int_equal(due.what, DUE_RUN);
	assert_int_equal(due.from_us, MIDNIGHT - 3 * DAY_US);
	assert_int_equal(due.to_us, MIDNIGHT + DAY_US);
	assert_true(due.last);
}

static void
a_source_that_was_read_waits_for_its_interval_and_a_little_more(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = {
		.error = "", .from_us = MIDNIGHT - 3 * DAY_US, .done_us = NOW, .ok_us = NOW, .tried_us = NOW
	};
	struct due_memory memory = { .jitter = 0.5 };
	struct due due = due_next(&plan, &stands, &memory, NOW + SECOND_US);

	(void)state;
	assert_int_equal(due.what, DUE_NOTHING);
	assert_int_equal(due.at_us, NOW + 630 * SECOND_US);
	assert_int_equal(due_next(&plan, &stands, &memory, NOW + 630 * SECOND_US).what, DUE_RUN);
	memory.asked = true;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW + SECOND_US).what, DUE_RUN);
}

static void
a_source_that_was_read_before_the_clock_was_set_back_is_asked_at_once(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = {
		.error = "", .from_us = MIDNIGHT - 3 * DAY_US, .done_us = NOW, .ok_us = NOW, .tried_us = NOW
	};
	struct due_memory memory = { .jitter = 0.5, .run_us = NOW };
	struct due due = due_next(&plan, &stands, &memory, NOW - DAY_US);

	(void)state;
	assert_int_equal(due.what, DUE_RUN);
	assert_int_equal(due.to_us, MIDNIGHT);
	assert_int_equal(due_next(&plan, &stands, &memory, NOW - SECOND_US).what, DUE_NOTHING);
	memory.run_us = NOW - DAY_US;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW - DAY_US + SECOND_US).what, DUE_NOTHING);
}

static void
a_source_that_failed_is_not_asked_before_it_may_be(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = {
		.error = "no", .tried_us = NOW, .failures = 3, .not_before_us = NOW + 77 * SECOND_US
	};
	struct due_memory memory = { .jitter = 0 };
	struct due due = due_next(&plan, &stands, &memory, NOW);

	(void)state;
	assert_int_equal(due.what, DUE_NOTHING);
	assert_int_equal(due.at_us, NOW + 77 * SECOND_US);
}

static void
what_was_missed_is_read_in_windows_the_oldest_first(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = {
		.error = "", .from_us = 1, .done_us = MIDNIGHT - 20 * DAY_US + 5, .ok_us = 5, .tried_us = 5
	};
	struct due_memory memory = { .jitter = 0 };
	struct due due = due_next(&plan, &stands, &memory, NOW);
	int windows = 1;

	(void)state;
	assert_int_equal(due.from_us, MIDNIGHT - 23 * DAY_US);
	while (!due.last) {
		int64_t end_us = due.to_us;

		memory.at_us = due.to_us;
		memory.to_us = due.run_to_us;
		due = due_next(&plan, &stands, &memory, NOW);
		assert_int_equal(due.what, DUE_RUN);
		assert_int_equal(due.from_us, end_us);
		windows++;
	}
	assert_int_equal(due.to_us, MIDNIGHT + DAY_US);
	assert_int_equal(windows, 4);
}

static void
a_trailing_time_longer_than_a_window_still_reaches_now(void **state)
{
	struct source_plan plan = plan_of(&short_windows);
	struct source_state stands = { .error = "", .from_us = 1, .done_us = NOW - DAY_US, .ok_us = 5, .tried_us = 5 };
	struct due_memory memory = { .jitter = 0 };
	struct due due = due_next(&plan, &stands, &memory, NOW);
	int windows = 1;

	(void)state;
	for (; !due.last; windows++) {
		memory.at_us = due.to_us;
		memory.to_us = due.run_to_us;
		due = due_next(&plan, &stands, &memory, NOW);
	}
	assert_int_equal(windows, 5);
}

static void
a_window_that_was_too_much_is_asked_for_in_halves(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = { .error = "" };
	struct due_memory memory = { .jitter = 0, .window_us = 2 * DAY_US };

	(void)state;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW).to_us, MIDNIGHT - DAY_US);
	memory.window_us = 1;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW).to_us, MIDNIGHT - 2 * DAY_US);
}

static void
buckets_that_are_not_over_are_not_asked_for_where_only_whole_ones_can_be(void **state)
{
	struct source_plan plan = plan_of(&whole_days);
	struct source_state stands = { .error = "" };
	struct due_memory memory = { .jitter = 0 };

	(void)state;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW).to_us, MIDNIGHT);
	plan.start_us = MIDNIGHT;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW).what, DUE_NOTHING);
	assert_int_equal(due_next(&plan, &stands, &memory, NOW + DAY_US).what, DUE_RUN);
}

static void
history_is_filled_from_the_newest_window_back_to_its_start(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = {
		.error = "", .from_us = MIDNIGHT - 3 * DAY_US, .done_us = NOW, .ok_us = NOW, .tried_us = NOW
	};
	struct due_memory memory = { .jitter = 0, .run_us = NOW };
	struct due due;
	int windows = 0;

	(void)state;
	plan.start_us = MIDNIGHT - 20 * DAY_US + 5;
	while ((due = due_next(&plan, &stands, &memory, NOW + 1)).what == DUE_BACK) {
		assert_int_equal(due.to_us, stands.from_us);
		stands.from_us = due.from_us;
		windows++;
	}
	assert_int_equal(windows, 3);
	assert_int_equal(stands.from_us, MIDNIGHT - 20 * DAY_US);
}

static void
history_waits_for_a_run_that_is_due(void **state)
{
	struct source_plan plan = plan_of(&hourly);
	struct source_state stands = { .error = "",
		.from_us = MIDNIGHT,
		.done_us = NOW,
		.ok_us = NOW,
		.tried_us = NOW,
		.back_from_us = MIDNIGHT - 9 * DAY_US,
		.back_to_us = MIDNIGHT - 2 * DAY_US };
	struct due_memory memory = { .jitter = 0, .run_us = NOW, .back_after_us = NOW + 50 };
	struct due due = due_next(&plan, &stands, &memory, NOW + 1);

	(void)state;
	assert_int_equal(due.what, DUE_NOTHING);
	assert_int_equal(due.at_us, NOW + 50);
	due = due_next(&plan, &stands, &memory, NOW + 50);
	assert_int_equal(due.what, DUE_BACK);
	assert_int_equal(due.to_us, MIDNIGHT - 2 * DAY_US);
	assert_int_equal(due.from_us, MIDNIGHT - 9 * DAY_US);
	assert_int_equal(due_next(&plan, &stands, &memory, NOW + 600 * SECOND_US).what, DUE_RUN);
}

static void
history_goes_no_further_back_than_the_source_does(void **state)
{
	struct pull pull = hourly;
	struct source_plan plan = plan_of(&pull);
	struct source_state stands = { .error = "", .from_us = MIDNIGHT - 3 * DAY_US, .done_us = NOW };
	int64_t from_us, to_us;

	(void)state;
	pull.reach_back_s = 5 * DAY_S;
	plan.start_us = MIDNIGHT - 300 * DAY_US;
	assert_int_equal(due_history(&plan, &stands, NOW, &from_us, &to_us), 1);
	assert_int_equal(from_us, MIDNIGHT - 4 * DAY_US);
	stands.from_us = from_us;
	assert_int_equal(due_history(&plan, &stands, NOW, &from_us, &to_us), 0);
}

static void
what_is_now_has_no_window_and_no_history(void **state)
{
	struct source_plan plan = plan_of(&feed);
	struct source_state stands = { .error = "" };
	struct due_memory memory = { .jitter = 0 };
	struct due due = due_next(&plan, &stands, &memory, NOW);

	(void)state;
	assert_int_equal(due.what, DUE_RUN);
	assert_int_equal(due.from_us, NOW);
	assert_int_equal(due.to_us, NOW);
	assert_true(due.last);
	stands.done_us = stands.ok_us = stands.tried_us = NOW;
	assert_int_equal(due_next(&plan, &stands, &memory, NOW + 599 * SECOND_US).what, DUE_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_that_was_never_asked_is_asked_now_for_its_trailing_time),
		cmocka_unit_test(a_source_that_was_read_waits_for_its_interval_and_a_little_more),
		cmocka_unit_test(a_source_that_was_read_before_the_clock_was_set_back_is_asked_at_once),
		cmocka_unit_test(a_source_that_failed_is_not_asked_before_it_may_be),
		cmocka_unit_test(what_was_missed_is_read_in_windows_the_oldest_first),
		cmocka_unit_test(a_trailing_time_longer_than_a_window_still_reaches_now),
		cmocka_unit_test(a_window_that_was_too_much_is_asked_for_in_halves),
		cmocka_unit_test(buckets_that_are_not_over_are_not_asked_for_where_only_whole_ones_can_be),
		cmocka_unit_test(history_is_filled_from_the_newest_window_back_to_its_start),
		cmocka_unit_test(history_waits_for_a_run_that_is_due),
		cmocka_unit_test(history_goes_no_further_back_than_the_source_does),
		cmocka_unit_test(what_is_now_has_no_window_and_no_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
