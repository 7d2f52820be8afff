/*
 * kernels, NEON with the matrix products of bytes and of BF16 of Armv8.6 (FEAT_I8MM, FEAT_BF16).
 */
#if defined(__aarch64__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

#define NEON_DOT 1
#define NEON_MATRIX 1
#include "daemon/bench/kernels_neon_set.h"

static bool
runs(void)
{
	const unsigned long needed = HWCAP2_I8MM | HWCAP2_BF16;

	return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0 && (getauxval(AT_HWCAP2) & needed) == needed;
}

const struct kernels kernels_neonmatrix = {
	.name = "neonmatrix",
	.halves = true,
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
typedef int kernels_neonmatrix_not_here;
#endif
