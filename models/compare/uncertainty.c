#include "models/compare/uncertainty.h"

#include <math.h>

#include "models/compare/overflow.h"
#include "models/units/err.h"
#include "models/units/quantile.h"
#include "models/units/random.h"

/* What a draw is worked out with; the fleet's hours are made once where no input moves them. */
struct workshop {
	struct fleet fleet;
	bool made;          /* the fleet has been made */
	bool same_hours;    /* lag_hours is not uncertain */
	double replicas;    /* of the hybrid that is asked for; NAN: everything is moved */
	struct peaks peaks; /* then of its week */
};

static int
work_out(struct workshop *workshop, const struct scenario *scenario, double *saving, struct err *err)
{
	const struct fleet_terms *terms = &scenario->self_hosted;
	struct fleet *fleet = &workshop->fleet;
	double volume = scenario->volume.mtok_month, cost;
	bool again = workshop->made && workshop->same_hours;
	struct closed closed;

	if (!scenario->closed.given || !scenario->self_hosted.given || !scenario->volume.given)
		return err_set(err, ERR_INPUT,
			"uncertain: needs closed, self_hosted and volume: there is no saving without them");
	if (closed_make(&closed, &scenario->closed, err) != 0)
		return -1;
	if ((again ? fleet_make_again(fleet, terms, err) : fleet_make(fleet, terms, err)) != 0)
		return -1;
	workshop->made = true;
	cost = isnan(workshop->replicas) ? fleet_cost(fleet, volume)
					 : overflow_cost(&closed, fleet, &workshop->peaks, volume, workshop->replicas);
	if (!isfinite(cost))
		return err_set(err, ERR_INPUT, "uncertain: no number of replicas carries %.15g Mtok a month", volume);
	*saving = closed_month(&closed, volume) - cost;
	return 0;
}

int
scenario_saving(const struct scenario *scenario, double *saving, struct err *err)
{
	struct workshop workshop = { .replicas = NAN };

	return work_out(&workshop, scenario, saving, err);
}

static bool
keeps_hours(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->uncertain.inputs; i++) {
		size_t field = scenario->uncertain.input[i].field;

		if (field < FIELD_TIER_PRICE &&
			scenario_fields[field].offset == offsetof(struct scenario, self_hosted.lag_hours))
			return false;
	}
	return true;
}

static void
set_likely(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->uncertain.inputs; i++)
		*scenario_number(scenario, scenario->uncertain.input[i].field) = scenario->uncertain.input[i].mode;
}

/* The draw of one input; a uniform is used even where low and high are the same, so that others keep theirs. */
static double
draw(const struct uncertain_input *input, struct random *random)
{
	double u = random_uniform(random);

	return input->low < input->high ? random_triangular(u, input->low, input->mode, input->high) : input->mode;
}

void
uncertainty_next(struct scenario *drawn, struct random *random)
{
	for (size_t j = 0; j < drawn->uncertain.inputs; j++)
		*scenario_number(drawn, drawn->uncertain.input[j].field) = draw(&drawn->uncertain.input[j], random);
}

void
bands_of(struct bands *bands, double *savings, size_t n)
{
	size_t positive = 0;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += savings[i];
		positive += savings[i] > 0;
	}
	if (isnan(sum)) {
		*bands = (struct bands){ NAN, NAN, NAN, NAN, NAN };
		return;
	}
	quantile_sort(savings, n);
	bands->p10 = quantile(savings, n, 0.1);
	bands->p50 = quantile(savings, n, 0.5);
	bands->p90 = quantile(savings, n, 0.9);
	bands->mean = sum / (double)n;
	bands->p_positive = (double)positive / (double)n;
}

int
uncertainty_draw_hybrid(
	struct bands *bands, const struct scenario *scenario, double replicas, double *savings, struct err *err)
{
	struct scenario drawn = *scenario;
	struct workshop workshop = { .same_hours = keeps_hours(scenario), .replicas = replicas };
	size_t draws = (size_t)scenario->uncertain.draws;
	struct random random;

	if (!isnan(replicas))
		peaks_make(&workshop.peaks, &scenario->self_hosted.shape);
	random_seed(&random, (uint64_t)scenario->uncertain.seed);
	for (size_t i = 0; i < draws; i++) {
		uncertainty_next(&drawn, &random);
		if (work_out(&workshop, &drawn, &savings[i], err) != 0)
			return -1;
	}
	bands_of(bands, savings, draws);
	return 0;
}

int
uncertainty_draw(struct bands *bands, const struct scenario *scenario, double *savings, struct err *err)
{
	return uncertainty_draw_hybrid(bands, scenario, NAN, savings, err);
}

static double
width(const struct swing *swing)
{
	return fabs(swing->high - swing->low);
}

int
uncertainty_swing(struct swing *swings, double *base, const struct scenario *scenario, struct err *err)
{
	struct scenario likely = *scenario;

	set_likely(&likely);
	if (scenario_saving(&likely, base, err) != 0)
		return -1;
	for (size_t i = 0; i < likely.uncertain.inputs; i++) {
		const struct uncertain_input *input = &likely.uncertain.input[i];
		double *number = scenario_number(&likely, input->field);
		struct swing swing = { .field = input->field };
		size_t at = i;

		*number = input->low;
		if (scenario_saving(&likely, &swing.low, err) != 0)
			return -1;
		*number = input->high;
		if (scenario_saving(&likely, &swing.high, err) != 0)
			return -1;
		*number = input->mode;
		for (; at > 0 && width(&swings[at - 1]) < width(&swing); at--)
			swings[at] = swings[at - 1];
		swings[at] = swing;
	}
	return 0;
}
