/*
 * breakeven bench cpu: decode and prefill of a model's shape on this machine's processors.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/bench/cpu.h"
#include "daemon/bench/team.h"
#include "daemon/cmd_bench.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "daemon/report/shelf.h"
#include "daemon/store/bench_runs.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define MODEL "Llama-3.2-1B"
#define BYTES INT64_C(1073741824)
#define QUIET 0.95 /* share of the processors below which a run counts as disturbed */

const char bench_cpu_help[] =
	"usage: breakeven bench cpu [options]\n\n"
	"  --model NAME       whose shape is run: a dense model with grouped-query attention (" MODEL "), or the path\n"
	"                     of a config.json\n"
	"  --precision NAME   of the weights: f32, bf16, q8_0, q4_0 (q8_0)\n"
	"  --threads N        each bound to a processor (all processors)\n"
	"  --prompt N         tokens that are prefilled at once (256)\n"
	"  --tokens N         tokens that are generated behind them (32)\n"
	"  --repeats N        repetitions; the median is told, with the smallest and the largest (5)\n"
	"  --kernels NAME     the best that runs here, of avx512bf16, avx512, avx2; on 64-bit Arm neonmatrix (SMMLA, BFMMLA),\n"
	"                     neondot (SDOT), neon; anywhere portable\n"
	"  --bytes [N]        no model: only how fast so many bytes are read and how fast is calculated\n"
	"  --save             keep the run, so that `breakeven report benchmarks` tells when speed drifts\n"
	"  --data DIR, --config FILE, --format text|json|csv\n\n"
	"Weights are drawn at random and take as much memory as the model's own. Decode is one stream: a reader\n"
	"waiting. Shares are of what the same run measured as the machine's limit.\n"
	"example:\n"
	"  breakeven bench cpu --model Qwen3-0.6B --precision q4_0 --repeats 3\n";

struct given {
	const char *model, *precision, *threads, *prompt, *tokens, *repeats, *kernels, *data, *config, *format;
	int bytes, save;
	const char *size;
};

struct run {
	struct cpu_plan plan;
	struct cpu_result result;
	struct bench_model model;
};

/* ---- what is to be run */

static int
find_kernels(const char *name, const struct kernels **kernels, struct err *err)
{
	char names[128] = "";

	*kernels = name == NULL ? kernels_best() : kernels_find(name);
	if (*kernels != NULL)
		return 0;
	for (size_t i = 0; kernel_sets[i] != NULL; i++)
		if (kernel_sets[i]->runs())
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
				names[0] == '\0' ? "" : ", ", kernel_sets[i]->name);
	return err_set(err, ERR_INPUT, "--kernels is '%s'; this processor runs %s", name, names);
}

static int
make_plan(const struct given *given, struct cpu_plan *plan, struct err *err)
{
	int64_t threads, prompt, tokens, repeats;

	if (bench_whole("threads", given->threads, team_processors(), 1, 1024, &threads, err) != 0 ||
		bench_whole("prompt", given->prompt, 256, 1, 65536, &prompt, err) != 0 ||
		bench_whole("tokens", given->tokens, 32, 1, 65536, &tokens, err) != 0 ||
		bench_whole("repeats", given->repeats, 5, 1, CPU_REPEATS, &repeats, err) != 0 ||
		find_kernels(given->kernels, &plan->kernels, err) != 0)
		return -1;
	plan->precision = WEIGHTS_Q8_0;
	if (given->precision != NULL && weight_format_find(given->precision, &plan->precision) != 0)
		return err_set(err, ERR_INPUT, "--precision is '%s'; bench cpu knows f32, bf16, q8_0 and q4_0",
			given->precision);
	plan->threads = (int)threads;
	plan->prompt = (size_t)prompt;
	plan->tokens = (size_t)tokens;
	plan->repeats = (int)repeats;
	plan->progress = bench_progress;
	return 0;
}

/* ---- the answer */

static void
put_machine(struct answer *answer, const struct cpu_result *result)
{
	bench_put_spread(answer, "cpu_share", "of the processors", &result->cpu_share, 1);
	answer_fact(answer, "kernels", "", value_text(answer, result->kernels));
	answer_fact(answer, "threads", "", value_whole(answer, result->threads));
	answer_fact(answer, "threads_bound", "", value_truth(answer, result->bound));
	answer_fact(answer, "repeats", "", value_whole(answer, result->repeats));
	bench_put_spread(answer, "read_bandwidth", "GB/s", &result->bandwidth, 1e-9);
	bench_put_spread(answer, "peak_arithmetic", "Gop/s", &result->arithmetic, 1e-9);
	if (!result->bound)
		answer_note(answer, "more threads than processors: they take turns, and the figures are lower for it");
	if (result->cpu_share.median < QUIET)
		answer_note(answer,
			"other work had %.0f %% of the processors' time: the figures are lower than a quiet machine's",
			(1 - result->cpu_share.median) * 100);
	if (result->cached > 0 && result->weight_bytes < 4 * result->cached)
		answer_note(answer,
			"%.2f GB are less than four times the processor's cache of %.2f GB, which may hold part of them: "
			"a larger model would be slower than its size tells",
			(double)result->weight_bytes * 1e-9, (double)result->cached * 1e-9);
}

