/*
 * gpu: see gpu.h.
 */
#include "daemon/bench/gpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/nvidia.h"
#include "models/units/err.h"

#define CHUNK ((size_t)32 << 20)     /* bytes on the host that uploads come from */
#define LEAST ((size_t)1 << 30)      /* bytes of the pool */
#define CACHES 8                     /* the pool is so many times the L2 cache */
#define WORKSPACE ((size_t)32 << 20) /* bytes that a product in FP8 may use */
#define RESERVE ((size_t)512 << 20)  /* bytes left to the libraries */
#define FIRST 4                      /* calls before a part's time is known */
#define ROW_S 0.02                   /* seconds that the calls of one repetition take */
#define MOST 4096                    /* calls of one repetition */
#define TASKS_MAX (2 + GPU_LOADS + GPU_PRECISIONS * GPU_PRODUCTS * GPU_TOKENS)

const char *const gpu_precision_name[GPU_PRECISIONS] = { "bf16", "fp8" };
const char *const gpu_product_name[GPU_PRODUCTS] = { "qkv", "out", "gate_up", "down", "head" };
const size_t gpu_tokens[GPU_TOKENS] = { 1, 8, 64, GPU_PROMPT };

enum work { WORK_COPY, WORK_UPLOAD, WORK_PRODUCT, WORK_CACHE };

struct task {
	enum work work;
	enum gpu_precision precision; /* when it runs, too: the copies run with BF16 */
	struct gpu_part *part;
	size_t tokens;       /* of a product; sequences of a cache */
	size_t step, copies; /* bytes of the pool that a call reads; how often they fit */
	size_t calls;        /* of one repetition */
	lt_layout weights, input, output;
	struct lt_algorithm algorithm;
	bool skipped;
	double seconds[GPU_REPEATS]; /* of a call */
};

struct state {
	double power, clock, temperature; /* sums */
	int powers, clocks, temperatures;
};

struct bench {
	const struct gpu_plan *plan;
	struct gpu_result *result;
	struct nvidia nvidia;
	size_t heads, kv_heads; /* of this GPU */
	struct task task[TASKS_MAX];
	size_t tasks;
	struct task *copy, *upload, *cache[GPU_LOADS], *product[GPU_PRECISIONS][GPU_PRODUCTS][GPU_TOKENS];
	size_t pool_bytes, input_bytes, output_bytes, scores_bytes;
	cuda_memory pool, input, output, workspace;
	void *host;
	cuda_stream stream;
	cuda_event begin, end;
	lt_product lt_product;
	lt_preference lt_preference;
	struct state state;
};

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* ---- what is to be measured */

static size_t
element(enum gpu_precision precision)
{
	return precision == GPU_FP8 ? 1 : 2;
}

static struct task *
add(struct bench *bench, enum work work, enum gpu_precision precision, size_t tokens, struct gpu_part *part)
{
	struct task *task = &bench->task[bench->tasks++];

	*task = (struct task){ .work = work, .precision = precision, .tokens = tokens, .part = part };
	return task;
}

static void
add_product(struct bench *bench, enum gpu_precision precision, enum gpu_product product, size_t rows, size_t columns)
{
	for (int t = 0; t < (product == GPU_HEAD ? GPU_LOADS : GPU_TOKENS); t++) {
		struct gpu_part *part = &bench->result->product[precision][product][t];
		struct task *task = add(bench, WORK_PRODUCT, precision, gpu_tokens[t], part);

		part->rows = rows;
		part->columns = columns;
		part->bytes = (double)(rows * columns * element(precision));
		part->operations = 2.0 * (double)rows * (double)columns * (double)task->tokens;
		task->step = round_up(rows * columns * element(precision), 256);
		bench->product[precision][product][t] = task;
		bench->pool_bytes = larger(bench->pool_bytes, 2 * task->step);
		bench->input_bytes = larger(bench->input_bytes, task->tokens * columns * 2);
		bench->output_bytes = larger(bench->output_bytes, task->tokens * rows * 2);
	}
}

