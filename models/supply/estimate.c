#include <math.h>

#include "models/supply/accelerator.h"
#include "models/supply/estimate.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "models/units/table.h"

#define NEIGHBOURS 48
#define FROM_ONE_GROUP 10
#define TOLERATED 0.4 /* logarithm: half again as slow */

/* ---- what two measurements have in common */

enum family { FAMILY_TOKEN, FAMILY_RATE, FAMILY_FIRST, FAMILY_WHOLE, FAMILY_PROMPT, FAMILIES };

static enum family
family_of(const struct asked *asked)
{
	switch (asked->quantity) {
	case QUANTITY_TPOT:
	case QUANTITY_DECODE:
		return FAMILY_TOKEN;
	case QUANTITY_TTFT:
		return FAMILY_FIRST;
	case QUANTITY_E2E:
		return FAMILY_WHOLE;
	case QUANTITY_PREFILL:
		return FAMILY_PROMPT;
	default:
		return FAMILY_RATE;
	}
}

/* How alike the errors of two quantities are. */
static const double alike[FAMILIES][FAMILIES] = { { 1, 0.3, 0.15, 0.8, 0.3 }, { 0.3, 1, 0.2, 0.85, 0.5 },
	{ 0.15, 0.2, 1, 0.4, 0.5 }, { 0.8, 0.85, 0.4, 1, 0.4 }, { 0.3, 0.5, 0.5, 0.4, 1 } };

static bool
same_model(const struct transformer *a, const struct transformer *b)
{
	return a == b ||
		(a->parameters == b->parameters && a->layers == b->layers && a->hidden == b->hidden &&
			a->attention == b->attention);
}

static bool
same_precision(const struct precision *a, const struct precision *b)
{
	return fabs(a->linear - b->linear) < 0.1 && fabs(a->expert - b->expert) < 0.1 &&
		a->linear_math == b->linear_math;
}

/* Releases and sizes that share the shape of a layer, such as both of gpt-oss: what is slow in one is in the other. */
static bool
kin(const struct transformer *a, const struct transformer *b)
{
	return a->hidden == b->hidden && a->heads == b->heads && a->head_dim == b->head_dim &&
		a->kv_heads == b->kv_heads && a->attention == b->attention &&
		a->moe_intermediate == b->moe_intermediate;
}

static double
logarithm(double x)
{
	return log(fmax(x, 1e-3));
}

static struct likeness
likeness_of(const struct asked *asked, const struct throughput *t)
{
	const struct setup *s = &asked->setup;
	enum family family = family_of(asked);
	const struct step *step = family == FAMILY_FIRST || family == FAMILY_PROMPT ? &t->first : &t->token;
	double sum = step->linear + step->expert + step->cache + step->attention + step->collective + step->fixed;
	struct likeness like = { .family = family,
		.experts = s->model->experts > 0,
		.isl = logarithm(s->isl),
		.osl = logarithm(s->osl),
		.load = logarithm(t->concurrency),
		.gpus = logarithm(s->tp * s->dp),
		.dp = logarithm(s->dp),
		.pp = logarithm(s->pp) };

	if (sum > 0) {
		like.part[PART_LINEAR_MATH] = step->linear * step->linear_math / sum;
		like.part[PART_LINEAR_MEMORY] = step->linear * (1 - step->linear_math) / sum;
		like.part[PART_EXPERT_MATH] = step->expert * step->expert_math / sum;
		like.part[PART_EXPERT_MEMORY] = step->expert * (1 - step->expert_math) / sum;
		like.part[PART_CACHE] = step->cache / sum;
		like.part[PART_ATTENTION] = step->attention / sum;
		like.part[PART_COLLECTIVE] = step->collective / sum;
		like.part[PART_FIXED] = step->fixed / sum;
	}
	return like;
}

static double
square(double x)
{
	return x * x;
}

/* 1 where lengths, load and layout are the same, less the further they are apart. */
static double
shape_alike(const struct likeness *a, const struct likeness *b)
{
	double apart = square(a->isl - b->isl) / square(1.5) + square(a->osl - b->osl) / square(1.5) +
		square(a->load - b->load) / square(1.6) + square(a->gpus - b->gpus) / square(0.9) +
		square(a->dp - b->dp) / square(0.9) + square(a->pp - b->pp) / square(0.7);

	return exp(-apart / 2);
}

