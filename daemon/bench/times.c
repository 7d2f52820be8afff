/*
 * times: see times.h.
 */
#include <math.h>
#include <stdlib.h>

#include "daemon/bench/times.h"
#include "models/units/quantile.h"

void
times_add(struct times *times, double value)
{
	if (times->n == times->room) {
		size_t room = times->room == 0 ? 1024 : times->room * 2;
		double *more = realloc(times->value, room * sizeof(*more));

		if (more == NULL) {
			times->lost++;
			return;
		}
		times->value = more;
		times->room = room;
	}
	times->value[times->n++] = value;
}

void
times_free(struct times *times)
{
	free(times->value);
	*times = (struct times){ .value = NULL };
}

static struct told
tell(const struct times *times, double p)
{
	double n = (double)times->n, spread = 1.96 * sqrt(n * p * (1 - p));
	double low = floor(n * p - spread), high = ceil(n * p + spread);

	if (times->n == 0)
		return (struct told){ NAN, NAN, NAN };
	return (struct told){
		.value = quantile(times->value, times->n, p),
		.low = low < 1 ? NAN : times->value[(size_t)low - 1],
		.high = high > n ? NAN : times->value[(size_t)high - 1],
	};
}

void
times_summary(struct times *times, struct summary *summary)
{
	double sum = 0;

	if (times->n > 0)
		quantile_sort(times->value, times->n);
	for (size_t i = 0; i < times->n; i++)
		sum += times->value[i];
	*summary = (struct summary){
		.n = times->n,
		.mean = times->n == 0 ? NAN : sum / (double)times->n,
		.p50 = tell(times, 0.5),
		.p90 = tell(times, 0.9),
		.p95 = tell(times, 0.95),
		.p99 = tell(times, 0.99),
	};
}
