#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/supply/estimate.h"
#include "tests/validate/fit.h"
#include "tests/validate/study.h"

#define SPRING 0.12

bool
study_counts(const struct published_row *row)
{
	return (row->kind == KIND_TPOT || row->kind == KIND_OFFLINE || row->kind == KIND_TTFT) && !row->doubtful;
}

bool
study_same_group(const struct published_row *a, const struct published_row *b)
{
	const struct setup *s = &a->asked.setup, *t = &b->asked.setup;

	return s->model == t->model && s->gpu == t->gpu && s->engine == t->engine &&
		s->precision.linear == t->precision.linear && s->precision.expert == t->precision.expert;
}

void
study_weigh(struct published *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t same = 0;

		for (size_t k = 0; k < p->n; k++)
			same += p->rows[k].kind == p->rows[i].kind && study_same_group(&p->rows[i], &p->rows[k]);
		p->rows[i].weight = 1 / sqrt((double)same);
		sum += p->rows[i].weight;
	}
	for (size_t i = 0; i < p->n; i++)
		p->rows[i].weight *= (double)p->n / sum;
}

static bool
is_first_token(int constant)
{
	return constant >= C_WAIT && constant < C_VARY_MODEL;
}

static void
fit_kinds(const struct published *p, const bool *held, struct constants *constants, bool first, int rounds)
{
	bool *use = calloc(p->n, sizeof(*use)), free_[CONSTANTS];
	struct fit fit = { p->rows, p->n, use, free_, SPRING, rounds };

	for (int i = 0; i < CONSTANTS; i++)
		free_[i] = i < C_VARY_MODEL && is_first_token(i) == first;
	for (size_t i = 0; i < p->n; i++)
		use[i] = study_counts(&p->rows[i]) && (held == NULL || !held[i]) &&
			(p->rows[i].kind == KIND_TTFT) == first;
	if (first)
		fit.spring = 3;
	fit_constants(&fit, constants);
	free(use);
}

void
study_fit(const struct published *p, const bool *held, struct constants *constants, int rounds)
{
	constants_default(constants);
	study_fit_from(p, held, constants, rounds);
}

void
study_fit_from(const struct published *p, const bool *held, struct constants *constants, int rounds)
{
	fit_kinds(p, held, constants, false, rounds);
	fit_kinds(p, held, constants, true, rounds);
}

/* How far two rows of a group are apart in lengths, load and layout. */
static double
apart(const struct published_row *a, const struct published_row *b)
{
	const struct setup *s = &a->asked.setup, *t = &b->asked.setup;

	return fabs(log(s->isl / t->isl)) + fabs(log(s->osl / t->osl)) +
		1.5 * fabs(log(s->tp * s->dp / t->tp / t->dp)) +
		0.7 * fabs(log(fmax(s->concurrency, 1) / fmax(t->concurrency, 1))) +
		(isnan(s->year) || isnan(t->year) ? 0 : 2 * fabs(s->year - t->year));
}

/* From each group the rows that are furthest from those chosen before, beginning with the latest. */
void
study_choose(const struct published *p, const bool *held, bool *chosen)
{
	memset(chosen, 0, p->n * sizeof(*chosen));
	for (size_t i = 0; i < p->n; i++) {
		const struct published_row *row = &p->rows[i];
		size_t members[4096], n = 0, taken = 0, next;
		bool first = true;

		if (!study_counts(row) || (held != NULL && held[i]))
			continue;
		for (size_t k = 0; k < p->n && n < 4096; k++)
			if (study_counts(&p->rows[k]) && p->rows[k].kind == row->kind && (held == NULL || !held[k]) &&
				study_same_group(row, &p->rows[k])) {
				first = first && k >= i;
				members[n++] = k;
			}
		if (!first)
			continue;
		next = members[n - 1];
		while (taken < STUDY_ANCHORS && taken < n) {
			double furthest = -1;

			chosen[next] = true;
			taken++;
			for (size_t k = 0; k < n; k++) {
				double nearest = INFINITY;

				if (chosen[members[k]])
					continue;
				for (size_t j = 0; j < n; j++)
					if (chosen[members[j]])
						nearest = fmin(
							nearest, apart(&p->rows[members[k]], &p->rows[members[j]]));
				if (nearest > furthest) {
					furthest = nearest;
					next = members[k];
				}
			}
		}
	}
}

