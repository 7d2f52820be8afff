/*
 * attribution: whose usage is whose: the rules, what each does to what the ledger holds, what they say of one call.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/attribution.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "daemon/store/dictionary.h"
#include "daemon/store/rules.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

const char *const rule_fields[] = { "account", "project", "key", "provider", "model", "service_tier", "tag",
	"said_workload", "workload", "team", "cost_centre", "counts", "from", "to", "position", "note" };
const size_t rule_fields_n = sizeof(rule_fields) / sizeof(rule_fields[0]);

/* ---- showing */

/* A pattern or gift as people write it. */
static struct value *
shown(struct answer *answer, const char *text)
{
	return text == NULL ? value_unknown(answer) : value_text(answer, text[0] == '\0' ? GROUP_NONE : text);
}

static struct value *
instant(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == RULE_FROM_ALWAYS || at_us == RULE_TO_ALWAYS)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us);
	return value_text(answer, text);
}

static void
add_facts(struct answer *answer, const struct rule_list *list, size_t i)
{
	const struct rule *rule = &list->rules[i];

	answer_fact(answer, "id", "", value_whole(answer, list->rows[i].id));
	answer_fact(answer, "position", "", value_whole(answer, (int64_t)i + 1));
	for (int k = 0; k < RULE_IFS; k++)
		if (rule->pattern[k] != NULL)
			answer_fact(answer, rule_if_names[k], "", shown(answer, rule->pattern[k]));
	for (int k = 0; k < RULE_GIFTS; k++)
		if (rule->gift[k] != NULL)
			answer_fact(answer, rule_gift_names[k], "", shown(answer, rule->gift[k]));
	if (rule->from_us != RULE_FROM_ALWAYS)
		answer_fact(answer, "from", "", instant(answer, rule->from_us));
	if (rule->to_us != RULE_TO_ALWAYS)
		answer_fact(answer, "to", "", instant(answer, rule->to_us));
	if (list->rows[i].note[0] != '\0')
		answer_fact(answer, "note", "", value_text(answer, list->rows[i].note));
}

/* ---- what a rule does to what the ledger holds */

struct effect {
	size_t matches, gives; /* combinations of names that it matches, and to which it gives something */
};

static struct effect *
measure(struct arena *arena, const struct dictionary *dictionary)
{
	const struct rule_list *list = &dictionary->rules;
	struct effect *effects = arena_take(arena, (list->n + 1) * sizeof(*effects));
	const char *said[RULE_IFS];

	for (size_t i = 0; i < dictionary->n; i++) {
		dictionary_said(&dictionary->entry[i], said);
		for (size_t r = 0; r < list->n; r++) {
			bool gave = false;

			for (size_t p = 0; p < dictionary->periods && !gave; p++)
				for (int gift = 0; gift < RULE_GIFTS; gift++)
					gave = gave || dictionary->period[p].of[i].rule[gift] == r;
			effects[r].gives += gave;
			effects[r].matches += gave || rule_matches(&list->rules[r], said);
		}
	}
	return effects;
}

/* Why a rule gives nothing; NULL where it does. */
static const char *
idle_reason(struct arena *arena, const struct rule_list *list, size_t i, const struct effect *effect)
{
	size_t before = rules_shadow(list->rules, i);

	if (before != NO_RULE)
		return arena_format(arena, "never: rule %" PRId64 " stands before it and takes all that it could match",
			list->rows[before].id);
	if (effect->gives > 0)
		return NULL;
	if (effect->matches > 0)
		return "overruled: for all that it matches, rules before it have given what it gives";
	return "nothing in the ledger matches it";
}

static int
load(struct store *store, struct arena *arena, struct dictionary *dictionary, struct err *err)
{
	const struct dictionary_wish wish = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .attribute = true };

	return dictionary_load(store, &wish, arena, dictionary, err);
}

/* ---- changing */

static const char *
text_given(const char *value)
{
	return value != NULL && strcmp(value, GROUP_NONE) == 0 ? "" : value;
}

static int
read_times(const struct edit *edit, struct rule *rule, struct err *err)
{
	bool given;
	const char *from = edit_value(edit, "from", &given);

	if (given)
		rule->from_us = RULE_FROM_ALWAYS;
	if (from != NULL && clock_read(&edit->clock, "from", from, &rule->from_us, err) != 0)
		return -1;
	from = edit_value(edit, "to", &given);
	if (given)
		rule->to_us = RULE_TO_ALWAYS;
	return from != NULL ? clock_read(&edit->clock, "to", from, &rule->to_us, err) : 0;
}

