/*
 * model_config_read: the bytes are a config.json. Promises: a model that is read has a positive number of parameters
 * and no cache below 0; a failure has a sentence.
 */
#include <math.h>
#include <string.h>

#include "collectors/model_config.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transformer model;
	struct err err = { 0 };
	char *bytes = malloc(size + 1);

	promise(bytes != NULL, "there is memory");
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	if (model_config_read(bytes, size, text_of("it"), &model, &err) == 0) {
		promise(model.parameters > 0 && isfinite(model.parameters), "there are parameters");
		promise(model.kv_elements >= 0 && model.kv_full <= model.kv_elements, "the cache is not below 0");
	} else
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
	free(bytes);
	return 0;
}
