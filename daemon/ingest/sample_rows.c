/*
 * How the rows come about: hour by hour an expected number of requests (trend, shape of the week, a little
 * noise), spread over the minutes by log-normal weights whose spread gives the traces' peak minute (1.8 times
 * the mean for conversation, about 4.3 for code), each request drawn by sample_draw() and added to
 * the open row of its workload, which is closed when it holds enough input or its hour ends.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ingest/sample_rows.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/random.h"

#define HOUR_US (HOUR_S * SECOND_US)
#define MINUTE_US (60 * SECOND_US)
#define MODELS_MAX 4
#define MINUTE_ROWS_MAX 1024 /* rows closed within one minute, of all workloads */

/* Femto-dollars per token of a price in thousandths of a dollar per million tokens. */
#define MILLI_PER_MTOK(milli) (INT64_C(1000000) * (milli))

enum { SONNET, OPUS, FLASH, GPT, MINI, OWN };

const struct sample_model sample_models[] = {
	[SONNET] = { "anthropic", "claude-sonnet-4-5", "Anthropic",
		{ [IN_UNCACHED] = MILLI_PER_MTOK(3000),
			[IN_CACHE_READ] = MILLI_PER_MTOK(300),
			[IN_CACHE_WRITE_5M] = MILLI_PER_MTOK(3750),
			[OUT_VISIBLE] = MILLI_PER_MTOK(15000),
			[OUT_REASONING] = MILLI_PER_MTOK(15000) } },
	[OPUS] = { "anthropic", "claude-opus-4-5", "Anthropic",
		{ [IN_UNCACHED] = MILLI_PER_MTOK(5000),
			[IN_CACHE_READ] = MILLI_PER_MTOK(500),
			[IN_CACHE_WRITE_5M] = MILLI_PER_MTOK(6250),
			[OUT_VISIBLE] = MILLI_PER_MTOK(25000),
			[OUT_REASONING] = MILLI_PER_MTOK(25000) } },
	[FLASH] = { "google", "gemini-2.5-flash", "Google",
		{ [IN_UNCACHED] = MILLI_PER_MTOK(300),
			[IN_CACHE_READ] = MILLI_PER_MTOK(30),
			[OUT_VISIBLE] = MILLI_PER_MTOK(2500),
			[OUT_REASONING] = MILLI_PER_MTOK(2500) } },
	[GPT] = { "openai", "gpt-5", "OpenAI",
		{ [IN_UNCACHED] = MILLI_PER_MTOK(1250),
			[IN_CACHE_READ] = MILLI_PER_MTOK(125),
			[OUT_VISIBLE] = MILLI_PER_MTOK(10000),
			[OUT_REASONING] = MILLI_PER_MTOK(10000) } },
	[MINI] = { "openai", "gpt-5-mini", "OpenAI",
		{ [IN_UNCACHED] = MILLI_PER_MTOK(250),
			[IN_CACHE_READ] = MILLI_PER_MTOK(25),
			[OUT_VISIBLE] = MILLI_PER_MTOK(2000),
			[OUT_REASONING] = MILLI_PER_MTOK(2000) } },
	[OWN] = { "self-hosted", "llama-3.3-70b-instruct", NULL, { 0 } },
	{ NULL, NULL, NULL, { 0 } },
};

/* Requests by hour of day: the reference shape of an office day, and a nightly run. */
static const double office_day[24] = { 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3,
	2 };
static const double night_run[24] = { 9, 12, 12, 11, 8, 4, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
	0.5, 1, 1, 2, 4, 7 };
#define WEEKEND 0.4

/* What a workload is like. Requests are those of a mean hour at the end of the sample. */
static const struct workload {
	const double *day;
	double requests_hour;
	double growth_month;  /* of volume, from month to month */
	double minute_spread; /* sigma of the minutes' log-normal weights */
	int64_t row_input;    /* a row is closed at so many input tokens */
	double cached, cached_spread;
	double written; /* share of input written to the cache, where the provider bills that apart */
	double reasoning;
	double ttft_ms, token_ms;
	const char *service_tier;
	struct {
		int model;
		double share;
	} models[MODELS_MAX];
} workloads[SAMPLE_WORKLOADS] = {
	[SAMPLE_CHAT] = { office_day, 1960, 0.03, 0.27, 100000, 0.22, 0.08, 0.05, 0.04, 650, 17, "",
		{ { SONNET, 0.70 }, { OPUS, 0.18 }, { FLASH, 0.12 } } },
	[SAMPLE_CODE] = { office_day, 285, 0.05, 0.76, 34000, 0.40, 0.12, 0.08, 0.10, 420, 13, "",
		{ { GPT, 0.65 }, { SONNET, 0.35 } } },
	[SAMPLE_EXTRACTION] = { night_run, 195, 0.01, 0.30, 100000, 0.06, 0.03, 0, 0.12, 900, 9, "batch",
		{ { MINI, 0.70 }, { FLASH, 0.30 } } },
};

