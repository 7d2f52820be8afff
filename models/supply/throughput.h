/*
 * throughput: how fast one replica of a model runs on given GPUs: a roofline of one engine step, summed over
 * operators, under continuous batching in closed form.
 *
 *   step  = linears + experts + cache reads + attention of prompts + collectives + fixed times, where an operator takes
 *           (memory^p + arithmetic^p)^(1/p), a smooth maximum of both its bounds
 *   TPOT(B) = step(B decoding) + share * (B - 1) / osl * what one more prompt adds to mixed steps; in a closed loop
 *           requests that end together begin together, so that a part of this is waited for before the first token
 *   X(B)    = B * osl / (TTFT + TPOT (osl - 1)), output tokens a second (Little's law)
 *   X(max)  = B / TPOT with as many sequences as the memory left for the cache, or the scheduler, holds
 *
 * The efficiencies come from throughput_constants.csv, which `make calibrate` writes from published measurements.
 * Times are seconds, sizes bytes, speeds tokens a second of the whole replica. Pure.
 */
#ifndef SUPPLY_THROUGHPUT_H
#define SUPPLY_THROUGHPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "models/units/text.h"

struct accelerator;
struct err;
struct transformer;

enum engine { ENGINE_ANY, ENGINE_VLLM, ENGINE_SGLANG, ENGINE_TRTLLM, ENGINE_LLAMACPP, ENGINES };

/* The engine meant by "vLLM (ROCm)", "trtllm", "TensorRT-LLM + Triton", "llama.cpp"; ENGINE_ANY for others. */
enum engine engine_of(struct text name);
const char *engine_name(enum engine engine);

/*
 * What is known of a stack beside those that the constants are from, by maker of the GPU, engine and year (NAN: now):
 * how many times longer everything takes, 1 where nothing else is known, and how unsure even that is, as the standard
 * deviation of its logarithm.
 */
struct stack {
	double slower, unsure;
};

struct stack stack_of(enum engine engine, struct text vendor, double year);

/* In which arithmetic a product runs. */
enum arithmetic { ARITHMETIC_16, ARITHMETIC_8, ARITHMETIC_4, ARITHMETIC_INT8, ARITHMETICS };

struct precision {
	double linear, expert, cache; /* bytes an element: weights of dense layers, of experts, the cache */
	enum arithmetic linear_math, expert_math;
};

/*
 * What "fp8", "BF16", "NVFP4", "int4", "Q4_K_M", ... mean for this model on this GPU (a GPU without the arithmetic
 * computes in 16 bit); "" and "unknown" are what the model is published in. -1 with ERR_INPUT for another word.
 */
int precision_of(struct precision *precision, struct text name, const struct transformer *model,
	const struct accelerator *gpu, struct err *err);

/* The calibrated constants; the order is that of the file. */
enum constant {
	C_READ,
	C_READ_EXPERT,
	C_READ_CACHE,
	C_MATH_16,
	C_MATH_8,
	C_MATH_4,
	C_MATH_EXPERT,
	C_MATH_LATENT,
	C_ATTENTION,
	C_ATTENTION_HALF,
	C_WIDENED,
	C_NARROW,
	C_NARROW_EXPERT,
	C_TILE,
	C_EXPERT_HALF,
	C_IMBALANCE,
	C_TRAFFIC,
	C_TRAFFIC_EXPERT,
	C_MEMORY_USED,
	C_MEMORY_KEPT,
	C_SMOOTH,
	C_SMOOTH_EXPERT,
	C_LINK,
	C_LINK_HOST,
	C_REDUCE,
	C_REDUCE_TWICE,
	C_EXCHANGE,
	C_LAYER,
	C_LAYER_EXPERT,
	C_LAYER_LINEAR,
	C_LAYER_LATENT,
	C_STEP,
	C_SEQUENCE,
	C_MIX,
	C_BUBBLE,
	C_OVERHEAD_VLLM,
	C_OVERHEAD_SGLANG,
	C_OVERHEAD_TRTLLM,
	C_MIX_VLLM,
	C_MIX_SGLANG,
	C_MIX_TRTLLM,
	C_BUNCH_VLLM,
	C_BUNCH_SGLANG,
	C_BUNCH_TRTLLM,
	C_SLOTS,
	C_SLOTS_TRTLLM,
	C_AGE,
	C_WAIT,
	C_WAVE,
	C_FIRST,
	C_FIRST_BASE,
	C_FIRST_EACH,
	C_FIRST_STEPS,
	C_FIRST_VLLM,
	C_FIRST_SGLANG,
	C_FIRST_TRTLLM,
	C_VARY_MODEL, /* variances of estimate.h: what measurements share that have this in common */
	C_VARY_GPU,
	C_VARY_VENDOR,
	C_VARY_ENGINE,
	C_VARY_PRECISION,
	C_VARY_REGIME,
	C_VARY_MODEL_GPU,
	C_VARY_KIN,
	C_VARY_PART_GPU,
	C_VARY_PART_MODEL,
	C_VARY_GROUP,
	C_VARY_PART,
	C_VARY_LOCAL,
	C_VARY_NOISE,
	C_VARY_FIRST, /* factor on all of these where the first token is meant */
	C_WIDEN,      /* by enum estimate_class, and within by enum estimate_kind */
	C_WIDEN_LAST = C_WIDEN + 14,
	CONSTANTS
};

