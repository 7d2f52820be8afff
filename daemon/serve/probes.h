/*
 * probes: tests of sources that somebody waits for over HTTP (POST /api/v1/sources/test/{name}): a few at once.
 */
#ifndef SERVE_PROBES_H
#define SERVE_PROBES_H

struct err;
struct probes;

struct probes *probes_new(struct err *err);

/* Give up what runs, answer it, and let nothing more begin. NULL is nothing. */
void probes_stop(struct probes *probes);
void probes_free(struct probes *probes); /* after probes_stop; NULL is nothing */

#endif
