/*
 * aws-cur: the Cost and Usage Report of AWS as CSV, version 2.0 (snake case) or the one before (lineItem/UsageAmount).
 *
 *   bill_billing_period_start_date,line_item_line_item_type,line_item_usage_start_date,line_item_unblended_cost,...
 *   2026-11-01T00:00:00.000Z,Usage,2026-11-01T10:00:00.000Z,0.0412,...
 *
 * Billed is the unblended cost: of all lines, discounts and negations among them, it sums to the bill. Effective
 * spreads what was committed to: a line covered by a savings plan or reservation costs what it took of it, and what
 * was paid for and not used becomes a line of its own, Unused. Tokens of Bedrock are counted in the unit that
 * pricing_unit says, commonly thousands. The report's own line ids change with every delivery and invoice numbers
 * come when the month is closed, so that neither identifies a line.
 */
#include <stdio.h>

#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

enum {
	PERIOD_FROM,
	PERIOD_TO,
	USAGE_FROM,
	USAGE_TO,
	INVOICE,
	UNBLENDED,
	PUBLIC_COST,
	AMOUNT,
	PLAN_EFFECTIVE,
	PLAN_TOTAL,
	PLAN_USED,
	RI_EFFECTIVE,
	RI_UNUSED_UPFRONT,
	RI_UNUSED_RECURRING,
	CURRENCY, /* from here on: what identifies a line */
	PAYER,
	USAGE_ACCOUNT,
	ENTITY,
	TYPE,
	PRODUCT,
	USAGE_TYPE,
	OPERATION,
	RESOURCE,
	DESCRIPTION,
	UNIT,
	TERM,
	INSTANCE,
	PLAN,
	RI,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[PERIOD_FROM] = "bill_billing_period_start_date",
	[PERIOD_TO] = "bill_billing_period_end_date",
	[USAGE_FROM] = "line_item_usage_start_date",
	[USAGE_TO] = "line_item_usage_end_date",
	[INVOICE] = "bill_invoice_id",
	[UNBLENDED] = "line_item_unblended_cost",
	[PUBLIC_COST] = "pricing_public_on_demand_cost",
	[AMOUNT] = "line_item_usage_amount",
	[PLAN_EFFECTIVE] = "savings_plan_savings_plan_effective_cost",
	[PLAN_TOTAL] = "savings_plan_total_commitment_to_date",
	[PLAN_USED] = "savings_plan_used_commitment",
	[RI_EFFECTIVE] = "reservation_effective_cost",
	[RI_UNUSED_UPFRONT] = "reservation_unused_amortized_upfront_fee_for_billing_period",
	[RI_UNUSED_RECURRING] = "reservation_unused_recurring_fee",
	[CURRENCY] = "line_item_currency_code",
	[PAYER] = "bill_payer_account_id",
	[USAGE_ACCOUNT] = "line_item_usage_account_id",
	[ENTITY] = "bill_billing_entity",
	[TYPE] = "line_item_line_item_type",
	[PRODUCT] = "line_item_product_code",
	[USAGE_TYPE] = "line_item_usage_type",
	[OPERATION] = "line_item_operation",
	[RESOURCE] = "line_item_resource_id",
	[DESCRIPTION] = "line_item_line_item_description",
	[UNIT] = "pricing_unit",
	[TERM] = "pricing_term",
	[INSTANCE] = "product_instance_type",
	[PLAN] = "savings_plan_savings_plan_a_r_n",
	[RI] = "reservation_reservation_a_r_n",
};

/* What a type of line is, and what of it is effective. */
enum effect {
	AS_BILLED,
	OF_PLAN,        /* covered by a savings plan */
	OF_RI,          /* covered by a reservation */
	NOTHING,        /* spread over other lines */
	PLAN_LEFT_OVER, /* a fee, of which the unused part is left */
	RI_LEFT_OVER,
	FEE, /* nothing where it buys a reservation */
};

static const struct {
	const char *type, *category;
	enum effect effect;
} types[] = {
	{ "Usage", "Usage", AS_BILLED },
	{ "DiscountedUsage", "Usage", OF_RI },
	{ "SavingsPlanCoveredUsage", "Usage", OF_PLAN },
	{ "SavingsPlanNegation", "Adjustment", NOTHING },
	{ "SavingsPlanRecurringFee", "Purchase", PLAN_LEFT_OVER },
	{ "SavingsPlanUpfrontFee", "Purchase", NOTHING },
	{ "RIFee", "Purchase", RI_LEFT_OVER },
	{ "Fee", "Purchase", FEE },
	{ "Tax", "Tax", AS_BILLED },
	{ "Credit", "Credit", AS_BILLED },
	{ "Refund", "Adjustment", AS_BILLED },
	{ "EdpDiscount", "Adjustment", AS_BILLED },
	{ "BundledDiscount", "Adjustment", AS_BILLED },
	{ "PrivateRateDiscount", "Adjustment", AS_BILLED },
	{ "RiVolumeDiscount", "Adjustment", AS_BILLED },
};

