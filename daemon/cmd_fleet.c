/*
 * breakeven fleet: the self-hosted options that break-even is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/fleet.h"
#include "models/units/err.h"
#include "models/units/money.h"

/* One option of `fleet set`: the field it fills and how many digits after the point that field keeps. */
struct fleet_option {
	const char *name;
	size_t offset; /* of the int64_t in struct fleet_row */
	int digits;
	const char *unit;
};

static const struct fleet_option options[] = {
	{ "gpus_per_replica", offsetof(struct fleet_row, gpus_per_replica), 0, "GPUs" },
	{ "gpu_hour", offsetof(struct fleet_row, gpu_hour_nano), NANO_DIGITS, "USD/h" },
	{ "throughput_tok_s", offsetof(struct fleet_row, throughput_milli_tok_s), 3, "tok/s" },
	{ "headroom", offsetof(struct fleet_row, headroom_ppm), 6, "share" },
	{ "redundancy", offsetof(struct fleet_row, redundancy), 0, "replicas" },
	{ "min_replicas", offsetof(struct fleet_row, min_replicas), 0, "replicas" },
	{ "hours_month", offsetof(struct fleet_row, hours_month_milli), 3, "h" },
	{ "ops_month", offsetof(struct fleet_row, ops_month_nano), NANO_DIGITS, "USD/month" },
	{ "fixed_month", offsetof(struct fleet_row, fixed_month_nano), NANO_DIGITS, "USD/month" },
	{ "upfront", offsetof(struct fleet_row, upfront_nano), NANO_DIGITS, "USD" },
	{ "per_mtok", offsetof(struct fleet_row, per_mtok_nano), NANO_DIGITS, "USD/Mtok" },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

struct given {
	const char *data, *config, *format;
	const char *number[OPTIONS];
	const char *lag_hours, *gpu, *price_source, *throughput_source, *scaling;
	int measured;
};

static int64_t *
field(struct fleet_row *fleet, const struct fleet_option *option)
{
	return (int64_t *)(void *)((char *)fleet + option->offset);
}

static int
read_number(const char *name, const char *text, int digits, int64_t *value, struct err *err)
{
	bool rounded;

	if (decimal_parse(text, strlen(text), digits, value, &rounded, err) != 0)
		return err_in(err, "--%s", name);
	if (rounded)
		return err_set(
			err, ERR_INPUT, "--%s: '%s' has more than %d digits after the point", name, text, digits);
	return 0;
}

/* What was not given stays as it was, or as the defaults have it. */
static int
merge(struct fleet_row *fleet, const struct given *given, struct err *err)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (given->number[i] != NULL &&
			read_number(options[i].name, given->number[i], options[i].digits, field(fleet, &options[i]),
				err) != 0)
			return -1;
	if (given->lag_hours != NULL) {
		int64_t thousandths;

		if (read_number("lag_hours", given->lag_hours, 3, &thousandths, err) != 0)
			return -1;
		fleet->lag_ms = thousandths * 3600;
	}
	if (given->scaling != NULL) {
		if (strcmp(given->scaling, "always_on") != 0 && strcmp(given->scaling, "autoscale") != 0)
			return err_set(
				err, ERR_INPUT, "--scaling: '%s' is none of always_on, autoscale", given->scaling);
		fleet->scaling = strcmp(given->scaling, "autoscale") == 0 ? SCALING_AUTOSCALE : SCALING_ALWAYS_ON;
	}
	if (given->gpu != NULL)
		fleet->gpu = given->gpu;
	if (given->price_source != NULL)
		fleet->gpu_hour_source = given->price_source;
	if (given->throughput_source != NULL)
		fleet->throughput_source = given->throughput_source;
	if (given->measured)
		fleet->throughput_origin = ORIGIN_MEASURED;
	return 0;
}

