/*
 * anthropic-cost, anthropic-analytics-cost: Anthropic's reports of cost, in their two generations. Amounts are texts
 * of CENTS, with a fraction: "412.0625" is 4.120625 USD.
 *
 * GET /v1/organizations/cost_report:
 *   {"data":[{"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-11-02T00:00:00Z","results":[{"amount":"412.0625",
 *     "currency":"USD","cost_type":"tokens","token_type":"uncached_input_tokens","model":"claude-demo-5",
 *     "service_tier":"standard","context_window":"0-200k","inference_geo":"global","workspace_id":"wrkspc_1",
 *     "description":"Claude Demo 5 Usage - Input Tokens"}]}],"has_more":false,"next_page":null}
 * GET /v1/organizations/analytics/cost:
 *   {"data":[{"starting_at":"...","ending_at":"...","group":{"model":"claude-demo-5","token_type":"output_tokens",
 *     "cost_type":"tokens"},"cost":{"amount":"1275.5","list_amount":"1500.5882","currency":"USD"}}],...}
 *
 * What is used is paid as it goes: billed and effective are the same. Amounts are before credits and taxes, and the
 * first report does not hold what runs on the priority tier.
 */
#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/money.h"

#define CENT_DIGITS (NANO_DIGITS - 2)

static void
read_amounts(struct listing *listing, const struct json *cost, struct invoice_reading *reading, char currency[4])
{
	struct text said = listing_text(listing, cost, "currency");
	char shown[SHOWN_MAX];

	reading->has_billed = listing_amount(listing, cost, "amount", CENT_DIGITS, &reading->billed_nano);
	if (!reading->has_billed)
		listing_refuse(listing, "amount is missing");
	reading->has_effective = reading->has_billed;
	reading->effective_nano = reading->billed_nano;
	reading->has_list = listing_amount(listing, cost, "list_amount", CENT_DIGITS, &reading->list_nano);
	if (charges_currency(said, currency, NULL) != 0)
		listing_refuse(listing, "currency '%s' is no code of three letters", value_shown(shown, said));
	reading->currency = text_of(currency);
}

static void
read_group(struct listing *listing, const struct json *group, struct invoice_reading *reading)
{
	static const char *const parts[] = { "model", "service_tier", "context_window", "inference_geo", "cost_type",
		"api_key_id", "account_id", "service_account_id", "speed", "actor", "actor_type", "agent_id",
		"deployment_id", "environment_id", "organization_id", "product", "session_id", "user_profile_id",
		"claude_tag_category", "claude_tag_user_id", "slack_channel_id" };

	reading->service = listing_text(listing, group, "cost_type");
	reading->sku = listing_text(listing, group, "token_type");
	reading->resource = listing_text(listing, group, "workspace_id");
	reading->description = listing_text(listing, group, "description");
	if (reading->description.n == 0)
		reading->description = listing_text(listing, group, "model");
	if (text_is(reading->service, "tokens"))
		reading->quantity_unit = text_of("tokens");
	else
		reading->quantity_unit = reading->service;
	if (json_value(group, "rbac_group_id") != NULL)
		listing_refuse(listing, "grouped by rbac_group_id, whose rows overlap: ask without it");
	listing_no_dimensions(listing);
	listing_dimensions_of(listing, group, parts, sizeof(parts) / sizeof(parts[0]));
	reading->dimensions = listing_dimensions(listing);
}

static int
take(struct listing *listing, const struct invoice_reading *stretch, const struct json *group, const struct json *cost,
	struct err *err)
{
	const struct sink *sink = listing->sink;
	struct invoice_reading reading = *stretch;
	char currency[4] = "";