static void
add_cache(struct bench *bench, enum gpu_tokens t)
{
	const struct shape *shape = &bench->plan->shape;
	size_t sequences = gpu_tokens[t], context = bench->plan->context;
	struct gpu_part *part = &bench->result->cache[t];
	struct task *task = add(bench, WORK_CACHE, GPU_BF16, sequences, part);

	task->step = round_up(2 * sequences * bench->kv_heads * context * shape->head_dim * 2, 512);
	part->bytes = (double)(2 * sequences * bench->kv_heads * context * shape->head_dim * 2);
	part->operations = 4.0 * (double)(sequences * bench->heads) * (double)(context * shape->head_dim);
	bench->cache[t] = task;
	bench->scores_bytes = larger(bench->scores_bytes, round_up(sequences * bench->heads * context * 2, 256));
	bench->pool_bytes = larger(bench->pool_bytes, task->step);
	bench->input_bytes = larger(bench->input_bytes, sequences * bench->heads * shape->head_dim * 2);
	bench->output_bytes =
		larger(bench->output_bytes, bench->scores_bytes + sequences * bench->heads * shape->head_dim * 2);
}

static int
check_plan(struct bench *bench, struct err *err)
{
	const struct shape *shape = &bench->plan->shape;
	size_t tp = bench->plan->tp;

	if (shape->layers == 0 || shape->hidden == 0 || shape->head_dim == 0 || shape->intermediate == 0 ||
		shape->vocabulary == 0 || shape->kv_heads == 0 || shape->heads % shape->kv_heads != 0)
		return err_set(err, ERR_INPUT, "the model's shape is not whole: %zu layers, %zu wide, %zu heads on %zu",
			shape->layers, shape->hidden, shape->heads, shape->kv_heads);
	if (shape->heads % tp != 0 || shape->intermediate % tp != 0 ||
		(shape->kv_heads % tp != 0 && tp % shape->kv_heads != 0))
		return err_set(err, ERR_INPUT,
			"--tp is %zu; %zu heads, %zu key-value heads and an MLP of %zu cannot be divided so", tp,
			shape->heads, shape->kv_heads, shape->intermediate);
	bench->heads = shape->heads / tp;
	/* A head of keys and values is held more than once where there are more GPUs than such heads. */
	bench->kv_heads = larger(shape->kv_heads / tp, 1);
	return 0;
}

static void
list_tasks(struct bench *bench)
{
	const struct shape *shape = &bench->plan->shape;
	size_t tp = bench->plan->tp, attention = bench->heads * shape->head_dim;

	bench->copy = add(bench, WORK_COPY, GPU_BF16, 0, &bench->result->copy);
	bench->upload = add(bench, WORK_UPLOAD, GPU_BF16, 0, &bench->result->upload);
	for (int p = 0; p < (bench->result->without_fp8[0] == '\0' ? GPU_PRECISIONS : GPU_FP8); p++) {
		add_product(bench, (enum gpu_precision)p, GPU_QKV, attention + 2 * bench->kv_heads * shape->head_dim,
			shape->hidden);
		add_product(bench, (enum gpu_precision)p, GPU_OUT, shape->hidden, attention);
		add_product(bench, (enum gpu_precision)p, GPU_GATE_UP, 2 * shape->intermediate / tp, shape->hidden);
		add_product(bench, (enum gpu_precision)p, GPU_DOWN, shape->hidden, shape->intermediate / tp);
	}
	add_product(bench, GPU_BF16, GPU_HEAD, round_up((shape->vocabulary + tp - 1) / tp, 8), shape->hidden);
	for (int t = 0; t < GPU_LOADS; t++)
		add_cache(bench, (enum gpu_tokens)t);
	bench->pool_bytes =
		round_up(larger(larger(bench->pool_bytes, CACHES * bench->result->l2_bytes), LEAST), 2 * CHUNK);
	bench->copy->step = bench->pool_bytes;
	bench->result->copy.bytes = (double)bench->pool_bytes;
	bench->upload->step = CHUNK;
	bench->result->upload.bytes = (double)CHUNK;
	for (size_t i = 0; i < bench->tasks; i++)
		bench->task[i].part->copies = bench->task[i].copies = bench->pool_bytes / bench->task[i].step;
}

/* ---- what it is measured with */

/*
 * Numbers of either sign below 2 as BF16, in FP8 any that is one: the power that a product takes, and so its clock,
 * depends on its numbers.
 */
static void
draw(unsigned char *to, size_t n, enum gpu_precision precision)
{
	uint64_t state = 88172645463325252U;

	for (size_t i = 0; i < n; i += 2) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		to[i] = (unsigned char)(state >> 8);
		to[i + 1] = (unsigned char)(state >> 16);
		if (precision == GPU_BF16) {
			to[i + 1] = (unsigned char)((to[i + 1] & 0x83) | 0x3c);
			continue;
		}
		for (size_t k = i; k < i + 2; k++)
			if ((to[k] & 0x7f) == 0x7f) /* not a number */
				to[k] ^= 0x40;
	}
}

