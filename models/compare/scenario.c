#include "models/compare/scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/units/err.h"

#define MONEY_MAX 1e12
#define PRICE_MAX 1e9
#define VOLUME_MAX 1e12
#define REPLICAS_MAX 1e6
#define SEED_MAX 9007199254740992.0
#define AT(member) offsetof(struct scenario, member)

const struct scenario_field scenario_fields[FIELD_TIER_PRICE] = {
	{ "closed.input", AT(closed.input), 0, PRICE_MAX, 0, "USD/Mtok", "price of input tokens" },
	{ "closed.output", AT(closed.output), 0, PRICE_MAX, 0, "USD/Mtok", "price of output tokens" },
	{ "closed.price", AT(closed.price), 0, PRICE_MAX, 0, "USD/Mtok",
		"price of the mix, in place of input and output" },
	{ "closed.input_per_output", AT(closed.input_per_output), 0, 1e9, 0, "ratio",
		"input tokens for each output token" },
	{ "closed.commit_month", AT(closed.commit_month), 0, MONEY_MAX, 0, "USD/month", "least bill of the contract" },
	{ "closed.discount", AT(closed.discount), 0, 1, BOUND_BELOW_HIGH, "share", "contract discount on list prices" },
	{ "closed.batch_share", AT(closed.batch_share), 0, 1, 0, "share",
		"share of tokens sent as batch, at half price" },
	{ "closed.cached_share", AT(closed.cached_share), 0, 1, 0, "share",
		"share of input read from the provider's cache" },
	{ "closed.cache_read", AT(closed.cache_read), 0, PRICE_MAX, 0, "USD/Mtok", "price of cached input tokens" },
	{ "self_hosted.gpus_per_replica", AT(self_hosted.gpus_per_replica), 0, REPLICAS_MAX, BOUND_ABOVE_LOW, "GPUs",
		"GPUs that one replica of the model takes" },
	{ "self_hosted.gpu_hour", AT(self_hosted.gpu_hour), 0, 1e6, 0, "USD/hour", "price of one GPU for an hour" },
	{ "self_hosted.reserved_gpu_hour", AT(self_hosted.reserved_gpu_hour), 0, 1e6, 0, "USD/hour",
		"price of one GPU that is rented for the whole month" },
	{ "self_hosted.hours_month", AT(self_hosted.hours_month), 0, 745, BOUND_ABOVE_LOW, "hours",
		"hours of the planning month" },
	{ "self_hosted.throughput_tok_s", AT(self_hosted.throughput_tok_s), 0, 1e9, 0, "tokens/s",
		"measured saturation of one replica, input and output together" },
	{ "self_hosted.headroom", AT(self_hosted.headroom), 0, 1, BOUND_ABOVE_LOW, "share",
		"share of the throughput at which latency still holds" },
	{ "self_hosted.peak_to_mean", AT(self_hosted.peak_to_mean), 1, 1e6, 0, "ratio",
		"fullest hour over the mean hour" },
	{ "self_hosted.capacity_mtok_month", AT(self_hosted.capacity_mtok_month), 0, VOLUME_MAX, 0, "Mtok/month",
		"what one replica carries, in place of throughput" },
	{ "self_hosted.replica_month", AT(self_hosted.replica_month), 0, MONEY_MAX, 0, "USD/month",
		"what one replica costs, in place of GPUs and their price" },
	{ "self_hosted.lag_hours", AT(self_hosted.lag_hours), 0, WEEK_HOURS, 0, "hours",
		"until a started replica serves" },
	{ "self_hosted.min_replicas", AT(self_hosted.min_replicas), 0, REPLICAS_MAX, BOUND_WHOLE, "replicas",
		"least fleet" },
	{ "self_hosted.redundancy", AT(self_hosted.redundancy), 0, REPLICAS_MAX, BOUND_WHOLE, "replicas",
		"replicas beyond the need" },
	{ "self_hosted.fixed_month", AT(self_hosted.fixed_month), 0, MONEY_MAX, 0, "USD/month", "fixed cost" },
	{ "self_hosted.ops_month", AT(self_hosted.ops_month), 0, MONEY_MAX, 0, "USD/month", "people who run it" },
	{ "self_hosted.per_mtok", AT(self_hosted.per_mtok), 0, PRICE_MAX, 0, "USD/Mtok",
		"cost that goes with each token" },
	{ "self_hosted.upfront", AT(self_hosted.upfront), 0, MONEY_MAX, 0, "USD", "cash at the start" },
	{ "volume.mtok_month", AT(volume.mtok_month), 0, VOLUME_MAX, 0, "Mtok/month", "input and output tokens" },
	{ "horizon_mtok_month", AT(horizon_mtok_month), 0, VOLUME_MAX, BOUND_ABOVE_LOW, "Mtok/month",
		"volume up to which break-evens are looked for" },
	{ "invest.months", AT(invest.months), 1, MONTHS_MAX, BOUND_WHOLE, "months", "months looked at" },
	{ "invest.annual_rate", AT(invest.annual_rate), -1, 100, BOUND_ABOVE_LOW, "share", "discount rate of a year" },
	{ "invest.volume_growth_month", AT(invest.volume_growth_month), -1, 10, BOUND_ABOVE_LOW, "share",
		"growth of the volume from month to month" },
	{ "ahead.months", AT(ahead.months), 1, AHEAD_MONTHS_MAX, BOUND_WHOLE, "months",
		"months that a saving is told for" },
	{ "ahead.growth_month", AT(ahead.growth_month), -1, 10, BOUND_ABOVE_LOW, "share",
		"growth of the volume from month to month" },
	{ "ahead.growth_error", AT(ahead.growth_error), 0, 1, 0, "share", "standard error of that growth" },
	{ "uncertain.draws", AT(uncertain.draws), 1, DRAWS_MAX, BOUND_WHOLE, "draws", "random draws" },
	{ "uncertain.seed", AT(uncertain.seed), 0, SEED_MAX, BOUND_WHOLE, "", "where the random numbers begin" },
	{ "goal.saving", AT(goal.saving), -MONEY_MAX, MONEY_MAX, 0, "USD/month", "saving to reach" },
	{ "goal.unit_cost", AT(goal.unit_cost), 0, PRICE_MAX, BOUND_ABOVE_LOW, "USD/Mtok",
		"self-hosted unit cost to reach" },
	{ NULL, 0, 0, 0, 0, NULL, NULL },
};

