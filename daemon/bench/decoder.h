/*
 * decoder: a transformer of a given shape with random weights, run for real: what one generated token and one
 * prompt cost on this machine.
 *
 * Decoder-only, as the Llama and Qwen families are: RMS norm, grouped-query attention with rotary positions
 * and a key-value cache in BF16, gated MLP with SiLU, residual stream in float. The linear layers and the
 * output head are of the chosen precision; norms are ones and the embedding is drawn when it is asked for
 * (a row lookup costs nothing worth measuring, so it is not held).
 */
#ifndef BENCH_DECODER_H
#define BENCH_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/matrix.h"

struct err;
struct team;

/* Sizes as a model's config.json names them. */
struct shape {
	size_t layers, hidden, heads, kv_heads, head_dim, intermediate, vocabulary;
};

struct layer {
	struct matrix qkv;     /* heads, then keys, then values */
	struct matrix out;     /* attention's output */
	struct matrix gate_up; /* groups of 16 rows of the gate and of the up projection in turn */
	struct matrix down;
};

struct decoder {
	struct shape shape;
	enum weight_format precision;
	const struct kernels *kernels;
	struct layer *layer;
	struct matrix head;
	size_t weight_bytes; /* read for each token */
	size_t context;      /* positions that the cache holds */
	size_t most;         /* tokens of one prefill step */
	size_t tile;         /* of these, how many go through attention together */
	unsigned char *memory;
	/*
	 * The cache, as matrices, so that attention is the same products: keys have a row for each position,
	 * values a column. [layer * kv_heads + head]
	 */
	struct matrix *keys, *values;
	unsigned char *cache;
	size_t cache_bytes;
	/* Work space of `most` tokens. */
	float *x, *wide, *mixed, *hidden;
	float *rotary;              /* [position][head_dim]: cosine and sine in turn */
	struct activation prepared; /* of all tokens, for prefill */
	struct bench_own *own;      /* of each thread */
	float *logits;
	uint64_t seed;
};

/* Bytes that a decoder takes: weights, cache, and work space for `most` tokens at once. */
size_t decoder_bytes(const struct shape *shape, enum weight_format precision, size_t context, size_t most);

/*
 * Check that the shape can be run (sizes that fit, head_dim a multiple of 16, heads a multiple of kv_heads),
 * take the memory, draw the weights on all threads. ERR_INPUT for a shape, ERR_OUTSIDE for want of memory.
 * The matrices all lie in one stretch (memory, weight_bytes), which is also what bandwidth is measured on.
 */
int decoder_init(struct decoder *decoder, const struct shape *shape, enum weight_format precision,
	const struct kernels *kernels, size_t context, size_t most, struct team *team, uint64_t seed, struct err *err);
void decoder_free(struct decoder *decoder);

/* Run one token at `position` (all before it are in the cache); returns the token with the largest logit. */
size_t decoder_token(struct decoder *decoder, struct team *team, size_t token, size_t position);

/* Run n tokens (at most `most`) at position.. at once; returns the token that follows the last of them. */
size_t decoder_prompt(struct decoder *decoder, struct team *team, const size_t *tokens, size_t n, size_t position);

/* The logits that the last run ended with; `vocabulary` of them. */
const float *decoder_logits(const struct decoder *decoder);

/* The embedding of a token, value i: the same for every precision. */
float decoder_embedding(const struct decoder *decoder, size_t token, size_t i);

#endif
