/*
 * An answer prints the same facts as JSON, CSV and text, and unknown is said as such in each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"

static int
make_arena(void **state)
{
	*state = arena_new();
	return 0;
}

static int
drop_arena(void **state)
{
	arena_free(*state);
	return 0;
}

static void
an_empty_answer_is_two_empty_parts(void **state)
{
	struct answer *answer = answer_new(*state);

	assert_string_equal(answer_print(answer, ANSWER_JSON, NULL), "{\"facts\":{},\"columns\":[]}\n");
}

static void
amounts_and_great_whole_numbers_are_decimal_strings(void **state)
{
	struct answer *answer = answer_new(*state);

	answer_fact(answer, "amount", "USD", value_amount(answer, 8289000000000, 15));
	answer_fact(answer, "small", "", value_whole(answer, 7));
	answer_fact(answer, "great", "", value_whole(answer, (INT64_C(1) << 53) + 1));
	assert_string_equal(answer_print(answer, ANSWER_JSON, NULL),
		"{\"facts\":{\"amount\":\"0.008289\",\"small\":7,\"great\":\"9007199254740993\"},\"columns\":[]}\n");
}

static void
numbers_read_back_as_they_were(void **state)
{
	struct answer *answer = answer_new(*state);

	answer_fact(answer, "third", "", value_number(answer, 1.0 / 3));
	answer_fact(answer, "tenth", "", value_number(answer, 0.1));
	answer_fact(answer, "minus_zero", "", value_number(answer, -0.0));
	assert_string_equal(answer_print(answer, ANSWER_JSON, NULL),
		"{\"facts\":{\"third\":0.3333333333333333,\"tenth\":0.1,\"minus_zero\":0},\"columns\":[]}\n");
}

static void
what_is_unknown_is_null_an_empty_cell_and_a_dash(void **state)
{
	struct answer *answer = answer_new(*state);

	answer_fact(answer, "nothing", "USD", value_number(answer, NAN));
	answer_fact(answer, "text", "", value_text(answer, NULL));
	assert_non_null(strstr(answer_print(answer, ANSWER_JSON, NULL), "\"nothing\":null,\"text\":null"));
	assert_string_equal(answer_print(answer, ANSWER_CSV, NULL), "fact,value,unit\nnothing,,USD\ntext,,\n");
	assert_string_equal(answer_print(answer, ANSWER_TEXT, NULL), "  nothing  –\n  text     –\n");
}

static void
a_cell_that_a_spreadsheet_would_run_is_made_harmless(void **state)
{
	struct answer *answer = answer_new(*state);
	struct column *column = answer_column(answer, "model", "");

	column_add(answer, column, value_text(answer, "=cmd()"));
	column_add(answer, column, value_text(answer, "a,\"b\""));
	assert_string_equal(answer_print(answer, ANSWER_CSV, NULL), "model\n'=cmd()\n\"a,\"\"b\"\"\"\n");
}

static void
control_characters_and_quotes_are_escaped_in_json(void **state)
{
	struct answer *answer = answer_new(*state);

	answer_fact(answer, "text", "", value_text(answer, "a\"b\\c\n\x01"));
	assert_non_null(strstr(answer_print(answer, ANSWER_JSON, NULL), "\"a\\\"b\\\\c\\u000a\\u0001\""));
}

static void
a_fact_set_twice_keeps_its_place_and_takes_the_new_value(void **state)
{
	struct answer *answer = answer_new(*state);

	answer_fact(answer, "a", "", value_whole(answer, 1));
	answer_fact(answer, "b", "", value_whole(answer, 2));
	answer_fact(answer, "a", "", value_whole(answer, 3));
	assert_non_null(strstr(answer_print(answer, ANSWER_JSON, NULL), "{\"a\":3,\"b\":2}"));
	assert_true(value_as_number(answer_get(answer, "a")) == 3);
	assert_true(isnan(value_as_number(answer_get(answer, "c"))));
}

static void
columns_carry_the_name_of_their_table(void **state)
{
	struct answer *answer = answer_new(*state);
	struct column *column;

	answer_table(answer, "inputs", "What went in");
	column = answer_column(answer, "name", "");
	column_add(answer, column, value_text(answer, "volume"));
	answer_table(answer, "curve", "Both curves");
	column = answer_column(answer, "mtok", "Mtok/month");
	column_add(answer, column, value_number(answer, 600));
	assert_string_equal(answer_print(answer, ANSWER_JSON, NULL),
		"{\"facts\":{},\"columns\":[{\"name\":\"name\",\"unit\":\"\",\"table\":\"inputs\",\"values\":[\"volume\"]},"
		"{\"name\":\"mtok\",\"unit\":\"Mtok/month\",\"table\":\"curve\",\"values\":[600]}]}\n");
	assert_string_equal(answer_print(answer, ANSWER_CSV, NULL), "name\nvolume\n\nmtok\n600\n");
}

static void
lists_and_objects_nest(void **state)
{
	struct answer *answer = answer_new(*state);
	struct value *islands = value_list(answer), *pair = value_list(answer), *idle = value_object(answer);

	list_add(answer, pair, value_number(answer, 1.5));
	list_add(answer, pair, value_number(answer, 2));
	list_add(answer, islands, pair);
	object_set(answer, idle, "shape", value_number(answer, 3));
	answer_fact(answer, "islands", "Mtok/month", islands);
	answer_fact(answer, "idle", "USD/month", idle);
	assert_non_null(
		strstr(answer_print(answer, ANSWER_JSON, NULL), "\"islands\":[[1.5,2]],\"idle\":{\"shape\":3}"));
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, drop_arena)

static void
a_listed_price_is_never_rounded_in_a_table(void **state)
{
	struct answer *answer = answer_new(*state);
	struct column *column = answer_column(answer, "input", "USD/Mtok");

	column_add(answer, column, value_amount(answer, 75000000, 9));
	column_add(answer, column, value_amount(answer, 3000000000, 9));
	column_add(answer, column, value_amount(answer, 2500000000, 9));
	assert_string_equal(answer_print(answer, ANSWER_TEXT, NULL),
		"\n     input\n  USD/Mtok\n    $0.075\n     $3.00\n     $2.50\n");
}

static void
a_list_of_ranges_says_from_and_to_with_their_unit(void **state)
{
	struct answer *answer = answer_new(*state);
	struct value *list = value_list(answer);

	for (int i = 0; i < 2; i++) {
		struct value *pair = value_list(answer);

		list_add(answer, pair, value_number(answer, 10 * i + 1));
		list_add(answer, pair, value_number(answer, 10 * i + 5));
		list_add(answer, list, pair);
	}
	answer_fact(answer, "islands", "Mtok/month", list);
	assert_string_equal(answer_print(answer, ANSWER_TEXT, NULL), "  islands  1 to 5; 11 to 15 (Mtok/month)\n");
}

static void
members_of_an_object_are_money_but_for_those_that_are_shares(void **state)
{
	struct answer *answer = answer_new(*state);
	struct value *bands = value_object(answer);

	object_set(answer, bands, "p10", value_number(answer, -1234.5));
	object_set(answer, bands, "p_positive", value_number(answer, 0.25));
	answer_fact(answer, "bands", "USD/month", bands);
	assert_string_equal(
		answer_print(answer, ANSWER_TEXT, NULL), "  bands  p10 -$1,234, p_positive 25.0 % (USD/month)\n");
}

static void
a_long_note_is_broken_at_blanks_within_a_hundred_columns(void **state)
{
	struct answer *answer = answer_new(*state);
	const char *text;
	size_t width = 0, lines = 0;

	answer_note(answer, "%s",
		"eleven char eleven char eleven char eleven char eleven char eleven char eleven char "
		"eleven char eleven char eleven char");
	text = answer_print(answer, ANSWER_TEXT, NULL);
	for (const char *c = text; *c != '\0'; c++) {
		width = *c == '\n' ? 0 : width + 1;
		lines += *c == '\n';
		assert_true(width <= 100);
	}
	assert_int_equal(lines, 3); /* the empty line in front and two of text */
	assert_non_null(strstr(text, "\n      char"));
}

