/*
 * From plain results to facts and columns. Names and units are a promise to scripts.
 */
#include "daemon/report/solve.h"

#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "models/compare/curve.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define ISLANDS_AT_FIRST 64
#define SOLUTIONS_MAX 1000
#define CURVE_EDGES 4000.0 /* breakpoints that the curve columns show one by one */

/* What filling one answer needs at every step. */
struct fill {
	struct answer *answer;
	struct arena *arena;
	const struct scenario *scenario;
	const struct solved *solved;
	const struct island *islands;
};

/* ---- solving with memory from the arena */

static int
solve_with_islands(struct arena *arena, const struct scenario *scenario, struct solved *solved, struct island **islands,
	struct err *err)
{
	struct solve_room room = { .islands_room = ISLANDS_AT_FIRST };

	room.islands = arena_take(arena, room.islands_room * sizeof(*room.islands));
	if (scenario->uncertain.inputs > 0 && scenario->uncertain.draws >= 1 && scenario->uncertain.draws <= DRAWS_MAX)
		room.draws = arena_take(arena, (size_t)scenario->uncertain.draws * sizeof(*room.draws));
	if (solve_scenario(solved, scenario, &room, err) != 0)
		return -1;
	if (solved->breakeven.islands > room.islands_room) {
		room.islands_room = solved->breakeven.islands;
		room.islands = arena_take(arena, room.islands_room * sizeof(*room.islands));
		if (breakeven_find(&solved->breakeven, &solved->closed, &solved->fleet, solved->horizon, room.islands,
			    room.islands_room, err) != 0)
			return -1;
	}
	*islands = room.islands;
	return 0;
}

/* ---- small words */

/* The unit in the scenario's currency: "USD/month" becomes "EUR/month". */
static const char *
unit_in(const struct fill *fill, const char *unit)
{
	if (strncmp(unit, "USD", 3) != 0 || strcmp(fill->scenario->currency, "USD") == 0)
		return unit;
	return arena_format(fill->arena, "%s%s", fill->scenario->currency, unit + 3);
}

static void
number_fact(const struct fill *fill, const char *name, const char *unit, double number)
{
	/* + 0.0: a cost of -0 would read as a loss */
	answer_fact(fill->answer, name, unit_in(fill, unit), value_number(fill->answer, number + 0.0));
}

static void
set_number(const struct fill *fill, struct value *object, const char *name, double number)
{
	object_set(fill->answer, object, name, value_number(fill->answer, number + 0.0));
}

static const char *
money(const struct fill *fill, double amount)
{
	char figure[FIGURE_MAX];

	figure_money(figure, sizeof(figure), amount, fill->scenario->currency);
	return arena_format(fill->arena, "%s", figure);
}

static const char *
mtok(const struct fill *fill, double volume)
{
	char figure[FIGURE_MAX];

	figure_number(figure, sizeof(figure), fabs(volume) >= 100 ? round(volume) : volume);
	return arena_format(fill->arena, "%s", figure);
}

/* ---- the sentence */

static const char *
saving_words(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	if (isnan(solved->saving_month))
		return "";
	if (solved->saving_month == 0)
		return arena_format(fill->arena, "; at %s both cost %s a month",
			mtok(fill, fill->scenario->volume.mtok_month), money(fill, solved->month.cost));
	return arena_format(fill->arena, "; at %s it %s %s a month", mtok(fill, fill->scenario->volume.mtok_month),
		solved->saving_month > 0 ? "saves" : "costs",
		solved->saving_month > 0 ? money(fill, solved->saving_month)
					 : arena_format(fill->arena, "%s more", money(fill, -solved->saving_month)));
}

