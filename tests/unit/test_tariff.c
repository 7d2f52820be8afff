/*
 * tariff: which price answers, for how long, and what a request costs by it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/price/match.h"
#include "models/price/provider.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define MTOK_FEMTO INT64_C(1000000000) /* one USD per million tokens */
#define ALL(list) .components = list, .n = sizeof list / sizeof list[0]
#define HOLDS(from, to) .from_us = from, .to_us = to, .days = PRICE_ALL_DAYS
#define ALWAYS HOLDS(PRICE_FROM_ALWAYS, PRICE_TO_ALWAYS), .state = PRICE_PRICED
#define T(string) \
	{ \
		string, sizeof string - 1 \
	}

/* 3 in, 15 out, read 0.30, write 3.75; above 200,000: 6, 22.50, 0.60, 7.50. */
static const struct price_component tiered[] = {
	{ IN_UNCACHED, 0, 3 * MTOK_FEMTO },
	{ OUT_VISIBLE, 0, 15 * MTOK_FEMTO },
	{ IN_CACHE_READ, 0, MTOK_FEMTO * 3 / 10 },
	{ IN_CACHE_WRITE_5M, 0, MTOK_FEMTO * 15 / 4 },
	{ IN_UNCACHED, 200000, 6 * MTOK_FEMTO },
	{ OUT_VISIBLE, 200000, MTOK_FEMTO * 45 / 2 },
	{ IN_CACHE_READ, 200000, MTOK_FEMTO * 6 / 10 },
	{ IN_CACHE_WRITE_5M, 200000, MTOK_FEMTO * 15 / 2 },
};
static const struct price_component plain[] = { { IN_UNCACHED, 0, 2 * MTOK_FEMTO },
	{ OUT_VISIBLE, 0, 8 * MTOK_FEMTO } };
static const struct price_component dear[] = { { IN_UNCACHED, 0, 5 * MTOK_FEMTO },
	{ OUT_VISIBLE, 0, 20 * MTOK_FEMTO } };
static const struct price_component sound[] = {
	{ IN_UNCACHED, 0, MTOK_FEMTO },
	{ OUT_VISIBLE, 0, 4 * MTOK_FEMTO },
	{ IN_CACHE_READ, 0, MTOK_FEMTO / 10 },
	{ PRICE_IN_AUDIO, 0, 10 * MTOK_FEMTO },
	{ PRICE_OUT_AUDIO, 0, 20 * MTOK_FEMTO },
	{ PRICE_WEB_SEARCHES, 0, INT64_C(10000000000000) },
};
static const struct price_component input_only[] = { { IN_UNCACHED, 0, MTOK_FEMTO } };

#define DAY(n) ((n)*DAY_S * SECOND_US)
#define HOUR(n) ((n)*HOUR_S * SECOND_US)

static const struct price_row rows[] = {
	{ .id = T("a/tiered"), .provider = T("anthropic"), .model = T("tiered"), ALWAYS, ALL(tiered) },
	{ .id = T("o/old"),
		.provider = T("openai"),
		.model = T("dated"),
		.match = T("dated | dated-*"),
		.state = PRICE_PRICED,
		HOLDS(PRICE_FROM_ALWAYS, DAY(100)),
		ALL(dear) },
	{ .id = T("o/new"),
		.provider = T("openai"),
		.model = T("dated"),
		.match = T("dated | dated-*"),
		.state = PRICE_PRICED,
		HOLDS(DAY(100), DAY(200)),
		ALL(plain) },
	{ .id = T("o/own"), .provider = T("openai"), .model = T("own"), ALWAYS, ALL(plain) },
	{ .id = T("o/own+batch"),
		.provider = T("openai"),
		.model = T("own"),
		.service_tier = T("batch"),
		ALWAYS,
		ALL(dear) },
	{ .id = T("d/night"), .provider = T("deepseek"), .model = T("night"), ALWAYS, ALL(plain) },
	{ .id = T("d/night@day"),
		.provider = T("deepseek"),
		.model = T("night"),
		ALWAYS,
		.precedence = 1,
		.daily_from_s = 1800,
		.daily_to_s = 59400,
		ALL(dear) },
	{ .id = T("g/sound"), .provider = T("google"), .model = T("sound"), ALWAYS, ALL(sound) },
	{ .id = T("g/embed"), .provider = T("google"), .model = T("embed"), ALWAYS, ALL(input_only) },
	{ .id = T("g/gift"),
		.provider = T("google"),
		.model = T("gift"),
		.state = PRICE_FREE,
		HOLDS(PRICE_FROM_ALWAYS, PRICE_TO_ALWAYS) },
	{ .id = T("or/maker/thing"), .provider = T("openrouter"), .model = T("maker/thing"), ALWAYS, ALL(plain) },
};
static const struct price_book book = { rows, sizeof rows / sizeof rows[0] };

