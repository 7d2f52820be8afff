/*
 * breakeven reprice: what the prices that are known now would change, and, confirmed, the change.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/report/reports.h"
#include "daemon/serve/reprice.h"
#include "models/units/err.h"

#define FIELDS 6

struct given {
	const char *data, *config, *format;
	const char *field[FIELDS]; /* in the order of reprice_fields; the last by the flag */
	int resume, list;
};

static int
act(struct context *context, struct given *given, int words, struct err *err)
{
	struct request all = { .store = NULL };
	struct edit_field fields[FIELDS];
	enum answer_format format;
	struct answer *answer;
	struct edit edit;

	if (words > 0)
		return err_set(err, ERR_INPUT, "a word too many; say what is meant with options");
	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (given->list)
		return ask_and_print(&report_repricings, context, &all, format, err);
	edit = (struct edit){ .arena = context->arena,
		.clock = { &context->zone, context->now_us },
		.settings = &context->settings,
		.who = "command line",
		.fields = fields };
	given->field[FIELDS - 1] = given->resume ? "yes" : NULL;
	for (size_t i = 0; i < reprice_fields_n; i++)
		if (given->field[i] != NULL)
			fields[edit.n++] = (struct edit_field){ reprice_fields[i], given->field[i] };
	/* The built-in prices of this program count too. */
	if (context_store(context, STORE_WRITE, err) != 0 || ingest_prepare(context->store, context->now_us, err) != 0)
		return -1;
	edit.store = context->store;
	answer = answer_new(context->arena);
	if (reprice_answer(&edit, NULL, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

static int
reprice_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	struct arg args[FIELDS + 5];
	int words, status = 0;
	size_t n = 0;

	for (size_t i = 0; i + 1 < reprice_fields_n; i++)
		args[n++] = (struct arg){ .name = reprice_fields[i], .value = &given.field[i] };
	args[n++] = (struct arg){ .name = "resume", .flag = &given.resume };
	args[n++] = (struct arg){ .name = "list", .flag = &given.list };
	args[n++] = (struct arg){ .name = "data", .value = &given.data };
	args[n++] = (struct arg){ .name = "config", .value = &given.config };
	args[n++] = (struct arg){ .name = "format", .value = &given.format };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("reprice", &err);
	if (act(&context, &given, words, &err) != 0)
		status = command_fail("reprice", &err);
	context_close(&context);
	return status;
}

const struct command cmd_reprice = {
	.name = "reprice",
	.summary = "what today's prices would change, and the change",
	.usage = "[--from TIME] [--to TIME] [--provider P] [--model M] [--confirm DIGEST] | --resume | --list\n"
		 "               [--data DIR] [--config FILE] [--format text|json|csv]\n\n"
		 "  Lines keep the price that they were taken with. Without --confirm this only shows what the prices\n"
		 "  that are known now would change, by month and model; nothing is written\n"
		 "  --confirm DIGEST  do it, when exactly that would change which was shown with this digest\n"
		 "  --resume          go on with a repricing that was cut off, with the prices that were confirmed\n"
		 "  --list            the repricings there were\n"
		 "  Closed months stay as they are (`breakeven help month`); every repricing is in `report audit`\n",
	.example = "breakeven reprice --from 2026-08-01 --model gpt-4o",
	.run = reprice_command,
};
