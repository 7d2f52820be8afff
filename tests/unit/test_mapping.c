/*
 * mapping: columns that a person names.
 */
#include "tests/unit/usage_kit.h"

#include "collectors/mapping.h"

static struct mapping
mapping_of(const char *const lines[][2])
{
	struct mapping mapping = { .name = "gateway" };
	struct err err;

	for (int i = 0; lines[i][0] != NULL; i++)
		if (mapping_set(&mapping, lines[i][0], lines[i][1], &err) != 0)
			fail_msg("%s", err.text);
	if (mapping_check(&mapping, &err) != 0)
		fail_msg("%s", err.text);
	return mapping;
}

/* What comes out, a line each; or the sentence of a failure. */
static void
assert_mapped(const struct mapping *mapping, const char *text, const char *expected)
{
	struct collect_options options = { .mapping = mapping, .account = text_of("team") };
	struct told *told = malloc(sizeof(*told));
	struct err err;

	if (collect_text("mapped", text, &options, told, &err) != 0)
		tell(told, "failed: %s\n", err.text);
	assert_string_equal(told->text, expected);
	free(told);
}

static int64_t
instant(const char *time, const char *text)
{
	struct mapping mapping = { .name = "m" };
	struct zone utc;
	int64_t at_us = -1;
	struct err err;

	zone_utc(&utc);
	if (mapping_set(&mapping, "time", time, &err) != 0)
		fail_msg("%s", err.text);
	return mapping_instant(&mapping, &utc, text_of(text), &at_us, &err) == 0 ? at_us : -1;
}

#define AT INT64_C(1793523600000000) /* 2026-11-01T09:00:00Z */

static void
times_are_read_as_they_are_said_to_be_written(void **state)
{
	(void)state;
	assert_int_equal(instant("rfc3339", "2026-11-01T09:00:00Z"), AT);
	assert_int_equal(instant("seconds", "1793523600"), AT);
	assert_int_equal(instant("seconds", "1793523600.25"), AT + 250000);
	assert_int_equal(instant("milliseconds", "1793523600000"), AT);
	assert_int_equal(instant("microseconds", "1793523600000001"), AT + 1);
	assert_int_equal(instant("nanoseconds", "1793523600000001999"), AT + 1);
	assert_int_equal(instant("%Y-%m-%d %H:%M:%S", "2026-11-01 09:00:00"), AT);
	assert_int_equal(instant("%d.%m.%Y %H:%M", "1.11.2026 9:00"), AT);
	assert_int_equal(instant("%Y%m%dT%H%M%S.%f%z", "20261101T110000.5+0200"), AT + 500000);
	assert_int_equal(instant("%Y-%m-%d", "2026-11-01"), AT - 9 * HOUR_S * SECOND_US);
	assert_int_equal(instant("%Y-%m-%d %H:%M %z", "2026-11-01 04:00 -05:00"), AT);
}

