/*
 * fleet: self-hosted options as a person describes them: which GPUs, at what price, how fast, how run.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/supply/fleet.h"

struct arena;
struct err;
struct store;

enum fleet_origin { ORIGIN_MEASURED, ORIGIN_ASSUMED };

/* "always_on", "autoscale"; "measured", "assumed". */
extern const char *const fleet_scaling_names[2];
extern const char *const fleet_origin_names[2];

/* Money in nano-USD, rates in parts per million, so that what a person typed comes back to the digit. */
struct fleet_row {
	const char *name;               /* unique, not empty */
	const char *gpu;                /* accelerator's product name, may be empty */
	int64_t gpus_per_replica;       /* >= 1 */
	int64_t gpu_hour_nano;          /* per GPU and hour */
	const char *gpu_hour_source;    /* where the price is from; may be empty */
	int64_t throughput_milli_tok_s; /* of one replica, 1e-3 tokens a second, input and output; > 0 */
	enum fleet_origin throughput_origin;
	const char *throughput_source; /* may be empty */
	int64_t headroom_ppm;          /* share of throughput that is planned with: 700000 is 0.7 */
	int64_t redundancy;            /* replicas on top */
	int64_t min_replicas;
	enum scaling scaling;
	int64_t lag_ms;            /* autoscaling lag: 1 h is 3600000 */
	int64_t hours_month_milli; /* hours billed a month, 1e-3: 730 is 730000 */
	int64_t ops_month_nano, fixed_month_nano, upfront_nano;
	int64_t per_mtok_nano;
	int64_t changed_us;
	int64_t throughput_low_milli_tok_s, throughput_high_milli_tok_s; /* its band; 0: not known */
};

/* The defaults of everything but name, gpu, price and throughput. */
void fleet_defaults(struct fleet_row *fleet);

/* Make or replace. ERR_INPUT names what is out of bounds. Called in a transaction. */
int fleet_put(struct store *store, const struct fleet_row *fleet, struct err *err);

/* 1 with *fleet (texts in the arena), 0 where there is none. */
int fleet_get(struct store *store, const char *name, struct arena *arena, struct fleet_row *fleet, struct err *err);

int fleet_list(struct store *store, struct arena *arena, struct fleet_row **fleets, size_t *n, struct err *err);

/* 1 removed, 0 there was none; ERR_INPUT while a workload names it. */
int fleet_remove(struct store *store, const char *name, struct err *err);

#endif
