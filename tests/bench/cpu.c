/*
 * bench cpu: the microbenchmark against this machine's read bandwidth, and against llama.cpp on the same shape,
 * precision and threads in the same run, where the npm package with its libraries could be had.
 *
 * Repetitions of both are interleaved and each ratio is formed inside a pair: a few of whole prompts, and many of a few
 * tokens each behind the last of them, since what disturbs one pair is over before the next. llama.cpp's functions are
 * declared here as far as they are called: its parameter structs are taken from its own defaults and only the
 * first of the context's fields, the context's length, is set.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bench/decoder.h"
#include "daemon/bench/team.h"
#include "models/units/err.h"
#include "models/units/quantile.h"
#include "tests/bench/measure.h"

#define PROMPT 512
#define PROMPTS 3 /* pairs */
#define TOKENS 16
#define PAIRS 11
#define LIBRARIES "build/peer/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64"

static const struct shape shape = {
	.layers = 16,
	.hidden = 2048,
	.heads = 32,
	.kv_heads = 8,
	.head_dim = 64,
	.intermediate = 8192,
	.vocabulary = 32000,
};

/* ---- a file of random weights that llama.cpp reads: GGUF, version 3 */

enum { GGUF_UINT32 = 4, GGUF_FLOAT32 = 6, GGUF_STRING = 8 };
enum { TENSOR_F32 = 0, TENSOR_Q4_0 = 2, TENSOR_Q8_0 = 8 };
#define ALIGNMENT 32

struct gguf {
	FILE *file;
	uint64_t offset; /* of the next tensor's data */
	int type;        /* of the linear layers */
	bool data;       /* second pass: the tensors' bytes and not their descriptions */
	uint64_t state;
};

static void
put(struct gguf *g, const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, g->file) != n)
		fail("weights for llama.cpp", strerror(errno));
}

static void
put_u32(struct gguf *g, uint32_t value)
{
	put(g, &value, sizeof(value));
}

static void
put_u64(struct gguf *g, uint64_t value)
{
	put(g, &value, sizeof(value));
}

static void
put_text(struct gguf *g, const char *text)
{
	put_u64(g, strlen(text));
	put(g, text, strlen(text));
}

static void
key_u32(struct gguf *g, const char *key, uint32_t value)
{
	put_text(g, key);
	put_u32(g, GGUF_UINT32);
	put_u32(g, value);
}

static void
key_text(struct gguf *g, const char *key, const char *value)
{
	put_text(g, key);
	put_u32(g, GGUF_STRING);
	put_text(g, value);
}

static void
key_float(struct gguf *g, const char *key, float value)
{
	put_text(g, key);
	put_u32(g, GGUF_FLOAT32);
	put(g, &value, sizeof(value));
}

static uint64_t
tensor_bytes(int type, uint64_t columns, uint64_t rows)
{
	return type == TENSOR_F32 ? columns * rows * 4 : columns / 32 * rows * (type == TENSOR_Q8_0 ? 34 : 18);
}

static void
put_blocks(struct gguf *g, uint64_t bytes, uint64_t columns)
{
	size_t block = g->type == TENSOR_Q8_0 ? 34 : 18;
	uint16_t scale = half_from_float((g->type == TENSOR_Q8_0 ? 1 / 73.6f : 1 / 4.64f) / 45.0f);
	unsigned char buffer[34 * 1024];

	(void)columns;
	while (bytes > 0) {
		size_t n = bytes < block * 1024 ? (size_t)bytes : block * 1024;

		for (size_t i = 0; i < n; i++) {
			g->state = g->state * UINT64_C(6364136223846793005) + 1442695040888963407;
			buffer[i] = (unsigned char)(g->state >> 56);
		}
		for (size_t i = 0; i < n; i += block)
			memcpy(buffer + i, &scale, sizeof(scale));
		put(g, buffer, n);
		bytes -= n;
	}
}

static void
tensor(struct gguf *g, const char *name, int type, uint64_t columns, uint64_t rows)
{
	uint64_t bytes = tensor_bytes(type, columns, rows);

	if (g->data && type == TENSOR_F32) {
		for (uint64_t i = 0; i < columns; i++)
			put(g, &(float){ 1 }, sizeof(float));
	} else if (g->data) {
		put_blocks(g, bytes, columns);
	} else {
		put_text(g, name);
		put_u32(g, rows > 1 ? 2 : 1);
		put_u64(g, columns);
		if (rows > 1)
			put_u64(g, rows);
		put_u32(g, (uint32_t)type);
		put_u64(g, g->offset);
		g->offset += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	}
	while (g->data && bytes++ % ALIGNMENT != 0)
		put(g, "", 1);
}

