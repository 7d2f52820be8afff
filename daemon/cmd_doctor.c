/*
 * breakeven doctor: explain a zero or a wrong number.
 */
#include <stdio.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/report.h"
#include "models/units/err.h"

/* 1 when a check failed, 0 when none did, -1 with *err. */
static int
examine(struct context *context, enum answer_format format, struct err *err)
{
	const struct report *report = report_find("doctor", err);
	struct request request = { .store = NULL };
	const struct answer *answer;

	if (report == NULL)
		return -1;
	for (size_t i = 0; report->params[i].name != NULL; i++)
		request.values[i] = "yes"; /* deep is its only parameter */
	answer = ask(report, context, &request, err);
	if (answer == NULL)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return value_as_number(answer_get(answer, "wrong")) > 0;
}

static int
doctor_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	const char *data = NULL, *config = NULL, *format_name = NULL;
	const struct arg args[] = { { .name = "data", .value = &data }, { .name = "config", .value = &config },
		{ .name = "format", .value = &format_name }, { .name = NULL } };
	enum answer_format format;
	int words, status;

	if (args_read(args, argc, argv, &words, &err) != 0 || args_format(format_name, &format, &err) != 0)
		return command_fail("doctor", &err);
	if (words > 0) {
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[1]);
		return command_fail("doctor", &err);
	}
	status = context_open(&context, config, data, &err) == 0 ? examine(&context, format, &err) : -1;
	context_close(&context);
	return status < 0 ? command_fail("doctor", &err) : status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "explain a zero or a wrong number",
	.usage =
		"[--format text|json|csv] [--data DIR] [--config FILE]\n\n"
		"  Looks at coverage, gaps, the clock, prices (missing and stale), attribution, refused and conflicting rows,\n"
		"  the file itself and every rollup. Changes nothing. Ends with 1 when something is wrong.\n",
	.example = "breakeven doctor",
	.run = doctor_command,
};