static int
fill(struct bench *bench, cuda_memory to, size_t bytes, struct err *err)
{
	struct nvidia *nvidia = &bench->nvidia;

	for (size_t at = 0; at < bytes; at += CHUNK)
		if (NVIDIA_CUDA(nvidia, copy_in, "cuMemcpyHtoDAsync", to + at, bench->host,
			    bytes - at < CHUNK ? bytes - at : CHUNK, bench->stream) != 0)
			return -1;
	return NVIDIA_CUDA(nvidia, stream_wait, "cuStreamSynchronize", bench->stream);
}

static int
take_memory(struct bench *bench, struct err *err)
{
	struct nvidia *nvidia = &bench->nvidia;
	size_t need = bench->pool_bytes + bench->input_bytes + bench->output_bytes + WORKSPACE + RESERVE;

	if (need > nvidia->memory_free)
		return err_set(err, ERR_OUTSIDE,
			"weights, activations and a cache of %zu tokens for %zu sequences take %.1f GB of this GPU's memory "
			"and %.1f GB are free; %.1f GB are missing",
			bench->plan->context, gpu_tokens[GPU_MANY], (double)need * 1e-9,
			(double)nvidia->memory_free * 1e-9, (double)(need - nvidia->memory_free) * 1e-9);
	if (NVIDIA_CUDA(nvidia, allocate, "cuMemAlloc", &bench->pool, bench->pool_bytes) != 0 ||
		NVIDIA_CUDA(nvidia, allocate, "cuMemAlloc", &bench->input, bench->input_bytes) != 0 ||
		NVIDIA_CUDA(nvidia, allocate, "cuMemAlloc", &bench->output, bench->output_bytes) != 0 ||
		NVIDIA_CUDA(nvidia, allocate, "cuMemAlloc", &bench->workspace, WORKSPACE) != 0 ||
		NVIDIA_CUDA(nvidia, allocate_host, "cuMemAllocHost", &bench->host, CHUNK) != 0 ||
		NVIDIA_CUDA(nvidia, stream_create, "cuStreamCreate", &bench->stream, 0) != 0 ||
		NVIDIA_CUDA(nvidia, event_create, "cuEventCreate", &bench->begin, 0) != 0 ||
		NVIDIA_CUDA(nvidia, event_create, "cuEventCreate", &bench->end, 0) != 0)
		return -1;
	return nvidia_blas(nvidia, nvidia->blas.set_stream(nvidia->blas_handle, bench->stream), "cublasSetStream", err);
}

static void
give_back(struct bench *bench)
{
	const struct cuda *cuda = &bench->nvidia.cuda;
	const struct lt *lt = &bench->nvidia.lt;
	const cuda_memory memory[] = { bench->pool, bench->input, bench->output, bench->workspace };

	/* What still runs reads them. */
	if (bench->stream != NULL)
		cuda->stream_wait(bench->stream);
	for (size_t i = 0; i < bench->tasks; i++) {
		const lt_layout layouts[] = { bench->task[i].weights, bench->task[i].input, bench->task[i].output };

		for (int k = 0; k < 3; k++)
			if (layouts[k] != NULL)
				lt->layout_destroy(layouts[k]);
	}
	if (bench->lt_preference != NULL)
		lt->preference_destroy(bench->lt_preference);
	if (bench->lt_product != NULL)
		lt->product_destroy(bench->lt_product);
	if (bench->begin != NULL)
		cuda->event_destroy(bench->begin);
	if (bench->end != NULL)
		cuda->event_destroy(bench->end);
	if (bench->stream != NULL)
		cuda->stream_destroy(bench->stream);
	if (bench->host != NULL)
		cuda->free_host(bench->host);
	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (memory[i] != 0)
			cuda->free(memory[i]);
}

/* ---- products in FP8 */

#define LT(member, call, ...) nvidia_lt(&bench->nvidia, bench->nvidia.lt.member(__VA_ARGS__), call, err)

/* What the library does not know or have is no failure: only there is no FP8. */
static bool
lacks(int status)
{
	return status == BLAS_INVALID_VALUE || status == BLAS_ARCH_MISMATCH || status == BLAS_NOT_SUPPORTED;
}

