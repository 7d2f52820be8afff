/* How sources are asked: options, windows, requests, and what every row of the collectors' table promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define DAY_US (DAY_S * SECOND_US)
#define FROM_US (INT64_C(1793491200) * SECOND_US) /* 2026-11-01 */

static const struct pull *
pull_of(const char *name)
{
	struct err err = { 0 };
	const struct collector *collector = collector_find(name, &err);

	if (collector == NULL)
		fail_msg("%s", err.text);
	assert_non_null(collector->pull);
	return collector->pull;
}

static struct pull_request
asked(const struct pull_ask *ask)
{
	static struct pull_request request;
	struct err err = { 0 };

	if (pull_write(ask, &request, &err) != 0)
		fail_msg("%s", err.text);
	return request;
}

static void
a_request_has_its_window_its_groupings_and_its_page(void **state)
{
	struct pull_ask ask = { .pull = pull_of("openai-usage"),
		.from_us = FROM_US,
		.to_us = FROM_US + DAY_US,
		.now_us = FROM_US + 2 * DAY_US,
		.page = text_of("page_A&B=") };
	struct pull_request request = asked(&ask);

	(void)state;
	assert_string_equal(request.buffer,
		"/v1/organization/usage/completions?start_time=1793491200&end_time=1793577600&bucket_width=1h&limit=168"
		"&group_by%5B%5D=model&group_by%5B%5D=project_id&group_by%5B%5D=api_key_id&group_by%5B%5D=service_tier"
		"&group_by%5B%5D=batch&page=page_A%26B%3D");
	assert_null(request.body);
	assert_int_equal(request.n_headers, 0);
}

static void
a_window_that_is_not_over_is_asked_without_its_end(void **state)
{
	struct pull_ask ask = {
		.pull = pull_of("openai-usage"), .from_us = FROM_US, .to_us = FROM_US + DAY_US, .now_us = FROM_US + 1
	};
	struct pull_request request = asked(&ask);

	(void)state;
	assert_null(strstr(request.buffer, "end_time"));
}

static void
an_option_is_what_is_given_else_its_default(void **state)
{
	const struct pull_given given[] = { { "bucket", "1d" }, { "usage", "images , web_search_calls" } };
	struct pull_ask ask = { .pull = pull_of("openai-usage"), .given = given, .givens = 2 };

	(void)state;
	assert_true(text_is(pull_option(&ask, "bucket"), "1d"));
	assert_true(pull_option(&ask, "none").n == 0);
	assert_true(pull_option_names(&ask, "usage", "images"));
	assert_true(pull_option_names(&ask, "usage", "web_search_calls"));
	assert_false(pull_option_names(&ask, "usage", "completions"));
	assert_false(ask.pull->wants(&ask, 0));
	ask.givens = 0;
	assert_true(text_is(pull_option(&ask, "bucket"), "1h"));
	assert_true(ask.pull->wants(&ask, 0));
	assert_true(pull_option_names(&ask, "none", "anything"));
}

static void
windows_are_aligned_and_no_longer_than_the_largest(void **state)
{
	const struct pull pull = { .window_max_s = 7 * DAY_S, .align_s = DAY_S };
	const struct pull crooked = { .window_max_s = DAY_S / 2, .align_s = DAY_S };

	(void)state;
	assert_int_equal(pull_align_down(&pull, FROM_US + 5), FROM_US);
	assert_int_equal(pull_align_up(&pull, FROM_US + 5), FROM_US + DAY_US);
	assert_int_equal(pull_align_up(&pull, FROM_US), FROM_US);
	assert_int_equal(pull_align_down(&pull, -1), -DAY_US);
	assert_int_equal(pull_window_end(&pull, FROM_US, FROM_US + 30 * DAY_US), FROM_US + 7 * DAY_US);
	assert_int_equal(pull_window_end(&pull, FROM_US, FROM_US + 2 * DAY_US), FROM_US + 2 * DAY_US);
	assert_int_equal(pull_window_end(&crooked, FROM_US, FROM_US + 2 * DAY_US), FROM_US + DAY_US);
}

static void
headers_and_bodies_stand_beside_the_path(void **state)
{
	static struct pull_request request;
	struct err err = { 0 };

	(void)state;
	pull_begin(&request, "/v1/");
	pull_segment(&request, text_of("a b/c"));
	pull_query_time(&request, "at", FROM_US);
	pull_query_date(&request, "day", FROM_US);
	pull_header(&request, "x-version", text_of("2"));
	pull_body(&request, "{\"day\":%d}", 3);
	assert_int_equal(pull_ended(&request, &err), 0);
	assert_string_equal(request.path, "/v1/a%20b%2Fc?at=2026-11-01T00%3A00%3A00Z&day=2026-11-01");
	assert_int_equal(request.n_headers, 1);
	assert_string_equal(request.headers[0], "x-version: 2");
	assert_string_equal(request.body, "{\"day\":3}");
}

