/*
 * usage_push: POST /api/v1/usage, between an exchange and a parcel of events.
 */
#ifndef SERVE_USAGE_PUSH_H
#define SERVE_USAGE_PUSH_H

#include "daemon/serve/exchange.h"

struct push;

/* 0 when this content type may bring events; else -1 and *reply is a 415 that says what may. */
int usage_push_type(const struct exchange_request *request, struct exchange_reply *reply);

/* Read the body; the reply is complete, or to be had later. push may be NULL: there is no ledger to write to. */
void usage_push(
	struct push *push, const struct exchange_request *request, struct exchange_reply *reply, size_t body_max);

/* For the OpenAPI document: members of the operation (its body and replies), and the schemas that they name. */
extern const char usage_push_operation[], usage_push_schemas[];

#endif