static struct price_found
find(const char *provider, const char *model, const char *tier, int64_t at_us)
{
	const struct price_question question = { text_of(provider), text_of(model), text_of(tier), false, at_us };
	struct price_found found;

	price_find(&book, &question, &found);
	return found;
}

static const char *
row_id(struct price_found found)
{
	return found.row == NULL ? "" : found.row->id.p;
}

static struct price_result
price(const char *model, const char *tier, struct usage usage)
{
	struct price_found found = find(NULL, model, tier, DAY(150));
	const struct quantities quantities = { .usage = usage, .requests = 1 };
	struct price_result result;

	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	return result;
}

#define assert_amount(femto, text) \
	do { \
		char printed[DECIMAL_MAX]; \
		decimal_print(printed, sizeof printed, femto, FEMTO_DIGITS); \
		assert_string_equal(printed, text); \
	} while (0)

/* ---- tiers */

static void
a_tier_begins_strictly_above_its_threshold(void **state)
{
	(void)state;
	assert_amount(price("tiered", "", (struct usage){ { 200000, 0, 0, 0, 1000, 0 } }).amount_femto, "0.615");
	assert_amount(price("tiered", "", (struct usage){ { 200001, 0, 0, 0, 1000, 0 } }).amount_femto, "1.222506");
	assert_int_equal(price("tiered", "", (struct usage){ { 200000, 0, 0, 0, 1, 0 } }).tier_tokens, 0);
	assert_int_equal(price("tiered", "", (struct usage){ { 200001, 0, 0, 0, 1, 0 } }).tier_tokens, 200000);
}

static void
cached_tokens_count_for_the_tier_and_everything_takes_its_price(void **state)
{
	struct price_result result = price("tiered", "", (struct usage){ { 150000, 60000, 10000, 0, 1500, 2500 } });

	(void)state;
	assert_amount(result.amount_femto, "1.101");
	assert_amount(result.output_femto, "0.09");
}

static void
batch_without_rows_of_its_own_is_half_of_everything_by_token(void **state)
{
	(void)state;
	assert_amount(price("tiered", "batch", (struct usage){ { 150000, 60000, 10000, 0, 1500, 2500 } }).amount_femto,
		"0.5505");
	assert_amount(price("tiered", "flex", (struct usage){ { 150000, 60000, 10000, 0, 1500, 2500 } }).amount_femto,
		"0.5505");
}

static void
a_tier_row_of_its_own_wins_over_the_rule(void **state)
{
	(void)state;
	assert_string_equal(row_id(find("openai", "own", "batch", 0)), "o/own+batch");
	assert_amount(price("own", "batch", (struct usage){ { 1000000, 0, 0, 0, 0, 0 } }).amount_femto, "5");
	assert_amount(price("own", "flex", (struct usage){ { 1000000, 0, 0, 0, 0, 0 } }).amount_femto, "1");
}

static void
priority_without_a_price_is_unpriced_and_said_so(void **state)
{
	struct price_result result = price("own", "priority", (struct usage){ { 10, 0, 0, 0, 0, 0 } });

	(void)state;
	assert_int_equal(result.state, PRICE_UNPRICED);
	assert_false(result.has_input);
	assert_non_null(strstr(result.reason, "service tier"));
}

