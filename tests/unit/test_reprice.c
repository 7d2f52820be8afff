/*
 * Repricing and closed months: what is shown is what is done, in any number of pieces; what is closed stays.
 */
#include "daemon/ingest/reprice.h"
#include "daemon/store/months.h"
#include "models/units/random.h"
#include "tests/unit/ledger_kit.h"

#define PRICES "provider,model,service_tier,from,in_uncached,out_visible,source_url,checked\n"
#define CLOSED_US (INT64_C(1786406400) * SECOND_US) /* 2026-08-11 */

static void
import_prices(struct kit *kit, const char *rows)
{
	char text[4096];

	snprintf(text, sizeof(text), PRICES "%s", rows);
	if (kit_import_with(kit, "prices-csv", text, NULL) != 0)
		fail_msg("%s", kit->err.text);
}

static struct reprice_wish
everything(const struct kit *kit)
{
	return (struct reprice_wish){
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc, .month_start = 1
	};
}

static void
look(struct kit *kit, const struct reprice_wish *wish, struct reprice_plan *plan)
{
	if (reprice_preview(kit_store(kit), wish, kit->arena, plan, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
}

static int
confirm(struct kit *kit, const struct reprice_wish *wish, const char *digest, const atomic_bool *stop)
{
	const struct reprice_order order = { .digest = digest, .who = "test", .now_us = KIT_NOW_US, .stop = stop };
	struct reprice_plan plan;
	struct repricing repricing;

	return reprice_confirm(kit_store(kit), wish, &order, kit->arena, &plan, &repricing, &kit->err);
}

static wide
amount_from(struct kit *kit, int64_t from_us, int64_t to_us)
{
	const struct usage_query query = { .from_us = from_us, .to_us = to_us, .zone = &kit->utc };
	struct usage_result result;

	assert_int_equal(query_usage(kit_store(kit), &query, kit->arena, &result, &kit->err), 0);
	return result.total.amount_nano;
}

/* Rows over 20 days of August from the 1st, so many each day. */
static char *
rows(int each)
{
	char *text = malloc((size_t)each * 20 * 80 + 256), *p = text;

	p += sprintf(p, "id,at,provider,model,service_tier,in_uncached,out_visible\n");
	for (int day = 0; day < 20; day++)
		for (int i = 0; i < each; i++)
			p += sprintf(p, "d%d-%d,%lld,%s,%s,%s,%d,%d\n", day, i,
				(long long)(1785542400 + day * 86400 + i * (86400 / each)),
				i % 3 == 0 ? "openai" : "acme", i % 3 == 0 ? "gpt-4o" : "zed",
				i % 5 == 0 ? "batch" : "", 1000 + i, 10 * day);
	return text;
}

static void
what_is_shown_is_done_and_then_nothing_is_left_to_do(void **state)
{
	struct kit *kit = *state;
	struct reprice_wish wish = everything(kit);
	struct reprice_plan plan, after;
	char *text = rows(60);
	wide before;

	assert_int_equal(kit_import(kit, text), 0);
	before = kit_total(kit).amount_nano;
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 0);
	import_prices(kit,
		"acme,zed,,,2,10,https://example.invalid,2026-10-01\n"
		"openai,gpt-4o,,2026-08-11,1,1,https://example.invalid,2026-10-01\n");
	look(kit, &wish, &plan);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.total.newly_priced, 20 * 40);
	assert_int_equal(plan.total.lines, 20 * 40 + 10 * 20);
	assert_int_equal(confirm(kit, &wish, "0000000000000000", NULL), -1);
	assert_non_null(strstr(kit->err.text, plan.digest));
	assert_true(kit_total(kit).amount_nano == before);
	assert_int_equal(confirm(kit, &wish, plan.digest, NULL), 0);
	assert_true(kit_total(kit).amount_nano == before + plan.total.after_nano - plan.total.before_nano);
	assert_int_equal(kit_total(kit).state_rows[PRICE_UNPRICED], 0);
	assert_sound(kit);
	look(kit, &wish, &after);
	assert_int_equal(after.total.lines, 0);
	assert_int_equal(confirm(kit, &wish, after.digest, NULL), -1);
	assert_non_null(strstr(kit->err.text, "nothing would change"));
	assert_int_equal(kit_import(kit, text), 0); /* and an import of the same rows still repeats */
	assert_tallies(kit, 0, 20 * 60, 0, 0);
	free(text);
}

static void
only_the_lines_that_are_named_change(void **state)
{
	struct kit *kit = *state;
	struct reprice_wish wish = everything(kit);
	struct reprice_plan plan;
	char *text = rows(30);

	assert_int_equal(kit_import(kit, text), 0);
	import_prices(kit,
		"acme,zed,,,2,10,https://example.invalid,2026-10-01\n"
		"openai,gpt-4o,,,1,1,https://example.invalid,2026-10-01\n");
	wish.model = "zed";
	wish.from_us = CLOSED_US;
	wish.to_us = CLOSED_US + (int64_t)DAY_S * SECOND_US;
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 20);
	assert_int_equal(confirm(kit, &wish, plan.digest, NULL), 0);
	wish = everything(kit);
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 20 * 30 - 20);
	wish.provider = "nobody";
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 0);
	assert_sound(kit);
	free(text);
}

