#include <ctype.h>
#include <math.h>

#include "models/supply/accelerator.h"
#include "models/supply/throughput.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

#define CHUNK 8192.0 /* tokens of prompts that a step takes at most */
#define BYTES_16 2.0
#define PROMPTS_TOGETHER 16384.0

/* Where a share was not measured on the accelerator or one like it: medians over those where it was. */
static double
or_else(double share, double otherwise)
{
	return isnan(share) ? otherwise : share;
}

static double
read_speed(const struct accelerator *gpu)
{
	return gpu->memory_gb_s * 1e9 * or_else(gpu->read_share, 0.72);
}

static double
cache_speed(const struct accelerator *gpu)
{
	return gpu->memory_gb_s * 1e9 * or_else(gpu->kv_share, 0.8);
}

/* Operations a second that a large product reaches in that arithmetic. */
static double
math_speed(const struct accelerator *gpu, enum arithmetic arithmetic)
{
	double share16 = or_else(gpu->math16_share, isnan(gpu->reached_bf16) ? 0.65 : gpu->reached_bf16 / gpu->fp16);
	double share8 = or_else(gpu->math8_share,
		isnan(gpu->reached_fp8) || isnan(gpu->fp8) ? share16 * 0.72 : 0.78 * gpu->reached_fp8 / gpu->fp8);

	switch (arithmetic) {
	case ARITHMETIC_8:
		return gpu->fp8 * share8 * 1e12;
	case ARITHMETIC_4:
		return gpu->fp4 * or_else(gpu->math4_share, share8 * 0.9) * 1e12;
	case ARITHMETIC_INT8:
		return gpu->int8 * share8 * 1e12;
	default:
		return gpu->fp16 * share16 * 1e12;
	}
}

static double
attention_speed(const struct accelerator *gpu)
{
	return gpu->fp16 * or_else(gpu->attention_share, 0.6 * math_speed(gpu, ARITHMETIC_16) / (gpu->fp16 * 1e12)) *
		1e12;
}

static double
smooth_max(double a, double b, double p)
{
	double big = fmax(a, b), small = fmin(a, b);

	return big <= 0 ? 0 : big * pow(1 + pow(small / big, p), 1 / p);
}

/* ---- memory */

static double
gpus(const struct setup *s)
{
	return s->tp * s->pp * s->dp;
}

static double
embeddings(const struct transformer *m)
{
	return m->vocabulary * m->hidden;
}

/* Parameters of layers that every token passes. */
static double
body(const struct transformer *m)
{
	return m->nonexpert - embeddings(m) * (m->tied ? 1 : 2);
}

static double
experts(const struct transformer *m)
{
	return m->expert * m->experts * m->moe_layers;
}

static double
weights_per_gpu(const struct setup *s)
{
	const struct transformer *m = s->model;

	return (body(m) * s->precision.linear + embeddings(m) * BYTES_16 * (m->tied ? 1 : 2)) / (s->tp * s->pp) +
		experts(m) * s->precision.expert / gpus(s);
}

/* How many GPUs of a tensor-parallel group part one sequence's cache: no more than there are heads of it. */
static double
cache_parts(const struct setup *s)
{
	const struct transformer *m = s->model;

	return m->attention == ATTENTION_LATENT ? 1 : fmin(s->tp, fmax(m->kv_heads, 1));
}

/* Cached elements of a sequence with so much context, over all layers. */
static double
cached_elements(const struct transformer *m, double context)
{
	return m->kv_full * context +
		(m->kv_elements - m->kv_full) * fmin(context, m->window > 0 ? m->window : context);
}

static double
state_bytes(const struct transformer *m)
{
	return m->linear_layers * m->state * BYTES_16;
}

/* Activations of a step and what engines set aside: see the tables of aiconfigurator's memory model. */
static double
work_bytes(const struct setup *s)
{
	double per = s->model->experts > 0 ? 13 : 6.5;

	return BYTES_16 * CHUNK * s->model->hidden * per / fmax(1, sqrt(s->tp)) + (s->tp > 1 ? 1.2e9 : 0.6e9);
}

