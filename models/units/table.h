/*
 * table: the tables of figures that are placed inside the program: lines of fields between commas.
 *
 * Lines beginning with # and blank lines are skipped; the first other line is the header, its columns in any
 * order. No field holds a quote or a comma. Pure: the bytes are handed in and the texts point into them.
 */
#ifndef UNITS_TABLE_H
#define UNITS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "models/units/text.h"

struct err;

#define TABLE_COLUMNS 48

struct table_column {
	const char *name;
	bool optional; /* where the header lacks it every value is empty */
};

struct table {
	struct text rest;
	int line;   /* of the row read last, 1 = first */
	int fields; /* of the header */
	const struct table_column *columns;
	int count;
	int index[TABLE_COLUMNS]; /* the field of each column, -1: none */
};

/* Read the header. ERR_INPUT names the line and the column that it lacks; what names the table in a sentence. */
int table_open(struct table *table, struct text csv, const struct table_column *columns, int count, const char *what,
	struct err *err);

/* The next row's values, by column: 1, 0 at the end, -1 with ERR_INPUT. */
int table_next(struct table *table, struct text *values, struct err *err);

/* ERR_INPUT: the value of that column in the row read last is wrong. Returns -1. */
int table_wrong(const struct table *table, const struct text *values, int column, struct err *err);

/* The number in a field: NAN where it is empty. -1 where it is no number of at least `least`. */
int table_number(struct text text, double least, double *number);

/* The text without blanks at its ends. */
struct text table_trim(struct text text);

#endif
