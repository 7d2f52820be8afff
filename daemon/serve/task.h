/*
 * task: work that takes long (an import, a repricing), in a thread of its own while its connection sleeps. One at a
 * time.
 */
#ifndef SERVE_TASK_H
#define SERVE_TASK_H

#include <stdatomic.h>

#include "daemon/serve/exchange.h"
#include "models/units/err.h"

struct err;
struct imports;

struct imports *imports_new(struct err *err);

/* End what runs, answer it, and let nothing more begin. NULL is nothing. */
void imports_stop(struct imports *imports);
void imports_free(struct imports *imports); /* after imports_stop; NULL is nothing */

/* Begins a struct of the caller's, in the request's arena. */
struct task {
	void (*run)(struct task *task); /* does the work, sets status */
	int status;                     /* 0, or -1 with err; the same where no thread could be had */
	struct err err;
	struct imports *imports; /* set by task_reply, as the rest */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

/*
 * Make *reply one that comes when the task has run; finish is handed the task. -1 with ERR_BUSY in task->err
 * while another one runs.
 */
int task_reply(struct task *task, struct imports *imports,
	void (*finish)(void *task, const struct exchange_request *request, struct exchange_reply *reply),
	struct exchange_reply *reply);

/* True from imports_stop on. */
const atomic_bool *imports_stopping(const struct imports *imports);

#endif
