/*
 * breakeven check: is the ledger sound, and are its sums the sums of its lines?
 */
#include <stdio.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "daemon/store/query.h"
#include "daemon/store/rollup.h"
#include "models/units/err.h"

static int
run_check(struct context *context, enum answer_format format, struct err *err)
{
	const struct usage_query all = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &context->zone };
	struct answer *answer = answer_new(context->arena);
	struct usage_result result;
	int status;

	if (context_store(context, STORE_READ, err) != 0 || store_read_begin(context->store, err) != 0)
		return -1;
	status = store_integrity(context->store, err) == 0 && rollup_check(context->store, err) == 0 ? 0 : -1;
	if (status == 0)
		status = query_usage(context->store, &all, context->arena, &result, err);
	store_read_end(context->store);
	if (status != 0)
		return -1;
	answer_headline(answer, "%s is sound: every sum is the sum of its lines", store_path(context->store));
	answer_fact(answer, "sound", "", value_truth(answer, true));
	answer_fact(answer, "usage_lines", "lines", value_whole(answer, result.total.rows));
	answer_fact(answer, "requests", "requests", value_whole(answer, result.total.requests));
	answer_fact(answer, "tokens", "tokens", value_whole(answer, usage_sum_tokens(&result.total)));
	answer_fact(answer, "bytes", "bytes", value_whole(answer, store_size(context->store)));
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

static int
check(int argc, char **argv)
{
	const char *data = NULL, *config = NULL, *format_name = NULL;
	const struct arg args[] = { { .name = "data", .value = &data }, { .name = "config", .value = &config },
		{ .name = "format", .value = &format_name }, { .name = NULL } };
	struct context context = { .store = NULL };
	enum answer_format format;
	struct err err;
	int words, status = -1;

	if (args_read(args, argc, argv, &words, &err) == 0 && args_format(format_name, &format, &err) == 0) {
		if (words != 0)
			err_set(&err, ERR_INPUT, "'%s' is not expected; check takes no words", argv[1]);
		else if (context_open(&context, config, data, &err) == 0)
			status = run_check(&context, format, &err);
	}
	context_close(&context);
	return status == 0 ? 0 : command_fail("check", &err);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "check the ledger: integrity, and that its sums are those of its lines",
	.usage = "[--data DIR] [--config FILE] [--format text|json|csv]\n",
	.example = "breakeven check",
	.run = check,
};
