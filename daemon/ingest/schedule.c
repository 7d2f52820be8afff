#include "daemon/ingest/schedule.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/arena.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/ingest/due.h"
#include "daemon/ingest/pulling.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/window.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define HOLD_US (60 * SECOND_US)      /* pages are kept over a wait of so long */
#define BACK_PAUSE_US (2 * SECOND_US) /* between two windows of history, of sources that are not our own */
#define WINDOW_TAKES_S 1              /* a window that took longer to write is halved the next time */
#define CLOCK_OFF_S 90

struct schedule;

struct job {
	struct schedule *schedule;
	const struct source_plan *plan;
	/* Guarded by the schedule's lock. */
	bool busy;
	bool waited_for; /* busy, and its thread is not counted among those that work */
	int64_t due_us;
	struct schedule_look look;
	bool asked;
	/* The busy thread's own. */
	int64_t next_us; /* becomes due_us */
	struct due_memory memory;
	struct pulling *pulling;
	struct due due; /* what pulling is for */
	int failures;
	uint64_t random;
};

struct worker {
	struct schedule *schedule;
	pthread_t thread;
	bool started, ended; /* ended: may be joined and begun again */
};

struct schedule {
	struct schedule_config config;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct worker *workers; /* one for each job at the most */
	int wanted;             /* threads that are not waiting for a slow source */
	int alive, waiting;     /* threads that run; of these, those that wait for one */
	int64_t seen_us;        /* the clock, when it was looked at last */
	atomic_bool stop;
	struct job *jobs;
	size_t n;
};

static double
chance(struct job *job)
{
	job->random = job->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(job->random >> 11) / 9007199254740992.0;
}

/* ---- writing, while the writer has let go */

struct writing {
	struct schedule *schedule;
	struct job *job;
	const struct window_job *window;
	struct window_result *result;
	const struct window_failure *failure;
	int64_t took_us;
	int status;
	struct err err;
};

static void
write_window(void *what, struct store *store)
{
	struct writing *writing = what;
	int64_t began = clock_rising_us();

	if (store == NULL)
		writing->status = err_set(&writing->err, ERR_BUSY, "there is no ledger at the moment");
	else if (writing->window != NULL)
		writing->status = window_put(store, writing->window, writing->result, &writing->err);
	else
		writing->status = window_failed(store, writing->job->plan, writing->failure, &writing->err);
	writing->took_us = clock_rising_us() - began;
}

/* ---- threads come and go, so that those who wait for a slow source are no fewer hands for the others */

static void *work(void *ctx);

/* One more thread. Called with the lock held. */
static int
add_worker(struct schedule *schedule)
{
	struct worker *worker = schedule->workers;
	int code;

	while (worker->started && !worker->ended)
		worker++;
	if (worker->ended)
		pthread_join(worker->thread, NULL);
	worker->schedule = schedule;
	worker->ended = false;
	code = pthread_create(&worker->thread, NULL, work, worker);
	worker->started = code == 0;
	schedule->alive += code == 0;
	return code;
}

/* Called with the lock held. */
static void
count_as_waiting(struct schedule *schedule, struct job *job)
{
	if (job->waited_for)
		return;
	job->waited_for = true;
	schedule->waiting++;
	if (schedule->alive - schedule->waiting < schedule->wanted && (size_t)schedule->alive < schedule->n &&
		!atomic_load(&schedule->stop))
		add_worker(schedule); /* where there can be none, others wait as they did */
}

/* The source of this job lets its thread wait. */
static void
waits(void *ctx)
{
	struct job *job = ctx;

	pthread_mutex_lock(&job->schedule->lock);
	count_as_waiting(job->schedule, job);
	pthread_mutex_unlock(&job->schedule->lock);
}

/* ---- what became of a step */

static void
drop_pages(struct job *job)
{
	pulling_close(job->pulling);
	job->pulling = NULL;
}

