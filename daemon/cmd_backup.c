/*
 * breakeven backup FILE: a checked copy of the ledger, while it is in use.
 */
#include <stdio.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "models/units/err.h"

static int
run_backup(struct context *context, const char *file, enum answer_format format, struct err *err)
{
	struct answer *answer = answer_new(context->arena);
	struct store *copy;

	if (context_store(context, STORE_READ, err) != 0 || store_backup(context->store, file, err) != 0)
		return -1;
	if ((copy = store_open(file, STORE_READ, err)) == NULL)
		return -1;
	answer_headline(answer, "%s is a checked copy of %s", file, store_path(context->store));
	answer_fact(answer, "file", "", value_text(answer, file));
	answer_fact(answer, "bytes", "bytes", value_whole(answer, store_size(copy)));
	answer_fact(answer, "sound", "", value_truth(answer, true));
	store_close(copy);
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

static int
backup(int argc, char **argv)
{
	const char *data = NULL, *config = NULL, *format_name = NULL;
	const struct arg args[] = { { .name = "data", .value = &data }, { .name = "config", .value = &config },
		{ .name = "format", .value = &format_name }, { .name = NULL } };
	struct context context = { .store = NULL };
	enum answer_format format;
	struct err err;
	int words, status = -1;

	if (args_read(args, argc, argv, &words, &err) == 0 && args_format(format_name, &format, &err) == 0) {
		if (words != 1)
			err_set(&err, ERR_INPUT, "name one file for the copy");
		else if (context_open(&context, config, data, &err) == 0)
			status = run_backup(&context, argv[1], format, &err);
	}
	context_close(&context);
	return status == 0 ? 0 : command_fail("backup", &err);
}

const struct command cmd_backup = {
	.name = "backup",
	.summary = "copy the ledger while it is in use, and check the copy",
	.usage = "FILE [--data DIR] [--config FILE] [--format text|json|csv]\n"
		 "\n"
		 "  FILE  must not exist yet; it holds one state of the ledger and needs no other file beside it\n",
	.example = "breakeven backup /tmp/ledger-$(date +%F).db",
	.run = backup,
};
