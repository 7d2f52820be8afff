#include "daemon/ingest/window.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "collectors/repeats.h"
#include "daemon/base/arena.h"
#include "daemon/ingest/catalogue.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/tally.h"
#include "daemon/ingest/window_rows.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define RUN_US (HOUR_S * SECOND_US)

/* ---- the state */

static void
move_on(struct putting *putting)
{
	struct source_state *state = &putting->state;
	const struct window_job *job = putting->job;
	int64_t done_us = job->to_us < job->now_us ? job->to_us : job->now_us;

	if (job->back) {
		/* A history that is only configured is known by where reading begins. */
		if (state->back_to_us > 0)
			state->back_to_us = job->from_us;
		if (state->back_to_us <= state->back_from_us)
			state->back_from_us = state->back_to_us = state->back_began_us = 0;
		state->from_us = job->from_us < state->from_us ? job->from_us : state->from_us;
		return;
	}
	if (state->done_us == 0 || job->from_us > state->done_us)
		state->from_us = job->from_us;
	else if (job->from_us < state->from_us)
		state->from_us = job->from_us;
	if (done_us > state->done_us)
		state->done_us = done_us;
}

static int
write_state(struct putting *putting, bool changed, struct err *err)
{
	struct source_state *state = &putting->state;
	const struct run *run = putting->run;

	move_on(putting);
	state->tried_us = state->ok_us = putting->job->now_us;
	state->failures = state->not_before_us = 0;
	state->vain = false;
	state->error = "";
	state->taken = run->taken;
	state->repeated = run->repeated;
	state->replaced = run->replaced;
	state->removed = run->removed;
	state->conflicting = run->conflicting;
	state->refused = run->refused;
	if (changed)
		state->run = run->id;
	if (run->last_us > state->latest_us)
		state->latest_us = run->last_us;
	if (putting->has_kept)
		state->kept = putting->kept;
	return source_state_put(putting->store, putting->source, state, err);
}

/* ---- a window */

static struct source
source_of(const struct source_plan *plan)
{
	return (struct source){
		.collector = plan->collector->name, .name = plan->settings.name, .account = plan->settings.account
	};
}

int
window_source(struct store *store, const struct source_plan *plan, int64_t *source, struct err *err)
{
	struct source named = source_of(plan);

	return source_find(store, named.collector, named.name, named.account, source, err);
}

static int
parse_page(struct putting *putting, const struct window_page *page, struct err *err)
{
	const struct sink sink = window_sink(putting);
	const struct window_job *job = putting->job;
	const struct pull_ask ask = source_ask(putting->plan);
	struct collect_options options = source_collect(putting->plan);
	struct ingest_memory memory = { .bytes = page->bytes, .n = page->n };
	struct input input;

	options.zone = job->zone;
	options.now_us = job->now_us;
	options.part = text_of(page->part);
	options.state = putting->has_kept ? putting->kept : putting->state.kept;
	options.ask = &ask;
	options.from_us = job->from_us;
	options.to_us = job->to_us;
	ingest_memory_input(&memory, page->name, &input);
	putting->part = page->part == NULL ? "" : page->part;
	putting->run->bytes += (int64_t)page->n;
	repeats_close(putting->repeats);
	putting->repeats = NULL;
	return putting->plan->collector->parse(&input, &options, &sink, err);
}

/*
 * What is asked every minute would fill the table of runs: within an hour it is one run that goes on. A window's run
 * is its own, since what it says of its rows is said of the window.
 */
static int
find_run(struct putting *putting, struct err *err)
{
	struct run *before;
	int found;

	if (putting->plan->pull->shape == PULL_WINDOW || putting->state.run == 0)
		return 0;
	before = arena_take(putting->arena, sizeof(*before));
	found = run_get(putting->store, putting->arena, putting->state.run, before, err);
	if (found == 1 && before->source == putting->source &&
		before->started_us / RUN_US == putting->run->started_us / RUN_US) {
		putting->before = before;
		putting->run->id = before->id;
		putting->run->started_us = before->started_us;
	}
	return found;
}

