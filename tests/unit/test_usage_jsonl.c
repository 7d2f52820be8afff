#include "tests/unit/usage_kit.h"

#define NOON "at=1785585600000000"

static void
an_event_a_line_with_the_names_of_the_usage_event(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\"id\":\"a\",\"at\":\"2026-08-01T12:00:00Z\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"workload\":\"chat\","
		"\"status\":\"error\",\"requests\":2,\"latency_ms\":1.5,\"in_uncached\":5,\"out_reasoning\":7}\n"
		"\n{\"id\":17,\"at\":1785585600.25,\"in_uncached\":null,\"out_visible\":3}",
		"1 " NOON
		" id=a provider=openai model=gpt-4o workload=chat status=1 requests=2 latency=2 in_uncached=5 "
		"out_reasoning=7\n3 at=1785585600250000 id=17 out_visible=3\n");
}

static void
numbers_keep_every_digit(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\"at\":1785585600,\"in_uncached\":9007199254740992}\n{\"at\":1785585600,\"in_uncached\":9007199254740993}\n"
		"{\"at\":1785585600,\"in_uncached\":-1}\n{\"at\":1785585600,\"in_uncached\":1.5}\n",
		"1 " NOON " in_uncached=9007199254740992\n"
		"2 refused: in_uncached is above 2^53: 9007199254740993\n3 refused: in_uncached is negative: -1\n"
		"4 refused: in_uncached is not a whole number: 1.5\n");
}

static void
a_provider_s_own_usage_object_stands_in_for_the_classes(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\"at\":1785585600,\"provider\":\"anthropic\",\"model\":\"claude-sonnet-4-5\",\"usage\":{\"input_tokens\":10,"
		"\"cache_read_input_tokens\":20,\"cache_creation_input_tokens\":5,\"output_tokens\":3}}\n",
		"1 " NOON
		" provider=anthropic model=claude-sonnet-4-5 in_uncached=10 in_cache_read=20 in_cache_write_5m=5 "
		"out_visible=3\n");
}

static void
what_is_given_twice_is_refused_by_its_name(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\"at\":1785585600,\"in_uncached\":1,\"in_uncached\":2}\n"
		"{\"at\":1785585600,\"api\":\"openai-chat\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"prompt_tokens\":9}}\n",
		"1 refused: in_uncached is given twice\n2 refused: usage.prompt_tokens is given twice\n");
}

static void
an_array_is_taken_as_its_events(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"\n [ {\"at\":1785585600,\"in_uncached\":1},\n{\"at\":1785585600,\"in_uncached\":2}, 7 ]\n",
		"2 " NOON " in_uncached=1\n3 " NOON " in_uncached=2\n3 refused: expected an object, not a number\n");
	assert_told("usage-jsonl", "[]", "");
}

static void
one_object_may_go_over_several_lines(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\n  \"at\": 1785585600,\n  \"in_uncached\": 4\n}\n{\"at\":1785585600,\"in_uncached\":5}\n",
		"1 " NOON " in_uncached=4\n5 " NOON " in_uncached=5\n");
}

static void
a_line_that_is_broken_is_refused_and_the_next_is_taken(void **state)
{
	(void)state;
	assert_told("usage-jsonl",
		"{\"at\":1785585600,\"in_uncached\":1\n{\"at\":1785585600,\"in_uncached\":2}\nnot json\n"
		"{\"in_uncached\":3}\n{\"at\":1785585600,\"model\":[1]}\n{\"at\":1785585600}\n",
		"1 refused: not JSON: a '}' or ',' is missing at the end\n2 " NOON " in_uncached=2\n"
		"3 refused: not JSON: a value is missing at 'n'\n4 refused: at: there is no time\n"
		"5 refused: model: expected a text, not an array\n6 " NOON " unknown\n");
}

static void
a_document_that_is_broken_is_an_error(void **state)
{
	(void)state;
	assert_unusable("usage-jsonl", "[{\"at\":1785585600,\"in_uncached\":1},", "text");
	assert_unusable("usage-jsonl", "", "empty");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_a_line_with_the_names_of_the_usage_event),
		cmocka_unit_test(numbers_keep_every_digit),
		cmocka_unit_test(a_provider_s_own_usage_object_stands_in_for_the_classes),
		cmocka_unit_test(what_is_given_twice_is_refused_by_its_name),
		cmocka_unit_test(an_array_is_taken_as_its_events),
		cmocka_unit_test(one_object_may_go_over_several_lines),
		cmocka_unit_test(a_line_that_is_broken_is_refused_and_the_next_is_taken),
		cmocka_unit_test(a_document_that_is_broken_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
