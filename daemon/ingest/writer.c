#include <string.h>

#include "daemon/ingest/ingest.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/otlp_work.h"
#include "daemon/ingest/parcel.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/tally.h"
#include "daemon/ingest/writer.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"

#define RUN_US (INT64_C(3600) * 1000000)
#define AHEAD_US (INT64_C(86400) * 1000000)
#define LARGE_NANO (INT64_C(1) << 43) /* an amount whose sums are watched: 8796 USD */

static const struct source sources[PUSHED_FROM] = {
	[PUSHED_EVENTS] = { .collector = "usage-jsonl", .name = "POST /api/v1/usage", .account = "" },
	[PUSHED_OTLP] = { .collector = "otlp", .name = "OTLP", .account = "" },
};

void
writer_take(struct writer *writer, struct store *store)
{
	int64_t slot = INT64_MIN;
	struct err ignored;

	writer->store = store;
	writer->prepared = false;
	writer->lags = store != NULL && rollup_lagging(store, &ignored) > 0;
	/* A process that was killed may have left sums behind. */
	writer->sums_wait = store != NULL &&
		(rollup_touched(store, ROLLUP_QUARTER, &slot, &ignored) == 1 ||
			(slot = INT64_MIN, rollup_touched(store, ROLLUP_DAY, &slot, &ignored) == 1));
}

void
writer_drop(struct writer *writer)
{
	pricing_close(writer->pricing);
	writer->pricing = NULL;
	writer->store = NULL;
	writer->sums_wait = writer->lags = false;
	memset(writer->pushed, 0, sizeof(writer->pushed));
}

/* ---- the run that pushes are written down in */

/* The run that rows from there belong to, begun where the hour has none yet. */
static int
use_run(struct writer *writer, enum pushed_from from, int64_t now_us, struct err *err)
{
	struct pushed_run *pushed = &writer->pushed[from];
	struct run *run = &pushed->run;

	writer->run = run;
	pushed->in_use = true;
	if (run->id != 0 && run->started_us / RUN_US == now_us / RUN_US)
		return 0;
	memset(run, 0, sizeof(*run));
	run->started_us = now_us;
	pushed->reasons_told = 0;
	if (from == PUSHED_OTLP && otlp_forget(writer->store, now_us, err) != 0)
		return -1;
	if (source_id(writer->store, &sources[from], &run->source, err) != 0)
		return -1;
	return run_begin(writer->store, run, &run->id, err);
}

static int
write_run(struct writer *writer, struct pushed_run *pushed, int64_t now_us, struct err *err)
{
	struct run *run = &pushed->run;
	int64_t told = run->refused + run->warned + run->conflicting;
	int reasons = run->reasons, status;

	run->finished_us = now_us;
	if (told == pushed->reasons_told)
		run->reasons = 0; /* they are as they were written down */
	status = run_end(writer->store, run, err);
	run->reasons = reasons;
	pushed->reasons_told = told;
	return status;
}

static int
write_runs(struct writer *writer, int64_t now_us, struct err *err)
{
	for (int i = 0; i < PUSHED_FROM; i++)
		if (writer->pushed[i].in_use && write_run(writer, &writer->pushed[i], now_us, err) != 0)
			return -1;
	return 0;
}

/* Runs as they are in the file: after a commit, or again after a rollback. */
static void
settle_runs(struct writer *writer, bool committed)
{
	for (int i = 0; i < PUSHED_FROM; i++) {
		struct pushed_run *pushed = &writer->pushed[i];

		if (!pushed->in_use)
			continue;
		if (committed) {
			pushed->before = pushed->run;
			pushed->told_before = pushed->reasons_told;
		} else {
			pushed->run = pushed->before;
			pushed->reasons_told = pushed->told_before;
		}
		pushed->in_use = false;
	}
}

static void
tally_refused(struct run *run, const struct push_refused *refused)
{
	run->refused++;
	tally_reason(run, REASON_REFUSED, refused->reason, (struct place){ .line = refused->row });
}

void
writer_remark(struct writer *writer, int64_t row, const char *text)
{
	writer->run->warned++;
	tally_reason(writer->run, REASON_WARNED, text, (struct place){ .line = row });
}

void
writer_refuse(struct writer *writer, struct parcel *parcel, int64_t row, const char *reason)
{
	parcel_refuse(parcel, row, reason);
	tally_refused(writer->run, parcel->late);
}

void
writer_repeated(struct writer *writer, struct parcel *parcel)
{
	writer->run->repeated++;
	parcel->result.repeated++;
}

/* ---- putting */

static int
count(struct writer *writer, struct parcel *parcel, const struct usage_line *line, enum put_result result,
	struct err *err)
{
	struct run *run = writer->run;

	tally_time(run, line->at_us, line->at_us);
	switch (result) {
	case PUT_TAKEN:
		run->taken++;
		parcel->result.taken++;
		return rollup_touch(writer->store, line, err);
	case PUT_REPEATED:
		writer_repeated(writer, parcel);
		return 0;
	case PUT_GREW:
		run->replaced++;
		parcel->result.taken++;
		return rollup_changed(writer->store, line->at_us, err);
	case PUT_CONFLICT:
		run->conflicting++;
		parcel_conflict(parcel, line->id);
		tally_reason(run, REASON_CONFLICT, "the same key stands in the ledger with other content",
			(struct place){ .line = line->line });
		return 0;
	default:
		return -1;
	}
}