static void
paid_capacity_is_flat(void **state)
{
	(void)state;
	assert_int_equal(price("own", "scale", (struct usage){ { 10, 0, 0, 0, 0, 0 } }).state, PRICE_FLAT);
	assert_int_equal(price("own", "provisioned", (struct usage){ { 10, 0, 0, 0, 0, 0 } }).state, PRICE_FLAT);
}

static void
what_own_gpus_served_has_no_price_by_the_token_whoever_sells_such_a_model(void **state)
{
	const char *const models[] = { "own", "tiered", "deepseek-ai/some-distilled-model", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct price_question question = { text_of("vllm"), text_of(models[i]), text_of(SELF_HOSTED), false,
			0 };
		struct price_found found;

		price_find(&book, &question, &found);
		assert_int_equal(found.state, PRICE_FLAT);
		assert_null(found.row);
		assert_false(found.weak);
		assert_null(found.reason);
	}
}

static void
a_hinted_tier_without_a_price_takes_the_standard_one(void **state)
{
	struct price_question question = { text_of("openai"), text_of("own"), text_of("flex"), true, 0 };
	struct price_found found;

	(void)state;
	price_find(&book, &question, &found);
	assert_int_equal(found.halves, 2);
	assert_string_equal(row_id(found), "o/own");
	assert_non_null(found.reason);
	question.model = text_of("tiered");
	question.provider = text_of("anthropic");
	question.service_tier = text_of("batch");
	price_find(&book, &question, &found);
	assert_int_equal(found.halves, 1);
}

static void
several_requests_in_one_line_leave_the_tier_unknown(void **state)
{
	struct price_found found = find("anthropic", "tiered", "", 0);
	struct quantities quantities = { .usage = { { 300000, 0, 0, 0, 0, 0 } }, .requests = 5 };
	struct price_result result;

	(void)state;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_true(result.tier_unknown);
	assert_amount(result.amount_femto, "0.9");
	assert_non_null(result.reason);
	quantities.usage.tokens[IN_UNCACHED] = 200000; /* none of them can be above */
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_false(result.tier_unknown);
}

static void
marginal_tiers_cut_at_the_threshold(void **state)
{
	struct price_row row = rows[0];
	struct price_found found = find("anthropic", "tiered", "", 0);
	const struct quantities quantities = { .usage = { { 300000, 0, 0, 0, 1000, 0 } }, .requests = 1 };
	struct price_result result;

	(void)state;
	row.tiers = TIERS_MARGINAL;
	found.row = &row;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_amount(result.input_femto, "1.2");
	assert_amount(result.output_femto, "0.015");
}

/* ---- items */

static void
an_item_without_a_price_is_charged_as_its_parent(void **state)
{
	int64_t rate = 0;

	(void)state;
	assert_true(price_rate(&rows[0], IN_CACHE_WRITE_1H, 0, &rate));
	assert_int_equal(rate, MTOK_FEMTO * 15 / 4);
	assert_true(price_rate(&rows[3], IN_CACHE_READ, 0, &rate));
	assert_int_equal(rate, 2 * MTOK_FEMTO);
	assert_true(price_rate(&rows[7], PRICE_READ_AUDIO, 0, &rate));
	assert_int_equal(rate, MTOK_FEMTO / 10);
	assert_false(price_rate(&rows[8], OUT_VISIBLE, 0, &rate));
}

static void
parts_are_taken_out_of_their_class(void **state)
{
	struct price_found found = find("google", "sound", "", 0);
	struct quantities quantities = {
		.usage = { { 1000000, 0, 0, 0, 1000000, 0 } }, .requests = 1, .web_searches = 2
	};
	struct price_result result;

	(void)state;
	quantities.parts[PRICE_IN_AUDIO - USAGE_CLASSES] = 400000;
	quantities.parts[PRICE_OUT_AUDIO - USAGE_CLASSES] = 1000000;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_amount(result.input_femto, "4.6");
	assert_amount(result.output_femto, "20");
	assert_amount(result.other_femto, "0.02");
	assert_amount(result.amount_femto, "24.62");
}

