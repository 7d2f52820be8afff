/*
 * calibrate: constants and anchors of the throughput model from a file of published measurements.
 *
 *     calibrate MEASURED.csv CONSTANTS.csv ANCHORS.csv
 *
 * Writes both files again; `make calibrate` calls it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/validate/fit.h"
#include "tests/validate/study.h"

static FILE *
open_for_writing(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
	return file;
}

static void
write_constants(const char *path, const struct constants *constants)
{
	FILE *file = open_for_writing(path);

	fprintf(file,
		"# Constants of the throughput model, written by `make calibrate` from published measurements. Names and meaning are\n"
		"# those of models/supply/throughput_constants.c; times in seconds. Quote them as a set: some trade off against others.\n"
		"name,value,meaning\n");
	for (int i = 0; i < CONSTANTS; i++) {
		fprintf(file, "%s,%.12f,", constant_rows[i].name, constants->value[i]);
		for (const char *c = constant_rows[i].text; *c != '\0'; c++)
			fputc(*c == ',' ? ';' : *c, file);
		fputc('\n', file);
	}
	fclose(file);
}

static void
write_field(FILE *file, struct text text, char end)
{
	for (size_t i = 0; i < text.n; i++)
		fputc(text.p[i] == ',' || text.p[i] == '\n' ? ';' : text.p[i] == '"' ? '\'' : text.p[i], file);
	fputc(end, file);
}

static void
write_anchors(const char *path, const struct published *p, const bool *chosen)
{
	FILE *file = open_for_writing(path);

	fprintf(file,
		"# Published measurements that predictions lean on, chosen by `make calibrate`: a few of each model, GPU, engine and\n"
		"# precision, spread over lengths and load. Figures as published; source and date in each row.\n"
		"source,date,engine,engine_version,model,precision,gpu,n_gpus,tp,pp,dp,isl,osl,concurrency_or_batch,metric,value,unit,notes\n");
	for (size_t i = 0; i < p->n; i++)
		if (chosen[i]) {
			const struct measured *row = &p->rows[i].text;
			const struct text texts[] = { row->source, row->date, row->engine, row->engine_version,
				row->model, row->precision, row->gpu, row->gpus, row->tp, row->pp, row->dp, row->isl,
				row->osl, row->load, row->metric, row->value, row->unit };
			const struct setup *s = &p->rows[i].asked.setup;
			char notes[64] = "";

			for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
				write_field(file, texts[k], ',');
			if (s->dp > 1)
				snprintf(notes, sizeof(notes), "attn_dp=%g%s", s->dp,
					s->expert_parallel ? " moe_ep=2" : "");
			else if (s->expert_parallel)
				snprintf(notes, sizeof(notes), "moe_ep=2");
			if (s->batch_static)
				strcat(notes, " static");
			write_field(file, (struct text){ notes, strlen(notes) }, '\n');
		}
	fclose(file);
}

int
main(int argc, char **argv)
{
	static struct published published;
	struct constants constants;
	struct study_folds folds = { .fold = NULL };
	bool *chosen;

	if (argc != 4) {
		fprintf(stderr, "usage: calibrate MEASURED.csv CONSTANTS.csv ANCHORS.csv\n");
		return 2;
	}
	published_load(&published, argv[1], true);
	printf("calibrate: %zu rows, %zu that cannot be predicted\n", published.n, published.refused);
	chosen = calloc(published.n, sizeof(*chosen));
	study_weigh(&published);
	study_fit(&published, NULL, &constants, STUDY_ROUNDS);
	study_choose(&published, NULL, chosen);
	study_folds(&published, &constants, &folds);
	study_vary(&published, &folds, &constants);
	study_folds_free(&folds);
	write_constants(argv[2], &constants);
	write_anchors(argv[3], &published, chosen);
	free(chosen);
	published_free(&published);
	return 0;
}
