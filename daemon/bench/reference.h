/*
 * reference: the same transformer in plain double precision, without a trick: what the decoder is held against.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <stddef.h>

#include "daemon/bench/decoder.h"

struct err;

/*
 * Logits (vocabulary of them) after the n tokens, each layer over all tokens anew. Weights are read one by
 * one as they are stored, keys and values rounded to BF16 as in the cache, everything else is exact double:
 * slow, for small shapes.
 */
int reference_logits(const struct decoder *decoder, const size_t *tokens, size_t n, double *logits, struct err *err);

/*
 * How far the decoder is from the reference on a small transformer of that precision with these kernels: root
 * mean square of the difference over that of the logits, for a prompt taken at once and then token by token.
 * Fractions of a percent where activations are rounded to 8 bits, of a ten-thousandth where nothing is.
 */
int reference_check(enum weight_format precision, const struct kernels *kernels, double *error, struct err *err);

/* The largest error that a right decoder shows at that precision with these kernels. */
double reference_limit(enum weight_format precision);

#endif
