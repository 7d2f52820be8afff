/*
 * codex-logs: session logs (rollouts) of the Codex CLI, JSON lines below ~/.codex/sessions:
 *
 * {"timestamp":"2026-11-01T09:00:00Z","type":"session_meta","payload":{"id":"0197-a","cwd":"/srv/code/shop"}}
 * {"timestamp":"2026-11-01T09:00:00Z","type":"turn_context","payload":{"model":"gpt-5-codex","cwd":"/srv/code/shop"}}
 * {"timestamp":"2026-11-01T09:00:09Z","type":"event_msg","payload":{"type":"token_count","info":{
 *  "total_token_usage":{"input_tokens":900,"cached_input_tokens":400,"output_tokens":50,"reasoning_output_tokens":20,"total_tokens":950},
 *  "last_token_usage":{...}}}}
 *
 * A token_count comes again whenever limits are shown: only what the total grew by counts. A total that became smaller
 * began again; then the last call's counts stand. A forked session begins with its parent's events, stamped anew in
 * one burst: these only say where its total stands. Input includes cached and written tokens, output reasoning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/agent_log.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "models/price/provider.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define BURST_US SECOND_US /* copied events lie closer together than this, and the first own one comes later */

enum count { INPUT, CACHED, WRITTEN, OUTPUT, REASONING, COUNTS };

static const char *const count_names[COUNTS] = { "input_tokens", "cached_input_tokens", "cache_write_input_tokens",
	"output_tokens", "reasoning_output_tokens" };

struct parsing {
	struct agent_calls *calls;
	char session[128], model[128], project[128], provider[64];
	size_t session_n, model_n, project_n, provider_n;
	bool named;            /* the first session_meta was seen: later ones are copies */
	bool copying;          /* in the burst that a forked session begins with */
	int64_t last_us;       /* time of the line before, in the burst */
	int64_t total[COUNTS]; /* so far */
	char id[256];
};

static void
set(char *to, size_t room, size_t *n, struct text text)
{
	if (text.n == 0)
		return;
	*n = text.n < room ? text.n : room;
	memcpy(to, text.p, *n);
}

static void
read_session(struct parsing *parsing, const struct json *payload)
{
	const struct json *spawned = listing_member(payload, "source.subagent.thread_spawn");

	if (parsing->named)
		return;
	parsing->named = true;
	parsing->copying = json_value(payload, "forked_from_id") != NULL ||
		json_value(payload, "parent_thread_id") != NULL || spawned != NULL;
	set(parsing->session, sizeof(parsing->session), &parsing->session_n, json_text(payload, "id"));
	set(parsing->project, sizeof(parsing->project), &parsing->project_n, agent_project(json_text(payload, "cwd")));
	set(parsing->provider, sizeof(parsing->provider), &parsing->provider_n, json_text(payload, "model_provider"));
}

/* Whether the line is still of the burst. */
static bool
in_burst(struct parsing *parsing, int64_t at_us)
{
	if (!parsing->copying)
		return false;
	if (parsing->last_us != 0 && at_us - parsing->last_us >= BURST_US)
		parsing->copying = false;
	parsing->last_us = at_us;
	return parsing->copying;
}

static void
read_counts(struct listing *listing, const struct json *usage, int64_t counts[COUNTS])
{
	for (int i = 0; i < COUNTS; i++)
		counts[i] = usage == NULL ? 0 : listing_count(listing, usage, count_names[i], 0);
}

/* What the event adds, in `added`; false where it is nothing. The total moves on. */
static bool
grow(struct parsing *parsing, struct listing *listing, const struct json *info, int64_t added[COUNTS])
{
	const struct json *total = json_value(info, "total_token_usage"), *last = json_value(info, "last_token_usage");
	int64_t now[COUNTS];
	bool smaller = false, any = false;

	read_counts(listing, total != NULL ? total : last, now);
	for (int i = 0; i < COUNTS; i++) {
		added[i] = now[i] - (total != NULL ? parsing->total[i] : 0);
		smaller = smaller || added[i] < 0;
	}
	if (smaller)
		read_counts(listing, last != NULL ? last : total, added);
	for (int i = 0; i < COUNTS; i++) {
		any = any || added[i] > 0;
		if (total != NULL)
			parsing->total[i] = now[i];
		else
			parsing->total[i] += now[i];
	}
	return any;
}