static void
end_run(struct job *job, int64_t now_us)
{
	job->memory.at_us = job->memory.to_us = 0;
	job->memory.run_us = now_us;
	job->memory.asked = false;
}

static void
failed(struct schedule *schedule, struct job *job, bool vain, int64_t wait_s, const struct err *err)
{
	const struct settings *settings = schedule->config.settings;
	const char *name = job->plan->settings.name;
	int64_t now_us = schedule->config.now_us(), wait_us;
	struct window_failure failure = { .now_us = now_us, .vain = vain, .error = err->text };
	struct writing writing = { .schedule = schedule, .job = job, .failure = &failure };

	job->failures++;
	wait_us = backoff_us(job->failures, settings->collect.retry_first_ms * INT64_C(1000),
		settings->collect.retry_most_s * SECOND_US, chance(job));
	if (wait_s >= 0 && wait_s * SECOND_US > wait_us)
		wait_us = wait_s * SECOND_US + (int64_t)(chance(job) * SECOND_US * (wait_s > 10 ? 1 : 0));
	if (vain && job->plan->interval_us > wait_us)
		wait_us = job->plan->interval_us;
	if (vain || wait_us > HOLD_US)
		drop_pages(job);
	if (vain)
		end_run(job, now_us);
	failure.not_before_us = now_us + wait_us;
	failure.failures = job->failures;
	job->memory.asked = false;
	if (job->failures == 1)
		log_warn("source: not read", "name", name, "reason", err->text);
	schedule->config.write(schedule->config.ctx, write_window, &writing);
	if (writing.status != 0)
		log_warn("source: its state cannot be written", "name", name, "reason", writing.err.text);
	job->next_us = failure.not_before_us;
}

/* The same stretch in shorter windows. */
static void
halve(struct job *job, const struct due *due)
{
	job->memory.window_us = (due->to_us - due->from_us) / 2;
	drop_pages(job);
	job->next_us = 0;
}

static void
tell(const struct job *job, const struct window_result *result)
{
	const struct run *run = &result->run;
	char taken[24], replaced[24], removed[24], refused[24];

	if (run->id == 0)
		return;
	snprintf(taken, sizeof(taken), "%lld", (long long)run->taken);
	snprintf(replaced, sizeof(replaced), "%lld", (long long)run->replaced);
	snprintf(removed, sizeof(removed), "%lld", (long long)run->removed);
	snprintf(refused, sizeof(refused), "%lld", (long long)run->refused);
	log_info("source: read", "name", job->plan->settings.name, "taken", taken, "replaced", replaced, "removed",
		removed, "refused", refused);
}

static void
commit(struct schedule *schedule, struct job *job, const struct pulling_ask *ask)
{
	struct window_job window = pulling_job(job->pulling, ask);
	struct window_result *result = calloc(1, sizeof(*result));
	struct writing writing = { .schedule = schedule, .job = job, .window = &window, .result = result };
	const struct due *due = &job->due;

	if (result == NULL) {
		err_set(&writing.err, ERR_OUTSIDE, "no memory");
		failed(schedule, job, false, -1, &writing.err);
		return;
	}
	schedule->config.write(schedule->config.ctx, write_window, &writing);
	if (writing.status != 0) {
		/* What every row is refused for, another attempt will not mend; a ledger that is busy is another matter. */
		drop_pages(job);
		failed(schedule, job, writing.err.kind == ERR_INPUT, -1, &writing.err);
		free(result);
		return;
	}
	if (job->failures > 0)
		log_info("source: answers again", "name", job->plan->settings.name);
	tell(job, result);
	free(result);
	job->failures = 0;
	if (pulling_more(job->pulling)) {
		pulling_next(job->pulling);
		job->next_us = 0;
		return;
	}
	if (writing.took_us > WINDOW_TAKES_S * SECOND_US && due->to_us - due->from_us > 2 * SECOND_US)
		job->memory.window_us = (due->to_us - due->from_us) / 2;
	drop_pages(job);
	if (due->what == DUE_BACK) {
		job->memory.back_after_us =
			job->plan->settings.allow_local == SETTING_YES ? 0 : schedule->config.now_us() + BACK_PAUSE_US;
	} else if (due->last) {
		end_run(job, schedule->config.now_us());
	} else {
		job->memory.at_us = due->to_us;
		job->memory.to_us = due->run_to_us;
	}
	job->next_us = 0;
}

