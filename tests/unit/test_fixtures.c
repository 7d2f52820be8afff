/*
 * Every tests/fixtures/COLLECTOR/CASE.in, read by that collector, must give CASE.out, whether its bytes come
 * at once or in threes. CASE.opt beside it holds `name=value` lines: account, workload, provider, model, zone,
 * now, and what a source that is asked knows beside: part, state, url, from, to. With FIXTURES_WRITE=1 in the environment the .out files are written instead, to be read before they are kept.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/zone.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "tests/unit/printed_sink.h"

#define FIXTURES "tests/fixtures"
#define CASES_MAX 512

struct fixture {
	char collector[64];
	char path[512]; /* without the ending */
};

static struct fixture fixtures[CASES_MAX];
static char fixture_names[CASES_MAX][256];

/* A value of several lines stands on one, with \n between them. */
static char *
lines_of(char *value)
{
	for (char *p = value; (p = strstr(p, "\\n")) != NULL; p++) {
		*p = '\n';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	return value;
}

static void
take_option(struct collect_options *options, struct zone *zone, char *line)
{
	char *value = strchr(line, '=');
	struct err err;

	if (value == NULL)
		fail_msg("'%s' is no name=value line", line);
	*value++ = '\0';
	if (strcmp(line, "account") == 0)
		options->account = text_of(value);
	else if (strcmp(line, "workload") == 0)
		options->workload = text_of(value);
	else if (strcmp(line, "provider") == 0)
		options->provider = text_of(value);
	else if (strcmp(line, "model") == 0)
		options->model = text_of(value);
	else if (strcmp(line, "part") == 0)
		options->part = text_of(value);
	else if (strcmp(line, "state") == 0)
		options->state = text_of(lines_of(value));
	else if (strcmp(line, "url") == 0)
		options->url = text_of(value);
	else if (strcmp(line, "from") == 0)
		assert_int_equal(time_parse(value, strlen(value), &options->from_us, &err), 0);
	else if (strcmp(line, "to") == 0)
		assert_int_equal(time_parse(value, strlen(value), &options->to_us, &err), 0);
	else if (strcmp(line, "now") == 0)
		assert_int_equal(time_parse(value, strlen(value), &options->now_us, &err), 0);
	else if (strcmp(line, "zone") == 0)
		assert_int_equal(zone_load(zone, value, &err), 0);
	else
		fail_msg("'%s' is no option of a fixture", line);
}

static char *
read_beside(const struct fixture *fixture, const char *ending, size_t *size)
{
	char path[600];

	snprintf(path, sizeof(path), "%s%s", fixture->path, ending);
	return read_file(path, size);
}

static void
write_out(const struct fixture *fixture, const char *printed)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s.out", fixture->path);
	file = fopen(path, "wb");
	assert_non_null(file);
	fputs(printed, file);
	fclose(file);
}

static void
the_input_gives_the_output(void **state)
{
	const struct fixture *fixture = *state;
	static struct zone zone;
	struct collect_options options = { .zone = &zone };
	struct bytes_input bytes = { .step = 0 };
	struct err err = { 0 };
	const struct collector *collector = collector_find(fixture->collector, &err);
	size_t size = 0;
	char *in = read_beside(fixture, ".in", &bytes.size);
	char *opt = read_beside(fixture, ".opt", &size);
	char *out = read_beside(fixture, ".out", &size);
	char *printed, *stepped;

	if (collector == NULL)
		fail_msg("%s", err.text);
	assert_non_null(in);
	zone_utc(&zone);
	for (char *line = opt == NULL ? NULL : strtok(opt, "\n"); line != NULL; line = strtok(NULL, "\n"))
		take_option(&options, &zone, line);
	bytes.bytes = in;
	printed = collect_printed(collector, &bytes, &options);
	bytes.step = 3;
	stepped = collect_printed(collector, &bytes, &options);
	assert_string_equal(printed, stepped);
	if (getenv("FIXTURES_WRITE") != NULL)
		write_out(fixture, printed);
	else if (out == NULL)
		fail_msg("%s.out is missing", fixture->path);
	else
		assert_string_equal(printed, out);
	free(printed);
	free(stepped);
	free(in);
	free(opt);
	free(out);
}

static int
is_case(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 3 && strcmp(entry->d_name + n - 3, ".in") == 0;
}

static int
is_folder(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t
find_cases(const char *collector, size_t n)
{
	struct dirent **entries;
	char folder[256];
	int count;

	snprintf(folder, sizeof(folder), "%s/%s", FIXTURES, collector);
	count = scandir(folder, &entries, is_case, alphasort);
	for (int i = 0; i < count; i++) {
		if (n < CASES_MAX) {
			int stem = (int)strlen(entries[i]->d_name) - 3;

			snprintf(fixtures[n].collector, sizeof(fixtures[n].collector), "%s", collector);
			snprintf(fixtures[n].path, sizeof(fixtures[n].path), "%s/%.*s", folder, stem,
				entries[i]->d_name);
			snprintf(fixture_names[n], sizeof(fixture_names[n]), "%.63s reads %.*s", collector,
				stem < 100 ? stem : 100, entries[i]->d_name);
			n++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return n;
}

int
main(void)
{
	static struct CMUnitTest tests[CASES_MAX];
	struct dirent **folders;
	size_t n = 0;
	int count = scandir(FIXTURES, &folders, is_folder, alphasort);

	if (count <= 0) {
		fprintf(stderr, "%s: no such folder here; run from the root of the repository\n", FIXTURES);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		n = find_cases(folders[i]->d_name, n);
		free(folders[i]);
	}
	free(folders);
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){
			.name = fixture_names[i], .test_func = the_input_gives_the_output, .initial_state = &fixtures[i]
		};
	return _cmocka_run_group_tests("fixtures", tests, n, NULL, NULL);
}
