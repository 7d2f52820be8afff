/*
 * rows: usage rows made for measuring, the same on every machine: a call stream spread evenly over some days,
 * in the order of time, its names a few of what firms have. Row i can be made without those before it.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stdint.h>
#include <stdio.h>

#define ROWS_MODELS 8
#define ROWS_WORKLOADS 12
#define ROWS_KEYS 40
#define ROWS_FIRST_S INT64_C(1748736000) /* 2025-06-01 */

struct rows {
	int64_t n;
	int days;
	int models, workloads, keys; /* at most the above; keys at least workloads */
};

extern const char *const rows_heading; /* of the CSV, without the end of the line */

/* Line i of the CSV into out, with the end of the line; its length. */
#define ROWS_LINE 256
size_t rows_line(const struct rows *rows, int64_t i, char out[ROWS_LINE]);

/* Heading and all rows; in a shuffled order where order is given. -1 when they cannot be written. */
int rows_write(const struct rows *rows, const int64_t *order, FILE *stream);

#endif
