/*
 * solve: the whole answer to a scenario, as plain numbers. NAN: not asked, not known, or none.
 */
#ifndef COMPARE_SOLVE_H
#define COMPARE_SOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "models/compare/ahead.h"
#include "models/compare/breakeven.h"
#include "models/compare/closed.h"
#include "models/compare/goal.h"
#include "models/compare/invest.h"
#include "models/compare/overflow.h"
#include "models/compare/scenario.h"
#include "models/compare/uncertainty.h"
#include "models/supply/fleet.h"
#include "models/supply/reserve.h"

/* What costs least at this volume. A hybrid or moving counts only when it is cheaper by half a cent at least. */
enum best { BEST_UNKNOWN, BEST_CLOSED, BEST_HYBRID, BEST_SELF_HOSTED };

extern const char *const best_names[4]; /* NULL, "closed", "hybrid", "self_hosted" */

struct solved {
	bool has_closed, has_self,
		has_volume; /* which of the three the scenario gives; both sides: break-even is there */
	bool unmeasured;    /* neither throughput nor capacity is given: the least fleet is taken to carry any volume */
	bool carries_nothing; /* throughput or capacity is 0: no fleet carries anything */

	struct closed closed; /* made ready, for further questions (curves) */
	struct fleet fleet;

	double blended_price; /* list price a Mtok, after cache and batch and tiers, before discount and commitment */
	double closed_month, closed_usd_per_mtok;
	double commit_shortfall_month; /* what the commitment adds to the bill */
	double effective_discount;     /* 1 - bill / list; negative where the commitment binds */

	struct fleet_month month; /* self_month is month.cost */
	double self_usd_per_mtok; /* NAN at volume 0 */
	double saving_month;      /* closed - self */

	double horizon;      /* up to which the curves go */
	bool horizon_chosen; /* none was given */
	struct breakeven breakeven;

	double break_even_utilisation; /* > 1: never */
	double break_even_closed_price;
	double break_even_gpu_hour; /* negative: not even free GPUs pay */
	double break_even_mix;
	enum mix_state mix_state;
	double marginal_self_usd_per_mtok; /* of a further full replica: a closed price below it has no safe volume */

	bool has_invest;
	struct invest invest;

	bool has_bands;
	struct bands bands;
	double tornado_base;
	size_t swings;
	struct swing swing[UNCERTAIN_MAX];

	bool has_overflow;
	struct overflow overflow;
	bool has_hybrid_bands;
	struct bands hybrid_bands; /* of the saving of the best hybrid, its replicas as they are */

	enum best best;
	double best_saving_month; /* against the closed side: 0 where that is best */
	struct bands best_bands;  /* of it; for the closed side of what moving would save; NAN: has_bands is false */

	struct ahead_sum ahead;
	bool has_ahead; /* the months are in the room that was lent */

	bool has_reserve;
	struct reserve reserve;
};

/* Memory that the caller lends. */
struct solve_room {
	struct island *islands;
	size_t islands_room;
	double *draws;              /* room for uncertain.draws numbers; may be NULL when nothing is uncertain */
	struct ahead_month *months; /* room for ahead.months; may be NULL when they are not asked for */
	double *month_draws;        /* room for ahead_room(scenario) numbers */
};

/*
 * Check the scenario and answer all that its blocks allow. Goals are apart: goal_solve with solved->closed and
 * ->fleet. ERR_INPUT names path and value.
 */
int solve_scenario(
	struct solved *solved, const struct scenario *scenario, const struct solve_room *room, struct err *err);

#endif
