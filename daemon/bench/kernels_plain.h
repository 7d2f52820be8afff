/*
 * kernels_plain: what the other sets borrow from the portable one.
 */
#ifndef BENCH_KERNELS_PLAIN_H
#define BENCH_KERNELS_PLAIN_H

#include "daemon/bench/kernels.h"

void plain_prepare(const float *x, size_t columns, size_t padded, enum weight_format precision, struct activation *out);

#endif
