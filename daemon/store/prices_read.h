/*
 * prices_read: how both halves of prices read a row. Not for other rooms.
 */
#ifndef STORE_PRICES_READ_H
#define STORE_PRICES_READ_H

#include "daemon/store/handle.h"
#include "daemon/store/prices.h"

/* The row of a `SELECT price.*, price_book.name`, whose first column is its id; texts in the arena. */
void price_row_read(sqlite3_stmt *row, struct arena *arena, struct price_row *price);

/* The components of the row with that id. */
int price_components_read(
	struct store *store, int64_t id, struct arena *arena, struct price_row *price, struct err *err);

#endif
