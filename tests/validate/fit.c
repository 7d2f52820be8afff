#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "models/units/err.h"
#include "tests/validate/fit.h"

#define NUDGE 1e-3

struct part {
	void (*work)(void *context, unsigned part);
	void *context;
	unsigned number;
};

static void *
do_part(void *context)
{
	const struct part *part = context;

	part->work(part->context, part->number);
	return NULL;
}

void
in_parts(void (*work)(void *context, unsigned part), void *context)
{
	struct part part[FIT_PARTS];
	pthread_t thread[FIT_PARTS];
	bool apart[FIT_PARTS];

	for (unsigned i = 0; i < FIT_PARTS; i++) {
		part[i] = (struct part){ work, context, i };
		apart[i] = pthread_create(&thread[i], NULL, do_part, &part[i]) == 0;
		if (!apart[i])
			do_part(&part[i]);
	}
	for (unsigned i = 0; i < FIT_PARTS; i++)
		if (apart[i])
			pthread_join(thread[i], NULL);
}

double
row_residual(const struct published_row *row, const struct constants *constants)
{
	struct prediction prediction;

	if (measured_predict(&row->asked, constants, &prediction, NULL) != 0 || !(prediction.value > 0))
		return NAN;
	return log(prediction.value / row->asked.value);
}

static double
bounded(int at, double value)
{
	return fmax(constant_rows[at].low, fmin(constant_rows[at].high, value));
}

struct work {
	size_t n;
	const struct published_row **rows;
	const double **given;     /* slopes of each row that were handed in */
	double *residual, *slope; /* slope[i * CONSTANTS + k] */
};

static void
residuals(const struct work *w, const struct constants *c, double *into)
{
	for (size_t i = 0; i < w->n; i++) {
		into[i] = row_residual(w->rows[i], c);
		if (isnan(into[i]))
			into[i] = 0;
	}
}

/* Of a large residual only its square root counts beyond the knee. */
static double
row_weight(const struct published_row *row, double residual)
{
	return row->weight / fmax(0.08, fabs(residual));
}

static double
loss(const struct fit *fit, const struct work *w, const double *residual, const struct constants *c)
{
	double sum = 0;

	for (size_t i = 0; i < w->n; i++) {
		double r = fabs(residual[i]);

		sum += w->rows[i]->weight * (r < 0.08 ? r * r / 0.16 + 0.04 : r);
	}
	for (int k = 0; k < CONSTANTS; k++)
		if (fit->free_[k] && k != C_AGE)
			sum += pow(log(c->value[k] / constant_rows[k].otherwise) / fit->spring[k], 2);
	return sum;
}

/* Solve a x = b of n unknowns in place (Gauss with pivots). */
static int
solve(double *a, double *b, int n)
{
	for (int i = 0; i < n; i++) {
		int best = i;

		for (int k = i + 1; k < n; k++)
			if (fabs(a[k * n + i]) > fabs(a[best * n + i]))
				best = k;
		if (fabs(a[best * n + i]) < 1e-300)
			return -1;
		for (int k = 0; k < n; k++) {
			double swap = a[i * n + k];

			a[i * n + k] = a[best * n + k];
			a[best * n + k] = swap;
		}
		double swap = b[i];
		b[i] = b[best];
		b[best] = swap;
		for (int k = i + 1; k < n; k++) {
			double factor = a[k * n + i] / a[i * n + i];

			for (int j = i; j < n; j++)
				a[k * n + j] -= factor * a[i * n + j];
			b[k] -= factor * b[i];
		}
	}
	for (int i = n - 1; i >= 0; i--) {
		for (int k = i + 1; k < n; k++)
			b[i] -= a[i * n + k] * b[k];
		b[i] /= a[i * n + i];
	}
	return 0;
}

/* A constant moved by d in its logarithm; age, which may be 0 or negative, by d itself. */
static double
moved(int at, double value, double d)
{
	return bounded(at, at == C_AGE ? value + d : value * exp(d));
}

/* What the parts of taking slopes work on. */
struct slopes {
	const struct work *work;
	const struct constants *at;
	const bool *free_;
};

/* By finite differences; on the side that the bounds leave free. */
static void
take_some(void *context, unsigned part)
{
	const struct slopes *slopes = context;
	const struct work *w = slopes->work;
	double *trial_residual = malloc((w->n + 1) * sizeof(double));

	for (unsigned k = part; k < CONSTANTS; k += FIT_PARTS) {
		struct constants trial = *slopes->at;
		double now = trial.value[k], step = moved((int)k, now, NUDGE) > now + 1e-300 ? NUDGE : -NUDGE;

		if (!slopes->free_[k])
			continue;
		trial.value[k] = moved((int)k, now, step);
		residuals(w, &trial, trial_residual);
		for (size_t i = 0; i < w->n; i++)
			w->slope[i * CONSTANTS + k] = (trial_residual[i] - w->residual[i]) / step;
	}
	free(trial_residual);
}

