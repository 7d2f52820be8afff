/*
 * breakeven source list|test|run|backfill: the sources of the configuration, asked from the command line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/base/config.h"
#include "daemon/base/http_library.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/look.h"
#include "daemon/ingest/mappings.h"
#include "daemon/ingest/offered.h"
#include "daemon/ingest/probe.h"
#include "daemon/ingest/pull_now.h"
#include "daemon/ingest/source.h"
#include "daemon/report/answer.h"
#include "daemon/serve/sources.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define DAYS 35

struct given {
	const char *data, *config, *format, *from;
	int kinds;
};

struct sourcing {
	struct context context;
	struct given given;
	enum answer_format format;
	struct source_plans plans;
	struct run total; /* of all windows */
	int64_t windows;
};

static int
print(struct answer *answer, enum answer_format format)
{
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

/* ---- what may be configured */

static const char *
shape_name(enum pull_shape shape)
{
	static const char *const names[] = { "window", "events", "snapshot", "scrape", "files", "machine" };

	return names[shape];
}

static const char *
options_text(struct arena *arena, const struct pull_option *option)
{
	const char *text = "";

	for (; option != NULL && option->name != NULL; option++)
		text = arena_format(
			arena, "%s%s%s = %s", text, text[0] == '\0' ? "" : "; ", option->name, option->otherwise);
	return text;
}

struct kinds {
	struct column *name, *title, *shape, *url, *key, *about, *interval, *options;
};

static void
add_kind(struct answer *answer, struct arena *arena, const struct kinds *kinds, const struct offered *offered,
	const struct pull *pull)
{
	if (pull == NULL)
		return;
	column_add(answer, kinds->name, value_text(answer, offered->name));
	column_add(answer, kinds->title, value_text(answer, offered->title));
	column_add(answer, kinds->shape, value_text(answer, shape_name(pull->shape)));
	column_add(answer, kinds->url, value_text(answer, pull->url));
	column_add(answer, kinds->key, value_text(answer, pull->key.variable));
	column_add(answer, kinds->about, value_text(answer, pull->key.about));
	column_add(answer, kinds->interval, value_whole(answer, pull->interval_s));
	column_add(answer, kinds->options, value_text(answer, options_text(arena, pull->options)));
}

/* A row for each way in which a source of a collector may be read. */
static int
print_kinds(struct sourcing *sourcing)
{
	struct arena *arena = sourcing->context.arena;
	struct answer *answer = answer_new(arena);
	struct kinds kinds = { .name = answer_column(answer, "collector", ""),
		.title = answer_column(answer, "title", ""),
		.shape = answer_column(answer, "shape", ""),
		.url = answer_column(answer, "url", ""),
		.key = answer_column(answer, "key", ""),
		.about = answer_column(answer, "key_about", ""),
		.interval = answer_column(answer, "interval", "s"),
		.options = answer_column(answer, "options", "") };
	const struct mappings *mappings = &sourcing->plans.mappings;
	const struct mapping *mapping;
	size_t n;
	const struct offered *offered = offered_list(mappings, arena, &n);

	for (size_t i = 0; i < n; i++) {
		const struct collector *collector = mappings_collector(mappings, offered[i].name, &mapping, NULL);

		add_kind(answer, arena, &kinds, &offered[i], collector->pull);
		if (offered[i].followed)
			add_kind(answer, arena, &kinds, &offered[i], collector->files);
	}
	return print(answer, sourcing->format);
}

/* ---- list and test */

static int
list(struct sourcing *sourcing, struct err *err)
{
	struct context *context = &sourcing->context;
	struct answer *answer = answer_new(context->arena);
	struct look_at at = { .plans = &sourcing->plans, .now_us = context->now_us, .days = DAYS };
	struct source_views views;

	/* Before the first run there is no ledger, and that is no fault. */
	if (context_store(context, STORE_READ, err) != 0 && err->kind != ERR_MISSING)
		return -1;
	at.store = context->store;
	if (source_views_get(&at, context->arena, &views, err) != 0)
		return -1;
	sources_answer(answer, context->arena, &views, context->now_us);
	return print(answer, sourcing->format);
}

static int
test(struct sourcing *sourcing, const struct source_plan *plan)
{
	struct context *context = &sourcing->context;
	struct answer *answer = answer_new(context->arena);
	struct pulling_ask ask = { .settings = &context->settings, .zone = &context->zone, .now_us = context->now_us };
	struct probe probe;

	probe_source(plan, &ask, &probe);
	probe_answer(answer, plan, &probe);
	print(answer, sourcing->format);
	return probe.good ? 0 : err_exit(&probe.err);
}

/* ---- run and backfill */

static void
told(void *ctx, const struct window_job *job, const struct window_result *result)
{
	struct sourcing *sourcing = ctx;
	const struct run *run = &result->run;
	char from[TIME_MAX], to[TIME_MAX];

	sourcing->windows++;
	sourcing->total.taken += run->taken;
	sourcing->total.repeated += run->repeated;
	sourcing->total.replaced += run->replaced;
	sourcing->total.removed += run->removed;
	sourcing->total.conflicting += run->conflicting;
	sourcing->total.refused += run->refused;
	time_print(from, sizeof(from), job->from_us);
	time_print(to, sizeof(to), job->to_us);
	fprintf(stderr, "%s to %s: %" PRId64 " taken, %" PRId64 " replaced, %" PRId64 " removed\n", from, to,
		run->taken, run->replaced, run->removed);
}

static void
waits(void *ctx, const struct err *why, int64_t wait_us)
{
	(void)ctx;
	fprintf(stderr, "%s; again in %" PRId64 " s\n", why->text, (wait_us + SECOND_US - 1) / SECOND_US);
}

static int
print_total(struct sourcing *sourcing, const struct source_plan *plan)
{
	struct answer *answer = answer_new(sourcing->context.arena);
	const struct run *total = &sourcing->total;

	answer_fact(answer, "source", "", value_text(answer, plan->settings.name));
	answer_fact(answer, "windows", "", value_whole(answer, sourcing->windows));
	answer_fact(answer, "taken", "rows", value_whole(answer, total->taken));
	answer_fact(answer, "repeated", "rows", value_whole(answer, total->repeated));
	answer_fact(answer, "replaced", "rows", value_whole(answer, total->replaced));
	answer_fact(answer, "removed", "rows", value_whole(answer, total->removed));
	answer_fact(answer, "conflicting", "rows", value_whole(answer, total->conflicting));
	answer_fact(answer, "refused", "rows", value_whole(answer, total->refused));
	return print(answer, sourcing->format);
}

static int
pull(struct sourcing *sourcing, const struct source_plan *plan, bool back, struct err *err)
{
	struct context *context = &sourcing->context;
	struct pull_now now = { .plan = plan,
		.settings = &context->settings,
		.zone = &context->zone,
		.now_us = clock_now_us,
		.ctx = sourcing,
		.put = told,
		.waits = waits };
	int64_t from_us = 0;

	if (back &&
		(sourcing->given.from == NULL ||
			time_parse(sourcing->given.from, strlen(sourcing->given.from), &from_us, NULL) != 0))
		return err_set(err, ERR_INPUT, "--from '%s' is not a date such as 2026-01-01",
			sourcing->given.from == NULL ? "" : sourcing->given.from);
	now.store = context->store = ingest_open(context->settings.data, context->now_us, err);
	if (now.store == NULL)
		return -1;
	if (pull_run(&now, err) != 0)
		return -1;
	if (back && (window_want(now.store, plan, from_us, context->now_us, err) != 0 || pull_history(&now, err) != 0))
		return -1;
	return print_total(sourcing, plan);
}

static int
act(struct sourcing *sourcing, int words, char **argv, struct err *err)
{
	const char *verb = words > 0 ? argv[1] : "list";
	const struct source_plan *plan;

	if (sourcing->given.kinds)
		return print_kinds(sourcing);
	if (words <= 1 && strcmp(verb, "list") == 0)
		return list(sourcing, err);
	if (words != 2 || (strcmp(verb, "test") != 0 && strcmp(verb, "run") != 0 && strcmp(verb, "backfill") != 0))
		return err_set(err, ERR_INPUT, "say list, test NAME, run NAME, or backfill NAME --from DATE");
	plan = source_plan_find(&sourcing->plans, argv[2], err);
	if (plan == NULL)
		return -1;
	if (strcmp(verb, "test") == 0)
		return test(sourcing, plan);
	return pull(sourcing, plan, strcmp(verb, "backfill") == 0, err);
}

static int
run(int argc, char **argv)
{
	struct sourcing *sourcing = calloc(1, sizeof(*sourcing));
	struct config_sources sources = { .rows = NULL };
	struct given *given = &sourcing->given;
	const struct arg args[] = {
		{ .name = "data", .value = &given->data },
		{ .name = "config", .value = &given->config },
		{ .name = "format", .value = &given->format },
		{ .name = "from", .value = &given->from },
		{ .name = "kinds", .flag = &given->kinds },
		{ .name = NULL },
	};
	struct err err;
	int words, status = -1;

	if (sourcing == NULL)
		abort();
	if (http_library_open(&err) == 0 && args_read(args, argc, argv, &words, &err) == 0 &&
		args_format(given->format, &sourcing->format, &err) == 0 &&
		context_open(&sourcing->context, given->config, given->data, &err) == 0 &&
		sources_load(&sources, given->config, &err) == 0 &&
		source_plans_make(&sources, &sourcing->plans, &err) == 0)
		status = act(sourcing, words, argv, &err);
	if (status < 0)
		status = command_fail("source", &err);
	config_sources_free(&sources);
	source_plans_free(&sourcing->plans);
	context_close(&sourcing->context);
	free(sourcing);
	http_library_close();
	return status;
}

const struct command cmd_source = {
	.name = "source",
	.summary = "the sources that are asked for data: how it stands, test, run, fill back",
	.usage =
		"[list] | test NAME | run NAME | backfill NAME --from DATE | --kinds\n"
		"  list           how it stands with each: state, last success, rows, lag, days\n"
		"  test NAME      ask it once and store nothing: what is wrong with its key or URL\n"
		"  run NAME       ask it now for what is new\n"
		"  backfill NAME  read its history from a date on, window after window; what is there repeats\n"
		"  --from DATE    such as 2026-01-01\n"
		"  --kinds        the collectors that can be asked, their keys and what each may be told; shape files: those\n"
		"                 whose files are followed, in a folder or one by one, with path in place of url\n"
		"  --data DIR     folder of the ledger\n"
		"  --config FILE  settings, with a section [source NAME] for each source\n"
		"  --format text|json|csv\n"
		"\n"
		"The daemon asks by itself while it serves; these work beside it and without it.\n",
	.example = "breakeven source --kinds",
	.run = run,
};
