/*
 * mappings: the sections [mapping NAME] of the configuration, ready to read files by.
 */
#ifndef INGEST_MAPPINGS_H
#define INGEST_MAPPINGS_H

#include <stddef.h>

#include "collectors/mapping.h"

struct collector;
struct config_sources;
struct err;

struct mappings {
	struct mapping *rows;
	struct zone **zones; /* of each; NULL: none */
	size_t n;
};

/* ERR_INPUT names file, line, mapping and what is wrong, with the nearest right name. On -1 nothing is to be freed. */
int mappings_make(const struct config_sources *sources, struct mappings *mappings, struct err *err);
void mappings_free(struct mappings *mappings);

/*
 * What a name stands for where a collector is asked for: a collector (*mapping NULL), or the reader of mapped files with
 * the mapping of that name. mappings NULL: there are none. NULL with ERR_INPUT and the nearest of both.
 */
const struct collector *mappings_collector(
	const struct mappings *mappings, const char *name, const struct mapping **mapping, struct err *err);

#endif
