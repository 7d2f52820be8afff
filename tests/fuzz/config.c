/*
 * config_read: the bytes are a settings file. Promise: what fails leaves the settings as they were.
 */
#include <string.h>

#include "daemon/base/config.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings, before;
	struct err err = { 0 };

	settings_default(&settings);
	before = settings;
	if (config_read(&settings, "fuzz", (const char *)data, size, &err) != 0) {
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
		promise(memcmp(&settings, &before, sizeof(settings)) == 0, "a failure leaves the settings");
	}
	return 0;
}
