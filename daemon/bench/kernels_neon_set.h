/*
 * kernels_neon_set: the NEON kernels, compiled once for each of their sets, which differ by what they multiply with.
 * The file that includes this says NEON_DOT and NEON_MATRIX (0 or 1) and is compiled for processors that have it:
 *
 *   neon        any 64-bit Arm processor: bytes by long multiplications, two products to 16 bits
 *   neondot     SDOT: four bytes of each of four rows to 32 bits
 *   neonmatrix  and SMMLA, BFDOT, BFMMLA: two rows by two vectors, BF16 by BF16
 *
 * A group of sixteen rows is four registers of four rows. Many vectors are taken four at a time.
 */
#ifndef BENCH_KERNELS_NEON_SET_H
#define BENCH_KERNELS_NEON_SET_H

#include <arm_neon.h>
#include <string.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/kernels_plain.h"

#define INLINE static inline __attribute__((always_inline))
#define REGISTERS (GROUP_ROWS / 4) /* of a group */
#define TOKENS 4                   /* that go together */

/* The sums of a group's rows for some vectors. */
typedef float32x4_t sums[REGISTERS][TOKENS];

/* ---- activations */

INLINE void
prepare_block(const float *x, struct activation *out, size_t block)
{
	float32x4_t part[8], most = vdupq_n_f32(0);
	int32x4_t sum = vdupq_n_s32(0);
	float largest;

	for (int i = 0; i < 8; i++) {
		part[i] = vld1q_f32(x + block + 4 * i);
		most = vmaxq_f32(most, vabsq_f32(part[i]));
	}
	largest = vmaxvq_f32(most);
	for (int i = 0; i < 8; i += 2) {
		float per = largest == 0 ? 0 : 127.0f / largest;
		int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(part[i], per));
		int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(part[i + 1], per));

		sum = vaddq_s32(sum, vaddq_s32(a, b));
		vst1_s8(out->q + block + 4 * i, vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b))));
	}
	out->scale[block / BLOCK_COLUMNS] = largest / 127.0f;
	out->sum[block / BLOCK_COLUMNS] = vaddvq_s32(sum);
}

#if NEON_MATRIX
INLINE void
prepare_bf16(const float *x, size_t columns, size_t padded, struct activation *out)
{
	for (size_t k = 0; k < padded; k += 4) {
		float part[4] = { 0 };

		if (k < columns)
			memcpy(part, x + k, (columns - k < 4 ? columns - k : 4) * sizeof(*x));
		vst1_u16(out->bf16 + k, vreinterpret_u16_bf16(vcvt_bf16_f32(vld1q_f32(part))));
	}
}
#endif

static void
prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out)
{
	size_t whole = columns / PANEL_COLUMNS * PANEL_COLUMNS;
	struct activation rest = { .q = out->q + whole,
		.scale = out->scale + whole / BLOCK_COLUMNS,
		.sum = out->sum + whole / BLOCK_COLUMNS };

#if NEON_MATRIX
	if (precision == WEIGHTS_BF16) {
		prepare_bf16(x, columns, padded, out);
		return;
	}
#endif
	if (precision == WEIGHTS_F32 || precision == WEIGHTS_BF16) {
		plain_prepare(x, columns, padded, precision, out);
		return;
	}
	for (size_t block = 0; block < whole; block += BLOCK_COLUMNS)
		prepare_block(x, out, block);
	plain_prepare(x + whole, columns - whole, padded - whole, precision, &rest);
}

/*
 * ---- products of a block of 32 columns: `n` registers of rows from `first` on. n and tokens are constants where
 * these are inlined. q: the bytes of the first vector, the others `padded` apart.
 */

/* Where a block's bytes and scales lie from the start of its group. */
struct place {
	const unsigned char *scales;
	const int8_t *q8;
	const uint8_t *q4;
};

