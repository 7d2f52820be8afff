/*
 * The document is written from the same tables that answer, so that it cannot tell another story.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/report.h"

#include "daemon/serve/routes.h"
#include "daemon/serve/usage_push.h"

static void
put_text(FILE *out, const char *text)
{
	putc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			putc(*c, out);
	}
	putc('"', out);
}

static void
put_choices(FILE *out, const char *choices)
{
	fputs("{\"type\":\"string\",\"enum\":[", out);
	for (const char *p = choices; *p != '\0';) {
		size_t n = strcspn(p, "|");

		fprintf(out, "%s\"%.*s\"", p == choices ? "" : ",", (int)n, p);
		p += n + (p[n] == '|');
	}
	fputs("]}", out);
}

static void
put_param(FILE *out, const struct param *param)
{
	fputs("{\"name\":", out);
	put_text(out, param->name);
	fputs(",\"in\":\"query\",\"required\":false,\"description\":", out);
	put_text(out, param->text == NULL ? "" : param->text);
	fputs(",\"schema\":", out);
	if (param->kind == PARAM_CHOICE)
		put_choices(out, param->choices);
	else if (param->kind == PARAM_NUMBER)
		fprintf(out, "{\"type\":\"number\",\"minimum\":%.15g,\"maximum\":%.15g}", param->low, param->high);
	else
		fputs("{\"type\":\"string\"}", out);
	putc('}', out);
}

#define JSON_TYPE "application/json"
#define LINES_TYPE "application/x-ndjson" /* a JSON object a line */

static void
put_responses(FILE *out, const char *type, const char *schema, bool printed)
{
	fprintf(out,
		"\"responses\":{\"200\":{\"description\":\"the "
		"answer\",\"content\":{\"%s\":{\"schema\":{%s}}",
		type, schema);
	if (printed)
		fputs(",\"text/csv\":{\"schema\":{\"type\":\"string\"}},\"text/"
		      "plain\":{\"schema\":{\"type\":\"string\"}}",
			out);
	fputs("}},\"default\":{\"description\":\"why not\",\"content\":{\"application/json\":{\"schema\":"
	      "{\"$ref\":\"#/components/schemas/error\"}}}}}",
		out);
}

#define ANSWER_SCHEMA "\"$ref\":\"#/components/schemas/answer\""
#define OBJECT_SCHEMA "\"type\":\"object\""

static bool
is_answer(const struct route *route)
{
	static const char *const others[] = { "/healthz", "/login", "/metrics", "/api/v1/openapi.json",
		"/api/v1/session/end", "/api/v1/demo/remove", "/api/v1/price" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(route->path, others[i]) == 0)
			return false;
	return true;
}

/* Whether the route is that of a report, which put_report writes down. */
static bool
is_report(const struct route *route)
{
	static const char *const paths[] = { "/api/v1/report/{name}", "/api/v1/prices", "/api/v1/scenarios",
		"/api/v1/rules" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(route->path, paths[i]) == 0)
			return true;
	return false;
}

/* What stands in the path, and the parameters of the query. */
static void
put_route_params(FILE *out, const struct route *route)
{
	bool hole = strchr(route->path, '{') != NULL;

	if (!hole && route->params == NULL)
		return;
	fputs("\"parameters\":[", out);
	if (hole)
		fputs("{\"name\":\"name\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}", out);
	for (const struct param *param = route->params; param != NULL && param->name != NULL; param++) {
		if (hole || param != route->params)
			putc(',', out);
		put_param(out, param);
	}
	fputs("],", out);
}

/* One method of a path. */
static void
put_operation(FILE *out, const struct route *route)
{
	static const char *const methods[][2] = { { "GET", "get" }, { "POST", "post" }, { "DELETE", "delete" } };
	const char *type = route->handler == serve_price ? LINES_TYPE : JSON_TYPE;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(route->method, methods[i][0]) == 0)
			fprintf(out, "\"%s\":{\"summary\":", methods[i][1]);
	put_text(out, route->text);
	fprintf(out, ",\"x-rights\":\"%s\",", rights_names[route->rights]);
	if (strcmp(route->path, "/api/v1/usage") == 0) {
		fprintf(out, "%s}", usage_push_operation);
		return;
	}
	if (strstr(route->path, "/v1/metrics") != NULL || strstr(route->path, "/v1/traces") != NULL ||
		strstr(route->path, "/v1/logs") != NULL) {
		fprintf(out, "%s}", otlp_push_operation);
		return;
	}
	if (strcmp(route->path, "/metrics") == 0) {
		fputs("\"responses\":{\"200\":{\"description\":\"the metrics\",\"content\":{\"text/plain\":{\"schema\":{"
		      "\"type\":\"string\"}}}}}}",
			out);
		return;
	}
	put_route_params(out, route);
	if (route->body != NULL) {
		fputs("\"requestBody\":{\"required\":true,\"description\":", out);
		put_text(out, route->body);
		if (route->handler == serve_collect || route->handler == serve_catalogue_review)
			fputs(",\"content\":{\"application/octet-stream\":{}}},", out);
		else
			fprintf(out, ",\"content\":{\"%s\":{\"schema\":{\"type\":\"object\"}}}},", type);
	}
	put_responses(out, type, is_answer(route) ? ANSWER_SCHEMA : OBJECT_SCHEMA, false);
	putc('}', out);
}

