/*
 * command: one row per subcommand; main.c is the table, each cmd_*.c one row of it.
 */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

struct command {
	const char *name;    /* "price" */
	const char *summary; /* one line, lower case */
	const char *usage;   /* options and what they mean, several lines, each ended */
	const char *example; /* a command line that works as typed from any folder */
	/* Help on one subject of the command, printed; 0, or the exit status with a sentence said. NULL: has none. */
	int (*help)(const char *subject);
	/* argv[0] is the command's name; returns the exit status: 0, 1 (outside), 2 (input). */
	int (*run)(int argc, char **argv);
};

#endif
