#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/access/access.h"
#include "daemon/base/arena.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/serve/gate.h"
#include "daemon/serve/limit.h"
#include "daemon/serve/pool.h"

#define NOTE_PAUSE_US SECOND_US /* uses are written down at most so often, whoever they are of */

struct gate {
	struct gate_config config;
	struct limit limit;
	atomic_int_fast64_t noted_us; /* when a use was last written down, or tried to be */
};

/* ---- rules */

static bool
has_own_tls(const struct settings *settings)
{
	return settings->serve.tls_certificate[0] != '\0';
}

int
gate_rules(const struct settings *settings, bool loopback, int64_t tokens, struct err *err)
{
	static const char token[] = "an access token (`breakeven token add NAME --scope read`)";
	static const char tls[] = "TLS (serve.tls_in_front with the name of the proxy that speaks it, or "
				  "serve.tls_certificate and serve.tls_key)";
	bool secure = settings->serve.tls_in_front[0] != '\0' || has_own_tls(settings);

	if (has_own_tls(settings) != (settings->serve.tls_key[0] != '\0'))
		return err_set(err, ERR_INPUT, "serve.%s is set, and serve.%s is missing",
			has_own_tls(settings) ? "tls_certificate" : "tls_key",
			has_own_tls(settings) ? "tls_key" : "tls_certificate");
	if (loopback || (tokens > 0 && secure))
		return 0;
	return err_set(err, ERR_INPUT, "listen '%s' is not a loopback address, and there is missing: %s%s%s",
		settings->listen, tokens > 0 ? "" : token, tokens > 0 || secure ? "" : "; and ", secure ? "" : tls);
}

struct gate *
gate_new(const struct gate_config *config, struct err *err)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (gate == NULL)
		err_set(err, ERR_OUTSIDE, "no memory");
	else
		gate->config = *config;
	return gate;
}

void
gate_free(struct gate *gate)
{
	free(gate);
}

bool
gate_asks(const struct gate *gate)
{
	const struct settings *settings = gate->config.settings;

	return !gate->config.loopback || settings->serve.require_token == SETTING_TOKEN_YES ||
		settings->serve.tls_in_front[0] != '\0';
}

/* Whether browsers come by https, so that cookies need not travel in the clear. */
static bool
is_secure(const struct gate *gate)
{
	return gate->config.settings->serve.tls_in_front[0] != '\0' || has_own_tls(gate->config.settings);
}

bool
gate_is_public(const struct gate *gate, const char *host)
{
	const char *public = gate->config.settings->serve.tls_in_front;
	size_t n = strcspn(public, ":");

	return n > 0 && strncasecmp(host, public, n) == 0 && (host[n] == '\0' || host[n] == ':');
}

/* A name can be rebound to this machine by whoever owns it; a bare address cannot. */
static bool
is_bare_address(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	bool six = host[0] == '[';
	size_t n = strcspn(host + six, six ? "]" : ":");

	if (n >= sizeof(text) || (six && host[n + 1] != ']'))
		return false;
	memcpy(text, host + six, n);
	text[n] = '\0';
	host += n + 2 * (size_t)six;
	return (*host == '\0' ||
		       (*host == ':' && host[1] != '\0' && host[1 + strspn(host + 1, "0123456789")] == '\0')) &&
		inet_pton(six ? AF_INET6 : AF_INET, text, bytes) == 1;
}

bool
gate_is_called(const struct gate *gate, const char *host)
{
	return gate_is_public(gate, host) || (!gate->config.loopback && is_bare_address(host));
}

/* ---- cookies */

/* With https the name itself makes a browser insist on the flags; __Host- only goes with the path "/". */
static const char *
cookie_name(const struct gate *gate)
{
	return !is_secure(gate)                                       ? "breakeven_session"
		: gate->config.settings->serve.path_prefix[0] == '\0' ? "__Host-breakeven_session"
								      : "__Secure-breakeven_session";
}

/* The value of our cookie, or NULL. */
static const char *
find_cookie(const struct gate *gate, const struct exchange_request *request)
{
	const char *name = cookie_name(gate);
	size_t n = strlen(name);

	for (const char *p = request->cookie; p != NULL && *p != '\0'; p += strcspn(p, ";"), p += *p == ';') {
		p += strspn(p, " \t");
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			return arena_copy(request->arena, p + n + 1, strcspn(p + n + 1, "; \t"));
	}
	return NULL;
}

