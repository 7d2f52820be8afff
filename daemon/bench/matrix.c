/*
 * matrix: layout, random weights, and the slow exact way to read one.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "daemon/bench/matrix.h"

static const char *const names[WEIGHT_FORMATS] = { "f32", "bf16", "q8_0", "q4_0" };

const char *
weight_format_name(enum weight_format precision)
{
	return names[precision];
}

int
weight_format_find(const char *name, enum weight_format *precision)
{
	for (int i = 0; i < WEIGHT_FORMATS; i++)
		if (strcasecmp(names[i], name) == 0) {
			*precision = (enum weight_format)i;
			return 0;
		}
	return -1;
}

float
half_to_float(uint16_t half)
{
	int exponent = half >> 10 & 31;
	float value = exponent == 0 ? ldexpf((float)(half & 1023), -24)
				    : ldexpf((float)(1024 + (half & 1023)), exponent - 25);

	return (half & 0x8000) != 0 ? -value : value;
}

uint16_t
half_from_float(float value)
{
	uint16_t sign = signbit(value) ? 0x8000 : 0;
	float size = fabsf(value);
	int exponent;
	long bits;

	if (size >= 65520.0f)
		return (uint16_t)(sign | 0x7bff);
	if (size < 0x1p-14f)
		return (uint16_t)(sign | lrintf(ldexpf(size, 24)));
	(void)frexpf(size, &exponent);
	bits = lrintf(ldexpf(size, 11 - exponent)); /* 1024..2048; 2048 carries into the exponent by itself */
	return (uint16_t)(sign | (unsigned)((exponent + 13) * 1024 + bits));
}

float
bf16_to_float(uint16_t bf16)
{
	uint32_t bits = (uint32_t)bf16 << 16;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

uint16_t
bf16_from_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits += 0x7fff + (bits >> 16 & 1);
	return (uint16_t)(bits >> 16);
}

/* Bytes of one panel of 64 columns of one group. */
static size_t
panel_bytes(enum weight_format precision)
{
	static const size_t bytes[WEIGHT_FORMATS] = {
		[WEIGHTS_F32] = PANEL_COLUMNS * GROUP_ROWS * sizeof(float),
		[WEIGHTS_BF16] = PANEL_COLUMNS * GROUP_ROWS * sizeof(uint16_t),
		[WEIGHTS_Q8_0] = 2 * GROUP_ROWS * sizeof(uint16_t) + PANEL_COLUMNS * GROUP_ROWS,
		[WEIGHTS_Q4_0] = 2 * GROUP_ROWS * sizeof(uint16_t) + PANEL_COLUMNS * GROUP_ROWS / 2,
	};

	return bytes[precision];
}

void
matrix_shape(struct matrix *matrix, enum weight_format precision, size_t rows, size_t columns)
{
	memset(matrix, 0, sizeof(*matrix));
	matrix->precision = precision;
	matrix->rows = rows;
	matrix->columns = columns;
	matrix->groups = (rows + GROUP_ROWS - 1) / GROUP_ROWS;
	matrix->padded = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS;
	matrix->group_bytes = matrix->padded / PANEL_COLUMNS * panel_bytes(precision);
}

size_t
matrix_bytes(const struct matrix *matrix)
{
	return matrix->groups * matrix->group_bytes;
}

/* ---- random weights */

