#include "collectors/reply.h"

#include <stdio.h>
#include <stdlib.h>

#include "collectors/input.h"
#include "collectors/usage_object.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define SAID_MAX 300

/* The first of these members that is a text. */
static struct text
first_text(const struct json *object, const char *const *names)
{
	for (; *names != NULL; names++) {
		struct text text = json_text(object, *names);

		if (text.n > 0)
			return text;
	}
	return (struct text){ NULL, 0 };
}

const char *
reply_said(const struct json *root, char *buffer, size_t size)
{
	static const char *const messages[] = { "message", "msg", "detail", "error_description", "error", NULL };
	static const char *const codes[] = { "code", "type", "status", NULL };
	const struct json *error = json_value(root, "error");
	const struct json *object = error != NULL && error->type == JSON_OBJECT ? error : root;
	struct text said = first_text(object, messages), code = first_text(object, codes);
	char shown[SAID_MAX], code_shown[TEXT_SHOWN];

	buffer[0] = '\0';
	if (said.n == 0 && (object == root || code.n == 0))
		return buffer;
	text_shown(said.n > 0 ? said : code, shown, sizeof(shown));
	if (said.n > 0 && code.n > 0 && object != root)
		snprintf(buffer, size, "%s (%s)", shown, text_shown(code, code_shown, sizeof(code_shown)));
	else
		snprintf(buffer, size, "%s", shown);
	return buffer;
}

/* Whether the document is an error and no answer. */
static bool
is_error(const struct json *root)
{
	const struct json *error = json_value(root, "error"), *success = json_value(root, "success");

	if (error != NULL && (error->type == JSON_OBJECT || error->type == JSON_STRING))
		return json_value(root, "data") == NULL && json_value(root, "results") == NULL;
	return success != NULL && success->type == JSON_FALSE;
}

int
reply_open(struct reply *reply, struct input *input, struct err *err)
{
	char said[SAID_MAX + TEXT_SHOWN];
	size_t n = 0;

	*reply = (struct reply){ .doc = json_new() };
	if (reply->doc == NULL)
		return err_set(err, ERR_OUTSIDE, "%s: no memory for JSON", input->name);
	reply->bytes = input_whole(input, &n, err);
	if (reply->bytes == NULL)
		return -1;
	reply->root = json_parse(reply->doc, reply->bytes, n, err);
	if (reply->root == NULL)
		return err_in(err, "%s", input->name);
	if (!is_error(reply->root))
		return 0;
	reply_said(reply->root, said, sizeof(said));
	return err_set(err, ERR_INPUT, "%s: the source answered with an error%s%s", input->name,
		said[0] == '\0' ? "" : ": ", said);
}

void
reply_close(struct reply *reply)
{
	free(reply->bytes);
	json_free(reply->doc);
	*reply = (struct reply){ NULL, NULL, NULL };
}

int
reply_next(const struct json *root, const struct sink *sink, struct err *err)
{
	const struct json *more = json_value(root, "has_more");
	struct text next = json_text(root, "next_page");

	if (next.n > 0)
		return sink->page == NULL ? 0 : sink->page(sink->ctx, next, err);
	if (more != NULL && more->type == JSON_TRUE)
		return err_set(err, ERR_INPUT, "has_more is true, but there is no next_page to ask for");
	return 0;
}

int
reply_instant(const struct json *object, const char *name, int64_t *at_us, struct err *err)
{
	const struct json *json = json_value(object, name);
	char shown[TEXT_SHOWN];

	if (json == NULL)
		return err_set(err, ERR_INPUT, "%s is missing", name);
	if (json->type != JSON_NUMBER && json->type != JSON_STRING)
		return err_set(err, ERR_INPUT, "%s is %s, not an instant", name, json_type_name(json));
	if (time_parse(json->text.p, json->text.n, at_us, NULL) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "%s: '%s' is neither an RFC 3339 time nor Unix seconds", name,
		text_shown(json->text, shown, sizeof(shown)));
}

int
reply_count(const struct json *object, const char *name, int64_t *count, bool *has, struct err *err)
{
	const struct json *json = json_value(object, name);

	*count = 0;
	*has = json != NULL;
	return json == NULL ? 0 : json_count(json, name, count, err);
}
