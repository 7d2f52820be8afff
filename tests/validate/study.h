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

/* Rows weigh so that a group of n counts as sqrt(n) rows, and each kind as all its rows. */
void study_weigh(struct published *published);

/* Fit all constants of speed on rows that are not held back (NULL: on all). */
void study_fit(const struct published *published, const bool *held, struct constants *constants, int rounds);

/* Which rows become anchors. */
void study_choose(const struct published *published, const bool *held, bool *chosen);

/* What is left out, so that it can be asked for: all rows of a model's shape, of a GPU, of a sixth of the groups, of a source. */
enum study_out { OUT_MODEL, OUT_GPU, OUT_GROUP, OUT_SOURCE, STUDY_OUTS };

#define STUDY_NEAR 4 /* anchors given in addition */

struct study_fold {
	enum study_out out;
	bool *held;                 /* of each row */
	struct constants constants; /* fitted without these */
	struct anchor *anchors;     /* chosen without these; there is room for STUDY_NEAR more */
	size_t n;
};

struct study_folds {
	struct study_fold *fold;
	size_t n;
};

/* Constants are fitted again without what is left out, beginning with *program. */
void study_folds(const struct published *published, const struct constants *program, struct study_folds *folds);
void study_folds_free(struct study_folds *folds);

/* The speed of a fold's constants with the variances and bands of others. */
struct constants study_mixed(const struct constants *speed, const struct constants *bands);

/*
 * Ask for a held row with the anchors of its fold, and where near is set those of study_near too. -1: it cannot be
 * asked, or there are fewer than STUDY_NEAR near ones.
 */
int study_ask(const struct published *published, const struct study_fold *fold, size_t row,
	const struct constants *constants, bool near, struct estimate *estimate);

/* Fit the variances and bands of estimate.h to what was left out in folds. */
void study_vary(const struct published *published, const struct study_folds *folds, struct constants *constants);

/* Where a row was published, without release: "NVIDIA/TensorRT-LLM", "aiconfigurator". */
struct text study_source(const struct published_row *row);

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

#endif