struct cur {
	struct charges charges;
	char unit[160];
};

static int header(void *ctx, struct table *table, struct err *err);
static int row(void *ctx, struct table *table, struct err *err);
static size_t plain_name(struct text name, char *plain, size_t size);

static const struct table_shape shape = {
	.names = names, .columns = COLUMNS, .header = header, .row = row, .rename = plain_name
};

/* "lineItem/UsageAmount" is "line_item_usage_amount". */
static size_t
plain_name(struct text name, char *plain, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n + 2 < size; i++) {
		char c = name.p[i];
		bool capital = c >= 'A' && c <= 'Z';

		if (capital && n > 0 && plain[n - 1] != '_')
			plain[n++] = '_';
		plain[n++] = c == '/' ? '_' : capital ? (char)(c - 'A' + 'a') : c;
	}
	return n;
}

static int
header(void *ctx, struct table *table, struct err *err)
{
	static const int needed[] = { PERIOD_FROM, USAGE_FROM, UNBLENDED, TYPE };

	(void)ctx;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (table_needs(table, &shape, needed[i], err) != 0)
			return -1;
	return 0;
}

static void
read_periods(struct table *table, struct charges *charges, struct invoice_reading *reading)
{
	reading->period_from_us = table_time(table, PERIOD_FROM, names[PERIOD_FROM], false);
	reading->period_to_us = table->value[PERIOD_TO].n > 0
		? table_time(table, PERIOD_TO, names[PERIOD_TO], false)
		: zone_month(&charges->utc, reading->period_from_us / SECOND_US, 1, 1) * SECOND_US;
	reading->charge_from_us = table->value[USAGE_FROM].n > 0
		? table_time(table, USAGE_FROM, names[USAGE_FROM], false)
		: reading->period_from_us;
	reading->charge_to_us = table->value[USAGE_TO].n > 0 ? table_time(table, USAGE_TO, names[USAGE_TO], false)
							     : reading->charge_from_us;
	if (reading->charge_to_us < reading->charge_from_us)
		table_refuse(table, "%s is before %s", names[USAGE_TO], names[USAGE_FROM]);
	if (reading->period_to_us <= reading->period_from_us)
		table_refuse(table, "%s is not behind %s", names[PERIOD_TO], names[PERIOD_FROM]);
	if (reading->charge_from_us < reading->period_from_us)
		reading->charge_class = text_of("Correction");
}

static int64_t
sum_of(struct table *table, int a, int b)
{
	int64_t x, y;

	table_amount(table, a, names[a], &x);
	table_amount(table, b, names[b], &y);
	if (money_add(&x, y) != 0)
		table_refuse(table, "%s and %s together are no amount", names[a], names[b]);
	return x;
}

/* Sets what is effective; returns what was paid for and not used. */
static int64_t
read_effect(struct table *table, enum effect effect, struct invoice_reading *reading)
{
	int64_t total, used;

	reading->has_effective = true;
	reading->effective_nano = 0;
	switch (effect) {
	case OF_PLAN:
		reading->has_effective =
			table_amount(table, PLAN_EFFECTIVE, names[PLAN_EFFECTIVE], &reading->effective_nano);
		reading->commitment_status = text_of("Used");
		return 0;
	case OF_RI:
		reading->has_effective =
			table_amount(table, RI_EFFECTIVE, names[RI_EFFECTIVE], &reading->effective_nano);
		reading->commitment_status = text_of("Used");
		return 0;
	case PLAN_LEFT_OVER:
		reading->has_effective = table_amount(table, PLAN_TOTAL, names[PLAN_TOTAL], &total);
		table_amount(table, PLAN_USED, names[PLAN_USED], &used);
		if (money_add(&total, -used) != 0)
			table_refuse(table, "%s less %s is no amount", names[PLAN_TOTAL], names[PLAN_USED]);
		return total;
	case RI_LEFT_OVER:
		reading->has_effective = table_has(table, RI_UNUSED_RECURRING);
		return sum_of(table, RI_UNUSED_UPFRONT, RI_UNUSED_RECURRING);
	case FEE:
		if (table->value[RI].n == 0)
			reading->effective_nano = reading->billed_nano;
		return 0;
	case NOTHING:
		return 0;
	default:
		reading->effective_nano = reading->billed_nano;
		return 0;
	}
}

