#include "models/units/quantile.h"

#include <math.h>

double
quantile(const double *values, size_t n, double p)
{
	double h = (double)(n - 1) * p, whole = floor(h);
	size_t i = (size_t)whole;

	if (i + 1 >= n)
		return values[n - 1];
	return values[i] + (h - whole) * (values[i + 1] - values[i]);
}

/* Let the value at `root` sink to its place in the heap values[0..n). */
static void
heap_sink(double *values, size_t root, size_t n)
{
	double value = values[root];
	size_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && values[child + 1] > values[child])
			child++;
		if (!(values[child] > value))
			break;
		values[root] = values[child];
		root = child;
	}
	values[root] = value;
}

void
quantile_sort(double *values, size_t n)
{
	size_t i;

	for (i = n / 2; i > 0; i--)
		heap_sink(values, i - 1, n);
	for (i = n; i > 1; i--) {
		double last = values[i - 1];

		values[i - 1] = values[0];
		values[0] = last;
		heap_sink(values, 0, i - 1);
	}
}
