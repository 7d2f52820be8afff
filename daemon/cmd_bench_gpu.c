/*
 * breakeven bench gpu: the parts of decode and prefill of a model's shape on an NVIDIA GPU.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/bench/gpu.h"
#include "daemon/cmd_bench.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "daemon/report/shelf.h"
#include "daemon/store/bench_runs.h"
#include "models/supply/accelerator.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define MODEL "Llama-3.1-8B"
#define LAUNCH_S 5e-6 /* a call that takes less may wait for the next to be handed over */
#define HELD 0.05     /* share of the memory that others hold from which on it is told */

const char bench_gpu_help[] =
	"usage: breakeven bench gpu [options]\n\n"
	"  --model NAME       whose shapes are measured: a dense model with grouped-query attention (" MODEL
	"), or the\n"
	"                     path of a config.json\n"
	"  --tp N             GPUs that each layer is divided among; this one's part is measured (1)\n"
	"  --context N        tokens in the cache of each sequence that decodes (4096)\n"
	"  --gpu-index N      as CUDA counts them, from 0 (0)\n"
	"  --repeats N        repetitions; the median is told, with the smallest and the largest (5)\n"
	"  --save             keep the run, so that `breakeven report benchmarks` tells when speed drifts\n"
	"  --data DIR, --config FILE, --format text|json|csv\n\n"
	"Measured are copies, the matrix products of a layer in BF16 and FP8 for 1, 8, 64 and 2048 tokens, and reads of a\n"
	"cache for 1, 8 and 64 sequences, beside what the chip is sold for, with power, clock and temperature. Decode and\n"
	"prefill are estimates from these parts, without what an engine does between them: it stays below.\n"
	"It takes NVIDIA's driver (libcuda.so.1) and cuBLAS of CUDA 11, 12 or 13, found as LD_LIBRARY_PATH says. Power and\n"
	"clocks come from libnvidia-ml.so.1, FP8 from cuBLASLt.\n"
	"example:\n"
	"  breakeven bench gpu --model Llama-3.3-70B --tp 4 --context 8192 --save\n";

struct given {
	const char *model, *tp, *context, *index, *repeats, *data, *config, *format;
	int save;
};

struct run {
	struct gpu_plan plan;
	struct gpu_result result;
	struct bench_model model;
	const struct accelerator *chip; /* NULL: in no table */
};

static const char *const load_name[GPU_LOADS] = { "", "_8", "_64" };

/* ---- rates */

/* So much work a second, the least where it took longest. */
static struct spread
rate(const struct gpu_part *part, double work)
{
	return (struct spread){ work / part->seconds.median, work / part->seconds.high, work / part->seconds.low };
}

/* Bytes a second that the chip is sold for; NAN: not known. */
static double
nominal_read(const struct run *run)
{
	return run->chip == NULL ? NAN : run->chip->memory_gb_s * 1e9;
}

static double
nominal_math(const struct run *run, enum gpu_precision precision)
{
	if (run->chip == NULL)
		return NAN;
	return (precision == GPU_FP8 ? run->chip->fp8 : run->chip->fp16) * 1e12;
}

/* The most operations a second of a prefill's products. */
static struct spread
best_math(const struct run *run, enum gpu_precision precision)
{
	struct spread best = { NAN, NAN, NAN };

	for (int product = 0; product < GPU_HEAD; product++) {
		const struct gpu_part *part = &run->result.product[precision][product][GPU_WHOLE];
		struct spread this = rate(part, part->operations);

		if (!(this.median <= best.median))
			best = isnan(this.median) ? best : this;
	}
	return best;
}

/* ---- the answer */

static void
put_columns(struct answer *answer, struct column *const columns[], const double values[], int n)
{
	for (int i = 0; i < n; i++)
		column_add(answer, columns[i], value_number(answer, values[i]));
}

