/*
 * A whole scenario answered: thresholds by worked numbers, the first sentence, the facts and columns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/scenario.h"
#include "daemon/report/solve.h"
#include "models/compare/solve.h"
#include "models/units/err.h"
#include "tests/unit/scenarios.h"

static struct arena *arena;

static int
open_arena(void **state)
{
	(void)state;
	arena = arena_new();
	return arena == NULL;
}

static int
close_arena(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct scenario
scenario_of(struct closed_terms closed, struct fleet_terms fleet, double mtok_month)
{
	struct scenario scenario;

	scenario_default(&scenario);
	scenario.closed = closed;
	scenario.self_hosted = fleet;
	scenario.volume.given = !isnan(mtok_month);
	scenario.volume.mtok_month = mtok_month;
	return scenario;
}

static const struct solved *
solved(const struct scenario *scenario)
{
	struct err err = { 0 };
	const struct solved *found = solve_in_arena(arena, scenario, &err);

	if (found == NULL)
		fail_msg("%s", err.text);
	return found;
}

static int
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static void
break_even_utilisation_is_the_hour_over_what_a_full_hour_is_worth(void **state)
{
	static const double rows[][2] = { { 6, 0.077 }, { 2, 0.231 }, { 0.60, 0.772 } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scenario scenario = scenario_of(closed_at(rows[i][0]), reference_fleet(), NAN);

		assert_true(near(solved(&scenario)->break_even_utilisation, rows[i][1], 5e-4));
	}
}

static void
each_threshold_makes_the_two_sides_equal(void **state)
{
	struct fleet_terms fleet = reference_fleet();
	struct scenario scenario;
	const struct solved *found;

	(void)state;
	fleet.redundancy = 1;
	scenario = scenario_of(closed_list(3, 15, 3), fleet, 1500);
	found = solved(&scenario);
	assert_true(near(found->break_even_closed_price, 4.8667, 5e-5));
	assert_true(near(found->break_even_gpu_hour, 3.0822, 5e-5));
	assert_int_equal(found->mix_state, MIX_FOUND);
	scenario.closed.input_per_output = found->break_even_mix;
	assert_true(near(solved(&scenario)->saving_month, 0, 1e-8));
	scenario.closed.input_per_output = 3;
	scenario.self_hosted.gpu_hour = found->break_even_gpu_hour;
	assert_true(near(solved(&scenario)->saving_month, 0, 1e-8));
	scenario = scenario_of(closed_at(found->break_even_closed_price), fleet, 1500);
	assert_true(near(solved(&scenario)->saving_month, 0, 1e-8));
}

static void
a_discounted_cached_and_batched_mix_breaks_even_too(void **state)
{
	struct scenario scenario = scenario_of(closed_list(3, 15, 3), reference_fleet(), 1500);
	double mix;

	(void)state;
	scenario.closed.discount = 0.1;
	scenario.closed.cached_share = 0.5;
	scenario.closed.batch_share = 0.2;
	mix = solved(&scenario)->break_even_mix;
	assert_true(mix > 0);
	scenario.closed.input_per_output = mix;
	assert_true(near(solved(&scenario)->saving_month, 0, 1e-8));
}

static void
five_million_a_day_breaks_even_only_where_the_table_says_so(void **state)
{
	/* GPUs, price, people; then the break-even in millions a day at 3:1 of 3/15 and of 15/75, from the worked table. */
	static const double rows[][5] = { { 1, 2.0, 0, 8.00, 1.60 }, { 2, 2.5, 0, 20.00, 4.00 },
		{ 4, 3.5, 0, 56.00, 11.20 }, { 2, 2.5, 3750, 40.55, 8.11 }, { 4, 2.5, 7500, 81.10, 16.22 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int top = 0; top < 2; top++) {
			struct fleet_terms fleet = reference_fleet();
			struct scenario scenario;

			fleet.gpus_per_replica = rows[i][0];
			fleet.gpu_hour = rows[i][1];
			fleet.ops_month = rows[i][2];
			fleet.throughput_tok_s = 9000; /* one replica carries them all */
			scenario = scenario_of(top ? closed_list(15, 75, 3) : closed_list(3, 15, 3), fleet, NAN);
			assert_true(near(solved(&scenario)->breakeven.first * 12 / 365, rows[i][top ? 4 : 3], 0.005));
		}
	}
}

