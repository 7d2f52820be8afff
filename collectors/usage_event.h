/*
 * usage_event: our own usage event, what its fields are called and how their values are read; shared by the
 * CSV and JSON forms so that both take the same.
 */
#ifndef COLLECTORS_USAGE_EVENT_H
#define COLLECTORS_USAGE_EVENT_H

#include <stdint.h>

#include "models/price/reading.h"
#include "models/units/text.h"

struct collect_options;
struct err;
struct json;

enum event_field {
	EVENT_ID,
	EVENT_AT,
	EVENT_PROVIDER,
	EVENT_MODEL,
	EVENT_WORKLOAD,
	EVENT_ACCOUNT,
	EVENT_PROJECT,
	EVENT_KEY,
	EVENT_SERVICE_TIER,
	EVENT_TAG,
	EVENT_STATUS,
	EVENT_REQUESTS,
	EVENT_LATENCY_MS,
	EVENT_TTFT_MS,
	EVENT_API,
	EVENT_CLASSES,
	EVENT_USAGE = EVENT_CLASSES + USAGE_CLASSES, /* the provider's own usage object */
	EVENT_FIELDS
};

extern const char *const event_field_names[EVENT_FIELDS];

/* The field of that name, letter case aside; -1. */
int event_field(struct text name);

/* An instant: RFC 3339 or Unix seconds. ERR_INPUT names the field and the value, here and below. */
int event_instant(struct text text, int64_t *at_us, struct err *err);

/* A whole number from 0 to 2^53, also written as "12.0" or "1.2e1"; NOT_REPORTED where it is empty. */
int event_whole(struct text text, const char *name, int64_t *value, struct err *err);

/* Milliseconds, a fraction rounded half to even; NOT_REPORTED where it is empty. */
int event_milliseconds(struct text text, const char *name, int64_t *value, struct err *err);

/* ok, error or timeout, letter case aside; empty is ok. */
int event_status(struct text text, enum usage_status *status, struct err *err);

/* What the row did not say and the person who imports did. */
void event_fill(struct usage_reading *reading, const struct collect_options *options);

/* ---- usage objects of providers, and their memory */

struct usage_event;

struct usage_event *usage_event_new(struct err *err);
void usage_event_free(struct usage_event *event); /* NULL is nothing */

/*
 * Read a provider's usage object from its JSON text into the reading (whose provider and model are set);
 * its parts and service tier live until the next call. A tier that the reading has stands.
 */
int usage_event_object(
	struct usage_event *event, struct text object, struct text api, struct usage_reading *reading, struct err *err);

/* Read a whole event from a JSON object, options filled in. Texts live as long as the tree. */
int usage_event_read(struct usage_event *event, const struct json *object, const struct collect_options *options,
	struct usage_reading *reading, struct err *err);

#endif
