#include "daemon/ingest/window_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/pull.h"
#include "collectors/repeats.h"
#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/tally.h"
#include "daemon/store/adjust.h"
#include "daemon/store/incidents.h"
#include "daemon/store/rollup.h"
#include "daemon/store/speed.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define DAY_US (DAY_S * SECOND_US)
#define AHEAD_US DAY_US

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

int
window_write_days(struct putting *putting, struct err *err)
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

/* ---- exports */

/* Whether what does not come again is taken back: its rows are marked as the source's. */
static bool
is_held(const struct putting *putting)
{
	return putting->plan->pull->shape == PULL_WINDOW || putting->plan->pull->exports;
}

/* An export tells of the period that a row of it is of. */
static void
tell_period(struct putting *putting, int64_t at_us)
{
	struct told_period *more;

	for (size_t i = putting->n_periods; i-- > 0 && putting->periods[i].part == putting->part;)
		if (putting->periods[i].at_us == at_us)
			return;
	if ((putting->n_periods & (putting->n_periods - 1)) == 0) {
		more = arena_take(
			putting->arena, (putting->n_periods == 0 ? 1 : 2 * putting->n_periods) * sizeof(*more));
		if (putting->n_periods > 0)
			memcpy(more, putting->periods, putting->n_periods * sizeof(*more));
		putting->periods = more;
	}
	putting->periods[putting->n_periods++] = (struct told_period){ putting->part, at_us };
}

/*
 * Whether the row that stands came in this run, in another file of the export: then nothing tells the two apart. 1 it did,
 * 0, -1.
 */
static int
came_beside(struct putting *putting, const struct pulled *row, int64_t stands, struct err *err)
{
	struct text part;
	int found;

	if (!putting->plan->pull->exports || stands != putting->run->id)
		return 0;
	found = pulled_part(putting->store, putting->source, row, putting->arena, &part, err);
	return found == 1 ? !text_is(part, putting->part) : found;
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

	if (!is_held(putting))
		return 0;
	if (run_source(putting->store, row->stands, &owner, err) < 0)
		return -1;
	return owner == putting->source ? pulled_mark(putting->store, putting->source, &row->key, err) : 0;
}

static int
mark_row(struct putting *putting, const struct row *row, struct err *err)
{
	if (!is_held(putting))
		return 0;
	return pulled_mark(putting->store, putting->source, &row->key, err);
}

/* An invoice is of the month that its billing period's date is in. */
static bool
is_closed(const struct putting *putting, const struct pulled *row)
{
	int64_t at_us =
		row->kind == LEDGER_INVOICE ? zone_billed(putting->job->zone, row->at_us, row->at_us) : row->at_us;

	return at_us < putting->closed_us;
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
		if (owner != putting->source || is_closed(putting, &standing) ||
			(standing.at_us != row->key.at_us && was_seen(&putting->seen, &standing)))
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
		warn(putting, place, ADJUST_BOOKED_TEXT);
	return 0;
}

/* What comes for an invoice line of a closed month is booked in the open one. */
static int
adjust_row(struct putting *putting, const struct row *row, struct err *err)
{
	struct adjust_month month = adjust_open_month(putting->closed_us, putting->job->zone);

	if (see(&putting->seen, &row->key, err) != 0 || mark_row(putting, row, err) != 0)
		return -1;
	return tell_adjusted(
		putting, adjust_invoice(putting->store, putting->run->id, row->invoice, &month, err), row->place);
}