static void
set_cookie(const struct gate *gate, const struct exchange_request *request, const char *value,
	struct exchange_reply *reply)
{
	const struct settings *settings = gate->config.settings;
	long long age_s = value[0] == '\0' ? 0 : (long long)settings->serve.session_hours * HOUR_S;

	reply->cookie = arena_format(request->arena, "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
		cookie_name(gate), value, settings->serve.path_prefix[0] == '\0' ? "/" : settings->serve.path_prefix,
		age_s, is_secure(gate) ? "; Secure" : "");
}

/* ---- refusals */

static void
refuse(const struct exchange_request *request, struct exchange_reply *reply, const char *why, enum rights rights)
{
	const char *scope = rights_names[rights];

	reply_error(request, reply, 401,
		"%sthe scope %s is needed here: send Authorization: Bearer with a token (`breakeven token add NAME "
		"--scope %s`)%s",
		why, scope, scope, rights == RIGHTS_INGEST ? "" : ", or sign a browser in (`breakeven token login`)");
	reply->challenge = "Bearer realm=\"breakeven\"";
}

static void
refuse_unknown(struct gate *gate, const struct call *call, enum rights rights, struct exchange_reply *reply)
{
	const struct exchange_request *request = call->request;
	uint32_t failures = limit_count(&gate->limit, request->client, request->now_us);

	if (failures == 1 || failures == LIMIT_A_MINUTE + 1)
		log_warn("serve: a token or session that does not exist", "client", request->client, "what",
			failures == 1 ? "refused" : "refused again and again; not told until the next minute");
	if (failures > LIMIT_A_MINUTE) {
		int wait_s = limit_wait_s(request->now_us);

		reply_error(request, reply, 429, "more than %d tokens that do not exist in a minute; wait %d s",
			LIMIT_A_MINUTE, wait_s);
		reply->retry_after_s = wait_s;
		return;
	}
	refuse(request, reply, "this token or session does not exist; ", rights);
}

static void
refuse_ended(const struct call *call, enum access_verdict verdict, enum rights rights, struct exchange_reply *reply)
{
	const struct token *who = &call->who;
	const char *noun = who->kind == TOKEN_SESSION ? "session" : "token";
	char when[TIME_MAX];

	time_print(when, sizeof(when), who->expires_us - who->expires_us % SECOND_US);
	refuse(call->request, reply,
		verdict == ACCESS_EXPIRED
			? arena_format(call->request->arena, "the %s '%s' expired at %s; ", noun, who->name, when)
			: arena_format(call->request->arena, "the %s '%s' was revoked; ", noun, who->name),
		rights);
}

/* ---- letting in */

/* What the request brings: 1 with kind and text, 0 nothing, -1 an Authorization of another scheme. */
static int
find_secret(const struct gate *gate, const struct exchange_request *request, enum token_kind *kind, const char **text)
{
	const char *header = request->authorization;

	*kind = TOKEN_ACCESS;
	if (header != NULL) {
		if (strncasecmp(header, "Bearer ", 7) != 0)
			return -1;
		*text = header + 7 + strspn(header + 7, " ");
		return 1;
	}
	*kind = TOKEN_SESSION;
	*text = find_cookie(gate, request);
	return *text != NULL;
}

static int
judge(struct gate *gate, struct call *call, enum token_kind kind, const char *text, enum access_verdict *verdict,
	struct err *err)
{
	struct store *store = pool_borrow(gate->config.pool, err);
	int status;

	if (store == NULL)
		return -1;
	status = access_judge(store, kind, text, call->request->now_us, &call->who, verdict, err);
	pool_give_back(gate->config.pool, store);
	return status;
}

/* A borrowed reading handle keeps the ledger from being changed for another one meanwhile. */
static struct store *
borrow_writer(struct gate *gate, struct store **reader, struct err *err)
{
	struct store *writer;

	*reader = pool_borrow(gate->config.pool, err);
	if (*reader == NULL)
		return NULL;
	writer = gate->config.open(gate->config.ctx, err);
	if (writer == NULL)
		pool_give_back(gate->config.pool, *reader);
	return writer;
}

static void
give_back_writer(struct gate *gate, struct store *reader, struct store *writer)
{
	gate->config.close(writer);
	pool_give_back(gate->config.pool, reader);
}

