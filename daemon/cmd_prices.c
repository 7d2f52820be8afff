/*
 * breakeven prices: price catalogues are reviewed before they count, applied from a date on, and can be taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/base/arena.h"
#include "daemon/change.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/report/reports.h"
#include "daemon/serve/catalogues.h"
#include "models/units/err.h"

struct given {
	const char *data, *config, *format, *from, *collector;
	int keep_ended, dry_run;
};

/* A file that is given. */
static int
review_file(struct context *context, const struct given *given, const char *path, enum answer_format format,
	struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct catalogue_given catalogue = { .name = slash == NULL || slash[1] == '\0' ? path : slash + 1,
		.collector = given->collector,
		.now_us = context->now_us,
		.dry_run = given->dry_run };
	struct edit edit = { .arena = context->arena, .clock = { &context->zone, context->now_us } };
	struct answer *answer = answer_new(context->arena);
	struct ingest_file *file;
	struct input input;
	char *bytes;
	int status = -1;

	if ((file = ingest_file_open(path, &input, err)) == NULL)
		return -1;
	bytes = ingest_whole(&input, &catalogue.n, err);
	if (bytes != NULL && context_store(context, STORE_WRITE, err) == 0) {
		edit.store = context->store;
		catalogue.bytes = bytes;
		status = catalogues_review(&edit, &catalogue, answer, err);
	}
	if (status == 0)
		fputs(answer_print(answer, format, NULL), stdout);
	free(bytes);
	ingest_file_close(file);
	return status;
}

/* "3" is a catalogue that waits, anything else a file. */
static int
is_number(const char *word)
{
	return word[0] != '\0' && strspn(word, "0123456789") == strlen(word);
}

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	const char *verb = words > 0 ? argv[1] : "", *word = words > 1 ? argv[2] : NULL;
	struct edit_field fields[2];
	struct change change = { .name = word, .fields = fields };
	struct request all = { .store = NULL };

	if (args_format(given->format, &change.format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (given->from != NULL)
		fields[change.n++] = (struct edit_field){ "from", given->from };
	if (given->keep_ended)
		fields[change.n++] = (struct edit_field){ "keep_ended", "yes" };
	if (words == 1 && strcmp(verb, "history") == 0)
		return ask_and_print(&report_catalogues, context, &all, change.format, err);
	if (words == 2 && strcmp(verb, "review") == 0 && !is_number(word))
		return review_file(context, given, word, change.format, err);
	change.run = strcmp(verb, "review") == 0 ? catalogues_look
		: strcmp(verb, "apply") == 0     ? catalogues_apply
		: strcmp(verb, "undo") == 0      ? catalogues_undo
		: strcmp(verb, "dismiss") == 0   ? catalogues_dismiss
						 : NULL;
	if (change.run == NULL || words < 1 || words > 2)
		return err_set(err, ERR_INPUT,
			"say `prices review [FILE|ID]`, `prices apply [ID]`, `prices undo [ID]`, `prices dismiss [ID]` or "
			"`prices history`");
	return change_and_print(context, &change, err);
}

static int
prices_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	const struct arg args[] = {
		{ .name = "from", .value = &given.from },
		{ .name = "collector", .value = &given.collector },
		{ .name = "keep_ended", .flag = &given.keep_ended },
		{ .name = "dry_run", .flag = &given.dry_run },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("prices", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("prices", &err);
	context_close(&context);
	return status;
}

const struct command cmd_prices = {
	.name = "prices",
	.summary = "review price catalogues, apply them, take them back",
	.usage =
		"review [FILE|ID] | apply [ID] [--from TIME] [--keep-ended] | undo [ID] | dismiss [ID] | history\n"
		"               [--collector NAME] [--dry-run] [--data DIR] [--config FILE] [--format text|json|csv]\n\n"
		"  review   FILE: read a catalogue whole, show what it would change (new, changed, ended; by how\n"
		"           much) and let it wait; --dry-run only shows. Without FILE, or with an ID: one that waits\n"
		"  apply    the one that waits. What costs otherwise does so from --from on (without it: today);\n"
		"           what the catalogue has no more ends then, unless --keep-ended\n"
		"  undo     the one that was applied last, or the one of that ID: what stood before stands again\n"
		"  dismiss  the one that waits, without a change\n"
		"  history  every catalogue that came, and what became of it\n"
		"  A catalogue that cannot be read changes nothing. Formats: `breakeven collect --list`, prices-...;\n"
		"  `collect` takes one at once, without a review\n",
	.example = "printf 'provider,model,in_uncached,out_visible\\nhouse,own-8b,0.2,0.6\\n' |\n"
		   "    breakeven prices review - --dry-run",
	.run = prices_command,
};
