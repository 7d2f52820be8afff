/*
 * goal: the inverse questions: which volumes save so much, which volumes cost so little a Mtok, and which mix
 * would make both true at once. A staircase gives several answers or none; all are returned.
 */
#ifndef COMPARE_GOAL_H
#define COMPARE_GOAL_H

#include <stdbool.h>
#include <stddef.h>

struct closed;
struct err;
struct fleet;

struct goal_solution {
	double from, to; /* Mtok a month; the same but where the goal is met all along a stretch */
	double replicas; /* in the fullest hour */
	double reached;  /* the saving or unit cost there; of a nearest volume, what it comes to */
};

struct goal_answer {
	size_t solutions;             /* how many there are; the array holds as many as there was room for */
	struct goal_solution nearest; /* where none: the volume that comes nearest within the searched range */
	bool nearest_just_above;      /* it is approached from above and not taken at the volume itself */
	double searched;              /* Mtok a month up to which was searched */
};

enum goal_kind { GOAL_SAVING, GOAL_UNIT_COST };

struct goal {
	enum goal_kind kind;
	double value;
	double horizon; /* searched at least so far; further where solutions can still be */
};

/* closed is not looked at for GOAL_UNIT_COST. */
int goal_solve(struct goal_answer *answer, const struct goal *goal, const struct closed *closed,
	const struct fleet *fleet, struct goal_solution *solutions, size_t room, struct err *err);

enum mix_state { MIX_FOUND, MIX_ALWAYS, MIX_NEVER, MIX_UNKNOWN };

/*
 * Which mix makes the effective closed price (after discount) `price` a Mtok? MIX_FOUND sets *input_per_output.
 * MIX_ALWAYS: every mix costs more, MIX_NEVER: every mix costs less; *nearest is then the nearest price that
 * a mix has. MIX_UNKNOWN: the closed side has a price of the mix only.
 */
enum mix_state mix_for_price(const struct closed *closed, double price, double *input_per_output, double *nearest);

#endif
