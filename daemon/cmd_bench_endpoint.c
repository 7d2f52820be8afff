/*
 * breakeven bench endpoint: an OpenAI-compatible server under load.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/base/http_library.h"
#include "daemon/bench/load.h"
#include "daemon/bench_each.h"
#include "daemon/cmd_bench.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/source.h"
#include "daemon/report/answer.h"
#include "daemon/store/anchors.h"
#include "daemon/store/bench_runs.h"
#include "models/units/err.h"
#include "models/units/figure.h"
#include "models/units/money.h"

#define LEVELS 32

const char bench_endpoint_help[] =
	"usage: breakeven bench endpoint URL --model NAME [options]\n\n"
	"  URL                  of the server, its /v1 or its /v1/chat/completions\n"
	"  --model NAME         as the server calls it\n"
	"  --concurrency LIST   closed loop: so many requests always under way, one run for each (1,2,4,8)\n"
	"  --rate LIST          open loop instead: requests a second, at random\n"
	"  --trace FILE         open loop as a trace of arrivals and lengths has it (azure-trace)\n"
	"  --isl N, --osl N     tokens of a prompt and of a reply, mean (512, 128)\n"
	"  --spread SHARE       lengths are uniform on mean * (1 -+ SHARE) (0)\n"
	"  --duration S         seconds measured in each run (30)\n"
	"  --warmup S           seconds before, not measured (a fifth of the duration)\n"
	"  --requests N         end a run after so many\n"
	"  --timeout S          of a request (120); --silent S: without a byte (30)\n"
	"  --slo-ttft MS, --slo-tpot MS   limits that goodput is counted by\n"
	"  --key-file FILE      holds the key; otherwise the variable BREAKEVEN_ENDPOINT_KEY, otherwise none is sent\n"
	"  --ca-file FILE       who vouches for the server's certificate\n"
	"  --seed N             of prompts and arrivals (1)\n"
	"  --each FILE          what became of each request, as CSV: the server's id, when it was due, its first and last\n"
	"                       piece in seconds of this machine's monotonic clock, pieces, tokens, outcome\n"
	"  --gpus N, --gpu-hour USD       what serves and what it costs an hour, for USD a million tokens\n"
	"  --save               keep speeds as anchors of the throughput model; needs --gpu NAME; --precision,\n"
	"                       --engine, --engine-version, --tp and --anchor-model NAME say what was measured\n"
	"  --data DIR, --config FILE, --format text|json|csv\n\n"
	"Every prompt begins differently, so that no prefix cache answers for the server. Errors are counted and never\n"
	"tried again. A run that lost requests or was cut short is marked partial.\n"
	"example:\n"
	"  breakeven bench endpoint http://127.0.0.1:8000/v1 --model demo-8b --concurrency 1,8 --duration 10\n";

struct given {
	const char *url, *model, *concurrency, *rate, *trace, *isl, *osl, *spread, *duration, *warmup, *requests,
		*timeout, *silent, *slo_ttft, *slo_tpot, *key_file, *ca_file, *seed, *gpus, *gpu_hour, *gpu, *precision,
		*engine, *engine_version, *tp, *anchor_model, *each, *data, *config, *format;
	int save;
};

struct bench {
	struct load_plan plan;
	double levels[LEVELS];
	int n;
	bool open;
	int64_t gpus, tp;
	double gpu_hour; /* of all GPUs; NAN: not said */
	struct load_arrival *arrivals;
	struct load_result *results;
	struct each_file *each;
};

/* ---- what was typed */

static int
number_of(const char *option, const char *given, double fallback, double least, double most, double *value,
	struct err *err)
{
	char *end;

	*value = fallback;
	if (given == NULL)
		return 0;
	*value = strtod(given, &end);
	if (end == given || *end != '\0' || !(*value >= least) || !(*value <= most))
		return err_set(
			err, ERR_INPUT, "--%s is '%s'; it is a number from %g to %g", option, given, least, most);
	return 0;
}