/* How much the same parts make up both times. */
static double
parts_alike(const struct likeness *a, const struct likeness *b)
{
	double sum = 0;

	for (int i = 0; i < TIME_PARTS; i++)
		sum += a->part[i] * b->part[i];
	return sum;
}

static double
time_alike(double a, double b)
{
	return isnan(a) || isnan(b) ? 0.8 : exp(-fabs(a - b) / 2);
}

/* An engine that nobody named may be any. */
static bool
same_engine(enum engine a, enum engine b)
{
	return a == b || a == ENGINE_ANY || b == ENGINE_ANY;
}

static bool
same_group(const struct asked *a, const struct asked *b)
{
	return same_model(a->setup.model, b->setup.model) && a->setup.gpu == b->setup.gpu &&
		same_engine(a->setup.engine, b->setup.engine) &&
		same_precision(&a->setup.precision, &b->setup.precision);
}

/* The first token scatters more than everything else. */
static double
spread(const struct constants *c, int family)
{
	return family == FAMILY_FIRST ? c->value[C_VARY_FIRST] : 1;
}

/* One side of a comparison. */
struct side {
	const struct asked *asked;
	const struct likeness *like;
	double year;
};

static struct side
side_of(const struct anchor *anchor)
{
	return (struct side){ &anchor->asked, &anchor->likeness, anchor->year };
}

static double
covariance(const struct constants *c, const struct side *a, const struct side *b)
{
	const struct setup *s = &a->asked->setup, *t = &b->asked->setup;
	bool model = same_model(s->model, t->model), gpu = s->gpu == t->gpu, engine = same_engine(s->engine, t->engine);
	bool precision = same_precision(&s->precision, &t->precision);
	double when = engine ? time_alike(a->year, b->year) : 0, shape = shape_alike(a->like, b->like);
	double parts = parts_alike(a->like, b->like);
	double sum = 0;

	sum += gpu || text_same(s->gpu->vendor, t->gpu->vendor) ? c->value[C_VARY_VENDOR] : 0;
	sum += c->value[C_VARY_ENGINE] * when;
	sum += precision ? c->value[C_VARY_PRECISION] : 0;
	sum += c->value[C_VARY_REGIME] * shape * (a->like->experts == b->like->experts ? 1 : 0.3);
	if (gpu)
		sum += c->value[C_VARY_GPU] + c->value[C_VARY_PART_GPU] * parts * (precision ? 1 : 0.5);
	if (model)
		sum += c->value[C_VARY_MODEL] + c->value[C_VARY_PART_MODEL] * parts;
	if (engine && (model || kin(s->model, t->model)))
		sum += c->value[C_VARY_KIN] * when;
	if (model && gpu)
		sum += c->value[C_VARY_MODEL_GPU];
	if (model && gpu && engine && precision)
		sum += when * (c->value[C_VARY_GROUP] + c->value[C_VARY_PART] * parts + c->value[C_VARY_LOCAL] * shape);
	if (text_same(s->gpu->vendor, t->gpu->vendor))
		sum += s->unsure * t->unsure * when;
	return sum * alike[a->like->family][b->like->family] * spread(c, a->like->family) * spread(c, b->like->family);
}

static double
variance(const struct constants *c, const struct side *side)
{
	return covariance(c, side, side) + square(spread(c, side->like->family)) * c->value[C_VARY_NOISE];
}

/* ---- the nearest */

struct near {
	const struct anchor *anchor;
	double shared;
};

static size_t
nearest(const struct constants *c, const struct side *asked, const struct anchors *anchors,
	struct near near[NEIGHBOURS])
{
	size_t n = 0;

	for (size_t i = 0; i < anchors->n; i++) {
		const struct anchor *anchor = &anchors->rows[i];
		struct side side = side_of(anchor);
		double shared = covariance(c, asked, &side);
		size_t same = 0, worst = 0, at;

		if (n == NEIGHBOURS && shared <= near[n - 1].shared)
			continue;
		for (size_t k = 0; k < n; k++)
			if (same_group(&near[k].anchor->asked, &anchor->asked)) {
				same++;
				worst = k;
			}
		if (same >= FROM_ONE_GROUP) {
			if (shared <= near[worst].shared)
				continue;
			at = worst;
		} else
			at = n < NEIGHBOURS ? n++ : n - 1;
		for (; at > 0 && near[at - 1].shared < shared; at--)
			near[at] = near[at - 1];
		near[at] = (struct near){ anchor, shared };
	}
	return n;
}

