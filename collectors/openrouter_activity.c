/*
 * openrouter-activity: OpenRouter's activity, GET /api/v1/activity?date=2026-11-01, a row for each day of UTC, model
 * and endpoint:
 *
 *   {"data":[{"date":"2026-11-01","model":"openai/gpt-demo","model_permaslug":"openai/gpt-demo-2026-03-01",
 *     "endpoint_id":"550e8400-...","provider_name":"OpenAI","usage":0.015,"byok_usage_inference":0.012,"requests":5,
 *     "prompt_tokens":50,"completion_tokens":125,"reasoning_tokens":25}]}
 *
 * A row becomes usage, and a charge of what it took from the credits, in dollars. What is inferred with the
 * customer's own key is charged by that provider and no part of it. Cached tokens are not told apart.
 */
#include "collectors/charges.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"
#include "models/units/money.h"

static void
read_usage(struct listing *listing, const struct json *row, struct usage_reading *reading)
{
	int64_t *tokens = reading->usage.tokens;
	int64_t output = listing_count_needed(listing, row, "completion_tokens");
	int64_t reasoning = listing_count(listing, row, "reasoning_tokens", 0);

	tokens[IN_UNCACHED] = listing_count_needed(listing, row, "prompt_tokens");
	if (reasoning > output) {
		if (!listing->refused)
			listing_warn(listing,
				"reasoning_tokens are more than completion_tokens, which should hold them; the "
				"rest is left out");
		reasoning = output;
	}
	tokens[OUT_REASONING] = reasoning;
	tokens[OUT_VISIBLE] = output - reasoning;
	reading->requests = listing_count(listing, row, "requests", NOT_REPORTED);
	reading->has_usage = true;
	listing_check(listing, &reading->usage);
}

static int
take_row(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct charges *charges = ctx;
	const struct sink *sink = listing->sink;
	const struct place place = { .line = listing->line };
	struct usage_reading usage = { .at_us = listing_time(listing, row, "date"),
		.width_us = DAY_S * SECOND_US,
		.provider = text_of("openrouter"),
		.model = listing_text(listing, row, "model"),
		.grouping = text_of("activity"),
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED };
	struct invoice_reading charge = { .charge_from_us = usage.at_us,
		.charge_to_us = usage.at_us + DAY_S * SECOND_US,
		.account = listing->options->account,
		.provider = usage.provider,
		.service = usage.model,
		.resource = listing_text(listing, row, "endpoint_id"),
		.publisher = listing_text(listing, row, "provider_name"),
		.category = text_of("Usage"),
		.frequency = text_of("Usage-Based"),
		.description = listing_text(listing, row, "model_permaslug"),
		.currency = text_of("USD"),
		.quantity_unit = text_of("tokens"),
		.grouping = usage.grouping };

	listing_no_dimensions(listing);
	listing_dimension(listing, "model_permaslug", charge.description);
	listing_dimension(listing, "endpoint_id", charge.resource);
	listing_dimension(listing, "provider_name", charge.publisher);
	usage.dimensions = charge.dimensions = listing_dimensions(listing);
	read_usage(listing, row, &usage);
	charge.has_billed = charge.has_effective =
		listing_amount(listing, row, "usage", NANO_DIGITS, &charge.billed_nano);
	charge.effective_nano = charge.billed_nano;
	charges_month(charges, &charge);
	event_fill(&usage, listing->options);
	if (listing->refused)
		return 0;
	if (sink->usage != NULL && sink->usage(sink->ctx, place, &usage, err) != 0)
		return -1;
	return charge.has_billed && sink->invoice != NULL ? sink->invoice(sink->ctx, place, &charge, err) : 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .row = take_row };
	struct charges charges;
	int status;

	if (charges_open(&charges, options, err) != 0)
		return -1;
	status = listing_read(input, options, sink, &shape, &charges, err);
	charges_close(&charges);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"data\"", "\"endpoint_id\"", "\"prompt_tokens\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

/* ---- how it is asked: one finished day of UTC at a time, of the last thirty */

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	pull_begin(request, "/api/v1/activity");
	pull_query_date(request, "date", ask->from_us);
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://openrouter.ai",
	.key = { .variable = "OPENROUTER_MANAGEMENT_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "a management key; a key for inference is refused" },
	.interval_s = 3600,
	.interval_least_s = 300,
	.trailing_s = 3 * DAY_S,
	.window_max_s = DAY_S,
	.align_s = DAY_S,
	.whole_only = true,
	.reach_back_s = 30 * DAY_S,
	.request = request,
};

const struct collector collector_openrouter_activity = {
	.name = "openrouter-activity",
	.title = "OpenRouter's activity: tokens and what they cost by day, model and endpoint",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
