/*
 * The facts of a solved scenario. Names and units are a promise to scripts.
 */
#include <math.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"

#define ISLANDS_SHOWN 10000

static void
closed_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	fill_number(fill, "blended_price", "USD/Mtok", solved->blended_price);
	if (!solved->has_volume)
		return;
	fill_number(fill, "closed_month", "USD/month", solved->closed_month);
	fill_number(fill, "closed_usd_per_mtok", "USD/Mtok", solved->closed_usd_per_mtok);
	if (fill->scenario->closed.commit_month > 0 || fill->scenario->closed.discount > 0) {
		fill_number(fill, "commit_shortfall_month", "USD/month", solved->commit_shortfall_month);
		fill_number(fill, "effective_discount", "share", solved->effective_discount);
	}
}

static void
idle_fact(const struct fill *fill)
{
	const struct idle *idle = &fill->solved->month.idle;
	struct value *object = value_object(fill->answer);

	fill_set(fill, object, "redundancy", idle->redundancy);
	fill_set(fill, object, "headroom", idle->headroom);
	fill_set(fill, object, "shape", idle->shape);
	fill_set(fill, object, "rounding", idle->rounding);
	answer_fact(fill->answer, "idle", fill_unit(fill, "USD/month"), object);
}

static void
self_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const struct fleet_month *month = &solved->month;

	fill_number(fill, "replica_capacity_mtok_month", "Mtok/month", solved->fleet.capacity_mtok_month);
	fill_number(fill, "replica_month", "USD/month", solved->fleet.replica_hour * solved->fleet.hours_month);
	fill_number(fill, "peak_to_mean", "ratio", solved->fleet.peak_to_mean);
	fill_number(fill, "marginal_self_usd_per_mtok", "USD/Mtok", solved->marginal_self_usd_per_mtok);
	if (!solved->has_volume)
		return;
	fill_number(fill, "self_month", "USD/month", month->cost);
	fill_number(fill, "self_usd_per_mtok", "USD/Mtok", solved->self_usd_per_mtok);
	fill_number(fill, "replicas", "replicas", month->replicas);
	if (fill->scenario->self_hosted.scaling == SCALING_AUTOSCALE) {
		fill_number(fill, "replicas_low", "replicas", month->replicas_low);
		fill_number(fill, "replicas_mean", "replicas", month->replica_hours / solved->fleet.hours_month);
	}
	fill_number(fill, "replica_hours_month", "hours/month", month->replica_hours);
	fill_number(fill, "utilisation", "share", month->utilisation);
	fill_number(fill, "idle_month", "USD/month", month->idle_cost);
	idle_fact(fill);
}

static void
islands_fact(const struct fill *fill)
{
	struct value *list = value_list(fill->answer);

	size_t n = fill->solved->breakeven.islands;

	if (n > ISLANDS_SHOWN)
		answer_note(fill->answer, "there are %zu islands; the first %d are listed", n, ISLANDS_SHOWN);
	for (size_t i = 0; i < n && i < ISLANDS_SHOWN; i++) {
		struct value *pair = value_list(fill->answer);

		list_add(fill->answer, pair, value_number(fill->answer, fill->islands[i].from));
		list_add(fill->answer, pair, value_number(fill->answer, fill->islands[i].to));
		list_add(fill->answer, list, pair);
	}
	answer_fact(fill->answer, "islands", "Mtok/month", list);
}

static void
count_fact(const struct fill *fill, const char *name, size_t count)
{
	answer_fact(fill->answer, name, "", value_whole(fill->answer, (int64_t)count));
}

static void
breakeven_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const struct breakeven *found = &solved->breakeven;

	if (solved->has_volume)
		fill_number(fill, "saving_month", "USD/month", solved->saving_month);
	fill_number(fill, "first_break_even_mtok_month", "Mtok/month", found->first);
	fill_number(fill, "safe_break_even_mtok_month", "Mtok/month", found->safe);
	islands_fact(fill);
	count_fact(fill, "up_crossings", found->up_crossings);
	count_fact(fill, "down_crossings", found->down_crossings);
	count_fact(fill, "touches", found->touches);
	fill_number(fill, "horizon_mtok_month", "Mtok/month", solved->horizon);
	fill_number(fill, "break_even_utilisation", "share", solved->break_even_utilisation);
	if (!solved->has_volume)
		return;
	fill_number(fill, "break_even_closed_price", "USD/Mtok", solved->break_even_closed_price);
	fill_number(fill, "break_even_gpu_hour", "USD/hour", solved->break_even_gpu_hour);
	fill_number(fill, "break_even_mix", "input per output", solved->break_even_mix);
}

static void
invest_facts(const struct fill *fill)
{
	const struct invest *invest = &fill->solved->invest;

	fill_number(fill, "payback_months", "months", invest->payback_months);
	fill_number(fill, "discounted_payback_months", "months", invest->discounted_payback_months);
	/* What owned hardware is compared by: hours of running until it is cheaper than renting. */
	fill_number(fill, "payback_hours", "hours", invest->payback_months * fill->solved->fleet.hours_month);
	fill_number(fill, "npv", "USD", invest->npv);
	if (invest->irr_state == IRR_NOT_UNIQUE)
		answer_fact(fill->answer, "irr_month", "share", value_text(fill->answer, "not unique"));
	else
		fill_number(fill, "irr_month", "share", invest->irr_month);
}

