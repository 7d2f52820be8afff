/*
 * schedule: the sources that are asked while the daemon runs. A few threads take what is due, one page at a time. One
 * that has waited for a reply for a second is replaced until it has it, so that a source that hangs holds nobody up,
 * and one that failed before is waited for by a thread of its own from the start: threads are as many as sources at
 * the most. What came whole goes into the ledger through the one writer.
 */
#ifndef INGEST_SCHEDULE_H
#define INGEST_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct schedule;
struct settings;
struct source_plan;
struct source_plans;
struct store;
struct zone;

struct schedule_config {
	const struct settings *settings;
	const struct source_plans *plans;
	const struct zone *zone;
	int64_t (*now_us)(void);
	void *ctx;
	struct store *(*read_open)(void *ctx, struct err *err); /* borrow a reading handle */
	void (*read_close)(void *ctx, struct store *store);
	/* Call write with the writing handle while nobody else has it; store is NULL where there is no ledger. */
	void (*write)(void *ctx, void (*write)(void *what, struct store *store), void *what);
	bool (*paused)(void *ctx); /* whether nothing is asked at the moment (sample data is served); may be NULL */
};

/* NULL with *err. */
struct schedule *schedule_new(const struct schedule_config *config, struct err *err);

/* Begin to ask. Signals must have been blocked before; http_library_open was called if there are sources. */
int schedule_start(struct schedule *schedule, struct err *err);
void schedule_stop(struct schedule *schedule); /* what runs is given up; NULL is nothing */
void schedule_free(struct schedule *schedule); /* after schedule_stop; NULL is nothing */

const struct source_plans *schedule_plans(const struct schedule *schedule);

/* Ask a source now; what it waits for is forgotten. ERR_MISSING names the nearest. */
int schedule_ask(struct schedule *schedule, const char *name, struct err *err);

/* How it stands with a source at this moment, beside what the ledger says. */
struct schedule_look {
	bool running, paused;
	bool back;              /* what runs is history */
	int64_t from_us, to_us; /* of the window that runs */
	int64_t pages;          /* of it, so far */
	int64_t due_us;         /* when it is asked next; INT64_MAX: not by itself */
	int64_t clock_off_s; /* the source's clock before ours, where it is more than a reply's time can explain; 0: not */
};

/* i: the place in schedule_plans. */
struct schedule_look schedule_look(struct schedule *schedule, size_t i);

#endif
