/*
 * nearest: the known name that a misspelt one most likely meant.
 *
 * Distance is the count of insertions, deletions, changes and swaps of neighbours that turn one into the
 * other (optimal string alignment), letter case aside. A name further away than a third of its length,
 * at least one and at most four steps, is no guess at all.
 */
#ifndef UNITS_NEAREST_H
#define UNITS_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *best; /* borrowed from nearest_offer; NULL: none near enough so far */
	size_t distance;
};

void nearest_init(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *name);

/* The nearest name offered, or NULL when none is near. */
const char *nearest_found(const struct nearest *nearest);

/* Steps between two words of at most 63 letters; longer ones count as unlike each other. */
size_t nearest_distance(const char *a, const char *b);

#endif
