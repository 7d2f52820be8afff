/*
 * A scenario as JSON: what is read from it, and the sentence that each mistake gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/report/json_place.h"
#include "daemon/report/scenario.h"
#include "models/compare/scenario.h"
#include "models/units/err.h"

static void
read_well(struct scenario *scenario, const char *text)
{
	struct err err = { 0 };

	if (scenario_parse(scenario, "s.json", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
}

static void
a_whole_scenario_is_read(void **state)
{
	struct scenario scenario;

	(void)state;
	read_well(&scenario,
		"{\"name\": \"chat\", \"currency\": \"EUR\","
		" \"closed\": {\"input\": 3, \"output\": 15, \"input_per_output\": 3,"
		"  \"tiers\": [{\"from_mtok\": 0, \"price\": 6}, {\"from_mtok\": 3000, \"price\": 1.5}],"
		"  \"tier_mode\": \"all_units\", \"commit_month\": 5, \"discount\": 0.1, \"batch_share\": 0.2,"
		"  \"cached_share\": 0.3, \"cache_read\": 0.4},"
		" \"self_hosted\": {\"gpus_per_replica\": 2, \"gpu_hour\": 2.5, \"hours_month\": 720, \"throughput_tok_s\": 3000,"
		"  \"headroom\": 0.7, \"peak_to_mean\": 2.228, \"capacity_mtok_month\": null, \"replica_month\": null,"
		"  \"shape\": {\"hours\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24], \"weekend\": 0.5},"
		"  \"scaling\": \"autoscale\", \"lag_hours\": 2, \"min_replicas\": 0, \"redundancy\": 1, \"fixed_month\": 10,"
		"  \"ops_month\": 20, \"per_mtok\": 0.05, \"upfront\": 30},"
		" \"volume\": {\"mtok_month\": 1500}, \"horizon_mtok_month\": 20000,"
		" \"invest\": {\"months\": 12, \"annual_rate\": 0.08, \"volume_growth_month\": 0.01},"
		" \"uncertain\": {\"draws\": 500, \"seed\": 7, \"inputs\": {\"volume.mtok_month\": [1, 2, 3],"
		"  \"closed.tiers[1].price\": [1, 1, 2]}},"
		" \"goal\": {\"saving\": 14000}}");
	assert_string_equal(scenario.currency, "EUR");
	assert_int_equal(scenario.closed.tiers, 2);
	assert_true(scenario.closed.tier[1].price == 1.5 && scenario.closed.tier_mode == TIERS_ALL_UNITS);
	assert_true(scenario.closed.cache_read == 0.4 && scenario.closed.discount == 0.1);
	assert_true(isnan(scenario.self_hosted.capacity_mtok_month) && isnan(scenario.self_hosted.replica_month));
	assert_true(scenario.self_hosted.shape.given);
	assert_true(scenario.self_hosted.shape.weights[119] == 24 && scenario.self_hosted.shape.weights[120] == 0.5);
	assert_int_equal(scenario.self_hosted.scaling, SCALING_AUTOSCALE);
	assert_true(scenario.self_hosted.min_replicas == 0 && scenario.self_hosted.hours_month == 720);
	assert_true(scenario.volume.given && scenario.volume.mtok_month == 1500);
	assert_true(scenario.invest.months == 12 && scenario.uncertain.draws == 500 && scenario.uncertain.seed == 7);
	assert_int_equal(scenario.uncertain.inputs, 2);
	assert_int_equal(scenario.uncertain.input[1].field, FIELD_TIER_PRICE + 1);
	assert_true(scenario.goal.saving == 14000 && isnan(scenario.goal.unit_cost));
}

static void
absent_keys_have_the_documented_defaults(void **state)
{
	struct scenario scenario;

	(void)state;
	read_well(&scenario,
		"{\"closed\": {\"price\": 6}, \"self_hosted\": {\"gpu_hour\": 2}, \"volume\": null, \"invest\": {}}");
	assert_false(scenario.volume.given);
	assert_true(scenario.self_hosted.hours_month == 730 && scenario.self_hosted.min_replicas == 1);
	assert_true(scenario.self_hosted.redundancy == 0 && scenario.self_hosted.lag_hours == 1);
	assert_int_equal(scenario.self_hosted.scaling, SCALING_ALWAYS_ON);
	assert_true(scenario.invest.months == 24 && isnan(scenario.invest.annual_rate));
	assert_true(isnan(scenario.horizon_mtok_month));
}

static void
a_week_of_168_hours_and_a_volume_by_the_day_are_understood(void **state)
{
	char text[2048] = "{\"self_hosted\": {\"gpu_hour\": 2, \"shape\": {\"hours\": [";
	struct scenario scenario;

	(void)state;
	for (int h = 0; h < WEEK_HOURS; h++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", h == 0 ? "" : ",", h);
	strcat(text, "]}}, \"volume\": {\"mtok_day\": 12}}");
	read_well(&scenario, text);
	assert_true(scenario.self_hosted.shape.weights[167] == 167);
	assert_true(fabs(scenario.volume.mtok_month - 365) < 1e-9);
}

static void
the_likely_value_stands_in_for_one_that_is_not_given(void **state)
{
	struct scenario scenario;

	(void)state;
	read_well(&scenario,
		"{\"closed\": {\"input\": 3, \"output\": 15}, \"self_hosted\": {\"replica_month\": 9},"
		" \"uncertain\": {\"inputs\": {\"volume.mtok_month\": [1, 2, 3], \"closed.price\": [4, 5, 6],"
		" \"self_hosted.gpu_hour\": [1, 2, 3]}}}");
	assert_true(scenario.volume.given && scenario.volume.mtok_month == 2);
	/* These have others in their place. */
	assert_true(isnan(scenario.closed.price) && isnan(scenario.self_hosted.gpu_hour));
}

