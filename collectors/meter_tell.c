/*
 * meter: what is told of a page: usage lines and the speed that was observed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/meter_inside.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define QUARTER_US (INT64_C(900) * SECOND_US)
#define ID_MAX 1024
#define SPREAD_MAX_US (INT64_C(62) * DAY_S * SECOND_US) /* over a longer time nothing can be spread with any sense */
#define GAUGE_UNIT 1000000                              /* of the gauges in struct model */

struct telling {
	struct meter *meter;
	const struct scrape *scrape;
	struct model *model;
	int64_t spread; /* readings whose time was not watched */
	int64_t line;
};

/* The part of a whole that falls before `at` of `of`, exactly enough that parts add up to the whole. */
static int64_t
part_before(int64_t whole, int64_t at, int64_t of)
{
	return (int64_t)((wide)whole * at / of);
}

static size_t
id_of(const struct telling *telling, const char *more, char id[ID_MAX])
{
	const struct text target = telling->scrape->target;
	const struct model *model = telling->model;
	int n = snprintf(id, ID_MAX, "%s%s%.*s%s%.*s%s", telling->meter->kind->engine, target.n > 0 ? " " : "",
		(int)(target.n < 256 ? target.n : 256), target.n > 0 ? target.p : "", model->name_n > 0 ? " " : "",
		(int)(model->name_n < 640 ? model->name_n : 640), model->name_n > 0 ? model->name : "", more);

	return n < ID_MAX ? (size_t)n : ID_MAX - 1;
}

static int64_t
mean_ms(const struct model *model, enum meter_role sum, enum meter_role count)
{
	if (!model->has[sum] || !model->has[count] || model->delta[count] <= 0)
		return NOT_REPORTED;
	return model->delta[sum] / model->delta[count] / 1000;
}

/* A reading of the whole of what the page added; its times are set by whoever hands it on. */
static void
fill(const struct telling *telling, struct usage_reading *reading)
{
	const struct meter *meter = telling->meter;
	const struct model *model = telling->model;

	*reading = (struct usage_reading){ .provider = text_of(meter->kind->engine),
		.model = { model->name, model->name_n },
		.workload = meter->options->workload,
		.account = meter->options->account,
		.service_tier = text_of(SELF_HOSTED),
		.requests = model->has[METER_REQUESTS] ? model->delta[METER_REQUESTS] : NOT_REPORTED,
		.latency_ms = mean_ms(model, METER_LATENCY_SUM, METER_LATENCY_COUNT),
		.ttft_ms = mean_ms(model, METER_TTFT_SUM, METER_TTFT_COUNT) };
	if (meter->options->provider.n > 0)
		reading->provider = meter->options->provider;
}

/* The part of a reading that falls between two instants of [from, to). */
static void
cut(const struct usage_reading *whole, const struct model *model, int64_t from_us, int64_t to_us,
	struct usage_reading *piece)
{
	int64_t of = model->to_us - model->from_us, a = from_us - model->from_us, b = to_us - model->from_us;

	*piece = *whole;
	piece->at_us = from_us;
	piece->width_us = to_us - from_us;
	if (whole->requests != NOT_REPORTED)
		piece->requests = part_before(whole->requests, b, of) - part_before(whole->requests, a, of);
	for (int i = 0; i < USAGE_CLASSES; i++)
		piece->usage.tokens[i] =
			part_before(whole->usage.tokens[i], b, of) - part_before(whole->usage.tokens[i], a, of);
}

static bool
is_nothing(const struct usage_reading *reading)
{
	return reading->requests <= 0 && usage_total(&reading->usage) == 0;
}

