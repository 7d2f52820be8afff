#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "models/units/err.h"

/* Bytes that arrive `piece` at a time. */
struct trickle {
	const char *bytes;
	size_t n, at, piece;
};

static long
read_trickle(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct trickle *trickle = ctx;
	size_t n = trickle->n - trickle->at;

	(void)err;
	n = n < trickle->piece ? n : trickle->piece;
	n = n < size ? n : size;
	memcpy(buffer, trickle->bytes + trickle->at, n);
	trickle->at += n;
	return (long)n;
}

static struct input
input_of(struct trickle *trickle, const char *text, size_t n, size_t piece)
{
	*trickle = (struct trickle){ .bytes = text, .n = n, .piece = piece };
	return (struct input){ .name = "text", .read = read_trickle, .ctx = trickle };
}

/* Every record as "line:field|field\n". Returns the last result of the reader. */
static int
print_records(const char *text, size_t piece, char separator, char *out, struct err *err)
{
	struct trickle trickle;
	struct input input = input_of(&trickle, text, strlen(text), piece);
	struct reader *reader = reader_open(&input, err);
	struct text *fields;
	size_t n;
	int got;

	*out = '\0';
	while ((got = reader_next_record(reader, separator, &fields, &n, err)) == 1) {
		out += sprintf(out, "%d:", (int)reader_line(reader));
		for (size_t i = 0; i < n; i++)
			out += sprintf(out, "%.*s%s", (int)fields[i].n, fields[i].p, i + 1 < n ? "|" : "\n");
	}
	reader_close(reader);
	return got;
}

static void
assert_records(const char *text, const char *expected)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1000 };
	char out[1024];
	struct err err;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_int_equal(print_records(text, pieces[i], ',', out, &err), 0);
		assert_string_equal(out, expected);
	}
}

static void
records_are_the_same_in_whatever_pieces_they_arrive(void **state)
{
	(void)state;
	assert_records("a,b\nc,d\n", "1:a|b\n2:c|d\n");
	assert_records("a,b\r\nc,d", "1:a|b\n2:c|d\n");
	assert_records("a,,\n,,b\n", "1:a||\n2:||b\n");
	assert_records("", "");
	assert_records("one", "1:one\n");
}

static void
a_byte_order_mark_and_blank_lines_are_skipped_and_lines_still_counted(void **state)
{
	(void)state;
	assert_records("\xef\xbb\xbf"
		       "a,b\n\n  \r\nc,d\n\n",
		"1:a|b\n4:c|d\n");
}

static void
quoted_fields_hold_separators_quotes_and_line_breaks(void **state)
{
	(void)state;
	assert_records("\"a,b\",c\n", "1:a,b|c\n");
	assert_records("\"say \"\"hi\"\"\",\"\"\nx,y\n", "1:say \"hi\"|\n2:x|y\n");
	assert_records("\"two\nlines\",z\nnext,1\n", "1:two\nlines|z\n3:next|1\n");
	assert_records("5\" disk,b\n2,3\n", "1:5\" disk|b\n2:2|3\n"); /* a quote inside a field opens nothing */
	assert_records("\"a\"b,c\n", "1:ab|c\n");
}

static void
a_quote_that_is_never_closed_is_an_error_with_its_line(void **state)
{
	char out[256];
	struct err err;

	(void)state;
	assert_int_equal(print_records("a,b\nc,\"d\ne,f\n", 5, ',', out, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "line 2"));
}

static void
other_separators_are_recognised_by_the_first_line(void **state)
{
	static const struct {
		const char *text;
		char separator;
	} cases[] = { { "a,b,c\n1;2\n", ',' }, { "a;b;c\n", ';' }, { "a\tb\n", '\t' }, { "a\n", ',' } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trickle trickle;
		struct input input = input_of(&trickle, cases[i].text, strlen(cases[i].text), 100);
		struct reader *reader = reader_open(&input, NULL);
		char separator;

		assert_int_equal(reader_separator(reader, &separator, NULL), 0);
		assert_int_equal(separator, cases[i].separator);
		reader_close(reader);
	}
}

static void
a_record_longer_than_its_room_is_refused_and_one_that_just_fits_is_read(void **state)
{
	char *text = malloc(RECORD_MAX + 64);
	struct err err;

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct trickle trickle;
		struct input input;
		struct reader *reader;
		struct text *fields, line;
		size_t n;

		memset(text, 'x', RECORD_MAX + over);
		memcpy(text + RECORD_MAX + over, "\nb\n", 3);
		input = input_of(&trickle, text, RECORD_MAX + over + 3, 100000);
		reader = reader_open(&input, &err);
		assert_int_equal(reader_next_record(reader, ',', &fields, &n, &err), over == 0 ? 1 : -1);
		if (over == 0)
			assert_int_equal(fields[0].n, RECORD_MAX);
		reader_close(reader);
		input = input_of(&trickle, text, RECORD_MAX + over + 3, 100000);
		reader = reader_open(&input, &err);
		assert_int_equal(reader_next_line(reader, &line, &err), over == 0 ? 1 : -1);
		reader_close(reader);
	}
	free(text);
}

