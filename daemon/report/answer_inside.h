/*
 * answer_inside: how an answer is laid out, for the two files that build (answer.c) and print it
 * (answer_print.c). Nobody else includes this.
 */
#ifndef REPORT_ANSWER_INSIDE_H
#define REPORT_ANSWER_INSIDE_H

#include <stddef.h>
#include <stdint.h>

#include "models/units/figure.h"
#include "models/units/money.h"

struct arena;

enum value_kind {
	VALUE_UNKNOWN,
	VALUE_NUMBER,
	VALUE_WHOLE,
	VALUE_AMOUNT,
	VALUE_TEXT,
	VALUE_TRUTH,
	VALUE_LIST,
	VALUE_OBJECT
};

struct item {
	const char *name; /* NULL in a list */
	struct value *value;
	struct item *next;
};

struct value {
	enum value_kind kind;
	union {
		double number; /* finite */
		int64_t whole; /* VALUE_TRUTH: 0 or 1 */
		struct {
			wide units;
			int digits;
		} amount;
		const char *text;
		struct {
			struct item *first, *last;
			size_t n;
		} items;
	};
};

struct fact {
	const char *name, *unit;
	struct value *value;
	struct fact *next;
};

struct table {
	const char *name, *title;
};

struct column {
	struct answer *answer;
	const struct table *table; /* NULL: the only one */
	const char *name, *unit;
	struct value **values;
	size_t n, room;
	struct column *next;
};

struct note {
	const char *text;
	struct note *next;
};

struct answer {
	struct arena *arena;
	const char *headline; /* NULL: none */
	struct note *notes, **last_note;
	struct fact *facts, **last_fact;
	struct column *columns, **last_column;
	const struct table *table;
	enum figure_style numbers;
};

#endif
