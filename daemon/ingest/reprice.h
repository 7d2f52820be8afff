/*
 * reprice: lines that are in the ledger get the price that the books know now. First seen (what would change, by model and
 * month, and a fingerprint of exactly that), then confirmed by that fingerprint. Closed months stay as they are.
 *
 * A confirmed repricing goes through the lines in the order of time, in transactions of bounded size, each with
 * its sums and how far it is; what was cut off goes on from there, with the prices that were seen.
 */
#ifndef INGEST_REPRICE_H
#define INGEST_REPRICE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/query.h"
#include "daemon/store/repricing.h"
#include "models/units/money.h"

struct arena;
struct err;
struct store;
struct zone;

struct reprice_wish {
	int64_t from_us, to_us;       /* TIME_FIRST_US, TIME_LAST_US: all */
	const char *provider, *model; /* as told; NULL: all */
	const struct zone *zone;      /* of the months that are told */
	int month_start;
};

#define REPRICE_DIGEST 17 /* room for a fingerprint with its NUL */

/* What would change: of lines whose state or amount would be another. */
struct reprice_sum {
	int64_t lines;
	int64_t newly_priced;         /* lines without a price that would have one */
	int64_t no_longer_priced;     /* lines with a price that would have none */
	wide before_nano, after_nano; /* nano-USD of those that have a price */
	int64_t before_priced;        /* lines that had a price before */
	int64_t after_priced;         /* lines that would have one */
};

struct reprice_row {
	int64_t month_us; /* begin of the month */
	const char *provider, *model;
	struct reprice_sum sum;
};

struct reprice_plan {
	struct reprice_row *rows; /* by month, then as they first occur */
	size_t n;
	struct reprice_sum total;
	struct reprice_sum closed; /* in closed months: stays as it is */
	char digest[REPRICE_DIGEST];
	struct price_pin pin;
};

/* Look only. */
int reprice_preview(struct store *store, const struct reprice_wish *wish, struct arena *arena,
	struct reprice_plan *plan, struct err *err);

struct reprice_order {
	const char *digest; /* of the preview that was seen */
	const char *who;
	int64_t now_us;
	const atomic_bool *stop; /* true: end after the transaction at hand; NULL: never */
	/* Called within the transaction that begins it; -1 with *err to leave all as it is. May be NULL. */
	int (*begun)(void *ctx, const struct repricing *repricing, struct err *err);
	void *ctx;
};

/*
 * Look again, and when the fingerprint is the same, do it. ERR_INPUT where it is another, where nothing would
 * change, or where a repricing is not finished. An error after the first transaction leaves an unfinished one, said so.
 */
int reprice_confirm(struct store *store, const struct reprice_wish *wish, const struct reprice_order *order,
	struct arena *arena, struct reprice_plan *plan, struct repricing *repricing, struct err *err);

/* Go on with the one that is not finished. ERR_MISSING where there is none. */
int reprice_resume(struct store *store, const struct reprice_order *order, struct arena *arena,
	struct repricing *repricing, struct err *err);

#endif
