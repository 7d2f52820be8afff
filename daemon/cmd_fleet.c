/*
 * breakeven fleet: the self-hosted options that break-even is asked for.
 */
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/fleet_fields.h"
#include "daemon/report/reports.h"
#include "daemon/rows.h"
#include "daemon/store/fleet.h"
#include "models/units/err.h"
#include "models/units/money.h"

struct given {
	const char *field[FLEET_NUMBERS + 5]; /* in the order of fleet_fields */
	int measured;
};

/* What was not given stays as it was, or as the defaults have it. */
static int
merge(struct fleet_row *fleet, const struct given *given, struct err *err)
{
	for (size_t i = 0; i < sizeof(given->field) / sizeof(given->field[0]); i++)
		if (given->field[i] != NULL && fleet_take(fleet, fleet_fields[i], given->field[i], err) != 0)
			return err_in(err, "fleet");
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
		if (given->field[1] == NULL || given->field[2] == NULL)
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
	struct given given = { .measured = 0 };
	struct rows_given typed = { .options = &given };
	struct arg args[FLEET_NUMBERS + 10];
	size_t n = 0;
	int words;

	for (size_t i = 0; i < sizeof(given.field) / sizeof(given.field[0]); i++)
		args[n++] = (struct arg){ .name = fleet_fields[i], .value = &given.field[i] };
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
		 "                           --measured when it was, --throughput-source says where;\n"
		 "                           --throughput-low-tok-s, --throughput-high-tok-s its band\n"
		 "  --headroom SHARE         share of it that keeps the latency promise\n"
		 "  --redundancy N, --min-replicas N, --scaling always_on|autoscale, --lag-hours H\n"
		 "  --ops-month USD          people; not said: self_hosted.ops_month of the configuration\n"
		 "  --fixed-month USD, --per-mtok USD, --upfront USD, --hours-month H\n",
	.example = "breakeven fleet set h100-pair --gpu \"H100 SXM\" --gpu-hour 2.50 --gpus-per-replica 2 "
		   "--throughput-tok-s 3000",
	.run = fleet_command,
};
