/*
 * answer_out: what the forms that an answer is printed in share; seen by daemon/report/answer_*.c only.
 */
#ifndef REPORT_ANSWER_OUT_H
#define REPORT_ANSWER_OUT_H

#include <stddef.h>

#include "models/units/figure.h"

struct answer;
struct arena;
struct value;

/* A growing text in the arena. */
struct out {
	struct arena *arena;
	enum figure_style numbers;
	char *bytes;
	size_t n, room;
};

#define FIRST_ROOM 512 /* memory is cleared: a small reply clears little */

void out_put(struct out *out, const char *text);
void out_bytes(struct out *out, const char *bytes, size_t n);

void out_json(struct out *out, const struct value *value);

/* The shortest digits that read back as the same number. */
void out_digits(char *buffer, size_t size, double number);

/* The columns are the table; an answer without columns is a table of its facts. */
void out_csv(struct out *out, const struct answer *answer);

#endif
