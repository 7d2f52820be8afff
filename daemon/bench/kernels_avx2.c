/*
 * kernels, AVX2 with FMA and F16C: eight rows to a register, a group of sixteen is two halves.
 *
 * Products of signed bytes are made of |w| and x with the sign of w; those of Q4_0 hold q + 8, small enough
 * that a whole block adds up in 16 bits, and 8 times the sum of the activations' q is taken off at its end.
 */
#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/kernels_plain.h"

#define WIDE __attribute__((target("avx2,fma,f16c")))
#define INLINE static inline __attribute__((always_inline))

static bool
runs(void)
{
	unsigned a, b, c, d;

	/* clang's check by name does not know F16C. */
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __get_cpuid(1, &a, &b, &c, &d) == 1 &&
		(c & bit_F16C) != 0;
}

/* ---- activations */

WIDE static void
prepare_block(const float *x, struct activation *out, size_t block)
{
	const __m256 sign = _mm256_set1_ps(-0.0f);
	__m256 part[4], most = _mm256_setzero_ps();
	__m256i q[4], sum = _mm256_setzero_si256();
	__m128 half;
	__m128i total;
	float largest;

	for (int i = 0; i < 4; i++) {
		part[i] = _mm256_loadu_ps(x + block + 8 * i);
		most = _mm256_max_ps(most, _mm256_andnot_ps(sign, part[i]));
	}
	half = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
	half = _mm_max_ps(half, _mm_movehl_ps(half, half));
	largest = _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
	for (int i = 0; i < 4; i++) {
		q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(part[i], _mm256_set1_ps(largest == 0 ? 0 : 127.0f / largest)));
		sum = _mm256_add_epi32(sum, q[i]);
	}
	total = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
	total = _mm_add_epi32(total, _mm_shuffle_epi32(total, 0x4e));
	total = _mm_add_epi32(total, _mm_shuffle_epi32(total, 0xb1));
	out->scale[block / BLOCK_COLUMNS] = largest / 127.0f;
	out->sum[block / BLOCK_COLUMNS] = _mm_cvtsi128_si32(total);
	/* Two narrowings work within 128-bit halves; the permutation puts the fours back in order. */
	_mm256_storeu_si256((void *)(out->q + block),
		_mm256_permutevar8x32_epi32(
			_mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3])),
			_mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}

WIDE static void
prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out)
{
	size_t whole = columns / PANEL_COLUMNS * PANEL_COLUMNS;
	struct activation rest = { .q = out->q + whole,
		.scale = out->scale + whole / BLOCK_COLUMNS,
		.sum = out->sum + whole / BLOCK_COLUMNS };

	if (precision == WEIGHTS_F32 || precision == WEIGHTS_BF16) {
		plain_prepare(x, columns, padded, precision, out);
		return;
	}
	for (size_t block = 0; block < whole; block += BLOCK_COLUMNS)
		prepare_block(x, out, block);
	plain_prepare(x + whole, columns - whole, padded - whole, precision, &rest);
}

/* ---- products of one half (eight rows). `tokens` is a constant where these are inlined. */

WIDE INLINE __m256i
four_bytes(const int8_t *q)
{
	int32_t bytes;

	memcpy(&bytes, q, sizeof(bytes));
	return _mm256_set1_epi32(bytes);
}

/* sum += the block's whole numbers times both scales. */
WIDE INLINE void
scaled(const unsigned char *scales, const struct activation *x, int tokens, size_t blocks, size_t block,
	const __m256i *whole, __m256 *sum)
{
	__m256 scale = _mm256_cvtph_ps(_mm_load_si128((const void *)scales));

	for (int t = 0; t < tokens; t++)
		sum[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole[t]),
			_mm256_mul_ps(scale, _mm256_set1_ps(x->scale[(size_t)t * blocks + block])), sum[t]);
}