static int
read_fields(const struct edit *edit, struct rule *rule, struct rule_put *put, struct err *err)
{
	const char *value, *position = edit_value(edit, "position", NULL);
	bool given;
	char *end;

	if (edit_check(edit, rule_fields, rule_fields_n, err) != 0)
		return -1;
	for (int i = 0; i < RULE_IFS; i++) {
		value = edit_value(edit, rule_if_names[i], &given);
		if (given)
			rule->pattern[i] = text_given(value);
	}
	for (int i = 0; i < RULE_GIFTS; i++) {
		value = edit_value(edit, rule_gift_names[i], &given);
		if (given)
			rule->gift[i] = text_given(value);
	}
	value = edit_value(edit, "note", &given);
	if (given)
		put->row.note = value == NULL ? "" : value;
	if (position != NULL) {
		put->position = strtoll(position, &end, 10);
		if (*end != '\0' || put->position < 1 || put->position > RULES_MAX)
			return err_set(err, ERR_INPUT, "position: '%s' is no place; the first is 1", position);
	}
	return read_times(edit, rule, err);
}

static size_t
find_rule(const struct rule_list *list, int64_t id)
{
	size_t i = 0;

	while (i < list->n && list->rows[i].id != id)
		i++;
	return i;
}

/* What the rule became, and what it does, read back in the transaction. */
static int
tell(const struct edit *edit, int64_t id, const char *what, struct answer *answer, struct err *err)
{
	struct dictionary dictionary;
	struct effect *effects;
	const char *reason;
	size_t i;

	if (load(edit->store, edit->arena, &dictionary, err) != 0)
		return -1;
	i = find_rule(&dictionary.rules, id);
	effects = measure(edit->arena, &dictionary);
	add_facts(answer, &dictionary.rules, i);
	if (edit_audit(edit, what, arena_format(edit->arena, "%" PRId64, id), answer, err) != 0)
		return -1;
	answer_fact(answer, "matches", "", value_whole(answer, (int64_t)effects[i].matches));
	answer_fact(answer, "gives", "", value_whole(answer, (int64_t)effects[i].gives));
	if ((reason = idle_reason(edit->arena, &dictionary.rules, i, &effects[i])) != NULL)
		answer_note(answer, "rule %" PRId64 ": %s", id, reason);
	return 0;
}

/* Put it in a transaction of its own. */
static int
put_rule(const struct edit *edit, const struct rule_put *put, const char *what, struct answer *answer, struct err *err)
{
	int64_t id;

	if (store_begin(edit->store, err) != 0)
		return -1;
	if (rule_put(edit->store, put, &id, err) != 0 || tell(edit, id, what, answer, err) != 0 ||
		store_commit(edit->store, err) != 0) {
		store_rollback(edit->store);
		return -1;
	}
	return 0;
}

int
rule_add(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct rule rule = { .from_us = RULE_FROM_ALWAYS, .to_us = RULE_TO_ALWAYS };
	struct rule_put put = { .rule = &rule, .row = { .note = "", .changed_us = edit->clock.now_us } };

	if (read_fields(edit, &rule, &put, err) != 0)
		return -1;
	return put_rule(edit, &put, "rule add", answer, err);
}

static int
no_such_rule(int64_t id, struct err *err)
{
	return err_set(err, ERR_MISSING, "there is no rule %" PRId64 "; `breakeven rule list` shows them", id);
}

int
rule_change(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct rule_list list;
	struct rule_put put;
	int64_t id;
	size_t i;

	if (edit_number(edit, "rule", &id, err) != 0 || rule_list(edit->store, edit->arena, &list, err) != 0)
		return -1;
	if ((i = find_rule(&list, id)) == list.n)
		return no_such_rule(id, err);
	put = (struct rule_put){ .rule = &list.rules[i], .row = list.rows[i] };
	put.row.changed_us = edit->clock.now_us;
	if (read_fields(edit, &list.rules[i], &put, err) != 0)
		return -1;
	return put_rule(edit, &put, "rule set", answer, err);
}

/* In a transaction: 1 removed, 0 there was none. */
static int
drop(const struct edit *edit, int64_t id, struct answer *answer, struct err *err)
{
	struct rule_list list;
	size_t i;

	if (rule_list(edit->store, edit->arena, &list, err) != 0)
		return -1;
	if ((i = find_rule(&list, id)) == list.n)
		return no_such_rule(id, err);
	add_facts(answer, &list, i);
	if (rule_remove(edit->store, id, err) < 0)
		return -1;
	return edit_audit(edit, "rule remove", edit->name, answer, err);
}

