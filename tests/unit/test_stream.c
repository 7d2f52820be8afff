#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/chat.h"
#include "daemon/bench/sse.h"
#include "daemon/bench/times.h"
#include "models/units/err.h"
#include "models/units/random.h"

/* ---- events */

struct heard {
	char text[256];
};

static void
hear(void *ctx, const char *data, size_t n)
{
	struct heard *heard = ctx;

	assert_int_equal(strlen(data), n);
	strcat(heard->text, "[");
	strcat(heard->text, data);
	strcat(heard->text, "]");
}

static const struct {
	const char *stream, *events;
} streams[] = {
	{ "data: one\n\ndata: two\n\n", "[one][two]" },
	{ "data:one\r\n\r\ndata: two\r\n\r\n", "[one][two]" },
	{ "data: one\r\rdata: two\r\r", "[one][two]" },
	{ "data:  one\n\n", "[ one]" },                                          /* only one blank goes */
	{ ": keep-alive\n\nevent: x\nid: 7\nretry: 1\ndata: one\n\n", "[one]" }, /* other fields and comments */
	{ "data: one\ndata: two\n\n", "[one\ntwo]" },
	{ "data\n\n", "[]" },
	{ "data:\n\n", "[]" },
	{ "dat: no\ndatas: no\nxdata: no\n\n", "" },
	{ "data: never ended\n", "" },
	{ "\n\n\ndata: {\"a\":\"\xc3\xa9\"}\n\n\n", "[{\"a\":\"\xc3\xa9\"}]" },
};

static void
events_are_the_same_however_the_transport_cuts_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		for (size_t piece = 1; piece <= strlen(streams[i].stream); piece++) {
			struct heard heard = { "" };
			struct sse sse = { .data = NULL };
			size_t n = strlen(streams[i].stream);

			sse_begin(&sse);
			for (size_t at = 0; at < n; at += piece)
				assert_int_equal(sse_feed(&sse, streams[i].stream + at, n - at < piece ? n - at : piece,
							 hear, &heard),
					0);
			assert_string_equal(heard.text, streams[i].events);
			sse_free(&sse);
		}
}

static void
an_event_without_end_is_given_up(void **state)
{
	struct heard heard = { "" };
	struct sse sse = { .data = NULL };
	char kilobyte[1024];
	int status = 0;

	(void)state;
	memset(kilobyte, 'x', sizeof(kilobyte));
	assert_int_equal(sse_feed(&sse, "data: ", 6, hear, &heard), 0);
	for (int i = 0; i < 1100 && status == 0; i++)
		status = sse_feed(&sse, kilobyte, sizeof(kilobyte), hear, &heard);
	assert_int_equal(status, -1);
	assert_int_equal(sse_feed(&sse, "\n\n", 2, hear, &heard), -1);
	assert_string_equal(heard.text, "");
	sse_begin(&sse);
	assert_int_equal(sse_feed(&sse, "data: again\n\n", 13, hear, &heard), 0);
	assert_string_equal(heard.text, "[again]");
	sse_free(&sse);
}

/* ---- what they say */

static struct chat_event
said(const char *data)
{
	struct chat_event event;

	chat_read(data, strlen(data), &event);
	return event;
}

