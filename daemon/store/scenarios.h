/*
 * scenarios: saved what-ifs, kept as the text that they were given as. Whether that is a scenario is for others
 * to judge.
 */
#ifndef STORE_SCENARIOS_H
#define STORE_SCENARIOS_H

#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct arena;
struct err;
struct store;

#define SCENARIO_NAME_MAX 80 /* bytes of a name */

struct saved_scenario {
	const char *name;
	struct text body;
	int64_t changed_us;
};

/* ERR_INPUT where a name is empty, too long, no UTF-8, or holds a slash, a control character or blanks at its ends. */
int scenario_name_check(const char *name, struct err *err);

/* Make or replace. Called in a transaction. */
int scenario_put(struct store *store, const struct saved_scenario *scenario, struct err *err);

/* 1 with *scenario (texts in the arena, the body with a NUL behind it), 0 where there is none. */
int scenario_get(
	struct store *store, const char *name, struct arena *arena, struct saved_scenario *scenario, struct err *err);

/* All, in the order of their names. */
int scenario_list(
	struct store *store, struct arena *arena, struct saved_scenario **scenarios, size_t *n, struct err *err);

/* 1 removed, 0 there was none. */
int scenario_remove(struct store *store, const char *name, struct err *err);

#endif
