#include "daemon/ingest/pull_now.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/pull.h"
#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/ingest/due.h"
#include "daemon/ingest/pulling.h"
#include "daemon/ingest/source.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define ATTEMPTS 6
#define WAIT_MOST_US (120 * SECOND_US)

struct asking {
	const struct pull_now *pull;
	struct due_memory memory;
	struct due due;
	struct pulling *pulling;
	int failures;
};

/* Write down what went wrong; what is said is that, and not that it could not be written. */
static int
give_up(struct asking *asking, bool vain, struct err *err)
{
	const struct pull_now *pull = asking->pull;
	int64_t now_us = pull->now_us();
	struct window_failure failure = { .now_us = now_us,
		.not_before_us = now_us,
		.failures = asking->failures + 1,
		.vain = vain,
		.error = err->text };
	struct err ignored;

	window_failed(pull->store, pull->plan, &failure, &ignored);
	return -1;
}

/* Wait before the same page is asked for again: 0, or -1 when that would be too long. */
static int
wait_again(struct asking *asking, int64_t wait_s, const struct err *why)
{
	const struct pull_now *pull = asking->pull;
	int64_t wait_us = backoff_us(++asking->failures, pull->settings->collect.retry_first_ms * INT64_C(1000),
		pull->settings->collect.retry_most_s * SECOND_US, 1);
	struct timespec wait;

	if (wait_s >= 0 && wait_s * SECOND_US > wait_us)
		wait_us = wait_s * SECOND_US;
	if (asking->failures >= ATTEMPTS || wait_us > WAIT_MOST_US)
		return -1;
	if (pull->waits != NULL)
		pull->waits(pull->ctx, why, wait_us);
	wait = (struct timespec){ wait_us / SECOND_US, wait_us % SECOND_US * 1000 };
	nanosleep(&wait, NULL);
	return 0;
}

static int
put(struct asking *asking, const struct pulling_ask *ask, struct err *err)
{
	const struct pull_now *pull = asking->pull;
	struct window_job job = pulling_job(asking->pulling, ask);
	struct window_result *result = calloc(1, sizeof(*result));
	int status;

	if (result == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	job.sum_now = true;
	status = window_put(pull->store, &job, result, err);
	if (status == 0 && pull->put != NULL)
		pull->put(pull->ctx, &job, result);
	free(result);
	return status == 0 ? 0 : give_up(asking, err->kind == ERR_INPUT, err);
}

/* What the ledger knows of the source. */
struct known {
	struct source_state state;
	struct source_file *files;
	size_t n_files;
};

/* The window of asking->due, to the end. 1: it was too much, and is shorter the next time. */
static int
ask_window(struct asking *asking, const struct known *known, struct err *err)
{
	const struct pull_now *pull = asking->pull;
	struct pulling_window window = { .plan = pull->plan,
		.from_us = asking->due.from_us,
		.to_us = asking->due.to_us,
		.back = asking->due.what == DUE_BACK,
		.kept = known->state.kept,
		.files = known->files,
		.n_files = known->n_files };
	struct pulling_ask ask = { .settings = pull->settings, .zone = pull->zone, .now_us = pull->now_us() };
	int status = -1;
	bool goes_on = true;

	asking->pulling = pulling_open(&window, err);
	if (asking->pulling == NULL)
		return give_up(asking, true, err);
	while (goes_on) {
		bool begin_anew = false;
		enum pulling_step step;
		int64_t wait_s;

		goes_on = false;
		step = pulling_step(asking->pulling, &ask, &wait_s, err);
		switch (step) {
		case PULLING_MORE:
			asking->failures = 0;
			goes_on = true;
			break;
		case PULLING_WHOLE:
			status = put(asking, &ask, err);
			goes_on = status == 0 && pulling_more(asking->pulling);
			if (goes_on)
				pulling_next(asking->pulling);
			break;
		case PULLING_HALVE:
			asking->memory.window_us = (window.to_us - window.from_us) / 2;
			status = 1;
			if (pull_align_down(pull->plan->pull, window.from_us + asking->memory.window_us) <=
				window.from_us) {
				err_set(err, ERR_OUTSIDE, "its shortest window is too large (collect.reply_max_mib)");
				status = give_up(asking, true, err);
			}
			break;
		case PULLING_ANEW:
		case PULLING_AGAIN:
			begin_anew = step == PULLING_ANEW;
			goes_on = wait_again(asking, wait_s, err) == 0;
			if (!goes_on)
				give_up(asking, false, err);
			break;
		case PULLING_VAIN:
		case PULLING_STOPPED:
			give_up(asking, true, err);
			break;
		}
		if (goes_on && begin_anew) {
			pulling_close(asking->pulling);
			asking->pulling = pulling_open(&window, err);
			if (asking->pulling == NULL)
				return give_up(asking, false, err);
		}
	}
	pulling_close(asking->pulling);
	asking->pulling = NULL;
	return status;
}

static int
read_state(const struct pull_now *pull, struct arena *arena, struct known *known, struct err *err)
{
	int64_t source;
	int found = window_source(pull->store, pull->plan, &source, err);

	memset(known, 0, sizeof(*known));
	known->state.error = "";
	if (found == 1)
		found = source_state_get(pull->store, source, arena, &known->state, err);
	if (found == 1 && pull->plan->pull->shape == PULL_FILES &&
		source_files(pull->store, source, arena, &known->files, &known->n_files, err) != 0)
		found = -1;
	return found;
}

/* Windows of this kind until there is none, or (a run) the last one was put. */
static int
ask_all(const struct pull_now *pull, enum due_what what, struct err *err)
{
	struct asking asking = { .pull = pull };
	int status = 0;

	while (status >= 0) {
		struct arena *arena = arena_new();
		struct known known;
		int64_t now_us = pull->now_us();

		if (arena == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory");
		status = read_state(pull, arena, &known, err);
		asking.memory.asked = what == DUE_RUN;
		asking.memory.run_us = now_us;
		known.state.not_before_us = 0;
		if (status >= 0)
			asking.due = due_next(pull->plan, &known.state, &asking.memory, now_us);
		if (status >= 0 && asking.due.what == what)
			status = ask_window(&asking, &known, err);
		else if (status >= 0)
			status = 2;
		arena_free(arena);
		if (status == 2 || (status == 0 && what == DUE_RUN && asking.due.last))
			return 0;
		if (status == 0 && what == DUE_RUN) {
			asking.memory.at_us = asking.due.to_us;
			asking.memory.to_us = asking.due.run_to_us;
		}
	}
	return -1;
}

int
pull_run(const struct pull_now *pull, struct err *err)
{
	return ask_all(pull, DUE_RUN, err);
}

int
pull_history(const struct pull_now *pull, struct err *err)
{
	return ask_all(pull, DUE_BACK, err);
}
