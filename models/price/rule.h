/*
 * rule: who a call belongs to. Rules map what the source said of a call (account, project, key, provider, model,
 * service tier, tag, workload) to a workload, a team and a cost centre; and to whether it counts ("yes", "no"), since
 * two sources may tell the same calls.
 *
 * Rules are asked in their order. Each of these is given by the first rule that matches and gives it, so that
 * one rule may name the workload and another the team. What no rule gives stays as it was said (a workload), counts, or is
 * unattributed.
 *
 * A pattern is a text in which '*' stands for any run of bytes; every other byte stands for itself, case counts.
 * Tags are several, parted by commas: a pattern holds when one of them, or the whole text, fits. The condition on the workload holds
 * for the workload that was said; where it is about team and cost centre, for the workload that rules gave too, so
 * that "workload chat is of team support" need not repeat how one knows that something is chat.
 */
#ifndef PRICE_RULE_H
#define PRICE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_if {
	IF_ACCOUNT,
	IF_PROJECT,
	IF_KEY,
	IF_PROVIDER,
	IF_MODEL,
	IF_SERVICE_TIER,
	IF_TAG,
	IF_WORKLOAD, /* as said by the source */
	RULE_IFS
};

enum rule_gift {
	GIVES_WORKLOAD,
	GIVES_TEAM,
	GIVES_COST_CENTRE,
	RULE_NAMES, /* those before it are names of whom calls belong to */
	GIVES_COUNTS = RULE_NAMES,
	RULE_GIFTS
};

/* "account", ..., "said_workload"; "workload", "team", "cost_centre", "counts". */
extern const char *const rule_if_names[RULE_IFS];
extern const char *const rule_gift_names[RULE_GIFTS];

#define RULE_FROM_ALWAYS INT64_MIN
#define RULE_TO_ALWAYS INT64_MAX

struct rule {
	const char *pattern[RULE_IFS]; /* NULL: whatever it is; "": not said */
	const char *gift[RULE_GIFTS];  /* NULL: not given; "": explicitly nobody's */
	int64_t from_us, to_us;        /* calls at from <= t < to */
};

#define NO_RULE SIZE_MAX

struct attribution {
	const char *name[RULE_GIFTS]; /* "" where unattributed; of a rule, or of what was said */
	size_t rule[RULE_GIFTS];      /* which rule gave it; NO_RULE: none */
};

/* Whether the calls are in sums. */
static inline bool
attribution_counts(const struct attribution *attribution)
{
	return attribution->name[GIVES_COUNTS][0] != 'n';
}

/* Whether a text fits a pattern. */
bool rule_pattern_fits(const char *pattern, const char *text);

/* Whether every text that fits `narrow` fits `wide` too; either may be NULL (everything). */
bool rule_pattern_covers(const char *wide, const char *narrow);

/* Whether the rule's conditions hold for what was said (RULE_IFS texts, "" for what was not), whatever the time. */
bool rule_matches(const struct rule *rule, const char *const *said);

/* Who a call at that time belongs to, by n rules in their order. */
void rules_attribute(
	const struct rule *rules, size_t n, const char *const *said, int64_t at_us, struct attribution *attribution);

/*
 * The first rule before rules[i] after which rules[i] can never give anything, since it matches all that rules[i]
 * matches, at all its times, and gives all that it gives; NO_RULE where no single rule does that. Rules with a
 * condition on the workload are judged by what was said.
 */
size_t rules_shadow(const struct rule *rules, size_t i);

#endif
