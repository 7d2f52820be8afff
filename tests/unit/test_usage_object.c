/*
 * usage_object: providers' own usage objects brought to disjoint classes; json: numbers kept as written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/json.h"
#include "collectors/usage_object.h"
#include "models/units/err.h"

struct read {
	struct usage_object object;
	char tier[32];
	struct err err;
	int rc;
};

static struct read
read_usage(const char *provider, const char *api, const char *text)
{
	struct json_doc *doc = json_new();
	char *bytes = strdup(text);
	struct read read = { 0 };
	const struct usage_about about = { text_of(provider), text_of("m"), text_of(api) };
	struct json *json = json_parse(doc, bytes, strlen(bytes), &read.err);

	assert_non_null(json);
	read.rc = usage_object_read(json, &about, &read.object, &read.err);
	snprintf(read.tier, sizeof read.tier, "%.*s", (int)read.object.service_tier.n, read.object.service_tier.p);
	free(bytes);
	json_free(doc);
	return read;
}

static void
assert_classes(struct read read, struct usage expected)
{
	if (read.rc != 0)
		fail_msg("%s", read.err.text);
	for (int i = 0; i < USAGE_CLASSES; i++)
		if (read.object.quantities.usage.tokens[i] != expected.tokens[i])
			fail_msg("%s is %lld, not %lld", usage_class_names[i],
				(long long)read.object.quantities.usage.tokens[i], (long long)expected.tokens[i]);
}

#define CLASSES(...) ((struct usage){ { __VA_ARGS__ } })

static void
assert_refused(struct read read, const char *reason)
{
	assert_int_equal(read.rc, -1);
	assert_int_equal(read.err.kind, ERR_INPUT);
	if (strstr(read.err.text, reason) == NULL)
		fail_msg("'%s' does not say '%s'", read.err.text, reason);
}

static int64_t
part(struct read read, int item)
{
	return read.object.quantities.parts[item - USAGE_CLASSES];
}

static void
openai_holds_cached_in_prompt_and_reasoning_in_completion(void **state)
{
	(void)state;
	assert_classes(
		read_usage("openai", "openai-chat",
			"{\"prompt_tokens\":5000,\"completion_tokens\":900,\"prompt_tokens_details\":{\"cached_tokens\":3584,"
			"\"cache_write_tokens\":416},\"completion_tokens_details\":{\"reasoning_tokens\":640}}"),
		CLASSES(1000, 3584, 416, 0, 260, 640));
	assert_classes(
		read_usage("openai", "openai-responses",
			"{\"input_tokens\":100,\"input_tokens_details\":{\"cached_tokens\":40},\"output_tokens\":9,"
			"\"output_tokens_details\":{\"reasoning_tokens\":4}}"),
		CLASSES(60, 40, 0, 0, 5, 4));
	assert_classes(read_usage("openai", "openai-embeddings", "{\"prompt_tokens\":7,\"total_tokens\":7}"),
		CLASSES(7, 0, 0, 0, 0, 0));
}

static void
written_tokens_never_make_plain_input_negative(void **state)
{
	(void)state;
	assert_classes(
		read_usage("openai", "openai-chat",
			"{\"prompt_tokens\":100,\"completion_tokens\":0,\"prompt_tokens_details\":{\"cached_tokens\":60,"
			"\"cache_write_tokens\":50}}"),
		CLASSES(0, 60, 50, 0, 0, 0));
}

static void
xai_and_perplexity_report_reasoning_beside_the_completion(void **state)
{
	const char *text =
		"{\"prompt_tokens\":10,\"completion_tokens\":5,\"completion_tokens_details\":{\"reasoning_tokens\":20}}";
	struct read read = read_usage("perplexity", "openai-chat",
		"{\"prompt_tokens\":10,\"completion_tokens\":5,\"reasoning_tokens\":20,\"citation_tokens\":3,\"num_search_queries\":2}");

	(void)state;
	assert_classes(read_usage("x-ai", "openai-chat", text), CLASSES(10, 0, 0, 0, 5, 20));
	assert_classes(read_usage("xai", "", text), CLASSES(10, 0, 0, 0, 5, 20));
	assert_refused(read_usage("openai", "openai-chat", text), "reasoning_tokens is 20, more than its total");
	assert_classes(
		read_usage("x-ai", "openai-chat",
			"{\"prompt_tokens\":10,\"completion_tokens\":5,\"reasoning_tokens\":1,\"cached_prompt_text_tokens\":4}"),
		CLASSES(6, 4, 0, 0, 5, 1));
	assert_classes(read, CLASSES(10, 0, 0, 0, 8, 20));
	assert_int_equal(part(read, PRICE_OUT_CITATION), 3);
	assert_int_equal(read.object.quantities.web_searches, 2);
}

static void
deepseek_tells_hits_and_misses(void **state)
{
	(void)state;
	assert_classes(read_usage("deepseek", "",
			       "{\"prompt_tokens\":30,\"completion_tokens\":5,\"prompt_cache_hit_tokens\":20,"
			       "\"prompt_cache_miss_tokens\":10}"),
		CLASSES(10, 20, 0, 0, 5, 0));
}

static void
cohere_bills_other_counts_than_it_uses(void **state)
{
	(void)state;
	assert_classes(
		read_usage("cohere", "",
			"{\"billed_units\":{\"input_tokens\":5.0,\"output_tokens\":7},\"tokens\":{\"input_tokens\":"
			"60,\"output_tokens\":8}}"),
		CLASSES(5, 0, 0, 0, 7, 0));
}

static void
anthropic_reports_the_cache_beside_the_input(void **state)
{
	struct read read = read_usage("anthropic", "",
		"{\"input_tokens\":320,\"cache_creation_input_tokens\":5200,\"cache_read_input_tokens\":41000,"
		"\"cache_creation\":{\"ephemeral_5m_input_tokens\":4000,\"ephemeral_1h_input_tokens\":1200},"
		"\"output_tokens\":760,\"output_tokens_details\":{\"thinking_tokens\":500},"
		"\"server_tool_use\":{\"web_search_requests\":1},\"service_tier\":\"batch\"}");

	(void)state;
	assert_classes(read, CLASSES(320, 41000, 4000, 1200, 260, 500));
	assert_int_equal(read.object.quantities.web_searches, 1);
	assert_string_equal(read.tier, "batch");
	assert_true(read.object.tier_hinted);
	assert_classes(
		read_usage("anthropic", "anthropic",
			"{\"input_tokens\":1,\"output_tokens\":2,\"cache_creation_input_tokens\":9,\"cache_read_input_tokens\":null,"
			"\"cache_creation\":null}"),
		CLASSES(1, 0, 9, 0, 2, 0));
}

static void
a_fast_reply_is_a_tier_that_is_never_taken_for_standard(void **state)
{
	struct read read = read_usage("anthropic", "",
		"{\"input_tokens\":1,\"output_tokens\":2,\"speed\":\"fast\",\"service_tier\":\"standard\"}");

	(void)state;
	assert_string_equal(read.tier, "fast");
	assert_false(read.object.tier_hinted);
}

static void
compaction_steps_are_billed_beside_the_counts(void **state)
{
	struct read read = read_usage("anthropic", "",
		"{\"input_tokens\":100,\"output_tokens\":10,\"iterations\":[{\"type\":\"compaction\",\"input_tokens\":5000,\"output_tokens\":70},"
		"{\"type\":\"message\",\"input_tokens\":100,\"output_tokens\":10}]}");
	struct quantities total = usage_object_total(&read.object);

	(void)state;
	assert_classes(read, CLASSES(100, 0, 0, 0, 10, 0));
	assert_true(read.object.has_steps);
	assert_int_equal(total.usage.tokens[IN_UNCACHED], 5100);
	assert_int_equal(total.usage.tokens[OUT_VISIBLE], 80);
}

static void
gemini_adds_thoughts_and_tool_use(void **state)
{
	struct read read = read_usage("google", "gemini",
		"{\"promptTokenCount\":2000,\"cachedContentTokenCount\":1500,\"candidatesTokenCount\":300,\"thoughtsTokenCount\":450,"
		"\"toolUsePromptTokenCount\":120,\"totalTokenCount\":2870,\"trafficType\":\"ON_DEMAND_FLEX\"}");

	(void)state;
	assert_classes(read, CLASSES(620, 1500, 0, 0, 300, 450));
	assert_string_equal(read.tier, "flex");
	assert_classes(read_usage("google", "", "{\"totalTokenCount\":0}"), CLASSES(0, 0, 0, 0, 0, 0));
	assert_refused(read_usage("google", "gemini", "{}"), "usage.promptTokenCount is missing");
}

static void
gemini_modalities_are_parts_and_documents_are_images(void **state)
{
	struct read read = read_usage("google", "",
		"{\"promptTokenCount\":1000,\"cachedContentTokenCount\":400,\"candidatesTokenCount\":50,"
		"\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":300},{\"modality\":\"AUDIO\",\"tokenCount\":500},"
		"{\"modality\":\"IMAGE\",\"tokenCount\":120},{\"modality\":\"DOCUMENT\",\"tokenCount\":80}],"
		"\"cacheTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":200}],"
		"\"candidatesTokensDetails\":[{\"modality\":\"IMAGE\",\"tokenCount\":40}]}");

	(void)state;
	assert_classes(read, CLASSES(600, 400, 0, 0, 50, 0));
	assert_int_equal(part(read, PRICE_IN_AUDIO), 300);
	assert_int_equal(part(read, PRICE_READ_AUDIO), 200);
	assert_int_equal(part(read, PRICE_IN_IMAGE), 200);
	assert_int_equal(part(read, PRICE_OUT_IMAGE), 40);
}

static void
audio_that_does_not_fit_beside_the_cache_was_in_it(void **state)
{
	struct read read = read_usage("openai", "openai-chat",
		"{\"prompt_tokens\":100,\"completion_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":80,\"audio_tokens\":70}}");

	(void)state;
	assert_int_equal(part(read, PRICE_IN_AUDIO), 20);
	assert_int_equal(part(read, PRICE_READ_AUDIO), 50);
	assert_refused(
		read_usage("openai", "openai-chat",
			"{\"prompt_tokens\":100,\"completion_tokens\":1,\"prompt_tokens_details\":{\"audio_tokens\":101}}"),
		"read_audio");
}

static void
bedrock_tells_writes_by_their_life(void **state)
{
	(void)state;
	assert_classes(read_usage("aws", "",
			       "{\"inputTokens\":10,\"outputTokens\":3,\"totalTokens\":113,\"cacheReadInputTokens\":60,"
			       "\"cacheWriteInputTokens\":40,\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":15},"
			       "{\"ttl\":\"5m\",\"inputTokens\":25}]}"),
		CLASSES(10, 60, 25, 15, 3, 0));
	assert_refused(read_usage("aws", "bedrock", "{\"inputTokens\":10}"), "usage.outputTokens is missing");
}

static void
ollama_tells_counts_and_times_in_its_last_object(void **state)
{
	struct read read = read_usage("", "ollama",
		"{\"model\":\"demo:8b\",\"done\":true,\"total_duration\":2510000000,\"load_duration\":41000000,"
		"\"prompt_eval_count\":212,\"prompt_eval_duration\":180000000,\"eval_count\":148}");

	(void)state;
	assert_classes(read, CLASSES(212, 0, 0, 0, 148, 0));
	assert_int_equal(read.object.latency_ms, 2510);
	assert_int_equal(read.object.ttft_ms, 221);
	assert_classes(read_usage("ollama", "", "{\"prompt_eval_count\":0}"), CLASSES(0, 0, 0, 0, 0, 0));
	assert_classes(read_usage("", "", "{\"prompt_eval_count\":3,\"eval_count\":2}"), CLASSES(3, 0, 0, 0, 2, 0));
	/* A prompt from the cache has no count, and is not empty for that. */
	assert_refused(read_usage("ollama", "", "{\"eval_count\":148}"), "usage.prompt_eval_count is missing");
}

