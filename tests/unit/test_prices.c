/*
 * prices: each catalogue format becomes rows that say the same, or is refused whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/price_list.h"
#include "daemon/base/embed.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define NOW (INT64_C(1780000000) * SECOND_US)

static struct price_list *
load(const char *text, struct err *err)
{
	struct zone utc;
	const struct collect_options options = { .zone = &utc, .now_us = NOW };
	const struct catalogue catalogue = { "test.json", text, strlen(text), &options };
	struct price_list *list = price_list_new();

	zone_utc(&utc);
	if (price_list_load(list, &catalogue, err) == 0)
		return list;
	price_list_free(list);
	return NULL;
}

/* One row in one line: id, tier, state, from, to and its prices in USD per million (per thousand of calls). */
static void
print_row(char *buffer, size_t size, const struct price_row *row)
{
	int n = snprintf(buffer, size, "%.*s %s", (int)row->id.n, row->id.p, price_state_names[row->state]);

	for (size_t i = 0; i < row->n; i++) {
		const struct price_component *component = &row->components[i];
		char rate[DECIMAL_MAX];

		decimal_print(rate, sizeof rate, component->rate_femto, component->item >= PRICE_REQUESTS ? 12 : 9);
		n += snprintf(buffer + n, size - (size_t)n, " %s", price_item_names[component->item]);
		if (component->above_tokens > 0)
			n += snprintf(buffer + n, size - (size_t)n, ">%lld", (long long)component->above_tokens);
		n += snprintf(buffer + n, size - (size_t)n, "=%s", rate);
	}
}

static void
assert_rows(const char *text, const char *const *expected)
{
	struct err err = { 0 };
	struct price_list *list = load(text, &err);
	struct price_book book;

	if (list == NULL)
		fail_msg("%s", err.text);
	book = price_list_book(list);
	for (size_t i = 0; i < book.n; i++) {
		char row[1024];

		print_row(row, sizeof row, &book.rows[i]);
		if (expected[i] == NULL)
			fail_msg("one row too many: %s", row);
		assert_string_equal(row, expected[i]);
	}
	assert_null(expected[book.n]);
	price_list_free(list);
}

static void
assert_refused(const char *text, const char *reason)
{
	struct err err = { 0 };
	struct price_list *list = load(text, &err);

	assert_null(list);
	assert_int_equal(err.kind, ERR_INPUT);
	if (strstr(err.text, reason) == NULL || strstr(err.text, "test.json") == NULL)
		fail_msg("'%s' does not name the file and say '%s'", err.text, reason);
}

#define ROWS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define GENAI(prices) \
	"[{\"id\":\"p\",\"pricing_urls\":[],\"models\":[{\"id\":\"m\",\"match\":{\"equals\":\"m\"},\"prices\":" prices \
	"}]}]"

static void
genai_units_and_tiers_become_components(void **state)
{
	(void)state;
	assert_rows(GENAI("{\"input_mtok\":{\"base\":3,\"tiers\":[{\"start\":200000,\"price\":6}]},\"output_mtok\":15,"
			  "\"cache_write_mtok\":3.75,\"cache_write_1h_mtok\":6,\"web_searches_kcount\":10}"),
		ROWS("p/m priced in_uncached=3 in_uncached>200000=6 out_visible=15 in_cache_write_1h=6 web_searches=10 "
		     "in_cache_write_5m=3.75"));
	assert_rows(GENAI("{\"cache_write_mtok\":1,\"cache_write_5m_mtok\":2,\"input_mtok\":0.000000001}"),
		ROWS("p/m priced in_cache_write_5m=2 in_uncached=0.000000001"));
	assert_rows(GENAI("{}"), ROWS("p/m free"));
}

static void
genai_dates_become_rows_from_one_to_the_next(void **state)
{
	struct err err = { 0 };
	struct price_list *list = load(
		GENAI("[{\"prices\":{\"input_mtok\":1}},{\"constraint\":{\"start_date\":\"2026-01-01\"},\"prices\":{\"input_mtok\":2}},"
		      "{\"constraint\":{\"start_date\":\"2026-03-01\"},\"prices\":{\"input_mtok\":3}}]"),
		&err);
	struct price_book book = price_list_book(list);

	(void)state;
	assert_int_equal(book.n, 3);
	assert_true(book.rows[0].from_us == PRICE_FROM_ALWAYS && book.rows[0].to_us == book.rows[1].from_us);
	assert_true(book.rows[1].to_us == book.rows[2].from_us && book.rows[2].to_us == PRICE_TO_ALWAYS);
	assert_true(text_is(book.rows[2].id, "p/m@2026-03-01"));
	assert_int_equal(book.rows[2].checked_us, NOW);
	price_list_free(list);
}