/*
 * Both factors lie with their columns, the inner dimension, together: the form that there is in FP8. Scales are not
 * given and so are 1. A library from before FP8 does not know its attribute.
 */
static int
prepare_fp8(struct bench *bench, struct err *err)
{
	const int32_t transposed = BLAS_TRANSPOSED;
	const int8_t fast = 1;
	const uint64_t workspace = WORKSPACE;
	int status;

	if (LT(product_create, "cublasLtMatmulDescCreate", &bench->lt_product, BLAS_COMPUTE_F32, TYPE_F32) != 0 ||
		LT(product_set, "cublasLtMatmulDescSetAttribute", bench->lt_product, LT_TRANSPOSE_A, &transposed,
			sizeof(transposed)) != 0)
		return -1;
	status = bench->nvidia.lt.product_set(bench->lt_product, LT_FAST_ACCUMULATION, &fast, sizeof(fast));
	if (lacks(status)) {
		snprintf(bench->result->without_fp8, sizeof(bench->result->without_fp8),
			"this cuBLASLt is older than FP8, which came with CUDA 11.8");
		return 0;
	}
	if (nvidia_lt(&bench->nvidia, status, "cublasLtMatmulDescSetAttribute", err) != 0 ||
		LT(preference_create, "cublasLtMatmulPreferenceCreate", &bench->lt_preference) != 0)
		return -1;
	return LT(preference_set, "cublasLtMatmulPreferenceSetAttribute", bench->lt_preference, LT_WORKSPACE_BYTES,
		&workspace, sizeof(workspace));
}

/* How this product is best computed, by the library's own judgement; one that it does not have is skipped. */
static int
choose_fp8(struct bench *bench, struct task *task, struct err *err)
{
	const struct nvidia *nvidia = &bench->nvidia;
	size_t rows = task->part->rows, columns = task->part->columns;
	struct lt_choice choice = { .workspace = 0 };
	int n = 0, status;

	if (LT(layout_create, "cublasLtMatrixLayoutCreate", &task->weights, TYPE_E4M3, columns, rows,
		    (int64_t)columns) != 0 ||
		LT(layout_create, "cublasLtMatrixLayoutCreate", &task->input, TYPE_E4M3, columns, task->tokens,
			(int64_t)columns) != 0 ||
		LT(layout_create, "cublasLtMatrixLayoutCreate", &task->output, TYPE_BF16, rows, task->tokens,
			(int64_t)rows) != 0)
		return -1;
	status = nvidia->lt.choose(nvidia->lt_handle, bench->lt_product, task->weights, task->input, task->output,
		task->output, bench->lt_preference, 1, &choice, &n);
	if (lacks(status) || (status == 0 && (n == 0 || choice.state != 0))) {
		task->skipped = true;
		if (bench->result->without_fp8[0] == '\0')
			snprintf(bench->result->without_fp8, sizeof(bench->result->without_fp8),
				"cuBLASLt has no such product for weights of %zu by %zu and %zu tokens on this GPU",
				rows, columns, task->tokens);
		return 0;
	}
	task->algorithm = choice.algorithm;
	return nvidia_lt(nvidia, status, "cublasLtMatmulAlgoGetHeuristic", err);
}