/* ---- a step */

/* What is due, from the state as the ledger has it; 0 with job->pulling when there is a window to ask for. */
static int
begin(struct schedule *schedule, struct job *job, int64_t now_us, struct err *err)
{
	const struct schedule_config *config = &schedule->config;
	struct arena *arena = arena_new();
	struct store *store =
		arena == NULL ? (err_set(err, ERR_OUTSIDE, "no memory"), NULL) : config->read_open(config->ctx, err);
	struct source_state state = { .error = "" };
	struct pulling_window window = { .plan = job->plan };
	struct source_file *files = NULL;
	int64_t source;
	int status = -1, found;

	if (store == NULL)
		goto done;
	found = window_source(store, job->plan, &source, err);
	if (found == 1)
		found = source_state_get(store, source, arena, &state, err);
	if (found == 1 && job->plan->pull->shape == PULL_FILES &&
		source_files(store, source, arena, &files, &window.n_files, err) != 0)
		found = -1;
	config->read_close(config->ctx, store);
	if (found < 0)
		goto done;
	job->due = due_next(job->plan, &state, &job->memory, now_us);
	job->next_us = job->due.at_us;
	job->failures = (int)state.failures;
	status = 0;
	if (job->due.what == DUE_NOTHING)
		goto done;
	window.from_us = job->due.from_us;
	window.to_us = job->due.to_us;
	window.back = job->due.what == DUE_BACK;
	window.kept = state.kept;
	window.files = files;
	job->pulling = pulling_open(&window, err);
	status = job->pulling == NULL ? -1 : 0;
done:
	arena_free(arena);
	return status;
}

static void
step(struct schedule *schedule, struct job *job)
{
	const struct schedule_config *config = &schedule->config;
	struct pulling_ask ask = {
		.settings = config->settings,
		.zone = config->zone,
		.now_us = config->now_us(),
		.stop = &schedule->stop,
		.waits = waits,
		.waits_ctx = job,
	};
	struct err err = { .kind = ERR_NONE };
	int64_t wait_s;

	if (job->pulling == NULL && begin(schedule, job, ask.now_us, &err) != 0) {
		failed(schedule, job, err.kind == ERR_INPUT, -1, &err);
		return;
	}
	if (job->pulling == NULL)
		return;
	switch (pulling_step(job->pulling, &ask, &wait_s, &err)) {
	case PULLING_MORE:
		job->failures = 0;
		job->next_us = 0;
		break;
	case PULLING_WHOLE:
		commit(schedule, job, &ask);
		break;
	case PULLING_AGAIN:
		failed(schedule, job, false, wait_s, &err);
		break;
	case PULLING_ANEW:
		drop_pages(job);
		failed(schedule, job, false, wait_s, &err);
		break;
	case PULLING_HALVE:
		if (job->due.to_us - job->due.from_us > 1 &&
			pull_align_down(job->plan->pull, (job->due.from_us + job->due.to_us) / 2) > job->due.from_us) {
			halve(job, &job->due);
			break;
		}
		err_set(&err, ERR_OUTSIDE, "its shortest window is more than %d MiB (collect.reply_max_mib times four)",
			4 * config->settings->collect.reply_max_mib);
		failed(schedule, job, true, -1, &err);
		break;
	case PULLING_VAIN:
		failed(schedule, job, true, wait_s, &err);
		break;
	case PULLING_STOPPED:
		break;
	}
}

