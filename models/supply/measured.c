#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/supply/accelerator.h"
#include "models/supply/measured.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "models/units/table.h"

#define WORD_MAX 128
#define NODE_GPUS 8
#define LEAST_CONTEXT 512 /* where a decoding speed is told without lengths */

/* The text in small letters, cut at WORD_MAX - 1. */
static void
lower(char word[WORD_MAX], struct text text)
{
	size_t n = text.n < WORD_MAX - 1 ? text.n : WORD_MAX - 1;

	for (size_t i = 0; i < n; i++)
		word[i] = (char)tolower((unsigned char)text.p[i]);
	word[n] = '\0';
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static int
wrong(const char *field, struct text value, const char *wanted, struct err *err)
{
	char shown[TEXT_SHOWN + 16];

	return err_set(err, ERR_INPUT, "%s '%s' is not %s", field, text_shown(value, shown, sizeof(shown)), wanted);
}

/* A number of at least 1, or `otherwise` where the field is empty. */
static int
read_count(struct text text, const char *field, double otherwise, double *count, struct err *err)
{
	if (table_number(table_trim(text), 1, count) != 0)
		return wrong(field, text, "a number from 1", err);
	if (isnan(*count))
		*count = otherwise;
	return 0;
}

/* The digits at *at as a number, *at moved behind them and a dash; -1 where there are none. */
static int
next_number(const char **at)
{
	size_t n = strspn(*at, "0123456789");
	int number = n == 0 || n > 4 ? -1 : (int)strtol(*at, NULL, 10);

	*at += n + ((*at)[n] == '-');
	return number;
}

double
measured_year(struct text date)
{
	char word[WORD_MAX];
	const char *at = word;
	int year, month, day;

	lower(word, date);
	year = next_number(&at);
	month = next_number(&at);
	day = next_number(&at);
	if (year < 2000 || year > 2100 || month > 12 || day > 31)
		return NAN;
	return year + (month < 1 ? 0.5 : (month - 1) / 12.0) + (day < 1 ? 0 : (day - 1) / 365.0);
}

/* ---- names */

static size_t
add_name(char *list, size_t size, size_t n, struct text name)
{
	int got = snprintf(list + n, size - n, "%s%.*s", n == 0 ? "" : ", ", (int)name.n, name.p);

	return got < 0 || (size_t)got >= size - n ? n : n + (size_t)got;
}

#define NAMES_TOLD 4

int
measured_unknown_model(struct text name, const struct shelves *shelves, struct err *err)
{
	const struct transformer *near[NAMES_TOLD];
	size_t found = transformer_near(shelves->models, shelves->models_n, name, near, NAMES_TOLD), n = 0;
	char list[256] = "", shown[TEXT_SHOWN + 16];

	for (size_t i = 0; i < found; i++)
		n = add_name(list, sizeof(list), n, near[i]->name);
	return err_set(err, ERR_MISSING,
		"model '%s' is not known; the nearest are %s. Add a row to the file named by throughput.transformers; `breakeven throughput` and `breakeven bench` also take the path of its config.json as --model",
		text_shown(name, shown, sizeof(shown)), list);
}

int
measured_unknown_gpu(struct text name, const struct shelves *shelves, struct err *err)
{
	const struct accelerator *near[NAMES_TOLD];
	size_t found = accelerator_near(shelves->gpus, shelves->gpus_n, name, near, NAMES_TOLD), n = 0;
	char list[256] = "", shown[TEXT_SHOWN + 16];

	for (size_t i = 0; i < found; i++)
		n = add_name(list, sizeof(list), n, near[i]->name);
	return err_set(err, ERR_MISSING,
		"GPU '%s' is not known; the nearest are %s. Add a row to the file named by throughput.accelerators",
		text_shown(name, shown, sizeof(shown)), list);
}

/* ---- what is measured */

static bool
is_tail(const char *metric)
{
	return has(metric, "p9") || has(metric, "99th") || has(metric, "95th") || has(metric, "90th") ||
		has(metric, "max_latency");
}

/* "pp", "pp512", "tg 128" of llama-bench. */
static bool
is_test(const char *metric, const char *name)
{
	return strncmp(metric, name, 2) == 0 && strspn(metric + 2, " _0123456789") == strlen(metric + 2);
}

static int
read_quantity(const char *metric, const char *unit, struct asked *asked)
{
	asked->tail = is_tail(metric);
	if (has(metric, "unspecified") || has(metric, "goodput") || has(metric, "accuracy") || has(metric, "power") ||
		has(metric, "energy") || has(metric, "utili"))
		return -1;
	if (has(metric, "ttft") || has(metric, "first_token") || has(metric, "first token"))
		asked->quantity = QUANTITY_TTFT;
	else if (has(metric, "tpot") || has(metric, "itl") || has(metric, "inter_token") || has(metric, "per_token") ||
		has(metric, "per_output_token") || has(metric, "token_latency") || has(metric, "decode_latency"))
		asked->quantity = QUANTITY_TPOT;
	else if (has(metric, "latency") || has(metric, "e2e") || has(metric, "end_to_end"))
		asked->quantity = QUANTITY_E2E;
	else if (has(metric, "request") || has(metric, "sample") || has(metric, "quer") || has(unit, "req") ||
		has(unit, "sample") || has(unit, "quer"))
		asked->quantity = QUANTITY_REQUESTS;
	else if (has(metric, "prefill") || has(metric, "prompt") || has(metric, "input_throughput") ||
		is_test(metric, "pp"))
		asked->quantity = QUANTITY_PREFILL;
	else if (has(metric, "decode") || has(metric, "generation_speed") || has(metric, "token_generation") ||
		has(metric, "text_generation") || has(metric, "per_user") || is_test(metric, "tg"))
		asked->quantity = QUANTITY_DECODE;
	else if (has(metric, "total") || has(metric, "input+output") || has(metric, "input_output") ||
		has(unit, "input+output"))
		asked->quantity = QUANTITY_TOTAL;
	else if (has(metric, "output") || has(metric, "throughput") || has(metric, "tokens_per_s") ||
		has(metric, "tok_s") || has(metric, "tokens/s") || has(metric, "offline") || has(metric, "server"))
		asked->quantity = QUANTITY_OUTPUT;
	else
		return -1;
	return 0;
}

/* What the row's number is in base units: seconds, or a second of the whole replica. */
static int
read_unit(const char *metric, const char *unit, struct asked *asked)
{
	bool is_time = asked->quantity <= QUANTITY_E2E;

	asked->to_unit = 1;
	if (is_time) {
		if (unit[0] == '\0' || strcmp(unit, "ms") == 0)
			asked->to_unit = 1e3;
		else if (strcmp(unit, "us") == 0)
			asked->to_unit = 1e6;
		else if (strcmp(unit, "s") != 0 && strcmp(unit, "sec") != 0 && strcmp(unit, "seconds") != 0)
			return -1;
		return 0;
	}
	if (unit[0] != '\0' && !has(unit, "/s") && !has(unit, "per s") && !has(unit, "tps") && !has(unit, "qps") &&
		!has(unit, "/min"))
		return -1;
	if (has(unit, "/chip") || has(unit, "/device") || has(metric, "per_chip") || has(metric, "per_device"))
		asked->to_unit /= asked->gpus;
	if (has(unit, "/min"))
		asked->to_unit *= 60;
	if (has(metric, "per_user") || has(unit, "/user"))
		asked->to_unit /= fmax(1, asked->setup.concurrency);
	else if (has(metric, "per_gpu") || has(unit, "/gpu") || has(metric, "per_accelerator"))
		asked->to_unit /= asked->gpus;
	else if (has(metric, "per_node") || has(unit, "/node"))
		asked->to_unit /= fmax(1, asked->gpus / NODE_GPUS);
	return 0;
}

/* ---- how it is run */

/* "DEP4", "attn_dp=2", "moe_ep=8", "mode=disagg", "static": what notes tell of the layout. */
static void
read_notes(const char *notes, struct setup *setup, double gpus)
{
	const char *at;
	double told = 0;

	if ((at = strstr(notes, "attn_dp=")) != NULL)
		told = strtod(at + 8, NULL);
	if ((at = strstr(notes, "dep")) != NULL && isdigit((unsigned char)at[3])) {
		told = strtod(at + 3, NULL);
		setup->expert_parallel = true;
	}
	if ((at = strstr(notes, "moe_ep=")) != NULL && strtod(at + 7, NULL) > 1)
		setup->expert_parallel = true;
	if (told > 1 && told <= gpus) {
		setup->dp = told;
		setup->tp = fmax(1, gpus / (told * setup->pp));
	}
	setup->disaggregated = has(notes, "mode=disagg") || has(notes, "disaggregated");
	setup->batch_static = has(notes, "static");
}

static int
read_layout(const struct measured *row, struct asked *asked, struct err *err)
{
	struct setup *setup = &asked->setup;
	double tp, pp, dp;

	if (read_count(row->gpus, "n_gpus", NAN, &asked->gpus, err) != 0 ||
		read_count(row->tp, "tp", NAN, &tp, err) != 0 || read_count(row->pp, "pp", 1, &pp, err) != 0 ||
		read_count(row->dp, "dp", NAN, &dp, err) != 0)
		return -1;
	if (isnan(asked->gpus))
		asked->gpus = (isnan(tp) ? 1 : tp) * pp * (isnan(dp) ? 1 : dp);
	setup->pp = fmin(pp, asked->gpus);
	if (isnan(tp))
		tp = isnan(dp) ? asked->gpus / setup->pp : fmax(1, asked->gpus / (setup->pp * dp));
	setup->tp = fmin(tp, asked->gpus);
	setup->dp = isnan(dp) ? fmax(1, floor(asked->gpus / (setup->tp * setup->pp))) : dp;
	/* llama.cpp deals layers out: each token passes the GPUs in turn. */
	if (setup->engine == ENGINE_LLAMACPP && setup->tp > 1) {
		setup->pp *= setup->tp;
		setup->tp = 1;
	}
	return 0;
}

#define SPREAD_SINCE 2025.4 /* TensorRT-LLM's backend on PyTorch */

/*
 * The layout of a mixture of experts at full load where only the number of GPUs is told: TensorRT-LLM's runs for most
 * throughput copy attention to each GPU and deal whole experts out.
 */
static void
spread_experts(struct setup *setup)
{
	if (setup->model->experts == 0 || setup->engine != ENGINE_TRTLLM || setup->concurrency != 0 || setup->tp < 2 ||
		setup->dp > 1 || !(setup->year >= SPREAD_SINCE))
		return;
	setup->dp = setup->tp;
	setup->tp = 1;
	setup->expert_parallel = true;
}

/* "max", and other words for all at once: "offline", "server" and the like keep a promise, see promised_tpot. */
static bool
is_full(const char *word)
{
	static const char *const words[] = { "max", "inf", "offline", "server", "interactive", "saturated",
		"unlimited" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return strspn(word, "0123456789 ") > 0 && (has(word, " requests") || has(word, " prompts"));
}

/* The number of "64", "c=64", "bs 64", "batch=64", "concurrency 64"; as written otherwise. */
static const char *
behind_name(const char *word)
{
	static const char *const names[] = { "concurrency", "batch_size", "batch", "bs", "c", "b" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(word, names[i], n) == 0 && (word[n] == '=' || word[n] == ' ' || word[n] == ':'))
			return word + n + 1;
	}
	return word;
}

static int
read_load(struct text load, struct asked *asked, struct err *err)
{
	char word[WORD_MAX];
	double number;

	lower(word, table_trim(load));
	if (word[0] == '\0' || is_full(word)) {
		asked->setup.concurrency = word[0] == '\0' && asked->quantity != QUANTITY_OUTPUT ? 1 : 0;
		return 0;
	}
	if (has(word, "qps=") || has(word, "rate=")) {
		const char *text = strchr(word, '=') + 1;

		if (strcmp(text, "inf") == 0)
			return 0;
		if (table_number(text_of(text), 1e-6, &asked->rate) == 0 && asked->rate > 0)
			return 0;
		return wrong("concurrency_or_batch", load, "a number, max, or qps= with a number or inf", err);
	}
	if (table_number(text_of(behind_name(word)), 1e-6, &number) != 0)
		return wrong("concurrency_or_batch", load, "a number, max, or qps= with a number or inf", err);
	asked->setup.concurrency = number;
	return 0;
}

/* llama-bench's "pp512" and "tg128" tell the tokens in their names. */
static void
read_named_lengths(const char *metric, struct setup *setup)
{
	if (strncmp(metric, "pp", 2) == 0 && isdigit((unsigned char)metric[2]) && isnan(setup->isl))
		setup->isl = fmax(1, strtod(metric + 2, NULL));
	if (strncmp(metric, "tg", 2) == 0 && isdigit((unsigned char)metric[2]) && isnan(setup->osl))
		setup->osl = fmax(1, strtod(metric + 2, NULL));
}

static int
read_lengths(const struct measured *row, const char *metric, struct asked *asked, struct err *err)
{
	struct setup *setup = &asked->setup;

	if (read_count(row->isl, "isl", NAN, &setup->isl, err) != 0 ||
		read_count(row->osl, "osl", NAN, &setup->osl, err) != 0)
		return -1;
	read_named_lengths(metric, setup);
	if (isnan(setup->isl) &&
		(asked->quantity == QUANTITY_DECODE || asked->quantity == QUANTITY_TPOT ||
			asked->quantity == QUANTITY_PREFILL))
		setup->isl = LEAST_CONTEXT;
	if (isnan(setup->osl) &&
		(asked->quantity == QUANTITY_DECODE || asked->quantity == QUANTITY_PREFILL ||
			asked->quantity == QUANTITY_TTFT || asked->quantity == QUANTITY_TPOT))
		setup->osl = fmin(256, fmax(1, isnan(setup->isl) ? 1 : setup->isl));
	if (isnan(setup->isl) || isnan(setup->osl))
		return err_set(err, ERR_INPUT, "%s is not told, and without it nothing can be predicted",
			isnan(setup->isl) ? "isl" : "osl");
	return 0;
}

/* MLPerf's promises of time per output token, seconds; the last row is for all others. */
static const struct promise {
	const char *model;
	double server, interactive;
} promises[] = {
	{ "Llama-2-70B", 0.2, 0.04 },
	{ "Llama-3.1-8B", 0.1, 0.03 },
	{ "Llama-3.1-405B", 0.175, 0.08 },
	{ "DeepSeek-R1", 0.08, 0.04 },
	{ NULL, 0.1, 0.04 },
};

static double
promised_tpot(const struct transformer *model, const char *metric, const char *notes)
{
	const struct promise *promise = promises;

	while (promise->model != NULL && !text_is(model->name, promise->model))
		promise++;
	if (has(metric, "interactive") || has(notes, "interactive"))
		return promise->interactive;
	return has(metric, "server") || has(notes, "scenario=server") || has(notes, "server scenario") ? promise->server
												       : 0;
}

static int
check_domain(const struct asked *asked, struct err *err)
{
	const struct setup *setup = &asked->setup;
	double joined = isnan(setup->gpu->link_gpus) ? 8 : fmax(8, setup->gpu->link_gpus);

	if (setup->tp > joined)
		return err_set(err, ERR_INPUT,
			"tp %g reaches beyond the %g GPUs that one link joins, and speed between nodes is not modelled",
			setup->tp, joined);
	return 0;
}

int
measured_ask(const struct measured *row, const struct shelves *shelves, struct asked *asked, struct err *err)
{
	char metric[WORD_MAX], unit[WORD_MAX], notes[512];
	struct setup *setup = &asked->setup;
	struct stack stack;
	double cached;
	size_t n = row->notes.n < sizeof(notes) - 1 ? row->notes.n : sizeof(notes) - 1;

	*asked = (struct asked){ .value = NAN };
	setup_default(setup);
	lower(metric, table_trim(row->metric));
	lower(unit, table_trim(row->unit));
	for (size_t i = 0; i < n; i++)
		notes[i] = (char)tolower((unsigned char)row->notes.p[i]);
	notes[n] = '\0';
	setup->model = transformer_find(shelves->models, shelves->models_n, row->model);
	if (setup->model == NULL)
		return measured_unknown_model(row->model, shelves, err);
	setup->gpu = accelerator_find(shelves->gpus, shelves->gpus_n, row->gpu);
	if (setup->gpu == NULL)
		return measured_unknown_gpu(row->gpu, shelves, err);
	setup->engine = engine_of(row->engine);
	setup->year = measured_year(row->date);
	stack = stack_of(setup->engine, setup->gpu->vendor, setup->year);
	setup->slowdown = stack.slower;
	setup->unsure = stack.unsure;
	if (precision_of(&setup->precision, row->precision, setup->model, setup->gpu, err) != 0)
		return -1;
	if (read_quantity(metric, unit, asked) != 0)
		return wrong("metric", row->metric,
			"one that is predicted: tpot, itl, ttft, e2e_latency, output_throughput, total_throughput, request_throughput, prefill_throughput, decode_throughput",
			err);
	if (read_layout(row, asked, err) != 0 || read_load(row->load, asked, err) != 0 ||
		read_lengths(row, metric, asked, err) != 0)
		return -1;
	if (table_number(table_trim(row->cached), 0, &cached) != 0 || cached >= 1)
		return wrong("cached", row->cached, "a share from 0 and below 1", err);
	setup->cached = isnan(cached) ? 0 : cached;
	read_notes(notes, setup, asked->gpus);
	if (row->dp.n == 0 && !has(notes, "attn_dp="))
		spread_experts(setup);
	if (read_unit(metric, unit, asked) != 0)
		return wrong("unit", row->unit, "one of this metric", err);
	if (setup->concurrency == 0 && asked->rate == 0)
		asked->slo_tpot = promised_tpot(setup->model, metric, notes);
	if (table_number(table_trim(row->value), 0, &asked->value) != 0)
		return wrong("value", row->value, "a number", err);
	return check_domain(asked, err);
}

/* ---- predicting */

static int
does_not_fit(const struct setup *setup, const struct memory *memory, struct err *err)
{
	return err_set(err, ERR_INPUT,
		"%.*s does not fit: each %.*s lacks %.1f GiB to hold %.1f GiB of weights, %.1f GiB of work space and one sequence",
		(int)setup->model->name.n, setup->model->name.p, (int)setup->gpu->name.n, setup->gpu->name.p,
		memory->missing / GIB, memory->weights / GIB, memory->work / GIB);
}

static double
in_base_unit(const struct asked *asked, const struct throughput *t)
{
	switch (asked->quantity) {
	case QUANTITY_TPOT:
		return t->tpot_s;
	case QUANTITY_TTFT:
		return t->ttft_s;
	case QUANTITY_E2E:
		return t->e2e_s;
	case QUANTITY_TOTAL:
		return t->total_tok_s;
	case QUANTITY_REQUESTS:
		return t->requests_s;
	case QUANTITY_PREFILL:
		return t->prefill_tok_s;
	case QUANTITY_DECODE:
		return t->concurrency / t->tpot_s;
	default:
		return t->output_tok_s;
	}
}

int
measured_predict(
	const struct asked *asked, const struct constants *constants, struct prediction *prediction, struct err *err)
{
	struct setup setup = asked->setup;
	struct throughput *t = &prediction->throughput;

	if (asked->tail)
		return err_set(err, ERR_INPUT, "a high percentile: only means and medians are predicted");
	if (asked->rate > 0) {
		setup.concurrency = throughput_settles(&setup, constants, asked->rate);
		setup.open_loop = true;
		if (isinf(setup.concurrency)) {
			setup.concurrency = 0;
			if (asked->quantity == QUANTITY_TTFT || asked->quantity == QUANTITY_E2E)
				return err_set(err, ERR_INPUT,
					"%g requests a second are more than it serves: waits grow without bound",
					asked->rate);
		}
	}
	if (asked->slo_tpot > 0)
		setup.concurrency = throughput_within(&setup, constants, asked->slo_tpot);
	if (throughput_of(&setup, constants, t, err) != 0)
		return -1;
	if (t->concurrency < 1e-9)
		return does_not_fit(&setup, &t->memory, err);
	prediction->value = in_base_unit(asked, t) * asked->to_unit;
	return 0;
}
