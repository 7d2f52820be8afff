/*
 * anthropic-cost-csv: the cost export of Anthropic's console.
 *
 *   usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,...
 *   2026-11-01,Claude Demo 5,Default,prod-key,message,<= 200k,input_no_cache,4.12,4.12,token,global,standard
 *
 * DOLLARS rounded to cents, where the cost report of the API says exact cents: sums of this file are off by up to
 * half a cent a row. Columns came with time and may be absent; models have their display names.
 */
#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "models/units/calendar.h"

enum {
	DATE,
	MODEL,
	WORKSPACE,
	KEY,
	KEY_ID,
	USAGE_TYPE,
	CONTEXT,
	TOKEN_TYPE,
	COST,
	LIST,
	COST_TYPE,
	GEO,
	SPEED,
	COLUMNS
};

static const char *const names[COLUMNS] = { "usage_date_utc", "model", "workspace", "api_key", "api_key_id",
	"usage_type", "context_window", "token_type", "cost_usd", "list_price_usd", "cost_type", "inference_geo",
	"speed" };

static int header(void *ctx, struct table *table, struct err *err);
static int row(void *ctx, struct table *table, struct err *err);

static const struct table_shape shape = { .names = names, .columns = COLUMNS, .header = header, .row = row };

static int
header(void *ctx, struct table *table, struct err *err)
{
	(void)ctx;
	return table_needs(table, &shape, DATE, err) != 0 ? -1 : table_needs(table, &shape, COST, err);
}

static int
row(void *ctx, struct table *table, struct err *err)
{
	struct charges *charges = ctx;
	const struct text *value = table->value;
	struct invoice_reading reading = {
		.account = table->options->account,
		.provider = text_of("anthropic"),
		.publisher = text_of("anthropic"),
		.service = value[COST_TYPE],
		.sku = value[TOKEN_TYPE],
		.resource = value[WORKSPACE],
		.frequency = text_of("Usage-Based"),
		.description = value[MODEL],
		.currency = text_of("USD"),
		.quantity_unit = value[TOKEN_TYPE].n > 0 ? text_of("tokens") : value[COST_TYPE],
	};

	reading.charge_from_us = table_time(table, DATE, names[DATE], false);
	reading.charge_to_us = reading.charge_from_us + DAY_S * SECOND_US;
	table->told = 0; /* a date is what the column holds */
	reading.has_billed = table_amount(table, COST, names[COST], &reading.billed_nano);
	if (!reading.has_billed)
		table_refuse(table, "%s is empty", names[COST]);
	reading.has_effective = reading.has_billed;
	reading.effective_nano = reading.billed_nano;
	reading.has_list = table_amount(table, LIST, names[LIST], &reading.list_nano);
	if (!table_taken(table) || table->sink->invoice == NULL)
		return 0;
	reading.category = text_of(reading.billed_nano < 0 ? "Credit" : "Usage");
	charges_month(charges, &reading);
	/* What identifies a row is all but its amounts. */
	reading.id = charges_id(charges, &reading, &value[MODEL], COST - MODEL, table->line);
	return table->sink->invoice(table->sink->ctx, (struct place){ .line = table->line }, &reading, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return charges_table(input, options, sink, &shape, err);
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);

	(void)why_not;
	return text_holds(line, "usage_date_utc") && text_holds(line, "cost_usd") ? 95 : 0;
}

const struct collector collector_anthropic_cost_csv = {
	.name = "anthropic-cost-csv",
	.title = "the cost export of Anthropic's console, CSV",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_tables,
};
