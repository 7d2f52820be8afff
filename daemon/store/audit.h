/*
 * audit: who changed what figures come out as, and when.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

struct audit_row {
	int64_t id; /* set when read back */
	int64_t at_us;
	const char *who;    /* "command line", the name of an access token, "loopback" */
	const char *what;   /* "rule add" */
	const char *about;  /* a number or a name */
	const char *detail; /* a JSON object */
};

/* Called in the transaction of the change itself. */
int audit_add(struct store *store, const struct audit_row *row, struct err *err);

/* The latest first. */
int audit_list(
	struct store *store, struct arena *arena, size_t limit, struct audit_row **rows, size_t *n, struct err *err);

#endif
