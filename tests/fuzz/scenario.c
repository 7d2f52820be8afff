/*
 * scenario_parse: the bytes are a what-if in JSON. Reaches daemon/report/scenario.c and cJSON.
 */
#include "daemon/report/scenario.h"
#include "models/compare/scenario.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scenario scenario;
	struct err err = { 0 };

	if (scenario_parse(&scenario, "fuzz", (const char *)data, size, &err) != 0)
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
	return 0;
}
