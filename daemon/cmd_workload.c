/*
 * breakeven workload: what each workload of the ledger is compared with.
 */
#include <stddef.h>
#include <stdio.h>

#include "daemon/args.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/reports.h"
#include "daemon/rows.h"
#include "daemon/store/prices.h"
#include "daemon/store/workloads.h"
#include "models/units/err.h"

struct options {
	const char *owner, *closed_provider, *closed_model, *fleet;
};

/* What was not named stays as it was. */
/* A model may be named before its price is imported; until then nothing can be compared, and that is said. */
static int
warn_unpriced(struct context *context, const struct workload *workload, struct err *err)
{
	struct prices *prices = prices_load(context->store, err);
	struct price_question question = { .provider = text_of(workload->closed_provider),
		.model = text_of(workload->closed_model),
		.at_us = context->now_us };
	struct price_found found;

	if (prices == NULL)
		return -1;
	prices_find(prices, &question, &found);
	if (found.row == NULL || found.row->state != PRICE_PRICED)
		fprintf(stderr,
			"breakeven workload: no price by use is known for '%s%s%s': until one is imported '%s' cannot be compared\n",
			workload->closed_provider, workload->closed_provider[0] == '\0' ? "" : "/",
			workload->closed_model, workload->name);
	prices_free(prices);
	return 0;
}

static int
set_workload(struct context *context, const void *what, struct err *err)
{
	const struct rows_given *given = what;
	const struct options *options = given->options;
	struct workload workload;
	int found = workload_get(context->store, given->name, context->arena, &workload, err);

	if (found < 0)
		return -1;
	if (!found)
		workload = (struct workload){ given->name, "", "", "", "", 0 };
	workload.owner = options->owner != NULL ? options->owner : workload.owner;
	workload.closed_provider =
		options->closed_provider != NULL ? options->closed_provider : workload.closed_provider;
	workload.closed_model = options->closed_model != NULL ? options->closed_model : workload.closed_model;
	workload.fleet = options->fleet != NULL ? options->fleet : workload.fleet;
	workload.changed_us = context->now_us;
	if (options->closed_provider != NULL || options->closed_model != NULL)
		if (warn_unpriced(context, &workload, err) != 0)
			return -1;
	return workload_put(context->store, &workload, err);
}

static int
remove_workload(struct context *context, const void *what, struct err *err)
{
	const struct rows_given *given = what;
	int removed = workload_remove(context->store, given->name, err);

	if (removed == 0)
		return err_set(err, ERR_MISSING, "nothing is set for a workload '%s'", given->name);
	return removed < 0 ? -1 : 0;
}

static int
workload_command(int argc, char **argv)
{
	static const struct rows_command rows = { "workload", &report_workloads, set_workload, remove_workload };
	struct err err;
	struct options options = { .owner = NULL };
	struct rows_given given = { .options = &options };
	const struct arg args[] = {
		{ .name = "owner", .value = &options.owner },
		{ .name = "closed_provider", .value = &options.closed_provider },
		{ .name = "closed_model", .value = &options.closed_model },
		{ .name = "fleet", .value = &options.fleet },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	int words;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("workload", &err);
	return rows_act(&rows, &given, words, argv);
}

const struct command cmd_workload = {
	.name = "workload",
	.summary = "what each workload is compared with",
	.usage =
		"list | set NAME [options] | remove NAME   [--data DIR]\n\n"
		"  set keeps what is not named\n"
		"  --closed-provider P, --closed-model M   the API that stands for the closed side\n"
		"  --fleet NAME                            the fleet that would carry it (see `breakeven help fleet`)\n"
		"  --owner NAME                            who answers for it\n",
	.example = "breakeven workload set chat --closed-provider anthropic --closed-model claude-sonnet-4-5",
	.run = workload_command,
};
