/*
 * gate: who is let in to which route, from the headers of a request.
 *
 * On a loopback address nobody is asked. Otherwise, or where serve.require_token says so, every route with
 * rights needs "Authorization: Bearer bkv_…" of a token with that scope, or the cookie of a browser that
 * signed in by a one-time link; a write of such a browser also needs the header X-CSRF-Token, whose value
 * GET /api/v1/session tells the page. Refusals are sentences that say which scope is needed, and hold no secret.
 */
#ifndef SERVE_GATE_H
#define SERVE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/serve/exchange.h"
#include "daemon/serve/routes.h"

struct err;
struct gate;
struct pool;
struct settings;
struct store;

struct gate_config {
	const struct settings *settings;
	struct pool *pool; /* reading handles */
	/* A writing handle for a moment: to sign in and out, and to remember a use. */
	struct store *(*open)(void *ctx, struct err *err);
	void (*close)(struct store *store);
	void *ctx;
	bool loopback; /* what is listened on */
};

/*
 * ERR_INPUT in a sentence that names what is missing: an address other than loopback needs a token that
 * counts (there are `tokens`) and TLS, its own or that of a proxy; a certificate needs its key.
 */
int gate_rules(const struct settings *settings, bool loopback, int64_t tokens, struct err *err);

struct gate *gate_new(const struct gate_config *config, struct err *err);
void gate_free(struct gate *gate); /* NULL is nothing */

/* Whether requests need a token or a session at all. */
bool gate_asks(const struct gate *gate);

/* Whether a Host header is a name under which the gate lets itself be called, besides those of this machine. */
bool gate_is_called(const struct gate *gate, const char *host);

/* Whether a page of that host ("costs.example.com", maybe with a port) is our own, behind a proxy that changes Host. */
bool gate_is_public(const struct gate *gate, const char *host);

/* 0: let in, and call->who tells as whom. -1: *reply says why not. */
int gate_check(struct gate *gate, struct call *call, enum rights rights, struct exchange_reply *reply);

/* The routes /login, /api/v1/session and /api/v1/session/end. */
void serve_login(const struct call *call, struct exchange_reply *reply);
void serve_session(const struct call *call, struct exchange_reply *reply);
void serve_session_end(const struct call *call, struct exchange_reply *reply);

#endif
