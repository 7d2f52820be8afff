/*
 * months: which are closed, what they came to, and what has come for them since.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/months.h"
#include "daemon/report/reports.h"
#include "daemon/store/ledger.h"
#include "daemon/store/months.h"
#include "daemon/store/query.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define MONTHS_MAX 1200 /* that are looked at: a hundred years */

struct calendar {
	struct store *store;
	struct arena *arena;
	const struct zone *zone;
	int start; /* day of the month on which months begin */
};

/* ---- which months there are */

/* "2026-08"; where months begin on another day than the first, that day. */
static const char *
name_month(const struct calendar *calendar, int64_t from_us)
{
	char text[16];

	date_print(text, sizeof(text), zone_date(calendar->zone, from_us / SECOND_US, NULL));
	if (calendar->start == 1)
		text[7] = '\0';
	return arena_copy(calendar->arena, text, strlen(text));
}

static int64_t
month_of(const struct calendar *calendar, int64_t at_us, int months)
{
	return zone_month(calendar->zone, at_us / SECOND_US, calendar->start, months) * SECOND_US;
}

/* Closings that stand, and which of them is of a month; NULL where none. */
static const struct closed_month *
standing(const struct month_list *list, int64_t from_us)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->months[i].from_us == from_us && list->months[i].reopened_us == 0)
			return &list->months[i];
	return NULL;
}

static int
last_version(const struct month_list *list, int64_t from_us)
{
	int version = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->months[i].from_us == from_us && list->months[i].version > version)
			version = list->months[i].version;
	return version;
}

/* ---- what a month comes to */

static struct month_figures
figures_of(const struct usage_sum *sum)
{
	return (struct month_figures){ sum->rows, sum->requests, usage_sum_tokens(sum),
		sum->state_tokens[PRICE_UNPRICED], (int64_t)sum->amount_nano };
}

static int
check_amount(const struct usage_sum *sum, struct err *err)
{
	if (sum->amount_nano > INT64_MAX || sum->amount_nano < INT64_MIN)
		return err_set(err, ERR_INPUT, "the month's amount does not fit a closing (9.2e9 USD)");
	return 0;
}

static int
ask(const struct calendar *calendar, int64_t from_us, int64_t to_us, const enum by by[QUERY_BYS],
	struct usage_result *result, struct err *err)
{
	struct usage_query query = {
		.from_us = from_us, .to_us = to_us, .zone = calendar->zone, .month_start_day = calendar->start
	};

	memcpy(query.by, by, sizeof(query.by));
	return query_usage(calendar->store, &query, calendar->arena, result, err);
}

static int
read_figures(
	const struct calendar *calendar, int64_t from_us, int64_t to_us, struct month_figures *figures, struct err *err)
{
	static const enum by none[QUERY_BYS] = { BY_NONE };
	struct usage_result result;

	if (ask(calendar, from_us, to_us, none, &result, err) != 0 || check_amount(&result.total, err) != 0)
		return -1;
	*figures = figures_of(&result.total);
	return 0;
}

static struct month_figures
minus(struct month_figures a, const struct month_figures *b)
{
	return (struct month_figures){ a.lines - b->lines, a.requests - b->requests, a.tokens - b->tokens,
		a.unpriced_tokens - b->unpriced_tokens, a.amount_nano - b->amount_nano };
}

/* What came for a closed month since, and is not booked yet. */
static int
outstanding(const struct calendar *calendar, const struct closed_month *month, struct month_figures *change,
	struct err *err)
{
	struct month_adjustment *booked;
	size_t n;

	if (read_figures(calendar, month->from_us, month->to_us, change, err) != 0 ||
		month_adjust_list(calendar->store, calendar->arena, &booked, &n, err) != 0)
		return -1;
	*change = minus(*change, &month->figures);
	for (size_t i = 0; i < n; i++)
		if (booked[i].from_us == month->from_us)
			*change = minus(*change, &booked[i].figures);
	return 0;
}

static bool
is_change(const struct month_figures *change)
{
	return change->lines != 0 || change->requests != 0 || change->tokens != 0 || change->amount_nano != 0;
}

