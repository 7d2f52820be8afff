#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/supply/estimate.h"
#include "tests/validate/fit.h"
#include "tests/validate/study.h"

#define SPRING 0.7

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
	return constant == C_WAIT || constant == C_WAVE || constant == C_FIRST;
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

void
study_vary(const struct published *p, struct constants *constants)
{
	(void)p;
	(void)constants;
}
