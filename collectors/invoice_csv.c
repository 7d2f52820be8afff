/*
 * invoice-csv: charges of any provider as a table that a person makes, under a header of our names:
 *
 *   date,provider,service,description,amount,currency,category,invoice
 *   2026-11-03,DemoCloud,GPU rental,"2x H100, 12 h",57.60,USD,Usage,INV-7
 *
 * One of `amount` and `effective` must be there, and one of `date`, `charge_from` and `period_from`. `amount` is what was billed;
 * where `effective` has no column, it is the same. Without `currency` it is USD, without `category` Usage (Credit
 * where the amount is below zero), without a period the calendar month of UTC. A row with an `id` is that row of its
 * period whenever it comes; one without is known by everything but its amounts.
 */
#include <strings.h>

#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

enum {
	AMOUNT,
	EFFECTIVE,
	LIST,
	CONTRACTED,
	QUANTITY,
	DATE,
	CHARGE_FROM,
	CHARGE_TO,
	PERIOD_FROM,
	PERIOD_TO,
	ID,
	CURRENCY,
	ACCOUNT, /* from here on: what identifies a row */
	INVOICE,
	PROVIDER,
	PUBLISHER,
	SERVICE,
	SKU,
	RESOURCE,
	CATEGORY,
	CLASS,
	FREQUENCY,
	COMMITMENT,
	COMMITMENT_STATUS,
	DESCRIPTION,
	UNIT,
	COLUMNS
};

static const char *const names[COLUMNS] = { "amount", "effective", "list", "contracted", "quantity", "date",
	"charge_from", "charge_to", "period_from", "period_to", "id", "currency", "account", "invoice", "provider",
	"publisher", "service", "sku", "resource", "category", "charge_class", "frequency", "commitment",
	"commitment_status", "description", "unit" };

static int header(void *ctx, struct table *table, struct err *err);
static int row(void *ctx, struct table *table, struct err *err);

static const struct table_shape shape = { .names = names, .columns = COLUMNS, .header = header, .row = row };

static int
header(void *ctx, struct table *table, struct err *err)
{
	(void)ctx;
	if (!table_has(table, AMOUNT) && !table_has(table, EFFECTIVE))
		return err_set(err, ERR_INPUT, "line %lld: the header has neither 'amount' nor 'effective'",
			(long long)table->line);
	if (!table_has(table, DATE) && !table_has(table, CHARGE_FROM) && !table_has(table, PERIOD_FROM))
		return err_set(err, ERR_INPUT,
			"line %lld: the header has neither 'date' nor 'charge_from' nor 'period_from'",
			(long long)table->line);
	return 0;
}

/* Where a row says only one of the two periods, the other follows from it; a day alone is that day. */
static void
read_periods(struct table *table, struct charges *charges, struct invoice_reading *reading)
{
	int from = table->value[CHARGE_FROM].n > 0 ? CHARGE_FROM : table->value[DATE].n > 0 ? DATE : PERIOD_FROM;

	reading->charge_from_us = table_time(table, from, names[from], false);
	if (from == DATE)
		reading->charge_to_us = reading->charge_from_us + DAY_S * SECOND_US;
	else
		reading->charge_to_us = reading->charge_from_us;
	if (table->value[CHARGE_TO].n > 0)
		reading->charge_to_us = table_time(table, CHARGE_TO, names[CHARGE_TO], false);
	charges_month(charges, reading);
	if (table->value[PERIOD_FROM].n > 0) {
		reading->period_from_us = table_time(table, PERIOD_FROM, names[PERIOD_FROM], false);
		reading->period_to_us =
			zone_month(&charges->utc, reading->period_from_us / SECOND_US, 1, 1) * SECOND_US;
	}
	if (table->value[PERIOD_TO].n > 0)
		reading->period_to_us = table_time(table, PERIOD_TO, names[PERIOD_TO], false);
	if (from == PERIOD_FROM && table->value[CHARGE_TO].n == 0)
		reading->charge_to_us = reading->period_to_us;
	if (reading->charge_to_us < reading->charge_from_us)
		table_refuse(table, "charge_to is before charge_from");
	if (reading->period_to_us <= reading->period_from_us)
		table_refuse(table, "period_to is not behind period_from");
}

