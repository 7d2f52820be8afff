#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/push.h"

#include "daemon/serve/usage_push.h"

#define RETRY_S 1

/* What is waited for, between the two halves of an exchange. */
struct waiting {
	struct push *push;
	struct parcel *parcel;
};

/* ---- content types */

static bool
is_type(const char *type, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(type, name, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/*
 * A page of another site can send the second kind without the browser asking first, so that they are taken from
 * programs only. Programs often name no type, or what their library names by itself.
 */
int
usage_push_type(const struct exchange_request *request, struct exchange_reply *reply)
{
	static const char *const json[] = { "application/json", "application/x-ndjson", "application/ndjson",
		"application/jsonl", "application/jsonlines", "application/x-jsonlines", "application/json-lines" };
	static const char *const plain[] = { "text/plain", "application/octet-stream",
		"application/x-www-form-urlencoded" };
	const char *type = request->content_type;
	bool browser = request->origin != NULL || request->fetch_site != NULL;

	for (size_t i = 0; type != NULL && i < sizeof(json) / sizeof(json[0]); i++)
		if (is_type(type, json[i]))
			return 0;
	if (!browser && type == NULL)
		return 0;
	for (size_t i = 0; !browser && i < sizeof(plain) / sizeof(plain[0]); i++)
		if (is_type(type, plain[i]))
			return 0;
	reply_error(request, reply, 415,
		"content type '%s': application/json (an event or an array) or application/x-ndjson (an event a line) "
		"is needed",
		type == NULL ? "" : type);
	return -1;
}

/* ---- packed bodies */

/* Unpack a gzip body into the arena: 0, or -1 and *reply. */
static int
unpack(const struct exchange_request *request, struct push_body *body, size_t body_max, struct exchange_reply *reply)
{
	z_stream stream;
	char *out = NULL;
	size_t room = 0;
	int code = Z_OK;

	memset(&stream, 0, sizeof(stream));
	if (inflateInit2(&stream, 15 + 16) != Z_OK) {
		reply_error(request, reply, 500, "no memory to unpack the body");
		return -1;
	}
	stream.next_in = (Bytef *)(uintptr_t)request->body;
	stream.avail_in = (uInt)request->size;
	while (code == Z_OK && stream.total_out <= body_max) {
		if (stream.total_out == room) {
			char *more = realloc(out, room = room == 0 ? 4 * request->size + 4096 : 2 * room);

			if (more == NULL) {
				code = Z_MEM_ERROR;
				break;
			}
			out = more;
		}
		stream.next_out = (Bytef *)out + stream.total_out;
		stream.avail_out = (uInt)(room - stream.total_out);
		code = inflate(&stream, Z_NO_FLUSH);
		if (code == Z_BUF_ERROR && stream.avail_in > 0)
			code = Z_OK;
	}
	if (stream.total_out > body_max)
		reply_error(request, reply, 413, "the body is larger than %zu bytes unpacked, the most that is taken",
			body_max);
	else if (code != Z_STREAM_END)
		reply_error(
			request, reply, code == Z_MEM_ERROR ? 500 : 400, "the body is not in gzip form, or cut off");
	else
		*body = (struct push_body){ .bytes = arena_copy(request->arena, out, stream.total_out),
			.n = stream.total_out };
	code = stream.total_out > body_max || code != Z_STREAM_END ? -1 : 0;
	inflateEnd(&stream);
	free(out);
	return code;
}

static int
take_body(const struct exchange_request *request, struct push_body *body, size_t body_max, struct exchange_reply *reply)
{
	const char *encoding = request->content_encoding;

	*body = (struct push_body){ .bytes = request->body, .n = request->size };
	if (request->size == 0) {
		reply_error(request, reply, 400, "the body is empty; usage events are needed");
		return -1;
	}
	if (encoding != NULL && strcasecmp(encoding, "gzip") == 0) {
		if (unpack(request, body, body_max, reply) != 0)
			return -1;
	} else if (encoding != NULL && encoding[0] != '\0' && strcasecmp(encoding, "identity") != 0) {
		reply_error(request, reply, 415, "content encoding '%s': gzip or none is needed", encoding);
		return -1;
	}
	if (body->n == 0) {
		reply_error(request, reply, 400, "the body is empty; usage events are needed");
		return -1;
	}
	body->now_us = request->now_us;
	body->arena = request->arena;
	return 0;
}

/* ---- replies */

static void
put_string(FILE *out, struct text text)
{
	putc('"', out);
	while (text.n > 0) {
		unsigned char c = (unsigned char)text.p[0];
		size_t letter = text_letter(text);

		if (letter == 0)
			putc('?', out); /* bytes that are no UTF-8 */
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text.p, 1, letter, out);
		text.p += letter == 0 ? 1 : letter;
		text.n -= letter == 0 ? 1 : letter;
	}
	putc('"', out);
}

static void
put_result(FILE *out, const struct push_result *result, const char *error)
{
	putc('{', out);
	if (error != NULL) {
		fputs("\"error\":", out);
		put_string(out, text_of(error));
		putc(',', out);
	}
	fprintf(out, "\"taken\":%" PRId64 ",\"repeated\":%" PRId64 ",\"conflicting\":[", result->taken,
		result->repeated);
	for (const struct push_key *key = result->conflicts; key != NULL; key = key->next) {
		put_string(out, key->id);
		if (key->next != NULL)
			putc(',', out);
	}
	fputs("],\"refused\":[", out);
	for (const struct push_refused *row = result->first_refused; row != NULL; row = row->next) {
		fprintf(out, "{\"row\":%" PRId64 ",\"reason\":", row->row);
		put_string(out, text_of(row->reason));
		fputs(row->next == NULL ? "}" : "},", out);
	}
	fputs("]}\n", out);
}

static void
reply_result(const struct exchange_request *request, const struct push_result *result, int status, const char *error,
	struct exchange_reply *reply)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);

	if (out == NULL)
		abort();
	put_result(out, result, error);
	fclose(out);
	reply_body(reply, "application/json", arena_copy(request->arena, bytes, size), size);
	free(bytes);
	reply->status = status;
	reply->cache = NULL;
}

