#include "models/compare/ahead.h"

#include <math.h>

#include "models/compare/closed.h"
#include "models/compare/overflow.h"
#include "models/compare/scenario.h"
#include "models/supply/fleet.h"
#include "models/units/err.h"
#include "models/units/random.h"

#define GROWTH_SEED 0x61686561u /* beside the stream of the inputs, so that those draw what they draw without growth */

static const struct bands no_bands = { NAN, NAN, NAN, NAN, NAN };

static size_t
draws_of(const struct scenario *scenario)
{
	if (scenario->uncertain.inputs == 0)
		return 0;
	return (size_t)fmin(scenario->uncertain.draws, AHEAD_DRAWS);
}

size_t
ahead_room(const struct scenario *scenario)
{
	return 2 * ((size_t)scenario->ahead.months + 1) * draws_of(scenario);
}

/* Too many replicas to count is as good as none that carries. */
static double
self_cost(const struct fleet *fleet, double mtok)
{
	double cost = fleet_fill(fleet, mtok, 1) > FLEET_REPLICAS_MAX ? NAN : fleet_cost(fleet, mtok);

	return isfinite(cost) ? cost : NAN;
}

static void
likely_month(struct ahead_month *month, const struct scenario *scenario, const struct closed *closed,
	const struct fleet *fleet)
{
	struct overflow overflow;

	month->closed_month = closed_month(closed, month->mtok);
	month->self_month = self_cost(fleet, month->mtok);
	month->saving_month = month->closed_month - month->self_month;
	month->hybrid_replicas = month->hybrid_month = month->hybrid_saving_month = NAN;
	month->bands = month->hybrid_bands = no_bands;
	if (!scenario->self_hosted.shape.given || !isfinite(month->self_month) || isinf(fleet->capacity_mtok_month))
		return;
	overflow_best(&overflow, closed, fleet, &scenario->self_hosted.shape, month->mtok);
	month->hybrid_replicas = overflow.best_replicas;
	month->hybrid_month = overflow.best_month;
	month->hybrid_saving_month = month->closed_month - overflow.best_month;
}

/* What the draws of all months share. */
struct drawing {
	struct scenario scenario; /* as it was drawn last */
	struct peaks peaks;       /* of the week, where it is known */
	size_t draws;
};

/* The savings of one draw in every month, each in its month's row. */
static int
draw_months(const struct ahead_month *months, const struct drawing *drawing, double growth, double *saving,
	double *hybrid, struct err *err)
{
	const struct scenario *drawn = &drawing->scenario;
	size_t step = drawing->draws;
	struct closed closed;
	struct fleet fleet;
	double mtok = drawn->volume.mtok_month;

	if (closed_make(&closed, &drawn->closed, err) != 0 || fleet_make(&fleet, &drawn->self_hosted, err) != 0)
		return -1;
	for (size_t t = 0; t < (size_t)drawn->ahead.months; t++) {
		double bill;

		mtok *= growth;
		bill = closed_month(&closed, mtok);
		saving[t * step] = bill - self_cost(&fleet, mtok);
		hybrid[t * step] = isnan(months[t].hybrid_replicas)
			? NAN
			: bill - overflow_cost(&closed, &fleet, &drawing->peaks, mtok, months[t].hybrid_replicas);
	}
	return 0;
}

/* The draws of all months, row by row, and behind them their sums. */
static void
take_bands(struct ahead_month *months, struct ahead_sum *sum, double *room, size_t n, size_t draws)
{
	double *hybrid = room + (n + 1) * draws;

	for (size_t i = 0; i < draws; i++) {
		room[n * draws + i] = hybrid[n * draws + i] = 0;
		for (size_t t = 0; t < n; t++) {
			room[n * draws + i] += room[t * draws + i];
			hybrid[n * draws + i] += hybrid[t * draws + i];
		}
	}
	for (size_t t = 0; t < n; t++) {
		bands_of(&months[t].bands, &room[t * draws], draws);
		bands_of(&months[t].hybrid_bands, &hybrid[t * draws], draws);
	}
	bands_of(&sum->bands, &room[n * draws], draws);
	bands_of(&sum->hybrid_bands, &hybrid[n * draws], draws);
}

int
ahead_months(struct ahead_month *months, struct ahead_sum *sum, const struct scenario *scenario, double *room,
	struct err *err)
{
	size_t n = (size_t)scenario->ahead.months, draws = draws_of(scenario);
	double growth = 1 + scenario->ahead.growth_month, mtok = scenario->volume.mtok_month,
	       *hybrid = room + (n + 1) * draws;
	struct drawing drawing = { .scenario = *scenario, .draws = draws };
	struct random random, growths;
	struct closed closed;
	struct fleet fleet;

	if (closed_make(&closed, &scenario->closed, err) != 0 || fleet_make(&fleet, &scenario->self_hosted, err) != 0)
		return -1;
	*sum = (struct ahead_sum){ .bands = no_bands, .hybrid_bands = no_bands };
	for (size_t t = 0; t < n; t++) {
		months[t].mtok = mtok *= growth;
		likely_month(&months[t], scenario, &closed, &fleet);
		sum->saving += months[t].saving_month;
		sum->hybrid_saving += months[t].hybrid_saving_month;
	}
	if (scenario->self_hosted.shape.given)
		peaks_make(&drawing.peaks, &scenario->self_hosted.shape);
	random_seed(&random, (uint64_t)scenario->uncertain.seed);
	random_seed(&growths, (uint64_t)scenario->uncertain.seed ^ GROWTH_SEED);
	for (size_t i = 0; i < draws; i++) {
		double its = exp(scenario->ahead.growth_error * random_normal(&growths));

		uncertainty_next(&drawing.scenario, &random);
		its *= 1 + drawing.scenario.ahead.growth_month;
		if (draw_months(months, &drawing, its, &room[i], &hybrid[i], err) != 0)
			return -1;
	}
	if (draws > 0)
		take_bands(months, sum, room, n, draws);
	return 0;
}
