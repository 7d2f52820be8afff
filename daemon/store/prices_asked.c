/*
 * prices: what is asked of the books: all of them in memory, as they are or as they were at a moment.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/prices.h"
#include "daemon/store/prices_read.h"

struct loaded {
	struct book_info info;
	struct price_book book;
	const int64_t *id; /* of each row in the table */
};

struct prices {
	struct arena *arena;
	struct loaded *loaded; /* in the order they are asked */
	size_t n;
};

static int
load_book(struct store *store, struct prices *prices, struct loaded *loaded, int64_t last, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_price_current);
	size_t room = 0, n = 0;
	struct price_row *row = NULL;
	int64_t *id = NULL;
	int status;

	bind_whole(rows, ":book", loaded->info.id);
	bind_whole(rows, ":last", last);
	while ((status = statement_step(store, rows, err)) == 1) {
		if (n == room) {
			size_t more = room == 0 ? 256 : 2 * room;
			struct price_row *more_rows = arena_take(prices->arena, more * sizeof(*row));
			int64_t *more_ids = arena_take(prices->arena, more * sizeof(*id));

			if (n > 0) {
				memcpy(more_rows, row, n * sizeof(*row));
				memcpy(more_ids, id, n * sizeof(*id));
			}
			row = more_rows;
			id = more_ids;
			room = more;
		}
		id[n] = sqlite3_column_int64(rows, 0);
		price_row_read(rows, prices->arena, &row[n++]);
	}
	for (size_t i = 0; status == 0 && i < n; i++)
		status = price_components_read(store, id[i], prices->arena, &row[i], err);
	loaded->book = (struct price_book){ row, n };
	loaded->id = id;
	return status < 0 ? -1 : 0;
}

static struct prices *
new_prices(struct err *err)
{
	struct arena *arena = arena_new();
	struct prices *prices = arena == NULL ? NULL : arena_take(arena, sizeof(*prices));

	if (prices == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the prices");
		return NULL;
	}
	prices->arena = arena;
	return prices;
}

static int
load_books(struct store *store, struct prices *prices, const struct book_info *books, int64_t last, struct err *err)
{
	prices->loaded = arena_take(prices->arena, (prices->n + 1) * sizeof(*prices->loaded));
	for (size_t i = 0; i < prices->n; i++) {
		prices->loaded[i].info = books[i];
		if (load_book(store, prices, &prices->loaded[i], last, err) != 0)
			return -1;
	}
	return 0;
}

struct prices *
prices_load(struct store *store, struct err *err)
{
	struct prices *prices = new_prices(err);
	struct book_info *books;

	if (prices != NULL && price_books(store, prices->arena, &books, &prices->n, err) == 0 &&
		load_books(store, prices, books, INT64_MAX, err) == 0)
		return prices;
	prices_free(prices);
	return NULL;
}

/* ---- as they were at a moment */

int
prices_pin(struct store *store, struct arena *arena, struct price_pin *pin, struct err *err)
{
	sqlite3_stmt *last = statement_get(store, ST_price_last);
	struct book_info *books;
	size_t n;

	if (statement_step(store, last, err) != 1)
		return -1;
	pin->last = sqlite3_column_int64(last, 0);
	sqlite3_reset(last);
	if (price_books(store, arena, &books, &n, err) != 0)
		return -1;
	pin->books = "";
	for (size_t i = 0; i < n; i++)
		pin->books = arena_format(arena, "%s%s%" PRId64, pin->books, i == 0 ? "" : ",", books[i].id);
	return 0;
}

struct prices *
prices_load_pinned(struct store *store, const struct price_pin *pin, struct err *err)
{
	struct prices *prices = new_prices(err);
	struct book_info *books;
	const char *rest = pin->books;
	char *end;

	if (prices == NULL)
		return NULL;
	books = arena_take(prices->arena, (strlen(pin->books) / 2 + 1) * sizeof(*books));
	for (; *rest != '\0'; rest = end + (*end == ','))
		books[prices->n++] = (struct book_info){ .id = strtoll(rest, &end, 10), .name = "" };
	if (load_books(store, prices, books, pin->last, err) == 0)
		return prices;
	prices_free(prices);
	return NULL;
}

void
prices_free(struct prices *prices)
{
	if (prices != NULL)
		arena_free(prices->arena);
}

void
prices_find(const struct prices *prices, const struct price_question *question, struct price_found *found)
{
	struct price_found next;
	bool done = false;

	*found = price_found_none;
	for (size_t i = 0; !done && i < prices->n; i++) {
		price_find(&prices->loaded[i].book, question, &next);
		done = price_found_take(found, &next);
	}
}

size_t
prices_books(const struct prices *prices)
{
	return prices->n;
}

const struct price_book *
prices_book(const struct prices *prices, size_t i, struct book_info *info)
{
	if (info != NULL)
		*info = prices->loaded[i].info;
	return &prices->loaded[i].book;
}

int64_t
prices_row(const struct prices *prices, const struct price_row *row)
{
	for (size_t i = 0; i < prices->n; i++) {
		const struct price_book *book = &prices->loaded[i].book;

		if (row >= book->rows && row < book->rows + book->n)
			return prices->loaded[i].id[row - book->rows];
	}
	return 0;
}
