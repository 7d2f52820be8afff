/* Invoice lines of what says what is: the ledger becomes what it says, and a closed month stays. */
#include "collectors/pull.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/window.h"
#include "tests/unit/ledger_kit.h"

#define AT(text) at_us(text)

static int64_t
at_us(const char *text)
{
	int64_t at = 0;

	assert_int_equal(time_parse(text, strlen(text), &at, NULL), 0);
	return at;
}

/* One bucket of the costs API: a day and its amounts in dollars of the line items "a, input", "b, input", ... */
struct day {
	const char *date;
	const char *amounts[4];
};

static char *
reply_of(const struct day *days)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	fprintf(stream, "{\"data\":[");
	for (const struct day *day = days; day->date != NULL; day++) {
		int64_t from_s = at_us(day->date) / SECOND_US;

		fprintf(stream, "%s{\"start_time\":%lld,\"end_time\":%lld,\"results\":[", day == days ? "" : ",",
			(long long)from_s, (long long)(from_s + DAY_S));
		for (int i = 0; i < 4 && day->amounts[i] != NULL; i++)
			fprintf(stream,
				"%s{\"amount\":{\"value\":%s,\"currency\":\"usd\"},\"line_item\":\"%c, input\"}",
				i == 0 ? "" : ",", day->amounts[i], 'a' + i);
		fprintf(stream, "]}");
	}
	fprintf(stream, "],\"has_more\":false,\"next_page\":null}");
	fclose(stream);
	return text;
}

static struct window_result *
pull(struct kit *kit, const char *from, const char *to, const struct day *days)
{
	static struct window_result result;
	struct source_plan *plan = calloc(1, sizeof(*plan));
	char *reply = reply_of(days);
	struct window_page page = { .name = "replay", .bytes = reply, .n = strlen(reply) };
	struct window_job job = { .plan = plan,
		.pages = &page,
		.from_us = AT(from),
		.to_us = AT(to),
		.now_us = KIT_NOW_US,
		.zone = &kit->utc,
		.sum_now = true };

	plan->collector = collector_find("openai-costs", NULL);
	plan->pull = plan->collector->pull;
	plan->url = plan->pull->url;
	snprintf(plan->settings.name, sizeof(plan->settings.name), "costs");
	if (window_put(kit_store(kit), &job, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	free(plan);
	free(reply);
	return &result;
}

static void
assert_run(const struct window_result *result, int taken, int repeated, int replaced, int removed)
{
	assert_int_equal(result->run.taken, taken);
	assert_int_equal(result->run.repeated, repeated);
	assert_int_equal(result->run.replaced, replaced);
	assert_int_equal(result->run.removed, removed);
	assert_int_equal(result->run.conflicting, 0);
}

/* Billed of all lines whose billing period begins on that day, in nano-USD; -1: there is none. */
static int64_t
billed(struct kit *kit, const char *period)
{
	const struct invoice_query query = {
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .by = INVOICE_BY_PERIOD
	};
	struct invoice_result result;

	assert_int_equal(query_invoices(kit_store(kit), &query, kit->arena, &result, &kit->err), 0);
	for (size_t i = 0; i < result.n; i++)
		if (result.rows[i].from_us == AT(period))
			return (int64_t)result.rows[i].billed_nano;
	return -1;
}

static void
close_until(struct kit *kit, const char *when)
{
	assert_int_equal(store_begin(kit_store(kit), &kit->err), 0);
	assert_int_equal(ledger_close_until(kit->store, AT(when), &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
}

static const struct day three_days[] = { { "2026-08-30", { "1", "2" } }, { "2026-09-01", { "4" } },
	{ "2026-09-05", { "8", "16" } }, { NULL, { NULL } } };

static void
a_day_that_is_asked_again_becomes_what_it_is_now(void **state)
{
	static const struct day again[] = { { "2026-09-05", { "9" } }, { NULL, { NULL } } };
	struct kit *kit = *state;

	assert_run(pull(kit, "2026-08-30", "2026-09-06", three_days), 5, 0, 0, 0);
	assert_run(pull(kit, "2026-08-30", "2026-09-06", three_days), 0, 5, 0, 0);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(28000000000));
	assert_run(pull(kit, "2026-09-05", "2026-09-06", again), 0, 0, 1, 1);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(13000000000));
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(3000000000));
}

static void
a_window_over_the_begin_of_a_month_leaves_the_rest_of_it(void **state)
{
	static const struct day turn[] = { { "2026-08-30", { "1", "2" } }, { "2026-09-01", { "5" } },
		{ NULL, { NULL } } };
	struct kit *kit = *state;

	pull(kit, "2026-08-30", "2026-09-06", three_days);
	assert_run(pull(kit, "2026-08-30", "2026-09-02", turn), 0, 2, 1, 0);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(29000000000));
}

