/*
 * What a solved scenario took for granted, said beside its numbers.
 */
#include <math.h>

#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/curve.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"

static void
note_closed(const struct fill *fill)
{
	const struct closed_terms *terms = &fill->scenario->closed;

	if (terms->tiers > 0) {
		if (terms->cached_share > 0)
			answer_note(fill->answer,
				"closed.cached_share has no effect: the prices of tiers are of the whole mix");
		return;
	}
	if (isnan(terms->price) && isnan(terms->input_per_output) && !isnan(terms->input) && !isnan(terms->output))
		answer_note(fill->answer,
			"closed.input_per_output is not given: %g input tokens for each output token are assumed, which moves every "
			"break-even",
			DEFAULT_INPUT_PER_OUTPUT);
	if (isnan(terms->price) && isnan(terms->input) != isnan(terms->output))
		answer_note(fill->answer, "closed.%s is not given: all tokens are priced as %s",
			isnan(terms->input) ? "input" : "output", isnan(terms->input) ? "output" : "input");
	if (terms->cached_share > 0 && !isnan(terms->price))
		answer_note(fill->answer, "closed.cached_share has no effect: closed.price is of the whole mix");
	else if (terms->cached_share > 0 && isnan(terms->cache_read))
		answer_note(fill->answer, "closed.cache_read is not given: a tenth of the input price is assumed");
}

static void
note_fleet(const struct fill *fill)
{
	const struct fleet_terms *terms = &fill->scenario->self_hosted;
	const struct fleet *fleet = &fill->solved->fleet;

	if (fill->solved->unmeasured)
		answer_note(fill->answer,
			"neither throughput nor capacity of a replica is given: %g of them are taken to carry any volume, so utilisation "
			"and idle are unknown and break-evens hold only as long as they do",
			fmax(fleet->min_replicas, 1 + fleet->redundancy));
	else if (isnan(terms->capacity_mtok_month) && isnan(terms->headroom))
		answer_note(fill->answer, "self_hosted.headroom is not given: %g of the throughput is assumed",
			fleet->headroom);
	if (!fill->solved->unmeasured && isnan(terms->capacity_mtok_month) && isnan(terms->peak_to_mean) &&
		!terms->shape.given)
		answer_note(fill->answer,
			"neither shape nor peak_to_mean is given: the load is taken as flat, which flatters the fleet");
	if (!isnan(terms->capacity_mtok_month) && !isnan(terms->throughput_tok_s) &&
		fleet->capacity_mtok_month * fleet->peak_to_mean > fleet->saturated_mtok_month * (1 + TIE))
		answer_note(fill->answer,
			"self_hosted.capacity_mtok_month is more than %s Mtok/month, which is all that "
			"self_hosted.throughput_tok_s can serve",
			fill_mtok(fill, fleet->saturated_mtok_month / fleet->peak_to_mean));
}

static void
note_breakeven(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	if (solved->horizon_chosen)
		answer_note(fill->answer,
			"horizon_mtok_month is not given: break-evens are looked for up to %s Mtok/month",
			fill_mtok(fill, solved->horizon));
	if (solved->break_even_utilisation > 1)
		answer_note(fill->answer,
			"break_even_utilisation is above 1: even a full fleet costs more a token than the closed side");
	if (solved->break_even_gpu_hour < 0)
		answer_note(
			fill->answer, "break_even_gpu_hour is below 0: not even free GPUs would pay at this volume");
	if (solved->mix_state == MIX_ALWAYS)
		answer_note(fill->answer, "break_even_mix: the closed side costs more at every mix");
	if (solved->mix_state == MIX_NEVER)
		answer_note(fill->answer, "break_even_mix: no mix makes the closed side cost as much");
	if (fill->scenario->invest.given && !solved->has_invest)
		answer_note(fill->answer,
			"invest is not worked out: there is no saving without a volume that a fleet carries");
	if (solved->has_invest && isnan(fill->scenario->invest.annual_rate))
		answer_note(fill->answer, "invest.annual_rate is not given: %g %% a year is assumed",
			100 * DEFAULT_ANNUAL_RATE);
	if (solved->has_invest && isnan(solved->invest.payback_months))
		answer_note(fill->answer, "payback_months: none within %g months", fill->scenario->invest.months);
	if (solved->has_invest && solved->invest.irr_state == IRR_NONE)
		answer_note(fill->answer, "irr_month: none between 0 and 1 a month");
}

static void
note_bands(const struct fill *fill)
{
	const struct bands *bands = &fill->solved->bands;

	answer_note(fill->answer,
		"bands: one draw in ten saves less than %s a month, half save more than %s, one in ten more than %s; %.1f %% of "
		"%.0f draws save anything",
		fill_money(fill, bands->p10), fill_money(fill, bands->p50), fill_money(fill, bands->p90),
		100 * bands->p_positive, fill->scenario->uncertain.draws);
}

void
fill_notes(const struct fill *fill)
{
	if (fill->solved->has_closed)
		note_closed(fill);
	if (fill->solved->has_self)
		note_fleet(fill);
	if (fill->solved->has_closed && fill->solved->has_self)
		note_breakeven(fill);
	if (fill->solved->has_bands)
		note_bands(fill);
	else if (fill->scenario->uncertain.inputs > 0)
		answer_note(fill->answer,
			"uncertain is not worked out: there is no saving without both sides and a volume that is "
			"carried");
}
