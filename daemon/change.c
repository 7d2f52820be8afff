#include <stdio.h>

#include "daemon/base/arena.h"
#include "daemon/change.h"
#include "daemon/context.h"

int
change_and_print(struct context *context, const struct change *change, struct err *err)
{
	struct answer *answer = answer_new(context->arena);
	struct edit edit = { .arena = context->arena,
		.clock = { &context->zone, context->now_us },
		.settings = &context->settings,
		.who = "command line",
		.name = change->name,
		.fields = change->fields,
		.n = change->n };

	if (context_store(context, STORE_WRITE, err) != 0)
		return -1;
	edit.store = context->store;
	if (change->run(&edit, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, change->format, NULL), stdout);
	return 0;
}
