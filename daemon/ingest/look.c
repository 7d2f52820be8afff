#include "daemon/ingest/look.h"

#include <string.h>

#include "collectors/collector.h"
#include "daemon/base/arena.h"
#include "daemon/ingest/due.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/window.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static const char *
word_of(const struct source_view *view)
{
	const struct source_state *state = &view->state;

	if (view->has_live && view->live.paused)
		return "paused";
	if (view->has_live && view->live.running)
		return view->live.back ? "backfilling" : "running";
	if (state->vain)
		return "needs_you";
	if (state->failures > 0)
		return "failing";
	if (view->plan->settings.enabled == SETTING_NO)
		return "off";
	if (state->ok_us == 0)
		return "never";
	return view->has_history ? "backfilling" : "ok";
}

static int
read_stored(const struct look_at *at, struct arena *arena, struct source_view *view, struct err *err)
{
	int64_t source, today = at->now_us / (DAY_S * SECOND_US);
	int found;

	view->state.error = "";
	if (at->store == NULL)
		return 0;
	found = window_source(at->store, view->plan, &source, err);
	if (found == 1)
		found = source_state_get(at->store, source, arena, &view->state, err);
	if (found != 1)
		return found;
	if (source_totals(at->store, source, &view->totals, err) != 0 ||
		source_days(at->store, source, today - at->days + 1, today + 1, arena, &view->days, &view->n_days,
			err) != 0)
		return -1;
	if (view->state.run > 0) {
		found = run_get(at->store, arena, view->state.run, &view->run, err);
		view->has_run = found == 1;
	}
	return found;
}

int
source_views_get(const struct look_at *at, struct arena *arena, struct source_views *views, struct err *err)
{
	views->n = at->plans->n;
	views->rows = arena_take(arena, (views->n + 1) * sizeof(*views->rows));
	for (size_t i = 0; i < views->n; i++) {
		struct source_view *view = &views->rows[i];

		view->plan = &at->plans->rows[i];
		view->collector = view->plan->collector->name;
		view->title = view->plan->collector->title;
		if (read_stored(at, arena, view, err) < 0)
			return -1;
		view->has_live = at->schedule != NULL;
		if (view->has_live)
			view->live = schedule_look(at->schedule, i);
		view->has_history = due_history(view->plan, &view->state, at->now_us, &view->history_from_us,
					    &view->history_to_us) == 1;
		view->history_began_us =
			view->state.back_began_us > 0 ? view->state.back_began_us : view->state.done_us;
		view->word = word_of(view);
	}
	return 0;
}