struct mistake {
	const char *text, *sentence;
};

#define FLEET "{\"self_hosted\": {\"gpu_hour\": 2, "

static const struct mistake mistakes[] = {
	{ "", "s.json: line 1, column 1: is not JSON from here on" },
	{ "{\"closed\":\n {\"price\": NaN}}", "s.json: line 2, column 12: is not JSON from here on" },
	{ "{\"closed\": {\"price\": 3}} {}", "s.json: line 1, column 26: is not JSON from here on" },
	{ "[1]", "the document: must be an object, is a list" },
	{ "{}", "closed and self_hosted are both missing" },
	{ "{\"closd\": {}}", "closd: is unknown; the nearest is 'closed'" },
	{ "{\"closed\": {\"pirce\": 3}}", "closed.pirce: is unknown; the nearest is 'price'" },
	{ "{\"self_hosted\": {\"gpu_hours\": 3}}", "self_hosted.gpu_hours: is unknown; the nearest is 'gpu_hour'" },
	{ "{\"closed\": {\"zzzzzzzz\": 3}}", "closed.zzzzzzzz: is unknown" },
	{ "{\"closed\": 3}", "closed: must be an object, is 3" },
	{ "{\"closed\": {\"price\": \"3\"}}", "closed.price: must be a number, is \"3\"" },
	{ "{\"closed\": {\"price\": true}}", "closed.price: must be a number, is true" },
	{ "{\"closed\": {\"price\": 1e999}}", "closed.price: is too large a number" },
	{ "{\"closed\": {\"price\": -1}}", "closed.price: must be a number from 0 and at most 1000000000, is -1" },
	{ "{\"closed\": {\"price\": 3, \"discount\": 1}}",
		"closed.discount: must be a number from 0 and below 1, is 1" },
	{ "{\"closed\": {\"price\": 3, \"price\": 4}}", "closed.price: is given twice" },
	{ "{\"closed\": {\"price\": 3, \"blended_price\": 4}}",
		"closed.blended_price: is given twice, as closed.price before" },
	{ "{\"closed\": {\"price\": 3}, \"closed\": {}}", "closed: is given twice" },
	{ "{\"closed\": {}}", "closed.input: is missing" },
	{ "{\"closed\": {\"tiers\": 3}}", "closed.tiers: must be a list, is 3" },
	{ "{\"closed\": {\"tiers\": [3]}}", "closed.tiers[0]: must be an object" },
	{ "{\"closed\": {\"tiers\": [{\"from_mtok\": 0}]}}", "closed.tiers[0].price: is missing" },
	{ "{\"closed\": {\"tiers\": [{\"from\": 0}]}}", "closed.tiers[0].from: is unknown" },
	{ "{\"closed\": {\"tiers\": [{\"from_mtok\": 0, \"price\": -2}]}}",
		"closed.tiers[0].price: must be a number from 0" },
	{ "{\"closed\": {\"price\": 3, \"tier_mode\": \"flat\"}}",
		"closed.tier_mode: must be \"graduated\" or \"all_units\", is \"flat\"" },
	{ "{\"currency\": \"euro\", \"closed\": {\"price\": 3}}", "currency: must be three capital letters" },
	{ "{\"self_hosted\": {}}", "self_hosted.gpu_hour: is missing" },
	{ FLEET "\"gpus_per_replica\": 0}}", "self_hosted.gpus_per_replica: must be a number above 0" },
	{ FLEET "\"headroom\": 1.2}}", "self_hosted.headroom: must be a number above 0 and at most 1, is 1.2" },
	{ FLEET "\"peak_to_mean\": 0.9}}", "self_hosted.peak_to_mean: must be a number from 1" },
	{ FLEET "\"redundancy\": 1.5}}", "self_hosted.redundancy: must be a whole number from 0" },
	{ FLEET "\"scaling\": \"on\"}}", "self_hosted.scaling: must be \"always_on\" or \"autoscale\", is \"on\"" },
	{ FLEET "\"scaling\": \"autoscale\", \"peak_to_mean\": 2}}",
		"self_hosted.scaling: \"autoscale\" needs self_hosted.shape" },
	{ FLEET "\"shape\": {\"hours\": [1, 2]}}}", "self_hosted.shape.hours: must be 24 numbers, a day, or 168" },
	{ FLEET "\"shape\": {}}}", "self_hosted.shape.hours: is missing" },
	{ FLEET "\"shape\": {\"hours\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}",
		"self_hosted.shape: the hours add up to 0" },
	{ FLEET "\"shape\": {\"hours\": [0,0,0,-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}",
		"self_hosted.shape.hours[3]: must be a number from 0 up, is -1" },
	{ "{\"closed\": {\"price\": 3}, \"volume\": {}}", "volume.mtok_month: is missing" },
	{ "{\"closed\": {\"price\": 3}, \"volume\": {\"mtok_month\": -1}}",
		"volume.mtok_month: must be a number from 0" },
	{ "{\"closed\": {\"price\": 3}, \"horizon_mtok_month\": 0}", "horizon_mtok_month: must be a number above 0" },
	{ "{\"closed\": {\"price\": 3}, \"invest\": {\"months\": 2.5}}",
		"invest.months: must be a whole number from 1" },
	{ "{\"closed\": {\"price\": 3}, \"invest\": {\"annual_rate\": -1}}",
		"invest.annual_rate: must be a number above -1" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"closed.prise\": [1, 2, 3]}}}",
		"uncertain.inputs: 'closed.prise' is unknown; the nearest is 'closed.price'" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"closed.price\": [1, 2]}}}",
		"uncertain.inputs.closed.price: must be three numbers [low, likely, high]" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"closed.price\": [3, 2, 4]}}}",
		"uncertain.inputs: closed.price: must rise from low over likely to high, is 3, 2, 4" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"closed.price\": [-3, 2, 4]}}}",
		"uncertain.inputs: closed.price: must be a number from 0" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"invest.months\": [1, 2, 3]}}}",
		"uncertain.inputs: invest.months does not move the saving" },
	{ FLEET "\"redundancy\": 1}, \"uncertain\": {\"inputs\": {\"self_hosted.redundancy\": [0, 1, 2]}}}",
		"uncertain.inputs: self_hosted.redundancy is a whole number and cannot be drawn" },
	{ "{\"closed\": {\"price\": 3}, \"uncertain\": {\"inputs\": {\"closed.tiers[0].price\": [0, 1, 2]}}}",
		"uncertain.inputs: closed.tiers[0].price: there are 0 tiers" },
	{ "{\"closed\": {\"price\": 3}, \"goal\": {\"savings\": 3}}",
		"goal.savings: is unknown; the nearest is 'saving'" },
};

