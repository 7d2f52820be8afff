/* What a source answered for a window becomes the ledger's: taken, replaced, removed; never what is not its own. */
#include "tests/unit/ledger_kit.h"

#include "collectors/pull.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/window.h"
#include "daemon/store/pulled.h"

#define MIDNIGHT (INT64_C(1793491200) * SECOND_US) /* 2026-11-01 */
#define DAY_US (DAY_S * SECOND_US)

/* A format for these tests: a line each, "usage HOUR MODEL TOKENS", "gpu HOUR HOURS DEVICE", "keep TEXT", "bad". */
static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	char bytes[4096], *line, *rest = NULL;
	long got = input->read(input->ctx, bytes, sizeof(bytes) - 1, err);
	int status = 0;

	bytes[got < 0 ? 0 : got] = '\0';
	for (line = strtok_r(bytes, "\n", &rest); line != NULL && status == 0; line = strtok_r(NULL, "\n", &rest)) {
		char name[64];
		int hour, n;

		if (sscanf(line, "usage %d %63s %d", &hour, name, &n) == 3) {
			struct usage_reading reading = { .at_us = MIDNIGHT + hour * HOUR_S * SECOND_US,
				.width_us = HOUR_S * SECOND_US,
				.provider = text_of("openai"),
				.model = text_of(name),
				.grouping = text_of("model"),
				.account = options->account,
				.requests = 1,
				.latency_ms = NOT_REPORTED,
				.ttft_ms = NOT_REPORTED,
				.has_usage = true,
				.usage = { { n } } };

			status = sink->usage(sink->ctx, (struct place){ .line = 1 }, &reading, err);
		} else if (sscanf(line, "gpu %d %d %63s", &hour, &n, name) == 3) {
			struct gpu_reading reading = { .from_us = MIDNIGHT + hour * HOUR_S * SECOND_US,
				.to_us = MIDNIGHT + (hour + n) * HOUR_S * SECOND_US,
				.device = text_of(name),
				.busy_ppm = NOT_REPORTED,
				.memory_used_mib = NOT_REPORTED,
				.power_mw = NOT_REPORTED };

			status = sink->gpu(sink->ctx, (struct place){ .line = 1 }, &reading, err);
		} else if (strncmp(line, "keep ", 5) == 0) {
			char state[200];

			snprintf(state, sizeof(state), "%.*s+%s", (int)options->state.n,
				options->state.n == 0 ? "" : options->state.p, line + 5);
			status = sink->state(sink->ctx, text_of(state), err);
		} else {
			sink->refuse(sink->ctx, (struct place){ .line = 1 }, "bad");
		}
	}
	return status;
}

static const char *const part_names[] = { "first", "second", NULL };
static const struct pull window_pull = { .shape = PULL_WINDOW, .align_s = DAY_S, .parts = part_names };
static const struct pull events_pull = { .shape = PULL_EVENTS, .align_s = DAY_S };
static const struct collector windows = { .name = "test-windows", .title = "", .parse = parse, .pull = &window_pull };
static const struct collector events = { .name = "test-events", .title = "", .parse = parse, .pull = &events_pull };

static const struct pull exports_pull = { .shape = PULL_FILES, .whole = true, .exports = true };
static const struct collector exports = { .name = "test-exports", .title = "", .parse = parse, .pull = &exports_pull };

static struct source_plan
plan_of(const struct collector *collector, const char *name)
{
	struct source_plan plan = { .collector = collector, .pull = collector->pull, .url = "" };

	source_default(&plan.settings);
	snprintf(plan.settings.name, sizeof(plan.settings.name), "%s", name);
	return plan;
}

static struct window_result *
put_parts(struct kit *kit, const struct source_plan *plan, const char *first, const char *second, int *status)
{
	static struct window_result result;
	struct window_page two = { .part = "second",
		.name = "page",
		.bytes = (char *)(uintptr_t)second,
		.n = second == NULL ? 0 : strlen(second) };
	struct window_page one = { .part = plan->pull->parts == NULL ? NULL : "first",
		.name = "page",
		.bytes = (char *)(uintptr_t)first,
		.n = strlen(first),
		.next = second == NULL ? NULL : &two };
	const struct window_job job = { .plan = plan,
		.pages = &one,
		.from_us = MIDNIGHT,
		.to_us = MIDNIGHT + DAY_US,
		.now_us = MIDNIGHT + 2 * DAY_US,
		.zone = &kit->utc,
		.sum_now = true };

	*status = window_put(kit_store(kit), &job, &result, &kit->err);
	return &result;
}

