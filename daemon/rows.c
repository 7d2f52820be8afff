#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/rows.h"
#include "models/units/err.h"

/* What came of it, as the API says it: the row and what was done. */
static int
change(const struct rows_command *command, struct context *context, const struct rows_given *given, bool removes,
	enum answer_format format, struct err *err)
{
	struct answer *answer;

	if (context_change(context, removes ? command->remove : command->set, given, err) != 0)
		return -1;
	answer = answer_new(context->arena);
	answer_fact(answer, "name", "", value_text(answer, given->name));
	answer_fact(answer, removes ? "removed" : "set", "", value_truth(answer, true));
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

static int
act(const struct rows_command *command, struct context *context, struct rows_given *given, int words, char **argv,
	struct err *err)
{
	struct request request = { .store = NULL };
	enum answer_format format;

	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (words == 1 && strcmp(argv[1], "list") == 0)
		return ask_and_print(command->list, context, &request, format, err);
	given->name = argv[2];
	if (words == 2 && strcmp(argv[1], "set") == 0)
		return change(command, context, given, false, format, err);
	if (words == 2 && strcmp(argv[1], "remove") == 0)
		return change(command, context, given, true, format, err);
	return err_set(err, ERR_INPUT, "say `%s list`, `%s set NAME ...` or `%s remove NAME`", command->noun,
		command->noun, command->noun);
}

int
rows_act(const struct rows_command *command, struct rows_given *given, int words, char **argv)
{
	struct context context = { .store = NULL };
	struct err err;
	int status = 0;

	if (act(command, &context, given, words, argv, &err) != 0)
		status = command_fail(command->noun, &err);
	context_close(&context);
	return status;
}
