/*
 * sse: see sse.h.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/sse.h"

void
sse_begin(struct sse *sse)
{
	char *data = sse->data;
	size_t room = sse->room;

	*sse = (struct sse){ .data = data, .room = room };
}

void
sse_free(struct sse *sse)
{
	free(sse->data);
	*sse = (struct sse){ .data = NULL };
}

static int
append(struct sse *sse, char byte)
{
	if (sse->n + 1 >= sse->room) {
		size_t room = sse->room == 0 ? 1024 : sse->room * 2;
		char *data = room > SSE_MAX ? NULL : realloc(sse->data, room);

		if (data == NULL) {
			sse->too_long = true;
			return -1;
		}
		sse->data = data;
		sse->room = room;
	}
	sse->data[sse->n++] = byte;
	return 0;
}

/* The line is over: an empty one ends the event. */
static int
end_line(struct sse *sse, sse_event *event, void *ctx)
{
	if (sse->column == 0) {
		if (sse->any && append(sse, '\0') == 0)
			event(ctx, sse->data, sse->n - 1);
		sse->n = 0;
		sse->any = false;
	} else if (!sse->in_data && sse->column == 4 && memcmp(sse->field, "data", 4) == 0) {
		/* A field without a colon has an empty value. */
		if (sse->any && append(sse, '\n') != 0)
			return -1;
		sse->any = true;
	}
	sse->column = 0;
	sse->in_data = false;
	return sse->too_long ? -1 : 0;
}

static int
take(struct sse *sse, char byte)
{
	size_t at = sse->column++;

	if (sse->in_data) {
		/* One blank behind the colon does not count. */
		return at == 5 && byte == ' ' ? 0 : append(sse, byte);
	}
	if (at < 4)
		sse->field[at] = byte;
	if (at == 4 && byte == ':' && memcmp(sse->field, "data", 4) == 0) {
		sse->in_data = true;
		if (sse->any && append(sse, '\n') != 0)
			return -1;
		sse->any = true;
	}
	return 0;
}

int
sse_feed(struct sse *sse, const char *bytes, size_t n, sse_event *event, void *ctx)
{
	for (size_t i = 0; i < n && !sse->too_long; i++) {
		bool skip = sse->after_return && bytes[i] == '\n';

		sse->after_return = bytes[i] == '\r';
		if (skip)
			continue;
		if (bytes[i] == '\n' || bytes[i] == '\r')
			(void)end_line(sse, event, ctx);
		else
			(void)take(sse, bytes[i]);
	}
	return sse->too_long ? -1 : 0;
}
