/*
 * gpu: the inference microbenchmark of one NVIDIA GPU.
 *
 * It measures the parts that inference is made of, each by the GPU's own clock (events around a row of calls): copies,
 * the matrix products of a model's layers at a few numbers of tokens in BF16 and FP8 (e4m3), and products over a cache
 * of keys and values. Calls go through so many copies of the weights that no cache holds them. One repetition is every
 * part once; the first goes uncounted.
 *
 *   decode(B)  = B / (layers * (qkv + out + gate_up + down + cache read, each for B) + head)
 *   prefill    = tokens / (layers * (qkv + out + gate_up + down))
 *
 * formed inside a repetition, where the cache read takes what the faster of the measured read and a plain copy would:
 * an engine's own kernel is one. The time between kernels, norms, attention of the prompt and other GPUs are not in them:
 * an engine stays below.
 */
#ifndef BENCH_GPU_H
#define BENCH_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/bench/decoder.h"
#include "daemon/bench/spread.h"

struct err;

#define GPU_REPEATS 100
#define GPU_PROMPT 2048 /* tokens that are prefilled at once */

enum gpu_precision { GPU_BF16, GPU_FP8, GPU_PRECISIONS };
enum gpu_product { GPU_QKV, GPU_OUT, GPU_GATE_UP, GPU_DOWN, GPU_HEAD, GPU_PRODUCTS };
enum gpu_tokens { GPU_ONE, GPU_FEW, GPU_MANY, GPU_LOADS, GPU_WHOLE = GPU_LOADS, GPU_TOKENS };

extern const char *const gpu_precision_name[GPU_PRECISIONS], *const gpu_product_name[GPU_PRODUCTS];
extern const size_t gpu_tokens[GPU_TOKENS]; /* of each; those before GPU_LOADS are sequences that decode */

struct gpu_plan {
	struct shape shape;
	int index;      /* of the GPU, as CUDA counts */
	size_t tp;      /* GPUs that a layer is divided among, of which this is one; divides the heads and the MLP */
	size_t context; /* tokens in the cache of each sequence */
	int repeats;    /* 1..GPU_REPEATS */
	/* Called now and then with the part that is done, 0..1, and what is being done; NULL: not wanted. */
	void (*progress)(void *ctx, double done, const char *what);
	void *ctx;
};

/* One part: how long a call took, and what it moves and does. seconds NAN: not measured. */
struct gpu_part {
	struct spread seconds;
	double bytes;         /* of weights, of keys and values; read and written for a copy */
	double operations;    /* a multiply-add is two */
	size_t rows, columns; /* of the weights */
	size_t copies;        /* of the weights, taken in turn */
};

struct gpu_result {
	char name[128];   /* as the driver reports it */
	int driver, blas; /* versions, as their libraries number them */
	int major, minor, multiprocessors;
	size_t memory, memory_free, l2_bytes; /* l2_bytes 0: not told */
	struct gpu_part copy, upload;
	struct gpu_part product[GPU_PRECISIONS][GPU_PRODUCTS]
			       [GPU_TOKENS]; /* the head at BF16 and while decoding only */
	struct gpu_part cache[GPU_LOADS];
	struct spread decode[GPU_PRECISIONS][GPU_LOADS]; /* tokens a second of all sequences; NAN: not known */
	struct spread prefill[GPU_PRECISIONS];
	double power_w, sm_mhz, temperature_c; /* mean of samples while it worked; NAN: not told */
	bool slowed_told;
	uint64_t slowed;         /* NVML's reasons for a lower clock, all that were seen */
	char without_fp8[320];   /* why it was not measured; "" where it was */
	char without_state[320]; /* why some of power, clock and temperature are not told */
};

/*
 * ERR_INPUT for a plan that cannot be run, ERR_OUTSIDE where there is no GPU, a library is missing, memory is too small
 * or a call fails, with its name and the library's text. Nothing is held afterwards.
 */
int gpu_measure(const struct gpu_plan *plan, struct gpu_result *result, struct err *err);

/* What a bit of `slowed` means, from the lowest on; NULL behind the last. *held: heat or supply held the clock down. */
const char *gpu_slowed_by(uint64_t slowed, int bit, bool *held);

#define GPU_SLOWED_BITS 9

#endif