void
throughput_memory(const struct setup *s, const struct constants *c, struct memory *memory)
{
	const struct transformer *m = s->model;
	double have = accelerator_bytes(s->gpu), left;

	memory->weights = weights_per_gpu(s);
	memory->work = fmin(work_bytes(s), have * 0.15);
	memory->have = have * c->value[C_MEMORY_USED] - fmin(c->value[C_MEMORY_KEPT] * GIB, have * 0.03);
	memory->sequence =
		(cached_elements(m, s->isl + s->osl) * s->precision.cache / cache_parts(s) + state_bytes(m) / s->tp) /
		s->pp;
	left = memory->have - memory->weights - memory->work;
	memory->cache = left > 0 ? left * 0.94 : 0;
	memory->sequences = 0;
	memory->missing = 0;
	if (memory->cache < memory->sequence)
		memory->missing = memory->sequence - (left > 0 ? memory->cache : left);
	else {
		/* Sequences begin at different times: on the mean they hold their input and about half their output. */
		double mean = (cached_elements(m, s->isl + 0.55 * s->osl) * s->precision.cache / cache_parts(s) +
				      state_bytes(m) / s->tp) /
			s->pp;

		memory->sequences = fmax(1, memory->cache / mean) * s->dp;
	}
}

/* ---- one step */

static double
engine_constant(const struct constants *c, enum engine engine, enum constant vllm)
{
	switch (engine) {
	case ENGINE_VLLM:
		return c->value[vllm];
	case ENGINE_SGLANG:
		return c->value[vllm + 1];
	case ENGINE_TRTLLM:
		return c->value[vllm + 2];
	default:
		return 1;
	}
}

static double
math_constant(const struct constants *c, enum arithmetic arithmetic)
{
	return c->value[arithmetic == ARITHMETIC_4 ? C_MATH_4 : arithmetic == ARITHMETIC_16 ? C_MATH_16 : C_MATH_8];
}

/* How much slower than 16 bit weights stream that have so many bytes. */
static double
narrow(double bytes, double exponent)
{
	return bytes < BYTES_16 ? pow(bytes / BYTES_16, exponent) : 1;
}

/* Operations a second of products of such weights: those narrower than the arithmetic are widened on the way. */
static double
product_speed(const struct setup *s, const struct constants *c, enum arithmetic arithmetic, double bytes)
{
	double widened = arithmetic == ARITHMETIC_16 && bytes < BYTES_16 ? c->value[C_WIDENED] : 1;

	return widened * math_constant(c, arithmetic) * math_speed(s->gpu, arithmetic);
}

/* What of a sum with the smooth maximum is arithmetic. */
static double
share_of(double math, double memory)
{
	return math + memory > 0 ? math / (math + memory) : 0;
}

static double
linear_time(const struct setup *s, const struct constants *c, double tokens, double decoding, double *math_share)
{
	const struct transformer *m = s->model;
	double memory = (body(m) * s->precision.linear / narrow(s->precision.linear, c->value[C_NARROW]) +
				embeddings(m) * BYTES_16) /
		(c->value[C_READ] * read_speed(s->gpu));
	double math = 2 * body(m) * tokens / product_speed(s, c, s->precision.linear_math, s->precision.linear) +
		2 * embeddings(m) * decoding / (c->value[C_MATH_16] * math_speed(s->gpu, ARITHMETIC_16));

	*math_share = share_of(math, memory);
	return smooth_max(memory, math, c->value[C_SMOOTH]) / s->tp;
}

