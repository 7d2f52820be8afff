/*
 * fetch: bytes over HTTP, one request at a time. The only door to the HTTP client outside of the benchmark.
 *
 * TLS is verified, redirects are not followed, a reply is limited in time and size, and what a name resolves to is
 * looked at when the connection is made: an address of this machine or its link is refused unless it is allowed.
 * Sentences hold neither key nor query.
 */
#ifndef INGEST_FETCH_H
#define INGEST_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ingest/verdict.h"

struct err;
struct fetch;
struct pull;
struct pull_request;

struct fetch_limits {
	int connect_s, silent_s, whole_s; /* until connected, without a byte, for the whole reply */
	size_t bytes_max;                 /* of a reply, unpacked */
};

struct fetch_ask {
	const char *url; /* of the source; address_parse has taken it */
	const struct pull *pull;
	const struct pull_request *request;
	const char *secret;   /* the key, or NULL */
	const char *key_from; /* for sentences */
	bool allow_local;     /* addresses of this machine and its link */
	bool allow_plain;     /* a key over http:// to other machines */
	const char *ca_file;  /* "": the system's */
	const char *proxy;    /* "": as the environment says; "none": none */
	struct fetch_limits limits;
	const atomic_bool *stop;  /* ends a request that runs; may be NULL */
	void (*waits)(void *ctx); /* called once where the reply is not whole within about a second; may be NULL */
	void *waits_ctx;
};

struct fetch_reply {
	int status;  /* 0: there was none */
	char *bytes; /* with a NUL behind them; fetch_free */
	size_t n;
	int64_t wait_s; /* as Retry-After says; -1: it does not */
	int64_t date_s; /* the source's clock; 0: not told */
};

/* http_library_open was called before there were threads. Keeps connections; one thread at a time. NULL with *err. */
struct fetch *fetch_open(struct err *err);
void fetch_close(struct fetch *fetch); /* NULL is nothing */

/* Anything but VERDICT_ANSWER has *err. fetch_free in either case. */
enum verdict fetch_bytes(struct fetch *fetch, const struct fetch_ask *ask, struct fetch_reply *reply, struct err *err);
void fetch_free(struct fetch_reply *reply);

#endif
