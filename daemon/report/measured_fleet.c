#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/gpu_table.h"
#include "daemon/report/measured_fleet.h"
#include "daemon/report/report.h"
#include "daemon/store/fleet.h"
#include "daemon/store/workloads.h"
#include "models/units/err.h"

/* A throughput that somebody assumed may be off by as much as published measurements of one model differ. */
#define ASSUMED_LOW (2.0 / 3)
#define ASSUMED_HIGH 1.4
#define MEASURED_LOW 0.9
#define MEASURED_HIGH 1.1
#define PRICE_LOW 0.8
#define PRICE_HIGH 1.25

/* ---- one row per input that the question, a fleet or the settings can give */

struct fleet_field {
	const char *name; /* of the parameter and, behind "self_hosted.", of the setting and the scenario's field */
	size_t offset;    /* of the double in struct fleet_terms */
	size_t from;      /* of the int64_t in struct fleet_row */
	double scale;     /* what the stored number is divided by */
	const char *unit;
	int rest; /* 1: also set from the settings when nothing else says */
};

#define FIELD(name, from, scale, unit, rest) \
	{ \
#name, offsetof(struct fleet_terms, name), offsetof(struct fleet_row, from), scale, unit, rest \
	}

static const struct fleet_field fields[] = {
	FIELD(gpus_per_replica, gpus_per_replica, 1, "GPUs", 1),
	FIELD(throughput_tok_s, throughput_milli_tok_s, 1e3, "tok/s", 1),
	FIELD(headroom, headroom_ppm, 1e6, "share", 1),
	FIELD(redundancy, redundancy, 1, "replicas", 1),
	FIELD(min_replicas, min_replicas, 1, "replicas", 1),
	FIELD(lag_hours, lag_ms, 3.6e6, "h", 1),
	FIELD(ops_month, ops_month_nano, 1e9, "USD/month", 1),
	FIELD(fixed_month, fixed_month_nano, 1e9, "USD/month", 1),
	FIELD(gpu_hour, gpu_hour_nano, 1e9, "USD/h", 0),
	FIELD(hours_month, hours_month_milli, 1e3, "h", 0),
	FIELD(per_mtok, per_mtok_nano, 1e9, "USD/Mtok", 0),
	FIELD(upfront, upfront_nano, 1e9, "USD", 0),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static double *
term(struct fleet_terms *terms, size_t offset)
{
	return (double *)(void *)((char *)terms + offset);
}

/* A setting's number, whole or not. */
static double
setting_number(const struct settings *settings, const char *key)
{
	const struct setting *setting = setting_find(key, NULL);
	const char *field = (const char *)settings + setting->offset;

	return setting->kind == SETTING_NUMBER ? *(const double *)(const void *)field
					       : *(const int *)(const void *)field;
}

static enum input_origin
setting_input(const struct settings *settings, const char *key)
{
	return settings_origin(settings, key) == SETTING_DEFAULT ? INPUT_DEFAULT : INPUT_ASSUMED;
}

static const char *
setting_source(struct arena *arena, const struct settings *settings, const char *key)
{
	return setting_input(settings, key) == INPUT_DEFAULT
		? "default setting"
		: arena_format(arena, "setting %s (%s)", key, setting_origin_name(settings_origin(settings, key)));
}

static const char *
scenario_path(struct arena *arena, const char *name)
{
	return arena_format(arena, "self_hosted.%s", name);
}

/* ---- which fleet */

/* The fleet that was asked for, the workload's, or the only one there is: 1, 0 for none, -1. */
static int
choose_fleet(const struct request *request, const struct report *report, const struct workload *workload,
	struct fleet_row *fleet, struct err *err)
{
	const char *name = request_text(request, report, "fleet");
	struct fleet_row *all;
	size_t n;
	int found;

	if (name == NULL && workload != NULL && workload->fleet[0] != '\0')
		name = workload->fleet;
	if (name != NULL) {
		found = fleet_get(request->store, name, request->arena, fleet, err);
		return found == 0 ? err_set(err, ERR_MISSING, "fleet: there is none named '%s'", name) : found;
	}
	if (fleet_list(request->store, request->arena, &all, &n, err) != 0)
		return -1;
	if (n != 1)
		return 0;
	*fleet = all[0];
	return 1;
}

static void
take_field(const struct request *request, const struct report *report, const struct fleet_row *fleet,
	const struct fleet_field *field, struct measured *measured)
{
	struct arena *arena = request->arena;
	struct measured_input input = { .name = scenario_path(arena, field->name), .unit = field->unit };
	double *value = term(&measured->scenario.self_hosted, field->offset);

	if (request_text(request, report, field->name) != NULL) {
		*value = request_number(request, report, field->name, NAN);
		input.origin = INPUT_ASSUMED;
		input.source = "given with the question";
	} else if (fleet != NULL) {
		*value = (double)*(const int64_t *)(const void *)((const char *)fleet + field->from) / field->scale;
		input.origin = INPUT_ASSUMED;
		input.source = arena_format(arena, "fleet '%s'", fleet->name);
	} else if (field->rest) {
		*value = setting_number(request->settings, input.name);
		input.origin = setting_input(request->settings, input.name);
		input.source = setting_source(arena, request->settings, input.name);
	} else {
		return;
	}
	if (strcmp(field->name, "throughput_tok_s") == 0 && fleet != NULL && input.source[0] == 'f') {
		input.origin = fleet->throughput_origin == ORIGIN_MEASURED ? INPUT_MEASURED : INPUT_ASSUMED;
		if (fleet->throughput_source[0] != '\0')
			input.source = arena_format(arena, "fleet '%s': %s", fleet->name, fleet->throughput_source);
	}
	if (strcmp(field->name, "gpu_hour") == 0 && fleet != NULL && input.source[0] == 'f' &&
		fleet->gpu_hour_source[0] != '\0')
		input.source = arena_format(arena, "fleet '%s': %s", fleet->name, fleet->gpu_hour_source);
	if (isnan(*value))
		return;
	/* What costs nothing and adds nothing needs no line of its own. */
	if (*value == 0 && (strcmp(field->name, "per_mtok") == 0 || strcmp(field->name, "upfront") == 0))
		return;
	input.value = *value;
	measured_input(measured, &input);
}

static void
take_scaling(const struct request *request, const struct report *report, const struct fleet_row *fleet,
	struct measured *measured)
{
	const char *given = request_text(request, report, "scaling");
	struct fleet_terms *terms = &measured->scenario.self_hosted;

	if (given != NULL)
		terms->scaling = strcmp(given, "autoscale") == 0 ? SCALING_AUTOSCALE : SCALING_ALWAYS_ON;
	else if (fleet != NULL)
		terms->scaling = fleet->scaling;
	else
		terms->scaling = request->settings->self_hosted.scaling == SETTING_AUTOSCALE ? SCALING_AUTOSCALE
											     : SCALING_ALWAYS_ON;
}

/* ---- the price of a GPU-hour, where nobody gave one */

static int
published_price(const struct request *request, const char *gpu, const struct gpu_price **price, struct err *err)
{
	struct gpu_table table;

	if (gpu_table_read(request->arena, &table, err) != 0)
		return -1;
	*price = gpu_table_find(request->arena, &table, gpu, err);
	return *price == NULL ? -1 : 0;
}

static void
take_published(const struct request *request, const struct gpu_price *price, enum input_origin origin,
	struct measured *measured, struct fleet_range *range)
{
	char day[16];

	date_print(day, sizeof(day), price->to);
	measured->scenario.self_hosted.gpu_hour = (double)price->median_nano / 1e9;
	range->gpu_hour_low = (double)price->low_nano / 1e9;
	range->gpu_hour_high = (double)price->high_nano / 1e9;
	measured_input(measured,
		&(struct measured_input){ "self_hosted.gpu_hour", measured->scenario.self_hosted.gpu_hour, "USD/h",
			origin,
			arena_format(request->arena,
				"median of published on-demand prices of %.*s (%d offers up to %s); quartiles $%.2f to $%.2f",
				(int)price->gpu.n, price->gpu.p, price->quotes, day, range->gpu_hour_low,
				range->gpu_hour_high) });
	if (gpu_price_stale(price, request->now_us))
		measured_note(measured,
			arena_format(request->arena, "the published GPU prices are %d days old: they are stale",
				gpu_price_age_days(price, request->now_us)));
}

/*
 * Whose published price is taken: the question's GPU, or the usual one where nobody gave a price; NULL: a price
 * was given.
 */
static const char *
gpu_to_look_up(const struct request *request, const struct report *report, const struct fleet_row *fleet)
{
	if (request_text(request, report, "gpu_hour") != NULL)
		return NULL;
	if (request_text(request, report, "gpu") != NULL)
		return request_text(request, report, "gpu");
	if (fleet != NULL || settings_origin(request->settings, "self_hosted.gpu_hour") != SETTING_DEFAULT)
		return NULL;
	return request->settings->self_hosted.gpu;
}

static int
take_gpu_price(const struct request *request, const struct report *report, const struct fleet_row *fleet,
	struct measured *measured, struct fleet_range *range, struct err *err)
{
	const char *key = "self_hosted.gpu_hour";
	const char *asked = request_text(request, report, "gpu");
	const char *published = gpu_to_look_up(request, report, fleet);
	struct fleet_terms *terms = &measured->scenario.self_hosted;
	const struct gpu_price *price;

	measured->gpu = asked != NULL ? asked : fleet != NULL && fleet->gpu[0] != '\0' ? fleet->gpu : published;
	if (published != NULL) {
		if (published_price(request, published, &price, err) != 0)
			return -1;
		take_published(request, price, asked == NULL ? INPUT_DEFAULT : INPUT_MEASURED, measured, range);
		return 0;
	}
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].name, "gpu_hour") == 0)
			take_field(request, report, fleet, &fields[i], measured);
	if (isnan(terms->gpu_hour)) {
		terms->gpu_hour = request->settings->self_hosted.gpu_hour;
		measured_input(measured,
			&(struct measured_input){ key, terms->gpu_hour, "USD/h", setting_input(request->settings, key),
				setting_source(request->arena, request->settings, key) });
	}
	range->gpu_hour_low = PRICE_LOW * terms->gpu_hour;
	range->gpu_hour_high = PRICE_HIGH * terms->gpu_hour;
	return 0;
}

