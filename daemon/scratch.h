/*
 * scratch: a folder for a ledger that is not to stay: the demo's, and that of a dry run where there is none yet.
 */
#ifndef DAEMON_SCRATCH_H
#define DAEMON_SCRATCH_H

#include <stddef.h>

struct err;

/* Make an empty folder of that kind ("demo") in $TMPDIR or /tmp; its path is in folder. */
int scratch_make(char *folder, size_t size, const char *kind, struct err *err);

/* Remove the ledger's files and the folder; nothing else may be in it. An empty path is nothing. */
void scratch_remove(const char *folder);

#endif
