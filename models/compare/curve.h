/*
 * curve: the closed and the self-hosted cost over the volume, walked piece by piece.
 *
 * Between two neighbouring breakpoints both sides are linear. Breakpoints are the tier edges and the volume at
 * which the commitment is used up on the closed side, and on the self-hosted side every volume at which
 * some hour of the week needs one replica more: k * capacity / part for each distinct part of the peak. A
 * piece holds on (from, to]. The walk is a merge of rising sequences in a heap, so it needs no memory of its
 * own but the struct, and a month of 168 different hours costs little more than a flat one.
 *
 * Ties: inputs are decimals held in binary, so a tie that is exact on paper (2.20 * 6000 = 11 * 1200) is off by
 * some units in the last place. A difference below TIE times the sizes that it is made of is taken as 0: a
 * millionth of a cent in 10,000, far below what is ever billed and far above what so few operations can lose.
 */
#ifndef COMPARE_CURVE_H
#define COMPARE_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "models/demand/shape.h"

struct closed;
struct fleet;

#define TIE 1e-12
#define EDGES_MAX 2000000 /* breakpoints that one question may walk over */

struct piece {
	double from, to;           /* Mtok a month: from < V <= to */
	double closed_0, closed_1; /* closed cost is closed_0 + closed_1 * V */
	double self_0, self_1;     /* self-hosted cost likewise */
	double replicas;           /* in the fullest hour */
};

struct walk {
	const struct closed *closed;
	const struct fleet *fleet;
	double at, to;             /* where the next piece begins; where the walk ends */
	size_t tier;               /* of the closed side, just above `at` */
	bool committed;            /* just above `at` the commitment is more than the usage */
	double hours;              /* of the week, times replicas */
	double filled[WEEK_HOURS]; /* by need: replicas that its hours fill, redundancy aside */
	double edge[WEEK_HOURS];   /* by need: the volume above which it takes one more */
	size_t heap[WEEK_HOURS];   /* needs by edge, least first */
};

/* The fleet must carry something (capacity above 0). closed and fleet must outlive the walk. */
void walk_begin(struct walk *walk, const struct closed *closed, const struct fleet *fleet, double to);

/* The next piece, or false at the end. */
bool walk_next(struct walk *walk, struct piece *piece);

double piece_closed(const struct piece *piece, double mtok_month);
double piece_self(const struct piece *piece, double mtok_month);

/* About how many breakpoints lie up to a volume. */
double curve_edges(const struct closed *closed, const struct fleet *fleet, double to);

/* The volume up to which `edges` breakpoints lie. */
double curve_reach(const struct fleet *fleet, double edges);

/* The cost of a further Mtok in the long run: per_mtok and the replica-hours that a full replica spreads over its capacity. */
double fleet_marginal(const struct fleet *fleet);

/*
 * A volume beyond which closed - self-hosted stays on one side of `saving` for ever; where the two long-run
 * slopes are the same there is none, and INFINITY is returned.
 */
double curve_settled(const struct closed *closed, const struct fleet *fleet, double saving);

#endif
