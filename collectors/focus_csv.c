/*
 * focus-csv: invoices in the FinOps Open Cost and Usage Specification, versions 1.0 to 1.3, as CSV.
 *
 *   BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,…
 *   57.60,acct-9,USD,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,Usage,…
 *   "$10,000.00 ",12345,USD,4/1/25,5/1/25,Purchase,…
 *
 * Columns come in any order and are found by name, parted by commas, semicolons or tabs as the header is; unknown ones are ignored, and of the known ones only a cost
 * and a period must be there. A value that departs from the specification but has one meaning is read and
 * told (focus_value.h); one without a meaning refuses its row. All four costs are handed on as they are: which one
 * to add up is the reader's question, and adding two of them counts twice.
 *
 * A file has no row id. The id handed on is made from what identifies a charge (accounts, periods, category,
 * service, SKU, resource, commitment, description, tags; not its amounts, and not its invoice, which is named when
 * the month is closed) and, where several rows agree in all that, their number among them. So a revised amount
 * meets its old self under the same id. The account that the person who imports names is part of the id, and stands
 * in place of the provider's own. Capacity that was reserved is told as a commitment is: GPUs are held in that way.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/charges.h"
#include "collectors/collector.h"
#include "collectors/columns.h"
#include "collectors/focus_value.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static int focus_sniff(const char *head, size_t n, const char **why_not);
static int focus_parse(
	struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err);

const struct collector collector_focus_csv = {
	.name = "focus-csv",
	.title = "invoices in FOCUS 1.0 to 1.3, CSV",
	.kind = COLLECTS_INVOICES,
	.sniff = focus_sniff,
	.parse = focus_parse,
	.files = &files_export_tables,
};

enum column {
	BILLING_FROM,
	BILLING_TO,
	CHARGE_FROM,
	CHARGE_TO,
	BILLED,
	EFFECTIVE,
	LIST,
	CONTRACTED,
	QUANTITY,
	INVOICE, /* comes when the month is closed */
	ACCOUNT, /* from here on: what identifies a charge */
	SUB_ACCOUNT,
	CURRENCY,
	PROVIDER,
	SERVICE_PROVIDER, /* 1.3's name of ProviderName */
	PUBLISHER,
	HOST_PROVIDER, /* 1.3's name of PublisherName */
	ISSUER,
	SERVICE,
	SKU,
	SKU_PRICE,
	RESOURCE,
	REGION,
	CATEGORY,
	CLASS,
	FREQUENCY,
	PRICING_CATEGORY,
	COMMITMENT,
	COMMITMENT_STATUS,
	RESERVATION,
	RESERVATION_STATUS,
	DESCRIPTION,
	QUANTITY_UNIT,
	PRICING_CURRENCY,
	ALLOCATED, /* of a charge that its provider spread over what caused it */
	TAGS,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[BILLING_FROM] = "BillingPeriodStart",
	[BILLING_TO] = "BillingPeriodEnd",
	[CHARGE_FROM] = "ChargePeriodStart",
	[CHARGE_TO] = "ChargePeriodEnd",
	[BILLED] = "BilledCost",
	[EFFECTIVE] = "EffectiveCost",
	[LIST] = "ListCost",
	[CONTRACTED] = "ContractedCost",
	[QUANTITY] = "ConsumedQuantity",
	[ACCOUNT] = "BillingAccountId",
	[SUB_ACCOUNT] = "SubAccountId",
	[CURRENCY] = "BillingCurrency",
	[INVOICE] = "InvoiceId",
	[PROVIDER] = "ProviderName",
	[SERVICE_PROVIDER] = "ServiceProviderName",
	[PUBLISHER] = "PublisherName",
	[HOST_PROVIDER] = "HostProviderName",
	[ISSUER] = "InvoiceIssuerName",
	[SERVICE] = "ServiceName",
	[SKU] = "SkuId",
	[SKU_PRICE] = "SkuPriceId",
	[RESOURCE] = "ResourceId",
	[REGION] = "RegionId",
	[CATEGORY] = "ChargeCategory",
	[CLASS] = "ChargeClass",
	[FREQUENCY] = "ChargeFrequency",
	[PRICING_CATEGORY] = "PricingCategory",
	[COMMITMENT] = "CommitmentDiscountId",
	[COMMITMENT_STATUS] = "CommitmentDiscountStatus",
	[RESERVATION] = "CapacityReservationId",
	[RESERVATION_STATUS] = "CapacityReservationStatus",
	[DESCRIPTION] = "ChargeDescription",
	[QUANTITY_UNIT] = "ConsumedUnit",
	[PRICING_CURRENCY] = "PricingCurrency",
	[ALLOCATED] = "AllocatedResourceId",
	[TAGS] = "Tags",
};

