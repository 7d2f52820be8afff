/*
 * dictionary: who called what, as the source said it and as the rules attribute it.
 *
 * Rules are applied here, to each combination of names that the ledger knows and not to its lines, so that a rule that is
 * changed needs no import and costs nothing to change. Where rules hold from or to a moment, the range has several periods
 * with an attribution of their own each.
 */
#ifndef STORE_DICTIONARY_H
#define STORE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/query.h"
#include "daemon/store/rules.h"

struct arena;
struct err;
struct store;

/* One series. */
struct dictionary_entry {
	int64_t id, lane;
	const char *said[BYS]; /* BY_PROVIDER to BY_TAG as told, "" where not; NULL for the others */
};

struct dictionary_period {
	int64_t from_us, to_us;
	const struct attribution *of; /* of each entry */
};

struct dictionary {
	struct dictionary_entry *entry; /* by id, rising */
	size_t n;
	struct dictionary_period *period; /* one after the other, from the range's begin to its end; at least one */
	size_t periods;
	struct rule_list rules; /* those that were asked */
};

/*
 * The range that is looked at, and what rules are asked for: names, or at least what counts. Neither: one period, the
 * workload that was said, and all counts.
 */
struct dictionary_wish {
	int64_t from_us, to_us;
	bool attribute, counts;
};

int dictionary_load(struct store *store, const struct dictionary_wish *wish, struct arena *arena,
	struct dictionary *dictionary, struct err *err);

/* The name of entry i in a period: BY_PROVIDER to BY_TAG; NULL for the others. */
const char *dictionary_name(const struct dictionary *dictionary, size_t period, size_t i, enum by by);

/* What was said of an entry, as rules want it. */
void dictionary_said(const struct dictionary_entry *entry, const char *said[RULE_IFS]);

#endif
