/*
 * pool: a few reading handles of the ledger, lent to whoever answers a request.
 *
 * Handles are opened when they are first needed and kept. pool_switch moves to another ledger: it waits
 * until all are given back, closes them, and calls a function while nobody holds one.
 */
#ifndef SERVE_POOL_H
#define SERVE_POOL_H

#include <stdint.h>

struct err;
struct pool;
struct store;

#define POOL_HANDLES 8

/*
 * How a handle is opened and closed; opening may say ERR_MISSING when there is no ledger yet. Between begin and end,
 * which are called as a handle is lent and given back, all that it reads is of one state of the ledger.
 */
struct pool_config {
	struct store *(*open)(void *ctx, struct err *err);
	void (*close)(struct store *store);
	int (*begin)(struct store *store, struct err *err);
	void (*end)(struct store *store);
	int64_t (*rest)(struct store *store); /* give back the memory that it need not hold; may be NULL */
	void *ctx;
};

struct pool *pool_new(const struct pool_config *config, struct err *err);
void pool_free(struct pool *pool); /* every handle must have been given back; NULL is nothing */

/* A handle for one request, or NULL with *err. Waits while all are lent. */
struct store *pool_borrow(struct pool *pool, struct err *err);
void pool_give_back(struct pool *pool, struct store *store);

/* All handles that nobody holds rest. */
void pool_rest(struct pool *pool);

/* Close all handles and call change(ctx) while none is open; its result is returned. */
int pool_switch(struct pool *pool, int (*change)(void *ctx, struct err *err), struct err *err);

#endif
