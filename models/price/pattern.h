/*
 * pattern: the part of regular expressions that price catalogues use to name models.
 *
 * Literals, `.`, classes `[a-z]` `[^...]`, `\d \w \s` and their opposites, `\b`, groups `(...)`, `(?:...)`,
 * look-ahead `(?=...)` `(?!...)`, alternation, `^ $`, `* + ? {m,n}` greedy or lazy, a leading `(?i)`.
 * Backtracking with a bound on its steps, so that no pattern can hang the program.
 */
#ifndef PRICE_PATTERN_H
#define PRICE_PATTERN_H

#include <stdbool.h>

#include "models/units/text.h"

struct err;

/* ERR_INPUT saying what is not understood and at which character. */
int pattern_check(struct text pattern, struct err *err);

/* Is the pattern found anywhere in the text? False also when it is malformed or the bound was reached. */
bool pattern_search(struct text pattern, struct text text);

#endif