static int
put_row(struct putting *putting, struct row *row, struct err *err)
{
	bool closed = is_closed(putting, &row->key);
	int repeated = was_seen(&putting->seen, &row->key), replaced;
	enum put_result result;

	if (putting->plan->pull->exports)
		tell_period(putting, row->key.at_us);
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
	if (!repeated && (repeated = came_beside(putting, &row->key, row->stands, err)) < 0)
		return -1;
	if (repeated && is_held(putting))
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

#define KEY_MAX LEDGER_MADE_ID

/* "@7/0123456789abcdef": the source, and what parts its rows of one instant. */
static struct text
made_key(const struct putting *putting, char *key, uint64_t hash)
{
	return (struct text){ key,
		(size_t)snprintf(key, KEY_MAX, "@%lld/%016llx", (long long)putting->source, (unsigned long long)hash) };
}

static struct pulled
pulled_of(const struct putting *putting, enum ledger_kind kind, int64_t at_us, struct text key)
{
	return (struct pulled){ .kind = kind, .at_us = at_us, .key = key, .part = text_of(putting->part) };
}

/* As in a file that is imported: an event without an id is its content and the number of equal ones before it. */
static struct text
number_nameless(struct putting *putting, const struct usage_line *line, struct place place, char *id)
{
	int64_t n = -1;

	if (putting->repeats == NULL)
		putting->repeats = repeats_open();
	if (putting->repeats != NULL)
		n = repeats_count(putting->repeats, hash_word((uint64_t)line->hash, (uint64_t)line->at_us));
	if (n < 0)
		warn(putting, place, "too many rows without an id to tell equal ones apart; they count once");
	return (struct text){ id, ledger_made_id(id, (uint64_t)line->hash, n < 0 ? 0 : n) };
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

	if (reading.id.n == 0 && (reading.grouping.n > 0 || putting->plan->pull->shape != PULL_FILES))
		reading.id = made_key(putting, key, line_bucket_key(&reading));
	if (ledger_check_usage(&reading, putting->job->now_us, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	line_of(&line, &reading, putting->extras);
	line.line = place.line;
	if (line.id.n == 0)
		reading.id = line.id = number_nameless(putting, &line, place, key);
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
take_incident(void *ctx, struct place place, const struct incident_reading *reading, struct err *err)
{
	struct putting *putting = ctx;
	const struct incident_come come = { putting->run->id, putting->job->now_us };
	enum put_result result;
	struct err why;
	bool edited;

	if (incident_check(reading, &why) != 0)
		return refused_or_failed(putting, place, &why, err);
	if ((result = incident_put(putting->store, &come, reading, &edited, err)) == PUT_FAILED)
		return -1;
	putting->run->replaced += edited;
	putting->run->taken += !edited && result == PUT_TAKEN;
	putting->run->repeated += result == PUT_REPEATED;
	tally_time(putting->run, reading->started_us,
		reading->ended_us == NOT_REPORTED ? reading->started_us : reading->ended_us);
	return 0;
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
	struct adjust_month month = adjust_open_month(putting->closed_us, putting->job->zone);
	bool closed = is_closed(putting, row);

	if (closed && row->kind == LEDGER_INVOICE)
		return tell_adjusted(putting,
			adjust_gone(putting->store, putting->run->id, row->at_us, row->key, &month, err), place);
	if (closed) {
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

/* Of a period that a file tells: the rows of it that the file had, and has no more. */
static int
remove_dropped(struct putting *putting, const struct told_period *period, struct err *err)
{
	struct pulled *rows;
	size_t n;

	if (pulled_list_part(putting->store, putting->source, text_of(period->part), period->at_us, period->at_us,
		    putting->arena, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!was_seen(&putting->seen, &rows[i]) && remove_row(putting, &rows[i], err) != 0)
			return -1;
	return 0;
}

int
window_remove_missing(struct putting *putting, struct err *err)
{
	const struct window_job *job = putting->job;
	struct pulled *rows;
	size_t n;

	for (size_t i = 0; i < putting->n_periods; i++)
		if (remove_dropped(putting, &putting->periods[i], err) != 0)
			return -1;
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

/* ---- all of them */

void
window_file_missed(struct putting *putting, const struct window_file *file)
{
	putting->unread++;
	refuse(putting, (struct place){ .path = file->path }, file->why);
}

struct sink
window_sink(struct putting *putting)
{
	return (struct sink){ .ctx = putting,
		.usage = take_usage,
		.gpu = take_gpu,
		.incident = take_incident,
		.speed = take_speed,
		.invoice = take_invoice,
		.refuse = refuse,
		.warn = warn,
		.state = take_kept };
}
