/*
 * query: sums of invoice lines. Different currencies are never summed.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/query.h"
#include "models/units/calendar.h"

enum {
	PERIOD_FROM,
	PERIOD_TO,
	CHARGE_FROM,
	PROVIDER,
	SERVICE,
	INVOICE,
	CATEGORY,
	CURRENCY,
	BILLED,
	EFFECTIVE,
	LIST,
	CONTRACTED,
	PUBLISHER,
	CHARGE_CLASS,
	SKU,
	DESCRIPTION,
	QUANTITY_UNIT,
	COMMITMENT_STATUS,
	CHARGE_TO
};

static const int name_columns[] = {
	[INVOICE_BY_PROVIDER] = PROVIDER,
	[INVOICE_BY_SERVICE] = SERVICE,
	[INVOICE_BY_INVOICE] = INVOICE,
	[INVOICE_BY_CATEGORY] = CATEGORY,
	[INVOICE_BY_SKU] = SKU,
	[INVOICE_BY_CLASS] = CHARGE_CLASS,
	[INVOICE_BY_COMMITMENT] = COMMITMENT_STATUS,
};

struct summing {
	const struct invoice_query *query;
	struct arena *arena;
	struct invoice_row *row;
	size_t n, room;
};

static struct invoice_row *
find_row(struct summing *summing, sqlite3_stmt *line)
{
	const struct invoice_query *query = summing->query;
	bool by_period = query->by == INVOICE_BY_PERIOD, by_none = query->by == INVOICE_BY_NONE;
	int64_t from_us = by_period ? sqlite3_column_int64(line, PERIOD_FROM) : query->from_us;
	int64_t to_us = by_period ? sqlite3_column_int64(line, PERIOD_TO) : query->to_us;
	struct text none = { NULL, 0 };
	struct text name = by_period || by_none ? none : column_text(line, name_columns[query->by]);
	struct text currency = column_text(line, CURRENCY);

	for (size_t i = 0; i < summing->n; i++) {
		struct invoice_row *row = &summing->row[i];

		if (row->from_us == from_us && row->to_us == to_us && text_is(name, row->name) &&
			text_is(currency, row->currency))
			return row;
	}
	if (summing->n == summing->room) {
		size_t room = summing->room == 0 ? 32 : 2 * summing->room;
		struct invoice_row *more = arena_take(summing->arena, room * sizeof(*more));

		if (summing->n > 0)
			memcpy(more, summing->row, summing->n * sizeof(*more));
		summing->row = more;
		summing->room = room;
	}
	summing->row[summing->n] = (struct invoice_row){
		.from_us = from_us,
		.to_us = to_us,
		.name = arena_copy(summing->arena, name.n == 0 ? "" : name.p, name.n),
		.currency = arena_copy(summing->arena, currency.n == 0 ? "" : currency.p, currency.n),
	};
	return &summing->row[summing->n++];
}

static void
add_amount(sqlite3_stmt *line, int column, wide *sum, int64_t *without)
{
	if (sqlite3_column_type(line, column) == SQLITE_NULL)
		++*without;
	else
		*sum += sqlite3_column_int64(line, column);
}

static int
by_time_and_name(const void *a, const void *b)
{
	const struct invoice_row *x = a, *y = b;
	int order;

	if (x->from_us != y->from_us)
		return x->from_us < y->from_us ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order != 0 ? order : strcmp(x->currency, y->currency);
}

static bool
is_wanted(const struct invoice_query *query, sqlite3_stmt *line)
{
	int64_t at_us = zone_billed(
		query->zone, sqlite3_column_int64(line, CHARGE_FROM), sqlite3_column_int64(line, CHARGE_TO));

	return at_us >= query->from_us && at_us < query->to_us &&
		(query->provider == NULL || text_is(column_text(line, PROVIDER), query->provider)) &&
		(query->service == NULL || text_is(column_text(line, SERVICE), query->service));
}

int
query_invoices(struct store *store, const struct invoice_query *query, struct arena *arena,
	struct invoice_result *result, struct err *err)
{
	sqlite3_stmt *line = statement_get(store, ST_invoice_scan);
	struct summing summing = { .query = query, .arena = arena };
	int status;

	while ((status = statement_step(store, line, err)) == 1) {
		struct invoice_row *row;

		if (!is_wanted(query, line))
			continue;
		row = find_row(&summing, line);
		row->lines++;
		add_amount(line, BILLED, &row->billed_nano, &row->without_billed);
		add_amount(line, EFFECTIVE, &row->effective_nano, &row->without_effective);
		add_amount(line, LIST, &row->list_nano, &row->without_list);
		add_amount(line, CONTRACTED, &row->contracted_nano, &row->without_contracted);
	}
	if (summing.n > 0)
		qsort(summing.row, summing.n, sizeof(*summing.row), by_time_and_name);
	*result = (struct invoice_result){ summing.row, summing.n };
	for (size_t i = 0; query->by == INVOICE_BY_NONE || query->by == INVOICE_BY_PERIOD ? i < summing.n : false; i++)
		summing.row[i].name = NULL;
	return status;
}

int
query_invoice_lines(struct store *store, int (*visit)(void *ctx, const struct invoice_line *line, struct err *err),
	void *ctx, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_invoice_scan);
	int status;

	while ((status = statement_step(store, row, err)) == 1) {
		struct invoice_line line = {
			.period_from_us = sqlite3_column_int64(row, PERIOD_FROM),
			.charge_from_us = sqlite3_column_int64(row, CHARGE_FROM),
			.charge_to_us = sqlite3_column_int64(row, CHARGE_TO),
			.provider = column_text(row, PROVIDER),
			.publisher = column_text(row, PUBLISHER),
			.service = column_text(row, SERVICE),
			.sku = column_text(row, SKU),
			.category = column_text(row, CATEGORY),
			.charge_class = column_text(row, CHARGE_CLASS),
			.description = column_text(row, DESCRIPTION),
			.quantity_unit = column_text(row, QUANTITY_UNIT),
			.commitment_status = column_text(row, COMMITMENT_STATUS),
			.currency = column_text(row, CURRENCY),
			.has_billed = sqlite3_column_type(row, BILLED) != SQLITE_NULL,
			.has_effective = sqlite3_column_type(row, EFFECTIVE) != SQLITE_NULL,
			.billed_nano = sqlite3_column_int64(row, BILLED),
			.effective_nano = sqlite3_column_int64(row, EFFECTIVE),
		};

		if (visit(ctx, &line, err) != 0) {
			sqlite3_reset(row);
			return -1;
		}
	}
	return status;
}

int
query_invoices_twice(
	struct store *store, void (*visit)(void *ctx, const struct invoice_twice *twice), void *ctx, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_invoice_twice);
	int status;

	while ((status = statement_step(store, row, err)) == 1) {
		const struct invoice_twice twice = {
			.provider = column_text(row, 0),
			.first = column_text(row, 4),
			.second = column_text(row, 5),
			.from_day = sqlite3_column_int64(row, 1),
			.to_day = sqlite3_column_int64(row, 2),
			.days = sqlite3_column_int64(row, 3),
		};

		visit(ctx, &twice);
	}
	return status;
}