static void
layer_tensor(struct gguf *g, size_t layer, const char *name, int type, uint64_t columns, uint64_t rows)
{
	char full[64];

	snprintf(full, sizeof(full), "blk.%zu.%s.weight", layer, name);
	tensor(g, full, type, columns, rows);
}

static void
tensors(struct gguf *g)
{
	uint64_t h = shape.hidden, q = shape.heads * shape.head_dim, kv = shape.kv_heads * shape.head_dim;

	tensor(g, "token_embd.weight", g->type, h, shape.vocabulary);
	tensor(g, "output_norm.weight", TENSOR_F32, h, 1);
	tensor(g, "output.weight", g->type, h, shape.vocabulary);
	for (size_t l = 0; l < shape.layers; l++) {
		layer_tensor(g, l, "attn_norm", TENSOR_F32, h, 1);
		layer_tensor(g, l, "attn_q", g->type, h, q);
		layer_tensor(g, l, "attn_k", g->type, h, kv);
		layer_tensor(g, l, "attn_v", g->type, h, kv);
		layer_tensor(g, l, "attn_output", g->type, q, h);
		layer_tensor(g, l, "ffn_norm", TENSOR_F32, h, 1);
		layer_tensor(g, l, "ffn_gate", g->type, h, shape.intermediate);
		layer_tensor(g, l, "ffn_up", g->type, h, shape.intermediate);
		layer_tensor(g, l, "ffn_down", g->type, shape.intermediate, h);
	}
}

static void
write_gguf(const char *path, enum weight_format precision)
{
	struct gguf g = {
		.file = fopen(path, "wb"), .type = precision == WEIGHTS_Q8_0 ? TENSOR_Q8_0 : TENSOR_Q4_0, .state = 1
	};

	if (g.file == NULL)
		fail(path, strerror(errno));
	put(&g, "GGUF", 4);
	put_u32(&g, 3);
	put_u64(&g, 3 + 9 * shape.layers);
	put_u64(&g, 11);
	key_text(&g, "general.architecture", "llama");
	key_u32(&g, "llama.block_count", (uint32_t)shape.layers);
	key_u32(&g, "llama.context_length", 4096);
	key_u32(&g, "llama.embedding_length", (uint32_t)shape.hidden);
	key_u32(&g, "llama.feed_forward_length", (uint32_t)shape.intermediate);
	key_u32(&g, "llama.attention.head_count", (uint32_t)shape.heads);
	key_u32(&g, "llama.attention.head_count_kv", (uint32_t)shape.kv_heads);
	key_float(&g, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
	key_u32(&g, "llama.rope.dimension_count", (uint32_t)shape.head_dim);
	key_u32(&g, "llama.vocab_size", (uint32_t)shape.vocabulary);
	key_text(&g, "tokenizer.ggml.model", "no_vocab");
	tensors(&g);
	while (ftell(g.file) % ALIGNMENT != 0)
		put(&g, "", 1);
	g.data = true;
	tensors(&g);
	if (fclose(g.file) != 0)
		fail(path, strerror(errno));
}

/* ---- llama.cpp by its libraries */

/* As large as any of its structs is or will be; only the library knows what is inside. */
struct opaque {
	uint32_t word[512];
};
struct llama_batch {
	int32_t n;
	void *token, *embedding, *position, *sequences, *sequence, *logits;
};

static struct {
	void (*backend_init)(void);
	void (*load_all)(const char *folder);
	void (*log_set)(void (*log)(int level, const char *text, void *ctx), void *ctx);
	struct opaque (*model_default)(void), (*context_default)(void);
	void *(*model_load)(const char *path, struct opaque params);
	void *(*context_new)(void *model, struct opaque params);
	void (*set_threads)(void *context, int32_t decode, int32_t batch);
	struct llama_batch (*batch_of)(int32_t *tokens, int32_t n);
	int32_t (*decode)(void *context, struct llama_batch batch);
	void *(*memory)(void *context);
	void (*clear)(void *memory, bool data);
	bool (*forget)(void *memory, int32_t sequence, int32_t from, int32_t to);
	void (*context_free)(void *context), (*model_free)(void *model);
} llama;

static void
silent(int level, const char *text, void *ctx)
{
	(void)level;
	(void)text;
	(void)ctx;
}

/* NULL, or what is missing. */
static const char *
open_llama(void)
{
	static const struct {
		const char *name;
		void *to;
	} functions[] = {
		{ "llama_backend_init", &llama.backend_init },
		{ "ggml_backend_load_all_from_path", &llama.load_all },
		{ "llama_log_set", &llama.log_set },
		{ "llama_model_default_params", &llama.model_default },
		{ "llama_context_default_params", &llama.context_default },
		{ "llama_model_load_from_file", &llama.model_load },
		{ "llama_init_from_model", &llama.context_new },
		{ "llama_set_n_threads", &llama.set_threads },
		{ "llama_batch_get_one", &llama.batch_of },
		{ "llama_decode", &llama.decode },
		{ "llama_get_memory", &llama.memory },
		{ "llama_memory_clear", &llama.clear },
		{ "llama_memory_seq_rm", &llama.forget },
		{ "llama_free", &llama.context_free },
		{ "llama_model_free", &llama.model_free },
	};
	void *library;

	/* Its file carries a version in its name. */
	library = dlopen(LIBRARIES "/libllama.so", RTLD_NOW | RTLD_GLOBAL);
	for (int minor = 0; library == NULL && minor < 10; minor++) {
		char path[sizeof(LIBRARIES) + 32];

		snprintf(path, sizeof(path), LIBRARIES "/libllama.v0.%d.0.so", minor);
		library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	}
	if (library == NULL)
		return "its library is not in " LIBRARIES;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *symbol = dlsym(library, functions[i].name);

		if (symbol == NULL)
			return functions[i].name;
		memcpy(functions[i].to, &symbol, sizeof(symbol));
	}
	llama.log_set(silent, NULL);
	llama.load_all(LIBRARIES);
	llama.backend_init();
	return NULL;
}

