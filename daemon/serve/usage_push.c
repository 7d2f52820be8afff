#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/push.h"

#include "daemon/serve/pushed_body.h"
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
	struct pushed_refusal refusal;
	struct push_body body;
	struct waiting *waiting;
	struct parcel *parcel;

	if (push == NULL) {
		reply_error(request, reply, 503, "there is no ledger to write to");
		return;
	}
	if (pushed_body(request, "usage events are needed", body_max, &body, &refusal) != 0) {
		reply_error(request, reply, refusal.status, "%s", refusal.text);
		return;
	}
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