/* What the specification allows in a column that is one of a few words; ended by NULL. */
static const struct {
	enum column column;
	const char *words[6];
} enumerations[] = {
	{ CATEGORY, { "Usage", "Purchase", "Tax", "Credit", "Adjustment" } },
	{ CLASS, { "Correction" } },
	{ FREQUENCY, { "One-Time", "Recurring", "Usage-Based" } },
	{ PRICING_CATEGORY, { "Standard", "Dynamic", "Committed", "Other" } },
	{ COMMITMENT_STATUS, { "Used", "Unused" } },
	{ RESERVATION_STATUS, { "Used", "Unused" } },
};

/* What else is told of a row that is taken. */
enum note {
	NO_BILLING_START,
	NO_BILLING_END,
	NO_CHARGE_START,
	NO_BILLED,
	NO_EFFECTIVE,
	NO_CURRENCY,
	SMALL_CURRENCY,
	NO_CATEGORY,
	UNUSED_BUT_CONSUMED,
	NOTES
};

static const char *const note_texts[NOTES] = {
	[NO_BILLING_START] = "BillingPeriodStart is missing, the calendar month of ChargePeriodStart is taken",
	[NO_BILLING_END] = "BillingPeriodEnd is missing or equal to its start, the end of the calendar month is taken",
	[NO_CHARGE_START] = "ChargePeriodStart is missing, the billing period is taken",
	[NO_BILLED] = "BilledCost is null, which the specification forbids",
	[NO_EFFECTIVE] = "EffectiveCost is null, which the specification forbids",
	[NO_CURRENCY] = "BillingCurrency is missing, USD is taken",
	[SMALL_CURRENCY] = "BillingCurrency is not in capitals",
	[NO_CATEGORY] = "ChargeCategory is null, which the specification forbids",
	[UNUSED_BUT_CONSUMED] = "CommitmentDiscountStatus is Unused and yet there is a ConsumedQuantity",
};

struct focus {
	const struct input *input;
	struct reader *reader;
	const struct collect_options *options;
	const struct sink *sink;
	struct charges charges;
	int index[COLUMNS];
	size_t header_fields;
	char separator;
	/* of the row */
	struct text value[COLUMNS]; /* trimmed; empty where null or absent */
	bool present[COLUMNS];      /* the column is there and not null */
	struct text raw[COLUMNS];
	unsigned departures[COLUMNS]; /* told once the row is taken, for a refused row was not read */
	unsigned notes;               /* bits of enum note */
	char currency[4];
};

static int
focus_sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);
	bool cost = text_holds(line, names[BILLED]) || text_holds(line, names[EFFECTIVE]);
	bool period = text_holds(line, names[BILLING_FROM]) || text_holds(line, names[CHARGE_FROM]);

	if (cost && period)
		return text_holds(line, names[CATEGORY]) ? 95 : 80;
	*why_not = cost ? "the header has no BillingPeriodStart or ChargePeriodStart"
			: "the header has no BilledCost or EffectiveCost";
	return 0;
}