static void
text_is_what_holds_text(void **state)
{
	static const char *const yes[] = { "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
		"{\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"a\"}}]}",
		"{\"choices\":[{\"delta\":{\"reasoning\":\"a\"}}]}",
		"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}" };
	static const char *const no[] = { "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}",
		"{\"choices\":[]}", "{\"choices\":[{\"delta\":{}}]}", "{\"choices\":[{}]}", "{\"choices\":null}", "{}",
		"{\"choices\":[{\"delta\":{\"content\":7}}]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(said(yes[i]).text);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_true(!said(no[i]).text && !said(no[i]).nonsense);
}

static void
ends_counts_and_errors_are_told_apart(void **state)
{
	struct chat_event event;

	(void)state;
	assert_true(said("[DONE]").done && said("[DONE] ").done && !said("[DONE]").nonsense);
	assert_true(said("[1,2]").nonsense && said("hello").nonsense && said("").nonsense);
	event = said("{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}],\"usage\":null}");
	assert_true(event.finish && event.prompt_tokens == CHAT_UNKNOWN);
	assert_string_equal(event.reason, "length");
	event = said("{\"choices\":[],\"usage\":{\"prompt_tokens\":17,\"completion_tokens\":256,"
		     "\"prompt_tokens_details\":{\"cached_tokens\":16}}}");
	assert_true(!event.finish && event.prompt_tokens == 17 && event.completion_tokens == 256 &&
		event.cached_tokens == 16);
	assert_string_equal(said("{\"id\":\"chatcmpl-7_a.b:c\",\"choices\":[]}").id, "chatcmpl-7_a.b:c");
	assert_string_equal(said("{\"id\":\"=1,\\n\\\"\",\"choices\":[]}").id, "_1___");
	assert_string_equal(said("{\"id\":7}").id, "");
	event = said("{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1e300}}");
	assert_true(event.prompt_tokens == CHAT_UNKNOWN && event.completion_tokens == CHAT_UNKNOWN);
	event = said("{\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\",\"code\":500}}");
	assert_true(event.error);
	assert_string_equal(event.message, "out of memory");
	assert_string_equal(event.reason, "server_error");
}

static void
errors_are_read_in_every_shape(void **state)
{
	static const char *const bodies[] = { "{\"error\":{\"message\":\"no room\",\"type\":\"x\",\"code\":null}}",
		"{\"object\":\"error\",\"message\":\"no room\",\"code\":400}",
		"{\"error\":\"no room\",\"error_type\":\"overloaded\"}",
		"{\"type\":\"error\",\"error\":{\"message\":\"no room\"}}", "{\"detail\":\"no room\"}", "no room",
		"no\x1broom" };
	char message[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		chat_error(bodies[i], strlen(bodies[i]), message, sizeof(message));
		assert_string_equal(message, "no room");
	}
}

/* ---- what is asked */

static void
a_body_holds_what_the_server_takes(void **state)
{
	struct chat_ask ask = {
		.model = "a \"b\"", .extras = EXTRAS_IGNORE_END, .words = 5, .max_tokens = 9, .seed = 1
	};
	char *full = chat_body(&ask), *other, *plain;

	(void)state;
	assert_non_null(strstr(full, "\"model\":\"a \\\"b\\\"\""));
	assert_non_null(strstr(full, "\"max_tokens\":9"));
	assert_non_null(strstr(full, "\"ignore_eos\":true"));
	assert_non_null(strstr(full, "\"min_tokens\":9"));
	assert_non_null(strstr(full, "\"include_usage\":true"));
	ask.seed = 2;
	other = chat_body(&ask);
	assert_string_not_equal(full, other);
	ask.extras = EXTRAS_NONE;
	plain = chat_body(&ask);
	assert_non_null(strstr(plain, "\"max_completion_tokens\":9"));
	assert_null(strstr(plain, "ignore_eos"));
	assert_null(strstr(plain, "\"max_tokens\""));
	free(full);
	free(other);
	free(plain);
}

static void
an_address_is_completed_and_keys_in_it_are_refused(void **state)
{
	static const struct {
		const char *given, *url;
	} urls[] = {
		{ "http://localhost:8000", "http://localhost:8000/v1/chat/completions" },
		{ "http://localhost:8000/", "http://localhost:8000/v1/chat/completions" },
		{ "https://a.example/v1/", "https://a.example/v1/chat/completions" },
		{ "https://a.example/x/v1/chat/completions", "https://a.example/x/v1/chat/completions" },
		{ "localhost:8000", NULL },
		{ "ftp://a.example", NULL },
		{ "http://", NULL },
		{ "http:///v1", NULL },
		{ "http://key@a.example/v1", NULL },
		{ "http://a.example/v1?key=1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct err err = { 0 };
		char *url = chat_url(urls[i].given, &err);

		if (urls[i].url == NULL) {
			assert_null(url);
			assert_int_equal(err.kind, ERR_INPUT);
			assert_null(strstr(err.text, "key@"));
		} else {
			assert_string_equal(url, urls[i].url);
		}
		free(url);
	}
}

/* ---- quantiles */

static void
the_interval_of_a_quantile_holds_it_as_often_as_it_says(void **state)
{
	struct random random;
	int held[2] = { 0, 0 };

	(void)state;
	random_seed(&random, 3);
	for (int run = 0; run < 1000; run++) {
		struct times times = { .value = NULL };
		struct summary summary;

		for (int i = 0; i < 400; i++)
			times_add(&times, -log(1 - random_uniform(&random)));
		times_summary(&times, &summary);
		held[0] += summary.p50.low <= log(2) && log(2) <= summary.p50.high;
		held[1] += summary.p95.low <= log(20) && log(20) <= summary.p95.high;
		times_free(&times);
	}
	for (int i = 0; i < 2; i++)
		assert_true(held[i] > 935 && held[i] < 985);
}

static void
too_few_for_an_interval_is_said(void **state)
{
	struct times times = { .value = NULL };
	struct summary summary;

	(void)state;
	times_summary(&times, &summary);
	assert_true(summary.n == 0 && isnan(summary.p50.value) && isnan(summary.mean));
	for (int i = 0; i < 10; i++)
		times_add(&times, i);
	times_summary(&times, &summary);
	assert_true(summary.p50.value == 4.5 && summary.mean == 4.5);
	assert_true(summary.p50.low == 0 && summary.p50.high == 8); /* the first and the ninth: 5 -+ 3.1 */
	assert_true(isnan(summary.p99.high));
	times_free(&times);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_the_same_however_the_transport_cuts_them),
		cmocka_unit_test(an_event_without_end_is_given_up),
		cmocka_unit_test(text_is_what_holds_text),
		cmocka_unit_test(ends_counts_and_errors_are_told_apart),
		cmocka_unit_test(errors_are_read_in_every_shape),
		cmocka_unit_test(a_body_holds_what_the_server_takes),
		cmocka_unit_test(an_address_is_completed_and_keys_in_it_are_refused),
		cmocka_unit_test(the_interval_of_a_quantile_holds_it_as_often_as_it_says),
		cmocka_unit_test(too_few_for_an_interval_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
