/*
 * parcel: the events of one pushed body between push_read's threads and the writer's (inside of push).
 */
#ifndef INGEST_PARCEL_H
#define INGEST_PARCEL_H

#include "daemon/ingest/push.h"
#include "daemon/store/ledger.h"
#include "models/price/reading.h"

struct otlp_work;

/* An event that was understood. All texts are in the parcel's arena. */
struct event {
	int64_t row;
	struct usage_reading reading;
	struct usage_line line;       /* its series and price are the writer's to find */
	const struct otlp_work *otlp; /* of telemetry: its tokens are the writer's to find too, NULL of an event */
	struct event *next;
};

struct parcel {
	struct arena *arena;
	enum push_form form;
	size_t bytes; /* reserved in the queue; 0 when given back */
	struct event *events;
	struct push_result result;
	struct push_refused *last_read; /* the last row that was refused while reading */
	struct push_refused *late;      /* rows that the writer refused, the last first */
	struct push_key **conflict_tail;
	bool huge; /* holds figures whose sums may leave 64 bits */
	void (*wake)(void *ctx);
	void *wake_ctx;
	struct parcel *next;
};

/* Understand the body; the parcel's result stands where there is nothing to put. */
void parcel_parse(struct parcel *parcel, const struct push_body *body, const struct zone *zone);

/* The same of an OTLP body (otlp_parcel.c). */
void parcel_parse_otlp(struct parcel *parcel, const struct push_body *body);

/* While a body is read: its row was refused. */
void parcel_refuse_read(struct parcel *parcel, int64_t row, const char *reason);

/* Before the writer puts the events (again). */
void parcel_reset(struct parcel *parcel);
void parcel_refuse(struct parcel *parcel, int64_t row, const char *reason);
void parcel_conflict(struct parcel *parcel, struct text id);

/* The writer has put and committed the events, or it failed with *err. */
void parcel_done(struct parcel *parcel);
void parcel_failed(struct parcel *parcel, const struct err *err);

#endif
