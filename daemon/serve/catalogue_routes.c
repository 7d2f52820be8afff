/*
 * The routes of price catalogues, between an exchange and catalogues.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/ingest.h"
#include "daemon/report/answer.h"
#include "daemon/serve/api.h"
#include "daemon/serve/catalogues.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/routes.h"
#include "daemon/serve/task.h"

#define RETRY_S 5

void
serve_catalogue_look(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, catalogues_look, reply);
}

void
serve_catalogue_apply(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, catalogues_apply, reply);
}

void
serve_catalogue_undo(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, catalogues_undo, reply);
}

void
serve_catalogue_dismiss(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, catalogues_dismiss, reply);
}

/* ---- a catalogue that is given */

struct reviewing {
	struct task task; /* first */
	const struct api *api;
	struct edit edit;
	struct catalogue_given given;
	struct answer *answer;
	int fd; /* of the body */
};

static int
review(struct reviewing *reviewing, struct err *err)
{
	struct ingest_file *file;
	struct input input;
	char *bytes;
	int status = -1;

	if ((file = ingest_file_take(reviewing->fd, reviewing->given.name, &input, err)) == NULL)
		return -1;
	bytes = ingest_whole(&input, &reviewing->given.n, err);
	if (bytes != NULL) {
		reviewing->given.bytes = bytes;
		status = catalogues_review(&reviewing->edit, &reviewing->given, reviewing->answer, err);
	}
	free(bytes);
	ingest_file_close(file);
	return status;
}

static void
run_review(struct task *task)
{
	struct reviewing *reviewing = (struct reviewing *)task;
	const struct api *api = reviewing->api;

	task->status = -1;
	reviewing->edit.store = api->writer_open(api->writer_ctx, &task->err);
	if (reviewing->edit.store == NULL)
		return;
	task->status = review(reviewing, &task->err);
	api->writer_close(api->writer_ctx, reviewing->edit.store);
}

static void
finish(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	const struct reviewing *reviewing = job;
	size_t n;

	if (reviewing->task.status != 0) {
		reply_err(request, reply, &reviewing->task.err);
	} else {
		const char *bytes = answer_print(reviewing->answer, ANSWER_JSON, &n);

		reply_body(reply, "application/json", bytes, n);
	}
	reply->cache = NULL;
	reply_finish(request, reply);
}

void
serve_catalogue_review(const struct call *call, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct reviewing *reviewing = arena_take(call->request->arena, sizeof(*reviewing));
	struct err *err = &reviewing->task.err;

	reviewing->task.run = run_review;
	reviewing->api = api;
	reviewing->answer = answer_new(call->request->arena);
	if (collect_question(
		    call, &reviewing->given.name, &reviewing->given.collector, &reviewing->given.dry_run, err) != 0) {
		reply_err(call->request, reply, err);
		return;
	}
	if (call->request->size == 0) {
		reply_error(call->request, reply, 400, "the body is empty; a price catalogue is needed");
		return;
	}
	if (api->imports == NULL || api->writer_open == NULL || call->request->file == NULL) {
		reply_error(call->request, reply, 503, "there is no ledger to write to");
		return;
	}
	reviewing->given.now_us = call->request->now_us;
	edit_frame(call, &reviewing->edit);
	reviewing->fd = fileno(call->request->file);
	if (task_reply(&reviewing->task, api->imports, finish, reply) != 0) {
		reply_err(call->request, reply, err);
		reply->retry_after_s = RETRY_S;
	}
}
