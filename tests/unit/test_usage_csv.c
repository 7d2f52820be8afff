#include "tests/unit/usage_kit.h"

#define NOON "at=1785585600000000"

static void
columns_stand_in_any_order_and_may_be_absent(void **state)
{
	(void)state;
	assert_told("usage-csv", "out_visible,at,model\n7,2026-08-01T12:00:00Z,gpt-4o\n",
		"2 " NOON " model=gpt-4o out_visible=7\n");
	assert_told("usage-csv",
		"id,at,provider,model,workload,account,project,key,service_tier,status,requests,latency_ms,ttft_ms,in_uncached,"
		"in_cache_read,in_cache_write_5m,in_cache_write_1h,out_visible,out_reasoning\n"
		"a,2026-08-01T12:00:00Z,openai,gpt-4o,chat,acme,site,k1,batch,timeout,3,812,40,1,2,3,4,5,6\n",
		"2 " NOON
		" id=a provider=openai model=gpt-4o workload=chat account=acme project=site key=k1 tier=batch status=2 "
		"requests=3 latency=812 ttft=40 in_uncached=1 in_cache_read=2 in_cache_write_5m=3 in_cache_write_1h=4 "
		"out_visible=5 out_reasoning=6\n");
}

static void
an_instant_is_rfc_3339_or_unix_seconds(void **state)
{
	(void)state;
	assert_told("usage-csv",
		"at,in_uncached\n2026-08-01T12:00:00Z,1\n2026-08-01T12:00:00.5Z,1\n2026-08-01T12:00:00.123456Z,1\n"
		"2026-08-01T12:00:00.1234569Z,1\n2026-08-01T14:00:00+02:00,1\n2026-08-01 12:00:00,1\n1785585600,1\n"
		"1785585600.25,1\n2026-08-01t12:00:00z,1\n",
		"2 " NOON " in_uncached=1\n3 at=1785585600500000 in_uncached=1\n4 at=1785585600123456 in_uncached=1\n"
		"5 at=1785585600123456 in_uncached=1\n6 " NOON " in_uncached=1\n7 " NOON " in_uncached=1\n8 " NOON
		" in_uncached=1\n"
		"9 at=1785585600250000 in_uncached=1\n10 " NOON " in_uncached=1\n");
}

static void
a_time_that_is_none_is_refused_with_its_value(void **state)
{
	static const char *const wrong[] = { "2026-02-30T12:00:00Z", "2026-08-01T24:00:01Z", "2026-08-01T12:60:00Z",
		"noon", "2026-08-01T12:00:00.Z", "1785585600x" };
	char text[128], expected[192];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "at,in_uncached\n%s,1\n", wrong[i]);
		snprintf(expected, sizeof(expected),
			"2 refused: at: '%s' is neither an RFC 3339 time nor Unix seconds\n", wrong[i]);
		assert_told("usage-csv", text, expected);
	}
	assert_told("usage-csv", "at,in_uncached\n,1\n", "2 refused: at: there is no time\n");
}

static void
dates_are_read_anew_when_they_change(void **state)
{
	(void)state;
	assert_told("usage-csv",
		"at,in_uncached\n2026-08-01T12:00:00Z,1\n2026-08-02T12:00:00Z,1\n2026-08-01T12:00:00Z,1\n",
		"2 " NOON " in_uncached=1\n3 at=1785672000000000 in_uncached=1\n4 " NOON " in_uncached=1\n");
}

static void
counts_may_be_written_as_spreadsheets_do_but_must_be_whole(void **state)
{
	(void)state;
	assert_told("usage-csv",
		"at,in_uncached,latency_ms\n1785585600,1520.0,1.5\n1785585600,1.52e3,\n1785585600, 7 ,\n"
		"1785585600,1.5,\n1785585600,-3,\n1785585600,abc,\n1785585600,9007199254740993,\n"
		"1785585600,123456789012345678901234567890,\n1785585600,1,-4\n",
		"2 " NOON " latency=2 in_uncached=1520\n3 " NOON " in_uncached=1520\n4 " NOON " in_uncached=7\n"
		"5 refused: in_uncached is not a whole number: 1.5\n6 refused: in_uncached is negative: -3\n"
		"7 refused: in_uncached is not a whole number: abc\n8 refused: in_uncached is above 2^53: 9007199254740993\n"
		"9 refused: in_uncached is above 2^53: 123456789012345678901234567890\n10 refused: latency_ms is negative: -4\n");
}

