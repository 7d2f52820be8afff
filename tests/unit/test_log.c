#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "models/units/calendar.h"

static char said[65536];

/* Standard error goes to a file from capture() to captured(). */
static int saved;
static FILE *file;

static void
capture(void)
{
	file = tmpfile();
	assert_non_null(file);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
}

static const char *
captured(void)
{
	size_t n;

	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	fclose(file);
	return said;
}

static const char *
field(const char *line, const char *name)
{
	static char text[8192];
	cJSON *json = cJSON_Parse(line);
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (json == NULL)
		fail_msg("not JSON: %s", line);
	snprintf(text, sizeof(text), "%s", cJSON_IsString(item) ? item->valuestring : "(none)");
	cJSON_Delete(json);
	return text;
}

static void
a_line_of_text_has_time_level_event_and_fields(void **state)
{
	const char *line;
	int64_t at_us;

	(void)state;
	log_setup(LOG_LEVEL_INFO, 0);
	capture();
	log_warn("ingest: file skipped", "name", "usage.csv", "reason", "no header", "account", (char *)NULL, "empty",
		"");
	line = captured();
	assert_int_equal(time_parse(line, strcspn(line, " "), &at_us, NULL), 0);
	assert_string_equal(strchr(line, ' '),
		" warn ingest: file skipped name=usage.csv reason=\"no header\" account=- empty=\"\"\n");
}

static void
a_line_of_json_has_the_same(void **state)
{
	const char *line;

	(void)state;
	log_setup(LOG_LEVEL_INFO, 1);
	capture();
	log_error("store: \"locked\"", "path", "C:\\x\n\x1b[31m\x7f", "bad", "a\xff\xc3z", "name", "Zo\xc3\xab");
	line = captured();
	assert_int_equal(strcspn(line, "\n"), strlen(line) - 1);
	assert_null(strchr(line, '\x1b'));
	assert_string_equal(field(line, "level"), "error");
	assert_string_equal(field(line, "event"), "store: \"locked\"");
	assert_string_equal(field(line, "path"), "C:\\x\n\x1b[31m\x7f");
	assert_string_equal(field(line, "bad"), "a\xef\xbf\xbd\xef\xbf\xbdz");
	assert_string_equal(field(line, "name"), "Zo\xc3\xab");
}

static void
nothing_in_a_value_ends_the_line_or_speaks_to_the_terminal(void **state)
{
	const char *line;

	(void)state;
	log_setup(LOG_LEVEL_INFO, 0);
	capture();
	log_info("x", "a", "one\n2026-08-01T00:00:00Z info forged", "b", "\x1b]0;title\x07", "c", "k=v", "d",
		"say \"no\"");
	line = captured();
	assert_int_equal(strcspn(line, "\n"), strlen(line) - 1);
	assert_non_null(strstr(line,
		" a=\"one\\n2026-08-01T00:00:00Z info forged\" b=\"\\u001b]0;title\\u0007\" c=\"k=v\" "
		"d=\"say \\\"no\\\"\"\n"));
}

static void
less_important_events_are_not_logged(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_WARN, 0);
	capture();
	log_info("quiet");
	log_debug("quiet");
	assert_string_equal(captured(), "");
	capture();
	log_warn("heard");
	log_error("heard");
	captured();
	assert_non_null(strstr(strstr(said, "warn heard"), "error heard"));
}

static void
long_values_are_cut_and_the_line_stays_whole(void **state)
{
	char value[5000];
	const char *line;

	(void)state;
	memset(value, '\x01', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_setup(LOG_LEVEL_INFO, 1);
	capture();
	log_info("x", "a", value, "b", value, "c", value, "d", "end");
	line = captured();
	assert_int_equal(strlen(field(line, "a")), 1024 + 3);
	assert_string_equal(field(line, "a") + 1024, "...");
	assert_string_equal(field(line, "b"), "(none)");
	assert_string_equal(field(line, "d"), "end");
	memset(value, 'y', sizeof(value) - 1);
	log_setup(LOG_LEVEL_INFO, 0);
	capture();
	log_info("x", "a", value);
	line = captured();
	assert_string_equal(line + strlen(line) - 6, "y...\"\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_text_has_time_level_event_and_fields),
		cmocka_unit_test(a_line_of_json_has_the_same),
		cmocka_unit_test(nothing_in_a_value_ends_the_line_or_speaks_to_the_terminal),
		cmocka_unit_test(less_important_events_are_not_logged),
		cmocka_unit_test(long_values_are_cut_and_the_line_stays_whole),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