static void
genai_hours_lie_above_the_plain_price(void **state)
{
	struct err err = { 0 };
	struct price_list *list =
		load(GENAI("[{\"prices\":{\"input_mtok\":1}},{\"constraint\":{\"start_time\":\"00:30:00Z\","
			   "\"end_time\":\"16:30:00Z\"},\"prices\":{\"input_mtok\":2}}]"),
			&err);
	struct price_book book = price_list_book(list);

	(void)state;
	assert_int_equal(book.n, 2);
	assert_int_equal(book.rows[1].precedence, 1);
	assert_int_equal(book.rows[1].daily_from_s, 1800);
	assert_int_equal(book.rows[1].daily_to_s, 59400);
	price_list_free(list);
}

static void
genai_catalogues_with_a_fault_are_refused_whole(void **state)
{
	(void)state;
	assert_refused(GENAI("{\"input_tokn\":3}"), "provider 'p': line 1: model 'm': unit 'input_tokn' is unknown");
	assert_refused(GENAI("{\"input_mtok\":-3}"), "input_mtok is a negative price: -3");
	assert_refused(GENAI("{\"input_mtok\":\"x\"}"), "input_mtok is not a price: x");
	assert_refused(GENAI("{\"input_mtok\":{\"base\":3}}"), "input_mtok has no base and tiers");
	assert_refused(
		GENAI("{\"input_mtok\":{\"base\":3,\"tiers\":[{\"start\":0,\"price\":1}]}}"), "a tier without start");
	assert_refused(GENAI("[{\"prices\":{}},{\"constraint\":{\"until\":1},\"prices\":{}}]"),
		"a constraint that is neither");
	assert_refused(
		"[{\"id\":\"p\",\"pricing_urls\":[],\"models\":[{\"id\":\"m\",\"match\":{\"like\":\"m\"},\"prices\":{}}]}]",
		"match: a clause that is not one of");
	assert_refused("[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"match\":{\"regex\":\"(\"},\"prices\":{}}]}]",
		"a pattern is not understood");
	assert_refused(
		"[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"match\":{\"equals\":\"m\"},\"prices\":{\"input_mtok\":1}},"
		"{\"id\":\"m\",\"match\":{\"equals\":\"n\"},\"prices\":{\"input_mtok\":2}}]}]",
		"'p/m' and 'p/m' overlap in time");
}

static void
genai_match_clauses_become_one_line(void **state)
{
	struct err err = { 0 };
	struct price_list *list = load(
		"[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"match\":{\"or\":[{\"starts_with\":\"a\"},{\"and\":[{\"contains\":\"b*\"},"
		"{\"ends_with\":\"c\"}]},{\"regex\":\"^d/\\\\d$\"}]},\"prices\":{}}]}]",
		&err);

	(void)state;
	assert_non_null(list);
	assert_true(text_is(price_list_book(list).rows[0].match, "(a* | (*b\\** & *c) | /^d\\/\\d$/)"));
	price_list_free(list);
}

static void
litellm_suffixes_are_thresholds_lives_and_tiers(void **state)
{
	(void)state;
	assert_rows(
		"{\"sample_spec\":{\"litellm_provider\":\"x\",\"input_cost_per_token\":\"words\"},\"rules\":[],"
		"\"a\":{\"litellm_provider\":\"p\",\"mode\":\"chat\",\"input_cost_per_token\":3e-06,\"output_cost_per_token\":1.5e-05,"
		"\"input_cost_per_token_above_200k_tokens\":6e-06,\"input_cost_per_token_above_200k_tokens_priority\":9e-06,"
		"\"cache_creation_input_token_cost\":3.75e-06,\"cache_creation_input_token_cost_above_1hr\":6e-06,"
		"\"cache_creation_input_token_cost_above_1hr_above_200k_tokens\":1.2e-05,\"input_cost_per_token_batches\":1e-06,"
		"\"search_context_cost_per_query\":{\"search_context_size_medium\":0.01},\"input_cost_per_second\":1}}",
		ROWS("a priced in_uncached=3 out_visible=15 in_uncached>200000=6 in_cache_write_5m=3.75 in_cache_write_1h=6 "
		     "in_cache_write_1h>200000=12 web_searches=10",
			"a+batch priced in_uncached=1 out_visible=7.5 in_uncached>200000=3 in_cache_write_5m=1.875 in_cache_write_1h=3 "
			"in_cache_write_1h>200000=6 web_searches=10",
			"a+priority priced in_uncached>200000=9 in_uncached=3 out_visible=15 in_cache_write_5m=3.75 in_cache_write_1h=6 "
			"in_cache_write_1h>200000=12 web_searches=10"));
}