static void
a_row_without_any_count_knows_no_tokens(void **state)
{
	(void)state;
	assert_told("usage-csv", "at,status,in_uncached,out_visible\n1785585600,error,,\n1785585600,ok,0,\n",
		"2 " NOON " status=1 unknown\n3 " NOON "\n");
	assert_told("usage-csv", "at,status,in_uncached\n1785585600,maybe,1\n",
		"2 refused: status: 'maybe' is none of ok, error, timeout\n");
}

static void
a_provider_s_own_usage_object_stands_in_for_the_classes(void **state)
{
	(void)state;
	assert_told("usage-csv",
		"at,provider,model,api,usage\n"
		"1785585600,openai,gpt-4o,openai-chat,\"{\"\"prompt_tokens\"\":100,\"\"completion_tokens\"\":20,"
		"\"\"prompt_tokens_details\"\":{\"\"cached_tokens\"\":60}}\"\n",
		"2 " NOON " provider=openai model=gpt-4o in_uncached=40 in_cache_read=60 out_visible=20\n");
	assert_told("usage-csv",
		"at,provider,model,usage\n"
		"1785585600,openai,gpt-4o,\"{\"\"prompt_tokens\"\":100,\"\"completion_tokens\"\":20,"
		"\"\"prompt_tokens_details\"\":{\"\"cached_tokens\"\":101}}\"\n1785585600,openai,gpt-4o,{\n",
		"2 refused: usage.prompt_tokens_details.cached_tokens is 101, more than its total usage.prompt_tokens: 100\n"
		"3 refused: usage: line 1: not JSON: a string is missing at the end\n");
}

static void
a_row_with_more_or_fewer_cells_than_the_header_is_refused(void **state)
{
	(void)state;
	assert_told("usage-csv", "at,model,in_uncached\n1785585600,m\n1785585600,m,1,2\n1785585600,m,1\n",
		"2 refused: the row has 2 fields, the header 3\n3 refused: the row has 4 fields, the header 3\n"
		"4 " NOON " model=m in_uncached=1\n");
}

static void
a_column_that_is_not_known_is_said_and_left_out(void **state)
{
	(void)state;
	assert_told("usage-csv", "at,in_uncached,out_visibel,mood\n1785585600,1,2,good\n",
		"1 warned: column 'out_visibel' is not known and left out; did you mean 'out_visible'?\n"
		"1 warned: column 'mood' is not known and left out\n2 " NOON " in_uncached=1\n");
}

static void
a_header_that_cannot_be_used_is_an_error(void **state)
{
	(void)state;
	assert_unusable("usage-csv", "", "empty");
	assert_unusable("usage-csv", "model,in_uncached\nm,1\n", "no column 'at'");
	assert_unusable("usage-csv", "at,model\n1,m\n", "no column of tokens");
	assert_unusable("usage-csv", "at,in_uncached,AT\n", "twice");
}

static void
semicolons_quotes_and_a_byte_order_mark_are_taken(void **state)
{
	(void)state;
	assert_told("usage-csv", "\xef\xbb\xbf\"at\";\"model\";\"in_uncached\"\r\n1785585600;\"m;1\";5\r\n",
		"2 " NOON " model=m;1 in_uncached=5\n");
}

static void
options_fill_in_what_a_row_does_not_say(void **state)
{
	const struct collect_options options = { .provider = text_of("openai"),
		.model = text_of("gpt-4o"),
		.workload = text_of("chat"),
		.account = text_of("acme") };
	struct told told;
	struct err err;

	(void)state;
	assert_int_equal(collect_text("usage-csv", "at,model,in_uncached\n1785585600,,1\n1785585600,m,1\n", &options,
				 &told, &err),
		0);
	assert_string_equal(told.text,
		"2 " NOON " provider=openai model=gpt-4o workload=chat account=acme in_uncached=1\n"
		"3 " NOON " provider=openai model=m workload=chat account=acme in_uncached=1\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_in_any_order_and_may_be_absent),
		cmocka_unit_test(an_instant_is_rfc_3339_or_unix_seconds),
		cmocka_unit_test(a_time_that_is_none_is_refused_with_its_value),
		cmocka_unit_test(dates_are_read_anew_when_they_change),
		cmocka_unit_test(counts_may_be_written_as_spreadsheets_do_but_must_be_whole),
		cmocka_unit_test(a_row_without_any_count_knows_no_tokens),
		cmocka_unit_test(a_provider_s_own_usage_object_stands_in_for_the_classes),
		cmocka_unit_test(a_row_with_more_or_fewer_cells_than_the_header_is_refused),
		cmocka_unit_test(a_column_that_is_not_known_is_said_and_left_out),
		cmocka_unit_test(a_header_that_cannot_be_used_is_an_error),
		cmocka_unit_test(semicolons_quotes_and_a_byte_order_mark_are_taken),
		cmocka_unit_test(options_fill_in_what_a_row_does_not_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
