#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/body.h"

/* A body that goes on past its limit is read and dropped up to this many times the limit, then cut off. */
#define OVERRUN 8

#define FIRST_ROOM ((size_t)4 << 10)

bool
bodies_fit(const struct bodies *bodies, size_t size)
{
	return atomic_load(&bodies->held) + size <= bodies->max;
}

static bool
reserve(struct bodies *bodies, size_t more)
{
	if (atomic_fetch_add(&bodies->held, more) + more <= bodies->max)
		return true;
	atomic_fetch_sub(&bodies->held, more);
	return false;
}

static void
forget(struct bodies *bodies, struct body *body)
{
	atomic_fetch_sub(&bodies->held, body->room);
	free(body->bytes);
	body->bytes = NULL;
	body->room = 0;
}

/* Room for n more and a NUL. */
static bool
grow(struct bodies *bodies, struct body *body, size_t n)
{
	size_t room = body->room == 0 ? FIRST_ROOM : body->room;
	char *larger;

	if (body->size + n + 1 <= body->room)
		return true;
	while (room < body->size + n + 1)
		room *= 2;
	if (!reserve(bodies, room - body->room))
		return false;
	larger = realloc(body->bytes, room);
	if (larger == NULL) {
		atomic_fetch_sub(&bodies->held, room - body->room);
		return false;
	}
	body->bytes = larger;
	body->room = room;
	return true;
}

static void
write_out(struct body *body, const char *bytes, size_t n)
{
	errno = 0;
	if (body->failed == 0 && fwrite(bytes, 1, n, body->file) != n)
		body->failed = errno == 0 ? EIO : errno;
	body->size += n;
}

int
body_take(struct bodies *bodies, struct body *body, const char *bytes, size_t n)
{
	body->too_large = body->too_large || body->size + n > body->size_max;
	if (!body->too_large && !body->crowded && body->file == NULL && !grow(bodies, body, n)) {
		forget(bodies, body);
		body->crowded = true;
	}
	if (body->too_large || body->crowded) {
		body->dropped += n;
		return body->dropped > OVERRUN * body->size_max ? -1 : 0;
	}
	if (body->file != NULL) {
		write_out(body, bytes, n);
		return 0;
	}
	memcpy(body->bytes + body->size, bytes, n);
	body->size += n;
	body->bytes[body->size] = '\0';
	return 0;
}

void
body_end(struct body *body)
{
	if (body->file != NULL && body->failed == 0 && fflush(body->file) != 0)
		body->failed = errno;
}

void
body_drop(struct bodies *bodies, struct body *body)
{
	forget(bodies, body);
	if (body->file != NULL)
		fclose(body->file);
	body->file = NULL;
}