static void
note_use(struct gate *gate, const struct call *call)
{
	int_fast64_t last = atomic_load(&gate->noted_us);
	int64_t now_us = call->request->now_us;
	struct store *reader, *writer;
	struct err err;

	if (!access_use_is_news(&call->who, now_us) || (last <= now_us && now_us - last < NOTE_PAUSE_US) ||
		!atomic_compare_exchange_strong(&gate->noted_us, &last, now_us))
		return;
	writer = borrow_writer(gate, &reader, &err);
	if (writer == NULL)
		return;
	access_note_use(writer, call->who.id, now_us);
	give_back_writer(gate, reader, writer);
}

static int
check_scope(const struct call *call, enum rights rights, struct exchange_reply *reply)
{
	const struct token *who = &call->who;

	if (who->scope == TOKEN_ADMIN || (rights == RIGHTS_READ && who->scope == TOKEN_READ) ||
		(rights == RIGHTS_INGEST && who->scope == TOKEN_INGEST))
		return 0;
	reply_error(call->request, reply, 403, "the %s '%s' has the scope %s; %s%s is needed here",
		who->kind == TOKEN_SESSION ? "session" : "token", who->name, scope_names[who->scope],
		rights == RIGHTS_ADMIN ? "" : rights_names[rights], rights == RIGHTS_ADMIN ? "admin" : " or admin");
	return -1;
}

/* A browser adds its cookie by itself; what it does not add by itself shows that our page asks. */
static int
check_csrf(const struct exchange_request *request, const char *session, struct exchange_reply *reply)
{
	char csrf[2 * SHA256_BYTES + 1];
	const char *sent = request->csrf;

	secret_csrf(session, csrf);
	if (sent != NULL && strlen(sent) == strlen(csrf) && bytes_same(sent, csrf, strlen(csrf)))
		return 0;
	reply_error(request, reply, 403,
		"the header X-CSRF-Token is %s; GET /api/v1/session tells the one of this session",
		sent == NULL ? "missing" : "not that of this session");
	return -1;
}

static bool
is_write(const struct exchange_request *request)
{
	return strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0;
}

int
gate_check(struct gate *gate, struct call *call, enum rights rights, struct exchange_reply *reply)
{
	enum access_verdict verdict;
	enum token_kind kind;
	const char *text;
	struct err err;
	int brings;

	if (gate == NULL || rights == RIGHTS_NONE || !gate_asks(gate))
		return 0;
	brings = find_secret(gate, call->request, &kind, &text);
	if (brings <= 0) {
		refuse(call->request, reply, brings < 0 ? "only the scheme Bearer is known; " : "", rights);
		return -1;
	}
	if (judge(gate, call, kind, text, &verdict, &err) != 0) {
		reply_err(call->request, reply, &err);
		return -1;
	}
	if (verdict == ACCESS_UNKNOWN)
		refuse_unknown(gate, call, rights, reply);
	else if (verdict != ACCESS_GOOD)
		refuse_ended(call, verdict, rights, reply);
	if (verdict != ACCESS_GOOD || check_scope(call, rights, reply) != 0 ||
		(kind == TOKEN_SESSION && is_write(call->request) && check_csrf(call->request, text, reply) != 0))
		return -1;
	call->known = true;
	note_use(gate, call);
	return 0;
}

/* ---- routes */

/* To the page, whatever stands before the path: a link that is relative to /login. */
static void
redirect_home(struct exchange_reply *reply)
{
	reply_body(reply, "text/plain; charset=utf-8", "signed in\n", strlen("signed in\n"));
	reply->status = 303;
	reply->location = "./";
	reply->cache = NULL;
}

static void
refuse_link(const struct call *call, enum access_verdict verdict, struct exchange_reply *reply)
{
	static const char *const why[] = { [ACCESS_UNKNOWN] = "does not exist",
		[ACCESS_EXPIRED] = "is more than 10 minutes old",
		[ACCESS_REVOKED] = "was revoked",
		[ACCESS_SPENT] = "was used before" };

	reply_error(call->request, reply, 401, "this sign-in link %s; `breakeven token login` prints a new one",
		why[verdict]);
}

/* Somebody who reloads the link in the browser that it signed in is where they want to be. */
static bool
is_signed_in(struct gate *gate, const struct call *call)
{
	const char *session = find_cookie(gate, call->request);
	enum access_verdict verdict;
	struct call copy = *call;
	struct err err;

	return session != NULL && judge(gate, &copy, TOKEN_SESSION, session, &verdict, &err) == 0 &&
		verdict == ACCESS_GOOD;
}

