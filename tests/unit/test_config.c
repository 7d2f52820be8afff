#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/config.h"
#include "daemon/base/log.h"
#include "models/units/err.h"

static int
read_text(struct settings *settings, const char *text, struct err *err)
{
	return config_read(settings, "t.conf", text, strlen(text), err);
}

/* The example as a text; free it. */
static char *
example(size_t *n)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, n);

	config_example(stream);
	fclose(stream);
	return text;
}

/* Take the # away from each line that is a setting. */
static void
uncomment(char *text)
{
	char *line, *to = text;

	for (line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n") + (strchr(line, '\n') != NULL);

		if (line[0] == '#' && line[1] != ' ') {
			line++;
			n--;
		}
		memmove(to, line, n);
		to += n;
		line += n;
	}
	*to = '\0';
}

static void
every_default_is_allowed_by_its_own_row(void **state)
{
	const struct setting *setting;
	struct settings settings;
	struct err err;
	char value[SETTING_PATH];

	(void)state;
	settings_default(&settings);
	for (setting = settings_table; setting->key != NULL; setting++) {
		if (settings_set(&settings, setting, setting->otherwise, SETTING_DEFAULT, &err) != 0)
			fail_msg("%s", err.text);
		settings_print(&settings, setting, value, sizeof(value));
		if (setting->kind != SETTING_FOLDER)
			assert_string_equal(value, setting->otherwise);
		assert_non_null(setting->text);
		assert_int_not_equal(setting->text[strlen(setting->text) - 1], '.');
	}
}

static void
no_two_keys_or_variables_are_the_same(void **state)
{
	const struct setting *a, *b;

	(void)state;
	for (a = settings_table; a->key != NULL; a++)
		for (b = a + 1; b->key != NULL; b++) {
			char x[96], y[96];

			setting_variable(a, x, sizeof(x));
			setting_variable(b, y, sizeof(y));
			assert_string_not_equal(x, y);
			assert_int_not_equal(a->offset, b->offset);
		}
}

static void
the_example_is_right_and_changes_nothing(void **state)
{
	struct settings settings, before;
	struct err err = { 0 };
	size_t n;
	char *text = example(&n);

	(void)state;
	settings_default(&settings);
	before = settings;
	if (config_read(&settings, "example", text, n, &err) != 0)
		fail_msg("%s", err.text);
	assert_memory_equal(&settings, &before, sizeof(settings));
	free(text);
}

static void
the_example_gives_every_setting_its_default_when_uncommented(void **state)
{
	const struct setting *setting;
	struct settings settings, defaults;
	struct err err = { 0 };
	size_t n;
	char *text = example(&n);

	(void)state;
	uncomment(text);
	unsetenv("XDG_DATA_HOME");
	settings_default(&defaults);
	settings_default(&settings);
	if (read_text(&settings, text, &err) != 0)
		fail_msg("%s", err.text);
	for (setting = settings_table; setting->key != NULL; setting++) {
		char now[SETTING_PATH], otherwise[SETTING_PATH];

		if (settings_origin(&settings, setting->key) != SETTING_FILE)
			fail_msg("%s is not in the example", setting->key);
		settings_print(&settings, setting, now, sizeof(now));
		settings_print(&defaults, setting, otherwise, sizeof(otherwise));
		assert_string_equal(now, otherwise);
	}
	free(text);
}

/* A value that the row allows and that is not its default. */
static void
other_value(const struct setting *setting, char *value, size_t size)
{
	static const struct {
		const char *key, *value;
	} special[] = { { "listen", "[::1]:0" }, { "report.zone", "UTC" }, { "report.currency", "USD" },
		{ "serve.path_prefix", "/a/b-c" }, { "serve.tls_in_front", "a-b.example:8443" } };
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].key, setting->key) == 0) {
			snprintf(value, size, "%s", special[i].value);
			return;
		}
	switch (setting->kind) {
	case SETTING_WHOLE:
		snprintf(value, size, "%.0f", setting->high);
		break;
	case SETTING_NUMBER:
		snprintf(value, size, "%.15g", setting->low + (setting->high - setting->low) / 3);
		break;
	case SETTING_CHOICE:
		snprintf(value, size, "%s", strrchr(setting->choices, '|') + 1);
		break;
	default:
		snprintf(value, size, "/a \"b\" \\c # d");
	}
}

