/*
 * gemini-cli-logs: session logs of the Gemini CLI (~/.gemini/tmp/PROJECT/chats): one JSON document a session, or in
 * later versions JSON lines, where a reply is written again as it grows and checkpoints repeat what came before:
 *
 * {"sessionId":"s1","projectHash":"5eb9","messages":[{"id":"m2","timestamp":"2026-11-01T09:00:03.100Z","type":"gemini",
 *  "model":"gemini-2.5-pro","tokens":{"input":7173,"output":40,"cached":7000,"thoughts":17,"tool":0,"total":7230}}]}
 * {"$set":{"messages":[...]}}
 *
 * Input includes cached tokens; tool (the prompt of tools) and thoughts come on top. What was rewound was billed.
 */
#include <string.h>

#include "collectors/agent_log.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "models/price/provider.h"
#include "models/units/err.h"

static int
take_message(struct agent_calls *calls, struct listing *listing, const struct json *message, struct err *err)
{
	const struct json *counts = json_value(message, "tokens");
	struct agent_call call = { .line = listing->line };
	struct usage_reading *reading = &call.reading;
	int64_t *tokens = reading->usage.tokens, cached;

	if (!text_is(json_text(message, "type"), "gemini") || counts == NULL)
		return 0;
	cached = listing_count(listing, counts, "cached", 0);
	tokens[IN_CACHE_READ] = cached;
	tokens[IN_UNCACHED] =
		listing_count(listing, counts, "input", 0) + listing_count(listing, counts, "tool", 0) - cached;
	tokens[OUT_VISIBLE] = listing_count(listing, counts, "output", 0);
	tokens[OUT_REASONING] = listing_count(listing, counts, "thoughts", 0);
	if (tokens[IN_UNCACHED] < 0)
		listing_refuse(listing, "there are more cached tokens than input, which includes them");
	listing_check(listing, &reading->usage);
	reading->at_us = listing_time(listing, message, "timestamp");
	reading->id = json_text(message, "id");
	if (reading->id.n == 0)
		listing_refuse(listing, "id is missing");
	reading->model = json_text(message, "model");
	reading->provider = provider_of_model(reading->model);
	if (reading->provider.n == 0)
		reading->provider = text_of("google");
	reading->has_usage = true;
	return listing->refused ? 0 : agent_calls_add(calls, &call, err);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	const struct json *again = listing_member(row, "$set.messages");

	if (again == NULL || again->type != JSON_ARRAY)
		return take_message(ctx, listing, row, err);
	for (const struct json *message = again->first; message != NULL; message = message->next) {
		listing_at(listing, message);
		if (take_message(ctx, listing, message, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_around(void *ctx, struct listing *listing, const struct json *around, struct err *err)
{
	(void)ctx, (void)listing, (void)around, (void)err;
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "messages", NULL };
	static const struct listing_shape shape = {
		.lists = lists, .lines = true, .row = take_row, .around = take_around
	};
	struct agent_calls *calls = agent_calls_new("gemini-cli", options, sink, err);
	int status = calls == NULL ? -1 : agent_read(input, options, sink, &shape, calls, calls, err);

	agent_calls_free(calls);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"sessionId\"", "\"projectHash\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 90 : 0;
}

static const struct pull files = {
	.shape = PULL_FILES,
	.interval_s = 60,
	.interval_least_s = 5,
	.endings = ".jsonl .json",
	.whole = true,
};

const struct collector collector_gemini_cli_logs = {
	.name = "gemini-cli-logs",
	.title = "session logs of the Gemini CLI (~/.gemini/tmp), a file or the folder",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files,
};
