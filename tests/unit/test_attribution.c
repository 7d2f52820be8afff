/*
 * Attribution when the ledger is read: against the rows themselves, whatever is grouped, filtered and dated.
 */
#include "daemon/store/lines.h"
#include "daemon/store/rules.h"
#include "models/price/rule.h"
#include "models/units/random.h"
#include "tests/unit/ledger_kit.h"

#define ROWS 500
#define FROM_S INT64_C(1785542400) /* 2026-08-01 */
#define DAYS 12

struct made {
	int64_t at_us, tokens;
	const char *said[RULE_IFS];
};

static const char *const values[RULE_IFS][4] = {
	{ "acme", "acme", "globex", "" },
	{ "proj_1", "proj_2", "lab", "" },
	{ "k1", "k2", "", "k3" },
	{ "openai", "openai", "anthropic", "" },
	{ "gpt-4o", "gpt-4o-mini", "claude", "m" },
	{ "", "batch", "", "" },
	{ "", "prod", "dev;eu", "dev" },
	{ "", "", "chat", "code" },
};

/* Rows of the file and as the rules see them. A tag of two stands in quotes, since a comma parts them. */
static void
make_rows(struct random *random, struct made *made, char *text)
{
	char *p = text +
		sprintf(text, "id,at,account,project,key,provider,model,service_tier,tag,workload,in_uncached\n");

	for (int i = 0; i < ROWS; i++) {
		made[i].at_us = (FROM_S + (int64_t)(random_next(random) % (DAYS * 86400))) * SECOND_US;
		made[i].tokens = 1 + (int64_t)(random_next(random) % 1000);
		p += sprintf(p, "r%d,%lld", i, (long long)(made[i].at_us / SECOND_US));
		for (int k = 0; k < RULE_IFS; k++) {
			const char *value = values[k][random_next(random) % 4];

			p += sprintf(p, strcmp(value, "dev;eu") == 0 ? ",\"dev,eu\"" : ",%s", value);
			made[i].said[k] = strcmp(value, "dev;eu") == 0 ? "dev,eu" : value;
		}
		p += sprintf(p, ",%lld\n", (long long)made[i].tokens);
	}
}

static struct rule
random_rule(struct random *random)
{
	static const char *const patterns[RULE_IFS][3] = { { "acme", "a*", "" }, { "proj_*", "lab", "" },
		{ "k1", "k*", "" }, { "openai", "*", "" }, { "gpt-4o*", "claude", "*4o" }, { "batch", "", "*" },
		{ "dev", "e*", "" }, { "chat", "", "c*" } };
	static const char *const gifts[] = { "w1", "w2", "chat", "" };
	struct rule rule = { .from_us = RULE_FROM_ALWAYS, .to_us = RULE_TO_ALWAYS };

	rule.pattern[random_next(random) % RULE_IFS] = "*";
	for (int i = 0; i < RULE_IFS; i++)
		if (random_next(random) % 4 == 0)
			rule.pattern[i] = patterns[i][random_next(random) % 3];
	rule.gift[random_next(random) % RULE_NAMES] = "w3";
	for (int i = 0; i < RULE_NAMES; i++)
		if (random_next(random) % 3 == 0)
			rule.gift[i] = gifts[random_next(random) % 4];
	if (random_next(random) % 5 == 0)
		rule.gift[GIVES_COUNTS] = random_next(random) % 4 == 0 ? "yes" : "no";
	if (random_next(random) % 3 == 0)
		rule.from_us = (FROM_S + (int64_t)(random_next(random) % (DAYS * 24)) * 3600) * SECOND_US;
	if (random_next(random) % 3 == 0) /* anywhere in a day, a quarter hour or a second */
		rule.to_us = (FROM_S + DAYS * 43200 + (int64_t)(random_next(random) % (DAYS * 43200))) * SECOND_US + 7;
	return rule;
}

static void
put_rules(struct kit *kit, struct random *random, struct rule_list *list)
{
	struct store *store = kit_store(kit);
	size_t n = random_next(random) % 7;

	assert_int_equal(store_begin(store, &kit->err), 0);
	for (size_t i = 0; i < n; i++) {
		struct rule rule = random_rule(random);
		struct rule_put put = { .rule = &rule, .row = { .note = "" }, .position = i == 0 ? 0 : 1 };
		int64_t id;

		if (rule_put(store, &put, &id, &kit->err) != 0 && strstr(kit->err.text, "can never match") == NULL)
			fail_msg("%s", kit->err.text);
	}
	assert_int_equal(store_commit(store, &kit->err), 0);
	assert_int_equal(rule_list(store, kit->arena, list, &kit->err), 0);
}

