/*
 * breakeven check: is the ledger sound, and are its sums the sums of its lines?
 */
#include <stdio.h>

#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/plain.h"
#include "daemon/report/answer.h"
#include "daemon/store/query.h"
#include "daemon/store/rollup.h"

static int
run_check(struct context *context, const char *word, enum answer_format format, struct err *err)
{
	const struct usage_query all = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &context->zone };
	struct answer *answer = answer_new(context->arena);
	struct usage_result result;
	int status;

	(void)word;
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
	return plain_run(&(struct plain_command){ "check", NULL, run_check }, argc, argv);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "check the ledger: integrity, and that its sums are those of its lines",
	.usage = "[--data DIR] [--config FILE] [--format text|json|csv]\n",
	.example = "breakeven check",
	.run = check,
};