INLINE struct place
place_of(const unsigned char *group, size_t block, bool four_bits)
{
	const unsigned char *panel = group + block / 2 * (four_bits ? 576 : 1088);

	return (struct place){
		.scales = panel + block % 2 * 32,
		.q8 = (const int8_t *)panel + 64 + block % 2 * 512,
		.q4 = panel + 64 + block % 2 * 256,
	};
}

INLINE float32x4_t
four_scales(const struct place *place, int r)
{
	uint16x4_t half;

	memcpy(&half, place->scales + r * 8, sizeof(half));
	return vcvt_f32_f16(vreinterpret_f16_u16(half));
}

#if NEON_DOT

/* Four columns, which stand in this lane of each vector's register. */
#define STEP_Q8(lane) \
	for (int r = 0; r < n; r++) { \
		int8x16_t w = vld1q_s8(place->q8 + (4 * half + (lane)) * 64 + (first + r) * 16); \
\
		for (int t = 0; t < tokens; t++) \
			whole[r][t] = vdotq_laneq_s32(whole[r][t], w, x[t], lane); \
	}

/* Eight columns, of two lanes. */
#define STEP_Q4(step) \
	for (int r = 0; r < n; r++) { \
		uint8x16_t both = vld1q_u8(place->q4 + (2 * half + (step)) * 64 + (first + r) * 16); \
		int8x16_t lower = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15))); \
		int8x16_t upper = vreinterpretq_s8_u8(vshrq_n_u8(both, 4)); \
\
		for (int t = 0; t < tokens; t++) { \
			whole[r][t] = vdotq_laneq_s32(whole[r][t], lower, x[t], 2 * (step)); \
			whole[r][t] = vdotq_laneq_s32(whole[r][t], upper, x[t], 2 * (step) + 1); \
		} \
	}

INLINE void
multiply(bool four_bits, const struct place *place, int first, int n, const int8_t *q, int tokens, size_t padded,
	int32x4_t whole[REGISTERS][TOKENS])
{
	for (int half = 0; half < 2; half++) {
		int8x16_t x[TOKENS];

		for (int t = 0; t < tokens; t++)
			x[t] = vld1q_s8(q + (size_t)t * padded + 16 * half);
		if (four_bits) {
			STEP_Q4(0)
			STEP_Q4(1)
		} else {
			STEP_Q8(0)
			STEP_Q8(1)
			STEP_Q8(2)
			STEP_Q8(3)
		}
	}
}

#else