static void
a_side_without_a_price_is_unpriced_and_the_other_is_kept(void **state)
{
	struct price_result result = price("embed", "", (struct usage){ { 1000, 0, 0, 0, 5, 0 } });

	(void)state;
	assert_int_equal(result.state, PRICE_UNPRICED);
	assert_true(result.has_input);
	assert_false(result.has_output);
	assert_int_equal(price("embed", "", (struct usage){ { 1000, 0, 0, 0, 0, 0 } }).state, PRICE_PRICED);
}

static void
free_is_a_state_and_costs_nothing(void **state)
{
	struct price_result result = price("gift", "", (struct usage){ { 1000, 0, 0, 0, 5, 0 } });

	(void)state;
	assert_int_equal(result.state, PRICE_FREE);
	assert_true(result.amount_femto == 0 && result.has_input);
}

static void
a_part_larger_than_its_class_is_refused(void **state)
{
	struct quantities quantities = { .usage = { { 10, 5, 0, 0, 3, 0 } } };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(quantities_check(&quantities, &err), 0);
	quantities.parts[PRICE_IN_AUDIO - USAGE_CLASSES] = 6;
	quantities.parts[PRICE_IN_IMAGE - USAGE_CLASSES] = 5;
	assert_int_equal(quantities_check(&quantities, &err), -1);
	assert_non_null(strstr(err.text, "in_image"));
	quantities = (struct quantities){ .usage = { { -1, 0, 0, 0, 0, 0 } } };
	assert_int_equal(quantities_check(&quantities, &err), -1);
	quantities.usage.tokens[IN_UNCACHED] = USAGE_TOKENS_MAX;
	assert_int_equal(quantities_check(&quantities, &err), 0);
	quantities.usage.tokens[IN_CACHE_READ] = 1;
	assert_int_equal(quantities_check(&quantities, &err), -1);
}

/* ---- time */

static void
each_instant_has_the_price_of_its_row(void **state)
{
	struct price_found found = find("openai", "dated", "", DAY(100) - 1);

	(void)state;
	assert_string_equal(row_id(found), "o/old");
	assert_int_equal(found.to_us, DAY(100));
	found = find("openai", "dated", "", DAY(100));
	assert_string_equal(row_id(found), "o/new");
	assert_int_equal(found.from_us, DAY(100));
	assert_int_equal(found.to_us, DAY(200));
}

static void
behind_the_last_row_the_last_known_price_is_used_and_flagged(void **state)
{
	struct price_found found = find("openai", "dated", "", DAY(300));

	(void)state;
	assert_string_equal(row_id(found), "o/new");
	assert_non_null(strstr(found.reason, "last known"));
}

static void
a_daily_window_wins_inside_its_hours_and_bounds_the_answer(void **state)
{
	struct price_found found = find("deepseek", "night", "", DAY(9) + HOUR(12));

	(void)state;
	assert_string_equal(row_id(found), "d/night@day");
	assert_int_equal(found.from_us, DAY(9) + HOUR(1) / 2);
	assert_int_equal(found.to_us, DAY(9) + HOUR(16) + HOUR(1) / 2);
	assert_string_equal(row_id(find("deepseek", "night", "", DAY(9) + HOUR(1) / 2 - 1)), "d/night");
	assert_string_equal(row_id(find("deepseek", "night", "", DAY(9) + HOUR(16) + HOUR(1) / 2)), "d/night");
	assert_string_equal(row_id(find("deepseek", "night", "", -DAY(9) + HOUR(12))), "d/night@day");
}