/* A count of tokens says so, also where the unit of its price does not. */
static struct text
unit_of(struct cur *cur, const struct table *table)
{
	struct text unit = table->value[UNIT];

	if (!text_holds(table->value[USAGE_TYPE], "-token") || text_holds(unit, "token"))
		return unit;
	if (unit.n == 0)
		return text_of("tokens in an unknown unit");
	return (struct text){ cur->unit,
		(size_t)snprintf(
			cur->unit, sizeof(cur->unit), "tokens in %.*s", (int)(unit.n < 100 ? unit.n : 100), unit.p) };
}

static int
put(struct cur *cur, struct table *table, struct invoice_reading *reading, struct err *err)
{
	reading->id = charges_id(&cur->charges, reading, &table->value[CURRENCY], COLUMNS - CURRENCY, table->line);
	return table->sink->invoice(table->sink->ctx, (struct place){ .line = table->line }, reading, err);
}

static int
row(void *ctx, struct table *table, struct err *err)
{
	struct cur *cur = ctx;
	const struct text *value = table->value;
	struct text said = value[CURRENCY].n > 0 ? value[CURRENCY] : text_of("USD");
	struct invoice_reading reading = {
		.account = table->options->account.n > 0 ? table->options->account
			: value[PAYER].n > 0             ? value[PAYER]
							 : value[USAGE_ACCOUNT],
		.invoice = value[INVOICE],
		.provider = text_of("AWS"),
		.publisher = value[ENTITY],
		.service = value[PRODUCT],
		.sku = value[USAGE_TYPE],
		.resource = value[RESOURCE],
		.category = value[TYPE],
		.frequency = text_of("Usage-Based"),
		.pricing_category = value[TERM],
		.commitment = value[PLAN].n > 0 ? value[PLAN] : value[RI],
		.description = value[DESCRIPTION],
		.quantity_unit = unit_of(cur, table),
	};
	enum effect effect = AS_BILLED;
	char currency[4] = "", shown[SHOWN_MAX];
	bool known = false;
	int64_t unused;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !known; i++)
		if ((known = name_same(value[TYPE], types[i].type))) {
			reading.category = text_of(types[i].category);
			effect = types[i].effect;
		}
	read_periods(table, &cur->charges, &reading);
	reading.has_billed = table_amount(table, UNBLENDED, names[UNBLENDED], &reading.billed_nano);
	if (!reading.has_billed)
		table_refuse(table, "%s is empty", names[UNBLENDED]);
	reading.has_list = table_amount(table, PUBLIC_COST, names[PUBLIC_COST], &reading.list_nano);
	reading.has_quantity = table_amount(table, AMOUNT, names[AMOUNT], &reading.quantity_nano);
	unused = read_effect(table, effect, &reading);
	if (charges_currency(said, currency, NULL) != 0)
		table_refuse(table, "%s '%s' is no code of three letters", names[CURRENCY], value_shown(shown, said));
	reading.currency = text_of(currency);
	if (!table_taken(table))
		return 0;
	if (!known)
		row_warn(table->sink, table->line, "line_item_line_item_type '%s' is not known: taken as it is",
			value_shown(shown, value[TYPE]));
	if (table->sink->invoice == NULL)
		return 0;
	if (put(cur, table, &reading, err) != 0)
		return -1;
	if (unused == 0)
		return 0;
	reading.category = text_of("Usage");
	reading.commitment_status = text_of("Unused");
	reading.billed_nano = 0;
	reading.effective_nano = unused;
	reading.has_list = reading.has_quantity = false;
	table->value[TYPE] = text_of("Unused"); /* a line of its own */
	return put(cur, table, &reading, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct cur cur;
	int status;

	if (charges_open(&cur.charges, options, err) != 0)
		return -1;
	status = table_read(input, options, sink, &shape, &cur, err);
	charges_close(&cur.charges);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);

	(void)why_not;
	if (text_holds(line, "line_item_line_item_type") || text_holds(line, "lineItem/LineItemType"))
		return 95;
	return 0;
}

const struct collector collector_aws_cur = {
	.name = "aws-cur",
	.title = "the Cost and Usage Report of AWS (CUR 2.0, or the one before), CSV",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_tables,
};
