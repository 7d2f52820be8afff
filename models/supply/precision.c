/*
 * What the names of engines and precisions mean.
 */
#include <ctype.h>
#include <math.h>

#include "models/supply/accelerator.h"
#include "models/supply/throughput.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

#define WORD_MAX 64
#define BYTES_OF_16 2

/* The letters and digits of a name in small letters. */
static void
fold(char word[WORD_MAX], struct text name)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n + 1 < WORD_MAX; i++)
		if (isalnum((unsigned char)name.p[i]))
			word[n++] = (char)tolower((unsigned char)name.p[i]);
	word[n] = '\0';
}

struct engine_row {
	const char *part, *name;
	enum engine engine;
};

static const struct engine_row engines[] = { { "vllm", "vLLM", ENGINE_VLLM }, { "sglang", "SGLang", ENGINE_SGLANG },
	{ "trtllm", "TensorRT-LLM", ENGINE_TRTLLM }, { "tensorrt", "TensorRT-LLM", ENGINE_TRTLLM },
	{ "llamacpp", "llama.cpp", ENGINE_LLAMACPP }, { "ollama", "llama.cpp", ENGINE_LLAMACPP } };

#define ENGINE_ROWS (sizeof(engines) / sizeof(engines[0]))

enum engine
engine_of(struct text name)
{
	char word[WORD_MAX];

	fold(word, name);
	for (size_t i = 0; i < ENGINE_ROWS; i++)
		if (strstr(word, engines[i].part) != NULL)
			return engines[i].engine;
	return ENGINE_ANY;
}

const char *
engine_name(enum engine engine)
{
	for (size_t i = 0; i < ENGINE_ROWS; i++)
		if (engines[i].engine == engine)
			return engines[i].name;
	return "any";
}

/*
 * From published comparisons of this kind of model with runs that it was not fitted on: what ran early in 2024 was
 * 1.3 to 1.4 times slower under vLLM on NVIDIA, some three times under vLLM on AMD, with errors up to twice that, and
 * AMD's builds of 2025 1.2 times in latency and 1.3 in throughput. Of the others only little is published: they are
 * taken to be somewhat slower, with a wide band.
 */
static const struct stack_row {
	const char *vendor;
	enum engine engine; /* ENGINE_ANY: all */
	double until;       /* the first row that still holds then counts */
	struct stack stack;
} stacks[] = {
	{ "AMD", ENGINE_VLLM, 2024.75, { 3, 0.5 } },
	{ "AMD", ENGINE_ANY, 2024.75, { 1.6, 0.5 } },
	{ "AMD", ENGINE_ANY, INFINITY, { 1.25, 0.25 } },
	{ "NVIDIA", ENGINE_VLLM, 2024.6, { 1.35, 0.3 } },
	{ "NVIDIA", ENGINE_LLAMACPP, INFINITY, { 1, 0.3 } },
	{ "NVIDIA", ENGINE_ANY, 2024.2, { 1.1, 0.25 } },
	{ "Intel", ENGINE_ANY, INFINITY, { 1.3, 0.4 } },
	{ "Google", ENGINE_ANY, INFINITY, { 1.3, 0.4 } },
	{ "AWS", ENGINE_ANY, INFINITY, { 1.5, 0.4 } },
	{ "Apple", ENGINE_ANY, INFINITY, { 1, 0.3 } },
};

struct stack
stack_of(enum engine engine, struct text vendor, double year)
{
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
		if (text_is(vendor, stacks[i].vendor) &&
			(stacks[i].engine == ENGINE_ANY || stacks[i].engine == engine) &&
			(isinf(stacks[i].until) || year < stacks[i].until))
			return stacks[i].stack;
	return (struct stack){ 1, engine == ENGINE_ANY ? 0.15 : 0 };
}

struct precision_row {
	const char *part; /* the first row whose part is in the name counts */
	double bytes;
	enum arithmetic math;
	bool weights_only; /* products run in 16 bit */
};

