/*
 * mappings: the sections [mapping NAME] of the configuration, ready to read files by.
 */
#ifndef INGEST_MAPPINGS_H
#define INGEST_MAPPINGS_H

#include <stddef.h>

#include "collectors/mapping.h"

struct config_sources;
struct err;

struct mappings {
	struct mapping *rows; /* their names are in the sources that they were made of */
	struct zone **zones;  /* of each; NULL: none */
	size_t n;
};

/* ERR_INPUT names file, line, mapping and what is wrong, with the nearest right name. On -1 nothing is to be freed. */
int mappings_make(const struct config_sources *sources, struct mappings *mappings, struct err *err);
void mappings_free(struct mappings *mappings);

/* NULL: there is none. */
const struct mapping *mappings_find(const struct mappings *mappings, const char *name);

#endif
