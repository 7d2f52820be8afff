#include "daemon/serve/sources.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/look.h"
#include "daemon/ingest/probe.h"
#include "daemon/ingest/source.h"
#include "daemon/report/answer.h"
#include "models/units/calendar.h"

#define DAY_US (DAY_S * SECOND_US)

static struct value *
instant_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us <= 0 || at_us == INT64_MAX)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static struct value *
day_value(struct answer *answer, struct arena *arena, int64_t day)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), day * DAY_US);
	return value_text(answer, arena_format(arena, "%.10s", text));
}

/* ---- one source in the columns of the table */

static struct value *
text_or_unknown(struct answer *answer, const char *text)
{
	return text[0] == '\0' ? value_unknown(answer) : value_text(answer, text);
}

static struct value *
put_name(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return value_text(answer, view->plan->settings.name);
}

static struct value *
put_collector(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return value_text(answer, view->collector);
}

static struct value *
put_title(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return value_text(answer, view->title);
}

static struct value *
put_where(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return text_or_unknown(answer, view->plan->url[0] != '\0' ? view->plan->url : view->plan->settings.path);
}

static struct value *
put_account(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return text_or_unknown(answer, view->plan->settings.account);
}

static struct value *
put_state(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return value_text(answer, view->word);
}

static struct value *
put_error(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return text_or_unknown(answer, view->state.error);
}

#define INSTANT(name, expression) \
	static struct value *put_##name(struct answer *answer, const struct source_view *view, int64_t now_us) \
	{ \
		(void)now_us; \
		return instant_value(answer, expression); \
	}
#define WHOLE(name, expression) \
	static struct value *put_##name(struct answer *answer, const struct source_view *view, int64_t now_us) \
	{ \
		(void)now_us; \
		return value_whole(answer, expression); \
	}

INSTANT(last_success, view->state.ok_us)
INSTANT(last_attempt, view->state.tried_us)
INSTANT(latest, view->state.latest_us)
INSTANT(read_from, view->state.done_us == 0 ? 0 : view->state.from_us)
INSTANT(read_to, view->state.done_us)
WHOLE(failures, view->state.failures)
WHOLE(taken, view->state.taken)
WHOLE(repeated, view->state.repeated)
WHOLE(replaced, view->state.replaced)
WHOLE(removed, view->state.removed)
WHOLE(conflicting, view->state.conflicting)
WHOLE(refused, view->state.refused)
WHOLE(all_taken, view->totals.taken)
WHOLE(all_replaced, view->totals.replaced)
WHOLE(all_removed, view->totals.removed)
WHOLE(interval, view->plan->interval_us / SECOND_US)

static struct value *
put_next_run(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	if (!view->has_live)
		return value_unknown(answer);
	return instant_value(answer, view->live.due_us < now_us ? now_us : view->live.due_us);
}

static struct value *
put_lag(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	int64_t lag_us = now_us - view->state.latest_us;

	return view->state.latest_us == 0 ? value_unknown(answer)
					  : value_whole(answer, lag_us < 0 ? 0 : lag_us / SECOND_US);
}

static struct value *
put_pages(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return view->has_live && view->live.running ? value_whole(answer, view->live.pages) : value_unknown(answer);
}

static struct value *
put_clock(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return view->has_live ? value_whole(answer, view->live.clock_off_s) : value_unknown(answer);
}

static struct value *
put_history_from(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	(void)now_us;
	return view->has_history ? instant_value(answer, view->history_from_us) : value_unknown(answer);
}

/* The share of the wanted history that is filled. */
static struct value *
put_history_done(struct answer *answer, const struct source_view *view, int64_t now_us)
{
	double whole = (double)(view->history_began_us - view->history_from_us);

	(void)now_us;
	if (!view->has_history || whole <= 0)
		return value_unknown(answer);
	return value_number(answer, (double)(view->history_began_us - view->history_to_us) / whole);
}

static const struct {
	const char *name, *unit;
	struct value *(*put)(struct answer *answer, const struct source_view *view, int64_t now_us);
} table[] = {
	{ "name", "", put_name },
	{ "state", "", put_state },
	{ "last_success", "", put_last_success },
	{ "next_run", "", put_next_run },
	{ "taken", "rows", put_taken },
	{ "repeated", "rows", put_repeated },
	{ "replaced", "rows", put_replaced },
	{ "removed", "rows", put_removed },
	{ "conflicting", "rows", put_conflicting },
	{ "refused", "rows", put_refused },
	{ "all_taken", "rows", put_all_taken },
	{ "all_replaced", "rows", put_all_replaced },
	{ "all_removed", "rows", put_all_removed },
	{ "lag", "s", put_lag },
	{ "latest", "", put_latest },
	{ "error", "", put_error },
	{ "failures", "", put_failures },
	{ "last_attempt", "", put_last_attempt },
	{ "collector", "", put_collector },
	{ "title", "", put_title },
	{ "where", "", put_where },
	{ "account", "", put_account },
	{ "interval", "s", put_interval },
	{ "read_from", "", put_read_from },
	{ "read_to", "", put_read_to },
	{ "history_from", "", put_history_from },
	{ "history_done", "share", put_history_done },
	{ "pages", "", put_pages },
	{ "clock_off", "s", put_clock },
};

