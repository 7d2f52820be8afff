/*
 * kernels_plain: what the other sets borrow from the portable one, and the loops that are plain C in every set: each
 * compiles them for its own processor.
 */
#ifndef BENCH_KERNELS_PLAIN_H
#define BENCH_KERNELS_PLAIN_H

#include <string.h>

#include "daemon/bench/kernels.h"

void plain_prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out);

#define PLAIN static inline __attribute__((always_inline))

/* Sixteen at once: the compiler divides them among registers of the size that there is. */
typedef float wide __attribute__((vector_size(64)));
typedef int32_t wide_int __attribute__((vector_size(64)));
#define LANES 16
#define ALL(value) ((wide){ 0 } + (value))
#define CHOOSE(mask, a, b) ((wide)(((mask) & (wide_int)(a)) | (~(mask) & (wide_int)(b))))

/* e^x for x <= 0: 2^n times a polynomial of the rest, within 2e-7. */
PLAIN void
plain_exponents(wide *x)
{
	wide y = *x * 1.44269504f, f, e;
	wide_int whole;

	y = CHOOSE(y < -126.0f, ALL(-126.0f), y);
	whole = __builtin_convertvector(y - 0.5f, wide_int);
	f = (y - __builtin_convertvector(whole, wide)) * 0.693147181f;
	e = 0.00833333333f + f * 0.00138888889f;
	e = 0.0416666667f + f * e;
	e = 0.166666667f + f * e;
	e = 0.5f + f * e;
	e = 1.0f + f * e;
	*x = (wide)((whole + 127) << 23) * (1.0f + f * e);
}

/* See soften of struct kernels. */
PLAIN void
plain_soften(float *scores, size_t seen, size_t padded)
{
	wide most = ALL(scores[0]), sum = ALL(0.0f), some;
	size_t whole = (seen + LANES - 1) / LANES * LANES;
	float top = scores[0], all = 0;

	for (size_t i = seen; i < whole; i++)
		scores[i] = scores[0];
	for (size_t i = 0; i < whole; i += LANES) {
		memcpy(&some, scores + i, sizeof(some));
		most = CHOOSE(some > most, some, most);
	}
	for (int k = 0; k < LANES; k++)
		top = most[k] > top ? most[k] : top;
	for (size_t i = 0; i < whole; i += LANES) {
		memcpy(&some, scores + i, sizeof(some));
		some -= top;
		plain_exponents(&some);
		memcpy(scores + i, &some, sizeof(some));
	}
	memset(scores + seen, 0, (padded - seen) * sizeof(*scores));
	for (size_t i = 0; i < whole; i += LANES) {
		memcpy(&some, scores + i, sizeof(some));
		sum += some;
	}
	for (int k = 0; k < LANES; k++)
		all += sum[k];
	for (size_t i = 0; i < whole; i += LANES) {
		memcpy(&some, scores + i, sizeof(some));
		some *= 1.0f / all;
		memcpy(scores + i, &some, sizeof(some));
	}
}

/* See gate of struct kernels. */
PLAIN void
plain_gate(const float *both, size_t pairs, float *out)
{
	for (size_t g = 0; g < pairs; g++, both += 2 * GROUP_ROWS, out += GROUP_ROWS) {
		wide gate, up, power;

		memcpy(&gate, both, sizeof(gate));
		memcpy(&up, both + GROUP_ROWS, sizeof(up));
		power = CHOOSE(gate < 0.0f, gate, -gate);
		plain_exponents(&power);
		up *= gate * (CHOOSE(gate < 0.0f, power, ALL(1.0f)) / (1.0f + power));
		memcpy(out, &up, sizeof(up));
	}
}

/* Both as functions of a set, compiled for `target`, an attribute. */
#define PLAIN_LOOPS(target) \
	target static void soften(float *scores, size_t seen, size_t padded) \
	{ \
		plain_soften(scores, seen, padded); \
	} \
\
	target static void gate(const float *both, size_t pairs, float *out) \
	{ \
		plain_gate(both, pairs, out); \
	}

_Static_assert(LANES == GROUP_ROWS, "a group is as wide as what goes at once");

#endif