/* ---- the comparison */

struct pair {
	double ours, theirs; /* tokens a second */
	double bandwidth;    /* bytes a second, of a pair of decoding */
};

static double
prompt_ours(struct decoder *decoder, struct team *team)
{
	size_t tokens[PROMPT];
	double start;

	for (size_t i = 0; i < PROMPT; i++)
		tokens[i] = i * 7919 % shape.vocabulary;
	start = wall_seconds();
	(void)decoder_prompt(decoder, team, tokens, PROMPT, 0);
	return PROMPT / (wall_seconds() - start);
}

static double
prompt_theirs(void *context)
{
	int32_t tokens[PROMPT];
	double start;

	for (int i = 0; i < PROMPT; i++)
		tokens[i] = (int32_t)((size_t)i * 7919 % shape.vocabulary);
	llama.clear(llama.memory(context), true);
	start = wall_seconds();
	if (llama.decode(context, llama.batch_of(tokens, PROMPT)) != 0)
		fail("llama.cpp", "could not run the prompt");
	return PROMPT / (wall_seconds() - start);
}

static double
rate_of(double each[TOKENS])
{
	quantile_sort(each, TOKENS);
	return 1 / quantile(each, TOKENS, 0.5);
}

static double
decode_ours(struct decoder *decoder, struct team *team)
{
	double each[TOKENS];
	size_t token = 7;

	for (size_t i = 0; i < TOKENS; i++) {
		double start = wall_seconds();

		token = decoder_token(decoder, team, token, PROMPT + i);
		each[i] = wall_seconds() - start;
	}
	return rate_of(each);
}

/* Behind the prompt, whatever was decoded behind it before. */
static double
decode_theirs(void *context)
{
	double each[TOKENS];

	if (!llama.forget(llama.memory(context), 0, PROMPT, -1))
		fail("llama.cpp", "could not go back to the prompt");
	for (int32_t i = 0; i < TOKENS; i++) {
		double start = wall_seconds();

		if (llama.decode(context, llama.batch_of(&i, 1)) != 0)
			fail("llama.cpp", "could not run a token");
		each[i] = wall_seconds() - start;
	}
	return rate_of(each);
}

struct reading {
	const struct decoder *decoder;
	uint64_t sum;
};

static void
read_share(void *ctx, struct team *team, int thread)
{
	struct reading *reading = ctx;
	size_t from, to;

	team_share(team, thread, reading->decoder->weight_bytes / 256, 1, &from, &to);
	__atomic_fetch_add(&reading->sum,
		reading->decoder->kernels->read(reading->decoder->memory + from * 256, (to - from) * 256),
		__ATOMIC_RELAXED);
}

static double
bandwidth(const struct decoder *decoder, struct team *team)
{
	struct reading reading = { .decoder = decoder };
	double start = wall_seconds();

	team_run(team, read_share, &reading);
	return (double)decoder->weight_bytes / (wall_seconds() - start);
}

/* Of the pairs: bandwidth in GB/s; our rate; its bytes over the bandwidth; its ratio to theirs. */
enum figure_of { BANDWIDTH, RATE, SHARE, RATIO };

static double
median_of(const struct pair *pairs, int n, enum figure_of figure, double bytes)
{
	double values[PAIRS];

	for (int i = 0; i < n; i++)
		values[i] = figure == BANDWIDTH ? pairs[i].bandwidth * 1e-9
			: figure == RATE        ? pairs[i].ours
			: figure == SHARE       ? pairs[i].ours * bytes / pairs[i].bandwidth
						: pairs[i].ours / pairs[i].theirs;
	quantile_sort(values, (size_t)n);
	return quantile(values, (size_t)n, 0.5);
}

