/*
 * A scenario solved with memory from the arena, and the sentence that says what came out.
 */
#include "daemon/report/solve.h"

#include <math.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"

#define ISLANDS_AT_FIRST 64

/* ---- solving with memory from the arena */

static int
solve_with_islands(struct arena *arena, const struct scenario *scenario, struct solved *solved, struct island **islands,
	struct ahead_month **months, struct err *err)
{
	struct solve_room room = { .islands_room = ISLANDS_AT_FIRST };

	room.islands = arena_take(arena, room.islands_room * sizeof(*room.islands));
	if (scenario->uncertain.inputs > 0 && scenario->uncertain.draws >= 1 && scenario->uncertain.draws <= DRAWS_MAX)
		room.draws = arena_take(arena, (size_t)scenario->uncertain.draws * sizeof(*room.draws));
	if (months != NULL && scenario->ahead.given && scenario->ahead.months >= 1 &&
		scenario->ahead.months <= AHEAD_MONTHS_MAX) {
		*months = room.months = arena_take(arena, (size_t)scenario->ahead.months * sizeof(*room.months));
		room.month_draws = arena_take(arena, (ahead_room(scenario) + 1) * sizeof(*room.month_draws));
	}
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

/* ---- the sentence */

static const char *
saving_words(const struct fill *fill)
{
	const struct solved *solved = fill->solved;

	if (isnan(solved->saving_month))
		return "";
	if (solved->saving_month == 0)
		return arena_format(fill->arena, "; at %s both cost %s a month",
			fill_mtok(fill, fill->scenario->volume.mtok_month), fill_money(fill, solved->month.cost));
	return arena_format(fill->arena, "; at %s it %s %s a month", fill_mtok(fill, fill->scenario->volume.mtok_month),
		solved->saving_month > 0 ? "saves" : "costs",
		solved->saving_month > 0
			? fill_money(fill, solved->saving_month)
			: arena_format(fill->arena, "%s more", fill_money(fill, -solved->saving_month)));
}

static void
breakeven_headline(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const struct breakeven *found = &solved->breakeven;
	double replicas = fmax(solved->fleet.min_replicas, 1 + solved->fleet.redundancy);
	const char *first = fill_mtok(fill, found->first), *safe = fill_mtok(fill, found->safe),
		   *words = saving_words(fill);

	if (solved->carries_nothing)
		answer_headline(fill->answer,
			"No break-even can be told: the throughput is 0 or was not measured, so no fleet carries any load");
	else if (found->equal_everywhere)
		answer_headline(fill->answer, "Closed and self-hosted cost the same at every volume%s", words);
	else if (isnan(found->first))
		answer_headline(fill->answer, "Self-hosting never pays up to %s Mtok/month%s",
			fill_mtok(fill, solved->horizon), words);
	else if (isnan(found->safe))
		answer_headline(fill->answer,
			"Self-hosting pays from %s Mtok/month but is not safe at any volume up to %s%s", first,
			fill_mtok(fill, solved->horizon), words);
	else if (found->safe > found->first)
		answer_headline(fill->answer,
			"Self-hosting pays from %s Mtok/month but is safe only from %s Mtok/month%s", first, safe,
			words);
	else if (found->safe == 0)
		answer_headline(fill->answer, "Self-hosting pays at every volume up to %s Mtok/month%s",
			fill_mtok(fill, solved->horizon), words);
	else if (solved->unmeasured)
		answer_headline(fill->answer, "Self-hosting pays from %s Mtok/month on, as long as %g replica%s it%s",
			first, replicas, replicas == 1 ? " carries" : "s carry", words);
	else
		answer_headline(fill->answer, "Self-hosting pays from %s Mtok/month on%s", first, words);
}

static void
one_side_headline(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	const char *volume = fill_mtok(fill, fill->scenario->volume.mtok_month);

	if (solved->has_closed && solved->has_volume)
		answer_headline(fill->answer, "%s Mtok/month cost %s a month at the closed provider", volume,
			fill_money(fill, solved->closed_month));
	else if (solved->has_closed)
		answer_headline(fill->answer, "A million tokens cost %s at the closed provider",
			fill_money(fill, solved->blended_price));
	else if (solved->has_volume)
		answer_headline(fill->answer, "%s Mtok/month cost %s a month self-hosted", volume,
			fill_money(fill, solved->month.cost));
	else
		answer_headline(fill->answer, "A replica costs %s a month",
			fill_money(fill, solved->fleet.replica_hour * solved->fleet.hours_month));
}

/* ---- the doors */

struct solved *
solve_in_arena(struct arena *arena, const struct scenario *scenario, struct err *err)
{
	struct solved *solved = arena_take(arena, sizeof(*solved));
	struct island *islands;

	return solve_with_islands(arena, scenario, solved, &islands, NULL, err) == 0 ? solved : NULL;
}

/* All but the columns. */
static int
fill_all(struct fill *fill, struct err *err)
{
	const struct scenario *scenario = fill->scenario;
	struct solved *solved = arena_take(fill->arena, sizeof(*solved));
	struct island *islands = NULL;
	struct ahead_month *months = NULL;

	if (solve_with_islands(fill->arena, scenario, solved, &islands, &months, err) != 0)
		return -1;
	fill->solved = solved;
	fill->months = months;
	fill->islands = islands;
	if (solved->has_closed && solved->has_self)
		breakeven_headline(fill);
	else
		one_side_headline(fill);
	if ((!isnan(scenario->goal.saving) || !isnan(scenario->goal.unit_cost)) && fill_goals(fill, err) != 0)
		return -1;
	fill_facts(fill);
	fill_notes(fill);
	return 0;
}

const struct solved *
answer_solved(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err)
{
	struct fill fill = { .answer = answer, .arena = arena, .scenario = scenario };

	if (fill_all(&fill, err) != 0)
		return NULL;
	fill_curves(&fill);
	fill_ahead(&fill);
	return fill.solved;
}

int
answer_scenario(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err)
{
	return answer_solved(answer, arena, scenario, err) == NULL ? -1 : 0;
}

int
answer_scenario_brief(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err)
{
	struct fill fill = { .answer = answer, .arena = arena, .scenario = scenario };

	if (fill_all(&fill, err) != 0)
		return -1;
	fill_table(&fill);
	fill_ahead(&fill);
	return 0;
}