static void
without_an_api_the_shape_of_the_object_tells(void **state)
{
	(void)state;
	assert_classes(
		read_usage("azure", "",
			"{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":2},\"output_tokens\":1}"),
		CLASSES(3, 2, 0, 0, 1, 0));
	assert_classes(read_usage("aws", "", "{\"input_tokens\":5,\"cache_read_input_tokens\":2,\"output_tokens\":1}"),
		CLASSES(5, 2, 0, 0, 1, 0));
	assert_classes(
		read_usage("google", "", "{\"prompt_tokens\":5,\"completion_tokens\":1}"), CLASSES(5, 0, 0, 0, 1, 0));
	assert_classes(read_usage("", "", "{\"prompt_tokens\":5,\"total_tokens\":5}"), CLASSES(5, 0, 0, 0, 0, 0));
	/* A chat whose completion was not reported is no embedding. */
	assert_refused(
		read_usage("openai", "", "{\"prompt_tokens\":5,\"total_tokens\":9}"), "completion_tokens is missing");
	assert_refused(read_usage("openai", "", "{\"prompt_tokens\":5}"), "completion_tokens is missing");
}

static void
counts_that_are_no_counts_are_refused_by_name(void **state)
{
	static const struct {
		const char *value, *reason;
	} cases[] = {
		{ "-1", "usage.prompt_tokens is negative: -1" },
		{ "1.5", "usage.prompt_tokens is not a whole number: 1.5" },
		{ "9007199254740993", "usage.prompt_tokens is above 2^53: 9007199254740993" },
		{ "1e30", "usage.prompt_tokens is out of range: 1e30" },
		{ "\"5\"", "usage.prompt_tokens is a string '5', not a whole number" },
		{ "true", "usage.prompt_tokens is true, not a whole number" },
		{ "{}", "usage.prompt_tokens is an object, not a whole number" },
		{ "null", "usage.prompt_tokens is missing" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(text, sizeof text, "{\"prompt_tokens\":%s,\"completion_tokens\":1}", cases[i].value);
		assert_refused(read_usage("openai", "openai-chat", text), cases[i].reason);
	}
	assert_classes(read_usage("openai", "openai-chat", "{\"prompt_tokens\":1e3,\"completion_tokens\":2.0}"),
		CLASSES(1000, 0, 0, 0, 2, 0));
	assert_classes(
		read_usage("openai", "openai-chat", "{\"prompt_tokens\":9007199254740991,\"completion_tokens\":1}"),
		CLASSES(INT64_C(9007199254740991), 0, 0, 0, 1, 0));
	assert_refused(
		read_usage("openai", "openai-chat", "{\"prompt_tokens\":9007199254740992,\"completion_tokens\":1}"),
		"2^53");
	assert_refused(read_usage("openai", "chat", "{}"), "api is 'chat', not one of openai-chat");
}

/* ---- json */

static void
json_keeps_numbers_as_they_were_written(void **state)
{
	struct json_doc *doc = json_new();
	char text[] = " {\"a\": 4.6875e-09, \"b\\u0062\": [\"x\\n\\u00e9\\ud83d\\ude00\", -0, null], \"c\": {}} ";
	struct json *root = json_parse(doc, text, strlen(text), NULL);

	(void)state;
	assert_non_null(root);
	assert_true(text_is(json_get(root, "a")->text, "4.6875e-09"));
	assert_true(text_is(json_get(root, "bb")->first->text, "x\n\xc3\xa9\xf0\x9f\x98\x80"));
	assert_null(json_value(json_get(root, "bb"), "x"));
	assert_null(json_get(root, "d"));
	json_free(doc);
}

static void
what_is_not_json_is_refused_with_its_line(void **state)
{
	static const char *const wrong[] = { "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "nul",
		"\"a", "\"\\x\"", "[1] 2", "{\"a\" 1}", "\"\t\"", "1e", "--1", "[1 2]", "\"\\u12\"" };
	struct json_doc *doc = json_new();
	struct err err = { 0 };
	char deep[200], lines[] = "{\n\"a\": 1,\n\"b\" 2}";

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char text[32];

		snprintf(text, sizeof text, "%s", wrong[i]);
		if (json_parse(doc, text, strlen(text), &err) != NULL)
			fail_msg("'%s' was taken for JSON", wrong[i]);
	}
	memset(deep, '[', sizeof deep);
	assert_null(json_parse(doc, deep, sizeof deep, &err));
	assert_non_null(strstr(err.text, "nested too deeply"));
	assert_null(json_parse(doc, lines, strlen(lines), &err));
	assert_non_null(strstr(err.text, "line 3"));
	json_free(doc);
}

