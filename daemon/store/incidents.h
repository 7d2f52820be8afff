/*
 * incidents: what went wrong at providers: an incident once, as its page told it last.
 */
#ifndef STORE_INCIDENTS_H
#define STORE_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/ledger.h"

struct arena;
struct err;
struct store;

/* What is wrong with one, as ERR_INPUT; 0 when nothing. */
int incident_check(const struct incident_reading *reading, struct err *err);

struct incident_come {
	int64_t run, now_us;
};

/*
 * Put it, or what it says now in the place of what it said: PUT_TAKEN, *edited where it was there. PUT_REPEATED where it
 * says the same, or what came is older than what stands (by updated_us). In a transaction.
 */
enum put_result incident_put(struct store *store, const struct incident_come *come,
	const struct incident_reading *reading, bool *edited, struct err *err);

struct incident_row {
	const char *provider, *id, *impact, *status, *name, *url;
	const char *components; /* a line each, "" where not told */
	int64_t started_us;
	int64_t ended_us; /* NOT_REPORTED: not over, or nobody said when */
	bool over;
	int64_t updated_us, edits;
	int64_t seen_us; /* until when it is known what the provider's page told */
};

/* All, by provider and time. */
int incident_list(struct store *store, struct arena *arena, struct incident_row **rows, size_t *n, struct err *err);

/* A page that was read and told of no incident: the name of its source, and between when it was read. */
struct silent_page {
	const char *name;
	int64_t first_us, last_us; /* first_us 0: only the last time is known */
};

int silent_page_list(struct store *store, struct arena *arena, struct silent_page **rows, size_t *n, struct err *err);

#endif
