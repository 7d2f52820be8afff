/*
 * args: the options of one command, declared as a table and read once.
 *
 * "--name VALUE" and "--name=VALUE" are the same, and so are "--gpu-hour" and "--gpu_hour"; "--" ends options; "-" is a word (standard input).
 * A misspelt option is answered with the nearest right one.
 */
#ifndef DAEMON_ARGS_H
#define DAEMON_ARGS_H

#include <stddef.h>

#include "daemon/report/answer.h"

struct err;

struct arg {
	const char *name;    /* "data", without dashes */
	const char **value;  /* set to the last value given; for a list see `values` */
	int *flag;           /* set to 1; an option has value, values or flag */
	const char **values; /* room for `room` values; *count is raised */
	size_t room;
	size_t *count;
};

/*
 * Read argv[1..argc). The words that are no options are left in argv[1..], their number in *words.
 * args ends with a row whose name is NULL. ERR_INPUT for an unknown option or a missing value.
 */
int args_read(const struct arg *args, int argc, char **argv, int *words, struct err *err);

/*
 * The form of the answer: as named by --format, or (name NULL) text on a terminal and JSON anywhere else.
 * ERR_INPUT for an unknown name.
 */
int args_format(const char *name, enum answer_format *format, struct err *err);

/* Print "breakeven COMMAND: text" on standard error and return the exit status that fits. */
int command_fail(const char *command, const struct err *err);

#endif
