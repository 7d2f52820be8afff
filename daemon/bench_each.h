/*
 * bench_each: what became of each request of a load, a line of CSV for each.
 */
#ifndef DAEMON_BENCH_EACH_H
#define DAEMON_BENCH_EACH_H

#include <stdio.h>

struct err;
struct load_plan;

struct each_file {
	FILE *file; /* NULL: nowhere */
	int run;    /* the run that is under way, 1 = first */
};

/* Let the plan write to that file, which is begun anew; a path of NULL changes nothing. ERR_INPUT. */
int each_open(struct each_file *each, const char *path, struct load_plan *plan, struct err *err);

/* ERR_OUTSIDE when not all of it could be written. */
int each_close(struct each_file *each, const char *path, struct err *err);

#endif
