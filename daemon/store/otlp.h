/*
 * otlp: what is remembered of pushed telemetry so that each token counts once. Called in the transaction of the
 * lines that it lets in.
 */
#ifndef STORE_OTLP_H
#define STORE_OTLP_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct store;

#define OTLP_KEY_BYTES 16
#define OTLP_FAMILIES_MAX 8

struct otlp_key {
	uint8_t bytes[OTLP_KEY_BYTES];
};

/* How far a cumulative series has been counted. */
struct otlp_total {
	int64_t value, calls, time_ns;
};

/* 1 and *total, 0 none, -1 with *err. */
int otlp_total_get(struct store *store, const struct otlp_key *key, struct otlp_total *total, struct err *err);
int otlp_total_put(struct store *store, const struct otlp_key *key, const struct otlp_total *total, int64_t now_us,
	struct err *err);

/* The ways in which one origin is told, by family: both instants are 0 where it has not been heard. */
struct otlp_origin {
	struct {
		int64_t heard_us, counted_us;
	} family[OTLP_FAMILIES_MAX];
};

int otlp_origin_get(struct store *store, const struct otlp_key *key, struct otlp_origin *origin, struct err *err);
/* Later instants replace earlier ones. */
int otlp_origin_put(struct store *store, const struct otlp_key *key, const struct otlp_origin *origin, int family,
	int64_t now_us, struct err *err);

/* Whether a span encloses one that is counted: 1, 0, or -1 with *err; and that it does. */
int otlp_span_encloses(struct store *store, const struct otlp_key *key, struct err *err);
int otlp_span_note(struct store *store, const struct otlp_key *key, int64_t now_us, struct err *err);

/* Forget what is too old to matter. */
int otlp_forget(struct store *store, int64_t now_us, struct err *err);

#endif
