/*
 * err: why a call failed, as a sentence for a tired person at night.
 *
 * A call that can fail takes a struct err * as its last argument and returns 0 or -1 (or NULL).
 * The deepest floor says what and where ("prices.json: model 'x': unit 'tokn' is unknown"); each
 * floor above may put its noun in front with err_in(). One place prints it. Lower case, no full stop.
 */
#ifndef UNITS_ERR_H
#define UNITS_ERR_H

enum err_kind {
	ERR_NONE = 0,
	ERR_INPUT,   /* what was given is wrong: HTTP 400, exit 2 */
	ERR_MISSING, /* what was asked for does not exist: HTTP 404, exit 2 */
	ERR_BUSY,    /* try again: locked, full: HTTP 503, exit 1 */
	ERR_OUTSIDE  /* the world failed: disk, network, memory: HTTP 500, exit 1 */
};

struct err {
	enum err_kind kind;
	char text[1024]; /* always ends in NUL; cut with "..." where it would not fit */
};

/* Fill *err (which may be NULL) and return -1, so that a caller can write `return err_set(...)`. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "NOUN: " in front of the text of *err; the kind stays. Returns -1. */
int err_in(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the name of what is read, where the text does not begin with it already. */
int err_about(struct err *err, const char *name);

/* The exit status of a command that ended with *err: 2 for input and missing, 1 for the rest. */
int err_exit(const struct err *err);

/* The HTTP status that answers *err: 400, 404, 503 or 500. */
int err_http(const struct err *err);

#endif