/* Where nothing had a price nobody knows what it cost. */
static struct value *
amount_of(struct answer *answer, const struct month_figures *figures)
{
	if (figures->tokens > 0 && figures->unpriced_tokens == figures->tokens)
		return value_unknown(answer);
	return value_amount(answer, figures->amount_nano, NANO_DIGITS);
}

/* ---- closing */

static int
write_parts(const struct calendar *calendar, const struct closed_month *month, enum month_grouping grouping,
	struct err *err)
{
	static const enum by bys[][QUERY_BYS] = { [MONTH_BY_OWNER] = { BY_WORKLOAD, BY_TEAM, BY_COST_CENTRE },
		[MONTH_BY_MODEL] = { BY_PROVIDER, BY_MODEL, BY_NONE } };
	struct usage_result result;

	if (ask(calendar, month->from_us, month->to_us, bys[grouping], &result, err) != 0)
		return -1;
	for (size_t i = 0; i < result.n; i++) {
		struct month_part part = { .grouping = grouping, .figures = figures_of(&result.rows[i].sum) };

		memcpy(part.name, result.rows[i].name, sizeof(part.name));
		if (month_part_add(calendar->store, month, &part, err) != 0)
			return -1;
	}
	return 0;
}

/* What has come for months that were closed before is booked in this one. */
static int
book(const struct calendar *calendar, const struct month_list *list, const struct closed_month *month, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct month_adjustment adjustment = {
			.booked_from_us = month->from_us, .version = month->version, .from_us = list->months[i].from_us
		};

		if (list->months[i].reopened_us != 0)
			continue;
		if (outstanding(calendar, &list->months[i], &adjustment.figures, err) != 0)
			return -1;
		if (is_change(&adjustment.figures) && month_adjust(calendar->store, &adjustment, err) != 0)
			return -1;
	}
	return 0;
}

static int
close_one(const struct calendar *calendar, int64_t from_us, int64_t now_us, struct err *err)
{
	struct closed_month month = { .from_us = from_us,
		.to_us = month_of(calendar, from_us, 1),
		.name = name_month(calendar, from_us),
		.closed_us = now_us };
	struct month_list list;

	if (month_list(calendar->store, calendar->arena, &list, err) != 0 ||
		read_figures(calendar, month.from_us, month.to_us, &month.figures, err) != 0)
		return -1;
	month.version = last_version(&list, from_us) + 1;
	if (month_close(calendar->store, &month, err) != 0 || book(calendar, &list, &month, err) != 0)
		return -1;
	return write_parts(calendar, &month, MONTH_BY_OWNER, err) == 0
		? write_parts(calendar, &month, MONTH_BY_MODEL, err)
		: -1;
}

/* The first open month that holds usage; 1, or 0 where there is none before `before_us`. */
static int
first_open(const struct calendar *calendar, int64_t before_us, int64_t *from_us, struct err *err)
{
	struct usage_query query = { .zone = calendar->zone, .from_us = TIME_FIRST_US, .to_us = before_us };
	struct coverage coverage;
	int64_t until_us;

	if (ledger_closed_until(calendar->store, &until_us, err) != 0)
		return -1;
	if (until_us > query.from_us)
		query.from_us = until_us;
	if (query.from_us >= query.to_us)
		return 0;
	if (query_coverage(calendar->store, &query, &coverage, err) != 0)
		return -1;
	*from_us = coverage.any ? month_of(calendar, coverage.first_us, 0) : 0;
	if (coverage.any && *from_us < until_us)
		*from_us = until_us; /* months began on another day when the last one was closed */
	return coverage.any;
}

/*
 * The begin of the month that is named as it is shown: 2026-09, and where months begin on another day also 2026-09-15. A
 * closed one is known by the name that it was closed under.
 */
static int
month_begin(const struct calendar *calendar, const struct month_list *list, const char *name, int64_t *from_us,
	struct err *err)
{
	char text[16];
	struct date date;