static int
list_of(const char *option, const char *given, double most, bool whole, struct bench *bench, struct err *err)
{
	const char *at = given;

	for (bench->n = 0;; at++) {
		char *end;
		double value = strtod(at, &end);

		if (end == at || !(value > 0) || value > most || (whole && value != floor(value)) ||
			(*end != '\0' && *end != ','))
			return err_set(err, ERR_INPUT, "--%s is '%s'; it is a list such as 1,2,4 of %s up to %g",
				option, given, whole ? "whole numbers" : "numbers", most);
		if (bench->n == LEVELS)
			return err_set(err, ERR_INPUT, "--%s has more than %d values", option, LEVELS);
		bench->levels[bench->n++] = value;
		if (*end == '\0')
			return 0;
		at = end;
	}
}

static int
read_levels(const struct given *given, struct bench *bench, struct err *err)
{
	int ways = (given->concurrency != NULL) + (given->rate != NULL) + (given->trace != NULL);

	if (ways > 1)
		return err_set(err, ERR_INPUT, "--concurrency, --rate and --trace exclude one another");
	bench->open = given->rate != NULL || given->trace != NULL;
	if (given->trace != NULL) {
		bench->n = 1;
		return 0;
	}
	if (given->rate != NULL)
		return list_of("rate", given->rate, 100000, false, bench, err);
	return list_of("concurrency", given->concurrency == NULL ? "1,2,4,8" : given->concurrency, LOAD_STREAMS, true,
		bench, err);
}

static int
read_given(const struct given *given, struct bench *bench, struct err *err)
{
	struct load_plan *plan = &bench->plan;
	int64_t seed, requests;
	double ttft, tpot, gpu_hour;

	if (given->url == NULL)
		return err_set(err, ERR_INPUT, "say where the server is: `breakeven bench endpoint URL --model NAME`");
	if (given->model == NULL || given->model[0] == '\0')
		return err_set(err, ERR_INPUT, "--model is missing: the name by which the server knows the model");
	if (read_levels(given, bench, err) != 0 ||
		bench_whole("isl", given->isl, 512, 1, 10000000, &plan->isl, err) != 0 ||
		bench_whole("osl", given->osl, 128, 1, 10000000, &plan->osl, err) != 0 ||
		number_of("spread", given->spread, 0, 0, 1, &plan->spread, err) != 0 ||
		number_of("duration", given->duration, 30, 0.1, 86400, &plan->duration_s, err) != 0 ||
		number_of("warmup", given->warmup, plan->duration_s / 5, 0, 86400, &plan->warmup_s, err) != 0 ||
		bench_whole("requests", given->requests, 0, 1, INT64_C(1000000000), &requests, err) != 0 ||
		number_of("timeout", given->timeout, 120, 0.1, 86400, &plan->timeout_s, err) != 0 ||
		number_of("silent", given->silent, 30, 0.1, 86400, &plan->silent_s, err) != 0 ||
		number_of("slo-ttft", given->slo_ttft, 0, 0.001, 1e9, &ttft, err) != 0 ||
		number_of("slo-tpot", given->slo_tpot, 0, 0.001, 1e9, &tpot, err) != 0 ||
		bench_whole("seed", given->seed, 1, 0, INT64_MAX, &seed, err) != 0 ||
		bench_whole("gpus", given->gpus, 1, 1, 100000, &bench->gpus, err) != 0 ||
		bench_whole("tp", given->tp, bench->gpus, 1, 100000, &bench->tp, err) != 0 ||
		number_of("gpu-hour", given->gpu_hour, NAN, 0, 1e6, &gpu_hour, err) != 0)
		return -1;
	plan->requests = requests;
	plan->slo_ttft_s = ttft * 1e-3;
	plan->slo_tpot_s = tpot * 1e-3;
	plan->seed = (uint64_t)seed;
	bench->gpu_hour = gpu_hour * (double)bench->gpus;
	if (given->save && given->gpu == NULL)
		return err_set(err, ERR_INPUT, "--save keeps what was measured on some GPU; say which by --gpu NAME");
	return 0;
}

/* ---- arrivals of a trace */

