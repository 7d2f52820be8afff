/*
 * validate: the throughput model against published measurements that it was not fitted on.
 *
 *     validate MEASURED.csv TABLE.csv [ROWS.csv]
 *
 * Folds leave out a model (with every other model of its shape), a GPU, a sixth of the groups of one model, GPU,
 * engine and precision, or a source. In each the constants are fitted again without it and anchors are chosen without
 * it; "four near anchors" gives four rows of the group with other lengths or layout back. Rows of other kinds than the
 * three that are fitted (static batches, offered rates, decoding speeds) are asked too. Prints the tables, then what
 * bands hold by class and by source, and writes all as CSV; ROWS.csv
 * gets what was said of each row in each fold.
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

enum fold { FOLD_MODEL = OUT_MODEL, FOLD_GPU, FOLD_GROUP, FOLD_SOURCE, FOLD_NEAR, FOLDS };

static const char *const fold_names[FOLDS] = { "leave one model out", "leave one GPU out", "groups held back",
	"leave one source out", "four near anchors" };
static const char *const kind_names[KINDS] = { "TPOT", "offline throughput", "TTFT", "other" };

/* What was said of one row in one kind of fold; logarithms of predicted over measured, NAN: not asked. */
struct said {
	double modelled, anchored, band;
	enum estimate_class class;
};

static void
ask(const struct published *p, const struct study_fold *fold, size_t row, const struct constants *c, bool near,
	struct said *said)
{
	struct estimate e;

	said->modelled = row_residual(&p->rows[row], c);
	if (study_ask(p, fold, row, c, near, &e) == 0) {
		said->anchored = log(e.value / p->rows[row].asked.value);
		said->band = e.band;
		said->class = e.class;
	}
}

struct run {
	const struct published *p;
	struct study_folds folds;
	struct said **said;
};

static void
run_some(void *context, unsigned part)
{
	const struct run *run = context;
	const struct published *p = run->p;

	for (size_t f = part; f < run->folds.n; f += FIT_PARTS) {
		const struct study_fold *fold = &run->folds.fold[f];

		for (size_t i = 0; i < p->n; i++) {
			if (!fold->held[i] || p->rows[i].doubtful)
				continue;
			ask(p, fold, i, &fold->constants, false, &run->said[fold->out][i]);
			if (fold->out == OUT_GROUP && study_counts(&p->rows[i]))
				ask(p, fold, i, &fold->constants, true, &run->said[FOLD_NEAR][i]);
		}
	}
}

