/*
 * gcp-billing: Google Cloud's billing export from BigQuery as JSON lines (or one array), or as CSV with the nested
 * fields under names such as service.description or service_description:
 *
 *   {"billing_account_id":"01AB","invoice":{"month":"202611"},"cost_type":"regular","service":{"description":"Vertex AI"},
 *    "sku":{"id":"S-1","description":"Demo input tokens"},"usage_start_time":"2026-11-01T10:00:00Z",
 *    "usage_end_time":"2026-11-01T11:00:00Z","project":{"id":"demo"},"cost":1.25,"currency":"USD",
 *    "usage":{"amount":500000,"unit":"count"},"credits":[{"name":"Promotion","amount":-0.25,"type":"PROMOTION"}]}
 *
 * What is due is the cost and its credits together; each credit is a line of its own. A row belongs to the month
 * of its invoice, whenever it was used, and comes late; once exported it is not changed. It has no id: the whole row
 * stands for it, with the number of equal rows before it.
 */
#include <stdio.h>

#include "collectors/charges.h"
#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/listing.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

enum {
	COST,
	CURRENCY,
	MONTH,
	FROM,
	TO,
	TYPE,
	ACCOUNT,
	SERVICE,
	SKU_ID,
	SKU,
	PROJECT,
	RESOURCE,
	REGION,
	USAGE,
	UNIT,
	SELLER,
	EXPORTED,
	CREDITS, /* of CSV: their sum */
	COLUMNS
};

static const char *const names[COLUMNS] = { "cost", "currency", "invoice_month", "usage_start_time", "usage_end_time",
	"cost_type", "billing_account_id", "service_description", "sku_id", "sku_description", "project_id",
	"resource_name", "location_region", "usage_amount", "usage_unit", "seller_name", "export_time",
	"credits_amount" };

static const char *const paths[COLUMNS] = { "cost", "currency", "invoice.month", "usage_start_time", "usage_end_time",
	"cost_type", "billing_account_id", "service.description", "sku.id", "sku.description", "project.id",
	"resource.name", "location.region", "usage.amount", "usage.unit", "seller_name", "export_time",
	"credits_amount" };

/* A row as its fields and what of them was understood. */
struct charge {
	const struct text *value;
	int64_t from_us, to_us, cost_nano, usage_nano;
	bool has_usage;
	int64_t line;
};

/* ---- what a row means */

/* "202611", or "2026-11". -1 where it is no month. */
static int
month_of(struct charges *charges, struct text month, struct invoice_reading *reading)
{
	struct date date = { 0, 0, 1 };
	int64_t year, number;
	bool dashed = month.n == 7 && month.p[4] == '-';

	if ((month.n != 6 && !dashed) || count_parse((struct text){ month.p, 4 }, 9998, &year) != 0 ||
		count_parse((struct text){ month.p + month.n - 2, 2 }, 12, &number) != 0 || year < 1 || number < 1)
		return -1;
	date.year = (int)year;
	date.month = (int)number;
	reading->period_from_us = zone_day(&charges->utc, date) * SECOND_US;
	reading->period_to_us = zone_month(&charges->utc, reading->period_from_us / SECOND_US, 1, 1) * SECOND_US;
	return 0;
}