static int
begin_window(struct putting *putting, struct err *err)
{
	struct store *store = putting->store;
	struct source source = source_of(putting->plan);
	struct run *run = putting->run;

	if (store_changed_outside(store, err) < 0 || rollup_zone(store, putting->job->zone, err) != 0 ||
		source_id(store, &source, &putting->source, err) != 0 ||
		source_state_get(store, putting->source, putting->arena, &putting->state, err) < 0 ||
		ledger_closed_until(store, &putting->closed_us, err) != 0)
		return -1;
	run->source = putting->source;
	run->started_us = run->finished_us = putting->job->now_us;
	if (find_run(putting, err) < 0 || (run->id == 0 && run_begin(store, run, &run->id, err) != 0))
		return -1;
	putting->pricing = pricing_open(store, err);
	return putting->pricing == NULL ? -1 : 0;
}

static int
all_refused(const struct putting *putting, struct err *err)
{
	const struct run *run = putting->run;

	for (int i = 0; i < run->reasons; i++)
		if (run->reason[i].kind == REASON_REFUSED)
			return err_set(err, ERR_INPUT, "all %lld rows were refused; the first: %s",
				(long long)run->refused, run->reason[i].text);
	return err_set(err, ERR_INPUT, "all %lld rows were refused", (long long)run->refused);
}

/* What the run did before this window, and this window, are written down as one. */
static int
go_on(struct putting *putting, struct err *err)
{
	const struct run *more = putting->run;
	struct run *run = putting->before;

	run->finished_us = more->finished_us;
	run->taken += more->taken;
	run->repeated += more->repeated;
	run->replaced += more->replaced;
	run->removed += more->removed;
	run->conflicting += more->conflicting;
	run->refused += more->refused;
	run->warned += more->warned;
	run->bytes += more->bytes;
	if (more->last_us > 0)
		tally_time(run, more->first_us, more->last_us);
	tally_add(run, more);
	return run_end(putting->store, run, err);
}

/* Write the run down, or take it back when it says nothing that the one before did not say. */
static int
end_run(struct putting *putting, struct err *err)
{
	const struct source_state *state = &putting->state;
	struct run *run = putting->run;
	bool changed = run->taken + run->replaced + run->removed > 0 || run->refused != state->refused ||
		run->conflicting != state->conflicting || (run->warned > 0 && state->run == 0);
	int dropped;

	if (write_state(putting, changed, err) != 0)
		return -1;
	if (putting->before != NULL && (changed || run->conflicting > 0))
		return go_on(putting, err);
	if (changed)
		return run_end(putting->store, run, err);
	dropped = putting->before != NULL ? 1 : run_drop(putting->store, run->id, err);
	if (dropped <= 0)
		return dropped < 0 ? -1 : run_end(putting->store, run, err);
	run->id = 0;
	return 0;
}

/* A price catalogue is set against its book, and waits or is applied: nothing of it is a row of the ledger. */
static int
bring_prices(struct putting *putting, const struct window_page *page, struct err *err)
{
	const struct source_plan *source = putting->plan;
	const struct catalogue_given given = { .name = page->name,
		.collector = source->collector->name,
		.provider = source->settings.provider[0] == '\0' ? NULL : source->settings.provider,
		.bytes = page->bytes,
		.n = page->n,
		.now_us = putting->job->now_us,
		.who = source->settings.name };
	const struct pull_ask ask = source_ask(source);
	struct catalogue_plan plan;
	int64_t id;

	putting->run->bytes += (int64_t)page->n;
	if (catalogue_bring(putting->store, &given, text_is(pull_option(&ask, "apply"), "at_once"), putting->arena,
		    &plan, &id, err) != 0)
		return -1;
	putting->run->taken += id == 0 ? 0 : (int64_t)plan.n;
	putting->run->repeated += plan.unchanged + (id == 0 ? (int64_t)plan.n : 0);
	catalogue_plan_free(&plan);
	return 0;
}