/* 1: the line is in the ledger, new or not; 0: its row was refused, or stands with other content. */
static int
put_line(struct writer *writer, struct parcel *parcel, const struct usage_reading *reading, struct usage_line *line,
	struct err *err)
{
	enum put_result result;
	const char *remark;
	struct err why;

	if (ledger_series(writer->store, reading, &line->series, err) != 0)
		return -1;
	if (pricing_line(writer->pricing, line->series.series, reading, &line->price, &remark, &why) != 0) {
		if (why.kind != ERR_INPUT)
			return err_set(err, why.kind, "%s", why.text);
		writer_refuse(writer, parcel, line->line, why.text);
		return 0;
	}
	if (remark != NULL)
		writer_remark(writer, line->line, remark);
	if (line->at_us > writer->now_us + AHEAD_US)
		writer_remark(writer, line->line, "the time is more than a day ahead of this machine's clock");
	writer->sum_now = writer->sum_now || line->price.amount_nano > LARGE_NANO;
	result = ledger_put_usage(writer->store, writer->run->id, line, err);
	if (count(writer, parcel, line, result, err) != 0)
		return -1;
	return result != PUT_CONFLICT;
}

static int
put_otlp(struct writer *writer, struct parcel *parcel, const struct event *event, struct err *err)
{
	struct otlp_put put = { .writer = writer, .parcel = parcel, .event = event, .now_us = writer->now_us };
	struct usage_reading reading;
	struct usage_line line;
	char extras[LINE_EXTRAS];
	int status = otlp_reading(&put, &reading, err);

	if (status != 1)
		return status;
	line_of(&line, &reading, extras);
	line.line = event->row;
	if ((status = put_line(writer, parcel, &reading, &line, err)) < 0)
		return -1;
	return status == 1 ? otlp_counted(&put, err) : 0;
}

static int
put_parcel(struct writer *writer, struct parcel *parcel, struct err *err)
{
	if (use_run(writer, parcel->form == PUSH_EVENTS ? PUSHED_EVENTS : PUSHED_OTLP, writer->now_us, err) != 0)
		return -1;
	parcel_reset(parcel);
	writer->run->bytes += (int64_t)parcel->bytes;
	for (const struct push_refused *refused = parcel->result.first_refused; refused != NULL;
		refused = refused->next)
		tally_refused(writer->run, refused);
	for (struct event *event = parcel->events; event != NULL; event = event->next)
		if ((event->otlp != NULL ? put_otlp(writer, parcel, event, err)
					 : put_line(writer, parcel, &event->reading, &event->line, err)) < 0)
			return -1;
	writer->sum_now = writer->sum_now || parcel->huge;
	return 0;
}

/* Take the write lock; prices may have come since it was held here last. */
static int
lock_ledger(struct writer *writer, struct err *err)
{
	int changed;

	if (store_begin(writer->store, err) != 0 || (changed = store_changed_outside(writer->store, err)) < 0)
		return -1;
	if (changed == 1) {
		pricing_close(writer->pricing);
		writer->pricing = NULL;
	}
	return 0;
}

static int
begin(struct writer *writer, struct err *err)
{
	if (!writer->prepared && ingest_prepare(writer->store, writer->now_us, err) != 0)
		return -1;
	if (lock_ledger(writer, err) != 0)
		return -1;
	if (!writer->prepared && rollup_zone(writer->store, writer->zone, err) != 0)
		return -1;
	if (writer->pricing == NULL && (writer->pricing = pricing_open(writer->store, err)) == NULL)
		return -1;
	return 0;
}

int
writer_put(struct writer *writer, struct parcel *parcels, int64_t now_us, struct err *err)
{
	if (writer->store == NULL)
		return err_set(err, ERR_BUSY, "there is no ledger at the moment; try again");
	writer->sum_now = false;
	writer->now_us = now_us;
	if (begin(writer, err) != 0)
		goto failed;
	for (struct parcel *parcel = parcels; parcel != NULL; parcel = parcel->next)
		if (put_parcel(writer, parcel, err) != 0)
			goto failed;
	if (writer->sum_now && rollup_run(writer->store, err) != 0)
		goto failed;
	if (write_runs(writer, now_us, err) != 0 || store_commit(writer->store, err) != 0)
		goto failed;
	settle_runs(writer, true);
	writer->prepared = true;
	writer->sums_wait = true;
	return 0;
failed:
	store_rollback(writer->store);
	settle_runs(writer, false);
	return -1;
}

int
writer_catch_up(struct writer *writer, struct err *err)
{
	int more = ingest_catch_up_some(writer->store, err);

	writer->lags = more == 1;
	return more < 0 ? -1 : 0;
}

int
writer_sum(struct writer *writer, struct err *err)
{
	if (lock_ledger(writer, err) != 0 || rollup_run(writer->store, err) != 0 ||
		store_commit(writer->store, err) != 0) {
		store_rollback(writer->store);
		return -1;
	}
	writer->sums_wait = false;
	return 0;
}
