/*
 * machine: what sources of PULL_MACHINE read from this machine, as a page that their collector can parse.
 *
 * A machine that has nothing of the kind (no driver, no library) is no error: the page says so in a sentence.
 */
#ifndef INGEST_MACHINE_H
#define INGEST_MACHINE_H

#include <stddef.h>

struct err;

/* The page for a collector by its name, in malloc'd memory with a NUL behind it; NULL with *err. */
char *machine_page(const char *collector, size_t *n, struct err *err);

#endif