static int
focus_header(struct focus *focus, struct text *fields, size_t n, struct err *err)
{
	static const enum column told[] = { BILLED, EFFECTIVE, CURRENCY, CATEGORY };
	int64_t line = reader_line(focus->reader);

	if (columns_map(&(struct header){ fields, n }, names, COLUMNS, focus->index, err) != 0)
		return -1;
	focus->header_fields = n;
	if (focus->index[BILLED] == COLUMN_ABSENT && focus->index[EFFECTIVE] == COLUMN_ABSENT)
		return err_set(
			err, ERR_INPUT, "line %" PRId64 ": the header has neither BilledCost nor EffectiveCost", line);
	if (focus->index[BILLING_FROM] == COLUMN_ABSENT && focus->index[CHARGE_FROM] == COLUMN_ABSENT)
		return err_set(err, ERR_INPUT,
			"line %" PRId64 ": the header has neither BillingPeriodStart nor ChargePeriodStart", line);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (focus->index[told[i]] == COLUMN_ABSENT)
			row_warn(focus->sink, line, "the header has no column '%s', which the specification demands",
				names[told[i]]);
	return 0;
}

/* Put the fields under their columns. 1: a row of nothing but nulls, to be passed over. */
static int
focus_take(struct focus *focus, const struct text *fields, size_t n)
{
	bool nothing = true;

	focus->notes = 0;
	memset(focus->departures, 0, sizeof(focus->departures));
	for (size_t i = 0; i < n && nothing; i++)
		nothing = focus_null(fields[i]);
	for (int i = 0; i < COLUMNS; i++) {
		int at = focus->index[i];

		focus->raw[i] = at == COLUMN_ABSENT || (size_t)at >= n ? (struct text){ "", 0 } : fields[at];
		focus->present[i] = !focus_null(focus->raw[i]);
		focus->value[i] = focus->present[i] ? text_trim(focus->raw[i]) : (struct text){ "", 0 };
	}
	return nothing;
}

static void
note(struct focus *focus, enum note what)
{
	focus->notes |= 1u << what;
}

static void
tell(const struct focus *focus)
{
	int64_t line = reader_line(focus->reader);

	for (int column = 0; column < COLUMNS; column++)
		for (int bit = 0; bit < FOCUS_DEPARTURES; bit++)
			if (focus->departures[column] & (1u << bit))
				row_warn(focus->sink, line, "%s %s", names[column], focus_departure_text(bit));
	for (int what = 0; what < NOTES; what++)
		if (focus->notes & (1u << what))
			row_warn(focus->sink, line, "%s", note_texts[what]);
}

/* 0 with *has, or 1 when the row was refused. */
static int
read_amount(struct focus *focus, enum column column, int64_t *nano, bool *has)
{
	char shown[SHOWN_MAX];

	*has = focus->present[column];
	*nano = 0;
	if (!*has)
		return 0;
	/* Where fields are not parted by commas, a comma in an amount may be a decimal one: "1,043" is either. */
	if ((focus->separator != ',' && memchr(focus->value[column].p, ',', focus->value[column].n) != NULL) ||
		focus_amount(focus->raw[column], nano, &focus->departures[column]) != 0) {
		row_refuse(focus->sink, reader_line(focus->reader),
			"%s '%s' is no amount (a plain number up to 9.2e9 is)", names[column],
			value_shown(shown, focus->value[column]));
		return 1;
	}
	return 0;
}

static int
read_time(struct focus *focus, enum column column, int64_t *at_us)
{
	char shown[SHOWN_MAX];

	if (focus_time(focus->raw[column], at_us, &focus->departures[column]) != 0) {
		row_refuse(focus->sink, reader_line(focus->reader), "%s '%s' is no date and time", names[column],
			value_shown(shown, focus->value[column]));
		return 1;
	}
	return 0;
}

