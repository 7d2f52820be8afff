#include <string.h>

#include "models/price/rule.h"

const char *const rule_if_names[RULE_IFS] = { "account", "project", "key", "provider", "model", "service_tier", "tag",
	"said_workload" };
const char *const rule_gift_names[RULE_GIFTS] = { "workload", "team", "cost_centre", "counts" };

/* ---- patterns */

/*
 * text[0..n) against the pattern. A star takes as little as it can; where the rest does not fit, the last star
 * takes one byte more. Earlier stars need not be tried again: what they left is a superset.
 */
static bool
fits(const char *pattern, const char *text, size_t n)
{
	const char *star = NULL;
	size_t i = 0, taken = 0;

	while (i < n) {
		if (*pattern == '*') {
			star = ++pattern;
			taken = i;
		} else if (*pattern != '\0' && *pattern == text[i]) {
			pattern++;
			i++;
		} else if (star != NULL) {
			pattern = star;
			i = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
rule_pattern_fits(const char *pattern, const char *text)
{
	return fits(pattern, text, strlen(text));
}

/*
 * A star of the narrow pattern stands for texts of any bytes, so only a star of the wide one may cover it: the
 * narrow pattern itself, read as a text, must fit. (No byte of a wide pattern but its stars means a star.)
 */
bool
rule_pattern_covers(const char *wide, const char *narrow)
{
	if (wide == NULL)
		return true;
	if (narrow == NULL)
		return wide[0] != '\0' && strspn(wide, "*") == strlen(wide);
	return rule_pattern_fits(wide, narrow);
}

/* One tag of several, or all of them as they stand. */
static bool
tag_fits(const char *pattern, const char *tags)
{
	if (rule_pattern_fits(pattern, tags))
		return true;
	for (const char *tag = tags; strchr(tags, ',') != NULL && *tag != '\0';) {
		size_t n = strcspn(tag, ","), blanks = strspn(tag, " ");
		size_t end = n;

		while (end > blanks && tag[end - 1] == ' ')
			end--;
		if (blanks < end && fits(pattern, tag + blanks, end - blanks))
			return true;
		tag += n + (tag[n] == ',');
	}
	return false;
}

/* ---- one rule */

static bool
condition_holds(const struct rule *rule, int condition, const char *said)
{
	const char *pattern = rule->pattern[condition];

	if (pattern == NULL)
		return true;
	return condition == IF_TAG ? tag_fits(pattern, said) : rule_pattern_fits(pattern, said);
}

static bool
matches_but_workload(const struct rule *rule, const char *const *said)
{
	for (int i = 0; i < IF_WORKLOAD; i++)
		if (!condition_holds(rule, i, said[i]))
			return false;
	return true;
}

bool
rule_matches(const struct rule *rule, const char *const *said)
{
	return matches_but_workload(rule, said) && condition_holds(rule, IF_WORKLOAD, said[IF_WORKLOAD]);
}

/* ---- all of them */

static bool
gives(const struct rule *rule, int gift, const char *const *said, const char *workload)
{
	if (rule->gift[gift] == NULL || !matches_but_workload(rule, said))
		return false;
	return condition_holds(rule, IF_WORKLOAD, said[IF_WORKLOAD]) ||
		(workload != NULL && condition_holds(rule, IF_WORKLOAD, workload));
}

void
rules_attribute(
	const struct rule *rules, size_t n, const char *const *said, int64_t at_us, struct attribution *attribution)
{
	for (int gift = 0; gift < RULE_GIFTS; gift++) {
		const char *workload = gift == GIVES_WORKLOAD ? NULL : attribution->name[GIVES_WORKLOAD];

		attribution->name[gift] = gift == GIVES_WORKLOAD ? said[IF_WORKLOAD]
			: gift == GIVES_COUNTS                   ? "yes"
								 : "";
		attribution->rule[gift] = NO_RULE;
		for (size_t i = 0; i < n && attribution->rule[gift] == NO_RULE; i++)
			if (at_us >= rules[i].from_us && at_us < rules[i].to_us &&
				gives(&rules[i], gift, said, workload)) {
				attribution->name[gift] = rules[i].gift[gift];
				attribution->rule[gift] = i;
			}
	}
}

static bool
covers(const struct rule *wide, const struct rule *narrow)
{
	if (wide->from_us > narrow->from_us || wide->to_us < narrow->to_us)
		return false;
	for (int i = 0; i < RULE_GIFTS; i++)
		if (narrow->gift[i] != NULL && wide->gift[i] == NULL)
			return false;
	for (int i = 0; i < RULE_IFS; i++)
		if (!rule_pattern_covers(wide->pattern[i], narrow->pattern[i]))
			return false;
	return true;
}

size_t
rules_shadow(const struct rule *rules, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (covers(&rules[k], &rules[i]))
			return k;
	return NO_RULE;
}
