/*
 * kernels, AVX-512 with VNNI: sixteen rows to a register, four bytes of each row a multiply-add. With the
 * BF16 instructions where the processor has them.
 *
 * The product takes one unsigned and one signed side. Weights become unsigned by adding 128 (Q8_0, one xor)
 * or are already (Q4_0 holds q + 8), and 128 or 8 times the sum of the activations' q is taken off where
 * each sum begins.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "daemon/bench/kernels.h"
#include "daemon/bench/kernels_plain.h"

/* One target for both sets: the BF16 instructions come from their intrinsics alone, never by themselves. */
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma,f16c")))
#define INLINE static inline __attribute__((always_inline))

static bool
runs(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vnni");
}

static bool
runs_bf16(void)
{
	return runs() && __builtin_cpu_supports("avx512bf16");
}

/* ---- activations */

WIDE static void
prepare_q(const float *x, size_t columns, size_t padded, struct activation *out)
{
	for (size_t block = 0; block < padded; block += BLOCK_COLUMNS) {
		size_t left = block >= columns ? 0 : columns - block;
		__mmask16 low = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
		__mmask16 high = left >= 32 ? 0xffff : left <= 16 ? 0 : (__mmask16)((1u << (left - 16)) - 1);
		__m512 a = _mm512_maskz_loadu_ps(low, x + block), b = _mm512_maskz_loadu_ps(high, x + block + 16);
		float most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
		__m512 per = _mm512_set1_ps(most == 0 ? 0 : 127.0f / most);
		__m512i qa = _mm512_cvtps_epi32(_mm512_mul_ps(a, per));
		__m512i qb = _mm512_cvtps_epi32(_mm512_mul_ps(b, per));

		_mm_storeu_si128((void *)(out->q + block), _mm512_cvtepi32_epi8(qa));
		_mm_storeu_si128((void *)(out->q + block + 16), _mm512_cvtepi32_epi8(qb));
		out->scale[block / BLOCK_COLUMNS] = most / 127.0f;
		out->sum[block / BLOCK_COLUMNS] = _mm512_reduce_add_epi32(_mm512_add_epi32(qa, qb));
	}
}

WIDE static void
prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out)
{
	if (precision == WEIGHTS_Q8_0 || precision == WEIGHTS_Q4_0) {
		prepare_q(x, columns, padded, out);
		return;
	}
	memcpy(out->full, x, columns * sizeof(*x));
	memset(out->full + columns, 0, (padded - columns) * sizeof(*x));
}

WIDE static void
prepare_bf16(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out)
{
	if (precision != WEIGHTS_BF16) {
		prepare(x, columns, padded, precision, out);
		return;
	}
	for (size_t k = 0; k < padded; k += 16) {
		size_t left = k >= columns ? 0 : columns - k;
		__mmask16 some = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
		__m256bh bits = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, x + k));

		_mm256_storeu_si256((void *)(out->bf16 + k), (__m256i)bits);
	}
}

/* ---- products. `groups` and `tokens` are constants where these are inlined: a register each. */

WIDE INLINE __m512i
four_bytes(const int8_t *q)
{
	int32_t bytes;

	memcpy(&bytes, q, sizeof(bytes));
	return _mm512_set1_epi32(bytes);
}

WIDE INLINE void
tile_q8(const unsigned char *const *w, int groups, const struct activation *x, int tokens, size_t padded, float *y,
	size_t group_stride, size_t token_stride)
{
	const __m512i flip = _mm512_set1_epi8((char)0x80);
	__m512 sum[4][6];

	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			sum[g][t] = _mm512_setzero_ps();
	for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++) {
		size_t panel = block / 2 * 1088, at = panel + 64 + block % 2 * 512;
		__m512i whole[4][6];

		for (int t = 0; t < tokens; t++) {
			__m512i start = _mm512_set1_epi32(-128 * x->sum[(size_t)t * (padded / BLOCK_COLUMNS) + block]);

			for (int g = 0; g < groups; g++)
				whole[g][t] = start;
		}
#pragma GCC unroll 8
		for (size_t c = 0; c < 8; c++) {
			__m512i weights[4];

			for (int g = 0; g < groups; g++)
				weights[g] = _mm512_xor_si512(_mm512_load_si512(w[g] + at + c * 64), flip);
			for (int t = 0; t < tokens; t++) {
				__m512i q = four_bytes(x->q + (size_t)t * padded + block * 32 + c * 4);

				for (int g = 0; g < groups; g++)
					whole[g][t] = _mm512_dpbusd_epi32(whole[g][t], weights[g], q);
			}
		}
		for (int g = 0; g < groups; g++) {
			__m512 scale =
				_mm512_cvtph_ps(_mm256_load_si256((const void *)(w[g] + panel + block % 2 * 32)));

			for (int t = 0; t < tokens; t++)
				sum[g][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole[g][t]),
					_mm512_mul_ps(scale,
						_mm512_set1_ps(x->scale[(size_t)t * (padded / BLOCK_COLUMNS) + block])),
					sum[g][t]);
		}
	}
	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			_mm512_storeu_ps(y + (size_t)g * group_stride + (size_t)t * token_stride, sum[g][t]);
}