static struct window_result *
put(struct kit *kit, const struct source_plan *plan, const char *text)
{
	int status;
	struct window_result *result = put_parts(kit, plan, text, NULL, &status);

	if (status != 0)
		fail_msg("%s", kit->err.text);
	return result;
}

static void
assert_run(const struct window_result *result, int taken, int repeated, int replaced, int removed, int conflicting)
{
	const struct run *run = &result->run;

	assert_int_equal(run->taken, taken);
	assert_int_equal(run->repeated, repeated);
	assert_int_equal(run->replaced, replaced);
	assert_int_equal(run->removed, removed);
	assert_int_equal(run->conflicting, conflicting);
}

static int64_t
tokens(struct kit *kit)
{
	struct usage_sum total = kit_total(kit);

	return usage_sum_tokens(&total);
}

static void
a_window_becomes_what_the_source_says_now(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");

	assert_run(put(kit, &plan, "usage 1 a 10\nusage 1 b 20\nusage 2 a 30\n"), 3, 0, 0, 0, 0);
	assert_int_equal(tokens(kit), 60);
	assert_run(put(kit, &plan, "usage 1 a 11\nusage 2 a 30\nusage 3 a 5\n"), 1, 1, 1, 1, 0);
	assert_int_equal(tokens(kit), 46);
	assert_sound(kit);
	assert_run(put(kit, &plan, ""), 0, 0, 0, 3, 0);
	assert_int_equal(tokens(kit), 0);
	assert_sound(kit);
}

/* Two files of an export, NULL: not read; some hours after the one before, so that it is a run of its own. */
static struct window_result *
put_files(struct kit *kit, const struct source_plan *plan, const char *first, const char *second)
{
	static int64_t now_us = MIDNIGHT;
	static struct window_result result;
	struct window_page two = { .part = "b.csv", .name = "b.csv", .bytes = (char *)(uintptr_t)second };
	struct window_page one = { .part = "a.csv", .name = "a.csv", .bytes = (char *)(uintptr_t)first };
	struct window_job job = { .plan = plan, .zone = &kit->utc, .sum_now = true };

	now_us += 3 * HOUR_S * SECOND_US;
	job.now_us = now_us;
	if (second != NULL) {
		two.n = strlen(second);
		job.pages = &two;
	}
	if (first != NULL) {
		one.n = strlen(first);
		one.next = second == NULL ? NULL : &two;
		job.pages = &one;
	}
	job.from_us = job.to_us = job.now_us;
	if (window_put(kit_store(kit), &job, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	return &result;
}

static void
an_export_that_is_written_anew_replaces_what_it_said_of_the_periods_it_tells(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&exports, "bill");

	assert_run(put_files(kit, &plan, "usage 1 a 10\nusage 1 b 20\nusage 2 a 30\n", "usage 1 c 5\nusage 3 a 7\n"), 5,
		0, 0, 0, 0);
	assert_int_equal(tokens(kit), 72);
	/* The row of hour 1 that is gone is removed; hour 2, of which the file says nothing now, stands; so does the other file. */
	assert_run(put_files(kit, &plan, "usage 1 a 11\n", NULL), 0, 0, 1, 1, 0);
	assert_int_equal(tokens(kit), 53);
	assert_sound(kit);
}

static void
a_row_that_moves_to_another_file_of_an_export_counts_once(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&exports, "bill");

	put_files(kit, &plan, "usage 1 a 10\nusage 1 b 20\n", "usage 1 c 5\n");
	assert_run(put_files(kit, &plan, "usage 1 a 10\n", "usage 1 c 5\nusage 1 b 21\n"), 0, 2, 1, 0, 0);
	assert_int_equal(tokens(kit), 36);
	assert_run(put_files(kit, &plan, "usage 1 a 10\nusage 1 c 6\n", NULL), 0, 1, 1, 0, 0);
	assert_run(put_files(kit, &plan, NULL, "usage 1 b 21\n"), 0, 1, 0, 0, 0);
	assert_int_equal(tokens(kit), 37);
	assert_sound(kit);
}

static void
two_rows_of_an_export_that_nothing_tells_apart_are_a_conflict_in_sight(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&exports, "bill");

	assert_run(put_files(kit, &plan, "usage 1 a 10\nusage 1 a 11\n", "usage 1 a 12\n"), 1, 0, 0, 0, 2);
	assert_int_equal(tokens(kit), 10);
	assert_sound(kit);
}

static void
a_window_that_says_nothing_new_leaves_no_run(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");

	assert_int_not_equal(put(kit, &plan, "usage 1 a 10\n")->run.id, 0);
	assert_int_equal(put(kit, &plan, "usage 1 a 10\nusage 1 a 10\n")->run.id, 0);
	assert_int_equal(tokens(kit), 10);
}

