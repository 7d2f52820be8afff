#include "daemon/ingest/due.h"

#include "collectors/pull.h"
#include "daemon/ingest/source.h"
#include "daemon/store/pulled.h"
#include "models/units/calendar.h"

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
has_windows(const struct source_plan *plan)
{
	return plan->pull->shape == PULL_WINDOW || plan->pull->shape == PULL_EVENTS;
}

/* The earliest instant that may be asked for. */
static int64_t
reach(const struct source_plan *plan, int64_t now_us)
{
	int64_t back_s = plan->pull->reach_back_s;

	return back_s == 0 ? INT64_MIN : pull_align_up(plan->pull, now_us - back_s * SECOND_US);
}

/* Where a window that begins here ends. */
static int64_t
window_end(const struct source_plan *plan, const struct due_memory *memory, int64_t from_us, int64_t to_us)
{
	int64_t end = pull_window_end(plan->pull, from_us, to_us);

	if (memory->window_us > 0 && end - from_us > memory->window_us)
		end = pull_align_down(plan->pull, from_us + memory->window_us);
	return end > from_us ? end : least(to_us, pull_align_up(plan->pull, from_us + 1));
}

int
due_history(const struct source_plan *plan, const struct source_state *state, int64_t now_us, int64_t *from_us,
	int64_t *to_us)
{
	if (!has_windows(plan) || state->done_us == 0)
		return 0;
	*to_us = state->from_us;
	if (state->back_to_us > 0) {
		*from_us = state->back_from_us;
		*to_us = state->back_to_us;
	} else if (plan->start_us != INT64_MIN) {
		*from_us = pull_align_down(plan->pull, plan->start_us);
	} else {
		return 0;
	}
	*from_us = most(*from_us, reach(plan, now_us));
	return *from_us < *to_us;
}

/* The window of a run that begins now, or goes on. */
static void
run_window(const struct source_plan *plan, const struct source_state *state, const struct due_memory *memory,
	int64_t now_us, struct due *due)
{
	const struct pull *pull = plan->pull;
	int64_t from_us = memory->at_us, to_us = memory->to_us;

	if (!has_windows(plan)) {
		due->from_us = due->to_us = due->run_to_us = now_us;
		due->last = true;
		return;
	}
	if (to_us == 0) {
		int64_t done_us = state->done_us == 0 ? now_us : least(state->done_us, now_us);

		from_us = most(pull_align_down(pull, done_us - plan->trailing_us), reach(plan, now_us));
		if (plan->start_us != INT64_MIN)
			from_us = most(from_us, pull_align_down(pull, plan->start_us));
		to_us = pull->whole_only ? pull_align_down(pull, now_us) : pull_align_up(pull, now_us);
	}
	if (from_us >= to_us) {
		due->what = DUE_NOTHING; /* no bucket is over yet */
		due->at_us = now_us + plan->interval_us;
		return;
	}
	due->from_us = from_us;
	due->to_us = window_end(plan, memory, from_us, to_us);
	due->run_to_us = to_us;
	due->last = due->to_us >= to_us;
}

/* When the next run is due. A run that is yet to come was one before the clock was set back. */
static int64_t
run_at(const struct source_plan *plan, const struct source_state *state, const struct due_memory *memory,
	int64_t now_us)
{
	int64_t before_us = memory->run_us > 0 ? memory->run_us
		: state->tried_us == 0         ? 0
					       : least(state->done_us, state->ok_us);

	if (memory->asked)
		return 0;
	if (memory->to_us > 0)
		return state->not_before_us;
	if (before_us == 0 || before_us > now_us + DUE_SET_BACK_US)
		return state->not_before_us;
	return most(state->not_before_us,
		before_us + plan->interval_us + (int64_t)(0.1 * memory->jitter * (double)plan->interval_us));
}

struct due
due_next(const struct source_plan *plan, const struct source_state *state, const struct due_memory *memory,
	int64_t now_us)
{
	struct due due = { .what = DUE_RUN, .at_us = run_at(plan, state, memory, now_us) };
	int64_t from_us, to_us, back_at_us;

	if (due.at_us <= now_us) {
		run_window(plan, state, memory, now_us, &due);
		if (due.what == DUE_RUN)
			return due;
	}
	due.what = DUE_NOTHING;
	if (due_history(plan, state, now_us, &from_us, &to_us) != 1)
		return due;
	back_at_us = most(state->not_before_us, memory->back_after_us);
	if (back_at_us > now_us) {
		due.at_us = least(due.at_us, back_at_us);
		return due;
	}
	due.what = DUE_BACK;
	due.at_us = back_at_us;
	due.to_us = to_us;
	due.from_us = most(from_us, pull_align_up(plan->pull, to_us - plan->pull->window_max_s * SECOND_US));
	if (memory->window_us > 0)
		due.from_us = most(due.from_us, pull_align_up(plan->pull, to_us - memory->window_us));
	if (due.from_us >= to_us)
		due.from_us = most(from_us, pull_align_down(plan->pull, to_us - 1));
	due.last = due.from_us <= from_us;
	due.run_to_us = to_us;
	return due;
}
