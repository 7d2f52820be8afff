/*
 * kernels, portable: plain C for any processor; the others are held against it.
 */
#include <math.h>
#include <string.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/kernels_plain.h"

static bool
runs(void)
{
	return true;
}

void
plain_prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out)
{
	if (precision == WEIGHTS_F32 || precision == WEIGHTS_BF16) {
		memcpy(out->full, x, columns * sizeof(*x));
		memset(out->full + columns, 0, (padded - columns) * sizeof(*x));
		return;
	}
	for (size_t block = 0; block < padded; block += BLOCK_COLUMNS) {
		size_t n = block >= columns ? 0 : columns - block < BLOCK_COLUMNS ? columns - block : BLOCK_COLUMNS;
		float most = 0, per;
		int32_t sum = 0;

		for (size_t k = 0; k < n; k++)
			most = fmaxf(most, fabsf(x[block + k]));
		per = most == 0 ? 0 : 127.0f / most;
		for (size_t k = 0; k < BLOCK_COLUMNS; k++) {
			int q = k < n ? (int)lrintf(x[block + k] * per) : 0;

			out->q[block + k] = (int8_t)q;
			sum += q;
		}
		out->scale[block / BLOCK_COLUMNS] = most / 127.0f;
		out->sum[block / BLOCK_COLUMNS] = sum;
	}
}

/* One panel of 64 columns added to the sums of sixteen rows. */
static const unsigned char *
panel(enum weight_format precision, const unsigned char *w, size_t column, const struct activation *x, float *sum)
{
	if (precision == WEIGHTS_F32) {
		for (size_t k = 0; k < PANEL_COLUMNS; k++)
			for (size_t r = 0; r < GROUP_ROWS; r++) {
				float weight;

				memcpy(&weight, w + (k * GROUP_ROWS + r) * sizeof(weight), sizeof(weight));
				sum[r] += weight * x->full[column + k];
			}
		return w + PANEL_COLUMNS * GROUP_ROWS * sizeof(float);
	}
	if (precision == WEIGHTS_BF16) {
		for (size_t k = 0; k < PANEL_COLUMNS; k++)
			for (size_t r = 0; r < GROUP_ROWS; r++) {
				uint16_t weight;

				memcpy(&weight, w + ((k / 2 * GROUP_ROWS + r) * 2 + k % 2) * sizeof(weight),
					sizeof(weight));
				sum[r] += bf16_to_float(weight) * x->full[column + k];
			}
		return w + PANEL_COLUMNS * GROUP_ROWS * sizeof(uint16_t);
	}
	for (size_t b = 0; b < 2; b++)
		for (size_t r = 0; r < GROUP_ROWS; r++) {
			const int8_t *q = x->q + column + b * BLOCK_COLUMNS;
			int32_t whole = 0;
			uint16_t scale;

			if (precision == WEIGHTS_Q8_0) {
				const signed char *from = (const signed char *)w + 64 + b * 512 + r * 4;

				for (size_t k = 0; k < BLOCK_COLUMNS; k++)
					whole += from[k / 4 * 64 + k % 4] * q[k];
			} else {
				const unsigned char *from = w + 64 + b * 256 + r * 4;

				for (size_t k = 0; k < BLOCK_COLUMNS; k++) {
					int both = from[k / 8 * 64 + k % 4];

					whole += ((k % 8 < 4 ? both & 15 : both >> 4) - 8) * q[k];
				}
			}
			memcpy(&scale, w + (b * GROUP_ROWS + r) * sizeof(scale), sizeof(scale));
			sum[r] += (float)whole * (half_to_float(scale) * x->scale[column / BLOCK_COLUMNS + b]);
		}
	return w + 64 + PANEL_COLUMNS * GROUP_ROWS / (precision == WEIGHTS_Q8_0 ? 1 : 2);
}

static void
vector(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y)
{
	for (size_t g = from; g < to; g++) {
		const unsigned char *at = w->data + g * w->group_bytes;
		float *sum = y + g * GROUP_ROWS;

		memset(sum, 0, GROUP_ROWS * sizeof(*sum));
		for (size_t column = 0; column < w->padded; column += PANEL_COLUMNS)
			at = panel(w->precision, at, column, x, sum);
	}
}

static void
many(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens, float *y, size_t stride)
{
	for (size_t t = 0; t < tokens; t++) {
		struct activation one = activation_at(x, t, w->padded);

		vector(w, from, to, &one, y + t * stride);
	}
}

PLAIN_LOOPS()

static uint64_t
read_all(const void *bytes, size_t n)
{
	size_t quarter = n / 4 / sizeof(uint64_t);
	const uint64_t *from = bytes;
	uint64_t sum[4] = { 0 };

	for (size_t i = 0; i < quarter; i++)
		for (size_t s = 0; s < 4; s++)
			sum[s] += from[s * quarter + i];
	return sum[0] + sum[1] + sum[2] + sum[3];
}

static double
peak_float(size_t rounds)
{
	float sum[16] = { 0 };
	volatile float start = 0.5f;
	float by = start;

	for (size_t i = 0; i < rounds; i++)
		for (size_t k = 0; k < 16; k++)
			sum[k] = sum[k] * by + by;
	for (size_t k = 1; k < 16; k++)
		sum[0] += sum[k];
	start = sum[0];
	return 2.0 * 16 * (double)rounds;
}

static double
peak_int8(size_t rounds)
{
	volatile int start = 3;
	int by = start, sum[16] = { 0 };

	for (size_t i = 0; i < rounds; i++)
		for (size_t k = 0; k < 16; k++)
			sum[k] = (int8_t)sum[k] * by + (int)k;
	for (size_t k = 1; k < 16; k++)
		sum[0] += sum[k] & 1;
	start = sum[0];
	return 2.0 * 16 * (double)rounds;
}

const struct kernels kernels_portable = {
	.name = "portable",
	.runs = runs,
	.prepare = plain_prepare,
	.vector = vector,
	.many = many,
	.soften = soften,
	.gate = gate,
	.read = read_all,
	.peak_float = peak_float,
	.peak_int8 = peak_int8,
};