	for (size_t i = 0; i < list->n; i++)
		if (list->months[i].reopened_us == 0 && strcmp(list->months[i].name, name) == 0) {
			*from_us = list->months[i].from_us;
			return 0;
		}
	snprintf(text, sizeof(text), "%.7s-%02d", name, calendar->start);
	if (date_parse(text, 10, &date, NULL) == 0) {
		*from_us = zone_day(calendar->zone, date) * SECOND_US;
		if (strlen(name) == 7 || strcmp(name_month(calendar, *from_us), name) == 0)
			return 0;
	}
	return err_set(err, ERR_INPUT, "'%.40s' is no month; write it as 2026-08", name);
}

static int
check_next(const struct calendar *calendar, int64_t from_us, bool through, struct err *err)
{
	int64_t until_us, open_us;
	int found;

	if (ledger_closed_until(calendar->store, &until_us, err) != 0)
		return -1;
	if (from_us < until_us)
		return err_set(err, ERR_INPUT, "%s is closed already", name_month(calendar, from_us));
	if ((found = first_open(calendar, from_us, &open_us, err)) < 0)
		return -1;
	if (found == 1 && !through)
		return err_set(err, ERR_INPUT,
			"%s is open and comes first; close it, or say --through to close all up to %s",
			name_month(calendar, open_us), name_month(calendar, from_us));
	return 0;
}

