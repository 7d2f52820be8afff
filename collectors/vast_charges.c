/*
 * vast-charges: what Vast.ai charged, and the GPU time it charged for:
 *
 *   {"success":true,"count":1,"total":1,"next_token":null,"results":[{"start":1793491200,"end":1793577600,
 *     "type":"instance","source":"instance-7001","amount":9.612,"metadata":{"label":"demo-8b"},"items":[
 *       {"start":1793491200,"end":1793577600,"type":"gpu","description":"24.000 hours at $0.389/hour","amount":9.336}]}]}
 *
 * The time stands in the description of an item alone. How many GPUs an instance has is not said: its hours are those
 * of the instance and count as one GPU, which is told. The older list of invoices has its figures in strings:
 *
 *   [{"type":"charge","description":"...","timestamp":1793491200,"quantity":"10.000","rate":"0.1000","amount":"1.000",
 *     "instance_id":7001}]
 *
 * Payments, transfers and refunds are no cost and left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/gpu_held.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/rental.h"
#include "collectors/reply.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define PROVIDER "Vast.ai"

struct vast {
	const struct collect_options *options;
	const struct sink *sink;
	struct charges charges;
	int64_t payments;
	bool timed;
};

/* The figure that the text begins with, behind `skip`; where it ends in *rest. -1 where there is none. */
static int
leading_figure(struct text text, int digits, int64_t *value, struct text *rest)
{
	size_t n = 0;

	*rest = text;
	if (text.n == 0)
		return -1;
	while (n < text.n && ((text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '.'))
		n++;
	*rest = (struct text){ text.p + n, text.n - n };
	return n == 0 ? -1 : decimal_parse(text.p, n, digits, value, NULL, NULL);
}

static bool
cut_begin(struct text *text, const char *begin)
{
	size_t n = strlen(begin);

	if (text->n < n || memcmp(text->p, begin, n) != 0)
		return false;
	text->p += n;
	text->n -= n;
	return true;
}

/* "24.000 hours at $0.389/hour": -1 where it is written otherwise. */
static int
read_hours(struct text text, int64_t *micro_hours, bool *has_rate, int64_t *rate_nano)
{
	struct text rest;

	*has_rate = false;
	if (leading_figure(text, 6, micro_hours, &rest) != 0 ||
		(!cut_begin(&rest, " hours") && !cut_begin(&rest, " hour")))
		return -1;
	if (cut_begin(&rest, " at $") && leading_figure(rest, NANO_DIGITS, rate_nano, &text) == 0 &&
		cut_begin(&text, "/hour"))
		*has_rate = true;
	return 0;
}

static int
tell_time(struct vast *vast, const struct json *result, const struct charge *charge, int64_t micro_hours, bool has_rate,
	int64_t rate_nano, struct err *why, struct err *err)
{
	struct text label = json_text(json_value(result, "metadata"), "label");
	char name[HELD_NAME];
	struct gpu_held held = { .from_us = charge->from_us,
		.to_us = charge->to_us,
		.name = { name, 0 },
		.account = vast->options->account,
		.workload = vast->options->workload.n > 0 ? vast->options->workload
			: label.n > 0                     ? label
							  : charge->resource,
		.has_rate = has_rate,
		.rate_nano = rate_nano };

	if (micro_hours > INT64_MAX / HOUR_S) {
		err_set(why, ERR_INPUT, "the hours are too many");
		return 1;
	}
	held.gpu_us = micro_hours * HOUR_S;
	if (held.gpu_us == 0)
		return 0;
	vast->timed = true;
	held.name.n = (size_t)snprintf(name, sizeof(name), "vast %.*s",
		(int)(charge->resource.n < 256 ? charge->resource.n : 256),
		charge->resource.n > 0 ? charge->resource.p : "");
	return gpu_held_tell(&held, vast->sink, (struct place){ .line = result->line }, why, err);
}

/* One charge: an item of a result, or a result without items. */
static int
take_item(struct vast *vast, const struct json *result, const struct json *item, struct err *why, struct err *err)
{
	struct charge charge = { .provider = PROVIDER,
		.service = json_text(result, "type"),
		.resource = json_text(result, "source"),
		.sku = item == result ? (struct text){ "", 0 } : json_text(item, "type"),
		.description = json_text(item, "description") };
	int64_t micro_hours, rate_nano = 0;
	bool has, has_rate;

	if (reply_instant(json_value(item, "start") != NULL ? item : result, "start", &charge.from_us, why) != 0 ||
		reply_instant(json_value(item, "end") != NULL ? item : result, "end", &charge.to_us, why) != 0 ||
		rental_figure(item, "amount", NANO_DIGITS, &charge.amount_nano, &has, why) != 0)
		return 1;
	if (!has || charge.to_us < charge.from_us) {
		err_set(why, ERR_INPUT, has ? "end is before start" : "amount is missing");
		return 1;
	}
	if (!text_is(charge.sku, "gpu"))
		return rental_charge(&charge, &vast->charges, vast->sink, (struct place){ .line = item->line }, err);
	charge.has_hours = read_hours(charge.description, &micro_hours, &has_rate, &rate_nano) == 0 &&
		micro_hours <= INT64_MAX / 1000;
	charge.hours_nano = charge.has_hours ? micro_hours * 1000 : 0;
	if (rental_charge(&charge, &vast->charges, vast->sink, (struct place){ .line = item->line }, err) != 0)
		return -1;
	if (charge.has_hours)
		return tell_time(vast, result, &charge, micro_hours, has_rate, rate_nano, why, err);
	vast->sink->warn(vast->sink->ctx, (struct place){ .line = item->line },
		"the description of a GPU charge tells no hours: its cost is kept, its time is not known");
	return 0;
}

static int
take_result(struct vast *vast, const struct json *result, struct err *err)
{
	const struct json *items = json_value(result, "items");
	const struct json *item = items != NULL && items->type == JSON_ARRAY ? items->first : NULL;
	const struct json *one = item != NULL ? item : result;

	for (; one != NULL; one = item == NULL ? NULL : one->next) {
		struct err why = { .kind = ERR_NONE };
		int status = take_item(vast, result, one, &why, err);

		if (status < 0)
			return -1;
		if (status > 0)
			vast->sink->refuse(vast->sink->ctx, (struct place){ .line = one->line }, why.text);
	}
	return 0;
}

/* ---- the older list, and payments */

static int
take_invoice(struct vast *vast, const struct json *row, struct err *err)
{
	struct text type = json_text(row, "type");
	const struct json *instance = json_value(row, "instance_id");
	struct charge charge = {
		.provider = PROVIDER, .service = text_of("instance"), .description = json_text(row, "description")
	};
	struct place place = { .line = row->line };
	struct err why;
	bool has = false;

	if (!text_is(type, "charge")) {
		vast->payments++;
		return 0;
	}
	if (instance != NULL && (instance->type == JSON_NUMBER || instance->type == JSON_STRING))
		charge.resource = instance->text;
	if (reply_instant(row, "timestamp", &charge.from_us, &why) != 0 ||
		rental_figure(row, "amount", NANO_DIGITS, &charge.amount_nano, &has, &why) != 0 ||
		(!has && err_set(&why, ERR_INPUT, "amount is missing") != 0)) {
		vast->sink->refuse(vast->sink->ctx, place, why.text);
		return 0;
	}
	charge.to_us = charge.from_us;
	return rental_charge(&charge, &vast->charges, vast->sink, place, err);
}

static bool
is_payment(const struct json *row)
{
	static const char *const types[] = { "credit", "transfer", "payout", "refund", "reserved" };
	struct text type = json_text(row, "type");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_is(type, types[i]))
			return true;
	return false;
}