/* ---- regression */

/* Solve a x = b of n unknowns by Cholesky's factors, in place; a is positive definite. */
static void
cholesky(double a[NEIGHBOURS][NEIGHBOURS], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k <= i; k++) {
			double sum = a[i][k];

			for (size_t j = 0; j < k; j++)
				sum -= a[i][j] * a[k][j];
			a[i][k] = i == k ? sqrt(fmax(sum, 1e-12)) : sum / a[k][k];
		}
}

static void
solve(double a[NEIGHBOURS][NEIGHBOURS], double *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			b[i] -= a[i][k] * b[k];
		b[i] /= a[i][i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			b[i] -= a[k][i] * b[k];
		b[i] /= a[i][i];
	}
}

static bool
is_speed(enum quantity quantity)
{
	return quantity > QUANTITY_E2E;
}

int
anchor_make(struct anchor *anchor, const struct measured *row, const struct shelves *shelves,
	const struct constants *constants, struct err *err)
{
	struct prediction prediction;

	if (measured_ask(row, shelves, &anchor->asked, err) != 0)
		return -1;
	if (!(anchor->asked.value > 0))
		return err_set(err, ERR_INPUT, "value is missing: an anchor is a measurement");
	if (measured_predict(&anchor->asked, constants, &prediction, err) != 0)
		return -1;
	anchor->likeness = likeness_of(&anchor->asked, &prediction.throughput);
	anchor->own = anchor->believed = false;
	anchor->slower = log(anchor->asked.value / prediction.value) * (is_speed(anchor->asked.quantity) ? -1 : 1);
	anchor->year = anchor->asked.setup.year;
	anchor->source = row->source;
	anchor->date = row->date;
	anchor->engine_version = row->engine_version;
	return 0;
}

int
anchors_parse(struct text csv, const struct shelves *shelves, const struct constants *constants, struct anchor *anchors,
	size_t max, size_t *n, struct err *err)
{
	enum { COLUMNS = 18 };
	static const struct table_column columns[COLUMNS] = { { "source", false }, { "date", false },
		{ "engine", false }, { "engine_version", false }, { "model", false }, { "precision", false },
		{ "gpu", false }, { "n_gpus", false }, { "tp", false }, { "pp", false }, { "dp", true },
		{ "isl", false }, { "osl", false }, { "concurrency_or_batch", false }, { "metric", false },
		{ "value", false }, { "unit", false }, { "notes", true } };
	struct text v[COLUMNS];
	struct table table;
	int got;

	if (table_open(&table, csv, columns, COLUMNS, "anchors", err) != 0)
		return -1;
	while ((got = table_next(&table, v, err)) > 0) {
		struct measured row = { v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12],
			v[13], v[14], v[15], v[16], v[17], { NULL, 0 } };

		if (*n == max)
			return err_set(err, ERR_INPUT, "line %d: more than %zu anchors", table.line, max);
		if (anchor_make(&anchors[*n], &row, shelves, constants, NULL) == 0)
			(*n)++;
	}
	return got;
}

/* More variance for a measurement so far from what is modelled that something else may have been measured. */
static double
doubt(const struct constants *c, const struct anchor *anchor)
{
	double excess = fabs(anchor->slower) - TOLERATED * spread(c, anchor->likeness.family);

	return excess > 0 && !anchor->believed ? 2 * excess * excess : 0;
}

/* What the nearest say about this one: *mean of the logarithm, *left the variance that remains. */
static void
krige(const struct constants *c, const struct side *asked, const struct near near[NEIGHBOURS], size_t n,
	struct estimate *estimate, double *mean, double *left)
{
	double a[NEIGHBOURS][NEIGHBOURS], weight[NEIGHBOURS];

