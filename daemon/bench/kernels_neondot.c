/*
 * kernels, NEON with the product of bytes of Armv8.2 (FEAT_DotProd).
 */
#if defined(__aarch64__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

#define NEON_DOT 1
#define NEON_MATRIX 0
#include "daemon/bench/kernels_neon_set.h"

static bool
runs(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}

const struct kernels kernels_neondot = {
	.name = "neondot",
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
typedef int kernels_neondot_not_here;
#endif
