#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/ingest/otlp_answer.h"
#include "daemon/serve/api.h"
#include "daemon/serve/pushed_body.h"
#include "daemon/serve/routes.h"

#define RETRY_S 1

static const char json_type[] = "application/json", protobuf_type[] = "application/x-protobuf";

/* What is waited for, between the two halves of an exchange. */
struct waiting {
	struct push *push;
	struct parcel *parcel;
	bool protobuf;
	enum push_form form;
};

static bool
is_type(const char *type, const char *name)
{
	size_t n = strlen(name);

	return type != NULL && strncasecmp(type, name, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static bool
is_protobuf(const struct exchange_request *request)
{
	return is_type(request->content_type, protobuf_type) || is_type(request->content_type, "application/protobuf");
}

int
otlp_push_type(const struct exchange_request *request, struct exchange_reply *reply)
{
	if (is_protobuf(request) || is_type(request->content_type, json_type))
		return 0;
	reply_error(request, reply, 415, "content type '%s': %s or %s is needed",
		request->content_type == NULL ? "" : request->content_type, protobuf_type, json_type);
	return -1;
}

/* ---- replies */

/* google.rpc.Code by the status of HTTP. */
static int
code_of(int status)
{
	return status == 503 || status == 429 ? 14 : status >= 500 ? 13 : status == 413 ? 8 : 3;
}

static void
reply_failure(const struct exchange_request *request, bool protobuf, int status, const char *sentence,
	struct exchange_reply *reply)
{
	size_t size;
	const char *body = otlp_answer_failure(request->arena, protobuf, code_of(status), sentence, &size);

	reply_body(reply, protobuf ? protobuf_type : json_type, body, size);
	reply->cache = NULL;
	reply->status = status;
	if (status == 503)
		reply->retry_after_s = RETRY_S;
}

/* Committed, but for the rows that were refused or stand with other content. */
static void
reply_taken(const struct exchange_request *request, const struct waiting *waiting, const struct push_result *result,
	struct exchange_reply *reply)
{
	size_t size;
	const char *body = otlp_answer_taken(request->arena, waiting->protobuf, waiting->form, result, &size);

	reply_body(reply, waiting->protobuf ? protobuf_type : json_type, body, size);
	reply->cache = NULL;
}

static void
reply_outcome(const struct exchange_request *request, const struct waiting *waiting, const struct push_result *result,
	struct exchange_reply *reply)
{
	switch (result->outcome) {
	case PUSH_TAKEN:
	case PUSH_CONFLICT:
	case PUSH_REFUSED:
		reply_taken(request, waiting, result, reply);
		return;
	case PUSH_UNREADABLE:
		reply_failure(request, waiting->protobuf, 400, result->err.text, reply);
		return;
	case PUSH_TOO_MANY:
		reply_failure(request, waiting->protobuf, 413, result->err.text, reply);
		return;
	case PUSH_FULL:
	case PUSH_FAILED:
		break;
	}
	/* Whatever keeps the ledger from taking it now: senders try again on 503, and drop on 500. */
	reply_failure(request, waiting->protobuf, 503, result->err.text, reply);
}

/* ---- the two halves */

static void
start(void *job, void (*wake)(void *ctx), void *ctx)
{
	struct waiting *waiting = job;

	push_send(waiting->push, waiting->parcel, wake, ctx);
}

static void
finish(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	struct waiting *waiting = job;

	reply_outcome(request, waiting, parcel_result(waiting->parcel), reply);
	reply_finish(request, reply);
}

static void
serve(const struct call *call, enum push_form form, struct exchange_reply *reply)
{
	const struct exchange_request *request = call->request;
	struct waiting *waiting = arena_take(request->arena, sizeof(*waiting));
	size_t body_max = (size_t)call->api->settings->serve.body_max_mib << 20;
	struct pushed_refusal refusal;
	struct push_body body;

	*waiting = (struct waiting){ .push = call->api->push, .protobuf = is_protobuf(request), .form = form };
	if (waiting->push == NULL) {
		reply_failure(request, waiting->protobuf, 503, "there is no ledger to write to", reply);
		return;
	}
	/* No bytes at all are a message without members in protobuf, and no JSON. */
	if (pushed_body(request, waiting->protobuf ? NULL : "an export request of OTLP is needed", body_max, &body,
		    &refusal) != 0) {
		reply_failure(request, waiting->protobuf, refusal.status, refusal.text, reply);
		return;
	}
	body.form = form;
	body.protobuf = waiting->protobuf;
	waiting->parcel = parcel_read(waiting->push, &body);
	if (!parcel_waits(waiting->parcel)) {
		reply_outcome(request, waiting, parcel_result(waiting->parcel), reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->later = (struct exchange_later){ .start = start, .finish = finish, .job = waiting };
}

void
serve_otlp_metrics(const struct call *call, struct exchange_reply *reply)
{
	serve(call, PUSH_METRICS, reply);
}

void
serve_otlp_traces(const struct call *call, struct exchange_reply *reply)
{
	serve(call, PUSH_TRACES, reply);
}

void
serve_otlp_logs(const struct call *call, struct exchange_reply *reply)
{
	serve(call, PUSH_LOGS, reply);
}

/* ---- what the OpenAPI document says of it */

#define FAILURE \
	"\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/otlp_failure\"}}," \
	"\"application/x-protobuf\":{}}"

const char otlp_push_operation[] =
	"\"requestBody\":{\"required\":true,\"description\":\"An export request of OTLP/HTTP. Content-Encoding gzip is "
	"unpacked.\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}},"
	"\"application/x-protobuf\":{}}},\"responses\":{\"200\":{\"description\":\"Committed and synced to disk, but for "
	"the items that partialSuccess counts. What is not about tokens is accepted and not kept.\",\"content\":{"
	"\"application/json\":{\"schema\":{\"type\":\"object\",\"properties\":{\"partialSuccess\":{"
	"\"type\":\"object\"}}}},\"application/x-protobuf\":{}}},\"400\":{\"description\":\"The body is no such message; "
	"sending it again does not help.\"," FAILURE "},\"413\":{\"description\":\"A body that is too large.\"," FAILURE
	"},\"415\":{\"description\":\"A content type or encoding that brings no telemetry.\",\"content\":{"
	"\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/error\"}}}},\"503\":{\"description\":\"Nothing "
	"was taken; Retry-After says when to try again.\"," FAILURE
	"},\"default\":{\"description\":\"why not\",\"content\":{\"application/json\":{\"schema\":{"
	"\"$ref\":\"#/components/schemas/error\"}}}}}";

const char otlp_push_schemas[] =
	"\"otlp_failure\":{\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{"
	"\"type\":\"integer\"},\"message\":{\"type\":\"string\"}}},";
