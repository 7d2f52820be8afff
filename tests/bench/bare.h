/*
 * bare: the least that libmicrohttpd can do: one prepared reply to whatever is asked, as a process of its own.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "tests/bench/served.h"

/* Answers with the headers and the body of the reply, from as many threads as the program uses. */
void bare_start(struct served *bare, const struct reply *reply, unsigned threads);

#endif
