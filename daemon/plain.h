/*
 * plain: what commands share that take the usual options, at most one word, and print one answer.
 */
#ifndef DAEMON_PLAIN_H
#define DAEMON_PLAIN_H

#include "daemon/report/answer.h"

struct context;
struct err;

struct plain_command {
	const char *name;
	const char *word; /* what the one word is, "one file for the copy"; NULL: there is none */
	/* word is NULL where there is none. Returns the exit status, or -1 with *err. */
	int (*run)(struct context *context, const char *word, enum answer_format format, struct err *err);
};

/* Read --data, --config, --format and the word, open the context, run; returns the exit status. */
int plain_run(const struct plain_command *command, int argc, char **argv);

#endif
