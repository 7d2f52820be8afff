#include "models/compare/solve.h"

#include <math.h>

#include "models/compare/curve.h"
#include "models/units/err.h"

#define BEST_LEAST 0.005 /* USD a month */

const char *const best_names[4] = { NULL, "closed", "hybrid", "self_hosted" };

static void
clear(struct solved *solved, const struct scenario *scenario)
{
	*solved = (struct solved){
		.has_closed = scenario->closed.given,
		.has_self = scenario->self_hosted.given,
		.has_volume = scenario->volume.given,
		.blended_price = NAN,
		.closed_month = NAN,
		.closed_usd_per_mtok = NAN,
		.commit_shortfall_month = NAN,
		.effective_discount = NAN,
		.self_usd_per_mtok = NAN,
		.saving_month = NAN,
		.horizon = NAN,
		.break_even_utilisation = NAN,
		.break_even_closed_price = NAN,
		.break_even_gpu_hour = NAN,
		.break_even_mix = NAN,
		.best_saving_month = NAN,
		.mix_state = MIX_UNKNOWN,
		.marginal_self_usd_per_mtok = NAN,
	};
	solved->breakeven.first = NAN;
	solved->breakeven.safe = NAN;
}

static int
solve_closed(struct solved *solved, const struct scenario *scenario, struct err *err)
{
	double volume = scenario->volume.mtok_month, list;

	if (closed_make(&solved->closed, &scenario->closed, err) != 0)
		return -1;
	solved->blended_price = closed_blended_price(&solved->closed, volume);
	if (!solved->has_volume)
		return 0;
	list = closed_list_month(&solved->closed, volume);
	solved->closed_month = closed_month(&solved->closed, volume);
	solved->commit_shortfall_month = solved->closed_month - list * (1 - solved->closed.discount);
	if (list > 0)
		solved->effective_discount = 1 - solved->closed_month / list;
	if (volume > 0)
		solved->closed_usd_per_mtok = solved->closed_month / volume;
	return 0;
}

static int
solve_self(struct solved *solved, const struct scenario *scenario, struct err *err)
{
	const struct fleet_terms *terms = &scenario->self_hosted;
	double volume = scenario->volume.mtok_month;

	if (fleet_make(&solved->fleet, terms, err) != 0)
		return -1;
	solved->unmeasured = isinf(solved->fleet.capacity_mtok_month);
	solved->carries_nothing = !(solved->fleet.capacity_mtok_month > 0);
	if (!solved->carries_nothing)
		solved->marginal_self_usd_per_mtok = fleet_marginal(&solved->fleet);
	if (!solved->has_volume)
		return 0;
	if (!solved->carries_nothing && fleet_fill(&solved->fleet, volume, 1) > FLEET_REPLICAS_MAX)
		return err_set(err, ERR_INPUT,
			"volume.mtok_month: %.15g needs more than %g replicas that carry %.6g Mtok a month each",
			volume, FLEET_REPLICAS_MAX, solved->fleet.capacity_mtok_month);
	fleet_month_at(&solved->fleet, volume, &solved->month);
	solved->has_reserve = !isnan(terms->reserved_gpu_hour) && !solved->carries_nothing;
	if (solved->has_reserve)
		reserve_best(
			&solved->reserve, &solved->fleet, volume, terms->reserved_gpu_hour * terms->gpus_per_replica);
	if (volume > 0 && isfinite(solved->month.cost))
		solved->self_usd_per_mtok = solved->month.cost / volume;
	return 0;
}

/* What the closed side costs a Mtok in effect: at the volume where there is one, else the first Mtok after discount. */
static double
effective_price(const struct solved *solved)
{
	if (!isnan(solved->closed_usd_per_mtok))
		return solved->closed_usd_per_mtok;
	return solved->blended_price * (1 - solved->closed.discount);
}

static void
solve_thresholds(struct solved *solved, double volume)
{
	const struct fleet *fleet = &solved->fleet;
	const struct fleet_month *month = &solved->month;
	double worth = effective_price(solved) - fleet->per_mtok, nearest;

	if (worth > 0 && fleet->saturated_mtok_month > 0)
		solved->break_even_utilisation =
			fleet->replica_hour * fleet->hours_month / fleet->saturated_mtok_month / worth;
	if (!(volume > 0) || !isfinite(month->cost))
		return;
	solved->break_even_closed_price = solved->self_usd_per_mtok;
	if (month->replica_hours > 0)
		solved->break_even_gpu_hour = (solved->closed_month - (month->cost - month->gpu_cost)) /
			(month->replica_hours * fleet->gpus_per_replica);
	/* A commitment above the self-hosted cost is paid whatever the mix is. */
	if (solved->closed.commit_month > month->cost)
		solved->mix_state = isnan(solved->closed.input) ? MIX_UNKNOWN : MIX_ALWAYS;
	else
		solved->mix_state =
			mix_for_price(&solved->closed, solved->self_usd_per_mtok, &solved->break_even_mix, &nearest);
}

