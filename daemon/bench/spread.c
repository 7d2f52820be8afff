#include "daemon/bench/spread.h"

#include <math.h>
#include <stddef.h>

#include "models/units/quantile.h"

struct spread
spread_of(double *values, int n)
{
	for (int i = 0; i < n; i++)
		if (isnan(values[i]))
			return (struct spread){ NAN, NAN, NAN };
	quantile_sort(values, (size_t)n);
	return (struct spread){
		.median = quantile(values, (size_t)n, 0.5),
		.low = values[0],
		.high = values[n - 1],
	};
}