static void
every_setting_is_read_back_as_it_was_written(void **state)
{
	const struct setting *setting;

	(void)state;
	for (setting = settings_table; setting->key != NULL; setting++) {
		char value[200], line[800], quoted[500], now[SETTING_PATH];
		struct settings settings;
		struct err err = { 0 };
		size_t i, n = 0;

		settings_default(&settings);
		other_value(setting, value, sizeof(value));
		for (i = 0; value[i] != '\0'; i++) {
			if (value[i] == '"' || value[i] == '\\')
				quoted[n++] = '\\';
			quoted[n++] = value[i];
		}
		quoted[n] = '\0';
		snprintf(line, sizeof(line), "%s = \"%s\" # why\n", setting->key, quoted);
		if (read_text(&settings, line, &err) != 0)
			fail_msg("%s: %s", line, err.text);
		settings_print(&settings, setting, now, sizeof(now));
		assert_string_equal(now, value);
		assert_int_equal(settings_origin(&settings, setting->key), SETTING_FILE);
	}
}

static void
bounds_hold_at_both_ends(void **state)
{
	const struct setting *setting;

	(void)state;
	for (setting = settings_table; setting->key != NULL; setting++) {
		struct settings settings;
		char value[64];
		struct err err;

		if (setting->kind != SETTING_WHOLE && setting->kind != SETTING_NUMBER)
			continue;
		settings_default(&settings);
		snprintf(value, sizeof(value), "%.15g", setting->low);
		assert_int_equal(settings_set(&settings, setting, value, SETTING_FILE, &err), 0);
		snprintf(value, sizeof(value), "%.15g", setting->high);
		assert_int_equal(settings_set(&settings, setting, value, SETTING_FILE, &err), 0);
		snprintf(value, sizeof(value), "%.15g", setting->high + 1);
		assert_int_equal(settings_set(&settings, setting, value, SETTING_FILE, &err), -1);
		assert_non_null(strstr(err.text, setting->key));
		assert_non_null(strstr(err.text, value));
		assert_non_null(strstr(err.text, "too large"));
		snprintf(value, sizeof(value), "%.15g", setting->low - 1);
		assert_int_equal(settings_set(&settings, setting, value, SETTING_FILE, &err), -1);
		assert_non_null(strstr(err.text, "too small"));
	}
}

