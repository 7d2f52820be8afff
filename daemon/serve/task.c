#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/task.h"

struct imports {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int threads;  /* that have not ended */
	bool running; /* a task that is not answered yet */
	bool closed;
	atomic_bool stop;
};

struct imports *
imports_new(struct err *err)
{
	struct imports *imports = calloc(1, sizeof(*imports));

	if (imports == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for imports");
		return NULL;
	}
	pthread_mutex_init(&imports->lock, NULL);
	pthread_cond_init(&imports->ended, NULL);
	return imports;
}

void
imports_stop(struct imports *imports)
{
	if (imports == NULL)
		return;
	atomic_store(&imports->stop, true);
	pthread_mutex_lock(&imports->lock);
	imports->closed = true;
	while (imports->threads > 0)
		pthread_cond_wait(&imports->ended, &imports->lock);
	pthread_mutex_unlock(&imports->lock);
}

void
imports_free(struct imports *imports)
{
	if (imports == NULL)
		return;
	pthread_cond_destroy(&imports->ended);
	pthread_mutex_destroy(&imports->lock);
	free(imports);
}

const atomic_bool *
imports_stopping(const struct imports *imports)
{
	return &imports->stop;
}

static bool
claim(struct imports *imports)
{
	bool mine;

	pthread_mutex_lock(&imports->lock);
	mine = !imports->running && !imports->closed;
	if (mine) {
		imports->running = true;
		imports->threads++;
	}
	pthread_mutex_unlock(&imports->lock);
	return mine;
}

/* The next one may begin; then the answer; then the thread has ended. */
static void
end_task(struct imports *imports, void (*wake)(void *ctx), void *ctx)
{
	pthread_mutex_lock(&imports->lock);
	imports->running = false;
	pthread_mutex_unlock(&imports->lock);
	wake(ctx);
	pthread_mutex_lock(&imports->lock);
	imports->threads--;
	pthread_cond_broadcast(&imports->ended);
	pthread_mutex_unlock(&imports->lock);
}

static void *
run_task(void *ctx)
{
	struct task *task = ctx;

	task->run(task);
	end_task(task->imports, task->wake, task->wake_ctx);
	return NULL;
}

static void
start(void *job, void (*wake)(void *ctx), void *ctx)
{
	struct task *task = job;
	pthread_attr_t attributes;
	pthread_t thread;
	int code;

	task->wake = wake;
	task->wake_ctx = ctx;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	code = pthread_create(&thread, &attributes, run_task, task);
	pthread_attr_destroy(&attributes);
	if (code != 0) {
		task->status = err_set(&task->err, ERR_BUSY, "no thread for an import: %s", strerror(code));
		end_task(task->imports, wake, ctx);
	}
}

int
task_reply(struct task *task, struct imports *imports,
	void (*finish)(void *task, const struct exchange_request *request, struct exchange_reply *reply),
	struct exchange_reply *reply)
{
	if (!claim(imports))
		return err_set(&task->err, ERR_BUSY,
			"another file is being imported, or lines are repriced; try again when that is done");
	task->imports = imports;
	memset(reply, 0, sizeof(*reply));
	reply->later = (struct exchange_later){ .start = start, .finish = finish, .job = task };
	return 0;
}
