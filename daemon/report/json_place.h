/*
 * json_place: on which line of a JSON text a value stands, for sentences about it.
 */
#ifndef REPORT_JSON_PLACE_H
#define REPORT_JSON_PLACE_H

#include <stddef.h>

/*
 * `sentence` begins with a path ("closed.tiers[1].price: must be ..."). Returns the line (1 is the first) of
 * that value's key or element in the text, or of the innermost part of the path that is there; 1 when none is.
 * The text must be JSON; of what is not the answer is some line.
 */
int json_line(const char *text, size_t n, const char *sentence);

#endif