static double
expert_time(const struct setup *s, const struct constants *c, double tokens, double *math_share)
{
	const struct transformer *m = s->model;
	double touched, memory, math, width = m->moe_intermediate / (s->expert_parallel ? 1 : s->tp);

	*math_share = 0;
	if (m->experts == 0 || tokens <= 0)
		return 0;
	touched = m->experts * (1 - pow(1 - m->experts_used / m->experts, tokens));
	memory = touched * m->expert * m->moe_layers * s->precision.expert /
		(c->value[C_READ_EXPERT] * narrow(s->precision.expert, c->value[C_NARROW_EXPERT]) * read_speed(s->gpu));
	math = 2 * m->expert * m->moe_layers * (m->experts_used * tokens + touched * c->value[C_TILE]) /
		(c->value[C_MATH_EXPERT] * width / (width + c->value[C_EXPERT_HALF]) *
			product_speed(s, c, s->precision.expert_math, s->precision.expert));
	*math_share = share_of(math, memory);
	return smooth_max(memory, math, c->value[C_SMOOTH_EXPERT]) / (s->tp * s->dp) *
		(s->expert_parallel ? 1 + c->value[C_IMBALANCE] * (1 - 1 / (s->tp * s->dp)) : 1);
}

static double
cache_time(const struct setup *s, const struct constants *c, double sequences, double context)
{
	const struct transformer *m = s->model;
	double read = m->sparse_top > 0 ? fmin(context, m->sparse_top) : context;
	double bytes = cached_elements(m, read) * s->precision.cache / cache_parts(s) + 2 * state_bytes(m) / s->tp;
	double time = bytes / (c->value[C_READ_CACHE] * cache_speed(s->gpu));

	if (m->attention == ATTENTION_LATENT)
		time = smooth_max(time,
			2 * m->heads / s->tp * (2 * m->kv_rank + m->rope) * read * m->full_layers /
				(c->value[C_MATH_LATENT] * math_speed(s->gpu, ARITHMETIC_16)),
			2);
	/* The index of sparse attention looks at every token: 128 bytes each, and 64 heads of 128. */
	if (m->sparse_top > 0)
		time += m->layers * context *
			(128 / cache_speed(s->gpu) + 2 * 64 * 128 / (0.3 * math_speed(s->gpu, ARITHMETIC_16)));
	return sequences * time;
}

/* Scores and values of prompts of so many tokens each, causal. */
static double
attention_time(const struct setup *s, const struct constants *c, double prompt_tokens)
{
	const struct transformer *m = s->model;
	double n = fmax(s->isl, 1), wide, seen;

	if (prompt_tokens <= 0)
		return 0;
	wide = m->attention == ATTENTION_LATENT ? m->nope + m->rope + m->v_dim : 2 * m->head_dim;
	seen = m->full_layers * (m->sparse_top > 0 ? fmin(n, m->sparse_top * 2) : n) +
		m->window_layers * fmin(n, 2 * m->window);
	return m->heads * wide * seen * prompt_tokens / s->tp /
		(c->value[C_ATTENTION] * attention_speed(s->gpu) * n / (n + c->value[C_ATTENTION_HALF]));
}

static double
collective_time(const struct setup *s, const struct constants *c, double tokens)
{
	const struct transformer *m = s->model;
	bool host = or_else(s->gpu->link_gb_s, 32) < 100; /* without a switch a message goes through the host */
	double link = or_else(s->gpu->link_gb_s, 32) * 1e9 * c->value[host ? C_LINK_HOST : C_LINK];
	double far = host ? 3 : 1, time = 0;

	if (s->tp > 1)
		time += 2 * m->layers *
			(far * (c->value[C_REDUCE] + c->value[C_REDUCE_TWICE] * (log2(s->tp) - 1)) +
				(s->tp - 1) / s->tp * tokens * m->hidden * BYTES_16 / link);
	if (m->moe_layers > 0 && s->expert_parallel && s->dp > 1)
		time += 2 * m->moe_layers *
			(far * c->value[C_EXCHANGE] + tokens * fmin(m->experts_used, s->dp) * m->hidden * 1.5 / link);
	return time;
}

/* Norms, sums, narrowing and the sorting of tokens to experts: every GPU of a group does them for the whole width. */
static double
traffic_time(const struct setup *s, const struct constants *c, double tokens, double expert_tokens)
{
	const struct transformer *m = s->model;

	return m->hidden * BYTES_16 / read_speed(s->gpu) *
		(c->value[C_TRAFFIC] * m->layers * tokens +
			c->value[C_TRAFFIC_EXPERT] * m->moe_layers * m->experts_used * expert_tokens /
				(s->expert_parallel ? s->tp * s->dp : s->dp));
}