static void
columns_of_nothing_but_0_are_named_below_a_table_too_wide_with_them(void **state)
{
	struct answer *answer = answer_new(*state);
	const char *text;

	for (int i = 0; i < 8; i++) {
		struct column *column =
			answer_column(answer, i == 3 ? "a_name_for_nothing" : "a_name_for_count", "tokens");

		column_add(answer, column, value_whole(answer, i == 3 ? 0 : i + 1));
	}
	text = answer_print(answer, ANSWER_TEXT, NULL);
	assert_non_null(strstr(text, "\n  all 0: a_name_for_nothing\n"));
	assert_null(strstr(strstr(text, "a_name_for_nothing") + 1, "a_name_for_nothing"));
	assert_non_null(strstr(answer_print(answer, ANSWER_CSV, NULL), "a_name_for_nothing"));
}

static void
long_texts_stand_below_a_table_that_is_too_wide_with_them(void **state)
{
	static const char *const names[] = { "name", "error", "much", "path", "nothing" };
	struct answer *answer = answer_new(*state);
	const char *text;

	for (int i = 0; i < 5; i++) {
		struct column *column = answer_column(answer, names[i], "");

		column_add(answer, column,
			i == 0           ? value_text(answer, "one")
				: i == 2 ? value_whole(answer, 7)
				: names[i][0] == 'n'
				? value_unknown(answer)
				: value_text(answer,
					  "a text of more than forty letters and in it a word that is long "
					  "enough for all this"));
		column_add(answer, column, i == 0 ? value_text(answer, "two") : value_unknown(answer));
	}
	text = answer_print(answer, ANSWER_TEXT, NULL);
	assert_non_null(strstr(text, "\n  name  much  path"));
	assert_non_null(strstr(text, "\n  error\n    one   a text of more"));
	assert_null(strstr(text, "\n    two"));
	assert_non_null(strstr(text, "\n  all unknown: nothing\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ARENA(an_empty_answer_is_two_empty_parts),
		IN_ARENA(long_texts_stand_below_a_table_that_is_too_wide_with_them),
		IN_ARENA(amounts_and_great_whole_numbers_are_decimal_strings),
		IN_ARENA(numbers_read_back_as_they_were),
		IN_ARENA(what_is_unknown_is_null_an_empty_cell_and_a_dash),
		IN_ARENA(a_cell_that_a_spreadsheet_would_run_is_made_harmless),
		IN_ARENA(control_characters_and_quotes_are_escaped_in_json),
		IN_ARENA(a_fact_set_twice_keeps_its_place_and_takes_the_new_value),
		IN_ARENA(columns_carry_the_name_of_their_table),
		IN_ARENA(lists_and_objects_nest),
		IN_ARENA(a_listed_price_is_never_rounded_in_a_table),
		IN_ARENA(a_list_of_ranges_says_from_and_to_with_their_unit),
		IN_ARENA(members_of_an_object_are_money_but_for_those_that_are_shares),
		IN_ARENA(columns_of_nothing_but_0_are_named_below_a_table_too_wide_with_them),
		IN_ARENA(a_long_note_is_broken_at_blanks_within_a_hundred_columns),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