static void
run_folds(const struct published *p, const struct constants *program, struct said *said[FOLDS])
{
	struct run run = { .p = p, .said = said };

	study_folds(p, program, &run.folds);
	in_parts(run_some, &run);
	study_folds_free(&run.folds);
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

/* Which rows of a fold are told together. */
struct choice {
	enum kind kind;
	int class;          /* ESTIMATE_CLASSES: all of them */
	struct text source; /* empty: all */
	bool anchored;      /* with the correction of the anchors */
};

static void
clear(struct errors *e)
{
	e->n = e->inside = 0;
	e->sum = 0;
}

static void
gather(const struct published *p, const struct said *said, const struct choice *choice, struct errors *e)
{
	for (size_t i = 0; i < p->n; i++) {
		double residual = choice->anchored ? said[i].anchored : said[i].modelled;

		if (p->rows[i].kind != choice->kind || isnan(residual) || isnan(said[i].anchored) ||
			(choice->class < ESTIMATE_CLASSES && (int)said[i].class != choice->class) ||
			(choice->source.n > 0 && !text_same(study_source(&p->rows[i]), choice->source)))
			continue;
		e->sum += e->off[e->n++] = fabs(exp(residual) - 1);
		e->inside += fabs(exp(-said[i].anchored) - 1) <= said[i].band;
	}
}

static void
print_folds(const struct published *p, struct said *const said[FOLDS], struct errors *e, FILE *csv)
{
	char setting[96];

	for (int kind = 0; kind < KINDS; kind++)
		for (int fold = 0; fold < FOLDS; fold++) {
			struct choice choice = { .kind = (enum kind)kind, .class = ESTIMATE_CLASSES };

			clear(e);
			gather(p, said[fold], &choice, e);
			snprintf(setting, sizeof(setting), "%s: modelled", fold_names[fold]);
			print_errors(csv, kind_names[kind], setting, e, false);
			choice.anchored = true;
			clear(e);
			gather(p, said[fold], &choice, e);
			snprintf(setting, sizeof(setting), "%s: with anchors", fold_names[fold]);
			print_errors(csv, kind_names[kind], setting, e, true);
			for (choice.class = 0; choice.class < ESTIMATE_CLASSES; choice.class ++) {
				clear(e);
				gather(p, said[fold], &choice, e);
				snprintf(setting, sizeof(setting), "%s: with anchors; class %s", fold_names[fold],
					estimate_class_name((enum estimate_class)choice.class));
				print_errors(csv, kind_names[kind], setting, e, true);
			}
		}
}

/* What the bands of a class hold over all folds but those of sources, which other rules of measuring tell apart. */
static void
print_classes(const struct published *p, struct said *const said[FOLDS], struct errors *e, FILE *csv)
{
	char setting[96];

	for (int kind = 0; kind <= KIND_TTFT; kind++)
		for (int class = 0; class < ESTIMATE_CLASSES; class ++) {
			struct choice choice = { .kind = (enum kind)kind, .class = class, .anchored = true };

			clear(e);
			for (int fold = 0; fold < FOLDS; fold++)
				if (fold != FOLD_SOURCE)
					gather(p, said[fold], &choice, e);
			snprintf(setting, sizeof(setting), "all folds: class %s",
				estimate_class_name((enum estimate_class) class));
			print_errors(csv, kind_names[kind], setting, e, true);
		}
}

static void
print_sources(const struct published *p, const struct said *said, struct errors *e, FILE *csv)
{
	char setting[160];

	for (size_t i = 0; i < p->n; i++) {
		struct choice choice = { .class = ESTIMATE_CLASSES, .anchored = true };
		bool seen = false;

		choice.source = study_source(&p->rows[i]);
		for (size_t k = 0; k < i && !seen; k++)
			seen = text_same(study_source(&p->rows[k]), choice.source);
		for (int kind = 0; !seen && kind < KINDS; kind++) {
			choice.kind = (enum kind)kind;
			clear(e);
			gather(p, said, &choice, e);
			snprintf(setting, sizeof(setting), "source left out: %.*s",
				choice.source.n > 80 ? 80 : (int)choice.source.n, choice.source.p);
			print_errors(csv, kind_names[kind], setting, e, true);
		}
	}
}

static void
print_table(const struct published *p, struct said *const said[FOLDS], FILE *csv)
{
	struct errors e = { .off = malloc((FOLDS * p->n + 1) * sizeof(double)) };

	printf("%-20s %-42s %6s %7s %7s %7s  %s\n", "absolute errors, %", "", "rows", "median", "mean", "p90",
		"in 80 % band");
	fprintf(csv, "target,setting,n,median_ape,mape,p90_ape,share_in_band\n");
	print_folds(p, said, &e, csv);
	print_classes(p, said, &e, csv);
	print_sources(p, said[FOLD_SOURCE], &e, csv);
	free(e.off);
}

static void
write_rows(const struct published *p, struct said *const said[FOLDS], const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return;
	fprintf(file, "fold,line,kind,model,gpu,engine,class,modelled,anchored,band\n");
	for (int fold = 0; fold < FOLDS; fold++)
		for (size_t i = 0; i < p->n; i++) {
			const struct setup *s = &p->rows[i].asked.setup;

			if (!isnan(said[fold][i].anchored))
				fprintf(file, "%s,%d,%s,%.*s,%.*s,%s,%s,%.4f,%.4f,%.4f\n", fold_names[fold],
					p->rows[i].line, kind_names[p->rows[i].kind], (int)s->model->name.n,
					s->model->name.p, (int)s->gpu->name.n, s->gpu->name.p, engine_name(s->engine),
					estimate_class_name(said[fold][i].class), said[fold][i].modelled,
					said[fold][i].anchored, said[fold][i].band);
		}
	fclose(file);
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

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: validate MEASURED.csv TABLE.csv [ROWS.csv]\n");
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
	if (argc == 4)
		write_rows(&published, said, argv[3]);
	fclose(csv);
	for (int fold = 0; fold < FOLDS; fold++)
		free(said[fold]);
	published_free(&published);
	return 0;
}
