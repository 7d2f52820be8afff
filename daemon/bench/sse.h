/*
 * sse: server-sent events taken apart as they come, cut wherever the transport cut them.
 *
 * Lines end LF, CRLF or CR; an event ends at an empty line; only its data counts, several data lines are joined
 * by a line end; comments and other fields are passed over. An event that is never ended does not count.
 */
#ifndef BENCH_SSE_H
#define BENCH_SSE_H

#include <stdbool.h>
#include <stddef.h>

#define SSE_MAX (1u << 20) /* bytes of one event; a longer one is an error */

struct sse {
	char *data; /* of the event under way */
	size_t n, room;
	char field[8]; /* beginning of the line under way, as far as it tells the field */
	size_t column; /* bytes of the line so far */
	bool in_data, any, after_return, too_long;
};

/* Called with each whole event's data, NUL behind it, borrowed. */
typedef void sse_event(void *ctx, const char *data, size_t n);

void sse_begin(struct sse *sse); /* also before it is used again; keeps its memory */
void sse_free(struct sse *sse);

/* Returns 0, or -1 when an event is longer than SSE_MAX or there is no memory; nothing is told from then on. */
int sse_feed(struct sse *sse, const char *bytes, size_t n, sse_event *event, void *ctx);

#endif
