/*
 * invoices: what was billed, on cash (billed) and accrual (effective) basis; currencies are never summed.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param invoices_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_CHOICE, "provider|service|sku|period|invoice|category|class|commitment", 0, 0,
		"a row for each; class: corrections of earlier periods, commitment: what of it was used and what was not" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider" },
	{ "service", PARAM_TEXT, NULL, 0, 0, "only this service" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static enum invoice_by
parse_by(const char *by)
{
	static const struct {
		const char *name;
		enum invoice_by by;
	} names[] = { { "provider", INVOICE_BY_PROVIDER }, { "service", INVOICE_BY_SERVICE },
		{ "period", INVOICE_BY_PERIOD }, { "invoice", INVOICE_BY_INVOICE }, { "category", INVOICE_BY_CATEGORY },
		{ "sku", INVOICE_BY_SKU }, { "class", INVOICE_BY_CLASS }, { "commitment", INVOICE_BY_COMMITMENT } };

	for (size_t i = 0; by != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, by) == 0)
			return names[i].by;
	return INVOICE_BY_NONE;
}

/* A sum over lines of which some do not say is unknown only when none does. */
static struct value *
sum_value(struct answer *answer, wide sum, int64_t without, int64_t lines)
{
	return without == lines ? value_unknown(answer) : value_amount(answer, sum, NANO_DIGITS);
}

static const char *
row_name(const struct request *request, const struct invoice_query *query, const struct invoice_row *row)
{
	char from[16];

	if (query->by != INVOICE_BY_PERIOD)
		return row->name == NULL ? "all" : row->name[0] == '\0' ? "(none)" : row->name;
	date_print(from, sizeof(from),
		zone_date(request->zone, zone_billed(request->zone, row->from_us, row->to_us) / SECOND_US, NULL));
	return arena_copy(request->arena, from, strlen(from));
}

static void
add_rows(const struct request *request, const struct invoice_query *query, const struct invoice_result *result,
	const char *by, const char *unit, struct answer *answer)
{
	struct column *name = answer_column(answer, by == NULL ? "range" : by, ""),
		      *currency = answer_column(answer, "currency", ""), *lines = answer_column(answer, "lines", ""),
		      *billed = answer_column(answer, "billed", unit),
		      *effective = answer_column(answer, "effective", unit),
		      *list = answer_column(answer, "list", unit),
		      *contracted = answer_column(answer, "contracted", unit);

	for (size_t i = 0; i < result->n; i++) {
		const struct invoice_row *row = &result->rows[i];

		column_add(answer, name, value_text(answer, row_name(request, query, row)));
		column_add(answer, currency, value_text(answer, row->currency));
		column_add(answer, lines, value_whole(answer, row->lines));
		column_add(answer, billed, sum_value(answer, row->billed_nano, row->without_billed, row->lines));
		column_add(
			answer, effective, sum_value(answer, row->effective_nano, row->without_effective, row->lines));
		column_add(answer, list, sum_value(answer, row->list_nano, row->without_list, row->lines));
		column_add(answer, contracted,
			sum_value(answer, row->contracted_nano, row->without_contracted, row->lines));
	}
}

static void
add_headline(struct answer *answer, const struct invoice_result *total, int64_t lines)
{
	const struct invoice_row *sum = &total->rows[0];
	char billed[FIGURE_MAX], effective[FIGURE_MAX];

	if (total->n == 0) {
		answer_headline(answer, "The ledger holds no invoice lines in this range.");
		return;
	}
	if (total->n > 1) {
		answer_headline(answer, "%lld invoice lines in %zu currencies, which are not added up.",
			(long long)lines, total->n);
		return;
	}
	figure_money(billed, sizeof(billed), sum->without_billed == sum->lines ? NAN : (double)sum->billed_nano / 1e9,
		sum->currency);
	figure_money(effective, sizeof(effective),
		sum->without_effective == sum->lines ? NAN : (double)sum->effective_nano / 1e9, sum->currency);
	answer_headline(answer, "%s billed and %s effective on %lld invoice line%s.", billed, effective,
		(long long)lines, lines == 1 ? "" : "s");
}

/* A sum that some lines have no part in says so. */
static void
add_notes(struct answer *answer, const struct invoice_result *total, int64_t lines)
{
	static const char *const names[] = { "billed", "effective", "list", "contracted" };
	int64_t without[4] = { 0 };

	for (size_t i = 0; i < total->n; i++) {
		without[0] += total->rows[i].without_billed;
		without[1] += total->rows[i].without_effective;
		without[2] += total->rows[i].without_list;
		without[3] += total->rows[i].without_contracted;
	}
	for (int i = 0; i < 4; i++)
		if (without[i] > 0 && without[i] < lines)
			answer_note(answer, "%lld of %lld lines say nothing of %s: that sum is of the others",
				(long long)without[i], (long long)lines, names[i]);
}

static int
invoices_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");
	struct invoice_query query = { .from_us = request_time(request, report, "from", TIME_FIRST_US),
		.to_us = request_time(request, report, "to", TIME_LAST_US),
		.zone = request->zone,
		.by = INVOICE_BY_NONE,
		.provider = request_text(request, report, "provider"),
		.service = request_text(request, report, "service") };
	struct invoice_result total, rows;
	const char *unit = ""; /* the currency, where there is but one */
	int64_t lines = 0;

	if (query.from_us >= query.to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (query_invoices(request->store, &query, request->arena, &total, err) != 0)
		return -1;
	query.by = parse_by(by);
	if (query_invoices(request->store, &query, request->arena, &rows, err) != 0)
		return -1;
	for (size_t i = 0; i < total.n; i++)
		lines += total.rows[i].lines;
	add_headline(answer, &total, lines);
	answer_fact(answer, "lines", "", value_whole(answer, lines));
	answer_fact(answer, "currencies", "", value_whole(answer, (int64_t)total.n));
	if (total.n == 1) {
		const struct invoice_row *sum = &total.rows[0];

		unit = sum->currency;
		answer_fact(answer, "currency", "", value_text(answer, sum->currency));
		answer_fact(
			answer, "billed", unit, sum_value(answer, sum->billed_nano, sum->without_billed, sum->lines));
		answer_fact(answer, "effective", unit,
			sum_value(answer, sum->effective_nano, sum->without_effective, sum->lines));
	}
	add_rows(request, &query, &rows, by, unit, answer);
	add_notes(answer, &total, lines);
	return 0;
}

const struct report report_invoices = { "invoices", "what was billed: cash and accrual", invoices_params,
	invoices_run };
