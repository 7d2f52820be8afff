#include "models/compare/goal.h"

#include <math.h>

#include "models/compare/breakeven.h"
#include "models/compare/closed.h"
#include "models/compare/curve.h"
#include "models/supply/fleet.h"
#include "models/units/err.h"

/*
 * Both goals ask where a line is 0 on a piece: for a saving s it is closed - self - s, for a unit cost u it
 * is u * V - self. `sizes` is what rounding is measured against, as in breakeven.
 */
struct line {
	double f0, f1;
	double sizes_0, sizes_1;
};

struct hunt {
	struct goal_answer *answer;
	const struct goal *goal;
	struct goal_solution *solutions;
	size_t room;
	double last_to;     /* end of the last solution */
	double nearest_gap; /* distance of answer->nearest from the goal */
};

static struct line
goal_line(const struct goal *goal, const struct piece *piece)
{
	struct line line = { 0 };

	if (goal->kind == GOAL_SAVING) {
		line.f0 = piece->closed_0 - piece->self_0 - goal->value;
		line.f1 = piece->closed_1 - piece->self_1;
		line.sizes_0 = fabs(piece->closed_0) + fabs(piece->self_0) + fabs(goal->value);
		line.sizes_1 = piece->closed_1 + piece->self_1;
	} else {
		line.f0 = -piece->self_0;
		line.f1 = goal->value - piece->self_1;
		line.sizes_0 = piece->self_0;
		line.sizes_1 = fabs(goal->value) + piece->self_1;
	}
	return line;
}

static double
line_at(const struct line *line, double mtok_month)
{
	double value = line->f0 + line->f1 * mtok_month;

	return fabs(value) <= TIE * (line->sizes_0 + line->sizes_1 * mtok_month) ? 0 : value;
}

/* What the goal's quantity is at a volume of the piece. */
static double
reached(const struct goal *goal, const struct piece *piece, double mtok_month)
{
	if (goal->kind == GOAL_SAVING)
		return piece_closed(piece, mtok_month) - piece_self(piece, mtok_month);
	return piece_self(piece, mtok_month) / mtok_month;
}

static void
add_solution(struct hunt *hunt, const struct piece *piece, double from, double to)
{
	struct goal_answer *answer = hunt->answer;

	/* A stretch that goes on over a breakpoint is one solution. */
	if (answer->solutions > 0 && from < to && hunt->last_to >= from) {
		if (answer->solutions <= hunt->room)
			hunt->solutions[answer->solutions - 1].to = to;
		hunt->last_to = to;
		return;
	}
	if (answer->solutions < hunt->room)
		hunt->solutions[answer->solutions] =
			(struct goal_solution){ from, to, piece->replicas, reached(hunt->goal, piece, to) };
	answer->solutions++;
	hunt->last_to = to;
}

static void
offer_nearest(struct hunt *hunt, const struct piece *piece, double at, bool just_above)
{
	double value = reached(hunt->goal, piece, at), gap = fabs(value - hunt->goal->value);

	if (!isfinite(gap) || gap >= hunt->nearest_gap * (1 - TIE))
		return;
	hunt->nearest_gap = gap;
	hunt->answer->nearest = (struct goal_solution){ at, at, piece->replicas, value };
	hunt->answer->nearest_just_above = just_above;
}

static void
hunt_piece(struct hunt *hunt, const struct piece *piece)
{
	struct line line = goal_line(hunt->goal, piece);
	double left = line_at(&line, piece->from), right = line_at(&line, piece->to);

	if (left == 0 && right == 0)
		add_solution(hunt, piece, piece->from, piece->to);
	else if (right == 0)
		add_solution(hunt, piece, piece->to, piece->to);
	else if ((left < 0 && right > 0) || (left > 0 && right < 0))
		add_solution(hunt, piece, -line.f0 / line.f1, -line.f0 / line.f1);
	offer_nearest(hunt, piece, piece->to, false);
	offer_nearest(hunt, piece, piece->from, true);
}

/* A volume beyond which no solution can be, INFINITY where solutions never end. */
static double
goal_settled(const struct goal *goal, const struct closed *closed, const struct fleet *fleet)
{
	double replica = fleet->replica_hour * fleet->hours_month;
	double high = fleet->fixed_month + replica * fmax(fleet->min_replicas, 1 + fleet->redundancy);
	double marginal = fleet_marginal(fleet), margin = goal->value - marginal;

	if (goal->kind == GOAL_SAVING)
		return curve_settled(closed, fleet, goal->value);
	if (fabs(margin) <= TIE * (goal->value + marginal))
		return INFINITY;
	/* S / V is never below the marginal cost and never above it by more than high / V. */
	return margin > 0 ? high / margin : 0;
}

int
goal_solve(struct goal_answer *answer, const struct goal *goal, const struct closed *closed, const struct fleet *fleet,
	struct goal_solution *solutions, size_t room, struct err *err)
{
	struct hunt hunt = { .answer = answer, .goal = goal, .solutions = solutions, .room = room };
	struct closed nothing;
	struct walk walk;
	struct piece piece;
	double settled;

	*answer = (struct goal_answer){ .nearest = { NAN, NAN, NAN, NAN }, .searched = goal->horizon };
	if (!(fleet->capacity_mtok_month > 0))
		return 0;
	if (goal->kind == GOAL_UNIT_COST) {
		closed_nothing(&nothing);
		closed = &nothing;
	}
	if (curve_edges(closed, fleet, goal->horizon) > EDGES_MAX)
		return err_set(
			err, ERR_INPUT, "horizon_mtok_month: %.15g spans more than %d steps", goal->horizon, EDGES_MAX);
	settled = goal_settled(goal, closed, fleet);
	if (isfinite(settled))
		answer->searched = fmax(goal->horizon, fmin(1.01 * settled, curve_reach(fleet, EDGES_MAX / 2.0)));
	hunt.nearest_gap = INFINITY;
	walk_begin(&walk, closed, fleet, answer->searched);
	while (walk_next(&walk, &piece))
		hunt_piece(&hunt, &piece);
	return 0;
}

enum mix_state
mix_for_price(const struct closed *closed, double price, double *input_per_output, double *nearest)
{
	double input = closed->input * (1 - closed->discount), output = closed->output * (1 - closed->discount);
	double low = fmin(input, output), high = fmax(input, output);

	*input_per_output = NAN;
	*nearest = NAN;
	if (isnan(closed->input) || isnan(closed->output))
		return MIX_UNKNOWN;
	/* Only output (0 input tokens) is a mix; only input is the limit of mixes and is never quite reached. */
	if ((price > low && price < high) || (price == output && high > low)) {
		*input_per_output = (output - price) / (price - input);
		return MIX_FOUND;
	}
	*nearest = price <= low ? low : high;
	return price <= low ? MIX_ALWAYS : MIX_NEVER;
}