static void
litellm_ranges_zeros_and_seconds_are_told_apart(void **state)
{
	(void)state;
	assert_rows(
		"{\"a\":{\"litellm_provider\":\"p\",\"tiered_pricing\":[{\"range\":[0,32000.0],\"input_cost_per_token\":1e-06,"
		"\"output_cost_per_token\":2e-06},{\"range\":[32000,128000],\"input_cost_per_token\":3e-06}]},"
		"\"b\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":0,\"output_cost_per_token\":0.0},"
		"\"c\":{\"litellm_provider\":\"p\",\"output_cost_per_second\":0.1}}",
		ROWS("a priced in_uncached=1 out_visible=2 in_uncached>32000=3", "b free in_uncached=0 out_visible=0",
			"c unpriced"));
	assert_refused("{\"a\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":-1}}",
		"model 'a': input_cost_per_token is a negative price");
}

static void
litellm_off_peak_hours_are_rows_above_the_plain_one(void **state)
{
	(void)state;
	assert_rows("{\"a\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":2e-06,\"output_cost_per_token\":8e-06,"
		    "\"off_peak_pricing\":{\"hours_utc\":\"16:30-00:30\",\"input_cost_per_token\":1e-06}}}",
		ROWS("a priced in_uncached=2 out_visible=8", "a@16:30-00:30 priced in_uncached=1 out_visible=8"));
}

static void
langfuse_conditions_become_tiers(void **state)
{
	(void)state;
	assert_rows(
		"[{\"modelName\":\"a\",\"matchPattern\":\"(?i)^(x/)?a$\",\"pricingTiers\":["
		"{\"isDefault\":true,\"conditions\":[],\"prices\":{\"input\":2e-06,\"output\":8e-06,\"input_cache_read\":5e-07}},"
		"{\"conditions\":[{\"usageDetailPattern\":\"(input)\",\"operator\":\"gt\",\"value\":200000}],\"prices\":{\"input\":4e-06}},"
		"{\"conditions\":[{\"source\":\"model_parameters\",\"key\":\"service_tier\",\"operator\":\"in\",\"values\":[\"fast\","
		"\"priority\"]}],\"prices\":{\"input\":3e-06}},"
		"{\"conditions\":[{\"usageDetailPattern\":\"output\",\"operator\":\"lt\",\"value\":5}],\"prices\":{\"input\":9}}]},"
		"{\"modelName\":\"b\",\"matchPattern\":\"^b$\",\"pricingTiers\":[{\"isDefault\":true,\"prices\":{\"total\":1e-07}}]}]",
		ROWS("a priced in_uncached=2 out_visible=8 in_cache_read=0.5 in_uncached>200000=4",
			"a+fast priced in_uncached=3", "a+priority priced in_uncached=3",
			"b priced in_uncached=0.1 out_visible=0.1"));
}

static void
portkey_prices_are_cents_and_lengths_are_tiers(void **state)
{
	(void)state;
	assert_rows(
		"{\"default\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0}}}},"
		"\"gpt-4o\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.00025},\"response_token\":{\"price\":0.001},"
		"\"cache_write_input_token\":{\"price\":0},\"additional_units\":{\"web_search\":{\"price\":1}}},"
		"\"batch_config\":{\"request_token\":{\"price\":0.000125}}}},"
		"\"x-gt-128k\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.0002}}}},"
		"\"x-lte-128k\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.0001}}}},"
		"\"image\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0},\"response_token\":{\"price\":0},"
		"\"request_text_token\":{\"price\":0.0005},\"response_image_token\":{\"price\":0.004}}}},"
		"\"zero\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0},\"response_token\":{\"price\":0},"
		"\"additional_units\":{\"web_search\":{\"price\":1}}}}}}",
		ROWS("openai/gpt-4o priced in_uncached=2.5 out_visible=10 web_searches=10",
			"openai/gpt-4o+batch priced in_uncached=1.25 out_visible=5 web_searches=10",
			"x priced in_uncached=1 in_uncached>128000=2", "image priced in_uncached=5 out_image=40",
			"zero unpriced"));
}

