/*
 * fleet_fields: what a person says of a fleet, field by field, however it is said: by options of the command, over
 * HTTP, on the page.
 */
#ifndef REPORT_FLEET_FIELDS_H
#define REPORT_FLEET_FIELDS_H

#include <stddef.h>

struct err;
struct fleet_row;

/* A number of a fleet: an int64_t in struct fleet_row that keeps so many digits after the point. */
struct fleet_number {
	const char *name;
	size_t offset;
	int digits;
	const char *unit;
};

#define FLEET_NUMBERS 13
extern const struct fleet_number fleet_numbers[FLEET_NUMBERS];

/* Every name that fleet_take knows, ended by NULL: the numbers first. */
extern const char *const fleet_fields[];

/* Take one field over; "" takes a text away. ERR_INPUT names field, value and what is allowed. */
int fleet_take(struct fleet_row *fleet, const char *name, const char *value, struct err *err);

#endif
