/*
 * settings: every setting as it stands; workloads and fleets: what usage is compared with.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/fleet_fields.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "daemon/store/fleet.h"
#include "daemon/store/workloads.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static const struct param no_params[] = {
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* ---- settings */

/* "a|b|c" as a list; unknown where there is no choice. */
static struct value *
choices_value(struct answer *answer, const char *choices)
{
	struct value *list;

	if (choices == NULL)
		return value_unknown(answer);
	list = value_list(answer);
	for (const char *p = choices;; p++) {
		size_t n = strcspn(p, "|");
		char word[SETTING_WORD];

		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		list_add(answer, list, value_text(answer, word));
		p += n;
		if (*p == '\0')
			return list;
	}
}

static int
settings_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *key = answer_column(answer, "key", ""), *section = answer_column(answer, "section", ""),
		      *value = answer_column(answer, "value", ""), *otherwise = answer_column(answer, "default", ""),
		      *origin = answer_column(answer, "origin", ""), *allowed = answer_column(answer, "allowed", ""),
		      *choices = answer_column(answer, "choices", ""), *unit = answer_column(answer, "unit", ""),
		      *kept = answer_column(answer, "kept", ""), *variable = answer_column(answer, "variable", ""),
		      *text = answer_column(answer, "text", "");
	int n = 0, changed = 0;

	(void)report;
	(void)err;
	for (const struct setting *row = settings_table; row->key != NULL; row++, n++) {
		enum setting_origin from = settings_origin(request->settings, row->key);
		char print[SETTING_PATH], may[256], name[96], part[64] = "";
		const char *point = strchr(row->key, '.');

		if (point != NULL)
			memcpy(part, row->key, (size_t)(point - row->key));
		settings_print(request->settings, row, print, sizeof(print));
		setting_allowed(row, may, sizeof(may));
		setting_variable(row, name, sizeof(name));
		changed += from != SETTING_DEFAULT;
		column_add(answer, key, value_text(answer, row->key));
		column_add(answer, section, value_text(answer, part[0] == '\0' ? NULL : part));
		column_add(answer, value, value_text(answer, print));
		column_add(answer, otherwise, value_text(answer, row->otherwise));
		column_add(answer, origin, value_text(answer, setting_origin_name(from)));
		column_add(answer, allowed, value_text(answer, may));
		column_add(answer, choices, choices_value(answer, row->choices));
		column_add(
			answer, unit, value_text(answer, row->unit == NULL || row->unit[0] == '\0' ? NULL : row->unit));
		/* It can be changed in the ledger while nobody said otherwise elsewhere. */
		column_add(answer, kept, value_truth(answer, setting_is_kept(row) && from <= SETTING_LEDGER));
		column_add(answer, variable, value_text(answer, name));
		column_add(answer, text, value_text(answer, row->text));
	}
	answer_headline(answer, "%d settings, %d of them not as the program has them.", n, changed);
	answer_fact(answer, "settings", "", value_whole(answer, n));
	answer_fact(answer, "changed", "", value_whole(answer, changed));
	return 0;
}

const struct report report_settings = { "settings", "every setting: its value, where that is from, what is allowed",
	no_params, settings_run };

/* ---- workloads */

static struct value *
text_or_unknown(struct answer *answer, const char *text)
{
	return value_text(answer, text == NULL || text[0] == '\0' ? NULL : text);
}

struct workload_columns {
	struct column *name, *used, *owner, *provider, *model, *fleet;
};

static void
add_workload(struct answer *answer, const struct workload_columns *columns, const char *name,
	const struct workload *row, bool used)
{
	column_add(answer, columns->name, value_text(answer, name[0] == '\0' ? GROUP_NONE : name));
	column_add(answer, columns->used, value_truth(answer, used));
	column_add(answer, columns->owner, text_or_unknown(answer, row == NULL ? NULL : row->owner));
	column_add(answer, columns->provider, text_or_unknown(answer, row == NULL ? NULL : row->closed_provider));
	column_add(answer, columns->model, text_or_unknown(answer, row == NULL ? NULL : row->closed_model));
	column_add(answer, columns->fleet, text_or_unknown(answer, row == NULL ? NULL : row->fleet));
}

