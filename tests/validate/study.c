#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/supply/estimate.h"
#include "tests/validate/fit.h"
#include "tests/validate/study.h"

#define SPRING 0.12
#define SPRING_LOOSE 0.5 /* of what nobody has published figures for */
#define SPRING_FIRST 3
#define EVERY 10u /* of the rows are looked at while variances are searched */

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
	double sum[KINDS] = { 0 };
	size_t n[KINDS] = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		size_t same = 0;

		for (size_t k = 0; k < p->n; k++)
			same += p->rows[k].kind == p->rows[i].kind && study_same_group(&p->rows[i], &p->rows[k]);
		p->rows[i].weight = 1 / sqrt((double)same);
		sum[p->rows[i].kind] += p->rows[i].weight;
		n[p->rows[i].kind]++;
	}
	for (size_t i = 0; i < p->n; i++)
		p->rows[i].weight *= (double)n[p->rows[i].kind] / sum[p->rows[i].kind];
}

static bool
is_first_token(int constant)
{
	return constant >= C_WAIT && constant < C_VARY_MODEL;
}

/* Of the constants, which are fitted to first tokens and which to everything else. */
static void
set_free(bool free_[CONSTANTS], bool first)
{
	for (int i = 0; i < CONSTANTS; i++)
		free_[i] = i < C_VARY_MODEL && is_first_token(i) == first;
}

static void
set_spring(double spring[CONSTANTS])
{
	static const enum constant loose[] = { C_WIDENED, C_TILE, C_EXPERT_HALF, C_IMBALANCE, C_TRAFFIC,
		C_TRAFFIC_EXPERT, C_LINK_HOST, C_BUBBLE, C_SLOTS_TRTLLM, C_BUNCH_VLLM, C_BUNCH_SGLANG, C_BUNCH_TRTLLM };

	for (int i = 0; i < CONSTANTS; i++)
		spring[i] = is_first_token(i) ? SPRING_FIRST : SPRING;
	for (size_t i = 0; i < sizeof(loose) / sizeof(loose[0]); i++)
		spring[loose[i]] = SPRING_LOOSE;
}

/* slopes[first]: of fit_slopes, or NULL. */
static void
fit_kinds(const struct published *p, const bool *held, struct constants *constants, int rounds, double *const *slopes)
{
	bool *use = calloc(p->n, sizeof(*use)), free_[CONSTANTS];
	double spring[CONSTANTS];

	set_spring(spring);
	for (int first = 0; first < 2; first++) {
		struct fit fit = { p->rows, p->n, use, free_, spring, rounds, slopes == NULL ? NULL : slopes[first] };

		set_free(free_, first);
		for (size_t i = 0; i < p->n; i++)
			use[i] = study_counts(&p->rows[i]) && (held == NULL || !held[i]) &&
				(p->rows[i].kind == KIND_TTFT) == first;
		fit_constants(&fit, constants);
	}
	free(use);
}