#define PILOT_SHARE 0.10 /* of chat goes to the own model once the fleet is there */
#define FAILED_SHARE 0.004

struct open_row {
	struct sample_row row;
	int64_t input, output;
};

struct generator {
	const struct sample_options *options;
	const struct sample_taker *taker;
	struct random random;
	int64_t from_us, fleet_us, number;
	double week_mean[SAMPLE_WORKLOADS];
	double carry[SAMPLE_WORKLOADS];
	struct open_row open[SAMPLE_WORKLOADS];
	size_t closed;
	struct sample_row row[MINUTE_ROWS_MAX];
};

int64_t
sample_from_us(const struct sample_options *options)
{
	int64_t hour = options->now_us / HOUR_US - (options->now_us % HOUR_US < 0 ? 1 : 0);

	return (hour - (int64_t)options->days * 24) * HOUR_US;
}

/* The day's curve at the hour, less at weekends. 1970-01-01 was a Thursday. */
static double
shape_at(const double day[24], int64_t at_us)
{
	int64_t hour = at_us / HOUR_US;
	int weekday = (int)((hour / 24 + 3) % 7);

	return day[hour % 24] * (weekday >= 5 ? WEEKEND : 1);
}

static double
week_mean(const double day[24])
{
	double sum = 0;

	for (int i = 0; i < 24; i++)
		sum += day[i];
	return sum * (5 + 2 * WEEKEND) / (7 * 24);
}

double
sample_office_shape(int64_t at_us)
{
	return shape_at(office_day, at_us) / week_mean(office_day);
}

int64_t
sample_cost_nano(const struct sample_row *row)
{
	wide femto = 0;
	int64_t nano = 0;
	int halves = row->service_tier[0] == '\0' ? 2 : 1;

	for (int i = 0; i < USAGE_CLASSES; i++)
		femto += (wide)row->model->rate_femto[i] * row->usage.tokens[i];
	money_nano(money_divide(femto * halves, 2), &nano);
	return nano;
}

static double
clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

static int
pick_model(struct generator *generator, enum sample_workload workload, int64_t at_us)
{
	double u = random_uniform(&generator->random);
	bool pilot = workload == SAMPLE_CHAT && at_us >= generator->fleet_us;
	int model = workloads[workload].models[0].model;

	if (pilot && u < PILOT_SHARE)
		return OWN;
	if (pilot)
		u = (u - PILOT_SHARE) / (1 - PILOT_SHARE);
	for (int i = 0; i < MODELS_MAX && workloads[workload].models[i].share > 0; i++) {
		model = workloads[workload].models[i].model;
		if (u < workloads[workload].models[i].share)
			break;
		u -= workloads[workload].models[i].share;
	}
	return model;
}

/* Part the open row's totals into classes. */
static void
part_tokens(struct generator *generator, struct open_row *open, const struct workload *workload)
{
	const struct sample_model *model = open->row.model;
	int64_t *tokens = open->row.usage.tokens;
	double cached = clamp(workload->cached + workload->cached_spread * random_normal(&generator->random), 0, 0.8);
	bool reasons = model == &sample_models[GPT] || model == &sample_models[MINI];

	tokens[IN_CACHE_READ] = (int64_t)(cached * (double)open->input);
	if (model->rate_femto[IN_CACHE_WRITE_5M] > 0)
		tokens[IN_CACHE_WRITE_5M] = (int64_t)(workload->written * (double)open->input);
	tokens[IN_UNCACHED] = open->input - tokens[IN_CACHE_READ] - tokens[IN_CACHE_WRITE_5M];
	tokens[OUT_REASONING] = reasons ? (int64_t)(workload->reasoning * (double)open->output) : 0;
	tokens[OUT_VISIBLE] = open->output - tokens[OUT_REASONING];
}

static void
put_row(struct generator *generator, const struct sample_row *row)
{
	if (generator->closed == MINUTE_ROWS_MAX)
		return; /* far beyond what a minute of these workloads holds */
	generator->row[generator->closed++] = *row;
}

static void
close_row(struct generator *generator, enum sample_workload which, int64_t at_us)
{
	const struct workload *workload = &workloads[which];
	struct open_row *open = &generator->open[which];
	double slow = exp(0.18 * random_normal(&generator->random));
	double output_mean;

	if (open->row.requests == 0)
		return;
	output_mean = (double)open->output / (double)open->row.requests;
	open->row.at_us = at_us;
	open->row.ttft_ms = (int64_t)(workload->ttft_ms * slow);
	open->row.latency_ms = open->row.ttft_ms + (int64_t)(output_mean * workload->token_ms * slow);
	part_tokens(generator, open, workload);
	put_row(generator, &open->row);
	if (random_uniform(&generator->random) < FAILED_SHARE) {
		struct sample_row failed = open->row;

		failed.failed = true;
		failed.requests = 1;
		memset(&failed.usage, 0, sizeof(failed.usage));
		put_row(generator, &failed);
	}
	*open = (struct open_row){ .input = 0 };
}

