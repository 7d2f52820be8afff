#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "daemon/base/arena.h"
#include "daemon/serve/pushed_body.h"

static int __attribute__((format(printf, 3, 4)))
refuse(struct pushed_refusal *refusal, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
	refusal->status = status;
	return -1;
}

/* Inflate into *out (malloc'd; the caller frees): zlib's code. Stops soon after body_max. */
static int
inflate_body(z_stream *stream, size_t packed, size_t body_max, char **out)
{
	size_t room = 0;
	int code = Z_OK;

	while (code == Z_OK && stream->total_out <= body_max) {
		if (stream->total_out == room) {
			char *more = realloc(*out, room = room == 0 ? 4 * packed + 4096 : 2 * room);

			if (more == NULL)
				return Z_MEM_ERROR;
			*out = more;
		}
		stream->next_out = (Bytef *)*out + stream->total_out;
		stream->avail_out = (uInt)(room - stream->total_out);
		code = inflate(stream, Z_NO_FLUSH);
		if (code == Z_BUF_ERROR && stream->avail_in > 0)
			code = Z_OK;
	}
	return code;
}

/* Unpack a gzip body into the arena. */
static int
unpack(const struct exchange_request *request, size_t body_max, struct push_body *body, struct pushed_refusal *refusal)
{
	z_stream stream;
	char *out = NULL;
	int code, status = 0;

	memset(&stream, 0, sizeof(stream));
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return refuse(refusal, 500, "no memory to unpack the body");
	stream.next_in = (Bytef *)(uintptr_t)request->body;
	stream.avail_in = (uInt)request->size;
	code = inflate_body(&stream, request->size, body_max, &out);
	if (stream.total_out > body_max)
		status = refuse(
			refusal, 413, "the body is larger than %zu bytes unpacked, the most that is taken", body_max);
	else if (code != Z_STREAM_END)
		status = refuse(refusal, code == Z_MEM_ERROR ? 500 : 400, "%s",
			code == Z_MEM_ERROR ? "no memory to unpack the body"
					    : "the body is not in gzip form, or cut off");
	else
		*body = (struct push_body){ .bytes = arena_copy(request->arena, out, stream.total_out),
			.n = stream.total_out };
	inflateEnd(&stream);
	free(out);
	return status;
}

int
pushed_body(const struct exchange_request *request, const char *wanted, size_t body_max, struct push_body *body,
	struct pushed_refusal *refusal)
{
	const char *encoding = request->content_encoding;

	*body = (struct push_body){ .bytes = request->body, .n = request->size };
	if (encoding != NULL && strcasecmp(encoding, "gzip") == 0 && request->size > 0) {
		if (unpack(request, body_max, body, refusal) != 0)
			return -1;
	} else if (encoding != NULL && encoding[0] != '\0' && strcasecmp(encoding, "identity") != 0 &&
		request->size > 0) {
		return refuse(refusal, 415, "content encoding '%s': gzip or none is needed", encoding);
	}
	if (body->n == 0 && wanted != NULL)
		return refuse(refusal, 400, "the body is empty; %s", wanted);
	body->now_us = request->now_us;
	body->arena = request->arena;
	return 0;
}
