#include "models/demand/growth.h"

#include <math.h>

bool
growth_fit(const double *sums, size_t n, struct growth *growth)
{
	double middle = ((double)n - 1) / 2, mean = 0, above = 0, below = 0, left = 0;

	if (n < GROWTH_LEAST)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!(sums[i] > 0))
			return false;
		mean += log(sums[i]) / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		above += ((double)i - middle) * (log(sums[i]) - mean);
		below += ((double)i - middle) * ((double)i - middle);
	}
	growth->slope = above / below;
	for (size_t i = 0; i < n; i++) {
		double rest = log(sums[i]) - mean - growth->slope * ((double)i - middle);

		left += rest * rest;
	}
	growth->error = sqrt(left / (double)(n - 2) / below);
	return true;
}