/* Both ends of a period. A missing end of the charge is its start: an instant. */
static int
read_period(struct focus *focus, enum column start, int64_t *from_us, int64_t *to_us)
{
	char from[SHOWN_MAX], to[SHOWN_MAX];
	enum column end = start == BILLING_FROM ? BILLING_TO : CHARGE_TO;

	if (read_time(focus, start, from_us) != 0)
		return 1;
	*to_us = *from_us;
	if (focus->present[end] && read_time(focus, end, to_us) != 0)
		return 1;
	if (*to_us >= *from_us)
		return 0;
	row_refuse(focus->sink, reader_line(focus->reader), "%s '%s' is before %s '%s'", names[end],
		value_shown(to, focus->value[end]), names[start], value_shown(from, focus->value[start]));
	return 1;
}

static int
read_periods(struct focus *focus, struct invoice_reading *reading)
{
	const struct zone *utc = &focus->charges.utc;

	if (!focus->present[BILLING_FROM] && !focus->present[CHARGE_FROM]) {
		row_refuse(focus->sink, reader_line(focus->reader),
			"BillingPeriodStart and ChargePeriodStart are both empty");
		return 1;
	}
	if (focus->present[BILLING_FROM] &&
		read_period(focus, BILLING_FROM, &reading->period_from_us, &reading->period_to_us) != 0)
		return 1;
	if (focus->present[CHARGE_FROM] &&
		read_period(focus, CHARGE_FROM, &reading->charge_from_us, &reading->charge_to_us) != 0)
		return 1;
	if (!focus->present[BILLING_FROM]) {
		charges_month(&focus->charges, reading);
		note(focus, NO_BILLING_START);
	}
	if (reading->period_to_us == reading->period_from_us) {
		reading->period_to_us = zone_month(utc, reading->period_from_us / SECOND_US, 1, 1) * SECOND_US;
		note(focus, NO_BILLING_END);
	}
	if (!focus->present[CHARGE_FROM]) {
		reading->charge_from_us = reading->period_from_us;
		reading->charge_to_us = reading->period_to_us;
		note(focus, NO_CHARGE_START);
	}
	return 0;
}

static int
read_amounts(struct focus *focus, struct invoice_reading *reading)
{
	if (read_amount(focus, BILLED, &reading->billed_nano, &reading->has_billed) != 0 ||
		read_amount(focus, EFFECTIVE, &reading->effective_nano, &reading->has_effective) != 0 ||
		read_amount(focus, LIST, &reading->list_nano, &reading->has_list) != 0 ||
		read_amount(focus, CONTRACTED, &reading->contracted_nano, &reading->has_contracted) != 0 ||
		read_amount(focus, QUANTITY, &reading->quantity_nano, &reading->has_quantity) != 0)
		return 1;
	if (!reading->has_billed && !reading->has_effective) {
		row_refuse(focus->sink, reader_line(focus->reader), "BilledCost and EffectiveCost are both empty");
		return 1;
	}
	if (focus->index[BILLED] != COLUMN_ABSENT && !reading->has_billed)
		note(focus, NO_BILLED);
	if (focus->index[EFFECTIVE] != COLUMN_ABSENT && !reading->has_effective)
		note(focus, NO_EFFECTIVE);
	return 0;
}

/* The billing currency in capitals; USD, told, where the file does not say. */
static int
read_currency(struct focus *focus, struct invoice_reading *reading)
{
	struct text value = focus->value[CURRENCY];
	char shown[SHOWN_MAX];
	bool changed = false;

	if (!focus->present[CURRENCY]) {
		note(focus, NO_CURRENCY);
		reading->currency = text_of("USD");
		return 0;
	}
	if (charges_currency(value, focus->currency, &changed) != 0) {
		row_refuse(focus->sink, reader_line(focus->reader), "BillingCurrency '%s' is no code of three letters",
			value_shown(shown, value));
		return 1;
	}
	reading->currency = text_of(focus->currency);
	if (changed)
		note(focus, SMALL_CURRENCY);
	return 0;
}

