#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/otlp.h"
#include "daemon/base/arena.h"
#include "daemon/ingest/otlp_answer.h"

#define MESSAGE 400 /* bytes of a message */

/* A text as JSON writes it, in the arena. */
static const char *
json_text(struct arena *arena, const char *sentence)
{
	struct text text = text_of(sentence);
	char *copy = arena_take(arena, 2 * text.n + 3), *to = copy;

	*to++ = '"';
	for (size_t letter; text.n > 0; text.p += letter, text.n -= letter) {
		letter = text_control(text) ? 0 : text_letter(text);
		if (letter == 0)
			*to++ = '?';
		else if (text.p[0] == '"' || text.p[0] == '\\')
			*to++ = '\\', *to++ = text.p[0];
		else
			memcpy(to, text.p, letter), to += letter;
		letter = letter == 0 ? 1 : letter;
	}
	*to = '"';
	return copy;
}

const char *
otlp_answer_taken(struct arena *arena, bool protobuf, enum push_form form, const struct push_result *result, size_t *n)
{
	static const char *const rejected_names[] = { [PUSH_METRICS] = "rejectedDataPoints",
		[PUSH_TRACES] = "rejectedSpans",
		[PUSH_LOGS] = "rejectedLogRecords" };
	int64_t rejected = result->refused + result->conflicting;
	char message[MESSAGE], *packed;
	const char *body;

	message[0] = '\0';
	if (result->refused > 0)
		snprintf(message, sizeof(message), "item %" PRId64 ": %s%s", result->first_refused->row,
			result->first_refused->reason, rejected > 1 ? "; and others" : "");
	else if (result->conflicting > 0)
		snprintf(message, sizeof(message),
			"the same series, start and time came before with another value, which was not changed");
	if (protobuf) {
		packed = arena_take(arena, MESSAGE + 64);
		*n = otlp_reply(packed, MESSAGE + 64, rejected, text_of(message));
		return packed;
	}
	body = rejected == 0 ? "{}"
			     : arena_format(arena, "{\"partialSuccess\":{\"%s\":\"%" PRId64 "\",\"errorMessage\":%s}}",
				       rejected_names[form], rejected, json_text(arena, message));
	*n = strlen(body);
	return body;
}

const char *
otlp_answer_failure(struct arena *arena, bool protobuf, int code, const char *sentence, size_t *n)
{
	size_t room = strlen(sentence) + 64;
	char *packed;
	const char *body;

	if (protobuf) {
		packed = arena_take(arena, room);
		*n = otlp_failure(packed, room, code, text_of(sentence));
		return packed;
	}
	body = arena_format(arena, "{\"code\":%d,\"message\":%s}", code, json_text(arena, sentence));
	*n = strlen(body);
	return body;
}