static void
reply_outcome(const struct exchange_request *request, const struct push_result *result, struct exchange_reply *reply)
{
	char sentence[160];

	switch (result->outcome) {
	case PUSH_TAKEN:
		reply_result(request, result, 200, NULL, reply);
		return;
	case PUSH_CONFLICT:
		snprintf(sentence, sizeof(sentence),
			"%" PRId64
			" of the keys stand in the ledger with other content, which was not changed; what else was "
			"understood was taken",
			result->conflicting);
		reply_result(request, result, 409, sentence, reply);
		return;
	case PUSH_REFUSED:
		reply_result(request, result, 400, result->err.text, reply);
		return;
	case PUSH_UNREADABLE:
		reply_error(request, reply, 400, "%s", result->err.text);
		return;
	case PUSH_TOO_MANY:
		reply_error(request, reply, 413, "%s", result->err.text);
		return;
	case PUSH_FULL:
		break;
	case PUSH_FAILED:
		if (result->err.kind == ERR_BUSY)
			break;
		reply_err(request, reply, &result->err);
		return;
	}
	reply_error(request, reply, 503, "%s", result->err.text);
	reply->retry_after_s = RETRY_S;
}

static void
start(void *job, void (*wake)(void *ctx), void *ctx)
{
	struct waiting *waiting = job;

	push_send(waiting->push, waiting->parcel, wake, ctx);
}

static void
finish(void *job, const struct exchange_request *request, struct exchange_reply *reply)
{
	struct waiting *waiting = job;

	reply_outcome(request, parcel_result(waiting->parcel), reply);
	reply_finish(request, reply);
}

void
usage_push(struct push *push, const struct exchange_request *request, struct exchange_reply *reply, size_t body_max)
{
	struct push_body body;
	struct waiting *waiting;
	struct parcel *parcel;

	if (push == NULL) {
		reply_error(request, reply, 503, "there is no ledger to write to");
		return;
	}
	if (take_body(request, &body, body_max, reply) != 0)
		return;
	parcel = parcel_read(push, &body);
	if (!parcel_waits(parcel)) {
		reply_outcome(request, parcel_result(parcel), reply);
		return;
	}
	waiting = arena_take(request->arena, sizeof(*waiting));
	*waiting = (struct waiting){ push, parcel };
	memset(reply, 0, sizeof(*reply));
	reply->later = (struct exchange_later){ .start = start, .finish = finish, .job = waiting };
}