static void
rows_that_overlap_are_refused_and_both_named(void **state)
{
	struct price_row pair[] = { rows[1], rows[2] };
	const struct price_book both = { pair, 2 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(price_book_check(&book, &err), 0);
	assert_int_equal(price_book_check(&both, &err), 0);
	pair[1].from_us = DAY(99);
	assert_int_equal(price_book_check(&both, &err), -1);
	assert_non_null(strstr(err.text, "o/old"));
	assert_non_null(strstr(err.text, "o/new"));
	assert_non_null(strstr(err.text, "1970-04-10"));
	pair[1] = pair[0];
	pair[1].service_tier = text_of("batch");
	assert_int_equal(price_book_check(&both, &err), -1); /* the same id */
	pair[1].id = text_of("other");
	assert_int_equal(price_book_check(&both, &err), 0);
}

static void
windows_that_wrap_midnight_overlap_what_they_cover(void **state)
{
	struct price_row a = rows[6], b = rows[6];

	(void)state;
	b.daily_from_s = 59400;
	b.daily_to_s = 1800;
	assert_false(price_rows_clash(&a, &b));
	b.daily_to_s = 1801;
	assert_true(price_rows_clash(&a, &b));
	b.daily_to_s = 1800;
	b.daily_from_s = 59399;
	assert_true(price_rows_clash(&a, &b));
}

/* ---- names */

static void
models_are_found_with_prefix_case_date_and_by_resellers(void **state)
{
	(void)state;
	assert_string_equal(row_id(find("OpenAI", "OWN", "", 0)), "o/own");
	assert_string_equal(row_id(find("openai", "openai/own", "", 0)), "o/own");
	assert_string_equal(row_id(find("openai", "own-2025-06-01", "", 0)), "o/own");
	assert_string_equal(row_id(find("openai", "own@20250601", "", 0)), "o/own");
	assert_string_equal(row_id(find("azure", "own", "", 0)), "o/own");
	assert_string_equal(row_id(find("vertex_ai", "sound", "", 0)), "g/sound");
	assert_string_equal(row_id(find("google", "models/sound", "", 0)), "g/sound");
	assert_string_equal(row_id(find("", "google/sound", "", 0)), "g/sound");
	assert_string_equal(row_id(find("maker", "thing", "", 0)), "or/maker/thing");
	assert_string_equal(row_id(find("openrouter", "maker/thing", "", 0)), "or/maker/thing");
}

static void
what_is_not_known_has_no_row_and_a_reason(void **state)
{
	struct price_found found = find("openai", "owner", "", 0);

	(void)state;
	assert_null(found.row);
	assert_int_equal(found.state, PRICE_UNPRICED);
	assert_string_equal(found.reason, "the model is not in the price book");
	found = find("nobody", "own", "", 0);
	assert_null(found.row);
	assert_string_equal(found.reason, "the provider is not in the price book");
	assert_null(find("openai", "own-2025", "", 0).row);
	assert_null(find("openai", "", "", 0).row);
}

static void
one_provider_has_many_names(void **state)
{
	(void)state;
	assert_true(provider_same(text_of("xai"), text_of("x-ai")));
	assert_true(provider_same(text_of("vertex_ai-anthropic_models"), text_of("google")));
	assert_true(provider_same(text_of("bedrock_converse"), text_of("aws")));
	assert_true(provider_same(text_of("Never_Heard"), text_of("never-heard")));
	assert_false(provider_same(text_of("openai"), text_of("azure")));
	assert_true(text_is(provider_of_model(text_of("Claude-X")), "anthropic"));
	assert_int_equal(provider_of_model(text_of("unheard")).n, 0);
}

static void
of_several_books_the_first_that_knows_for_certain_answers(void **state)
{
	const struct price_book resold = { &rows[10], 1 }, own = { rows, 10 }, none = { rows, 0 };
	const struct price_book *orders[][3] = { { &resold, &own, &none }, { &none, &own, &resold },
		{ &own, &resold, &none } };
	static const struct price_row thing = {
		.id = T("m/thing"), .provider = T("maker"), .model = T("thing"), ALWAYS, ALL(dear)
	};
	const struct price_book maker = { &thing, 1 };
	const struct price_question question = { text_of("openai"), text_of("dated"), text_of(""), false, DAY(150) };
	const struct price_question asked = { text_of("maker"), text_of("thing"), text_of(""), false, 0 };
	struct price_found best, next;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bool done = false;

		best = price_found_none;
		for (int k = 0; k < 3 && !done; k++) {
			price_find(orders[i][k], &question, &next);
			done = price_found_take(&best, &next);
		}
		assert_true(done);
		assert_string_equal(row_id(best), "o/new");
		assert_int_equal(best.from_us, DAY(100));
	}
	best = price_found_none;
	price_find(&resold, &asked, &next);
	assert_false(price_found_take(&best, &next));
	assert_string_equal(row_id(best), "or/maker/thing");
	price_find(&maker, &asked, &next);
	assert_true(price_found_take(&best, &next));
	assert_string_equal(row_id(best), "m/thing");
	best = price_found_none;
	price_find(&own, &asked, &next);
	assert_false(price_found_take(&best, &next));
	price_find(&none, &asked, &next);
	assert_false(price_found_take(&best, &next));
	assert_null(best.row);
	assert_string_equal(best.reason, "the provider is not in the price book");
}

