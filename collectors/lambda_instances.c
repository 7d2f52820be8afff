/*
 * lambda-instances: which instances of Lambda's cloud run now, asked for every few minutes: there is no bill to read.
 *
 *   {"data":[{"id":"0920582c7ff041399e34823a0be62549","name":"train-1","status":"active","region":{"name":"us-east-1"},
 *     "instance_type":{"name":"gpu_8x_h100_sxm5","description":"8x H100 (80 GB SXM5)","gpu_description":"H100 (80 GB SXM5)",
 *       "price_cents_per_hour":2392,"specs":{"vcpus":208,"memory_gib":1800,"storage_gib":24780,"gpus":8}}}]}
 *
 * The price is in cents, and of the instance: each of its GPUs has its part of it. What starts or ends is not held.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/gpu_held.h"
#include "collectors/gpu_watch.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/rental.h"
#include "collectors/reply.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define GPUS_MAX 64 /* of one instance */
#define CENT_DIGITS (NANO_DIGITS - 2)

struct lambda {
	const struct collect_options *options;
	const struct sink *sink;
	struct gpu_watch *watch;
};

static int
look_at(struct lambda *lambda, const struct json *instance, struct err *why, struct err *err)
{
	const struct json *type = json_value(instance, "instance_type"), *specs = json_value(type, "specs");
	struct text id = json_text(instance, "id"), status = json_text(instance, "status"),
		    name = json_text(instance, "name");
	struct gpu_look look = { .at_us = lambda->options->now_us,
		.line = instance->line,
		.gpu = json_text(type, "gpu_description"),
		.account = lambda->options->account,
		.workload = lambda->options->workload.n > 0 ? lambda->options->workload : name,
		.busy_ppm = NOT_REPORTED,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED,
		.energy_uj = NOT_REPORTED,
		.basis = GPU_ALLOCATED };
	int64_t gpus, price_nano;
	bool has_gpus;
	char device[HELD_NAME];

	if (reply_count(specs, "gpus", &gpus, &has_gpus, why) != 0 ||
		rental_figure(type, "price_cents_per_hour", CENT_DIGITS, &price_nano, &look.has_rate, why) != 0)
		return 1;
	if (id.n == 0 || !has_gpus || gpus > GPUS_MAX) {
		err_set(why, ERR_INPUT, "%s",
			id.n == 0          ? "the instance has no id"
				: has_gpus ? "the instance has more GPUs than there can be in one"
					   : "instance_type.specs.gpus is missing");
		return 1;
	}
	if (!text_is(status, "active") && !text_is(status, "unhealthy"))
		return 0;
	look.rate_nano = gpus == 0 ? 0 : (int64_t)money_divide(price_nano, gpus);
	for (int64_t i = 1; i <= gpus; i++) {
		look.device.p = device;
		look.device.n = (size_t)snprintf(
			device, sizeof(device), "lambda %.*s #%" PRId64, (int)(id.n < 200 ? id.n : 200), id.p, i);
		if (gpu_watch_look(lambda->watch, &look, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_reply(struct lambda *lambda, const struct json *root, struct err *err)
{
	const struct json *data = json_value(root, "data");

	if (data == NULL || data->type != JSON_ARRAY)
		return err_set(err, ERR_INPUT, "there is no array 'data'");
	for (const struct json *instance = data->first; instance != NULL; instance = instance->next) {
		struct err why = { .kind = ERR_NONE };
		int status = look_at(lambda, instance, &why, err);

		if (status < 0)
			return -1;
		if (status > 0)
			lambda->sink->refuse(lambda->sink->ctx, (struct place){ .line = instance->line }, why.text);
	}
	return gpu_watch_end(lambda->watch, lambda->options->now_us, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct lambda lambda = { .options = options, .sink = sink };
	struct reply reply = { NULL, NULL, NULL };
	int status = -1;

	if ((lambda.watch = gpu_watch_open(options, sink, true, err)) != NULL)
		status = reply_open(&reply, input, err);
	if (status == 0 && (status = take_reply(&lambda, reply.root, err)) != 0)
		err_in(err, "%s", input->name);
	reply_close(&reply);
	gpu_watch_close(lambda.watch);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"data\"", "\"instance_type\"", "\"price_cents_per_hour\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 90 : 0;
}

static const struct pull pull = {
	.shape = PULL_SCRAPE,
	.url = "https://cloud.lambda.ai",
	.key = { .variable = "LAMBDA_API_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "an API key of the account" },
	.interval_s = 300,
	.interval_least_s = 60,
	.path = "/api/v1/instances",
};

const struct collector collector_lambda_instances = {
	.name = "lambda-instances",
	.title = "GPU time that instances of Lambda's cloud are held, by asking which run",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
