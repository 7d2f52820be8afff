/*
 * POST /api/v1/reprice: looked at or done in a thread of its own, since it reads the ledger line by line.
 */
#include <stdlib.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/serve/api.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/reprice.h"
#include "daemon/serve/routes.h"
#include "daemon/serve/task.h"

#define RETRY_S 5

struct repricing_task {
	struct task task; /* first */
	const struct api *api;
	struct edit edit;
	struct answer *answer;
};

static void
run_reprice(struct task *task)
{
	struct repricing_task *repricing = (struct repricing_task *)task;
	const struct api *api = repricing->api;

	task->status = -1;
	repricing->edit.store = api->writer_open(api->writer_ctx, &task->err);
	if (repricing->edit.store == NULL)
		return;
	task->status = reprice_answer(&repricing->edit, imports_stopping(task->imports), repricing->answer, &task->err);
	api->writer_close(api->writer_ctx, repricing->edit.store);
}

static void
finish(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	const struct repricing_task *repricing = job;
	size_t n;

	if (repricing->task.status != 0) {
		reply_err(request, reply, &repricing->task.err);
	} else {
		const char *bytes = answer_print(repricing->answer, ANSWER_JSON, &n);

		reply_body(reply, "application/json", bytes, n);
	}
	reply->cache = NULL;
	reply_finish(request, reply);
}

void
serve_reprice(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct repricing_task *repricing = arena_take(call->request->arena, sizeof(*repricing));
	struct err *err = &repricing->task.err;

	repricing->task.run = run_reprice;
	repricing->api = api;
	repricing->answer = answer_new(call->request->arena);
	if (edit_read(call, &repricing->edit, err) != 0) {
		reply_err(call->request, reply, err);
		return;
	}
	if (api->imports == NULL || api->writer_open == NULL) {
		reply_error(call->request, reply, 503, "there is no ledger to write to");
		return;
	}
	if (task_reply(&repricing->task, api->imports, finish, reply) != 0) {
		reply_err(call->request, reply, err);
		reply->retry_after_s = RETRY_S;
	}
}
