// The gate without a socket, at a fixed time: rules, names, scopes, sessions and the limit of failures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/access/access.h"
#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/serve/api.h"
#include "daemon/serve/gate.h"
#include "daemon/serve/limit.h"
#include "daemon/serve/pool.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define NOW_US INT64_C(1790000000123456) /* 2026-09-21T14:13:20.123456Z */

struct fixture {
	struct settings settings;
	struct zone zone;
	struct arena *arena;
	char folder[64];
	struct pool *pool;
	struct gate *gate;
	struct api api;
	struct exchange_reply reply;
};

static struct store *
open_reader(void *ctx, struct err *err)
{
	return store_open(((struct fixture *)ctx)->folder, STORE_READ, err);
}

static struct store *
open_writer(void *ctx, struct err *err)
{
	return store_open(((struct fixture *)ctx)->folder, STORE_WRITE, err);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	settings_default(&f->settings);
	f->settings.serve.require_token = SETTING_TOKEN_YES;
	zone_utc(&f->zone);
	f->arena = arena_new();
	strcpy(f->folder, "/tmp/breakeven-gate-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return 1;
	f->pool = pool_new(&(struct pool_config){ .open = open_reader,
				   .close = store_close,
				   .begin = store_read_begin,
				   .end = store_read_end,
				   .ctx = f },
		&err);
	f->gate = gate_new(&(struct gate_config){ .settings = &f->settings,
				   .pool = f->pool,
				   .open = open_writer,
				   .close = store_close,
				   .ctx = f,
				   .loopback = true },
		&err);
	f->api = (struct api){
		.settings = &f->settings, .zone = &f->zone, .pool = f->pool, .gate = f->gate, .version = "9.9.9"
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "/ledger.db", "/ledger.db-wal", "/ledger.db-shm", "" };
	struct fixture *f = *state;
	char name[96];

	gate_free(f->gate);
	pool_free(f->pool);
	arena_free(f->arena);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", f->folder, ends[i]);
		remove(name);
	}
	free(f);
	return 0;
}

/* Give a secret of a kind and scope; its text, in the arena. */
static const char *
give(struct fixture *f, enum token_kind kind, enum token_scope scope, int64_t expires_us)
{
	const char *name = arena_format(f->arena, "%s %d %zu", scope_names[scope], kind, arena_size(f->arena));
	const struct access_wish wish = { kind, name, scope, NOW_US, expires_us };
	char *text = arena_take(f->arena, SECRET_MAX);
	struct token token;
	struct err err;
	struct store *store = open_writer(f, &err);

	assert_non_null(store);
	if (access_give(store, &wish, text, &token, &err) != 0)
		fail_msg("%s", err.text);
	store_close(store);
	return text;
}

static struct exchange_request
request(struct fixture *f, const char *method, const char *target)
{
	return (struct exchange_request){ .method = method,
		.target = target,
		.host = "localhost",
		.client = "192.0.2.1",
		.content_type = "application/json",
		.now_us = NOW_US,
		.arena = f->arena };
}

static int
ask(struct fixture *f, const struct exchange_request *asked)
{
	memset(&f->reply, 0, sizeof(f->reply));
	api_handle(&f->api, asked, &f->reply);
	return f->reply.status;
}

/* ---- rules */

static void
only_with_a_token_and_tls_are_others_listened_to(void **state)
{
	static const struct {
		const char *front, *certificate, *key;
		int64_t tokens;
		bool loopback;
		const char *says, *silent; /* NULL says: allowed */
	} cases[] = {
		{ "", "", "", 0, true, NULL, NULL },
		{ "", "", "", 0, false, "missing: an access token", NULL },
		{ "", "", "", 0, false, "; and TLS (serve.tls_in_front", NULL },
		{ "", "", "", 1, false, "missing: TLS", "access token" },
		{ "x.example", "", "", 0, false, "missing: an access token", "TLS" },
		{ "x.example", "", "", 1, false, NULL, NULL },
		{ "", "c.pem", "k.pem", 1, false, NULL, NULL },
		{ "", "c.pem", "k.pem", 0, false, "missing: an access token", "TLS" },
		{ "", "c.pem", "", 1, true, "serve.tls_key is missing", NULL },
		{ "", "", "k.pem", 1, true, "serve.tls_certificate is missing", NULL },
	};
	struct settings settings;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		settings_default(&settings);
		strcpy(settings.serve.tls_in_front, cases[i].front);
		strcpy(settings.serve.tls_certificate, cases[i].certificate);
		strcpy(settings.serve.tls_key, cases[i].key);
		assert_int_equal(gate_rules(&settings, cases[i].loopback, cases[i].tokens, &err),
			cases[i].says == NULL ? 0 : -1);
		if (cases[i].says == NULL)
			continue;
		assert_int_equal(err.kind, ERR_INPUT);
		if (strstr(err.text, cases[i].says) == NULL ||
			(cases[i].silent != NULL && strstr(err.text, cases[i].silent) != NULL))
			fail_msg("%zu: %s", i, err.text);
	}
}