static int
prepare_tasks(struct bench *bench, struct err *err)
{
	bool none;

	if (bench->result->without_fp8[0] != '\0')
		return 0;
	if (prepare_fp8(bench, err) != 0)
		return -1;
	none = bench->result->without_fp8[0] != '\0';
	for (size_t i = 0; i < bench->tasks; i++) {
		struct task *task = &bench->task[i];

		task->skipped = none && task->precision == GPU_FP8;
		if (task->precision == GPU_FP8 && !none && choose_fp8(bench, task, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- calls */

static const float one = 1, zero = 0;

static const void *
at(cuda_memory memory)
{
	return (const void *)(uintptr_t)memory; // NOLINT: the GPU's addresses are handed over as pointers
}

static int
call_product(struct bench *bench, const struct task *task, cuda_memory weights, struct err *err)
{
	const struct nvidia *nvidia = &bench->nvidia;
	int rows = (int)task->part->rows, columns = (int)task->part->columns;
	void *output = (void *)(uintptr_t)bench->output;

	if (task->precision == GPU_FP8)
		return LT(run, "cublasLtMatmul", nvidia->lt_handle, bench->lt_product, &one, at(weights), task->weights,
			at(bench->input), task->input, &zero, output, task->output, output, task->output,
			&task->algorithm, (void *)(uintptr_t)bench->workspace, WORKSPACE, bench->stream);
	return nvidia_blas(nvidia,
		nvidia->blas.product(nvidia->blas_handle, BLAS_TRANSPOSED, BLAS_AS_IT_IS, rows, (int)task->tokens,
			columns, &one, at(weights), TYPE_BF16, columns, at(bench->input), TYPE_BF16, columns, &zero,
			output, TYPE_BF16, rows, BLAS_COMPUTE_F32, BLAS_ALGORITHM_DEFAULT),
		"cublasGemmEx", err);
}

/* Queries times keys, and what comes of it times values, for each head of keys and values of each sequence. */
static int
call_cache(struct bench *bench, const struct task *task, cuda_memory keys, struct err *err)
{
	const struct nvidia *nvidia = &bench->nvidia;
	int context = (int)bench->plan->context, width = (int)bench->plan->shape.head_dim;
	int group = (int)(bench->heads / bench->kv_heads), n = (int)(task->tokens * bench->kv_heads);
	long long cached = (long long)context * width, scored = (long long)context * group,
		  queried = (long long)width * group;
	void *scores = (void *)(uintptr_t)bench->output;
	void *output = (void *)(uintptr_t)(bench->output + bench->scores_bytes);

	if (nvidia_blas(nvidia,
		    nvidia->blas.batch(nvidia->blas_handle, BLAS_TRANSPOSED, BLAS_AS_IT_IS, context, group, width, &one,
			    at(keys), TYPE_BF16, width, cached, at(bench->input), TYPE_BF16, width, queried, &zero,
			    scores, TYPE_BF16, context, scored, n, BLAS_COMPUTE_F32, BLAS_ALGORITHM_DEFAULT),
		    "cublasGemmStridedBatchedEx", err) != 0)
		return -1;
	return nvidia_blas(nvidia,
		nvidia->blas.batch(nvidia->blas_handle, BLAS_AS_IT_IS, BLAS_AS_IT_IS, width, group, context, &one,
			at(keys + task->step / 2), TYPE_BF16, width, cached, scores, TYPE_BF16, context, scored, &zero,
			output, TYPE_BF16, width, queried, n, BLAS_COMPUTE_F32, BLAS_ALGORITHM_DEFAULT),
		"cublasGemmStridedBatchedEx", err);
}

static int
call(struct bench *bench, const struct task *task, size_t i, struct err *err)
{
	struct nvidia *nvidia = &bench->nvidia;
	cuda_memory here = bench->pool + i % task->copies * task->step;
	size_t half = bench->pool_bytes / 2;

	switch (task->work) {
	case WORK_COPY:
		return NVIDIA_CUDA(
			nvidia, copy, "cuMemcpyDtoDAsync", bench->pool + half, bench->pool, half, bench->stream);
	case WORK_UPLOAD:
		return NVIDIA_CUDA(nvidia, copy_in, "cuMemcpyHtoDAsync", here, bench->host, CHUNK, bench->stream);
	case WORK_CACHE:
		return call_cache(bench, task, here, err);
	case WORK_PRODUCT:
		break;
	}
	return call_product(bench, task, here, err);
}

/* ---- power, clock, temperature */

static void
look(struct bench *bench, const char *name, int code)
{
	char *why = bench->result->without_state;

	if (code != 0 && why[0] == '\0')
		snprintf(why, sizeof(bench->result->without_state), "%s failed: %s (%d)", name,
			bench->nvidia.nvml.error_text(code), code);
}

static void
sample(struct bench *bench)
{
	const struct nvml *nvml = &bench->nvidia.nvml;
	nvml_handle gpu = bench->nvidia.gpu;
	struct state *state = &bench->state;
	unsigned long long reasons = 0;
	unsigned value = 0;
	int code;

	if (gpu == NULL)
		return;
	if (nvml->power != NULL) {
		look(bench, "nvmlDeviceGetPowerUsage", code = nvml->power(gpu, &value));
		state->power += code == 0 ? value * 1e-3 : 0;
		state->powers += code == 0;
	}
	if (nvml->clock != NULL) {
		look(bench, "nvmlDeviceGetClockInfo", code = nvml->clock(gpu, NVML_CLOCK_SM, &value));
		state->clock += code == 0 ? value : 0;
		state->clocks += code == 0;
	}
	if (nvml->temperature != NULL) {
		look(bench, "nvmlDeviceGetTemperature", code = nvml->temperature(gpu, NVML_SENSOR_GPU, &value));
		state->temperature += code == 0 ? value : 0;
		state->temperatures += code == 0;
	}
	if (nvml->reasons != NULL || nvml->reasons_older != NULL) {
		code = nvml->reasons != NULL ? nvml->reasons(gpu, &reasons) : nvml->reasons_older(gpu, &reasons);
		look(bench, "nvmlDeviceGetCurrentClocksEventReasons", code);
		bench->result->slowed |= code == 0 ? reasons : 0;
		bench->result->slowed_told = bench->result->slowed_told || code == 0;
	}
}

const char *
gpu_slowed_by(uint64_t slowed, int bit, bool *held)
{
	static const struct {
		const char *text;
		bool held;
	} reasons[GPU_SLOWED_BITS] = {
		{ "it was idle", false },
		{ "clocks are set", false },
		{ "the power limit", false },
		{ "a slowdown of the hardware", true },
		{ "it follows other GPUs", false },
		{ "heat", true },
		{ "heat, by the hardware", true },
		{ "a weak power supply", true },
		{ "clocks are set for a display", false },
	};

	if (bit >= GPU_SLOWED_BITS || (slowed >> bit & 1) == 0)
		return NULL;
	*held = *held || reasons[bit].held;
	return reasons[bit].text;
}

/* ---- repetitions */

/* So many calls in a row by the GPU's clock: seconds of one. */
static int
time_calls(struct bench *bench, const struct task *task, size_t calls, bool counts, double *seconds, struct err *err)
{
	struct nvidia *nvidia = &bench->nvidia;
	float ms = 0;

	if (NVIDIA_CUDA(nvidia, event_record, "cuEventRecord", bench->begin, bench->stream) != 0)
		return -1;
	for (size_t i = 0; i < calls; i++)
		if (call(bench, task, i, err) != 0)
			return -1;
	if (NVIDIA_CUDA(nvidia, event_record, "cuEventRecord", bench->end, bench->stream) != 0)
		return -1;
	if (counts)
		sample(bench);
	if (NVIDIA_CUDA(nvidia, event_wait, "cuEventSynchronize", bench->end) != 0 ||
		NVIDIA_CUDA(nvidia, event_elapsed, "cuEventElapsedTime", &ms, bench->begin, bench->end) != 0)
		return -1;
	if (!(ms > 0))
		return err_set(err, ERR_OUTSIDE, "cuEventElapsedTime tells %g ms for %zu calls", (double)ms, calls);
	*seconds = (double)ms * 1e-3 / (double)calls;
	return 0;
}

/* The first calls load what they need; the next say how many make a repetition. */
static int
warm_up(struct bench *bench, struct task *task, struct err *err)
{
	double seconds;

	if (time_calls(bench, task, FIRST, false, &seconds, err) != 0 ||
		time_calls(bench, task, FIRST, false, &seconds, err) != 0)
		return -1;
	task->calls = ROW_S / seconds > MOST ? MOST : larger((size_t)ceil(ROW_S / seconds), FIRST);
	return 0;
}

static int
run_precision(struct bench *bench, enum gpu_precision precision, struct err *err)
{
	const struct gpu_plan *plan = bench->plan;
	int rounds = plan->repeats + 1;

	draw(bench->host, CHUNK, precision);
	if (fill(bench, bench->pool, bench->pool_bytes, err) != 0 ||
		fill(bench, bench->input, bench->input_bytes, err) != 0)
		return -1;
	for (int r = 0; r < rounds; r++) {
		if (plan->progress != NULL)
			plan->progress(plan->ctx, (double)(r + rounds * (int)precision) / (rounds * GPU_PRECISIONS),
				r == 0 ? "warming up" : gpu_precision_name[precision]);
		for (size_t i = 0; i < bench->tasks; i++) {
			struct task *task = &bench->task[i];

			if (task->precision != precision || task->skipped)
				continue;
			if (r == 0 ? warm_up(bench, task, err) != 0
				   : time_calls(bench, task, task->calls, true, &task->seconds[r - 1], err) != 0)
				return err_in(err, "%s", bench->nvidia.name);
		}
	}
	return 0;
}

/* ---- what comes of it */

/* The linear layers of the model for so many tokens; NAN where one was not measured. */
static double
layers_take(const struct bench *bench, int precision, int t, int r)
{
	double sum = 0;

	for (int product = 0; product < GPU_HEAD; product++) {
		const struct task *task = bench->product[precision][product][t];

		sum += task == NULL || task->skipped ? NAN : task->seconds[r];
	}
	return sum * (double)bench->plan->shape.layers;
}

static double
decode_takes(const struct bench *bench, int precision, int t, int r)
{
	const struct task *cache = bench->cache[t];
	double read = fmin(cache->seconds[r], cache->part->bytes * bench->copy->seconds[r] / bench->copy->part->bytes);

	return layers_take(bench, precision, t, r) + read * (double)bench->plan->shape.layers +
		bench->product[GPU_BF16][GPU_HEAD][t]->seconds[r];
}

static void
conclude(struct bench *bench)
{
	struct gpu_result *result = bench->result;
	const struct state *state = &bench->state;
	int repeats = bench->plan->repeats;
	double speed[GPU_REPEATS];

	for (int p = 0; p < GPU_PRECISIONS; p++) {
		for (int t = 0; t < GPU_LOADS; t++) {
			for (int r = 0; r < repeats; r++)
				speed[r] = (double)gpu_tokens[t] / decode_takes(bench, p, t, r);
			result->decode[p][t] = spread_of(speed, repeats);
		}
		for (int r = 0; r < repeats; r++)
			speed[r] = GPU_PROMPT / layers_take(bench, p, GPU_WHOLE, r);
		result->prefill[p] = spread_of(speed, repeats);
	}
	for (size_t i = 0; i < bench->tasks; i++)
		bench->task[i].part->seconds = bench->task[i].skipped ? (struct spread){ NAN, NAN, NAN }
								      : spread_of(bench->task[i].seconds, repeats);
	result->power_w = state->powers > 0 ? state->power / state->powers : NAN;
	result->sm_mhz = state->clocks > 0 ? state->clock / state->clocks : NAN;
	result->temperature_c = state->temperatures > 0 ? state->temperature / state->temperatures : NAN;
}

static void
describe(struct bench *bench)
{
	const struct nvidia *nvidia = &bench->nvidia;
	struct gpu_result *result = bench->result;

	/* What is not listed is not measured. */
	for (int p = 0; p < GPU_PRECISIONS; p++)
		for (int product = 0; product < GPU_PRODUCTS; product++)
			for (int t = 0; t < GPU_TOKENS; t++)
				result->product[p][product][t].seconds = (struct spread){ NAN, NAN, NAN };
	snprintf(result->name, sizeof(result->name), "%s", nvidia->name);
	result->driver = nvidia->driver;
	result->blas = nvidia->blas_version;
	result->major = nvidia->major;
	result->minor = nvidia->minor;
	result->multiprocessors = nvidia->multiprocessors;
	result->memory = nvidia->memory;
	result->memory_free = nvidia->memory_free;
	result->l2_bytes = nvidia->l2_bytes > 0 ? (size_t)nvidia->l2_bytes : 0;
	snprintf(result->without_state, sizeof(result->without_state), "%s", nvidia->lacks_nvml);
	if (nvidia->lt_handle == NULL)
		snprintf(result->without_fp8, sizeof(result->without_fp8), "%s", nvidia->lacks_lt);
	else if (nvidia->major * 10 + nvidia->minor < 89)
		snprintf(result->without_fp8, sizeof(result->without_fp8),
			"this GPU is of compute capability %d.%d, and FP8 begins with 8.9", nvidia->major,
			nvidia->minor);
}

int
gpu_measure(const struct gpu_plan *plan, struct gpu_result *result, struct err *err)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	int status = -1;

	memset(result, 0, sizeof(*result));
	if (bench == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the plan of the benchmark");
	bench->plan = plan;
	bench->result = result;
	if (check_plan(bench, err) != 0 || nvidia_open(&bench->nvidia, plan->index, err) != 0)
		goto out;
	describe(bench);
	list_tasks(bench);
	if (take_memory(bench, err) != 0 || prepare_tasks(bench, err) != 0)
		goto out;
	for (int p = 0; p < GPU_PRECISIONS; p++)
		if (bench->product[p][GPU_QKV][GPU_ONE] != NULL &&
			run_precision(bench, (enum gpu_precision)p, err) != 0)
			goto out;
	conclude(bench);
	status = 0;
out:
	give_back(bench);
	nvidia_close(&bench->nvidia);
	free(bench);
	return status;
}
