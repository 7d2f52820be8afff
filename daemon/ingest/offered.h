/*
 * offered: what files can be read by, for whoever chooses: the collectors and the mappings of the configuration.
 */
#ifndef INGEST_OFFERED_H
#define INGEST_OFFERED_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/collector.h"

struct arena;
struct mappings;

struct offered {
	const char *name, *title;
	const char *kind; /* "usage", "invoices": what it brings */
	bool mapping;     /* one of the configuration's */
	bool replaces;    /* a file may take the place of what it said before (ingest_options.replace) */
	bool asked;       /* a source of it is asked over HTTP, or reads this machine */
	bool followed;    /* files of it are followed in a folder */
};

/* All of them, mappings (NULL: none) last; texts live as long as the arena and the mappings. */
struct offered *offered_list(const struct mappings *mappings, struct arena *arena, size_t *n);

/* What a collector of that kind brings, in words. */
const char *offered_kind(enum collector_kind kind);

#endif