/* ---- match expressions */

static bool
matches(const char *expression, const char *name)
{
	assert_int_equal(match_check(text_of(expression), NULL), 0);
	return match_name(text_of(expression), text_of(name));
}

static struct text
nearest(const char *provider, const char *model)
{
	const struct price_question question = { .provider = text_of(provider), .model = text_of(model) };

	return price_nearest(&book, &question);
}

static void
a_name_that_is_not_found_has_a_nearest_one(void **state)
{
	(void)state;
	assert_true(text_is(nearest("anthropic", "teired"), "tiered"));
	assert_true(text_is(nearest("antropic", "tiered"), "anthropic"));
	assert_true(text_is(nearest("", "teired"), "tiered"));
	assert_int_equal(nearest("openai", "teired").n, 0);   /* of another provider */
	assert_int_equal(nearest("openai", "own").n, 0);      /* the very name */
	assert_int_equal(nearest("openai", "whatever").n, 0); /* nothing like it */
}

static void
a_glob_matches_the_whole_name(void **state)
{
	(void)state;
	assert_true(matches("gpt-4o", "GPT-4o"));
	assert_false(matches("gpt-4o", "gpt-4o-mini"));
	assert_true(matches("gpt-4o*", "gpt-4o-mini"));
	assert_true(matches("*-mini", "gpt-4o-mini"));
	assert_true(matches("*4o*", "gpt-4o-mini"));
	assert_true(matches("*a*b*", "xxaxxbxx"));
	assert_false(matches("*a*b", "xxaxxbxx"));
	assert_true(matches("a\\*b", "a*b"));
	assert_false(matches("a\\*b", "axb"));
	assert_true(matches("openai/gpt-4o", "openai/gpt-4o"));
}

static void
and_binds_closer_than_or(void **state)
{
	(void)state;
	assert_true(matches("a | b & c", "a"));
	assert_false(matches("a | b & c", "b"));
	assert_true(matches("*x* & (*y* | *z*)", "xz"));
	assert_false(matches("*x* & (*y* | *z*)", "x"));
	assert_true(matches("/^o[134]/ | gpt-*", "o3-mini"));
}

static void
patterns_know_what_catalogues_use(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{ "(?i)^(openai\\/)?(gpt-4o)$", "openai/gpt-4o", "openai/gpt-4o-mini" },
		{ "^gpt-5\\.6-sol-\\d{4}-\\d{2}-\\d{2}$", "gpt-5.6-sol-2026-07-30", "gpt-5.6-sol-2026-7-30" },
		{ "(?:mi|code|dev|magi|mini)stral", "open-magistral-x", "mistrel" },
		{ "^o[134]", "o4-mini", "o2" },
		{ "^(ft:)(a:)(.+)(:)(.*)(:)(.+)$$", "ft:a:b::c", "ft:a:" },
		{ "^a(?!b)c?", "ac", "ab" },
		{ "^x{2,3}$", "xxx", "xxxx" },
		{ "^(ab|cd)+$", "abcdab", "abc" },
		{ "^[^a-c]+$", "xyz", "xbz" },
		{ "\\bfoo\\b", "a-foo-b", "afoob" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char expression[128];

		/* a slash inside a pattern is written with a backslash already */
		snprintf(expression, sizeof expression, "/%s/", cases[i].pattern);
		assert_true(matches(expression, cases[i].yes));
		assert_false(matches(expression, cases[i].no));
	}
}

static void
no_pattern_hangs(void **state)
{
	char name[301];

	(void)state;
	memset(name, 'a', 300);
	name[300] = '\0';
	assert_false(matches("/^(a+)+(a*)*b$/", name));
}