static void
a_part_that_was_not_asked_for_keeps_its_rows(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");
	int status;

	assert_run(put_parts(kit, &plan, "usage 1 a 10\n", "usage 1 b 20\n", &status), 2, 0, 0, 0, 0);
	assert_run(put_parts(kit, &plan, "usage 2 a 1\n", NULL, &status), 1, 0, 0, 1, 0);
	assert_int_equal(tokens(kit), 21);
}

static void
rows_of_another_source_and_of_files_stay(void **state)
{
	struct kit *kit = *state;
	struct source_plan one = plan_of(&windows, "one"), two = plan_of(&windows, "two");

	assert_int_equal(kit_import(kit, "at,model,in_uncached\n2026-11-01T01:00:00Z,a,7\n"), 0);
	put(kit, &one, "usage 1 a 10\n");
	put(kit, &two, "usage 1 a 20\n");
	assert_run(put(kit, &one, "usage 5 a 1\n"), 1, 0, 0, 1, 0);
	assert_int_equal(tokens(kit), 7 + 20 + 1);
	assert_sound(kit);
}

static void
two_rows_that_nothing_tells_apart_are_a_conflict(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");

	assert_run(put(kit, &plan, "usage 1 a 10\nusage 1 a 11\n"), 1, 0, 0, 0, 1);
	assert_int_equal(tokens(kit), 10);
	assert_run(put(kit, &plan, "usage 1 a 10\nusage 1 a 11\n"), 0, 1, 0, 0, 1);
	assert_int_equal(tokens(kit), 10);
}

static void
events_that_do_not_come_again_stay(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&events, "log");

	assert_run(put(kit, &plan, "usage 1 a 10\nusage 2 a 20\n"), 2, 0, 0, 0, 0);
	assert_run(put(kit, &plan, "usage 2 a 25\nusage 2 a 26\n"), 0, 0, 2, 0, 0);
	assert_int_equal(tokens(kit), 36);
	assert_sound(kit);
}

static void
a_window_in_which_every_row_is_refused_changes_nothing(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");
	struct source_state stands;
	int64_t source;
	int status;

	put(kit, &plan, "usage 1 a 10\nbad\n");
	put_parts(kit, &plan, "bad\nbad\n", NULL, &status);
	assert_int_equal(status, -1);
	assert_int_equal(kit->err.kind, ERR_INPUT);
	assert_non_null(strstr(kit->err.text, "all 2 rows were refused"));
	assert_int_equal(tokens(kit), 10);
	assert_int_equal(window_source(kit->store, &plan, &source, &kit->err), 1);
	assert_int_equal(source_state_get(kit->store, source, kit->arena, &stands, &kit->err), 1);
	assert_int_equal(stands.refused, 1);
	assert_int_equal(stands.done_us, MIDNIGHT + DAY_US);
}

static void
a_closed_month_does_not_change_and_says_what_came(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");
	struct conflict_list list;

	put(kit, &plan, "usage 1 a 10\nusage 2 a 20\nusage 20 a 1\n");
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(ledger_close_until(kit->store, MIDNIGHT + DAY_US / 2, &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
	/* One changed, one gone, one new, all closed; and one changed that is open. */
	assert_run(put(kit, &plan, "usage 1 a 11\nusage 3 a 5\nusage 20 a 2\n"), 0, 0, 1, 0, 3);
	assert_int_equal(tokens(kit), 32);
	assert_sound(kit);
	assert_int_equal(ledger_conflicts(kit->store, kit->arena, 10, &list, &kit->err), 0);
	assert_int_equal(list.total, 3);
	/* The same again is no new conflict. */
	put(kit, &plan, "usage 1 a 11\nusage 3 a 5\nusage 20 a 2\n");
	assert_int_equal(ledger_conflicts(kit->store, kit->arena, 10, &list, &kit->err), 0);
	assert_int_equal(list.total, 3);
	assert_int_equal(tokens(kit), 32);
}

static void
a_gpu_stretch_that_grew_or_moved_takes_the_place_of_its_own(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "pods"), other = plan_of(&windows, "others");

	assert_run(put(kit, &plan, "gpu 1 2 pod-a\ngpu 1 1 pod-b\n"), 2, 0, 0, 0, 0);
	assert_run(put(kit, &plan, "gpu 1 3 pod-a\ngpu 0 2 pod-b\n"), 0, 0, 2, 0, 0);
	assert_run(put(kit, &other, "gpu 2 1 pod-a\ngpu 4 1 pod-a\n"), 1, 0, 0, 0, 1);
	assert_run(put(kit, &plan, "gpu 1 3 pod-a\n"), 0, 1, 0, 1, 0);
}

static void
what_the_next_reply_is_read_against_is_kept_with_the_rows(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&events, "scrape");
	struct source_state stands;
	int64_t source;
	int status;

	put(kit, &plan, "keep a\nusage 1 a 1\n");
	put_parts(kit, &plan, "keep lost\nbad\n", NULL, &status);
	assert_int_equal(status, -1);
	put(kit, &plan, "keep b\n");
	assert_int_equal(window_source(kit->store, &plan, &source, &kit->err), 1);
	assert_int_equal(source_state_get(kit->store, source, kit->arena, &stands, &kit->err), 1);
	assert_true(text_is(stands.kept, "+a+b"));
}

