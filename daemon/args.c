#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/args.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

/* A parameter of a report is named as in its address, gpu_hour; a hand types --gpu-hour. Both are meant. */
static int
same_name(const char *name, const char *typed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] != typed[i] && !(name[i] == '_' && typed[i] == '-'))
			return 0;
	return name[n] == '\0';
}

static const struct arg *
find_arg(const struct arg *args, const char *name, size_t n)
{
	for (const struct arg *arg = args; arg->name != NULL; arg++)
		if (strlen(arg->name) >= n && same_name(arg->name, name, n))
			return arg;
	return NULL;
}

static int
unknown_option(const struct arg *args, const char *word, size_t n, struct err *err)
{
	struct nearest nearest;
	char name[64], typed[64];

	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	nearest_init(&nearest, name);
	for (const struct arg *arg = args; arg->name != NULL; arg++)
		nearest_offer(&nearest, arg->name);
	if (nearest_found(&nearest) != NULL) {
		snprintf(typed, sizeof(typed), "%s", nearest_found(&nearest));
		for (char *c = strchr(typed, '_'); c != NULL; c = strchr(c, '_'))
			*c = '-';
		return err_set(err, ERR_INPUT, "option '--%s' is unknown; the nearest is '--%s'", name, typed);
	}
	return err_set(err, ERR_INPUT, "option '--%s' is unknown", name);
}

static int
keep_value(const struct arg *arg, const char *value, struct err *err)
{
	if (arg->value != NULL) {
		*arg->value = value;
		return 0;
	}
	if (*arg->count >= arg->room)
		return err_set(err, ERR_INPUT, "option '--%s' is given more than %zu times", arg->name, arg->room);
	arg->values[(*arg->count)++] = value;
	return 0;
}

/* Read the option at argv[*at]; *at moves to its last word. */
static int
read_option(const struct arg *args, int argc, char **argv, int *at, struct err *err)
{
	const char *word = argv[*at] + 2;
	const char *equals = strchr(word, '=');
	size_t n = equals == NULL ? strlen(word) : (size_t)(equals - word);
	const struct arg *arg = find_arg(args, word, n);

	if (arg == NULL)
		return unknown_option(args, word, n, err);
	if (arg->flag != NULL) {
		if (equals != NULL)
			return err_set(err, ERR_INPUT, "option '--%s' takes no value", arg->name);
		*arg->flag = 1;
		return 0;
	}
	if (equals != NULL)
		return keep_value(arg, equals + 1, err);
	if (*at + 1 >= argc)
		return err_set(err, ERR_INPUT, "option '--%s' needs a value", arg->name);
	return keep_value(arg, argv[++*at], err);
}

int
args_read(const struct arg *args, int argc, char **argv, int *words, struct err *err)
{
	int only_words = 0;

	*words = 0;
	for (int i = 1; i < argc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = 1;
			continue;
		}
		if (only_words || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[++*words] = argv[i];
			continue;
		}
		if (argv[i][1] != '-')
			return err_set(
				err, ERR_INPUT, "option '%s' is unknown; options begin with two dashes", argv[i]);
		if (read_option(args, argc, argv, &i, err) != 0)
			return -1;
	}
	return 0;
}

int
args_format(const char *name, enum answer_format *format, struct err *err)
{
	if (name == NULL) {
		*format = isatty(STDOUT_FILENO) ? ANSWER_TEXT : ANSWER_JSON;
		return 0;
	}
	if (answer_format_parse(name, format) != 0)
		return err_set(err, ERR_INPUT, "format: '%s' is none of text, json, csv", name);
	return 0;
}

int
command_fail(const char *command, const struct err *err)
{
	fprintf(stderr, "breakeven %s: %s\n", command, err->text);
	return err_exit(err);
}
