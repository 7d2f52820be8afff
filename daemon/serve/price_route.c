/*
 * POST /api/v1/price: the command price over HTTP, by the books of the ledger that is served.
 */
#include <stdlib.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/quote_ledger.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/routes.h"

void
serve_price(const struct call *call, struct exchange_reply *reply)
{
	const struct exchange_request *request = call->request;
	struct store *store;
	struct quoted quoted;
	struct err err = { .kind = ERR_NONE };
	int status;

	store = call->api->pool == NULL ? NULL : pool_borrow(call->api->pool, &err);
	if (store == NULL) {
		reply_error(
			request, reply, 503, "%s", call->api->pool == NULL ? "there is no ledger to read" : err.text);
		return;
	}
	status = quote_ledger(store, request->body, request->size, request->now_us, &quoted, &err);
	pool_give_back(call->api->pool, store);
	if (status != 0) {
		reply_err(request, reply, &err);
		return;
	}
	reply_body(reply, "application/x-ndjson", arena_copy(request->arena, quoted.text, quoted.size), quoted.size);
	reply->cache = NULL;
	free(quoted.text);
}