/* xorshift64* (Vigna 2016): eight random bytes; billions of weights are to be made, so it must be quick. */
static uint64_t
shake(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Uniform on [-1, 1). */
static float
swing(uint64_t bits)
{
	return (float)(int32_t)(bits >> 32) * 0x1p-31f;
}

/* Sixteen scales around `middle`, each its own, so that one that is read from the wrong place shows. */
static void
fill_scales(unsigned char *to, float middle, uint64_t *state)
{
	for (int r = 0; r < GROUP_ROWS; r++) {
		uint16_t scale = half_from_float(middle * (1.0f + 0.25f * swing(shake(state))));

		memcpy(to + 2 * r, &scale, sizeof(scale));
	}
}

/* q = -128 has no partner of the other sign and is not of the format. */
static void
fill_bytes(unsigned char *to, size_t n, enum weight_format precision, uint64_t *state)
{
	for (size_t i = 0; i < n; i += 8) {
		uint64_t bits = shake(state);

		if (precision == WEIGHTS_Q8_0) {
			uint64_t high = bits & UINT64_C(0x8080808080808080);
			uint64_t low = bits & UINT64_C(0x7f7f7f7f7f7f7f7f);
			/* A byte whose lower bits are all zero gets its lowest bit set: 0x80 and 0 become 0x81 and 1. */
			uint64_t some = (low + UINT64_C(0x7f7f7f7f7f7f7f7f)) & UINT64_C(0x8080808080808080);

			bits = high | low | ((~some & UINT64_C(0x8080808080808080)) >> 7);
		}
		memcpy(to + i, &bits, sizeof(bits));
	}
}

static void
fill_group(struct matrix *matrix, unsigned char *to, uint64_t *state)
{
	float spread = 1.0f / sqrtf((float)matrix->columns);
	size_t panels = matrix->padded / PANEL_COLUMNS;

	for (size_t panel = 0; panel < panels; panel++, to += panel_bytes(matrix->precision))
		switch (matrix->precision) {
		case WEIGHTS_F32:
			for (size_t i = 0; i < PANEL_COLUMNS * GROUP_ROWS; i++) {
				float weight = 1.7320508f * spread * swing(shake(state));

				memcpy(to + i * sizeof(weight), &weight, sizeof(weight));
			}
			break;
		case WEIGHTS_BF16:
			for (size_t i = 0; i < PANEL_COLUMNS * GROUP_ROWS; i++) {
				uint16_t weight = bf16_from_float(1.7320508f * spread * swing(shake(state)));

				memcpy(to + i * sizeof(weight), &weight, sizeof(weight));
			}
			break;
		case WEIGHTS_Q8_0: /* uniform on -127..127 has a standard deviation of 73.6 */
		case WEIGHTS_Q4_0: /* and on -8..7 of 4.6 */
			fill_scales(to, spread / (matrix->precision == WEIGHTS_Q8_0 ? 73.6f : 4.64f), state);
			fill_scales(to + 32, spread / (matrix->precision == WEIGHTS_Q8_0 ? 73.6f : 4.64f), state);
			fill_bytes(to + 64, panel_bytes(matrix->precision) - 64, matrix->precision, state);
			break;
		}
}

/* Where the weight lies: its bytes from the start of the group, and for Q4_0 the half of the byte. */
static size_t
weight_at(const struct matrix *matrix, size_t r, size_t column)
{
	size_t panel = column / PANEL_COLUMNS * panel_bytes(matrix->precision), k = column % PANEL_COLUMNS;

	switch (matrix->precision) {
	case WEIGHTS_F32:
		return panel + (k * GROUP_ROWS + r) * sizeof(float);
	case WEIGHTS_BF16:
		return panel + ((k / 2 * GROUP_ROWS + r) * 2 + k % 2) * sizeof(uint16_t);
	case WEIGHTS_Q8_0:
		return panel + 64 + (k / 4 * GROUP_ROWS + r) * 4 + k % 4;
	default:
		return panel + 64 + (k / 8 * GROUP_ROWS + r) * 4 + k % 4;
	}
}

static void
clear_weight(const struct matrix *matrix, unsigned char *group, size_t r, size_t column)
{
	unsigned char *at = group + weight_at(matrix, r, column);

	switch (matrix->precision) {
	case WEIGHTS_F32:
		memset(at, 0, sizeof(float));
		break;
	case WEIGHTS_BF16:
		memset(at, 0, sizeof(uint16_t));
		break;
	case WEIGHTS_Q8_0:
		*at = 0;
		break;
	case WEIGHTS_Q4_0:
		*at = (unsigned char)(column % 8 < 4 ? (*at & 0xf0) | 8 : (*at & 0x0f) | 0x80);
		break;
	}
}

void
matrix_fill(struct matrix *matrix, size_t from, size_t to, uint64_t seed)
{
	for (size_t g = from; g < to; g++) {
		unsigned char *group = matrix->data + g * matrix->group_bytes;
		uint64_t state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (g + 1) * UINT64_C(0xbf58476d1ce4e5b9);

		if (state == 0)
			state = 1;
		for (int i = 0; i < 4; i++)
			(void)shake(&state);
		fill_group(matrix, group, &state);
		for (size_t r = 0; r < GROUP_ROWS; r++)
			for (size_t k = g * GROUP_ROWS + r < matrix->rows ? matrix->columns : 0; k < matrix->padded;
				k++)
				clear_weight(matrix, group, r, k);
	}
}

double
matrix_weight(const struct matrix *matrix, size_t row, size_t column)
{
	const unsigned char *group = matrix->data + row / GROUP_ROWS * matrix->group_bytes;
	size_t r = row % GROUP_ROWS;
	const unsigned char *at = group + weight_at(matrix, r, column);
	uint16_t bits;
	float weight;
	int q;

	if (matrix->precision == WEIGHTS_F32) {
		memcpy(&weight, at, sizeof(weight));
		return (double)weight;
	}
	if (matrix->precision == WEIGHTS_BF16) {
		memcpy(&bits, at, sizeof(bits));
		return (double)bf16_to_float(bits);
	}
	memcpy(&bits,
		group + column / PANEL_COLUMNS * panel_bytes(matrix->precision) +
			(column % PANEL_COLUMNS / BLOCK_COLUMNS * GROUP_ROWS + r) * sizeof(bits),
		sizeof(bits));
	if (matrix->precision == WEIGHTS_Q8_0)
		q = (signed char)*at;
	else
		q = (column % 8 < 4 ? *at & 15 : *at >> 4) - 8;
	return (double)half_to_float(bits) * q;
}
