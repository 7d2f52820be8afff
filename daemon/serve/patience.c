#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/serve/patience.h"
#include "models/units/err.h"

struct waited {
	struct waited *next, **link;
	int socket;
	atomic_llong until_ms; /* of the monotonic clock; 0: not waited for */
	atomic_size_t bytes;
};

struct patience {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping;
	struct waited *first;
};

static long long
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libmicrohttpd sees the end of the connection, and closes it. Called with the lock held. */
static void
look(struct patience *patience, long long now_ms)
{
	for (struct waited *waited = patience->first; waited != NULL; waited = waited->next) {
		long long until_ms = atomic_load(&waited->until_ms);
		long long earned_ms = (long long)(atomic_load(&waited->bytes) / (PATIENCE_RATE / 1000));

		if (until_ms == 0 || now_ms < until_ms + earned_ms)
			continue;
		atomic_store(&waited->until_ms, 0);
		shutdown(waited->socket, SHUT_RDWR);
	}
}

static void *
run(void *ctx)
{
	struct patience *patience = ctx;

	pthread_mutex_lock(&patience->lock);
	while (!patience->stopping) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&patience->stop, &patience->lock, &until);
		if (patience->first != NULL)
			look(patience, clock_ms());
	}
	pthread_mutex_unlock(&patience->lock);
	return NULL;
}

struct patience *
patience_new(struct err *err)
{
	struct patience *patience = calloc(1, sizeof(*patience));
	pthread_condattr_t monotonic;
	pthread_attr_t small;

	if (patience == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory");
		return NULL;
	}
	pthread_mutex_init(&patience->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&patience->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, (size_t)64 << 10);
	if (pthread_create(&patience->thread, &small, run, patience) != 0) {
		err_set(err, ERR_OUTSIDE, "no thread can be started for the connections");
		pthread_cond_destroy(&patience->stop);
		pthread_mutex_destroy(&patience->lock);
		free(patience);
		patience = NULL;
	}
	pthread_attr_destroy(&small);
	return patience;
}

void
patience_free(struct patience *patience)
{
	if (patience == NULL)
		return;
	pthread_mutex_lock(&patience->lock);
	patience->stopping = true;
	pthread_cond_broadcast(&patience->stop);
	pthread_mutex_unlock(&patience->lock);
	pthread_join(patience->thread, NULL);
	pthread_cond_destroy(&patience->stop);
	pthread_mutex_destroy(&patience->lock);
	free(patience);
}

struct waited *
patience_add(struct patience *patience, int socket)
{
	struct waited *waited = calloc(1, sizeof(*waited));

	if (waited == NULL)
		return NULL;
	waited->socket = socket;
	pthread_mutex_lock(&patience->lock);
	waited->next = patience->first;
	waited->link = &patience->first;
	if (waited->next != NULL)
		waited->next->link = &waited->next;
	patience->first = waited;
	pthread_mutex_unlock(&patience->lock);
	return waited;
}

void
patience_remove(struct patience *patience, struct waited *waited)
{
	if (waited == NULL)
		return;
	pthread_mutex_lock(&patience->lock);
	*waited->link = waited->next;
	if (waited->next != NULL)
		waited->next->link = waited->link;
	pthread_mutex_unlock(&patience->lock);
	free(waited);
}

void
patience_wait(struct waited *waited, unsigned seconds)
{
	if (waited == NULL)
		return;
	atomic_store(&waited->bytes, 0);
	atomic_store(&waited->until_ms, clock_ms() + 1000LL * seconds);
}

void
patience_more(struct waited *waited, size_t bytes)
{
	if (waited != NULL)
		atomic_fetch_add(&waited->bytes, bytes);
}

void
patience_rest(struct waited *waited)
{
	if (waited != NULL)
		atomic_store(&waited->until_ms, 0);
}
