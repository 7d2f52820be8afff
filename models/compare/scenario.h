/*
 * scenario: everything that a what-if says, as plain numbers: the closed side, the fleet, the volume, the
 * horizon, the investment and what is uncertain. The command line fills one from JSON, the ledger from
 * measurements; compare/solve answers both.
 *
 * A number that was not given and has no default is NAN. scenario_fields is the table of all numbers: it
 * names their paths, bounds and units and is what parsing, checking, uncertain inputs and help are made of.
 */
#ifndef COMPARE_SCENARIO_H
#define COMPARE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/compare/closed.h"
#include "models/supply/fleet.h"

struct err;

#define UNCERTAIN_MAX 32
#define DRAWS_MAX 1000000
#define MONTHS_MAX 1200

struct volume_terms {
	bool given;
	double mtok_month; /* >= 0 */
};

#define DEFAULT_ANNUAL_RATE 0.1

struct invest_terms {
	bool given;
	double months;              /* whole [24] */
	double annual_rate;         /* > -1; NAN: not given, DEFAULT_ANNUAL_RATE is taken */
	double volume_growth_month; /* > -1 [0] */
};

#define AHEAD_MONTHS_MAX 120

/* The months that come: how many, and how the volume grows. */
struct ahead_terms {
	bool given;
	double months;       /* whole [12] */
	double growth_month; /* > -1 [0] */
	double growth_error; /* standard error of ln(1 + growth_month) [0] */
};

/* One uncertain input: triangular between low and high. */
struct uncertain_input {
	size_t field; /* index into scenario_fields, or FIELD_TIER_PRICE + i for the price of closed.tiers[i] */
	double low, mode, high;
};

#define FIELD_TIER_PRICE 38 /* the rows of scenario_fields with the last, empty one */

struct uncertain_terms {
	bool given;
	double draws; /* whole [10000] */
	double seed;  /* whole [42] */
	size_t inputs;
	struct uncertain_input input[UNCERTAIN_MAX]; /* in declared order: one uniform each, in this order */
};

/* What is to be reached; NAN: not asked. Both together ask for the mix. */
struct goal_terms {
	double saving;    /* a month */
	double unit_cost; /* of the self-hosted side, a Mtok */
};

struct scenario {
	char currency[8]; /* "USD" */
	struct closed_terms closed;
	struct fleet_terms self_hosted;
	struct volume_terms volume;
	double horizon_mtok_month; /* [NAN: chosen and said] */
	struct invest_terms invest;
	struct ahead_terms ahead;
	struct uncertain_terms uncertain;
	struct goal_terms goal;
};

enum field_bound {
	BOUND_BOTH = 0,       /* low <= x <= high */
	BOUND_ABOVE_LOW = 1,  /* low < x */
	BOUND_BELOW_HIGH = 2, /* x < high */
	BOUND_WHOLE = 4       /* a whole number */
};

struct scenario_field {
	const char *path; /* "self_hosted.gpu_hour" */
	size_t offset;    /* of the double in struct scenario */
	double low, high;
	int bounds;       /* of enum field_bound, put together */
	const char *unit; /* "USD/Mtok", "Mtok/month", "share", ... */
	const char *text; /* what it means, one line */
};

extern const struct scenario_field scenario_fields[FIELD_TIER_PRICE]; /* ended by a row whose path is NULL */

/* All defaults, nothing given. */
void scenario_default(struct scenario *scenario);

/* The index of the path ("closed.tiers[0].price" and "closed.tiers.0.price" too), or -1. */
int scenario_field_find(const char *path, size_t *field);

/* The path of a field by its index, printed into buffer; returns buffer. */
const char *scenario_field_path(size_t field, char *buffer, size_t size);

double *scenario_number(struct scenario *scenario, size_t field);
double scenario_value(const struct scenario *scenario, size_t field);

/* Where an uncertain input has no value of its own and nothing takes its place, its likely value becomes it. */
void scenario_take_likely(struct scenario *scenario);

/* ERR_INPUT "PATH: must be ..., is VALUE" when the value is not allowed for the field. */
int scenario_check_number(size_t field, double value, struct err *err);

/* Every given number in its bounds, the shape, the tiers, the uncertain inputs; and both sides can be made ready. */
int scenario_check(const struct scenario *scenario, struct err *err);

#endif
