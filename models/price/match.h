/*
 * match: which names mean a model, as one line of text that a person can read.
 *
 *   gpt-4o | gpt-4o-2024-*      either name; * stands for any run of characters
 *   *claude* & (*opus* | /^o[134]/)
 *
 * `|` is or, `&` is and and binds closer, parentheses group, /.../ is a regular expression. A backslash in
 * front of a character takes it as itself. Names are compared without regard to case; regular
 * expressions see the name in lower case.
 */
#ifndef PRICE_MATCH_H
#define PRICE_MATCH_H

#include <stdbool.h>

#include "models/units/text.h"

struct err;

#define MATCH_NAME_MAX 512 /* longer names match nothing */

/* ERR_INPUT saying what is wrong with the expression and where. */
int match_check(struct text expression, struct err *err);

/* Does the name match? An expression that match_check refuses matches nothing. */
bool match_name(struct text expression, struct text name);

/*
 * Write text as a glob that matches it alone (special characters escaped) behind what buffer holds.
 * Returns the new length, which is over size - 1 when it did not fit.
 */
size_t match_quote(char *buffer, size_t size, size_t used, struct text text);

#endif