static void
a_bad_line_is_told_with_file_line_key_and_value(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "\n\nself_hosted.gpu_hour = cheap\n",
			"t.conf:3: self_hosted.gpu_hour = 'cheap': not a number; allowed is a number from 0 to 10000 (USD/h)" },
		{ "[self_hosted]\ngpu_hour = nan", "t.conf:2: self_hosted.gpu_hour = 'nan': not a number" },
		{ "[self_hosted]\ngpu_hour =", "t.conf:2: self_hosted.gpu_hour = '': not a number" },
		{ "[self_hosted]\ngpu_hour = 1,5", "t.conf:2: self_hosted.gpu_hour = '1,5': not a number" },
		{ "[self_hosted]\nredundancy = 1.5", "t.conf:2: self_hosted.redundancy = '1.5': not a whole number" },
		{ "[self_hosted]\ngpu_hours = 1",
			"t.conf:2: setting 'self_hosted.gpu_hours' is unknown; the nearest is "
			"'self_hosted.gpu_hour'" },
		{ "gpuhour = 1", "t.conf:1: setting 'gpuhour' is unknown; the nearest is 'self_hosted.gpu_hour'" },
		{ "[report]\ngpu_hour = 1", "the nearest is 'self_hosted.gpu_hour'" },
		{ "quite_unlike_all = 1",
			"t.conf:1: setting 'quite_unlike_all' is unknown; `breakeven config example`" },
		{ "[serve]\nlisten = 127.0.0.1:1",
			"t.conf:2: setting 'serve.listen' is unknown; 'listen' belongs above" },
		{ "[self-hosted]\n", "t.conf:1: section [self-hosted] is unknown; the nearest is [self_hosted]" },
		{ "[report\n", "t.conf:1: '[report' has no closing bracket" },
		{ "[report] x\n", "t.conf:1: '[report] x' is not a section" },
		{ "[]\n", "t.conf:1: section [] is unknown" },
		{ "gpu_hour 2.5\n", "t.conf:1: 'gpu_hour 2.5' is no setting: it needs the form key = value" },
		{ "log.level = info\n[log]\r\nlevel = warn\r\n",
			"t.conf:3: log.level = 'warn': it is given already in line 1" },
		{ "log.level = loud",
			"t.conf:1: log.level = 'loud': no such choice; allowed is error, warn, info or debug" },
		{ "log.level = info|debug", "no such choice" },
		{ "listen = 8808", "t.conf:1: listen = '8808': not an address and a port" },
		{ "listen = :8808", "not an address and a port" },
		{ "listen = 127.0.0.1:", "not an address and a port" },
		{ "listen = 127.0.0.1:80x", "not an address and a port" },
		{ "listen = 127.0.0.1:65536", "a port is at most 65535" },
		{ "listen = ::1:80", "in brackets" },
		{ "report.currency = usd", "t.conf:1: report.currency = 'usd': amounts are in USD" },
		{ "report.zone = ../UTC", "t.conf:1: report.zone = '../UTC': time zone '../UTC'" },
		{ "serve.path_prefix = cost", "begins with /" },
		{ "serve.path_prefix = /cost/", "begins with / and does not end in one" },
		{ "serve.path_prefix = /a/../b", "letters, digits" },
		{ "web = \"/a", "t.conf:1: web: the closing quote is missing" },
		{ "web = \"/a\" b", "t.conf:1: web: something stands behind the closing quote" },
		{ "web = /a\tb", "t.conf:1: web = '/a?b': it holds a control character" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings, before;
		struct err err = { 0 };

		settings_default(&settings);
		before = settings;
		if (read_text(&settings, cases[i].text, &err) == 0)
			fail_msg("taken: %s", cases[i].text);
		assert_int_equal(err.kind == ERR_INPUT || err.kind == ERR_MISSING, true);
		if (strstr(err.text, cases[i].error) == NULL)
			fail_msg("'%s' is answered with '%s'", cases[i].text, err.text);
		assert_memory_equal(&settings, &before, sizeof(settings));
	}
}

static void
nothing_of_a_file_with_a_bad_line_is_taken_over(void **state)
{
	struct settings settings;

	(void)state;
	settings_default(&settings);
	assert_int_equal(read_text(&settings, "self_hosted.gpu_hour = 9\nlog.level = loud\n", NULL), -1);
	assert_true(settings.self_hosted.gpu_hour == 2.5);
	assert_int_equal(settings_origin(&settings, "self_hosted.gpu_hour"), SETTING_DEFAULT);
}

static void
sections_comments_quotes_and_line_ends_are_understood(void **state)
{
	static const char text[] = "\xef\xbb\xbf# a file\r\n"
				   "web = \"/srv/a # b\" # not a part of it\r\n"
				   "\t [ self_hosted ] # GPUs\r\n"
				   "gpu_hour=2.10#5\n";
	static const char good[] =
		"web=/srv/a#b\n[self_hosted]\n  gpu_hour  =  2.10 # each\n[report]\n[log]\nformat=json";
	struct settings settings;
	struct err err;

	(void)state;
	settings_default(&settings);
	assert_int_equal(read_text(&settings, text, &err), -1);
	assert_string_equal(err.text,
		"t.conf:4: self_hosted.gpu_hour = '2.10#5': not a number; allowed is a number from 0 to "
		"10000 (USD/h)");
	assert_int_equal(read_text(&settings, good, &err), 0);
	assert_string_equal(settings.web, "/srv/a#b");
	assert_true(settings.self_hosted.gpu_hour == 2.1);
	assert_int_equal(settings.log.format, 1);
	assert_int_equal(read_text(&settings, "web = \"/srv/a # \\\"b\\\"\" # c", &err), 0);
	assert_string_equal(settings.web, "/srv/a # \"b\"");
	assert_int_equal(read_text(&settings, "web = \"\"", &err), 0);
	assert_string_equal(settings.web, "");
	assert_int_equal(read_text(&settings, "", &err), 0);
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
	static const char zero[] = "web = /a\0b\n";
	char big[5000];
	struct settings settings;
	struct err err;

	(void)state;
	settings_default(&settings);
	assert_int_equal(config_read(&settings, "t.conf", zero, sizeof(zero) - 1, &err), -1);
	assert_int_equal(config_read(&settings, "t.conf", "a\0=1", 4, &err), -1);
	assert_int_equal(config_read(&settings, "t.conf", "[report\0]", 9, &err), -1);
	memset(big, 'a', sizeof(big));
	assert_int_equal(config_read(&settings, "t.conf", big, sizeof(big), &err), -1);
	memcpy(big, "web=", 4);
	assert_int_equal(config_read(&settings, "t.conf", big, sizeof(big), &err), -1);
	assert_int_equal(config_read(&settings, "t.conf", big, SETTING_PATH + 4, &err), -1);
	assert_non_null(strstr(err.text, "longer than 1023 bytes"));
	assert_int_equal(config_read(&settings, "t.conf", big, SETTING_PATH + 3, &err), 0);
	memset(big, '[', sizeof(big));
	big[sizeof(big) - 1] = ']';
	assert_int_equal(config_read(&settings, "t.conf", big, sizeof(big), &err), -1);
}

