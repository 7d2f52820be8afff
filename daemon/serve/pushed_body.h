/*
 * pushed_body: the body of a request that brings something for the ledger, unpacked where it is packed.
 */
#ifndef SERVE_PUSHED_BODY_H
#define SERVE_PUSHED_BODY_H

#include <stddef.h>

#include "daemon/ingest/push.h"
#include "daemon/serve/exchange.h"

/* Why not: for a reply in whatever form. */
struct pushed_refusal {
	int status;
	char text[200];
};

/*
 * Fill *body but for its form. wanted: what an empty body lacks. At most body_max bytes unpacked. 0, or -1 with
 * *refusal.
 */
int pushed_body(const struct exchange_request *request, const char *wanted, size_t body_max, struct push_body *body,
	struct pushed_refusal *refusal);

#endif
