#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/arena.h"
#include "daemon/base/log.h"
#include "daemon/ingest/parcel.h"
#include "daemon/ingest/writer.h"
#include "daemon/store/store.h"

#define TRANSACTION_EVENTS (2 * PUSH_EVENTS_MAX) /* no further parcel joins a transaction of this many */

/* Sums are made when nothing came for QUIET, at the latest AGE after the first line that they lack, and never
 * take more than one part in SHARE of the time. */
#define MS INT64_C(1000000)
#define QUIET_NS (200 * MS)
#define AGE_NS (1000 * MS)
#define SHARE 20
#define TRIM_WORTH (1 << 20) /* bytes of pages let go that the system gets back at once */

struct push {
	struct push_config config;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;       /* for the writer thread: parcels, stop, a change of ledger */
	pthread_cond_t parked;     /* for push_switch: the writer thread has let go */
	pthread_mutex_t switching; /* held while a change of push_switch runs: one at a time */
	struct parcel *first, **tail;
	struct push_counts counts;
	size_t bytes; /* reserved by parcels that are read or wait */
	bool stopping, ended, is_parked;
	bool exchanged; /* since the writer thread let go the handle has become another */
	int holds;      /* how many want the writer thread to let go */

	/* the writer thread's own */
	struct writer writer;
	int64_t behind_ns, last_ns; /* when the first line without a sum came, and the last */
	int64_t not_before_ns;      /* of the next sums */
	bool failing;               /* the last transaction failed: told once */
};

static int64_t
monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * MS + now.tv_nsec;
}

/* ---- the writer thread */

static void
answer(struct push *push, struct parcel *parcel)
{
	const struct push_result *result = &parcel->result;
	struct push_counts *counts = &push->counts;
	bool done = result->outcome <= PUSH_REFUSED;

	pthread_mutex_lock(&push->lock);
	push->bytes -= parcel->bytes;
	counts->requests++;
	counts->failed += !done;
	if (done) {
		counts->taken += result->taken;
		counts->repeated += result->repeated;
		counts->conflicting += result->conflicting;
		counts->refused += result->refused;
	}
	pthread_mutex_unlock(&push->lock);
	parcel->wake(parcel->wake_ctx);
}

/* Tell what the ledger says once when it begins and once when it ends; each sender hears it anyway. */
static void
tell(struct push *push, const struct err *err)
{
	if (err != NULL && err->kind != ERR_INPUT && !push->failing) {
		log_error("push: events cannot be taken", "reason", err->text);
		push->failing = true;
	}
	if (err == NULL && push->failing) {
		log_info("push: events are taken again");
		push->failing = false;
	}
}

/* One transaction, and how long it took. */
static int
put(struct push *push, struct parcel *parcels, int64_t now_us, struct err *err)
{
	int64_t began = monotonic_ns();
	int status = writer_put(&push->writer, parcels, now_us, err);

	pthread_mutex_lock(&push->lock);
	push->counts.transactions++;
	push->counts.transactions_ns += monotonic_ns() - began;
	pthread_mutex_unlock(&push->lock);
	return status;
}

/* Put the parcels together; where that fails for a reason that may be one parcel's, each by itself. */
static void
put_all(struct push *push, struct parcel *parcels)
{
	int64_t now_us = push->config.now_us();
	struct parcel *next;
	struct err err;
	bool together = put(push, parcels, now_us, &err) == 0;
	bool apart = !together && err.kind != ERR_BUSY && parcels->next != NULL;

	if (!apart)
		tell(push, together ? NULL : &err);
	for (struct parcel *parcel = parcels; parcel != NULL; parcel = next) {
		bool is_put = together;

		next = parcel->next;
		if (apart) {
			parcel->next = NULL;
			is_put = put(push, parcel, now_us, &err) == 0;
			tell(push, is_put ? NULL : &err);
		}
		if (is_put)
			parcel_done(parcel);
		else
			parcel_failed(parcel, &err);
		answer(push, parcel); /* it may be gone from here on */
	}
}

static void
sum(struct push *push)
{
	int64_t began = monotonic_ns(), took;
	struct err err;
	int status = writer_sum(&push->writer, &err);

	took = monotonic_ns() - began;
	pthread_mutex_lock(&push->lock);
	push->counts.sums++;
	push->counts.sums_ns += took;
	pthread_mutex_unlock(&push->lock);
	push->not_before_ns = began + took + SHARE * took;
	if (status == 0)
		return;
	log_warn("push: the sums stay behind their lines for now", "reason", err.text);
	push->not_before_ns += 10 * AGE_NS;
}