static int
take_counts(struct parsing *parsing, struct listing *listing, const struct json *info, int64_t at_us, struct err *err)
{
	struct agent_call call = { .line = listing->line };
	struct usage_reading *reading = &call.reading;
	int64_t added[COUNTS], *tokens = reading->usage.tokens;
	bool copied = in_burst(parsing, at_us);

	if (!grow(parsing, listing, info, added) || copied || listing->refused)
		return 0;
	tokens[IN_CACHE_READ] = added[CACHED];
	tokens[IN_CACHE_WRITE_5M] = added[WRITTEN];
	tokens[IN_UNCACHED] = added[INPUT] - added[CACHED] - added[WRITTEN];
	tokens[OUT_REASONING] = added[REASONING];
	tokens[OUT_VISIBLE] = added[OUTPUT] - added[REASONING];
	if (tokens[IN_UNCACHED] < 0 || tokens[OUT_VISIBLE] < 0)
		listing_refuse(listing, "cached or reasoning tokens are more than the tokens that include them");
	listing_check(listing, &reading->usage);
	if (listing->refused)
		return 0;
	reading->at_us = at_us;
	reading->has_usage = true;
	reading->model = (struct text){ parsing->model, parsing->model_n };
	reading->project = (struct text){ parsing->project, parsing->project_n };
	reading->provider = parsing->provider_n > 0 ? (struct text){ parsing->provider, parsing->provider_n }
						    : provider_of_model(reading->model);
	if (reading->provider.n == 0)
		reading->provider = text_of("openai");
	reading->id = (struct text){ parsing->id,
		(size_t)snprintf(parsing->id, sizeof(parsing->id), "%.*s:%" PRId64 ":%" PRId64, (int)parsing->session_n,
			parsing->session, parsing->total[INPUT], parsing->total[OUTPUT]) };
	return agent_calls_add(parsing->calls, &call, err);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct parsing *parsing = ctx;
	const struct json *payload = json_value(row, "payload"), *info = json_value(payload, "info");
	struct text type = json_text(row, "type");
	int64_t at_us;

	if (text_is(type, "session_meta")) {
		read_session(parsing, payload);
	} else if (text_is(type, "turn_context")) {
		set(parsing->model, sizeof(parsing->model), &parsing->model_n, json_text(payload, "model"));
		set(parsing->project, sizeof(parsing->project), &parsing->project_n,
			agent_project(json_text(payload, "cwd")));
	} else if (text_is(type, "event_msg") && text_is(json_text(payload, "type"), "token_count") && info != NULL) {
		at_us = listing_time(listing, row, "timestamp");
		return listing->refused ? 0 : take_counts(parsing, listing, info, at_us, err);
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_row };
	struct parsing parsing = { .calls = agent_calls_new("codex", options, sink, err) };
	int status =
		parsing.calls == NULL ? -1 : agent_read(input, options, sink, &shape, &parsing, parsing.calls, err);

	agent_calls_free(parsing.calls);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"session_meta\"", "\"payload\"", NULL };
	static const char *const counts[] = { "\"token_count\"", "\"payload\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) || head_has(head, n, '{', counts) ? 90 : 0;
}

static const struct pull files = {
	.shape = PULL_FILES,
	.interval_s = 60,
	.interval_least_s = 5,
	.endings = ".jsonl",
	.whole = true,
};

const struct collector collector_codex_logs = {
	.name = "codex-logs",
	.title = "session logs of the Codex CLI (~/.codex/sessions), a file or the folder",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files,
};
