#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/embed.h"
#include "models/supply/gpu_price.h"
#include "models/units/err.h"

#define HEADER "gpu,provider,rental,usd_low,usd_median,usd_high,providers,quotes,from,to,source\n"
#define ROW "H100 SXM,any,on-demand,2.3813,3.265,4.63,18,33,2026-05-24,2026-08-21,a list\n"

static struct gpu_price rows[GPU_PRICES_MAX];

static void
a_row_is_read_in_any_order_of_columns_behind_comments(void **state)
{
	const char *csv =
		"# a head\n\nsource,to,from,quotes,providers,usd_high,usd_median,usd_low,rental,provider,gpu\r\n"
		"# between\n a list ,2026-08-21,2026-05-24,33,18,4.63,3.265,2.3813,on-demand,any,H100 SXM\r\n";
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(gpu_price_parse(text_of(csv), rows, GPU_PRICES_MAX, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_true(text_is(rows[0].gpu, "H100 SXM"));
	assert_true(text_is(rows[0].source, "a list"));
	assert_int_equal(rows[0].low_nano, 2381300000);
	assert_int_equal(rows[0].median_nano, 3265000000);
	assert_int_equal(rows[0].high_nano, 4630000000);
	assert_int_equal(rows[0].quotes, 33);
	assert_int_equal(rows[0].providers, 18);
	assert_int_equal(rows[0].to.day, 21);
}

static void
a_wrong_value_is_named_with_its_line_and_column(void **state)
{
	static const struct {
		const char *row, *told;
	} cases[] = {
		{ "H,any,on-demand,2,1,4,1,3,2026-05-24,2026-08-21,x\n", "line 3: usd_median '1' is wrong" },
		{ "H,any,on-demand,2,3,4,1,3,2026-05-24,2026-05-23,x\n", "line 3: to '2026-05-23' is wrong" },
		{ "H,any,on-demand,0,3,4,1,3,2026-05-24,2026-08-21,x\n", "line 3: usd_low '0' is wrong" },
		{ "H,any,on-demand,$2,3,4,1,3,2026-05-24,2026-08-21,x\n", "line 3: usd_low '$2' is wrong" },
		{ "H,some,on-demand,2,3,4,1,3,2026-05-24,2026-08-21,x\n", "line 3: provider 'some' is wrong" },
		{ "H,any,hourly,2,3,4,1,3,2026-05-24,2026-08-21,x\n", "line 3: rental 'hourly' is wrong" },
		{ "H,any,on-demand,2,3,4,4,3,2026-05-24,2026-08-21,x\n", "line 3: quotes '3' is wrong" },
		{ "H,any,on-demand,2,3,4,1,3,2026-05-24,2026-02-30,x\n", "line 3: to '2026-02-30' is wrong" },
		{ "H,any,on-demand,2,3,4,1,3,2026-05-24,2026-08-21,\n", "line 3: source '' is wrong" },
		{ "H,any,on-demand,2,3\n", "line 3: 5 fields, the header has 11" },
		{ ROW, "line 3: a second price of H100 SXM, any, on-demand" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char csv[1024];
		struct err err = { 0 };
		size_t n;

		snprintf(csv, sizeof(csv), "%s%s%s", HEADER, ROW, cases[i].row);
		assert_int_equal(gpu_price_parse(text_of(csv), rows, GPU_PRICES_MAX, &n, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.text, cases[i].told);
	}
}

static void
a_table_without_a_column_or_with_too_many_rows_is_refused(void **state)
{
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(gpu_price_parse(text_of(""), rows, GPU_PRICES_MAX, &n, &err), -1);
	assert_int_equal(gpu_price_parse(text_of("gpu,provider\n"), rows, GPU_PRICES_MAX, &n, &err), -1);
	assert_string_equal(err.text, "line 1: the header has no column 'rental'");
	assert_int_equal(gpu_price_parse(text_of(HEADER ROW), rows, 0, &n, &err), -1);
	assert_string_equal(err.text, "line 2: more than 0 prices");
}

static void
an_accelerator_is_found_however_its_name_is_spelt(void **state)
{
	static const char *const spellings[] = { "H100 SXM", "h100-sxm", "NVIDIA H100 SXM", "nvidia h100_sxm",
		"H100SXM" };
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(gpu_price_parse(text_of(HEADER ROW), rows, GPU_PRICES_MAX, &n, &err), 0);
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct gpu_price_wanted wanted = { .gpu = text_of(spellings[i]) };

		assert_ptr_equal(gpu_price_find(rows, n, &wanted), &rows[0]);
	}
}

static void
a_price_that_nobody_quoted_is_not_found(void **state)
{
	static const struct gpu_price_wanted wanted[] = {
		{ .gpu = { "H100", 4 } },
		{ .gpu = { "", 0 } },
		{ .gpu = { "NVIDIA", 6 } },
		{ .gpu = { "H100 SXM", 8 }, .rental = { "spot", 4 } },
		{ .gpu = { "H100 SXM", 8 }, .provider = { "marketplace", 11 } },
	};
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(gpu_price_parse(text_of(HEADER ROW), rows, GPU_PRICES_MAX, &n, &err), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_null(gpu_price_find(rows, n, &wanted[i]));
}

static void
a_price_is_stale_more_than_ninety_days_after_its_newest_quote(void **state)
{
	struct gpu_price price = { .to = { 2026, 8, 21 } };
	int64_t quoted_us = date_days(price.to) * DAY_S * SECOND_US;
	int64_t day_us = DAY_S * SECOND_US;

	(void)state;
	assert_int_equal(gpu_price_age_days(&price, quoted_us - 5 * day_us), 0);
	assert_int_equal(gpu_price_age_days(&price, quoted_us + day_us - 1), 0);
	assert_int_equal(gpu_price_age_days(&price, quoted_us + 90 * day_us), 90);
	assert_false(gpu_price_stale(&price, quoted_us + 91 * day_us - 1));
	assert_true(gpu_price_stale(&price, quoted_us + 91 * day_us));
}

static void
the_built_in_prices_are_whole_and_each_is_found(void **state)
{
	const struct embedded *file = embed_find("models/supply/gpu_hour_prices.csv");
	struct gpu_price_wanted wanted = { .gpu = { "H100 SXM", 8 }, .provider = { "specialist", 10 } };
	const struct gpu_price *price;
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_non_null(file);
	if (gpu_price_parse((struct text){ (const char *)file->bytes, file->size }, rows, GPU_PRICES_MAX, &n, &err) !=
		0)
		fail_msg("%s", err.text);
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		struct gpu_price_wanted own = { rows[i].gpu, rows[i].provider, rows[i].rental };

		assert_ptr_equal(gpu_price_find(rows, n, &own), &rows[i]);
		assert_true(rows[i].quotes >= 3);
	}
	price = gpu_price_find(rows, n, &wanted);
	assert_non_null(price);
	assert_int_equal(price->median_nano, 2915000000);
	assert_int_equal(price->quotes, 17);
}

static void
each_priced_accelerator_is_listed_among_the_accelerators(void **state)
{
	const struct embedded *prices = embed_find("models/supply/gpu_hour_prices.csv");
	const struct embedded *list = embed_find("models/supply/accelerators.csv");
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_non_null(list);
	assert_int_equal(gpu_price_parse((struct text){ (const char *)prices->bytes, prices->size }, rows,
				 GPU_PRICES_MAX, &n, &err),
		0);
	for (size_t i = 0; i < n; i++) {
		char line[128];

		snprintf(line, sizeof(line), "\n%.*s,", (int)rows[i].gpu.n, rows[i].gpu.p);
		if (strstr((const char *)list->bytes, line) == NULL)
			fail_msg("no accelerator %s", line + 1);
	}
}

static void
the_built_in_prices_follow_from_the_quotes(void **state)
{
	const struct embedded *file = embed_find("models/supply/gpu_hour_prices.csv");
	FILE *quotes = fopen("../shared/data/gpu_prices.csv", "rb");
	FILE *computed;
	char *bytes;
	size_t n;

	(void)state;
	if (quotes == NULL)
		skip();
	fclose(quotes);
	if (system("command -v node >/dev/null 2>&1") != 0)
		skip();
	computed = popen("node tests/data/gpu_hour_prices.mjs ../shared/data/gpu_prices.csv", "r");
	assert_non_null(computed);
	bytes = calloc(1, file->size + 2);
	assert_non_null(bytes);
	n = fread(bytes, 1, file->size + 1, computed);
	assert_int_equal(pclose(computed), 0);
	assert_int_equal(n, file->size);
	assert_string_equal(bytes, (const char *)file->bytes);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_read_in_any_order_of_columns_behind_comments),
		cmocka_unit_test(a_wrong_value_is_named_with_its_line_and_column),
		cmocka_unit_test(a_table_without_a_column_or_with_too_many_rows_is_refused),
		cmocka_unit_test(an_accelerator_is_found_however_its_name_is_spelt),
		cmocka_unit_test(a_price_that_nobody_quoted_is_not_found),
		cmocka_unit_test(a_price_is_stale_more_than_ninety_days_after_its_newest_quote),
		cmocka_unit_test(the_built_in_prices_are_whole_and_each_is_found),
		cmocka_unit_test(each_priced_accelerator_is_listed_among_the_accelerators),
		cmocka_unit_test(the_built_in_prices_follow_from_the_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
