/*
 * study: the steps of calibration, so that validation can repeat them on a part of the rows.
 */
#ifndef VALIDATE_STUDY_H
#define VALIDATE_STUDY_H

#include <stdbool.h>

#include "models/supply/estimate.h"
#include "tests/validate/published.h"

#define STUDY_ROUNDS 30
#define STUDY_ANCHORS 6 /* of one model, GPU, engine, precision and quantity */

/* Rows weigh so that a group of n counts as sqrt(n) rows. */
void study_weigh(struct published *published);

/* Fit all constants of speed on rows that are not held back (NULL: on all). */
void study_fit(const struct published *published, const bool *held, struct constants *constants, int rounds);

/* The same, beginning with what *constants holds. */
void study_fit_from(const struct published *published, const bool *held, struct constants *constants, int rounds);

/* Which rows become anchors. */
void study_choose(const struct published *published, const bool *held, bool *chosen);

/* Fit the variances and bands of estimate.h by leaving models, GPUs and groups out. */
void study_vary(const struct published *published, struct constants *constants);

/* Whether the row takes part in fitting and scoring. */
bool study_counts(const struct published_row *row);

/* Whether two rows are of the same model, GPU, engine and precision. */
bool study_same_group(const struct published_row *a, const struct published_row *b);

/*
 * Up to n rows of the same group and kind as this one, of other lengths or layout, the nearest first; how many.
 */
size_t study_near(const struct published *published, size_t row, size_t *near, size_t n);

/* Whether two models have one architecture, such as two releases of one. */
bool study_same_shape(const struct transformer *a, const struct transformer *b);

/* A few parts that whole groups fall in. */
unsigned study_group_fold(const struct published *published, size_t row);

#endif
