/*
 * matrix: weights of one linear layer in the layout that the processor reads best, and how they are stored.
 *
 * Precisions: F32; BF16 (the upper half of a float); Q8_0 and Q4_0, the block formats of GGUF: 32 weights of
 * a row share one half-precision scale d, a weight is d * q with q in -127..127 (8.5 bits a weight) or
 * -8..7 (4.5 bits a weight).
 *
 * Layout: rows in groups of 16, so that one wide register holds the same columns of 16 rows and no sum over
 * lanes is ever needed. A group is one stretch of memory, read from end to end:
 *   F32   per column: 16 floats
 *   BF16  per pair of columns: 16 rows x 2
 *   Q8_0  per 64 columns: 2 x 16 scales, then per 4 columns 16 rows x 4 signed bytes
 *   Q4_0  per 64 columns: 2 x 16 scales, then per 8 columns 16 rows x 4 bytes; byte j of a row holds q + 8 of
 *         column j in its lower and of column 4 + j in its upper half
 * Columns are padded to 64 and rows to 16 with zeros.
 */
#ifndef BENCH_MATRIX_H
#define BENCH_MATRIX_H

#include <stddef.h>
#include <stdint.h>

enum weight_format { WEIGHTS_F32, WEIGHTS_BF16, WEIGHTS_Q8_0, WEIGHTS_Q4_0 };
#define WEIGHT_FORMATS 4

#define GROUP_ROWS 16
#define BLOCK_COLUMNS 32
#define PANEL_COLUMNS 64 /* columns are padded to whole panels */

struct matrix {
	enum weight_format precision;
	size_t rows, columns; /* as the layer has them */
	size_t groups;        /* of 16 rows */
	size_t padded;        /* columns with their padding */
	size_t group_bytes;   /* a multiple of 64 */
	unsigned char *data;  /* groups * group_bytes, aligned to 64; not owned */
};

const char *weight_format_name(enum weight_format precision);
/* 0, or -1 where there is none of that name, large letters or small. */
int weight_format_find(const char *name, enum weight_format *precision);

/* Fill in everything but data. */
void matrix_shape(struct matrix *matrix, enum weight_format precision, size_t rows, size_t columns);
size_t matrix_bytes(const struct matrix *matrix); /* with padding: what a pass over it reads */

/*
 * Random weights for groups from..to: spread so that the outputs of normalised inputs have a variance near
 * one. The same seed gives the same weights however the groups are split.
 */
void matrix_fill(struct matrix *matrix, size_t from, size_t to, uint64_t seed);

/* One weight as it is stored, exact. */
double matrix_weight(const struct matrix *matrix, size_t row, size_t column);

/* Half and BF16 to and from float; to: nearest, ties to even. Finite values only. */
float half_to_float(uint16_t half);
uint16_t half_from_float(float value);
float bf16_to_float(uint16_t bf16);
uint16_t bf16_from_float(float value);

#endif
