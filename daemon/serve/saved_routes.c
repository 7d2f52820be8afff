/*
 * The routes of saved scenarios, between an exchange and report/saved.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/saved.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/routes.h"

static struct saved_request
request_of(const struct call *call, struct store *store)
{
	return (struct saved_request){ .store = store,
		.arena = call->request->arena,
		.now_us = call->request->now_us,
		.name = call->name,
		.body = { call->request->body, call->request->size } };
}

/* The text is put into the answer as it was given: what is saved is not rounded on its way back. */
void
serve_saved(const struct call *call, struct exchange_reply *reply)
{
	struct arena *arena = call->request->arena;
	struct answer *answer = answer_new(arena);
	struct saved_request request;
	struct store *store;
	struct text body;
	char when[TIME_MAX];
	const char *printed;
	int64_t changed_us;
	struct err err;
	int status;

	store = call->api->pool == NULL ? NULL : pool_borrow(call->api->pool, &err);
	if (store == NULL) {
		reply_error(call->request, reply, 503, "%s",
			call->api->pool == NULL ? "there is no ledger to read" : err.text);
		return;
	}
	request = request_of(call, store);
	status = saved_text(&request, &body, &changed_us, &err);
	pool_give_back(call->api->pool, store);
	if (status != 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	time_print(when, sizeof(when), changed_us - changed_us % SECOND_US);
	answer_fact(answer, "name", "", value_text(answer, call->name));
	answer_fact(answer, "changed", "", value_text(answer, when));
	/* {"facts":{"name":...,"changed":...},"columns":[]}: the scenario becomes the last fact. */
	printed = strstr(answer_print(answer, ANSWER_JSON, NULL), "\"facts\":{");
	printed = arena_format(
		arena, "{\"facts\":{\"scenario\":%.*s,%s", (int)body.n, body.p, printed + strlen("\"facts\":{"));
	reply_body(reply, "application/json", printed, strlen(printed));
}

/* Run a change with a writing handle and answer what it says. */
static void
change(const struct call *call, int (*run)(const struct saved_request *request, struct answer *answer, struct err *err),
	struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct answer *answer = answer_new(call->request->arena);
	struct saved_request request;
	struct store *store;
	struct err err;
	int status;

	if (api->writer_open == NULL) {
		reply_error(call->request, reply, 503, "there is no ledger to write to");
		return;
	}
	store = api->writer_open(api->writer_ctx, &err);
	if (store == NULL) {
		reply_error(call->request, reply, 503, "%s", err.text);
		return;
	}
	request = request_of(call, store);
	status = run(&request, answer, &err);
	api->writer_close(api->writer_ctx, store);
	if (status != 0)
		reply_err(call->request, reply, &err);
	else
		reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}

void
serve_saved_put(const struct call *call, struct exchange_reply *reply)
{
	change(call, saved_put, reply);
}

void
serve_saved_remove(const struct call *call, struct exchange_reply *reply)
{
	change(call, saved_remove, reply);
}
