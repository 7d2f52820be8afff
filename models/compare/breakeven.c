#include "models/compare/breakeven.h"

#include <math.h>

#include "models/compare/closed.h"
#include "models/compare/curve.h"
#include "models/supply/fleet.h"
#include "models/units/err.h"

#define DEFAULT_EDGES_MAX 200000.0 /* breakpoints that a horizon of our own choice may span */

/* Where the walk over the pieces stands. */
struct search {
	struct breakeven *found;
	struct island *islands;
	size_t room;
	bool inside; /* D >= 0 at the place reached */
	double from; /* where that island began */
};

/* D at a volume of the piece; exactly 0 where it is 0 but for rounding. */
static double
difference(const struct piece *piece, double mtok_month)
{
	double closed_1 = piece->closed_1 * mtok_month, self_1 = piece->self_1 * mtok_month;
	double sizes = fabs(piece->closed_0) + fabs(closed_1) + fabs(piece->self_0) + fabs(self_1);
	double value = (piece->closed_0 - piece->self_0) + (closed_1 - self_1);

	return fabs(value) <= TIE * sizes ? 0 : value;
}

/* Where D = 0 inside the piece, given that it has other signs at the two ends. */
static double
crossing(const struct piece *piece)
{
	double volume = (piece->self_0 - piece->closed_0) / (piece->closed_1 - piece->self_1);

	if (volume >= piece->to * (1 - TIE))
		return piece->to;
	if (volume <= piece->from * (1 + TIE))
		return piece->from;
	return volume;
}

static void
begin_island(struct search *search, double at, bool counted)
{
	search->inside = true;
	search->from = at;
	if (counted)
		search->found->up_crossings++;
	if (search->found->islands == 0)
		search->found->first = at;
}

static void
end_island(struct search *search, double at, bool counted)
{
	struct breakeven *found = search->found;

	search->inside = false;
	if (found->islands < search->room)
		search->islands[found->islands] = (struct island){ search->from, at };
	found->islands++;
	if (counted)
		found->down_crossings++;
	if (!(at > search->from))
		found->touches++;
	else if (!counted)
		found->safe = search->from;
}

static void
take_piece(struct search *search, const struct piece *piece)
{
	double left = difference(piece, piece->from), right = difference(piece, piece->to);
	/* The piece is open on its left: a 0 there counts only when D does not fall from it. */
	bool rises = left > 0 || (left == 0 && right >= 0);
	bool begins = piece->from == 0;

	if (rises && !search->inside)
		begin_island(search, piece->from, !begins);
	if (!rises && search->inside)
		end_island(search, piece->from, true);
	if (rises && right < 0)
		end_island(search, crossing(piece), true);
	if (!rises && right >= 0)
		begin_island(search, right == 0 ? piece->to : crossing(piece), true);
	if (left != 0 || right != 0)
		search->found->equal_everywhere = false;
}

int
breakeven_find(struct breakeven *found, const struct closed *closed, const struct fleet *fleet, double horizon,
	struct island *islands, size_t room, struct err *err)
{
	struct search search = { .found = found, .islands = islands, .room = room };
	struct walk walk;
	struct piece piece;

	*found = (struct breakeven){ .first = NAN, .safe = NAN };
	if (!(fleet->capacity_mtok_month > 0))
		return 0;
	if (curve_edges(closed, fleet, horizon) > EDGES_MAX)
		return err_set(err, ERR_INPUT,
			"horizon_mtok_month: %.15g spans about %.3g steps of a fleet whose replica carries %.6g "
			"Mtok a month; at most %d are walked",
			horizon, curve_edges(closed, fleet, horizon), fleet->capacity_mtok_month, EDGES_MAX);
	found->equal_everywhere = true;
	walk_begin(&walk, closed, fleet, horizon);
	while (walk_next(&walk, &piece))
		take_piece(&search, &piece);
	if (search.inside)
		end_island(&search, horizon, false);
	return 0;
}

double
breakeven_horizon(const struct closed *closed, const struct fleet *fleet, double mtok_month)
{
	double horizon = DEFAULT_HORIZON, settled;

	if (!(fleet->capacity_mtok_month > 0))
		return horizon;
	settled = curve_settled(closed, fleet, 0);
	if (isfinite(settled) && settled > horizon)
		horizon = fmin(1.25 * settled, curve_reach(fleet, DEFAULT_EDGES_MAX));
	horizon = fmax(horizon, DEFAULT_HORIZON);
	if (mtok_month > 0)
		horizon = fmax(horizon, 2 * mtok_month);
	return fmin(horizon, curve_reach(fleet, EDGES_MAX / 2.0));
}
