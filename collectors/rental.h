/*
 * rental: what the parsers of schedulers' and landlords' JSON share: figures in members, and a charge of theirs as a
 * line of an invoice.
 */
#ifndef COLLECTORS_RENTAL_H
#define COLLECTORS_RENTAL_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/json.h"

struct charges;
struct err;

/*
 * A number in a member, or in a string of it, exactly, as a whole number of 10^-digits. 0 and *has = false where it is
 * missing or null. ERR_INPUT names the member and the value.
 */
int rental_figure(const struct json *object, const char *name, int digits, int64_t *value, bool *has, struct err *err);

/* What somebody charged in US dollars for one thing over one stretch of time. */
struct charge {
	int64_t from_us, to_us;
	const char *provider; /* "RunPod" */
	struct text service, resource, sku, description;
	int64_t amount_nano;
	bool has_hours;
	int64_t hours_nano;
};

/*
 * Tell the sink. Its id is of who was charged for what and when, and not of the amount or the description, which
 * change until the day is over.
 */
int rental_charge(const struct charge *charge, struct charges *charges, const struct sink *sink, struct place place,
	struct err *err);

#endif