static void
what_is_asked_every_minute_is_one_run_an_hour(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&events, "scrape");
	int64_t first = put(kit, &plan, "usage 1 a 1\nbad\n")->run.id;
	struct run run;

	assert_int_equal(put(kit, &plan, "usage 2 a 1\nusage 3 a 1\nbad\n")->run.id, first);
	assert_int_equal(put(kit, &plan, "usage 3 a 1\nbad\n")->run.id, 0);
	assert_int_equal(run_get(kit->store, kit->arena, first, &run, &kit->err), 1);
	assert_int_equal(run.taken, 3);
	assert_int_equal(run.refused, 2);
	for (int i = 0; i < run.reasons; i++)
		if (run.reason[i].kind == REASON_REFUSED)
			assert_int_equal(run.reason[i].count, 2);
	assert_int_equal(tokens(kit), 3);
}

static void
a_failure_is_remembered_and_forgotten_when_it_is_over(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");
	const struct window_failure failure = {
		.now_us = MIDNIGHT, .not_before_us = MIDNIGHT + 5, .failures = 3, .vain = true, .error = "no"
	};
	struct source_state stands;
	int64_t source;

	assert_int_equal(window_failed(kit_store(kit), &plan, &failure, &kit->err), 0);
	assert_int_equal(window_source(kit->store, &plan, &source, &kit->err), 1);
	assert_int_equal(source_state_get(kit->store, source, kit->arena, &stands, &kit->err), 1);
	assert_true(stands.vain);
	assert_int_equal(stands.failures, 3);
	assert_string_equal(stands.error, "no");
	assert_int_equal(stands.done_us, 0);
	put(kit, &plan, "usage 1 a 10\n");
	assert_int_equal(source_state_get(kit->store, source, kit->arena, &stands, &kit->err), 1);
	assert_false(stands.vain);
	assert_int_equal(stands.failures, 0);
	assert_string_equal(stands.error, "");
}

static void
each_day_counts_the_rows_that_the_source_holds(void **state)
{
	struct kit *kit = *state;
	struct source_plan plan = plan_of(&windows, "main");
	struct source_day *days;
	int64_t source;
	size_t n;

	put(kit, &plan, "usage 1 a 10\nusage 2 a 20\nusage 3 a 30\n");
	put(kit, &plan, "usage 1 a 11\nusage 2 a 20\n");
	assert_int_equal(window_source(kit->store, &plan, &source, &kit->err), 1);
	assert_int_equal(source_days(kit->store, source, 0, INT64_MAX, kit->arena, &days, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(days[0].day, MIDNIGHT / DAY_US);
	assert_int_equal(days[0].rows, 2);
	assert_true(days[0].whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_window_becomes_what_the_source_says_now, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			an_export_that_is_written_anew_replaces_what_it_said_of_the_periods_it_tells, kit_setup,
			kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_row_that_moves_to_another_file_of_an_export_counts_once, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(two_rows_of_an_export_that_nothing_tells_apart_are_a_conflict_in_sight,
			kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(a_window_that_says_nothing_new_leaves_no_run, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(a_part_that_was_not_asked_for_keeps_its_rows, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(rows_of_another_source_and_of_files_stay, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			two_rows_that_nothing_tells_apart_are_a_conflict, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(events_that_do_not_come_again_stay, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_window_in_which_every_row_is_refused_changes_nothing, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_closed_month_does_not_change_and_says_what_came, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_gpu_stretch_that_grew_or_moved_takes_the_place_of_its_own, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			what_the_next_reply_is_read_against_is_kept_with_the_rows, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(what_is_asked_every_minute_is_one_run_an_hour, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_failure_is_remembered_and_forgotten_when_it_is_over, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			each_day_counts_the_rows_that_the_source_holds, kit_setup, kit_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