static void
portkey_modes_become_service_tiers_and_longer_prompts_context_tiers(void **state)
{
	(void)state;
	assert_rows(
		"{\"gpt-5.4\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.00025},"
		"\"response_token\":{\"price\":0.0015},\"cache_read_input_token\":{\"price\":2.5e-05}}},"
		"\"custom_pricing\":{\"context_tier_map\":{\"0\":\"short\",\"272000\":\"long\"},\"regions\":{\"default\":{"
		"\"execution_modes\":{\"standard\":{\"context_tiers\":{"
		"\"short\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.0009}}}},"
		"\"long\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.0005}}}}}},"
		"\"flex\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0.0001}}}},"
		"\"priority\":{\"context_tiers\":{\"short\":{\"pricing_config\":{\"pay_as_you_go\":{"
		"\"request_token\":{\"price\":0.0006},\"response_token\":{\"price\":0.003}}}}}},"
		"\"fast\":{\"pricing_config\":{\"pay_as_you_go\":{\"request_token\":{\"price\":0}}}}}},"
		"\"eu\":{}}}}}",
		ROWS("openai/gpt-5.4 priced in_uncached=2.5 out_visible=15 in_cache_read=0.25 in_uncached>272000=5",
			"openai/gpt-5.4+flex priced in_uncached=1 out_visible=7.5 in_cache_read=0.125 in_uncached>272000=2.5",
			"openai/gpt-5.4+priority priced in_uncached=6 out_visible=30 in_cache_read=0.25 in_uncached>272000=5"));
}

static void
modelsdev_zero_and_nothing_are_no_prices(void **state)
{
	(void)state;
	assert_rows(
		"{\"p\":{\"id\":\"p\",\"models\":{\"a\":{\"cost\":{\"input\":3,\"output\":15,\"context_over_200k\":{\"input\":6},"
		"\"tiers\":[{\"input\":9,\"tier\":{\"type\":\"context\",\"size\":500000}}]}},\"b\":{\"cost\":{\"input\":0,\"output\":0}},"
		"\"c\":{}}}}",
		ROWS("p/a priced in_uncached=3 out_visible=15 in_uncached>500000=9 in_uncached>200000=6",
			"p/b unpriced", "p/c unpriced"));
}

static void
openrouter_overrides_win_in_their_order(void **state)
{
	(void)state;
	assert_rows(
		"{\"data\":[{\"id\":\"m/a\",\"canonical_slug\":\"m/a-1\",\"pricing\":{\"prompt\":\"0.000003\",\"completion\":\"0.000015\","
		"\"internal_reasoning\":\"0\",\"overrides\":[{\"min_prompt_tokens\":200000,\"prompt\":\"0.000006\"},"
		"{\"min_prompt_tokens\":200000,\"prompt\":\"0.000007\"},{\"utc_start\":\"1630\",\"utc_end\":\"0030\",\"prompt\":\"0.000001\"}]}},"
		"{\"id\":\"r/auto\",\"pricing\":{\"prompt\":\"-1\",\"completion\":\"-1\"}},"
		"{\"id\":\"m/a:free\",\"pricing\":{\"prompt\":\"0\",\"completion\":\"0\"}}]}",
		ROWS("openrouter/m/a priced in_uncached=3 out_visible=15 in_uncached>200000=7",
			"openrouter/m/a@hours3 priced in_uncached=1 out_visible=15 in_uncached>200000=7",
			"openrouter/r/auto unpriced", "openrouter/m/a:free free in_uncached=0 out_visible=0"));
}

static void
our_own_table_is_read_with_remarks_and_tiers(void **state)
{
	(void)state;
	assert_rows("# remark\nmodel,provider,in_uncached,above_tokens,out_visible,state,requests,checked\n"
		    "m,p,3,,15,,5,2026-01-01\nm,p,6,200000,22.5,,,\n# another\nfree,p,,,,free,,\n",
		ROWS("p/m priced in_uncached=3 out_visible=15 requests=5 in_uncached>200000=6 out_visible>200000=22.5",
			"p/free free"));
	assert_refused(
		"provider,model,in_uncached,checked\np,m,-1,\n", "line 2: in_uncached is a negative price: '-1'");
	assert_refused("provider,model,in_uncached,checked\np,m,1.0000000001,\n", "more digits than can be kept");
	assert_refused("provider,model,in_uncached,checked\np,m,,\n", "has no price and no state");
	assert_refused(
		"provider,model,in_uncached,from,checked\np,m,1,soon,\n", "line 2: from is no date YYYY-MM-DD: 'soon'");
	assert_refused(
		"provider,model,in_uncached,above_tokens,checked\np,m,1,5,\n", "above_tokens does not follow a line");
	assert_refused("provider,model,match,in_uncached\np,m,(,1\n", "line 2: match '('");
}

