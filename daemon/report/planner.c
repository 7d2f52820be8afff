/*
 * planner: model × GPU × tensor parallel × precision: what fits, how fast with which band, how many GPUs carry the
 * measured traffic at the promised times, and what that costs a month; cheapest first.
 */
#include "daemon/report/planner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/gpu_table.h"
#include "daemon/report/reports.h"
#include "daemon/report/throughput.h"
#include "daemon/store/query.h"
#include "models/supply/accelerator.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

#define HOURS_MONTH 730.0
#define LINES_DEFAULT 40
#define LINES_MAX 2000
#define ARRIVALS_MAX 100000 /* that are replayed for each line */

const struct param planner_params[] = {
	{ "model", PARAM_TEXT, NULL, 0, 0, "model to be served; Llama-3.3-70B" },
	{ "gpu", PARAM_TEXT, NULL, 0, 0, "only this accelerator; without it all that have a price" },
	{ "precision", PARAM_TEXT, NULL, 0, 0,
		"only this; without it the published one and what the GPU computes below it" },
	{ "tp", PARAM_NUMBER, NULL, 1, 64, "only so many GPUs a replica; without it 1, 2, 4 and 8" },
	{ "workload", PARAM_TEXT, NULL, 0, 0, "traffic of this workload; without it all traffic" },
	{ "from", PARAM_TIME, NULL, 0, 0, "begin of the traffic that is looked at" },
	{ "to", PARAM_TIME, NULL, 0, 0, "its end" },
	{ "isl", PARAM_NUMBER, NULL, 1, 1e7, "tokens of input of a request; as measured, else 1024" },
	{ "osl", PARAM_NUMBER, NULL, 1, 1e7, "tokens of output of a request; as measured, else 256" },
	{ "cached", PARAM_NUMBER, NULL, 0, 0.999, "share of the input that the prefix cache holds; 0" },
	{ "requests_s", PARAM_NUMBER, NULL, 1e-9, 1e9, "requests a second in the busiest hour; as measured, else 1" },
	{ "ttft_ms", PARAM_NUMBER, NULL, 1, 1e7,
		"promised 95th percentile of the first token, waiting included; 2000" },
	{ "tpot_ms", PARAM_NUMBER, NULL, 0.1, 1e6, "promised mean time per token; 50" },
	{ "engine", PARAM_TEXT, NULL, 0, 0, "vllm, sglang, trtllm, llama.cpp; without it any" },
	{ "redundancy", PARAM_NUMBER, NULL, 0, 1000, "replicas beyond the need; self_hosted.redundancy" },
	{ "unit_gpus", PARAM_NUMBER, NULL, 1, 1024, "GPUs can only be had in so many at once; 1" },
	{ "provider", PARAM_CHOICE, "any|hyperscaler|specialist|marketplace", 0, 0, "whose published GPU prices" },
	{ "rental", PARAM_CHOICE, "on-demand|spot|reserved|reserved-36mo", 0, 0, "which kind of rental" },
	{ "all", PARAM_CHOICE, "yes|no", 0, 0, "yes: also what does not fit or cannot keep the promise" },
	{ "limit", PARAM_NUMBER, NULL, 1, LINES_MAX, "lines at most; 40" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* ---- the question */

static struct text
number_text(struct arena *arena, double number)
{
	return text_of(arena_format(arena, "%.9g", number));
}

/* Of a very busy hour every so many-th arrival stands for all between. */
static void
take_arrivals(struct arena *arena, struct planner *planner)
{
	const struct traffic *traffic = &planner->traffic;
	size_t together = (traffic->n + ARRIVALS_MAX - 1) / ARRIVALS_MAX, n = 0;
	double *at_s;

	if (!planner->measured || !traffic->single)
		return;
	at_s = arena_take(arena, 2 * (traffic->n / together + 1) * sizeof(*at_s));
	for (size_t i = 0; i < traffic->n; i += together)
		at_s[n++] = traffic->at_s[i];
	planner->wanted.replay = (struct queue_replay){ at_s, n, at_s + n };
	planner->wanted.together = (double)together;
}

static void
take_traffic(const struct request *request, const struct report *report, struct planner *planner)
{
	const struct traffic *traffic = &planner->traffic;
	double isl = request_number(request, report, "isl", traffic->any ? fmax(1, traffic->isl) : 1024);
	double osl = request_number(request, report, "osl", traffic->any ? fmax(1, traffic->osl) : 256);
	struct plan_wanted *wanted = &planner->wanted;

	planner->row.isl = number_text(request->arena, isl);
	planner->row.osl = number_text(request->arena, osl);
	planner->measured = traffic->any && request_text(request, report, "requests_s") == NULL;
	wanted->requests_s = request_number(request, report, "requests_s", traffic->any ? traffic->peak_requests_s : 1);
	wanted->burst_s = planner->measured && traffic->single ? traffic->burst_requests_s[TRAFFIC_WINDOWS - 1] : 0;
	wanted->arrivals_scv =
		traffic->single && !isnan(traffic->between_scv) ? fmax(1, fmin(traffic->between_scv, 4)) : 1.2;
	take_arrivals(request->arena, planner);
	wanted->service_scv = traffic->single && !isnan(traffic->output_scv) ? traffic->output_scv : 1;
}

int
planner_read(const struct request *request, const struct report *report, struct planner *planner, struct err *err)
{
	struct shelf_request shelf = { .arena = request->arena,
		.settings = request->settings,
		.store = request->store,
		.now_us = request->now_us };
	struct traffic_request traffic = { .workload = request_text(request, report, "workload"),
		.from_us = request_time(request, report, "from", TIME_FIRST_US),
		.to_us = request_time(request, report, "to", TIME_LAST_US) };
	const char *model = request_text(request, report, "model"), *engine = request_text(request, report, "engine");

	memset(planner, 0, sizeof(*planner));
	if (shelf_load(&shelf, &planner->shelf, err) != 0 ||
		traffic_read(request, &traffic, &planner->traffic, err) != 0)
		return -1;
	planner->row = (struct measured){ .model = text_of(model == NULL ? THROUGHPUT_EXAMPLE : model),
		.engine = text_of(engine == NULL ? "" : engine),
		.load = text_of("max"),
		.metric = text_of("tpot"),
		.unit = text_of("ms") };
	planner->model =
		transformer_find(planner->shelf.shelves.models, planner->shelf.shelves.models_n, planner->row.model);
	if (planner->model == NULL)
		return measured_unknown_model(planner->row.model, &planner->shelf.shelves, err);
	take_traffic(request, report, planner);
	planner->wanted.ttft_s = request_number(request, report, "ttft_ms", 2000) / 1e3;
	planner->wanted.tpot_s = request_number(request, report, "tpot_ms", 50) / 1e3;
	planner->wanted.redundancy =
		request_number(request, report, "redundancy", request->settings->self_hosted.redundancy);
	planner->wanted.unit_gpus = request_number(request, report, "unit_gpus", 1);
	planner->provider = request_text(request, report, "provider");
	planner->rental = request_text(request, report, "rental");
	return 0;
}

int
planner_line(const struct request *request, const struct planner *planner, const char *gpu, const char *tp,
	const char *precision, struct asked *asked, struct plan *plan, struct err *err)
{
	struct measured row = planner->row;
	const struct report asking = { .name = "planner", .params = planner_params };

	row.gpu = text_of(gpu);
	row.tp = text_of(tp);
	row.precision = text_of(precision);
	if (measured_ask(&row, &planner->shelf.shelves, asked, err) != 0)
		return -1;
	asked->setup.cached = request_number(request, &asking, "cached", 0);
	return plan_make(plan, asked, &planner->wanted, &planner->shelf.constants, &planner->shelf.anchors, err);
}

/* ---- its lines */

struct line {
	struct asked asked;
	struct plan plan;
	const char *precision;
	const struct gpu_price *price; /* NULL: nobody asks one */
	double usd_hour, usd_month, usd_mtok, usd_mtok_full;
};

static int
cheaper(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;
	double first = x->plan.fits && !isnan(x->usd_month) ? x->usd_month : INFINITY;
	double second = y->plan.fits && !isnan(y->usd_month) ? y->usd_month : INFINITY;

	if (x->plan.fits != y->plan.fits)
		return x->plan.fits ? -1 : 1;
	return first < second                   ? -1
		: first > second                ? 1
		: x->asked.gpus < y->asked.gpus ? -1
						: x->asked.gpus > y->asked.gpus;
}

/* What is tried: the published precision first, then those below it that the GPU computes in. */
static size_t
precisions_of(const struct planner *planner, const struct accelerator *gpu, const char *only, const char *into[4])
{
	size_t n = 0;

	if (only != NULL) {
		into[0] = only;
		return 1;
	}
	if (planner->model->native.n > 0 && !text_is(planner->model->native, "bf16"))
		into[n++] = "";
	else
		into[n++] = "bf16";
	if (text_is(planner->model->native, "bf16") && !isnan(gpu->fp8))
		into[n++] = "fp8";
	if (!isnan(gpu->fp4) && !text_is(planner->model->native, "mxfp4"))
		into[n++] = "fp4";
	else if (text_is(planner->model->native, "bf16"))
		into[n++] = "int4";
	return n;
}

static void
put_price(const struct planner *planner, struct line *line)
{
	double month = planner->traffic.any && planner->measured ? planner->traffic.mtok_month : NAN;

	line->usd_hour = line->price == NULL ? NAN : (double)line->price->median_nano / 1e9;
	line->usd_month = line->plan.gpus * line->usd_hour * HOURS_MONTH;
	line->usd_mtok_full = line->asked.gpus * line->usd_hour / (line->plan.total_tok_s * 3600) * 1e6;
	line->usd_mtok = line->usd_month / month;
}

static const char *
precision_shown(const struct planner *planner, struct arena *arena, const char *precision)
{
	return precision[0] != '\0' ? precision : arena_copy(arena, planner->model->native.p, planner->model->native.n);
}

struct table {
	struct column *gpu, *tp, *precision, *fits, *concurrency, *tpot, *ttft, *output, *output_low, *output_high,
		*total, *total_low, *total_high, *said, *band, *origin, *source, *date, *usd_hour, *price_to,
		*usd_mtok_full, *replicas, *gpus, *month, *month_low, *month_high, *usd_mtok, *wait, *load, *reason,
		*limit, *missing;
};

static struct table
make_table(struct answer *answer)
{
	struct table t;

	answer_table(answer, "plans", "What would carry it, cheapest first");
	t.gpu = answer_column(answer, "gpu", "");
	t.tp = answer_column(answer, "tp", "GPUs");
	t.precision = answer_column(answer, "precision", "");
	t.fits = answer_column(answer, "fits", "");
	t.month = answer_column(answer, "usd_month", "USD/month");
	t.month_low = answer_column(answer, "usd_month_low", "USD/month");
	t.month_high = answer_column(answer, "usd_month_high", "USD/month");
	t.usd_mtok = answer_column(answer, "usd_mtok", "USD/Mtok");
	t.replicas = answer_column(answer, "replicas", "");
	t.gpus = answer_column(answer, "gpus", "");
	t.output = answer_column(answer, "output_tok_s", "tok/s");
	t.output_low = answer_column(answer, "output_tok_s_low", "tok/s");
	t.output_high = answer_column(answer, "output_tok_s_high", "tok/s");
	t.total = answer_column(answer, "total_tok_s", "tok/s");
	t.total_low = answer_column(answer, "total_tok_s_low", "tok/s");
	t.total_high = answer_column(answer, "total_tok_s_high", "tok/s");
	t.band = answer_column(answer, "band", "share");
	t.origin = answer_column(answer, "origin", "");
	t.source = answer_column(answer, "origin_source", "");
	t.date = answer_column(answer, "origin_date", "");
	t.concurrency = answer_column(answer, "concurrency", "requests");
	t.tpot = answer_column(answer, "tpot_ms", "ms");
	t.ttft = answer_column(answer, "ttft_p95_ms", "ms");
	t.wait = answer_column(answer, "wait_p95_ms", "ms");
	t.load = answer_column(answer, "load", "share");
	t.reason = answer_column(answer, "replicas_by", "");
	t.limit = answer_column(answer, "limited_by", "");
	t.usd_hour = answer_column(answer, "usd_gpu_hour", "USD/h");
	t.price_to = answer_column(answer, "price_date", "");
	t.usd_mtok_full = answer_column(answer, "usd_mtok_full", "USD/Mtok");
	t.missing = answer_column(answer, "missing_gib", "GiB");
	t.said = answer_column(answer, "throughput_source", "");
	return t;
}

static struct value *
text_value(struct arena *arena, struct answer *answer, struct text text)
{
	return text.n == 0 ? value_unknown(answer) : value_text(answer, arena_copy(arena, text.p, text.n));
}

static struct value *
known(struct answer *answer, bool is, double number)
{
	return is ? value_number(answer, number) : value_unknown(answer);
}

/* What a fleet that takes this line over says of its throughput. */
static const char *
in_words(struct arena *arena, const struct planner *planner, const struct line *line, const struct anchor *lean)
{
	const struct setup *s = &line->asked.setup;
	const char *what =
		arena_format(arena, "%.*s %s, %g x %.*s, %g requests at once, four of five between %.0f and %.0f tok/s",
			(int)s->model->name.n, s->model->name.p, precision_shown(planner, arena, line->precision),
			line->asked.gpus, (int)s->gpu->name.n, s->gpu->name.p, line->plan.concurrency,
			line->plan.total_low, line->plan.total_high);

	if (lean == NULL)
		return arena_format(arena, "modelled: %s", what);
	return arena_format(arena, "%s (%.*s, %.*s): %s", throughput_origin(&line->plan.output), (int)lean->source.n,
		lean->source.p, (int)lean->date.n, lean->date.n == 0 ? "" : lean->date.p, what);
}

static void
put_line(struct arena *arena, struct answer *answer, const struct table *t, const struct planner *planner,
	const struct line *line)
{
	const struct plan *p = &line->plan;
	const struct anchor *lean = p->fits && p->output.class <= ESTIMATE_NEAR ? p->output.anchors[0] : NULL;
	char day[16] = "";

	if (line->price != NULL)
		date_print(day, sizeof(day), line->price->to);
	column_add(answer, t->gpu, text_value(arena, answer, line->asked.setup.gpu->name));
	column_add(answer, t->tp, value_number(answer, line->asked.setup.tp));
	column_add(answer, t->precision, value_text(answer, precision_shown(planner, arena, line->precision)));
	column_add(answer, t->fits, value_truth(answer, p->fits));
	column_add(answer, t->concurrency, known(answer, p->fits, p->concurrency));
	column_add(answer, t->tpot, known(answer, p->fits, p->token.value * 1e3));
	column_add(answer, t->ttft, known(answer, p->fits, p->first_s * 1e3));
	column_add(answer, t->output, known(answer, p->fits, p->output.value));
	column_add(answer, t->output_low, known(answer, p->fits, p->output.low));
	column_add(answer, t->output_high, known(answer, p->fits, p->output.high));
	column_add(answer, t->total, known(answer, p->fits, p->total_tok_s));
	column_add(answer, t->total_low, known(answer, p->fits, p->total_low));
	column_add(answer, t->total_high, known(answer, p->fits, p->total_high));
	column_add(answer, t->said,
		p->fits ? value_text(answer, in_words(arena, planner, line, lean)) : value_unknown(answer));
	column_add(answer, t->band, known(answer, p->fits, p->output.band));
	column_add(
		answer, t->origin, p->fits ? value_text(answer, throughput_origin(&p->output)) : value_unknown(answer));
	column_add(answer, t->source, lean == NULL ? value_unknown(answer) : text_value(arena, answer, lean->source));
	column_add(answer, t->date, lean == NULL ? value_unknown(answer) : text_value(arena, answer, lean->date));
	column_add(answer, t->usd_hour, value_number(answer, line->usd_hour));
	column_add(answer, t->price_to, day[0] == '\0' ? value_unknown(answer) : value_text(answer, day));
	column_add(answer, t->usd_mtok_full, known(answer, p->fits, line->usd_mtok_full));
	column_add(answer, t->replicas, known(answer, p->fits, p->replicas));
	column_add(answer, t->gpus, known(answer, p->fits, p->gpus));
	column_add(answer, t->month, known(answer, p->fits, line->usd_month));
	/* A faster replica needs fewer of them, in the mean. */
	column_add(answer, t->month_low, known(answer, p->fits, line->usd_month * p->output.value / p->output.high));
	column_add(answer, t->month_high, known(answer, p->fits, line->usd_month * p->output.value / p->output.low));
	column_add(answer, t->usd_mtok, known(answer, p->fits, line->usd_mtok));
	column_add(answer, t->wait, known(answer, p->fits, p->wait_s * 1e3));
	column_add(answer, t->load, known(answer, p->fits, p->load));
	column_add(
		answer, t->reason, p->fits ? value_text(answer, plan_reason_names[p->reason]) : value_unknown(answer));
	column_add(answer, t->limit, p->fits ? value_text(answer, plan_limit_names[p->limit]) : value_unknown(answer));
	column_add(answer, t->missing, value_number(answer, p->memory.missing / GIB));
}

struct lines {
	struct line **line;
	size_t n, fitting, misfits, room;
};

static int
try_gpu(const struct request *request, const struct report *report, const struct planner *planner,
	const struct gpu_table *prices, const struct accelerator *gpu, struct lines *lines, struct err *err)
{
	static const char *const splits[] = { "1", "2", "4", "8" };
	struct arena *arena = request->arena;
	const char *name = arena_copy(arena, gpu->name.p, gpu->name.n), *words[4],
		   *tp = request_text(request, report, "tp");
	struct gpu_price_wanted wanted = { .gpu = gpu->name,
		.provider = text_of(planner->provider == NULL ? "" : planner->provider),
		.rental = text_of(planner->rental == NULL ? "" : planner->rental) };
	const struct gpu_price *price = gpu_price_find(prices->rows, prices->n, &wanted);
	size_t n = precisions_of(planner, gpu, request_text(request, report, "precision"), words);

	if (price == NULL && request_text(request, report, "gpu") == NULL)
		return 0;
	for (size_t i = 0; i < (tp == NULL ? 4 : 1); i++)
		for (size_t k = 0; k < n && lines->n < lines->room; k++) {
			struct line *line = arena_take(arena, sizeof(*line));

			line->precision = words[k];
			line->price = price;
			if (planner_line(request, planner, name, tp == NULL ? splits[i] : tp, words[k], &line->asked,
				    &line->plan, err) != 0)
				return -1;
			put_price(planner, line);
			lines->fitting += line->plan.fits;
			lines->misfits += !line->plan.fits;
			lines->line[lines->n++] = line;
		}
	return 0;
}

static void
say_question(const struct request *request, struct answer *answer, const struct planner *planner)
{
	const struct traffic *traffic = &planner->traffic;

	answer_fact(answer, "model", "", text_value(request->arena, answer, planner->model->name));
	answer_fact(answer, "traffic", "",
		value_text(answer,
			planner->measured      ? "measured"
				: traffic->any ? "lengths measured"
					       : "assumed"));
	answer_fact(answer, "isl", "tokens", value_number(answer, strtod(planner->row.isl.p, NULL)));
	answer_fact(answer, "osl", "tokens", value_number(answer, strtod(planner->row.osl.p, NULL)));
	answer_fact(answer, "requests_s", "requests/s", value_number(answer, planner->wanted.requests_s));
	answer_fact(answer, "burst_requests_s", "requests/s",
		known(answer, planner->wanted.burst_s > 0, planner->wanted.burst_s));
	for (int w = 0; w < TRAFFIC_WINDOWS; w++) {
		static const char *const names[TRAFFIC_WINDOWS][2] = { { "burst_10s_requests_s", "burst_10s_tok_s" },
			{ "burst_30s_requests_s", "burst_30s_tok_s" }, { "burst_60s_requests_s", "burst_60s_tok_s" } };

		answer_fact(answer, names[w][0], "requests/s",
			known(answer, traffic->single, traffic->burst_requests_s[w]));
		answer_fact(answer, names[w][1], "tok/s", known(answer, traffic->single, traffic->burst_tok_s[w]));
	}
	/* Of the times between arrivals: standard deviation over mean; 1 where they are at random. */
	answer_fact(answer, "arrivals_cv", "", known(answer, traffic->single, sqrt(traffic->between_scv)));
	answer_fact(answer, "mtok_month", "Mtok/month",
		known(answer, traffic->any && planner->measured, traffic->mtok_month));
	answer_fact(answer, "measured_hours", "h", known(answer, traffic->any, traffic->hours));
	answer_fact(answer, "measured_cached", "share", known(answer, traffic->any, traffic->cached));
	answer_fact(answer, "ttft_ms", "ms", value_number(answer, planner->wanted.ttft_s * 1e3));
	answer_fact(answer, "tpot_ms", "ms", value_number(answer, planner->wanted.tpot_s * 1e3));
	answer_fact(answer, "redundancy", "replicas", value_number(answer, planner->wanted.redundancy));
	answer_fact(answer, "unit_gpus", "GPUs", value_number(answer, planner->wanted.unit_gpus));
}

static void
say_best(struct arena *arena, struct answer *answer, const struct planner *planner, const struct lines *lines)
{
	const struct line *best = lines->n == 0 ? NULL : lines->line[0];

	if (best == NULL || !best->plan.fits || isnan(best->usd_month)) {
		answer_headline(answer, "Nothing that has a price carries %.*s at these promises.",
			(int)planner->model->name.n, planner->model->name.p);
		return;
	}
	answer_headline(answer, "%g × %.*s at %s carries %.*s for $%.0f a month; %zu other ways follow.",
		best->plan.gpus, (int)best->asked.setup.gpu->name.n, best->asked.setup.gpu->name.p,
		precision_shown(planner, arena, best->precision), (int)planner->model->name.n, planner->model->name.p,
		best->usd_month, lines->fitting - 1);
}

static int
planner_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct planner planner;
	struct gpu_table prices;
	struct lines lines = { .room = LINES_MAX };
	const char *only = request_text(request, report, "gpu"), *all = request_text(request, report, "all");
	size_t limit = (size_t)request_number(request, report, "limit", LINES_DEFAULT), shown = 0;
	struct table table;

	if (planner_read(request, report, &planner, err) != 0 || gpu_table_read(request->arena, &prices, err) != 0)
		return -1;
	lines.line = arena_take(request->arena, LINES_MAX * sizeof(*lines.line));
	if (only != NULL) {
		const struct accelerator *gpu =
			accelerator_find(planner.shelf.shelves.gpus, planner.shelf.shelves.gpus_n, text_of(only));

		if (gpu == NULL)
			return measured_unknown_gpu(text_of(only), &planner.shelf.shelves, err);
		if (try_gpu(request, report, &planner, &prices, gpu, &lines, err) != 0)
			return -1;
	} else
		for (size_t i = 0; i < planner.shelf.shelves.gpus_n; i++)
			if (try_gpu(request, report, &planner, &prices, &planner.shelf.shelves.gpus[i], &lines, err) !=
				0)
				return -1;
	qsort(lines.line, lines.n, sizeof(*lines.line), cheaper);
	say_best(request->arena, answer, &planner, &lines);
	say_question(request, answer, &planner);
	answer_fact(answer, "fitting", "", value_whole(answer, (int64_t)lines.fitting));
	answer_fact(answer, "misfits", "", value_whole(answer, (int64_t)lines.misfits));
	if (!planner.traffic.any)
		answer_note(answer,
			"the ledger holds no traffic: one request a second of 1024 and 256 tokens is planned for, unless told otherwise");
	if (planner.traffic.cut)
		answer_note(answer, "bursts are those of the first %zu calls of the busiest hour, which has more",
			planner.traffic.n);
	table = make_table(answer);
	for (size_t i = 0; i < lines.n && shown < limit; i++)
		if (lines.line[i]->plan.fits || (all != NULL && strcmp(all, "yes") == 0)) {
			put_line(request->arena, answer, &table, &planner, lines.line[i]);
			shown++;
		}
	return 0;
}

const struct report report_planner = { "planner", "which GPUs, how many, for the measured traffic at promised times",
	planner_params, planner_run };
