#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/embed.h"
#include "daemon/base/log.h"
#include "daemon/ingest/batch.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/show.h"
#include "daemon/ingest/tally.h"
#include "daemon/store/adjust.h"
#include "daemon/store/incidents.h"
#include "daemon/store/ledger.h"
#include "daemon/store/prices.h"
#include "daemon/store/rollup.h"
#include "daemon/store/speed.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define BUILT_IN "models/price/prices.csv"
#define AHEAD_US (INT64_C(86400) * SECOND_US)

#define PERIODS_MAX 120

struct running {
	struct store *store;
	const struct collector *collector;
	const struct ingest_options *options;
	struct ingest_result *result;
	struct run *run;
	struct batch *batch;
	struct pricing *pricing;
	struct price_source price_source;
	struct input *input; /* the caller's; read through count_bytes */
	struct {
		int64_t series;
		char text[RUN_REASON_TEXT];
		int reason;
	} remarked; /* the last remark on a price, since neighbours share it */
	char extras[LINE_EXTRAS];
	int64_t closed_us;              /* replacing: what is earlier stands */
	int64_t period_us[PERIODS_MAX]; /* replacing: billing periods that the input is of */
	int periods;
};

/* ---- told by the sink */

static void
refuse(void *ctx, struct place place, const char *reason)
{
	struct running *running = ctx;

	running->run->refused++;
	tally_reason(running->run, REASON_REFUSED, reason, place);
	if (running->options->watch.refused != NULL)
		running->options->watch.refused(running->options->watch.ctx, place, reason);
}

static void
warn(void *ctx, struct place place, const char *reason)
{
	struct running *running = ctx;

	running->run->warned++;
	tally_reason(running->run, REASON_WARNED, reason, place);
}

/* A saved reply: the pages after it are in other files, or nowhere. */
static int
warn_of_page(void *ctx, struct text page, struct err *err)
{
	(void)page;
	(void)err;
	warn(ctx, (struct place){ .line = 0 }, "this is one page of several, and more follow it");
	return 0;
}

static void
count(struct running *running, enum put_result result, struct place place, struct text id)
{
	switch (result) {
	case PUT_TAKEN:
		running->run->taken++;
		break;
	case PUT_REPEATED:
		running->run->repeated++;
		break;
	case PUT_GREW:
		running->run->replaced++;
		break;
	default:
		running->run->conflicting++;
		tally_reason(running->run, REASON_CONFLICT,
			running->collector->kind == COLLECTS_INVOICES
				? "the same key stands in the ledger with other content; a newer export takes its place with --replace"
				: "the same key stands in the ledger with other content",
			place);
		if (running->options->watch.conflict != NULL)
			running->options->watch.conflict(running->options->watch.ctx, place, id);
	}
}

/* The next place to show a row in, or false. */
static bool
next_shown(struct running *running, struct show *show)
{
	if (!running->options->dry_run || running->result->shown == INGEST_SHOWN)
		return false;
	*show = (struct show){ .buffer = running->result->show[running->result->shown++], .size = INGEST_SHOWN_TEXT };
	return true;
}

/* ---- usage */

static void
line_was_put(void *ctx, const struct usage_line *line, enum put_result result)
{
	struct running *running = ctx;

	tally_time(running->run, line->at_us, line->at_us);
	count(running, result, (struct place){ .line = line->line }, line->id);
}

static void
remark(struct running *running, int64_t series, const char *text, struct place place)
{
	running->run->warned++;
	if (running->remarked.series == series && strcmp(running->remarked.text, text) == 0) {
		tally_again(running->run, running->remarked.reason, place);
		return;
	}
	running->remarked.series = series;
	running->remarked.reason = tally_reason(running->run, REASON_WARNED, text, place);
	snprintf(running->remarked.text, sizeof(running->remarked.text), "%s", text);
}

static int
refused_or_failed(struct running *running, struct place place, const struct err *why, struct err *err)
{
	if (why->kind != ERR_INPUT)
		return err_set(err, why->kind, "%s", why->text);
	refuse(running, place, why->text);
	return 0;
}

