#include <stdlib.h>
#include <string.h>

#include "collectors/agent_log.h"
#include "collectors/listing.h"
#include "collectors/usage_event.h"
#include "models/price/tariff.h"
#include "models/units/err.h"

#define SLOTS_FIRST 256 /* a power of two */
#define TEXTS 5         /* of a reading that a log can tell: id, provider, model, project, service_tier */

struct kept {
	struct usage_reading reading;
	int64_t parts[PRICE_PARTS];
	int64_t line;
	char *texts; /* all of them, one after the other */
	uint64_t message;
	bool side;
};

struct agent_calls {
	struct text agent;
	const struct collect_options *options;
	const struct sink *sink;
	struct kept *kept;
	size_t n, room;
	uint32_t *by_id, *by_message; /* places in kept, from 1; 0: free */
	size_t slots;                 /* of each, at least twice n */
};

static uint64_t
hash_of(struct text text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

struct agent_calls *
agent_calls_new(const char *agent, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct agent_calls *calls = calloc(1, sizeof(*calls));

	if (calls != NULL) {
		calls->agent = text_of(agent);
		calls->options = options;
		calls->sink = sink;
		calls->slots = SLOTS_FIRST;
		calls->by_id = calloc(calls->slots, sizeof(*calls->by_id));
		calls->by_message = calloc(calls->slots, sizeof(*calls->by_message));
	}
	if (calls == NULL || calls->by_id == NULL || calls->by_message == NULL) {
		agent_calls_free(calls);
		err_set(err, ERR_OUTSIDE, "no memory for the calls of a log");
		return NULL;
	}
	return calls;
}

static void
drop_kept(struct agent_calls *calls)
{
	for (size_t i = 0; i < calls->n; i++)
		free(calls->kept[i].texts);
	calls->n = 0;
}

void
agent_calls_free(struct agent_calls *calls)
{
	if (calls == NULL)
		return;
	drop_kept(calls);
	free(calls->kept);
	free(calls->by_id);
	free(calls->by_message);
	free(calls);
}

/* ---- finding */

/* The place of a call with this id, or the free slot for it. */
static uint32_t *
slot_of_id(struct agent_calls *calls, struct text id)
{
	size_t at = hash_of(id) & (calls->slots - 1);

	while (calls->by_id[at] != 0 && !text_same(calls->kept[calls->by_id[at] - 1].reading.id, id))
		at = (at + 1) & (calls->slots - 1);
	return &calls->by_id[at];
}

static uint32_t *
slot_of_message(struct agent_calls *calls, uint64_t message)
{
	size_t at = message & (calls->slots - 1);

	while (calls->by_message[at] != 0 && calls->kept[calls->by_message[at] - 1].message != message)
		at = (at + 1) & (calls->slots - 1);
	return &calls->by_message[at];
}

/* Everything into its place in empty tables. */
static void
place_all(struct agent_calls *calls)
{
	for (size_t i = 0; i < calls->n; i++) {
		const struct kept *kept = &calls->kept[i];
		uint32_t *message = kept->message == 0 ? NULL : slot_of_message(calls, kept->message);

		*slot_of_id(calls, kept->reading.id) = (uint32_t)i + 1;
		if (message != NULL && *message == 0)
			*message = (uint32_t)i + 1;
	}
}

static int
grow_slots(struct agent_calls *calls, struct err *err)
{
	size_t slots = 2 * calls->slots;
	uint32_t *by_id = calloc(slots, sizeof(*by_id)), *by_message = calloc(slots, sizeof(*by_message));

	if (by_id == NULL || by_message == NULL) {
		free(by_id);
		free(by_message);
		return err_set(err, ERR_OUTSIDE, "no memory for the calls of a log");
	}
	free(calls->by_id);
	free(calls->by_message);
	calls->by_id = by_id;
	calls->by_message = by_message;
	calls->slots = slots;
	place_all(calls);
	return 0;
}

/* ---- keeping */

static int
keep_texts(struct kept *kept, const struct usage_reading *reading, struct err *err)
{
	struct text from[TEXTS] = { reading->id, reading->provider, reading->model, reading->project,
		reading->service_tier };
	struct text *to[TEXTS] = { &kept->reading.id, &kept->reading.provider, &kept->reading.model,
		&kept->reading.project, &kept->reading.service_tier };
	size_t n = 0;
	char *p;

	for (int i = 0; i < TEXTS; i++)
		n += from[i].n;
	if ((p = malloc(n + 1)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the calls of a log");
	kept->texts = p;
	for (int i = 0; i < TEXTS; i++) {
		if (from[i].n > 0)
			memcpy(p, from[i].p, from[i].n);
		*to[i] = (struct text){ p, from[i].n };
		p += from[i].n;
	}
	return 0;
}

static int
keep(struct kept *kept, const struct agent_call *call, struct err *err)
{
	kept->reading = call->reading;
	kept->line = call->line;
	kept->message = call->message.n == 0 ? 0 : hash_of(call->message) | 1;
	kept->side = call->side;
	kept->reading.parts = NULL;
	if (call->reading.parts != NULL) {
		memcpy(kept->parts, call->reading.parts, sizeof(kept->parts));
		kept->reading.parts = kept->parts;
	}
	return keep_texts(kept, &call->reading, err);
}

/* Of two records of one call: the larger counts, the earlier time; not those of a copy beside the call itself. */
static int
merge(struct kept *kept, const struct agent_call *call, struct err *err)
{
	bool larger = usage_total(&call->reading.usage) > usage_total(&kept->reading.usage);
	int64_t at_us = kept->reading.at_us, line = kept->line;
	struct kept old = *kept;

	if (kept->side == call->side ? !larger : call->side)
		return 0;
	if (keep(kept, call, err) != 0) {
		*kept = old;
		return -1;
	}
	free(old.texts);
	kept->line = line;
	if (kept->reading.at_us > at_us)
		kept->reading.at_us = at_us;
	return 0;
}

/* Hand over the first n; the others move up. */
static int
hand_over(struct agent_calls *calls, size_t n, struct err *err)
{
	const struct sink *sink = calls->sink;
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		struct usage_reading *reading = &calls->kept[i].reading;

		reading->requests = 1;
		reading->grows = true;
		reading->latency_ms = reading->ttft_ms = NOT_REPORTED;
		event_fill(reading, calls->options);
		if (reading->workload.n == 0)
			reading->workload = calls->agent;
		if (status == 0 && sink->usage != NULL)
			status = sink->usage(sink->ctx, (struct place){ .line = calls->kept[i].line }, reading, err);
		free(calls->kept[i].texts);
	}
	calls->n -= n;
	if (calls->n > 0)
		memmove(calls->kept, calls->kept + n, calls->n * sizeof(*calls->kept));
	for (size_t i = 0; i < calls->n; i++)
		if (calls->kept[i].reading.parts != NULL)
			calls->kept[i].reading.parts = calls->kept[i].parts;
	memset(calls->by_id, 0, calls->slots * sizeof(*calls->by_id));
	memset(calls->by_message, 0, calls->slots * sizeof(*calls->by_message));
	place_all(calls);
	return status;
}

int
agent_calls_add(struct agent_calls *calls, const struct agent_call *call, struct err *err)
{
	uint32_t *slot, *message = NULL;
	struct kept *kept;

	if (calls->n == AGENT_CALLS_MAX && hand_over(calls, calls->n / 2, err) != 0)
		return -1;
	if (2 * calls->n >= calls->slots && grow_slots(calls, err) != 0)
		return -1;
	slot = slot_of_id(calls, call->reading.id);
	if (*slot != 0)
		return merge(&calls->kept[*slot - 1], call, err);
	if (call->message.n > 0) {
		message = slot_of_message(calls, hash_of(call->message) | 1);
		if (*message != 0 && (call->side || calls->kept[*message - 1].side))
			return calls->kept[*message - 1].side && !call->side
				? merge(&calls->kept[*message - 1], call, err)
				: 0;
	}
	if (calls->n == calls->room) {
		size_t room = calls->room == 0 ? 64 : 2 * calls->room;
		struct kept *more = realloc(calls->kept, room * sizeof(*more));

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for the calls of a log");
		for (size_t i = 0; i < calls->n; i++)
			if (more[i].reading.parts != NULL)
				more[i].reading.parts = more[i].parts;
		calls->kept = more;
		calls->room = room;
	}
	kept = &calls->kept[calls->n];
	memset(kept, 0, sizeof(*kept));
	if (keep(kept, call, err) != 0)
		return -1;
	calls->n++;
	*slot = (uint32_t)calls->n;
	if (message != NULL && *message == 0)
		*message = (uint32_t)calls->n;
	return 0;
}

int
agent_calls_end(struct agent_calls *calls, struct err *err)
{
	return hand_over(calls, calls->n, err);
}

/* ---- small things */

struct text
agent_project(struct text path)
{
	size_t at;

	if (path.n == 0)
		return path;
	while (path.n > 0 && (path.p[path.n - 1] == '/' || path.p[path.n - 1] == '\\'))
		path.n--;
	for (at = path.n; at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != '\\'; at--)
		continue;
	return (struct text){ path.p + at, path.n - at };
}

int
agent_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, void *ctx, struct agent_calls *calls, struct err *err)
{
	if (listing_read(input, options, sink, shape, ctx, err) != 0)
		return -1;
	return agent_calls_end(calls, err);
}