/* What others may see of it. Called with the lock held. */
static void
show(struct job *job, const struct schedule *schedule)
{
	struct schedule_look *look = &job->look;
	const struct pulling_window *window = job->pulling == NULL ? NULL : pulling_window(job->pulling);

	look->running = window != NULL || job->memory.to_us > 0;
	look->due_us = job->due_us;
	look->back = window != NULL && window->back;
	look->from_us = window == NULL ? 0 : window->from_us;
	look->to_us = window == NULL ? 0 : window->to_us;
	look->pages = job->pulling == NULL ? 0 : (int64_t)pulling_pages(job->pulling);
	if (job->pulling != NULL && pulling_clock(job->pulling) > 0) {
		int64_t off_s = pulling_clock(job->pulling) - schedule->config.now_us() / SECOND_US;

		look->clock_off_s = off_s > CLOCK_OFF_S || off_s < -CLOCK_OFF_S ? off_s : 0;
	}
}

/* ---- threads */

/* The job that has been due for the longest; *until_us: when the next one is. Called with the lock held. */
static struct job *
take(struct schedule *schedule, int64_t now_us, int64_t *until_us)
{
	struct job *first = NULL;
	bool set_back = now_us < schedule->seen_us - DUE_SET_BACK_US;

	schedule->seen_us = now_us;
	*until_us = INT64_MAX;
	for (size_t i = 0; i < schedule->n; i++) {
		struct job *job = &schedule->jobs[i];

		if (job->busy)
			continue;
		if (set_back && job->due_us != INT64_MAX)
			job->due_us = now_us; /* looked at anew */
		if (job->due_us < *until_us)
			*until_us = job->due_us;
		if (job->due_us <= now_us && (first == NULL || job->due_us < first->due_us))
			first = job;
	}
	return first;
}

/* Wall-clock instants, waited for in steps of a second, since clocks are set. Called with the lock held. */
static void
wait(struct schedule *schedule, int64_t us)
{
	struct timespec until;

	if (us > SECOND_US)
		us = SECOND_US;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += us % SECOND_US * 1000;
	until.tv_sec += us / SECOND_US + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&schedule->work, &schedule->lock, &until);
}

/* A source that is asked by hand only is done when its run is. */
static int64_t
next_of(const struct job *job)
{
	bool by_hand = job->plan->settings.enabled == SETTING_NO;

	return by_hand && job->pulling == NULL && job->memory.to_us == 0 && !job->memory.asked ? INT64_MAX
											       : job->next_us;
}

static void *
work(void *ctx)
{
	struct worker *worker = ctx;
	struct schedule *schedule = worker->schedule;
	const struct schedule_config *config = &schedule->config;

	pthread_mutex_lock(&schedule->lock);
	while (!atomic_load(&schedule->stop) && schedule->alive - schedule->waiting <= schedule->wanted) {
		int64_t now_us = config->now_us(), until_us;
		struct job *job = take(schedule, now_us, &until_us);

		if (job == NULL || (config->paused != NULL && config->paused(config->ctx))) {
			wait(schedule, job == NULL && until_us - now_us < SECOND_US ? until_us - now_us : SECOND_US);
			continue;
		}
		job->busy = true;
		if (job->failures > 0)
			count_as_waiting(schedule, job); /* it may hang again */
		if (job->asked) {
			job->memory.asked = true;
			job->asked = false;
		}
		pthread_mutex_unlock(&schedule->lock);
		step(schedule, job);
		pthread_mutex_lock(&schedule->lock);
		job->busy = false;
		schedule->waiting -= job->waited_for;
		job->waited_for = false;
		job->due_us = job->asked ? 0 : next_of(job);
		show(job, schedule);
		pthread_cond_signal(&schedule->work);
	}
	schedule->alive--;
	worker->ended = true;
	pthread_cond_signal(&schedule->work);
	pthread_mutex_unlock(&schedule->lock);
	return NULL;
}

/* ---- for everyone else */

