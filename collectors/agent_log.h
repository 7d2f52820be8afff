/*
 * agent_log: what the readers of coding agents' session logs share.
 *
 * An agent writes a call down more than once: a line for each block of the reply, snapshots while it streams,
 * copies in the logs of sessions that go on from it. Calls are gathered by their id; the earliest time stands and
 * the largest counts, and they are handed over at the end of the log, in the order in which they began.
 */
#ifndef COLLECTORS_AGENT_LOG_H
#define COLLECTORS_AGENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "models/price/reading.h"
#include "models/units/text.h"

struct err;
struct listing_shape;

#define AGENT_CALLS_MAX 32768 /* calls that are gathered; beyond it the older half is handed over */

struct agent_calls;

/* agent: what their workload is where nobody said another ("codex"). */
struct agent_calls *agent_calls_new(
	const char *agent, const struct collect_options *options, const struct sink *sink, struct err *err);
void agent_calls_free(struct agent_calls *calls); /* NULL is nothing */

/*
 * Take a call; its texts are copied. side: a copy of the call that stands elsewhere under the same message, if it
 * does; message: what both have in common (may be empty). -1 with *err when the sink fails.
 */
struct agent_call {
	int64_t line;
	struct usage_reading reading;
	struct text message;
	bool side;
};
int agent_calls_add(struct agent_calls *calls, const struct agent_call *call, struct err *err);

/* Hand over what is gathered. */
int agent_calls_end(struct agent_calls *calls, struct err *err);

/* The last folder of a path, which stands for the project: "/srv/code/shop" is "shop". */
struct text agent_project(struct text path);

/*
 * A log of JSON lines (or one document with its rows in a list), row by row; what the rows gathered in `calls` is handed
 * over at the end.
 */
int agent_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, void *ctx, struct agent_calls *calls, struct err *err);

#endif
