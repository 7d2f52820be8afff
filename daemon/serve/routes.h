/*
 * routes: the table of routes, as those see it who answer from it (api.c) and write it down (openapi.c).
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include "daemon/access/access.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/serve/exchange.h"
#include "daemon/serve/target.h"

struct api;
struct gate;

/* What one needs to be: anyone who may read, who may bring events, or who may change what is stored. On loopback everyone is all. */
enum rights { RIGHTS_READ, RIGHTS_INGEST, RIGHTS_ADMIN, RIGHTS_NONE };

/* One request on its way to a handler. */
struct call {
	const struct api *api;
	struct gate *gate; /* of the api */
	const struct exchange_request *request;
	struct target target;
	int slot;         /* of metrics.h */
	const char *name; /* what stands for {name} in the path, or NULL */
	bool known;       /* whether who tells as whom the request was let in */
	struct token who;
};

struct route {
	const char *method; /* "GET" also answers HEAD */
	const char *path;   /* one that ends in "{name}" takes one more part */
	const char *text;
	enum rights rights;
	const struct param *params; /* of the query; NULL: none; reports declare their own */
	const char *body;           /* what the body holds, NULL: no body is read */
	void (*handler)(const struct call *call, struct exchange_reply *reply);
};

/* Ended by a row whose method is NULL. */
extern const struct route routes[];

extern const char *const rights_names[4];

/* Handlers that have a file of their own. */
void serve_saved(const struct call *call, struct exchange_reply *reply); /* saved_routes.c */
void serve_price(const struct call *call, struct exchange_reply *reply); /* price_route.c */
void serve_saved_put(const struct call *call, struct exchange_reply *reply);
void serve_saved_remove(const struct call *call, struct exchange_reply *reply);
void serve_collect(const struct call *call, struct exchange_reply *reply);     /* imports.c */
void serve_rule_add(const struct call *call, struct exchange_reply *reply);    /* rule_routes.c */
void serve_month_close(const struct call *call, struct exchange_reply *reply); /* month_routes.c */
void serve_month_reopen(const struct call *call, struct exchange_reply *reply);
void serve_reprice(const struct call *call, struct exchange_reply *reply);          /* reprice_route.c */
void serve_catalogue_review(const struct call *call, struct exchange_reply *reply); /* catalogue_routes.c */
void serve_catalogue_look(const struct call *call, struct exchange_reply *reply);
void serve_catalogue_apply(const struct call *call, struct exchange_reply *reply);
void serve_catalogue_undo(const struct call *call, struct exchange_reply *reply);
void serve_catalogue_dismiss(const struct call *call, struct exchange_reply *reply);
void serve_rule_change(const struct call *call, struct exchange_reply *reply);
void serve_rule_drop(const struct call *call, struct exchange_reply *reply);

/* source_routes.c */
extern const struct param sources_params[], backfill_params[];
void serve_sources(const struct call *call, struct exchange_reply *reply);
void serve_source_run(const struct call *call, struct exchange_reply *reply);
void serve_source_test(const struct call *call, struct exchange_reply *reply);
void serve_source_backfill(const struct call *call, struct exchange_reply *reply);

/* setting_routes.c */
void serve_setting_change(const struct call *call, struct exchange_reply *reply);
void serve_setting_forget(const struct call *call, struct exchange_reply *reply);
void serve_workload_change(const struct call *call, struct exchange_reply *reply);
void serve_workload_forget(const struct call *call, struct exchange_reply *reply);
void serve_fleet_change(const struct call *call, struct exchange_reply *reply);
void serve_fleet_forget(const struct call *call, struct exchange_reply *reply);

/* imports.c: its parameters; 0 when this content type may bring a file, else -1 and *reply is a 415. */
extern const struct param collect_params[];
void serve_collectors(const struct call *call, struct exchange_reply *reply);
int collect_question(
	const struct call *call, const char **name, const char **collector, bool *dry_run, struct err *err);
int collect_type(const struct exchange_request *request, struct exchange_reply *reply);

/* otlp_push.c: POST /v1/metrics, /v1/traces and /v1/logs, here and under the API's prefix. Replies are in the content
 * type of the request, JSON or protobuf. */
void serve_otlp_metrics(const struct call *call, struct exchange_reply *reply);
void serve_otlp_traces(const struct call *call, struct exchange_reply *reply);
void serve_otlp_logs(const struct call *call, struct exchange_reply *reply);
/* 0 when this content type may bring telemetry, else -1 and *reply is a 415. */
int otlp_push_type(const struct exchange_request *request, struct exchange_reply *reply);
/* Members of the operation (its body and replies) in the OpenAPI document, and the schema that they name. */
extern const char otlp_push_operation[], otlp_push_schemas[];

/* Make *reply the printed answer; CSV gets a name to be saved under. */
void reply_answer(
	const struct call *call, const struct answer *answer, enum answer_format format, struct exchange_reply *reply);

/* The OpenAPI 3.1 document of the table and of all reports, in the request's arena. */
char *openapi_document(const char *version, struct arena *arena, size_t *n);

#endif