/* What this closing books of months that were closed before: the months from first_us on are closed by it. */
static int
tell_booked(const struct calendar *calendar, int64_t first_us, struct answer *answer, struct err *err)
{
	struct month_adjustment *booked;
	struct month_figures sum = { .lines = 0 };
	size_t n;

	if (month_adjust_list(calendar->store, calendar->arena, &booked, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (booked[i].booked_from_us >= first_us) {
			sum.lines += booked[i].figures.lines;
			sum.amount_nano += booked[i].figures.amount_nano;
		}
	answer_fact(answer, "booked_lines", "lines", value_whole(answer, sum.lines));
	answer_fact(answer, "booked_amount", "USD", value_amount(answer, sum.amount_nano, NANO_DIGITS));
	return 0;
}

static int
close_months(const struct edit *edit, const struct calendar *calendar, int64_t from_us, bool through,
	struct answer *answer, struct err *err)
{
	int64_t open_us, first_us = from_us, closed = 0;
	struct month_figures figures;
	int found;

	if (check_next(calendar, from_us, through, err) != 0)
		return -1;
	while ((found = first_open(calendar, from_us, &open_us, err)) == 1 && closed++ < MONTHS_MAX) {
		first_us = open_us < first_us ? open_us : first_us;
		if (close_one(calendar, open_us, edit->clock.now_us, err) != 0)
			return -1;
	}
	if (found < 0 || close_one(calendar, from_us, edit->clock.now_us, err) != 0 ||
		read_figures(calendar, from_us, month_of(calendar, from_us, 1), &figures, err) != 0)
		return -1;
	answer_fact(answer, "month", "", value_text(answer, name_month(calendar, from_us)));
	answer_fact(answer, "closed", "", value_whole(answer, closed + 1));
	answer_fact(answer, "requests", "requests", value_whole(answer, figures.requests));
	answer_fact(answer, "tokens", "tokens", value_whole(answer, figures.tokens));
	answer_fact(answer, "unpriced_tokens", "tokens", value_whole(answer, figures.unpriced_tokens));
	answer_fact(answer, "amount", "USD", amount_of(answer, &figures));
	if (tell_booked(calendar, first_us, answer, err) != 0)
		return -1;
	if (edit_value(edit, "note", NULL) != NULL)
		answer_fact(answer, "note", "", value_text(answer, edit_value(edit, "note", NULL)));
	if (figures.unpriced_tokens > 0)
		answer_note(answer,
			"%" PRId64 " tokens of the month have no known price: it was closed at a lower bound",
			figures.unpriced_tokens);
	return edit_audit(edit, "month close", edit->name, answer, err);
}

static const char *const fields[] = { "through", "note" };

static int
begin(const struct edit *edit, struct calendar *calendar, int64_t *from_us, struct err *err)
{
	struct month_list list;

	*calendar = (struct calendar){ edit->store, edit->arena, edit->clock.zone, edit->settings->report.month_start };
	if (edit_check(edit, fields, sizeof(fields) / sizeof(fields[0]), err) != 0 ||
		month_list(edit->store, edit->arena, &list, err) != 0)
		return -1;
	return month_begin(calendar, &list, edit->name, from_us, err);
}

int
months_close(const struct edit *edit, struct answer *answer, struct err *err)
{
	const char *through = edit_value(edit, "through", NULL);
	struct calendar calendar;
	int64_t from_us;

	if (begin(edit, &calendar, &from_us, err) != 0)
		return -1;
	if (through != NULL && strcmp(through, "yes") != 0 && strcmp(through, "no") != 0)
		return err_set(err, ERR_INPUT, "through: '%s' is none of yes, no", through);
	if (month_of(&calendar, from_us, 1) > edit->clock.now_us)
		return err_set(err, ERR_INPUT, "%s is not over; a month can be closed when it is",
			name_month(&calendar, from_us));
	if (store_begin(edit->store, err) != 0)
		return -1;
	if (close_months(edit, &calendar, from_us, through != NULL && strcmp(through, "yes") == 0, answer, err) != 0 ||
		store_commit(edit->store, err) != 0) {
		store_rollback(edit->store);
		return -1;
	}
	return 0;
}

/* ---- opening again */

static int
reopen(const struct edit *edit, const struct calendar *calendar, int64_t from_us, struct answer *answer,
	struct err *err)
{
	const char *note = edit_value(edit, "note", NULL);
	const struct closed_month *month;
	struct month_list list;
	int64_t until_us;

	if (ledger_closed_until(edit->store, &until_us, err) != 0 ||
		month_list(edit->store, edit->arena, &list, err) != 0)
		return -1;
	if ((month = standing(&list, from_us)) == NULL)
		return err_set(err, ERR_MISSING, "%s is not closed", name_month(calendar, from_us));
	if (month->to_us != until_us)
		return err_set(err, ERR_INPUT, "months after %s are closed; the last one is opened first", month->name);
	if (note == NULL)
		return err_set(err, ERR_INPUT,
			"note: say why %s is opened again; it is kept with what it was closed at", month->name);
	answer_fact(answer, "month", "", value_text(answer, month->name));
	answer_fact(answer, "version", "", value_whole(answer, month->version));
	answer_fact(answer, "closed_amount", "USD", amount_of(answer, &month->figures));
	answer_fact(answer, "note", "", value_text(answer, note));
	if (month_reopen(edit->store, month, edit->clock.now_us, err) < 0)
		return -1;
	return edit_audit(edit, "month reopen", edit->name, answer, err);
}

int
months_reopen(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct calendar calendar;
	int64_t from_us;

	if (begin(edit, &calendar, &from_us, err) != 0 || store_begin(edit->store, err) != 0)
		return -1;
	if (reopen(edit, &calendar, from_us, answer, err) != 0 || store_commit(edit->store, err) != 0) {
		store_rollback(edit->store);
		return -1;
	}
	return 0;
}

/* ---- all of them */

static const struct param months_params[] = {
	{ "month", PARAM_TEXT, NULL, 0, 0, "of a closed month: whose it was and which model's when it was closed" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct month_columns {
	struct column *month, *from, *to, *state, *closed_at, *version, *requests, *tokens, *unpriced, *amount, *closed,
		*late_lines, *late_amount, *booked;
};

static struct month_columns
make_columns(struct answer *answer)
{
	struct month_columns columns = { .month = answer_column(answer, "month", "") };

	columns.state = answer_column(answer, "state", "");
	columns.from = answer_column(answer, "from", "");
	columns.to = answer_column(answer, "to", "");
	columns.closed_at = answer_column(answer, "closed_at", "");
	columns.version = answer_column(answer, "version", "");
	columns.requests = answer_column(answer, "requests", "requests");
	columns.tokens = answer_column(answer, "tokens", "tokens");
	columns.unpriced = answer_column(answer, "unpriced_tokens", "tokens");
	columns.amount = answer_column(answer, "amount", "USD");
	columns.closed = answer_column(answer, "closed_amount", "USD");
	columns.late_lines = answer_column(answer, "late_lines", "lines");
	columns.late_amount = answer_column(answer, "late_amount", "USD");
	columns.booked = answer_column(answer, "booked_amount", "USD");
	return columns;
}

static struct value *
instant(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

/* What this month has booked of earlier ones. */
static int
booked_in(const struct calendar *calendar, int64_t from_us, int64_t *amount_nano, struct err *err)
{
	struct month_adjustment *booked;
	size_t n;

	*amount_nano = 0;
	if (month_adjust_list(calendar->store, calendar->arena, &booked, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (booked[i].booked_from_us == from_us)
			*amount_nano += booked[i].figures.amount_nano;
	return 0;
}

struct month_row {
	int64_t from_us, to_us;
	const struct closed_month *closed; /* NULL: open */
	bool over;
};

static int
add_row(const struct calendar *calendar, struct answer *answer, const struct month_columns *columns,
	const struct month_row *row, struct err *err)
{
	const struct closed_month *closed = row->closed;
	struct month_figures figures, late = { 0, 0, 0, 0, 0 };
	int64_t booked;

	if (read_figures(calendar, row->from_us, row->to_us, &figures, err) != 0 ||
		(closed != NULL && outstanding(calendar, closed, &late, err) != 0) ||
		booked_in(calendar, row->from_us, &booked, err) != 0)
		return -1;
	column_add(answer, columns->month,
		value_text(answer, closed == NULL ? name_month(calendar, row->from_us) : closed->name));
	column_add(answer, columns->state,
		value_text(answer,
			closed != NULL      ? "closed"
				: row->over ? "open"
					    : "running"));
	column_add(answer, columns->from, instant(answer, row->from_us));
	column_add(answer, columns->to, instant(answer, row->to_us));
	column_add(answer, columns->closed_at,
		closed == NULL ? value_unknown(answer) : instant(answer, closed->closed_us));
	column_add(answer, columns->version,
		closed == NULL ? value_unknown(answer) : value_whole(answer, closed->version));
	column_add(answer, columns->requests, value_whole(answer, figures.requests));
	column_add(answer, columns->tokens, value_whole(answer, figures.tokens));
	column_add(answer, columns->unpriced, value_whole(answer, figures.unpriced_tokens));
	column_add(answer, columns->amount, amount_of(answer, &figures));
	column_add(
		answer, columns->closed, closed == NULL ? value_unknown(answer) : amount_of(answer, &closed->figures));
	column_add(
		answer, columns->late_lines, closed == NULL ? value_unknown(answer) : value_whole(answer, late.lines));
	column_add(answer, columns->late_amount,
		closed == NULL ? value_unknown(answer) : value_amount(answer, late.amount_nano, NANO_DIGITS));
	column_add(answer, columns->booked,
		closed == NULL ? value_unknown(answer) : value_amount(answer, booked, NANO_DIGITS));
	return 0;
}

/* Closed months as they were closed, then the open ones by the calendar. */
static struct month_row *
list_rows(const struct calendar *calendar, const struct month_list *list, const struct coverage *coverage,
	int64_t until_us, int64_t now_us, size_t *n)
{
	struct month_row *rows = arena_take(calendar->arena, (list->n + MONTHS_MAX) * sizeof(*rows));
	int64_t from_us = coverage->any ? month_of(calendar, coverage->first_us, 0) : 0;

	*n = 0;
	for (size_t i = 0; i < list->n; i++)
		if (list->months[i].reopened_us == 0)
			rows[(*n)++] = (struct month_row){ list->months[i].from_us, list->months[i].to_us,
				&list->months[i], true };
	if (!coverage->any || coverage->last_us < until_us)
		return rows;
	if (from_us < until_us)
		from_us = until_us;
	for (int i = 0; from_us <= coverage->last_us && i < MONTHS_MAX; i++) {
		int64_t to_us = month_of(calendar, from_us, 1);

		rows[(*n)++] = (struct month_row){ from_us, to_us, NULL, to_us <= now_us };
		from_us = to_us;
	}
	return rows;
}

static int
add_parts(const struct calendar *calendar, const struct closed_month *month, enum month_grouping grouping,
	struct answer *answer, struct err *err)
{
	static const char *const names[][3] = { [MONTH_BY_OWNER] = { "workload", "team", "cost_centre" },
		[MONTH_BY_MODEL] = { "provider", "model", NULL } };
	struct column *name[3] = { NULL }, *requests, *tokens, *unpriced, *amount;
	struct month_part *parts;
	size_t n;

	if (month_parts(calendar->store, month, grouping, calendar->arena, &parts, &n, err) != 0)
		return -1;
	answer_table(answer, grouping == MONTH_BY_OWNER ? "owners" : "models",
		grouping == MONTH_BY_OWNER ? "Whose it was when it was closed" : "By model when it was closed");
	for (int i = 0; i < 3 && names[grouping][i] != NULL; i++)
		name[i] = answer_column(answer, names[grouping][i], "");
	requests = answer_column(answer, "requests", "requests");
	tokens = answer_column(answer, "tokens", "tokens");
	unpriced = answer_column(answer, "unpriced_tokens", "tokens");
	amount = answer_column(answer, "amount", "USD");
	for (size_t k = 0; k < n; k++) {
		for (int i = 0; i < 3 && name[i] != NULL; i++)
			column_add(answer, name[i],
				value_text(answer, parts[k].name[i][0] == '\0' ? GROUP_NONE : parts[k].name[i]));
		column_add(answer, requests, value_whole(answer, parts[k].figures.requests));
		column_add(answer, tokens, value_whole(answer, parts[k].figures.tokens));
		column_add(answer, unpriced, value_whole(answer, parts[k].figures.unpriced_tokens));
		column_add(answer, amount, amount_of(answer, &parts[k].figures));
	}
	return 0;
}

static int
add_closed(const struct calendar *calendar, const struct month_list *list, const char *name, struct answer *answer,
	struct err *err)
{
	const struct closed_month *month;
	int64_t from_us;

	if (month_begin(calendar, list, name, &from_us, err) != 0)
		return err_in(err, "month");
	if ((month = standing(list, from_us)) == NULL)
		return err_set(err, ERR_MISSING, "month: '%s' is not closed", name);
	return add_parts(calendar, month, MONTH_BY_OWNER, answer, err) == 0
		? add_parts(calendar, month, MONTH_BY_MODEL, answer, err)
		: -1;
}

static int
months_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const struct calendar calendar = { request->store, request->arena, request->zone,
		request->settings->report.month_start };
	const struct usage_query all = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = request->zone };
	const char *month = request_text(request, report, "month");
	struct month_columns columns;
	struct coverage coverage;
	struct month_list list;
	struct month_row *rows;
	size_t n, closed = 0;
	int64_t until_us;

	if (month_list(request->store, request->arena, &list, err) != 0 ||
		ledger_closed_until(request->store, &until_us, err) != 0 ||
		query_coverage(request->store, &all, &coverage, err) != 0)
		return -1;
	rows = list_rows(&calendar, &list, &coverage, until_us, request->now_us, &n);
	answer_table(answer, "months", "Months");
	columns = make_columns(answer);
	for (size_t i = 0; i < n; i++) {
		closed += rows[i].closed != NULL;
		if (add_row(&calendar, answer, &columns, &rows[i], err) != 0)
			return -1;
	}
	if (n == 0)
		answer_headline(answer, "The ledger holds no usage.");
	else
		answer_headline(answer, "%zu month%s, %zu of them closed.", n, n == 1 ? "" : "s", closed);
	answer_fact(answer, "months", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "closed", "", value_whole(answer, (int64_t)closed));
	answer_fact(
		answer, "closed_until", "", until_us == INT64_MIN ? value_unknown(answer) : instant(answer, until_us));
	return month == NULL ? 0 : add_closed(&calendar, &list, month, answer, err);
}

const struct report report_months = { "months", "which months are closed, what they came to, and what came since",
	months_params, months_run };