WIDE INLINE void
block_q8(const unsigned char *w, size_t half, size_t block, const struct activation *x, int tokens, size_t padded,
	__m256 *sum)
{
	const unsigned char *panel = w + block / 2 * 1088, *at = panel + 64 + block % 2 * 512 + half * 32;
	const __m256i ones = _mm256_set1_epi16(1);
	__m256i whole[4];

	for (int t = 0; t < tokens; t++)
		whole[t] = _mm256_setzero_si256();
#pragma GCC unroll 8
	for (size_t c = 0; c < 8; c++) {
		__m256i weights = _mm256_load_si256((const void *)(at + c * 64)), size = _mm256_abs_epi8(weights);

		for (int t = 0; t < tokens; t++) {
			__m256i q = four_bytes(x->q + (size_t)t * padded + block * 32 + c * 4);
			__m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(q, weights));

			whole[t] = _mm256_add_epi32(whole[t], _mm256_madd_epi16(pairs, ones));
		}
	}
	scaled(panel + block % 2 * 32 + half * 16, x, tokens, padded / BLOCK_COLUMNS, block, whole, sum);
}

WIDE INLINE void
block_q4(const unsigned char *w, size_t half, size_t block, const struct activation *x, int tokens, size_t padded,
	__m256 *sum)
{
	const unsigned char *panel = w + block / 2 * 576, *at = panel + 64 + block % 2 * 256 + half * 32;
	const __m256i ones = _mm256_set1_epi16(1), lower = _mm256_set1_epi8(15);
	size_t blocks = padded / BLOCK_COLUMNS;
	__m256i pairs[4], whole[4];

	for (int t = 0; t < tokens; t++)
		pairs[t] = _mm256_setzero_si256();
#pragma GCC unroll 4
	for (size_t c = 0; c < 4; c++) {
		__m256i both = _mm256_load_si256((const void *)(at + c * 64));
		__m256i first = _mm256_and_si256(both, lower);
		__m256i second = _mm256_and_si256(_mm256_srli_epi16(both, 4), lower);

		for (int t = 0; t < tokens; t++) {
			const int8_t *q = x->q + (size_t)t * padded + block * 32 + c * 8;

			pairs[t] = _mm256_add_epi16(pairs[t], _mm256_maddubs_epi16(first, four_bytes(q)));
			pairs[t] = _mm256_add_epi16(pairs[t], _mm256_maddubs_epi16(second, four_bytes(q + 4)));
		}
	}
	for (int t = 0; t < tokens; t++)
		whole[t] = _mm256_sub_epi32(
			_mm256_madd_epi16(pairs[t], ones), _mm256_set1_epi32(8 * x->sum[(size_t)t * blocks + block]));
	scaled(panel + block % 2 * 32 + half * 16, x, tokens, blocks, block, whole, sum);
}

/*
 * Floats: `streams` groups side by side, both halves of each, by `tokens`: eight sums at the most, because
 * as many multiply-adds are under way at once.
 */
WIDE INLINE void
tile_float(bool halved, const unsigned char *const *w, int streams, const struct activation *x, int tokens,
	size_t padded, float *y, size_t group_stride, size_t token_stride)
{
	const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
	__m256 sum[4][2][4];

	for (int s = 0; s < streams; s++)
		for (int t = 0; t < tokens; t++)
			sum[s][0][t] = sum[s][1][t] = _mm256_setzero_ps();
	for (size_t k = 0; k < padded; k += 2)
		for (int s = 0; s < streams; s++)
			for (int half = 0; half < 2; half++) {
				__m256 even, odd;

				if (halved) {
					__m256i pair = _mm256_load_si256((const void *)(w[s] + k * 32 + half * 32));

					even = _mm256_castsi256_ps(_mm256_slli_epi32(pair, 16));
					odd = _mm256_castsi256_ps(_mm256_and_si256(pair, upper));
				} else {
					const float *at = (const float *)(const void *)(w[s] + k * 64 + half * 32);

					even = _mm256_load_ps(at);
					odd = _mm256_load_ps(at + GROUP_ROWS);
				}
				for (int t = 0; t < tokens; t++) {
					const float *from = x->full + (size_t)t * padded + k;

					sum[s][half][t] =
						_mm256_fmadd_ps(even, _mm256_set1_ps(from[0]), sum[s][half][t]);
					sum[s][half][t] =
						_mm256_fmadd_ps(odd, _mm256_set1_ps(from[1]), sum[s][half][t]);
				}
			}
	for (int s = 0; s < streams; s++)
		for (int t = 0; t < tokens; t++) {
			float *to = y + (size_t)s * group_stride + (size_t)t * token_stride;

			_mm256_storeu_ps(to, sum[s][0][t]);
			_mm256_storeu_ps(to + 8, sum[s][1][t]);
		}
}

