/*
 * solve_fill: what the parts of the answer to a scenario share; seen by daemon/report/solve*.c only.
 */
#ifndef REPORT_SOLVE_FILL_H
#define REPORT_SOLVE_FILL_H

struct answer;
struct arena;
struct err;
struct island;
struct scenario;
struct solved;
struct value;

/* What filling one answer needs at every step. */
struct fill {
	struct answer *answer;
	struct arena *arena;
	const struct scenario *scenario;
	const struct solved *solved;
	const struct island *islands;     /* all solved->breakeven.islands of them */
	const struct ahead_month *months; /* scenario->ahead.months of them where solved->has_ahead */
};

/* The unit in the scenario's currency: "USD/month" becomes "EUR/month". */
const char *fill_unit(const struct fill *fill, const char *unit);

/* A fact, or a member of an object, that is a number; not finite: unknown. */
void fill_number(const struct fill *fill, const char *name, const char *unit, double number);
void fill_set(const struct fill *fill, struct value *object, const char *name, double number);

/* Money and volumes in sentences, in the arena. */
const char *fill_money(const struct fill *fill, double amount);
const char *fill_mtok(const struct fill *fill, double volume);

/* Everything that the scenario's blocks allow, by the names that scripts rely on. */
void fill_facts(const struct fill *fill);

/* What was taken for granted, and what cannot be told. */
void fill_notes(const struct fill *fill);

/* Solutions of the scenario's goals, or the nearest, with the headline that says it. */
int fill_goals(const struct fill *fill, struct err *err);

/* Columns of both curves with every step. */
void fill_curves(const struct fill *fill);

/* The months that come, as a table; nothing where they were not asked for. */
void fill_ahead(const struct fill *fill);

/* A short table for people: both sides at round volumes, at the scenario's own and at the break-evens. */
void fill_table(const struct fill *fill);

#endif
