/* What a source may be: its URL, the addresses it may not reach, its key, its settings; and what its replies mean. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/pull.h"
#include "daemon/base/config.h"
#include "daemon/ingest/address.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/verdict.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

/* ---- addresses */

static void
a_url_is_scheme_host_port_and_path(void **state)
{
	struct address address;
	struct err err;

	(void)state;
	assert_int_equal(address_parse("https://api.openai.com", &address, &err), 0);
	assert_true(address.tls);
	assert_int_equal(address.port, 443);
	assert_string_equal(address.host, "api.openai.com");
	assert_int_equal(address_parse("http://[::1]:8000/metrics", &address, &err), 0);
	assert_string_equal(address.host, "::1");
	assert_int_equal(address.port, 8000);
	assert_string_equal(address.origin, "http://[::1]:8000");
}

static void
a_url_that_holds_a_key_is_refused_without_repeating_it(void **state)
{
	static const char *const wrong[] = { "https://user:sk-secret@api.example.com",
		"https://api.example.com?key=sk-secret", "ftp://sk-secret", "https://", "https://host:sk-secret",
		"https://host:0", "https://host:70000", "https://a b", "https://[::1", "https://[::1]x",
		"https://api.example.com/#sk-secret", "file:///etc/sk-secret" };
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { 0 };

		if (address_parse(wrong[i], &address, &err) != -1)
			fail_msg("%s is taken", wrong[i]);
		assert_null(strstr(err.text, "sk-secret"));
	}
}