/* Four bytes of a vector, four times. */
INLINE int8x16_t
four_bytes(const int8_t *q)
{
	int32_t bytes;

	memcpy(&bytes, q, sizeof(bytes));
	return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

/* The products of four rows lie as two of each row in one register of 16 bits, and two in the other. */
struct pairs {
	int16x8_t low, high;
};

INLINE void
add_products(struct pairs *pairs, int8x16_t w, int8x16_t x)
{
	pairs->low = vmlal_s8(pairs->low, vget_low_s8(w), vget_low_s8(x));
	pairs->high = vmlal_high_s8(pairs->high, w, x);
}

/* The same in 32 bits: two sums of each row. */
struct halves {
	int32x4_t low, high;
};

INLINE void
add_pairs(struct halves *halves, const struct pairs *pairs)
{
	halves->low = vpadalq_s16(halves->low, pairs->low);
	halves->high = vpadalq_s16(halves->high, pairs->high);
}

/* Two products of bytes of size 127 at the most fit into 16 bits; all eight of a block where one side is below 16. */
INLINE void
multiply(bool four_bits, const struct place *place, int first, int n, const int8_t *q, int tokens, size_t padded,
	int32x4_t whole[REGISTERS][TOKENS])
{
	const struct pairs none = { vdupq_n_s16(0), vdupq_n_s16(0) };

	for (int r = 0; r < n; r++)
		for (int t = 0; t < tokens; t++) {
			const int8_t *x = q + (size_t)t * padded;
			struct pairs pairs = none;
			struct halves halves = { vdupq_n_s32(0), vdupq_n_s32(0) };

			for (int c = 0; c < 4; c++) {
				int8x16_t a, b;

				if (four_bits) {
					uint8x16_t both = vld1q_u8(place->q4 + c * 64 + (first + r) * 16);

					a = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
					b = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
				} else {
					a = vld1q_s8(place->q8 + c * 128 + (first + r) * 16);
					b = vld1q_s8(place->q8 + c * 128 + 64 + (first + r) * 16);
				}
				add_products(&pairs, a, four_bytes(x + 8 * c));
				add_products(&pairs, b, four_bytes(x + 8 * c + 4));
				if (!four_bits || c == 3) {
					add_pairs(&halves, &pairs);
					pairs = none;
				}
			}
			whole[r][t] = vaddq_s32(whole[r][t], vpaddq_s32(halves.low, halves.high));
		}
}

#endif

/* A block's share of the sums. Weights of four bits are held with 8 added, which is taken off where it begins. */
INLINE void
add_block(bool four_bits, const unsigned char *group, int first, int n, size_t block, const struct activation *x,
	int tokens, size_t padded, sums sum)
{
	struct place place = place_of(group, block, four_bits);
	size_t blocks = padded / BLOCK_COLUMNS;
	int32x4_t whole[REGISTERS][TOKENS];

	for (int t = 0; t < tokens; t++)
		for (int r = 0; r < n; r++)
			whole[r][t] = vdupq_n_s32(four_bits ? -8 * x->sum[(size_t)t * blocks + block] : 0);
	multiply(four_bits, &place, first, n, x->q + block * BLOCK_COLUMNS, tokens, padded, whole);
	for (int r = 0; r < n; r++) {
		float32x4_t scale = four_scales(&place, first + r);

		for (int t = 0; t < tokens; t++)
			sum[first + r][t] = vfmaq_f32(sum[first + r][t], vcvtq_f32_s32(whole[r][t]),
				vmulq_n_f32(scale, x->scale[(size_t)t * blocks + block]));
	}
}

/* ---- products of floats: four columns at a time */

#define STEP_F32(lane) \
	for (int r = 0; r < REGISTERS; r++) { \
		float32x4_t w = vld1q_f32(group + (k + (lane)) * GROUP_ROWS + (size_t)r * 4); \
\
		for (int t = 0; t < tokens; t++) \
			sum[r][t] = vfmaq_laneq_f32(sum[r][t], w, x[t], lane); \
	}

/* A pair of columns: the upper halves of floats, the second where it is, the first moved up. */
#define STEP_BF16(pair) \
	for (int r = 0; r < REGISTERS; r++) { \
		uint32x4_t both; \
		float32x4_t even, odd; \
\
		memcpy(&both, group + ((k / 2 + (pair)) * GROUP_ROWS + (size_t)r * 4) * 4, sizeof(both)); \
		even = vreinterpretq_f32_u32(vshlq_n_u32(both, 16)); \
		odd = vreinterpretq_f32_u32(vandq_u32(both, vdupq_n_u32(0xffff0000))); \
		for (int t = 0; t < tokens; t++) { \
			sum[r][t] = vfmaq_laneq_f32(sum[r][t], even, x[t], 2 * (pair)); \
			sum[r][t] = vfmaq_laneq_f32(sum[r][t], odd, x[t], 2 * (pair) + 1); \
		} \
	}

INLINE void
add_f32(const unsigned char *bytes, size_t k, const struct activation *from, int tokens, size_t padded, sums sum)
{
	const float *group = (const float *)(const void *)bytes;
	float32x4_t x[TOKENS];

	for (int t = 0; t < tokens; t++)
		x[t] = vld1q_f32(from->full + (size_t)t * padded + k);
	STEP_F32(0)
	STEP_F32(1)
	STEP_F32(2)
	STEP_F32(3)
}

#if NEON_MATRIX

#define STEP_BFDOT(lane) \
	for (int r = 0; r < REGISTERS; r++) { \
		bfloat16x8_t w = vreinterpretq_bf16_u16(vld1q_u16(at + ((lane)*GROUP_ROWS + r * 4) * 2)); \
\
		for (int t = 0; t < tokens; t++) \
			sum[r][t] = vbfdotq_laneq_f32(sum[r][t], w, x[t], lane); \
	}

/* Eight columns. */
INLINE void
add_bf16(const unsigned char *group, size_t k, const struct activation *from, int tokens, size_t padded, sums sum)
{
	const uint16_t *at = (const uint16_t *)(const void *)(group + k * GROUP_ROWS * 2);
	bfloat16x8_t x[TOKENS];

	for (int t = 0; t < tokens; t++)
		x[t] = vreinterpretq_bf16_u16(vld1q_u16(from->bf16 + (size_t)t * padded + k));
	STEP_BFDOT(0)
	STEP_BFDOT(1)
	STEP_BFDOT(2)
	STEP_BFDOT(3)
}

#define BF16_COLUMNS 8

#else

INLINE void
add_bf16(const unsigned char *group, size_t k, const struct activation *from, int tokens, size_t padded, sums sum)
{
	float32x4_t x[TOKENS];

	for (int t = 0; t < tokens; t++)
		x[t] = vld1q_f32(from->full + (size_t)t * padded + k);
	STEP_BF16(0)
	STEP_BF16(1)
}

#define BF16_COLUMNS 4

#endif

/* ---- tiles */

/* `streams` groups side by side; several of them against one vector only. */
INLINE void
tile(enum weight_format precision, const unsigned char *const *w, int streams, const struct activation *x, int tokens,
	size_t padded, float *y, size_t group_stride, size_t token_stride)
{
	bool four_bits = precision == WEIGHTS_Q4_0;
	sums sum[4];

	for (int s = 0; s < streams; s++)
		for (int r = 0; r < REGISTERS; r++)
			for (int t = 0; t < tokens; t++)
				sum[s][r][t] = vdupq_n_f32(0);
	if (precision == WEIGHTS_F32) {
		for (size_t k = 0; k < padded; k += 4)
			for (int s = 0; s < streams; s++)
				add_f32(w[s], k, x, tokens, padded, sum[s]);
	} else if (precision == WEIGHTS_BF16) {
		for (size_t k = 0; k < padded; k += BF16_COLUMNS)
			for (int s = 0; s < streams; s++)
				add_bf16(w[s], k, x, tokens, padded, sum[s]);
	} else if (tokens == 1) {
		for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++)
			for (int s = 0; s < streams; s++)
				add_block(four_bits, w[s], 0, REGISTERS, block, x, 1, padded, sum[s]);
	} else {
		/* Half a group: whole numbers and sums of four vectors, of all rows, would be every register there is. */
		for (int first = 0; first < REGISTERS; first += REGISTERS / 2)
			for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++)
				add_block(four_bits, w[0], first, REGISTERS / 2, block, x, tokens, padded, sum[0]);
	}
	for (int s = 0; s < streams; s++)
		for (int t = 0; t < tokens; t++)
			for (int r = 0; r < REGISTERS; r++)
				vst1q_f32(y + (size_t)s * group_stride + (size_t)t * token_stride + (size_t)r * 4,
					sum[s][r][t]);
}