/* Those of the ledger by their tokens, then those that are only set up. */
static int
workloads_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct usage_query query = { .to_us = TIME_LAST_US, .zone = request->zone };
	struct workload_columns columns;
	struct usage_names names;
	struct workload *set;
	size_t n, only_set = 0;

	(void)report;
	if (query_names(request->store, &query, BY_WORKLOAD, request->arena, &names, err) != 0 ||
		workload_list(request->store, request->arena, &set, &n, err) != 0)
		return -1;
	columns.name = answer_column(answer, "name", "");
	columns.used = answer_column(answer, "in_ledger", "");
	columns.owner = answer_column(answer, "owner", "");
	columns.provider = answer_column(answer, "closed_provider", "");
	columns.model = answer_column(answer, "closed_model", "");
	columns.fleet = answer_column(answer, "fleet", "");
	for (size_t i = 0; i < names.n; i++) {
		const struct workload *row = NULL;

		for (size_t j = 0; j < n; j++)
			row = strcmp(set[j].name, names.names[i]) == 0 ? &set[j] : row;
		add_workload(answer, &columns, names.names[i], row, true);
	}
	for (size_t j = 0; j < n; j++) {
		bool used = false;

		for (size_t i = 0; i < names.n; i++)
			used = used || strcmp(names.names[i], set[j].name) == 0;
		only_set += !used;
		if (!used)
			add_workload(answer, &columns, set[j].name, &set[j], false);
	}
	answer_fact(answer, "workloads", "", value_whole(answer, (int64_t)(names.n + only_set)));
	answer_fact(answer, "set_up", "", value_whole(answer, (int64_t)n));
	return 0;
}

const struct report report_workloads = { "workloads", "the workloads of the ledger and what each is compared with",
	no_params, workloads_run };

/* ---- fleets */

static int
fleets_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *name, *gpu, *number[FLEET_NUMBERS], *lag, *scaling, *origin, *price_source, *speed_source,
		*changed;
	struct fleet_row *fleets;
	size_t n;

	(void)report;
	if (fleet_list(request->store, request->arena, &fleets, &n, err) != 0)
		return -1;
	answer_fact(answer, "fleets", "", value_whole(answer, (int64_t)n));
	name = answer_column(answer, "name", "");
	gpu = answer_column(answer, "gpu", "");
	for (size_t i = 0; i < FLEET_NUMBERS; i++)
		number[i] = answer_column(answer, fleet_numbers[i].name, fleet_numbers[i].unit);
	lag = answer_column(answer, "lag_hours", "h");
	scaling = answer_column(answer, "scaling", "");
	origin = answer_column(answer, "throughput_origin", "");
	price_source = answer_column(answer, "gpu_hour_source", "");
	speed_source = answer_column(answer, "throughput_source", "");
	changed = answer_column(answer, "changed", "");
	for (size_t f = 0; f < n; f++) {
		const struct fleet_row *row = &fleets[f];
		char text[TIME_MAX];

		time_print(text, sizeof(text), row->changed_us - row->changed_us % SECOND_US);
		column_add(answer, name, value_text(answer, row->name));
		column_add(answer, gpu, text_or_unknown(answer, row->gpu));
		for (size_t i = 0; i < FLEET_NUMBERS; i++) {
			const char *field = (const char *)row + fleet_numbers[i].offset;
			int64_t value;

			memcpy(&value, field, sizeof(value));
			column_add(answer, number[i], value_amount(answer, value, fleet_numbers[i].digits));
		}
		column_add(answer, lag, value_number(answer, (double)row->lag_ms / 3.6e6));
		column_add(answer, scaling, value_text(answer, fleet_scaling_names[row->scaling]));
		column_add(answer, origin, value_text(answer, fleet_origin_names[row->throughput_origin]));
		column_add(answer, price_source, text_or_unknown(answer, row->gpu_hour_source));
		column_add(answer, speed_source, text_or_unknown(answer, row->throughput_source));
		column_add(answer, changed, value_text(answer, text));
	}
	return 0;
}

const struct report report_fleets = { "fleets", "the self-hosted options, as they were described", no_params,
	fleets_run };