static int
set_fleet(struct context *context, const char *name, const struct given *given, struct err *err)
{
	struct fleet_row fleet;
	int found;

	if (context_store(context, STORE_WRITE, err) != 0)
		return -1;
	found = fleet_get(context->store, name, context->arena, &fleet, err);
	if (found < 0)
		return -1;
	if (!found) {
		if (given->number[1] == NULL || given->number[2] == NULL)
			return err_set(err, ERR_INPUT, "a new fleet needs --gpu_hour and --throughput_tok_s");
		memset(&fleet, 0, sizeof(fleet));
		fleet_defaults(&fleet);
		fleet.name = name;
		/* People are the most forgotten cost: not said is not zero. */
		fleet.ops_month_nano = (int64_t)(context->settings.self_hosted.ops_month * 1e9 + 0.5);
	}
	fleet.changed_us = context->now_us;
	if (merge(&fleet, given, err) != 0 || store_begin(context->store, err) != 0)
		return -1;
	if (fleet_put(context->store, &fleet, err) != 0) {
		store_rollback(context->store);
		return -1;
	}
	return store_commit(context->store, err);
}

static int
remove_fleet(struct context *context, const char *name, struct err *err)
{
	int removed;

	if (context_store(context, STORE_WRITE, err) != 0 || store_begin(context->store, err) != 0)
		return -1;
	removed = fleet_remove(context->store, name, err);
	if (removed <= 0) {
		store_rollback(context->store);
		return removed < 0 ? -1 : err_set(err, ERR_MISSING, "there is no fleet '%s'", name);
	}
	return store_commit(context->store, err);
}

/* The report of that name is the list. */
static int
list_fleets(struct context *context, enum answer_format format, struct err *err)
{
	struct request request = { .store = NULL };

	return ask_and_print(&report_fleets, context, &request, format, err);
}

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	enum answer_format format;

	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (words == 1 && strcmp(argv[1], "list") == 0)
		return list_fleets(context, format, err);
	if (words == 2 && strcmp(argv[1], "set") == 0)
		return set_fleet(context, argv[2], given, err);
	if (words == 2 && strcmp(argv[1], "remove") == 0)
		return remove_fleet(context, argv[2], err);
	return err_set(err, ERR_INPUT, "say `fleet list`, `fleet set NAME ...` or `fleet remove NAME`");
}

static int
fleet_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	struct arg args[OPTIONS + 10];
	int words, status = 0;
	size_t n = 0;

	for (size_t i = 0; i < OPTIONS; i++)
		args[n++] = (struct arg){ .name = options[i].name, .value = &given.number[i] };
	args[n++] = (struct arg){ .name = "lag_hours", .value = &given.lag_hours };
	args[n++] = (struct arg){ .name = "gpu", .value = &given.gpu };
	args[n++] = (struct arg){ .name = "price_source", .value = &given.price_source };
	args[n++] = (struct arg){ .name = "throughput_source", .value = &given.throughput_source };
	args[n++] = (struct arg){ .name = "scaling", .value = &given.scaling };
	args[n++] = (struct arg){ .name = "measured", .flag = &given.measured };
	args[n++] = (struct arg){ .name = "data", .value = &given.data };
	args[n++] = (struct arg){ .name = "config", .value = &given.config };
	args[n++] = (struct arg){ .name = "format", .value = &given.format };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("fleet", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("fleet", &err);
	context_close(&context);
	return status;
}

const struct command cmd_fleet = {
	.name = "fleet",
	.summary = "the GPUs that self-hosting would take",
	.usage = "list | set NAME [options] | remove NAME   [--data DIR]\n\n"
		 "  set keeps what is not named; a new fleet needs --gpu-hour and --throughput-tok-s\n"
		 "  --gpu NAME               accelerator, as in \"H100 SXM\"\n"
		 "  --gpu-hour USD           price of one GPU for an hour; --price-source says from where\n"
		 "  --gpus-per-replica N     GPUs that serve one copy of the model\n"
		 "  --throughput-tok-s N     input and output tokens a second of one replica when saturated;\n"
		 "                           --measured when it was, --throughput-source says where\n"
		 "  --headroom SHARE         share of it that keeps the latency promise\n"
		 "  --redundancy N, --min-replicas N, --scaling always_on|autoscale, --lag-hours H\n"
		 "  --ops-month USD          people; not said: self_hosted.ops_month of the configuration\n"
		 "  --fixed-month USD, --per-mtok USD, --upfront USD, --hours-month H\n",
	.example = "breakeven fleet set h100-pair --gpu \"H100 SXM\" --gpu-hour 2.50 --gpus-per-replica 2 "
		   "--throughput-tok-s 3000",
	.run = fleet_command,
};