void
study_fit(const struct published *p, const bool *held, struct constants *constants, int rounds)
{
	constants_default(constants);
	fit_kinds(p, held, constants, rounds, NULL);
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

/* ---- leaving out */

#define GROUP_FOLDS 6u
#define FOLD_ROUNDS 8

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

static unsigned
group_fold(const struct published *p, size_t row)
{
	size_t first = 0;

	while (!study_same_group(&p->rows[first], &p->rows[row]))
		first++;
	return (unsigned)((first * 2654435761u >> 7) % GROUP_FOLDS);
}

struct text
study_source(const struct published_row *row)
{
	struct text source = row->text.source;

	for (size_t i = 0; i < source.n; i++)
		if (source.p[i] == ' ' || source.p[i] == '@')
			source.n = i;
	return source;
}

static bool
left_out_with(const struct published *p, enum study_out out, size_t of, size_t row)
{
	const struct setup *a = &p->rows[of].asked.setup, *b = &p->rows[row].asked.setup;

	switch (out) {
	case OUT_MODEL:
		return study_same_shape(a->model, b->model);
	case OUT_GPU:
		return a->gpu == b->gpu;
	case OUT_SOURCE:
		return text_same(study_source(&p->rows[of]), study_source(&p->rows[row]));
	default:
		return group_fold(p, of) == group_fold(p, row);
	}
}

struct filling {
	const struct published *p;
	const struct study_folds *folds;
	double *const *slopes;
};

static void
fill_some(void *context, unsigned part)
{
	const struct filling *filling = context;
	const struct published *p = filling->p;
	bool *chosen = calloc(p->n, sizeof(*chosen));

	for (size_t f = part; f < filling->folds->n; f += FIT_PARTS) {
		struct study_fold *fold = &filling->folds->fold[f];

		fit_kinds(p, fold->held, &fold->constants, FOLD_ROUNDS, filling->slopes);
		study_choose(p, fold->held, chosen);
		fold->anchors = malloc((p->n + STUDY_NEAR) * sizeof(*fold->anchors));
		for (size_t i = 0; i < p->n; i++)
			if (chosen[i] &&
				anchor_make(&fold->anchors[fold->n], &p->rows[i].text, &p->shelves, &fold->constants,
					NULL) == 0)
				fold->n++;
		fold->anchors = realloc(fold->anchors, (fold->n + STUDY_NEAR) * sizeof(*fold->anchors));
	}
	free(chosen);
}

/* Each set of rows that is left out together, once. */
static void
list_folds(const struct published *p, const struct constants *program, struct study_folds *folds)
{
	bool *done = calloc(p->n, sizeof(*done));

	*folds = (struct study_folds){ .fold = NULL };
	for (int out = 0; out < STUDY_OUTS; out++) {
		memset(done, 0, p->n * sizeof(*done));
		for (size_t of = 0; of < p->n; of++) {
			struct study_fold fold = { .out = (enum study_out)out, .constants = *program };

			if (done[of] || (out != OUT_SOURCE && !study_counts(&p->rows[of])))
				continue;
			fold.held = calloc(p->n, sizeof(*fold.held));
			for (size_t i = 0; i < p->n; i++)
				if ((fold.held[i] = left_out_with(p, fold.out, of, i)))
					done[i] = true;
			folds->fold = realloc(folds->fold, (folds->n + 1) * sizeof(fold));
			folds->fold[folds->n++] = fold;
		}
	}
	free(done);
}

void
study_folds(const struct published *p, const struct constants *program, struct study_folds *folds)
{
	bool *use = calloc(p->n, sizeof(*use)), free_[CONSTANTS];
	double *slopes[2];
	struct filling filling = { p, folds, slopes };

	for (int first = 0; first < 2; first++) {
		struct fit fit = { .rows = p->rows, .n = p->n, .use = use, .free_ = free_ };

		set_free(free_, first);
		for (size_t i = 0; i < p->n; i++)
			use[i] = study_counts(&p->rows[i]) && (p->rows[i].kind == KIND_TTFT) == first;
		slopes[first] = fit_slopes(&fit, program);
	}
	list_folds(p, program, folds);
	in_parts(fill_some, &filling);
	free(use);
	free(slopes[0]);
	free(slopes[1]);
}

void
study_folds_free(struct study_folds *folds)
{
	for (size_t i = 0; i < folds->n; i++) {
		free(folds->fold[i].held);
		free(folds->fold[i].anchors);
	}
	free(folds->fold);
}

struct constants
study_mixed(const struct constants *speed, const struct constants *bands)
{
	struct constants mixed = *speed;

	for (int i = C_VARY_MODEL; i < CONSTANTS; i++)
		mixed.value[i] = bands->value[i];
	return mixed;
}

int
study_ask(const struct published *p, const struct study_fold *fold, size_t row, const struct constants *constants,
	bool near, struct estimate *estimate)
{
	struct anchors anchors = { fold->anchors, fold->n };
	size_t others[STUDY_NEAR], n = near ? study_near(p, row, others, STUDY_NEAR) : 0;

	for (size_t i = 0; i < n; i++)
		if (anchor_make(&fold->anchors[anchors.n], &p->rows[others[i]].text, &p->shelves, constants, NULL) == 0)
			anchors.n++;
	if (near && anchors.n < fold->n + STUDY_NEAR)
		return -1;
	return estimate_of(&p->rows[row].asked, constants, &anchors, estimate, NULL);
}

/* ---- variances and bands */

struct trial {
	double residual, sd; /* of logarithms */
	enum estimate_class class;
	enum estimate_kind kind;
};

struct scene {
	const struct published *p;
	const struct study_folds *folds;
	struct question {
		size_t fold, row;
		bool near;
	} * asked;
	size_t n;
	const struct constants *constants;
	struct trial *trials;
};

/* The folds of one part: a fold's anchors have room for one question at a time. */
static void
play_some(void *context, unsigned part)
{
	const struct scene *scene = context;

	for (size_t q = 0; q < scene->n; q++) {
		const struct question *asked = &scene->asked[q];
		const struct study_fold *fold = &scene->folds->fold[asked->fold];
		const struct published_row *row = &scene->p->rows[asked->row];
		struct constants mixed;
		struct estimate e;

		if (asked->fold % FIT_PARTS != part)
			continue;
		mixed = study_mixed(&fold->constants, scene->constants);
		scene->trials[q] = (struct trial){ .residual = NAN };
		if (study_ask(scene->p, fold, asked->row, &mixed, asked->near, &e) == 0)
			scene->trials[q] = (struct trial){ log(row->asked.value / e.value), asinh(e.band) / 1.2816,
				e.class, e.kind };
	}
}

static void
play(struct scene *scene, const struct constants *c)
{
	scene->constants = c;
	in_parts(play_some, scene);
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
				(trials[i].kind == ESTIMATE_FIRST
						? 0
						: 12 * fabs(trials[i].residual) / (fabs(trials[i].residual) + 0.12));
		}
	return sum;
}