static void
put_run(struct answer *answer, const struct run *run)
{
	const struct cpu_result *r = &run->result;
	const char *precision = weight_format_name(run->plan.precision);
	char decode[FIGURE_MAX], prefill[FIGURE_MAX];

	answer_headline(answer,
		"%s at %s: %s tokens/s decoded, %s prefilled; decoding reads at %.0f %% of what memory gives",
		run->model.name, precision, figure_rough(decode, r->decode_tok_s.median),
		figure_rough(prefill, r->prefill_tok_s.median), r->decode_share.median * 100);
	answer_fact(answer, "model", "", value_text(answer, run->model.name));
	answer_fact(answer, "precision", "", value_text(answer, precision));
	answer_fact(answer, "prompt", "tokens", value_whole(answer, (int64_t)run->plan.prompt));
	answer_fact(answer, "tokens", "tokens", value_whole(answer, (int64_t)run->plan.tokens));
	bench_put_spread(answer, "decode_tok_s", "tok/s", &r->decode_tok_s, 1);
	bench_put_spread(answer, "prefill_tok_s", "tok/s", &r->prefill_tok_s, 1);
	bench_put_spread(answer, "decode_share", "of read bandwidth", &r->decode_share, 1);
	bench_put_spread(answer, "prefill_share", "of peak arithmetic", &r->prefill_share, 1);
	answer_fact(answer, "weights", "GB", value_number(answer, (double)r->weight_bytes * 1e-9));
	answer_fact(answer, "cache_read", "GB", value_number(answer, (double)r->cache_bytes * 1e-9));
	answer_fact(answer, "error", "of the reference", value_number(answer, r->error));
	answer_fact(answer, "error_limit", "of the reference", value_number(answer, r->error_limit));
	put_machine(answer, r);
}

static void
put_limits(struct answer *answer, const struct cpu_result *result)
{
	answer_headline(answer, "memory is read at %.3g GB/s: a model of 1 GB decodes at most %.3g tokens/s here",
		result->bandwidth.median * 1e-9, result->bandwidth.median * 1e-9);
	answer_fact(answer, "bytes", "bytes", value_whole(answer, (int64_t)result->weight_bytes));
	put_machine(answer, result);
}

static int
save(struct context *context, const struct run *run, struct answer *answer, struct err *err)
{
	const struct cpu_result *r = &run->result;
	const struct bench_run row = {
		.measured_us = context->now_us,
		.kind = "cpu",
		.subject = arena_format(context->arena, "%s at %s, %d thread%s, %s, %zu + %zu tokens", run->model.name,
			weight_format_name(run->plan.precision), r->threads, r->threads == 1 ? "" : "s", r->kernels,
			run->plan.prompt, run->plan.tokens),
		.whole = r->cpu_share.median >= QUIET,
		.note = r->cpu_share.median >= QUIET ? "" : "other work had part of the processors' time",
		.figure = { bench_kept("decode_tok_s", "tok/s", &r->decode_tok_s, 1),
			bench_kept("prefill_tok_s", "tok/s", &r->prefill_tok_s, 1),
			bench_kept("read_bandwidth", "GB/s", &r->bandwidth, 1e-9),
			bench_kept("decode_share", "of read bandwidth", &r->decode_share, 1),
			bench_kept("prefill_share", "of peak arithmetic", &r->prefill_share, 1) },
		.figures = 5,
	};

	if (bench_keep(context, &row, err) != 0)
		return -1;
	answer_fact(answer, "saved", "", value_truth(answer, true));
	return 0;
}

/* Without a model there is nothing that these could be of, and nothing to compare a kept run with. */
static int
check_bytes(const struct given *given, struct err *err)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{ "model", given->model != NULL },
		{ "precision", given->precision != NULL },
		{ "prompt", given->prompt != NULL },
		{ "tokens", given->tokens != NULL },
		{ "kernels", given->kernels != NULL },
		{ "save", given->save },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (given->bytes && others[i].given)
			return err_set(err, ERR_INPUT,
				"--bytes measures the machine without a model, and --%s belongs to one; leave out either",
				others[i].name);
	return 0;
}

static int
act(struct context *context, const struct given *given, struct err *err)
{
	enum answer_format format;
	struct answer *answer;
	struct run run = { .plan = { .threads = 0 } };
	struct shelf shelf;
	int64_t bytes;
	int status;

	if (args_format(given->format, &format, err) != 0 || check_bytes(given, err) != 0 ||
		make_plan(given, &run.plan, err) != 0 ||
		bench_whole("bytes", given->size, BYTES, 4096, INT64_C(1) << 46, &bytes, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	answer = answer_new(context->arena);
	if (given->bytes) {
		status = cpu_limits((size_t)bytes, run.plan.threads, run.plan.repeats, &run.result, err);
	} else {
		status = bench_shelf(context, &shelf, err);
		if (status == 0)
			status = bench_find_model(
				context, &shelf, given->model == NULL ? MODEL : given->model, "cpu", &run.model, err);
		run.plan.shape = run.model.shape;
		if (status == 0)
			status = cpu_measure(&run.plan, &run.result, err);
	}
	bench_progress(NULL, -1, "");
	if (status != 0)
		return -1;
	if (given->bytes)
		put_limits(answer, &run.result);
	else
		put_run(answer, &run);
	if (given->save && save(context, &run, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

int
bench_cpu(int argc, char **argv)
{
	struct given given = { .model = NULL };
	const struct arg args[] = {
		{ .name = "model", .value = &given.model },
		{ .name = "precision", .value = &given.precision },
		{ .name = "threads", .value = &given.threads },
		{ .name = "prompt", .value = &given.prompt },
		{ .name = "tokens", .value = &given.tokens },
		{ .name = "repeats", .value = &given.repeats },
		{ .name = "kernels", .value = &given.kernels },
		{ .name = "bytes", .flag = &given.bytes },
		{ .name = "save", .flag = &given.save },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	struct context context = { .store = NULL };
	struct err err = { 0 };
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("bench cpu", &err);
	if (words > 1 || (words == 1 && !given.bytes))
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[words]);
	else if (words == 1)
		given.size = argv[1];
	if (err.kind != ERR_NONE || act(&context, &given, &err) != 0)
		status = command_fail("bench cpu", &err);
	context_close(&context);
	return status;
}