#if NEON_MATRIX

/*
 * Two rows by two vectors in one register: row 0 and vector 0, 0 and 1, 1 and 0, 1 and 1. [pair of rows][pair of
 * vectors]
 */
typedef float32x4_t squares[GROUP_ROWS / 2][TOKENS / 2];

/* Eight columns of two rows, out of a register with four columns of four rows and one with the next four. */
#define FIRST_ROWS(a, b) vreinterpretq_s8_s32(vzip1q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)))
#define LAST_ROWS(a, b) vreinterpretq_s8_s32(vzip2q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)))

INLINE void
eight_columns(bool four_bits, const struct place *place, int c, int r, int8x16_t *first, int8x16_t *second)
{
	int8x16_t a, b;

	if (four_bits) {
		uint8x16_t both = vld1q_u8(place->q4 + c * 64 + r * 16);

		a = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
		b = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
	} else {
		a = vld1q_s8(place->q8 + c * 128 + r * 16);
		b = vld1q_s8(place->q8 + c * 128 + 64 + r * 16);
	}
	*first = FIRST_ROWS(a, b);
	*second = LAST_ROWS(a, b);
}

/* A block's share for the two registers of rows from `first` on. */
INLINE void
add_square_block(bool four_bits, const unsigned char *group, int first, size_t block, const struct activation *x,
	size_t padded, squares sum)
{
	struct place place = place_of(group, block, four_bits);
	size_t blocks = padded / BLOCK_COLUMNS;
	int32x4_t whole[4][TOKENS / 2];

	for (int u = 0; u < TOKENS / 2; u++) {
		const int32_t *sums_of = x->sum + (size_t)(2 * u) * blocks + block;
		int32x2_t start = vset_lane_s32(-8 * sums_of[blocks], vdup_n_s32(-8 * sums_of[0]), 1);

		for (int p = 0; p < 4; p++)
			whole[p][u] = four_bits ? vcombine_s32(start, start) : vdupq_n_s32(0);
	}
	for (int c = 0; c < 4; c++) {
		const int8_t *q = x->q + block * BLOCK_COLUMNS + c * 8;
		int8x16_t w[4];

		eight_columns(four_bits, &place, c, first, &w[0], &w[1]);
		eight_columns(four_bits, &place, c, first + 1, &w[2], &w[3]);
		for (int u = 0; u < TOKENS / 2; u++) {
			const int8_t *at = q + (size_t)(2 * u) * padded;
			int8x16_t two = vcombine_s8(vld1_s8(at), vld1_s8(at + padded));

			for (int p = 0; p < 4; p++)
				whole[p][u] = vmmlaq_s32(whole[p][u], w[p], two);
		}
	}
	for (int u = 0; u < TOKENS / 2; u++) {
		const float *scales_of = x->scale + (size_t)(2 * u) * blocks + block;
		float32x2_t two = vset_lane_f32(scales_of[blocks], vdup_n_f32(scales_of[0]), 1);
		float32x4_t by = vcombine_f32(two, two);

		for (int p = 0; p < 4; p++) {
			float32x4_t scale = four_scales(&place, first + p / 2);

			scale = p % 2 == 0 ? vzip1q_f32(scale, scale) : vzip2q_f32(scale, scale);
			sum[2 * first + p][u] =
				vfmaq_f32(sum[2 * first + p][u], vcvtq_f32_s32(whole[p][u]), vmulq_f32(scale, by));
		}
	}
}

