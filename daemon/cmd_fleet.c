/*
 * breakeven fleet: the self-hosted options that break-even is asked for.
 */
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/reports.h"
#include "daemon/rows.h"
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
set_fleet(struct context *context, const void *what, struct err *err)
{
	const struct rows_given *rows = what;
	const struct given *given = rows->options;
	struct fleet_row fleet;
	int found = fleet_get(context->store, rows->name, context->arena, &fleet, err);

	if (found < 0)
		return -1;
	if (!found) {
		if (given->number[1] == NULL || given->number[2] == NULL)
			return err_set(err, ERR_INPUT, "a new fleet needs --gpu-hour and --throughput-tok-s");
		memset(&fleet, 0, sizeof(fleet));
		fleet_defaults(&fleet);
		fleet.name = rows->name;
		/* People are the most forgotten cost: not said is not zero. */
		fleet.ops_month_nano = (int64_t)(context->settings.self_hosted.ops_month * 1e9 + 0.5);
	}
	fleet.changed_us = context->now_us;
	return merge(&fleet, given, err) == 0 ? fleet_put(context->store, &fleet, err) : -1;
}

static int
remove_fleet(struct context *context, const void *what, struct err *err)
{
	const struct rows_given *rows = what;
	int removed = fleet_remove(context->store, rows->name, err);

	if (removed == 0)
		return err_set(err, ERR_MISSING, "there is no fleet '%s'", rows->name);
	return removed < 0 ? -1 : 0;
}

static int
fleet_command(int argc, char **argv)
{
	static const struct rows_command rows = { "fleet", &report_fleets, set_fleet, remove_fleet };
	struct err err;
	struct given given = { .gpu = NULL };
	struct rows_given typed = { .options = &given };
	struct arg args[OPTIONS + 10];
	size_t n = 0;
	int words;

	for (size_t i = 0; i < OPTIONS; i++)
		args[n++] = (struct arg){ .name = options[i].name, .value = &given.number[i] };
	args[n++] = (struct arg){ .name = "lag_hours", .value = &given.lag_hours };
	args[n++] = (struct arg){ .name = "gpu", .value = &given.gpu };
	args[n++] = (struct arg){ .name = "price_source", .value = &given.price_source };
	args[n++] = (struct arg){ .name = "throughput_source", .value = &given.throughput_source };
	args[n++] = (struct arg){ .name = "scaling", .value = &given.scaling };
	args[n++] = (struct arg){ .name = "measured", .flag = &given.measured };
	args[n++] = (struct arg){ .name = "data", .value = &typed.data };
	args[n++] = (struct arg){ .name = "config", .value = &typed.config };
	args[n++] = (struct arg){ .name = "format", .value = &typed.format };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("fleet", &err);
	return rows_act(&rows, &typed, words, argv);
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