WIDE INLINE void
tile_q4(const unsigned char *const *w, int groups, const struct activation *x, int tokens, size_t padded, float *y,
	size_t group_stride, size_t token_stride)
{
	const __m512i lower = _mm512_set1_epi8(15);
	__m512 sum[4][6];

	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			sum[g][t] = _mm512_setzero_ps();
	for (size_t block = 0; block < padded / BLOCK_COLUMNS; block++) {
		size_t panel = block / 2 * 576, at = panel + 64 + block % 2 * 256;
		__m512i whole[4][6];

		for (int t = 0; t < tokens; t++) {
			__m512i start = _mm512_set1_epi32(-8 * x->sum[(size_t)t * (padded / BLOCK_COLUMNS) + block]);

			for (int g = 0; g < groups; g++)
				whole[g][t] = start;
		}
#pragma GCC unroll 4
		for (size_t c = 0; c < 4; c++) {
			__m512i first[4], second[4];

			for (int g = 0; g < groups; g++) {
				__m512i both = _mm512_load_si512(w[g] + at + c * 64);

				first[g] = _mm512_and_si512(both, lower);
				second[g] = _mm512_and_si512(_mm512_srli_epi16(both, 4), lower);
			}
			for (int t = 0; t < tokens; t++) {
				const int8_t *q = x->q + (size_t)t * padded + block * 32 + c * 8;
				__m512i one = four_bytes(q), two = four_bytes(q + 4);

				for (int g = 0; g < groups; g++) {
					whole[g][t] = _mm512_dpbusd_epi32(whole[g][t], first[g], one);
					whole[g][t] = _mm512_dpbusd_epi32(whole[g][t], second[g], two);
				}
			}
		}
		for (int g = 0; g < groups; g++) {
			__m512 scale =
				_mm512_cvtph_ps(_mm256_load_si256((const void *)(w[g] + panel + block % 2 * 32)));

			for (int t = 0; t < tokens; t++)
				sum[g][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole[g][t]),
					_mm512_mul_ps(scale,
						_mm512_set1_ps(x->scale[(size_t)t * (padded / BLOCK_COLUMNS) + block])),
					sum[g][t]);
		}
	}
	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			_mm512_storeu_ps(y + (size_t)g * group_stride + (size_t)t * token_stride, sum[g][t]);
}

WIDE INLINE void
tile_f32(const unsigned char *const *w, int groups, const struct activation *x, int tokens, size_t padded, float *y,
	size_t group_stride, size_t token_stride)
{
	__m512 sum[4][6];

	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			sum[g][t] = _mm512_setzero_ps();
#pragma GCC unroll 4
	for (size_t k = 0; k < padded; k++) {
		__m512 weights[4];

		for (int g = 0; g < groups; g++)
			weights[g] = _mm512_load_ps((const float *)(const void *)(w[g] + k * 64));
		for (int t = 0; t < tokens; t++) {
			__m512 one = _mm512_set1_ps(x->full[(size_t)t * padded + k]);

			for (int g = 0; g < groups; g++)
				sum[g][t] = _mm512_fmadd_ps(weights[g], one, sum[g][t]);
		}
	}
	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			_mm512_storeu_ps(y + (size_t)g * group_stride + (size_t)t * token_stride, sum[g][t]);
}