static void
breakeven_headline(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const struct breakeven *found = &solved->breakeven;
	const char *first = mtok(fill, found->first), *safe = mtok(fill, found->safe), *words = saving_words(fill);

	if (solved->carries_nothing)
		answer_headline(fill->answer,
			"No break-even can be told: the throughput is 0 or was not measured, so no fleet carries any load");
	else if (found->equal_everywhere)
		answer_headline(fill->answer, "Closed and self-hosted cost the same at every volume%s", words);
	else if (isnan(found->first))
		answer_headline(fill->answer, "Self-hosting never pays up to %s Mtok/month%s",
			mtok(fill, solved->horizon), words);
	else if (isnan(found->safe))
		answer_headline(fill->answer,
			"Self-hosting pays from %s Mtok/month but is not safe at any volume up to %s%s", first,
			mtok(fill, solved->horizon), words);
	else if (found->safe > found->first)
		answer_headline(fill->answer,
			"Self-hosting pays from %s Mtok/month but is safe only from %s Mtok/month%s", first, safe,
			words);
	else if (found->safe == 0)
		answer_headline(fill->answer, "Self-hosting pays at every volume up to %s Mtok/month%s",
			mtok(fill, solved->horizon), words);
	else
		answer_headline(fill->answer, "Self-hosting pays from %s Mtok/month on%s", first, words);
}

static void
one_side_headline(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const char *volume = mtok(fill, fill->scenario->volume.mtok_month);

	if (solved->has_closed && solved->has_volume)
		answer_headline(fill->answer, "%s Mtok/month cost %s a month at the closed provider", volume,
			money(fill, solved->closed_month));
	else if (solved->has_closed)
		answer_headline(fill->answer, "A million tokens cost %s at the closed provider",
			money(fill, solved->blended_price));
	else if (solved->has_volume)
		answer_headline(fill->answer, "%s Mtok/month cost %s a month self-hosted", volume,
			money(fill, solved->month.cost));
	else
		answer_headline(fill->answer, "A replica costs %s a month",
			money(fill, solved->fleet.replica_hour * solved->fleet.hours_month));
}

/* ---- what was taken for granted */

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
			"neither throughput nor capacity of a replica is given: a fleet of %g is taken to carry any volume, so "
			"utilisation, idle and a safe volume cannot be told from it",
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
			mtok(fill, fleet->saturated_mtok_month / fleet->peak_to_mean));
}

static void
note_breakeven(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	if (solved->horizon_chosen)
		answer_note(fill->answer,
			"horizon_mtok_month is not given: break-evens are looked for up to %s Mtok/month",
			mtok(fill, solved->horizon));
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
	if (solved->has_invest && isnan(solved->invest.payback_months))
		answer_note(fill->answer, "payback_months: none within %g months", fill->scenario->invest.months);
	if (solved->has_invest && solved->invest.irr_state == IRR_NONE)
		answer_note(fill->answer, "irr_month: none between 0 and 1 a month");
}

/* ---- facts */

static void
closed_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	number_fact(fill, "blended_price", "USD/Mtok", solved->blended_price);
	if (!solved->has_volume)
		return;
	number_fact(fill, "closed_month", "USD/month", solved->closed_month);
	number_fact(fill, "closed_usd_per_mtok", "USD/Mtok", solved->closed_usd_per_mtok);
	if (fill->scenario->closed.commit_month > 0 || fill->scenario->closed.discount > 0) {
		number_fact(fill, "commit_shortfall_month", "USD/month", solved->commit_shortfall_month);
		number_fact(fill, "effective_discount", "share", solved->effective_discount);
	}
}

static void
idle_fact(const struct fill *fill)
{
	const struct idle *idle = &fill->solved->month.idle;
	struct value *object = value_object(fill->answer);

	set_number(fill, object, "redundancy", idle->redundancy);
	set_number(fill, object, "headroom", idle->headroom);
	set_number(fill, object, "shape", idle->shape);
	set_number(fill, object, "rounding", idle->rounding);
	answer_fact(fill->answer, "idle", unit_in(fill, "USD/month"), object);
}

