/*
 * breakeven rule: who usage belongs to.
 */
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/change.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/attribution.h"
#include "daemon/report/reports.h"
#include "models/units/err.h"

#define FIELDS 16 /* room for all of rule_fields */

struct given {
	const char *data, *config, *format, *at;
	const char *field[FIELDS]; /* in the order of rule_fields */
};

static int
change(struct context *context, const struct given *given, editor *run, const char *name, enum answer_format format,
	struct err *err)
{
	struct edit_field fields[FIELDS];
	struct change change = { .run = run, .name = name, .fields = fields, .format = format };

	for (size_t i = 0; i < rule_fields_n; i++)
		if (given->field[i] != NULL)
			fields[change.n++] = (struct edit_field){ rule_fields[i], given->field[i] };
	return change_and_print(context, &change, err);
}

/* The report's parameters are the conditions of a rule and `at`. */
static int
test(struct context *context, const struct given *given, enum answer_format format, struct err *err)
{
	const struct report *report = &report_rule_test;
	struct request request = { .store = NULL };

	for (size_t i = 0; report->params[i].name != NULL; i++)
		for (size_t k = 0; k < rule_fields_n; k++)
			if (strcmp(report->params[i].name, rule_fields[k]) == 0)
				request.values[i] = given->field[k];
			else if (strcmp(report->params[i].name, "at") == 0)
				request.values[i] = given->at;
	return ask_and_print(report, context, &request, format, err);
}

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	const char *verb = words > 0 ? argv[1] : "";
	struct request all = { .store = NULL };
	enum answer_format format;

	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	if (words == 1 && strcmp(verb, "list") == 0)
		return ask_and_print(&report_rules, context, &all, format, err);
	if (words == 1 && strcmp(verb, "add") == 0)
		return change(context, given, rule_add, NULL, format, err);
	if (words == 2 && strcmp(verb, "set") == 0)
		return change(context, given, rule_change, argv[2], format, err);
	if (words == 2 && strcmp(verb, "remove") == 0)
		return change(context, given, rule_drop, argv[2], format, err);
	if (words == 1 && strcmp(verb, "test") == 0)
		return test(context, given, format, err);
	return err_set(err, ERR_INPUT,
		"say `rule list`, `rule add ...`, `rule set ID ...`, `rule remove ID` or `rule test ...`");
}

static int
rule_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	struct arg args[FIELDS + 5];
	int words, status = 0;
	size_t n = 0;

	for (size_t i = 0; i < rule_fields_n; i++)
		args[n++] = (struct arg){ .name = rule_fields[i], .value = &given.field[i] };
	args[n++] = (struct arg){ .name = "at", .value = &given.at };
	args[n++] = (struct arg){ .name = "data", .value = &given.data };
	args[n++] = (struct arg){ .name = "config", .value = &given.config };
	args[n++] = (struct arg){ .name = "format", .value = &given.format };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("rule", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("rule", &err);
	context_close(&context);
	return status;
}

const struct command cmd_rule = {
	.name = "rule",
	.summary = "who usage belongs to: workload, team, cost centre",
	.usage =
		"list | add CONDITIONS GIFTS | set ID [CONDITIONS] [GIFTS] | remove ID | test [NAMES] [--at TIME]\n"
		"             [--data DIR] [--config FILE] [--format text|json|csv]\n\n"
		"  Rules are asked in their order whenever usage is read, so a change needs no new import. Each of\n"
		"  workload, team and cost centre is given by the first rule that matches and gives it; what no rule\n"
		"  gives stays the workload that the source said, or is shown as (none).\n\n"
		"  conditions: --account P --project P --key P --provider P --model P --service-tier P --tag P\n"
		"              --said-workload P; all that are named must hold. In P '*' stands for anything;\n"
		"              '(none)' means that nothing was said; --tag holds when one of the tags fits;\n"
		"              --said-workload, for team and cost centre, also holds for a workload that a rule gave\n"
		"              of GPU-hours the device is the key and the product the model\n"
		"  gifts:      --workload W --team T --cost-centre C; '(none)' makes it nobody's\n"
		"              --counts no keeps the calls and leaves them out of all sums: of calls that two sources\n"
		"              tell; --counts yes keeps them in whatever later rules say\n"
		"  --from TIME, --to TIME   only calls of that time; a date, RFC 3339, or such as -30d\n"
		"  --position N             the place in the order, 1 is asked first; without it a new rule is last\n"
		"  --note TEXT              why\n"
		"  set         keeps what is not named; an empty text takes a condition or gift away\n"
		"  test        what a call of these names would be given, and by which rule\n",
	.example = "breakeven rule add --project 'proj_9*' --workload chat --team support --cost-centre 4711",
	.run = rule_command,
};
