/*
 * source: a configured source, checked against what its collector is asked like: what belongs to a collector alone,
 * the URL, the times; and its key, read when it is needed.
 */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/options.h"
#include "daemon/ingest/mappings.h"

struct config_sources;
struct err;

struct source_plan {
	struct source_settings settings;
	const struct collector *collector;
	const struct mapping *mapping; /* of files that are read by one; NULL: by none */
	const struct pull *pull;       /* the collector's, or that of its files where there is a path */
	const char *url;               /* the configured one, else the collector's; "" where there is none */
	struct pull_given given[SOURCE_OPTIONS];
	size_t givens;
	int64_t interval_us, trailing_us;
	int64_t start_us; /* INT64_MIN: none */
};

/* What a configuration says of data that comes. */
struct source_plans {
	struct source_plan *rows; /* source_plans_free */
	size_t n;
	struct mappings mappings;
};

/*
 * ERR_INPUT names file, line, source or mapping and what is wrong, with the nearest right name. On -1 nothing is to be
 * freed.
 */
int source_plans_make(const struct config_sources *sources, struct source_plans *plans, struct err *err);
void source_plans_free(struct source_plans *plans);

/* The plan of that name, or NULL with ERR_MISSING and the nearest name. */
const struct source_plan *source_plan_find(const struct source_plans *plans, const char *name, struct err *err);

/* What the plan says of all rows of its replies or files; the rest is the caller's. */
struct collect_options source_collect(const struct source_plan *plan);

/* A question of this plan; from_us, to_us, now_us, part and page are the caller's. */
struct pull_ask source_ask(const struct source_plan *plan);

#define SOURCE_KEY_MAX 4096

struct source_key {
	char secret[SOURCE_KEY_MAX];  /* "" where none is sent */
	char from[SETTING_PATH + 16]; /* "file /etc/key", "variable OPENAI_ADMIN_KEY"; "" where none is sent */
};

/*
 * The key as it is now. ERR_INPUT when there is none and one is needed, when others may read its file, when it is empty
 * or no key (a blank, a line end inside). source_key_forget in either case.
 */
int source_key_read(const struct source_plan *plan, struct source_key *key, struct err *err);
/* The same of a file that is named by itself. */
int source_key_file(const char *path, struct source_key *key, struct err *err);
void source_key_forget(struct source_key *key);

#endif
