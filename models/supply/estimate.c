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
static const double alike[FAMILIES][FAMILIES] = { { 1, 0.75, 0.15, 0.8, 0.3 }, { 0.75, 1, 0.2, 0.85, 0.5 },
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

static double
bell(double x, double width)
{
	return exp(-x * x / (2 * width * width));
}

static double
log_ratio(double a, double b)
{
	return log(fmax(a, 1e-3) / fmax(b, 1e-3));
}

/* Sequences of one prediction, for the distance between loads: "max" is one of its own. */
static double
load_alike(const struct asked *a, const struct asked *b)
{
	bool full_a = a->setup.concurrency == 0 && a->rate == 0, full_b = b->setup.concurrency == 0 && b->rate == 0;

	if (full_a != full_b || (a->rate > 0) != (b->rate > 0))
		return 0.3;
	if (full_a)
		return 1;
	return a->rate > 0 ? bell(log_ratio(a->rate, b->rate), 1.5)
			   : bell(log_ratio(a->setup.concurrency, b->setup.concurrency), 1.6);
}

static double
shape_alike(const struct asked *a, const struct asked *b)
{
	const struct setup *s = &a->setup, *t = &b->setup;

	return bell(log_ratio(s->isl, t->isl), 1.5) * bell(log_ratio(s->osl, t->osl), 1.5) * load_alike(a, b) *
		bell(log_ratio(s->tp * s->dp, t->tp * t->dp), 0.9) * bell(log_ratio(s->dp, t->dp), 0.9) *
		bell(log_ratio(s->pp, t->pp), 0.7);
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
spread(const struct constants *c, const struct asked *asked)
{
	return family_of(asked) == FAMILY_FIRST ? c->value[C_VARY_FIRST] : 1;
}

static double
covariance(const struct constants *c, const struct asked *a, double year_a, const struct asked *b, double year_b)
{
	const struct setup *s = &a->setup, *t = &b->setup;
	bool model = same_model(s->model, t->model), gpu = s->gpu == t->gpu, engine = same_engine(s->engine, t->engine);
	bool precision = same_precision(&s->precision, &t->precision);
	double when = time_alike(year_a, year_b), shape = shape_alike(a, b);
	double sum = 0;

	sum += model ? c->value[C_VARY_MODEL] : 0;
	sum += gpu ? c->value[C_VARY_GPU] : 0;
	sum += text_same(s->gpu->vendor, t->gpu->vendor) ? c->value[C_VARY_VENDOR] : 0;
	sum += engine ? c->value[C_VARY_ENGINE] * when : 0;
	sum += precision ? c->value[C_VARY_PRECISION] : 0;
	sum += c->value[C_VARY_REGIME] * shape * ((s->model->experts > 0) == (t->model->experts > 0) ? 1 : 0.3);
	sum += model && gpu ? c->value[C_VARY_MODEL_GPU] : 0;
	if (model && gpu && engine && precision)
		sum += when * (c->value[C_VARY_GROUP] + c->value[C_VARY_LOCAL] * shape);
	return sum * alike[family_of(a)][family_of(b)] * spread(c, a) * spread(c, b);
}

static double
variance(const struct constants *c, const struct asked *asked)
{
	double scale = spread(c, asked),
	       sum = c->value[C_VARY_MODEL] + c->value[C_VARY_GPU] + c->value[C_VARY_VENDOR] + c->value[C_VARY_ENGINE] +
		c->value[C_VARY_PRECISION] + c->value[C_VARY_REGIME] + c->value[C_VARY_MODEL_GPU] +
		c->value[C_VARY_GROUP] + c->value[C_VARY_LOCAL];

	return scale * scale * (sum + c->value[C_VARY_NOISE]);
}

/* ---- the nearest */

struct near {
	const struct anchor *anchor;
	double shared;
};

static size_t
nearest(const struct constants *c, const struct asked *asked, const struct anchors *anchors,
	struct near near[NEIGHBOURS])
{
	size_t n = 0;

	for (size_t i = 0; i < anchors->n; i++) {
		const struct anchor *anchor = &anchors->rows[i];
		double shared = covariance(c, asked, asked->setup.year, &anchor->asked, anchor->year);
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
	double excess = fabs(anchor->slower) - TOLERATED * spread(c, &anchor->asked);

	return excess > 0 && !anchor->believed ? 2 * excess * excess : 0;
}

/* What the nearest say about this one: *mean of the logarithm, *left the variance that remains. */
static void
krige(const struct constants *c, const struct asked *asked, const struct near near[NEIGHBOURS], size_t n,
	struct estimate *estimate, double *mean, double *left)
{
	double a[NEIGHBOURS][NEIGHBOURS], weight[NEIGHBOURS];

	*mean = 0;
	*left = variance(c, asked);
	for (size_t i = 0; i < n; i++) {
		weight[i] = near[i].shared;
		for (size_t k = 0; k <= i; k++)
			a[i][k] = covariance(c, &near[i].anchor->asked, near[i].anchor->year, &near[k].anchor->asked,
				near[k].anchor->year);
		a[i][i] = variance(c, &near[i].anchor->asked) + doubt(c, near[i].anchor);
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
class_of(const struct asked *asked, const struct near *near, size_t n)
{
	const struct setup *s = &asked->setup;
	bool group = false, gpu = false;

	for (size_t i = 0; i < n; i++) {
		const struct asked *other = &near[i].anchor->asked;

		if (family_of(other) == family_of(asked) && same_group(other, asked)) {
			if (shape_alike(other, asked) > 0.8)
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

#define HALF_OF_80 1.2816 /* standard deviations that hold four of five */

int
estimate_of(const struct asked *asked, const struct constants *constants, const struct anchors *anchors,
	struct estimate *estimate, struct err *err)
{
	struct prediction prediction;
	struct near near[NEIGHBOURS] = { { NULL, 0 } };
	double mean, left, half;
	size_t n;

	*estimate = (struct estimate){ .value = NAN };
	if (measured_predict(asked, constants, &prediction, err) != 0)
		return -1;
	n = anchors == NULL ? 0 : nearest(constants, asked, anchors, near);
	krige(constants, asked, near, n, estimate, &mean, &left);
	estimate->class = class_of(asked, near, n);
	estimate->throughput = prediction.throughput;
	estimate->modelled = prediction.value;
	estimate->correction = exp(is_speed(asked->quantity) ? -mean : mean);
	estimate->value = prediction.value * estimate->correction;
	half = HALF_OF_80 * sqrt(left) *
		constants->value[family_of(asked) == FAMILY_FIRST ? C_WIDEN_FIRST
								  : C_WIDEN_ANCHORED + (int)estimate->class];
	estimate->low = estimate->value * exp(-half);
	estimate->high = estimate->value * exp(half);
	estimate->band = (exp(half) - exp(-half)) / 2;
	return 0;
}