static void
put_product(struct answer *answer, const struct run *run, struct column *const columns[], int p, int product, int t)
{
	const struct gpu_part *part = &run->result.product[p][product][t];
	struct spread math = rate(part, part->operations), read = rate(part, part->bytes);
	const double values[] = { part->seconds.median * 1e6, part->seconds.low * 1e6, part->seconds.high * 1e6,
		math.median * 1e-12, math.low * 1e-12, math.high * 1e-12,
		math.median / nominal_math(run, (enum gpu_precision)p), read.median * 1e-9, read.low * 1e-9,
		read.high * 1e-9, read.median / nominal_read(run) };

	column_add(answer, columns[0], value_text(answer, gpu_precision_name[p]));
	column_add(answer, columns[1], value_text(answer, gpu_product_name[product]));
	column_add(answer, columns[2], value_whole(answer, (int64_t)gpu_tokens[t]));
	column_add(answer, columns[3], value_whole(answer, (int64_t)part->rows));
	column_add(answer, columns[4], value_whole(answer, (int64_t)part->columns));
	put_columns(answer, columns + 5, values, 11);
}

static void
put_products(struct answer *answer, const struct run *run)
{
	answer_table(answer, "products", "The matrix products of a layer, and of the output");

	struct column *const columns[] = { answer_column(answer, "precision", ""), answer_column(answer, "product", ""),
		answer_column(answer, "tokens", "tokens"), answer_column(answer, "rows", ""),
		answer_column(answer, "columns", ""), answer_column(answer, "time", "us"),
		answer_column(answer, "time_low", "us"), answer_column(answer, "time_high", "us"),
		answer_column(answer, "arithmetic", "TFLOP/s"), answer_column(answer, "arithmetic_low", "TFLOP/s"),
		answer_column(answer, "arithmetic_high", "TFLOP/s"),
		answer_column(answer, "arithmetic_share", "of the peak"), answer_column(answer, "read", "GB/s"),
		answer_column(answer, "read_low", "GB/s"), answer_column(answer, "read_high", "GB/s"),
		answer_column(answer, "read_share", "of the peak") };

	for (int p = 0; p < GPU_PRECISIONS; p++)
		for (int product = 0; product < GPU_PRODUCTS; product++)
			for (int t = 0; t < GPU_TOKENS; t++)
				if (run->result.product[p][product][t].rows > 0)
					put_product(answer, run, columns, p, product, t);
}

static void
put_cache(struct answer *answer, const struct run *run)
{
	answer_table(answer, "cache", "Products over the cache of one layer");

	struct column *const columns[] = { answer_column(answer, "sequences", ""),
		answer_column(answer, "context", "tokens"), answer_column(answer, "size", "MB"),
		answer_column(answer, "time", "us"), answer_column(answer, "read", "GB/s"),
		answer_column(answer, "read_low", "GB/s"), answer_column(answer, "read_high", "GB/s"),
		answer_column(answer, "read_share", "of the peak") };

	for (int t = 0; t < GPU_LOADS; t++) {
		const struct gpu_part *part = &run->result.cache[t];
		struct spread read = rate(part, part->bytes);
		const double values[] = { part->bytes * 1e-6, part->seconds.median * 1e6, read.median * 1e-9,
			read.low * 1e-9, read.high * 1e-9, read.median / nominal_read(run) };

		column_add(answer, columns[0], value_whole(answer, (int64_t)gpu_tokens[t]));
		column_add(answer, columns[1], value_whole(answer, (int64_t)run->plan.context));
		put_columns(answer, columns + 2, values, 6);
	}
}

static void
put_speeds(struct answer *answer, const struct run *run)
{
	char name[64];

	for (int p = 0; p < GPU_PRECISIONS; p++) {
		for (int t = 0; t < GPU_LOADS; t++) {
			snprintf(name, sizeof(name), "%s_decode_tok_s%s", gpu_precision_name[p], load_name[t]);
			bench_put_spread(answer, name, "tok/s", &run->result.decode[p][t], 1);
		}
		snprintf(name, sizeof(name), "%s_prefill_tok_s", gpu_precision_name[p]);
		bench_put_spread(answer, name, "tok/s", &run->result.prefill[p], 1);
	}
}