static void
take_slopes(const struct work *w, const struct constants *c, const bool *free_)
{
	struct slopes slopes = { w, c, free_ };

	in_parts(take_some, &slopes);
}

static void
open_work(struct work *w, const struct fit *fit)
{
	*w = (struct work){ .n = 0 };
	w->rows = malloc((fit->n + 1) * sizeof(*w->rows));
	w->given = malloc((fit->n + 1) * sizeof(*w->given));
	for (size_t i = 0; i < fit->n; i++)
		if (fit->use[i]) {
			w->given[w->n] = fit->slopes == NULL ? NULL : fit->slopes + i * CONSTANTS;
			w->rows[w->n++] = &fit->rows[i];
		}
	w->residual = malloc((w->n + 1) * sizeof(double));
	w->slope = calloc((w->n + 1) * CONSTANTS, sizeof(double));
}

static void
close_work(struct work *w)
{
	free(w->rows);
	free(w->given);
	free(w->residual);
	free(w->slope);
}

double *
fit_slopes(const struct fit *fit, const struct constants *constants)
{
	struct work w;
	double *slopes;

	open_work(&w, fit);
	residuals(&w, constants, w.residual);
	take_slopes(&w, constants, fit->free_);
	slopes = calloc(fit->n * CONSTANTS + 1, sizeof(*slopes));
	for (size_t i = 0; i < w.n; i++)
		memcpy(slopes + (size_t)(w.rows[i] - fit->rows) * CONSTANTS, w.slope + i * CONSTANTS,
			CONSTANTS * sizeof(*slopes));
	close_work(&w);
	return slopes;
}

double
fit_constants(const struct fit *fit, struct constants *constants)
{
	struct work w;
	struct constants trial;
	int index[CONSTANTS], free_n = 0;
	double *trial_residual, damping = 1e-2, now;

	for (int k = 0; k < CONSTANTS; k++)
		if (fit->free_[k])
			index[free_n++] = k;
	open_work(&w, fit);
	trial_residual = malloc((w.n + 1) * sizeof(double));
	residuals(&w, constants, w.residual);
	now = loss(fit, &w, w.residual, constants);
	for (int round = 0; round < fit->rounds; round++) {
		double a0[CONSTANTS * CONSTANTS] = { 0 }, b0[CONSTANTS] = { 0 }, before = now;

		if (fit->slopes == NULL)
			take_slopes(&w, constants, fit->free_);
		for (size_t i = 0; i < w.n; i++) {
			double weight = row_weight(w.rows[i], w.residual[i]);
			const double *slope = fit->slopes == NULL ? w.slope + i * CONSTANTS : w.given[i];

			for (int k = 0; k < free_n; k++) {
				b0[k] -= weight * slope[index[k]] * w.residual[i];
				for (int j = 0; j < free_n; j++)
					a0[k * free_n + j] += weight * slope[index[k]] * slope[index[j]];
			}
		}
		for (int k = 0; k < free_n; k++) {
			double spring = 2 / (fit->spring[index[k]] * fit->spring[index[k]]), off;

			off = index[k] == C_AGE ? constants->value[index[k]]
						: log(constants->value[index[k]] / constant_rows[index[k]].otherwise);
			a0[k * free_n + k] += spring;
			b0[k] -= spring * off;
		}
		for (int tries = 0; tries < 8; tries++) {
			double a[CONSTANTS * CONSTANTS], b[CONSTANTS], then;

			memcpy(a, a0, sizeof(a));
			memcpy(b, b0, sizeof(b));
			for (int k = 0; k < free_n; k++)
				a[k * free_n + k] *= 1 + damping;
			if (solve(a, b, free_n) != 0)
				break;
			trial = *constants;
			for (int k = 0; k < free_n; k++)
				trial.value[index[k]] =
					moved(index[k], constants->value[index[k]], fmax(-0.7, fmin(0.7, b[k])));
			residuals(&w, &trial, trial_residual);
			then = loss(fit, &w, trial_residual, &trial);
			if (then < now) {
				*constants = trial;
				memcpy(w.residual, trial_residual, w.n * sizeof(double));
				now = then;
				damping = fmax(1e-6, damping / 4);
				break;
			}
			damping *= 4;
		}
		if (before - now < 1e-5 * before)
			break;
	}
	close_work(&w);
	free(trial_residual);
	return now / fmax(1, (double)w.n);
}
