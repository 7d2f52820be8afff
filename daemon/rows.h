/*
 * rows: what the commands over a table of named rows share: NOUN list, NOUN set NAME ..., NOUN remove NAME.
 */
#ifndef DAEMON_ROWS_H
#define DAEMON_ROWS_H

#include "daemon/context.h"

struct report;

/* What was typed. */
struct rows_given {
	const char *data, *config, *format;
	const char *name;    /* set by rows_act */
	const void *options; /* the command's own */
};

struct rows_command {
	const char *noun;          /* "fleet" */
	const struct report *list; /* the report that shows the rows */
	/* Both in a transaction; what is the struct rows_given. */
	context_changer *set, *remove;
};

/* Do what the words say; returns the exit status. */
int rows_act(const struct rows_command *command, struct rows_given *given, int words, char **argv);

#endif
