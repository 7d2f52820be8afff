/*
 * cpu: the inference microbenchmark of this machine's processors.
 *
 * One repetition measures, one after the other: read bandwidth over the weights themselves by four distant
 * streams a thread, generation of `tokens` tokens behind a context of `prompt`, prefill of `prompt` tokens, and
 * peak arithmetic on registers. Its decode speed is that of the median token, which recovers the quiet rate
 * where other work interrupts some of them. Shares are formed inside a repetition, so that a machine that slows down
 * between two of them does not falsify them. CPU share: how much of its time the team really had; other work
 * on the machine shows there.
 */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/bench/decoder.h"
#include "daemon/bench/spread.h"

struct err;

struct cpu_plan {
	struct shape shape;
	enum weight_format precision;
	const struct kernels *kernels; /* NULL: the best that runs here */
	int threads;                   /* 0: as many as there are processors */
	size_t prompt, tokens;         /* each >= 1 */
	int repeats;                   /* 1..CPU_REPEATS */
	/* Called now and then with the part that is done, 0..1, and what is being done; NULL: not wanted. */
	void (*progress)(void *ctx, double done, const char *what);
	void *ctx;
};

#define CPU_REPEATS 100

struct cpu_result {
	const char *kernels;
	int threads;
	bool bound; /* threads were bound to a processor each */
	int repeats;
	size_t weight_bytes;        /* read for each token */
	size_t cache_bytes;         /* of keys and values read for the last token, on average over the run */
	struct spread decode_tok_s; /* tokens a second, one stream */
	struct spread prefill_tok_s;
	struct spread bandwidth;     /* bytes a second */
	struct spread arithmetic;    /* operations a second: of bytes for Q8_0 and Q4_0, of floats otherwise */
	struct spread decode_share;  /* of the bandwidth: bytes read a second over those that can be */
	struct spread prefill_share; /* of the arithmetic */
	struct spread
		cpu_share; /* CPU seconds over threads x wall seconds, while decoding and prefilling, or reading */
	size_t cached;     /* bytes of the largest processor cache; 0: not known */
	double error, error_limit; /* against the reference, reference.h */
};

/* Bytes that the plan needs, to be compared with what the machine has. */
size_t cpu_bytes(const struct cpu_plan *plan);
/* Bytes of memory that can be had now: what the kernel calls available, within this control group; 0: not known. */
size_t cpu_memory(void);

/*
 * ERR_INPUT for a plan that cannot be run (with what is wrong), ERR_OUTSIDE for want of memory or when the
 * kernels do not agree with the reference.
 */
int cpu_measure(const struct cpu_plan *plan, struct cpu_result *result, struct err *err);

/*
 * Only the machine's limits, without a model: bandwidth over so many bytes (at least 4096) and arithmetic on
 * bytes, and the CPU share. threads 0: as many as there are processors. The other figures stay 0.
 */
int cpu_limits(size_t bytes, int threads, int repeats, struct cpu_result *result, struct err *err);

#endif
