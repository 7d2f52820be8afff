#include <math.h>

#include "models/supply/observed.h"

#define QUARTER_US (INT64_C(900) * 1000000)
#define ALWAYS 0.99      /* share of the time watched: less is one look of many that found nothing */
#define EACH_TOKEN 0.2   /* gaps a token: an engine that counts fewer tells means of requests */
#define LENGTH_LEAST 1.0 /* tokens */
#define CACHED_MOST 0.999

const char *const observed_lack_names[OBSERVED_LACKS] = {
	[OBSERVED_ENOUGH] = "",
	[OBSERVED_NO_GPU] = "the source does not say on which gpu it runs",
	[OBSERVED_SHARED] = "several models were at work on it",
	[OBSERVED_NO_COUNT] = "the engine does not tell how many requests were at work",
	[OBSERVED_NO_LENGTHS] = "the engine does not tell lengths of requests",
	[OBSERVED_UNWATCHED] = "it was not watched long enough",
	[OBSERVED_IDLE] = "it was idle at times: its tokens a second are demand",
	[OBSERVED_FEW] = "too few quarter hours or requests at such a load",
	[OBSERVED_CONTRADICTS] = "requests at work do not fit the times between tokens",
};

enum observed_lack
observed_judge(const struct speed_reading *r, bool shared)
{
	if (r->place.gpu.n == 0 || r->place.gpus < 1)
		return OBSERVED_NO_GPU;
	if (shared)
		return OBSERVED_SHARED;
	if (r->busy_us == NOT_REPORTED || r->running_ms == NOT_REPORTED)
		return OBSERVED_NO_COUNT;
	if (r->input_tokens == NOT_REPORTED || r->output_tokens == NOT_REPORTED || r->requests == NOT_REPORTED)
		return OBSERVED_NO_LENGTHS;
	if (r->watched_us < QUARTER_US * 2 / 3)
		return OBSERVED_UNWATCHED;
	if ((double)r->busy_us < ALWAYS * (double)r->watched_us || r->running_ms < r->watched_us / 1000 ||
		r->output_tokens == 0)
		return OBSERVED_IDLE;
	return OBSERVED_ENOUGH;
}

static int
level_of(const struct speed_reading *r)
{
	return (int)lround(log2(1e3 * (double)r->running_ms / (double)r->watched_us));
}

static bool
same_place(const struct engine_place *a, const struct engine_place *b)
{
	return text_same(a->gpu, b->gpu) && a->gpus == b->gpus && a->tp == b->tp &&
		text_same(a->precision, b->precision) && text_same(a->engine_version, b->engine_version) &&
		text_same(a->anchor_model, b->anchor_model);
}

bool
observed_holds(const struct observed *o, const struct speed_reading *r)
{
	return level_of(r) == o->level && text_same(o->model, r->model) && text_same(o->engine, r->engine) &&
		same_place(&o->place, &r->place);
}

void
observed_begin(struct observed *o, const struct speed_reading *r)
{
	*o = (struct observed){ .engine = r->engine,
		.model = r->model,
		.replica = r->replica,
		.place = r->place,
		.level = level_of(r),
		.from_us = r->from_us,
		.to_us = r->to_us };
}

static double
told(int64_t value)
{
	return value == NOT_REPORTED ? 0 : (double)value;
}

void
observed_add(struct observed *o, const struct speed_reading *r)
{
	o->quarters++;
	o->replicas = o->replicas || !text_same(o->replica, r->replica);
	o->from_us = r->from_us < o->from_us ? r->from_us : o->from_us;
	o->to_us = r->to_us > o->to_us ? r->to_us : o->to_us;
	o->seconds += (double)r->watched_us / 1e6;
	o->running_s += told(r->running_ms) / 1e3;
	o->waiting_s += told(r->waiting_ms) / 1e3;
	o->input += told(r->input_tokens);
	o->cached += told(r->cached_tokens);
	o->output += told(r->output_tokens);
	o->requests += told(r->requests);
	o->token_s += told(r->token_us) / 1e6;
	o->gaps += told(r->token_gaps);
	o->first_s += told(r->ttft_us) / 1e6;
}

/*
 * Requests that decode are no more than are at work; these are no more than decode, begin or wait for a place. A look
 * finds the latter too low by as much as requests are at work and not yet at their first token when it is not told.
 */
static bool
contradicts(const struct observed *o)
{
	double decoding = o->token_s, begun = o->first_s;

	if (o->gaps < EACH_TOKEN * o->output)
		return false;
	return decoding > OBSERVED_FACTOR * o->running_s ||
		(begun > 0 && (decoding + begun) * OBSERVED_FACTOR < o->running_s);
}

enum observed_lack
observed_speed(const struct observed *o, struct observed_speed *speed)
{
	double later = o->output - o->requests; /* tokens behind the first */

	*speed = (struct observed_speed){ NAN, NAN, NAN, NAN, NAN, NAN };
	if (o->quarters < OBSERVED_QUARTERS || o->requests < OBSERVED_REQUESTS)
		return OBSERVED_FEW;
	if (contradicts(o))
		return OBSERVED_CONTRADICTS;
	speed->at_once = o->running_s / o->seconds;
	speed->isl = fmax(LENGTH_LEAST, o->input / o->requests);
	speed->osl = fmax(LENGTH_LEAST, o->output / o->requests);
	speed->cached = o->input > 0 ? fmin(CACHED_MOST, o->cached / o->input) : 0;
	if (o->gaps > 0 && o->token_s > 0)
		speed->tpot_s = o->token_s / (o->gaps < EACH_TOKEN * o->output || later < 1 ? o->gaps : later);
	if (speed->at_once >= OBSERVED_BUSY)
		speed->output_tok_s = o->output / o->seconds;
	return isnan(speed->tpot_s) && isnan(speed->output_tok_s) ? OBSERVED_NO_COUNT : OBSERVED_ENOUGH;
}
