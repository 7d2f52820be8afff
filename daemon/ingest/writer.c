#include <string.h>

#include "daemon/ingest/ingest.h"
#include "daemon/ingest/parcel.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/tally.h"
#include "daemon/ingest/writer.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"

#define RUN_US (INT64_C(3600) * 1000000)
#define AHEAD_US (INT64_C(86400) * 1000000)
#define LARGE_NANO (INT64_C(1) << 43) /* an amount whose sums are watched: 8796 USD */

#define COLLECTOR "usage-jsonl"
#define SOURCE "POST /api/v1/usage"

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
	memset(&writer->run, 0, sizeof(writer->run));
	writer->before = writer->run;
	writer->reasons_told = 0;
}

/* ---- the run that pushes are written down in */

static int
begin_run(struct writer *writer, int64_t now_us, struct err *err)
{
	const struct source source = { .collector = COLLECTOR, .name = SOURCE, .account = "" };
	struct run *run = &writer->run;

	if (run->id != 0 && run->started_us / RUN_US == now_us / RUN_US)
		return 0;
	memset(run, 0, sizeof(*run));
	run->started_us = now_us;
	writer->reasons_told = 0;
	if (source_id(writer->store, &source, &run->source, err) != 0)
		return -1;
	return run_begin(writer->store, run, &run->id, err);
}

static int
write_run(struct writer *writer, int64_t now_us, struct err *err)
{
	struct run *run = &writer->run;
	int64_t told = run->refused + run->warned + run->conflicting;
	int reasons = run->reasons, status;

	run->finished_us = now_us;
	if (told == writer->reasons_told)
		run->reasons = 0; /* they are as they were written down */
	status = run_end(writer->store, run, err);
	run->reasons = reasons;
	writer->reasons_told = told;
	return status;
}

static void
tally_refused(struct run *run, const struct push_refused *refused)
{
	run->refused++;
	tally_reason(run, REASON_REFUSED, refused->reason, (struct place){ .line = refused->row });
}

static void
warn(struct run *run, int64_t row, const char *text)
{
	run->warned++;
	tally_reason(run, REASON_WARNED, text, (struct place){ .line = row });
}

/* ---- putting */

static int
count(struct writer *writer, struct parcel *parcel, const struct usage_line *line, enum put_result result,
	struct err *err)
{
	struct run *run = &writer->run;

	tally_time(run, line->at_us, line->at_us);
	switch (result) {
	case PUT_TAKEN:
		run->taken++;
		parcel->result.taken++;
		return rollup_touch(writer->store, line, err);
	case PUT_REPEATED:
		run->repeated++;
		parcel->result.repeated++;
		return 0;
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

static int
put_event(struct writer *writer, struct parcel *parcel, struct event *event, int64_t now_us, struct err *err)
{
	struct usage_line *line = &event->line;
	const char *remark;
	struct err why;

	if (ledger_series(writer->store, &event->reading, &line->series, err) != 0)
		return -1;
	if (pricing_line(writer->pricing, line->series.series, &event->reading, &line->price, &remark, &why) != 0) {
		if (why.kind != ERR_INPUT)
			return err_set(err, why.kind, "%s", why.text);
		parcel_refuse(parcel, event->row, why.text);
		tally_refused(&writer->run, parcel->late);
		return 0;
	}
	if (remark != NULL)
		warn(&writer->run, event->row, remark);
	if (line->at_us > now_us + AHEAD_US)
		warn(&writer->run, event->row, "the time is more than a day ahead of this machine's clock");
	writer->sum_now = writer->sum_now || line->price.amount_nano > LARGE_NANO;
	return count(writer, parcel, line, ledger_put_usage(writer->store, writer->run.id, line, err), err);
}

static int
put_parcel(struct writer *writer, struct parcel *parcel, int64_t now_us, struct err *err)
{
	parcel_reset(parcel);
	writer->run.bytes += (int64_t)parcel->bytes;
	for (const struct push_refused *refused = parcel->result.first_refused; refused != NULL;
		refused = refused->next)
		tally_refused(&writer->run, refused);
	for (struct event *event = parcel->events; event != NULL; event = event->next)
		if (put_event(writer, parcel, event, now_us, err) != 0)
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
begin(struct writer *writer, int64_t now_us, struct err *err)
{
	if (!writer->prepared && ingest_prepare(writer->store, now_us, err) != 0)
		return -1;
	if (lock_ledger(writer, err) != 0)
		return -1;
	if (!writer->prepared && rollup_zone(writer->store, writer->zone, err) != 0)
		return -1;
	if (writer->pricing == NULL && (writer->pricing = pricing_open(writer->store, err)) == NULL)
		return -1;
	return begin_run(writer, now_us, err);
}

int
writer_put(struct writer *writer, struct parcel *parcels, int64_t now_us, struct err *err)
{
	int64_t told = writer->reasons_told;

	if (writer->store == NULL)
		return err_set(err, ERR_BUSY, "there is no ledger at the moment; try again");
	writer->sum_now = false;
	if (begin(writer, now_us, err) != 0)
		goto failed;
	for (struct parcel *parcel = parcels; parcel != NULL; parcel = parcel->next)
		if (put_parcel(writer, parcel, now_us, err) != 0)
			goto failed;
	if (writer->sum_now && rollup_run(writer->store, err) != 0)
		goto failed;
	if (write_run(writer, now_us, err) != 0 || store_commit(writer->store, err) != 0)
		goto failed;
	writer->before = writer->run;
	writer->prepared = true;
	writer->sums_wait = true;
	return 0;
failed:
	store_rollback(writer->store);
	writer->run = writer->before;
	writer->reasons_told = told;
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
