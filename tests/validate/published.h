/*
 * published: the tables of the program and a file of measured rows, as the model is asked them.
 */
#ifndef VALIDATE_PUBLISHED_H
#define VALIDATE_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

#include "models/supply/accelerator.h"
#include "models/supply/measured.h"
#include "models/supply/transformer.h"

enum kind { KIND_TPOT, KIND_OFFLINE, KIND_TTFT, KIND_OTHER, KINDS };

struct published_row {
	struct measured text;
	struct asked asked;
	enum kind kind;
	bool doubtful; /* the file itself says that the figure is suspect or an outlier */
	int line;
	double weight;
};

struct published {
	struct transformer models[TRANSFORMERS_MAX];
	struct accelerator gpus[ACCELERATORS_MAX];
	struct shelves shelves;
	struct published_row *rows;
	size_t n, refused;
	char *bytes;
};

/* Reads everything or ends the program with a sentence. quiet: refusals are not printed. */
void published_load(struct published *published, const char *path, bool quiet);
void published_free(struct published *published);

#endif