static void
put_limits(struct answer *answer, const struct run *run)
{
	struct spread copy = rate(&run->result.copy, run->result.copy.bytes),
		      upload = rate(&run->result.upload, run->result.upload.bytes);

	bench_put_spread(answer, "copy_bandwidth", "GB/s", &copy, 1e-9);
	answer_fact(answer, "copy_share", "of the peak", value_number(answer, copy.median / nominal_read(run)));
	bench_put_spread(answer, "host_to_device", "GB/s", &upload, 1e-9);
	for (int p = 0; p < GPU_PRECISIONS; p++) {
		struct spread best = best_math(run, (enum gpu_precision)p);
		char name[64];

		snprintf(name, sizeof(name), "%s_arithmetic", gpu_precision_name[p]);
		bench_put_spread(answer, name, "TFLOP/s", &best, 1e-12);
		snprintf(name, sizeof(name), "%s_arithmetic_share", gpu_precision_name[p]);
		answer_fact(answer, name, "of the peak",
			value_number(answer, best.median / nominal_math(run, (enum gpu_precision)p)));
		snprintf(name, sizeof(name), "%s_peak", gpu_precision_name[p]);
		answer_fact(answer, name, "TFLOP/s",
			value_number(answer, nominal_math(run, (enum gpu_precision)p) * 1e-12));
	}
	answer_fact(answer, "read_peak", "GB/s", value_number(answer, nominal_read(run) * 1e-9));
}

/* Seconds of the shortest call. */
static double
shortest(const struct gpu_result *result)
{
	double least = INFINITY;

	for (int p = 0; p < GPU_PRECISIONS; p++)
		for (int product = 0; product < GPU_PRODUCTS; product++)
			for (int t = 0; t < GPU_TOKENS; t++)
				least = fmin(least, result->product[p][product][t].seconds.median);
	for (int t = 0; t < GPU_LOADS; t++)
		least = fmin(least, result->cache[t].seconds.median / 2); /* of two calls */
	return least;
}

