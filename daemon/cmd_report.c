/*
 * breakeven report NAME: any question of the dashboard, in the terminal.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/ask.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "models/units/err.h"

enum { COMMON_ARGS = 4 };

/* Words in lines of at most a hundred columns, each line from column `indent` on. */
static void
print_folded(const char *text, size_t indent)
{
	size_t at = indent;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (at > indent && at + 1 + n > 100) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		}
		at += (size_t)printf("%s%.*s", at > indent ? " " : "", (int)n, text);
		text += n + (text[n] == ' ');
	}
	printf("\n");
}

/* Parameters with dashes, as a hand types them; the underscores of an address are understood as well. */
static void
print_params(const struct report *report, const char *indent)
{
	for (const struct param *param = report->params; param->name != NULL; param++) {
		char option[32], text[512];

		snprintf(text, sizeof(text), "%s%s%s", param->kind == PARAM_CHOICE ? param->choices : "",
			param->kind == PARAM_CHOICE ? ": " : "", param->text);
		snprintf(option, sizeof(option), "%s", param->name);
		for (char *c = strchr(option, '_'); c != NULL; c = strchr(c, '_'))
			*c = '-';
		print_folded(text, (size_t)printf("%s--%-18s ", indent, option));
	}
}

static bool
asks_list(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--list") == 0)
			return true;
	return false;
}

static void
print_list(void)
{
	for (size_t i = 0; reports[i] != NULL; i++) {
		printf("%-12s %s\n", reports[i]->name, reports[i]->title);
		print_params(reports[i], "    ");
	}
}

/* Lines for people, piped or not; an answer for who asks by the form's name. */
static int
list_reports(int argc, char **argv)
{
	const char *data, *config, *format_name = NULL;
	int list, words;
	const struct arg args[] = { { .name = "list", .flag = &list }, { .name = "format", .value = &format_name },
		{ .name = "data", .value = &data }, { .name = "config", .value = &config }, { .name = NULL } };
	enum answer_format format;
	struct arena *arena;
	struct answer *answer;
	struct err err;

	if (args_read(args, argc, argv, &words, &err) != 0 || args_format(format_name, &format, &err) != 0)
		return command_fail("report", &err);
	if (words > 0) {
		err_set(&err, ERR_INPUT, "'%s' is one word too many beside --list", argv[1]);
		return command_fail("report", &err);
	}
	if (format_name == NULL || format == ANSWER_TEXT) {
		print_list();
		return 0;
	}
	arena = arena_new();
	if (arena == NULL) {
		err_set(&err, ERR_OUTSIDE, "no memory");
		return command_fail("report", &err);
	}
	answer = answer_new(arena);
	reports_list(answer);
	fputs(answer_print(answer, format, NULL), stdout);
	arena_free(arena);
	return 0;
}

static int
help_on(const char *name)
{
	struct err err;
	const struct report *report = report_find(name, &err);

	if (report == NULL)
		return command_fail("report", &err);
	printf("usage: breakeven report %s [options]\n\n  %s\n\n", report->name, report->title);
	print_params(report, "  ");
	printf("  --format             text (on a terminal), json (elsewhere) or csv\n"
	       "  --data, --config     folder of the ledger; file with settings\n");
	return 0;
}

/*
 * The report's name is the first word that is neither an option nor an option's value; every option of a report
 * takes a value.
 */
static const struct report *
named_report(int argc, char **argv, struct err *err)
{
	int at = 1;

	while (at < argc && strncmp(argv[at], "--", 2) == 0)
		at += strchr(argv[at], '=') == NULL ? 2 : 1;
	if (at >= argc) {
		err_set(err, ERR_INPUT, "name a report, as in `breakeven report usage --by model`; --list shows them");
		return NULL;
	}
	return report_find(argv[at], err);
}

static int
report_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct request request = { .store = NULL };
	struct arg args[COMMON_ARGS + REPORT_PARAMS_MAX + 1];
	const char *data = NULL, *config = NULL, *format_name = NULL;
	const struct report *report;
	enum answer_format format = ANSWER_TEXT;
	int words, n = 0, status = 0;

	if (asks_list(argc, argv))
		return list_reports(argc, argv);
	report = named_report(argc, argv, &err);
	if (report == NULL)
		return command_fail("report", &err);
	args[n++] = (struct arg){ .name = "data", .value = &data };
	args[n++] = (struct arg){ .name = "config", .value = &config };
	args[n++] = (struct arg){ .name = "format", .value = &format_name };
	for (int i = 0; report->params[i].name != NULL; i++)
		args[n++] = (struct arg){ .name = report->params[i].name, .value = &request.values[i] };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("report", &err);
	if (words > 1) {
		err_set(&err, ERR_INPUT, "'%s' is one word too many after '%s'", argv[2], report->name);
		return command_fail("report", &err);
	}
	if (args_format(format_name, &format, &err) != 0)
		return command_fail("report", &err);
	if (context_open(&context, config, data, &err) != 0 ||
		ask_and_print(report, &context, &request, format, &err) != 0)
		status = command_fail("report", &err);
	context_close(&context);
	return status;
}

const struct command cmd_report = {
	.name = "report",
	.summary = "answer a question from the ledger",
	.usage = "NAME [--from T] [--to T] [--by GROUPS] [...] [--format text|json|csv]\n"
		 "                            [--data DIR] [--config FILE]\n"
		 "       breakeven report --list [--format json|csv]\n\n"
		 "  --list     all reports with their parameters; `breakeven help report NAME` shows those of one\n"
		 "  --format   text (on a terminal), json (elsewhere) or csv\n"
		 "  --data     folder of the ledger\n",
	.example = "breakeven report --list | grep -A 10 ^usage",
	.help = help_on,
	.run = report_command,
};
