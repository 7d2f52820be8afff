/*
 * Rules of attribution: which of them match, what they give, and which can never give anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "models/price/rule.h"
#include "models/units/random.h"

#define ALWAYS .from_us = RULE_FROM_ALWAYS, .to_us = RULE_TO_ALWAYS

static void
a_star_stands_for_any_run_of_bytes_and_everything_else_for_itself(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = { { "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "anything", true },
		{ "a", "a", true }, { "a", "A", false }, { "a*", "a", true }, { "a*", "ba", false },
		{ "*a", "ba", true }, { "*a", "ab", false }, { "a*c", "abc", true }, { "a*c", "ac", true },
		{ "a*c", "acb", false }, { "a*b*c", "aXbYbZc", true }, { "*ab*ab*", "abXab", true },
		{ "*ab*ab*", "abab", true }, { "*ab*ab*", "aab", false }, { "a**b", "ab", true }, { "a?", "ab", false },
		{ "a?", "a?", true }, { "*aab", "aaab", true }, { "*ä*", "xäy", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rule_pattern_fits(rows[i].pattern, rows[i].text) != rows[i].fits)
			fail_msg("'%s' against '%s'", rows[i].pattern, rows[i].text);
}

/* All texts of up to four of the letters a, b against every pattern of up to four of a, b, star. */
static void
word(size_t number, const char *letters, char *to)
{
	size_t base = strlen(letters), n = 0;

	for (size_t length = 0, count = 1; length <= 4; length++, count *= base) {
		if (number < count) {
			for (n = 0; n < length; n++, number /= base)
				to[n] = letters[number % base];
			break;
		}
		number -= count;
	}
	to[n] = '\0';
}

static void
a_pattern_that_covers_another_fits_every_text_that_the_other_fits(void **state)
{
	char wide[8], narrow[8], text[8];
	int covered = 0;

	(void)state;
	for (size_t i = 0; i < 121; i++)
		for (size_t k = 0; k < 121; k++) {
			word(i, "ab*", wide);
			word(k, "ab*", narrow);
			if (!rule_pattern_covers(wide, narrow))
				continue;
			covered++;
			for (size_t t = 0; t < 31; t++) {
				word(t, "ab", text);
				if (rule_pattern_fits(narrow, text) && !rule_pattern_fits(wide, text))
					fail_msg("'%s' does not cover '%s': '%s'", wide, narrow, text);
			}
		}
	assert_true(covered > 500);
	assert_true(rule_pattern_covers(NULL, "a") && rule_pattern_covers(NULL, NULL));
	assert_true(
		rule_pattern_covers("*", NULL) && !rule_pattern_covers("a*", NULL) && !rule_pattern_covers("", NULL));
}

static void
each_name_is_given_by_the_first_rule_that_matches_and_gives_it(void **state)
{
	const struct rule rules[] = {
		{ .pattern = { [IF_PROJECT] = "proj_1" }, .gift = { "chat", NULL, NULL }, ALWAYS },
		{ .pattern = { [IF_PROJECT] = "proj_*" }, .gift = { "other", "research", NULL }, ALWAYS },
		{ .pattern = { [IF_ACCOUNT] = "*" }, .gift = { NULL, "everyone", "4711" }, ALWAYS },
	};
	const char *said[RULE_IFS] = { "acme", "proj_1", "k", "openai", "gpt-4o", "", "", "" };
	struct attribution of;

	(void)state;
	rules_attribute(rules, 3, said, 0, &of);
	assert_string_equal(of.name[GIVES_WORKLOAD], "chat");
	assert_string_equal(of.name[GIVES_TEAM], "research");
	assert_string_equal(of.name[GIVES_COST_CENTRE], "4711");
	assert_int_equal(of.rule[GIVES_WORKLOAD], 0);
	assert_int_equal(of.rule[GIVES_TEAM], 1);
	assert_int_equal(of.rule[GIVES_COST_CENTRE], 2);
}

