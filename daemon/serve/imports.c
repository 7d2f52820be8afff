/*
 * POST /api/v1/collect: a file that was dropped on the page, into the ledger or, as a dry run, only looked at.
 * GET /api/v1/collectors: what it can be read by.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/ingest/offered.h"
#include "daemon/ingest/upload.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/routes.h"
#include "daemon/serve/task.h"

#define RETRY_S 5
#define NAME_SHOWN 200

/* One import, between the two halves of an exchange. Lives in the request's arena. */
struct import {
	struct task task; /* first: a task is its import */
	const struct api *api;
	struct upload upload;
	struct upload_result *result;
};

static void
run_import(struct task *task)
{
	struct import *import = (struct import *)task;
	const struct api *api = import->api;
	struct store *store =
		(import->upload.dry_run ? api->trial_open : api->writer_open)(api->writer_ctx, &task->err);

	task->status = -1;
	if (store != NULL) {
		task->status = upload_run(store, &import->upload, import->result, &task->err);
		api->writer_close(api->writer_ctx, store);
	}
}

/* ---- the answer */

static struct value *
instant_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == 0)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us);
	return value_text(answer, text);
}

/* "3, 9, ..." or the paths of elements. */
static const char *
places_text(struct arena *arena, const struct reason *reason)
{
	const char *text = "";

	for (int i = 0; i < reason->places; i++) {
		const char *part = reason->place[i].line > 0 ? arena_format(arena, "%" PRId64, reason->place[i].line)
							     : arena_format(arena, "%s", reason->place[i].path);

		text = i == 0 ? part : arena_format(arena, "%s, %s", text, part);
	}
	return reason->places > 0 && reason->places < reason->count ? arena_format(arena, "%s, ...", text) : text;
}

static void
add_facts(struct answer *answer, const struct import *import)
{
	const struct run *run = &import->result->ingest.run;
	const struct {
		const char *name;
		int64_t rows;
	} tallies[] = { { "taken", run->taken }, { "repeated", run->repeated }, { "conflicting", run->conflicting },
		{ "refused", run->refused }, { "warned", run->warned }, { "replaced", run->replaced },
		{ "removed", run->removed } };

	answer_fact(answer, "name", "", value_text(answer, import->upload.name));
	answer_fact(answer, "collector", "", value_text(answer, import->result->collector));
	answer_fact(answer, "title", "", value_text(answer, import->result->title));
	answer_fact(answer, "kind", "", value_text(answer, import->result->kind));
	answer_fact(answer, "dry_run", "", value_truth(answer, import->upload.dry_run));
	for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++)
		answer_fact(answer, tallies[i].name, "rows", value_whole(answer, tallies[i].rows));
	answer_fact(answer, "first", "", instant_value(answer, run->first_us));
	answer_fact(answer, "last", "", instant_value(answer, run->last_us));
	answer_fact(answer, "bytes", "bytes", value_whole(answer, run->bytes));
	answer_fact(answer, "run", "", run->id == 0 ? value_unknown(answer) : value_whole(answer, run->id));
}

static void
add_tables(struct answer *answer, struct arena *arena, const struct upload_result *result)
{
	static const char *const kinds[] = { "refused", "warned", "conflicting" };
	const struct run *run = &result->ingest.run;
	struct column *kind, *rows, *text, *lines, *row, *name, *title, *why;

	answer_table(answer, "reasons", "Rows that were not taken as they are");
	kind = answer_column(answer, "kind", "");
	rows = answer_column(answer, "rows", "rows");
	text = answer_column(answer, "reason", "");
	lines = answer_column(answer, "lines", "");
	for (int i = 0; i < run->reasons; i++) {
		column_add(answer, kind, value_text(answer, kinds[run->reason[i].kind]));
		column_add(answer, rows, value_whole(answer, run->reason[i].count));
		column_add(answer, text, value_text(answer, run->reason[i].text));
		column_add(answer, lines, value_text(answer, places_text(arena, &run->reason[i])));
	}
	answer_table(answer, "rows", "The first rows that would be stored");
	row = answer_column(answer, "row", "");
	for (int i = 0; i < result->ingest.shown; i++)
		column_add(answer, row, value_text(answer, result->ingest.show[i]));
	answer_table(answer, "formats", "What the file is not, and why");
	name = answer_column(answer, "name", "");
	title = answer_column(answer, "title", "");
	why = answer_column(answer, "why_not", "");
	for (size_t i = 0; i < result->formats; i++) {
		column_add(answer, name, value_text(answer, result->format[i].name));
		column_add(answer, title, value_text(answer, result->format[i].title));
		column_add(answer, why, value_text(answer, result->format[i].why_not));
	}
}

