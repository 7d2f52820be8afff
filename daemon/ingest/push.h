/*
 * push: usage events that programs send, on their way into the ledger while their senders wait.
 *
 * parcel_read, on any thread, understands and checks a body: its events, and its refused rows with their reasons.
 * push_send hands the parcel to one writer thread, which takes all parcels that wait, puts them in one
 * transaction, commits, and wakes each; parcels come apart again when one of them sinks the transaction. What is
 * waiting is bounded in bytes.
 *
 * A woken parcel that says "taken" or "repeated" is in the file and synced (synchronous = FULL): it survives the end
 * of this process at any moment, and a loss of power as far as the disk keeps what it says that it has written. A
 * parcel whose sender heard nothing may be in the ledger or not; sent again it is taken once, since an event is its
 * `at` and `id`.
 *
 * Telemetry (OTLP) goes the same way; what counts it once is in otlp_work.h.
 *
 * Sums follow within about a second; readers read lines where they are behind (store/rollup.h).
 */
#ifndef INGEST_PUSH_H
#define INGEST_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/err.h"
#include "models/units/text.h"

struct arena;
struct parcel;
struct push;
struct store;
struct zone;

#define PUSH_EVENTS_MAX 10000 /* events of one parcel */

struct push_config {
	struct store *store;     /* the writing handle: the writer thread's from here to push_stop; not closed */
	const struct zone *zone; /* reporting zone: days are summed in it */
	int64_t (*now_us)(void);
	size_t bytes_max; /* of all bodies that wait */
};

/* NULL with *err. Signals must have been blocked before. */
struct push *push_start(const struct push_config *config, struct err *err);

/* Answer what waits (with PUSH_FAILED where it is not taken yet), sum, end the thread. NULL is nothing. */
void push_stop(struct push *push);
void push_free(struct push *push); /* after push_stop, when nobody can send any more; NULL is nothing */

/*
 * Change the ledger: the writer thread lets go of its handle between transactions, change is called and returns
 * the handle to go on with (NULL: none, what comes is answered PUSH_FAILED). Not after push_stop, as the next.
 */
void push_switch(struct push *push, struct store *(*change)(void *ctx), void *ctx);

/*
 * Write to the ledger with the one writing handle (NULL: there is none) while the writer thread waits. Events that are
 * pushed meanwhile wait too, and so does another who wants it: for as long as use takes.
 */
void push_lend(struct push *push, void (*use)(void *ctx, struct store *store), void *ctx);

/* What a body holds: our own usage events, or an export request of OTLP. */
enum push_form { PUSH_EVENTS, PUSH_METRICS, PUSH_TRACES, PUSH_LOGS };

struct push_body {
	const char *bytes;
	size_t n;
	enum push_form form;
	bool protobuf; /* of OTLP; else JSON */
	int64_t now_us;
	struct arena *arena; /* the parcel and its results live in it */
};

/* Never NULL. */
struct parcel *parcel_read(struct push *push, const struct push_body *body);

/* Whether there is something to be put: then the parcel must be sent; else its result stands already. */
bool parcel_waits(const struct parcel *parcel);

/*
 * Hand over a parcel that waits. wake(ctx) is called once, from another thread or from within, when the result
 * stands; the parcel and its arena must not be touched before.
 */
void push_send(struct push *push, struct parcel *parcel, void (*wake)(void *ctx), void *ctx);

enum push_outcome {
	PUSH_TAKEN,    /* taken or repeated, apart from rows that were refused */
	PUSH_CONFLICT, /* the same, apart from keys that stand with other content */
	PUSH_REFUSED,  /* no row was understood */
	PUSH_UNREADABLE,
	PUSH_TOO_MANY,
	PUSH_FULL,  /* too much is waiting */
	PUSH_FAILED /* the ledger: *err */
};

struct push_refused {
	int64_t row; /* 1 is the first event of the body */
	const char *reason;
	struct push_refused *next;
};

struct push_key {
	struct text id;
	struct push_key *next;
};

struct push_result {
	enum push_outcome outcome;
	struct err err; /* a sentence for all but PUSH_TAKEN and PUSH_CONFLICT */
	int64_t taken, repeated, conflicting, refused;
	int64_t left_out;                   /* of OTLP: counted from elsewhere */
	struct push_key *conflicts;         /* in the order of the body */
	struct push_refused *first_refused; /* by row */
};

/* After the wake, or at once where nothing waits. */
/* What has been pushed since the start. */
struct push_counts {
	int64_t taken, repeated, conflicting, refused; /* events */
	int64_t requests, failed;                      /* answered by the ledger; of these with nothing put */
	int64_t transactions, transactions_ns;         /* and how long they took together */
	int64_t sums, sums_ns;                         /* times that sums were brought up to their lines */
	size_t waiting_bytes;                          /* of events that are read or wait, now */
};

void push_count(struct push *push, struct push_counts *counts);

const struct push_result *parcel_result(const struct parcel *parcel);

#endif