/* The price of one tier of closed.tiers, as a field. */
static const struct scenario_field tier_price = { "closed.tiers[].price", 0, 0, PRICE_MAX, 0, "USD/Mtok",
	"price in the tier" };

void
scenario_default(struct scenario *scenario)
{
	*scenario = (struct scenario){ .currency = "USD",
		.volume = { .mtok_month = NAN },
		.horizon_mtok_month = NAN,
		.invest = { .months = 24, .annual_rate = NAN },
		.ahead = { .months = 12 },
		.uncertain = { .draws = 10000, .seed = 42 },
		.goal = { NAN, NAN } };
	closed_terms_default(&scenario->closed);
	fleet_terms_default(&scenario->self_hosted);
}

/* "closed.tiers[3].price" or "closed.tiers.3.price": the index, or -1. */
static long
tier_index(const char *path)
{
	static const char head[] = "closed.tiers";
	const char *p = path + sizeof(head) - 1;
	char *end;
	long index;
	bool bracket;

	if (strncmp(path, head, sizeof(head) - 1) != 0 || (*p != '[' && *p != '.') || p[1] < '0' || p[1] > '9')
		return -1;
	bracket = *p == '[';
	index = strtol(p + 1, &end, 10);
	if (bracket && *end++ != ']')
		return -1;
	return index < TIERS_MAX && strcmp(end, ".price") == 0 ? index : -1;
}

int
scenario_field_find(const char *path, size_t *field)
{
	long tier = tier_index(path);

	if (tier >= 0) {
		*field = FIELD_TIER_PRICE + (size_t)tier;
		return 0;
	}
	for (size_t i = 0; scenario_fields[i].path != NULL; i++) {
		if (strcmp(scenario_fields[i].path, path) == 0) {
			*field = i;
			return 0;
		}
	}
	return -1;
}

const char *
scenario_field_path(size_t field, char *buffer, size_t size)
{
	if (field >= FIELD_TIER_PRICE)
		snprintf(buffer, size, "closed.tiers[%zu].price", field - FIELD_TIER_PRICE);
	else
		snprintf(buffer, size, "%s", scenario_fields[field].path);
	return buffer;
}

double *
scenario_number(struct scenario *scenario, size_t field)
{
	if (field >= FIELD_TIER_PRICE)
		return &scenario->closed.tier[field - FIELD_TIER_PRICE].price;
	return (double *)(void *)((char *)scenario + scenario_fields[field].offset);
}

double
scenario_value(const struct scenario *scenario, size_t field)
{
	if (field >= FIELD_TIER_PRICE)
		return scenario->closed.tier[field - FIELD_TIER_PRICE].price;
	return *(const double *)(const void *)((const char *)scenario + scenario_fields[field].offset);
}