static void
what_is_no_catalogue_is_refused(void **state)
{
	(void)state;
	assert_refused("hello", "");
	assert_refused("[]", "");
	assert_refused("{\"data\":[{\"id\":\"a\",\"pricing\":{\"prompt\":\"1\"}}", "not JSON");
	assert_refused("TIMESTAMP,ContextTokens,GeneratedTokens\n", "no price catalogue");
}

static void
the_built_in_book_is_sound_and_every_priced_row_names_its_source(void **state)
{
	const struct embedded *file = embed_find("models/price/prices.csv");
	struct err err = { 0 };
	struct price_list *list;
	struct price_book book;

	(void)state;
	assert_non_null(file);
	list = load((const char *)file->bytes, &err);
	if (list == NULL)
		fail_msg("%s", err.text);
	book = price_list_book(list);
	assert_true(book.n > 300);
	for (size_t i = 0; i < book.n; i++)
		if (book.rows[i].source_url.n == 0 || book.rows[i].checked_us <= 0)
			fail_msg("%.*s has no source or no day", (int)book.rows[i].id.n, book.rows[i].id.p);
	assert_true(price_book_checked(&book) > INT64_C(1780000000) * SECOND_US);
	price_list_free(list);
}

static void
the_published_catalogues_are_taken_whole(void **state)
{
	static const struct {
		const char *name;
		size_t rows; /* counted apart: models, dated entries and tiers */
	} files[] = {
		{ "genai-prices/v2-data.json", 1481 },
		{ "litellm/model_prices_via_tokencost_2025-09-01.json", 1700 },
		{ "langfuse/default-model-prices.json", 167 },
		{ "portkey/openai.json", 360 },
		{ "portkey/google.json", 60 },
		{ "portkey/anthropic.json", 33 },
	};
	const char *shared = getenv("SHARED") != NULL ? getenv("SHARED") : "../shared";

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char path[512];
		char *bytes = malloc(2 << 20);
		struct err err = { 0 };
		struct price_list *list;
		size_t n;
		FILE *file;

		snprintf(path, sizeof path, "%s/data/%s", shared, files[i].name);
		file = fopen(path, "rb");
		if (file == NULL) {
			free(bytes);
			skip();
		}
		n = fread(bytes, 1, (2 << 20) - 1, file);
		bytes[n] = '\0';
		fclose(file);
		list = load(bytes, &err);
		if (list == NULL)
			fail_msg("%s", err.text);
		if (price_list_book(list).n < files[i].rows)
			fail_msg("%s: only %zu rows", files[i].name, price_list_book(list).n);
		price_list_free(list);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genai_units_and_tiers_become_components),
		cmocka_unit_test(genai_dates_become_rows_from_one_to_the_next),
		cmocka_unit_test(genai_hours_lie_above_the_plain_price),
		cmocka_unit_test(genai_catalogues_with_a_fault_are_refused_whole),
		cmocka_unit_test(genai_match_clauses_become_one_line),
		cmocka_unit_test(litellm_suffixes_are_thresholds_lives_and_tiers),
		cmocka_unit_test(litellm_ranges_zeros_and_seconds_are_told_apart),
		cmocka_unit_test(litellm_off_peak_hours_are_rows_above_the_plain_one),
		cmocka_unit_test(langfuse_conditions_become_tiers),
		cmocka_unit_test(portkey_prices_are_cents_and_lengths_are_tiers),
		cmocka_unit_test(portkey_modes_become_service_tiers_and_longer_prompts_context_tiers),
		cmocka_unit_test(modelsdev_zero_and_nothing_are_no_prices),
		cmocka_unit_test(openrouter_overrides_win_in_their_order),
		cmocka_unit_test(our_own_table_is_read_with_remarks_and_tiers),
		cmocka_unit_test(what_is_no_catalogue_is_refused),
		cmocka_unit_test(the_built_in_book_is_sound_and_every_priced_row_names_its_source),
		cmocka_unit_test(the_published_catalogues_are_taken_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
