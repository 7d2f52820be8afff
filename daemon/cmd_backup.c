/*
 * breakeven backup FILE: a checked copy of the ledger, while it is in use.
 */
#include <stdio.h>

#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/plain.h"
#include "daemon/report/answer.h"

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
	return plain_run(&(struct plain_command){ "backup", "one file for the copy", run_backup }, argc, argv);
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