/* ---- variances and bands */

enum left_out { OUT_MODEL, OUT_GPU, OUT_GROUP, OUT_SLICE, OUTS };

#define GROUP_FOLDS 6u
#define EVERY 12u /* of the rows are looked at while variances are searched */

static bool
same_slice(const struct published_row *a, const struct published_row *b)
{
	const struct setup *s = &a->asked.setup, *t = &b->asked.setup;

	return study_same_group(a, b) && s->tp == t->tp && s->dp == t->dp && s->isl == t->isl && s->osl == t->osl;
}

size_t
study_near(const struct published *p, size_t row, size_t *near, size_t n)
{
	size_t found = 0;

	for (size_t k = 0; k < p->n; k++) {
		const struct published_row *a = &p->rows[row], *b = &p->rows[k];
		size_t at;

		if (!study_counts(b) || b->kind != a->kind || !study_same_group(a, b) || same_slice(a, b))
			continue;
		for (at = found < n ? found++ : n; at > 0 && apart(a, &p->rows[near[at - 1]]) > apart(a, b); at--)
			if (at < n)
				near[at] = near[at - 1];
		if (at < n)
			near[at] = k;
	}
	return found;
}

bool
study_same_shape(const struct transformer *a, const struct transformer *b)
{
	return a == b || (a->parameters == b->parameters && a->layers == b->layers);
}

unsigned
study_group_fold(const struct published *p, size_t row)
{
	size_t first = 0;

	while (!study_same_group(&p->rows[first], &p->rows[row]))
		first++;
	return (unsigned)((first * 2654435761u >> 7) % GROUP_FOLDS);
}

struct trial {
	double residual, sd; /* of logarithms */
	enum estimate_class class;
	enum kind kind;
};

struct scene {
	const struct published *p;
	size_t *row; /* those that are asked */
	enum left_out *out;
	size_t n;
	struct anchor *anchor; /* all that were chosen */
	size_t *from, anchors;
	unsigned *fold; /* of each row */
};

/* Whether anchor k must not be seen when row i is asked. */
static bool
is_hidden(const struct scene *scene, enum left_out out, size_t i, size_t k)
{
	const struct published_row *a = &scene->p->rows[i], *b = &scene->p->rows[k];

	switch (out) {
	case OUT_MODEL:
		return study_same_shape(a->asked.setup.model, b->asked.setup.model);
	case OUT_GPU:
		return a->asked.setup.gpu == b->asked.setup.gpu;
	case OUT_GROUP:
		return scene->fold[i] == scene->fold[k];
	default:
		return same_slice(a, b);
	}
}

/* Ask each row of the scene with the anchors that it may see. */
static void
play(const struct scene *scene, const struct constants *c, struct trial *trials)
{
	struct anchor *seen = malloc((scene->anchors + 1) * sizeof(*seen));

	for (size_t q = 0; q < scene->n; q++) {
		const struct published_row *row = &scene->p->rows[scene->row[q]];
		struct anchors anchors = { seen, 0 };
		struct estimate e;

		for (size_t k = 0; k < scene->anchors; k++)
			if (!is_hidden(scene, scene->out[q], scene->row[q], scene->from[k]))
				seen[anchors.n++] = scene->anchor[k];
		trials[q] = (struct trial){ NAN, 0, ESTIMATE_FAR, row->kind };
		if (estimate_of(&row->asked, c, &anchors, &e, NULL) != 0)
			continue;
		trials[q] =
			(struct trial){ log(row->asked.value / e.value), asinh(e.band) / 1.2816, e.class, row->kind };
	}
	free(seen);
}

/* How surprised one is by what was measured (Student's t with 4 degrees of freedom), the less the better. */
static double
surprise(const struct trial *trials, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(trials[i].residual)) {
			double z = trials[i].residual / trials[i].sd;

			sum += log(trials[i].sd) + 2.5 * log1p(z * z / 4) +
				(trials[i].kind == KIND_TTFT
						? 0
						: 12 * fabs(trials[i].residual) / (fabs(trials[i].residual) + 0.12));
		}
	return sum;
}