static void
drop_rules(struct kit *kit, const struct rule_list *list)
{
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	for (size_t i = 0; i < list->n; i++)
		assert_int_equal(rule_remove(kit->store, list->rows[i].id, &kit->err), 1);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
}

static const enum by gift_by[RULE_NAMES] = { BY_WORKLOAD, BY_TEAM, BY_COST_CENTRE };

/* What of the rows has these attributes (NULL: any) in this range. */
static int64_t
expected(
	const struct made *made, const struct rule_list *list, const char *const *name, const struct usage_query *query)
{
	int64_t tokens = 0;

	for (int i = 0; i < ROWS; i++) {
		struct attribution of;
		bool same = made[i].at_us >= query->from_us && made[i].at_us < query->to_us;

		rules_attribute(list->rules, list->n, made[i].said, made[i].at_us, &of);
		same = same && attribution_counts(&of) != query->left_out;
		for (int k = 0; k < RULE_NAMES; k++)
			same = same && (name[k] == NULL || strcmp(name[k], of.name[k]) == 0) &&
				(query->only[gift_by[k]] == NULL || strcmp(query->only[gift_by[k]], of.name[k]) == 0);
		tokens += same ? made[i].tokens : 0;
	}
	return tokens;
}

/* Every row of the answer is the sum of the rows that it names, and the rows are the total. */
static void
assert_rows(struct kit *kit, const struct made *made, const struct rule_list *list, const struct usage_query *query)
{
	static const char *const any[RULE_NAMES] = { NULL, NULL, NULL };
	struct usage_result result;
	int64_t sum = 0;

	assert_int_equal(query_usage(kit->store, query, kit->arena, &result, &kit->err), 0);
	for (size_t i = 0; i < result.n; i++) {
		const char *name[RULE_NAMES] = { NULL, NULL, NULL };
		struct usage_query part = *query;

		part.from_us = result.rows[i].from_us;
		part.to_us = result.rows[i].to_us;
		for (int k = 0; k < RULE_NAMES; k++)
			for (int b = 0; b < QUERY_BYS; b++)
				if (query->by[b] == gift_by[k])
					name[k] = result.rows[i].name[b];
		assert_int_equal(usage_sum_tokens(&result.rows[i].sum), expected(made, list, name, &part));
		sum += usage_sum_tokens(&result.rows[i].sum);
	}
	assert_int_equal(sum, usage_sum_tokens(&result.total));
	assert_int_equal(sum, expected(made, list, any, query));
}

static void
assert_lines(struct kit *kit, const struct made *made, const struct rule_list *list, const struct usage_query *query)
{
	static const char *const any[RULE_NAMES] = { NULL, NULL, NULL };
	struct lines_query lines = { .usage = query, .limit = ROWS };
	struct lines_result result;
	struct week_profile profile;
	struct coverage coverage;
	int64_t tokens = 0, weeks = 0;

	assert_int_equal(query_lines(kit->store, &lines, kit->arena, &result, &kit->err), 0);
	for (size_t i = 0; i < result.n; i++) {
		struct attribution of;
		const struct ledger_line *line = &result.lines[i];
		const struct made *row = &made[atoi(line->id + 1)];

		rules_attribute(list->rules, list->n, row->said, row->at_us, &of);
		for (int k = 0; k < RULE_NAMES; k++) {
			assert_string_equal(line->name[gift_by[k]], of.name[k]);
			assert_int_equal(line->rule[k], of.rule[k] == NO_RULE ? 0 : list->rows[of.rule[k]].id);
		}
		assert_string_equal(line->said_workload, row->said[IF_WORKLOAD]);
		tokens += row->tokens;
	}
	assert_int_equal(tokens, expected(made, list, any, query));
	assert_int_equal(query_profile(kit->store, query, &profile, &kit->err), 0);
	for (int i = 0; i < 168; i++)
		weeks += profile.input[i];
	assert_int_equal(weeks, tokens);
	assert_int_equal(query_coverage(kit->store, query, &coverage, &kit->err), 0);
	assert_int_equal(coverage.any, result.n > 0);
	if (result.n > 0) {
		assert_int_equal(coverage.first_us, result.lines[0].at_us);
		assert_int_equal(coverage.last_us, result.lines[result.n - 1].at_us);
	}
}

