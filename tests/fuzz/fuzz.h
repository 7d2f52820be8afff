/*
 * fuzz: what a harness is. Each file of this folder that defines LLVMFuzzerTestOneInput is one harness; libFuzzer or replay.c
 * calls it with bytes. A harness aborts where a promise of the parser's header is broken.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort, saying which promise was broken. */
static inline void
promise(int kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

#endif