/* What this version sums and the ledger has not, a part at a time between what comes. */
static void
catch_up(struct push *push)
{
	struct err err;

	if (writer_catch_up(&push->writer, &err) != 0)
		log_warn("push: sums that came with this version are not made", "reason", err.text);
	else if (!push->writer.lags)
		log_info("ledger: sums that came with this version are made");
}

/* When sums are due; INT64_MAX: there are none to make. */
static int64_t
sums_due(const struct push *push)
{
	int64_t due = push->last_ns + QUIET_NS < push->behind_ns + AGE_NS ? push->last_ns + QUIET_NS
									  : push->behind_ns + AGE_NS;

	if (!push->writer.sums_wait || push->writer.store == NULL)
		return INT64_MAX;
	return due > push->not_before_ns ? due : push->not_before_ns;
}

/* What waits, up to a transaction full. Called with the lock held. */
static struct parcel *
take_waiting(struct push *push)
{
	struct parcel *parcels = push->first, *last = parcels;
	int64_t events = 0;

	if (parcels == NULL)
		return NULL;
	for (;; last = last->next) {
		for (const struct event *event = last->events; event != NULL; event = event->next)
			events++;
		if (last->next == NULL || events >= TRANSACTION_EVENTS)
			break;
	}
	push->first = last->next;
	last->next = NULL;
	if (push->first == NULL)
		push->tail = &push->first;
	return parcels;
}

/* Sleep until there is something to do. Called with the lock held. */
static void
wait_for_work(struct push *push)
{
	int64_t due = sums_due(push);
	struct timespec until = { due / (1000 * MS), due % (1000 * MS) };

	if (due == INT64_MAX)
		pthread_cond_wait(&push->work, &push->lock);
	else
		pthread_cond_timedwait(&push->work, &push->lock, &until);
}

/* The handle is somebody else's for a while. Where it was only lent, the runs of pushes go on with it. */
static void
park(struct push *push)
{
	struct writer before = push->writer;

	writer_drop(&push->writer);
	push->is_parked = true;
	push->exchanged = false;
	pthread_cond_broadcast(&push->parked);
	while (push->holds > 0)
		pthread_cond_wait(&push->work, &push->lock);
	push->is_parked = false;
	writer_take(&push->writer, push->config.store);
	if (!push->exchanged)
		memcpy(push->writer.pushed, before.pushed, sizeof(before.pushed));
}

static void
work(struct push *push, struct parcel *parcels)
{
	bool waited = push->writer.sums_wait;

	if (parcels == NULL) {
		if (push->writer.lags)
			catch_up(push);
		else
			sum(push);
		if (store_rest(push->writer.store) > TRIM_WORTH)
			malloc_trim(0);
		return;
	}
	put_all(push, parcels);
	push->last_ns = monotonic_ns();
	if (!waited)
		push->behind_ns = push->last_ns;
}

static void *
run(void *ctx)
{
	struct push *push = ctx;
	struct parcel *parcels;

	writer_take(&push->writer, push->config.store);
	if (push->writer.lags)
		log_info("ledger: sums that came with this version are being made");
	pthread_mutex_lock(&push->lock);
	while (!push->stopping) {
		bool due = !push->writer.lags && sums_due(push) <= monotonic_ns();

		if (push->holds > 0) {
			park(push);
		} else if (due || push->first != NULL || push->writer.lags) {
			parcels = due ? NULL : take_waiting(push);
			pthread_mutex_unlock(&push->lock);
			work(push, parcels);
			pthread_mutex_lock(&push->lock);
		} else {
			wait_for_work(push);
		}
	}
	while ((parcels = take_waiting(push)) != NULL) {
		pthread_mutex_unlock(&push->lock);
		put_all(push, parcels);
		pthread_mutex_lock(&push->lock);
	}
	push->ended = true;
	pthread_cond_broadcast(&push->parked);
	pthread_mutex_unlock(&push->lock);
	if (push->writer.sums_wait)
		sum(push);
	writer_drop(&push->writer);
	return NULL;
}

/* ---- for everyone else */

struct push *
push_start(const struct push_config *config, struct err *err)
{
	struct push *push = calloc(1, sizeof(*push));
	pthread_condattr_t monotonic;
	int code;

	if (push == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory");
		return NULL;
	}
	push->config = *config;
	push->tail = &push->first;
	push->writer.zone = config->zone;
	pthread_mutex_init(&push->lock, NULL);
	pthread_mutex_init(&push->switching, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&push->work, &monotonic);
	pthread_cond_init(&push->parked, NULL);
	pthread_condattr_destroy(&monotonic);
	code = pthread_create(&push->thread, NULL, run, push);
	if (code != 0) {
		err_set(err, ERR_OUTSIDE, "no thread can be started for the ledger (error %d)", code);
		push->ended = true;
		push_free(push);
		return NULL;
	}
	return push;
}

