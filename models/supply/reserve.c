#include "models/supply/reserve.h"

#include <math.h>

#include "models/supply/fleet.h"

/* Replicas that an hour of this need holds. */
static double
held(const struct fleet *fleet, double mtok_month, double part)
{
	return fmax(fleet->min_replicas, fleet_fill(fleet, mtok_month, part) + fleet->redundancy);
}

static double
cost_of(const struct fleet *fleet, double mtok_month, double reserved_hour, double reserved)
{
	double on_demand = 0;

	for (size_t i = 0; i < fleet->needs; i++)
		on_demand += fleet->need[i].hours * fmax(0, held(fleet, mtok_month, fleet->need[i].part) - reserved);
	return (reserved * reserved_hour + on_demand / WEEK_HOURS * fleet->replica_hour) * fleet->hours_month;
}

/*
 * cost is linear between the counts that hours hold, so its least is at one of them or at none at all; the
 * first few are kept one by one to be shown.
 */
void
reserve_best(struct reserve *reserve, const struct fleet *fleet, double mtok_month, double reserved_hour)
{
	double most = held(fleet, mtok_month, fleet->need[0].part);

	*reserve = (struct reserve){ .best_month = cost_of(fleet, mtok_month, reserved_hour, 0) };
	for (size_t i = fleet->needs; i-- > 0;) {
		double replicas = held(fleet, mtok_month, fleet->need[i].part);
		double cost = cost_of(fleet, mtok_month, reserved_hour, replicas);

		if (cost < reserve->best_month) {
			reserve->best_month = cost;
			reserve->best_replicas = replicas;
		}
	}
	for (double k = 0; k <= most && reserve->costs < RESERVE_COSTS; k++)
		reserve->cost[reserve->costs++] = cost_of(fleet, mtok_month, reserved_hour, k);
}