/* A refusal is {"error": ...} and, behind it, all that is known of the file. */
static void
put_error(const struct exchange_request *request, const struct import *import, struct exchange_reply *reply)
{
	struct exchange_reply refusal;
	const char *known = reply->body, *brace;

	memset(&refusal, 0, sizeof(refusal));
	reply_err(request, &refusal, &import->task.err);
	brace = strrchr(refusal.body, '}');
	refusal.body = arena_format(request->arena, "%.*s,%s", (int)(brace - refusal.body), refusal.body, known + 1);
	refusal.size = strlen(refusal.body);
	if (refusal.status == 503)
		refusal.retry_after_s = RETRY_S;
	*reply = refusal;
}

static void
finish(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	const struct import *import = job;
	const struct upload_result *result = import->result;
	const struct run *run = &result->ingest.run;
	struct answer *answer = answer_new(request->arena);
	const char *replaced = "", *bytes;
	size_t n;

	if (import->upload.replace)
		replaced = arena_format(
			request->arena, ", %" PRId64 " replaced, %" PRId64 " removed", run->replaced, run->removed);
	if (import->task.status == 0)
		answer_headline(answer,
			"%s: %s; %" PRId64 " rows %s%s, %" PRId64 " are there already, %" PRId64 " refused.",
			import->upload.name, result->title, run->taken,
			import->upload.dry_run ? "would be stored" : "are stored", replaced, run->repeated,
			run->refused);
	add_facts(answer, import);
	add_tables(answer, request->arena, result);
	bytes = answer_print(answer, ANSWER_JSON, &n);
	reply_body(reply, "application/json", bytes, n);
	if (import->task.status != 0)
		put_error(request, import, reply);
	reply->cache = NULL;
	reply_finish(request, reply);
}

/* ---- the question */

