// The door without a socket: what a request gets, at a fixed time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/serve/api.h"
#include "daemon/serve/assets.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/target.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define NOW_US INT64_C(1790000000123456) /* 2026-09-21T14:13:20.123456Z */

struct fixture {
	struct settings settings;
	struct zone zone;
	struct arena *arena;
	struct pool *pool;
	struct api api;
	struct exchange_reply reply;
	int opened, closed, removed;
	bool demo;
};

static struct store *
open_store(void *ctx, struct err *err)
{
	((struct fixture *)ctx)->opened++;
	return store_open(":memory:", STORE_WRITE, err);
}

static struct store *
open_nothing(void *ctx, struct err *err)
{
	(void)ctx;
	err_set(err, ERR_BUSY, "ledger.db: locked by another program");
	return NULL;
}

static bool
is_demo(void *ctx)
{
	return ((struct fixture *)ctx)->demo;
}

static int
remove_demo(void *ctx, struct err *err)
{
	(void)err;
	((struct fixture *)ctx)->removed++;
	return 0;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pool_config config = {
		.open = open_store, .close = store_close, .begin = store_read_begin, .end = store_read_end, .ctx = f
	};
	struct err err;

	settings_default(&f->settings);
	zone_utc(&f->zone);
	f->arena = arena_new();
	f->pool = pool_new(&config, &err);
	f->api = (struct api){ .settings = &f->settings,
		.zone = &f->zone,
		.pool = f->pool,
		.assets = assets_open(NULL, &err),
		.version = "9.9.9" };
	*state = f;
	return f->arena == NULL || f->pool == NULL || f->api.assets == NULL;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	assets_close(f->api.assets);
	pool_free(f->pool);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* Ask, with what a program sends; the reply is in f->reply. */
static const struct exchange_reply *
ask(struct fixture *f, const char *method, const char *target)
{
	struct exchange_request request = {
		.method = method, .target = target, .host = "localhost:1", .now_us = NOW_US, .arena = f->arena
	};

	memset(&f->reply, 0, sizeof(f->reply));
	api_handle(&f->api, &request, &f->reply);
	return &f->reply;
}

static const struct exchange_reply *
send(struct fixture *f, const char *target, const char *body)
{
	struct exchange_request request = { .method = "POST",
		.target = target,
		.host = "localhost:1",
		.content_type = "application/json; charset=utf-8",
		.body = body,
		.size = strlen(body),
		.now_us = NOW_US,
		.arena = f->arena };

	memset(&f->reply, 0, sizeof(f->reply));
	api_handle(&f->api, &request, &f->reply);
	return &f->reply;
}

static void
the_status_tells_the_time_it_was_asked_at(void **state)
{
	const struct exchange_reply *reply = ask(*state, "GET", "/api/v1/status");

	assert_int_equal(reply->status, 200);
	assert_non_null(strstr(reply->body, "\"version\":\"9.9.9\""));
	assert_non_null(strstr(reply->body, "\"now\":\"2026-09-21T14:13:20.123456Z\""));
	assert_non_null(strstr(reply->body, "\"demo\":false"));
}

static void
a_reading_handle_is_opened_once_and_given_back(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++)
		assert_int_equal(ask(f, "GET", "/api/v1/report/usage")->status, 200);
	assert_int_equal(f->opened, 1);
}

static void
a_handle_is_given_back_after_a_failed_report_too(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2 * POOL_HANDLES; i++)
		assert_int_equal(ask(f, "GET", "/api/v1/report/usage?by=colour")->status, 400);
	assert_int_equal(f->opened, 1);
}

static void
a_ledger_that_cannot_be_opened_is_a_503_with_its_sentence(void **state)
{
	struct fixture *f = *state;
	struct pool_config config = {
		.open = open_nothing, .close = store_close, .begin = store_read_begin, .end = store_read_end
	};
	struct err err;

	pool_free(f->pool);
	f->api.pool = f->pool = pool_new(&config, &err);
	for (int i = 0; i < 2 * POOL_HANDLES; i++)
		assert_int_equal(ask(f, "GET", "/api/v1/report/usage")->status, 503);
	assert_non_null(strstr(f->reply.body, "locked by another program"));
	assert_int_equal(ask(f, "GET", "/healthz")->status, 503);
	assert_int_equal(ask(f, "GET", "/api/v1/status")->status, 200);
}

static void
parameters_are_decoded_and_checked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "GET", "/api/v1/report/usage?by=da%79&workload=a+b%26c")->status, 200);
	assert_int_equal(ask(f, "GET", "/api/v1/report/usage?from=2026-09-02&to=2026-09-01")->status, 400);
	assert_int_equal(ask(f, "GET", "/api/v1/report/usage?%62y=day&by=day")->status, 400);
	assert_non_null(strstr(f->reply.body, "'by' is given twice"));
}

static void
an_error_quotes_what_was_sent_without_breaking_the_json(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "GET", "/api/v1/report/usage?a%22b%0a%ff=1")->status, 400);
	assert_non_null(strstr(f->reply.body, "a\\\"b\\u000a?"));
}

static void
what_was_given_is_what_head_would_have(void **state)
{
	struct fixture *f = *state;
	size_t size = ask(f, "GET", "/api/v1")->size;

	assert_int_equal(ask(f, "HEAD", "/api/v1")->status, 200);
	assert_int_equal(f->reply.size, size);
}