static void
every_mistake_gets_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct scenario scenario;
		struct err err = { 0 };

		if (scenario_parse(&scenario, "s.json", mistakes[i].text, strlen(mistakes[i].text), &err) == 0)
			fail_msg("%s is taken", mistakes[i].text);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_int_equal(strncmp(err.text, "s.json: line ", 13), 0);
		if (strstr(err.text, mistakes[i].sentence) == NULL)
			fail_msg("%s gets: %s", mistakes[i].text, err.text);
	}
}

static void
a_sentence_names_the_line_of_its_key(void **state)
{
	const char *text = "{\n \"closed\": {\"price\": 3,\n  \"tiers\": [\n   {\"from_mtok\": 0, \"price\": 1},\n"
			   "   {\"from_mtok\": 5,\n    \"price\": \"}\\\"\"}]},\n \"uncertain\": {\"inputs\": {\n"
			   "  \"self_hosted.gpu_hour\": [1,\n 2, 3]}}}";

	(void)state;
	assert_int_equal(json_line(text, strlen(text), "closed.price: must be"), 2);
	assert_int_equal(json_line(text, strlen(text), "closed.tiers[0].price: must be"), 4);
	assert_int_equal(json_line(text, strlen(text), "closed.tiers[1].price: must be"), 6);
	assert_int_equal(json_line(text, strlen(text), "closed.tiers[1].other: is missing"), 5);
	assert_int_equal(json_line(text, strlen(text), "uncertain.inputs.self_hosted.gpu_hour: must be"), 8);
	assert_int_equal(json_line(text, strlen(text), "volume.mtok_month: is missing"), 1);
	/* Of what is no JSON it answers too, and ends. */
	for (size_t n = 0; n <= strlen(text); n++)
		assert_true(json_line(text, n, "closed.tiers[1].price: must be") >= 1);
	assert_int_equal(json_line("{\"a\" \"b\" ]]}}:,\\", 17, "zzz"), 1);
}