	read_group(listing, group, &reading);
	read_amounts(listing, cost, &reading, currency);
	if (reading.billed_nano < 0)
		reading.category = text_of("Credit");
	if (listing->refused || sink->invoice == NULL)
		return 0;
	return sink->invoice(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct charges *charges = ctx;
	const struct json *results = json_value(row, "results");
	struct invoice_reading stretch = { .charge_from_us = listing_time(listing, row, "starting_at"),
		.charge_to_us = listing_time(listing, row, "ending_at"),
		.account = listing->options->account,
		.provider = text_of("anthropic"),
		.publisher = text_of("anthropic"),
		.category = text_of("Usage"),
		.frequency = text_of("Usage-Based"),
		.grouping = text_of("cost") };

	if (stretch.charge_to_us <= stretch.charge_from_us)
		listing_refuse(listing, "ending_at is not behind starting_at");
	charges_month(charges, &stretch);
	if (listing->refused)
		return 0;
	if (json_value(row, "cost") != NULL)
		return take(listing, &stretch, json_value(row, "group"), json_value(row, "cost"), err);
	if (results == NULL || results->type != JSON_ARRAY) {
		listing_refuse(listing, "the bucket has neither 'results' nor 'cost'");
		return 0;
	}
	for (const struct json *result = results->first; result != NULL; result = result->next) {
		listing_at(listing, result);
		if (take(listing, &stretch, result, result, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .row = take_row };

	return charges_listing(input, options, sink, &shape, err);
}

static int
sniff_report(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"starting_at\"", "\"results\"", "\"amount\"", "\"currency\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

static int
sniff_analytics(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"starting_at\"", "\"group\"", "\"cost\"", "\"amount\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

/* ---- how it is asked */

static void
ask_range(const struct pull_ask *ask, struct pull_request *request)
{
	pull_header(request, "anthropic-version", text_of("2023-06-01"));
	pull_query_time(request, "starting_at", ask->from_us);
	if (ask->to_us <= ask->now_us)
		pull_query_time(request, "ending_at", ask->to_us);
}

static int
request_report(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	pull_begin(request, "/v1/organizations/cost_report");
	ask_range(ask, request);
	pull_query(request, "bucket_width", text_of("1d"));
	pull_query_whole(request, "limit", 31);
	pull_query(request, "group_by[]", text_of("workspace_id"));
	pull_query(request, "group_by[]", text_of("description"));
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

static int
request_analytics(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	static const char *const groups[] = { "model", "workspace_id", "service_tier", "context_window",
		"inference_geo", "cost_type", "token_type" };

	pull_begin(request, "/v1/organizations/analytics/cost");
	pull_header(request, "anthropic-beta", text_of("analytics-usage-cost-2026-08-24"));
	ask_range(ask, request);
	pull_query(request, "time_bucket_width", text_of("1d"));
	pull_query_whole(request, "limit", 1000);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		pull_query(request, "group_by[]", text_of(groups[i]));
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

#define KEY \
	{ \
		.variable = "ANTHROPIC_ADMIN_KEY", .header = "x-api-key", .scheme = "", \
		.about = "an admin key (sk-ant-admin...) of an organization; other keys are refused" \
	}

static const struct pull pull_report = {
	.shape = PULL_WINDOW,
	.url = "https://api.anthropic.com",
	.key = KEY,
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 7 * DAY_S,
	.window_max_s = 31 * DAY_S,
	.align_s = DAY_S,
	.request = request_report,
};

static const struct pull pull_analytics = {
	.shape = PULL_WINDOW,
	.url = "https://api.anthropic.com",
	.key = KEY,
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 7 * DAY_S,
	.window_max_s = 31 * DAY_S,
	.align_s = DAY_S,
	.reach_back_s = 365 * (int64_t)DAY_S,
	.request = request_analytics,
};

const struct collector collector_anthropic_cost = {
	.name = "anthropic-cost",
	.title = "Anthropic's cost report: what each day cost, by workspace, model and kind of token",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff_report,
	.parse = parse,
	.pull = &pull_report,
};

const struct collector collector_anthropic_analytics_cost = {
	.name = "anthropic-analytics-cost",
	.title = "Anthropic's cost in the analytics API, the successor of the cost report",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff_analytics,
	.parse = parse,
	.pull = &pull_analytics,
};