static void
more_fields_than_there_is_room_for_are_refused(void **state)
{
	char text[FIELDS_MAX + 2], out[4096];
	struct err err;

	(void)state;
	memset(text, ',', FIELDS_MAX - 1);
	text[FIELDS_MAX - 1] = '\0';
	assert_int_equal(print_records(text, 100, ',', out, &err), 0);
	memset(text, ',', FIELDS_MAX);
	text[FIELDS_MAX] = '\0';
	assert_int_equal(print_records(text, 100, ',', out, &err), -1);
	assert_non_null(strstr(err.text, "fields"));
}

static void
lines_end_with_or_without_their_line_feed(void **state)
{
	static const char text[] = "one\r\n\ntwo";
	static const char *const expected[] = { "one", "", "two" };

	(void)state;
	for (size_t piece = 1; piece < 12; piece++) {
		struct trickle trickle;
		struct input input = input_of(&trickle, text, strlen(text), piece);
		struct reader *reader = reader_open(&input, NULL);
		struct text line;

		for (int i = 0; i < 3; i++) {
			assert_int_equal(reader_next_line(reader, &line, NULL), 1);
			assert_true(text_is(line, expected[i]));
			assert_int_equal(reader_line(reader), i + 1);
		}
		assert_int_equal(reader_next_line(reader, &line, NULL), 0);
		reader_close(reader);
	}
}

static void
a_file_in_utf_16_is_told_from_an_unreadable_one(void **state)
{
	struct trickle trickle;
	struct input input = input_of(&trickle,
		"\xff\xfe"
		"a\0b\0",
		6, 100);
	struct reader *reader;
	struct text line;
	struct err err;

	(void)state;
	reader = reader_open(&input, &err);
	assert_int_equal(reader_next_line(reader, &line, &err), -1);
	assert_non_null(strstr(err.text, "UTF-16"));
	reader_close(reader);
}

static void
a_document_is_read_whole(void **state)
{
	size_t n, size = 300000;
	char *text = malloc(size), *whole;
	struct trickle trickle;
	struct input input;

	(void)state;
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + i % 23);
	input = input_of(&trickle, text, size, 4097);
	whole = input_whole(&input, &n, NULL);
	assert_int_equal(n, size);
	assert_memory_equal(whole, text, size);
	assert_int_equal(whole[n], 0);
	free(whole);
	free(text);
}

static void
a_misspelt_collector_is_answered_with_the_nearest(void **state)
{
	struct err err;

	(void)state;
	assert_null(collector_find("usage-cvs", &err));
	assert_non_null(strstr(err.text, "'usage-csv'"));
	for (size_t i = 0; collectors[i] != NULL; i++)
		assert_ptr_equal(collector_find(collectors[i]->name, &err), collectors[i]);
}

static void
inputs_are_recognised_by_their_first_bytes(void **state)
{
	static const struct {
		const char *head, *name;
	} cases[] = {
		{ "id,at,model,in_uncached\n", "usage-csv" },
		{ "\xef\xbb\xbf\"at\";\"out_visible\"\r\n", "usage-csv" },
		{ "{\"at\":1,\"model\":\"m\",\"in_uncached\":1}\n", "usage-jsonl" },
		{ "TIMESTAMP,ContextTokens,GeneratedTokens\n", "azure-trace" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct collector *collector = collector_recognise(cases[i].head, strlen(cases[i].head), &err);

		assert_non_null(collector);
		assert_string_equal(collector->name, cases[i].name);
	}
	assert_null(collector_recognise("hello, world\n", 13, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_null(collector_recognise("", 0, &err));
	assert_non_null(strstr(err.text, "empty"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_the_same_in_whatever_pieces_they_arrive),
		cmocka_unit_test(a_byte_order_mark_and_blank_lines_are_skipped_and_lines_still_counted),
		cmocka_unit_test(quoted_fields_hold_separators_quotes_and_line_breaks),
		cmocka_unit_test(a_quote_that_is_never_closed_is_an_error_with_its_line),
		cmocka_unit_test(other_separators_are_recognised_by_the_first_line),
		cmocka_unit_test(a_record_longer_than_its_room_is_refused_and_one_that_just_fits_is_read),
		cmocka_unit_test(more_fields_than_there_is_room_for_are_refused),
		cmocka_unit_test(lines_end_with_or_without_their_line_feed),
		cmocka_unit_test(a_file_in_utf_16_is_told_from_an_unreadable_one),
		cmocka_unit_test(a_document_is_read_whole),
		cmocka_unit_test(a_misspelt_collector_is_answered_with_the_nearest),
		cmocka_unit_test(inputs_are_recognised_by_their_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
