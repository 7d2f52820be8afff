/*
 * breakeven bench: how fast inference is here, by measuring it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bench/spread.h"
#include "daemon/cmd_bench.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/model_file.h"
#include "daemon/report/answer.h"
#include "daemon/report/shelf.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/nearest.h"

#define SAME_LAYERS 0.05 /* share that a model's weights may differ by from those of its shape */

static const struct part {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} parts[] = {
	{ "cpu", bench_cpu, bench_cpu_help },
	{ "gpu", bench_gpu, bench_gpu_help },
	{ "endpoint", bench_endpoint, bench_endpoint_help },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const struct part *
find_part(const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < PARTS; i++) {
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
		nearest_offer(&nearest, parts[i].name);
	}
	fprintf(stderr, "breakeven bench: '%s' is nothing that can be measured; ", name);
	if (nearest_found(&nearest) != NULL)
		fprintf(stderr, "did you mean '%s'?\n", nearest_found(&nearest));
	else
		fprintf(stderr, "`breakeven help bench` lists what can\n");
	return NULL;
}

static int
help(const char *subject)
{
	const struct part *part = find_part(subject);

	if (part == NULL)
		return 2;
	fputs(part->help, stdout);
	return 0;
}

static int
bench(int argc, char **argv)
{
	const struct part *part;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr,
			"breakeven bench: say what is to be measured, cpu, gpu or endpoint: `breakeven bench cpu`\n");
		return 2;
	}
	part = find_part(argv[1]);
	return part == NULL ? 2 : part->run(argc - 1, argv + 1);
}

int
bench_whole(const char *option, const char *given, int64_t fallback, int64_t least, int64_t most, int64_t *value,
	struct err *err)
{
	*value = fallback;
	if (given == NULL)
		return 0;
	if (decimal_parse(given, strlen(given), 0, value, NULL, NULL) != 0 || *value < least || *value > most)
		return err_set(err, ERR_INPUT, "--%s is '%s'; it is a whole number from %lld to %lld", option, given,
			(long long)least, (long long)most);
	return 0;
}

/* A count of the table, where it is one. */
static size_t
count_of(double value)
{
	return isfinite(value) && value >= 0 ? (size_t)value : 0;
}

static int
shape_of(const struct transformer *model, const char *part, struct shape *shape, struct err *err)
{
	const char *why = NULL;
	double counted;

	if (model->experts > 0)
		why = "a mixture of experts";
	else if (model->attention != ATTENTION_GROUPED)
		why = "of another attention than grouped-query";
	else if (model->linear_layers > 0 || model->window_layers > 0)
		why = "of layers that do not all see the whole context";
	if (why != NULL)
		return err_set(err, ERR_INPUT,
			"%.*s is %s; bench %s runs dense models with grouped-query attention, such as Llama-3.2-1B",
			(int)model->name.n, model->name.p, why, part);
	/* Others, with an MLP of two matrices and not three, would be run a third too large. */
	counted = model->layers *
			(2 * model->hidden * model->head_dim * (model->heads + model->kv_heads) +
				3 * model->hidden * model->intermediate) +
		model->vocabulary * model->hidden;
	if (!(fabs(counted / transformer_active(model) - 1) < SAME_LAYERS))
		return err_set(err, ERR_INPUT,
			"%.*s has %.4g billion weights a token, and %.4g with the gated MLP of three matrices that bench %s "
			"runs; take a model that has one, such as Llama-3.2-1B",
			(int)model->name.n, model->name.p, transformer_active(model) * 1e-9, counted * 1e-9, part);
	*shape = (struct shape){
		.layers = count_of(model->layers),
		.hidden = count_of(model->hidden),
		.heads = count_of(model->heads),
		.kv_heads = count_of(model->kv_heads),
		.head_dim = count_of(model->head_dim),
		.intermediate = count_of(model->intermediate),
		.vocabulary = count_of(model->vocabulary),
	};
	return 0;
}

int
bench_shelf(struct context *context, struct shelf *shelf, struct err *err)
{
	const struct shelf_request wanted = {
		.arena = context->arena, .settings = &context->settings, .now_us = context->now_us
	};

	return shelf_load(&wanted, shelf, err);
}

int
bench_find_model(struct context *context, const struct shelf *shelf, const char *name, const char *part,
	struct bench_model *model, struct err *err)
{
	const struct transformer *found;
	struct transformer own;

	if (model_file_is(name)) {
		if (model_file_read(context->arena, name, &own, err) != 0)
			return -1;
		found = &own;
	} else
		found = transformer_find(shelf->shelves.models, shelf->shelves.models_n, text_of(name));
	if (found == NULL)
		return measured_unknown_model(text_of(name), &shelf->shelves, err);
	snprintf(model->name, sizeof(model->name), "%.*s", (int)found->name.n, found->name.p);
	return shape_of(found, part, &model->shape, err);
}

void
bench_put_spread(struct answer *answer, const char *name, const char *unit, const struct spread *spread, double scale)
{
	static const char *const suffix[] = { "", "_low", "_high" };
	const double values[] = { spread->median, spread->low, spread->high };

	for (int i = 0; i < 3; i++) {
		char full[64];

		snprintf(full, sizeof(full), "%s%s", name, suffix[i]);
		answer_fact(answer, full, unit, value_number(answer, values[i] * scale));
	}
}

struct bench_figure
bench_kept(const char *name, const char *unit, const struct spread *spread, double scale)
{
	return (struct bench_figure){
		.name = name,
		.unit = unit,
		.value = spread->median * scale,
		.low = spread->low * scale,
		.high = spread->high * scale,
	};
}

static int
put_run(struct context *context, const void *what, struct err *err)
{
	struct bench_run run = *(const struct bench_run *)what;

	return bench_run_put(context->store, &run, err);
}

int
bench_keep(struct context *context, const struct bench_run *run, struct err *err)
{
	return context_change(context, put_run, run, err);
}

void
bench_progress(void *ctx, double done, const char *what)
{
	static const char bar[] = "##############################";
	int width = (int)sizeof(bar) - 1, full = (int)(done * width);

	(void)ctx;
	if (isatty(STDERR_FILENO) == 0)
		return;
	if (done < 0)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\r\033[K[%.*s%*s] %3.0f %% %s", full, bar, width - full, "", done * 100, what);
	fflush(stderr);
}

const struct command cmd_bench = {
	.name = "bench",
	.summary = "measure how fast inference is: this machine's processors, a GPU, a live server",
	.usage =
		"cpu|gpu|endpoint [options]\n\n"
		"  cpu    a transformer of a model's shape with random weights, decoded and prefilled for real, beside\n"
		"         what memory and processors can do at most, in the same run\n"
		"  gpu    an NVIDIA GPU: the matrix products of a model's shape, copies, reads of its cache, power and clocks,\n"
		"         beside what the chip is sold for\n"
		"  endpoint URL --model NAME   an OpenAI-compatible server under load: first token, tokens a second,\n"
		"         errors, cost, at each of several loads\n\n"
		"`breakeven help bench cpu`, `... gpu` and `... endpoint` list their options.\n",
	.example = "breakeven bench cpu --model Qwen2.5-0.5B --precision q4_0 --prompt 32 --tokens 8 --repeats 2",
	.help = help,
	.run = bench,
};
