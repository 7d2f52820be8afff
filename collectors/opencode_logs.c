/*
 * opencode-logs: messages of OpenCode, a JSON document each below ~/.local/share/opencode/storage/message:
 *
 * {"id":"msg_1","sessionID":"ses_1","role":"assistant","time":{"created":1793523600000,"completed":1793523604000},
 *  "modelID":"claude-sonnet-4-5","providerID":"anthropic","path":{"cwd":"/srv/code/shop"},
 *  "tokens":{"input":12,"output":340,"reasoning":0,"cache":{"read":9000,"write":500}}}
 *
 * The five counts do not overlap. A message that is still being written has no time.completed and is left for later.
 */
#include <string.h>

#include "collectors/agent_log.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	const struct json *counts = json_value(row, "tokens");
	struct agent_call call = { .line = listing->line };
	struct usage_reading *reading = &call.reading;
	int64_t *tokens = reading->usage.tokens, created;

	if (!text_is(json_text(row, "role"), "assistant") || counts == NULL ||
		listing_member(row, "time.completed") == NULL)
		return 0;
	tokens[IN_UNCACHED] = listing_count(listing, counts, "input", 0);
	tokens[IN_CACHE_READ] = listing_count(listing, counts, "cache.read", 0);
	tokens[IN_CACHE_WRITE_5M] = listing_count(listing, counts, "cache.write", 0);
	tokens[OUT_VISIBLE] = listing_count(listing, counts, "output", 0);
	tokens[OUT_REASONING] = listing_count(listing, counts, "reasoning", 0);
	listing_check(listing, &reading->usage);
	created = listing_count_needed(listing, row, "time.created");
	reading->at_us = created <= INT64_MAX / 1000 ? created * 1000 : INT64_MAX;
	reading->id = json_text(row, "id");
	if (reading->id.n == 0)
		listing_refuse(listing, "id is missing");
	reading->model = json_text(row, "modelID");
	reading->provider = json_text(row, "providerID");
	reading->project = agent_project(json_text(json_value(row, "path"), "cwd"));
	reading->has_usage = true;
	/* A call that failed before anything was counted. */
	if (usage_total(&reading->usage) == 0)
		return 0;
	return listing->refused ? 0 : agent_calls_add(ctx, &call, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_row };
	struct agent_calls *calls = agent_calls_new("opencode", options, sink, err);
	int status = calls == NULL ? -1 : agent_read(input, options, sink, &shape, calls, calls, err);

	agent_calls_free(calls);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"sessionID\"", "\"modelID\"", "\"role\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 90 : 0;
}

static const struct pull files = {
	.shape = PULL_FILES,
	.interval_s = 60,
	.interval_least_s = 5,
	.endings = ".json",
	.whole = true,
};

const struct collector collector_opencode_logs = {
	.name = "opencode-logs",
	.title = "messages of OpenCode (its storage/message), a file or the folder",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files,
};
