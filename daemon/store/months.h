/*
 * months: which months are closed, and what they came to when they were.
 *
 * Months are closed one after the other, and the last one that is closed is the first that can be opened again: there
 * is one instant before which the figures stand, ledger_closed_until. Lines of files and pushes that come for a closed
 * month are kept like all others; what they change is the month's adjustment, which is booked in the next month that
 * is closed.
 */
#ifndef STORE_MONTHS_H
#define STORE_MONTHS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

struct month_figures {
	int64_t lines, requests, tokens, unpriced_tokens, amount_nano;
};

struct closed_month {
	int64_t from_us, to_us;
	int version;
	const char *name;
	int64_t closed_us, reopened_us; /* 0: it is closed */
	struct month_figures figures;
};

struct month_list {
	struct closed_month *months; /* by time, then by version */
	size_t n;
};

int month_list(struct store *store, struct arena *arena, struct month_list *list, struct err *err);

/* Of which names a part of a closing is. */
enum month_grouping { MONTH_BY_OWNER, MONTH_BY_MODEL }; /* workload, team, cost centre; provider, model */

struct month_part {
	enum month_grouping grouping;
	const char *name[3];
	struct month_figures figures; /* lines are not kept */
};

struct month_adjustment {
	int64_t booked_from_us;
	int version;
	int64_t from_us;
	struct month_figures figures; /* differences; unpriced_tokens are not kept */
};

/* Each in a transaction. */
int month_close(struct store *store, const struct closed_month *month, struct err *err);
int month_part_add(
	struct store *store, const struct closed_month *month, const struct month_part *part, struct err *err);
int month_adjust(struct store *store, const struct month_adjustment *adjustment, struct err *err);
/* 1 opened again, 0 it was not closed. */
int month_reopen(struct store *store, const struct closed_month *month, int64_t now_us, struct err *err);

int month_parts(struct store *store, const struct closed_month *month, enum month_grouping grouping,
	struct arena *arena, struct month_part **parts, size_t *n, struct err *err);

/* Those booked by closings that stand. */
int month_adjust_list(
	struct store *store, struct arena *arena, struct month_adjustment **adjustments, size_t *n, struct err *err);

#endif