static void
close_until(struct kit *kit, int64_t to_us)
{
	const struct closed_month month = { .to_us = to_us, .version = 1, .name = "2026-08", .closed_us = KIT_NOW_US };

	assert_int_equal(store_begin(kit_store(kit), &kit->err), 0);
	assert_int_equal(month_close(kit->store, &month, &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
}

static void
what_is_closed_is_told_of_and_stays_as_it_is(void **state)
{
	struct kit *kit = *state;
	struct reprice_wish wish = everything(kit);
	struct reprice_plan plan;
	char *text = rows(30);
	wide closed;

	assert_int_equal(kit_import(kit, text), 0);
	close_until(kit, CLOSED_US);
	closed = amount_from(kit, TIME_FIRST_US, CLOSED_US);
	import_prices(kit, "openai,gpt-4o,,,1,1,https://example.invalid,2026-10-01\n");
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 10 * 10);
	assert_int_equal(plan.closed.lines, 10 * 10);
	assert_int_equal(confirm(kit, &wish, plan.digest, NULL), 0);
	assert_true(amount_from(kit, TIME_FIRST_US, CLOSED_US) == closed);
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 0);
	assert_int_equal(plan.closed.lines, 10 * 10);
	assert_sound(kit);
	free(text);
}

/* More lines than one transaction takes; cut off as soon as it has begun, while other prices are imported. */
struct cutting {
	atomic_bool stop;
};

static int
cut(void *ctx, const struct repricing *repricing, struct err *err)
{
	struct cutting *cutting = ctx;

	(void)repricing, (void)err;
	atomic_store(&cutting->stop, true);
	return 0;
}

static void
one_that_was_cut_off_goes_on_with_the_prices_that_were_confirmed(void **state)
{
	struct kit *kit = *state;
	struct reprice_wish wish = everything(kit);
	struct cutting cutting = { .stop = false };
	struct reprice_order order = {
		.who = "test", .now_us = KIT_NOW_US, .stop = &cutting.stop, .begun = cut, .ctx = &cutting
	};
	struct reprice_plan plan;
	struct repricing repricing;
	char *text = rows(1300);
	wide before;

	assert_int_equal(kit_import(kit, text), 0);
	before = kit_total(kit).amount_nano;
	import_prices(kit,
		"acme,zed,,,2,10,https://example.invalid,2026-10-01\n"
		"openai,gpt-4o,,,1,1,https://example.invalid,2026-10-01\n");
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 26000);
	order.digest = plan.digest;
	assert_int_equal(reprice_confirm(kit->store, &wish, &order, kit->arena, &plan, &repricing, &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_BUSY);
	assert_non_null(strstr(kit->err.text, "--resume"));
	assert_true(kit_total(kit).amount_nano == before);
	import_prices(kit, "acme,zed,,,3,30,https://example.invalid,2026-10-02\n");
	assert_int_equal(confirm(kit, &wish, plan.digest, NULL), -1); /* first the one that is begun */
	assert_non_null(strstr(kit->err.text, "not finished"));
	order.stop = NULL;
	assert_int_equal(reprice_resume(kit->store, &order, kit->arena, &repricing, &kit->err), 0);
	assert_int_equal(repricing.done, 26000);
	assert_true(kit_total(kit).amount_nano == before + plan.total.after_nano - plan.total.before_nano);
	assert_sound(kit);
	assert_int_equal(reprice_resume(kit->store, &order, kit->arena, &repricing, &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_MISSING);
	look(kit, &wish, &plan); /* the price that came in between is for another time */
	assert_true(plan.total.lines > 0);
	free(text);
}

static void
parts_and_hinted_tiers_keep_the_price_they_were_taken_with(void **state)
{
	struct kit *kit = *state;
	const struct reprice_wish wish = everything(kit);
	struct reprice_plan plan;
	/* Tiers that only a usage object told, audio inside the input, searches. */
	const char *text =
		"{\"id\":\"a\",\"at\":\"2026-08-01T00:00:00Z\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"api\":\"openai-chat\","
		"\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"service_tier\":\"flex\"}}\n"
		"{\"id\":\"b\",\"at\":\"2026-08-01T00:00:01Z\",\"provider\":\"anthropic\",\"model\":\"claude-sonnet-4-5\",\"api\":\"anthropic\","
		"\"usage\":{\"input_tokens\":1000,\"output_tokens\":100,\"service_tier\":\"priority\",\"server_tool_use\":{\"web_search_requests\":3}}}\n"
		"{\"id\":\"c\",\"at\":\"2026-08-01T00:00:02Z\",\"provider\":\"openai\",\"model\":\"gpt-4o-audio-preview\",\"api\":\"openai-chat\","
		"\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"prompt_tokens_details\":{\"audio_tokens\":600}}}\n"
		"{\"id\":\"d\",\"at\":\"2026-08-01T00:00:03Z\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"service_tier\":\"batch\",\"in_uncached\":5}\n";

	assert_int_equal(kit_import_with(kit, "usage-jsonl", text, NULL), 0);
	assert_tallies(kit, 4, 0, 0, 0);
	look(kit, &wish, &plan);
	assert_int_equal(plan.total.lines, 0);
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(what_is_shown_is_done_and_then_nothing_is_left_to_do),
		with_kit(only_the_lines_that_are_named_change),
		with_kit(what_is_closed_is_told_of_and_stays_as_it_is),
		with_kit(one_that_was_cut_off_goes_on_with_the_prices_that_were_confirmed),
		with_kit(parts_and_hinted_tiers_keep_the_price_they_were_taken_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