static int
redeem(struct gate *gate, const struct access_login *login, char session[SECRET_MAX], enum access_verdict *verdict,
	struct err *err)
{
	struct store *reader, *writer = borrow_writer(gate, &reader, err);
	struct token token;
	int status;

	if (writer == NULL)
		return -1;
	status = access_redeem(writer, login, session, &token, verdict, err);
	give_back_writer(gate, reader, writer);
	return status;
}

void
serve_login(const struct call *call, struct exchange_reply *reply)
{
	struct gate *gate = call->gate;
	const struct exchange_request *request = call->request;
	struct access_login login = { .now_us = request->now_us };
	char session[SECRET_MAX], id[TOKEN_ID_MAX];
	enum access_verdict verdict = ACCESS_UNKNOWN;
	struct err err;

	if (gate == NULL || call->target.n != 1) {
		reply_error(request, reply, gate == NULL ? 404 : 400,
			gate == NULL ? "nobody can sign in here" : "parameter 'code' is needed, once");
		return;
	}
	if (strcmp(request->method, "HEAD") == 0) { /* whoever only looks at a link must not use it up */
		reply_error(request, reply, 405, "only GET signs in");
		reply->allow = "GET";
		return;
	}
	login.code = call->target.params[0].value;
	login.expires_us = login.now_us + (int64_t)gate->config.settings->serve.session_hours * HOUR_S * SECOND_US;
	if (secret_read(TOKEN_LOGIN, login.code, id) && redeem(gate, &login, session, &verdict, &err) != 0) {
		reply_err(request, reply, &err);
		return;
	}
	if (verdict == ACCESS_GOOD) {
		redirect_home(reply);
		set_cookie(gate, request, session, reply);
		log_info("serve: a browser signed in", "client", request->client, "link", id);
	} else if (verdict == ACCESS_SPENT && is_signed_in(gate, call)) {
		redirect_home(reply);
	} else if (verdict == ACCESS_UNKNOWN &&
		limit_count(&gate->limit, request->client, request->now_us) > LIMIT_A_MINUTE) {
		reply_error(request, reply, 429, "more than %d wrong attempts in a minute; wait", LIMIT_A_MINUTE);
		reply->retry_after_s = limit_wait_s(request->now_us);
	} else {
		refuse_link(call, verdict, reply);
	}
}

void
serve_session(const struct call *call, struct exchange_reply *reply)
{
	const struct exchange_request *request = call->request;
	struct gate *gate = call->gate;
	struct answer *answer = answer_new(request->arena);
	bool session = call->known && call->who.kind == TOKEN_SESSION;
	char csrf[2 * SHA256_BYTES + 1], when[TIME_MAX];
	size_t n;
	const char *body;

	time_print(when, sizeof(when), call->who.expires_us - call->who.expires_us % SECOND_US);
	if (session)
		secret_csrf(find_cookie(gate, request), csrf);
	answer_fact(answer, "required", "", value_truth(answer, gate != NULL && gate_asks(gate)));
	answer_fact(answer, "kind", "", value_text(answer, call->known ? kind_names[call->who.kind] : NULL));
	answer_fact(answer, "name", "", value_text(answer, call->known ? call->who.name : NULL));
	answer_fact(answer, "scope", "", value_text(answer, call->known ? scope_names[call->who.scope] : NULL));
	answer_fact(answer, "expires", "", value_text(answer, call->known && call->who.expires_us != 0 ? when : NULL));
	answer_fact(answer, "csrf", "", value_text(answer, session ? csrf : NULL));
	body = answer_print(answer, ANSWER_JSON, &n);
	reply_body(reply, "application/json", body, n);
	reply->cache = NULL;
}

void
serve_session_end(const struct call *call, struct exchange_reply *reply)
{
	struct gate *gate = call->gate;
	struct store *reader, *writer;
	struct err err;
	int revoked;

	if (!call->known || call->who.kind != TOKEN_SESSION) {
		reply_error(call->request, reply, 404, "no browser is signed in with this request");
		return;
	}
	writer = borrow_writer(gate, &reader, &err);
	revoked = writer == NULL ? -1 : access_revoke(writer, call->who.id, call->request->now_us, &err);
	if (writer != NULL)
		give_back_writer(gate, reader, writer);
	if (revoked < 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	reply_body(reply, "application/json", "{\"ended\":true}\n", strlen("{\"ended\":true}\n"));
	reply->cache = NULL;
	set_cookie(gate, call->request, "", reply);
}
