/*
 * random: reproducible random numbers, the same on every machine: splitmix64 (Steele, Lea and Flood 2014).
 * Uniforms are u = (next >> 11) * 2^-53; seed 42 begins 0.74156487877182331, 0.1599103928769201,
 * 0.27860113025513866.
 */
#ifndef UNITS_RANDOM_H
#define UNITS_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* Uniform on [0, 1). */
double random_uniform(struct random *random);

/* Inverse of the triangular distribution with the given low, mode and high at u in [0, 1). */
double random_triangular(double u, double low, double mode, double high);

/* Standard normal by inversion of one uniform (so that draws stay aligned between runs). */
double random_normal(struct random *random);

#endif
