#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/report/saved.h"
#include "daemon/report/scenario.h"
#include "daemon/report/solve.h"
#include "daemon/store/scenarios.h"
#include "daemon/store/store.h"
#include "models/compare/scenario.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

/* A refusal that names the closest of those that are there. */
static int
none_such(const struct saved_request *request, struct err *err)
{
	struct saved_scenario *all;
	struct nearest nearest;
	char shown[TEXT_SHOWN];
	size_t n;

	if (scenario_list(request->store, request->arena, &all, &n, err) != 0)
		return -1;
	text_shown(text_of(request->name), shown, sizeof(shown));
	nearest_init(&nearest, request->name);
	for (size_t i = 0; i < n; i++)
		nearest_offer(&nearest, all[i].name);
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_MISSING, "there is no saved scenario '%s'; the nearest is '%s'", shown,
			nearest_found(&nearest));
	return err_set(err, ERR_MISSING, "there is no saved scenario '%s'", shown);
}

static int
check_body(const struct saved_request *request, struct err *err)
{
	struct scenario *scenario;
	int status;

	if (request->body.n == 0)
		return err_set(err, ERR_INPUT, "the body is empty; a scenario is needed");
	if (request->body.n > SAVED_BYTES_MAX)
		return err_set(err, ERR_INPUT, "a scenario of %zu bytes is larger than %u, the most that is kept",
			request->body.n, SAVED_BYTES_MAX);
	scenario = malloc(sizeof(*scenario));
	if (scenario == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a scenario");
	status = scenario_parse(scenario, "body", request->body.p, request->body.n, err);
	free(scenario);
	return status;
}

static int
put_row(const struct saved_request *request, int *stood, struct err *err)
{
	struct saved_scenario row = { request->name, request->body, request->now_us }, before, *all;
	size_t n;

	*stood = scenario_get(request->store, request->name, request->arena, &before, err);
	if (*stood < 0)
		return -1;
	if (*stood == 0) {
		if (scenario_list(request->store, request->arena, &all, &n, err) != 0)
			return -1;
		if (n >= SAVED_MAX)
			return err_set(
				err, ERR_INPUT, "%zu scenarios are saved already, as many as are kept; remove one", n);
	}
	return scenario_put(request->store, &row, err);
}

static void
add_time(struct answer *answer, const char *name, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	answer_fact(answer, name, "", value_text(answer, text));
}

int
saved_put(const struct saved_request *request, struct answer *answer, struct err *err)
{
	int stood;

	if (scenario_name_check(request->name, err) != 0 || check_body(request, err) != 0 ||
		store_begin(request->store, err) != 0)
		return -1;
	if (put_row(request, &stood, err) != 0 || store_commit(request->store, err) != 0) {
		store_rollback(request->store);
		return -1;
	}
	answer_fact(answer, "name", "", value_text(answer, request->name));
	add_time(answer, "changed", request->now_us);
	answer_fact(answer, "made", "", value_truth(answer, !stood));
	return 0;
}

int
saved_remove(const struct saved_request *request, struct answer *answer, struct err *err)
{
	int removed;

	if (store_begin(request->store, err) != 0)
		return -1;
	removed = scenario_remove(request->store, request->name, err);
	if (removed <= 0 || store_commit(request->store, err) != 0) {
		store_rollback(request->store);
		return removed == 0 ? none_such(request, err) : -1;
	}
	answer_fact(answer, "name", "", value_text(answer, request->name));
	answer_fact(answer, "removed", "", value_truth(answer, true));
	return 0;
}

int
saved_text(const struct saved_request *request, struct text *body, int64_t *changed_us, struct err *err)
{
	struct saved_scenario row;
	int found = scenario_get(request->store, request->name, request->arena, &row, err);

	if (found <= 0)
		return found == 0 ? none_such(request, err) : -1;
	*body = row.body;
	*changed_us = row.changed_us;
	return 0;
}

/* ---- all of them, with what each comes to */

static const struct param no_params[] = {
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static const struct {
	const char *name, *unit;
} results[] = {
	{ "closed_month", "USD/month" },
	{ "self_month", "USD/month" },
	{ "saving_month", "USD/month" },
	{ "first_break_even_mtok_month", "Mtok/month" },
	{ "safe_break_even_mtok_month", "Mtok/month" },
};

#define RESULTS (sizeof(results) / sizeof(results[0]))

/* What solve says of it; NULL where an older text is a scenario no more. */
static const struct answer *
solve_row(const struct request *request, const struct saved_scenario *row)
{
	struct scenario *scenario = arena_take(request->arena, sizeof(*scenario));
	struct answer *answer = answer_new(request->arena);
	struct err err;

	if (scenario_parse(scenario, row->name, row->body.p, row->body.n, &err) != 0)
		return NULL;
	scenario->uncertain.given = false; /* a list is no place for ten thousand draws of each */
	if (answer_scenario_brief(answer, request->arena, scenario, &err) != 0)
		return NULL;
	return answer;
}

static int
scenarios_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *name, *changed, *size, *result[RESULTS];
	struct saved_scenario *all;
	size_t n;

	(void)report;
	if (scenario_list(request->store, request->arena, &all, &n, err) != 0)
		return -1;
	answer_fact(answer, "scenarios", "", value_whole(answer, (int64_t)n));
	name = answer_column(answer, "name", "");
	changed = answer_column(answer, "changed", "");
	size = answer_column(answer, "bytes", "bytes");
	for (size_t i = 0; i < RESULTS; i++)
		result[i] = answer_column(answer, results[i].name, results[i].unit);
	for (size_t k = 0; k < n; k++) {
		const struct answer *solved = solve_row(request, &all[k]);
		char text[TIME_MAX];

		time_print(text, sizeof(text), all[k].changed_us - all[k].changed_us % SECOND_US);
		column_add(answer, name, value_text(answer, all[k].name));
		column_add(answer, changed, value_text(answer, text));
		column_add(answer, size, value_whole(answer, (int64_t)all[k].body.n));
		for (size_t i = 0; i < RESULTS; i++) {
			const struct value *value = solved == NULL ? NULL : answer_get(solved, results[i].name);

			column_add(answer, result[i],
				value == NULL ? value_unknown(answer) : value_number(answer, value_as_number(value)));
		}
	}
	return 0;
}

const struct report report_scenarios = { "scenarios", "the saved what-ifs and what each comes to", no_params,
	scenarios_run };
