/*
 * json_parse: the bytes are a document. Promises: a number's text is inside the document and is a number to
 * JSON's grammar, depth is bounded, and a document can be used again.
 */
#include <string.h>

#include "collectors/json.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

static void
walk(const struct json *json, int depth)
{
	promise(depth <= JSON_DEPTH_MAX, "depth is bounded");
	promise(json->line >= 1, "a value has a line");
	promise(json_type_name(json) != NULL, "a type has a name");
	if (json->type == JSON_NUMBER)
		promise(json->text.n > 0 &&
				(json->text.p[0] == '-' || (json->text.p[0] >= '0' && json->text.p[0] <= '9')),
			"a number begins as one");
	for (const struct json *child = json->first; child != NULL; child = child->next)
		walk(child, depth + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_doc *doc;
	struct err err = { 0 };
	char *bytes = malloc(size + 1);
	struct json *json;

	if (doc == NULL)
		doc = json_new();
	promise(doc != NULL && bytes != NULL, "there is memory");
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	json = json_parse(doc, bytes, size, &err);
	if (json != NULL)
		walk(json, 0);
	else
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
	free(bytes);
	return 0;
}
