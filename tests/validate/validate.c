/*
 * validate: the throughput model against published measurements that it was not fitted on.
 *
 *     validate MEASURED.csv TABLE.csv
 *
 * Folds leave out a model (with every other model of its shape), a GPU, or a sixth of the groups of one model, GPU,
 * engine and precision. In each the constants are fitted again without it, from those of the program, and anchors
 * are chosen without it. Prints the table and writes it as CSV.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/embed.h"
#include "models/supply/estimate.h"
#include "models/units/err.h"
#include "models/units/quantile.h"
#include "tests/validate/fit.h"
#include "tests/validate/study.h"

#define ROUNDS 6
#define NEAR 4

enum fold { FOLD_MODEL, FOLD_GPU, FOLD_GROUP, FOLD_NEAR, FOLDS };

static const char *const fold_names[FOLDS] = { "leave one model out", "leave one GPU out", "groups held back",
	"four near anchors" };
static const char *const kind_names[KINDS] = { "TPOT", "offline throughput", "TTFT", "other" };

/* What was said of one row in one kind of fold; logarithms of predicted over measured, NAN: not asked. */
struct said {
	double modelled, anchored, band;
	enum estimate_class class;
};

static bool
in_fold(const struct published *p, enum fold fold, size_t of, size_t row)
{
	const struct setup *a = &p->rows[of].asked.setup, *b = &p->rows[row].asked.setup;

	if (fold == FOLD_MODEL)
		return study_same_shape(a->model, b->model);
	return fold == FOLD_GPU ? a->gpu == b->gpu : study_group_fold(p, of) == study_group_fold(p, row);
}

static size_t
take_anchors(const struct published *p, const bool *chosen, const struct constants *c, struct anchor *anchors)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (chosen[i] && anchor_make(&anchors[n], &p->rows[i].text, &p->shelves, c, NULL) == 0)
			n++;
	return n;
}

static void
ask(const struct published_row *row, const struct constants *c, const struct anchors *anchors, struct said *said)
{
	struct estimate e;

	said->modelled = row_residual(row, c);
	if (estimate_of(&row->asked, c, anchors, &e, NULL) == 0) {
		said->anchored = log(e.value / row->asked.value);
		said->band = e.band;
		said->class = e.class;
	}
}

static void
ask_near(const struct published *p, size_t row, const struct constants *c, struct anchor *room, struct said *said)
{
	size_t near[NEAR], n = study_near(p, row, near, NEAR), taken = 0;
	struct anchors anchors = { room, 0 };

	for (size_t i = 0; i < n; i++)
		if (anchor_make(&room[taken], &p->rows[near[i]].text, &p->shelves, c, NULL) == 0)
			taken++;
	anchors.n = taken;
	if (taken == NEAR)
		ask(&p->rows[row], c, &anchors, said);
}

static void
run_folds(const struct published *p, const struct constants *program, struct said *said[FOLDS])
{
	bool *held = calloc(p->n, sizeof(*held)), *chosen = calloc(p->n, sizeof(*chosen)),
	     *done = calloc(p->n, sizeof(*done));
	struct anchor *anchors = malloc((p->n + NEAR) * sizeof(*anchors));

	for (int fold = 0; fold < FOLD_NEAR; fold++) {
		memset(done, 0, p->n * sizeof(*done));
		for (size_t of = 0; of < p->n; of++) {
			struct constants c = *program;
			struct anchors seen = { anchors, 0 };

			if (done[of] || !study_counts(&p->rows[of]))
				continue;
			for (size_t i = 0; i < p->n; i++)
				if ((held[i] = in_fold(p, (enum fold)fold, of, i)))
					done[i] = true;
			study_fit_from(p, held, &c, ROUNDS);
			study_choose(p, held, chosen);
			seen.n = take_anchors(p, chosen, &c, anchors);
			for (size_t i = 0; i < p->n; i++)
				if (held[i] && study_counts(&p->rows[i])) {
					ask(&p->rows[i], &c, &seen, &said[fold][i]);
					if (fold == FOLD_GROUP)
						ask_near(p, i, &c, anchors + seen.n, &said[FOLD_NEAR][i]);
				}
		}
	}
	free(held);
	free(chosen);
	free(done);
	free(anchors);
}

struct errors {
	double *off;
	size_t n, inside;
	double sum;
};

