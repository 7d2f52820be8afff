/*
 * solve_text: a what-if from its JSON text to its answer, for those who hold the text of a request.
 */
#ifndef REPORT_SOLVE_TEXT_H
#define REPORT_SOLVE_TEXT_H

#include <stddef.h>

struct answer;
struct arena;
struct err;

/* name is what a sentence about the text begins with ("body"). ERR_INPUT names path and value. */
struct solve_text {
	const char *name, *text;
	size_t n;
};

int answer_solve_text(struct answer *answer, struct arena *arena, const struct solve_text *text, struct err *err);

#endif
