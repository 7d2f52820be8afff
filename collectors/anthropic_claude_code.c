/*
 * anthropic-claude-code: Anthropic's report of Claude Code, a row for each day, actor and terminal.
 *
 * GET /v1/organizations/usage_report/claude_code?starting_at=2026-11-01:
 *   {"data":[{"date":"2026-11-01T00:00:00Z","actor":{"type":"user_actor","email_address":"a@example.com"},
 *     "customer_type":"api","terminal_type":"vscode","core_metrics":{...},"model_breakdown":[{"model":"claude-demo-5",
 *       "tokens":{"input":100,"output":35,"cache_read":10,"cache_creation":5},
 *       "estimated_cost":{"currency":"USD","amount":1025}}]}],"has_more":false,"next_page":null}
 *
 * The same calls of customer type "api" are in the usage report of messages too: collect one of the two. Those of a
 * subscription are paid for by it. The estimate of their cost, in cents, is not taken: the price book prices them.
 */
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"

struct actor {
	int64_t at_us;
	struct text name, customer;
};

static int
take_model(struct listing *listing, const struct actor *actor, const struct json *model, struct err *err)
{
	const struct sink *sink = listing->sink;
	struct usage_reading reading = { .at_us = actor->at_us,
		.width_us = (int64_t)DAY_S * SECOND_US,
		.provider = text_of("anthropic"),
		.workload = listing->options->workload.n > 0 ? listing->options->workload : text_of("claude-code"),
		.model = listing_text(listing, model, "model"),
		.key = actor->name,
		.service_tier = text_is(actor->customer, "subscription") ? actor->customer : text_of(""),
		.grouping = text_of("claude_code"),
		.dimensions = listing_dimensions(listing),
		.requests = NOT_REPORTED,
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED,
		.has_usage = true };
	int64_t *tokens = reading.usage.tokens;

	tokens[IN_UNCACHED] = listing_count_needed(listing, model, "tokens.input");
	tokens[IN_CACHE_READ] = listing_count(listing, model, "tokens.cache_read", 0);
	tokens[IN_CACHE_WRITE_5M] = listing_count(listing, model, "tokens.cache_creation", 0);
	tokens[OUT_VISIBLE] = listing_count_needed(listing, model, "tokens.output");
	listing_check(listing, &reading.usage);
	event_fill(&reading, listing->options);
	if (listing->refused || sink->usage == NULL)
		return 0;
	return sink->usage(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	const struct json *models = json_value(row, "model_breakdown");
	struct actor actor = { .at_us = listing_time(listing, row, "date"),
		.name = listing_text(listing, row, "actor.email_address"),
		.customer = listing_text(listing, row, "customer_type") };

	(void)ctx;
	if (actor.name.n == 0)
		actor.name = listing_text(listing, row, "actor.api_key_name");
	if (models == NULL || models->type != JSON_ARRAY)
		listing_refuse(listing, "model_breakdown is missing");
	listing_no_dimensions(listing);
	listing_dimension(listing, "customer_type", actor.customer);
	listing_dimension(listing, "terminal_type", listing_text(listing, row, "terminal_type"));
	listing_dimension(listing, "organization_id", listing_text(listing, row, "organization_id"));
	listing_dimension(listing, "subscription_type", listing_text(listing, row, "subscription_type"));
	if (listing->refused)
		return 0;
	for (const struct json *model = models->first; model != NULL; model = model->next) {
		listing_at(listing, model);
		if (take_model(listing, &actor, model, err) != 0)
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

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"actor\"", "\"core_metrics\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

/* ---- how it is asked: one day at a time */

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	pull_begin(request, "/v1/organizations/usage_report/claude_code");
	pull_header(request, "anthropic-version", text_of("2023-06-01"));
	pull_query_date(request, "starting_at", ask->from_us);
	pull_query_whole(request, "limit", 1000);
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://api.anthropic.com",
	.key = { .variable = "ANTHROPIC_ADMIN_KEY",
		.header = "x-api-key",
		.scheme = "",
		.about = "an admin key (sk-ant-admin...) of an organization; other keys are refused" },
	.interval_s = 3600,
	.interval_least_s = 300,
	.trailing_s = 2 * DAY_S,
	.window_max_s = DAY_S,
	.align_s = DAY_S,
	.request = request,
};

const struct collector collector_anthropic_claude_code = {
	.name = "anthropic-claude-code",
	.title = "Anthropic's report of Claude Code: tokens by day, user and model (in the usage report too)",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