static void
what_counts_is_said_by_the_first_rule_that_says_it(void **state)
{
	const struct rule rules[] = {
		{ .pattern = { [IF_KEY] = "audit" }, .gift = { [GIVES_COUNTS] = "yes" }, ALWAYS },
		{ .pattern = { [IF_ACCOUNT] = "gateway" }, .gift = { [GIVES_COUNTS] = "no" }, ALWAYS },
	};
	const char *said[RULE_IFS] = { "gateway", "", "k", "", "", "", "", "" };
	struct attribution of;

	(void)state;
	rules_attribute(rules, 2, said, 0, &of);
	assert_false(attribution_counts(&of));
	assert_string_equal(of.name[GIVES_TEAM], "");
	said[IF_KEY] = "audit";
	rules_attribute(rules, 2, said, 0, &of);
	assert_true(attribution_counts(&of));
	said[IF_KEY] = said[IF_ACCOUNT] = "";
	rules_attribute(rules, 2, said, 0, &of);
	assert_true(attribution_counts(&of));
	assert_true(of.rule[GIVES_COUNTS] == NO_RULE);
}

static void
what_no_rule_gives_stays_as_it_was_said_or_is_nobody_s(void **state)
{
	const struct rule rules[] = {
		{ .pattern = { [IF_KEY] = "other" }, .gift = { "x", "y", "z" }, ALWAYS },
		{ .pattern = { [IF_KEY] = "lost" }, .gift = { "", NULL, NULL }, ALWAYS },
	};
	const char *said[RULE_IFS] = { "", "", "k", "", "", "", "", "said" };
	struct attribution of;

	(void)state;
	rules_attribute(rules, 2, said, 0, &of);
	assert_string_equal(of.name[GIVES_WORKLOAD], "said");
	assert_string_equal(of.name[GIVES_TEAM], "");
	assert_true(of.rule[GIVES_WORKLOAD] == NO_RULE && of.rule[GIVES_TEAM] == NO_RULE);
	said[IF_KEY] = "lost"; /* a rule may say that it is nobody's, whatever the source said */
	rules_attribute(rules, 2, said, 0, &of);
	assert_string_equal(of.name[GIVES_WORKLOAD], "");
	assert_int_equal(of.rule[GIVES_WORKLOAD], 1);
}

static void
a_team_can_be_given_to_a_workload_that_a_rule_gave(void **state)
{
	const struct rule rules[] = {
		{ .pattern = { [IF_WORKLOAD] = "chat" }, .gift = { NULL, "support", NULL }, ALWAYS },
		{ .pattern = { [IF_WORKLOAD] = "old" }, .gift = { "chat", NULL, "1" }, ALWAYS },
		{ .pattern = { [IF_WORKLOAD] = "chat" }, .gift = { "never again", NULL, NULL }, ALWAYS },
	};
	const char *said[RULE_IFS] = { "", "", "", "", "", "", "", "old" };
	struct attribution of;

	(void)state;
	rules_attribute(rules, 3, said, 0, &of);
	assert_string_equal(of.name[GIVES_WORKLOAD], "chat"); /* workloads are not given in chains */
	assert_string_equal(of.name[GIVES_TEAM], "support");
	assert_string_equal(of.name[GIVES_COST_CENTRE], "1");
}

static void
one_of_several_tags_is_enough_and_nothing_said_can_be_asked_for(void **state)
{
	const struct rule prod = { .pattern = { [IF_TAG] = "prod" }, .gift = { "p" }, ALWAYS };
	const struct rule none = { .pattern = { [IF_TAG] = "" }, .gift = { "n" }, ALWAYS };
	const struct rule whole = { .pattern = { [IF_TAG] = "dev,prod" }, .gift = { "w" }, ALWAYS };
	const char *said[RULE_IFS] = { "", "", "", "", "", "", "dev, prod ,eu", "" };

	(void)state;
	assert_true(rule_matches(&prod, said));
	assert_false(rule_matches(&none, said));
	assert_false(rule_matches(&whole, said));
	said[IF_TAG] = "dev,prod";
	assert_true(rule_matches(&whole, said));
	said[IF_TAG] = "production";
	assert_false(rule_matches(&prod, said));
	said[IF_TAG] = "";
	assert_true(rule_matches(&none, said));
}

