/*
 * openai-costs: OpenAI's organization costs API, GET /v1/organization/costs:
 *
 *   {"object":"page","data":[{"object":"bucket","start_time":1793491200,"end_time":1793577600,"results":[
 *     {"object":"organization.costs.result","amount":{"value":0.8125,"currency":"usd"},
 *      "line_item":"gpt-demo-2026-03-01, input","project_id":"proj_1","api_key_id":null,"quantity":650000,
 *      "quantity_unit":"tokens"}]}],"has_more":false,"next_page":null}
 *
 * Amounts are dollars, a number or a text of one with up to thirty digits. Days are of UTC. A line item is free text,
 * most often "[priority | ]MODEL[ audio| text| image], input|output|cached input|cache writes[, long context]"; what
 * is understood of it becomes the model (service) and the kind (SKU), and the whole text is kept. Taxes and credits
 * are not among them as far as is known; an amount below zero is taken for a credit.
 */
#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/line_item.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/money.h"

static void
read_amounts(struct listing *listing, const struct json *result, struct invoice_reading *reading, char currency[4])
{
	struct text said = listing_text(listing, result, "amount.currency");
	char shown[SHOWN_MAX];

	reading->has_billed = listing_amount(listing, result, "amount.value", NANO_DIGITS, &reading->billed_nano);
	if (!reading->has_billed)
		listing_refuse(listing, "amount.value is missing");
	reading->has_effective = reading->has_billed;
	reading->effective_nano = reading->billed_nano;
	if (charges_currency(said, currency, NULL) != 0)
		listing_refuse(listing, "amount.currency '%s' is no code of three letters", value_shown(shown, said));
	reading->currency = text_of(currency);
	reading->has_quantity = listing_amount(listing, result, "quantity", NANO_DIGITS, &reading->quantity_nano);
	reading->quantity_unit = listing_text(listing, result, "quantity_unit");
}

static int
take(struct listing *listing, const struct invoice_reading *bucket, const struct json *result, struct err *err)
{
	const struct sink *sink = listing->sink;
	struct invoice_reading reading = *bucket;
	struct line_item item;
	char currency[4] = "";

	reading.description = listing_text(listing, result, "line_item");
	reading.resource = listing_text(listing, result, "project_id");
	item = line_item_of(reading.description);
	reading.service = item.model;
	reading.sku = item.kind;
	read_amounts(listing, result, &reading, currency);
	if (reading.billed_nano < 0)
		reading.category = text_of("Credit");
	listing_no_dimensions(listing);
	listing_dimension(listing, "api_key_id", listing_text(listing, result, "api_key_id"));
	reading.dimensions = listing_dimensions(listing);
	if (listing->refused || sink->invoice == NULL)
		return 0;
	return sink->invoice(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

static int
take_bucket(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct charges *charges = ctx;
	const struct json *results = json_value(row, "results");
	struct invoice_reading bucket = { .charge_from_us = listing_time(listing, row, "start_time"),
		.charge_to_us = listing_time(listing, row, "end_time"),
		.account = listing->options->account,
		.provider = text_of("openai"),
		.publisher = text_of("openai"),
		.category = text_of("Usage"),
		.frequency = text_of("Usage-Based"),
		.grouping = text_of("costs") };

	if (results == NULL)
		results = json_value(row, "result"); /* as older revisions spell it */
	if (bucket.charge_to_us <= bucket.charge_from_us)
		listing_refuse(listing, "end_time is not behind start_time");
	if (results == NULL || results->type != JSON_ARRAY)
		listing_refuse(listing, "the bucket has no list 'results'");
	if (listing->refused)
		return 0;
	charges_month(charges, &bucket);
	for (const struct json *result = results->first; result != NULL; result = result->next) {
		listing_at(listing, result);
		if (take(listing, &bucket, result, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .row = take_bucket };

	return charges_listing(input, options, sink, &shape, err);
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"bucket\"", "\"organization.costs.result\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

/* ---- how it is asked: whole days of UTC */

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	pull_begin(request, "/v1/organization/costs");
	pull_query_whole(request, "start_time", ask->from_us / SECOND_US);
	if (ask->to_us <= ask->now_us)
		pull_query_whole(request, "end_time", ask->to_us / SECOND_US);
	pull_query(request, "bucket_width", text_of("1d"));
	pull_query_whole(request, "limit", 180);
	pull_query(request, "group_by[]", text_of("project_id"));
	pull_query(request, "group_by[]", text_of("line_item"));
	if (text_is(pull_option(ask, "keys"), "yes"))
		pull_query(request, "group_by[]", text_of("api_key_id"));
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

static const struct pull_option options_of[] = {
	{ "keys", "yes|no", "no", "a line for each API key too" },
	{ NULL, NULL, NULL, NULL },
};

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://api.openai.com",
	.key = { .variable = "OPENAI_ADMIN_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "an admin key (sk-admin-...) of the organization; a project key is refused" },
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 7 * DAY_S,
	.window_max_s = 31 * DAY_S,
	.align_s = DAY_S,
	.options = options_of,
	.request = request,
};

const struct collector collector_openai_costs = {
	.name = "openai-costs",
	.title = "OpenAI's organization costs API: what each day cost, by project and line item",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