static bool
is_local(const char *text)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return address_is_local((const struct sockaddr *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return address_is_local((const struct sockaddr *)&six);
}

static void
addresses_of_this_machine_and_its_link_are_known_in_every_spelling(void **state)
{
	static const char *const local[] = { "127.0.0.1", "127.255.0.9", "0.0.0.0", "169.254.169.254", "::1",
		"::", "fe80::1", "febf::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "fd00:ec2::254" };
	static const char *const other[] = { "10.0.0.1", "192.168.1.1", "128.0.0.1", "169.253.0.1", "8.8.8.8",
		"2001:db8::1", "::ffff:10.0.0.1", "fec0::1", "64:ff9b::a00:1", "fd00::1" };

	(void)state;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (!is_local(local[i]))
			fail_msg("%s is not seen", local[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (is_local(other[i]))
			fail_msg("%s is refused", other[i]);
}

static void
names_of_this_machine_are_known(void **state)
{
	(void)state;
	assert_true(address_names_local("localhost"));
	assert_true(address_names_local("LocalHost."));
	assert_true(address_names_local("x.localhost"));
	assert_true(address_names_local("127.1"));
	assert_true(address_names_local("2130706433"));
	assert_true(address_names_local("0x7f.0.0.1"));
	assert_true(address_names_local("::1"));
	assert_false(address_names_local("localhost.example.com"));
	assert_false(address_names_local("notlocalhost"));
	assert_false(address_names_local("10.1.2.3"));
}

static const char *const *environment;

static char *
get(const char *name)
{
	for (size_t i = 0; environment[i] != NULL; i += 2)
		if (strcmp(environment[i], name) == 0)
			return (char *)(uintptr_t)environment[i + 1];
	return NULL;
}

static void
a_proxy_is_the_configured_one_or_the_environments(void **state)
{
	static const char *const given[] = { "https_proxy", "http://p:1", "http_proxy", "http://p:2", "no_proxy",
		"internal, .example.com,10.0.0.1", NULL };
	static const char *const capitals[] = { "HTTP_PROXY", "http://bad", "ALL_PROXY", "http://all", NULL };
	struct address tls, plain, inside;

	(void)state;
	assert_int_equal(address_parse("https://api.openai.com", &tls, NULL), 0);
	assert_int_equal(address_parse("http://api.openai.com", &plain, NULL), 0);
	assert_int_equal(address_parse("https://gpu.example.com", &inside, NULL), 0);
	environment = given;
	assert_string_equal(address_proxy(&tls, "", get), "http://p:1");
	assert_string_equal(address_proxy(&plain, "", get), "http://p:2");
	assert_null(address_proxy(&inside, "", get));
	assert_null(address_proxy(&tls, "none", get));
	assert_string_equal(address_proxy(&inside, "http://own:3", get), "http://own:3");
	environment = capitals;
	assert_string_equal(address_proxy(&plain, "", get), "http://all");
}

/* ---- verdicts */

static const struct pull keyed = {
	.key = { .variable = "K", .header = "Authorization", .scheme = "Bearer ", .about = "an admin key" }
};

static enum verdict
verdict(int status, const char *body, const char *key_from, struct err *err)
{
	return verdict_of(&(struct said){ .status = status,
				  .body = text_of(body),
				  .location = text_of("https://elsewhere.example/v2?token=abc"),
				  .where = "https://api.example.com/v1/usage",
				  .secret = "sk-secret-1",
				  .pull = &keyed,
				  .key_from = key_from },
		err);
}

static void
what_may_pass_is_tried_again_and_what_may_not_is_not(void **state)
{
	static const int again[] = { 408, 409, 425, 429, 500, 502, 503, 504, 529 };
	static const int vain[] = { 201, 204, 301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 410, 413, 418, 422,
		451 };
	struct err err;

	(void)state;
	assert_int_equal(verdict(200, " {}", NULL, &err), VERDICT_ANSWER);
	assert_int_equal(verdict(200, "# HELP a\n", NULL, &err), VERDICT_ANSWER);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		assert_int_equal(verdict(again[i], "", NULL, &err), VERDICT_AGAIN);
	for (size_t i = 0; i < sizeof(vain) / sizeof(vain[0]); i++)
		assert_int_equal(verdict(vain[i], "", NULL, &err), VERDICT_VAIN);
}

static void
a_refused_key_is_said_with_what_it_should_be(void **state)
{
	struct err err;

	(void)state;
	verdict(401, "{\"error\":{\"message\":\"no such key sk-secret-1\",\"code\":\"invalid_api_key\"}}", "file /k",
		&err);
	assert_string_equal(err.text,
		"https://api.example.com/v1/usage: HTTP 401, the key is not accepted: 'no such key *** (invalid_api_key)'; the key "
		"of file /k was sent: it needs an admin key");
	verdict(403, "", NULL, &err);
	assert_string_equal(err.text,
		"https://api.example.com/v1/usage: HTTP 403, the key may not do this; no key was sent: it needs an admin key");
}

static void
a_redirect_is_said_and_not_followed(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(verdict(302, "", "file /k", &err), VERDICT_VAIN);
	assert_non_null(strstr(err.text, "https://elsewhere.example/v2;"));
	assert_null(strstr(err.text, "token"));
}

static void
a_page_in_place_of_an_answer_is_not_repeated(void **state)
{
	struct err err;

	(void)state;
	verdict(502, "<html>lots</html>", NULL, &err);
	assert_null(strstr(err.text, "html"));
	verdict(503, "try later", NULL, &err);
	assert_non_null(strstr(err.text, "'try later'"));
}

static void
a_web_page_and_an_empty_reply_are_no_answer(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(verdict(200, "\n <!doctype html><title>Sign in</title>", NULL, &err), VERDICT_AGAIN);
	assert_string_equal(err.text,
		"https://api.example.com/v1/usage: HTTP 200 with a web page in place of data; look at the URL, and whether a "
		"login stands before it");
	assert_int_equal(verdict(200, " \n", NULL, &err), VERDICT_AGAIN);
	assert_string_equal(err.text, "https://api.example.com/v1/usage: HTTP 200 with nothing in it; look at the URL");
}

static void
a_wait_is_seconds_or_a_date_against_the_sources_own_clock(void **state)
{
	(void)state;
	assert_int_equal(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(http_date_parse("Sunday, 06-Nov-94 08:49:37 GMT"), -1);
	assert_int_equal(http_date_parse("Sun, 31 Feb 1994 08:49:37 GMT"), -1);
	assert_int_equal(retry_after_parse("12", 0, 5), 12);
	assert_int_equal(retry_after_parse(" 7 ", 0, 5), 7);
	assert_int_equal(retry_after_parse("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 30, 99), 30);
	assert_int_equal(retry_after_parse("Sun, 06 Nov 1994 08:49:37 GMT", 0, 784111777 - 5), 5);
	assert_int_equal(retry_after_parse("Sun, 06 Nov 1994 08:49:37 GMT", 0, 784111777 + 5), 0);
	assert_int_equal(retry_after_parse("99999999999999999999", 0, 0), DAY_S);
	assert_int_equal(retry_after_parse("-3", 0, 0), -1);
	assert_int_equal(retry_after_parse("soon", 0, 0), -1);
}

static void
a_wait_doubles_up_to_its_most(void **state)
{
	(void)state;
	assert_int_equal(backoff_us(1, 1000, 60000, 0), 500);
	assert_int_equal(backoff_us(1, 1000, 60000, 1), 1000);
	assert_int_equal(backoff_us(3, 1000, 60000, 1), 4000);
	assert_int_equal(backoff_us(400, 1000, 60000, 1), 60000);
}

/* ---- configuration */

static struct source_plans plans;

static int
plan(const char *text, struct err *err)
{
	char path[] = "/tmp/breakeven_sources_XXXXXX";
	struct config_sources sources = { .rows = NULL };
	struct settings settings;
	int fd = mkstemp(path), status;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	settings_default(&settings);
	status = config_file(&settings, &sources, path, err);
	unlink(path);
	if (status == 0)
		status = source_plans_make(&sources, &plans, err);
	config_sources_free(&sources);
	return status;
}

static void
many_sources_stand_in_one_file(void **state)
{
	struct err err = { 0 };
	const struct source_plan *one;

	(void)state;
	if (plan("listen = 127.0.0.1:0\n[source main]\ncollector = openai-usage\nbucket = 1d\naccount = acme # ours\n"
		 "[report]\nzone = UTC\n[source second]\ncollector = openai-usage\nurl = http://10.1.1.1:4000/\n"
		 "interval = 3600\ntrailing_hours = 5\nstart = 2026-01-01T00:00:00Z\nenabled = no\n",
		    &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(plans.n, 2);
	one = source_plan_find(&plans, "main", &err);
	assert_non_null(one);
	assert_string_equal(one->url, "https://api.openai.com");
	assert_string_equal(one->settings.account, "acme");
	assert_int_equal(one->interval_us, 600 * SECOND_US);
	assert_int_equal(one->start_us, INT64_MIN);
	assert_int_equal(one->givens, 1);
	assert_string_equal(one->given[0].value, "1d");
	one = source_plan_find(&plans, "second", &err);
	assert_int_equal(one->trailing_us, 5 * HOUR_S * SECOND_US);
	assert_int_equal(one->start_us, INT64_C(1767225600) * SECOND_US);
	assert_null(source_plan_find(&plans, "secnd", &err));
	assert_non_null(strstr(err.text, "did you mean 'second'"));
	source_plans_free(&plans);
}

static void
a_path_makes_files_of_a_source_and_a_mapping_reads_them(void **state)
{
	struct err err = { 0 };
	const struct source_plan *one;

	(void)state;
	if (plan("[source files]\ncollector = gateway\npath = /srv/in\nworkload = chat\n"
		 "[source proxy]\ncollector = litellm-spend\nurl = https://proxy.example\n"
		 "[source logs]\ncollector = litellm-spend\npath = /srv/logs\n"
		 "[mapping gateway]\nat = t\ninput = i\nzone = Europe/Berlin\n",
		    &err) != 0)
		fail_msg("%s", err.text);
	one = source_plan_find(&plans, "files", &err);
	assert_int_equal(one->pull->shape, PULL_FILES);
	assert_string_equal(one->collector->name, "mapped");
	assert_string_equal(source_collect(one).mapping->name, "gateway");
	assert_true(text_is(source_collect(one).workload, "chat"));
	assert_int_equal(source_plan_find(&plans, "proxy", &err)->pull->shape, PULL_EVENTS);
	assert_int_equal(source_plan_find(&plans, "logs", &err)->pull->shape, PULL_FILES);
	source_plans_free(&plans);
}

static void
what_is_wrong_with_a_source_is_said_with_its_name(void **state)
{
	static const struct {
		const char *text, *said;
	} wrong[] = {
		{ "[source x]\nurl = https://a\n", "source x: collector is missing" },
		{ "[source x]\ncolector = openai-usage\n",
			"setting 'colector' is unknown; the nearest is 'collector'" },
		{ "[source x]\ncollector = openai-usage\nusage = images, completion\n",
			"usage: there is no 'completion'; the nearest is 'completions'" },
		{ "[source x]\ncollector = runpod-billing\nbills = zebras\n",
			"bills: there is no 'zebras', but pods, endpoints, networkvolumes" },
		{ "[source x]\ncollector = vllm-metrics\nurl = http://gpu1:8000/metrics\n",
			"what is asked for, /metrics, is put behind it" },
		{ "[source x]\ncollector = vllm-metrics\nurl = http://gpu1:8000\nurl_path = metrics\n",
			"url_path: must begin with /" },
		{ "[source x]\ncollector = openai-usag\n", "did you mean 'openai-usage'" },
		{ "[source x]\ncollector = azure-trace\n", "path is missing" },
		{ "[source x]\ncollector = prices-csv\n", "is not asked and follows no files" },
		{ "[source x]\ncollector = focus-csv\npath = /a\nurl = https://a\n", "url is of no use" },
		{ "[source x]\ncollector = mapped\npath = /a\n", "name the mapping itself" },
		{ "[source x]\ncollector = gatway\npath = /a\n[mapping gateway]\nat = t\ninput = i\n",
			"did you mean the mapping 'gateway'?" },
		{ "[source x]\ncollector = gateway\n[mapping gateway]\nat = t\ninput = i\n", "path is missing" },
		{ "[source x]\ncollector = gateway\npath = /a\n[mapping gateway]\nat = t\n",
			":4: mapping gateway: no column" },
		{ "[source x]\ncollector = usage-csw\npath = /a\n[mapping usage-row]\nat = t\ninput = i\n",
			"did you mean 'usage-csv'?" },
		{ "[source x]\ncollector = openai-usage\nbuckt = 1h\n", "the nearest is 'bucket'" },
		{ "[source x]\ncollector = openai-usage\nintervall = 600\n", "the nearest is 'interval'" },
		{ "[source x]\ncollector = openai-usage\nbucket = 2h\n", "allowed is 1h|1d" },
		{ "[source x]\ncollector = openai-usage\nurl = http://127.0.0.1:1\n", "allow_local = yes" },
		{ "[source x]\ncollector = openai-usage\nurl = http://169.254.169.254\n", "allow_local = yes" },
		{ "[source x]\ncollector = openai-usage\nurl = https://k:sk-1@host\n", "never stands in a URL" },
		{ "[source x]\ncollector = openai-usage\ninterval = 5\n", "may be asked every 60 s" },
		{ "[source x]\ncollector = openai-usage\nkey = sk-1\n", "a key does not stand in this file" },
		{ "[source x]\ncollector = openai-usage\nkey_variable = sk-admin-1\n",
			"name of an environment variable" },
		{ "[source x]\ncollector = openai-usage\nkey_file = /a\nkey_variable = B\n", "one of them is enough" },
		{ "[source x]\ncollector = openai-usage\npath = /tmp\n", "asked over HTTP" },
		{ "[source x]\ncollector = openai-usage\nstart = soon\n", "not a date" },
		{ "[source x]\ncollector = openai-usage\ncollector = openai-usage\n",
			":3: source x: collector is given already" },
		{ "[source x]\n[source x]\n", ":2: there is a [source x] already, in line 1" },
		{ "[source ]\n", "a source's name" },
		{ "[source a b]\n", "a source's name" },
		{ "[sources]\n", "section [sources] is unknown" },
		{ "[sorce x]\n", "section [sorce x] is unknown; the nearest is [source NAME]" },
		{ "[foo x]\n", "section [foo x] is unknown; `breakeven config example`" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { 0 };

		if (plan(wrong[i].text, &err) != -1)
			fail_msg("%s is taken", wrong[i].text);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%s: says '%s'", wrong[i].text, err.text);
		if (strstr(wrong[i].text, "sk-1") != NULL)
			assert_null(strstr(err.text, "sk-1"));
	}
}

static void
a_key_comes_from_its_file_or_the_environment(void **state)
{
	char path[] = "/tmp/breakeven_key_XXXXXX", text[300];
	struct err err = { 0 };
	struct source_key key;
	int fd = mkstemp(path);

	(void)state;
	snprintf(text, sizeof(text), "[source x]\ncollector = openai-usage\nkey_file = %s\n", path);
	assert_int_equal(plan(text, &err), 0);
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), -1);
	assert_non_null(strstr(err.text, "is empty"));
	assert_int_equal(write(fd, "  sk-file-1\r\n", 13), 13);
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), 0);
	assert_string_equal(key.secret, "sk-file-1");
	assert_int_equal(fchmod(fd, 0604), 0);
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), -1);
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, "another", 7), 7);
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), -1);
	assert_non_null(strstr(err.text, "more than a key"));
	assert_null(strstr(err.text, "sk-file-1"));
	source_plans_free(&plans);
	close(fd);
	unlink(path);

	assert_int_equal(plan("[source x]\ncollector = openai-usage\nkey_variable = A_KEY_OF_THIS_TEST\n", &err), 0);
	unsetenv("A_KEY_OF_THIS_TEST");
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), -1);
	assert_non_null(strstr(err.text, "set the variable A_KEY_OF_THIS_TEST"));
	setenv("A_KEY_OF_THIS_TEST", "sk-env-1", 1);
	assert_int_equal(source_key_read(&plans.rows[0], &key, &err), 0);
	assert_string_equal(key.secret, "sk-env-1");
	assert_string_equal(key.from, "variable A_KEY_OF_THIS_TEST");
	source_key_forget(&key);
	assert_string_equal(key.secret, "");
	source_plans_free(&plans);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_scheme_host_port_and_path),
		cmocka_unit_test(a_url_that_holds_a_key_is_refused_without_repeating_it),
		cmocka_unit_test(addresses_of_this_machine_and_its_link_are_known_in_every_spelling),
		cmocka_unit_test(names_of_this_machine_are_known),
		cmocka_unit_test(a_proxy_is_the_configured_one_or_the_environments),
		cmocka_unit_test(what_may_pass_is_tried_again_and_what_may_not_is_not),
		cmocka_unit_test(a_refused_key_is_said_with_what_it_should_be),
		cmocka_unit_test(a_redirect_is_said_and_not_followed),
		cmocka_unit_test(a_page_in_place_of_an_answer_is_not_repeated),
		cmocka_unit_test(a_web_page_and_an_empty_reply_are_no_answer),
		cmocka_unit_test(a_wait_is_seconds_or_a_date_against_the_sources_own_clock),
		cmocka_unit_test(a_wait_doubles_up_to_its_most),
		cmocka_unit_test(many_sources_stand_in_one_file),
		cmocka_unit_test(a_path_makes_files_of_a_source_and_a_mapping_reads_them),
		cmocka_unit_test(what_is_wrong_with_a_source_is_said_with_its_name),
		cmocka_unit_test(a_key_comes_from_its_file_or_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
