/*
 * usage_object_read: the bytes are a provider's usage object, read as each flavour and as its shape suggests.
 * Promise: what was read passes quantities_check.
 */
#include <string.h>

#include "collectors/json.h"
#include "collectors/usage_object.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

static void
read_as(const struct json *json, const char *provider, const char *api)
{
	struct usage_about about = { text_of(provider), text_of("model"), text_of(api) };
	struct usage_object object;
	struct err err = { 0 };

	if (usage_object_read(json, &about, &object, &err) == 0)
		promise(quantities_check(&object.quantities, &err) == 0, "quantities keep their bounds");
	else
		promise(err.text[0] != '\0' && err.kind == ERR_INPUT, "a failure has a sentence");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const providers[] = { "", "openai", "anthropic", "google", "x-ai", "perplexity", "aws" };
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
	for (int i = 0; json != NULL && i < USAGE_APIS; i++)
		read_as(json, "openai", usage_api_names[i]);
	for (size_t i = 0; json != NULL && i < sizeof(providers) / sizeof(providers[0]); i++)
		read_as(json, providers[i], "");
	free(bytes);
	return 0;
}
