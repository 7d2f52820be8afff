/*
 * solve: answer a scenario with facts and columns by the names that scripts rely on.
 *
 * The command line, the API and the report from the ledger call the same two functions.
 */
#ifndef REPORT_SOLVE_H
#define REPORT_SOLVE_H

struct answer;
struct arena;
struct err;
struct scenario;
struct solved;

/* Solve and fill: headline, facts, notes, curves. Lives in the arena. */
int answer_scenario(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err);

/* The same; what was solved, in the arena, or NULL. */
const struct solved *answer_solved(
	struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err);

/* The same with a short table of both sides at some volumes in place of the curves: for a terminal. */
int answer_scenario_brief(struct answer *answer, struct arena *arena, const struct scenario *scenario, struct err *err);

/* Only solve; *solved and its islands live in the arena. */
struct solved *solve_in_arena(struct arena *arena, const struct scenario *scenario, struct err *err);

#endif