/* Hand a reading on: whole at its begin, or, where nobody looked for long, in the quarter hours it may be of. */
static int
hand_on(struct telling *telling, struct usage_reading *whole, const char *more, struct err *err)
{
	const struct sink *sink = telling->meter->sink;
	const struct model *model = telling->model;
	struct usage_reading piece;
	char id[ID_MAX];
	int64_t us = model->to_us - model->from_us;
	bool is_spread = us > METER_SPREAD_US && us <= SPREAD_MAX_US;

	if (is_nothing(whole) || sink->usage == NULL)
		return 0;
	whole->id = (struct text){ id, id_of(telling, more, id) };
	if (is_spread) {
		telling->spread++;
		telling->line = model->line;
	}
	for (int64_t from_us = model->from_us, to_us; from_us < model->to_us; from_us = to_us) {
		to_us = (from_us / QUARTER_US + 1) * QUARTER_US;
		if (to_us > model->to_us || !is_spread)
			to_us = model->to_us;
		cut(whole, model, from_us, to_us, &piece);
		if (!is_nothing(&piece) &&
			sink->usage(sink->ctx, (struct place){ .line = model->line }, &piece, err) != 0)
			return -1;
	}
	return 0;
}

/*
 * Cached tokens are a part of the input, but an engine may count them before it counts the input they are in: what is
 * over waits for the next page.
 */
static int64_t
cached_of(struct model *model)
{
	int64_t input = model->has[METER_INPUT] ? model->delta[METER_INPUT] : 0, cached;

	if (model->reset)
		model->carry = 0;
	cached = model->has[METER_CACHED] ? model->delta[METER_CACHED] : 0;
	if (__builtin_add_overflow(cached, model->carry, &cached))
		cached = INT64_MAX;
	model->carry = cached > input ? cached - input : 0;
	return cached > input ? input : cached;
}

static int
tell_usage(struct telling *telling, int64_t cached, struct err *err)
{
	const struct model *model = telling->model;
	struct usage_reading reading;

	fill(telling, &reading);
	reading.has_usage = model->has[METER_INPUT] || model->has[METER_OUTPUT];
	if (reading.has_usage) {
		reading.usage.tokens[IN_CACHE_READ] = cached;
		reading.usage.tokens[IN_UNCACHED] = model->delta[METER_INPUT] - cached;
		reading.usage.tokens[OUT_VISIBLE] = model->delta[METER_OUTPUT];
	} else if (!telling->meter->kind->no_tokens) {
		reading.requests = NOT_REPORTED; /* requests without their tokens: the counters began with this page */
	}
	if (hand_on(telling, &reading, "", err) != 0)
		return -1;
	if (!model->has[METER_FAILED])
		return 0;
	fill(telling, &reading);
	reading.status = STATUS_ERROR;
	reading.requests = model->delta[METER_FAILED];
	reading.latency_ms = reading.ttft_ms = NOT_REPORTED;
	return hand_on(telling, &reading, " failed", err);
}

/* ---- speed */

static void
add(int64_t *sum, bool has, int64_t more)
{
	if (!has)
		return;
	if (*sum == NOT_REPORTED)
		*sum = 0;
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = INT64_MAX;
}

/* A gauge over the time since the page before: what it says now stands for it. */
static void
add_gauge(int64_t *sum, const struct model *model, enum meter_role role, int64_t us)
{
	int64_t value = model->now[role], product;

	if (!model->has[role] || model->gauges[role] == 0)
		return;
	if (role == METER_KV_USE)
		value /= model->gauges[role];
	if (__builtin_mul_overflow(value, us / 1000, &product))
		product = INT64_MAX;
	/* The gauges are millionths: requests become whole ones, a share is parts per million as it is. */
	add(sum, true, role == METER_KV_USE ? product : product / GAUGE_UNIT);
}

