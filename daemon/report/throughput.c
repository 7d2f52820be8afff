/*
 * throughput: time per token, first token, tokens a second, what fits, each with its band and what it rests on.
 */
#include "daemon/report/throughput.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/report/shelf.h"
#include "models/supply/accelerator.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "models/units/figure.h"

const struct param throughput_params[] = {
	{ "model", PARAM_TEXT, NULL, 0, 0, "model, as in \"Llama-3.3-70B\"" },
	{ "gpu", PARAM_TEXT, NULL, 0, 0, "accelerator, as in \"H100 SXM\"; that of self_hosted.gpu" },
	{ "precision", PARAM_TEXT, NULL, 0, 0,
		"bf16, fp8, fp4, int4, q4_k_m, ...; without it what the model is published in" },
	{ "tp", PARAM_NUMBER, NULL, 1, 1024, "GPUs that share each layer" },
	{ "pp", PARAM_NUMBER, NULL, 1, 256, "groups of GPUs that layers are dealt to" },
	{ "dp", PARAM_NUMBER, NULL, 1, 1024, "copies of attention that share one set of experts" },
	{ "isl", PARAM_NUMBER, NULL, 1, 1e7, "tokens of input of a request, mean; 1024" },
	{ "osl", PARAM_NUMBER, NULL, 1, 1e7, "tokens of output of a request, mean; 256" },
	{ "concurrency", PARAM_TEXT, NULL, 0, 0, "requests in flight; max: as many as fit" },
	{ "engine", PARAM_TEXT, NULL, 0, 0, "vllm, sglang, trtllm, llama.cpp" },
	{ "engine_version", PARAM_TEXT, NULL, 0, 0, "of the engine; told beside the anchors" },
	{ "date", PARAM_TEXT, NULL, 0, 0, "of the engine's release, as in 2026-04; engines get faster" },
	{ "cached", PARAM_NUMBER, NULL, 0, 0.999, "share of the input that the prefix cache holds" },
	{ "accepted", PARAM_NUMBER, NULL, 1, 16, "tokens a step that speculative decoding yields" },
	{ "disaggregated", PARAM_CHOICE, "yes|no", 0, 0, "whether other GPUs compute the prompts" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

const char *
throughput_origin(const struct estimate *estimate)
{
	if (estimate->class > ESTIMATE_NEAR)
		return "modelled";
	for (int i = 0; i < ESTIMATE_ANCHORS && estimate->anchors[i] != NULL; i++)
		if (estimate->anchors[i]->own)
			return "measured here";
	return "measured elsewhere";
}

static struct text
said(const char *text)
{
	return text_of(text == NULL ? "" : text);
}

static struct measured
as_row(const struct throughput_question *q)
{
	return (struct measured){ .model = said(q->model),
		.gpu = said(q->gpu),
		.precision = said(q->precision),
		.tp = text_of(q->tp == NULL ? "1" : q->tp),
		.pp = said(q->pp),
		.dp = text_of(q->dp == NULL ? "1" : q->dp),
		.isl = text_of(q->isl == NULL ? "1024" : q->isl),
		.osl = text_of(q->osl == NULL ? "256" : q->osl),
		.load = text_of(q->concurrency == NULL ? "max" : q->concurrency),
		.engine = said(q->engine),
		.engine_version = said(q->engine_version),
		.date = said(q->date),
		.metric = text_of("tpot"),
		.unit = text_of("ms") };
}

static struct value *
text_value(struct arena *arena, struct answer *answer, struct text text)
{
	return text.n == 0 ? value_unknown(answer) : value_text(answer, arena_copy(arena, text.p, text.n));
}

/* One predicted figure: name of its fact, unit, quantity and how many of the unit make a base unit. */
static const struct figure {
	const char *name, *error, *low, *high, *unit;
	enum quantity quantity;
	double to_unit;
} figures[] = {
	{ "tpot_ms", "tpot_error", "tpot_ms_low", "tpot_ms_high", "ms", QUANTITY_TPOT, 1e3 },
	{ "ttft_ms", "ttft_error", "ttft_ms_low", "ttft_ms_high", "ms", QUANTITY_TTFT, 1e3 },
	{ "output_tok_s", "output_error", "output_tok_s_low", "output_tok_s_high", "tok/s", QUANTITY_OUTPUT, 1 },
	{ "total_tok_s", "total_error", "total_tok_s_low", "total_tok_s_high", "tok/s", QUANTITY_TOTAL, 1 },
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static void
put_figure(struct answer *answer, const struct figure *figure, const struct estimate *e)
{
	bool known = e != NULL && isfinite(e->value);

	answer_fact(answer, figure->name, figure->unit, value_number(answer, known ? e->value : NAN));
	answer_fact(answer, figure->low, figure->unit, value_number(answer, known ? e->low : NAN));
	answer_fact(answer, figure->high, figure->unit, value_number(answer, known ? e->high : NAN));
	answer_fact(answer, figure->error, "share", value_number(answer, known ? e->band : NAN));
}

static void
put_memory(struct answer *answer, const struct memory *memory)
{
	bool fits = memory->sequences >= 1;

	answer_fact(answer, "fits", "", value_truth(answer, fits));
	answer_fact(answer, "max_concurrency", "requests", value_number(answer, fits ? floor(memory->sequences) : 0));
	/* The cache takes all that is left, so what is wrong with the rest weighs the more the less is left. */
	answer_fact(answer, "max_concurrency_error", "share",
		value_number(answer, fits ? fmin(1, 0.04 + 0.03 * memory->have / memory->cache) : NAN));
	answer_fact(answer, "kv_gib_free", "GiB", value_number(answer, memory->cache / GIB));
	answer_fact(answer, "kv_gib_sequence", "GiB", value_number(answer, memory->sequence / GIB));
	answer_fact(answer, "weights_gib", "GiB", value_number(answer, memory->weights / GIB));
	answer_fact(answer, "work_gib", "GiB", value_number(answer, memory->work / GIB));
	answer_fact(answer, "missing_gib", "GiB", value_number(answer, memory->missing / GIB));
}

/* ---- what an answer rests on */

struct anchor_table {
	struct column *figure, *origin, *source, *date, *engine, *version, *model, *gpu, *load, *measured, *unit,
		*weight;
};

static struct anchor_table
open_anchors(struct answer *answer)
{
	struct anchor_table t;

	answer_table(answer, "anchors", "Measurements that the figures lean on most");
	t.figure = answer_column(answer, "figure", "");
	t.origin = answer_column(answer, "measured_by", "");
	t.source = answer_column(answer, "source", "");
	t.date = answer_column(answer, "date", "");
	t.engine = answer_column(answer, "engine", "");
	t.version = answer_column(answer, "engine_version", "");
	t.model = answer_column(answer, "model", "");
	t.gpu = answer_column(answer, "gpu", "");
	t.load = answer_column(answer, "conditions", "");
	t.measured = answer_column(answer, "measured", "");
	t.unit = answer_column(answer, "unit", "");
	t.weight = answer_column(answer, "weight", "");
	return t;
}

static const char *
conditions(struct arena *arena, const struct setup *s)
{
	const char *load = s->concurrency > 0 ? arena_format(arena, "%g in flight", s->concurrency) : "full";

	return arena_format(arena, "tp %g, %g in, %g out, %s", s->tp, s->isl, s->osl, load);
}

/* What the number of an anchor is in, by its quantity: the row's own unit is not kept. */
static const char *
unit_name(const struct asked *asked)
{
	if (asked->quantity <= QUANTITY_E2E)
		return asked->to_unit > 1 ? "ms" : "s";
	return asked->quantity == QUANTITY_REQUESTS ? "req/s" : asked->to_unit < 1 ? "tok/s/GPU" : "tok/s";
}

static void
put_anchors(struct arena *arena, struct answer *answer, const struct anchor_table *t, const char *figure,
	const struct estimate *e)
{
	for (int i = 0; i < ESTIMATE_ANCHORS && e->anchors[i] != NULL; i++) {
		const struct anchor *a = e->anchors[i];

		column_add(answer, t->figure, value_text(answer, figure));
		column_add(answer, t->origin, value_text(answer, a->own ? "you" : "others"));
		column_add(answer, t->source, text_value(arena, answer, a->source));
		column_add(answer, t->date, text_value(arena, answer, a->date));
		column_add(answer, t->engine, value_text(answer, engine_name(a->asked.setup.engine)));
		column_add(answer, t->version, text_value(arena, answer, a->engine_version));
		column_add(answer, t->model, text_value(arena, answer, a->asked.setup.model->name));
		column_add(answer, t->gpu, text_value(arena, answer, a->asked.setup.gpu->name));
		column_add(answer, t->load, value_text(answer, conditions(arena, &a->asked.setup)));
		column_add(answer, t->measured, value_number(answer, a->asked.value));
		column_add(answer, t->unit, value_text(answer, unit_name(&a->asked)));
		column_add(answer, t->weight, value_number(answer, e->weights[i]));
	}
}

static void
put_step(struct answer *answer, const struct step *step)
{
	const struct {
		const char *name;
		double time;
	} parts[] = { { "weights of dense layers", step->linear }, { "experts", step->expert },
		{ "cache", step->cache }, { "between GPUs", step->collective }, { "fixed", step->fixed } };
	struct column *name, *time, *share;
	double sum = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		sum += parts[i].time;
	answer_table(answer, "step", "Where the time of one decoding step goes, as modelled");
	name = answer_column(answer, "part", "");
	time = answer_column(answer, "time", "ms");
	share = answer_column(answer, "share", "share");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		column_add(answer, name, value_text(answer, parts[i].name));
		column_add(answer, time, value_number(answer, parts[i].time * 1e3));
		column_add(answer, share, value_number(answer, sum > 0 ? parts[i].time / sum : NAN));
	}
}

/* ---- where it does not fit */

static void
put_alternatives(struct answer *answer, struct arena *arena, const struct shelf *shelf, const struct setup *setup)
{
	static const char *const precisions[] = { "", "fp8", "fp4" };
	struct column *gpu, *gpus, *precision, *free;
	struct memory memory;

	answer_table(answer, "would_fit", "What would fit, fewest GPUs first");
	gpu = answer_column(answer, "gpu", "");
	gpus = answer_column(answer, "gpus", "");
	precision = answer_column(answer, "precision", "");
	free = answer_column(answer, "kv_gib_free", "GiB");
	for (double tp = 1; tp <= 16; tp *= 2)
		for (size_t i = 0; i < shelf->shelves.gpus_n; i++)
			for (size_t p = 0; p < 3; p++) {
				struct setup other = *setup;

				other.gpu = &shelf->shelves.gpus[i];
				other.tp = tp;
				if (other.gpu != setup->gpu && (p > 0 || tp > setup->tp))
					continue;
				if (p > 0 &&
					precision_of(&other.precision, text_of(precisions[p]), other.model, other.gpu,
						NULL) != 0)
					continue;
				throughput_memory(&other, &shelf->constants, &memory);
				if (memory.sequences < 1 || memory.cache < 0.05 * memory.have)
					continue;
				column_add(answer, gpu, text_value(arena, answer, other.gpu->name));
				column_add(answer, gpus, value_number(answer, tp * other.pp * other.dp));
				column_add(answer, precision, value_text(answer, p == 0 ? "as asked" : precisions[p]));
				column_add(answer, free, value_number(answer, memory.cache / GIB));
			}
}

static void
say_misfit(struct arena *arena, const struct shelf *shelf, struct answer *answer, const struct asked *asked,
	const struct memory *memory)
{
	const struct setup *s = &asked->setup;

	answer_headline(answer, "%.*s does not fit on %g × %.*s: each lacks %.1f GiB.", (int)s->model->name.n,
		s->model->name.p, s->tp * s->pp * s->dp, (int)s->gpu->name.n, s->gpu->name.p, memory->missing / GIB);
	for (size_t i = 0; i < FIGURES; i++)
		put_figure(answer, &figures[i], NULL);
	put_alternatives(answer, arena, shelf, s);
}

/* ---- the whole */

static int
read_factors(const struct throughput_question *q, struct setup *setup)
{
	setup->cached = q->cached == NULL ? 0 : strtod(q->cached, NULL);
	setup->accepted = q->accepted == NULL ? 1 : strtod(q->accepted, NULL);
	setup->disaggregated = q->disaggregated != NULL && strcmp(q->disaggregated, "yes") == 0;
	return 0;
}

static void
put_question(struct arena *arena, struct answer *answer, const struct setup *s)
{
	answer_fact(answer, "model", "", text_value(arena, answer, s->model->name));
	answer_fact(answer, "gpu", "", text_value(arena, answer, s->gpu->name));
	answer_fact(answer, "gpus", "", value_number(answer, s->tp * s->pp * s->dp));
	answer_fact(answer, "tp", "", value_number(answer, s->tp));
	answer_fact(answer, "pp", "", value_number(answer, s->pp));
	answer_fact(answer, "dp", "", value_number(answer, s->dp));
	answer_fact(answer, "weight_bits", "bit",
		value_number(answer, 8 * (s->model->experts > 0 ? s->precision.expert : s->precision.linear)));
	answer_fact(answer, "isl", "tokens", value_number(answer, s->isl));
	answer_fact(answer, "osl", "tokens", value_number(answer, s->osl));
	answer_fact(answer, "concurrency", "requests",
		s->concurrency > 0 ? value_number(answer, s->concurrency) : value_text(answer, "max"));
	answer_fact(answer, "engine", "", value_text(answer, engine_name(s->engine)));
}

static void
say_caveats(struct answer *answer, const struct shelf *shelf, const struct setup *s, const struct memory *memory)
{
	if (!s->gpu->checked)
		answer_note(answer,
			"a figure of %.*s was taken over without reading it again; check the table before relying on it",
			(int)s->gpu->name.n, s->gpu->name.p);
	if (!s->model->checked)
		answer_note(answer, "the shape of %.*s was written down without reading its configuration again",
			(int)s->model->name.n, s->model->name.p);
	if (memory->cache < 0.1 * memory->have)
		answer_note(answer, "less than a tenth of the memory is left for the cache: it does not fit usefully");
	if (s->concurrency > memory->sequences)
		answer_note(answer, "only %.0f of %g requests fit at once; the others wait", memory->sequences,
			s->concurrency);
	if (shelf->expired > 0)
		answer_note(answer, "%zu of your measurements have expired and are left out", shelf->expired);
}

/*
 * Of requests that are told how many run at once, throughput follows from both times by Little's law, unless it was
 * measured under nearly these conditions itself: most published throughputs are those of full engines.
 */
static bool
follow_times(const struct setup *s, struct estimate estimates[FIGURES])
{
	const struct estimate *token = &estimates[0], *first = &estimates[1];
	double steps = s->osl - 1, modelled = first->modelled + token->modelled * steps;

	if (!(s->concurrency > 0) || estimates[2].class == ESTIMATE_ANCHORED)
		return false;
	for (struct estimate *speed = &estimates[2]; speed < estimates + FIGURES; speed++) {
		speed->correction = modelled / (first->value + token->value * steps);
		speed->value = speed->modelled * speed->correction;
		speed->low = speed->modelled * modelled / (first->high + token->high * steps);
		speed->high = speed->modelled * modelled / (first->low + token->low * steps);
		speed->band = (speed->high - speed->low) / 2 / speed->value;
		speed->class = token->class;
		memcpy(speed->anchors, token->anchors, sizeof(speed->anchors));
		memcpy(speed->weights, token->weights, sizeof(speed->weights));
	}
	return true;
}

int
throughput_answer(struct arena *arena, const struct shelf *shelf, const struct throughput_question *question,
	struct answer *answer, struct err *err)
{
	struct measured row = as_row(question);
	struct asked asked;
	struct estimate estimates[FIGURES] = { { .value = NAN } };
	char text[7][FIGURE_MAX];
	struct anchor_table table;
	struct memory memory;
	bool followed;

	if (question->model == NULL || question->gpu == NULL)
		return err_set(err, ERR_INPUT, "%s: which is it? As in --model Llama-3.3-70B --gpu \"H100 SXM\"",
			question->model == NULL ? "model" : "gpu");
	if (measured_ask(&row, &shelf->shelves, &asked, err) != 0)
		return -1;
	read_factors(question, &asked.setup);
	asked.setup.expert_parallel = asked.setup.dp > 1 && asked.setup.model->experts > 0;
	throughput_memory(&asked.setup, &shelf->constants, &memory);
	put_question(arena, answer, &asked.setup);
	put_memory(answer, &memory);
	if (memory.sequences < 1) {
		say_misfit(arena, shelf, answer, &asked, &memory);
		return 0;
	}
	for (size_t i = 0; i < FIGURES; i++) {
		asked.quantity = figures[i].quantity;
		asked.to_unit = figures[i].to_unit;
		if (estimate_of(&asked, &shelf->constants, &shelf->anchors, &estimates[i], err) != 0)
			return -1;
	}
	followed = follow_times(&asked.setup, estimates);
	for (size_t i = 0; i < FIGURES; i++)
		put_figure(answer, &figures[i], &estimates[i]);
	answer_fact(answer, "requests_s", "requests/s", value_number(answer, estimates[2].value / asked.setup.osl));
	answer_fact(answer, "prefill_tok_s", "tok/s", value_number(answer, estimates[0].throughput.prefill_tok_s));
	answer_fact(answer, "origin", "", value_text(answer, throughput_origin(&estimates[2])));
	answer_fact(answer, "class", "", value_text(answer, estimate_class_name(estimates[2].class)));
	answer_fact(answer, "correction", "", value_number(answer, estimates[2].correction));
	answer_fact(answer, "tpot_correction", "", value_number(answer, estimates[0].correction));
	answer_fact(answer, "ttft_correction", "", value_number(answer, estimates[1].correction));
	answer_headline(answer,
		"%.*s on %g × %.*s: %s output tokens a second (%s to %s), %s ms a token, first token after %s ms (%s to %s)",
		(int)asked.setup.model->name.n, asked.setup.model->name.p,
		asked.setup.tp * asked.setup.pp * asked.setup.dp, (int)asked.setup.gpu->name.n, asked.setup.gpu->name.p,
		figure_rough(text[0], estimates[2].value), figure_rough(text[1], estimates[2].low),
		figure_rough(text[2], estimates[2].high), figure_rough(text[3], estimates[0].value),
		figure_rough(text[4], estimates[1].value), figure_rough(text[5], estimates[1].low),
		figure_rough(text[6], estimates[1].high));
	say_caveats(answer, shelf, &asked.setup, &memory);
	put_step(answer, &estimates[0].throughput.step);
	table = open_anchors(answer);
	for (size_t i = 0; i < FIGURES - 1 - followed; i++)
		put_anchors(arena, answer, &table, figures[i].name, &estimates[i]);
	return 0;
}

static int
throughput_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct throughput_question question = { .model = NULL };
	const char **words[THROUGHPUT_WORDS] = { &question.model, &question.gpu, &question.precision, &question.tp,
		&question.pp, &question.dp, &question.isl, &question.osl, &question.concurrency, &question.engine,
		&question.engine_version, &question.date, &question.cached, &question.accepted,
		&question.disaggregated };
	struct shelf_request wanted = { .arena = request->arena,
		.settings = request->settings,
		.store = request->store,
		.now_us = request->now_us };
	struct shelf shelf;

	for (int i = 0; i < THROUGHPUT_WORDS; i++)
		*words[i] = request_text(request, report, throughput_params[i].name);
	if (shelf_load(&wanted, &shelf, err) != 0)
		return -1;
	if (question.model == NULL) {
		question.model = THROUGHPUT_EXAMPLE;
		answer_note(answer, "no model was named: this is for %s", THROUGHPUT_EXAMPLE);
	}
	if (question.gpu == NULL) {
		question.gpu = request->settings->self_hosted.gpu;
		if (question.tp == NULL)
			question.tp =
				arena_format(request->arena, "%d", request->settings->self_hosted.gpus_per_replica);
	}
	return throughput_answer(request->arena, &shelf, &question, answer, err);
}

const struct report report_throughput = { "throughput", "how fast a model runs on some GPUs, with its band",
	throughput_params, throughput_run };
