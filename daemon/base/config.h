/*
 * config: the file that settings are read from.
 *
 *     data = ~/ledger            # a comment begins at the start of a line or after a blank
 *     [self_hosted]              # section.name; or write self_hosted.gpu_hour above all sections
 *     gpu_hour = 2.10
 *     [serve]
 *     path_prefix = "/cost"      # quotes keep blanks and #; \" and \\ inside them
 *     [source openai]            # as many as you like, each with a name of its own
 *     collector = openai-usage
 *
 * A setting that is given twice, an unknown one, a wrong value: one sentence with file, line, key, value.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include "daemon/base/options.h"

#define CONFIG_BYTES_MAX ((size_t)1 << 20)

#define CONFIG_MAPPING_LINES 32

/* A section [mapping NAME], as it stands in the file. */
struct config_mapping {
	char name[64];
	int line;
	struct {
		char name[32], value[SETTING_WORD];
		int line;
	} row[CONFIG_MAPPING_LINES];
	int rows;
};

/*
 * The sections [source NAME] and [mapping NAME] of a file, in its order. What belongs to a collector alone, and what
 * stands in a mapping, is not checked here.
 */
struct config_sources {
	struct source_settings *rows; /* config_sources_free */
	size_t n;
	struct config_mapping *mappings;
	size_t n_mappings;
	char file[SETTING_PATH]; /* they stand in; "" where there is none */
};

void config_sources_free(struct config_sources *sources);

/*
 * Take over the settings of a file's bytes. `name` is for errors. On -1 with ERR_INPUT *settings is as
 * it was before.
 */
int config_read(struct settings *settings, const char *name, const char *bytes, size_t n, struct err *err);

/*
 * The same from a file, and its sources (NULL: they are only checked). ERR_MISSING when there is none, ERR_OUTSIDE when
 * it cannot be read.
 */
int config_file(struct settings *settings, struct config_sources *sources, const char *path, struct err *err);

/*
 * What a command runs with: defaults, then the file, then the environment. path NULL: the file named by
 * BREAKEVEN_CONFIG, or else $XDG_CONFIG_HOME/breakeven/breakeven.conf (~/.config/…) where there is one.
 */
int settings_load(struct settings *settings, const char *path, struct err *err);

/* The sources of that same file; none where there is none. On -1 nothing is to be freed. */
int sources_load(struct config_sources *sources, const char *path, struct err *err);

/* Print a file with every setting, its meaning, bounds and default, all commented out. */
void config_example(FILE *stream);

#endif
