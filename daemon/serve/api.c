#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/solve_text.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/assets.h"
#include "daemon/serve/gate.h"
#include "daemon/serve/metrics.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/routes.h"
#include "daemon/serve/usage_push.h"

const char *const rights_names[4] = { "read", "ingest", "admin", "none" };

static void serve_health(const struct call *call, struct exchange_reply *reply);
static void serve_metrics(const struct call *call, struct exchange_reply *reply);
static void serve_routes(const struct call *call, struct exchange_reply *reply);
static void serve_openapi(const struct call *call, struct exchange_reply *reply);
static void serve_status(const struct call *call, struct exchange_reply *reply);
static void serve_report_list(const struct call *call, struct exchange_reply *reply);
static void serve_report(const struct call *call, struct exchange_reply *reply);
static void serve_prices(const struct call *call, struct exchange_reply *reply);
static void serve_solve(const struct call *call, struct exchange_reply *reply);
static void serve_usage(const struct call *call, struct exchange_reply *reply);
static void serve_demo_remove(const struct call *call, struct exchange_reply *reply);
static void serve_saved_list(const struct call *call, struct exchange_reply *reply);
static void serve_rules(const struct call *call, struct exchange_reply *reply);

static const struct param login_params[] = {
	{ "code", PARAM_TEXT, NULL, 0, 0, "of `breakeven token login`" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

#define RULE_BODY \
	"conditions (account, project, key, provider, model, service_tier, tag, said_workload: '*' stands for anything), " \
	"what is given (workload, team, cost_centre, counts), from, to, position, note; null or \"\" takes a field away"
#define OTLP_BODY "an export request of OTLP as JSON or protobuf, plain or gzip"

const struct route routes[] = {
	{ "GET", "/healthz", "whether the daemon and its ledger answer", RIGHTS_NONE, NULL, NULL, serve_health },
	{ "GET", "/metrics", "what is counted and measured, for Prometheus", RIGHTS_READ, NULL, NULL, serve_metrics },
	{ "GET", "/login", "where a one-time link signs a browser in", RIGHTS_NONE, login_params, NULL, serve_login },
	{ "GET", "/api/v1", "this table", RIGHTS_READ, NULL, NULL, serve_routes },
	{ "GET", "/api/v1/openapi.json", "this table as an OpenAPI 3.1 document", RIGHTS_READ, NULL, NULL,
		serve_openapi },
	{ "GET", "/api/v1/status", "version, time, reporting zone and whether this is sample data", RIGHTS_READ, NULL,
		NULL, serve_status },
	{ "GET", "/api/v1/session", "as whom this request was let in, and what a page must send with writes",
		RIGHTS_READ, NULL, NULL, serve_session },
	{ "POST", "/api/v1/session/end", "sign this browser out", RIGHTS_READ, NULL, NULL, serve_session_end },
	{ "GET", "/api/v1/report", "all reports and their parameters", RIGHTS_READ, NULL, NULL, serve_report_list },
	{ "GET", "/api/v1/report/{name}", "one report; format=csv for a spreadsheet", RIGHTS_READ, NULL, NULL,
		serve_report },
	{ "GET", "/api/v1/prices", "the price book: the report of that name", RIGHTS_READ, NULL, NULL, serve_prices },
	{ "POST", "/api/v1/price", "what usage costs, a JSON object a line, by the price books of the ledger",
		RIGHTS_READ, NULL, "lines of usage, as for the command price; at most 10,000", serve_price },
	{ "POST", "/api/v1/solve", "what-if: the curves and break-even points of a scenario", RIGHTS_READ, NULL,
		"a scenario, as for the command solve", serve_solve },
	{ "GET", "/api/v1/scenarios", "the saved what-ifs: the report of that name", RIGHTS_READ, NULL, NULL,
		serve_saved_list },
	{ "GET", "/api/v1/scenarios/{name}", "one saved what-if, as it was given", RIGHTS_READ, NULL, NULL,
		serve_saved },
	{ "POST", "/api/v1/scenarios/{name}", "keep a what-if under this name, in place of the one that has it",
		RIGHTS_ADMIN, NULL, "a scenario, as for the command solve, at most 64 KiB", serve_saved_put },
	{ "DELETE", "/api/v1/scenarios/{name}", "remove a saved what-if", RIGHTS_ADMIN, NULL, NULL,
		serve_saved_remove },
	{ "GET", "/api/v1/rules", "who usage belongs to: the report of that name", RIGHTS_READ, NULL, NULL,
		serve_rules },
	{ "POST", "/api/v1/rules", "a new rule of attribution", RIGHTS_ADMIN, NULL, RULE_BODY, serve_rule_add },
	{ "POST", "/api/v1/rules/{name}", "change the rule of that id; what is not named stays", RIGHTS_ADMIN, NULL,
		RULE_BODY, serve_rule_change },
	{ "DELETE", "/api/v1/rules/{name}", "remove the rule of that id", RIGHTS_ADMIN, NULL, NULL, serve_rule_drop },
	{ "POST", "/api/v1/settings/{name}", "keep a setting in the ledger and go by it from now on", RIGHTS_ADMIN,
		NULL, "value, as a configuration file has it", serve_setting_change },
	{ "DELETE", "/api/v1/settings/{name}", "forget what the ledger keeps of a setting", RIGHTS_ADMIN, NULL, NULL,
		serve_setting_forget },
	{ "POST", "/api/v1/workloads/{name}", "what a workload is compared with; what is not named stays", RIGHTS_ADMIN,
		NULL, "owner, closed_provider, closed_model, fleet; \"\" takes one away", serve_workload_change },
	{ "DELETE", "/api/v1/workloads/{name}", "forget what is set for a workload", RIGHTS_ADMIN, NULL, NULL,
		serve_workload_forget },
	{ "POST", "/api/v1/fleets/{name}", "describe a fleet; what is not named stays", RIGHTS_ADMIN, NULL,
		"the options of `breakeven fleet set` as texts: gpu_hour, throughput_tok_s, gpus_per_replica, ...",
		serve_fleet_change },
	{ "DELETE", "/api/v1/fleets/{name}", "remove a fleet that no workload names", RIGHTS_ADMIN, NULL, NULL,
		serve_fleet_forget },
	{ "POST", "/api/v1/months/close/{name}", "close a month, 2026-08, so that its figures stand", RIGHTS_ADMIN,
		NULL, "through (yes: all open months before it too), note; may be {}", serve_month_close },
	{ "POST", "/api/v1/months/reopen/{name}", "open the last closed month again", RIGHTS_ADMIN, NULL, "note: why",
		serve_month_reopen },
	{ "POST", "/api/v1/catalogues", "read a price catalogue, show what it would change and let it wait",
		RIGHTS_ADMIN, collect_params,
		"the catalogue, in any format of `breakeven collect --list` that is of prices",
		serve_catalogue_review },
	{ "POST", "/api/v1/catalogues/review/{name}", "what the catalogue of that id, which waits, would change",
		RIGHTS_ADMIN, NULL, "{}", serve_catalogue_look },
	{ "POST", "/api/v1/catalogues/apply/{name}", "apply the catalogue of that id", RIGHTS_ADMIN, NULL,
		"from: a time, without it today; keep_ended: yes", serve_catalogue_apply },
	{ "POST", "/api/v1/catalogues/undo/{name}", "take back what the catalogue of that id did", RIGHTS_ADMIN, NULL,
		"{}", serve_catalogue_undo },
	{ "POST", "/api/v1/catalogues/dismiss/{name}", "leave the catalogue of that id, which waits", RIGHTS_ADMIN,
		NULL, "{}", serve_catalogue_dismiss },
	{ "POST", "/api/v1/reprice", "what the prices known now would change; with confirm, the change", RIGHTS_ADMIN,
		NULL,
		"from, to, provider, model: which lines; confirm: the digest of the preview that was seen; resume: yes, to go "
		"on with one that was cut off",
		serve_reprice },
	{ "POST", "/api/v1/usage", "usage events into the ledger, answered once they are safe", RIGHTS_INGEST, NULL,
		"a usage event, an array of them, or one a line; at most 10,000. id and at are an event's key: repeat both when a "
		"request is sent again",
		serve_usage },
	{ "POST", "/api/v1/otlp/v1/metrics", "token counters and histograms of OTLP/HTTP", RIGHTS_INGEST, NULL,
		OTLP_BODY, serve_otlp_metrics },
	{ "POST", "/api/v1/otlp/v1/traces", "GenAI spans of OTLP/HTTP", RIGHTS_INGEST, NULL, OTLP_BODY,
		serve_otlp_traces },
	{ "POST", "/api/v1/otlp/v1/logs", "events of coding agents by OTLP/HTTP", RIGHTS_INGEST, NULL, OTLP_BODY,
		serve_otlp_logs },
	{ "POST", "/v1/metrics", "the same, where senders of OTLP look by themselves", RIGHTS_INGEST, NULL, OTLP_BODY,
		serve_otlp_metrics },
	{ "POST", "/v1/traces", "the same", RIGHTS_INGEST, NULL, OTLP_BODY, serve_otlp_traces },
	{ "POST", "/v1/logs", "the same", RIGHTS_INGEST, NULL, OTLP_BODY, serve_otlp_logs },
	{ "POST", "/api/v1/collect", "a file into the ledger; dry_run=yes: only look at it", RIGHTS_ADMIN,
		collect_params,
		"the file, in any format of `breakeven collect --list`, plain or gzip; at most import.upload_max_mib",
		serve_collect },
	{ "GET", "/api/v1/collectors",
		"what files can be read by: collectors and mappings; what they bring, whether files replace, are followed",
		RIGHTS_READ, NULL, NULL, serve_collectors },
	{ "GET", "/api/v1/sources",
		"the configured sources: state, last success, next run, what became of rows and why, and the days they "
		"were read for",
		RIGHTS_READ, sources_params, NULL, serve_sources },
	{ "POST", "/api/v1/sources/run/{name}", "ask a source now, whatever it waits for", RIGHTS_ADMIN, NULL, NULL,
		serve_source_run },
	{ "POST", "/api/v1/sources/test/{name}",
		"ask a source once and store nothing: what is wrong with its key or URL, or how many rows come",
		RIGHTS_ADMIN, NULL, NULL, serve_source_test },
	{ "POST", "/api/v1/sources/backfill/{name}", "want a source's history from a date on", RIGHTS_ADMIN,
		backfill_params, NULL, serve_source_backfill },
	{ "POST", "/api/v1/demo/remove", "remove the sample data and serve the own ledger", RIGHTS_ADMIN, NULL, NULL,
		serve_demo_remove },
	{ NULL, NULL, NULL, RIGHTS_READ, NULL, NULL, NULL },
};

/* ---- handlers */

void
reply_answer(
	const struct call *call, const struct answer *answer, enum answer_format format, struct exchange_reply *reply)
{
	static const char *const content_types[] = {
		[ANSWER_TEXT] = "text/plain; charset=utf-8",
		[ANSWER_JSON] = "application/json",
		[ANSWER_CSV] = "text/csv; charset=utf-8",
	};
	size_t n;
	const char *body = answer_print(answer, format, &n);

	reply_body(reply, content_types[format], body, n);
	if (format == ANSWER_CSV && call->name != NULL)
		reply->disposition =
			arena_format(call->request->arena, "attachment; filename=\"breakeven-%s.csv\"", call->name);
}

static void
serve_health(const struct call *call, struct exchange_reply *reply)
{
	struct err err;

	if (call->api->pool != NULL) {
		struct store *store = pool_borrow(call->api->pool, &err);

		if (store == NULL) {
			reply_error(call->request, reply, 503, "%s", err.text);
			return;
		}
		pool_give_back(call->api->pool, store);
	}
	reply_body(reply, "application/json", "{\"ok\":true}\n", strlen("{\"ok\":true}\n"));
	reply->cache = NULL;
}

static void
serve_metrics(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	const struct metrics_source source = { .push = call->api->push,
		.metrics = api->metrics,
		.pool = api->pool,
		.schedule = api->schedule,
		.zone = api->zone,
		.version = api->version };

	metrics_reply(&source, call->request, reply);
}

static void
serve_routes(const struct call *call, struct exchange_reply *reply)
{
	struct answer *answer = answer_new(call->request->arena);
	struct column *method = answer_column(answer, "method", "");
	struct column *path = answer_column(answer, "path", "");
	struct column *text = answer_column(answer, "text", "");
	struct column *rights = answer_column(answer, "rights", "");

	answer_fact(answer, "version", "", value_text(answer, call->api->version));
	for (const struct route *route = routes; route->method != NULL; route++) {
		column_add(answer, method, value_text(answer, route->method));
		column_add(answer, path, value_text(answer, route->path));
		column_add(answer, text, value_text(answer, route->text));
		column_add(answer, rights, value_text(answer, rights_names[route->rights]));
	}
	reply_answer(call, answer, ANSWER_JSON, reply);
}

static void
serve_openapi(const struct call *call, struct exchange_reply *reply)
{
	size_t n;
	const char *document = openapi_document(call->api->version, call->request->arena, &n);

	reply_body(reply, "application/json", document, n);
}

static void
serve_status(const struct call *call, struct exchange_reply *reply)
{
	struct answer *answer = answer_new(call->request->arena);
	const struct api *api = call->api;
	char now[TIME_MAX], numbers[SETTING_WORD];

	time_print(now, sizeof(now), call->request->now_us);
	answer_fact(answer, "version", "", value_text(answer, api->version));
	answer_fact(answer, "now", "", value_text(answer, now));
	answer_fact(answer, "zone", "", value_text(answer, api->zone->name));
	answer_fact(answer, "currency", "", value_text(answer, api->settings->report.currency));
	settings_print(api->settings, setting_find("report.numbers", NULL), numbers, sizeof(numbers));
	answer_fact(answer, "numbers", "", value_text(answer, numbers));
	answer_fact(answer, "demo", "", value_truth(answer, api->demo != NULL && api->demo(api->demo_ctx)));
	reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}

static void
serve_report_list(const struct call *call, struct exchange_reply *reply)
{
	struct answer *answer = answer_new(call->request->arena);

	reports_list(answer);
	reply_answer(call, answer, ANSWER_JSON, reply);
}

/* "from, to, by" of a declared list, for a sentence. */
static const char *
names_of(struct arena *arena, const struct param *params, const char *more)
{
	const char *text = NULL;

	for (const struct param *param = params; param != NULL && param->name != NULL; param++)
		text = text == NULL ? param->name : arena_format(arena, "%s, %s", text, param->name);
	if (more != NULL)
		text = text == NULL ? more : arena_format(arena, "%s, %s", text, more);
	return text == NULL ? "none" : text;
}

/* Put every parameter of the query where the report expects it; format is everyone's. */
static int
take_params(const struct call *call, const struct report *report, struct request *request, enum answer_format *format,
	struct err *err)
{
	bool format_given = false;

	for (size_t i = 0; i < call->target.n; i++) {
		const char *name = call->target.params[i].name, *value = call->target.params[i].value;
		const char **slot = NULL;

		if (strcmp(name, "format") == 0) {
			if (format_given)
				return err_set(err, ERR_INPUT, "parameter 'format' is given twice");
			if (answer_format_parse(value, format) != 0)
				return err_set(
					err, ERR_INPUT, "parameter 'format': '%s' is none of json, csv, text", value);
			format_given = true;
			continue;
		}
		for (int k = 0; report->params != NULL && report->params[k].name != NULL; k++)
			if (strcmp(report->params[k].name, name) == 0)
				slot = &request->values[k];
		if (slot == NULL)
			return err_set(err, ERR_INPUT, "parameter '%s' is unknown; allowed: %s", name,
				names_of(request->arena, report->params, "format"));
		if (*slot != NULL)
			return err_set(err, ERR_INPUT, "parameter '%s' is given twice", name);
		*slot = value;
	}
	return 0;
}

static void
run_report(const struct call *call, const char *name, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	enum answer_format format = ANSWER_JSON;
	const struct report *report;
	struct request request;
	struct answer *answer;
	struct err err;
	int rc;

	memset(&request, 0, sizeof(request));
	request.settings = api->settings;
	request.zone = api->zone;
	request.now_us = call->request->now_us;
	request.arena = call->request->arena;
	report = report_find(name, &err);
	if (report == NULL || take_params(call, report, &request, &format, &err) != 0 ||
		report_check(report, &request, &err) != 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	if (api->pool != NULL) {
		request.store = pool_borrow(api->pool, &err);
		if (request.store == NULL) {
			reply_error(call->request, reply, 503, "%s", err.text);
			return;
		}
	}
	answer = answer_new(request.arena);
	answer_numbers(answer, (enum figure_style)api->settings->report.numbers);
	rc = report->run(&request, report, answer, &err);
	if (request.store != NULL)
		pool_give_back(api->pool, request.store);
	if (rc != 0)
		reply_err(call->request, reply, &err);
	else
		reply_answer(call, answer, format, reply);
}

static void
serve_report(const struct call *call, struct exchange_reply *reply)
{
	run_report(call, call->name, reply);
}

static void
serve_prices(const struct call *call, struct exchange_reply *reply)
{
	run_report(call, "prices", reply);
}

static void
serve_saved_list(const struct call *call, struct exchange_reply *reply)
{
	run_report(call, "scenarios", reply);
}

static void
serve_rules(const struct call *call, struct exchange_reply *reply)
{
	run_report(call, "rules", reply);
}

static void
serve_solve(const struct call *call, struct exchange_reply *reply)
{
	struct arena *arena = call->request->arena;
	struct answer *answer = answer_new(arena);
	struct solve_text text = { "body", call->request->body, call->request->size };
	struct err err;

	if (call->request->size == 0) {
		reply_error(call->request, reply, 400, "the body is empty; a scenario is needed");
		return;
	}
	answer_numbers(answer, (enum figure_style)call->api->settings->report.numbers);
	if (answer_solve_text(answer, arena, &text, &err) != 0)
		reply_err(call->request, reply, &err);
	else
		reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}

static void
serve_usage(const struct call *call, struct exchange_reply *reply)
{
	usage_push(call->api->push, call->request, reply, (size_t)call->api->settings->serve.body_max_mib << 20);
}

static void
serve_demo_remove(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct err err;

	if (api->demo == NULL || api->demo_remove == NULL || !api->demo(api->demo_ctx)) {
		reply_error(call->request, reply, 404, "what is served here is no sample data");
		return;
	}
	if (api->demo_remove(api->demo_ctx, &err) != 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	reply_body(reply, "application/json", "{\"removed\":true}\n", strlen("{\"removed\":true}\n"));
	reply->cache = NULL;
}

/* ---- from a request to a route */

/* Four numbers of at most three digits, the first of them 127. */
static bool
is_loopback_four(const char *name)
{
	for (int i = 0; i < 4; i++) {
		int number = 0, digits = 0;

		for (; *name >= '0' && *name <= '9' && digits < 3; digits++)
			number = 10 * number + *name++ - '0';
		if (digits == 0 || number > 255 || (i == 0 && number != 127) || *name != (i < 3 ? '.' : '\0'))
			return false;
		name += i < 3;
	}
	return true;
}

bool
host_is_loopback(const char *host)
{
	char name[256];
	const char *end = host[0] == '[' ? strchr(host, ']') : strrchr(host, ':');
	size_t n = end == NULL ? strlen(host) : (size_t)(end - host) + (host[0] == '[');
	const char *rest = host + n;

	/* What follows the name is nothing or a colon and a port. */
	if (n >= sizeof(name) ||
		(*rest != '\0' &&
			(*rest != ':' || rest[1] == '\0' || strspn(rest + 1, "0123456789") != strlen(rest + 1))))
		return false;
	memcpy(name, host, n);
	name[n] = '\0';
	return is_loopback_four(name) || strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0;
}

static bool
host_is_allowed(const struct api *api, const char *host)
{
	size_t n = api->allowed_host == NULL ? 0 : strlen(api->allowed_host);

	if (host_is_loopback(host) || (api->gate != NULL && gate_is_called(api->gate, host)))
		return true;
	return n > 0 && strncasecmp(host, api->allowed_host, n) == 0 && (host[n] == '\0' || host[n] == ':');
}

static int
check_type(const struct route *route, const struct exchange_request *request, struct exchange_reply *reply)
{
	const char *type = request->content_type;

	if (strcmp(route->method, "DELETE") == 0)
		return 0; /* no form of another site sends one, and there is no body */
	if (route->handler == serve_usage || route->handler == serve_price)
		return usage_push_type(request, reply);
	if (route->handler == serve_otlp_metrics || route->handler == serve_otlp_traces ||
		route->handler == serve_otlp_logs)
		return otlp_push_type(request, reply);
	if (route->handler == serve_collect || route->handler == serve_catalogue_review)
		return collect_type(request, reply);
	if (type != NULL && strncasecmp(type, "application/json", 16) == 0 &&
		(type[16] == '\0' || type[16] == ';' || type[16] == ' '))
		return 0;
	reply_error(request, reply, 415, "content type '%s': application/json is needed", type == NULL ? "" : type);
	return -1;
}

/*
 * A page of another site may make a browser send a POST here, but not with this content type, not from
 * this origin, and not unmarked. Programs send no Origin and no Sec-Fetch-Site.
 */
static int
check_writer(const struct call *call, const struct route *route, struct exchange_reply *reply)
{
	const struct exchange_request *request = call->request;
	const struct gate *gate = call->gate;
	const char *origin = request->origin;

	if (check_type(route, request, reply) != 0)
		return -1;
	if (request->fetch_site != NULL && strcmp(request->fetch_site, "same-origin") != 0 &&
		strcmp(request->fetch_site, "none") != 0) {
		reply_error(request, reply, 403, "a page of another site may not do this");
		return -1;
	}
	if (origin != NULL) {
		const char *host = strstr(origin, "://");

		if (host == NULL ||
			(strcasecmp(host + 3, request->host) != 0 &&
				(gate == NULL || !gate_is_public(gate, host + 3)))) {
			reply_error(request, reply, 403, "a page of '%s' may not do this", origin);
			return -1;
		}
	}
	return 0;
}

/* Whether the path is the route's; *name is what stands for {name}. */
static bool
path_matches(const char *pattern, const char *path, const char **name)
{
	const char *hole = strchr(pattern, '{');
	size_t n = hole == NULL ? strlen(pattern) : (size_t)(hole - pattern);

	*name = NULL;
	if (strncmp(pattern, path, n) != 0)
		return false;
	if (hole == NULL)
		return path[n] == '\0';
	*name = path + n;
	return path[n] != '\0' && strchr(path + n, '/') == NULL;
}

static bool
method_matches(const char *route, const char *method)
{
	return strcmp(route, method) == 0 || (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* Reports look at their parameters themselves. */
static int
check_params(const struct call *call, const struct route *route, struct exchange_reply *reply)
{
	for (size_t i = 0; i < call->target.n; i++) {
		const struct param *param = route->params;

		while (param != NULL && param->name != NULL && strcmp(param->name, call->target.params[i].name) != 0)
			param++;
		if (param != NULL && param->name != NULL)
			continue;
		reply_error(call->request, reply, 400, "parameter '%s' is unknown; allowed: %s",
			call->target.params[i].name, names_of(call->request->arena, route->params, NULL));
		return -1;
	}
	return 0;
}

static void
call_route(struct call *call, const struct route *route, struct exchange_reply *reply)
{
	if (gate_check(call->gate, call, route->rights, reply) != 0 ||
		(strcmp(route->method, "GET") != 0 && check_writer(call, route, reply) != 0))
		return;
	if (route->handler != serve_report && route->handler != serve_prices && route->handler != serve_saved_list &&
		route->handler != serve_rules && check_params(call, route, reply) != 0)
		return;
	route->handler(call, reply);
}

/* The route of path and method, or NULL: *allow is then what the path's routes do answer, NULL where it has none. */
static const struct route *
find_route(struct call *call, const char **allow)
{
	*allow = NULL;
	for (const struct route *route = routes; route->method != NULL; route++) {
		const char *method = strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method;

		if (!path_matches(route->path, call->target.path, &call->name))
			continue;
		call->slot = METRICS_ROUTES + (int)(route - routes);
		if (method_matches(route->method, call->request->method))
			return route;
		*allow = *allow == NULL ? method : arena_format(call->request->arena, "%s, %s", *allow, method);
	}
	return NULL;
}

/* A path that no route knows: the page's own files, else 404; the wrong method of a known one is 405. */
static void
route_call(struct call *call, struct exchange_reply *reply)
{
	const char *path = call->target.path, *method = call->request->method, *allow;
	const struct route *route = find_route(call, &allow);

	if (route != NULL) {
		call_route(call, route, reply);
		return;
	}
	if (strncmp(path, "/api/", 5) == 0 && gate_check(call->gate, call, RIGHTS_READ, reply) != 0)
		return;
	if (allow == NULL && (strncmp(path, "/api/", 5) == 0 || call->api->assets == NULL)) {
		reply_error(call->request, reply, 404, "no route '%s'; GET /api/v1 lists them", path);
	} else if (allow == NULL && !method_matches("GET", method)) {
		allow = "GET, HEAD";
	} else if (allow == NULL) {
		call->slot = METRICS_PAGE;
		assets_handle(call->api->assets, path, call->request, reply);
	}
	if (allow != NULL) {
		reply_error(call->request, reply, 405, "%s is not answered at '%s', only %s", method, path, allow);
		reply->allow = allow;
	}
}

/* Behind a proxy that passes a prefix on, the prefix is not ours. */
static const char *
without_prefix(const struct api *api, const char *target)
{
	const char *prefix = api->settings->serve.path_prefix;
	size_t n = strlen(prefix);

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	if (n == 0 || strncmp(target, prefix, n) != 0)
		return target;
	return target[n] == '/' ? target + n : target[n] == '\0' || target[n] == '?' ? "/" : target;
}

void
api_handle(void *ctx, const struct exchange_request *request, struct exchange_reply *reply)
{
	struct call call;
	struct err err;

	memset(&call, 0, sizeof(call));
	call.api = ctx;
	call.gate = call.api->gate;
	call.request = request;
	if (request->host == NULL)
		reply_error(request, reply, 400, "the request has no Host header");
	else if (!host_is_allowed(call.api, request->host))
		reply_error(request, reply, 421,
			"host '%s' is not served here; use a loopback name, or set serve.allowed_host", request->host);
	else if (target_parse(without_prefix(call.api, request->target), request->arena, &call.target, &err) != 0)
		reply_err(request, reply, &err);
	else
		route_call(&call, reply);
	if (reply->later.start == NULL)
		reply_finish(request, reply);
	reply->slot = call.slot;
}

int
api_admit(void *ctx, const struct exchange_request *request, struct exchange_reply *reply)
{
	struct call call = { .api = ctx, .gate = ((const struct api *)ctx)->gate, .request = request };
	const struct route *route;
	const char *allow;

	if (request->host == NULL || !host_is_allowed(call.api, request->host) ||
		target_parse(without_prefix(call.api, request->target), request->arena, &call.target, NULL) != 0)
		return 0; /* refused for that when it is whole */
	route = find_route(&call, &allow);
	if (gate_check(call.gate, &call, route == NULL ? RIGHTS_READ : route->rights, reply) == 0)
		return 0;
	reply_finish(request, reply);
	reply->slot = call.slot;
	return -1;
}

FILE *
api_spool(void *ctx, const struct exchange_request *request, size_t *size_max)
{
	const struct api *api = ctx;
	struct call call = { .api = api, .gate = api->gate, .request = request };
	const struct route *route;
	const char *allow;
	FILE *file;

	if (api->file_open == NULL || request->host == NULL || !host_is_allowed(api, request->host) ||
		target_parse(without_prefix(api, request->target), request->arena, &call.target, NULL) != 0)
		return NULL;
	route = find_route(&call, &allow);
	if (route == NULL || (route->handler != serve_collect && route->handler != serve_catalogue_review) ||
		(file = api->file_open(api->writer_ctx)) == NULL)
		return NULL;
	*size_max = (size_t)api->settings->import.upload_max_mib << 20;
	return file;
}
