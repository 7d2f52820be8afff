#include <string.h>

#include "models/units/nearest.h"

#define LETTERS 64

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t
nearest_distance(const char *a, const char *b)
{
	size_t rows[3][LETTERS];
	size_t an = strlen(a), bn = strlen(b);
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	if (an >= LETTERS || bn >= LETTERS)
		return strcmp(a, b) == 0 ? 0 : an + bn;
	for (size_t j = 0; j <= bn; j++)
		before[j] = last[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			int same = lower(a[i - 1]) == lower(b[j - 1]);

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[bn];
}

void
nearest_init(struct nearest *nearest, const char *word)
{
	nearest->word = word;
	nearest->best = NULL;
	nearest->distance = 0;
}

void
nearest_offer(struct nearest *nearest, const char *name)
{
	size_t longest = strlen(nearest->word) > strlen(name) ? strlen(nearest->word) : strlen(name);
	size_t limit = longest / 3 < 1 ? 1 : least(longest / 3, 4);
	size_t distance = nearest_distance(nearest->word, name);

	if (distance > limit || (nearest->best != NULL && distance >= nearest->distance))
		return;
	nearest->best = name;
	nearest->distance = distance;
}

const char *
nearest_found(const struct nearest *nearest)
{
	return nearest->best;
}