static int
put_window(struct putting *putting, struct err *err)
{
	const struct window_job *job = putting->job;
	struct run *run = putting->run;

	if (begin_window(putting, err) != 0)
		return -1;
	for (const struct window_page *page = job->pages; page != NULL; page = page->next)
		if ((putting->plan->collector->kind == COLLECTS_PRICES ? bring_prices(putting, page, err)
								       : parse_page(putting, page, err)) != 0)
			return -1;
	for (const struct window_file *file = job->files; file != NULL; file = file->next)
		if (file->why != NULL)
			window_file_missed(putting, file);
	if (run->refused > putting->unread && run->taken + run->repeated + run->replaced + run->conflicting == 0)
		return all_refused(putting, err);
	if (window_remove_missing(putting, err) != 0 || window_write_days(putting, err) != 0)
		return -1;
	for (const struct window_file *file = job->files; file != NULL; file = file->next)
		if (source_file_put(putting->store, putting->source, &file->file, err) != 0)
			return -1;
	if (end_run(putting, err) != 0)
		return -1;
	return job->sum_now ? rollup_run(putting->store, err) : 0;
}

int
window_put(struct store *store, const struct window_job *job, struct window_result *result, struct err *err)
{
	struct putting *putting = calloc(1, sizeof(*putting));
	int status = -1;

	memset(result, 0, sizeof(*result));
	if (putting == NULL || (putting->arena = arena_new()) == NULL) {
		free(putting);
		return err_set(err, ERR_OUTSIDE, "no memory for a window");
	}
	putting->store = store;
	putting->job = job;
	putting->plan = job->plan;
	putting->run = &result->run;
	if (ingest_prepare(store, job->now_us, err) != 0 || store_begin(store, err) != 0)
		goto done;
	status = put_window(putting, err);
	if (status == 0)
		status = store_commit(store, err);
	if (status != 0) {
		store_rollback(store);
		result->run.id = 0;
	}
	result->source = putting->source;
done:
	pricing_close(putting->pricing);
	repeats_close(putting->repeats);
	free(putting->seen.places);
	arena_free(putting->arena);
	free(putting);
	return status;
}

/* ---- small changes of the state */

typedef void state_changer(const struct source_plan *plan, struct source_state *state, const void *what);

static int
change_state(
	struct store *store, const struct source_plan *plan, state_changer *change, const void *what, struct err *err)
{
	struct source source = source_of(plan);
	struct arena *arena = arena_new();
	struct source_state state;
	int status = -1;
	int64_t id;

	if (arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	if (store_begin(store, err) != 0)
		goto done;
	if (source_id(store, &source, &id, err) == 0 && source_state_get(store, id, arena, &state, err) >= 0) {
		change(plan, &state, what);
		status = source_state_put(store, id, &state, err);
	}
	if (status == 0)
		status = store_commit(store, err);
	if (status != 0)
		store_rollback(store);
done:
	arena_free(arena);
	return status;
}

static void
note_failure(const struct source_plan *plan, struct source_state *state, const void *what)
{
	const struct window_failure *failure = what;

	(void)plan;
	state->tried_us = failure->now_us;
	state->not_before_us = failure->not_before_us;
	state->failures = failure->failures;
	state->vain = failure->vain;
	state->error = failure->error;
}

int
window_failed(
	struct store *store, const struct source_plan *plan, const struct window_failure *failure, struct err *err)
{
	return change_state(store, plan, note_failure, failure, err);
}

struct wanted {
	int64_t from_us, now_us;
};

static void
note_wanted(const struct source_plan *plan, struct source_state *state, const void *what)
{
	const struct wanted *wanted = what;
	int64_t from_us = pull_align_down(plan->pull, wanted->from_us);
	int64_t to_us = state->done_us > 0 ? state->from_us : pull_align_up(plan->pull, wanted->now_us);

	if (plan->pull->reach_back_s > 0 && from_us < wanted->now_us - plan->pull->reach_back_s * SECOND_US)
		from_us = pull_align_up(plan->pull, wanted->now_us - plan->pull->reach_back_s * SECOND_US);
	if (from_us >= to_us)
		return;
	state->back_from_us = from_us;
	state->back_to_us = state->back_began_us = to_us;
}

int
window_want(struct store *store, const struct source_plan *plan, int64_t from_us, int64_t now_us, struct err *err)
{
	struct wanted wanted = { from_us, now_us };

	return change_state(store, plan, note_wanted, &wanted, err);
}