static void
print_errors(FILE *csv, const char *target, const char *setting, struct errors *e, bool banded)
{
	char cover[16] = "", share[16] = "";

	if (e->n == 0)
		return;
	quantile_sort(e->off, e->n);
	if (banded) {
		snprintf(cover, sizeof(cover), "%.0f %%", 100.0 * (double)e->inside / (double)e->n);
		snprintf(share, sizeof(share), "%.4f", (double)e->inside / (double)e->n);
	}
	printf("%-20s %-42s %6zu %7.1f %7.1f %7.1f  %s\n", target, setting, e->n, 100 * quantile(e->off, e->n, 0.5),
		100 * e->sum / (double)e->n, 100 * quantile(e->off, e->n, 0.9), cover);
	fprintf(csv, "%s,%s,%zu,%.4f,%.4f,%.4f,%s\n", target, setting, e->n, quantile(e->off, e->n, 0.5),
		e->sum / (double)e->n, quantile(e->off, e->n, 0.9), share);
}

/* class ESTIMATE_CLASSES: all of them; anchored: with the correction of the anchors. */
static void
gather(const struct published *p, const struct said *said, enum kind kind, int class, bool anchored, struct errors *e)
{
	e->n = e->inside = 0;
	e->sum = 0;
	for (size_t i = 0; i < p->n; i++) {
		double residual = anchored ? said[i].anchored : said[i].modelled;

		if (p->rows[i].kind != kind || isnan(residual) || isnan(said[i].anchored) ||
			(class < ESTIMATE_CLASSES && (int)said[i].class != class))
			continue;
		e->sum += e->off[e->n++] = fabs(exp(residual) - 1);
		e->inside += fabs(exp(-said[i].anchored) - 1) <= said[i].band;
	}
}

static void
print_table(const struct published *p, struct said *const said[FOLDS], FILE *csv)
{
	struct errors e = { .off = malloc((p->n + 1) * sizeof(double)) };
	char setting[96];

	printf("%-20s %-42s %6s %7s %7s %7s  %s\n", "absolute errors, %", "", "rows", "median", "mean", "p90",
		"in 80 % band");
	fprintf(csv, "target,setting,n,median_ape,mape,p90_ape,share_in_band\n");
	for (int kind = 0; kind <= KIND_TTFT; kind++)
		for (int fold = 0; fold < FOLDS; fold++) {
			gather(p, said[fold], (enum kind)kind, ESTIMATE_CLASSES, false, &e);
			snprintf(setting, sizeof(setting), "%s: modelled", fold_names[fold]);
			print_errors(csv, kind_names[kind], setting, &e, false);
			gather(p, said[fold], (enum kind)kind, ESTIMATE_CLASSES, true, &e);
			snprintf(setting, sizeof(setting), "%s: with anchors", fold_names[fold]);
			print_errors(csv, kind_names[kind], setting, &e, true);
			for (int class = 0; class < ESTIMATE_CLASSES; class ++) {
				gather(p, said[fold], (enum kind)kind, class, true, &e);
				snprintf(setting, sizeof(setting), "%s: with anchors; class %s", fold_names[fold],
					estimate_class_name((enum estimate_class) class));
				print_errors(csv, kind_names[kind], setting, &e, true);
			}
		}
	free(e.off);
}

int
main(int argc, char **argv)
{
	static struct published published;
	const struct embedded *file = embed_find("models/supply/throughput_constants.csv");
	struct constants constants;
	struct said *said[FOLDS];
	struct err err = { 0 };
	FILE *csv;

	if (argc != 3) {
		fprintf(stderr, "usage: validate MEASURED.csv TABLE.csv\n");
		return 2;
	}
	if (constants_parse((struct text){ (const char *)file->bytes, file->size }, &constants, &err) != 0) {
		fprintf(stderr, "throughput_constants.csv: %s\n", err.text);
		return 1;
	}
	published_load(&published, argv[1], true);
	study_weigh(&published);
	for (int fold = 0; fold < FOLDS; fold++) {
		said[fold] = malloc((published.n + 1) * sizeof(struct said));
		for (size_t i = 0; i < published.n; i++)
			said[fold][i] = (struct said){ NAN, NAN, NAN, ESTIMATE_FAR };
	}
	run_folds(&published, &constants, said);
	csv = fopen(argv[2], "w");
	if (csv == NULL) {
		fprintf(stderr, "%s: cannot be written\n", argv[2]);
		return 1;
	}
	print_table(&published, said, csv);
	fclose(csv);
	for (int fold = 0; fold < FOLDS; fold++)
		free(said[fold]);
	published_free(&published);
	return 0;
}
