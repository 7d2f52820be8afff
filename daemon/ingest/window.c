#include "daemon/ingest/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/tally.h"
#include "daemon/store/adjust.h"
#include "daemon/store/rollup.h"
#include "daemon/store/speed.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define DAY_US (DAY_S * SECOND_US)
#define AHEAD_US DAY_US

/* The rows that this window brought: hashes of their keys, in a table of 2^bits. 0 is an empty place. */
struct seen {
	uint64_t *places;
	size_t n, room;
};

/* Rows more or less on a day. */
struct day_count {
	int64_t day, rows;
};

struct putting {
	struct store *store;
	const struct window_job *job;
	const struct source_plan *plan;
	struct run *run;
	int64_t source;
	const char *part; /* of the page that is read, "" for none */
	struct pricing *pricing;
	struct arena *arena;
	struct source_state state;
	struct seen seen;
	struct day_count *days;
	size_t n_days;
	int64_t closed_us; /* what is earlier does not change */
	struct text kept;
	bool has_kept;
	char extras[LINE_EXTRAS];
};

/* ---- what was seen */

static uint64_t
hash_of(const struct pulled *row)
{
	uint64_t hash = hash_text(hash_word(hash_word(7, (uint64_t)row->at_us), (uint64_t)row->kind), row->key);

	return hash == 0 ? 1 : hash;
}

static size_t
place_of(const struct seen *seen, uint64_t hash)
{
	size_t i = hash & (seen->room - 1);

	while (seen->places[i] != 0 && seen->places[i] != hash)
		i = (i + 1) & (seen->room - 1);
	return i;
}

static bool
was_seen(const struct seen *seen, const struct pulled *row)
{
	return seen->room > 0 && seen->places[place_of(seen, hash_of(row))] != 0;
}

