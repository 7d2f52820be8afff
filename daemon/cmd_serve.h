/*
 * cmd_serve: the daemon's main loop, shared by the commands serve and demo.
 */
#ifndef DAEMON_CMD_SERVE_H
#define DAEMON_CMD_SERVE_H

#include "daemon/base/options.h"

struct source_plans;

/* What is served, and to whom. */
struct serve_options {
	const char *command;             /* "serve" or "demo", for sentences */
	const struct settings *settings; /* data, listen, web, serve.*, report.* are used */
	/*
	 * When the ledger is marked as sample data ("demo" in its meta table): the data directory that is
	 * served once the page's button has removed it. NULL: a new one in the same place.
	 */
	const char *own_data;
	const struct source_plans *sources; /* that are asked while serving, and mappings of files; NULL: none */
};

/*
 * Open the ledger (made where there is none), serve it, print "listening on http://…/" when ready, and
 * return the exit status after SIGINT or SIGTERM. Signals are blocked here, before the first thread.
 */
int serve_run(const struct serve_options *options);

#endif
