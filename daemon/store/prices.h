/*
 * prices: the price table: books of dated rows that are never changed.
 *
 * A book is one source of prices. A row whose id is already in its book with other content is a
 * correction: the new row supersedes the old one, which stays for the lines that were priced by it. A row
 * that clashes in time with another of its own book (tariff.h) is refused when both came in one run; when
 * the other came earlier, a later start closes the other where the new row begins.
 *
 * A question is put to the person's own books first, then to the imported catalogues from the newest to the
 * oldest, then to the built-in book; the first book that knows a price answers.
 */
#ifndef STORE_PRICES_H
#define STORE_PRICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/price/tariff.h"

struct arena;
struct err;
struct store;

enum price_rank { RANK_BUILT_IN, RANK_IMPORTED, RANK_OWN, PRICE_RANKS };

/* "built-in", "imported", "own". */
extern const char *const price_rank_names[PRICE_RANKS];

struct book_info {
	int64_t id;
	enum price_rank rank;
	const char *name;    /* the rows' source */
	int64_t imported_us; /* the latest run that brought it */
	int64_t checked_us;  /* the newest checked_us of its rows, 0: not known */
	int64_t rows;        /* current rows, without those superseded */
};

struct price_source {
	enum price_rank rank;
	int64_t run;
	int64_t now_us;
};

/* Put a row into the book of its source. PUT_FAILED with ERR_INPUT: refused (a clash), nothing was changed. */
enum put_result price_put(
	struct store *store, const struct price_source *source, const struct price_row *row, struct err *err);

/*
 * For catalogues, in a transaction. A row holds until then and no longer; a row was seen again at its source; all that a
 * run brought is taken back (what stood before stands again, what was new holds no more; ERR_INPUT where a later run has
 * changed one of them).
 */
int price_end(struct store *store, const struct price_source *source, int64_t id, int64_t at_us, struct err *err);
int price_touch(struct store *store, int64_t id, int64_t checked_us, struct err *err);
int price_undo(struct store *store, const struct price_source *source, int64_t run, struct err *err);

/* Whether two rows cost the same: state, tiers, currency, names and every rate. */
bool price_same_rates(const struct price_row *a, const struct price_row *b);

/* 1 when there is a book of that rank and name, 0 when not, -1. */
int price_book_exists(struct store *store, enum price_rank rank, const char *name, struct err *err);

/* The books in the order they are asked; of the built-in ones only the latest. */
int price_books(struct store *store, struct arena *arena, struct book_info **books, size_t *n, struct err *err);

/* All current rows, for asking. */
struct prices;

struct prices *prices_load(struct store *store, struct err *err);
void prices_free(struct prices *prices); /* NULL is nothing */

/* What counts at a moment, and to load that later, whatever has been imported since. books lives in the arena. */
struct price_pin {
	int64_t last;      /* number of the last price row */
	const char *books; /* numbers of the books in the order they are asked, parted by commas */
};
int prices_pin(struct store *store, struct arena *arena, struct price_pin *pin, struct err *err);
struct prices *prices_load_pinned(struct store *store, const struct price_pin *pin, struct err *err);

/* price_find over all books in the order above; found->row belongs to prices. */
void prices_find(const struct prices *prices, const struct price_question *question, struct price_found *found);

/* The books in the order they are asked, and the rows of one. */
size_t prices_books(const struct prices *prices);
const struct price_book *prices_book(const struct prices *prices, size_t i, struct book_info *info);

/* The row's number in the price table. */
int64_t prices_row(const struct prices *prices, const struct price_row *row);

/* The row of that number, superseded or not, with its texts in the arena: 1, or 0 where there is none. */
int price_get(struct store *store, int64_t id, struct arena *arena, struct price_row *row, struct err *err);

#endif
