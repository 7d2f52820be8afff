/*
 * reply: what the parsers of JSON replies share: a document read whole, what a source says instead of an answer,
 * and the members that tell of a next page.
 */
#ifndef COLLECTORS_REPLY_H
#define COLLECTORS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/json.h"
#include "models/units/text.h"

struct err;

struct reply {
	struct json_doc *doc;
	char *bytes;
	const struct json *root;
};

/*
 * Read and parse the whole input. A reply that is an error of the source's ({"error": {"message": ...}}, {"error":
 * "..."}, {"success": false, "msg": ...}) is ERR_INPUT with what the source said. reply_close in either case.
 */
int reply_open(struct reply *reply, struct input *input, struct err *err);
void reply_close(struct reply *reply);

/*
 * What a source says went wrong, from any JSON it may have sent: its message and code in buffer, "" where it says
 * nothing. bytes are changed. For replies with a status that is an error, too.
 */
const char *reply_said(const struct json *root, char *buffer, size_t size);

/* Tell the sink of the next page, where `has_more` or `next_page` of the root says that there is one. */
int reply_next(const struct json *root, const struct sink *sink, struct err *err);

/* An instant in a member: Unix seconds, or RFC 3339 in a string. ERR_INPUT names the member and the value. */
int reply_instant(const struct json *object, const char *name, int64_t *at_us, struct err *err);

/* A count in a member: 0 and *has = false where it is missing or null. */
int reply_count(const struct json *object, const char *name, int64_t *count, bool *has, struct err *err);

#endif