static int
solve_breakeven(struct solved *solved, const struct scenario *scenario, const struct solve_room *room, struct err *err)
{
	solved->horizon = scenario->horizon_mtok_month;
	solved->horizon_chosen = isnan(solved->horizon);
	if (solved->horizon_chosen)
		solved->horizon = breakeven_horizon(&solved->closed, &solved->fleet, scenario->volume.mtok_month);
	solved->saving_month = solved->closed_month - solved->month.cost;
	if (!solved->has_volume || !isfinite(solved->month.cost))
		solved->saving_month = NAN;
	solve_thresholds(solved, scenario->volume.mtok_month);
	return breakeven_find(&solved->breakeven, &solved->closed, &solved->fleet, solved->horizon, room->islands,
		room->islands_room, err);
}

static int
solve_invest(struct solved *solved, const struct scenario *scenario, struct err *err)
{
	const struct invest_terms *terms = &scenario->invest;
	double saving[MONTHS_MAX], volume = scenario->volume.mtok_month;
	size_t months = (size_t)terms->months;

	for (size_t t = 0; t < months; t++) {
		saving[t] = closed_month(&solved->closed, volume) - fleet_cost(&solved->fleet, volume);
		if (!isfinite(saving[t]) || fleet_fill(&solved->fleet, volume, 1) > FLEET_REPLICAS_MAX)
			return err_set(err, ERR_INPUT,
				"invest.volume_growth_month: %.15g grows the volume to %.6g Mtok in month %zu, which "
				"no fleet carries",
				terms->volume_growth_month, volume, t + 1);
		volume *= 1 + terms->volume_growth_month;
	}
	invest_judge(&solved->invest, scenario->self_hosted.upfront, saving, months,
		isnan(terms->annual_rate) ? DEFAULT_ANNUAL_RATE : terms->annual_rate);
	solved->has_invest = true;
	return 0;
}

static int
solve_uncertain(struct solved *solved, const struct scenario *scenario, const struct solve_room *room, struct err *err)
{
	if (uncertainty_swing(solved->swing, &solved->tornado_base, scenario, err) != 0)
		return -1;
	solved->swings = scenario->uncertain.inputs;
	if (room->draws == NULL)
		return 0;
	solved->has_bands = true;
	return uncertainty_draw(&solved->bands, scenario, room->draws, err);
}

/* One side alone: how far its curve goes. */
static void
solve_horizon(struct solved *solved, const struct scenario *scenario)
{
	double volume = scenario->volume.mtok_month;

	solved->horizon = scenario->horizon_mtok_month;
	solved->horizon_chosen = isnan(solved->horizon);
	if (solved->horizon_chosen)
		solved->horizon = volume > 0 ? 2 * volume : DEFAULT_HORIZON;
	if (solved->has_self && solved->fleet.capacity_mtok_month > 0)
		solved->horizon = fmin(solved->horizon, curve_reach(&solved->fleet, EDGES_MAX / 2.0));
}

static void
solve_best(struct solved *solved)
{
	double least = fmin(solved->closed_month, solved->month.cost);

	if (isnan(solved->saving_month))
		return;
	solved->best = solved->saving_month > BEST_LEAST ? BEST_SELF_HOSTED : BEST_CLOSED;
	solved->best_saving_month = fmax(0, solved->saving_month);
	solved->best_bands = solved->bands;
	if (!solved->has_overflow || solved->overflow.best_replicas == 0 ||
		!(solved->overflow.best_month < least - BEST_LEAST))
		return;
	solved->best = BEST_HYBRID;
	solved->best_saving_month = solved->closed_month - solved->overflow.best_month;
	solved->best_bands = solved->hybrid_bands;
}

int
solve_scenario(struct solved *solved, const struct scenario *scenario, const struct solve_room *room, struct err *err)
{
	bool both;

	clear(solved, scenario);
	if (scenario_check(scenario, err) != 0)
		return -1;
	if (solved->has_closed && solve_closed(solved, scenario, err) != 0)
		return -1;
	if (solved->has_self && solve_self(solved, scenario, err) != 0)
		return -1;
	both = solved->has_closed && solved->has_self;
	if (both && solve_breakeven(solved, scenario, room, err) != 0)
		return -1;
	if (!both)
		solve_horizon(solved, scenario);
	if (!both || !solved->has_volume || solved->carries_nothing)
		return 0;
	if (scenario->invest.given && solve_invest(solved, scenario, err) != 0)
		return -1;
	if (scenario->uncertain.inputs > 0 && solve_uncertain(solved, scenario, room, err) != 0)
		return -1;
	if (scenario->self_hosted.shape.given && !solved->unmeasured) {
		overflow_best(&solved->overflow, &solved->closed, &solved->fleet, &scenario->self_hosted.shape,
			scenario->volume.mtok_month);
		solved->has_overflow = true;
	}
	if (solved->has_bands && solved->has_overflow) {
		if (uncertainty_draw_hybrid(
			    &solved->hybrid_bands, scenario, solved->overflow.best_replicas, room->draws, err) != 0)
			return -1;
		solved->has_hybrid_bands = true;
	}
	solve_best(solved);
	if (scenario->ahead.given && room->months != NULL) {
		if (ahead_months(room->months, &solved->ahead, scenario, room->month_draws, err) != 0)
			return -1;
		solved->has_ahead = true;
	}
	return 0;
}
