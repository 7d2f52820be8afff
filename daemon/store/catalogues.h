/*
 * catalogues: price catalogues as they came, and what became of each.
 */
#ifndef STORE_CATALOGUES_H
#define STORE_CATALOGUES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store/prices.h"
#include "models/units/text.h"

struct arena;
struct err;
struct store;

enum catalogue_state {
	CATALOGUE_WAITING,
	CATALOGUE_APPLIED,
	CATALOGUE_UNDONE,
	CATALOGUE_DISMISSED,
	CATALOGUE_REPLACED,
	CATALOGUE_STATES
};

/* "waiting", "applied", ... */
extern const char *const catalogue_state_names[CATALOGUE_STATES];

struct catalogue_row {
	int64_t id;
	const char *collector, *book;
	enum price_rank rank;
	const char *name;
	int64_t came_us;
	enum catalogue_state state;
	int64_t bytes;
	const char *digest;
	int64_t added, changed, ended;
	int64_t decided_us, effective_us, undone_us;
	const char *who;
	int64_t run; /* 0: not applied */
};

/* In a transaction: it waits from now on, in place of what waited for its book. *id is its number. */
int catalogue_add(struct store *store, const struct catalogue_row *row, struct text body, int64_t *id, struct err *err);

/* The latest first. */
int catalogue_list(struct store *store, struct arena *arena, size_t limit, struct catalogue_row **rows, size_t *n,
	struct err *err);

/* What came, of one that waits; copied to the arena. 1, or 0 where there is none of that number. */
int catalogue_body(struct store *store, int64_t id, struct arena *arena, struct text *body, struct err *err);

struct catalogue_decision {
	int64_t id, now_us;
	enum catalogue_state state;
	int64_t effective_us; /* 0: stays */
	const char *who;
	int64_t run; /* 0: stays */
};
int catalogue_decide(struct store *store, const struct catalogue_decision *decision, struct err *err);

#endif