/* Four columns of BF16. */
INLINE void
add_square_bf16(const unsigned char *group, size_t k, const struct activation *x, size_t padded, squares sum)
{
	const uint16_t *at = (const uint16_t *)(const void *)(group + k * GROUP_ROWS * 2);
	bfloat16x8_t two[TOKENS / 2];

	for (int u = 0; u < TOKENS / 2; u++) {
		const uint16_t *from = x->bf16 + (size_t)(2 * u) * padded + k;

		two[u] = vreinterpretq_bf16_u16(vcombine_u16(vld1_u16(from), vld1_u16(from + padded)));
	}
	for (int r = 0; r < REGISTERS; r++) {
		uint32x4_t a = vreinterpretq_u32_u16(vld1q_u16(at + r * 8));
		uint32x4_t b = vreinterpretq_u32_u16(vld1q_u16(at + 2 * GROUP_ROWS + r * 8));
		bfloat16x8_t first = vreinterpretq_bf16_u32(vzip1q_u32(a, b));
		bfloat16x8_t second = vreinterpretq_bf16_u32(vzip2q_u32(a, b));

		for (int u = 0; u < TOKENS / 2; u++) {
			sum[2 * r][u] = vbfmmlaq_f32(sum[2 * r][u], first, two[u]);
			sum[2 * r + 1][u] = vbfmmlaq_f32(sum[2 * r + 1][u], second, two[u]);
		}
	}
}