int
rule_drop(const struct edit *edit, struct answer *answer, struct err *err)
{
	int64_t id;

	if (edit_number(edit, "rule", &id, err) != 0 || store_begin(edit->store, err) != 0)
		return -1;
	if (drop(edit, id, answer, err) != 0 || store_commit(edit->store, err) != 0) {
		store_rollback(edit->store);
		return -1;
	}
	answer_fact(answer, "removed", "", value_truth(answer, true));
	return 0;
}

/* ---- all rules */

static const struct param no_params[] = {
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct rule_columns {
	struct column *id, *position, *pattern[RULE_IFS], *gift[RULE_GIFTS], *from, *to, *matches, *gives, *state,
		*note;
};

static struct rule_columns
make_columns(struct answer *answer)
{
	struct rule_columns columns = { .position = answer_column(answer, "position", "") };

	columns.id = answer_column(answer, "id", "");
	for (int i = 0; i < RULE_IFS; i++)
		columns.pattern[i] = answer_column(answer, rule_if_names[i], "");
	for (int i = 0; i < RULE_GIFTS; i++)
		columns.gift[i] = answer_column(answer, rule_gift_names[i], "");
	columns.from = answer_column(answer, "from", "");
	columns.to = answer_column(answer, "to", "");
	columns.matches = answer_column(answer, "matches", "");
	columns.gives = answer_column(answer, "gives", "");
	columns.state = answer_column(answer, "state", "");
	columns.note = answer_column(answer, "note", "");
	return columns;
}

/* Combinations of names that nothing puts to a workload in some period. */
static size_t
count_unattributed(const struct dictionary *dictionary)
{
	size_t n = 0;

	for (size_t i = 0; i < dictionary->n; i++) {
		bool without = false;

		for (size_t p = 0; p < dictionary->periods; p++)
			without = without || dictionary->period[p].of[i].name[GIVES_WORKLOAD][0] == '\0';
		n += without;
	}
	return n;
}

static int
rules_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct dictionary dictionary;
	struct rule_columns columns;
	struct effect *effects;
	size_t idle = 0, n;

	(void)report;
	if (load(request->store, request->arena, &dictionary, err) != 0)
		return -1;
	n = dictionary.rules.n;
	effects = measure(request->arena, &dictionary);
	columns = make_columns(answer);
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &dictionary.rules.rules[i];
		const char *reason = idle_reason(request->arena, &dictionary.rules, i, &effects[i]);

		idle += reason != NULL;
		column_add(answer, columns.position, value_whole(answer, (int64_t)i + 1));
		column_add(answer, columns.id, value_whole(answer, dictionary.rules.rows[i].id));
		for (int k = 0; k < RULE_IFS; k++)
			column_add(answer, columns.pattern[k], shown(answer, rule->pattern[k]));
		for (int k = 0; k < RULE_GIFTS; k++)
			column_add(answer, columns.gift[k], shown(answer, rule->gift[k]));
		column_add(answer, columns.from, instant(answer, rule->from_us));
		column_add(answer, columns.to, instant(answer, rule->to_us));
		column_add(answer, columns.matches, value_whole(answer, (int64_t)effects[i].matches));
		column_add(answer, columns.gives, value_whole(answer, (int64_t)effects[i].gives));
		column_add(answer, columns.state, value_text(answer, reason == NULL ? "used" : reason));
		column_add(answer, columns.note, value_text(answer, dictionary.rules.rows[i].note));
	}
	if (n == 0)
		answer_headline(answer, "There are no rules: usage belongs to the workload that its source said.");
	else if (idle > 0)
		answer_headline(answer, "%zu rule%s, and %zu of them give%s nothing.", n, n == 1 ? "" : "s", idle,
			idle == 1 ? "s" : "");
	else
		answer_headline(answer,
			"%zu rule%s, asked in this order; each name is given by the first that gives it.", n,
			n == 1 ? "" : "s");
	answer_fact(answer, "rules", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "idle", "", value_whole(answer, (int64_t)idle));
	answer_fact(answer, "combinations", "", value_whole(answer, (int64_t)dictionary.n));
	answer_fact(answer, "without_workload", "", value_whole(answer, (int64_t)count_unattributed(&dictionary)));
	return 0;
}

