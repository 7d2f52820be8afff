/*
 * show: a row as a dry run shows it, a JSON object cut to its room.
 */
#ifndef INGEST_SHOW_H
#define INGEST_SHOW_H

#include <stddef.h>

#include "daemon/store/ledger.h"
#include "models/price/reading.h"

/* A line of JSON that is always whole: members that do not fit are left out. */
struct show {
	char *buffer;
	size_t size, n;
};

void show_usage(struct show *show, const struct usage_reading *reading, const struct line_price *price);
void show_gpu(struct show *show, const struct gpu_reading *reading);
void show_invoice(struct show *show, const struct invoice_reading *reading);
void show_incident(struct show *show, const struct incident_reading *reading);
void show_price(struct show *show, const struct price_row *row);

#endif
