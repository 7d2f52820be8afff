/*
 * text: a run of bytes that somebody else owns. Not ended by NUL; p may be NULL when n is 0.
 * A reading's texts are borrowed: valid for the call that hands them over.
 */
#ifndef UNITS_TEXT_H
#define UNITS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *p;
	size_t n;
};

static inline struct text
text_of(const char *string)
{
	return (struct text){ string, string == NULL ? 0 : strlen(string) };
}

static inline bool
text_is(struct text text, const char *string)
{
	return text.n == strlen(string) && (text.n == 0 || memcmp(text.p, string, text.n) == 0);
}

static inline bool
text_same(struct text a, struct text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#define TEXT_SHOWN 48 /* bytes that an error's copy of a wrong text is usually given */

/*
 * What of a text an error repeats: its beginning in buffer[0..size), "?" for what does not print (control
 * characters, bytes that are no UTF-8), "..." where it is cut. Returns buffer; size > 0.
 */
const char *text_shown(struct text text, char *buffer, size_t size);

/* The bytes of the UTF-8 letter that the text begins with; 0 when it is empty or begins with none. */
size_t text_letter(struct text text);

/* Whether the text, which is not empty, begins with a control character (of C0, C1, or DEL). */
bool text_control(struct text text);

#endif
