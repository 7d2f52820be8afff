/*
 * anthropic-usage, anthropic-analytics-usage: Anthropic's reports of tokens, in their two generations.
 *
 * GET /v1/organizations/usage_report/messages:
 *   {"data":[{"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-11-01T01:00:00Z","results":[{"model":"claude-demo-5",
 *     "workspace_id":"wrkspc_1","service_tier":"standard","context_window":"0-200k","uncached_input_tokens":41200,
 *     "cache_read_input_tokens":380000,"cache_creation":{"ephemeral_5m_input_tokens":21000,
 *     "ephemeral_1h_input_tokens":4000},"output_tokens":18750,"server_tool_use":{"web_search_requests":6}}]}],
 *    "has_more":false,"next_page":null}
 * GET /v1/organizations/analytics/usage:
 *   {"data":[{"starting_at":"...","ending_at":"...","group":{"model":"claude-demo-5"},"usage":{...the same counts...,
 *     "requests":12}}],"has_more":false,"next_page":null,"data_refreshed_at":"..."}
 *
 * The classes are disjoint as they come: uncached input holds neither reads nor writes, and thinking is inside
 * output and not told apart. The first report does not count requests. Of both the group by context window says on
 * which side of 200,000 tokens each call lies, which decides its price. Workspace null is the default one in the
 * first report; in the second it has an id.
 */
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"

#define LONG_CONTEXT INT64_C(200000)

struct stretch {
	int64_t from_us, to_us;
};

static struct stretch
read_stretch(struct listing *listing, const struct json *row)
{
	struct stretch stretch;

	stretch.from_us = listing_time(listing, row, "starting_at");
	stretch.to_us = listing_time(listing, row, "ending_at");
	if (stretch.to_us <= stretch.from_us)
		listing_refuse(listing, "ending_at is not behind starting_at");
	return stretch;
}

/* The input of each call of the group, as far as it matters: which side of the threshold. */
static int64_t
context_of(struct text window)
{
	if (text_is(window, "0-200k"))
		return LONG_CONTEXT;
	return text_is(window, "200k-1M") ? LONG_CONTEXT + 1 : 0;
}

static void
read_group(struct listing *listing, const struct json *group, struct usage_reading *reading)
{
	static const char *const others[] = { "context_window", "inference_geo", "account_id", "service_account_id",
		"speed", "actor", "actor_type", "agent_id", "deployment_id", "environment_id", "organization_id",
		"product", "session_id", "user_profile_id", "claude_tag_category", "claude_tag_user_id",
		"slack_channel_id" };
	struct text speed = listing_text(listing, group, "speed"), geo = listing_text(listing, group, "inference_geo");

	reading->model = listing_text(listing, group, "model");
	reading->project = listing_text(listing, group, "workspace_id");
	reading->key = listing_text(listing, group, "api_key_id");
	reading->service_tier = listing_text(listing, group, "service_tier");
	if (text_is(speed, "fast")) /* several times dearer: never priced as standard */
		reading->service_tier = speed;
	reading->context_tokens = context_of(listing_text(listing, group, "context_window"));
	if (text_is(geo, "us") && !listing->refused)
		listing_warn(listing, "inference_geo is 'us', for which some models cost more; priced as anywhere");
	if (json_value(group, "rbac_group_id") != NULL)
		listing_refuse(listing, "grouped by rbac_group_id, whose rows overlap: ask without it");
	listing_no_dimensions(listing);
	listing_dimensions_of(listing, group, others, sizeof(others) / sizeof(others[0]));
	if (text_is(speed, "fast"))
		listing_dimension(listing, "tier", listing_text(listing, group, "service_tier"));
	reading->dimensions = listing_dimensions(listing);
}

static void
read_counts(struct listing *listing, const struct json *counts, struct usage_reading *reading)
{
	int64_t *tokens = reading->usage.tokens;

	tokens[IN_UNCACHED] = listing_count_needed(listing, counts, "uncached_input_tokens");
	tokens[IN_CACHE_READ] = listing_count(listing, counts, "cache_read_input_tokens", 0);
	tokens[IN_CACHE_WRITE_5M] = listing_count(listing, counts, "cache_creation.ephemeral_5m_input_tokens", 0);
	tokens[IN_CACHE_WRITE_1H] = listing_count(listing, counts, "cache_creation.ephemeral_1h_input_tokens", 0);
	tokens[OUT_VISIBLE] = listing_count_needed(listing, counts, "output_tokens");
	reading->web_searches = listing_count(listing, counts, "server_tool_use.web_search_requests", 0);
	reading->requests = listing_count(listing, counts, "requests", NOT_REPORTED);
	reading->has_usage = true;
	listing_check(listing, &reading->usage);
}

static int
take(struct listing *listing, struct stretch stretch, const struct json *group, const struct json *counts,
	struct err *err)
{
	const struct sink *sink = listing->sink;
	struct usage_reading reading = { .at_us = stretch.from_us,
		.width_us = stretch.to_us - stretch.from_us,
		.provider = text_of("anthropic"),
		.grouping = text_of("messages"),
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED };

	read_group(listing, group, &reading);
	read_counts(listing, counts, &reading);
	event_fill(&reading, listing->options);
	if (listing->refused || sink->usage == NULL)
		return 0;
	return sink->usage(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct stretch stretch = read_stretch(listing, row);
	const struct json *results = json_value(row, "results");

	(void)ctx;
	if (listing->refused)
		return 0;
	if (json_value(row, "usage") != NULL)
		return take(listing, stretch, json_value(row, "group"), json_value(row, "usage"), err);
	if (results == NULL || results->type != JSON_ARRAY) {
		listing_refuse(listing, "the bucket has neither 'results' nor 'usage'");
		return 0;
	}
	for (const struct json *result = results->first; result != NULL; result = result->next) {
		listing_at(listing, result);
		if (take(listing, stretch, result, result, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .row = take_row };

	return listing_read(input, options, sink, &shape, NULL, err);
}

/* Cost has the names of counts as kinds of tokens. */
static int
sniff_counts(const char *head, size_t n, const char *const *words)
{
	return head_has(head, n, '{', words) && memmem(head, n, "\"currency\"", 10) == NULL ? 95 : 0;
}

static int
sniff_messages(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"starting_at\"", "\"results\"", "\"uncached_input_tokens\"", NULL };

	(void)why_not;
	return sniff_counts(head, n, words);
}

static int
sniff_analytics(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"starting_at\"", "\"group\"", "\"uncached_input_tokens\"", NULL };

	(void)why_not;
	return sniff_counts(head, n, words);
}

/* ---- how it is asked */

static const struct pull_option options_of[] = {
	{ "bucket", "1h|1d", "1h", "how long a bucket is. Days cannot show at what hours the load is" },
	{ "speed", "yes|no", "no", "tell fast mode apart, where the organization has it" },
	{ NULL, NULL, NULL, NULL },
};

static void
ask_range(const struct pull_ask *ask, struct pull_request *request)
{
	pull_query_time(request, "starting_at", ask->from_us);
	if (ask->to_us <= ask->now_us)
		pull_query_time(request, "ending_at", ask->to_us);
}

static void
ask_groups(struct pull_request *request, const char *const *groups)
{
	for (; *groups != NULL; groups++)
		pull_query(request, "group_by[]", text_of(*groups));
}

static int
request_messages(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	static const char *const groups[] = { "model", "workspace_id", "api_key_id", "service_tier", "context_window",
		"inference_geo", NULL };

	pull_begin(request, "/v1/organizations/usage_report/messages");
	pull_header(request, "anthropic-version", text_of("2023-06-01"));
	ask_range(ask, request);
	pull_query(request, "bucket_width", pull_option(ask, "bucket"));
	pull_query_whole(request, "limit", text_is(pull_option(ask, "bucket"), "1d") ? 31 : 168);
	ask_groups(request, groups);
	if (text_is(pull_option(ask, "speed"), "yes")) {
		pull_header(request, "anthropic-beta", text_of("fast-mode-2026-02-01"));
		pull_query(request, "group_by[]", text_of("speed"));
	}
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

/* Five dimensions at most: the geography does not go in. */
static int
request_analytics(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	static const char *const groups[] = { "model", "workspace_id", "api_key_id", "service_tier", NULL };
	bool speed = text_is(pull_option(ask, "speed"), "yes");

	pull_begin(request, "/v1/organizations/analytics/usage");
	pull_header(request, "anthropic-version", text_of("2023-06-01"));
	pull_header(request, "anthropic-beta", text_of("analytics-usage-cost-2026-08-24"));
	ask_range(ask, request);
	pull_query(request, "time_bucket_width", pull_option(ask, "bucket"));
	pull_query_whole(request, "limit", 1000);
	ask_groups(request, groups);
	pull_query(request, "group_by[]", text_of(speed ? "speed" : "context_window"));
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

#define KEY \
	{ \
		.variable = "ANTHROPIC_ADMIN_KEY", .header = "x-api-key", .scheme = "", \
		.about = "an admin key (sk-ant-admin...) of an organization; other keys are refused" \
	}

static const struct pull pull_messages = {
	.shape = PULL_WINDOW,
	.url = "https://api.anthropic.com",
	.key = KEY,
	.interval_s = 600,
	.interval_least_s = 60,
	.trailing_s = 2 * DAY_S,
	.window_max_s = 7 * DAY_S,
	.align_s = DAY_S,
	.options = options_of,
	.request = request_messages,
};

static const struct pull pull_analytics = {
	.shape = PULL_WINDOW,
	.url = "https://api.anthropic.com",
	.key = KEY,
	.interval_s = 600,
	.interval_least_s = 60,
	.trailing_s = 2 * DAY_S,
	.window_max_s = 7 * DAY_S,
	.align_s = DAY_S,
	.reach_back_s = 365 * (int64_t)DAY_S,
	.options = options_of,
	.request = request_analytics,
};

const struct collector collector_anthropic_usage = {
	.name = "anthropic-usage",
	.title = "Anthropic's usage report: tokens by model, workspace, key, tier and context window",
	.kind = COLLECTS_USAGE,
	.sniff = sniff_messages,
	.parse = parse,
	.pull = &pull_messages,
};

const struct collector collector_anthropic_analytics_usage = {
	.name = "anthropic-analytics-usage",
	.title = "Anthropic's usage in the analytics API, the successor of the usage report",
	.kind = COLLECTS_USAGE,
	.sniff = sniff_analytics,
	.parse = parse,
	.pull = &pull_analytics,
};
