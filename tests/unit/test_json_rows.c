/*
 * json_rows: rows come out the same however the bytes come in, and what is broken costs no more than it must.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/json_rows.h"
#include "models/units/err.h"
#include "tests/unit/printed_sink.h"

/* "row@LINE first-member-value", "broken@LINE", "around has_more-type", "end" or the error, a line each. */
static char *
told(const char *text, size_t step)
{
	static const char *const lists[] = { "data", "rows", NULL };
	static char out[4096];
	char *copy = strdup(text);
	struct bytes_input bytes = { .bytes = copy, .size = strlen(text), .step = step };
	struct input input = bytes_input(&bytes);
	struct err err = { 0 };
	struct json_rows *rows = json_rows_open(&input, lists, &err);
	const struct json *row;
	int64_t line = 0;
	size_t n = 0;
	int got;

	assert_non_null(rows);
	while ((got = json_rows_next(rows, &row, &line, &err)) > 0)
		if (got == ROW_READ)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "row@%d %.*s%s\n", (int)line,
				row->first == NULL ? 1 : (int)row->first->text.n,
				row->first == NULL ? "-" : row->first->text.p, json_rows_listed(rows) ? "" : " alone");
		else if (got == ROW_BROKEN)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "broken@%d\n", (int)line);
		else
			n += (size_t)snprintf(
				out + n, sizeof(out) - n, "around %s\n", json_type_name(json_get(row, "has_more")));
	snprintf(out + n, sizeof(out) - n, "%s\n", got == 0 ? "end" : err.text);
	json_rows_close(rows);
	free(copy);
	return out;
}

static void
assert_told(const char *text, const char *expected)
{
	for (size_t step = 0; step < 12; step++)
		assert_string_equal(told(text, step), expected);
}

static void
rows_stand_in_an_array_in_a_page_or_alone(void **state)
{
	(void)state;
	assert_told("[{\"a\":1},{\"a\":2}]", "row@1 1\nrow@1 2\nend\n");
	assert_told(" [ ] ", "end\n");
	assert_told("{\"x\":[{\"y\":\"]}\"}],\"data\":[{\"a\":1},\n{\"a\":2}\n],\"has_more\":false}",
		"row@1 1\nrow@2 2\naround false\nend\n");
	assert_told("{\"has_more\":true,\"data\":[]}", "around true\nend\n");
	assert_told(
		"{\"a\":1}\n{\"a\":\"b\\\"}\"}\n\n{\"a\":3}", "row@1 1 alone\nrow@2 b\"} alone\nrow@4 3 alone\nend\n");
	assert_told("\xef\xbb\xbf{\"a\":1}", "row@1 1 alone\nend\n");
	assert_told("", "end\n");
}

static void
pages_may_stand_behind_each_other(void **state)
{
	(void)state;
	assert_told("{\"data\":[{\"a\":1}],\"has_more\":true}\n{\"data\":[{\"a\":2}],\"has_more\":false}",
		"row@1 1\naround true\nrow@2 2\naround false\nend\n");
}

static void
a_list_is_one_only_at_the_top_and_only_as_a_list(void **state)
{
	(void)state;
	assert_told("{\"a\":\"data\",\"data\":{\"data\":[1]}}", "row@1 data alone\nend\n");
	assert_told("{\"a\":{\"data\":[{\"b\":1}]}}", "row@1  alone\nend\n");
	assert_told("{\"data\":null,\"rows\":[{\"a\":1}]}", "row@1 1\naround nothing\nend\n");
}

static void
a_broken_line_costs_only_itself(void **state)
{
	(void)state;
	assert_told("{\"a\":1}\nnonsense\n{\"a\":2}", "row@1 1 alone\nbroken@2\nrow@3 2 alone\nend\n");
	assert_told("{\"a\":\"cut\n{\"a\":2}", "broken@1\nrow@2 2 alone\nend\n");
	assert_told("{\"a\":[1,\n{\"a\":2}", "broken@1\nrow@2 2 alone\nend\n");
	assert_told("{\"a\":\n{\"a\":2}", "broken@1\nrow@2 2 alone\nend\n");
	assert_told("{\"a\":1 \"b\":2}\n{\"a\":2}", "broken@1\nrow@2 2 alone\nend\n");
	assert_told("{\"a\":1", "broken@1\nend\n");
	assert_told("{\"a\":1]\n{\"a\":2}", "broken@1\nrow@2 2 alone\nend\n");
}

static void
a_broken_page_is_no_page(void **state)
{
	(void)state;
	assert_told("[{\"a\":1},{\"a\":", "row@1 1\nline 1: not JSON: it is cut off inside a row\n");
	assert_told("[{\"a\":1}", "row@1 1\nline 1: not JSON: the list is not closed at the end\n");
	assert_told("[{\"a\":1} {\"a\":2}]", "row@1 1\nline 1: not JSON: a ']' or ',' is missing\n");
	assert_told("[{\"a\":1},]", "row@1 1\nline 1: not JSON: a value is missing at ']'\n");
	assert_told("[\n{\"a\":1 2}]", "line 2: not JSON: a '}' or ',' is missing at '2'\n");
	assert_told("{\"data\":[{\"a\":1}],\"b\"", "row@1 1\nline 1: not JSON: an object is not closed at the end\n");
	assert_told("{\"data\":[{\"a\":1}] \"b\":1}", "row@1 1\nline 1: not JSON: a '}' or ',' is missing at '\"'\n");
}

static void
a_row_larger_than_the_window_is_read(void **state)
{
	const size_t n = 3 << 20;
	char *text = malloc(n + 64);
	struct bytes_input bytes = { .step = 65521 };
	static const char *const lists[] = { "data", NULL };
	const struct json *row = NULL;
	struct json_rows *rows;
	struct input input;
	struct err err;
	int64_t line;

	(void)state;
	memcpy(text, "{\"data\":[{\"a\":\"", 15);
	memset(text + 15, 'x', n);
	memcpy(text + 15 + n, "\"},{\"a\":2}]}", 13);
	bytes.bytes = text;
	bytes.size = 15 + n + 12;
	input = bytes_input(&bytes);
	rows = json_rows_open(&input, lists, &err);
	assert_int_equal(json_rows_next(rows, &row, &line, &err), ROW_READ);
	assert_int_equal(json_text(row, "a").n, n);
	assert_int_equal(json_rows_next(rows, &row, &line, &err), ROW_READ);
	assert_int_equal(json_rows_next(rows, &row, &line, &err), ROWS_AROUND);
	assert_int_equal(json_rows_next(rows, &row, &line, &err), ROWS_END);
	json_rows_close(rows);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_stand_in_an_array_in_a_page_or_alone),
		cmocka_unit_test(pages_may_stand_behind_each_other),
		cmocka_unit_test(a_list_is_one_only_at_the_top_and_only_as_a_list),
		cmocka_unit_test(a_broken_line_costs_only_itself),
		cmocka_unit_test(a_broken_page_is_no_page),
		cmocka_unit_test(a_row_larger_than_the_window_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