void
throughput_step(const struct setup *s, const struct constants *c, double decoding, double context, double prompt_tokens,
	struct step *step)
{
	const struct transformer *m = s->model;
	double sequences = decoding / s->dp, prompts = prompt_tokens / s->dp;
	double drafted = decoding * (s->accepted > 1 ? s->accepted * 1.5 : 1);
	double tokens = drafted / s->dp + prompts, overhead = engine_constant(c, s->engine, C_OVERHEAD_VLLM);

	step->linear = linear_time(s, c, tokens, drafted / s->dp, &step->linear_math) +
		traffic_time(s, c, tokens, drafted + prompt_tokens);
	step->expert = expert_time(s, c, drafted + prompt_tokens, &step->expert_math);
	step->cache = cache_time(s, c, sequences, context);
	step->attention = attention_time(s, c, prompts);
	step->collective = collective_time(s, c, tokens);
	step->fixed = overhead *
		(m->layers * c->value[C_LAYER] + m->moe_layers * c->value[C_LAYER_EXPERT] +
			m->linear_layers * c->value[C_LAYER_LINEAR] +
			(m->attention == ATTENTION_LATENT ? m->full_layers * c->value[C_LAYER_LATENT] : 0) +
			c->value[C_STEP] * s->pp + sequences * c->value[C_SEQUENCE]);
	step->whole = s->slowdown *
		(step->linear + step->expert + step->cache + step->attention + step->collective + step->fixed);
	/* Stages wait for each other, but where one sequence passes them in turn. */
	if (s->engine != ENGINE_LLAMACPP)
		step->whole *= 1 + c->value[C_BUBBLE] * (s->pp - 1);
	if (!isnan(s->year))
		step->whole *= exp(c->value[C_AGE] * fmax(0, fmin(3, 2026 - s->year)));
}

/* ---- continuous batching */

static double
step_time(const struct setup *s, const struct constants *c, double decoding, double context, double prompt_tokens)
{
	struct step step;

	throughput_step(s, c, decoding, context, prompt_tokens, &step);
	return step.whole;
}

static double
computed_input(const struct setup *s)
{
	return fmax(1, s->isl * (1 - s->cached));
}

/* *to is *step times a factor, added to what it holds. */
static void
add_step(struct step *to, const struct step *step, double factor)
{
	double linear = to->linear_math * to->linear + factor * step->linear_math * step->linear;
	double expert = to->expert_math * to->expert + factor * step->expert_math * step->expert;

	to->linear += factor * step->linear;
	to->expert += factor * step->expert;
	to->cache += factor * step->cache;
	to->attention += factor * step->attention;
	to->collective += factor * step->collective;
	to->fixed += factor * step->fixed;
	to->whole += factor * step->whole;
	to->linear_math = to->linear > 0 ? linear / to->linear : 0;
	to->expert_math = to->expert > 0 ? expert / to->expert : 0;
}

/* What one prompt adds to steps that decode such sequences, whose own time is *decode. */
static void
prompt_adds(const struct setup *s, const struct constants *c, double decoding, double context,
	const struct step *decode, struct step *adds)
{
	double tokens = computed_input(s), chunk = fmin(CHUNK, fmax(tokens, fmin(CHUNK, tokens * decoding)));
	struct step mixed;

	throughput_step(s, c, decoding, context, chunk, &mixed);
	*adds = (struct step){ .whole = 0 };
	add_step(adds, &mixed, tokens / chunk);
	add_step(adds, decode, -tokens / chunk);
}

/* One prompt with nothing else to do. */
static void
prompt_alone(const struct setup *s, const struct constants *c, struct step *alone)
{
	double tokens = computed_input(s), chunk = fmin(CHUNK, tokens);
	struct step step;

	throughput_step(s, c, 0, 0, chunk, &step);
	*alone = (struct step){ .whole = 0 };
	add_step(alone, &step, tokens / chunk);
}

