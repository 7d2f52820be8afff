/*
 * ask: a report from the command line: check what is asked, open the ledger, run, print.
 */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "daemon/report/answer.h"

struct context;
struct err;
struct report;
struct request;

/* The values of *request are set; the rest of it is filled from the context. NULL with *err. */
struct answer *ask(const struct report *report, struct context *context, struct request *request, struct err *err);

/* The same, printed on standard output. */
int ask_and_print(const struct report *report, struct context *context, struct request *request,
	enum answer_format format, struct err *err);

#endif