static void
every_group_and_filter_is_the_sum_of_the_rows_that_the_rules_give_it(void **state)
{
	static const enum by times[] = { BY_NONE, BY_HOUR, BY_DAY, BY_MONTH };
	struct kit *kit = *state;
	struct made *made = calloc(ROWS, sizeof(*made));
	char *text = malloc(1u << 20);
	struct random random;

	random_seed(&random, 11);
	make_rows(&random, made, text);
	assert_int_equal(kit_import(kit, text), 0);
	assert_tallies(kit, ROWS, 0, 0, 0);
	for (int round = 0; round < 40; round++) {
		struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
		struct rule_list list;

		put_rules(kit, &random, &list);
		if (round % 2 == 1) {
			query.from_us = (FROM_S + (int64_t)(random_next(&random) % (4 * 86400))) * SECOND_US;
			query.to_us = query.from_us + (int64_t)(random_next(&random) % (6 * 86400) + 1) * SECOND_US;
		}
		query.left_out = round % 8 > 5;
		for (int gift = 0; gift < RULE_NAMES; gift++)
			for (size_t t = 0; t < 4; t++) {
				query.by[0] = times[t];
				query.by[1] = gift_by[gift];
				query.by[2] = gift_by[(gift + 1) % RULE_NAMES];
				assert_rows(kit, made, &list, &query);
			}
		memset(query.by, 0, sizeof(query.by));
		query.only[gift_by[round % RULE_NAMES]] = round % 4 == 0 ? "" : round % 4 == 1 ? "w1" : "chat";
		assert_lines(kit, made, &list, &query);
		drop_rules(kit, &list);
	}
	free(text);
	free(made);
}

static void
rules_keep_their_order_whatever_is_put_moved_and_removed(void **state)
{
	struct kit *kit = *state;
	const struct rule rule = {
		.pattern = { "a" }, .gift = { "w" }, .from_us = RULE_FROM_ALWAYS, .to_us = RULE_TO_ALWAYS
	};
	struct rule_put put = { .rule = &rule, .row = { .note = "" } };
	struct rule_list list;
	int64_t id;

	assert_int_equal(store_begin(kit_store(kit), &kit->err), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), 0);
	put.row.id = 4;
	put.position = 2;
	assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), 0);
	put.row.id = 1;
	put.position = 4;
	assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), 0);
	assert_int_equal(rule_remove(kit->store, 2, &kit->err), 1);
	put.row.id = 0;
	put.position = 1;
	assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), 0);
	assert_int_equal(id, 5); /* 2 is not used again, and neither would be the last */
	assert_int_equal(rule_list(kit->store, kit->arena, &list, &kit->err), 0);
	assert_int_equal(list.n, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(list.rows[i].id, ((const int[]){ 5, 4, 3, 1 })[i]);
	put.position = 6;
	assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "position: 6 is outside 1 to 5"));
	put = (struct rule_put){ .rule = &rule, .row = { .id = 99, .note = "" } };
	assert_int_equal(rule_put(kit->store, &put, &id, &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_MISSING);
	assert_int_equal(rule_remove(kit->store, 99, &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
}

static void
a_rule_that_can_do_nothing_is_refused_with_a_sentence(void **state)
{
	char longer[RULE_TEXT_MAX + 2];
	const struct {
		struct rule rule;
		const char *says;
	} rows[] = {
		{ { .pattern = { "a" }, .to_us = 1 }, "gives nothing" },
		{ { .gift = { "w" }, .to_us = 1 }, "no condition" },
		{ { .pattern = { "a" }, .gift = { "w" }, .from_us = 5, .to_us = 5 }, "can never match" },
		{ { .pattern = { "a" }, .gift = { "w*" }, .to_us = 1 }, "workload: 'w*'" },
		{ { .pattern = { "a\n" }, .gift = { "w" }, .to_us = 1 }, "account: 'a?' holds a control character" },
		{ { .pattern = { "\xff" }, .gift = { "w" }, .to_us = 1 }, "not UTF-8" },
		{ { .pattern = { longer }, .gift = { "w" }, .to_us = 1 }, "257 bytes" },
	};
	struct err err;

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[RULE_TEXT_MAX + 1] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rule_check(&rows[i].rule, "", &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("'%s' is not in '%s'", rows[i].says, err.text);
	}
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(every_group_and_filter_is_the_sum_of_the_rows_that_the_rules_give_it),
		with_kit(rules_keep_their_order_whatever_is_put_moved_and_removed),
		cmocka_unit_test(a_rule_that_can_do_nothing_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