static void
check_words(struct focus *focus)
{
	int64_t line = reader_line(focus->reader);

	for (size_t i = 0; i < sizeof(enumerations) / sizeof(enumerations[0]); i++) {
		enum column column = enumerations[i].column;
		bool known = !focus->present[column];

		for (int k = 0; enumerations[i].words[k] != NULL && !known; k++)
			known = text_is(focus->value[column], enumerations[i].words[k]);
		if (!known)
			row_warn(focus->sink, line, "%s is none of the specification's values", names[column]);
	}
	if (focus->index[CATEGORY] != COLUMN_ABSENT && !focus->present[CATEGORY])
		note(focus, NO_CATEGORY);
	if (text_is(focus->value[COMMITMENT_STATUS], "Unused") && focus->present[QUANTITY])
		note(focus, UNUSED_BUT_CONSUMED);
}

static struct text
first_of(struct text a, struct text b, struct text c)
{
	return a.n != 0 ? a : b.n != 0 ? b : c;
}

/* 0 with the reading handed on or the row refused; -1 when the sink ended the run. */
static int
focus_row(struct focus *focus, struct err *err)
{
	const struct text *value = focus->value;
	struct invoice_reading reading = {
		.account = first_of(focus->options->account, value[ACCOUNT], value[SUB_ACCOUNT]),
		.invoice = value[INVOICE],
		.provider = first_of(value[SERVICE_PROVIDER], value[PROVIDER], value[ISSUER]),
		.publisher = first_of(value[HOST_PROVIDER], value[PUBLISHER], value[HOST_PROVIDER]),
		.service = value[SERVICE],
		.sku = value[SKU],
		.resource = value[RESOURCE],
		.category = value[CATEGORY],
		.charge_class = value[CLASS],
		.frequency = value[FREQUENCY],
		.pricing_category = value[PRICING_CATEGORY],
		.commitment = value[COMMITMENT].n > 0 ? value[COMMITMENT] : value[RESERVATION],
		.commitment_status =
			value[COMMITMENT_STATUS].n > 0 ? value[COMMITMENT_STATUS] : value[RESERVATION_STATUS],
		.description = value[DESCRIPTION],
		.quantity_unit = value[QUANTITY_UNIT],
	};

	if (read_periods(focus, &reading) != 0 || read_amounts(focus, &reading) != 0 ||
		read_currency(focus, &reading) != 0)
		return 0;
	check_words(focus);
	tell(focus);
	if (reading.provider.n == 0)
		reading.provider = focus->options->provider;
	reading.id =
		charges_id(&focus->charges, &reading, &value[ACCOUNT], COLUMNS - ACCOUNT, reader_line(focus->reader));
	if (focus->sink->invoice == NULL)
		return 0;
	return focus->sink->invoice(
		focus->sink->ctx, (struct place){ .line = reader_line(focus->reader) }, &reading, err);
}

static int
focus_rows(struct focus *focus, struct err *err)
{
	struct text *fields;
	size_t n;
	int got;

	if (reader_separator(focus->reader, &focus->separator, err) != 0)
		return -1;
	got = reader_next_record(focus->reader, focus->separator, &fields, &n, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_INPUT, "%s: the input is empty", focus->input->name);
	if (focus_header(focus, fields, n, err) != 0)
		return err_in(err, "%s", focus->input->name);
	while ((got = reader_next_record(focus->reader, focus->separator, &fields, &n, err)) > 0) {
		if (focus_take(focus, fields, n))
			continue;
		if (n != focus->header_fields) {
			row_refuse(focus->sink, reader_line(focus->reader),
				"the row has %zu fields, the header has %zu", n, focus->header_fields);
			continue;
		}
		if (focus_row(focus, err) != 0)
			return -1;
	}
	return got;
}

static int
focus_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct focus *focus = calloc(1, sizeof(*focus));
	int result = -1;

	if (focus == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory to read an invoice");
	focus->input = input;
	focus->options = options;
	focus->sink = sink;
	if (charges_open(&focus->charges, options, err) == 0)
		focus->reader = reader_open(input, err);
	if (focus->reader != NULL)
		result = focus_rows(focus, err);
	reader_close(focus->reader);
	charges_close(&focus->charges);
	free(focus);
	return result;
}