static void
malformed_expressions_are_refused(void **state)
{
	static const char *const wrong[] = { "", "a |", "(a", "a)", "a b", "/[/", "/(a/", "/a", "| a", "/*/", "/\\1/",
		"/x{300}/" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(match_check(text_of(wrong[i]), NULL), -1);
		assert_false(match_name(text_of(wrong[i]), text_of("a")));
	}
}

static void
a_quoted_name_matches_itself_alone(void **state)
{
	char buffer[64];

	(void)state;
	match_quote(buffer, sizeof buffer, 0, text_of("/a b|c*(d)"));
	assert_true(matches(buffer, "/a b|c*(d)"));
	assert_false(matches(buffer, "/a b|cx(d)"));
}

static void
a_bucket_has_the_tier_that_its_source_tells_and_else_the_base(void **state)
{
	struct quantities quantities = { .usage = { { 300000, 0, 0, 0, 0, 0 } }, .bucket = true };
	struct price_found found = find("anthropic", "tiered", "", 0);
	struct price_result result;

	(void)state;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_true(result.tier_unknown); /* how many calls they were is not reported */
	assert_amount(result.amount_femto, "0.9");
	quantities.context_tokens = 200001;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_false(result.tier_unknown);
	assert_amount(result.amount_femto, "1.8");
	quantities.context_tokens = 200000;
	quantities.requests = 5;
	assert_int_equal(price_usage(&found, &quantities, &result, NULL), 0);
	assert_false(result.tier_unknown);
	assert_amount(result.amount_femto, "0.9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tier_begins_strictly_above_its_threshold),
		cmocka_unit_test(cached_tokens_count_for_the_tier_and_everything_takes_its_price),
		cmocka_unit_test(batch_without_rows_of_its_own_is_half_of_everything_by_token),
		cmocka_unit_test(a_tier_row_of_its_own_wins_over_the_rule),
		cmocka_unit_test(priority_without_a_price_is_unpriced_and_said_so),
		cmocka_unit_test(paid_capacity_is_flat),
		cmocka_unit_test(what_own_gpus_served_has_no_price_by_the_token_whoever_sells_such_a_model),
		cmocka_unit_test(a_hinted_tier_without_a_price_takes_the_standard_one),
		cmocka_unit_test(several_requests_in_one_line_leave_the_tier_unknown),
		cmocka_unit_test(a_bucket_has_the_tier_that_its_source_tells_and_else_the_base),
		cmocka_unit_test(marginal_tiers_cut_at_the_threshold),
		cmocka_unit_test(an_item_without_a_price_is_charged_as_its_parent),
		cmocka_unit_test(parts_are_taken_out_of_their_class),
		cmocka_unit_test(a_side_without_a_price_is_unpriced_and_the_other_is_kept),
		cmocka_unit_test(free_is_a_state_and_costs_nothing),
		cmocka_unit_test(a_part_larger_than_its_class_is_refused),
		cmocka_unit_test(each_instant_has_the_price_of_its_row),
		cmocka_unit_test(behind_the_last_row_the_last_known_price_is_used_and_flagged),
		cmocka_unit_test(a_daily_window_wins_inside_its_hours_and_bounds_the_answer),
		cmocka_unit_test(rows_that_overlap_are_refused_and_both_named),
		cmocka_unit_test(windows_that_wrap_midnight_overlap_what_they_cover),
		cmocka_unit_test(models_are_found_with_prefix_case_date_and_by_resellers),
		cmocka_unit_test(what_is_not_known_has_no_row_and_a_reason),
		cmocka_unit_test(one_provider_has_many_names),
		cmocka_unit_test(of_several_books_the_first_that_knows_for_certain_answers),
		cmocka_unit_test(a_name_that_is_not_found_has_a_nearest_one),
		cmocka_unit_test(a_glob_matches_the_whole_name),
		cmocka_unit_test(and_binds_closer_than_or),
		cmocka_unit_test(patterns_know_what_catalogues_use),
		cmocka_unit_test(no_pattern_hangs),
		cmocka_unit_test(malformed_expressions_are_refused),
		cmocka_unit_test(a_quoted_name_matches_itself_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
