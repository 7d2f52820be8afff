#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "models/units/err.h"

#include "daemon/serve/pool.h"

struct pool {
	struct pool_config config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct store *idle[POOL_HANDLES];
	int n_idle, n_lent;
	bool switching;
};

struct pool *
pool_new(const struct pool_config *config, struct err *err)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory");
		return NULL;
	}
	pool->config = *config;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	return pool;
}

static void
close_idle(struct pool *pool)
{
	while (pool->n_idle > 0)
		pool->config.close(pool->idle[--pool->n_idle]);
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	close_idle(pool);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

struct store *
pool_borrow(struct pool *pool, struct err *err)
{
	struct store *store = NULL;

	pthread_mutex_lock(&pool->lock);
	while (pool->switching || pool->n_lent == POOL_HANDLES)
		pthread_cond_wait(&pool->changed, &pool->lock);
	pool->n_lent++;
	if (pool->n_idle > 0)
		store = pool->idle[--pool->n_idle];
	pthread_mutex_unlock(&pool->lock);

	/* Opening looks at the ledger and may take milliseconds: not under the lock. */
	if (store == NULL)
		store = pool->config.open(pool->config.ctx, err);
	if (store != NULL && pool->config.begin(store, err) != 0) {
		pool->config.close(store);
		store = NULL;
	}
	if (store == NULL) {
		pthread_mutex_lock(&pool->lock);
		pool->n_lent--;
		pthread_cond_broadcast(&pool->changed);
		pthread_mutex_unlock(&pool->lock);
	}
	return store;
}

void
pool_give_back(struct pool *pool, struct store *store)
{
	pool->config.end(store);
	pthread_mutex_lock(&pool->lock);
	pool->n_lent--;
	pool->idle[pool->n_idle++] = store;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_rest(struct pool *pool)
{
	if (pool->config.rest == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	for (int i = 0; i < pool->n_idle; i++)
		pool->config.rest(pool->idle[i]);
	pthread_mutex_unlock(&pool->lock);
}

int
pool_switch(struct pool *pool, int (*change)(void *ctx, struct err *err), struct err *err)
{
	int rc;

	pthread_mutex_lock(&pool->lock);
	while (pool->switching)
		pthread_cond_wait(&pool->changed, &pool->lock);
	pool->switching = true;
	while (pool->n_lent > 0)
		pthread_cond_wait(&pool->changed, &pool->lock);
	close_idle(pool);
	rc = change(pool->config.ctx, err);
	pool->switching = false;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return rc;
}