/* One row of so many of each fold; of the groups once more with near anchors. */
static void
set_scene(struct scene *scene, const struct published *p, const struct study_folds *folds, unsigned every)
{
	*scene = (struct scene){ .p = p, .folds = folds };
	scene->asked = malloc((p->n * (STUDY_OUTS + 1) + 1) * sizeof(*scene->asked));
	scene->trials = malloc((p->n * (STUDY_OUTS + 1) + 1) * sizeof(*scene->trials));
	for (size_t f = 0; f < folds->n; f++)
		for (size_t i = 0; folds->fold[f].out != OUT_SOURCE && i < p->n; i++)
			if (folds->fold[f].held[i] && study_counts(&p->rows[i]) &&
				((i * 2654435761u >> 5) + (unsigned)folds->fold[f].out) % every == 0) {
				scene->asked[scene->n++] = (struct question){ f, i, false };
				if (folds->fold[f].out == OUT_GROUP)
					scene->asked[scene->n++] = (struct question){ f, i, true };
			}
}

static int
rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The band is symmetric about the value, (exp(w z sd) - exp(-w z sd)) / 2 on both sides: the w that holds this one. */
static double
needed(const struct trial *trial)
{
	return asinh(fabs(exp(trial->residual) - 1)) / (1.2816 * trial->sd);
}

/* The factor at which bands hold four of five; of a kind ESTIMATE_KINDS: of all. *n is from how many. */
static double
widening(const struct trial *trials, size_t trials_n, int class, int kind, size_t *n)
{
	double *factors = malloc((trials_n + 1) * sizeof(double)), factor = 1;

	*n = 0;
	for (size_t i = 0; i < trials_n; i++)
		if (!isnan(trials[i].residual) && (int)trials[i].class == class &&
			(kind == ESTIMATE_KINDS || (int)trials[i].kind == kind))
			factors[(*n)++] = needed(&trials[i]);
	if (*n > 0) {
		qsort(factors, *n, sizeof(double), rising);
		factor = fmax(0.2, fmin(5, factors[(size_t)(0.8 * (double)(*n - 1) + 0.5)]));
	}
	free(factors);
	return factor;
}

#define SHRINK 40.0 /* rows that what a whole class needs counts as */

/* Each class and kind by its own trials, drawn towards its class where they are few. */
static void
widen(const struct trial *trials, size_t n, struct constants *c)
{
	for (int class = 0; class < ESTIMATE_CLASSES; class ++) {
		size_t all, own;
		double of_class = widening(trials, n, class, ESTIMATE_KINDS, &all);

		for (int kind = 0; kind < ESTIMATE_KINDS; kind++) {
			double of_own = widening(trials, n, class, kind, &own),
			       share = (double)own / ((double)own + SHRINK);

			c->value[C_WIDEN + class * ESTIMATE_KINDS + kind] =
				exp(share * log(of_own) + (1 - share) * log(of_class));
		}
	}
}

static void
strike_scene(struct scene *scene)
{
	free(scene->asked);
	free(scene->trials);
}

void
study_vary(const struct published *p, const struct study_folds *folds, struct constants *c)
{
	struct scene scene;
	double best, factor = 2;

	set_scene(&scene, p, folds, EVERY);
	play(&scene, c);
	best = surprise(scene.trials, scene.n);
	for (int round = 0; round < 2; round++, factor = sqrt(factor))
		for (int k = C_VARY_MODEL; k <= C_VARY_FIRST; k++)
			for (int up = 0; up < 2; up++)
				for (int tries = 0; tries < 3; tries++) {
					struct constants other = *c;
					double now;

					other.value[k] = fmax(constant_rows[k].low,
						fmin(constant_rows[k].high, c->value[k] * (up ? factor : 1 / factor)));
					play(&scene, &other);
					now = surprise(scene.trials, scene.n);
					if (now >= best - 1e-9)
						break;
					best = now;
					*c = other;
				}
	strike_scene(&scene);
	set_scene(&scene, p, folds, 1);
	for (int k = C_WIDEN; k <= C_WIDEN_LAST; k++)
		c->value[k] = 1;
	play(&scene, c);
	widen(scene.trials, scene.n, c);
	strike_scene(&scene);
}