	*mean = 0;
	*left = variance(c, asked);
	for (size_t i = 0; i < n; i++) {
		struct side side = side_of(near[i].anchor);

		weight[i] = near[i].shared;
		for (size_t k = 0; k < i; k++) {
			struct side other = side_of(near[k].anchor);

			a[i][k] = covariance(c, &side, &other);
		}
		a[i][i] = variance(c, &side) + doubt(c, near[i].anchor);
	}
	cholesky(a, n);
	solve(a, weight, n);
	for (size_t i = 0; i < n; i++) {
		*mean += weight[i] * near[i].anchor->slower;
		*left -= weight[i] * near[i].shared;
	}
	*left = fmax(*left, c->value[C_VARY_NOISE]);
	for (size_t i = 0; i < n; i++) {
		size_t at = ESTIMATE_ANCHORS;

		while (at > 0 &&
			(estimate->anchors[at - 1] == NULL || fabs(estimate->weights[at - 1]) < fabs(weight[i])))
			at--;
		for (size_t k = ESTIMATE_ANCHORS - 1; at < ESTIMATE_ANCHORS && k > at; k--) {
			estimate->anchors[k] = estimate->anchors[k - 1];
			estimate->weights[k] = estimate->weights[k - 1];
		}
		if (at < ESTIMATE_ANCHORS) {
			estimate->anchors[at] = near[i].anchor;
			estimate->weights[at] = weight[i];
		}
	}
}

const char *estimate_class_name(enum estimate_class class)
{
	static const char *const names[ESTIMATE_CLASSES] = { "anchored", "near", "dense", "experts", "far" };

	return names[class];
}

static enum estimate_class
class_of(const struct side *side, const struct near *near, size_t n)
{
	const struct setup *s = &side->asked->setup;
	bool group = false, gpu = false;

	for (size_t i = 0; i < n; i++) {
		const struct asked *other = &near[i].anchor->asked;

		if (near[i].anchor->likeness.family == side->like->family && same_group(other, side->asked)) {
			if (shape_alike(&near[i].anchor->likeness, side->like) > 0.8)
				return ESTIMATE_ANCHORED;
			group = true;
		}
		gpu = gpu || text_same(other->setup.gpu->vendor, s->gpu->vendor);
	}
	if (group)
		return ESTIMATE_NEAR;
	if (!text_is(s->gpu->vendor, "NVIDIA") && !gpu)
		return ESTIMATE_FAR;
	if (s->model->linear_layers > 0 || s->model->sparse_top > 0)
		return ESTIMATE_FAR;
	return s->model->experts > 0 ? ESTIMATE_EXPERTS : ESTIMATE_DENSE;
}

/*
 * The standard deviation that bands are made of. What a class needs more was found on stacks that are known; how unsure
 * another stack is was set for itself and is not widened again.
 */
static double
deviation(double left, double unsure, double widen)
{
	return left > unsure ? sqrt(widen * widen * (left - unsure) + unsure) : widen * sqrt(left);
}

#define HALF_OF_80 1.2816 /* standard deviations that hold four of five */

int
estimate_of(const struct asked *asked, const struct constants *constants, const struct anchors *anchors,
	struct estimate *estimate, struct err *err)
{
	struct prediction prediction;
	struct likeness like;
	struct side side = { asked, &like, asked->setup.year };
	struct near near[NEIGHBOURS] = { { NULL, 0 } };
	double mean, left, half;
	size_t n;

	*estimate = (struct estimate){ .value = NAN };
	if (measured_predict(asked, constants, &prediction, err) != 0)
		return -1;
	like = likeness_of(asked, &prediction.throughput);
	n = anchors == NULL ? 0 : nearest(constants, &side, anchors, near);
	krige(constants, &side, near, n, estimate, &mean, &left);
	estimate->class = class_of(&side, near, n);
	estimate->throughput = prediction.throughput;
	estimate->modelled = prediction.value;
	estimate->correction = exp(is_speed(asked->quantity) ? -mean : mean);
	estimate->value = prediction.value * estimate->correction;
	estimate->kind = like.family == FAMILY_FIRST ? ESTIMATE_FIRST
		: like.family == FAMILY_TOKEN        ? ESTIMATE_TOKEN
						     : ESTIMATE_RATE;
	half = HALF_OF_80 *
		deviation(left, square(asked->setup.unsure),
			constants->value[C_WIDEN + ESTIMATE_KINDS * (int)estimate->class + (int)estimate->kind]);
	estimate->low = estimate->value * exp(-half);
	estimate->high = estimate->value * exp(half);
	estimate->band = (exp(half) - exp(-half)) / 2;
	return 0;
}
