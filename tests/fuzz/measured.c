/*
 * measured_ask and what follows: the bytes are a row's fields between line ends. Promises: a prediction is a finite number
 * above 0 inside its band; a failure has a sentence.
 */
#include <math.h>
#include <string.h>

#include "daemon/base/embed.h"
#include "models/supply/accelerator.h"
#include "models/supply/estimate.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

static struct accelerator gpus[ACCELERATORS_MAX];
static struct transformer models[TRANSFORMERS_MAX];
static struct shelves shelves = { .models = models, .gpus = gpus };
static struct constants constants;

static struct text
file(const char *name)
{
	const struct embedded *found = embed_find(name);

	return (struct text){ (const char *)found->bytes, found->size };
}

static void
load(void)
{
	if (shelves.gpus_n > 0)
		return;
	promise(accelerator_parse(
			file("models/supply/accelerators.csv"), gpus, ACCELERATORS_MAX, &shelves.gpus_n, NULL) == 0 &&
			transformer_parse(file("models/supply/transformers.csv"), models, TRANSFORMERS_MAX,
				&shelves.models_n, NULL) == 0 &&
			constants_parse(file("models/supply/throughput_constants.csv"), &constants, NULL) == 0,
		"the tables can be read");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct measured row = { .source = { NULL, 0 } };
	struct text *const fields[] = { &row.model, &row.gpu, &row.precision, &row.gpus, &row.tp, &row.pp, &row.dp,
		&row.isl, &row.osl, &row.load, &row.metric, &row.unit, &row.engine, &row.date, &row.value, &row.notes };
	struct text rest = { (const char *)data, size };
	struct asked asked;
	struct estimate estimate;
	struct err err = { 0 };

	load();
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && rest.n > 0; i++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end == NULL ? rest.n : (size_t)(end - rest.p);

		*fields[i] = (struct text){ rest.p, n };
		rest.p += end == NULL ? n : n + 1;
		rest.n -= end == NULL ? n : n + 1;
	}
	if (measured_ask(&row, &shelves, &asked, &err) == 0 &&
		estimate_of(&asked, &constants, NULL, &estimate, &err) == 0)
		promise(estimate.value > 0 && isfinite(estimate.value) && estimate.low <= estimate.value &&
				estimate.value <= estimate.high,
			"a prediction lies in its band");
	else
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
	return 0;
}
