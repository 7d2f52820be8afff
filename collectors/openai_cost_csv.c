/*
 * openai-cost-csv: the cost export of OpenAI's dashboard.
 *
 *   start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,...
 *   1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,0.8125,usd,650000,tokens,"gpt-demo, input",...
 *
 * Dollars, days of UTC. A day without spend is a row with a blank amount, which is passed over.
 */
#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/line_item.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "models/units/calendar.h"

enum {
	FROM,
	TO,
	FROM_ISO,
	TO_ISO,
	AMOUNT,
	CURRENCY,
	QUANTITY,
	UNIT,
	LINE_ITEM,
	USER,
	KEY,
	PROJECT,
	ORGANIZATION,
	COLUMNS
};

static const char *const names[COLUMNS] = { "start_time", "end_time", "start_time_iso", "end_time_iso", "amount_value",
	"amount_currency", "quantity", "quantity_unit", "line_item", "user_id", "api_key_id", "project_id",
	"organization_id" };

static int header(void *ctx, struct table *table, struct err *err);
static int row(void *ctx, struct table *table, struct err *err);

static const struct table_shape shape = { .names = names, .columns = COLUMNS, .header = header, .row = row };

static int
header(void *ctx, struct table *table, struct err *err)
{
	(void)ctx;
	if (!table_has(table, FROM_ISO) && table_needs(table, &shape, FROM, err) != 0)
		return -1;
	return table_needs(table, &shape, AMOUNT, err);
}

static int64_t
time_of(struct table *table, int unix_column, int iso_column)
{
	return table->value[unix_column].n > 0 || !table_has(table, iso_column)
		? table_time(table, unix_column, names[unix_column], true)
		: table_time(table, iso_column, names[iso_column], false);
}

static void
read_amounts(struct table *table, struct invoice_reading *reading, char currency[4])
{
	struct text said = table->value[CURRENCY];
	char shown[SHOWN_MAX];

	reading->has_billed = reading->has_effective =
		table_amount(table, AMOUNT, names[AMOUNT], &reading->billed_nano);
	reading->effective_nano = reading->billed_nano;
	reading->has_quantity = table_amount(table, QUANTITY, names[QUANTITY], &reading->quantity_nano);
	if (said.n == 0)
		said = text_of("USD");
	if (charges_currency(said, currency, NULL) != 0)
		table_refuse(table, "amount_currency '%s' is no code of three letters", value_shown(shown, said));
	reading->currency = text_of(currency);
}

static int
row(void *ctx, struct table *table, struct err *err)
{
	struct charges *charges = ctx;
	const struct text *value = table->value;
	struct line_item item = line_item_of(value[LINE_ITEM]);
	const struct text identity[] = { value[LINE_ITEM], value[PROJECT], value[KEY], value[USER],
		value[ORGANIZATION] };
	struct invoice_reading reading = {
		.account = table->options->account.n > 0 ? table->options->account : value[ORGANIZATION],
		.provider = text_of("openai"),
		.publisher = text_of("openai"),
		.service = item.model,
		.sku = item.kind,
		.resource = value[PROJECT],
		.frequency = text_of("Usage-Based"),
		.description = value[LINE_ITEM],
		.quantity_unit = value[UNIT],
	};
	char currency[4] = "";

	if (value[AMOUNT].n == 0)
		return 0;
	reading.charge_from_us = time_of(table, FROM, FROM_ISO);
	reading.charge_to_us = value[TO].n > 0 || value[TO_ISO].n > 0 ? time_of(table, TO, TO_ISO)
								      : reading.charge_from_us + DAY_S * SECOND_US;
	if (reading.charge_to_us <= reading.charge_from_us)
		table_refuse(table, "end_time is not behind start_time");
	read_amounts(table, &reading, currency);
	if (!table_taken(table) || table->sink->invoice == NULL)
		return 0;
	reading.category = text_of(reading.billed_nano < 0 ? "Credit" : "Usage");
	charges_month(charges, &reading);
	reading.id = charges_id(charges, &reading, identity, sizeof(identity) / sizeof(identity[0]), table->line);
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
	return text_holds(line, "start_time") && text_holds(line, "amount_value") && text_holds(line, "line_item") ? 95
														   : 0;
}

const struct collector collector_openai_cost_csv = {
	.name = "openai-cost-csv",
	.title = "the cost export of OpenAI's dashboard, CSV",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_tables,
};