static void
goals_are_read_from_words(void **state)
{
	static const struct mistake wrong[] = {
		{ "saving", "must be saving=AMOUNT or unit_cost=AMOUNT" },
		{ "savings=3", "goal.savings: is unknown; the nearest is 'saving'" },
		{ "saving=", "goal.saving: must be a number, is ''" },
		{ "saving=12k", "goal.saving: must be a number, is '12k'" },
		{ "unit_cost=0", "goal.unit_cost: must be a number above 0" },
		{ "saving=inf", "goal.saving: must be a number, is 'inf'" },
		{ "saving=1,saving=2", "goal.saving: is given twice" },
	};
	struct scenario scenario;
	struct err err = { 0 };

	(void)state;
	scenario_default(&scenario);
	assert_int_equal(scenario_parse_goal(&scenario, "saving=14000,unit_cost=0.4", &err), 0);
	assert_true(scenario.goal.saving == 14000 && scenario.goal.unit_cost == 0.4);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		scenario_default(&scenario);
		assert_int_equal(scenario_parse_goal(&scenario, wrong[i].text, &err), -1);
		if (strstr(err.text, wrong[i].sentence) == NULL)
			fail_msg("%s gets: %s", wrong[i].text, err.text);
	}
}

static void
every_field_has_a_default_within_its_own_bounds_or_none(void **state)
{
	struct scenario scenario;
	struct err err = { 0 };
	size_t rows = 0;

	(void)state;
	scenario_default(&scenario);
	for (size_t i = 0; scenario_fields[i].path != NULL; i++, rows++) {
		double value = scenario_value(&scenario, i);
		size_t field;

		assert_int_equal(scenario_field_find(scenario_fields[i].path, &field), 0);
		assert_int_equal(field, i);
		assert_true(isnan(value) || scenario_check_number(i, value, &err) == 0);
		assert_int_equal(scenario_check_number(i, NAN, &err), -1);
	}
	assert_int_equal(rows + 1, FIELD_TIER_PRICE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_scenario_is_read),
		cmocka_unit_test(absent_keys_have_the_documented_defaults),
		cmocka_unit_test(a_week_of_168_hours_and_a_volume_by_the_day_are_understood),
		cmocka_unit_test(the_likely_value_stands_in_for_one_that_is_not_given),
		cmocka_unit_test(every_mistake_gets_its_sentence),
		cmocka_unit_test(a_sentence_names_the_line_of_its_key),
		cmocka_unit_test(goals_are_read_from_words),
		cmocka_unit_test(every_field_has_a_default_within_its_own_bounds_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
