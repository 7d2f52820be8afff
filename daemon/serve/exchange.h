/*
 * exchange: one HTTP request and its reply as plain values, with no socket in sight.
 *
 * http.c fills a request from the wire and sends the reply; everything between is a function from one to
 * the other and can be tested with a fixed now.
 */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct err;

/* All texts end in NUL and live as long as the request; a header that was not sent is NULL. */
struct exchange_request {
	const char *method; /* "GET" */
	const char *target; /* as sent, still percent-encoded: "/api/v1/report/usage?by=day" */
	const char *host, *origin, *fetch_site, *content_type, *content_encoding, *accept_encoding;
	const char *if_none_match;
	const char *authorization, *cookie, *csrf; /* the last one: X-CSRF-Token */
	const char *client; /* the address of the other end, "192.0.2.1"; of IPv6 its first 64 bits; NULL: none */
	const char *body;   /* NULL or size bytes with a NUL behind them */
	FILE *file;         /* the body in a temporary file, in place of body; its size is size */
	size_t size;
	int64_t now_us;
	struct arena *arena; /* the reply lives here too, unless what it points to outlives the daemon's requests */
};

struct exchange_reply;

/* A reply that is not there yet: start is called once the exchange can wait, and calls wake(ctx), from any
 * thread or from within, when finish may be called for the reply. */
struct exchange_later {
	void (*start)(void *job, void (*wake)(void *ctx), void *ctx); /* NULL: the reply is there */
	void (*finish)(void *job, const struct exchange_request *request, struct exchange_reply *reply);
	void *job; /* lives as long as the request */
};

struct exchange_reply {
	struct exchange_later later; /* when it has a start, nothing else counts */
	int status;
	const char *type; /* content type */
	const char *body;
	size_t size;
	const char *cache;       /* Cache-Control; NULL: no-store */
	const char *etag;        /* without quotes; NULL: none */
	const char *encoding;    /* "gzip" or NULL */
	const char *allow;       /* of a 405: "GET, HEAD" */
	const char *disposition; /* Content-Disposition or NULL */
	const char *location;    /* Location or NULL */
	const char *cookie;      /* Set-Cookie or NULL */
	const char *challenge;   /* WWW-Authenticate of a 401, or NULL */
	int retry_after_s;       /* Retry-After; 0: none */
	int slot;                /* what it is counted as: see metrics.h */
	bool varies;             /* another Accept-Encoding may get other bytes */
};

typedef void exchange_handler(void *ctx, const struct exchange_request *request, struct exchange_reply *reply);

/* Make *reply {"error": sentence} with that status. */
void reply_error(const struct exchange_request *request, struct exchange_reply *reply, int status, const char *format,
	...) __attribute__((format(printf, 4, 5)));
/* The same from *err: 400, 404, 503 or 500. */
void reply_err(const struct exchange_request *request, struct exchange_reply *reply, const struct err *err);
/* Make *reply a 200 with that body and no-cache. */
void reply_body(struct exchange_reply *reply, const char *type, const char *body, size_t size);

/*
 * The last touches that every reply gets: an entity tag from the content where it may be cached and has
 * none, 304 when the client has it already, gzip when the client takes it and it is worth it.
 */
void reply_finish(const struct exchange_request *request, struct exchange_reply *reply);

/* Whether an Accept-Encoding header (may be NULL) takes gzip. */
bool accepts_gzip(const char *header);

/* size bytes compressed into the arena, or NULL when that would not be smaller. level: 1 to 9. */
char *gzip_bytes(struct arena *arena, const char *bytes, size_t size, int level, size_t *compressed);

#endif
