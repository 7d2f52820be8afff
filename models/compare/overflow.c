#include "models/compare/overflow.h"

#include <math.h>

#include "models/compare/closed.h"
#include "models/demand/shape.h"
#include "models/supply/fleet.h"
#include "models/units/quantile.h"

double
overflow_mtok(const struct fleet *fleet, const struct shape *shape, double mtok_month, double replicas)
{
	/* A month's tokens in one hour of the week, and what the replicas carry in it; headroom is kept. */
	double carried = replicas * fleet->capacity_mtok_month * fleet->peak_to_mean / WEEK_HOURS;
	double sum = 0, over = 0;

	/* Nothing is carried: all of it, and not the rounded sum of its hours, which would read as a saving. */
	if (!(replicas > 0))
		return mtok_month;
	for (int h = 0; h < WEEK_HOURS; h++)
		sum += shape->weights[h];
	for (int h = 0; h < WEEK_HOURS; h++)
		over += fmax(0, mtok_month * (shape->weights[h] / sum) - carried);
	return over;
}

static double
cost_of(const struct closed *closed, const struct fleet *fleet, double over, double mtok_month, double replicas)
{
	double own = replicas * fleet->replica_hour * fleet->hours_month + (mtok_month - over) * fleet->per_mtok;

	if (replicas > 0)
		own += fleet->fixed_month;
	return own + closed_month(closed, over);
}

void
peaks_make(struct peaks *peaks, const struct shape *shape)
{
	double sum = 0;

	for (int h = 0; h < WEEK_HOURS; h++)
		sum += shape->weights[h];
	for (int h = 0; h < WEEK_HOURS; h++)
		peaks->share[WEEK_HOURS - 1 - h] = -shape->weights[h] / sum;
	quantile_sort(peaks->share, WEEK_HOURS);
	peaks->sum[0] = 0;
	for (int h = 0; h < WEEK_HOURS; h++) {
		peaks->share[h] = -peaks->share[h];
		peaks->sum[h + 1] = peaks->sum[h] + peaks->share[h];
	}
}

double
overflow_cost(const struct closed *closed, const struct fleet *fleet, const struct peaks *peaks, double mtok_month,
	double replicas)
{
	double carried = replicas * fleet->capacity_mtok_month * fleet->peak_to_mean / WEEK_HOURS / mtok_month;
	size_t low = 0, high = WEEK_HOURS;

	/* What fits but for rounding fits: as many replicas as carry the peak leave nothing over. */
	if (!(mtok_month > 0) || replicas >= fleet_fill(fleet, mtok_month, 1))
		return cost_of(closed, fleet, 0, mtok_month, replicas);
	if (!(replicas > 0))
		return cost_of(closed, fleet, mtok_month, mtok_month, replicas);
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (peaks->share[middle] > carried)
			low = middle + 1;
		else
			high = middle;
	}
	return cost_of(
		closed, fleet, fmax(0, mtok_month * (peaks->sum[low] - (double)low * carried)), mtok_month, replicas);
}

void
overflow_best(struct overflow *overflow, const struct closed *closed, const struct fleet *fleet,
	const struct shape *shape, double mtok_month)
{
	double peak = fleet_fill(fleet, mtok_month, 1);

	*overflow = (struct overflow){ .best_month = INFINITY };
	for (double k = 0; k <= peak + 1; k++) {
		/* What fits but for rounding fits: at `peak` replicas nothing is left over. */
		double over = k >= peak ? 0 : overflow_mtok(fleet, shape, mtok_month, k);
		double cost = cost_of(closed, fleet, over, mtok_month, k);

		if (k < OVERFLOW_COSTS)
			overflow->cost[overflow->costs++] = cost;
		else if (k > OVERFLOW_SEARCHED)
			break;
		if (cost < overflow->best_month) {
			overflow->best_month = cost;
			overflow->best_replicas = k;
			overflow->overflow_share = mtok_month > 0 ? over / mtok_month : 0;
		}
	}
}