static void
rights_are_asked_for_where_others_may_come(void **state)
{
	static const struct {
		bool loopback;
		int require;
		const char *front;
		bool asks;
	} cases[] = { { true, SETTING_TOKEN_AUTO, "", false }, { true, SETTING_TOKEN_YES, "", true },
		{ true, SETTING_TOKEN_AUTO, "x.example", true }, { false, SETTING_TOKEN_AUTO, "", true } };
	struct settings settings;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gate_config config = { .settings = &settings, .loopback = cases[i].loopback };
		struct gate *gate = gate_new(&config, &err);

		settings_default(&settings);
		settings.serve.require_token = cases[i].require;
		strcpy(settings.serve.tls_in_front, cases[i].front);
		assert_int_equal(gate_asks(gate), cases[i].asks);
		gate_free(gate);
	}
}

static void
bare_addresses_and_the_name_in_front_are_ours_and_no_other_name(void **state)
{
	static const struct {
		const char *host;
		bool outside, loopback;
	} cases[] = { { "costs.example", true, true }, { "COSTS.example:8443", true, true },
		{ "192.0.2.1", true, false }, { "192.0.2.1:80", true, false }, { "[2001:db8::1]", true, false },
		{ "[2001:db8::1]:80", true, false }, { "costs.example.evil", false, false },
		{ "xcosts.example", false, false }, { "evil.example", false, false },
		{ "192.0.2.1.evil", false, false }, { "192.0.2.1:", false, false }, { "192.0.2.1:8x", false, false },
		{ "[2001:db8::1", false, false }, { "[2001:db8::1]x", false, false }, { "[192.0.2.1]", false, false },
		{ "2001:db8::1", false, false }, { "", false, false }, { "[", false, false }, { ":80", false, false } };
	struct settings settings;
	struct err err;

	(void)state;
	settings_default(&settings);
	strcpy(settings.serve.tls_in_front, "costs.example:8443");
	for (int loopback = 0; loopback < 2; loopback++) {
		const struct gate_config config = { .settings = &settings, .loopback = loopback };
		struct gate *gate = gate_new(&config, &err);

		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			if (gate_is_called(gate, cases[i].host) != (loopback ? cases[i].loopback : cases[i].outside))
				fail_msg("'%s'", cases[i].host);
		gate_free(gate);
	}
}

/* ---- letting in */

static void
a_scope_opens_what_it_is_for(void **state)
{
	static const struct {
		const char *method, *target;
		int without, read, ingest, admin;
	} cases[] = {
		{ "GET", "/healthz", 200, 200, 200, 200 },
		{ "GET", "/api/v1/status", 401, 200, 403, 200 },
		{ "GET", "/metrics", 401, 200, 403, 200 },
		{ "POST", "/api/v1/solve", 401, 400, 403, 400 },
		{ "POST", "/api/v1/usage", 401, 403, 503, 503 },
		{ "POST", "/api/v1/demo/remove", 401, 403, 403, 404 },
		{ "GET", "/api/v1/nope", 401, 404, 403, 404 },
		{ "PUT", "/api/v1/solve", 401, 405, 403, 405 },
	};
	struct fixture *f = *state;
	const char *tokens[3];

	for (int scope = 0; scope < 3; scope++)
		tokens[scope] = arena_format(f->arena, "Bearer %s", give(f, TOKEN_ACCESS, (enum token_scope)scope, 0));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int expected[3] = { cases[i].read, cases[i].ingest, cases[i].admin };
		struct exchange_request asked = request(f, cases[i].method, cases[i].target);

		assert_int_equal(ask(f, &asked), cases[i].without);
		for (int scope = 0; scope < 3; scope++) {
			asked.authorization = tokens[scope];
			if (ask(f, &asked) != expected[scope])
				fail_msg("%s %s as %s: %d", asked.method, asked.target, scope_names[scope],
					f->reply.status);
		}
	}
}

static void
a_session_ends_at_its_instant_and_is_told_so(void **state)
{
	struct fixture *f = *state;
	const int64_t ends_us = NOW_US + HOUR_S * SECOND_US;
	const char *session = give(f, TOKEN_SESSION, TOKEN_READ, ends_us);
	struct exchange_request asked = request(f, "GET", "/api/v1/status");

	asked.cookie = arena_format(f->arena, "a=b; breakeven_session=%s", session);
	asked.now_us = ends_us - 1;
	assert_int_equal(ask(f, &asked), 200);
	asked.now_us = ends_us;
	assert_int_equal(ask(f, &asked), 401);
	assert_non_null(strstr(f->reply.body, "expired at 2026-09-21T15:13:20Z"));
	assert_null(strstr(f->reply.body, session + 17));
}

