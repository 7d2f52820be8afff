/*
 * grown: what came to the files of a source (PULL_FILES) since they were read last, some of it at a time.
 *
 * A file is known by its name below the source's path, its inode, its first bytes and how far it was read. One that
 * grew is read on from there, to the end of its last whole line; one that is another file, or shorter, from its begin.
 * Where rows need those before them (pull.whole) a file that changed is read from its begin each time: up to its last
 * whole line while it is being written, and an export (pull.exports) not before it has rested.
 */
#ifndef INGEST_GROWN_H
#define INGEST_GROWN_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/store/pulled.h"
#include "models/units/err.h"

struct grown;
struct source_plan;

/* known: what the ledger holds of the source's files. NULL with *err when there is nothing to read at the path. */
struct grown *grown_open(const struct source_plan *plan, const struct source_file *known, size_t n, struct err *err);
void grown_close(struct grown *grown); /* NULL is nothing */

/* New bytes of one file, and how the file will have been read then. */
struct grown_piece {
	const char *path;
	char *bytes;    /* malloc'd: the caller's; NULL: the file cannot be read as it is now */
	struct err why; /* then: the reason */
	size_t n;
	struct source_file file; /* its path lives as long as grown */
};

/* 1 with the next piece, 0 when there is none left, -1 with *err. */
int grown_next(struct grown *grown, int64_t now_us, struct grown_piece *piece, struct err *err);

/* Whether there may be another piece. */
bool grown_more(const struct grown *grown);

#endif
