#include "models/compare/curve.h"

#include <math.h>

#include "models/compare/closed.h"
#include "models/supply/fleet.h"

/* Usage (after discount, before commitment) is *c0 + *c1 * V inside a tier. */
static void
usage_line(const struct closed *closed, size_t tier, double *c0, double *c1)
{
	double scale = closed->batch * (1 - closed->discount);
	double before = 0;

	*c1 = closed->tier[tier].price * scale;
	*c0 = 0;
	if (closed->tier_mode == TIERS_ALL_UNITS)
		return;
	for (size_t i = 0; i < tier; i++)
		before += (closed->tier[i + 1].from_mtok - closed->tier[i].from_mtok) * closed->tier[i].price;
	*c0 = (before - closed->tier[tier].from_mtok * closed->tier[tier].price) * scale;
}

/* Does the commitment bind just above the volume, in the walk's tier? */
static bool
is_committed(const struct walk *walk, double mtok_month)
{
	double c0, c1, usage;

	usage_line(walk->closed, walk->tier, &c0, &c1);
	usage = c0 + c1 * mtok_month;
	return walk->closed->commit_month - usage >
		TIE * (walk->closed->commit_month + fabs(c0) + fabs(c1 * mtok_month));
}

/* The next breakpoint of the closed side. */
static double
closed_edge(const struct walk *walk)
{
	const struct closed *closed = walk->closed;
	double edge = walk->tier + 1 < closed->tiers ? closed->tier[walk->tier + 1].from_mtok : INFINITY;
	double c0, c1;

	if (!walk->committed)
		return edge;
	usage_line(closed, walk->tier, &c0, &c1);
	return c1 > 0 ? fmin(edge, (closed->commit_month - c0) / c1) : edge;
}

static void
sift_down(struct walk *walk, size_t i)
{
	size_t n = walk->fleet->needs;

	for (;;) {
		size_t least = i, left = 2 * i + 1, right = 2 * i + 2, need;

		if (left < n && walk->edge[walk->heap[left]] < walk->edge[walk->heap[least]])
			least = left;
		if (right < n && walk->edge[walk->heap[right]] < walk->edge[walk->heap[least]])
			least = right;
		if (least == i)
			return;
		need = walk->heap[i];
		walk->heap[i] = walk->heap[least];
		walk->heap[least] = need;
		i = least;
	}
}

void
walk_begin(struct walk *walk, const struct closed *closed, const struct fleet *fleet, double to)
{
	*walk = (struct walk){ .closed = closed, .fleet = fleet, .to = to };
	walk->committed = is_committed(walk, 0);
	for (size_t i = 0; i < fleet->needs; i++) {
		double part = fleet->need[i].part;
		/* Up to min_replicas less redundancy a filled replica adds none. */
		double filled = part > 0 ? fmax(1, fleet->min_replicas - fleet->redundancy) : 0;

		walk->filled[i] = filled;
		walk->edge[i] = part > 0 ? filled * fleet->capacity_mtok_month / part : INFINITY;
		walk->hours += fleet->need[i].hours * fmax(fleet->min_replicas, filled + fleet->redundancy);
		walk->heap[i] = i;
	}
	for (size_t i = fleet->needs / 2; i-- > 0;)
		sift_down(walk, i);
}

/* Step over every breakpoint at the walk's place; those a hair apart are one. */
static void
cross_edges(struct walk *walk)
{
	const struct fleet *fleet = walk->fleet;
	double here = walk->at * (1 + TIE);

	while (walk->edge[walk->heap[0]] <= here) {
		size_t i = walk->heap[0];

		walk->filled[i]++;
		walk->hours += fleet->need[i].hours;
		walk->edge[i] = walk->filled[i] * fleet->capacity_mtok_month / fleet->need[i].part;
		sift_down(walk, 0);
	}
	while (walk->tier + 1 < walk->closed->tiers && walk->closed->tier[walk->tier + 1].from_mtok <= here)
		walk->tier++;
	walk->committed = is_committed(walk, walk->at);
}

bool
walk_next(struct walk *walk, struct piece *piece)
{
	const struct fleet *fleet = walk->fleet;

	if (!(walk->at < walk->to))
		return false;
	piece->from = walk->at;
	piece->to = fmin(walk->to, fmin(walk->edge[walk->heap[0]], closed_edge(walk)));
	if (walk->committed) {
		piece->closed_0 = walk->closed->commit_month;
		piece->closed_1 = 0;
	} else {
		usage_line(walk->closed, walk->tier, &piece->closed_0, &piece->closed_1);
	}
	piece->self_0 = fleet->fixed_month + walk->hours * fleet->hours_month / WEEK_HOURS * fleet->replica_hour;
	piece->self_1 = fleet->per_mtok;
	piece->replicas = fmax(fleet->min_replicas, walk->filled[0] + fleet->redundancy);
	walk->at = piece->to;
	cross_edges(walk);
	return true;
}

double
piece_closed(const struct piece *piece, double mtok_month)
{
	return piece->closed_0 + piece->closed_1 * mtok_month;
}

double
piece_self(const struct piece *piece, double mtok_month)
{
	return piece->self_0 + piece->self_1 * mtok_month;
}

/* Breakpoints of the fleet for each Mtok: every distinct part of the peak has its own staircase. */
static double
edges_per_mtok(const struct fleet *fleet)
{
	double parts = 0;

	for (size_t i = 0; i < fleet->needs; i++)
		parts += fleet->need[i].part;
	return parts / fleet->capacity_mtok_month;
}

double
curve_edges(const struct closed *closed, const struct fleet *fleet, double to)
{
	return to * edges_per_mtok(fleet) + 2.0 * (double)closed->tiers;
}

double
curve_reach(const struct fleet *fleet, double edges)
{
	return edges / edges_per_mtok(fleet);
}

double
fleet_marginal(const struct fleet *fleet)
{
	double parts = 0;

	for (size_t i = 0; i < fleet->needs; i++)
		parts += fleet->need[i].part * fleet->need[i].hours;
	return fleet->per_mtok +
		fleet->replica_hour * fleet->hours_month * parts / WEEK_HOURS / fleet->capacity_mtok_month;
}

/*
 * In the last tier closed is c0 + c1 * V. The staircase lies between its marginal line with the redundant
 * replicas and the same line one replica (or the least fleet) higher. Beyond where the nearer of the two
 * meets c0 + c1 * V - saving nothing changes any more.
 */
double
curve_settled(const struct closed *closed, const struct fleet *fleet, double saving)
{
	double replica = fleet->replica_hour * fleet->hours_month;
	double low = fleet->fixed_month + replica * fleet->redundancy;
	double high = fleet->fixed_month + replica * fmax(fleet->min_replicas, 1 + fleet->redundancy);
	double marginal = fleet_marginal(fleet), settled = closed->tier[closed->tiers - 1].from_mtok;
	double c0, c1, margin;

	usage_line(closed, closed->tiers - 1, &c0, &c1);
	if (c1 > 0)
		settled = fmax(settled, (closed->commit_month - c0) / c1);
	margin = c1 - marginal;
	if (fabs(margin) <= TIE * (c1 + marginal))
		return INFINITY;
	if (margin > 0)
		return fmax(settled, (saving - c0 + high) / margin);
	return fmax(settled, (saving - fmax(c0, closed->commit_month) + low) / margin);
}