static void
self_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const struct fleet_month *month = &solved->month;

	number_fact(fill, "replica_capacity_mtok_month", "Mtok/month", solved->fleet.capacity_mtok_month);
	number_fact(fill, "replica_month", "USD/month", solved->fleet.replica_hour * solved->fleet.hours_month);
	number_fact(fill, "peak_to_mean", "ratio", solved->fleet.peak_to_mean);
	number_fact(fill, "marginal_self_usd_per_mtok", "USD/Mtok", solved->marginal_self_usd_per_mtok);
	if (!solved->has_volume)
		return;
	number_fact(fill, "self_month", "USD/month", month->cost);
	number_fact(fill, "self_usd_per_mtok", "USD/Mtok", solved->self_usd_per_mtok);
	number_fact(fill, "replicas", "replicas", month->replicas);
	if (fill->scenario->self_hosted.scaling == SCALING_AUTOSCALE) {
		number_fact(fill, "replicas_low", "replicas", month->replicas_low);
		number_fact(fill, "replicas_mean", "replicas", month->replica_hours / solved->fleet.hours_month);
	}
	number_fact(fill, "replica_hours_month", "hours/month", month->replica_hours);
	number_fact(fill, "utilisation", "share", month->utilisation);
	number_fact(fill, "idle_month", "USD/month", month->idle_cost);
	idle_fact(fill);
}