static int
see(struct seen *seen, const struct pulled *row, struct err *err)
{
	uint64_t hash = hash_of(row);

	if (2 * (seen->n + 1) > seen->room) {
		struct seen more = { calloc(seen->room == 0 ? 1024 : 2 * seen->room, sizeof(uint64_t)), seen->n,
			seen->room == 0 ? 1024 : 2 * seen->room };

		if (more.places == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for the rows of a window");
		for (size_t i = 0; i < seen->room; i++)
			if (seen->places[i] != 0)
				more.places[place_of(&more, seen->places[i])] = seen->places[i];
		free(seen->places);
		*seen = more;
	}
	if (seen->places[place_of(seen, hash)] == 0)
		seen->n++;
	seen->places[place_of(seen, hash)] = hash;
	return 0;
}

/* ---- days */

static int64_t
day_of(int64_t at_us)
{
	return at_us >= 0 ? at_us / DAY_US : -((-at_us + DAY_US - 1) / DAY_US);
}

/* An invoice line lies where its charge begins. */
static int64_t
lies_at(const struct pulled *row)
{
	return row->kind == LEDGER_INVOICE ? row->charged_us : row->at_us;
}

static void
count_day(struct putting *putting, int64_t at_us, int64_t rows)
{
	int64_t day = day_of(at_us);

	for (size_t i = putting->n_days; i-- > 0;)
		if (putting->days[i].day == day) {
			putting->days[i].rows += rows;
			return;
		}
	if ((putting->n_days & (putting->n_days - 1)) == 0) {
		size_t room = putting->n_days == 0 ? 1 : 2 * putting->n_days;
		struct day_count *more = arena_take(putting->arena, room * sizeof(*more));

		if (putting->n_days > 0)
			memcpy(more, putting->days, putting->n_days * sizeof(*more));
		putting->days = more;
	}
	putting->days[putting->n_days++] = (struct day_count){ day, rows };
}

static int
write_days(struct putting *putting, struct err *err)
{
	const struct window_job *job = putting->job;
	enum pull_shape shape = putting->plan->pull->shape;
	bool window = shape == PULL_WINDOW || shape == PULL_EVENTS;

	for (int64_t day = day_of(job->from_us); window && day * DAY_US < job->to_us && day * DAY_US < job->now_us;
		day++)
		count_day(putting, day * DAY_US, 0);
	for (size_t i = 0; i < putting->n_days; i++) {
		const struct day_count *count = &putting->days[i];
		int64_t end_us = (count->day + 1) * DAY_US;
		struct source_day day = { .day = count->day,
			.rows = count->rows,
			.read_us = job->now_us,
			.whole = window && end_us <= job->to_us && end_us <= job->now_us };

		if (source_day_add(putting->store, putting->source, &day, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- told by the parser */

static void
refuse(void *ctx, struct place place, const char *reason)
{
	struct putting *putting = ctx;

	putting->run->refused++;
	tally_reason(putting->run, REASON_REFUSED, reason, place);
}

static void
warn(void *ctx, struct place place, const char *reason)
{
	struct putting *putting = ctx;

	putting->run->warned++;
	tally_reason(putting->run, REASON_WARNED, reason, place);
}

static int
refused_or_failed(struct putting *putting, struct place place, const struct err *why, struct err *err)
{
	if (why->kind != ERR_INPUT)
		return err_set(err, why->kind, "%s", why->text);
	refuse(putting, place, why->text);
	return 0;
}

static int
take_kept(void *ctx, struct text state, struct err *err)
{
	struct putting *putting = ctx;

	(void)err;
	putting->kept = (struct text){ arena_copy(putting->arena, state.p, state.n), state.n };
	putting->has_kept = true;
	return 0;
}

/* ---- what becomes of a row */

/* One row of any kind, and how it is put: the ways differ, the rules do not. */
struct row {
	struct pulled key;
	struct place place;
	const struct usage_line *line;
	const struct gpu_reading *gpu;
	const struct invoice_reading *invoice;
	struct gpu_met met;
	int64_t stands; /* the run of the line that is there, after a conflict */
};

static enum put_result
try_row(struct putting *putting, struct row *row, struct err *err)
{
	enum put_result result;

	if (row->line != NULL)
		return ledger_try_usage(putting->store, putting->run->id, row->line, &row->stands, err);
	if (row->invoice != NULL)
		return ledger_try_invoice(putting->store, putting->run->id, row->invoice, &row->stands, err);
	result = ledger_try_gpu(putting->store, putting->run->id, row->gpu, &row->met, err);
	row->stands = row->met.run;
	return result;
}

static int
keep_row(struct putting *putting, const struct row *row, const char *why, struct err *err)
{
	int64_t run = putting->run->id;
	enum put_result result = row->line != NULL ? ledger_keep_usage(putting->store, run, row->line, err)
		: row->invoice != NULL             ? ledger_keep_invoice(putting->store, run, row->invoice, err)
						   : ledger_keep_gpu(putting->store, run, row->gpu, &row->met, err);

	putting->run->conflicting++;
	tally_reason(putting->run, REASON_CONFLICT, why, row->place);
	return result == PUT_FAILED ? -1 : 0;
}

static int
sums_of(struct putting *putting, const struct row *row, bool is_new, struct err *err)
{
	if (row->line == NULL)
		return 0;
	return is_new ? rollup_touch(putting->store, row->line, err)
		      : rollup_changed(putting->store, row->key.at_us, err);
}

/* Of a row that stands as it came: whether this source brought it. */
static int
mark_own(struct putting *putting, const struct row *row, struct err *err)
{
	int64_t owner = 0;

	if (putting->plan->pull->shape != PULL_WINDOW)
		return 0;
	if (run_source(putting->store, row->stands, &owner, err) < 0)
		return -1;
	return owner == putting->source ? pulled_mark(putting->store, putting->source, &row->key, err) : 0;
}

static int
mark_row(struct putting *putting, const struct row *row, struct err *err)
{
	if (putting->plan->pull->shape != PULL_WINDOW)
		return 0;
	return pulled_mark(putting->store, putting->source, &row->key, err);
}

/*
 * A row of this source stands with other content, or (GPU hours) a stretch of it meets this one: it goes, and the row
 * is put again. 1 done, 0 what stands is not this source's to replace, -1.
 */
static int
replace_row(struct putting *putting, struct row *row, struct err *err)
{
	struct pulled standing = row->key;
	int64_t owner = 0;

	for (int i = 0; i < 64; i++) {
		enum put_result result;

		if (run_source(putting->store, row->stands, &owner, err) < 0)
			return -1;
		if (row->gpu != NULL)
			standing.at_us = row->met.from_us;
		if (owner != putting->source || standing.at_us < putting->closed_us ||
			(row->gpu != NULL && was_seen(&putting->seen, &standing) && row->stands == putting->run->id))
			return 0;
		if (ledger_take_back(putting->store, standing.kind, standing.at_us, standing.key, err) < 0 ||
			pulled_forget(putting->store, putting->source, &standing, err) != 0)
			return -1;
		count_day(putting, lies_at(&standing), -1);
		result = try_row(putting, row, err);
		if (result == PUT_FAILED)
			return -1;
		if (result == PUT_TAKEN)
			return 1;
	}
	return 0;
}

/* ---- closed months */

static struct adjust_month
open_month(const struct putting *putting)
{
	int64_t at_s = putting->closed_us / SECOND_US;
	int start_day = zone_date(putting->job->zone, at_s, NULL).day;

	return (struct adjust_month){ putting->closed_us,
		zone_month(putting->job->zone, at_s, start_day <= 28 ? start_day : 1, 1) * SECOND_US };
}

static int
tell_adjusted(struct putting *putting, enum adjust_result result, struct place place)
{
	if (result == ADJUST_FAILED)
		return -1;
	if (result == ADJUST_SAME)
		putting->run->repeated++;
	else
		putting->run->replaced++;
	if (result == ADJUST_BOOKED)
		warn(putting, place, "its month is closed: the difference is booked in the month that is open");
	return 0;
}

/* What comes for an invoice line of a closed month is booked in the open one. */
static int
adjust_row(struct putting *putting, const struct row *row, struct err *err)
{
	struct adjust_month month = open_month(putting);

	if (see(&putting->seen, &row->key, err) != 0 || mark_row(putting, row, err) != 0)
		return -1;
	return tell_adjusted(
		putting, adjust_invoice(putting->store, putting->run->id, row->invoice, &month, err), row->place);
}

static int
put_row(struct putting *putting, struct row *row, struct err *err)
{
	bool closed = row->key.at_us < putting->closed_us, repeated = was_seen(&putting->seen, &row->key);
	enum put_result result;
	int replaced;

	if (closed && row->invoice != NULL)
		return adjust_row(putting, row, err);
	result = try_row(putting, row, err);
	if (result == PUT_FAILED)
		return -1;
	if (result == PUT_TAKEN && closed) {
		if (ledger_take_back(putting->store, row->key.kind, row->key.at_us, row->key.key, err) < 0)
			return -1;
		return keep_row(putting, row, "the month is closed; what comes for it now is not counted", err);
	}
	if (see(&putting->seen, &row->key, err) != 0)
		return -1;
	if (result == PUT_REPEATED) {
		/* Twice in one window counts once; what stands may be of a file that was imported before. */
		putting->run->repeated++;
		return repeated ? 0 : mark_own(putting, row, err);
	}
	if (result == PUT_TAKEN) {
		putting->run->taken++;
		count_day(putting, lies_at(&row->key), 1);
		return mark_row(putting, row, err) != 0 ? -1 : sums_of(putting, row, true, err);
	}
	if (closed)
		return keep_row(putting, row, "the month is closed; what comes for it now is not counted", err);
	if (repeated && row->stands == putting->run->id && putting->plan->pull->shape == PULL_WINDOW)
		return keep_row(putting, row, "two rows of one bucket that nothing tells apart; the first stands", err);
	replaced = replace_row(putting, row, err);
	if (replaced < 0)
		return -1;
	if (replaced == 0)
		return keep_row(putting, row, "the same key stands in the ledger with other content", err);
	putting->run->replaced++;
	count_day(putting, lies_at(&row->key), 1);
	return mark_row(putting, row, err) != 0 ? -1 : sums_of(putting, row, false, err);
}

/* ---- kinds of rows */

#define KEY_MAX 40

/* "@7/0123456789abcdef": the source, and what parts its rows of one instant. */
static struct text
made_key(const struct putting *putting, char *key, uint64_t hash)
{
	return (struct text){ key,
		(size_t)snprintf(key, KEY_MAX, "@%lld/%016llx", (long long)putting->source, (unsigned long long)hash) };
}

static uint64_t
usage_key(const struct usage_reading *reading)
{
	const struct text texts[] = { reading->grouping, reading->dimensions, reading->provider, reading->model,
		reading->workload, reading->account, reading->project, reading->key, reading->service_tier,
		reading->tag };
	uint64_t hash = hash_word(3, (uint64_t)reading->width_us);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = hash_text(hash, texts[i]);
	return hash_word(hash, (uint64_t)reading->status);
}

static struct pulled
pulled_of(const struct putting *putting, enum ledger_kind kind, int64_t at_us, struct text key)
{
	return (struct pulled){ .kind = kind, .at_us = at_us, .key = key, .part = text_of(putting->part) };
}

static int
take_usage(void *ctx, struct place place, const struct usage_reading *asked, struct err *err)
{
	struct putting *putting = ctx;
	struct usage_reading reading = *asked;
	struct row row = { .place = place };
	struct usage_line line;
	char key[KEY_MAX];
	const char *said;
	struct err why;

	if (reading.id.n == 0)
		reading.id = made_key(putting, key, usage_key(&reading));
	if (ledger_check_usage(&reading, putting->job->now_us, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	line_of(&line, &reading, putting->extras);
	line.line = place.line;
	if (ledger_series(putting->store, &reading, &line.series, &why) != 0 ||
		pricing_line(putting->pricing, line.series.series, &reading, &line.price, &said, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	if (said != NULL)
		warn(putting, place, said);
	if (reading.at_us > putting->job->now_us + AHEAD_US)
		warn(putting, place, "the time is more than a day ahead of this machine's clock");
	tally_time(putting->run, reading.at_us, reading.at_us);
	row.key = pulled_of(putting, LEDGER_USAGE, reading.at_us, reading.id);
	row.key.width_us = reading.width_us;
	row.line = &line;
	return put_row(putting, &row, err);
}

static int
take_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	struct putting *putting = ctx;
	struct row row = { .place = place, .gpu = reading };
	struct err why;

	if (ledger_check_gpu(reading, putting->job->now_us, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	tally_time(putting->run, reading->from_us, reading->to_us);
	row.key = pulled_of(putting, LEDGER_GPU, reading->from_us, reading->device);
	row.key.width_us = reading->to_us - reading->from_us;
	return put_row(putting, &row, err);
}

static int
take_speed(void *ctx, struct place place, const struct speed_reading *reading, struct err *err)
{
	struct putting *putting = ctx;
	struct err why;

	if (speed_check(reading, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	return speed_put(putting->store, reading, err);
}

static int
take_invoice(void *ctx, struct place place, const struct invoice_reading *asked, struct err *err)
{
	struct putting *putting = ctx;
	struct invoice_reading reading = *asked;
	struct row row = { .place = place };
	char key[KEY_MAX];
	struct err why;

	if (reading.id.n == 0)
		reading.id = made_key(putting, key, ledger_invoice_key(&reading));
	if (ledger_check_invoice(&reading, putting->job->now_us, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	tally_time(putting->run, reading.charge_from_us, reading.charge_to_us);
	row.invoice = &reading;
	row.key = pulled_of(putting, LEDGER_INVOICE, reading.period_from_us, reading.id);
	row.key.width_us = reading.charge_to_us - reading.charge_from_us;
	row.key.charged_us = reading.charge_from_us;
	return put_row(putting, &row, err);
}

/* ---- what came no more */

static bool
was_asked(const struct window_job *job, struct text part)
{
	for (const struct window_page *page = job->pages; page != NULL; page = page->next)
		if (text_is(part, page->part == NULL ? "" : page->part))
			return true;
	return false;
}

static int
remove_row(struct putting *putting, const struct pulled *row, struct err *err)
{
	struct place place = { .path = NULL };
	struct adjust_month month = open_month(putting);

	if (row->at_us < putting->closed_us && row->kind == LEDGER_INVOICE)
		return tell_adjusted(putting,
			adjust_gone(putting->store, putting->run->id, row->at_us, row->key, &month, err), place);
	if (row->at_us < putting->closed_us) {
		putting->run->conflicting++;
		tally_reason(putting->run, REASON_CONFLICT,
			"the month is closed; what the source takes back from it stays counted", place);
		return ledger_keep_removed(putting->store, row->kind, putting->run->id, row->at_us, row->key, err);
	}
	if (pulled_forget(putting->store, putting->source, row, err) != 0 ||
		ledger_take_back(putting->store, row->kind, row->at_us, row->key, err) < 0)
		return -1;
	putting->run->removed++;
	count_day(putting, lies_at(row), -1);
	return row->kind == LEDGER_USAGE ? rollup_changed(putting->store, row->at_us, err) : 0;
}

static int
remove_missing(struct putting *putting, struct err *err)
{
	const struct window_job *job = putting->job;
	struct pulled *rows;
	size_t n;

	if (putting->plan->pull->shape != PULL_WINDOW)
		return 0;
	if (pulled_list(putting->store, putting->source, job->from_us, job->to_us, putting->arena, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!was_seen(&putting->seen, &rows[i]) && was_asked(job, rows[i].part) &&
			remove_row(putting, &rows[i], err) != 0)
			return -1;
	return 0;
}

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
	const struct sink sink = { .ctx = putting,
		.usage = take_usage,
		.gpu = take_gpu,
		.speed = take_speed,
		.invoice = take_invoice,
		.refuse = refuse,
		.warn = warn,
		.state = take_kept };
	const struct source_settings *settings = &putting->plan->settings;
	const struct window_job *job = putting->job;
	struct collect_options options = { .account = text_of(settings->account),
		.workload = text_of(settings->workload),
		.provider = text_of(settings->provider),
		.model = text_of(settings->model),
		.zone = job->zone,
		.now_us = job->now_us,
		.part = text_of(page->part),
		.state = putting->has_kept ? putting->kept : putting->state.kept,
		.url = text_of(putting->plan->url),
		.from_us = job->from_us,
		.to_us = job->to_us };
	struct ingest_memory memory = { .bytes = page->bytes, .n = page->n };
	struct input input;

	ingest_memory_input(&memory, page->name, &input);
	putting->part = page->part == NULL ? "" : page->part;
	putting->run->bytes += (int64_t)page->n;
	return putting->plan->collector->parse(&input, &options, &sink, err);
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
	if (run_begin(store, run, &run->id, err) != 0)
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
	if (changed)
		return run_end(putting->store, run, err);
	dropped = run_drop(putting->store, run->id, err);
	if (dropped <= 0)
		return dropped < 0 ? -1 : run_end(putting->store, run, err);
	run->id = 0;
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
		if (parse_page(putting, page, err) != 0)
			return -1;
	if (run->refused > 0 && run->taken + run->repeated + run->replaced + run->conflicting == 0)
		return all_refused(putting, err);
	if (remove_missing(putting, err) != 0 || write_days(putting, err) != 0)
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
