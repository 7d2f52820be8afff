/*
 * The routes of sources. A test waits for its source in a thread of its own, while its connection sleeps.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/ingest/look.h"
#include "daemon/ingest/probe.h"
#include "daemon/ingest/schedule.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/window.h"
#include "daemon/report/answer.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/probes.h"
#include "daemon/serve/routes.h"
#include "daemon/serve/sources.h"

#define DAYS 35
#define AT_ONCE 2 /* tests */
#define RETRY_S 5

const struct param sources_params[] = {
	{ "days", PARAM_NUMBER, NULL, 1, 3660, "how many days of coverage, up to today; without it, 35" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

const struct param backfill_params[] = {
	{ "from", PARAM_TEXT, NULL, 0, 0, "where the history begins: a date such as 2026-01-01" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static const char *
value_of(const struct call *call, const char *name)
{
	for (size_t i = 0; i < call->target.n; i++)
		if (strcmp(call->target.params[i].name, name) == 0)
			return call->target.params[i].value;
	return NULL;
}

static void
reply_sources(const struct call *call, struct store *store, int days, struct exchange_reply *reply)
{
	static const struct source_plans none = { .rows = NULL };
	const struct api *api = call->api;
	struct arena *arena = call->request->arena;
	struct look_at at = { .store = store,
		.plans = api->schedule == NULL ? &none : schedule_plans(api->schedule),
		.schedule = api->schedule,
		.now_us = call->request->now_us,
		.days = days };
	struct answer *answer = answer_new(arena);
	struct source_views views;
	struct err err;

	if (source_views_get(&at, arena, &views, &err) != 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	sources_answer(answer, arena, &views, at.now_us);
	reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}

void
serve_sources(const struct call *call, struct exchange_reply *reply)
{
	const char *given = value_of(call, "days");
	struct store *store = NULL;
	struct err err;
	char *end = NULL;
	long days = given == NULL ? DAYS : strtol(given, &end, 10);

	if (given != NULL && (end == given || *end != '\0' || days < 1 || days > 3660)) {
		reply_error(call->request, reply, 400, "parameter 'days': '%s' is not a number from 1 to 3660", given);
		return;
	}
	if (call->api->pool != NULL && (store = pool_borrow(call->api->pool, &err)) == NULL) {
		reply_error(call->request, reply, 503, "%s", err.text);
		return;
	}
	reply_sources(call, store, (int)days, reply);
	if (store != NULL)
		pool_give_back(call->api->pool, store);
}

/* The plan that {name} names, or NULL and *reply says why not. */
static const struct source_plan *
plan_of(const struct call *call, struct exchange_reply *reply)
{
	static const struct source_plans none = { .rows = NULL };
	const struct api *api = call->api;
	const struct source_plan *plan;
	struct err err;

	plan = source_plan_find(api->schedule == NULL ? &none : schedule_plans(api->schedule), call->name, &err);
	if (plan == NULL)
		reply_err(call->request, reply, &err);
	return plan;
}

static void
reply_done(const struct call *call, const char *did, struct exchange_reply *reply)
{
	struct answer *answer = answer_new(call->request->arena);

	answer_fact(answer, "source", "", value_text(answer, call->name));
	answer_fact(answer, did, "", value_truth(answer, true));
	reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}

void
serve_source_run(const struct call *call, struct exchange_reply *reply)
{
	struct err err;

	if (plan_of(call, reply) == NULL)
		return;
	if (schedule_ask(call->api->schedule, call->name, &err) != 0)
		reply_err(call->request, reply, &err);
	else
		reply_done(call, "asked", reply);
}

void
serve_source_backfill(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	const struct source_plan *plan = plan_of(call, reply);
	const char *from = value_of(call, "from");
	struct store *store;
	int64_t from_us;
	struct err err;
	int status;

	if (plan == NULL)
		return;
	if (from == NULL || time_parse(from, strlen(from), &from_us, NULL) != 0) {
		reply_error(call->request, reply, 400, "parameter 'from': '%s' is not a date such as 2026-01-01",
			from == NULL ? "" : from);
		return;
	}
	if (api->writer_open == NULL || (store = api->writer_open(api->writer_ctx, &err)) == NULL) {
		reply_error(call->request, reply, 503, "%s",
			api->writer_open == NULL ? "there is no ledger to write to" : err.text);
		return;
	}
	status = window_want(store, plan, from_us, call->request->now_us, &err);
	api->writer_close(api->writer_ctx, store);
	if (status != 0 || schedule_ask(api->schedule, call->name, &err) != 0)
		reply_err(call->request, reply, &err);
	else
		reply_done(call, "wanted", reply);
}

/* ---- tests */

struct probes {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int running;
	bool closed;
	atomic_bool stop;
};

struct probes *
probes_new(struct err *err)
{
	struct probes *probes = calloc(1, sizeof(*probes));

	if (probes == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for tests of sources");
		return NULL;
	}
	pthread_mutex_init(&probes->lock, NULL);
	pthread_cond_init(&probes->ended, NULL);
	return probes;
}

void
probes_stop(struct probes *probes)
{
	if (probes == NULL)
		return;
	atomic_store(&probes->stop, true);
	pthread_mutex_lock(&probes->lock);
	probes->closed = true;
	while (probes->running > 0)
		pthread_cond_wait(&probes->ended, &probes->lock);
	pthread_mutex_unlock(&probes->lock);
}

void
probes_free(struct probes *probes)
{
	if (probes == NULL)
		return;
	pthread_cond_destroy(&probes->ended);
	pthread_mutex_destroy(&probes->lock);
	free(probes);
}

static bool
claim(struct probes *probes)
{
	bool mine;

	pthread_mutex_lock(&probes->lock);
	mine = !probes->closed && probes->running < AT_ONCE;
	probes->running += mine;
	pthread_mutex_unlock(&probes->lock);
	return mine;
}

/* One test, between the two halves of an exchange. Lives in the request's arena. */
struct testing {
	struct probes *probes;
	const struct source_plan *plan;
	struct pulling_ask ask;
	struct probe probe;
	void (*wake)(void *ctx);
	void *wake_ctx;
};

static void
end_test(struct testing *testing)
{
	struct probes *probes = testing->probes;

	testing->wake(testing->wake_ctx); /* testing is gone from here on */
	pthread_mutex_lock(&probes->lock);
	probes->running--;
	pthread_cond_broadcast(&probes->ended);
	pthread_mutex_unlock(&probes->lock);
}

static void *
run_test(void *ctx)
{
	struct testing *testing = ctx;

	probe_source(testing->plan, &testing->ask, &testing->probe);
	end_test(testing);
	return NULL;
}

static void
start_test(void *job, void (*wake)(void *ctx), void *ctx)
{
	struct testing *testing = job;
	pthread_attr_t attributes;
	pthread_t thread;
	int code;

	testing->wake = wake;
	testing->wake_ctx = ctx;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	code = pthread_create(&thread, &attributes, run_test, testing);
	pthread_attr_destroy(&attributes);
	if (code != 0) {
		err_set(&testing->probe.err, ERR_BUSY, "no thread for a test: %s", strerror(code));
		end_test(testing);
	}
}

static void
finish_test(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	const struct testing *testing = job;
	struct answer *answer = answer_new(request->arena);
	const char *body;
	size_t n;

	probe_answer(answer, testing->plan, &testing->probe);
	body = answer_print(answer, ANSWER_JSON, &n);
	reply_body(reply, "application/json", body, n);
	reply->cache = NULL;
	reply_finish(request, reply);
}

void
serve_source_test(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	const struct source_plan *plan = plan_of(call, reply);
	struct testing *testing = arena_take(call->request->arena, sizeof(*testing));

	if (plan == NULL)
		return;
	if (api->probes == NULL || !claim(api->probes)) {
		reply_error(call->request, reply, 503, "other sources are being tested; try again when that is done");
		reply->retry_after_s = RETRY_S;
		return;
	}
	testing->probes = api->probes;
	testing->plan = plan;
	testing->ask = (struct pulling_ask){ .settings = api->settings,
		.zone = api->zone,
		.now_us = call->request->now_us,
		.stop = &api->probes->stop };
	memset(reply, 0, sizeof(*reply));
	reply->later = (struct exchange_later){ .start = start_test, .finish = finish_test, .job = testing };
}
