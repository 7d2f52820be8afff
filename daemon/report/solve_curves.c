/*
 * Both curves as columns, for charts, and a short table of them, for people.
 */
#include <math.h>
#include <stdbool.h>

#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/curve.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"

#define CURVE_EDGES 4000.0 /* breakpoints that the columns show one by one */

struct curves {
	const struct fill *fill;
	struct column *volume, *closed, *self;
	double last_closed, last_self; /* of the last row */
};

static void
add_row(struct curves *curves, double volume, double closed, double self)
{
	const struct solved *solved = curves->fill->solved;
	struct answer *answer = curves->fill->answer;

	column_add(answer, curves->volume, value_number(answer, volume));
	column_add(answer, curves->closed, value_number(answer, solved->has_closed ? closed : NAN));
	column_add(
		answer, curves->self, value_number(answer, solved->has_self && !solved->carries_nothing ? self : NAN));
	curves->last_closed = closed;
	curves->last_self = self;
}

static void
add_piece_row(struct curves *curves, const struct piece *piece, double volume)
{
	add_row(curves, volume, piece_closed(piece, volume), piece_self(piece, volume));
}

static bool
differs(double a, double b)
{
	return fabs(a - b) > TIE * (fabs(a) + fabs(b));
}

/*
 * What no volume costs, then each piece from just above its beginning to its end, so that a chart draws true steps. Where a side does
 * not jump the end of the piece before is the beginning of the next and is not said twice. Of a curve with
 * more breakpoints than anyone can see every n-th piece is shown.
 */
void
fill_curves(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	struct curves curves = { .fill = fill };
	struct closed nothing = { .tiers = 1 };
	struct fleet none = {
		.capacity_mtok_month = INFINITY, .hours_month = 1, .needs = 1, .need = { { 1, WEEK_HOURS } }
	};
	const struct closed *closed = solved->has_closed ? &solved->closed : &nothing;
	const struct fleet *fleet = solved->has_self && !solved->carries_nothing ? &solved->fleet : &none;
	double horizon = solved->horizon;
	struct walk walk;
	struct piece piece;
	size_t every, at = 0;

	every = (size_t)ceil(fmax(1, curve_edges(closed, fleet, horizon) / CURVE_EDGES));
	answer_table(fill->answer, "curves", "Both curves");
	curves.volume = answer_column(fill->answer, "volume_mtok_month", "Mtok/month");
	curves.closed = answer_column(fill->answer, "closed_month", fill_unit(fill, "USD/month"));
	curves.self = answer_column(fill->answer, "self_month", fill_unit(fill, "USD/month"));
	/* A fleet that keeps less running without any load steps up as soon as there is some. */
	add_row(&curves, 0, solved->has_closed ? closed_month(closed, 0) : 0, fleet_cost(fleet, 0));
	walk_begin(&walk, closed, fleet, horizon);
	while (walk_next(&walk, &piece)) {
		if (at++ % every != 0 && piece.to < horizon)
			continue;
		if (differs(curves.last_closed, piece_closed(&piece, piece.from)) ||
			differs(curves.last_self, piece_self(&piece, piece.from)))
			add_piece_row(&curves, &piece, piece.from);
		add_piece_row(&curves, &piece, piece.to);
	}
	if (every > 1)
		answer_note(fill->answer, "the curves have about %.0f breakpoints; one piece in %zu is in the columns",
			curve_edges(closed, fleet, horizon), every);
}

/* ---- the short table */

#define TABLE_STEPS 8
#define TABLE_ROWS_MAX (TABLE_STEPS + 4)

/* Put a volume into the rising list, once. */
static size_t
add_volume(double *volumes, size_t n, double volume)
{
	size_t at = 0;

	if (!(volume >= 0))
		return n;
	while (at < n && volumes[at] < volume)
		at++;
	if (at < n && !differs(volumes[at], volume))
		return n;
	for (size_t i = n; i > at; i--)
		volumes[i] = volumes[i - 1];
	volumes[at] = volume;
	return n + 1;
}

/* 1, 2 or 5 times a power of ten, so that TABLE_STEPS of them reach a little further than what matters. */
static double
table_step(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	double reach = fmax(0, fill->scenario->volume.mtok_month * 1.5), step;

	reach = fmax(reach, isnan(solved->breakeven.safe) ? 0 : solved->breakeven.safe * 1.25);
	reach = fmax(reach, isnan(solved->breakeven.first) ? 0 : solved->breakeven.first * 1.5);
	if (!(reach > 0))
		reach = solved->horizon;
	step = pow(10, floor(log10(reach / TABLE_STEPS)));
	return step * (reach > 5 * TABLE_STEPS * step ? 10 : reach > 2 * TABLE_STEPS * step ? 5 : 2);
}

void
fill_table(const struct fill *fill)
{
	const struct solved *solved = fill->solved;
	double volumes[TABLE_ROWS_MAX], step = table_step(fill);
	struct column *volume, *closed, *self = NULL, *saving = NULL, *replicas = NULL;
	struct answer *answer = fill->answer;
	size_t n = 0;

	for (int i = 0; i <= TABLE_STEPS; i++)
		n = add_volume(volumes, n, i * step);
	n = add_volume(volumes, n, fill->scenario->volume.mtok_month);
	n = add_volume(volumes, n, solved->breakeven.first);
	n = add_volume(volumes, n, solved->breakeven.safe);
	answer_table(answer, "volumes", "At some volumes");
	volume = answer_column(answer, "volume_mtok_month", "Mtok/month");
	closed = solved->has_closed ? answer_column(answer, "closed_month", fill_unit(fill, "USD/month")) : NULL;
	if (solved->has_self) {
		self = answer_column(answer, "self_month", fill_unit(fill, "USD/month"));
		saving = closed == NULL ? NULL : answer_column(answer, "saving_month", fill_unit(fill, "USD/month"));
		replicas = answer_column(answer, "replicas", "");
	}
	for (size_t i = 0; i < n; i++) {
		double pays = solved->has_closed ? closed_month(&solved->closed, volumes[i]) : NAN;
		struct fleet_month month = { .cost = NAN, .replicas = NAN };

		if (solved->has_self)
			fleet_month_at(&solved->fleet, volumes[i], &month);
		column_add(answer, volume, value_number(answer, volumes[i]));
		if (closed != NULL)
			column_add(answer, closed, value_number(answer, pays));
		if (self != NULL)
			column_add(answer, self, value_number(answer, month.cost));
		if (saving != NULL)
			column_add(answer, saving,
				value_number(answer, differs(pays, month.cost) ? pays - month.cost : 0));
		if (replicas != NULL)
			column_add(answer, replicas, value_number(answer, month.replicas));
	}
}