#define COLUMNS (sizeof(table) / sizeof(table[0]))

static void
add_sources(struct answer *answer, const struct source_views *views, int64_t now_us)
{
	struct column *columns[COLUMNS];

	answer_table(answer, "sources", "Sources");
	for (size_t i = 0; i < COLUMNS; i++)
		columns[i] = answer_column(answer, table[i].name, table[i].unit);
	for (size_t k = 0; k < views->n; k++)
		for (size_t i = 0; i < COLUMNS; i++)
			column_add(answer, columns[i], table[i].put(answer, &views->rows[k], now_us));
}

static void
add_days(struct answer *answer, struct arena *arena, const struct source_views *views)
{
	struct column *source, *day, *rows, *read, *whole;

	answer_table(answer, "days", "Days that were read, in UTC");
	source = answer_column(answer, "day_source", "");
	day = answer_column(answer, "day", "");
	rows = answer_column(answer, "day_rows", "rows");
	read = answer_column(answer, "day_read", "");
	whole = answer_column(answer, "day_whole", "");
	for (size_t k = 0; k < views->n; k++)
		for (size_t i = 0; i < views->rows[k].n_days; i++) {
			const struct source_day *of = &views->rows[k].days[i];

			column_add(answer, source, value_text(answer, views->rows[k].plan->settings.name));
			column_add(answer, day, day_value(answer, arena, of->day));
			column_add(answer, rows, value_whole(answer, of->rows));
			column_add(answer, read, instant_value(answer, of->read_us));
			column_add(answer, whole, value_truth(answer, of->whole));
		}
}

static void
add_reasons(struct answer *answer, const struct source_views *views)
{
	static const char *const kinds[] = { "refused", "warned", "conflicting" };
	struct column *source, *kind, *rows, *text;

	answer_table(answer, "reasons", "Why rows were not taken as they are, in the last run that changed something");
	source = answer_column(answer, "reason_source", "");
	kind = answer_column(answer, "reason_kind", "");
	rows = answer_column(answer, "reason_rows", "rows");
	text = answer_column(answer, "reason", "");
	for (size_t k = 0; k < views->n; k++)
		for (int i = 0; views->rows[k].has_run && i < views->rows[k].run.reasons; i++) {
			const struct reason *reason = &views->rows[k].run.reason[i];

			column_add(answer, source, value_text(answer, views->rows[k].plan->settings.name));
			column_add(answer, kind, value_text(answer, kinds[reason->kind]));
			column_add(answer, rows, value_whole(answer, reason->count));
			column_add(answer, text, value_text(answer, reason->text));
		}
}

void
sources_answer(struct answer *answer, struct arena *arena, const struct source_views *views, int64_t now_us)
{
	int64_t failing = 0;

	for (size_t i = 0; i < views->n; i++)
		failing += views->rows[i].state.failures > 0;
	answer_fact(answer, "sources", "", value_whole(answer, (int64_t)views->n));
	answer_fact(answer, "failing", "", value_whole(answer, failing));
	answer_fact(answer, "now", "", instant_value(answer, now_us));
	if (views->n == 0)
		answer_note(answer, "No source is configured; each is a section [source NAME] of the configuration.");
	add_sources(answer, views, now_us);
	add_days(answer, arena, views);
	add_reasons(answer, views);
}

void
probe_answer(struct answer *answer, const struct source_plan *plan, const struct probe *probe)
{
	const char *name = plan->settings.name;

	if (!probe->good)
		answer_headline(answer, "%s: %s", name, probe->err.text);
	else if (probe->rows == 0)
		answer_headline(answer, "%s answers; it has no rows for the time that was asked for.", name);
	else
		answer_headline(
			answer, "%s answers: %" PRId64 " rows%s.", name, probe->rows, probe->more ? " and more" : "");
	answer_fact(answer, "source", "", value_text(answer, name));
	answer_fact(answer, "good", "", value_truth(answer, probe->good));
	answer_fact(answer, "error", "", probe->good ? value_unknown(answer) : value_text(answer, probe->err.text));
	answer_fact(answer, "where", "", text_or_unknown(answer, plan->url));
	answer_fact(answer, "key_from", "", text_or_unknown(answer, probe->key_from));
	answer_fact(answer, "from", "", instant_value(answer, probe->from_us));
	answer_fact(answer, "to", "", instant_value(answer, probe->to_us));
	answer_fact(answer, "pages", "", value_whole(answer, probe->pages));
	answer_fact(answer, "rows", "rows", value_whole(answer, probe->rows));
	answer_fact(answer, "refused", "rows", value_whole(answer, probe->refused));
	answer_fact(answer, "reason", "", text_or_unknown(answer, probe->reason));
	answer_fact(answer, "took", "ms", value_whole(answer, probe->took_us / 1000));
	answer_fact(answer, "clock_off", "s", value_whole(answer, probe->clock_off_s));
}