static void
scaling_all_prices_scales_all_amounts(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 41);
	for (int i = 0; i < 200; i++) {
		struct scenario scenario =
			scenario_of(random_closed(&random), random_fleet(&random), random_between(&random, 1, 9000));
		const struct solved *one = solved(&scenario), *three;

		for (size_t k = 0; k < scenario.closed.tiers; k++)
			scenario.closed.tier[k].price *= 3;
		scenario.closed.commit_month *= 3;
		scenario.self_hosted.gpu_hour *= 3;
		scenario.self_hosted.fixed_month *= 3;
		scenario.self_hosted.per_mtok *= 3;
		three = solved(&scenario);
		assert_true(near(3 * one->closed_month, three->closed_month, 1e-9 * three->closed_month));
		assert_true(near(3 * one->month.cost, three->month.cost, 1e-9 * three->month.cost));
		assert_true(near(
			3 * one->saving_month, three->saving_month, 1e-9 * (three->month.cost + three->closed_month)));
		assert_true(near(3 * one->month.idle.shape, three->month.idle.shape, 1e-9 * three->month.cost));
		assert_true(one->month.utilisation == three->month.utilisation);
	}
}

/* The answer to a scenario in JSON, as one line of JSON. */
static const char *
answered(const char *text)
{
	struct scenario scenario;
	struct answer *answer = answer_new(arena);
	struct err err = { 0 };

	if (scenario_parse(&scenario, "s", text, strlen(text), &err) != 0 ||
		answer_scenario(answer, arena, &scenario, &err) != 0)
		fail_msg("%s", err.text);
	return answer_print(answer, ANSWER_JSON, NULL);
}

static void
the_first_sentence_says_what_matters(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"closed\":{\"price\":2.3},\"self_hosted\":{\"replica_month\":1200,\"capacity_mtok_month\":600},"
		  "\"volume\":{\"mtok_month\":1500}}",
			"Self-hosting pays from 522 Mtok/month but is safe only from 3,652 Mtok/month; at 1,500 it costs $150.00 more "
			"a month" },
		{ "{\"closed\":{\"price\":1.9},\"self_hosted\":{\"replica_month\":1200,\"capacity_mtok_month\":600}}",
			"Self-hosting never pays up to 20,000 Mtok/month" },
		{ "{\"closed\":{\"price\":2},\"self_hosted\":{\"replica_month\":1200,\"capacity_mtok_month\":600},"
		  "\"volume\":{\"mtok_month\":600}}",
			"Self-hosting pays from 600 Mtok/month but is not safe at any volume up to 20,000; at 600 both cost $1,200 a "
			"month" },
		{ "{\"closed\":{\"price\":6},\"self_hosted\":{\"replica_month\":3650},\"volume\":{\"mtok_month\":1500}}",
			"Self-hosting pays from 608 Mtok/month on, as long as 1 replica carries it; at 1,500 it saves $5,350 a month" },
		{ "{\"closed\":{\"price\":6},\"self_hosted\":{\"replica_month\":0,\"capacity_mtok_month\":600}}",
			"Self-hosting pays at every volume up to 20,000 Mtok/month" },
		{ "{\"closed\":{\"price\":0},\"self_hosted\":{\"replica_month\":0,\"capacity_mtok_month\":600}}",
			"Closed and self-hosted cost the same at every volume" },
		{ "{\"closed\":{\"price\":6},\"self_hosted\":{\"replica_month\":9,\"throughput_tok_s\":0}}",
			"No break-even can be told: the throughput is 0 or was not measured, so no fleet carries any load" },
		{ "{\"closed\":{\"price\":6},\"volume\":{\"mtok_month\":2000}}",
			"2,000 Mtok/month cost $12,000 a month at the closed provider" },
		{ "{\"self_hosted\":{\"replica_month\":3650}}", "A replica costs $3,650 a month" },
		{ "{\"closed\":{\"price\":6},\"self_hosted\":{\"replica_month\":3650,\"capacity_mtok_month\":2476.89},"
		  "\"goal\":{\"saving\":14000}}",
			"a saving of $14,000 a month is reached at 3,550 Mtok/month" },
		{ "{\"closed\":{\"price\":1.9},\"self_hosted\":{\"replica_month\":1200,\"capacity_mtok_month\":600},"
		  "\"goal\":{\"unit_cost\":1.5}}",
			"no volume reaches this ($1.50 a Mtok self-hosted): the nearest is 600 Mtok/month with $2.00 a Mtok" },
		{ "{\"closed\":{\"input\":3,\"output\":15},\"self_hosted\":{\"replica_month\":3650},"
		  "\"goal\":{\"unit_cost\":0.25,\"saving\":14000}}",
			"no mix reaches this: $0.25 a Mtok self-hosted together with a saving of $14,000 a month" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = answered(rows[i][0]);
		size_t n = strlen(rows[i][1]);

		if (strncmp(line, "{\"headline\":\"", 13) != 0 || strncmp(line + 13, rows[i][1], n) != 0 ||
			line[13 + n] != '"')
			fail_msg("%.*s", 250, line);
	}
}

