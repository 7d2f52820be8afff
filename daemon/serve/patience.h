/*
 * patience: connections whose client takes too long over a request or its reply are closed. libmicrohttpd's own
 * limit is on silence, and a byte now and then is none.
 *
 * A client has so many seconds, and beside them a second for each PATIENCE_RATE bytes that it moved.
 */
#ifndef SERVE_PATIENCE_H
#define SERVE_PATIENCE_H

#include <stddef.h>

struct err;
struct patience;
struct waited;

#define PATIENCE_RATE 4096 /* bytes a second: slower than any line that a dashboard is read over */

/* Starts a thread that looks once a second. NULL with *err. */
struct patience *patience_new(struct err *err);
void patience_free(struct patience *patience); /* no connection may be left; NULL is nothing */

/* A connection came; it must be removed before its socket is closed. NULL where there is no memory for it. */
struct waited *patience_add(struct patience *patience, int socket);
void patience_remove(struct patience *patience, struct waited *waited);

/* From now on the client is waited for, at most so long. waited may be NULL in these. */
void patience_wait(struct waited *waited, unsigned seconds);
/* It has moved so many bytes, or has them to move. */
void patience_more(struct waited *waited, size_t bytes);
/* It is not waited for any more. */
void patience_rest(struct waited *waited);

#endif
