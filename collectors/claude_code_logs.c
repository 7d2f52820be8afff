/*
 * claude-code-logs: session logs of Claude Code (a folder of JSON lines, a file per session, files of subagents in
 * folders below): lines of type assistant carry the Messages API's own usage object.
 *
 * {"type":"assistant","timestamp":"2026-11-01T09:00:02.120Z","sessionId":"s1","cwd":"/srv/code/shop","requestId":"req_1",
 *  "message":{"id":"msg_1","model":"claude-sonnet-4-5","usage":{"input_tokens":4,"cache_read_input_tokens":9000,"output_tokens":9}}}
 *
 * One call is on several lines (one for each block of the reply, and snapshots while it streams, whose output grows):
 * those of one message and request are one call. Logs that were copied by a session that goes on from another hold
 * the same ids and times. Side chains that repeat a message of the main chain under another request count once.
 * Lines without an id are a call each.
 */
#include <stdio.h>
#include <string.h>

#include "collectors/agent_log.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/usage_object.h"
#include "models/price/provider.h"
#include "models/units/err.h"

struct parsing {
	struct agent_calls *calls;
	struct usage_object object;
	char id[512];
};

static bool
is_true(const struct json *row, const char *name)
{
	const struct json *json = json_value(row, name);

	return json != NULL && json->type == JSON_TRUE;
}

static struct text
make_id(struct parsing *parsing, const struct json *row, const struct json *message)
{
	struct text id = json_text(message, "id"), request = json_text(row, "requestId");
	int n;

	if (id.n == 0)
		return json_text(row, "uuid");
	n = snprintf(parsing->id, sizeof(parsing->id), "%.*s%s%.*s", (int)(id.n < 250 ? id.n : 250), id.p,
		request.n == 0 ? "" : ":", (int)(request.n < 250 ? request.n : 250), request.n == 0 ? "" : request.p);
	return (struct text){ parsing->id, (size_t)n };
}

/* Fill the classes from the message's usage object. */
static void
read_usage(struct parsing *parsing, struct listing *listing, const struct json *usage, struct usage_reading *reading)
{
	const struct usage_about about = {
		.provider = text_of("anthropic"), .model = reading->model, .api = text_of("anthropic")
	};
	struct usage_object *object = &parsing->object;
	struct err why;

	if (usage_object_read(usage, &about, object, &why) != 0) {
		listing_refuse(listing, "%s", why.text);
		return;
	}
	reading->usage = usage_object_total(object).usage;
	reading->has_usage = true;
	reading->web_searches = object->quantities.web_searches;
	reading->service_tier = object->service_tier;
	reading->tier_hinted = object->tier_hinted;
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct parsing *parsing = ctx;
	const struct json *message = json_value(row, "message"), *usage = json_value(message, "usage");
	struct agent_call call = {
		.line = listing->line, .message = json_text(message, "id"), .side = is_true(row, "isSidechain")
	};
	struct usage_reading *reading = &call.reading;

	if (!text_is(json_text(row, "type"), "assistant") || usage == NULL)
		return 0;
	reading->model = json_text(message, "model");
	/* What Claude Code itself put in the place of a reply that did not come. */
	if (text_is(reading->model, "<synthetic>") || is_true(row, "isApiErrorMessage"))
		return 0;
	reading->provider = provider_of_model(reading->model);
	reading->project = agent_project(json_text(row, "cwd"));
	reading->at_us = listing_time(listing, row, "timestamp");
	read_usage(parsing, listing, usage, reading);
	reading->id = make_id(parsing, row, message);
	if (!listing->refused && reading->id.n == 0)
		listing_refuse(listing, "neither message.id nor uuid is there");
	return listing->refused ? 0 : agent_calls_add(parsing->calls, &call, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_row };
	struct parsing parsing = { .calls = agent_calls_new("claude-code", options, sink, err) };
	int status =
		parsing.calls == NULL ? -1 : agent_read(input, options, sink, &shape, &parsing, parsing.calls, err);

	agent_calls_free(parsing.calls);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const session[] = { "\"sessionId\"", "\"uuid\"", "\"timestamp\"", NULL };
	static const char *const call[] = { "\"assistant\"", "\"message\"", "\"usage\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', session) || head_has(head, n, '{', call) ? 85 : 0;
}

static const struct pull files = {
	.shape = PULL_FILES,
	.interval_s = 60,
	.interval_least_s = 5,
	.endings = ".jsonl",
	.whole = true,
};

const struct collector collector_claude_code_logs = {
	.name = "claude-code-logs",
	.title = "session logs of Claude Code (~/.claude/projects), a file or the folder",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files,
};
