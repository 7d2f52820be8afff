/*
 * scenario: what was measured, as the what-if that solve reads: to be changed and asked again.
 *
 *     breakeven report scenario --workload W --format json | jq .facts.scenario > scenario.json
 */
#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/measured.h"
#include "daemon/report/reports.h"
#include "models/compare/scenario.h"

static const struct param scenario_params[] = {
	MEASURED_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* The blocks of a scenario in the order a person expects them; one that is not given is left out. */
struct blocks {
	const char *name;
	bool given;
	struct value *object;
};

static void
add_numbers(struct answer *answer, struct arena *arena, struct scenario *scenario, struct blocks *blocks, size_t n)
{
	for (size_t field = 0; scenario_fields[field].path != NULL; field++) {
		const char *path = scenario_fields[field].path, *point = strchr(path, '.');
		double number = *scenario_number(scenario, field);

		for (size_t i = 0; i < n && point != NULL; i++)
			if (blocks[i].given && !isnan(number) && strlen(blocks[i].name) == (size_t)(point - path) &&
				strncmp(blocks[i].name, path, (size_t)(point - path)) == 0)
				object_set(answer, blocks[i].object, arena_copy(arena, point + 1, strlen(point + 1)),
					value_number(answer, number));
	}
}

static struct value *
tiers_value(struct answer *answer, const struct closed_terms *closed)
{
	struct value *list = value_list(answer);

	for (size_t i = 0; i < closed->tiers; i++) {
		struct value *tier = value_object(answer);

		object_set(answer, tier, "from_mtok", value_number(answer, closed->tier[i].from_mtok));
		object_set(answer, tier, "price", value_number(answer, closed->tier[i].price));
		list_add(answer, list, tier);
	}
	return list;
}

static struct value *
shape_value(struct answer *answer, const struct shape *shape)
{
	struct value *object = value_object(answer), *hours = value_list(answer);

	for (int hour = 0; hour < WEEK_HOURS; hour++)
		list_add(answer, hours, value_number(answer, shape->weights[hour]));
	object_set(answer, object, "hours", hours);
	return object;
}

static struct value *
uncertain_inputs_value(struct answer *answer, struct arena *arena, const struct uncertain_terms *uncertain)
{
	struct value *object = value_object(answer);

	for (size_t i = 0; i < uncertain->inputs; i++) {
		const struct uncertain_input *input = &uncertain->input[i];
		struct value *triple = value_list(answer);
		char path[64];

		list_add(answer, triple, value_number(answer, input->low));
		list_add(answer, triple, value_number(answer, input->mode));
		list_add(answer, triple, value_number(answer, input->high));
		scenario_field_path(input->field, path, sizeof(path));
		object_set(answer, object, arena_copy(arena, path, strlen(path)), triple);
	}
	return object;
}

static struct value *
whole_value(struct answer *answer, struct arena *arena, struct scenario *scenario)
{
	struct value *whole = value_object(answer);
	struct blocks blocks[] = {
		{ "closed", scenario->closed.given, value_object(answer) },
		{ "self_hosted", scenario->self_hosted.given, value_object(answer) },
		{ "volume", scenario->volume.given, value_object(answer) },
		{ "invest", scenario->invest.given, value_object(answer) },
		{ "ahead", scenario->ahead.given, value_object(answer) },
		{ "uncertain", scenario->uncertain.given, value_object(answer) },
	};
	size_t n = sizeof(blocks) / sizeof(blocks[0]);

	add_numbers(answer, arena, scenario, blocks, n);
	if (scenario->closed.tiers > 0) {
		object_set(answer, blocks[0].object, "tiers", tiers_value(answer, &scenario->closed));
		object_set(answer, blocks[0].object, "tier_mode",
			value_text(answer, scenario->closed.tier_mode == TIERS_ALL_UNITS ? "all_units" : "graduated"));
	}
	object_set(answer, blocks[1].object, "scaling",
		value_text(answer, scenario->self_hosted.scaling == SCALING_AUTOSCALE ? "autoscale" : "always_on"));
	if (scenario->self_hosted.shape.given)
		object_set(answer, blocks[1].object, "shape", shape_value(answer, &scenario->self_hosted.shape));
	object_set(answer, blocks[n - 1].object, "inputs", uncertain_inputs_value(answer, arena, &scenario->uncertain));
	if (strcmp(scenario->currency, "USD") != 0)
		object_set(answer, whole, "currency", value_text(answer, scenario->currency));
	for (size_t i = 0; i < n; i++)
		if (blocks[i].given)
			object_set(answer, whole, blocks[i].name, blocks[i].object);
	if (!isnan(scenario->horizon_mtok_month))
		object_set(answer, whole, "horizon_mtok_month", value_number(answer, scenario->horizon_mtok_month));
	return whole;
}

static int
scenario_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct measured *measured = arena_take(request->arena, sizeof(*measured));

	if (measured_read(request, report, measured, err) != 0)
		return -1;
	answer_fact(answer, "scenario", "",
		measured->tokens == 0 ? value_unknown(answer)
				      : whole_value(answer, request->arena, &measured->scenario));
	return 0;
}

const struct report report_scenario = { "scenario", "what was measured as a scenario that solve reads", scenario_params,
	scenario_run };
