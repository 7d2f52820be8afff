/*
 * breakeven doctor: explain a zero or a wrong number.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/ask.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/plain.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"

/* 1 when a check failed, 0 when none did, -1 with *err. */
static int
examine(struct context *context, const char *word, enum answer_format format, struct err *err)
{
	struct request request = { .store = NULL };
	const struct answer *answer;

	(void)word;
	for (size_t i = 0; report_doctor.params[i].name != NULL; i++)
		if (strcmp(report_doctor.params[i].name, "deep") == 0)
			request.values[i] = "yes";
	answer = ask(&report_doctor, context, &request, err);
	if (answer == NULL)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return value_as_number(answer_get(answer, "wrong")) > 0;
}

static int
doctor_command(int argc, char **argv)
{
	return plain_run(&(struct plain_command){ "doctor", NULL, examine }, argc, argv);
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