static int
take_usage(void *ctx, struct place place, const struct usage_reading *came, struct err *err)
{
	struct running *running = ctx;
	struct usage_reading named = *came, *reading = &named;
	char id[LINE_BUCKET_ID];
	struct usage_line line;
	const char *said;
	struct show show;
	struct err why;

	if (named.id.n == 0 && named.grouping.n > 0)
		named.id = line_bucket_id(id, line_bucket_key(reading));
	if (ledger_check_usage(reading, running->options->collect.now_us, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	line_of(&line, reading, running->extras);
	line.line = place.line;
	if (ledger_series(running->store, reading, &line.series, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	if (pricing_line(running->pricing, line.series.series, reading, &line.price, &said, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	if (said != NULL)
		remark(running, line.series.series, said, place);
	if (reading->at_us > running->options->collect.now_us + AHEAD_US)
		warn(running, place, "the time is more than a day ahead of this machine's clock");
	if (next_shown(running, &show))
		show_usage(&show, reading, &line.price);
	return batch_add(running->batch, &line, err);
}

/* ---- the other kinds */

static int
take_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	struct running *running = ctx;
	enum put_result result;
	struct show show;
	struct err why;

	if (ledger_check_gpu(reading, running->options->collect.now_us, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	if ((result = ledger_put_gpu(running->store, running->run->id, reading, err)) == PUT_FAILED)
		return -1;
	tally_time(running->run, reading->from_us, reading->to_us);
	count(running, result, place, reading->device);
	if (next_shown(running, &show))
		show_gpu(&show, reading);
	return 0;
}

static int
take_incident(void *ctx, struct place place, const struct incident_reading *reading, struct err *err)
{
	struct running *running = ctx;
	const struct incident_come come = { running->run->id, running->options->collect.now_us };
	enum put_result result;
	struct show show;
	struct err why;
	bool edited;

	if (incident_check(reading, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	if ((result = incident_put(running->store, &come, reading, &edited, err)) == PUT_FAILED)
		return -1;
	tally_time(running->run, reading->started_us,
		reading->ended_us == NOT_REPORTED ? reading->started_us : reading->ended_us);
	if (edited)
		running->run->replaced++;
	else
		count(running, result, place, reading->id);
	if (next_shown(running, &show))
		show_incident(&show, reading);
	return 0;
}

/* Speed is no line of the ledger: it is kept beside the usage that it was seen with, and not counted. */
static int
take_speed(void *ctx, struct place place, const struct speed_reading *reading, struct err *err)
{
	struct running *running = ctx;
	struct err why;

	if (speed_check(reading, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	return speed_put(running->store, reading, err);
}

/* The billing periods that the input is of, as far as they are open. */
static int
meet_period(struct running *running, int64_t from_us, struct err *err)
{
	for (int i = 0; i < running->periods; i++)
		if (running->period_us[i] == from_us)
			return 0;
	if (running->periods == PERIODS_MAX)
		return err_set(err, ERR_INPUT, "more than %d billing periods in one file cannot be replaced at once",
			PERIODS_MAX);
	running->period_us[running->periods++] = from_us;
	return 0;
}

/* The charge as this input has it stands from now on; of a closed month the difference is booked in the open one. */
static int
replace_invoice(struct running *running, struct place place, const struct invoice_reading *reading, struct err *err)
{
	struct adjust_month month = adjust_open_month(running->closed_us, running->options->collect.zone);
	enum put_result result;
	bool replaced;

	if (zone_billed(running->options->collect.zone, reading->period_from_us, reading->period_from_us) <
		running->closed_us) {
		switch (adjust_invoice(running->store, running->run->id, reading, &month, err)) {
		case ADJUST_FAILED:
			return -1;
		case ADJUST_SAME:
			running->run->repeated++;
			return 0;
		default:
			running->run->replaced++;
			warn(running, place, ADJUST_BOOKED_TEXT);
			return 0;
		}
	}
	if (meet_period(running, reading->period_from_us, err) != 0 ||
		(result = ledger_replace_invoice(running->store, running->run->id, reading, &replaced, err)) ==
			PUT_FAILED)
		return -1;
	if (replaced)
		running->run->replaced++;
	else
		count(running, result, place, reading->id);
	return 0;
}

static int
put_invoice(struct running *running, struct place place, const struct invoice_reading *reading, struct err *err)
{
	enum put_result result;

	if (running->options->replace && reading->id.n > 0)
		return replace_invoice(running, place, reading, err);
	if ((result = ledger_put_invoice(running->store, running->run->id, reading, err)) == PUT_FAILED)
		return -1;
	count(running, result, place, reading->id);
	return 0;
}

static int
take_invoice(void *ctx, struct place place, const struct invoice_reading *came, struct err *err)
{
	struct running *running = ctx;
	struct invoice_reading reading = *came;
	char id[LINE_BUCKET_ID];
	struct show show;
	struct err why;

	if (reading.id.n == 0 && reading.grouping.n > 0)
		reading.id = line_bucket_id(id, ledger_invoice_key(&reading));
	if (ledger_check_invoice(&reading, running->options->collect.now_us, &why) != 0)
		return refused_or_failed(running, place, &why, err);
	if (put_invoice(running, place, &reading, err) != 0)
		return -1;
	tally_time(running->run, reading.charge_from_us, reading.charge_to_us);
	if (next_shown(running, &show))
		show_invoice(&show, &reading);
	return 0;
}

/* What an earlier import of this source had in the same periods and this one has not is gone. */
static int
remove_gone(struct running *running, struct err *err)
{
	for (int i = 0; i < running->periods; i++) {
		int gone = ledger_drop_invoices(
			running->store, running->run->source, running->run->id, running->period_us[i], err);

		if (gone < 0)
			return -1;
		running->run->removed += gone;
	}
	return 0;
}

static int
take_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	struct running *running = ctx;
	enum put_result result;
	struct show show;
	struct err why;

	if ((result = price_put(running->store, &running->price_source, row, &why)) == PUT_FAILED)
		return refused_or_failed(running, place, &why, err);
	count(running, result, place, row->id);
	if (next_shown(running, &show))
		show_price(&show, row);
	return 0;
}

/* ---- a run */

static long
count_bytes(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct running *running = ctx;
	long got = running->input->read(running->input->ctx, buffer, size, err);

	if (got > 0)
		running->run->bytes += got;
	return got;
}

static int
all_refused(const struct running *running, struct err *err)
{
	const struct run *run = running->run;
	const struct reason *first = NULL;

	for (int i = 0; i < run->reasons && first == NULL; i++)
		if (run->reason[i].kind == REASON_REFUSED)
			first = &run->reason[i];
	if (first != NULL && first->places > 0 && first->place[0].line > 0)
		return err_set(err, ERR_INPUT, "%s: all %lld rows were refused; line %lld: %s", running->input->name,
			(long long)run->refused, (long long)first->place[0].line, first->text);
	return err_set(err, ERR_INPUT, "%s: all %lld rows were refused; %s%s%s", running->input->name,
		(long long)run->refused, first == NULL || first->places == 0 ? "" : first->place[0].path,
		first == NULL || first->places == 0 ? "" : ": ", first == NULL ? "" : first->text);
}

/* The last part of a name, so that the ledger does not depend on where a file lay. */
static const char *
last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL || slash[1] == '\0' ? name : slash + 1;
}

static int
begin_run(struct running *running, struct err *err)
{
	const struct collect_options *collect = &running->options->collect;
	char account[256];
	struct source source = {
		.collector = running->collector->name, .account = account, .name = running->options->name
	};
	struct batch_told told = { .ctx = running, .put = line_was_put };

	if (source.name == NULL)
		source.name =
			strcmp(running->input->name, "-") == 0 ? "standard input" : last_part(running->input->name);
	snprintf(account, sizeof(account), "%.*s", (int)collect->account.n,
		collect->account.n == 0 ? "" : collect->account.p);
	running->run->started_us = collect->now_us;
	if (source_id(running->store, &source, &running->run->source, err) != 0 ||
		run_begin(running->store, running->run, &running->run->id, err) != 0)
		return -1;
	running->price_source = (struct price_source){
		.rank = strcmp(running->collector->name, "prices-csv") == 0 ? RANK_OWN : RANK_IMPORTED,
		.run = running->run->id,
		.now_us = collect->now_us,
	};
	if (rollup_zone(running->store, running->options->days, err) != 0 ||
		ledger_closed_until(running->store, &running->closed_us, err) != 0)
		return -1;
	if (running->collector->kind != COLLECTS_USAGE)
		return 0;
	if ((running->pricing = pricing_open(running->store, err)) == NULL)
		return -1;
	running->batch = batch_open(running->store, running->run->id, &told, err);
	return running->batch == NULL ? -1 : 0;
}

static int
run_through(struct running *running, struct err *err)
{
	const struct sink sink = { .ctx = running,
		.usage = take_usage,
		.gpu = take_gpu,
		.incident = take_incident,
		.speed = take_speed,
		.invoice = take_invoice,
		.price = take_price,
		.refuse = refuse,
		.warn = warn,
		.page = warn_of_page };
	struct input counted = { .name = running->input->name, .read = count_bytes, .ctx = running };
	struct run *run = running->run;

	if (running->collector->parse(&counted, &running->options->collect, &sink, err) != 0)
		return err_about(err, running->input->name);
	if (running->batch != NULL && batch_flush(running->batch, err) != 0)
		return -1;
	if (run->taken + run->repeated + run->replaced + run->conflicting == 0 && run->refused > 0)
		return all_refused(running, err);
	if (remove_gone(running, err) != 0 || rollup_run(running->store, err) != 0 ||
		ledger_run_ended(running->store, err) != 0)
		return -1;
	run->finished_us = run->started_us;
	return run_end(running->store, run, err);
}

int
ingest_run(struct store *store, const struct collector *collector, struct input *input,
	const struct ingest_options *options, struct ingest_result *result, struct err *err)
{
	struct running *running = calloc(1, sizeof(*running));
	int status = -1;

	memset(result, 0, sizeof(*result));
	if (running == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for an import");
	if (options->replace && collector->kind != COLLECTS_INVOICES) {
		free(running);
		return err_set(
			err, ERR_INPUT, "%s: to replace is for invoices, and this is %s", input->name, collector->name);
	}
	running->store = store;
	running->collector = collector;
	running->options = options;
	running->result = result;
	running->run = &result->run;
	running->input = input;
	if (store_begin(store, err) != 0)
		goto done;
	if (begin_run(running, err) == 0)
		status = run_through(running, err);
	if (status == 0 && !options->dry_run)
		status = store_commit(store, err);
	if (status != 0 || options->dry_run) {
		store_rollback(store);
		result->run.id = 0;
	}
done:
	batch_close(running->batch);
	pricing_close(running->pricing);
	free(running);
	return status;
}

/* ---- the built-in prices */

struct placing {
	struct store *store;
	struct price_source source;
	struct text name;
};

static int
place_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	struct placing *placing = ctx;
	struct price_row renamed = *row;

	(void)place;
	renamed.source = placing->name;
	return price_put(placing->store, &placing->source, &renamed, err) == PUT_FAILED ? -1 : 0;
}

static void
ignore(void *ctx, struct place place, const char *reason)
{
	(void)ctx, (void)place, (void)reason;
}

/* Every version of the built-in book is a book of its own: what was priced by an older one keeps its rows. */
static int
place_built_in(struct store *store, const struct embedded *file, int64_t now_us, struct err *err)
{
	const struct collector *collector = collector_find("prices-csv", err);
	struct ingest_memory memory = { .bytes = (const char *)file->bytes, .n = file->size };
	struct zone utc;
	struct collect_options options = { .zone = &utc, .now_us = now_us };
	char name[64];
	struct placing placing = { .store = store, .source = { .rank = RANK_BUILT_IN, .now_us = now_us } };
	const struct sink sink = { .ctx = &placing, .price = place_price, .refuse = ignore, .warn = ignore };
	struct input input;
	int exists;

	zone_utc(&utc);
	snprintf(name, sizeof(name), "built-in %.8s", file->hash);
	placing.name = text_of(name);
	if (collector == NULL || (exists = price_book_exists(store, RANK_BUILT_IN, name, err)) < 0)
		return -1;
	if (exists)
		return 0;
	ingest_memory_input(&memory, BUILT_IN, &input);
	if (store_begin(store, err) != 0)
		return -1;
	if (collector->parse(&input, &options, &sink, err) == 0 && store_commit(store, err) == 0)
		return 0;
	store_rollback(store);
	return err_in(err, "the built-in prices");
}

int
ingest_prepare(struct store *store, int64_t now_us, struct err *err)
{
	const struct embedded *file = embed_find(BUILT_IN);

	return file == NULL ? 0 : place_built_in(store, file, now_us, err);
}

#define CATCH_UP_LINES 50000 /* some 20 ms */

int
ingest_catch_up_some(struct store *store, struct err *err)
{
	int more;

	if (store_begin(store, err) != 0)
		return -1;
	more = rollup_catch_up(store, CATCH_UP_LINES, err);
	if (more >= 0 && store_commit(store, err) == 0)
		return more;
	store_rollback(store);
	return -1;
}

static void
say_lagging(int64_t days)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)days);
	log_info("ledger: sums that came with this version are being made", "days_left", text);
}

int
ingest_catch_up(struct store *store, struct err *err)
{
	int64_t days = rollup_lagging(store, err), said = 2 * days;
	int more = days > 0;

	while (days >= 0 && more == 1) {
		if (10 * (said - days) >= said) {
			say_lagging(days);
			said = days;
		}
		more = ingest_catch_up_some(store, err);
		days = more < 0 ? -1 : rollup_lagging(store, err);
	}
	return days < 0 ? -1 : 0;
}

struct store *
ingest_open(const char *path, int64_t now_us, struct err *err)
{
	return ingest_open_as(path, STORE_WRITE, now_us, err);
}

struct store *
ingest_open_as(const char *path, enum store_mode mode, int64_t now_us, struct err *err)
{
	struct store *store = store_open(path, mode, err);

	if (store != NULL && ingest_prepare(store, now_us, err) != 0) {
		store_close(store);
		return NULL;
	}
	return store;
}