struct arrivals {
	struct load_arrival *rows;
	size_t n, room;
	int64_t first_us;
};

static int
take_arrival(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct arrivals *arrivals = ctx;

	(void)place;
	if (arrivals->n == arrivals->room) {
		size_t room = arrivals->room == 0 ? 4096 : arrivals->room * 2;
		struct load_arrival *rows = realloc(arrivals->rows, room * sizeof(*rows));

		if (rows == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for %zu arrivals", room);
		arrivals->rows = rows;
		arrivals->room = room;
	}
	if (arrivals->n == 0)
		arrivals->first_us = reading->at_us;
	arrivals->rows[arrivals->n++] = (struct load_arrival){
		.at_s = (double)(reading->at_us - arrivals->first_us) * 1e-6,
		.isl = usage_input(&reading->usage),
		.osl = usage_output(&reading->usage),
	};
	return 0;
}

static void
refuse_arrival(void *ctx, struct place place, const char *reason)
{
	(void)ctx;
	fprintf(stderr, "breakeven bench endpoint: line %lld of the trace is left out: %s\n", (long long)place.line,
		reason);
}

static int
by_time(const void *a, const void *b)
{
	const struct load_arrival *x = a, *y = b;

	return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

static int
read_trace(struct context *context, const char *path, struct bench *bench, struct err *err)
{
	const struct collect_options options = { .zone = &context->zone, .now_us = context->now_us };
	struct arrivals arrivals = { .rows = NULL };
	const struct sink sink = { .ctx = &arrivals, .usage = take_arrival, .refuse = refuse_arrival };
	const struct collector *collector = collector_find("azure-trace", err);
	struct input input;
	struct ingest_file *file = collector == NULL ? NULL : ingest_file_open(path, &input, err);

	if (file == NULL)
		return -1;
	if (collector->parse(&input, &options, &sink, err) != 0 || arrivals.n == 0) {
		if (arrivals.n == 0 && err->kind == ERR_NONE)
			err_set(err, ERR_INPUT, "holds no request");
		err_in(err, "%s", path);
		free(arrivals.rows);
		ingest_file_close(file);
		return -1;
	}
	ingest_file_close(file);
	qsort(arrivals.rows, arrivals.n, sizeof(*arrivals.rows), by_time);
	bench->arrivals = arrivals.rows;
	bench->plan.trace = arrivals.rows;
	bench->plan.trace_n = arrivals.n;
	return 0;
}

/* ---- the answer */

struct told_column {
	const char *name, *unit;
	double value;
};

static double
usd_per_mtok(const struct bench *bench, double tok_s)
{
	return tok_s > 0 ? bench->gpu_hour / (tok_s * 3600) * 1e6 : NAN;
}

static void
put_times(struct answer *answer, const char *name, const struct summary *const *all, int n)
{
	static const char *const which[] = { "p50", "p90", "p95", "p99" };
	static const char *const ends[] = { "", "_low", "_high" };

	for (int q = 0; q < 4; q++)
		for (int e = 0; e < 3; e++) {
			char full[64];
			struct column *column;

			snprintf(full, sizeof(full), "%s_ms_%s%s", name, which[q], ends[e]);
			column = answer_column(answer, full, "ms");
			for (int i = 0; i < n; i++) {
				const struct told *told[] = { &all[i]->p50, &all[i]->p90, &all[i]->p95, &all[i]->p99 };
				const double values[] = { told[q]->value, told[q]->low, told[q]->high };

				column_add(answer, column, value_number(answer, values[e] * 1e3));
			}
		}
}

static void
put_levels(struct answer *answer, const struct bench *bench)
{
	const struct load_result *r = bench->results;
	const struct summary *times[4][LEVELS];
	static const char *const names[] = { "ttft", "itl", "tpot", "e2e" };
	struct column *column;

	answer_table(answer, "levels", "Runs");
	column = answer_column(answer, bench->open ? "rate" : "concurrency", bench->open ? "req/s" : "requests");
	for (int i = 0; i < bench->n; i++)
		column_add(answer, column,
			value_number(answer,
				bench->plan.trace_n > 0 ? (double)r[i].judged / r[i].window_s : bench->levels[i]));
#define COLUMN(name, unit, value) \
	column = answer_column(answer, name, unit); \
	for (int i = 0; i < bench->n; i++) \
	column_add(answer, column, value)
	COLUMN("requests", "", value_whole(answer, r[i].judged));
	COLUMN("good", "", value_whole(answer, r[i].good));
	COLUMN("output_tok_s", "tok/s", value_number(answer, r[i].output_tok_s));
	COLUMN("requests_s", "req/s", value_number(answer, r[i].requests_s));
	COLUMN("goodput", "req/s", value_number(answer, r[i].goodput));
	COLUMN("within_slo", "share", value_number(answer, r[i].within));
	COLUMN("usd_per_output_mtok", "USD/Mtok", value_number(answer, usd_per_mtok(bench, r[i].output_tok_s)));
	COLUMN("in_flight", "requests", value_number(answer, r[i].in_flight));
	COLUMN("prompt_tokens", "tokens", value_number(answer, r[i].prompt_tokens));
	COLUMN("output_tokens", "tokens", value_number(answer, r[i].output_tokens));
	COLUMN("cached_tokens", "tokens", value_number(answer, r[i].cached_tokens));
	COLUMN("tokens_per_piece", "", value_number(answer, r[i].tokens_per_piece));
	COLUMN("miscounted", "requests", value_whole(answer, r[i].miscounted));
	COLUMN("shortened", "requests", value_whole(answer, r[i].shortened));
	COLUMN("unsent", "requests", value_whole(answer, r[i].unsent));
	COLUMN("window", "s", value_number(answer, r[i].window_s));
	COLUMN("partial", "", value_truth(answer, r[i].partial));
	COLUMN("client_limited", "", value_truth(answer, r[i].client_limited));
	COLUMN("client_cpu_share", "of a processor", value_number(answer, r[i].cpu_share));
	COLUMN("client_delay_ms_p99", "ms", value_number(answer, r[i].busy.p99.value * 1e3));
	COLUMN("client_late_ms_p99", "ms", value_number(answer, r[i].late.p99.value * 1e3));
#undef COLUMN
	for (int i = 0; i < bench->n; i++) {
		times[0][i] = &r[i].ttft;
		times[1][i] = &r[i].itl;
		times[2][i] = &r[i].tpot;
		times[3][i] = &r[i].whole;
	}
	for (int t = 0; t < 4; t++)
		put_times(answer, names[t], times[t], bench->n);
}

static void
put_errors(struct answer *answer, const struct bench *bench)
{
	struct column *level, *kind, *count, *said;

	answer_table(answer, "errors", "Requests that failed");
	level = answer_column(answer, bench->open ? "rate" : "concurrency", "");
	kind = answer_column(answer, "error", "");
	count = answer_column(answer, "requests", "");
	said = answer_column(answer, "first_said", "");
	for (int i = 0; i < bench->n; i++)
		for (int e = 0; e < LOAD_ERRORS; e++) {
			if (bench->results[i].errors[e] == 0)
				continue;
			column_add(answer, level, value_number(answer, bench->levels[i]));
			column_add(answer, kind, value_text(answer, load_error_name((enum load_error)e)));
			column_add(answer, count, value_whole(answer, bench->results[i].errors[e]));
			column_add(answer, said, value_text(answer, bench->results[i].example[e]));
		}
}

/* The run with the most tokens a second among those that may be believed most. */
static int
best_level(const struct bench *bench)
{
	int best = 0;

	for (int i = 1; i < bench->n; i++)
		if (bench->results[i].output_tok_s > bench->results[best].output_tok_s)
			best = i;
	return best;
}

static void
put_notes(struct answer *answer, const struct bench *bench)
{
	bool client = false, shortened = false, miscounted = false;

	for (int i = 0; i < bench->n; i++) {
		const struct load_result *r = &bench->results[i];

		if (r->partial)
			answer_note(answer, "run %d is partial: %s", i + 1, r->why);
		client |= r->client_limited;
		shortened |= r->shortened > 0;
		miscounted |= r->miscounted > 0;
	}
	if (client)
		answer_note(answer,
			"the client was the limit in a run marked so: its own delays or its processor show in the times");
	if (!bench->plan.target.counts)
		answer_note(answer, "the server reports no token counts: tokens are pieces of its streams");
	if (shortened)
		answer_note(answer,
			"some replies ended before the length that was asked for: a server that takes no "
			"ignore_eos ends where the model does");
	if (miscounted)
		answer_note(answer, "some requests have fewer tokens by the server's count than pieces with text");
	if (bench->plan.target.extras != EXTRAS_IGNORE_END)
		answer_note(answer, "the server refused %s",
			bench->plan.target.extras == EXTRAS_NONE ? "max_tokens and ignore_eos" : "ignore_eos");
}

static void
put_answer(struct answer *answer, const struct given *given, const struct bench *bench)
{
	int best = best_level(bench);
	const struct load_result *r = &bench->results[best];
	char speed[FIGURE_MAX], first[FIGURE_MAX];
	bool partial = false;

	for (int i = 0; i < bench->n; i++)
		partial |= bench->results[i].partial;
	answer_headline(answer, "%s: %s output tokens/s%s at most, first token after %s ms at the median", given->model,
		figure_rough(speed, r->output_tok_s), partial ? " (partial)" : "",
		figure_rough(first, r->ttft.p50.value * 1e3));
	answer_fact(answer, "endpoint", "", value_text(answer, bench->plan.target.url));
	answer_fact(answer, "model", "", value_text(answer, given->model));
	answer_fact(answer, "partial", "", value_truth(answer, partial));
	answer_fact(answer, "runs", "", value_whole(answer, bench->n));
	answer_fact(answer, "best_run", "", value_whole(answer, best + 1));
	answer_fact(answer, "output_tok_s", "tok/s", value_number(answer, r->output_tok_s));
	answer_fact(answer, "ttft_ms", "ms", value_number(answer, r->ttft.p50.value * 1e3));
	answer_fact(answer, "tpot_ms", "ms", value_number(answer, r->tpot.p50.value * 1e3));
	answer_fact(answer, "gpu_hour_all", "USD/h", value_number(answer, bench->gpu_hour));
	answer_fact(
		answer, "usd_per_output_mtok", "USD/Mtok", value_number(answer, usd_per_mtok(bench, r->output_tok_s)));
	put_levels(answer, bench);
	put_errors(answer, bench);
	put_notes(answer, bench);
}

/* ---- anchors */

struct saving {
	const struct given *given;
	const struct bench *bench;
	int64_t kept;
};

static int
keep_one(struct context *context, const struct saving *saving, const struct load_result *r, double level,
	const char *metric, const char *unit, double value, struct err *err)
{
	const struct given *given = saving->given;
	struct anchor_row anchor;

	if (!(value > 0) || !isfinite(value))
		return 0;
	anchor_defaults(&anchor);
	anchor.measured_us = context->now_us;
	anchor.expires_us = context->now_us + context->settings.throughput.anchor_days * DAY_S * SECOND_US;
	anchor.source = arena_format(context->arena, "bench endpoint %s", saving->bench->plan.target.url);
	anchor.engine = given->engine == NULL ? "" : given->engine;
	anchor.engine_version = given->engine_version == NULL ? "" : given->engine_version;
	anchor.model = given->anchor_model == NULL ? given->model : given->anchor_model;
	anchor.precision = given->precision == NULL ? "" : given->precision;
	anchor.gpu = given->gpu;
	anchor.gpus = saving->bench->gpus;
	anchor.tp = saving->bench->tp;
	anchor.isl = isfinite(r->prompt_tokens) ? r->prompt_tokens : (double)saving->bench->plan.isl;
	anchor.osl = r->output_tokens;
	anchor.load = saving->bench->open ? arena_format(context->arena, "qps=%g", (double)r->judged / r->window_s)
					  : arena_format(context->arena, "%g", level);
	anchor.metric = metric;
	anchor.unit = unit;
	anchor.value = value;
	anchor.note = r->client_limited ? "the client was the limit" : "";
	return anchor_put(context->store, &anchor, err);
}

/* Only runs that can be believed: whole, and limited by the server. */
static int
keep_anchors(struct context *context, const void *what, struct err *err)
{
	const struct saving *saving = what;

	for (int i = 0; i < saving->bench->n; i++) {
		const struct load_result *r = &saving->bench->results[i];
		double level = saving->bench->levels[i];

		if (r->partial || r->client_limited || r->good == 0)
			continue;
		if (keep_one(context, saving, r, level, "tpot", "ms", r->tpot.p50.value * 1e3, err) != 0 ||
			keep_one(context, saving, r, level, "ttft", "ms", r->ttft.p50.value * 1e3, err) != 0 ||
			keep_one(context, saving, r, level, "output_throughput", "tok/s", r->output_tok_s, err) != 0)
			return -1;
	}
	return 0;
}

static struct bench_figure
kept(const char *name, const char *unit, const struct told *told, double scale)
{
	return (struct bench_figure){
		.name = name,
		.unit = unit,
		.value = told->value * scale,
		.low = told->low * scale,
		.high = told->high * scale,
	};
}

/* Every run, also those that are no anchors: marked as what they are. */
static int
keep_runs(struct context *context, const struct given *given, const struct bench *bench, struct err *err)
{
	for (int i = 0; i < bench->n; i++) {
		const struct load_result *r = &bench->results[i];
		const struct told speed = { r->output_tok_s, NAN, NAN };
		const struct bench_run row = {
			.measured_us = context->now_us,
			.kind = "endpoint",
			.subject = arena_format(context->arena, "%s at %s, %s %.4g, %lld + %lld tokens", given->model,
				bench->plan.target.url,
				given->trace != NULL  ? "trace"
					: bench->open ? "req/s"
						      : "concurrency",
				bench->levels[i], (long long)bench->plan.isl, (long long)bench->plan.osl),
			.whole = !r->partial && !r->client_limited,
			.note = r->partial          ? r->why
				: r->client_limited ? "the client was the limit"
						    : "",
			.figure = { kept("output_tok_s", "tok/s", &speed, 1), kept("ttft_ms", "ms", &r->ttft.p50, 1e3),
				kept("tpot_ms", "ms", &r->tpot.p50, 1e3) },
			.figures = 3,
		};

		if (bench_keep(context, &row, err) != 0)
			return -1;
	}
	return 0;
}

static int
save(struct context *context, const struct given *given, struct bench *bench, struct answer *answer, struct err *err)
{
	const struct saving saving = { .given = given, .bench = bench };
	int kept = 0;

	for (int i = 0; i < bench->n; i++)
		kept += !bench->results[i].partial && !bench->results[i].client_limited && bench->results[i].good > 0;
	if (context_change(context, keep_anchors, &saving, err) != 0 || keep_runs(context, given, bench, err) != 0)
		return -1;
	answer_fact(answer, "saved_runs", "", value_whole(answer, kept));
	if (kept < bench->n)
		answer_note(answer, "runs that are partial or that the client limited are not kept as anchors");
	return 0;
}

/* ---- the run */

static int
run_levels(struct bench *bench, struct err *err)
{
	struct load_plan plan = bench->plan;

	for (int i = 0; i < bench->n; i++) {
		bench->each->run = i + 1;
		if (!bench->open)
			plan.concurrency = (int)bench->levels[i];
		else if (plan.trace_n == 0)
			plan.rate = bench->levels[i];
		plan.seed = bench->plan.seed + (uint64_t)i * 1000000007;
		if (load_run(&plan, &bench->results[i], err) != 0)
			return -1;
		if (plan.trace_n > 0)
			bench->levels[i] = (double)bench->results[i].judged / bench->results[i].window_s;
	}
	return 0;
}

static int
measure(struct context *context, const struct given *given, struct bench *bench, struct err *err)
{
	struct load_target *target = &bench->plan.target;
	const char *variable = getenv("BREAKEVEN_ENDPOINT_KEY");
	struct source_key key = { .secret = "" };
	char *url = chat_url(given->url, err);
	int status = -1;

	bench->results = calloc((size_t)bench->n, sizeof(*bench->results));
	if (bench->results == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for %d runs", bench->n);
	if (url == NULL || bench->results == NULL ||
		(given->key_file != NULL && source_key_file(given->key_file, &key, err) != 0) ||
		(given->trace != NULL && read_trace(context, given->trace, bench, err) != 0) ||
		each_open(bench->each, given->each, &bench->plan, err) != 0)
		goto out;
	target->url = arena_copy(context->arena, url, strlen(url));
	target->model = given->model;
	target->key = key.secret[0] != '\0' ? key.secret : variable != NULL && variable[0] != '\0' ? variable : NULL;
	target->ca_file = given->ca_file;
	target->extras = EXTRAS_IGNORE_END;
	bench->plan.progress = bench_progress;
	bench_progress(NULL, 0, "asking the server");
	status = load_probe(target, bench->plan.isl, bench->plan.timeout_s, err);
	if (status == 0)
		status = run_levels(bench, err);
	bench_progress(NULL, -1, "");
	if (each_close(bench->each, given->each, status == 0 ? err : NULL) != 0)
		status = -1;
out:
	source_key_forget(&key);
	target->key = NULL;
	free(url);
	return status;
}

static int
act(struct context *context, const struct given *given, struct bench *bench, struct err *err)
{
	enum answer_format format;
	struct answer *answer;

	if (args_format(given->format, &format, err) != 0 || read_given(given, bench, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0 || measure(context, given, bench, err) != 0)
		return -1;
	answer = answer_new(context->arena);
	put_answer(answer, given, bench);
	if (given->save && save(context, given, bench, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

int
bench_endpoint(int argc, char **argv)
{
	struct given given = { .url = NULL };
	const struct arg args[] = {
		{ .name = "model", .value = &given.model },
		{ .name = "concurrency", .value = &given.concurrency },
		{ .name = "rate", .value = &given.rate },
		{ .name = "trace", .value = &given.trace },
		{ .name = "isl", .value = &given.isl },
		{ .name = "osl", .value = &given.osl },
		{ .name = "spread", .value = &given.spread },
		{ .name = "duration", .value = &given.duration },
		{ .name = "warmup", .value = &given.warmup },
		{ .name = "requests", .value = &given.requests },
		{ .name = "timeout", .value = &given.timeout },
		{ .name = "silent", .value = &given.silent },
		{ .name = "slo-ttft", .value = &given.slo_ttft },
		{ .name = "slo-tpot", .value = &given.slo_tpot },
		{ .name = "key-file", .value = &given.key_file },
		{ .name = "ca-file", .value = &given.ca_file },
		{ .name = "seed", .value = &given.seed },
		{ .name = "gpus", .value = &given.gpus },
		{ .name = "gpu-hour", .value = &given.gpu_hour },
		{ .name = "gpu", .value = &given.gpu },
		{ .name = "precision", .value = &given.precision },
		{ .name = "engine", .value = &given.engine },
		{ .name = "engine-version", .value = &given.engine_version },
		{ .name = "tp", .value = &given.tp },
		{ .name = "anchor-model", .value = &given.anchor_model },
		{ .name = "each", .value = &given.each },
		{ .name = "save", .flag = &given.save },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	struct context context = { .store = NULL };
	struct each_file each = { .file = NULL };
	struct bench bench = { .n = 0, .each = &each };
	struct err err = { 0 };
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("bench endpoint", &err);
	if (words > 1)
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[2]);
	given.url = words > 0 ? argv[1] : NULL;
	if (err.kind != ERR_NONE || http_library_open(&err) != 0 || act(&context, &given, &bench, &err) != 0)
		status = command_fail("bench endpoint", &err);
	http_library_close();
	free(bench.results);
	free(bench.arrivals);
	context_close(&context);
	return status;
}