static void
set_scene(struct scene *scene, const struct published *p, const struct constants *c, unsigned every)
{
	bool *chosen = calloc(p->n, sizeof(*chosen));

	study_choose(p, NULL, chosen);
	*scene = (struct scene){ .p = p };
	scene->fold = malloc(p->n * sizeof(*scene->fold));
	for (size_t i = 0; i < p->n; i++)
		scene->fold[i] = study_group_fold(p, i);
	scene->row = malloc(p->n * OUTS * sizeof(*scene->row));
	scene->out = malloc(p->n * OUTS * sizeof(*scene->out));
	scene->anchor = malloc(p->n * sizeof(*scene->anchor));
	scene->from = malloc(p->n * sizeof(*scene->from));
	for (size_t i = 0; i < p->n; i++)
		if (chosen[i] &&
			anchor_make(&scene->anchor[scene->anchors], &p->rows[i].text, &p->shelves, c, NULL) == 0)
			scene->from[scene->anchors++] = i;
	for (int out = 0; out < OUTS; out++)
		for (size_t i = 0; i < p->n; i++)
			if (study_counts(&p->rows[i]) && (i * 2654435761u >> 5) % every == (unsigned)out % every) {
				scene->row[scene->n] = i;
				scene->out[scene->n++] = (enum left_out)out;
			}
	free(chosen);
}

static void
strike_scene(struct scene *scene)
{
	free(scene->row);
	free(scene->out);
	free(scene->anchor);
	free(scene->from);
	free(scene->fold);
}

static int
rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* ESTIMATE_CLASSES stands for all first tokens. The factor on the bands of a class at which they hold four of five; without enough trials that of the classes before. */
static double
widening(const struct trial *trials, size_t n, enum estimate_class class, double otherwise)
{
	double *needed = malloc((n + 1) * sizeof(double)), factor = otherwise;
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if ((class == ESTIMATE_CLASSES ? trials[i].kind == KIND_TTFT
					       : trials[i].class == class && trials[i].kind != KIND_TTFT) &&
			!isnan(trials[i].residual)) {
			/* The band is symmetric about the value: (exp(w z sd) - exp(-w z sd)) / 2 on both sides. */
			double off = asinh(fabs(exp(trials[i].residual) - 1));

			needed[m++] = off / (1.2816 * trials[i].sd);
		}
	if (m >= 40) {
		qsort(needed, m, sizeof(double), rising);
		factor = needed[(size_t)(0.8 * (double)(m - 1))];
	}
	free(needed);
	return factor;
}

void
study_vary(const struct published *p, struct constants *c)
{
	struct scene scene;
	struct trial *trials;
	double best, factor = 2;

	set_scene(&scene, p, c, EVERY);
	trials = malloc((scene.n + 1) * sizeof(*trials));
	play(&scene, c, trials);
	best = surprise(trials, scene.n);
	for (int round = 0; round < 3; round++, factor = sqrt(factor))
		for (int k = C_VARY_MODEL; k <= C_VARY_FIRST; k++)
			for (int up = 0; up < 2; up++)
				for (int tries = 0; tries < 3; tries++) {
					struct constants other = *c;
					double now;

					other.value[k] = fmax(constant_rows[k].low,
						fmin(constant_rows[k].high, c->value[k] * (up ? factor : 1 / factor)));
					play(&scene, &other, trials);
					now = surprise(trials, scene.n);
					if (now >= best - 1e-9)
						break;
					best = now;
					*c = other;
				}
	strike_scene(&scene);
	free(trials);
	set_scene(&scene, p, c, 2);
	trials = malloc((scene.n + 1) * sizeof(*trials));
	for (int k = 0; k <= ESTIMATE_CLASSES; k++)
		c->value[C_WIDEN_ANCHORED + k] = 1;
	play(&scene, c, trials);
	for (int k = 0; k <= ESTIMATE_CLASSES; k++)
		c->value[C_WIDEN_ANCHORED + k] =
			fmax(0.2, fmin(5, widening(trials, scene.n, (enum estimate_class)k, 1.5)));
	strike_scene(&scene);
	free(trials);
}