/* Is the field's place taken by another that is given? */
static bool
is_replaced(const struct scenario *scenario, const double *number)
{
	const struct closed_terms *closed = &scenario->closed;
	const struct fleet_terms *fleet = &scenario->self_hosted;

	if (number == &closed->price)
		return closed->tiers > 0 || !isnan(closed->input) || !isnan(closed->output);
	if (number == &fleet->gpu_hour)
		return !isnan(fleet->replica_month);
	if (number == &fleet->throughput_tok_s)
		return !isnan(fleet->capacity_mtok_month);
	return number == &fleet->peak_to_mean && fleet->shape.given;
}

void
scenario_take_likely(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->uncertain.inputs; i++) {
		double *number = scenario_number(scenario, scenario->uncertain.input[i].field);

		if (isnan(*number) && !is_replaced(scenario, number))
			*number = scenario->uncertain.input[i].mode;
	}
	if (!isnan(scenario->volume.mtok_month))
		scenario->volume.given = true;
}

int
scenario_check_number(size_t field, double value, struct err *err)
{
	const struct scenario_field *row = field >= FIELD_TIER_PRICE ? &tier_price : &scenario_fields[field];
	bool low = row->bounds & BOUND_ABOVE_LOW ? value > row->low : value >= row->low;
	bool high = row->bounds & BOUND_BELOW_HIGH ? value < row->high : value <= row->high;
	char path[64];

	if (low && high && (!(row->bounds & BOUND_WHOLE) || value == floor(value)))
		return 0;
	return err_set(err, ERR_INPUT, "%s: must be %s %s %.15g and %s %.15g, is %.15g",
		scenario_field_path(field, path, sizeof(path)),
		row->bounds & BOUND_WHOLE ? "a whole number" : "a number",
		row->bounds & BOUND_ABOVE_LOW ? "above" : "from", row->low,
		row->bounds & BOUND_BELOW_HIGH ? "below" : "at most", row->high, value);
}

/* Only what moves the saving can be uncertain, and what is whole cannot be drawn between two numbers. */
static int
check_uncertain(const struct scenario *scenario, const struct uncertain_input *input, struct err *err)
{
	const double ends[] = { input->low, input->mode, input->high };
	char path[64];

	scenario_field_path(input->field, path, sizeof(path));
	if (strncmp(path, "closed.", 7) != 0 && strncmp(path, "self_hosted.", 12) != 0 &&
		strncmp(path, "volume.", 7) != 0)
		return err_set(err, ERR_INPUT, "uncertain.inputs: %s does not move the saving", path);
	if (input->field < FIELD_TIER_PRICE && scenario_fields[input->field].bounds & BOUND_WHOLE)
		return err_set(err, ERR_INPUT, "uncertain.inputs: %s is a whole number and cannot be drawn", path);
	if (input->field >= FIELD_TIER_PRICE && input->field - FIELD_TIER_PRICE >= scenario->closed.tiers)
		return err_set(
			err, ERR_INPUT, "uncertain.inputs: %s: there are %zu tiers", path, scenario->closed.tiers);
	for (int i = 0; i < 3; i++)
		if (scenario_check_number(input->field, ends[i], err) != 0)
			return err_in(err, "uncertain.inputs");
	if (!(input->low <= input->mode && input->mode <= input->high))
		return err_set(err, ERR_INPUT,
			"uncertain.inputs: %s: must rise from low over likely to high, is %.15g, %.15g, %.15g", path,
			input->low, input->mode, input->high);
	return 0;
}

int
scenario_check(const struct scenario *scenario, struct err *err)
{
	struct closed closed;
	struct fleet fleet;

	if (!scenario->closed.given && !scenario->self_hosted.given)
		return err_set(err, ERR_INPUT, "closed and self_hosted are both missing: there is nothing to work out");
	for (size_t i = 0; scenario_fields[i].path != NULL; i++) {
		double value = scenario_value(scenario, i);

		if (!isnan(value) && scenario_check_number(i, value, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < scenario->closed.tiers; i++)
		if (scenario_check_number(FIELD_TIER_PRICE + i, scenario->closed.tier[i].price, err) != 0)
			return -1;
	if (scenario->volume.given && isnan(scenario->volume.mtok_month))
		return err_set(err, ERR_INPUT, "volume.mtok_month: is missing");
	if (scenario->self_hosted.shape.given && shape_check(&scenario->self_hosted.shape, err) != 0)
		return err_in(err, "self_hosted.shape");
	if (scenario->closed.given && closed_make(&closed, &scenario->closed, err) != 0)
		return -1;
	if (scenario->self_hosted.given && fleet_make(&fleet, &scenario->self_hosted, err) != 0)
		return -1;
	for (size_t i = 0; i < scenario->uncertain.inputs; i++)
		if (check_uncertain(scenario, &scenario->uncertain.input[i], err) != 0)
			return -1;
	return 0;
}