static void
a_folder_may_begin_at_home(void **state)
{
	struct settings settings;

	(void)state;
	setenv("HOME", "/people/someone", 1);
	unsetenv("XDG_DATA_HOME");
	settings_default(&settings);
	assert_string_equal(settings.data, "/people/someone/.local/share/breakeven");
	assert_int_equal(read_text(&settings, "data = ~/ledger\nweb = ~else/x", NULL), 0);
	assert_string_equal(settings.data, "/people/someone/ledger");
	assert_string_equal(settings.web, "~else/x");
	setenv("XDG_DATA_HOME", "/data", 1);
	settings_default(&settings);
	assert_string_equal(settings.data, "/data/breakeven");
	assert_int_equal(settings_origin(&settings, "data"), SETTING_DEFAULT);
	unsetenv("XDG_DATA_HOME");
}

static void
the_environment_goes_before_the_file(void **state)
{
	char texts[][64] = { "PATH=/bin", "BREAKEVEN_SELF_HOSTED_GPU_HOUR=1.75",
		"BREAKEVEN_REPORT_ZONE=", "BREAKEVEN_LISTEN=localhost:0", "BREAKEVEN", "BREAKEVEN_LISTEN=localhost:1",
		"BREAKEVEN_REPORT_MONTH_START=31" };
	char *environment[] = { texts[0], texts[1], texts[2], texts[3], texts[4], NULL };
	char *wrong[] = { texts[5], texts[6], NULL };
	struct settings settings;
	struct err err = { 0 };

	(void)state;
	settings_default(&settings);
	assert_int_equal(read_text(&settings, "[self_hosted]\ngpu_hour=9\nheadroom=0.5", &err), 0);
	assert_int_equal(settings_environment(&settings, environment, &err), 0);
	assert_true(settings.self_hosted.gpu_hour == 1.75);
	assert_string_equal(settings.listen, "localhost:0");
	assert_string_equal(settings.report.zone, "UTC");
	assert_int_equal(settings_origin(&settings, "self_hosted.gpu_hour"), SETTING_ENVIRONMENT);
	assert_int_equal(settings_origin(&settings, "self_hosted.headroom"), SETTING_FILE);
	assert_int_equal(settings_origin(&settings, "report.zone"), SETTING_DEFAULT);
	assert_int_equal(settings_environment(&settings, wrong, &err), -1);
	assert_string_equal(err.text,
		"environment: BREAKEVEN_REPORT_MONTH_START: report.month_start = '31': too large; "
		"allowed is a whole number from 1 to 28");
	assert_string_equal(settings.listen, "localhost:0");
	assert_string_equal(setting_origin_name(settings_origin(&settings, "listen")), "environment");
}