static void
headers_may_come_before_a_query_and_a_body_after_it(void **state)
{
	struct pull_request request;

	(void)state;
	pull_begin(&request, "/v1/days");
	pull_header(&request, "x-version", text_of("2"));
	pull_query_whole(&request, "limit", 7);
	assert_int_equal(pull_ended(&request, NULL), 0);
	assert_string_equal(request.path, "/v1/days?limit=7");
	assert_string_equal(request.headers[0], "x-version: 2");
	pull_body(&request, "{}");
	assert_string_equal(request.body, "{}");
	pull_query_whole(&request, "page", 2);
	assert_int_equal(pull_ended(&request, NULL), -1);
}

static void
a_header_that_would_be_two_is_refused(void **state)
{
	static struct pull_request request;
	struct err err = { 0 };

	(void)state;
	pull_begin(&request, "/");
	pull_header(&request, "x-name", text_of("a\r\nx-other: b"));
	assert_int_equal(pull_ended(&request, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void
a_request_that_does_not_fit_is_refused(void **state)
{
	static struct pull_request request;
	static char long_page[PULL_REQUEST_MAX];
	struct err err = { 0 };

	(void)state;
	memset(long_page, 'x', sizeof(long_page) - 1);
	pull_begin(&request, "/");
	pull_query(&request, "page", text_of(long_page));
	pull_header(&request, "x-name", text_of("a"));
	pull_body(&request, "{}");
	assert_int_equal(pull_ended(&request, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

/* What every row promises. */
static void
every_source_can_be_asked_with_its_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; collectors[i] != NULL; i++) {
		const struct pull *pull = collectors[i]->pull;
		struct pull_ask ask = { .pull = pull,
			.from_us = FROM_US,
			.to_us = FROM_US + DAY_US,
			.now_us = FROM_US + 2 * DAY_US,
			.account = text_of("acme") };

		if (pull == NULL)
			continue;
		if (pull->interval_s < pull->interval_least_s || pull->interval_least_s < 1)
			fail_msg("%s: intervals", collectors[i]->name);
		if (pull_asks(pull) != (pull->shape != PULL_MACHINE))
			fail_msg("%s: a request for what is asked over HTTP, and only for that", collectors[i]->name);
		if (pull->key.variable != NULL &&
			(pull->key.header == NULL || pull->key.scheme == NULL || pull->key.about == NULL))
			fail_msg("%s: a key has a header, a scheme and a sentence", collectors[i]->name);
		if ((pull->shape == PULL_WINDOW || pull->shape == PULL_EVENTS) &&
			(pull->window_max_s <= 0 || pull->trailing_s <= 0))
			fail_msg("%s: a window has a length", collectors[i]->name);
		for (const struct pull_option *option = pull->options; option != NULL && option->name != NULL; option++)
			if (option->otherwise == NULL || option->text == NULL)
				fail_msg("%s: option %s has a default and a text", collectors[i]->name, option->name);
		for (int part = 0; pull_asks(pull) && (part == 0 || (pull->parts != NULL && pull->parts[part] != NULL));
			part++) {
			struct pull_request request;

			ask.part = part;
			request = asked(&ask);
			if (request.buffer[0] != '/')
				fail_msg("%s: the path begins with /", collectors[i]->name);
		}
	}
}

static void
files_are_followed_by_rows_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; collectors[i] != NULL; i++) {
		const struct pull *files = collectors[i]->files;

		if (collectors[i]->pull != NULL && collectors[i]->pull->shape == PULL_FILES)
			fail_msg("%s: what is asked is no file", collectors[i]->name);
		if (files == NULL)
			continue;
		if (files->shape != PULL_FILES || pull_asks(files) || files->key.variable != NULL)
			fail_msg("%s: files are not asked", collectors[i]->name);
		if (files->interval_s < files->interval_least_s || files->interval_least_s < 1)
			fail_msg("%s: intervals", collectors[i]->name);
		if (files->exports && !files->whole)
			fail_msg("%s: an export is read whole", collectors[i]->name);
		if (files->exports && collectors[i]->kind == COLLECTS_GPU_HOURS)
			fail_msg("%s: GPU time has no billing period", collectors[i]->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_its_window_its_groupings_and_its_page),
		cmocka_unit_test(a_window_that_is_not_over_is_asked_without_its_end),
		cmocka_unit_test(an_option_is_what_is_given_else_its_default),
		cmocka_unit_test(windows_are_aligned_and_no_longer_than_the_largest),
		cmocka_unit_test(headers_and_bodies_stand_beside_the_path),
		cmocka_unit_test(headers_may_come_before_a_query_and_a_body_after_it),
		cmocka_unit_test(a_header_that_would_be_two_is_refused),
		cmocka_unit_test(a_request_that_does_not_fit_is_refused),
		cmocka_unit_test(every_source_can_be_asked_with_its_defaults),
		cmocka_unit_test(files_are_followed_by_rows_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
