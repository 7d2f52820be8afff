/*
 * Inverse questions: the volumes, or the mix, that reach a goal.
 */
#include <math.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"
#include "models/units/err.h"

#define SOLUTIONS_MAX 1000

static struct value *
solution_value(const struct fill *fill, const struct goal_solution *solution)
{
	struct value *object = value_object(fill->answer);
	double volume = solution->to, self = fleet_cost(&fill->solved->fleet, volume);

	fill_set(fill, object, "mtok_month", volume);
	fill_set(fill, object, "mtok_day", volume * 12 / 365);
	fill_set(fill, object, "replicas", solution->replicas);
	fill_set(fill, object, "self_month", self);
	fill_set(fill, object, "self_usd_per_mtok", volume > 0 ? self / volume : NAN);
	if (fill->solved->has_closed) {
		fill_set(fill, object, "closed_month", closed_month(&fill->solved->closed, volume));
		fill_set(fill, object, "saving_month", closed_month(&fill->solved->closed, volume) - self);
	}
	if (solution->from < solution->to)
		fill_set(fill, object, "from_mtok_month", solution->from);
	return object;
}

/* What mix makes the closed side cost the saving more than the fleet does at this volume? */
static void
set_mix(const struct fill *fill, struct value *object, double volume, bool *reached)
{
	double price = (fleet_cost(&fill->solved->fleet, volume) + fill->scenario->goal.saving) / volume;
	double mix, nearest;
	enum mix_state state = mix_for_price(&fill->solved->closed, price, &mix, &nearest);

	fill_set(fill, object, "required_closed_price", price);
	fill_set(fill, object, "input_per_output", mix);
	fill_set(fill, object, "nearest_closed_price", state == MIX_FOUND ? price : nearest);
	*reached = *reached || state == MIX_FOUND;
	if (state == MIX_UNKNOWN)
		answer_note(fill->answer, "the mix cannot be told: closed gives a price of the mix only");
	else if (state != MIX_FOUND)
		answer_note(fill->answer,
			"no mix reaches this at %s Mtok/month: it needs a closed price of %s a Mtok, the nearest is %s",
			fill_mtok(fill, volume), fill_money(fill, price), fill_money(fill, nearest));
}

/* The goal in words: "a saving of $14,000 a month". */
static const char *
goal_words(const struct fill *fill, const struct goal *goal)
{
	if (goal->kind == GOAL_SAVING)
		return arena_format(fill->arena, "a saving of %s a month", fill_money(fill, goal->value));
	return arena_format(fill->arena, "%s a Mtok self-hosted", fill_money(fill, goal->value));
}

static void
goal_headline(const struct fill *fill, const struct goal *goal, const struct goal_answer *found,
	const struct goal_solution *solutions)
{
	const char *words = goal_words(fill, goal), *list = "";

	if (found->solutions > 0) {
		for (size_t i = 0; i < found->solutions && i < 4; i++)
			list = arena_format(
				fill->arena, "%s%s%s", list, i == 0 ? "" : ", ", fill_mtok(fill, solutions[i].to));
		answer_headline(fill->answer, "%s is reached at %s%s Mtok/month", words, list,
			found->solutions > 4 ? " and further volumes up to" : "");
		if (found->solutions > 4)
			answer_headline(fill->answer, "%s is reached at %zu volumes, from %s Mtok/month on", words,
				found->solutions, fill_mtok(fill, solutions[0].to));
		return;
	}
	if (isnan(found->nearest.to))
		answer_headline(fill->answer, "no volume reaches this: no fleet carries any load");
	else
		answer_headline(fill->answer, "no volume reaches this (%s): the nearest is %s%s Mtok/month with %s%s",
			words, found->nearest_just_above ? "just above " : "", fill_mtok(fill, found->nearest.to),
			fill_money(fill, found->nearest.reached), goal->kind == GOAL_SAVING ? " a month" : " a Mtok");
}

int
fill_goals(const struct fill *fill, struct err *err)
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
	goal.horizon = fill->solved->horizon;
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
			goal_words(fill, &goal), fill_money(fill, terms->saving));
	answer_fact(fill->answer, "goal_reached", "",
		value_truth(fill->answer, found.solutions > 0 && (!mix || mix_reached)));
	answer_fact(fill->answer, "solutions", "", list);
	if (found.solutions > SOLUTIONS_MAX)
		answer_note(fill->answer, "%zu volumes reach the goal, the first %d are listed", found.solutions,
			SOLUTIONS_MAX);
	if (found.solutions == 0)
		answer_fact(fill->answer, "nearest", "",
			isnan(found.nearest.to) ? value_unknown(fill->answer) : solution_value(fill, &found.nearest));
	fill_number(fill, "searched_mtok_month", "Mtok/month", found.searched);
	return 0;
}