static void
a_rule_holds_from_its_begin_and_no_more_at_its_end(void **state)
{
	const struct rule rule = { .pattern = { [IF_ACCOUNT] = "*" }, .gift = { "w" }, .from_us = 10, .to_us = 20 };
	const char *said[RULE_IFS] = { "a", "", "", "", "", "", "", "" };
	static const struct {
		int64_t at_us;
		const char *workload;
	} rows[] = { { 9, "" }, { 10, "w" }, { 19, "w" }, { 20, "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct attribution of;

		rules_attribute(&rule, 1, said, rows[i].at_us, &of);
		assert_string_equal(of.name[GIVES_WORKLOAD], rows[i].workload);
	}
}

static void
a_rule_behind_one_that_takes_all_it_could_match_is_shadowed(void **state)
{
	const struct rule rules[] = {
		{ .pattern = { [IF_PROJECT] = "proj_*" }, .gift = { "a", NULL, NULL }, ALWAYS },
		{ .pattern = { [IF_PROJECT] = "proj_1", [IF_KEY] = "k" }, .gift = { "b", NULL, NULL }, ALWAYS },
		{ .pattern = { [IF_PROJECT] = "proj_1" }, .gift = { "b", "t", NULL }, ALWAYS },
		{ .pattern = { [IF_PROJECT] = "p*" }, .gift = { "c", NULL, NULL }, ALWAYS },
		{ .pattern = { [IF_PROJECT] = "proj_2" }, .gift = { NULL, "t", NULL }, ALWAYS },
	};
	struct rule dated[2] = { rules[0], rules[1] };

	(void)state;
	assert_true(rules_shadow(rules, 0) == NO_RULE);
	assert_int_equal(rules_shadow(rules, 1), 0);
	assert_true(rules_shadow(rules, 2) == NO_RULE); /* its team is still to be given */
	assert_true(rules_shadow(rules, 3) == NO_RULE); /* it matches more */
	assert_true(rules_shadow(rules, 4) == NO_RULE);
	dated[0].to_us = 100; /* afterwards the second one gives */
	assert_true(rules_shadow(dated, 1) == NO_RULE);
	dated[1].to_us = 50;
	assert_int_equal(rules_shadow(dated, 1), 0);
}

/* Whatever is said: a rule that is called shadowed gives nothing. */
static void
a_shadowed_rule_never_gives_anything(void **state)
{
	static const char *const patterns[] = { NULL, "*", "a", "a*", "*b", "", "a*b", NULL };
	static const char *const texts[] = { "", "a", "ab", "b", "abb", "a,b", "ba" };
	struct random random;
	int shadowed = 0;

	(void)state;
	random_seed(&random, 7);
	for (int round = 0; round < 4000; round++) {
		struct rule rules[4];

		for (int r = 0; r < 4; r++) {
			rules[r] = (struct rule){ ALWAYS };
			for (int i = 0; i < RULE_IFS; i++)
				rules[r].pattern[i] =
					random_next(&random) % 3 > 0 ? NULL : patterns[random_next(&random) % 8];
			for (int i = 0; i < RULE_GIFTS; i++)
				rules[r].gift[i] = random_next(&random) % 2 == 0 ? "a" : NULL;
		}
		for (size_t r = 1; r < 4; r++) {
			if (rules_shadow(rules, r) == NO_RULE)
				continue;
			shadowed++;
			for (int k = 0; k < 30; k++) {
				const char *said[RULE_IFS];
				struct attribution of;

				for (int i = 0; i < RULE_IFS; i++)
					said[i] = texts[random_next(&random) % 7];
				rules_attribute(rules, 4, said, 0, &of);
				for (int i = 0; i < RULE_GIFTS; i++)
					assert_true(of.rule[i] != r);
			}
		}
	}
	assert_true(shadowed > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_stands_for_any_run_of_bytes_and_everything_else_for_itself),
		cmocka_unit_test(a_pattern_that_covers_another_fits_every_text_that_the_other_fits),
		cmocka_unit_test(each_name_is_given_by_the_first_rule_that_matches_and_gives_it),
		cmocka_unit_test(what_counts_is_said_by_the_first_rule_that_says_it),
		cmocka_unit_test(what_no_rule_gives_stays_as_it_was_said_or_is_nobody_s),
		cmocka_unit_test(a_team_can_be_given_to_a_workload_that_a_rule_gave),
		cmocka_unit_test(one_of_several_tags_is_enough_and_nothing_said_can_be_asked_for),
		cmocka_unit_test(a_rule_holds_from_its_begin_and_no_more_at_its_end),
		cmocka_unit_test(a_rule_behind_one_that_takes_all_it_could_match_is_shadowed),
		cmocka_unit_test(a_shadowed_rule_never_gives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
