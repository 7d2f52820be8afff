/*
 * breakeven restore FILE: put a backup in the place of the ledger.
 */
#include <limits.h>
#include <stdio.h>

#include "daemon/access/access.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/plain.h"
#include "daemon/report/answer.h"
#include "models/units/err.h"

/* What was revoked since the backup was made stays revoked; where that cannot be told, the answer says so. */
static void
carry_revoked(struct context *context, const char *kept, struct answer *answer)
{
	struct err err;
	struct store *before = store_open(kept, STORE_READ, &err);
	int revoked = before == NULL ? -1 : access_carry_revoked(before, context->store, &err);

	if (revoked < 0)
		answer_note(answer,
			"which access tokens were revoked before cannot be told (%s): see `breakeven token list`",
			err.text);
	else if (revoked > 0)
		answer_note(answer, "access tokens that were revoked since the backup stay revoked: %d", revoked);
	store_close(before);
}

static int
run_restore(struct context *context, const char *file, enum answer_format format, struct err *err)
{
	struct answer *answer = answer_new(context->arena);
	char kept[PATH_MAX];

	if (store_restore(context->settings.data, file, kept, sizeof(kept), err) != 0 ||
		context_store(context, STORE_WRITE, err) != 0)
		return -1;
	answer_headline(answer, "%s now holds what %s holds", store_path(context->store), file);
	answer_fact(answer, "ledger", "", value_text(answer, store_path(context->store)));
	answer_fact(answer, "kept", "", value_text(answer, kept[0] == '\0' ? NULL : kept));
	if (kept[0] != '\0') {
		answer_note(answer, "what was there before is kept as %s", kept);
		carry_revoked(context, kept, answer);
	}
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

static int
restore(int argc, char **argv)
{
	return plain_run(&(struct plain_command){ "restore", "one backup to restore", run_restore }, argc, argv);
}

const struct command cmd_restore = {
	.name = "restore",
	.summary = "put a backup in the place of the ledger",
	.usage = "FILE [--data DIR] [--config FILE] [--format text|json|csv]\n"
		 "\n"
		 "The backup is checked first. A ledger that another program has open is not touched; what the ledger\n"
		 "held before is kept beside it.\n",
	.example = "breakeven backup /tmp/ledger.db && breakeven restore /tmp/ledger.db",
	.run = restore,
};
