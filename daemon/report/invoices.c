/*
 * invoices: what was billed, on cash (billed) and accrual (effective) basis; currencies are never summed.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static const struct param invoices_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_CHOICE, "provider|service|period|invoice|category", 0, 0, "a row for each" },
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
		{ "period", INVOICE_BY_PERIOD }, { "invoice", INVOICE_BY_INVOICE },
		{ "category", INVOICE_BY_CATEGORY } };

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
	date_print(from, sizeof(from), zone_date(request->zone, row->from_us / SECOND_US, NULL));
	return arena_copy(request->arena, from, strlen(from));
}

static void
add_rows(const struct request *request, const struct invoice_query *query, const struct invoice_result *result,
	const char *by, struct answer *answer)
{
	struct column *name = answer_column(answer, by == NULL ? "range" : by, ""),
		      *currency = answer_column(answer, "currency", ""), *lines = answer_column(answer, "lines", ""),
		      *billed = answer_column(answer, "billed", ""),
		      *effective = answer_column(answer, "effective", ""), *list = answer_column(answer, "list", ""),
		      *contracted = answer_column(answer, "contracted", "");

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

static int
invoices_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");
	struct invoice_query query = { .from_us = request_time(request, report, "from", TIME_FIRST_US),
		.to_us = request_time(request, report, "to", TIME_LAST_US),
		.by = INVOICE_BY_NONE,
		.provider = request_text(request, report, "provider"),
		.service = request_text(request, report, "service") };
	struct invoice_result total, rows;
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
	answer_fact(answer, "lines", "", value_whole(answer, lines));
	answer_fact(answer, "currencies", "", value_whole(answer, (int64_t)total.n));
	if (total.n == 1) {
		const struct invoice_row *sum = &total.rows[0];

		answer_fact(answer, "currency", "", value_text(answer, sum->currency));
		answer_fact(answer, "billed", "", sum_value(answer, sum->billed_nano, sum->without_billed, sum->lines));
		answer_fact(answer, "effective", "",
			sum_value(answer, sum->effective_nano, sum->without_effective, sum->lines));
	}
	add_rows(request, &query, &rows, by, answer);
	return 0;
}

const struct report report_invoices = { "invoices", "what was billed: cash and accrual", invoices_params,
	invoices_run };
