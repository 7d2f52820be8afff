/*
 * http: the only door to libmicrohttpd: sockets, limits and threads around an exchange handler.
 *
 * Limits: the request line and headers share one buffer, a body above body_max is answered 413, a
 * connection that is silent for idle_s seconds is closed, connections above connections_max wait in the
 * kernel's queue. The handler is called from several threads at once.
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/serve/exchange.h"

struct err;
struct http;
struct metrics;

struct http_config {
	const char *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0 picks a free one */
	int socket;         /* > 0: that address is open already, by http_rest; it is ours now */
	unsigned threads;   /* >= 1 */
	unsigned connections_max;
	unsigned idle_s,
		slow_s; /* of silence; of a request that is not whole, or a reply that is not taken: see patience.h */
	size_t body_max, bodies_max;           /* of one body; of all that are being received into memory */
	const char *tls_certificate, *tls_key; /* PEM, both or neither (NULL); lent until http_stop */
	struct metrics *metrics;               /* counts replies and connections; may be NULL */
	int64_t (*now_us)(void);
	exchange_handler *handler;
	void *ctx; /* the handler's */
	/* Asked with the headers before a larger body is read; -1: *reply is sent in its place. May be NULL. */
	int (*admit)(void *ctx, const struct exchange_request *request, struct exchange_reply *reply);
	/*
	 * Asked with the headers where a body comes: an open temporary file that takes it instead of memory, and the most
	 * bytes of it; NULL: memory, body_max. It is closed with the exchange. May be NULL.
	 */
	FILE *(*spool)(void *ctx, const struct exchange_request *request, size_t *size_max);
	/* Set once http_rest accepts nothing more: whoever connects from then on meets the next one. May be NULL. */
	atomic_bool *resting;
	/* While stopping: what waits for a later reply must get one before this returns. May be NULL. */
	void (*drain)(void *ctx);
	void *drain_ctx;
	/* Large answers are over and nothing is being answered: what they left in memory can go. May be NULL. */
	void (*rest)(void *ctx);
	void *rest_ctx;
};

/* Whether an address to listen on is loopback. ERR_INPUT where it is no address. */
int http_is_loopback(const char *listen, bool *loopback, struct err *err);

/* Signals must have been blocked before. NULL with *err: what address, and why not. */
struct http *http_start(const struct http_config *config, struct err *err);

/* "http://127.0.0.1:41234/"; lives as long as http. */
const char *http_address(const struct http *http);

/*
 * Stop as http_stop does, but keep the address open: who connects meanwhile waits in the kernel's queue. The socket
 * for the next http_start; -1 where it could not be kept.
 */
int http_rest(struct http *http, int wait_ms);

/* Accept nothing more, let the requests that are being answered end (at most wait_ms), close. NULL is nothing. */
void http_stop(struct http *http, int wait_ms);

#endif