/* The report at a path, and what else that path answers. */
static void
put_report(FILE *out, const struct report *report, const char *path)
{
	fprintf(out, ",\"%s\":{\"get\":{\"summary\":", path);
	put_text(out, report->title);
	fputs(",\"parameters\":[", out);
	for (const struct param *param = report->params; param != NULL && param->name != NULL; param++) {
		put_param(out, param);
		putc(',', out);
	}
	put_param(out,
		&(struct param){ .name = "format",
			.kind = PARAM_CHOICE,
			.choices = "json|csv|text",
			.text = "how the answer is printed" });
	fputs("],", out);
	put_responses(out, JSON_TYPE, ANSWER_SCHEMA, true);
	putc('}', out);
	for (const struct route *route = routes; route->method != NULL; route++)
		if (strcmp(route->path, path) == 0 && strcmp(route->method, "GET") != 0) {
			putc(',', out);
			put_operation(out, route);
		}
	putc('}', out);
}

/* All methods of a path, at the first route that has it. */
static void
put_path(FILE *out, const struct route *first)
{
	for (const struct route *route = routes; route != first; route++)
		if (strcmp(route->path, first->path) == 0)
			return;
	fprintf(out, ",\"%s\":{", first->path);
	for (const struct route *route = first; route->method != NULL; route++) {
		if (strcmp(route->path, first->path) != 0)
			continue;
		if (route != first)
			putc(',', out);
		put_operation(out, route);
	}
	putc('}', out);
}

static const char security[] =
	"\"security\":[{},{\"token\":[]},{\"session\":[]}],\"components\":{\"securitySchemes\":{"
	"\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"of `breakeven token add`, with the scope "
	"that x-rights names, or admin\"},"
	"\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"breakeven_session\",\"description\":\"of a browser "
	"that signed in by a link; with TLS the name begins with __Host- or __Secure-; writes need the header "
	"X-CSRF-Token too\"}}";

static const char components[] =
	"\"error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"string\"}}},"
	"\"column\":{\"type\":\"object\",\"required\":[\"name\",\"unit\",\"values\"],\"properties\":{\"name\":{"
	"\"type\":\"string\"},"
	"\"unit\":{\"type\":\"string\"},\"table\":{\"type\":\"string\"},\"values\":{\"type\":\"array\"}}},"
	"\"answer\":{\"type\":\"object\",\"required\":[\"facts\",\"columns\"],\"properties\":{"
	"\"headline\":{\"type\":\"string\"},\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	"\"facts\":{\"type\":\"object\"},"
	"\"columns\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/column\"}}}}}}";

char *
openapi_document(const char *version, struct arena *arena, size_t *n)
{
	char *bytes = NULL, *copy;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);

	if (out == NULL)
		abort();
	fputs("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"breakeven\",\"version\":", out);
	put_text(out, version);
	fputs("},\"servers\":[{\"url\":\".\"}],\"paths\":{\"/\":{\"get\":{\"summary\":\"the "
	      "page\",\"responses\":{\"200\":{\"description\":"
	      "\"the page\",\"content\":{\"text/html\":{\"schema\":{\"type\":\"string\"}}}}}}}",
		out);
	for (const struct route *route = routes; route->method != NULL; route++)
		if (!is_report(route))
			put_path(out, route);
	for (int i = 0; reports[i] != NULL; i++) {
		put_report(out, reports[i], arena_format(arena, "/api/v1/report/%s", reports[i]->name));
		if (strcmp(reports[i]->name, "prices") == 0)
			put_report(out, reports[i], "/api/v1/prices");
		if (strcmp(reports[i]->name, "scenarios") == 0)
			put_report(out, reports[i], "/api/v1/scenarios");
		if (strcmp(reports[i]->name, "rules") == 0)
			put_report(out, reports[i], "/api/v1/rules");
	}
	fprintf(out, "},%s,\"schemas\":{%s%s%s}\n", security, usage_push_schemas, otlp_push_schemas, components);
	fclose(out);
	copy = arena_copy(arena, bytes, size);
	free(bytes);
	*n = size;
	return copy;
}