/* A group by four vectors, where there is an instruction for squares. */
INLINE void
tile_squares(enum weight_format precision, const unsigned char *group, const struct activation *x, size_t padded,
	float *y, size_t token_stride)
{
	squares sum;

	for (int p = 0; p < GROUP_ROWS / 2; p++)
		for (int u = 0; u < TOKENS / 2; u++)
			sum[p][u] = vdupq_n_f32(0);
	if (precision == WEIGHTS_BF16)
		for (size_t k = 0; k < padded; k += 4)
			add_square_bf16(group, k, x, padded, sum);
	else
		for (int first = 0; first < REGISTERS; first += 2)
			for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++)
				add_square_block(precision == WEIGHTS_Q4_0, group, first, block, x, padded, sum);
	for (int r = 0; r < REGISTERS; r++)
		for (int u = 0; u < TOKENS / 2; u++) {
			float *to = y + (size_t)(2 * u) * token_stride + (size_t)r * 4;

			vst1q_f32(to, vuzp1q_f32(sum[2 * r][u], sum[2 * r + 1][u]));
			vst1q_f32(to + token_stride, vuzp2q_f32(sum[2 * r][u], sum[2 * r + 1][u]));
		}
}

#endif

INLINE void
tile_many(enum weight_format precision, const unsigned char *group, const struct activation *x, size_t padded, float *y,
	size_t token_stride)
{
#if NEON_MATRIX
	if (precision != WEIGHTS_F32) {
		tile_squares(precision, group, x, padded, y, token_stride);
		return;
	}
#endif
	tile(precision, &group, 1, x, TOKENS, padded, y, 0, token_stride);
}

/* ---- a matrix. The precision is a constant in each, so that nothing asks for it in a loop. */

INLINE void
vector_of(enum weight_format precision, const struct matrix *w, size_t from, size_t to, const struct activation *x,
	float *y)
{
	size_t quarter = (to - from) / 4, bytes = w->group_bytes;

	for (size_t g = from; g < from + quarter; g++) {
		const unsigned char *at[4];

		for (size_t s = 0; s < 4; s++)
			at[s] = w->data + (g + s * quarter) * bytes;
		tile(precision, at, 4, x, 1, w->padded, y + g * GROUP_ROWS, quarter * GROUP_ROWS, 0);
	}
	for (size_t g = from + 4 * quarter; g < to; g++) {
		const unsigned char *at[1] = { w->data + g * bytes };

		tile(precision, at, 1, x, 1, w->padded, y + g * GROUP_ROWS, 0, 0);
	}
}

INLINE void
many_of(enum weight_format precision, const struct matrix *w, size_t from, size_t to, const struct activation *x,
	size_t tokens, float *y, size_t stride)
{
	for (size_t g = from; g < to; g++) {
		const unsigned char *at[1] = { w->data + g * w->group_bytes };
		float *out = y + g * GROUP_ROWS;
		size_t t = 0;

		for (; t + TOKENS <= tokens; t += TOKENS) {
			struct activation some = activation_at(x, t, w->padded);

			tile_many(precision, at[0], &some, w->padded, out + t * stride, stride);
		}
		for (; t < tokens; t++) {
			struct activation one = activation_at(x, t, w->padded);

			tile(precision, at, 1, &one, 1, w->padded, out + t * stride, 0, 0);
		}
	}
}

static void
vector(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y)
{
	switch (w->precision) {
	case WEIGHTS_F32:
		vector_of(WEIGHTS_F32, w, from, to, x, y);
		break;
	case WEIGHTS_BF16:
		vector_of(WEIGHTS_BF16, w, from, to, x, y);
		break;
	case WEIGHTS_Q8_0:
		vector_of(WEIGHTS_Q8_0, w, from, to, x, y);
		break;
	case WEIGHTS_Q4_0:
		vector_of(WEIGHTS_Q4_0, w, from, to, x, y);
		break;
	}
}

