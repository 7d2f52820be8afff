/*
 * incidents: what the parsers of status feeds share: an incident being read, its times, and what it met.
 */
#ifndef COLLECTORS_INCIDENTS_H
#define COLLECTORS_INCIDENTS_H

#include "collectors/collector.h"
#include "collectors/json.h"

struct incident_draft {
	struct incident_reading reading;
	struct text components[INCIDENT_COMPONENTS];
};

/* An instant in a member: 1 and *at_us, 0 where it is missing or null, -1 where it is none (ERR_INPUT names it). */
int incident_time(const struct json *object, const char *name, int64_t *at_us, struct err *err);

/* Put a name among what the incident met, once. */
void incident_met(struct incident_draft *draft, struct text name);

/* Who it is: as the person said, else the one whose name is in the address (told), else the address's own words. */
struct text incident_provider(const struct collect_options *options, struct text address, struct text name);

/* Check what was read and hand it to the sink, or refuse it. */
int incident_deliver(struct incident_draft *draft, const struct sink *sink, const struct json *at,
	const struct err *refusal, struct err *err);

#endif