struct constants {
	double value[CONSTANTS];
};

struct constant_row {
	const char *name, *text;
	double otherwise; /* where calibration begins */
	double low, high; /* bounds */
};

extern const struct constant_row constant_rows[CONSTANTS];

void constants_default(struct constants *constants);
int constants_parse(struct text csv, struct constants *constants, struct err *err);

struct setup {
	const struct transformer *model;
	const struct accelerator *gpu;
	struct precision precision;
	enum engine engine;
	double year;          /* of the engine's release, such as 2026.4; NAN: current */
	double tp, pp, dp;    /* dp: attention copies that share one set of experts, or plain copies of a dense model */
	bool expert_parallel; /* experts are spread whole over the GPUs */
	bool batch_static;    /* all sequences begin and end together */
	double isl, osl;      /* tokens, mean */
	double concurrency;   /* sequences in flight over the whole replica; 0: as many as fit */
	double cached;        /* share of the input that the prefix cache holds, 0..1 */
	double accepted;      /* tokens a sequence and step that speculation yields; 1: none */
	double slowdown;      /* factor on all times for an immature stack; 1: none */
	double unsure;        /* standard deviation of its logarithm; 0: none */
	bool open_loop;       /* requests come when they like, not when others are done */
	bool disaggregated;   /* prompts are computed on other GPUs */
};

void setup_default(struct setup *setup);

struct memory {
	double have, weights, work,
		cache;    /* bytes of one GPU: usable, weights, activations and buffers, left for the cache */
	double sequence;  /* cache bytes of one sequence of isl + osl tokens on one GPU */
	double sequences; /* that fit, over the whole replica; 0: does not fit */
	double missing;   /* bytes that one GPU lacks to hold one sequence; 0: fits */
};

void throughput_memory(const struct setup *setup, const struct constants *constants, struct memory *memory);

/* The times of one step by operator, seconds. */
struct step {
	double linear, expert, cache, attention, collective, fixed, whole;
	double linear_math, expert_math; /* shares of arithmetic in these two, the rest is memory */
};

void throughput_step(const struct setup *setup, const struct constants *constants, double decoding, double context,
	double prompt_tokens, struct step *step);

struct throughput {
	struct memory memory;
	double concurrency;    /* sequences that run */
	double tpot_s, ttft_s; /* mean; ttft_s is the middle of a wide range */
	double prefill_s;      /* of one prompt alone */
	double output_tok_s, total_tok_s, prefill_tok_s, requests_s;
	double e2e_s;
	struct step step;  /* of decoding only */
	struct step token; /* a token's time by operator, with what prompts add; speculation is counted */
	struct step first; /* one prompt alone */
	double bunched_s;  /* time for prompts that a request waits for before its first token, not between tokens */
};

/* ERR_INPUT when the model's attention is of a kind that is not modelled; a setup that does not fit has all speeds 0. */
int throughput_of(
	const struct setup *setup, const struct constants *constants, struct throughput *throughput, struct err *err);

/* The most sequences that a replica's scheduler runs at once, whatever the memory. */
double throughput_slots(const struct setup *setup, const struct constants *constants);

/* With requests arriving at so many a second: the concurrency that settles; INFINITY where they come faster than they go. */
double throughput_settles(const struct setup *setup, const struct constants *constants, double requests_s);

/* The most sequences of which each gets a token in at most tpot_s; 0: not even one does. */
double throughput_within(const struct setup *setup, const struct constants *constants, double tpot_s);

#endif