static void
a_document_is_used_again(void **state)
{
	struct json_doc *doc = json_new();

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t n = 0;
		char *text = malloc(20000);

		text[n++] = '[';
		for (int k = 0; k < 3000; k++)
			n += (size_t)snprintf(text + n, 20000 - n, "%s%d", k == 0 ? "" : ",", k);
		text[n++] = ']';
		struct json *root = json_parse(doc, text, n, NULL);
		int64_t count = 0;

		for (struct json *item = root->first; item != NULL; item = item->next)
			count++;
		assert_int_equal(count, 3000);
		free(text);
	}
	json_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openai_holds_cached_in_prompt_and_reasoning_in_completion),
		cmocka_unit_test(written_tokens_never_make_plain_input_negative),
		cmocka_unit_test(xai_and_perplexity_report_reasoning_beside_the_completion),
		cmocka_unit_test(deepseek_tells_hits_and_misses),
		cmocka_unit_test(cohere_bills_other_counts_than_it_uses),
		cmocka_unit_test(anthropic_reports_the_cache_beside_the_input),
		cmocka_unit_test(a_fast_reply_is_a_tier_that_is_never_taken_for_standard),
		cmocka_unit_test(compaction_steps_are_billed_beside_the_counts),
		cmocka_unit_test(gemini_adds_thoughts_and_tool_use),
		cmocka_unit_test(gemini_modalities_are_parts_and_documents_are_images),
		cmocka_unit_test(audio_that_does_not_fit_beside_the_cache_was_in_it),
		cmocka_unit_test(bedrock_tells_writes_by_their_life),
		cmocka_unit_test(ollama_tells_counts_and_times_in_its_last_object),
		cmocka_unit_test(without_an_api_the_shape_of_the_object_tells),
		cmocka_unit_test(counts_that_are_no_counts_are_refused_by_name),
		cmocka_unit_test(json_keeps_numbers_as_they_were_written),
		cmocka_unit_test(what_is_not_json_is_refused_with_its_line),
		cmocka_unit_test(a_document_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
