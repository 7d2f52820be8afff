/*
 * catalogue: a price catalogue is looked at before it counts. It is read whole (one broken bracket and nothing of it is
 * taken), set against the rows of its book that hold now, kept until somebody has decided, applied from a date on in one
 * transaction, and can be taken back.
 *
 * Rows without dates of their own say what holds now: where one costs otherwise than before, the row before ends at
 * the date and the new one begins there. Rows with dates are taken as they are. What the catalogue has no more ends at the
 * date, unless a row of it could not be understood, or it does not speak of that provider at all.
 */
#ifndef INGEST_CATALOGUE_H
#define INGEST_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/catalogues.h"
#include "models/price/tariff.h"

struct arena;
struct err;
struct store;

enum catalogue_kind { CATALOGUE_NEW, CATALOGUE_CHANGED, CATALOGUE_CORRECTED, CATALOGUE_ENDED, CATALOGUE_KINDS };

/* "new", "changed" (from the date on), "corrected" (a row with dates of its own), "ended". */
extern const char *const catalogue_kind_names[CATALOGUE_KINDS];

struct catalogue_change {
	enum catalogue_kind kind;
	int64_t before_id; /* number of the row that holds now; 0: none */
	const struct price_row *before, *after;
};

struct price_list;
struct prices;

/* What a catalogue would do. Rows belong to list and prices: catalogue_plan_free. */
struct catalogue_plan {
	const char *collector, *book;
	enum price_rank rank;
	struct catalogue_change *changes; /* in the arena */
	size_t n;
	int64_t count[CATALOGUE_KINDS], unchanged;
	int64_t refused;   /* rows that were not understood: then nothing ends */
	char refusal[200]; /* the first of them, "" where there is none */
	struct price_list *list;
	struct prices *prices;
};

void catalogue_plan_free(struct catalogue_plan *plan);

struct catalogue_given {
	const char *name;      /* of the file, or the address */
	const char *collector; /* NULL: by the content */
	const char *provider;  /* whose prices they are, for a format that does not say; NULL */
	const char *who;       /* of catalogue_bring: the source */
	const char *bytes;
	size_t n;
	int64_t now_us;
	bool dry_run; /* look only */
};

/*
 * Read it whole, set it against its book, and where it would change anything let it wait; *id is its number, 0 where it
 * changes nothing or is only looked at. ERR_INPUT says what is wrong with it; nothing is changed then.
 */
int catalogue_review(struct store *store, const struct catalogue_given *given, struct arena *arena,
	struct catalogue_plan *plan, int64_t *id, struct err *err);

/*
 * What a source brought, within a transaction of the caller's: it waits, or where `apply` is true it is applied from today
 * on and written down in the audit. *id is 0 where it changes nothing, and where the same bytes wait or were decided on.
 */
int catalogue_bring(struct store *store, const struct catalogue_given *given, bool apply, struct arena *arena,
	struct catalogue_plan *plan, int64_t *id, struct err *err);

/* What one that waits would do now. ERR_MISSING where none of that number (0: the latest) waits. */
int catalogue_look(struct store *store, int64_t *id, int64_t now_us, struct arena *arena, struct catalogue_plan *plan,
	struct err *err);

struct catalogue_order {
	int64_t id;           /* 0: the latest that waits, or that was applied last */
	int64_t effective_us; /* changes hold from then on */
	bool keep_ended;      /* what the catalogue has no more goes on */
	int64_t now_us;
	const char *who;
	/* Called in the transaction, to write it down; may be NULL. */
	int (*decided)(void *ctx, const struct catalogue_row *row, const struct catalogue_plan *plan, struct err *err);
	void *ctx;
};

/* Each in one transaction. plan of apply is what was done. */
int catalogue_apply(struct store *store, const struct catalogue_order *order, struct arena *arena,
	struct catalogue_plan *plan, struct catalogue_row *row, struct err *err);
int catalogue_undo(struct store *store, const struct catalogue_order *order, struct arena *arena,
	struct catalogue_row *row, struct err *err);
int catalogue_dismiss(struct store *store, const struct catalogue_order *order, struct arena *arena,
	struct catalogue_row *row, struct err *err);

#endif