static void
what_changes_in_a_closed_month_is_booked_in_the_open_one(void **state)
{
	static const struct day more[] = { { "2026-08-30", { "1.5", "2", "0.25" } }, { NULL, { NULL } } };
	static const struct day less[] = { { "2026-08-30", { "1" } }, { NULL, { NULL } } };
	static const struct day as_closed[] = { { "2026-08-30", { "1", "2" } }, { NULL, { NULL } } };
	struct kit *kit = *state;

	pull(kit, "2026-08-30", "2026-09-06", three_days);
	close_until(kit, "2026-09-01");
	assert_run(pull(kit, "2026-08-30", "2026-08-31", more), 0, 1, 2, 0);
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(3000000000));
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(28750000000));
	assert_run(pull(kit, "2026-08-30", "2026-08-31", more), 0, 3, 0, 0);
	/* One line changes back, and two are gone: of one the closed amount, of the other what was booked. */
	assert_run(pull(kit, "2026-08-30", "2026-08-31", less), 0, 0, 3, 0);
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(3000000000));
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(26000000000));
	pull(kit, "2026-08-30", "2026-08-31", as_closed);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(28000000000));
}

static void
what_was_booked_stands_when_its_own_month_is_closed(void **state)
{
	static const struct day more[] = { { "2026-08-30", { "1.5", "2" } }, { NULL, { NULL } } };
	static const struct day other[] = { { "2026-08-30", { "0.75", "2" } }, { NULL, { NULL } } };
	static const struct day gone[] = { { "2026-08-29", { NULL } }, { NULL, { NULL } } };
	struct kit *kit = *state;

	pull(kit, "2026-08-30", "2026-09-06", three_days);
	close_until(kit, "2026-09-01");
	pull(kit, "2026-08-30", "2026-08-31", more);
	close_until(kit, "2026-10-01");
	pull(kit, "2026-08-30", "2026-08-31", other);
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(3000000000));
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(28500000000));
	assert_int_equal(billed(kit, "2026-10-01"), INT64_C(-750000000));
	pull(kit, "2026-08-30", "2026-08-31", gone);
	assert_int_equal(billed(kit, "2026-10-01"), INT64_C(-3500000000));
}

/* ---- the same of files */

#define BILL "date,provider,service,amount\n"

static void
collect(struct kit *kit, const char *text, bool replace)
{
	const struct ingest_options options = { .name = "bill.csv", .replace = replace };

	if (kit_import_with(kit, "invoice-csv", text, &options) != 0)
		fail_msg("%s", kit->err.text);
}

static void
a_file_that_replaces_says_what_is(void **state)
{
	struct kit *kit = *state;

	collect(kit, BILL "2026-08-03,d,x,7\n2026-09-03,d,a,1\n2026-09-03,d,b,2\n2026-09-04,d,c,4\n", true);
	assert_tallies(kit, 4, 0, 0, 0);
	collect(kit, BILL "2026-09-03,d,a,1\n2026-09-03,d,b,2.5\n2026-09-05,d,e,8\n", true);
	assert_tallies(kit, 1, 1, 0, 0);
	assert_int_equal(kit->result->run.replaced, 1);
	assert_int_equal(kit->result->run.removed, 1);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(11500000000));
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(7000000000));
	/* Once more: what was repeated before is still this source's. */
	collect(kit, BILL "2026-09-03,d,b,2.5\n", true);
	assert_int_equal(kit->result->run.removed, 2);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(2500000000));
	/* Without it the ledger stands, and what came is a conflict in sight. */
	collect(kit, BILL "2026-09-03,d,b,3\n", false);
	assert_tallies(kit, 0, 0, 1, 0);
}

static void
a_file_that_replaces_leaves_a_closed_month(void **state)
{
	struct kit *kit = *state;

	collect(kit, BILL "2026-08-03,d,x,7\n2026-08-04,d,y,1\n", true);
	close_until(kit, "2026-09-01");
	collect(kit, BILL "2026-08-03,d,x,7.25\n2026-08-04,d,y,1\n2026-09-01,d,z,3\n", true);
	assert_int_equal(billed(kit, "2026-08-01"), INT64_C(8000000000));
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(3250000000));
}

static void
a_saved_reply_that_comes_again_with_other_amounts_is_a_conflict(void **state)
{
	static const struct day first[] = { { "2026-09-05", { "8", "16" } }, { NULL, { NULL } } };
	static const struct day later[] = { { "2026-09-05", { "9", "16" } }, { NULL, { NULL } } };
	struct kit *kit = *state;
	char *reply = reply_of(first), *other = reply_of(later);

	assert_int_equal(kit_import_with(kit, "openai-costs", reply, NULL), 0);
	assert_tallies(kit, 2, 0, 0, 0);
	assert_int_equal(kit_import_with(kit, "openai-costs", other, NULL), 0);
	assert_tallies(kit, 0, 1, 1, 0);
	assert_int_equal(billed(kit, "2026-09-01"), INT64_C(24000000000));
	free(reply);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_day_that_is_asked_again_becomes_what_it_is_now, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_window_over_the_begin_of_a_month_leaves_the_rest_of_it, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			what_changes_in_a_closed_month_is_booked_in_the_open_one, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			what_was_booked_stands_when_its_own_month_is_closed, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_replaces_says_what_is, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_replaces_leaves_a_closed_month, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_saved_reply_that_comes_again_with_other_amounts_is_a_conflict, kit_setup, kit_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
