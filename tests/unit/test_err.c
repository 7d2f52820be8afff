#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/units/err.h"
#include "models/units/text.h"

static void
an_error_has_a_kind_and_a_sentence(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_INPUT, "model '%s': unit '%s' is unknown", "x", "tokn"), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.text, "model 'x': unit 'tokn' is unknown");
}

static void
each_floor_adds_its_noun_and_keeps_the_kind(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_BUSY, "locked");
	assert_int_equal(err_in(&err, "line %d", 7), -1);
	assert_int_equal(err_in(&err, "prices.json"), -1);
	assert_string_equal(err.text, "prices.json: line 7: locked");
	assert_int_equal(err.kind, ERR_BUSY);
	assert_int_equal(err_about(&err, "prices.json"), -1);
	assert_string_equal(err.text, "prices.json: line 7: locked");
	err_about(&err, "import");
	assert_string_equal(err.text, "import: prices.json: line 7: locked");
}

static void
nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_INPUT, "x"), -1);
	assert_int_equal(err_in(NULL, "x"), -1);
}

static void
a_sentence_that_is_too_long_ends_in_dots(void **state)
{
	char text[3000];
	struct err err;
	int i;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_INPUT, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "a...");
	for (i = 0; i < 3; i++)
		err_in(&err, "noun %d", i);
	assert_int_equal(strncmp(err.text, "noun 2: noun 1: noun 0: aaa", 27), 0);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "a...");
	err_set(&err, ERR_INPUT, "short");
	err_in(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "a...");
}

static void
kinds_have_exit_and_http_statuses(void **state)
{
	static const struct {
		enum err_kind kind;
		int exit, http;
	} rows[] = { { ERR_INPUT, 2, 400 }, { ERR_MISSING, 2, 404 }, { ERR_BUSY, 1, 503 }, { ERR_OUTSIDE, 1, 500 } };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_set(&err, rows[i].kind, "x");
		assert_int_equal(err_exit(&err), rows[i].exit);
		assert_int_equal(err_http(&err), rows[i].http);
	}
}

static void
a_wrong_text_is_shown_cut_and_printable(void **state)
{
	char shown[8];

	(void)state;
	assert_string_equal(text_shown(text_of("abcdefg"), shown, sizeof(shown)), "abcdefg");
	assert_string_equal(text_shown(text_of("abcdefgh"), shown, sizeof(shown)), "abcd...");
	assert_string_equal(text_shown(text_of("a\n\x1b\x7f\xc3"), shown, sizeof(shown)), "a????");
	assert_string_equal(text_shown(text_of("Zo\xc3\xab"), shown, sizeof(shown)), "Zo\xc3\xab");
	assert_string_equal(text_shown(text_of("abc\xc3\xab-xyz"), shown, sizeof(shown)), "abc...");
	assert_string_equal(text_shown(text_of("ab\xc3\xab-xyz"), shown, sizeof(shown)), "ab\xc3\xab...");
	assert_string_equal(
		text_shown(text_of("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), shown, sizeof(shown)), "\xf0\x9f\x98\x80...");
	/* CSI as one character, a form that is too long, half of a pair, a letter that is cut off */
	assert_string_equal(text_shown(text_of("\xc2\x9b|\xc0\xaf|"), shown, sizeof(shown)), "?|??|");
	assert_string_equal(text_shown(text_of("\xed\xa0\x80\xe2\x82"), shown, sizeof(shown)), "?????");
	assert_string_equal(text_shown((struct text){ NULL, 0 }, shown, sizeof(shown)), "");
	assert_string_equal(text_shown(text_of("abc"), shown, 1), "");
}

static void
letters_are_measured_as_utf8_defines_them(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} cases[] = { { "", 0 }, { "a", 1 }, { "\x7f", 1 }, { "\x80", 0 }, { "\xc1\xbf", 0 }, { "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 }, { "\xe0\x9f\xbf", 0 }, { "\xe0\xa0\x80", 3 }, { "\xed\x9f\xbf", 3 },
		{ "\xed\xa0\x80", 0 }, { "\xee\x80\x80", 3 }, { "\xf0\x8f\xbf\xbf", 0 }, { "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 }, { "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 }, { "\xe2\x82", 0 },
		{ "\xe2\x82x", 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(text_letter(text_of(cases[i].bytes)), cases[i].n);
}

static void
texts_are_compared_by_length_and_bytes(void **state)
{
	(void)state;
	assert_true(text_is((struct text){ "abcd", 3 }, "abc"));
	assert_false(text_is((struct text){ "abcd", 3 }, "abcd"));
	assert_true(text_is((struct text){ NULL, 0 }, ""));
	assert_true(text_same(text_of("x"), (struct text){ "xy", 1 }));
	assert_false(text_same(text_of("x"), text_of(NULL)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_a_kind_and_a_sentence),
		cmocka_unit_test(each_floor_adds_its_noun_and_keeps_the_kind),
		cmocka_unit_test(nobody_needs_to_listen),
		cmocka_unit_test(a_sentence_that_is_too_long_ends_in_dots),
		cmocka_unit_test(kinds_have_exit_and_http_statuses),
		cmocka_unit_test(a_wrong_text_is_shown_cut_and_printable),
		cmocka_unit_test(letters_are_measured_as_utf8_defines_them),
		cmocka_unit_test(texts_are_compared_by_length_and_bytes),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
