/*
 * breakeven solve: answer a what-if from a file, which needs no ledger, or one that was saved in it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "daemon/report/json_place.h"
#include "daemon/report/saved.h"
#include "daemon/report/scenario.h"
#include "daemon/report/solve.h"
#include "models/compare/scenario.h"
#include "models/units/err.h"

#define SCENARIO_BYTES_MAX (4u << 20)
#define GOALS_MAX 4

struct given {
	const char *saved, *data, *config;
	char *text; /* of the file, malloc'd: so that a sentence can name its line; NULL: none */
	size_t text_n;
};

static int solve(int argc, char **argv);

const struct command cmd_solve = {
	.name = "solve",
	.summary = "where closed and self-hosted cross, from a scenario in JSON",
	.usage = "SCENARIO.json [options]   (- is standard input)\n"
		 "       breakeven solve --saved NAME [options]\n\n"
		 "  --saved NAME             one that was saved on the page (`breakeven report scenarios`);\n"
		 "                           --data DIR and --config FILE say of which ledger\n"
		 "  --goal saving=AMOUNT     which volumes save so much a month\n"
		 "  --goal unit_cost=AMOUNT  which volumes cost so little a million tokens self-hosted;\n"
		 "                           with both, which mix of input and output would do it\n"
		 "  --format text|json|csv   text on a terminal, JSON elsewhere\n",
	.example =
		"echo '{\"closed\": {\"input\": 3, \"output\": 15, \"input_per_output\": 3},\n"
		"         \"self_hosted\": {\"gpus_per_replica\": 2, \"gpu_hour\": 2.5, \"throughput_tok_s\": 3000,\n"
		"                         \"headroom\": 0.7, \"peak_to_mean\": 2.228},\n"
		"         \"volume\": {\"mtok_month\": 1500}}' | breakeven solve --format text -",
	.run = solve,
};

/* The whole file in malloc'd memory. */
static char *
read_all(FILE *file, const char *name, size_t *n, struct err *err)
{
	char *bytes = malloc(SCENARIO_BYTES_MAX + 1);

	if (bytes == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory", name);
		return NULL;
	}
	*n = fread(bytes, 1, SCENARIO_BYTES_MAX + 1, file);
	if (!ferror(file) && *n <= SCENARIO_BYTES_MAX)
		return bytes;
	if (ferror(file))
		err_set(err, ERR_OUTSIDE, "%s: cannot be read: %s", name, strerror(errno));
	else
		err_set(err, ERR_INPUT, "%s: is larger than %u bytes", name, SCENARIO_BYTES_MAX);
	free(bytes);
	return NULL;
}

/* For sentences. */
static const char *
file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int
read_scenario(struct scenario *scenario, struct given *given, const char *path, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = file_name(path);
	FILE *file = standard ? stdin : fopen(path, "rb");

	if (file == NULL)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: cannot be opened: %s", path,
			strerror(errno));
	given->text = read_all(file, name, &given->text_n, err);
	if (!standard)
		fclose(file);
	return given->text == NULL ? -1 : scenario_parse(scenario, name, given->text, given->text_n, err);
}

/* The one of that name in the ledger. */
static int
read_saved(struct scenario *scenario, const struct given *given, struct err *err)
{
	struct context context = { .store = NULL };
	struct saved_request request = { .name = given->saved };
	struct text body;
	int64_t changed_us;
	int status = -1;

	if (context_open(&context, given->config, given->data, err) == 0 &&
		context_store(&context, STORE_READ, err) == 0) {
		request.store = context.store;
		request.arena = context.arena;
		if (saved_text(&request, &body, &changed_us, err) == 0)
			status = scenario_parse(scenario, given->saved, body.p, body.n, err);
	}
	context_close(&context);
	return status;
}

static int
print_answer(const struct scenario *scenario, enum answer_format format, struct err *err)
{
	struct arena *arena = arena_new();
	struct answer *answer;
	const char *text;
	size_t n;
	int status;

	if (arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	answer = answer_new(arena);
	status = format == ANSWER_TEXT ? answer_scenario_brief(answer, arena, scenario, err)
				       : answer_scenario(answer, arena, scenario, err);
	if (status == 0) {
		text = answer_print(answer, format, &n);
		fwrite(text, 1, n, stdout);
	}
	arena_free(arena);
	return status;
}

/* From the file or the ledger, whichever is named. */
static int
take_scenario(struct scenario *scenario, struct given *given, int words, char **argv, struct err *err)
{
	if (given->saved != NULL && words > 0)
		return err_set(err, ERR_INPUT, "--saved names a scenario, and so does '%s'; one is needed", argv[1]);
	if (given->saved != NULL)
		return read_saved(scenario, given, err);
	if (given->data != NULL || given->config != NULL)
		return err_set(err, ERR_INPUT, "--%s belongs to --saved, which is not given",
			given->data != NULL ? "data" : "config");
	if (words != 1)
		return err_set(
			err, ERR_INPUT, "one SCENARIO.json is needed ('-' for standard input), %d are given", words);
	return read_scenario(scenario, given, argv[1], err);
}

static int
take_goals(struct scenario *scenario, const char *const *goals, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (scenario_parse_goal(scenario, goals[i], err) != 0)
			return -1;
	return 0;
}

static int
solve(int argc, char **argv)
{
	const char *form = NULL, *goals[GOALS_MAX];
	struct given given = { .saved = NULL };
	size_t n_goals = 0;
	const struct arg args[] = {
		{ .name = "format", .value = &form },
		{ .name = "saved", .value = &given.saved },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "goal", .values = goals, .room = GOALS_MAX, .count = &n_goals },
		{ .name = NULL },
	};
	enum answer_format format;
	struct scenario scenario;
	struct err err;
	int words, status = -1;

	if (args_read(args, argc, argv, &words, &err) == 0 && args_format(form, &format, &err) == 0 &&
		take_scenario(&scenario, &given, words, argv, &err) == 0)
		status = take_goals(&scenario, goals, n_goals, &err);
	if (status == 0 && print_answer(&scenario, format, &err) != 0) {
		if (given.text != NULL && n_goals == 0)
			err_in(&err, "line %d", json_line(given.text, given.text_n, err.text));
		status = err_in(&err, "%s", given.saved != NULL ? given.saved : file_name(argv[1]));
	}
	free(given.text);
	return status == 0 ? 0 : command_fail("solve", &err);
}
