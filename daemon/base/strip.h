/*
 * strip: a script or a style sheet without what only its readers need. Comments, blanks at the ends of lines and
 * blank lines go; in scripts also blanks beside signs that need none. What stands in strings, templates and regular
 * expressions stays byte for byte, and so does every end of a line that may end a statement.
 *
 * A slash after a name, a number or a closing bracket divides; after anything else, and after a word such as
 * return, it opens a regular expression. So `if (x) /re/.test(y)` is not understood: name the expression first.
 */
#ifndef BASE_STRIP_H
#define BASE_STRIP_H

#include <stddef.h>

/* Both work in place, never make it longer, and return the new length. */
size_t strip_script(char *text, size_t n);
size_t strip_style(char *text, size_t n);

#endif