static void
curves_are_drawn_with_both_sides_of_each_step_and_tier(void **state)
{
	const char *line = answered("{\"closed\":{\"tier_mode\":\"all_units\",\"tiers\":[{\"from_mtok\":0,\"price\":3},"
				    "{\"from_mtok\":900,\"price\":2}]},\"self_hosted\":{\"replica_month\":1200,"
				    "\"capacity_mtok_month\":600},\"horizon_mtok_month\":1000}");

	(void)state;
	assert_non_null(strstr(line, "\"values\":[0,600,600,900,900,1000]"));
	assert_non_null(strstr(line, "\"values\":[0,1800,1800,2700,1800,2000]"));
	assert_non_null(strstr(line, "\"values\":[1200,1200,2400,2400,2400,2400]"));
}

static void
a_block_that_is_absent_leaves_no_facts(void **state)
{
	const char *line = answered("{\"closed\":{\"price\":6},\"volume\":{\"mtok_month\":2000}}");

	(void)state;
	assert_non_null(strstr(line, "\"closed_month\":12000"));
	assert_null(strstr(line, "\"self_usd_per_mtok\""));
	assert_null(strstr(line, "break_even"));
	assert_null(strstr(line, "payback"));
	assert_null(strstr(line, "bands"));
}

static void
every_promised_fact_is_there(void **state)
{
	static const char *const names[] = { "blended_price", "replica_capacity_mtok_month", "closed_month",
		"self_month", "saving_month", "self_usd_per_mtok", "replicas", "utilisation", "idle",
		"first_break_even_mtok_month", "safe_break_even_mtok_month", "islands", "up_crossings",
		"down_crossings", "break_even_utilisation", "break_even_closed_price", "break_even_gpu_hour",
		"break_even_mix", "payback_months", "discounted_payback_months", "npv", "irr_month", "bands",
		"tornado" };
	const char *line =
		answered("{\"closed\":{\"input\":3,\"output\":15,\"input_per_output\":3},"
			 "\"self_hosted\":{\"gpus_per_replica\":2,\"gpu_hour\":2.5,\"throughput_tok_s\":3000,"
			 "\"headroom\":0.7,\"peak_to_mean\":2.228,\"upfront\":9000},\"volume\":{\"mtok_month\":1500},"
			 "\"invest\":{\"months\":24},\"uncertain\":{\"draws\":100,\"inputs\":"
			 "{\"volume.mtok_month\":[1000,1500,3000]}}}");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(line, arena_format(arena, "\"%s\":", names[i])) == NULL)
			fail_msg("no fact %s", names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(break_even_utilisation_is_the_hour_over_what_a_full_hour_is_worth),
		cmocka_unit_test(each_threshold_makes_the_two_sides_equal),
		cmocka_unit_test(a_discounted_cached_and_batched_mix_breaks_even_too),
		cmocka_unit_test(five_million_a_day_breaks_even_only_where_the_table_says_so),
		cmocka_unit_test(scaling_all_prices_scales_all_amounts),
		cmocka_unit_test(the_first_sentence_says_what_matters),
		cmocka_unit_test(curves_are_drawn_with_both_sides_of_each_step_and_tier),
		cmocka_unit_test(a_block_that_is_absent_leaves_no_facts),
		cmocka_unit_test(every_promised_fact_is_there),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
