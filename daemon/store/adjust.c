#include "daemon/store/adjust.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"
#include "models/units/calendar.h"
#include "models/units/money.h"

enum { BILLED, EFFECTIVE, LIST, CONTRACTED, AMOUNTS };

struct amounts {
	bool has[AMOUNTS];
	int64_t nano[AMOUNTS];
};

#define BOOKED_ID 1200 /* "+" and the period of the line, and its id */

struct booking {
	struct store *store;
	int64_t run, period_from_us;
	struct text id;
	const struct adjust_month *month;
	char booked[BOOKED_ID];
	size_t booked_n;
	struct err *err;
};

static struct text
booked_id(const struct booking *booking)
{
	return (struct text){ booking->booked, booking->booked_n };
}

static int
begin(struct booking *booking)
{
	int n = snprintf(booking->booked, sizeof(booking->booked), "+%" PRId64 "/%.*s",
		booking->period_from_us / SECOND_US, (int)booking->id.n, booking->id.n == 0 ? "" : booking->id.p);

	if (n < 0 || (size_t)n >= sizeof(booking->booked))
		return err_set(booking->err, ERR_INPUT, "the id of an invoice line is too long to adjust it");
	booking->booked_n = (size_t)n;
	return 0;
}

struct adjust_month
adjust_open_month(int64_t closed_us, const struct zone *zone)
{
	int64_t at_s = closed_us / SECOND_US;
	int start_day = zone_date(zone, at_s, NULL).day;

	return (struct adjust_month){ closed_us,
		zone_month(zone, at_s, start_day <= 28 ? start_day : 1, 1) * SECOND_US };
}

/* ---- amounts */

static struct amounts
amounts_of(const struct invoice_reading *reading)
{
	return (struct amounts){
		.has = { reading->has_billed, reading->has_effective, reading->has_list, reading->has_contracted },
		.nano = { reading->billed_nano, reading->effective_nano, reading->list_nano, reading->contracted_nano },
	};
}

static struct amounts
amounts_at(sqlite3_stmt *row, int column)
{
	struct amounts amounts;

	for (int i = 0; i < AMOUNTS; i++) {
		amounts.has[i] = sqlite3_column_type(row, column + i) != SQLITE_NULL;
		amounts.nano[i] = sqlite3_column_int64(row, column + i);
	}
	return amounts;
}

/* *sum -= less. */
static int
take_off(struct amounts *sum, const struct amounts *less, struct err *err)
{
	for (int i = 0; i < AMOUNTS; i++) {
		if (!less->has[i])
			continue;
		sum->has[i] = true;
		if (less->nano[i] == INT64_MIN || money_add(&sum->nano[i], -less->nano[i]) != 0)
			return err_set(err, ERR_INPUT, "an adjustment does not fit a line of the ledger (9.2e9)");
	}
	return 0;
}

static bool
is_nothing(const struct amounts *amounts)
{
	for (int i = 0; i < AMOUNTS; i++)
		if (amounts->nano[i] != 0)
			return false;
	return true;
}

/* ---- what stands */

static int
find(struct booking *booking, int64_t period_from_us, struct text id, sqlite3_stmt **row)
{
	*row = statement_get(booking->store, ST_invoice_get);
	bind_whole(*row, ":period_from_us", period_from_us);
	bind_text(*row, ":id", id);
	return statement_step(booking->store, *row, booking->err);
}

/* *left becomes what is said now less what stands in closed months; *last is the month booked in last, 0: none. */
static int
read_left(struct booking *booking, const struct amounts *now, struct amounts *left, int64_t *last)
{
	sqlite3_stmt *sums = statement_get(booking->store, ST_invoice_booked_sums), *line;
	struct amounts stands;
	int status = find(booking, booking->period_from_us, booking->id, &line);

	*left = *now;
	if (status == 1) {
		stands = amounts_at(line, 17);
		sqlite3_reset(line);
		status = take_off(left, &stands, booking->err);
	}
	if (status < 0)
		return -1;
	bind_whole(sums, ":period_from_us", booking->period_from_us);
	bind_text(sums, ":id", booking->id);
	bind_text(sums, ":booked_id", booked_id(booking));
	bind_whole(sums, ":open_us", booking->month->from_us);
	if (statement_step(booking->store, sums, booking->err) != 1)
		return -1;
	stands = amounts_at(sums, 0);
	*last = sqlite3_column_int64(sums, 4);
	sqlite3_reset(sums);
	return take_off(left, &stands, booking->err);
}

/* ---- booking */

static int
note(struct booking *booking, enum statement which)
{
	sqlite3_stmt *statement = statement_get(booking->store, which);

	bind_whole(statement, ":period_from_us", booking->period_from_us);
	bind_text(statement, ":id", booking->id);
	bind_whole(statement, ":booked_from_us", booking->month->from_us);
	return statement_run(booking->store, statement, booking->err);
}