/* Why the clock was not higher; "" where it was as high as it gets. *held: by heat or supply. */
static const char *
slowed(struct arena *arena, const struct gpu_result *result, bool *held)
{
	const char *text = "";

	*held = false;
	for (int bit = 1; bit < GPU_SLOWED_BITS; bit++) {
		const char *reason = gpu_slowed_by(result->slowed, bit, held);

		if (reason != NULL)
			text = arena_format(arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", reason);
	}
	return text;
}

static void
put_machine(struct answer *answer, struct context *context, const struct run *run)
{
	const struct gpu_result *r = &run->result;
	const char *said;
	bool held;

	said = slowed(context->arena, r, &held);
	answer_fact(answer, "gpu", "", value_text(answer, r->name));
	answer_fact(answer, "chip", "",
		run->chip == NULL
			? value_unknown(answer)
			: value_text(answer, arena_copy(context->arena, run->chip->name.p, run->chip->name.n)));
	answer_fact(answer, "compute_capability", "",
		value_text(answer, arena_format(context->arena, "%d.%d", r->major, r->minor)));
	answer_fact(answer, "multiprocessors", "", value_whole(answer, r->multiprocessors));
	answer_fact(answer, "memory", "GB", value_number(answer, (double)r->memory * 1e-9));
	answer_fact(
		answer, "l2_cache", "MB", value_number(answer, r->l2_bytes == 0 ? NAN : (double)r->l2_bytes * 1e-6));
	answer_fact(answer, "driver_cuda", "",
		value_text(answer, arena_format(context->arena, "%d.%d", r->driver / 1000, r->driver % 1000 / 10)));
	answer_fact(answer, "cublas", "", value_whole(answer, r->blas));
	answer_fact(answer, "power", "W", value_number(answer, r->power_w));
	answer_fact(answer, "sm_clock", "MHz", value_number(answer, r->sm_mhz));
	answer_fact(answer, "temperature", "degrees C", value_number(answer, r->temperature_c));
	answer_fact(answer, "slowed_by", "", r->slowed_told ? value_text(answer, said) : value_unknown(answer));
}

static void
put_notes(struct answer *answer, struct context *context, const struct run *run)
{
	const struct gpu_result *r = &run->result;
	double others = (double)(r->memory - r->memory_free);
	const char *said;
	bool held;

	said = slowed(context->arena, r, &held);
	answer_note(answer,
		"decode and prefill are estimates from the measured parts: attention of the prompt, norms, sampling, the time "
		"between kernels and%s are not in them, and an engine stays below",
		run->plan.tp > 1 ? " what GPUs tell one another" : " scheduling");
	if (run->chip == NULL)
		answer_note(answer,
			"'%s' is in no table of accelerators: what it is sold for, and the shares of that, are not known",
			r->name);
	if (shortest(r) < LAUNCH_S)
		answer_note(answer,
			"calls as short as %.1f us may be bound by how fast they are handed to the GPU, and not by what it "
			"can do",
			shortest(r) * 1e6);
	if (r->without_fp8[0] != '\0')
		answer_note(answer, "FP8 was not measured, or not all of it: %s", r->without_fp8);
	if (r->without_state[0] != '\0')
		answer_note(answer, "power, clock and temperature are not told, or not all: %s", r->without_state);
	if (said[0] != '\0')
		answer_note(answer, "the clock was held down by %s", said);
	if (others > HELD * (double)r->memory)
		answer_note(answer,
			"%.1f GB of the GPU's memory were held when it began: another program may have slowed it",
			others * 1e-9);
}

static void
put_run(struct answer *answer, struct context *context, const struct run *run)
{
	const struct gpu_result *r = &run->result;
	char one[FIGURE_MAX], many[FIGURE_MAX], prefill[FIGURE_MAX];

	answer_headline(answer,
		"%s at bf16 on %s%s, put together from its parts: at most %s tokens/s decoded for one reader, %s for 64, "
		"%s prefilled",
		run->model.name, r->name,
		run->plan.tp > 1 ? arena_format(context->arena, " as one of %zu", run->plan.tp) : "",
		figure_rough(one, r->decode[GPU_BF16][GPU_ONE].median),
		figure_rough(many, r->decode[GPU_BF16][GPU_MANY].median),
		figure_rough(prefill, r->prefill[GPU_BF16].median));
	answer_fact(answer, "model", "", value_text(answer, run->model.name));
	answer_fact(answer, "tp", "GPUs", value_whole(answer, (int64_t)run->plan.tp));
	answer_fact(answer, "context", "tokens", value_whole(answer, (int64_t)run->plan.context));
	answer_fact(answer, "repeats", "", value_whole(answer, run->plan.repeats));
	put_speeds(answer, run);
	put_limits(answer, run);
	put_machine(answer, context, run);
	put_products(answer, run);
	put_cache(answer, run);
	put_notes(answer, context, run);
}

static int
save(struct context *context, const struct run *run, struct answer *answer, struct err *err)
{
	const struct gpu_result *r = &run->result;
	struct spread copy = rate(&r->copy, r->copy.bytes), upload = rate(&r->upload, r->upload.bytes),
		      bf16 = best_math(run, GPU_BF16), fp8 = best_math(run, GPU_FP8);
	struct bench_run row = {
		.measured_us = context->now_us,
		.kind = "gpu",
		.subject = arena_format(context->arena, "%s, tp %zu, %zu tokens, on %s, number %d, cuBLAS %d",
			run->model.name, run->plan.tp, run->plan.context, r->name, run->plan.index, r->blas),
		.figure = { bench_kept("bf16_decode_tok_s", "tok/s", &r->decode[GPU_BF16][GPU_ONE], 1),
			bench_kept("bf16_decode_tok_s_64", "tok/s", &r->decode[GPU_BF16][GPU_MANY], 1),
			bench_kept("bf16_prefill_tok_s", "tok/s", &r->prefill[GPU_BF16], 1),
			bench_kept("fp8_decode_tok_s", "tok/s", &r->decode[GPU_FP8][GPU_ONE], 1),
			bench_kept("fp8_decode_tok_s_64", "tok/s", &r->decode[GPU_FP8][GPU_MANY], 1),
			bench_kept("fp8_prefill_tok_s", "tok/s", &r->prefill[GPU_FP8], 1),
			bench_kept("bf16_arithmetic", "TFLOP/s", &bf16, 1e-12),
			bench_kept("fp8_arithmetic", "TFLOP/s", &fp8, 1e-12),
			bench_kept("copy_bandwidth", "GB/s", &copy, 1e-9),
			bench_kept("host_to_device", "GB/s", &upload, 1e-9),
			bench_kept("bf16_arithmetic_share", "of the peak", &bf16, 1 / nominal_math(run, GPU_BF16)),
			bench_kept("fp8_arithmetic_share", "of the peak", &fp8, 1 / nominal_math(run, GPU_FP8)),
			bench_kept("copy_share", "of the peak", &copy, 1 / nominal_read(run)) },
		.figures = 13,
	};
	const char *said;
	bool held;

	said = slowed(context->arena, r, &held);
	row.whole = !held;
	row.note = held ? arena_format(context->arena, "the clock was held down by %s", said) : "";
	if (bench_keep(context, &row, err) != 0)
		return -1;
	answer_fact(answer, "saved", "", value_truth(answer, true));
	return 0;
}

/* ---- the run */

static int
make_plan(const struct given *given, struct gpu_plan *plan, struct err *err)
{
	int64_t tp, context, index, repeats;

	if (bench_whole("tp", given->tp, 1, 1, 64, &tp, err) != 0 ||
		bench_whole("context", given->context, 4096, 1, 1 << 20, &context, err) != 0 ||
		bench_whole("gpu-index", given->index, 0, 0, 1023, &index, err) != 0 ||
		bench_whole("repeats", given->repeats, 5, 1, GPU_REPEATS, &repeats, err) != 0)
		return -1;
	plan->tp = (size_t)tp;
	plan->context = (size_t)context;
	plan->index = (int)index;
	plan->repeats = (int)repeats;
	plan->progress = bench_progress;
	return 0;
}

static int
act(struct context *context, const struct given *given, struct run *run, struct err *err)
{
	enum answer_format format;
	struct answer *answer;
	struct shelf shelf;
	int status;

	if (args_format(given->format, &format, err) != 0 || make_plan(given, &run->plan, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0 || bench_shelf(context, &shelf, err) != 0 ||
		bench_find_model(
			context, &shelf, given->model == NULL ? MODEL : given->model, "gpu", &run->model, err) != 0)
		return -1;
	run->plan.shape = run->model.shape;
	status = gpu_measure(&run->plan, &run->result, err);
	bench_progress(NULL, -1, "");
	if (status != 0)
		return -1;
	run->chip = accelerator_find(shelf.shelves.gpus, shelf.shelves.gpus_n, text_of(run->result.name));
	answer = answer_new(context->arena);
	put_run(answer, context, run);
	if (given->save && save(context, run, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

int
bench_gpu(int argc, char **argv)
{
	struct given given = { .model = NULL };
	const struct arg args[] = {
		{ .name = "model", .value = &given.model },
		{ .name = "tp", .value = &given.tp },
		{ .name = "context", .value = &given.context },
		{ .name = "gpu-index", .value = &given.index },
		{ .name = "repeats", .value = &given.repeats },
		{ .name = "save", .flag = &given.save },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	struct context context = { .store = NULL };
	struct run run = { .chip = NULL };
	struct err err = { 0 };
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("bench gpu", &err);
	if (words > 0)
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[1]);
	if (err.kind != ERR_NONE || act(&context, &given, &run, &err) != 0)
		status = command_fail("bench gpu", &err);
	context_close(&context);
	return status;
}