/* How bunched prompts are under this engine; those that are not known are taken for vLLM. */
static double
bunching(const struct setup *s, const struct constants *c)
{
	return c->value[s->engine == ENGINE_SGLANG   ? C_BUNCH_SGLANG
			: s->engine == ENGINE_TRTLLM ? C_BUNCH_TRTLLM
						     : C_BUNCH_VLLM];
}

struct mixture {
	struct step token, decode, adds; /* a token; a step without prompts; what one more prompt adds to such steps */
	double bunched;                  /* seconds for prompts that fall before a request's first token */
};

/*
 * The time of a token of each of B sequences; others is how many of them bring prompts in meanwhile, B itself where
 * more wait at the door. In a closed loop some of the prompts' time falls between other tokens, the rest before the first.
 */
static void
token_time(const struct setup *s, const struct constants *c, double sequences, double others, struct mixture *m)
{
	double each = sequences / s->pp, context = s->isl + s->osl / 2, prompts, load;

	throughput_step(s, c, each, context, 0, &m->decode);
	prompt_adds(s, c, each, context, &m->decode, &m->adds);
	m->token = (struct step){ .whole = 0 };
	m->bunched = 0;
	add_step(&m->token, &m->decode, 1 / s->accepted);
	if (s->disaggregated || s->batch_static)
		return;
	prompts = c->value[C_MIX] * engine_constant(c, s->engine, C_MIX_VLLM) * others / s->pp / fmax(s->osl, 1);
	if (others < sequences && !s->open_loop) {
		load = bunching(s, c) * prompts * m->adds.whole / m->token.whole;
		m->bunched = prompts * m->adds.whole * load / (1 + load) * s->osl;
		prompts /= 1 + load;
	}
	add_step(&m->token, &m->adds, prompts);
}

static double
token_seconds(const struct setup *s, const struct constants *c, double sequences, double others)
{
	struct mixture mixture;

	token_time(s, c, sequences, others, &mixture);
	return mixture.token.whole;
}

double
throughput_slots(const struct setup *s, const struct constants *c)
{
	return c->value[s->engine == ENGINE_TRTLLM ? C_SLOTS_TRTLLM : C_SLOTS] * s->dp;
}

static double
slots(const struct setup *s, const struct constants *c, const struct memory *memory)
{
	return fmin(memory->sequences, throughput_slots(s, c));
}

/*
 * The first token: the own prompt and a wait that grows with the share of time that prompts take. In a closed loop
 * requests come in bunches: the wave in which the first of a run come all at once, and those that end together later.
 * Sequences that do not fit wait for their turn.
 */
static double
first_token(const struct setup *s, const struct constants *c, const struct throughput *t, double wanted, double adds)
{
	double load = t->concurrency * adds / (s->osl * t->tpot_s + adds), queue;

	load = fmin(load, 0.95);
	if (s->open_loop)
		return t->tpot_s + c->value[C_FIRST] * t->prefill_s + c->value[C_WAIT] * adds * load / (1 - load);
	queue = engine_constant(c, s->engine, C_FIRST_VLLM) *
		(c->value[C_FIRST_BASE] + c->value[C_FIRST_EACH] * t->concurrency +
			c->value[C_FIRST_STEPS] * t->tpot_s + c->value[C_FIRST] * t->prefill_s +
			c->value[C_WAIT] * adds * load / (1 - load) + c->value[C_WAVE] * (t->concurrency - 1) * adds);
	queue += t->bunched_s;
	if (wanted > t->concurrency)
		queue += (wanted - t->concurrency) / t->concurrency * s->osl * t->tpot_s;
	return queue;
}

static void
speeds(const struct setup *s, struct throughput *t, double requests_s)
{
	t->requests_s = requests_s;
	t->output_tok_s = requests_s * s->osl;
	t->total_tok_s = requests_s * (s->osl + s->isl);
}