static int
take_reply(struct vast *vast, const struct json *root, struct err *err)
{
	bool older = root->type == JSON_ARRAY;
	const struct json *rows = older ? root : json_value(root, "results");
	struct text next = json_text(root, "next_token");

	if (rows == NULL || rows->type != JSON_ARRAY)
		return err_set(err, ERR_INPUT, "there is neither an array nor 'results'");
	for (const struct json *row = rows->first; row != NULL; row = row->next) {
		if (is_payment(row))
			vast->payments++;
		else if ((older ? take_invoice(vast, row, err) : take_result(vast, row, err)) != 0)
			return -1;
	}
	if (vast->timed)
		vast->sink->warn(vast->sink->ctx, (struct place){ .line = rows->line },
			"Vast.ai does not say how many GPUs an instance has: each counts as one");
	if (vast->payments > 0)
		row_warn(vast->sink, rows->line, "%" PRId64 " payments, transfers or refunds are no cost and left out",
			vast->payments);
	return next.n == 0 || vast->sink->page == NULL ? 0 : vast->sink->page(vast->sink->ctx, next, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct vast vast = { .options = options, .sink = sink };
	struct reply reply = { NULL, NULL, NULL };
	int status = charges_open(&vast.charges, options, err);

	if (status == 0)
		status = reply_open(&reply, input, err);
	if (status == 0 && (status = take_reply(&vast, reply.root, err)) != 0)
		err_in(err, "%s", input->name);
	reply_close(&reply);
	charges_close(&vast.charges);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const charges[] = { "\"success\"", "\"results\"", "\"source\"", NULL };
	static const char *const older[] = { "\"charge\"", "\"quantity\"", "\"rate\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', charges) ? 85 : head_has(head, n, '[', older) ? 80 : 0;
}

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	char filter[128];

	/* The end is included there. */
	snprintf(filter, sizeof(filter), "{\"day\":{\"gte\":%" PRId64 ",\"lte\":%" PRId64 "}}",
		ask->from_us / SECOND_US, ask->to_us / SECOND_US - 1);
	pull_begin(request, "/api/v0/charges/");
	pull_query(request, "select_filters", text_of(filter));
	pull_query_whole(request, "limit", 500);
	pull_query(request, "latest_first", text_of("false"));
	if (ask->page.n > 0)
		pull_query(request, "after_token", ask->page);
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://console.vast.ai",
	.key = { .variable = "VAST_API_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "an API key of the account" },
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 3 * DAY_S,
	.window_max_s = 30 * DAY_S,
	.align_s = DAY_S,
	.request = request,
};

const struct collector collector_vast_charges = {
	.name = "vast-charges",
	.title = "what Vast.ai charged, and the GPU time it charged for",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