static void
times_that_are_none_are_refused(void **state)
{
	static const char *const texts[] = { "2026-02-30 09:00:00", "2026-11-01 24:00:00", "2026-11-01 09:60:00",
		"2026-11-01 09:00:61", "2026-11-01 09:00", "2026-11-01 09:00:00 ", "26-11-01 09:00:00", "",
		"0000-01-01 00:00:00" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(instant("%Y-%m-%d %H:%M:%S", texts[i]), -1);
	assert_int_equal(instant("seconds", "soon"), -1);
	assert_int_equal(instant("%Y-%m-%d %z", "2026-11-01 +99:00"), -1);
}

static const char *const german[][2] = { { "at", "created" }, { "time", "%d.%m.%Y %H:%M" }, { "id", "no" },
	{ "model", "Model Name" }, { "provider", "=openai" }, { "input", "prompt_k" }, { "in_cache_read", "cached_k" },
	{ "output", "answer_k" }, { "out_reasoning", "thought_k" }, { "unit", "thousands" }, { NULL, NULL } };

static void
a_csv_file_is_read_by_the_names_of_its_columns(void **state)
{
	struct mapping mapping = mapping_of(german);

	(void)state;
	assert_mapped(&mapping,
		"no;created;model name;prompt_k;cached_k;answer_k;thought_k;who\n"
		"1;01.11.2026 09:00;gpt-4o;12.5;0.5;0.31;0.01;me\n"
		"2;01.11.2026 09:01;gpt-4o;1;;2;;you\n"
		"3;01.11.2026 09:02;gpt-4o;;;;;\n",
		"2 at=1793523600000000 id=1 provider=openai model=gpt-4o account=team in_uncached=12000 "
		"in_cache_read=500 out_visible=300 out_reasoning=10\n"
		"3 at=1793523660000000 id=2 provider=openai model=gpt-4o account=team in_uncached=1000 "
		"out_visible=2000\n"
		"4 at=1793523720000000 id=3 provider=openai model=gpt-4o account=team unknown\n");
}

static void
rows_that_cannot_be_are_refused_with_the_reason(void **state)
{
	struct mapping mapping = mapping_of(german);

	(void)state;
	assert_mapped(&mapping,
		"no,created,model name,prompt_k,cached_k,answer_k,thought_k\n"
		"1,never,gpt-4o,1,,1,\n"
		"2,01.11.2026 09:00,gpt-4o,0.0001,,1,\n"
		"3,01.11.2026 09:00,gpt-4o,1,2,1,\n"
		"4,01.11.2026 09:00,gpt-4o,1,,1,2\n"
		"5,01.11.2026 09:00,gpt-4o,-1,,1,\n"
		"6,01.11.2026 09:00,gpt-4o,many,,1,\n",
		"2 refused: at: 'never' is not written as %d.%m.%Y %H:%M\n"
		"3 refused: input is no whole number of tokens: '0.0001'\n"
		"4 refused: cache reads and writes are more than input, which includes them\n"
		"5 refused: reasoning is more than output, which includes it\n"
		"6 refused: input is no whole number of tokens: '-1'\n"
		"7 refused: input is no whole number of tokens: 'many'\n");
}

static void
json_lines_are_read_by_paths_of_members(void **state)
{
	static const char *const lines[][2] = { { "at", "call.time" }, { "time", "milliseconds" },
		{ "model", "call.model" }, { "workload", "=chat" }, { "in_uncached", "tokens.in" },
		{ "out_visible", "tokens.out" }, { "status", "state" }, { "requests", "n" }, { "latency_ms", "ms" },
		{ NULL, NULL } };
	struct mapping mapping = mapping_of(lines);

	(void)state;
	assert_mapped(&mapping,
		"{\"call\":{\"time\":1793523600000,\"model\":\"m\"},\"tokens\":{\"in\":5,\"out\":\"7\"},\"n\":3,\"ms\":12.6}\n"
		"{\"call\":{\"time\":1793523600001},\"state\":\"timeout\"}\n"
		"{\"call\":7}\n"
		"{\"cut\n",
		"1 at=1793523600000000 model=m workload=chat account=team requests=3 latency=13 in_uncached=5 out_visible=7\n"
		"2 at=1793523600001000 workload=chat account=team status=2 unknown\n"
		"3 refused: at: there is no time\n"
		"4 refused: not JSON: it is cut off\n");
}

static void
a_column_that_the_file_lacks_is_an_error_with_the_nearest(void **state)
{
	struct mapping mapping = mapping_of(german);

	(void)state;
	assert_mapped(&mapping, "no;created;model name;promt_k;cached_k;answer_k;thought_k\n1;2;3;4;5;6;7\n",
		"failed: text: mapping gateway: the file has no column 'prompt_k'; the nearest is 'promt_k'\n");
	assert_mapped(&mapping, "", "failed: text: the input is empty\n");
	assert_mapped(NULL, "a\n",
		"failed: it is read by a mapping: put a section [mapping NAME] into the configuration and collect by that "
		"name\n");
}

static void
what_a_mapping_cannot_say_is_told_with_the_nearest(void **state)
{
	static const char *const wrong[][3] = { { "modl", "x", "the nearest is 'model'" },
		{ "unit", "thousand", "tokens, thousands, millions" }, { "time", "iso", "no pattern" },
		{ "time", "%Y-%q", "%q" }, { "time", "%H:%M", "year" }, { "separator", "|", ", ;, tab" },
		{ "format", "xml", "csv, jsonl, auto" }, { "usage", "u", "neither a field" } };
	struct mapping mapping = { .name = "m" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(mapping_set(&mapping, wrong[i][0], wrong[i][1], &err), -1);
		if (strstr(err.text, wrong[i][2]) == NULL)
			fail_msg("'%s' lacks '%s'", err.text, wrong[i][2]);
	}
	assert_int_equal(mapping_check(&mapping, &err), -1);
	assert_int_equal(mapping_set(&mapping, "at", "t", &err), 0);
	assert_int_equal(mapping_check(&mapping, &err), -1);
	assert_int_equal(mapping_set(&mapping, "input", "i", &err), 0);
	assert_int_equal(mapping_check(&mapping, &err), 0);
	assert_int_equal(mapping_set(&mapping, "in_uncached", "i", &err), 0);
	assert_int_equal(mapping_check(&mapping, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_as_they_are_said_to_be_written),
		cmocka_unit_test(times_that_are_none_are_refused),
		cmocka_unit_test(a_csv_file_is_read_by_the_names_of_its_columns),
		cmocka_unit_test(rows_that_cannot_be_are_refused_with_the_reason),
		cmocka_unit_test(json_lines_are_read_by_paths_of_members),
		cmocka_unit_test(a_column_that_the_file_lacks_is_an_error_with_the_nearest),
		cmocka_unit_test(what_a_mapping_cannot_say_is_told_with_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