static void
add_request(struct generator *generator, enum sample_workload which, int64_t at_us)
{
	struct open_row *open = &generator->open[which];
	struct sample_lengths lengths = sample_draw(which, &generator->random);

	if (open->row.requests > 0 && open->input + lengths.input > SAMPLE_ROW_INPUT_MAX)
		close_row(generator, which, at_us);
	if (open->row.requests == 0) {
		open->row.workload = which;
		open->row.model = &sample_models[pick_model(generator, which, at_us)];
		open->row.service_tier = workloads[which].service_tier;
	}
	open->input += lengths.input;
	open->output += lengths.output;
	open->row.requests++;
	if (open->input >= workloads[which].row_input)
		close_row(generator, which, at_us);
}

static int
by_time(const void *a, const void *b)
{
	const struct sample_row *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->workload != y->workload)
		return x->workload < y->workload ? -1 : 1;
	return (int)x->failed - (int)y->failed;
}

static int
hand_on_minute(struct generator *generator, struct err *err)
{
	qsort(generator->row, generator->closed, sizeof(generator->row[0]), by_time);
	for (size_t i = 0; i < generator->closed; i++) {
		generator->row[i].number = ++generator->number;
		if (generator->taker->take(generator->taker->ctx, &generator->row[i], err) != 0)
			return -1;
	}
	generator->closed = 0;
	return 0;
}

/* The requests to expect in the hour, and each minute's share of them. */
static double
plan_hour(struct generator *generator, enum sample_workload which, int64_t hour_us, double minute[60])
{
	const struct workload *workload = &workloads[which];
	double months = (double)(hour_us - generator->options->now_us) / (30.4375 * DAY_S * 1e6);
	double sum = 0;

	for (int i = 0; i < 60; i++) {
		minute[i] = exp(workload->minute_spread * random_normal(&generator->random));
		sum += minute[i];
	}
	for (int i = 0; i < 60; i++)
		minute[i] /= sum;
	return workload->requests_hour * pow(1 + workload->growth_month, months) *
		exp(0.10 * random_normal(&generator->random)) * shape_at(workload->day, hour_us) /
		generator->week_mean[which];
}

static int
make_hour(struct generator *generator, int64_t hour_us, struct err *err)
{
	double minute[SAMPLE_WORKLOADS][60], requests[SAMPLE_WORKLOADS];

	for (int w = 0; w < SAMPLE_WORKLOADS; w++)
		requests[w] = plan_hour(generator, (enum sample_workload)w, hour_us, minute[w]);
	for (int m = 0; m < 60; m++) {
		int64_t minute_us = hour_us + m * MINUTE_US;

		if (minute_us + MINUTE_US > generator->options->now_us)
			return 0;
		for (int w = 0; w < SAMPLE_WORKLOADS; w++) {
			double wanted = requests[w] * minute[w][m] + generator->carry[w];
			int64_t n = (int64_t)wanted;

			generator->carry[w] = wanted - (double)n;
			for (int64_t i = 0; i < n; i++)
				add_request(generator, (enum sample_workload)w,
					minute_us + (MINUTE_US - SECOND_US) * i / n / SECOND_US * SECOND_US);
			if (m == 59)
				close_row(generator, (enum sample_workload)w, minute_us + MINUTE_US - SECOND_US);
		}
		if (hand_on_minute(generator, err) != 0)
			return -1;
	}
	return 0;
}

int
sample_rows(const struct sample_options *options, const struct sample_taker *taker, struct err *err)
{
	struct generator *generator;
	int result = 0;

	if (options->days < 1 || options->days > 366)
		return err_set(err, ERR_INPUT, "a sample of %d days (1 to 366 are possible)", options->days);
	if (options->now_us < 400 * (int64_t)DAY_S * SECOND_US)
		return err_set(err, ERR_INPUT, "a sample that would begin before 1970");
	generator = calloc(1, sizeof(*generator));
	if (generator == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the sample");
	generator->options = options;
	generator->taker = taker;
	generator->from_us = sample_from_us(options);
	generator->fleet_us = options->now_us - (int64_t)SAMPLE_FLEET_DAYS * DAY_S * SECOND_US;
	random_seed(&generator->random, options->seed);
	for (int w = 0; w < SAMPLE_WORKLOADS; w++)
		generator->week_mean[w] = week_mean(workloads[w].day);
	for (int64_t hour = generator->from_us; hour <= options->now_us && result == 0; hour += HOUR_US)
		result = make_hour(generator, hour, err);
	free(generator);
	return result;
}
