/*
 * breakeven: exactly where D(V) = closed(V) - self-hosted(V) changes sign, for 0 < V <= horizon.
 *
 *   up-crossing    D goes from < 0 to >= 0            down-crossing  D goes from >= 0 to < 0
 *   touch          D = 0 at a single point: an up-crossing and a down-crossing at the same volume
 *   island         an interval in which D >= 0 (a touch is one of no length)
 *   first          where the first island begins: the least volume at which self-hosting is no dearer
 *   safe           where the island begins that lasts to the horizon; an island of no length is not safe
 *
 * Both curves are linear between their breakpoints and take, at a breakpoint, the value of the piece to its
 * left (a tier begins, and a further replica is needed, strictly above). V = 0 is left out: with no load and
 * no replica both sides cost nothing, which is no break-even.
 */
#ifndef COMPARE_BREAKEVEN_H
#define COMPARE_BREAKEVEN_H

#include <stdbool.h>
#include <stddef.h>

struct closed;
struct err;
struct fleet;

#define DEFAULT_HORIZON 20000.0

struct island {
	double from, to; /* Mtok a month; `to` is the horizon where the island lasts */
};

struct breakeven {
	double first, safe; /* NAN: none */
	size_t up_crossings, down_crossings, touches;
	size_t islands;        /* how many there are; islands[] holds as many of them as there was room for */
	bool equal_everywhere; /* D = 0 at every volume up to the horizon */
};

/*
 * ERR_INPUT when the horizon spans more than EDGES_MAX steps. islands may be NULL with room 0; call again with
 * the room that `islands` says to have all.
 */
int breakeven_find(struct breakeven *found, const struct closed *closed, const struct fleet *fleet, double horizon,
	struct island *islands, size_t room, struct err *err);

/*
 * A horizon for when none is given: DEFAULT_HORIZON, widened to twice the volume (NAN: none) and past the
 * volume from which D keeps its sign for ever, and narrowed where that would be too many steps.
 */
double breakeven_horizon(const struct closed *closed, const struct fleet *fleet, double mtok_month);

#endif
