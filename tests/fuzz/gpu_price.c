/*
 * gpu_price_parse. Promise: rows keep the bounds of gpu_price.h and each is found by its own name.
 */
#include "models/supply/gpu_price.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gpu_price rows[32];
	struct err err = { 0 };
	size_t n;

	if (gpu_price_parse((struct text){ (const char *)data, size }, rows, 32, &n, &err) != 0) {
		promise(err.text[0] != '\0' && err.kind == ERR_INPUT, "a failure has a sentence");
		return 0;
	}
	promise(n <= 32, "rows fit");
	for (size_t i = 0; i < n; i++) {
		struct gpu_price_wanted own = { rows[i].gpu, rows[i].provider, rows[i].rental };

		promise(rows[i].low_nano > 0 && rows[i].low_nano <= rows[i].median_nano, "quartiles rise");
		promise(rows[i].median_nano <= rows[i].high_nano, "quartiles rise");
		promise(rows[i].providers > 0 && rows[i].providers <= rows[i].quotes, "quotes are of providers");
		gpu_price_find(rows, n, &own);
		gpu_price_age_days(&rows[i], INT64_MAX);
	}
	return 0;
}