/* Both halves against one vector: its bytes are spread once. */
WIDE INLINE void
both_q8(const unsigned char *w, size_t block, const struct activation *x, size_t padded, __m256 *first, __m256 *second)
{
	const unsigned char *panel = w + block / 2 * 1088, *at = panel + 64 + block % 2 * 512;
	const __m256i ones = _mm256_set1_epi16(1);
	__m256i whole[2] = { _mm256_setzero_si256(), _mm256_setzero_si256() };

#pragma GCC unroll 8
	for (size_t c = 0; c < 8; c++) {
		__m256i a = _mm256_load_si256((const void *)(at + c * 64));
		__m256i b = _mm256_load_si256((const void *)(at + c * 64 + 32));
		__m256i q = four_bytes(x->q + block * 32 + c * 4);

		whole[0] = _mm256_add_epi32(whole[0],
			_mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(q, a)), ones));
		whole[1] = _mm256_add_epi32(whole[1],
			_mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(b), _mm256_sign_epi8(q, b)), ones));
	}
	scaled(panel + block % 2 * 32, x, 1, padded / BLOCK_COLUMNS, block, &whole[0], first);
	scaled(panel + block % 2 * 32 + 16, x, 1, padded / BLOCK_COLUMNS, block, &whole[1], second);
}

WIDE INLINE void
block_of(bool four_bits, const unsigned char *w, size_t half, size_t block, const struct activation *x, int tokens,
	size_t padded, __m256 *sum)
{
	if (four_bits)
		block_q4(w, half, block, x, tokens, padded, sum);
	else
		block_q8(w, half, block, x, tokens, padded, sum);
}

/* Blocks: one vector reads `streams` groups side by side; many take a half of a group at a time. */
WIDE INLINE void
tile_block(bool four_bits, const unsigned char *const *w, int streams, const struct activation *x, int tokens,
	size_t padded, float *y, size_t group_stride, size_t token_stride)
{
	__m256 sum[4][2][4];

	for (int s = 0; s < streams; s++)
		for (int t = 0; t < tokens; t++)
			sum[s][0][t] = sum[s][1][t] = _mm256_setzero_ps();
	if (tokens == 1)
		for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++)
			for (int s = 0; s < streams; s++) {
				if (four_bits) {
					block_q4(w[s], 0, block, x, 1, padded, sum[s][0]);
					block_q4(w[s], 1, block, x, 1, padded, sum[s][1]);
				} else
					both_q8(w[s], block, x, padded, &sum[s][0][0], &sum[s][1][0]);
			}
	else
		for (size_t half = 0; half < 2; half++)
			for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++)
				block_of(four_bits, w[0], half, block, x, tokens, padded, sum[0][half]);
	for (int s = 0; s < streams; s++)
		for (int t = 0; t < tokens; t++) {
			float *to = y + (size_t)s * group_stride + (size_t)t * token_stride;

			_mm256_storeu_ps(to, sum[s][0][t]);
			_mm256_storeu_ps(to + 8, sum[s][1][t]);
		}
}

