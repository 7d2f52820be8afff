/*
 * config: print a file with every setting, or say what is wrong with one.
 */
#include <stdio.h>
#include <string.h>

#include "collectors/meter.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/base/config.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/ingest/source.h"
#include "daemon/report/answer.h"
#include "daemon/report/observed.h"
#include "daemon/report/shelf.h"
#include "models/units/err.h"

static void
tell(const char *path, int given, int rows, const struct source_plans *plans)
{
	printf("%s: right; %d of %d settings given", path, given, rows);
	if (plans->n > 0)
		printf(", %zu source%s", plans->n, plans->n == 1 ? "" : "s");
	if (plans->mappings.n > 0)
		printf(", %zu mapping%s", plans->mappings.n, plans->mappings.n == 1 ? "" : "s");
	putchar('\n');
}

/* What engines are said to run on, against the tables that their speeds will be held against. */
static int
check_engines(const struct settings *settings, const struct source_plans *plans, const char *path, struct err *err)
{
	struct arena *arena = arena_new();
	struct shelf_request request = { .arena = arena, .settings = settings };
	struct shelf shelf = { .room = 0 };
	int status = arena == NULL ? err_set(err, ERR_OUTSIDE, "no memory") : 0;

	for (size_t i = 0; i < plans->n && status == 0; i++) {
		const struct pull_ask ask = source_ask(&plans->rows[i]);
		const struct engine_place place = meter_place(&ask);

		if (place.gpu.n == 0)
			continue;
		if (shelf.room == 0)
			status = shelf_load(&request, &shelf, err);
		if (status == 0 && observed_check(arena, &shelf.shelves, &place, err) != 0)
			status = err_in(err, "%s:%d: source %s", path, plans->rows[i].settings.line,
				plans->rows[i].settings.name);
	}
	arena_free(arena);
	return status;
}

static int
print_answer(int given, int rows, const struct source_plans *plans, enum answer_format format, struct err *err)
{
	struct arena *arena = arena_new();
	struct answer *answer;

	if (arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	answer = answer_new(arena);
	answer_fact(answer, "right", "", value_truth(answer, true));
	answer_fact(answer, "given", "settings", value_whole(answer, given));
	answer_fact(answer, "settings", "settings", value_whole(answer, rows));
	answer_fact(answer, "sources", "sources", value_whole(answer, (int64_t)plans->n));
	answer_fact(answer, "mappings", "mappings", value_whole(answer, (int64_t)plans->mappings.n));
	fputs(answer_print(answer, format, NULL), stdout);
	arena_free(arena);
	return 0;
}

/* A line for people, piped or not; an answer for who asks by the form's name. */
static int
check(const char *path, const char *format_name, struct err *err)
{
	struct config_sources sources = { .rows = NULL };
	struct source_plans plans;
	struct settings settings;
	const struct setting *setting;
	enum answer_format format;
	int rows = 0, given = 0, status;

	settings_default(&settings);
	if (args_format(format_name, &format, err) != 0 || config_file(&settings, &sources, path, err) != 0)
		return -1;
	status = source_plans_make(&sources, &plans, err);
	config_sources_free(&sources);
	if (status != 0)
		return -1;
	if (check_engines(&settings, &plans, path, err) != 0) {
		source_plans_free(&plans);
		return -1;
	}
	for (setting = settings_table; setting->key != NULL; setting++, rows++)
		given += settings_origin(&settings, setting->key) == SETTING_FILE;
	if (format_name == NULL || format == ANSWER_TEXT)
		tell(path, given, rows, &plans);
	else
		status = print_answer(given, rows, &plans, format, err);
	source_plans_free(&plans);
	return status;
}

static int
config_run(int argc, char **argv)
{
	const char *format = NULL;
	const struct arg args[] = { { .name = "format", .value = &format }, { .name = NULL } };
	struct err err;
	int words;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("config", &err);
	if (words == 1 && strcmp(argv[1], "example") == 0) {
		config_example(stdout);
		return 0;
	}
	if (words == 2 && strcmp(argv[1], "check") == 0)
		return check(argv[2], format, &err) == 0 ? 0 : command_fail("config", &err);
	err_set(&err, ERR_INPUT, "say `breakeven config example` or `breakeven config check FILE`");
	return command_fail("config", &err);
}

const struct command cmd_config = {
	.name = "config",
	.summary = "print a file with every setting, or check one",
	.usage = "example | check FILE [--format text|json|csv]\n"
		 "  example     a file with every setting, its meaning, bounds and default\n"
		 "  check FILE  read FILE (- is standard input) and say what is wrong with it\n",
	.example = "breakeven config example | breakeven config check -",
	.run = config_run,
};