static int
make_jobs(struct schedule *schedule, struct err *err)
{
	const struct source_plans *plans = schedule->config.plans;

	schedule->jobs = calloc(plans->n + 1, sizeof(*schedule->jobs));
	schedule->workers = calloc(plans->n + 1, sizeof(*schedule->workers));
	if (schedule->jobs == NULL || schedule->workers == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the sources");
	schedule->n = plans->n;
	for (size_t i = 0; i < plans->n; i++) {
		struct job *job = &schedule->jobs[i];

		job->schedule = schedule;
		job->plan = &plans->rows[i];
		job->random = (uint64_t)schedule->config.now_us() + i * UINT64_C(0x9e3779b97f4a7c15);
		job->memory.jitter = chance(job);
		job->due_us = job->plan->settings.enabled == SETTING_YES ? 0 : INT64_MAX;
		job->look.due_us = job->due_us;
	}
	return 0;
}

struct schedule *
schedule_new(const struct schedule_config *config, struct err *err)
{
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	pthread_condattr_t monotonic;

	if (schedule == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the sources");
		return NULL;
	}
	schedule->config = *config;
	pthread_mutex_init(&schedule->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&schedule->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (make_jobs(schedule, err) == 0)
		return schedule;
	schedule_free(schedule);
	return NULL;
}

int
schedule_start(struct schedule *schedule, struct err *err)
{
	int code = 0;

	schedule->wanted = schedule->config.settings->collect.threads;
	pthread_mutex_lock(&schedule->lock);
	while (code == 0 && schedule->alive < schedule->wanted && (size_t)schedule->alive < schedule->n)
		code = add_worker(schedule);
	pthread_mutex_unlock(&schedule->lock);
	return code == 0 ? 0 : err_set(err, ERR_OUTSIDE, "no thread can be started for the sources (error %d)", code);
}

void
schedule_stop(struct schedule *schedule)
{
	if (schedule == NULL)
		return;
	pthread_mutex_lock(&schedule->lock);
	atomic_store(&schedule->stop, true);
	pthread_cond_broadcast(&schedule->work);
	pthread_mutex_unlock(&schedule->lock);
	for (size_t i = 0; i < schedule->n; i++)
		if (schedule->workers[i].started) {
			pthread_join(schedule->workers[i].thread, NULL);
			schedule->workers[i].started = schedule->workers[i].ended = false;
		}
}

void
schedule_free(struct schedule *schedule)
{
	if (schedule == NULL)
		return;
	for (size_t i = 0; i < schedule->n; i++)
		pulling_close(schedule->jobs[i].pulling);
	pthread_cond_destroy(&schedule->work);
	pthread_mutex_destroy(&schedule->lock);
	free(schedule->jobs);
	free(schedule->workers);
	free(schedule);
}

const struct source_plans *
schedule_plans(const struct schedule *schedule)
{
	return schedule->config.plans;
}

int
schedule_ask(struct schedule *schedule, const char *name, struct err *err)
{
	const struct source_plans *plans = schedule->config.plans;
	const struct source_plan *plan = source_plan_find(plans, name, err);
	struct job *job;

	if (plan == NULL)
		return -1;
	job = &schedule->jobs[plan - plans->rows];
	pthread_mutex_lock(&schedule->lock);
	job->asked = true;
	if (!job->busy)
		job->due_us = 0;
	pthread_cond_broadcast(&schedule->work);
	pthread_mutex_unlock(&schedule->lock);
	return 0;
}

struct schedule_look
schedule_look(struct schedule *schedule, size_t i)
{
	struct schedule_look look;

	pthread_mutex_lock(&schedule->lock);
	look = schedule->jobs[i].look;
	look.running = look.running || schedule->jobs[i].busy || schedule->jobs[i].asked;
	look.due_us = schedule->jobs[i].due_us;
	pthread_mutex_unlock(&schedule->lock);
	look.paused = schedule->config.paused != NULL && schedule->config.paused(schedule->config.ctx);
	return look;
}