static void
a_variable_that_nearly_is_a_settings_is_warned_of(void **state)
{
	char texts[][64] = { "BREAKEVEN_SERVE_THREAD=2", "BREAKEVEN_BIN=/bin", "BREAKEVEN_CONFIG=/x" };
	char *environment[] = { texts[0], texts[1], texts[2], NULL };
	struct settings settings;
	char said[1000];
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	(void)state;
	settings_default(&settings);
	log_setup(LOG_LEVEL_WARN, 0);
	dup2(fileno(file), STDERR_FILENO);
	assert_int_equal(settings_environment(&settings, environment, NULL), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(settings.serve.threads, 4);
	assert_non_null(strstr(said, "name=BREAKEVEN_SERVE_THREAD nearest=BREAKEVEN_SERVE_THREADS\n"));
	assert_int_equal(strcspn(said, "\n"), strlen(said) - 1); /* one line */
}

/* ---- files */

static char folder[] = "/tmp/breakeven-config-XXXXXX";
static char path[sizeof(folder) + 64];

static int
make_folder(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_ERROR, 0);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/a.conf", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
a_command_runs_with_defaults_file_and_environment(void **state)
{
	struct settings settings;
	struct err err = { 0 };

	(void)state;
	setenv("HOME", folder, 1);
	unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(settings_load(&settings, NULL, &err), 0);
	assert_string_equal(settings.listen, "127.0.0.1:8808");
	write_file("[serve]\nthreads = 7\n");
	assert_int_equal(settings_load(&settings, path, &err), 0);
	assert_int_equal(settings.serve.threads, 7);
	setenv("BREAKEVEN_CONFIG", path, 1);
	setenv("BREAKEVEN_SERVE_TIMEOUT_S", "12", 1);
	assert_int_equal(settings_load(&settings, NULL, &err), 0);
	assert_int_equal(settings.serve.threads, 7);
	assert_int_equal(settings.serve.timeout_s, 12);
	unsetenv("BREAKEVEN_CONFIG");
	unsetenv("BREAKEVEN_SERVE_TIMEOUT_S");
}

static void
a_file_that_is_not_there_is_said_to_be_missing(void **state)
{
	struct settings settings;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(settings_load(&settings, "/nonexistent/x.conf", &err), -1);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_string_equal(err.text, "/nonexistent/x.conf: No such file or directory");
	assert_int_equal(config_file(&settings, NULL, folder, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void
a_file_of_more_than_a_mebibyte_is_refused(void **state)
{
	struct settings settings;
	struct err err = { 0 };

	(void)state;
	write_file("");
	assert_int_equal(truncate(path, (off_t)CONFIG_BYTES_MAX + 1), 0);
	settings_default(&settings);
	assert_int_equal(config_file(&settings, NULL, path, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "larger than 1024 KiB"));
}

static void
a_folder_is_no_file_of_settings(void **state)
{
	struct settings settings;
	struct err err;

	(void)state;
	settings_default(&settings);
	assert_int_equal(config_file(&settings, NULL, "/", &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "/: this is a folder"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_no_file_of_settings),
		cmocka_unit_test(every_default_is_allowed_by_its_own_row),
		cmocka_unit_test(no_two_keys_or_variables_are_the_same),
		cmocka_unit_test(the_example_is_right_and_changes_nothing),
		cmocka_unit_test(the_example_gives_every_setting_its_default_when_uncommented),
		cmocka_unit_test(every_setting_is_read_back_as_it_was_written),
		cmocka_unit_test(bounds_hold_at_both_ends),
		cmocka_unit_test(a_bad_line_is_told_with_file_line_key_and_value),
		cmocka_unit_test(nothing_of_a_file_with_a_bad_line_is_taken_over),
		cmocka_unit_test(sections_comments_quotes_and_line_ends_are_understood),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(a_folder_may_begin_at_home),
		cmocka_unit_test(the_environment_goes_before_the_file),
		cmocka_unit_test(a_variable_that_nearly_is_a_settings_is_warned_of),
		cmocka_unit_test(a_command_runs_with_defaults_file_and_environment),
		cmocka_unit_test(a_file_that_is_not_there_is_said_to_be_missing),
		cmocka_unit_test(a_file_of_more_than_a_mebibyte_is_refused),
	};

	return cmocka_run_group_tests_name("config", tests, make_folder, remove_folder);
}
