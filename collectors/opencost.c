/*
 * opencost: which pods held GPUs, from the allocation API of OpenCost (port 9003) or Kubecost:
 *
 *   {"code":200,"status":"success","data":[{"llm/demo-8b-0":{"name":"llm/demo-8b-0",
 *     "properties":{"cluster":"c1","node":"node-a","namespace":"llm","pod":"demo-8b-0","controller":"demo-8b"},
 *     "start":"2026-11-01T00:00:00Z","end":"2026-11-02T00:00:00Z","minutes":1440,"gpuCount":2,"gpuHours":48,
 *     "gpuCost":120.0}}]}
 *
 * What is taken is gpuHours: the costs are of a price model of OpenCost's own. A step without anything is null or
 * {}. "__idle__" is what nodes have and no pod holds: it is kept without a workload.
 */
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

static int
read_allocation(const struct collect_options *options, const struct json *allocation, char name[HELD_NAME],
	struct gpu_held *held, struct err *err)
{
	const struct json *properties = json_value(allocation, "properties");
	struct text cluster = json_text(properties, "cluster"), own = json_text(allocation, "name"),
		    controller = json_text(properties, "controller"), pod = json_text(properties, "pod");
	bool reserved, has;
	int64_t micro_hours;

	if (own.n == 0)
		own = allocation->key;
	reserved = own.n > 2 && memcmp(own.p, "__", 2) == 0;
	*held = (struct gpu_held){ .name = { name, 0 },
		.account = options->account.n > 0 ? options->account : json_text(properties, "namespace"),
		.workload = options->workload };
	if (held->workload.n == 0 && !reserved)
		held->workload = controller.n > 0 ? controller : pod.n > 0 ? pod_owner(pod) : own;
	if (rental_figure(allocation, "gpuHours", 6, &micro_hours, &has, err) != 0)
		return -1;
	if (micro_hours < 0 || micro_hours > INT64_MAX / HOUR_S / 1000)
		return err_set(err, ERR_INPUT, "gpuHours is negative or too large");
	held->gpu_us = micro_hours * HOUR_S;
	if (held->gpu_us == 0)
		return 0;
	if (reply_instant(allocation, "start", &held->from_us, err) != 0 ||
		reply_instant(allocation, "end", &held->to_us, err) != 0)
		return -1;
	held->name.n = (size_t)snprintf(name, HELD_NAME, "opencost %.*s%s%.*s",
		(int)(cluster.n < 128 ? cluster.n : 128), cluster.p == NULL ? "" : cluster.p, cluster.n > 0 ? "/" : "",
		(int)(own.n < 320 ? own.n : 320), own.p == NULL ? "" : own.p);
	return 0;
}

static int
take_step(const struct collect_options *options, const struct sink *sink, const struct json *step, struct err *err)
{
	for (const struct json *one = step->first; one != NULL; one = one->next) {
		struct place place = { .line = one->line };
		char name[HELD_NAME];
		struct gpu_held held;
		struct err why = { .kind = ERR_NONE };
		int status;

		if (one->type != JSON_OBJECT)
			continue;
		status = read_allocation(options, one, name, &held, &why) != 0;
		if (status == 0 && held.gpu_us > 0)
			status = gpu_held_tell(&held, sink, place, &why, err);
		if (status < 0)
			return -1;
		if (status > 0)
			sink->refuse(sink->ctx, place, why.text);
	}
	return 0;
}

static int
take_reply(const struct collect_options *options, const struct sink *sink, const struct json *root, struct err *err)
{
	const struct json *code = json_value(root, "code"), *data = json_value(root, "data");
	struct text warning = json_text(root, "warning");
	char said[400];

	if (code != NULL && !text_is(code->text, "200"))
		return err_set(err, ERR_INPUT, "OpenCost answered with %.*s: %s",
			(int)(code->text.n < 20 ? code->text.n : 20), code->text.n > 0 ? code->text.p : "an error",
			reply_said(root, said, sizeof(said)));
	if (data == NULL || data->type != JSON_ARRAY)
		return err_set(err, ERR_INPUT, "there is no array 'data'");
	if (warning.n > 0)
		sink->warn(sink->ctx, (struct place){ .line = root->line }, text_shown(warning, said, sizeof(said)));
	for (const struct json *step = data->first; step != NULL; step = step->next)
		if (step->type == JSON_OBJECT && take_step(options, sink, step, err) != 0)
			return -1;
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct reply reply;
	int status = reply_open(&reply, input, err);

	if (status == 0 && (status = take_reply(options, sink, reply.root, err)) != 0)
		err_in(err, "%s", input->name);
	reply_close(&reply);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"data\"", "\"gpuHours\"", NULL };
	static const char *const others[] = { "\"data\"", "\"cpuCoreHours\"", NULL };

	(void)why_not;
	return head_has(head, n, '{', words) || head_has(head, n, '{', others) ? 90 : 0;
}

static const struct pull_option options_of[] = {
	{ "url_path", NULL, "/allocation",
		"Where the allocation API is: /allocation/compute in older versions, /model/allocation in Kubecost" },
	{ NULL, NULL, NULL, NULL },
};

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	struct text path = pull_option(ask, "url_path");
	char buffer[512], window[2 * TIME_MAX + 1];
	size_t n;

	if (path.n == 0 || path.p[0] != '/' || path.n >= sizeof(buffer))
		return err_set(
			err, ERR_INPUT, "url_path: must begin with / and be shorter than %zu bytes", sizeof(buffer));
	snprintf(buffer, sizeof(buffer), "%.*s", (int)path.n, path.p);
	n = time_print(window, TIME_MAX, ask->from_us);
	window[n++] = ',';
	time_print(window + n, TIME_MAX, ask->to_us);
	pull_begin(request, buffer);
	pull_query(request, "window", text_of(window));
	pull_query(request, "aggregate", text_of("namespace,pod"));
	pull_query(request, "step", text_of("1d"));
	pull_query(request, "resolution", text_of("1m"));
	pull_query(request, "includeIdle", text_of("true"));
	pull_query(request, "accumulate", text_of("false"));
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.key = { .variable = "OPENCOST_TOKEN",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "what the proxy in front of OpenCost asks for",
		.optional = true },
	.interval_s = 3600,
	.interval_least_s = 60,
	.trailing_s = 2 * DAY_S,
	.window_max_s = 7 * DAY_S,
	.align_s = DAY_S,
	.options = options_of,
	.request = request,
};

const struct collector collector_opencost = {
	.name = "opencost",
	.title = "GPU time that pods held, from the allocation API of OpenCost or Kubecost",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