WIDE INLINE void
tile(enum weight_format precision, const unsigned char *const *w, int streams, const struct activation *x, int tokens,
	size_t padded, float *y, size_t group_stride, size_t token_stride)
{
	switch (precision) {
	case WEIGHTS_F32:
		tile_float(false, w, streams, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_BF16:
		tile_float(true, w, streams, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_Q8_0:
		tile_block(false, w, streams, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_Q4_0:
		tile_block(true, w, streams, x, tokens, padded, y, group_stride, token_stride);
		break;
	}
}

WIDE static void
vector(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y)
{
	size_t quarter = (to - from) / 4, bytes = w->group_bytes;

	for (size_t g = from; g < from + quarter; g++) {
		const unsigned char *at[4];

		for (size_t s = 0; s < 4; s++)
			at[s] = w->data + (g + s * quarter) * bytes;
		tile(w->precision, at, 4, x, 1, w->padded, y + g * GROUP_ROWS, quarter * GROUP_ROWS, 0);
	}
	for (size_t g = from + 4 * quarter; g < to; g++) {
		const unsigned char *at[1] = { w->data + g * bytes };

		tile(w->precision, at, 1, x, 1, w->padded, y + g * GROUP_ROWS, 0, 0);
	}
}

WIDE static void
many(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens, float *y, size_t stride)
{
	for (size_t g = from; g < to; g++) {
		const unsigned char *at[1] = { w->data + g * w->group_bytes };
		float *out = y + g * GROUP_ROWS;
		size_t t = 0;

		for (; t + 4 <= tokens; t += 4) {
			struct activation some = activation_at(x, t, w->padded);

			tile(w->precision, at, 1, &some, 4, w->padded, out + t * stride, 0, stride);
		}
		for (; t < tokens; t++) {
			struct activation one = activation_at(x, t, w->padded);

			tile(w->precision, at, 1, &one, 1, w->padded, out + t * stride, 0, stride);
		}
	}
}

PLAIN_LOOPS(WIDE)

/* ---- the machine's limits */

WIDE static uint64_t
read_all(const void *bytes, size_t n)
{
	size_t quarter = n / 4;
	const unsigned char *from = bytes;
	__m256i sum[4];
	uint64_t part[4];

	for (int s = 0; s < 4; s++)
		sum[s] = _mm256_setzero_si256();
	for (size_t i = 0; i < quarter; i += 64)
		for (size_t s = 0; s < 4; s++) {
			const unsigned char *at = from + s * quarter + i;

			sum[s] = _mm256_add_epi64(sum[s], _mm256_loadu_si256((const void *)at));
			sum[s] = _mm256_add_epi64(sum[s], _mm256_loadu_si256((const void *)(at + 32)));
		}
	_mm256_storeu_si256(
		(void *)part, _mm256_add_epi64(_mm256_add_epi64(sum[0], sum[1]), _mm256_add_epi64(sum[2], sum[3])));
	return part[0] + part[1] + part[2] + part[3];
}

WIDE static double
peak_float(size_t rounds)
{
	volatile float start = 0.5f;
	__m256 by = _mm256_set1_ps(start), sum[12];

	for (int k = 0; k < 12; k++)
		sum[k] = by;
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < 12; k++)
			sum[k] = _mm256_fmadd_ps(sum[k], by, by);
	for (int k = 1; k < 12; k++)
		sum[0] = _mm256_add_ps(sum[0], sum[k]);
	start = _mm256_cvtss_f32(sum[0]);
	return 2.0 * 8 * 12 * (double)rounds;
}

/* The three instructions that a product of bytes takes here. */
WIDE static double
peak_int8(size_t rounds)
{
	const __m256i ones = _mm256_set1_epi16(1);
	volatile int start = 3;
	__m256i by = _mm256_set1_epi32(start), sum[12];

	for (int k = 0; k < 12; k++)
		sum[k] = by;
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < 12; k++)
			sum[k] = _mm256_add_epi32(sum[k], _mm256_madd_epi16(_mm256_maddubs_epi16(by, sum[k]), ones));
	for (int k = 1; k < 12; k++)
		sum[0] = _mm256_add_epi32(sum[0], sum[k]);
	start = _mm256_cvtsi256_si32(sum[0]);
	return 2.0 * 32 * 12 * (double)rounds;
}

const struct kernels kernels_avx2 = {
	.name = "avx2",
	.runs = runs,
	.prepare = prepare,
	.vector = vector,
	.many = many,
	.soften = soften,
	.gate = gate,
	.read = read_all,
	.peak_float = peak_float,
	.peak_int8 = peak_int8,
};

#else
typedef int kernels_avx2_not_here;
#endif