static struct value *
bands_value(const struct fill *fill, const struct bands *bands)
{
	struct value *object = value_object(fill->answer);

	fill_set(fill, object, "p10", bands->p10);
	fill_set(fill, object, "p50", bands->p50);
	fill_set(fill, object, "p90", bands->p90);
	fill_set(fill, object, "mean", bands->mean);
	fill_set(fill, object, "p_positive", bands->p_positive);
	return object;
}

static void
uncertainty_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	struct value *tornado = value_list(fill->answer);

	answer_fact(fill->answer, "bands", fill_unit(fill, "USD/month"), bands_value(fill, &solved->bands));
	for (size_t i = 0; i < solved->swings; i++) {
		const struct swing *swing = &solved->swing[i];
		struct value *item = value_object(fill->answer);
		char path[64];

		object_set(fill->answer, item, "input",
			value_text(fill->answer, scenario_field_path(swing->field, path, sizeof(path))));
		fill_set(fill, item, "low", swing->low);
		fill_set(fill, item, "high", swing->high);
		fill_set(fill, item, "swing", fabs(swing->high - swing->low));
		list_add(fill->answer, tornado, item);
	}
	answer_fact(fill->answer, "tornado", fill_unit(fill, "USD/month"), tornado);
	fill_number(fill, "tornado_base", "USD/month", solved->tornado_base);
}

static void
overflow_fact(const struct fill *fill)
{
	const struct overflow *overflow = &fill->solved->overflow;
	struct value *object = value_object(fill->answer), *costs = value_list(fill->answer);

	fill_set(fill, object, "best_replicas", overflow->best_replicas);
	fill_set(fill, object, "best_month", overflow->best_month);
	fill_set(fill, object, "saving_month", fill->solved->closed_month - overflow->best_month);
	fill_set(fill, object, "overflow_share", overflow->overflow_share);
	if (fill->solved->has_hybrid_bands)
		object_set(fill->answer, object, "bands", bands_value(fill, &fill->solved->hybrid_bands));
	for (size_t i = 0; i < overflow->costs; i++)
		list_add(fill->answer, costs, value_number(fill->answer, overflow->cost[i]));
	object_set(fill->answer, object, "cost_by_replicas", costs);
	answer_fact(fill->answer, "overflow", fill_unit(fill, "USD/month"), object);
}

/* What one would do, what that saves against the closed side, and in what share of cases it does. */
static void
best_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	answer_fact(fill->answer, "best", "", value_text(fill->answer, best_names[solved->best]));
	fill_number(fill, "best_saving_month", "USD/month", solved->best_saving_month);
	if (solved->has_bands)
		answer_fact(fill->answer, "best_bands", fill_unit(fill, "USD/month"),
			bands_value(fill, &solved->best_bands));
}

/* All the months that come together, of the best and of moving everything. */
static void
ahead_fact(const struct fill *fill)
{
	const struct ahead_sum *sum = &fill->solved->ahead;
	struct value *object = value_object(fill->answer);

	fill_set(fill, object, "months", fill->scenario->ahead.months);
	fill_set(fill, object, "saving", sum->saving);
	fill_set(fill, object, "hybrid_saving", sum->hybrid_saving);
	if (fill->solved->has_bands) {
		object_set(fill->answer, object, "bands", bands_value(fill, &sum->bands));
		object_set(fill->answer, object, "hybrid_bands", bands_value(fill, &sum->hybrid_bands));
	}
	answer_fact(fill->answer, "ahead", fill_unit(fill, "USD"), object);
}

static void
reserve_fact(const struct fill *fill)
{
	const struct reserve *reserve = &fill->solved->reserve;
	struct value *object = value_object(fill->answer), *costs = value_list(fill->answer);

	fill_set(fill, object, "best_replicas", reserve->best_replicas);
	fill_set(fill, object, "best_month", reserve->best_month);
	fill_set(fill, object, "saving_month", fill->solved->month.gpu_cost - reserve->best_month);
	for (size_t i = 0; i < reserve->costs; i++)
		list_add(fill->answer, costs, value_number(fill->answer, reserve->cost[i]));
	object_set(fill->answer, object, "cost_by_replicas", costs);
	answer_fact(fill->answer, "reserved", fill_unit(fill, "USD/month"), object);
}

void
fill_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	if (strcmp(fill->scenario->currency, "USD") != 0)
		answer_fact(fill->answer, "currency", "", value_text(fill->answer, fill->scenario->currency));
	if (solved->has_closed)
		closed_facts(fill);
	if (solved->has_self)
		self_facts(fill);
	if (solved->has_closed && solved->has_self)
		breakeven_facts(fill);
	if (solved->has_invest)
		invest_facts(fill);
	if (solved->has_bands)
		uncertainty_facts(fill);
	if (solved->has_overflow)
		overflow_fact(fill);
	if (solved->best != BEST_UNKNOWN)
		best_facts(fill);
	if (solved->has_ahead)
		ahead_fact(fill);
	if (solved->has_reserve)
		reserve_fact(fill);
}