/* BF16 weights against whole activations: the upper halves of the floats, column by column of the pair. */
WIDE INLINE void
tile_bf16_float(const unsigned char *const *w, int groups, const struct activation *x, int tokens, size_t padded,
	float *y, size_t group_stride, size_t token_stride)
{
	const __m512i upper = _mm512_set1_epi32((int)0xffff0000);
	__m512 sum[4][6];

	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			sum[g][t] = _mm512_setzero_ps();
#pragma GCC unroll 2
	for (size_t k = 0; k < padded; k += 2) {
		__m512 even[4], odd[4];

		for (int g = 0; g < groups; g++) {
			__m512i pair = _mm512_load_si512(w[g] + k * 32);

			even[g] = _mm512_castsi512_ps(_mm512_slli_epi32(pair, 16));
			odd[g] = _mm512_castsi512_ps(_mm512_and_si512(pair, upper));
		}
		for (int t = 0; t < tokens; t++) {
			__m512 one = _mm512_set1_ps(x->full[(size_t)t * padded + k]);
			__m512 two = _mm512_set1_ps(x->full[(size_t)t * padded + k + 1]);

			for (int g = 0; g < groups; g++) {
				sum[g][t] = _mm512_fmadd_ps(even[g], one, sum[g][t]);
				sum[g][t] = _mm512_fmadd_ps(odd[g], two, sum[g][t]);
			}
		}
	}
	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			_mm512_storeu_ps(y + (size_t)g * group_stride + (size_t)t * token_stride, sum[g][t]);
}

WIDE INLINE void
tile_bf16(const unsigned char *const *w, int groups, const struct activation *x, int tokens, size_t padded, float *y,
	size_t group_stride, size_t token_stride)
{
	__m512 sum[4][6];

	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			sum[g][t] = _mm512_setzero_ps();
#pragma GCC unroll 4
	for (size_t k = 0; k < padded; k += 2) {
		__m512bh weights[4];

		for (int g = 0; g < groups; g++)
			weights[g] = (__m512bh)_mm512_load_si512(w[g] + k * 32);
		for (int t = 0; t < tokens; t++) {
			int32_t pair;
			__m512bh one;

			memcpy(&pair, x->bf16 + (size_t)t * padded + k, sizeof(pair));
			one = (__m512bh)_mm512_set1_epi32(pair);
			for (int g = 0; g < groups; g++)
				sum[g][t] = _mm512_dpbf16_ps(sum[g][t], weights[g], one);
		}
	}
	for (int g = 0; g < groups; g++)
		for (int t = 0; t < tokens; t++)
			_mm512_storeu_ps(y + (size_t)g * group_stride + (size_t)t * token_stride, sum[g][t]);
}

