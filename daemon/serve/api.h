/*
 * api: the table of routes, from an exchange to an answer.
 *
 * GET /api/v1 prints the table itself; /api/v1/openapi.json is made from it. Parameters are declared
 * with their validators: an unknown, repeated or wrong one is a 400 that names it, its value and what is
 * allowed. Errors are {"error": sentence}.
 */
#ifndef SERVE_API_H
#define SERVE_API_H

#include <stdbool.h>

#include "daemon/serve/exchange.h"

struct assets;
struct err;
struct gate;
struct imports;
struct mappings;
struct metrics;
struct pool;
struct probes;
struct push;
struct schedule;
struct settings;
struct store;
struct zone;

/* What requests are answered from; lent by the caller, the same for all threads. */
struct api {
	const struct settings *settings;
	const struct zone *zone;         /* the reporting zone */
	struct pool *pool;               /* NULL: no ledger; reports that need one answer 503 */
	struct push *push;               /* NULL: no events can be pushed */
	struct imports *imports;         /* NULL: no files can be imported */
	const struct mappings *mappings; /* files of any kind can be read by; NULL: none */
	struct schedule *schedule;       /* NULL: there are no sources */
	struct probes *probes;           /* NULL: sources cannot be tested */
	struct assets *assets;           /* NULL: no page */
	struct gate *gate;               /* NULL: everybody is let in */
	struct metrics *metrics;         /* NULL: requests are not counted */
	const char *version;
	const char *allowed_host; /* a name besides the loopback ones that a Host header may carry, or NULL */
	/* Removes the sample data; NULL when this ledger is none. Called by one thread at a time. */
	int (*demo_remove)(void *ctx, struct err *err);
	/* Begin anew with the settings that the ledger keeps now, once this request is answered. NULL: cannot. */
	void (*again)(void *ctx);
	bool (*demo)(void *ctx); /* whether what is served now is sample data; NULL: no */
	void *demo_ctx;
	/* A writing handle of one's own for a while; NULL: nothing can be written. It stays one of this ledger's. */
	struct store *(*writer_open)(void *ctx, struct err *err);
	/* One for a dry run, which writes elsewhere and holds nobody up (STORE_TRIAL). */
	struct store *(*trial_open)(void *ctx, struct err *err);
	void (*writer_close)(void *ctx, struct store *store);
	void *writer_ctx;
	/* An unnamed temporary file for a large body, NULL where none can be made; by writer_ctx. May be NULL. */
	FILE *(*file_open)(void *ctx);
};

/* An exchange_handler; ctx is a const struct api *. Answers every path, /healthz and the page included. */
void api_handle(void *ctx, const struct exchange_request *request, struct exchange_reply *reply);

/*
 * The same ctx, before a body is read: 0 go on, -1 and *reply is a refusal for want of rights, so that nobody who
 * is not let in can make the daemon hold a body.
 */
int api_admit(void *ctx, const struct exchange_request *request, struct exchange_reply *reply);

/* The same ctx, for http.h: which bodies go into a file. */
FILE *api_spool(void *ctx, const struct exchange_request *request, size_t *size_max);

/* Whether a Host header names this machine itself: a loopback name or address, with or without a port. */
bool host_is_loopback(const char *host);

#endif
