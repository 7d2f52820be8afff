/*
 * price_list: price rows in memory, with their texts, as a book that models/price can search.
 */
#ifndef COLLECTORS_PRICE_LIST_H
#define COLLECTORS_PRICE_LIST_H

#include "collectors/collector.h"
#include "models/price/tariff.h"

struct price_list;

struct price_list *price_list_new(void);       /* NULL: no memory */
void price_list_free(struct price_list *list); /* NULL is nothing */

/* Add a copy of the row. Returns -1 with ERR_OUTSIDE when there is no memory. */
int price_list_add(struct price_list *list, const struct price_row *row, struct err *err);

/* All rows in the order they came; valid until the next row is added or the list is freed. */
struct price_book price_list_book(const struct price_list *list);

/* A sink that takes prices into the list, and nothing else. */
struct sink price_list_sink(struct price_list *list);

/*
 * Read a whole catalogue held in memory into the list, its format recognised by its content; all or nothing
 * of it is sound. name is for sentences; options may leave everything but now_us empty.
 */
struct catalogue {
	const char *name;
	const char *bytes;
	size_t n;
	const struct collect_options *options;
};

int price_list_load(struct price_list *list, const struct catalogue *catalogue, struct err *err);

#endif