void
push_stop(struct push *push)
{
	bool running;

	if (push == NULL)
		return;
	pthread_mutex_lock(&push->lock);
	running = !push->stopping;
	push->stopping = true;
	pthread_cond_broadcast(&push->work);
	pthread_mutex_unlock(&push->lock);
	if (running)
		pthread_join(push->thread, NULL);
}

void
push_free(struct push *push)
{
	if (push == NULL)
		return;
	pthread_cond_destroy(&push->parked);
	pthread_cond_destroy(&push->work);
	pthread_mutex_destroy(&push->lock);
	pthread_mutex_destroy(&push->switching);
	free(push);
}

/* Make the writer thread let go, and go on. One at a time; parcels may come meanwhile, and wait. */
static void
hold(struct push *push)
{
	pthread_mutex_lock(&push->switching);
	pthread_mutex_lock(&push->lock);
	push->holds++;
	pthread_cond_broadcast(&push->work);
	while (!push->is_parked && !push->ended)
		pthread_cond_wait(&push->parked, &push->lock);
	pthread_mutex_unlock(&push->lock);
}

static void
let_go(struct push *push)
{
	push->holds--;
	pthread_cond_broadcast(&push->work);
	pthread_mutex_unlock(&push->lock);
	pthread_mutex_unlock(&push->switching);
}

void
push_switch(struct push *push, struct store *(*change)(void *ctx), void *ctx)
{
	struct store *store;

	hold(push);
	store = change(ctx);
	pthread_mutex_lock(&push->lock);
	push->config.store = store;
	push->exchanged = true;
	let_go(push);
}

void
push_lend(struct push *push, void (*use)(void *ctx, struct store *store), void *ctx)
{
	hold(push);
	use(ctx, push->config.store);
	pthread_mutex_lock(&push->lock);
	let_go(push);
}

/* Room for a body among those that wait. */
static bool
reserve(struct push *push, size_t n)
{
	bool room;

	pthread_mutex_lock(&push->lock);
	room = push->bytes == 0 || (n <= push->config.bytes_max && push->bytes <= push->config.bytes_max - n);
	if (room)
		push->bytes += n;
	pthread_mutex_unlock(&push->lock);
	return room;
}

static void
give_back(struct push *push, struct parcel *parcel)
{
	pthread_mutex_lock(&push->lock);
	push->bytes -= parcel->bytes;
	pthread_mutex_unlock(&push->lock);
	parcel->bytes = 0;
}

struct parcel *
parcel_read(struct push *push, const struct push_body *body)
{
	struct parcel *parcel = arena_take(body->arena, sizeof(*parcel));

	parcel->arena = body->arena;
	parcel->form = body->form;
	if (!reserve(push, body->n)) {
		parcel->result.outcome = PUSH_FULL;
		err_set(&parcel->result.err, ERR_BUSY, "too many events are waiting to be written; try again");
		return parcel;
	}
	parcel->bytes = body->n;
	if (body->form == PUSH_EVENTS)
		parcel_parse(parcel, body, push->config.zone);
	else
		parcel_parse_otlp(parcel, body);
	if (!parcel_waits(parcel))
		give_back(push, parcel);
	return parcel;
}

void
push_count(struct push *push, struct push_counts *counts)
{
	pthread_mutex_lock(&push->lock);
	*counts = push->counts;
	counts->waiting_bytes = push->bytes;
	pthread_mutex_unlock(&push->lock);
}

bool
parcel_waits(const struct parcel *parcel)
{
	return parcel->events != NULL;
}

const struct push_result *
parcel_result(const struct parcel *parcel)
{
	return &parcel->result;
}

void
push_send(struct push *push, struct parcel *parcel, void (*wake)(void *ctx), void *ctx)
{
	bool late;

	parcel->wake = wake;
	parcel->wake_ctx = ctx;
	pthread_mutex_lock(&push->lock);
	late = push->stopping;
	if (!late) {
		parcel->next = NULL;
		*push->tail = parcel;
		push->tail = &parcel->next;
		pthread_cond_signal(&push->work);
	}
	pthread_mutex_unlock(&push->lock);
	if (late) {
		struct err err;

		err_set(&err, ERR_BUSY, "the daemon is stopping; try again");
		parcel_failed(parcel, &err);
		answer(push, parcel);
	}
}
