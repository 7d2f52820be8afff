/*
 * runpod-billing: what RunPod charged, and the time it charged for. Version 1 of its API tells both:
 *
 *   [{"amount":57.36,"timeBilledMs":86400000,"diskSpaceBilledGb":20,"podId":"pod_demo1","time":"2026-11-01T00:00:00Z"}]
 *
 * version 2 tells the parts of an amount, and no time:
 *
 *   {"records":[{"startTime":"2026-11-01T00:00:00Z","endTime":"2026-11-02T00:00:00Z","podId":"pod_demo1",
 *     "totalAmount":57.9,"gpuAmount":57.36,"cpuAmount":0,"diskAmount":0.54}],"metadata":{...}}
 *
 * The time is that of pods: how many GPUs a pod has is not said, and counted as one, which is told. A record of
 * version 1 is of a day unless its time is none at which a day begins, when it is of an hour.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/charges.h"
#include "collectors/gpu_held.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/rental.h"
#include "collectors/reply.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define PROVIDER "RunPod"

struct billing {
	const struct collect_options *options;
	const struct sink *sink;
	struct charges charges;
	int64_t bucket_us; /* of version 1 */
	bool timed;        /* a record told time */
};

static const struct {
	const char *id, *service;
} kinds[] = {
	{ "podId", "Pods" },
	{ "endpointId", "Serverless" },
	{ "serverlessId", "Serverless" },
	{ "networkVolumeId", "Network volumes" },
	{ "clusterId", "Clusters" },
	{ "gpuTypeId", "Pods" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What the record is of. */
static void
read_resource(const struct json *record, struct charge *charge)
{
	charge->service = text_of("RunPod");
	for (size_t i = 0; i < KINDS; i++) {
		struct text id = json_text(record, kinds[i].id);

		if (id.n == 0)
			continue;
		charge->service = text_of(kinds[i].service);
		charge->resource = id;
		return;
	}
}

/* ---- version 1 */

static int
tell_time(struct billing *billing, const struct json *record, const struct charge *charge, int64_t billed_ms,
	struct err *why, struct err *err)
{
	struct text type = json_text(record, "gpuTypeId");
	char name[HELD_NAME];
	struct gpu_held held = { .from_us = charge->from_us,
		.to_us = charge->to_us,
		.gpu_us = billed_ms * 1000,
		.name = { name, 0 },
		.gpu = type,
		.account = billing->options->account,
		.workload = billing->options->workload.n > 0 ? billing->options->workload : charge->resource,
		.has_rate = charge->amount_nano >= 0 };

	if (charge->resource.n == 0 || billed_ms == 0)
		return 0;
	billing->timed = true;
	/* nano-USD x ms an hour: an hour has 3.6e6 ms */
	held.rate_nano = (int64_t)money_divide((wide)charge->amount_nano * 3600000, billed_ms);
	held.name.n = (size_t)snprintf(name, sizeof(name), "runpod %.*s",
		(int)(charge->resource.n < 256 ? charge->resource.n : 256), charge->resource.p);
	return gpu_held_tell(&held, billing->sink, (struct place){ .line = record->line }, why, err);
}

static int
take_v1(struct billing *billing, const struct json *record, struct err *why, struct err *err)
{
	struct charge charge = { .provider = PROVIDER };
	bool has_amount, has_time, is_volume;
	int64_t billed_ms;

	if (reply_instant(record, "time", &charge.from_us, why) != 0 ||
		rental_figure(record, "amount", NANO_DIGITS, &charge.amount_nano, &has_amount, why) != 0 ||
		reply_count(record, "timeBilledMs", &billed_ms, &has_time, why) != 0)
		return 1;
	if (!has_amount) {
		err_set(why, ERR_INPUT, "amount is missing");
		return 1;
	}
	charge.to_us = charge.from_us + billing->bucket_us;
	read_resource(record, &charge);
	is_volume = json_value(record, "networkVolumeId") != NULL;
	charge.has_hours = has_time && !is_volume && billed_ms < INT64_MAX / 1000000;
	charge.hours_nano = charge.has_hours ? (int64_t)money_divide((wide)billed_ms * 1000000000, 3600000) : 0;
	if (rental_charge(&charge, &billing->charges, billing->sink, (struct place){ .line = record->line }, err) != 0)
		return -1;
	return charge.has_hours ? tell_time(billing, record, &charge, billed_ms, why, err) : 0;
}

/* ---- version 2 */

/* A member such as "gpuAmount"; "totalAmount" is their sum. */
static bool
is_part(const struct json *member)
{
	return member->key.n > 6 && memcmp(member->key.p + member->key.n - 6, "Amount", 6) == 0 &&
		!text_is(member->key, "totalAmount") && member->type != JSON_NULL;
}

static int
sum_parts(const struct json *record, int64_t *sum, int *parts, struct err *why)
{
	*sum = 0;
	*parts = 0;
	for (const struct json *member = record->first; member != NULL; member = member->next) {
		int64_t amount;

		if (!is_part(member))
			continue;
		if ((member->type != JSON_NUMBER && member->type != JSON_STRING) ||
			decimal_parse(member->text.p, member->text.n, NANO_DIGITS, &amount, NULL, NULL) != 0 ||
			money_add(sum, amount) != 0)
			return err_set(why, ERR_INPUT, "%.*s is no amount",
				(int)(member->key.n < 40 ? member->key.n : 40), member->key.p);
		(*parts)++;
	}
	return 0;
}

static int
charge_parts(struct billing *billing, const struct json *record, struct charge *charge, struct err *err)
{
	for (const struct json *member = record->first; member != NULL; member = member->next) {
		if (!is_part(member))
			continue;
		decimal_parse(member->text.p, member->text.n, NANO_DIGITS, &charge->amount_nano, NULL, NULL);
		charge->sku = (struct text){ member->key.p, member->key.n - 6 };
		if (charge->amount_nano != 0 &&
			rental_charge(charge, &billing->charges, billing->sink, (struct place){ .line = record->line },
				err) != 0)
			return -1;
	}
	return 0;
}

static int
take_v2(struct billing *billing, const struct json *record, struct err *why, struct err *err)
{
	struct charge charge = { .provider = PROVIDER };
	struct place place = { .line = record->line };
	int64_t total, sum;
	bool has_total;
	int parts;

	if (reply_instant(record, "startTime", &charge.from_us, why) != 0 ||
		reply_instant(record, "endTime", &charge.to_us, why) != 0 ||
		rental_figure(record, "totalAmount", NANO_DIGITS, &total, &has_total, why) != 0 ||
		sum_parts(record, &sum, &parts, why) != 0)
		return 1;
	if (charge.to_us <= charge.from_us || (!has_total && parts == 0)) {
		err_set(why, ERR_INPUT,
			charge.to_us <= charge.from_us ? "endTime is not after startTime" : "there is no amount");
		return 1;
	}
	read_resource(record, &charge);
	if (parts > 0 && (!has_total || sum == total))
		return charge_parts(billing, record, &charge, err);
	if (parts > 0)
		billing->sink->warn(billing->sink->ctx, place, "the parts are not the totalAmount: only that is taken");
	charge.amount_nano = total;
	return rental_charge(&charge, &billing->charges, billing->sink, place, err);
}

/* ---- replies */

/* Whether a record of version 1 begins at another time than midnight: then they are hours. */
static int64_t
bucket_of(const struct json *root)
{
	for (const struct json *record = root->first; record != NULL; record = record->next) {
		int64_t at_us;

		if (reply_instant(record, "time", &at_us, NULL) == 0 && at_us % (DAY_S * SECOND_US) != 0)
			return HOUR_S * SECOND_US;
	}
	return DAY_S * SECOND_US;
}

static int
take_records(struct billing *billing, const struct json *records, bool v1, struct err *err)
{
	for (const struct json *record = records->first; record != NULL; record = record->next) {
		struct err why = { .kind = ERR_NONE };
		int status = v1 ? take_v1(billing, record, &why, err) : take_v2(billing, record, &why, err);

		if (status < 0)
			return -1;
		if (status > 0)
			billing->sink->refuse(billing->sink->ctx, (struct place){ .line = record->line }, why.text);
	}
	if (billing->timed)
		billing->sink->warn(billing->sink->ctx, (struct place){ .line = records->line },
			"RunPod does not say how many GPUs a pod has: each counts as one");
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct billing billing = { .options = options, .sink = sink };
	struct reply reply = { NULL, NULL, NULL };
	int status = charges_open(&billing.charges, options, err);

	if (status == 0)
		status = reply_open(&reply, input, err);
	if (status == 0) {
		const struct json *records = json_value(reply.root, "records");
		bool v1 = reply.root->type == JSON_ARRAY;

		if (v1)
			records = reply.root;
		if (records == NULL || records->type != JSON_ARRAY) {
			status = err_set(err, ERR_INPUT, "%s: there is neither an array nor 'records'", input->name);
		} else {
			billing.bucket_us = v1 ? bucket_of(records) : 0;
			status = take_records(&billing, records, v1, err);
		}
	}
	reply_close(&reply);
	charges_close(&billing.charges);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const v1[] = { "\"timeBilledMs\"", NULL };
	static const char *const v2[] = { "\"records\"", "\"totalAmount\"", NULL };

	(void)why_not;
	return head_has(head, n, '[', v1) || head_has(head, n, '{', v2) ? 95 : 0;
}

static const char *const parts_of[] = { "pods", "endpoints", "networkvolumes", NULL };

static const struct pull_option options_of[] = {
	{ "bills", NULL, "pods,endpoints,networkvolumes",
		"Which bills to ask for, of pods, endpoints and networkvolumes" },
	{ NULL, NULL, NULL, NULL },
};

static bool
wants(const struct pull_ask *ask, int part)
{
	return pull_option_names(ask, "bills", parts_of[part]);
}

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	static const char *const groupings[] = { "podId", "endpointId", "networkVolumeId" };

	if (pull_option_check(ask, "bills", err) != 0)
		return -1;
	pull_begin(request, "/v1/billing/");
	pull_segment(request, text_of(parts_of[ask->part]));
	pull_query(request, "bucketSize", text_of("day"));
	pull_query_time(request, "startTime", ask->from_us);
	pull_query_time(request, "endTime", ask->to_us);
	if (ask->part < 2)
		pull_query(request, "grouping", text_of(groupings[ask->part]));
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://rest.runpod.io",
	.key = { .variable = "RUNPOD_API_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "an API key that may read the account's billing" },
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 3 * DAY_S,
	.window_max_s = 30 * DAY_S,
	.align_s = DAY_S,
	.parts = parts_of,
	.wants = wants,
	.options = options_of,
	.request = request,
};

const struct collector collector_runpod_billing = {
	.name = "runpod-billing",
	.title = "what RunPod charged, and the GPU time it charged for",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
