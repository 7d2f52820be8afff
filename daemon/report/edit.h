/*
 * edit: what changes of the ledger by a person share, whether they come from a command or over HTTP: fields as they
 * were given, one transaction, a row of the audit.
 */
#ifndef REPORT_EDIT_H
#define REPORT_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/report/report.h"

struct answer;
struct arena;
struct err;
struct settings;
struct store;

/* One field as it was given; value NULL or "": none of it. */
struct edit_field {
	const char *name, *value;
};

struct edit {
	struct store *store; /* a writing handle, outside a transaction */
	struct arena *arena;
	struct clock clock;
	const struct settings *settings;
	const char *who;  /* "command line", "loopback", the name of an access token */
	const char *name; /* what is changed: a name, or a number as text; NULL: something new */
	const struct edit_field *fields;
	size_t n;
};

/* One change: does its own transaction, fills the answer. */
typedef int editor(const struct edit *edit, struct answer *answer, struct err *err);

/* The value of a field: NULL where it was not given or is "". given (may be NULL) tells the two apart. */
const char *edit_value(const struct edit *edit, const char *name, bool *given);

/* ERR_INPUT with the nearest name when a field is none of names[0..n). */
int edit_check(const struct edit *edit, const char *const *names, size_t n, struct err *err);

/* The number that names what is changed ("rule"); ERR_MISSING where it is none. */
int edit_number(const struct edit *edit, const char *noun, int64_t *number, struct err *err);

/* Write the change down, with the facts of the answer so far as its detail. In the transaction of the change. */
int edit_audit(
	const struct edit *edit, const char *what, const char *about, const struct answer *answer, struct err *err);

#endif