/* halved: the activations are BF16 too. A constant in each set, so that nothing asks for it in a loop. */
WIDE INLINE void
tile(enum weight_format precision, bool halved, const unsigned char *const *w, int groups, const struct activation *x,
	int tokens, size_t padded, float *y, size_t group_stride, size_t token_stride)
{
	switch (precision) {
	case WEIGHTS_F32:
		tile_f32(w, groups, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_BF16:
		if (halved)
			tile_bf16(w, groups, x, tokens, padded, y, group_stride, token_stride);
		else
			tile_bf16_float(w, groups, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_Q8_0:
		tile_q8(w, groups, x, tokens, padded, y, group_stride, token_stride);
		break;
	case WEIGHTS_Q4_0:
		tile_q4(w, groups, x, tokens, padded, y, group_stride, token_stride);
		break;
	}
}

/*
 * One vector: four groups a quarter of the way apart at a time, because one stream of reads leaves a third
 * of the memory's speed unused.
 */
WIDE INLINE void
vector_of(const struct matrix *w, bool halved, size_t from, size_t to, const struct activation *x, float *y)
{
	size_t quarter = (to - from) / 4, bytes = w->group_bytes;

	for (size_t g = from; g < from + quarter; g++) {
		const unsigned char *at[4];

		for (size_t s = 0; s < 4; s++)
			at[s] = w->data + (g + s * quarter) * bytes;
		tile(w->precision, halved, at, 4, x, 1, w->padded, y + g * 16, quarter * 16, 0);
	}
	for (size_t g = from + 4 * quarter; g < to; g++) {
		const unsigned char *at[1] = { w->data + g * bytes };

		tile(w->precision, halved, at, 1, x, 1, w->padded, y + g * 16, 0, 0);
	}
}

/* One or two groups by as many tokens as go together, over and over; what is left is for fewer. */
WIDE INLINE size_t
tokens_of(const struct matrix *w, bool halved, const unsigned char *const *at, int groups, int together,
	const struct activation *x, size_t t, size_t tokens, float *out, size_t stride)
{
	for (; t + (size_t)together <= tokens; t += (size_t)together) {
		struct activation some = activation_at(x, t, w->padded);

		tile(w->precision, halved, at, groups, &some, together, w->padded, out + t * stride, GROUP_ROWS,
			stride);
	}
	return t;
}

/* Many vectors: two groups by six tokens keep every register busy. */
WIDE INLINE void
many_of(const struct matrix *w, bool halved, size_t from, size_t to, const struct activation *x, size_t tokens,
	float *y, size_t stride)
{
	for (size_t g = from; g < to; g += 2) {
		bool two = g + 1 < to;
		const unsigned char *at[2] = { w->data + g * w->group_bytes,
			w->data + (two ? g + 1 : g) * w->group_bytes };
		float *out = y + g * GROUP_ROWS;
		size_t t = 0;

		if (two) {
			t = tokens_of(w, halved, at, 2, 6, x, t, tokens, out, stride);
			t = tokens_of(w, halved, at, 2, 4, x, t, tokens, out, stride);
			(void)tokens_of(w, halved, at, 2, 1, x, t, tokens, out, stride);
		} else {
			t = tokens_of(w, halved, at, 1, 4, x, t, tokens, out, stride);
			(void)tokens_of(w, halved, at, 1, 1, x, t, tokens, out, stride);
		}
	}
}

WIDE static void
vector(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y)
{
	vector_of(w, false, from, to, x, y);
}

WIDE static void
vector_bf16(const struct matrix *w, size_t from, size_t to, const struct activation *x, float *y)
{
	vector_of(w, true, from, to, x, y);
}

WIDE static void
many(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens, float *y, size_t stride)
{
	many_of(w, false, from, to, x, tokens, y, stride);
}

WIDE static void
many_bf16(const struct matrix *w, size_t from, size_t to, const struct activation *x, size_t tokens, float *y,
	size_t stride)
{
	many_of(w, true, from, to, x, tokens, y, stride);
}

PLAIN_LOOPS(WIDE)

/* ---- the machine's limits */

WIDE static uint64_t
read_all(const void *bytes, size_t n)
{
	size_t quarter = n / 4;
	const unsigned char *from = bytes;
	__m512i sum[4];
	uint64_t part[8], all = 0;

	for (int s = 0; s < 4; s++)
		sum[s] = _mm512_setzero_si512();
	for (size_t i = 0; i < quarter; i += 64)
		for (size_t s = 0; s < 4; s++)
			sum[s] = _mm512_add_epi64(sum[s], _mm512_loadu_si512(from + s * quarter + i));
	_mm512_storeu_si512(part, _mm512_add_epi64(_mm512_add_epi64(sum[0], sum[1]), _mm512_add_epi64(sum[2], sum[3])));
	for (int i = 0; i < 8; i++)
		all += part[i];
	return all;
}

WIDE static double
peak_float(size_t rounds)
{
	volatile float start = 0.5f;
	__m512 by = _mm512_set1_ps(start), sum[12];

	for (int k = 0; k < 12; k++)
		sum[k] = by;
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < 12; k++)
			sum[k] = _mm512_fmadd_ps(sum[k], by, by);
	for (int k = 1; k < 12; k++)
		sum[0] = _mm512_add_ps(sum[0], sum[k]);
	start = _mm512_reduce_add_ps(sum[0]);
	return 2.0 * 16 * 12 * (double)rounds;
}

WIDE static double
peak_int8(size_t rounds)
{
	volatile int start = 3;
	__m512i by = _mm512_set1_epi32(start), sum[12];

	for (int k = 0; k < 12; k++)
		sum[k] = by;
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < 12; k++)
			sum[k] = _mm512_dpbusd_epi32(sum[k], by, by);
	for (int k = 1; k < 12; k++)
		sum[0] = _mm512_add_epi32(sum[0], sum[k]);
	start = _mm_cvtsi128_si32(_mm512_castsi512_si128(sum[0]));
	return 2.0 * 64 * 12 * (double)rounds;
}

const struct kernels kernels_avx512 = {
	.name = "avx512",
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

const struct kernels kernels_avx512bf16 = {
	.name = "avx512bf16",
	.halves = true,
	.runs = runs_bf16,
	.prepare = prepare_bf16,
	.vector = vector_bf16,
	.many = many_bf16,
	.soften = soften,
	.gate = gate,
	.read = read_all,
	.peak_float = peak_float,
	.peak_int8 = peak_int8,
};

#else
typedef int kernels_avx512_not_here;
#endif
