/*
 * kernels, NEON as every 64-bit Arm processor has it.
 */
#if defined(__aarch64__)

#define NEON_DOT 0
#define NEON_MATRIX 0
#include "daemon/bench/kernels_neon_set.h"

static bool
runs(void)
{
	return true;
}

const struct kernels kernels_neon = {
	.name = "neon",
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
typedef int kernels_neon_not_here;
#endif
