/*
 * config: print a file with every setting, or say what is wrong with one.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/config.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/ingest/source.h"
#include "models/units/err.h"

static int
check(const char *path, struct err *err)
{
	struct config_sources sources = { .rows = NULL };
	struct source_plans plans;
	struct settings settings;
	const struct setting *setting;
	int rows = 0, given = 0, status;

	settings_default(&settings);
	if (config_file(&settings, &sources, path, err) != 0)
		return -1;
	status = source_plans_make(&sources, &plans, err);
	config_sources_free(&sources);
	if (status != 0)
		return -1;
	for (setting = settings_table; setting->key != NULL; setting++, rows++)
		given += settings_origin(&settings, setting->key) == SETTING_FILE;
	printf("%s: right; %d of %d settings given", path, given, rows);
	if (plans.n > 0)
		printf(", %zu source%s", plans.n, plans.n == 1 ? "" : "s");
	if (plans.mappings.n > 0)
		printf(", %zu mapping%s", plans.mappings.n, plans.mappings.n == 1 ? "" : "s");
	putchar('\n');
	source_plans_free(&plans);
	return 0;
}

static int
config_run(int argc, char **argv)
{
	static const struct arg args[] = { { .name = NULL } };
	struct err err;
	int words;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("config", &err);
	if (words == 1 && strcmp(argv[1], "example") == 0) {
		config_example(stdout);
		return 0;
	}
	if (words == 2 && strcmp(argv[1], "check") == 0)
		return check(argv[2], &err) == 0 ? 0 : command_fail("config", &err);
	err_set(&err, ERR_INPUT, "say `breakeven config example` or `breakeven config check FILE`");
	return command_fail("config", &err);
}

const struct command cmd_config = {
	.name = "config",
	.summary = "print a file with every setting, or check one",
	.usage = "example | check FILE\n"
		 "  example     a file with every setting, its meaning, bounds and default\n"
		 "  check FILE  read FILE (- is standard input) and say what is wrong with it\n",
	.example = "breakeven config example | breakeven config check -",
	.run = config_run,
};
