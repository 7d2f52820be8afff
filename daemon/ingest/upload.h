/*
 * upload: a file that somebody hands over without saying what it is: recognised by its first bytes, run through
 * its collector, or told apart from the formats that it is nearly.
 */
#ifndef INGEST_UPLOAD_H
#define INGEST_UPLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ingest/ingest.h"

struct err;
struct mappings;
struct store;
struct zone;

struct upload {
	int fd;                          /* of the whole file, read from its begin; stays the caller's */
	const char *name;                /* of the file, without a folder */
	const char *collector;           /* NULL or "auto": by the content; or the name of a mapping */
	const struct mappings *mappings; /* NULL: none */
	const char *account, *workload, *provider, *model; /* of rows that name none; NULL: nothing was said */
	const struct zone *zone;                           /* reporting zone */
	bool zone_chosen;                                  /* days of the ledger become those of the zone */
	bool dry_run;
	bool replace; /* see struct ingest_options */
	int64_t now_us;
	const atomic_bool *stop; /* true: end, and leave nothing behind; NULL: never */
};

#define UPLOAD_FORMATS 32

/* A format that the file is not, and what it lacks for it. */
struct upload_format {
	const char *name, *title, *why_not;
};

struct upload_result {
	const char *collector, *title, *kind; /* NULL where the format was not recognised */
	size_t formats;                       /* then: those that say what is missing */
	struct upload_format format[UPLOAD_FORMATS];
	struct ingest_result ingest;
};

/* Whether there is a collector or mapping of that name, or it is "auto". ERR_INPUT with the nearest. */
int upload_check(const char *collector, const struct mappings *mappings, struct err *err);

/* As ingest_run; -1 with *err leaves what is known in *result. Allocate *result: it is large. */
int upload_run(struct store *store, const struct upload *upload, struct upload_result *result, struct err *err);

#endif
