/*
 * fit: constants that make the model's times agree with measured ones, by damped least squares on logarithms.
 *
 * Residuals are weighted down as they grow, so that a few wrong rows do not bend the rest; each constant is held to
 * what is known of it before (constant_rows) by a weak spring.
 */
#ifndef VALIDATE_FIT_H
#define VALIDATE_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "models/supply/throughput.h"
#include "tests/validate/published.h"

/* Call work(context, part) for each part below FIT_PARTS, at the same time. */
#define FIT_PARTS 4
void in_parts(void (*work)(void *context, unsigned part), void *context);

struct fit {
	const struct published_row *rows;
	size_t n;
	const bool *use;      /* of each row */
	const bool *free_;    /* of each constant */
	const double *spring; /* standard deviation of each constant's logarithm about where calibration begins */
	int rounds;
	const double *slopes; /* of fit_slopes; NULL: they are taken again in each round */
};

/*
 * How each row's logarithm moves with each constant near *constants: [row * CONSTANTS + constant], of the rows in
 * use. Fits of a part of them that begin near there can share them. The caller frees.
 */
double *fit_slopes(const struct fit *fit, const struct constants *constants);

/* Improve *constants; returns the weighted mean absolute logarithm. */
double fit_constants(const struct fit *fit, struct constants *constants);

/* log(predicted / measured); NAN where the row cannot be predicted. */
double row_residual(const struct published_row *row, const struct constants *constants);

#endif
