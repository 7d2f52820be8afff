/*
 * change: a change of the ledger from the command line: open it for writing, change, print the answer.
 */
#ifndef DAEMON_CHANGE_H
#define DAEMON_CHANGE_H

#include "daemon/report/answer.h"
#include "daemon/report/edit.h"

struct context;
struct err;

struct change {
	editor *run;
	const char *name; /* what is changed; NULL: something new */
	const struct edit_field *fields;
	size_t n;
	enum answer_format format;
};

int change_and_print(struct context *context, const struct change *change, struct err *err);

#endif
