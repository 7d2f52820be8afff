/*
 * fit: constants that make the model's times agree with measured ones, by damped least squares on logarithms.
 *
 * Residuals are weighted down as they grow, so that a few wrong rows do not bend the rest; each constant is held to
 * where it began by a weak spring.
 */
#ifndef VALIDATE_FIT_H
#define VALIDATE_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "models/supply/throughput.h"
#include "tests/validate/published.h"

struct fit {
	const struct published_row *rows;
	size_t n;
	const bool *use;   /* of each row */
	const bool *free_; /* of each constant */
	double spring;     /* standard deviation of a constant's logarithm */
	int rounds;
};

/* Improve *constants; returns the weighted mean absolute logarithm. */
double fit_constants(const struct fit *fit, struct constants *constants);

/* log(predicted / measured); NAN where the row cannot be predicted. */
double row_residual(const struct published_row *row, const struct constants *constants);

#endif