/* Bytes with the scales of their blocks; GGUF kinds with their mean bits. */
static const struct precision_row precisions[] = {
	{ "fp32", 4, ARITHMETIC_16, true },
	{ "w8a8int8", 1, ARITHMETIC_INT8, false },
	{ "w4a8", 0.53, ARITHMETIC_8, false },
	{ "w4a16", 0.53, ARITHMETIC_16, true },
	{ "w8a16", 1, ARITHMETIC_16, true },
	{ "nvfp4", 0.5625, ARITHMETIC_4, false },
	{ "mxfp4", 0.53125, ARITHMETIC_4, false },
	{ "fp4", 0.5625, ARITHMETIC_4, false },
	{ "fp8", 1, ARITHMETIC_8, false },
	{ "f8", 1, ARITHMETIC_8, false },
	{ "bf16", BYTES_OF_16, ARITHMETIC_16, false },
	{ "fp16", BYTES_OF_16, ARITHMETIC_16, false },
	{ "f16", BYTES_OF_16, ARITHMETIC_16, false },
	{ "float16", BYTES_OF_16, ARITHMETIC_16, false },
	{ "half", BYTES_OF_16, ARITHMETIC_16, false },
	{ "16bit", BYTES_OF_16, ARITHMETIC_16, false },
	{ "mixed", BYTES_OF_16, ARITHMETIC_16, false },
	{ "int8", 1, ARITHMETIC_INT8, false },
	{ "w8a8", 1, ARITHMETIC_8, false },
	{ "8bit", 1, ARITHMETIC_16, true },
	{ "int4", 0.53, ARITHMETIC_16, true },
	{ "awq", 0.53, ARITHMETIC_16, true },
	{ "gptq", 0.53, ARITHMETIC_16, true },
	{ "4bit", 0.55, ARITHMETIC_16, true },
	{ "q80", 1.0625, ARITHMETIC_16, true },
	{ "q8", 1.0625, ARITHMETIC_16, true },
	{ "q6", 0.82, ARITHMETIC_16, true },
	{ "q5", 0.71, ARITHMETIC_16, true },
	{ "q4", 0.61, ARITHMETIC_16, true },
	{ "q3", 0.48, ARITHMETIC_16, true },
	{ "q2", 0.37, ARITHMETIC_16, true },
};

#define PRECISION_ROWS (sizeof(precisions) / sizeof(precisions[0]))

static const struct precision_row *
find_row(const char *word)
{
	for (size_t i = 0; i < PRECISION_ROWS; i++)
		if (strstr(word, precisions[i].part) != NULL)
			return &precisions[i];
	return NULL;
}

/* The arithmetic of a kind on this GPU: what it lacks is computed in 16 bit. */
static enum arithmetic
arithmetic_on(const struct precision_row *row, const struct accelerator *gpu)
{
	if (row->weights_only || (row->math == ARITHMETIC_8 && isnan(gpu->fp8)) ||
		(row->math == ARITHMETIC_INT8 && isnan(gpu->int8)))
		return ARITHMETIC_16;
	if (row->math == ARITHMETIC_4 && isnan(gpu->fp4))
		return ARITHMETIC_16;
	return row->math;
}

/* Checkpoints at 4 bit of these keep all but the experts at more. */
static bool
experts_only(const struct transformer *model)
{
	return model->experts > 0 && (model->attention == ATTENTION_LATENT || text_is(model->native, "mxfp4"));
}

int
precision_of(struct precision *precision, struct text name, const struct transformer *model,
	const struct accelerator *gpu, struct err *err)
{
	char word[WORD_MAX], shown[TEXT_SHOWN + 16];
	const struct precision_row *row;

	fold(word, name);
	if (word[0] == '\0' || strcmp(word, "unknown") == 0 || strcmp(word, "auto") == 0)
		fold(word, model->native.n > 0 ? model->native : text_of("bf16"));
	row = find_row(word);
	/* What is published with experts in 4 bit is run so; a wider name tells of activations and cache. */
	if (row != NULL && row->bytes > 0.9 && row->bytes < BYTES_OF_16 && text_is(model->native, "mxfp4"))
		row = find_row("mxfp4");
	if (row == NULL)
		return err_set(err, ERR_INPUT,
			"precision '%s' is not known; known are bf16, fp16, fp8, fp4, nvfp4, mxfp4, int8, int4, awq, gptq, q8_0, q4_k_m",
			text_shown(name, shown, sizeof(shown)));
	*precision = (struct precision){ row->bytes, row->bytes, row->math == ARITHMETIC_16 ? BYTES_OF_16 : 1,
		arithmetic_on(row, gpu), arithmetic_on(row, gpu) };
	if (row->bytes < 0.9 && experts_only(model)) {
		bool wide = text_is(model->native, "mxfp4") || text_is(model->native, "int4");

		precision->linear = wide ? BYTES_OF_16 : 1;
		precision->linear_math = wide || isnan(gpu->fp8) ? ARITHMETIC_16 : ARITHMETIC_8;
	}
	return 0;
}