static void
islands_fact(const struct fill *fill)
{
	struct value *list = value_list(fill->answer);

	for (size_t i = 0; i < fill->solved->breakeven.islands; i++) {
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
		number_fact(fill, "saving_month", "USD/month", solved->saving_month);
	number_fact(fill, "first_break_even_mtok_month", "Mtok/month", found->first);
	number_fact(fill, "safe_break_even_mtok_month", "Mtok/month", found->safe);
	islands_fact(fill);
	count_fact(fill, "up_crossings", found->up_crossings);
	count_fact(fill, "down_crossings", found->down_crossings);
	count_fact(fill, "touches", found->touches);
	number_fact(fill, "horizon_mtok_month", "Mtok/month", solved->horizon);
	number_fact(fill, "break_even_utilisation", "share", solved->break_even_utilisation);
	if (!solved->has_volume)
		return;
	number_fact(fill, "break_even_closed_price", "USD/Mtok", solved->break_even_closed_price);
	number_fact(fill, "break_even_gpu_hour", "USD/hour", solved->break_even_gpu_hour);
	number_fact(fill, "break_even_mix", "input per output", solved->break_even_mix);
}

static void
invest_facts(const struct fill *fill)
{
	const struct invest *invest = &fill->solved->invest;

	number_fact(fill, "payback_months", "months", invest->payback_months);
	number_fact(fill, "discounted_payback_months", "months", invest->discounted_payback_months);
	/* What owned hardware is compared by: hours of running until it is cheaper than renting. */
	number_fact(fill, "payback_hours", "hours", invest->payback_months * fill->solved->fleet.hours_month);
	number_fact(fill, "npv", "USD", invest->npv);
	if (invest->irr_state == IRR_NOT_UNIQUE)
		answer_fact(fill->answer, "irr_month", "share", value_text(fill->answer, "not unique"));
	else
		number_fact(fill, "irr_month", "share", invest->irr_month);
}

static void
uncertainty_facts(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	struct value *bands = value_object(fill->answer), *tornado = value_list(fill->answer);

	set_number(fill, bands, "p10", solved->bands.p10);
	set_number(fill, bands, "p50", solved->bands.p50);
	set_number(fill, bands, "p90", solved->bands.p90);
	set_number(fill, bands, "mean", solved->bands.mean);
	set_number(fill, bands, "p_positive", solved->bands.p_positive);
	answer_fact(fill->answer, "bands", unit_in(fill, "USD/month"), bands);
	for (size_t i = 0; i < solved->swings; i++) {
		const struct swing *swing = &solved->swing[i];
		struct value *item = value_object(fill->answer);
		char path[64];

		object_set(fill->answer, item, "input",
			value_text(fill->answer, scenario_field_path(swing->field, path, sizeof(path))));
		set_number(fill, item, "low", swing->low);
		set_number(fill, item, "high", swing->high);
		set_number(fill, item, "swing", fabs(swing->high - swing->low));
		list_add(fill->answer, tornado, item);
	}
	answer_fact(fill->answer, "tornado", unit_in(fill, "USD/month"), tornado);
	number_fact(fill, "tornado_base", "USD/month", solved->tornado_base);
}

static void
overflow_fact(const struct fill *fill)
{
	const struct overflow *overflow = &fill->solved->overflow;
	struct value *object = value_object(fill->answer), *costs = value_list(fill->answer);

	set_number(fill, object, "best_replicas", overflow->best_replicas);
	set_number(fill, object, "best_month", overflow->best_month);
	set_number(fill, object, "saving_month", fill->solved->closed_month - overflow->best_month);
	set_number(fill, object, "overflow_share", overflow->overflow_share);
	for (size_t i = 0; i < overflow->costs; i++)
		list_add(fill->answer, costs, value_number(fill->answer, overflow->cost[i]));
	object_set(fill->answer, object, "cost_by_replicas", costs);
	answer_fact(fill->answer, "overflow", unit_in(fill, "USD/month"), object);
}

static void
reserve_fact(const struct fill *fill)
{
	const struct reserve *reserve = &fill->solved->reserve;
	struct value *object = value_object(fill->answer), *costs = value_list(fill->answer);

	set_number(fill, object, "best_replicas", reserve->best_replicas);
	set_number(fill, object, "best_month", reserve->best_month);
	set_number(fill, object, "saving_month", fill->solved->month.gpu_cost - reserve->best_month);
	for (size_t i = 0; i < reserve->costs; i++)
		list_add(fill->answer, costs, value_number(fill->answer, reserve->cost[i]));
	object_set(fill->answer, object, "cost_by_replicas", costs);
	answer_fact(fill->answer, "reserved", unit_in(fill, "USD/month"), object);
}

/* ---- goals */

static struct value *
solution_value(const struct fill *fill, const struct goal_solution *solution)
{
	struct value *object = value_object(fill->answer);
	double volume = solution->to, self = fleet_cost(&fill->solved->fleet, volume);

	set_number(fill, object, "mtok_month", volume);
	set_number(fill, object, "mtok_day", volume * 12 / 365);
	set_number(fill, object, "replicas", solution->replicas);
	set_number(fill, object, "self_month", self);
	set_number(fill, object, "self_usd_per_mtok", volume > 0 ? self / volume : NAN);
	if (fill->solved->has_closed) {
		set_number(fill, object, "closed_month", closed_month(&fill->solved->closed, volume));
		set_number(fill, object, "saving_month", closed_month(&fill->solved->closed, volume) - self);
	}
	if (solution->from < solution->to)
		set_number(fill, object, "from_mtok_month", solution->from);
	return object;
}

/* What mix makes the closed side cost the saving more than the fleet does at this volume? */
static void
set_mix(const struct fill *fill, struct value *object, double volume, bool *reached)
{
	double price = (fleet_cost(&fill->solved->fleet, volume) + fill->scenario->goal.saving) / volume;
	double mix, nearest;
	enum mix_state state = mix_for_price(&fill->solved->closed, price, &mix, &nearest);

	set_number(fill, object, "required_closed_price", price);
	set_number(fill, object, "input_per_output", mix);
	set_number(fill, object, "nearest_closed_price", state == MIX_FOUND ? price : nearest);
	*reached = *reached || state == MIX_FOUND;
	if (state == MIX_UNKNOWN)
		answer_note(fill->answer, "the mix cannot be told: closed gives a price of the mix only");
	else if (state != MIX_FOUND)
		answer_note(fill->answer,
			"no mix reaches this at %s Mtok/month: it needs a closed price of %s a Mtok, the nearest is %s",
			mtok(fill, volume), money(fill, price), money(fill, nearest));
}

/* The goal in words: "a saving of $14,000 a month". */
static const char *
goal_words(const struct fill *fill, const struct goal *goal)
{
	if (goal->kind == GOAL_SAVING)
		return arena_format(fill->arena, "a saving of %s a month", money(fill, goal->value));
	return arena_format(fill->arena, "%s a Mtok self-hosted", money(fill, goal->value));
}

static void
goal_headline(const struct fill *fill, const struct goal *goal, const struct goal_answer *found,
	const struct goal_solution *solutions)
{
	const char *words = goal_words(fill, goal), *list = "";

	if (found->solutions > 0) {
		for (size_t i = 0; i < found->solutions && i < 4; i++)
			list = arena_format(
				fill->arena, "%s%s%s", list, i == 0 ? "" : ", ", mtok(fill, solutions[i].to));
		answer_headline(fill->answer, "%s is reached at %s%s Mtok/month", words, list,
			found->solutions > 4 ? " and further volumes up to" : "");
		if (found->solutions > 4)
			answer_headline(fill->answer, "%s is reached at %zu volumes, from %s Mtok/month on", words,
				found->solutions, mtok(fill, solutions[0].to));
		return;
	}
	if (isnan(found->nearest.to))
		answer_headline(fill->answer, "no volume reaches this: no fleet carries any load");
	else
		answer_headline(fill->answer, "no volume reaches this (%s): the nearest is %s%s Mtok/month with %s%s",
			words, found->nearest_just_above ? "just above " : "", mtok(fill, found->nearest.to),
			money(fill, found->nearest.reached), goal->kind == GOAL_SAVING ? " a month" : " a Mtok");
}

static int
goal_facts(const struct fill *fill, struct err *err)
{
	const struct goal_terms *terms = &fill->scenario->goal;
	bool by_unit = !isnan(terms->unit_cost), mix = by_unit && !isnan(terms->saving), mix_reached = false;
	struct goal goal = { .kind = by_unit ? GOAL_UNIT_COST : GOAL_SAVING,
		.value = by_unit ? terms->unit_cost : terms->saving };
	struct goal_solution *solutions = arena_take(fill->arena, SOLUTIONS_MAX * sizeof(*solutions));
	struct value *list = value_list(fill->answer);
	struct goal_answer found;

	if (!fill->solved->has_self || (!fill->solved->has_closed && !isnan(terms->saving)))
		return err_set(err, ERR_INPUT, "goal: needs %s", fill->solved->has_self ? "closed" : "self_hosted");
	goal.horizon = isnan(fill->solved->horizon) ? DEFAULT_HORIZON : fill->solved->horizon;
	if (goal_solve(&found, &goal, &fill->solved->closed, &fill->solved->fleet, solutions, SOLUTIONS_MAX, err) != 0)
		return -1;
	goal_headline(fill, &goal, &found, solutions);
	for (size_t i = 0; i < found.solutions && i < SOLUTIONS_MAX; i++) {
		struct value *item = solution_value(fill, &solutions[i]);

		if (mix)
			set_mix(fill, item, solutions[i].to, &mix_reached);
		list_add(fill->answer, list, item);
	}
	if (mix && found.solutions > 0 && !mix_reached)
		answer_headline(fill->answer, "no mix reaches this: %s together with a saving of %s a month",
			goal_words(fill, &goal), money(fill, terms->saving));
	answer_fact(fill->answer, "goal_reached", "",
		value_truth(fill->answer, found.solutions > 0 && (!mix || mix_reached)));
	answer_fact(fill->answer, "solutions", "", list);
	if (found.solutions > SOLUTIONS_MAX)
		answer_note(fill->answer, "%zu volumes reach the goal, the first %d are listed", found.solutions,
			SOLUTIONS_MAX);
	if (found.solutions == 0)
		answer_fact(fill->answer, "nearest", "",
			isnan(found.nearest.to) ? value_unknown(fill->answer) : solution_value(fill, &found.nearest));
	number_fact(fill, "searched_mtok_month", "Mtok/month", found.searched);
	return 0;
}

/* ---- both curves */

struct curves {
	const struct fill *fill;
	struct column *volume, *closed, *self;
	double last_closed, last_self; /* of the last row */
	bool any;
};

static void
add_row(struct curves *curves, const struct piece *piece, double volume)
{
	const struct solved *solved = curves->fill->solved;
	double closed = piece_closed(piece, volume), self = piece_self(piece, volume);
	struct answer *answer = curves->fill->answer;

	column_add(answer, curves->volume, value_number(answer, volume));
	column_add(answer, curves->closed, value_number(answer, solved->has_closed ? closed : NAN));
	column_add(answer, curves->self, value_number(answer, solved->has_self ? self : NAN));
	curves->last_closed = closed;
	curves->last_self = self;
	curves->any = true;
}

static bool
differs(double a, double b)
{
	return fabs(a - b) > TIE * (fabs(a) + fabs(b));
}

/*
 * Each piece from just above its beginning to its end, so that a chart draws true steps. Where a side does
 * not jump the end of the piece before is the beginning of the next and is not said twice. Of a curve with
 * more breakpoints than anyone can see every n-th piece is shown.
 */
static void
curve_columns(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	struct curves curves = { .fill = fill };
	struct closed nothing = { .tiers = 1 };
	struct fleet none = {
		.capacity_mtok_month = INFINITY, .hours_month = 1, .needs = 1, .need = { { 1, WEEK_HOURS } }
	};
	const struct closed *closed = solved->has_closed ? &solved->closed : &nothing;
	const struct fleet *fleet = solved->has_self && !solved->carries_nothing ? &solved->fleet : &none;
	double horizon = solved->horizon, volume = fill->scenario->volume.mtok_month;
	struct walk walk;
	struct piece piece;
	size_t every, at = 0;

	if (isnan(horizon))
		horizon = volume > 0 ? 2 * volume : DEFAULT_HORIZON;
	every = (size_t)ceil(fmax(1, curve_edges(closed, fleet, horizon) / CURVE_EDGES));
	answer_table(fill->answer, "curves", "Both curves");
	curves.volume = answer_column(fill->answer, "volume_mtok_month", "Mtok/month");
	curves.closed = answer_column(fill->answer, "closed_month", unit_in(fill, "USD/month"));
	curves.self = answer_column(fill->answer, "self_month", unit_in(fill, "USD/month"));
	walk_begin(&walk, closed, fleet, horizon);
	while (walk_next(&walk, &piece)) {
		if (at++ % every != 0 && piece.to < horizon)
			continue;
		if (!curves.any || differs(curves.last_closed, piece_closed(&piece, piece.from)) ||
			differs(curves.last_self, piece_self(&piece, piece.from)))
			add_row(&curves, &piece, piece.from);
		add_row(&curves, &piece, piece.to);
	}
	if (every > 1)
		answer_note(fill->answer, "the curves have about %.0f breakpoints; one piece in %zu is in the columns",
			curve_edges(closed, fleet, horizon), every);
}

/* ---- the doors */

struct solved *
solve_in_arena(struct arena *arena, const struct scenario *scenario, struct err *err)
{
	struct solved *solved = arena_take(arena, sizeof(*solved));
	struct island *islands;

	return solve_with_islands(arena, scenario, solved, &islands, err) == 0 ? solved : NULL;
}

int
answer_scenario(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err)
{
	struct solved *solved = arena_take(arena, sizeof(*solved));
	struct fill fill = { .answer = answer, .arena = arena, .scenario = scenario, .solved = solved };
	struct island *islands = NULL;

	if (solve_with_islands(arena, scenario, solved, &islands, err) != 0)
		return -1;
	fill.islands = islands;
	if (solved->has_closed && solved->has_self)
		breakeven_headline(&fill);
	else
		one_side_headline(&fill);
	if ((!isnan(scenario->goal.saving) || !isnan(scenario->goal.unit_cost)) && goal_facts(&fill, err) != 0)
		return -1;
	if (strcmp(scenario->currency, "USD") != 0)
		answer_fact(answer, "currency", "", value_text(answer, scenario->currency));
	if (solved->has_closed)
		closed_facts(&fill);
	if (solved->has_self)
		self_facts(&fill);
	if (solved->has_closed && solved->has_self)
		breakeven_facts(&fill);
	if (solved->has_invest)
		invest_facts(&fill);
	if (solved->has_bands)
		uncertainty_facts(&fill);
	if (solved->has_overflow)
		overflow_fact(&fill);
	if (solved->has_reserve)
		reserve_fact(&fill);
	if (solved->has_closed)
		note_closed(&fill);
	if (solved->has_self)
		note_fleet(&fill);
	if (solved->has_closed && solved->has_self)
		note_breakeven(&fill);
	curve_columns(&fill);
	return 0;
}