static void
many(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens, float *y, size_t stride)
{
	switch (w->precision) {
	case WEIGHTS_F32:
		many_of(WEIGHTS_F32, w, from, to, x, tokens, y, stride);
		break;
	case WEIGHTS_BF16:
		many_of(WEIGHTS_BF16, w, from, to, x, tokens, y, stride);
		break;
	case WEIGHTS_Q8_0:
		many_of(WEIGHTS_Q8_0, w, from, to, x, tokens, y, stride);
		break;
	case WEIGHTS_Q4_0:
		many_of(WEIGHTS_Q4_0, w, from, to, x, tokens, y, stride);
		break;
	}
}

PLAIN_LOOPS()

/* ---- the machine's limits */

static uint64_t
read_all(const void *bytes, size_t n)
{
	size_t quarter = n / 4 / sizeof(uint64_t);
	const uint64_t *from = bytes;
	uint64x2_t sum[4];

	for (int s = 0; s < 4; s++)
		sum[s] = vdupq_n_u64(0);
	for (size_t i = 0; i < quarter; i += 8)
		for (size_t s = 0; s < 4; s++)
			for (size_t k = 0; k < 8; k += 2)
				sum[s] = vaddq_u64(sum[s], vld1q_u64(from + s * quarter + i + k));
	return vaddvq_u64(vaddq_u64(vaddq_u64(sum[0], sum[1]), vaddq_u64(sum[2], sum[3])));
}

#define CHAINS 16 /* sums under way at once */

static double
peak_float(size_t rounds)
{
	volatile float start = 0.5f;
	float32x4_t by = vdupq_n_f32(start), sum[CHAINS];

	for (int k = 0; k < CHAINS; k++)
		sum[k] = by;
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < CHAINS; k++)
			sum[k] = vfmaq_f32(sum[k], by, by);
	for (int k = 1; k < CHAINS; k++)
		sum[0] = vaddq_f32(sum[0], sum[k]);
	start = vaddvq_f32(sum[0]);
	return 2.0 * 4 * CHAINS * (double)rounds;
}

/* One product of bytes as this set makes it; MULTIPLY_ADDS of them. */
#if NEON_MATRIX
#define MULTIPLY_ADDS 32
#elif NEON_DOT
#define MULTIPLY_ADDS 16
#else
#define MULTIPLY_ADDS 32
#endif

INLINE int32x4_t
peak_step(int32x4_t sum, int8x16_t by)
{
#if NEON_MATRIX
	return vmmlaq_s32(sum, by, by);
#elif NEON_DOT
	return vdotq_s32(sum, by, by);
#else
	int8x16_t w = vreinterpretq_s8_s32(sum);
	struct pairs pairs = { vdupq_n_s16(0), vdupq_n_s16(0) };
	struct halves halves = { sum, sum };

	add_products(&pairs, w, by);
	add_products(&pairs, by, w);
	add_pairs(&halves, &pairs);
	return vaddq_s32(halves.low, halves.high);
#endif
}

static double
peak_int8(size_t rounds)
{
	volatile int8_t start = 3;
	int8x16_t by = vdupq_n_s8(start);
	int32x4_t sum[CHAINS];

	for (int k = 0; k < CHAINS; k++)
		sum[k] = vreinterpretq_s32_s8(by);
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < CHAINS; k++)
			sum[k] = peak_step(sum[k], by);
	for (int k = 1; k < CHAINS; k++)
		sum[0] = vaddq_s32(sum[0], sum[k]);
	start = (int8_t)vaddvq_s32(sum[0]);
	return 2.0 * MULTIPLY_ADDS * CHAINS * (double)rounds;
}

#endif