int
measured_fleet(const struct request *request, const struct report *report, const struct workload *workload,
	struct measured *measured, struct fleet_range *range, struct err *err)
{
	struct fleet_terms *terms = &measured->scenario.self_hosted;
	struct fleet_row row;
	int has_fleet = choose_fleet(request, report, workload, &row, err);
	const struct fleet_row *fleet = has_fleet > 0 ? &row : NULL;
	int is_measured = 0;

	if (has_fleet < 0)
		return -1;
	terms->given = true;
	measured->fleet = fleet == NULL ? NULL : fleet->name;
	if (take_gpu_price(request, report, fleet, measured, range, err) != 0)
		return -1;
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].name, "gpu_hour") != 0)
			take_field(request, report, fleet, &fields[i], measured);
	take_scaling(request, report, fleet, measured);
	measured->gpus_per_replica = terms->gpus_per_replica;
	for (size_t i = 0; i < measured->inputs; i++)
		if (strcmp(measured->input_row[i].name, "self_hosted.throughput_tok_s") == 0)
			is_measured = measured->input_row[i].origin == INPUT_MEASURED;
	/* A band that was told with the fleet's own figure takes the place of the usual ones. */
	if (fleet != NULL && fleet->throughput_low_milli_tok_s > 0 && fleet->throughput_high_milli_tok_s > 0 &&
		request_text(request, report, "throughput_tok_s") == NULL) {
		range->throughput_low = (double)fleet->throughput_low_milli_tok_s / 1e3;
		range->throughput_high = (double)fleet->throughput_high_milli_tok_s / 1e3;
		return 0;
	}
	range->throughput_low = (is_measured ? MEASURED_LOW : ASSUMED_LOW) * terms->throughput_tok_s;
	range->throughput_high = (is_measured ? MEASURED_HIGH : ASSUMED_HIGH) * terms->throughput_tok_s;
	return 0;
}