static void
read_amounts(struct table *table, struct invoice_reading *reading, char currency[4])
{
	struct text said = table->value[CURRENCY].n > 0 ? table->value[CURRENCY] : text_of("USD");
	char shown[SHOWN_MAX];

	reading->has_billed = table_amount(table, AMOUNT, names[AMOUNT], &reading->billed_nano);
	reading->has_effective = table_amount(table, EFFECTIVE, names[EFFECTIVE], &reading->effective_nano);
	reading->has_list = table_amount(table, LIST, names[LIST], &reading->list_nano);
	reading->has_contracted = table_amount(table, CONTRACTED, names[CONTRACTED], &reading->contracted_nano);
	reading->has_quantity = table_amount(table, QUANTITY, names[QUANTITY], &reading->quantity_nano);
	if (!reading->has_billed && !reading->has_effective)
		table_refuse(table, "amount and effective are both empty");
	if (!table_has(table, EFFECTIVE)) {
		reading->has_effective = reading->has_billed;
		reading->effective_nano = reading->billed_nano;
	}
	if (charges_currency(said, currency, NULL) != 0)
		table_refuse(table, "currency '%s' is no code of three letters", value_shown(shown, said));
	reading->currency = text_of(currency);
}

/* One of the words of FOCUS, letter case aside; another word stands as it is and is told. */
static struct text
word_of(const struct table *table, int column, const char *const words[])
{
	struct text said = table->value[column];

	for (int i = 0; words[i] != NULL && said.n > 0; i++)
		if (name_same(said, words[i]))
			return text_of(words[i]);
	if (said.n > 0)
		row_warn(table->sink, table->line, "%s is none of the words of FOCUS", names[column]);
	return said;
}

static int
row(void *ctx, struct table *table, struct err *err)
{
	static const char *const categories[] = { "Usage", "Purchase", "Tax", "Credit", "Adjustment", NULL };
	static const char *const classes[] = { "Correction", NULL };
	static const char *const statuses[] = { "Used", "Unused", NULL };
	struct charges *charges = ctx;
	const struct text *value = table->value;
	struct invoice_reading reading = {
		.account = table->options->account.n > 0 ? table->options->account : value[ACCOUNT],
		.invoice = value[INVOICE],
		.provider = value[PROVIDER].n > 0 ? value[PROVIDER] : table->options->provider,
		.publisher = value[PUBLISHER],
		.service = value[SERVICE],
		.sku = value[SKU],
		.resource = value[RESOURCE],
		.frequency = value[FREQUENCY],
		.commitment = value[COMMITMENT],
		.description = value[DESCRIPTION],
		.quantity_unit = value[UNIT],
	};
	char currency[4] = "";

	read_periods(table, charges, &reading);
	read_amounts(table, &reading, currency);
	if (!table_taken(table) || table->sink->invoice == NULL)
		return 0;
	reading.category = word_of(table, CATEGORY, categories);
	if (reading.category.n == 0)
		reading.category = text_of(
			(reading.has_billed ? reading.billed_nano : reading.effective_nano) < 0 ? "Credit" : "Usage");
	reading.charge_class = word_of(table, CLASS, classes);
	reading.commitment_status = word_of(table, COMMITMENT_STATUS, statuses);
	reading.id = value[ID].n > 0 ? value[ID]
				     : charges_id(charges, &reading, &value[ACCOUNT], COLUMNS - ACCOUNT, table->line);
	return table->sink->invoice(table->sink->ctx, (struct place){ .line = table->line }, &reading, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return charges_table(input, options, sink, &shape, err);
}

/* Whether the line has a field of this name. */
static bool
has_field(struct text line, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= line.n; i++) {
		bool begins = i == 0 || strchr(",;\t\" ", line.p[i - 1]) != NULL;
		bool ends = i + n == line.n || strchr(",;\t\" ", line.p[i + n]) != NULL;

		if (begins && ends && strncasecmp(line.p + i, name, n) == 0)
			return true;
	}
	return false;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);
	bool money = has_field(line, names[AMOUNT]) || has_field(line, names[EFFECTIVE]);
	bool dated = has_field(line, names[DATE]) || has_field(line, names[CHARGE_FROM]) ||
		has_field(line, names[PERIOD_FROM]);

	if (money && dated && (line.n == 0 || (line.p[0] != '{' && line.p[0] != '[')))
		return has_field(line, names[PROVIDER]) || has_field(line, names[CURRENCY]) ? 70 : 50;
	if (money)
		*why_not = "the header has no column 'date', 'charge_from' or 'period_from'";
	return 0;
}

const struct collector collector_invoice_csv = {
	.name = "invoice-csv",
	.title =
		"charges of any provider, CSV with columns of our own names (date, provider, service, amount, currency, ...)",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_tables,
};