static void
add_speed(struct speed_reading *speed, const struct model *model, int64_t cached)
{
	int64_t us = model->to_us - model->from_us;

	speed->to_us = model->to_us;
	speed->watched_us += us;
	add(&speed->input_tokens, model->has[METER_INPUT], model->delta[METER_INPUT]);
	add(&speed->cached_tokens, model->has[METER_CACHED], cached);
	add(&speed->output_tokens, model->has[METER_OUTPUT], model->delta[METER_OUTPUT]);
	add(&speed->requests, model->has[METER_REQUESTS], model->delta[METER_REQUESTS]);
	add(&speed->busy_us, model->has[METER_RUNNING], model->now[METER_RUNNING] > 0 ? us : 0);
	add_gauge(&speed->running_ms, model, METER_RUNNING, us);
	add_gauge(&speed->waiting_ms, model, METER_WAITING, us);
	add_gauge(&speed->kv_ppm_ms, model, METER_KV_USE, us);
	add(&speed->ttft_us, model->has[METER_TTFT_SUM], model->delta[METER_TTFT_SUM]);
	add(&speed->ttft_requests, model->has[METER_TTFT_COUNT], model->delta[METER_TTFT_COUNT]);
	add(&speed->token_us, model->has[METER_TOKEN_SUM], model->delta[METER_TOKEN_SUM]);
	add(&speed->token_gaps, model->has[METER_TOKEN_COUNT], model->delta[METER_TOKEN_COUNT]);
}

static int
tell_speed(struct telling *telling, int64_t cached, struct err *err)
{
	struct model *model = telling->model;
	const struct sink *sink = telling->meter->sink;
	int64_t quarter_us = model->from_us / QUARTER_US * QUARTER_US;
	struct speed_reading reading;

	if (!model->has[METER_OUTPUT] || model->to_us - model->from_us > METER_SPREAD_US)
		return 0;
	if (model->speed.watched_us == 0 || model->speed.quarter_us != quarter_us)
		model->speed = (struct speed_reading){ .quarter_us = quarter_us,
			.from_us = model->from_us,
			.input_tokens = NOT_REPORTED,
			.cached_tokens = NOT_REPORTED,
			.output_tokens = NOT_REPORTED,
			.requests = NOT_REPORTED,
			.busy_us = NOT_REPORTED,
			.running_ms = NOT_REPORTED,
			.waiting_ms = NOT_REPORTED,
			.kv_ppm_ms = NOT_REPORTED,
			.ttft_us = NOT_REPORTED,
			.ttft_requests = NOT_REPORTED,
			.token_us = NOT_REPORTED,
			.token_gaps = NOT_REPORTED };
	add_speed(&model->speed, model, cached);
	if (sink->speed == NULL)
		return 0;
	reading = model->speed;
	reading.engine = text_of(telling->meter->kind->engine);
	reading.replica = telling->scrape->target;
	reading.model = (struct text){ model->name, model->name_n };
	reading.place = telling->meter->place;
	return sink->speed(sink->ctx, (struct place){ .line = model->line }, &reading, err);
}

/*
 * What is told of a model is of times that follow each other, since a line is known by the instant it begins at: a
 * counter that was away for some pages is told with those that were not.
 */
static void
part_times(struct model *model)
{
	if (model->from_us < model->told_us)
		model->from_us = model->told_us;
	if (model->to_us <= model->from_us)
		model->to_us = model->from_us + 1;
	model->told_us = model->to_us;
}

int
meter_tell(struct meter *meter, const struct scrape *scrape, struct err *err)
{
	struct telling telling = { .meter = meter, .scrape = scrape };

	for (size_t i = 0; i < meter->n_models; i++) {
		int64_t cached;

		telling.model = &meter->models[i];
		if (!telling.model->seen)
			continue;
		part_times(telling.model);
		cached = cached_of(telling.model);
		if (tell_usage(&telling, cached, err) != 0 || tell_speed(&telling, cached, err) != 0)
			return -1;
	}
	if (telling.spread > 0)
		row_warn(meter->sink, telling.line,
			"nobody looked for more than %d minutes: what was counted is spread over that time evenly",
			(int)(METER_SPREAD_US / SECOND_US / 60));
	return 0;
}
