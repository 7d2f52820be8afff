#include "models/supply/fleet.h"

#include <math.h>

#include "models/units/err.h"

#define DEFAULT_HOURS_MONTH 730
#define DEFAULT_HEADROOM 0.7
#define HOUR_SECONDS 3600
#define TOKENS_PER_MTOK 1e6

/* A fill this much (relative) above a whole number is that number: 3 * 600 / 600 must not ask for a fourth replica. */
#define FILL_SLACK 1e-12

void
fleet_terms_default(struct fleet_terms *terms)
{
	*terms = (struct fleet_terms){
		.gpus_per_replica = 1,
		.gpu_hour = NAN,
		.reserved_gpu_hour = NAN,
		.hours_month = DEFAULT_HOURS_MONTH,
		.throughput_tok_s = NAN,
		.headroom = NAN,
		.peak_to_mean = NAN,
		.capacity_mtok_month = NAN,
		.replica_month = NAN,
		.scaling = SCALING_ALWAYS_ON,
		.lag_hours = 1,
		.min_replicas = 1,
	};
}

static void
make_capacity(struct fleet *fleet, const struct fleet_terms *terms)
{
	double month = HOUR_SECONDS * terms->hours_month / TOKENS_PER_MTOK;

	fleet->saturated_mtok_month = terms->throughput_tok_s * month;
	fleet->capacity_mtok_month = INFINITY;
	if (!isnan(terms->capacity_mtok_month))
		fleet->capacity_mtok_month = terms->capacity_mtok_month;
	else if (!isnan(terms->throughput_tok_s))
		fleet->capacity_mtok_month = fleet->saturated_mtok_month * fleet->headroom / fleet->peak_to_mean;
	if (isnan(terms->throughput_tok_s) && !isnan(terms->capacity_mtok_month))
		fleet->saturated_mtok_month = terms->capacity_mtok_month * fleet->peak_to_mean / fleet->headroom;
}

int
fleet_make_again(struct fleet *fleet, const struct fleet_terms *terms, struct err *err)
{
	bool capacity_given = !isnan(terms->capacity_mtok_month);

	if (isnan(terms->replica_month) && isnan(terms->gpu_hour))
		return err_set(err, ERR_INPUT,
			"self_hosted.gpu_hour: is missing, and self_hosted.replica_month too: one of them "
			"must say what a replica costs");
	fleet->headroom = terms->headroom;
	if (isnan(fleet->headroom))
		fleet->headroom = capacity_given ? 1 : DEFAULT_HEADROOM;
	fleet->peak_to_mean = terms->shape.given ? shape_peak_to_mean(&terms->shape)
		: isnan(terms->peak_to_mean)     ? 1
						 : terms->peak_to_mean;
	if (terms->scaling == SCALING_AUTOSCALE && !terms->shape.given && fleet->peak_to_mean > 1)
		return err_set(err, ERR_INPUT,
			"self_hosted.scaling: \"autoscale\" needs self_hosted.shape: a peak to mean of %g "
			"does not say in which hours replicas can be let go",
			fleet->peak_to_mean);
	make_capacity(fleet, terms);
	fleet->hours_month = terms->hours_month;
	fleet->replica_hour = isnan(terms->replica_month) ? terms->gpus_per_replica * terms->gpu_hour
							  : terms->replica_month / terms->hours_month;
	fleet->fixed_month = terms->fixed_month + terms->ops_month;
	fleet->per_mtok = terms->per_mtok;
	fleet->min_replicas = terms->min_replicas;
	fleet->redundancy = terms->redundancy;
	fleet->gpus_per_replica = terms->gpus_per_replica;
	return 0;
}

int
fleet_make(struct fleet *fleet, const struct fleet_terms *terms, struct err *err)
{
	if (terms->scaling == SCALING_AUTOSCALE) {
		fleet->needs = shape_needs(&terms->shape, (int)ceil(terms->lag_hours - FILL_SLACK), fleet->need);
	} else {
		fleet->needs = 1;
		fleet->need[0] = (struct need){ 1, WEEK_HOURS };
	}
	return fleet_make_again(fleet, terms, err);
}

/* Whole replicas of this capacity that carry `part` of the volume's peak. */
static double
fill(double mtok_month, double capacity, double part)
{
	double replicas = mtok_month * part;

	if (!(replicas > 0))
		return 0;
	if (isinf(capacity))
		return 1;
	if (!(capacity > 0))
		return INFINITY;
	replicas /= capacity;
	return ceil(replicas - FILL_SLACK * fmax(1, replicas));
}

double
fleet_fill(const struct fleet *fleet, double mtok_month, double part)
{
	return fill(mtok_month, fleet->capacity_mtok_month, part);
}

/* Replica-hours of a month when a replica carries `capacity` and so many stand by. */
static double
hours_with(const struct fleet *fleet, double mtok_month, double capacity, double redundancy)
{
	double hours = 0;

	for (size_t i = 0; i < fleet->needs; i++) {
		const struct need *need = &fleet->need[i];

		hours += need->hours * fmax(fleet->min_replicas, fill(mtok_month, capacity, need->part) + redundancy);
	}
	return hours * fleet->hours_month / WEEK_HOURS;
}

double
fleet_cost(const struct fleet *fleet, double mtok_month)
{
	double hours = hours_with(fleet, mtok_month, fleet->capacity_mtok_month, fleet->redundancy);

	if (!isfinite(hours))
		return INFINITY;
	return fleet->fixed_month + hours * fleet->replica_hour + mtok_month * fleet->per_mtok;
}

static void
find_idle(const struct fleet *fleet, double mtok_month, struct fleet_month *month)
{
	double saturated = fleet->saturated_mtok_month, price = fleet->replica_hour;
	double busy = mtok_month / saturated * fleet->hours_month;
	double needed = hours_with(fleet, mtok_month, fleet->capacity_mtok_month, 0);
	double filled = hours_with(fleet, mtok_month, fleet->capacity_mtok_month / fleet->headroom, 0);
	double flat = fmax(fleet->min_replicas, fill(mtok_month, saturated, 1)) * fleet->hours_month;

	month->utilisation = busy / month->replica_hours;
	month->idle_cost = (month->replica_hours - busy) * price;
	month->idle.redundancy = (month->replica_hours - needed) * price;
	month->idle.headroom = (needed - filled) * price;
	month->idle.shape = (filled - flat) * price;
	month->idle.rounding = (flat - busy) * price;
}

void
fleet_month_at(const struct fleet *fleet, double mtok_month, struct fleet_month *month)
{
	const struct need *last = &fleet->need[fleet->needs - 1];
	double most = fleet_fill(fleet, mtok_month, fleet->need[0].part) + fleet->redundancy;
	double least = fleet_fill(fleet, mtok_month, last->part) + fleet->redundancy;

	*month = (struct fleet_month){
		.replicas = fmax(fleet->min_replicas, most),
		.replicas_low = fmax(fleet->min_replicas, least),
		.replica_hours = hours_with(fleet, mtok_month, fleet->capacity_mtok_month, fleet->redundancy),
		.cost = fleet_cost(fleet, mtok_month),
		.utilisation = NAN,
		.idle_cost = NAN,
		.idle = { NAN, NAN, NAN, NAN },
	};
	month->gpu_cost = month->replica_hours * fleet->replica_hour;
	if (isfinite(month->cost) && fleet->saturated_mtok_month > 0)
		find_idle(fleet, mtok_month, month);
}
