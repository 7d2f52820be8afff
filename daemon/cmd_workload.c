/*
 * breakeven workload: what each workload of the ledger is compared with.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/workloads.h"
#include "models/units/err.h"

struct given {
	const char *data, *config, *format;
	const char *owner, *closed_provider, *closed_model, *fleet;
};

static int
set_workload(struct context *context, const char *name, const struct given *given, struct err *err)
{
	struct workload workload;
	int found;

	if (context_store(context, STORE_WRITE, err) != 0)
		return -1;
	found = workload_get(context->store, name, context->arena, &workload, err);
	if (found < 0)
		return -1;
	if (!found)
		workload = (struct workload){ name, "", "", "", "", 0 };
	workload.owner = given->owner != NULL ? given->owner : workload.owner;
	workload.closed_provider = given->closed_provider != NULL ? given->closed_provider : workload.closed_provider;
	workload.closed_model = given->closed_model != NULL ? given->closed_model : workload.closed_model;
	workload.fleet = given->fleet != NULL ? given->fleet : workload.fleet;
	workload.changed_us = context->now_us;
	if (store_begin(context->store, err) != 0)
		return -1;
	if (workload_put(context->store, &workload, err) != 0) {
		store_rollback(context->store);
		return -1;
	}
	return store_commit(context->store, err);
}

static int
remove_workload(struct context *context, const char *name, struct err *err)
{
	int removed;

	if (context_store(context, STORE_WRITE, err) != 0 || store_begin(context->store, err) != 0)
		return -1;
	removed = workload_remove(context->store, name, err);
	if (removed <= 0) {
		store_rollback(context->store);
		return removed < 0 ? -1 : err_set(err, ERR_MISSING, "nothing is set for a workload '%s'", name);
	}
	return store_commit(context->store, err);
}

/* The report of that name is the list. */
static int
list_workloads(struct context *context, enum answer_format format, struct err *err)
{
	struct request request = { .store = NULL };

	return ask_and_print(&report_workloads, context, &request, format, err);
}

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	enum answer_format format;

	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (words == 1 && strcmp(argv[1], "list") == 0)
		return list_workloads(context, format, err);
	if (words == 2 && strcmp(argv[1], "set") == 0)
		return set_workload(context, argv[2], given, err);
	if (words == 2 && strcmp(argv[1], "remove") == 0)
		return remove_workload(context, argv[2], err);
	return err_set(err, ERR_INPUT, "say `workload list`, `workload set NAME ...` or `workload remove NAME`");
}

static int
workload_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	const struct arg args[] = {
		{ .name = "owner", .value = &given.owner },
		{ .name = "closed_provider", .value = &given.closed_provider },
		{ .name = "closed_model", .value = &given.closed_model },
		{ .name = "fleet", .value = &given.fleet },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("workload", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("workload", &err);
	context_close(&context);
	return status;
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
