/*
 * rules: the rules of attribution as a person has put them, in their order.
 */
#ifndef STORE_RULES_H
#define STORE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/price/rule.h"

struct arena;
struct err;
struct store;

#define RULES_MAX 2000
#define RULE_TEXT_MAX 256 /* bytes of a pattern, a name or a note */

struct rule_row {
	int64_t id; /* 0: a new one */
	const char *note;
	int64_t changed_us;
};

/* All rules in their order: rules[i] is what models/price thinks with, rows[i] the rest of it. */
struct rule_list {
	struct rule *rules;
	struct rule_row *rows;
	size_t n;
};

int rule_list(struct store *store, struct arena *arena, struct rule_list *list, struct err *err);

/* Whether one of them may leave calls out of sums. */
bool rules_leave_out(const struct rule_list *list);

/* What is wrong with a rule by itself, as ERR_INPUT; 0 when nothing. */
int rule_check(const struct rule *rule, const char *note, struct err *err);

/*
 * Put a new rule (id 0), or another content under an id that is there (ERR_MISSING), at a position from 1; 0 or one
 * behind the last: last, or where it stands. *id is what it is called. Called in a transaction, as is rule_remove.
 */
struct rule_put {
	const struct rule *rule;
	struct rule_row row;
	int64_t position;
};
int rule_put(struct store *store, const struct rule_put *put, int64_t *id, struct err *err);

/* 1 removed, 0 there was none. */
int rule_remove(struct store *store, int64_t id, struct err *err);

#endif
