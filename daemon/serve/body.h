/*
 * body: the body of a request as it is received, into memory or into a file. All that are in memory at once share a
 * limit.
 */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct bodies {
	size_t max;
	atomic_size_t held; /* bytes in memory */
};

struct body {
	char *bytes; /* with a NUL behind them; NULL: none, or in the file */
	FILE *file;  /* takes the body in place of memory; closed by body_drop */
	size_t size, size_max;
	size_t room, dropped;
	bool too_large; /* longer than size_max */
	bool crowded;   /* there was no room for it beside the others */
	int failed;     /* the file could not take it: errno */
};

/* Whether a body of that size would fit beside the others now. */
bool bodies_fit(const struct bodies *bodies, size_t size);

/* Take a piece; of one that is too large or finds no room the rest is dropped. -1: it goes on for too long. */
int body_take(struct bodies *bodies, struct body *body, const char *bytes, size_t n);

/* It is whole. */
void body_end(struct body *body);

void body_drop(struct bodies *bodies, struct body *body);

#endif