static void
a_cookie_of_another_name_or_kind_lets_nobody_in(void **state)
{
	struct fixture *f = *state;
	const char *session = give(f, TOKEN_SESSION, TOKEN_READ, NOW_US + SECOND_US);
	const char *token = give(f, TOKEN_ACCESS, TOKEN_ADMIN, 0);
	const char *const cookies[] = { arena_format(f->arena, "xbreakeven_session=%s", session),
		arena_format(f->arena, "breakeven_session2=%s", session),
		arena_format(f->arena, "breakeven_session=%s", token),
		arena_format(f->arena, "a=breakeven_session=%s", session), "breakeven_session=", "breakeven_session",
		"", ";;=;" };
	struct exchange_request asked = request(f, "GET", "/api/v1/status");

	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		asked.cookie = cookies[i];
		if (ask(f, &asked) != 401)
			fail_msg("'%s'", cookies[i]);
	}
	asked.cookie = NULL;
	asked.authorization = arena_format(f->arena, "Bearer %s", session);
	assert_int_equal(ask(f, &asked), 401);
}

static void
a_larger_body_is_let_in_or_refused_by_its_headers(void **state)
{
	struct fixture *f = *state;
	struct exchange_request asked = request(f, "POST", "/api/v1/usage");

	assert_int_equal(api_admit(&f->api, &asked, &f->reply), -1);
	assert_int_equal(f->reply.status, 401);
	asked.authorization = arena_format(f->arena, "Bearer %s", give(f, TOKEN_ACCESS, TOKEN_READ, 0));
	assert_int_equal(api_admit(&f->api, &asked, &f->reply), -1);
	assert_int_equal(f->reply.status, 403);
	asked.authorization = arena_format(f->arena, "Bearer %s", give(f, TOKEN_ACCESS, TOKEN_INGEST, 0));
	assert_int_equal(api_admit(&f->api, &asked, &f->reply), 0);
}

/* ---- failures */

static void
failures_are_counted_by_the_minute_and_the_address(void **state)
{
	struct limit *limit = calloc(1, sizeof(*limit));
	const int64_t minute_us = 60 * SECOND_US, begin_us = NOW_US - NOW_US % minute_us;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++)
		assert_int_equal(limit_count(limit, "192.0.2.1", begin_us + i), i);
	assert_int_equal(limit_count(limit, "192.0.2.77", begin_us), 1);
	assert_int_equal(limit_count(limit, NULL, begin_us), 1);
	assert_int_equal(limit_count(limit, "192.0.2.1", begin_us + minute_us - 1), 101);
	assert_int_equal(limit_count(limit, "192.0.2.1", begin_us + minute_us), 1);
	assert_int_equal(limit_wait_s(begin_us), 60);
	assert_int_equal(limit_wait_s(begin_us + minute_us - 1), 1);
	assert_true(sizeof(*limit) <= 4096);
	free(limit);
}

static void
who_fails_too_often_waits_for_the_next_minute_and_who_does_not_goes_on(void **state)
{
	struct fixture *f = *state;
	const char *good = arena_format(f->arena, "Bearer %s", give(f, TOKEN_ACCESS, TOKEN_READ, 0));
	struct exchange_request asked = request(f, "GET", "/api/v1/status");

	for (int i = 1; i <= LIMIT_A_MINUTE + 5; i++) {
		asked.authorization = "Bearer bkv_guess";
		assert_int_equal(ask(f, &asked), i <= LIMIT_A_MINUTE ? 401 : 429);
	}
	assert_int_equal(f->reply.retry_after_s, 40); /* the minute began 20 seconds ago */
	asked.authorization = good;
	assert_int_equal(ask(f, &asked), 200);
	asked.authorization = NULL; /* who brings nothing does not guess */
	assert_int_equal(ask(f, &asked), 401);
	asked.authorization = "Bearer bkv_guess";
	asked.now_us += 40 * SECOND_US;
	assert_int_equal(ask(f, &asked), 401);
}

#define WITH_LEDGER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_with_a_token_and_tls_are_others_listened_to),
		cmocka_unit_test(rights_are_asked_for_where_others_may_come),
		cmocka_unit_test(bare_addresses_and_the_name_in_front_are_ours_and_no_other_name),
		WITH_LEDGER(a_scope_opens_what_it_is_for),
		WITH_LEDGER(a_session_ends_at_its_instant_and_is_told_so),
		WITH_LEDGER(a_cookie_of_another_name_or_kind_lets_nobody_in),
		WITH_LEDGER(a_larger_body_is_let_in_or_refused_by_its_headers),
		cmocka_unit_test(failures_are_counted_by_the_minute_and_the_address),
		WITH_LEDGER(who_fails_too_often_waits_for_the_next_minute_and_who_does_not_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
