/*
 * kernels: the few loops in which inference spends its time, one set for each kind of processor.
 *
 * The set is chosen when the program runs. All sets read the layout of matrix.h and compute the same thing up
 * to the order of their sums: against Q8_0 and Q4_0 weights the activations are rounded to 8 bits in blocks of
 * 32 (as the engines do), against BF16 weights the sets with a product of BF16 round them to it (avx512bf16,
 * neonmatrix), and F32 stays F32.
 */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/bench/matrix.h"

/*
 * One vector of activations, prepared for a matrix of `precision`: of `padded` columns, the rest zeros.
 * The arrays are the caller's, aligned to 64, long enough for the longest vector.
 */
struct activation {
	float *full;    /* F32, and BF16 where the set has no BF16 product */
	uint16_t *bf16; /* BF16, in pairs */
	int8_t *q;      /* Q8_0 and Q4_0 */
	float *scale;   /* of each 32 columns */
	int32_t *sum;   /* of the q of each 32 columns */
};

/* Bytes of the arrays of one vector, about. */
size_t activation_bytes(size_t columns);
/* Arrays for n vectors of `columns` in one stretch of memory that the caller frees by activation_free. */
int activation_init(struct activation *activation, size_t n, size_t columns);
void activation_free(struct activation *activation);
/* The i-th of the vectors. */
struct activation activation_at(const struct activation *activation, size_t i, size_t columns);

struct kernels {
	const char *name; /* "avx512bf16", "avx512", "avx2", "neonmatrix", "neondot", "neon", "portable" */
	bool halves;      /* activations are rounded to BF16 against weights of BF16 */
	bool (*runs)(void);
	/* Prepare one vector of `columns` values for a matrix of that precision and `padded` columns. */
	void (*prepare)(
		const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out);
	/* y[16 g ..] of the groups from..to; y is padded to whole groups. Decode: one vector. */
	void (*vector)(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y);
	/*
	 * The same for `tokens` vectors; x holds them `padded` apart, y them `stride` floats apart. Prefill.
	 */
	void (*many)(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens,
		float *y, size_t stride);
	/* Shares of `seen` positions out of their scores; those up to `padded`, whole panels, become 0. */
	void (*soften)(float *scores, size_t seen, size_t padded);
	/* Of `pairs` pairs of groups in turn, gate and up projection: SiLU of the one times the other. */
	void (*gate)(const float *both, size_t pairs, float *out);
	/* Read n bytes (a multiple of 256) in four streams a quarter apart; the sum keeps the reads alive. */
	uint64_t (*read)(const void *bytes, size_t n);
	/* Multiply-adds on registers alone; each returns the operations done (2 a multiply-add). */
	double (*peak_float)(size_t rounds);
	double (*peak_int8)(size_t rounds);
};

/* All sets of this build, the best first; ended by NULL. */
extern const struct kernels *const kernel_sets[];

/* The best set that this processor can run; never NULL. */
const struct kernels *kernels_best(void);
/* The set of that name where it is built and runs here, or NULL. */
const struct kernels *kernels_find(const char *name);

#endif