/* Nothing is left to book. */
static enum adjust_result
settle(struct booking *booking)
{
	int gone = ledger_take_back(
		booking->store, LEDGER_INVOICE, booking->month->from_us, booked_id(booking), booking->err);

	if (gone < 0 || note(booking, ST_invoice_booked_remove) != 0)
		return ADJUST_FAILED;
	return gone == 1 ? ADJUST_SETTLED : ADJUST_SAME;
}

/* The line of the open month: the charge as it is named, with what is left of its amounts. */
static enum adjust_result
book(struct booking *booking, const struct invoice_reading *charge, const struct amounts *left)
{
	struct invoice_reading line = *charge;
	int64_t stands = 0;
	enum put_result result;

	line.id = booked_id(booking);
	line.period_from_us = booking->month->from_us;
	line.period_to_us = booking->month->to_us;
	line.category = text_of("Adjustment");
	line.charge_class = text_of("Correction");
	line.has_quantity = false;
	line.quantity_nano = 0;
	line.has_billed = left->has[BILLED];
	line.has_effective = left->has[EFFECTIVE];
	line.has_list = left->has[LIST];
	line.has_contracted = left->has[CONTRACTED];
	line.billed_nano = left->nano[BILLED];
	line.effective_nano = left->nano[EFFECTIVE];
	line.list_nano = left->nano[LIST];
	line.contracted_nano = left->nano[CONTRACTED];
	result = ledger_try_invoice(booking->store, booking->run, &line, &stands, booking->err);
	if (result == PUT_REPEATED)
		return ADJUST_SAME;
	if (result == PUT_CONFLICT) {
		if (ledger_take_back(booking->store, LEDGER_INVOICE, line.period_from_us, line.id, booking->err) < 0)
			return ADJUST_FAILED;
		result = ledger_try_invoice(booking->store, booking->run, &line, &stands, booking->err);
	}
	return result == PUT_FAILED || note(booking, ST_invoice_booked_add) != 0 ? ADJUST_FAILED : ADJUST_BOOKED;
}

enum adjust_result
adjust_invoice(struct store *store, int64_t run, const struct invoice_reading *reading,
	const struct adjust_month *month, struct err *err)
{
	struct booking booking = { .store = store,
		.run = run,
		.period_from_us = reading->period_from_us,
		.id = reading->id,
		.month = month,
		.err = err };
	struct amounts now = amounts_of(reading), left;
	int64_t last = 0;

	if (begin(&booking) != 0 || read_left(&booking, &now, &left, &last) != 0)
		return ADJUST_FAILED;
	return is_nothing(&left) ? settle(&booking) : book(&booking, reading, &left);
}

/* The texts are the row's, which is reset by the caller. */
static struct invoice_reading
charge_at(sqlite3_stmt *row)
{
	return (struct invoice_reading){
		.charge_from_us = sqlite3_column_int64(row, 1),
		.charge_to_us = sqlite3_column_int64(row, 2),
		.account = column_text(row, 3),
		.invoice = column_text(row, 4),
		.provider = column_text(row, 5),
		.publisher = column_text(row, 6),
		.service = column_text(row, 7),
		.sku = column_text(row, 8),
		.resource = column_text(row, 9),
		.frequency = column_text(row, 10),
		.pricing_category = column_text(row, 11),
		.commitment = column_text(row, 12),
		.commitment_status = column_text(row, 13),
		.description = column_text(row, 14),
		.currency = column_text(row, 15),
		.quantity_unit = column_text(row, 16),
	};
}

enum adjust_result
adjust_gone(struct store *store, int64_t run, int64_t period_from_us, struct text id, const struct adjust_month *month,
	struct err *err)
{
	struct booking booking = {
		.store = store, .run = run, .period_from_us = period_from_us, .id = id, .month = month, .err = err
	};
	const struct amounts nothing = { .has = { false } };
	enum adjust_result result;
	struct invoice_reading charge;
	struct amounts left;
	sqlite3_stmt *line;
	int64_t last = 0;
	int status;

	if (begin(&booking) != 0 || read_left(&booking, &nothing, &left, &last) != 0)
		return ADJUST_FAILED;
	if (is_nothing(&left))
		return settle(&booking);
	status = find(&booking, period_from_us, id, &line);
	if (status == 0) /* it came when its month was closed, and was booked */
		status = find(&booking, last, booked_id(&booking), &line);
	if (status != 1)
		return status < 0 ? ADJUST_FAILED : ADJUST_SAME;
	charge = charge_at(line);
	result = book(&booking, &charge, &left);
	sqlite3_reset(line);
	return result;
}
