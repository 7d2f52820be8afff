/*
 * breakeven month: months that are closed, and what has come for them since.
 */
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/change.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/months.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "models/units/err.h"

struct given {
	const char *data, *config, *format, *note;
	int through;
};

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	const char *verb = words > 0 ? argv[1] : "", *month = words > 1 ? argv[2] : NULL;
	struct edit_field fields[2];
	struct change change = { .name = month, .fields = fields };
	struct request list = { .values = { month } }; /* its first parameter is the month */

	if (args_format(given->format, &change.format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (given->through)
		fields[change.n++] = (struct edit_field){ "through", "yes" };
	if (given->note != NULL)
		fields[change.n++] = (struct edit_field){ "note", given->note };
	if ((words == 1 || words == 2) && strcmp(verb, "list") == 0)
		return ask_and_print(&report_months, context, &list, change.format, err);
	if (words == 2 && strcmp(verb, "close") == 0)
		change.run = months_close;
	else if (words == 2 && strcmp(verb, "reopen") == 0)
		change.run = months_reopen;
	else
		return err_set(
			err, ERR_INPUT, "say `month list`, `month close 2026-08` or `month reopen 2026-08 --note WHY`");
	return change_and_print(context, &change, err);
}

static int
month_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	const struct arg args[] = {
		{ .name = "through", .flag = &given.through },
		{ .name = "note", .value = &given.note },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("month", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("month", &err);
	context_close(&context);
	return status;
}

const struct command cmd_month = {
	.name = "month",
	.summary = "close a month, so that its figures stand",
	.usage = "list [MONTH] | close MONTH [--through] [--note TEXT] | reopen MONTH --note WHY\n"
		 "              [--data DIR] [--config FILE] [--format text|json|csv]\n\n"
		 "  list     every month, whether it is closed, what it came to then and what has come since;\n"
		 "           with a MONTH that is closed also whose it was and which model's\n"
		 "  close    keep what the month came to. Repricing leaves it alone from then on. Lines that come for\n"
		 "           it later are kept; what they change is booked in the next month that is closed\n"
		 "           --through: close all open months before it too\n"
		 "  reopen   the last closed month; what it was closed at stays in `report audit`\n",
	.example = "breakeven month close 2026-08",
	.run = month_command,
};