const struct report report_rules = { "rules", "who usage belongs to: the rules, and what each does", no_params,
	rules_run };

/* ---- one call */

static const struct param test_params[] = {
	{ "account", PARAM_TEXT, NULL, 0, 0, "as a source would say it, as the others" },
	{ "project", PARAM_TEXT, NULL, 0, 0, "without one, and so the others: not said" },
	{ "key", PARAM_TEXT, NULL, 0, 0, "the name of an access key" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "who answers" },
	{ "model", PARAM_TEXT, NULL, 0, 0, "which model" },
	{ "service_tier", PARAM_TEXT, NULL, 0, 0, "such as batch" },
	{ "tag", PARAM_TEXT, NULL, 0, 0, "tags, parted by commas" },
	{ "said_workload", PARAM_TEXT, NULL, 0, 0, "the workload that the source says" },
	{ "at", PARAM_TIME, NULL, 0, 0, "when; without it, now" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* The first condition that does not hold, as a sentence; NULL where all do. */
static const char *
why_not(struct arena *arena, const struct rule *rule, const char *const *said, const char *workload)
{
	for (int i = 0; i < RULE_IFS; i++) {
		struct rule alone = { .pattern = { NULL } };
		const char *given[RULE_IFS];

		memcpy(given, said, sizeof(given));
		alone.pattern[i] = rule->pattern[i];
		if (rule_matches(&alone, given))
			continue;
		given[i] = workload;
		if (i == IF_WORKLOAD && rule_matches(&alone, given))
			continue;
		return arena_format(arena, "%s '%s' does not fit '%s'", rule_if_names[i],
			said[i][0] == '\0' ? GROUP_NONE : said[i],
			rule->pattern[i][0] == '\0' ? GROUP_NONE : rule->pattern[i]);
	}
	return NULL;
}

static int
test_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	int64_t at_us = request_time(request, report, "at", request->now_us);
	const char *said[RULE_IFS];
	struct attribution attribution;
	struct rule_list list;
	struct column *position, *id, *holds, *gives;

	for (int i = 0; i < RULE_IFS; i++) {
		const char *value = request_text(request, report, rule_if_names[i]);

		said[i] = value == NULL || strcmp(value, GROUP_NONE) == 0 ? "" : value;
	}
	if (rule_list(request->store, request->arena, &list, err) != 0)
		return -1;
	rules_attribute(list.rules, list.n, said, at_us, &attribution);
	for (int i = 0; i < RULE_GIFTS; i++) {
		size_t rule = attribution.rule[i];

		answer_fact(answer, rule_gift_names[i], "", shown(answer, attribution.name[i]));
		answer_fact(answer, arena_format(request->arena, "%s_rule", rule_gift_names[i]), "",
			rule == NO_RULE ? value_unknown(answer) : value_whole(answer, list.rows[rule].id));
	}
	answer_headline(answer, "Such a call belongs to workload %s, team %s, cost centre %s%s.",
		value_as_text(answer_get(answer, "workload")), value_as_text(answer_get(answer, "team")),
		value_as_text(answer_get(answer, "cost_centre")),
		attribution_counts(&attribution) ? "" : ", and is left out of all sums");
	position = answer_column(answer, "position", "");
	id = answer_column(answer, "id", "");
	holds = answer_column(answer, "holds", "");
	gives = answer_column(answer, "gives", "");
	for (size_t i = 0; i < list.n; i++) {
		const struct rule *rule = &list.rules[i];
		const char *reason = at_us < rule->from_us ? "it begins later"
			: at_us >= rule->to_us             ? "it has ended"
					       : why_not(request->arena, rule, said, attribution.name[GIVES_WORKLOAD]);
		const char *gifts = "";

		for (int k = 0; k < RULE_GIFTS; k++)
			if (attribution.rule[k] == i)
				gifts = arena_format(request->arena, "%s%s%s", gifts, gifts[0] == '\0' ? "" : ", ",
					rule_gift_names[k]);
		column_add(answer, position, value_whole(answer, (int64_t)i + 1));
		column_add(answer, id, value_whole(answer, list.rows[i].id));
		column_add(answer, holds, value_text(answer, reason == NULL ? "yes" : reason));
		column_add(answer, gives, value_text(answer, gifts[0] == '\0' ? NULL : gifts));
	}
	return 0;
}

const struct report report_rule_test = { "rule_test", "who a call of these names would belong to, and by which rule",
	test_params, test_run };