static void
sample_data_is_removed_only_where_there_is_some(void **state)
{
	struct fixture *f = *state;

	f->api.demo = is_demo;
	f->api.demo_remove = remove_demo;
	f->api.demo_ctx = f;
	assert_int_equal(send(f, "/api/v1/demo/remove", "{}")->status, 404);
	assert_int_equal(f->removed, 0);
	f->demo = true;
	assert_int_equal(ask(f, "GET", "/api/v1/demo/remove")->status, 405);
	assert_int_equal(send(f, "/api/v1/demo/remove", "{}")->status, 200);
	assert_int_equal(f->removed, 1);
}

static void
a_scenario_needs_no_ledger(void **state)
{
	struct fixture *f = *state;

	f->api.pool = NULL;
	assert_int_equal(
		send(f, "/api/v1/solve", "{\"closed\":{\"input\":3,\"output\":15},\"volume\":{\"mtok_month\":10}}")
			->status,
		200);
	assert_non_null(strstr(f->reply.body, "\"closed_month\":60"));
	assert_int_equal(send(f, "/api/v1/solve", "{\"closed\":{\"input\":-3}}")->status, 400);
	assert_non_null(strstr(f->reply.body, "closed.input"));
	f->api.pool = f->pool;
}

static void
names_of_this_machine_are_told_from_others(void **state)
{
	static const char *const ours[] = { "localhost", "LocalHost:8808", "127.0.0.1", "127.255.255.254:1", "[::1]",
		"[::1]:8808" };
	static const char *const others[] = { "", ":", "localhost:", "localhost:8o", "localhost.example",
		"127.0.0.1.example", "127.0.0.256", "127.0.0", "127.0.0.1:1:1", "128.0.0.1", "0.0.0.0", "[::2]", "[::1",
		"[::1]x", "::1", "+127.0.0.1" };

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!host_is_loopback(ours[i]))
			fail_msg("'%s' is this machine", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (host_is_loopback(others[i]))
			fail_msg("'%s' is not this machine", others[i]);
}

static void
gzip_is_taken_when_the_header_says_so(void **state)
{
	static const char *const yes[] = { "gzip", "br, gzip", "deflate, GZIP;q=0.5", "*", " gzip ; q=1" };
	static const char *const no[] = { "", "br", "gzip;q=0", "gzip; q=0.0", "identity", "gzippy" };

	(void)state;
	assert_false(accepts_gzip(NULL));
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!accepts_gzip(yes[i]))
			fail_msg("'%s' takes gzip", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (accepts_gzip(no[i]))
			fail_msg("'%s' takes no gzip", no[i]);
}

static void
a_target_is_taken_apart(void **state)
{
	struct fixture *f = *state;
	struct target target;
	struct err err;

	assert_int_equal(target_parse("/a%20b/c?x=1&y&&z=a%3Db+c", f->arena, &target, &err), 0);
	assert_string_equal(target.path, "/a b/c");
	assert_int_equal(target.n, 3);
	assert_string_equal(target.params[1].name, "y");
	assert_string_equal(target.params[1].value, "");
	assert_string_equal(target.params[2].value, "a=b c");
	assert_int_equal(target_parse("/a+b", f->arena, &target, &err), 0);
	assert_string_equal(target.path, "/a+b");
}

static void
a_target_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = { "", "a", "*", "http://x/", "/%", "/%1", "/%zz", "/%00", "/?a=%",
		"/?%g1=1" };
	struct fixture *f = *state;
	struct target target;
	struct err err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (target_parse(wrong[i], f->arena, &target, &err) == 0)
			fail_msg("'%s' is no target", wrong[i]);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

static void
the_page_stands_at_the_root_and_its_files_under_their_hash(void **state)
{
	struct fixture *f = *state;
	const char *script;
	char path[128];

	assert_int_equal(ask(f, "GET", "/")->status, 200);
	assert_null(strstr(f->reply.body, "static/0/"));
	script = strstr(f->reply.body, "static/");
	snprintf(path, sizeof(path), "/%.*s/app.js", (int)strcspn(script + 7, "/") + 7, script);
	assert_int_equal(ask(f, "GET", path)->status, 200);
	assert_non_null(strstr(f->reply.cache, "immutable"));
	assert_int_equal(ask(f, "GET", "/static/0/app.js")->status, 200);
	assert_string_equal(f->reply.cache, "no-cache");
	assert_int_equal(ask(f, "GET", "/static/0/../sql/schema/001_ledger.sql")->status, 404);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_status_tells_the_time_it_was_asked_at),
		TEST(a_reading_handle_is_opened_once_and_given_back),
		TEST(a_handle_is_given_back_after_a_failed_report_too),
		TEST(a_ledger_that_cannot_be_opened_is_a_503_with_its_sentence),
		TEST(parameters_are_decoded_and_checked),
		TEST(an_error_quotes_what_was_sent_without_breaking_the_json),
		TEST(what_was_given_is_what_head_would_have),
		TEST(sample_data_is_removed_only_where_there_is_some),
		TEST(a_scenario_needs_no_ledger),
		TEST(names_of_this_machine_are_told_from_others),
		TEST(gzip_is_taken_when_the_header_says_so),
		TEST(a_target_is_taken_apart),
		TEST(a_target_that_is_none_is_refused),
		TEST(the_page_stands_at_the_root_and_its_files_under_their_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
