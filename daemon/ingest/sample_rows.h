/*
 * sample_rows: the sample's usage as rows, before it is text.
 */
#ifndef INGEST_SAMPLE_ROWS_H
#define INGEST_SAMPLE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/ingest/sample.h"
#include "models/price/usage.h"

/* A model that the sample calls, and its list price in femto-dollars per token; 0 throughout: not priced. */
struct sample_model {
	const char *provider, *model;
	const char *maker; /* whose invoice it is on; NULL: nobody's */
	int64_t rate_femto[USAGE_CLASSES];
};

struct sample_row {
	int64_t at_us;
	int64_t number; /* 1, 2, … : the row's id */
	enum sample_workload workload;
	const struct sample_model *model;
	const char *service_tier; /* "" or "batch", which costs half */
	bool failed;              /* no tokens then */
	int64_t requests, latency_ms, ttft_ms;
	struct usage usage;
};

/* All models of the sample, ended by one whose provider is NULL. */
extern const struct sample_model sample_models[];

/* Every row in rising time; take returns 0, or -1 with *err, which ends the run. */
struct sample_taker {
	int (*take)(void *ctx, const struct sample_row *row, struct err *err);
	void *ctx;
};
int sample_rows(const struct sample_options *options, const struct sample_taker *taker, struct err *err);

/* What the row costs at its model's list price, rounded to 1e-9 USD half to even; 0 where it has none. */
int64_t sample_cost_nano(const struct sample_row *row);

/* The first instant of the sample: `days` days before the hour that holds now. */
int64_t sample_from_us(const struct sample_options *options);

/* Load of the reference week relative to its mean, at an instant (UTC). */
double sample_office_shape(int64_t at_us);

#endif
