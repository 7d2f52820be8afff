/*
 * breakeven: the table of subcommands and the only exit().
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/version.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/report/report.h"
#include "models/units/nearest.h"

static const struct command *const commands[] = {
	&cmd_demo,
	&cmd_collect,
	&cmd_serve,
	&cmd_source,
	&cmd_report,
	&cmd_price,
	&cmd_solve,
	&cmd_throughput,
	&cmd_bench,
	&cmd_fleet,
	&cmd_workload,
	&cmd_prices,
	&cmd_rule,
	&cmd_month,
	&cmd_reprice,
	&cmd_config,
	&cmd_token,
	&cmd_doctor,
	&cmd_backup,
	&cmd_restore,
	&cmd_check,
	NULL,
};

static void
print_commands(FILE *stream)
{
	fprintf(stream, "usage: breakeven COMMAND [options]\n\n");
	for (int i = 0; commands[i] != NULL; i++)
		fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(stream, "\n`breakeven help COMMAND` says more.\n");
}

static const struct command *
find_command(const char *name)
{
	for (int i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* What was most likely meant; a report's name alone is a question to be asked with `report`. */
static int
unknown_command(const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (int i = 0; commands[i] != NULL; i++)
		nearest_offer(&nearest, commands[i]->name);
	fprintf(stderr, "breakeven: there is no command '%s'", name);
	for (size_t i = 0; reports[i] != NULL; i++)
		if (strcmp(reports[i]->name, name) == 0) {
			fprintf(stderr, "; `breakeven report %s` is a report\n", name);
			return 2;
		}
	if (nearest_found(&nearest) != NULL)
		fprintf(stderr, "; the nearest is '%s'\n", nearest_found(&nearest));
	else
		fprintf(stderr, "; `breakeven help` lists them\n");
	return 2;
}

static int
help(const char *name, const char *subject)
{
	const struct command *command = name == NULL ? NULL : find_command(name);

	if (name == NULL) {
		print_commands(stdout);
		return 0;
	}
	if (command == NULL)
		return unknown_command(name);
	if (subject != NULL && subject[0] != '-' && command->help != NULL)
		return command->help(subject);
	printf("usage: breakeven %s %s\nexample:\n  %s\n", command->name, command->usage, command->example);
	return 0;
}

static int
run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_commands(stderr);
		return 2;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		printf("breakeven %s\n", BREAKEVEN_VERSION);
		return 0;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return help(argv[1], argv[2]);
	return command->run(argc - 1, argv + 1);
}

/* Whether standard output is a pipe that nobody reads any more. */
static bool
reader_gone(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

int
main(int argc, char **argv)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = run(argc, argv);
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		/* Whoever read it has seen enough: `| head` is no mistake worth a sentence. */
		if (errno != EPIPE && !reader_gone())
			fprintf(stderr, "breakeven: standard output: cannot be written%s%s\n", errno == 0 ? "" : ": ",
				errno == 0 ? "" : strerror(errno));
		status = status == 0 ? 1 : status;
	}
	exit(status);
}