const struct param collect_params[] = {
	{ "collector", PARAM_TEXT, NULL, 0, 0,
		"a collector of GET /api/v1/collectors, or a mapping of the configuration; auto, or without it: by the content" },
	{ "name", PARAM_TEXT, NULL, 0, 0, "the file's name" },
	{ "dry_run", PARAM_CHOICE, "yes|no", 0, 0, "yes: say what would be stored, and store nothing" },
	{ "replace", PARAM_CHOICE, "yes|no", 0, 0,
		"yes: of invoices, what this file says of its billing periods replaces what the file of this name said before" },
	{ "account", PARAM_TEXT, NULL, 0, 0, "account of rows that name none" },
	{ "workload", PARAM_TEXT, NULL, 0, 0, "workload of rows that name none" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "provider of rows that name none" },
	{ "model", PARAM_TEXT, NULL, 0, 0, "model of rows that name none" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static int
take_value(struct upload *upload, const char *name, const char *value, struct err *err)
{
	const char **slot = strcmp(name, "collector") == 0 ? &upload->collector
		: strcmp(name, "name") == 0                ? &upload->name
		: strcmp(name, "account") == 0             ? &upload->account
		: strcmp(name, "workload") == 0            ? &upload->workload
		: strcmp(name, "provider") == 0            ? &upload->provider
							   : &upload->model;
	char shown[TEXT_SHOWN];
	bool *truth = strcmp(name, "dry_run") == 0 ? &upload->dry_run
		: strcmp(name, "replace") == 0     ? &upload->replace
						   : NULL;

	text_shown(text_of(value), shown, sizeof(shown));
	if (truth != NULL) {
		*truth = strcmp(value, "yes") == 0;
		if (!*truth && strcmp(value, "no") != 0)
			return err_set(err, ERR_INPUT, "%s: '%s' is none of yes, no", name, shown);
		return 0;
	}
	if (strlen(value) > NAME_SHOWN)
		return err_set(err, ERR_INPUT, "%s: '%s' is %zu bytes long; %d are allowed", name, shown, strlen(value),
			NAME_SHOWN);
	*slot = value;
	return 0;
}

/* Only what stands behind the last slash of either kind names a file. */
static const char *
last_part(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (*p == '/' || *p == '\\')
			name = p + 1;
	return name[0] == '\0' ? "upload" : name;
}

static int
read_question(const struct call *call, struct upload *upload, struct err *err)
{
	const struct settings *settings = call->api->settings;

	*upload = (struct upload){ .name = "upload",
		.mappings = call->api->mappings,
		.zone = call->api->zone,
		.zone_chosen = settings_origin(settings, "report.zone") != SETTING_DEFAULT,
		.now_us = call->request->now_us };
	for (size_t i = 0; i < call->target.n; i++) {
		const char *name = call->target.params[i].name;

		for (size_t k = 0; k < i; k++)
			if (strcmp(call->target.params[k].name, name) == 0)
				return err_set(err, ERR_INPUT, "parameter '%s' is given twice", name);
		if (take_value(upload, name, call->target.params[i].value, err) != 0)
			return -1;
	}
	upload->name = last_part(upload->name);
	return upload_check(upload->collector, upload->mappings, err);
}

int
collect_question(const struct call *call, const char **name, const char **collector, bool *dry_run, struct err *err)
{
	struct upload upload;

	if (read_question(call, &upload, err) != 0)
		return -1;
	*name = upload.name;
	*collector = upload.collector;
	*dry_run = upload.dry_run;
	return 0;
}

void
serve_collect(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct arena *arena = call->request->arena;
	struct import *import = arena_take(arena, sizeof(*import));

	if (read_question(call, &import->upload, &import->task.err) != 0) {
		reply_err(call->request, reply, &import->task.err);
		return;
	}
	if (call->request->size == 0) {
		reply_error(call->request, reply, 400, "the body is empty; a file is needed");
		return;
	}
	if (api->imports == NULL || api->writer_open == NULL || call->request->file == NULL) {
		reply_error(call->request, reply, 503,
			api->imports == NULL || api->writer_open == NULL
				? "there is no ledger to write to"
				: "no temporary file can be made for the body");
		return;
	}
	if (!import->upload.dry_run && api->demo != NULL && api->demo(api->demo_ctx)) {
		reply_error(call->request, reply, 409, "this ledger holds sample data; remove it first");
		return;
	}
	import->task.run = run_import;
	import->api = api;
	import->upload.fd = fileno(call->request->file);
	import->upload.stop = imports_stopping(api->imports);
	import->result = arena_take(arena, sizeof(*import->result));
	if (task_reply(&import->task, api->imports, finish, reply) != 0) {
		reply_err(call->request, reply, &import->task.err);
		reply->retry_after_s = RETRY_S;
	}
}

/* ---- what they can be read by */

void
serve_collectors(const struct call *call, struct exchange_reply *reply)
{
	struct answer *answer = answer_new(call->request->arena);
	struct column *name, *title, *kind, *mapping, *replaces, *asked, *followed;
	const struct offered *rows;
	size_t n;

	rows = offered_list(call->api->mappings, call->request->arena, &n);
	name = answer_column(answer, "name", "");
	title = answer_column(answer, "title", "");
	kind = answer_column(answer, "kind", "");
	mapping = answer_column(answer, "mapping", "");
	replaces = answer_column(answer, "replaces", "");
	asked = answer_column(answer, "asked", "");
	followed = answer_column(answer, "followed", "");
	for (size_t i = 0; i < n; i++) {
		column_add(answer, name, value_text(answer, rows[i].name));
		column_add(answer, title, value_text(answer, rows[i].title));
		column_add(answer, kind, value_text(answer, rows[i].kind));
		column_add(answer, mapping, value_truth(answer, rows[i].mapping));
		column_add(answer, replaces, value_truth(answer, rows[i].replaces));
		column_add(answer, asked, value_truth(answer, rows[i].asked));
		column_add(answer, followed, value_truth(answer, rows[i].followed));
	}
	reply_answer(call, answer, ANSWER_JSON, reply);
}

/* ---- who may bring what */

int
collect_type(const struct exchange_request *request, struct exchange_reply *reply)
{
	/* What a form of another site can send without the browser asking first. */
	static const char *const plain[] = { "text/plain", "application/x-www-form-urlencoded" };
	const char *type = request->content_type;
	bool browser = request->origin != NULL || request->fetch_site != NULL, simple = type == NULL;

	for (size_t i = 0; type != NULL && i < sizeof(plain) / sizeof(plain[0]); i++)
		simple = simple || strncasecmp(type, plain[i], strlen(plain[i])) == 0;
	if (type != NULL && strncasecmp(type, "multipart/", 10) == 0) {
		reply_error(
			request, reply, 415, "content type '%s': the file itself must be the body, not a form", type);
		return -1;
	}
	if (!browser || !simple)
		return 0;
	reply_error(
		request, reply, 415, "content type '%s': application/octet-stream is needed", type == NULL ? "" : type);
	return -1;
}
