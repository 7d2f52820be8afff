#include <stdio.h>

#include "daemon/ask.h"
#include "daemon/context.h"
#include "daemon/report/report.h"

struct answer *
ask(const struct report *report, struct context *context, struct request *request, struct err *err)
{
	struct answer *answer = answer_new(context->arena);
	int status;

	request->settings = &context->settings;
	request->zone = &context->zone;
	request->now_us = context->now_us;
	request->arena = context->arena;
	if (report_check(report, request, err) != 0 || context_store(context, STORE_READ, err) != 0)
		return NULL;
	request->store = context->store;
	/* One state of the ledger for all the queries of one answer. */
	if (store_read_begin(context->store, err) != 0)
		return NULL;
	answer_numbers(answer, (enum figure_style)context->settings.report.numbers);
	status = report->run(request, report, answer, err);
	store_read_end(context->store);
	return status == 0 ? answer : NULL;
}

int
ask_and_print(const struct report *report, struct context *context, struct request *request, enum answer_format format,
	struct err *err)
{
	const struct answer *answer = ask(report, context, request, err);

	if (answer == NULL)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}