static const char *
category_of(struct text type)
{
	static const struct {
		const char *type, *category;
	} types[] = { { "regular", "Usage" }, { "tax", "Tax" }, { "adjustment", "Adjustment" },
		{ "rounding_error", "Adjustment" } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (name_same(type, types[i].type))
			return types[i].category;
	return "Usage";
}

/* The reading of the cost; *wrong says what is not understood, NULL where all is. */
static struct invoice_reading
reading_of(struct charges *charges, const struct charge *charge, char currency[4], const char **wrong)
{
	const struct text *value = charge->value;
	struct invoice_reading reading = {
		.charge_from_us = charge->from_us,
		.charge_to_us = charge->to_us,
		.account = charges->options->account.n > 0 ? charges->options->account : value[ACCOUNT],
		.provider = text_of("Google Cloud"),
		.publisher = value[SELLER],
		.service = value[SERVICE],
		.sku = value[SKU].n > 0 ? value[SKU] : value[SKU_ID],
		.resource = value[RESOURCE].n > 0 ? value[RESOURCE] : value[PROJECT],
		.category = text_of(category_of(value[TYPE])),
		.frequency = text_of("Usage-Based"),
		.description = value[SKU],
		.quantity_unit = value[UNIT],
		.has_quantity = charge->has_usage,
		.quantity_nano = charge->usage_nano,
		.has_billed = true,
		.billed_nano = charge->cost_nano,
		.has_effective = true,
		.effective_nano = charge->cost_nano,
	};

	*wrong = NULL;
	if (charge->to_us < charge->from_us)
		*wrong = "usage_end_time is before usage_start_time";
	charges_month(charges, &reading);
	if (value[MONTH].n > 0 && month_of(charges, value[MONTH], &reading) != 0)
		*wrong = "invoice.month is no month such as 202611";
	if (charges_currency(value[CURRENCY], currency, NULL) != 0)
		*wrong = "currency is no code of three letters";
	reading.currency = text_of(currency);
	if (name_same(value[TYPE], "adjustment"))
		reading.charge_class = text_of("Correction");
	/* Vertex counts tokens as "count". */
	if (text_holds(value[SKU], "token") && !text_holds(value[UNIT], "token"))
		reading.quantity_unit = text_of("tokens");
	return reading;
}

static int
put(struct charges *charges, const struct sink *sink, const struct charge *charge, struct invoice_reading *reading,
	struct err *err)
{
	reading->id = charges_id(charges, reading, charge->value, COLUMNS, charge->line);
	return sink->invoice == NULL ? 0
				     : sink->invoice(sink->ctx, (struct place){ .line = charge->line }, reading, err);
}

static int
put_credit(struct charges *charges, const struct sink *sink, const struct charge *charge,
	const struct invoice_reading *cost, struct err *err)
{
	struct invoice_reading credit = *cost;

	credit.category = text_of("Credit");
	credit.billed_nano = credit.effective_nano = charge->cost_nano;
	credit.has_quantity = false;
	return put(charges, sink, charge, &credit, err);
}

/* ---- JSON */

static int
take_credits(struct charges *charges, struct listing *listing, const struct json *credits, const struct charge *cost,
	const struct invoice_reading *reading, struct err *err)
{
	for (const struct json *credit = credits->first; credit != NULL; credit = credit->next) {
		struct text value[COLUMNS];
		struct charge charge = *cost;
		struct invoice_reading line = *reading;
		struct text type = listing_text(listing, credit, "type");

		memcpy(value, cost->value, sizeof(value));
		charge.value = value;
		if (!listing_amount(listing, credit, "amount", NANO_DIGITS, &charge.cost_nano) || listing->refused)
			continue;
		value[COST] = json_value(credit, "amount")->text;
		value[SKU_ID] = listing_text(listing, credit, "id");
		value[CREDITS] = line.description = listing_text(listing, credit, "name");
		line.sku = type;
		if (type.n > 14 && memcmp(type.p, "COMMITTED_USAGE", 14) == 0) {
			line.commitment = value[SKU_ID].n > 0 ? value[SKU_ID] : line.description;
			line.commitment_status = text_of("Used");
		}
		if (put_credit(charges, listing->sink, &charge, &line, err) != 0)
			return -1;
	}
	return 0;
}

/* Before anything is put: a row of which one credit is not understood would count too much. */
static void
check_credits(struct listing *listing, const struct json *credits)
{
	int64_t amount;

	if (credits == NULL)
		return;
	if (credits->type != JSON_ARRAY)
		listing_refuse(listing, "credits: expected a list, not %s", json_type_name(credits));
	for (const struct json *credit = credits->first; credit != NULL && !listing->refused; credit = credit->next)
		if (!listing_amount(listing, credit, "amount", NANO_DIGITS, &amount))
			listing_refuse(listing, "credits: a credit without an amount");
}

static int
take_json(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct charges *charges = ctx;
	const struct json *credits = json_value(row, "credits");
	struct text value[COLUMNS];
	struct charge charge = { .value = value, .line = listing->line };
	struct invoice_reading reading;
	char currency[4] = "";
	const char *wrong;

	for (int i = 0; i < COLUMNS; i++)
		value[i] = listing_text(listing, row, paths[i]);
	charge.from_us = listing_time(listing, row, paths[FROM]);
	charge.to_us = value[TO].n > 0 ? listing_time(listing, row, paths[TO]) : charge.from_us;
	if (!listing_amount(listing, row, paths[COST], NANO_DIGITS, &charge.cost_nano))
		listing_refuse(listing, "cost is missing");
	charge.has_usage = listing_amount(listing, row, paths[USAGE], NANO_DIGITS, &charge.usage_nano);
	check_credits(listing, credits);
	reading = reading_of(charges, &charge, currency, &wrong);
	if (wrong != NULL)
		listing_refuse(listing, "%s", wrong);
	if (listing->refused)
		return 0;
	if (put(charges, listing->sink, &charge, &reading, err) != 0)
		return -1;
	return credits == NULL ? 0 : take_credits(charges, listing, credits, &charge, &reading, err);
}

/* ---- CSV */

static int header(void *ctx, struct table *table, struct err *err);
static int take_csv(void *ctx, struct table *table, struct err *err);
static size_t plain_name(struct text name, char *plain, size_t size);

static const struct table_shape table_shape = {
	.names = names, .columns = COLUMNS, .header = header, .row = take_csv, .rename = plain_name
};

static size_t
plain_name(struct text name, char *plain, size_t size)
{
	size_t n = 0;

	for (; n < name.n && n < size; n++)
		plain[n] = name.p[n] == '.' ? '_' : name.p[n];
	return n;
}

static int
header(void *ctx, struct table *table, struct err *err)
{
	static const int needed[] = { COST, CURRENCY, FROM };

	(void)ctx;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (table_needs(table, &table_shape, needed[i], err) != 0)
			return -1;
	return 0;
}

static int
take_csv(void *ctx, struct table *table, struct err *err)
{
	struct charges *charges = ctx;
	struct charge charge = { .value = table->value, .line = table->line }, credit;
	struct invoice_reading reading;
	char currency[4] = "";
	const char *wrong;
	bool credited;

	charge.from_us = table_time(table, FROM, names[FROM], false);
	charge.to_us = table->value[TO].n > 0 ? table_time(table, TO, names[TO], false) : charge.from_us;
	if (!table_amount(table, COST, names[COST], &charge.cost_nano))
		table_refuse(table, "cost is empty");
	charge.has_usage = table_amount(table, USAGE, names[USAGE], &charge.usage_nano);
	credit = charge;
	credited = table_amount(table, CREDITS, names[CREDITS], &credit.cost_nano);
	reading = reading_of(charges, &charge, currency, &wrong);
	if (wrong != NULL)
		table_refuse(table, "%s", wrong);
	if (!table_taken(table))
		return 0;
	if (put(charges, table->sink, &charge, &reading, err) != 0)
		return -1;
	if (!credited || credit.cost_nano == 0)
		return 0;
	table->value[TYPE] = text_of("credit"); /* a line of its own */
	return put_credit(charges, table->sink, &credit, &reading, err);
}

/* ---- which of the two */

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "rows", NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_json };
	struct charges charges;
	struct peeked peeked;
	struct input again;
	char first;
	int status;

	if (charges_open(&charges, options, err) != 0)
		return -1;
	status = input_peek(&peeked, input, &again, &first, err);
	if (status == 0)
		status = first == '{' || first == '[' || first == '\0'
			? listing_read(&again, options, sink, &shape, &charges, err)
			: table_read(&again, options, sink, &table_shape, &charges, err);
	charges_close(&charges);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "billing_account_id", "usage_start_time", "cost" };

	(void)why_not;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(head, n, words[i], strlen(words[i])) == NULL)
			return 0;
	return 92;
}

const struct collector collector_gcp_billing = {
	.name = "gcp-billing",
	.title = "Google Cloud's billing export from BigQuery, JSON lines or CSV",
	.kind = COLLECTS_INVOICES,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_rows,
};
