/*
 * breakeven: the table of subcommands and the only exit().
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/commands.h"

static const struct command *const commands[] = {
	&cmd_demo,
	&cmd_collect,
	&cmd_serve,
	&cmd_report,
	&cmd_price,
	&cmd_solve,
	&cmd_fleet,
	&cmd_workload,
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

static int
help(const char *name)
{
	const struct command *command = name == NULL ? NULL : find_command(name);

	if (name == NULL) {
		print_commands(stdout);
		return 0;
	}
	if (command == NULL) {
		fprintf(stderr, "breakeven: no command '%s'\n", name);
		print_commands(stderr);
		return 2;
	}
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
		return help(argc > 2 ? argv[2] : NULL);
	command = find_command(argv[1]);
	if (command == NULL)
		return help(argv[1]);
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return help(argv[1]);
	return command->run(argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = run(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "breakeven: standard output: cannot write\n");
		status = status == 0 ? 1 : status;
	}
	exit(status);
}
