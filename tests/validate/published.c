#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "collectors/measured_csv.h"
#include "daemon/base/embed.h"
#include "models/units/err.h"
#include "tests/validate/published.h"

static void
die(const char *what, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", what, err->text);
	exit(1);
}

static struct text
embedded(const char *name)
{
	const struct embedded *file = embed_find(name);

	return (struct text){ (const char *)file->bytes, file->size };
}

static long
read_file(void *ctx, char *buffer, size_t size, struct err *err)
{
	size_t n = fread(buffer, 1, size, ctx);

	return ferror((FILE *)ctx) ? err_set(err, ERR_OUTSIDE, "cannot be read") : (long)n;
}

/* What a metric is scored as. */
static enum kind
kind_of(const struct measured *row, const struct asked *asked)
{
	if (memmem(row->load.p, row->load.n, "qps", 3) != NULL)
		return KIND_OTHER;
	if (asked->quantity == QUANTITY_TPOT && asked->rate == 0)
		return KIND_TPOT;
	if (asked->quantity == QUANTITY_OUTPUT && asked->setup.concurrency == 0 && asked->rate == 0 &&
		!asked->setup.batch_static)
		return KIND_OFFLINE;
	return asked->quantity == QUANTITY_TTFT && asked->rate == 0 ? KIND_TTFT : KIND_OTHER;
}

static struct text
keep(struct published *p, struct text text)
{
	char *copy = malloc(text.n + 1);

	(void)p;
	memcpy(copy, text.p == NULL ? "" : text.p, text.n);
	copy[text.n] = '\0';
	return (struct text){ copy, text.n };
}

static bool
holds(struct text text, const char *word)
{
	return memmem(text.p == NULL ? "" : text.p, text.n, word, strlen(word)) != NULL;
}

static void
add_row(struct published *p, const struct measured *row, int line, bool quiet)
{
	struct published_row *into = &p->rows[p->n];
	struct err err = { 0 };
	const struct text *from = (const struct text *)(const void *)row;
	struct text *to = (struct text *)(void *)&into->text;

	memset(into, 0, sizeof(*into));
	for (size_t i = 0; i < sizeof(*row) / sizeof(struct text); i++)
		to[i] = keep(p, from[i]);
	if (measured_ask(&into->text, &p->shelves, &into->asked, &err) != 0 || !(into->asked.value > 0)) {
		p->refused++;
		if (!quiet)
			printf("refused line %d: %s\n", line, err.text);
		return;
	}
	into->kind = kind_of(&into->text, &into->asked);
	into->doubtful = holds(into->text.notes, "SUSPECT") || holds(into->text.notes, "OUTLIER");
	into->line = line;
	into->weight = 1;
	p->n++;
}

void
published_load(struct published *p, const char *path, bool quiet)
{
	struct err err = { 0 };
	FILE *file = fopen(path, "rb");
	struct input input = { path, read_file, file };
	struct reader *reader;
	struct measured_columns columns;
	struct header header;
	struct text *fields = NULL;
	size_t n = 0;
	int got;

	memset(p, 0, sizeof(*p));
	if (accelerator_parse(embedded("models/supply/accelerators.csv"), p->gpus, ACCELERATORS_MAX, &p->shelves.gpus_n,
		    &err) != 0)
		die("accelerators.csv", &err);
	if (transformer_parse(embedded("models/supply/transformers.csv"), p->models, TRANSFORMERS_MAX,
		    &p->shelves.models_n, &err) != 0)
		die("transformers.csv", &err);
	p->shelves.models = p->models;
	p->shelves.gpus = p->gpus;
	if (file == NULL) {
		fprintf(stderr, "%s: cannot be opened\n", path);
		exit(1);
	}
	reader = reader_open(&input, &err);
	p->rows = calloc(65536, sizeof(*p->rows));
	if (reader == NULL || reader_next_record(reader, ',', &fields, &n, &err) != 1)
		die(path, &err);
	header = (struct header){ fields, n };
	if (measured_columns(&header, &columns, &err) != 0)
		die(path, &err);
	while ((got = reader_next_record(reader, ',', &fields, &n, &err)) > 0 && p->n < 65535) {
		struct measured row;

		measured_row(&columns, fields, n, &row);
		add_row(p, &row, (int)reader_line(reader), quiet);
	}
	if (got < 0)
		die(path, &err);
	reader_close(reader);
	fclose(file);
}

void
published_free(struct published *p)
{
	free(p->rows);
}
