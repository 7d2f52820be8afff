#include <stdio.h>

#include "collectors/charges.h"
#include "collectors/rental.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

int
rental_figure(const struct json *object, const char *name, int digits, int64_t *value, bool *has, struct err *err)
{
	const struct json *json = json_value(object, name);
	char shown[TEXT_SHOWN];

	*value = 0;
	*has = json != NULL;
	if (json == NULL)
		return 0;
	if (json->type != JSON_NUMBER && json->type != JSON_STRING)
		return err_set(err, ERR_INPUT, "%s is %s, not a number", name, json_type_name(json));
	if (decimal_parse(json->text.p, json->text.n, digits, value, NULL, NULL) == 0)
		return 0;
	return err_set(
		err, ERR_INPUT, "%s: '%s' is no number that fits", name, text_shown(json->text, shown, sizeof(shown)));
}

int
rental_charge(const struct charge *charge, struct charges *charges, const struct sink *sink, struct place place,
	struct err *err)
{
	struct invoice_reading reading = { .charge_from_us = charge->from_us,
		.charge_to_us = charge->to_us,
		.account = charges->options->account,
		.provider = text_of(charge->provider),
		.publisher = text_of(charge->provider),
		.service = charge->service,
		.sku = charge->sku,
		.resource = charge->resource,
		.category = text_of("Usage"),
		.frequency = text_of("Usage-Based"),
		.description = charge->description,
		.currency = text_of("USD"),
		.has_billed = true,
		.billed_nano = charge->amount_nano,
		.has_effective = true,
		.effective_nano = charge->amount_nano,
		.has_quantity = charge->has_hours,
		.quantity_nano = charge->hours_nano,
		.quantity_unit = text_of(charge->has_hours ? "Hours" : "") };
	const struct text identity[] = { reading.provider, reading.service, reading.resource, reading.sku };

	charges_month(charges, &reading);
	reading.id = charges_id(charges, &reading, identity, sizeof(identity) / sizeof(identity[0]), place.line);
	return sink->invoice == NULL ? 0 : sink->invoice(sink->ctx, place, &reading, err);
}
