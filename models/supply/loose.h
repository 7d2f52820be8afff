/*
 * loose: names of accelerators and models as people and benchmarks write them, matched to those of a table.
 *
 * A name is parted into words at everything that is no letter or digit. Words that name a maker, a packing or a
 * fine-tuning ("NVIDIA", "HBM3", "Instruct", "FP8") do not count. Letters' case does not matter.
 */
#ifndef SUPPLY_LOOSE_H
#define SUPPLY_LOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "models/units/text.h"

#define LOOSE_KEY 64
#define LOOSE_WORDS 12
#define LOOSE_WORD 20

/*
 * What of a model's name tells it from others, in small letters: "meta-llama/Llama-3.1-70B-Instruct" and
 * "llama3_1-70b" both are "llama3.170b". The part before a slash is its owner's name unless whole is set.
 */
void loose_model(char key[LOOSE_KEY], struct text name, bool whole);

struct loose_words {
	int n;
	char word[LOOSE_WORDS][LOOSE_WORD]; /* in capitals: "H100", "SXM", "80GB" */
};

void loose_gpu(struct loose_words *words, struct text name);

/* How many words of a are in b. */
int loose_common(const struct loose_words *a, const struct loose_words *b);

/* The GB that a word such as "80GB" tells, 0 where it tells none. */
double loose_gigabytes(const char *word);

/* The next of several names parted by '|'; false when there is none left. */
bool loose_next(struct text *names, struct text *name);

#endif
