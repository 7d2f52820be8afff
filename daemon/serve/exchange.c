#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "daemon/base/arena.h"
#include "models/units/err.h"

#include "daemon/serve/exchange.h"

/* Below this a reply fits one packet either way. */
#define GZIP_WORTH 1024

/* Replies are made once and read once: a quick level costs a third of the default one. */
#define GZIP_LEVEL_REPLY 2

static size_t
json_escape(char *out, const char *text)
{
	char *p = out;

	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\') {
			*p++ = '\\';
			*p++ = (char)*c;
		} else if (*c < 0x20) {
			p += sprintf(p, "\\u%04x", *c);
		} else {
			*p++ = (char)*c;
		}
	}
	*p = '\0';
	return (size_t)(p - out);
}

/* Bytes that are no UTF-8 (they can come from a request's own parameters) become '?'. */
static void
utf8_mend(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p != '\0') {
		int more = *p < 0x80              ? 0
			: *p >= 0xc2 && *p < 0xe0 ? 1
			: (*p & 0xf0) == 0xe0     ? 2
			: *p >= 0xf0 && *p < 0xf5 ? 3
						  : -1;
		int good = more >= 0;

		for (int i = 1; good && i <= more; i++)
			good = (p[i] & 0xc0) == 0x80;
		if (good &&
			((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
				(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
			good = 0;
		if (good) {
			p += more + 1;
		} else {
			*p++ = '?';
		}
	}
}

void
reply_error(const struct exchange_request *request, struct exchange_reply *reply, int status, const char *format, ...)
{
	char text[1100];
	char *body;
	size_t n;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	utf8_mend(text);
	body = arena_take(request->arena, 6 * strlen(text) + 32);
	n = (size_t)sprintf(body, "{\"error\":\"");
	n += json_escape(body + n, text);
	n += (size_t)sprintf(body + n, "\"}\n");
	memset(reply, 0, sizeof(*reply));
	reply->status = status;
	reply->type = "application/json";
	reply->body = body;
	reply->size = n;
}

void
reply_err(const struct exchange_request *request, struct exchange_reply *reply, const struct err *err)
{
	reply_error(request, reply, err_http(err), "%s", err->text);
}

void
reply_body(struct exchange_reply *reply, const char *type, const char *body, size_t size)
{
	memset(reply, 0, sizeof(*reply));
	reply->status = 200;
	reply->type = type;
	reply->body = body;
	reply->size = size;
	reply->cache = "no-cache";
}

/* FNV-1a, eight bytes a step: tells versions of a reply apart. */
static uint64_t
content_hash(const char *bytes, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ size;
	uint64_t word;

	for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
	}
	for (; size > 0; bytes++, size--)
		hash = (hash ^ (unsigned char)*bytes) * UINT64_C(0x100000001b3);
	return hash;
}

bool
accepts_gzip(const char *header)
{
	const char *p = header;

	while (p != NULL && *p != '\0') {
		const char *end = strchrnul(p, ',');
		size_t name;

		p += strspn(p, " \t");
		name = strcspn(p, " \t;,");
		if ((name == 4 && strncasecmp(p, "gzip", 4) == 0) || (name == 1 && *p == '*')) {
			const char *semicolon = memchr(p, ';', (size_t)(end - p));
			double weight = 1;

			if (semicolon != NULL)
				sscanf(semicolon, "; q=%lf", &weight);
			return weight > 0;
		}
		p = *end == ',' ? end + 1 : end;
	}
	return false;
}

char *
gzip_bytes(struct arena *arena, const char *bytes, size_t size, int level, size_t *compressed)
{
	z_stream stream;
	char *out;
	int rc;

	memset(&stream, 0, sizeof(stream));
	if (size > UINT32_MAX || deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	out = arena_take(arena, size);
	stream.next_in = (Bytef *)(uintptr_t)bytes;
	stream.avail_in = (uInt)size;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (uInt)size;
	rc = deflate(&stream, Z_FINISH);
	*compressed = stream.total_out;
	deflateEnd(&stream);
	return rc == Z_STREAM_END ? out : NULL;
}

/* Whether one of the tags of an If-None-Match header is ours; weak and strong compare alike here. */
static bool
tag_matches(const char *header, const char *etag)
{
	size_t n = strlen(etag);

	for (const char *p = header; (p = strstr(p, etag)) != NULL; p++)
		if (p > header && p[-1] == '"' && p[n] == '"')
			return true;
	return strcmp(header, "*") == 0;
}

static bool
is_text(const char *type)
{
	return strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0 ||
		strstr(type, "svg") != NULL;
}

void
reply_finish(const struct exchange_request *request, struct exchange_reply *reply)
{
	if (reply->status == 200 && reply->cache != NULL && reply->etag == NULL)
		reply->etag = arena_format(
			request->arena, "%016llx", (unsigned long long)content_hash(reply->body, reply->size));
	if (reply->status == 200 && reply->etag != NULL && request->if_none_match != NULL &&
		tag_matches(request->if_none_match, reply->etag)) {
		reply->status = 304;
		reply->body = NULL;
		reply->size = 0;
		return;
	}
	if (reply->encoding == NULL && reply->size >= GZIP_WORTH && is_text(reply->type)) {
		reply->varies = true;
		if (accepts_gzip(request->accept_encoding)) {
			size_t size;
			char *smaller = gzip_bytes(request->arena, reply->body, reply->size, GZIP_LEVEL_REPLY, &size);

			if (smaller != NULL) {
				reply->body = smaller;
				reply->size = size;
				reply->encoding = "gzip";
			}
		}
	}
}