static bool
judge(enum weight_format precision, int threads, const struct pair *prompts, const struct pair *pairs, double bytes,
	bool peer)
{
	bool eight = precision == WEIGHTS_Q8_0, missed = false;
	double least = !eight ? 0.50 : threads > 1 ? 0.70 : 0.80;
	const struct figure figures[] = {
		{ "  read bandwidth", "GB/s", median_of(pairs, PAIRS, BANDWIDTH, 0), 0, NO_LIMIT, 1 },
		{ "  decode", "tokens/s", median_of(pairs, PAIRS, RATE, 0), 0, NO_LIMIT, 1 },
		{ "  prefill", "tokens/s", median_of(prompts, PROMPTS, RATE, 0), 0, NO_LIMIT, 0 },
		{ "  decode, share of bandwidth", "", median_of(pairs, PAIRS, SHARE, bytes), least, AT_LEAST, 2 },
		{ "  decode over llama.cpp", "x", peer ? median_of(pairs, PAIRS, RATIO, 0) : 0, eight ? 1.3 : 1.05,
			AT_LEAST, 2 },
		{ "  prefill over llama.cpp", "x", peer ? median_of(prompts, PROMPTS, RATIO, 0) : 0, 1.0, AT_LEAST, 2 },
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]) - (peer ? 0 : 2); i++)
		missed |= figure_print(&figures[i]);
	return missed;
}

static bool
compare(enum weight_format precision, int threads, void *model)
{
	struct err err = { 0 };
	struct team *team;
	struct decoder decoder;
	struct pair prompts[PROMPTS], pairs[PAIRS];
	void *context = NULL;
	bool missed;
	double bytes;

	printf("%s, %d thread%s\n", weight_format_name(precision), threads, threads == 1 ? "" : "s");
	if (model != NULL) {
		struct opaque params = llama.context_default();

		params.word[0] = 1024;
		context = llama.context_new(model, params);
		if (context == NULL)
			fail("llama.cpp", "made no context");
		llama.set_threads(context, threads, threads);
	}
	team = team_new(threads, &err);
	if (team == NULL ||
		decoder_init(&decoder, &shape, precision, kernels_best(), PROMPT + TOKENS, PROMPT, team, 1, &err) != 0)
		fail("decoder", err.text);
	/* A team binds its caller; llama.cpp's threads would inherit that and share one processor. */
	for (int i = 0; i < PROMPTS; i++) {
		prompts[i].ours = prompt_ours(&decoder, team);
		team_rest(team);
		prompts[i].theirs = context == NULL ? 0 : prompt_theirs(context);
		team_resume(team);
	}
	for (int i = -1; i < PAIRS; i++) {
		struct pair *pair = &pairs[i < 0 ? 0 : i];
		double before = bandwidth(&decoder, team), after;

		pair->ours = decode_ours(&decoder, team);
		after = bandwidth(&decoder, team);
		pair->bandwidth = 2 / (1 / before + 1 / after);
		team_rest(team);
		pair->theirs = context == NULL ? 0 : decode_theirs(context);
		team_resume(team);
	}
	bytes = (double)decoder.weight_bytes +
		2.0 * (double)(shape.layers * shape.kv_heads * shape.head_dim) * 2 * (PROMPT + TOKENS / 2);
	missed = judge(precision, threads, prompts, pairs, bytes, context != NULL);
	decoder_free(&decoder);
	team_free(team);
	if (context != NULL)
		llama.context_free(context);
	return missed;
}

int
main(void)
{
	const char *missing = open_llama();
	char folder[256], path[300];
	int processors = team_processors();
	bool missed = false;

	load_print();
	printf("a transformer of 1.1 billion weights; median of %d prompts of %d, and of %d times %d tokens behind one; "
	       "kernels: %s\n",
		PROMPTS, PROMPT, PAIRS, TOKENS, kernels_best()->name);
	if (missing != NULL)
		printf("skipped: the comparison with llama.cpp (%s)\n", missing);
	scratch_make(folder, sizeof(folder), "bench-cpu");
	snprintf(path, sizeof(path), "%s/weights.gguf", folder);
	for (int p = WEIGHTS_Q8_0; p <= WEIGHTS_Q4_0; p++) {
		void *model = NULL;

		if (missing == NULL) {
			write_gguf(path, (enum weight_format)p);
			model = llama.model_load(path, llama.model_default());
			if (model == NULL)
				fail("llama.cpp", "could not read the weights");
		}
		missed |= compare((enum weight_format)p, 1, model);
		if (processors > 1)
			missed |= compare((enum weight_format)p, processors, model);
		if (model != NULL) {
			llama.model_free(model);
			unlink(path);
		}
	}
	rmdir(folder);
	return missed;
}