static void
in_a_batch(const struct setup *s, const struct constants *c, struct throughput *t)
{
	double prompts = t->concurrency * computed_input(s), chunk = fmin(prompts, PROMPTS_TOGETHER);

	t->ttft_s = step_time(s, c, 0, 0, chunk) * prompts / chunk;
	t->e2e_s = t->ttft_s + fmax(0, s->osl - 1) * t->tpot_s;
	speeds(s, t, t->concurrency / t->e2e_s);
}

static void
in_flight(const struct setup *s, const struct constants *c, struct throughput *t, double adds)
{
	double fit = t->concurrency, wanted = s->concurrency;

	t->ttft_s = first_token(s, c, t, wanted > 0 ? wanted : fit, adds);
	t->e2e_s = t->ttft_s + fmax(0, s->osl - 1) * t->tpot_s;
	if (wanted > 0)
		speeds(s, t, wanted / t->e2e_s);
	else
		speeds(s, t, fit / (s->osl * t->tpot_s));
}

static int
modelled(const struct transformer *m, struct err *err)
{
	if (m->attention != ATTENTION_NOVEL && !isnan(m->nonexpert) && !isnan(m->kv_elements))
		return 0;
	return err_set(err, ERR_INPUT,
		"%.*s has attention of a kind that is not modelled: its parameters and cache are not known",
		(int)m->name.n, m->name.p);
}

int
throughput_of(const struct setup *s, const struct constants *c, struct throughput *t, struct err *err)
{
	struct mixture mixture;
	double fit;

	if (modelled(s->model, err) != 0)
		return -1;
	*t = (struct throughput){ .concurrency = 0 };
	throughput_memory(s, c, &t->memory);
	fit = slots(s, c, &t->memory);
	if (fit < 1)
		return 0;
	t->concurrency = s->concurrency > 0 ? fmin(s->concurrency, s->batch_static ? t->memory.sequences : fit) : fit;
	token_time(s, c, t->concurrency, s->concurrency > 0 ? fmax(0, t->concurrency - 1) : t->concurrency, &mixture);
	t->token = mixture.token;
	t->step = mixture.decode;
	t->bunched_s = mixture.bunched;
	t->tpot_s = t->token.whole;
	prompt_alone(s, c, &t->first);
	t->prefill_s = t->first.whole;
	t->prefill_tok_s = computed_input(s) / t->prefill_s * s->dp;
	if (s->batch_static)
		in_a_batch(s, c, t);
	else
		in_flight(s, c, t, mixture.adds.whole);
	return 0;
}

#define HALVINGS 48

double
throughput_settles(const struct setup *setup, const struct constants *c, double requests_s)
{
	struct setup s = *setup;
	struct throughput t;
	double low = 0, high;

	s.concurrency = 0;
	if (throughput_of(&s, c, &t, NULL) != 0 || t.concurrency < 1 || t.requests_s <= requests_s)
		return INFINITY;
	high = t.concurrency;
	for (int i = 0; i < HALVINGS; i++) {
		s.concurrency = (low + high) / 2;
		throughput_of(&s, c, &t, NULL);
		if (t.requests_s < requests_s)
			low = s.concurrency;
		else
			high = s.concurrency;
	}
	return high;
}

double
throughput_within(const struct setup *setup, const struct constants *c, double tpot_s)
{
	struct memory memory;
	double low = 0, high;

	throughput_memory(setup, c, &memory);
	high = slots(setup, c, &memory);
	if (high < 1 || token_seconds(setup, c, 1, 0) > tpot_s)
		return 0;
	if (token_seconds(setup, c, high, high - 1) <= tpot_s)
		return high;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (token_seconds(setup, c, middle, fmax(0, middle - 1)) <= tpot_s)
			low = middle;
		else
			high = middle;
	}
	return floor(low);
}

void
setup_default(struct setup *setup)
{
	*setup = (struct setup){
		.year = NAN, .tp = 1, .pp = 1, .dp = 1, .isl = 1024, .osl = 256, .accepted = 1, .slowdown = 1
	};
}
