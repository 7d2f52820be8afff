/*
 * idle: GPU-hours that were held, and how much of them was used.
 */
#include <math.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param idle_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_CHOICE, "device|gpu|workload|team|cost_centre|account|day", 0, 0,
		"a row for each; workload, team and cost centre as rules give them" },
	{ "basis", PARAM_CHOICE, "seen|allocated", 0, 0,
		"what hosts saw, or what schedulers and landlords allocated; without it what was seen, where there is any" },
	{ "workload", PARAM_TEXT, NULL, 0, 0, "only this workload" },
	{ "team", PARAM_TEXT, NULL, 0, 0, "only this team" },
	{ "gpu", PARAM_TEXT, NULL, 0, 0, "only this product name" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static double
hours(int64_t us)
{
	return (double)us / (double)(HOUR_S * SECOND_US);
}

/* GPU-hours that worked, of those whose utilisation was reported; NAN where none was. */
static double
busy_hours(const struct gpu_row *row)
{
	return row->known_us == 0 ? NAN : (double)row->busy_ppm_us / 1e6 / (double)(HOUR_S * SECOND_US);
}

static double
busy_share(const struct gpu_row *row)
{
	return busy_hours(row) / hours(row->known_us);
}

static enum gpu_by
parse_by(const char *by)
{
	static const struct {
		const char *name;
		enum gpu_by by;
	} names[] = { { "device", GPU_BY_DEVICE }, { "gpu", GPU_BY_GPU }, { "workload", GPU_BY_WORKLOAD },
		{ "team", GPU_BY_TEAM }, { "cost_centre", GPU_BY_COST_CENTRE }, { "account", GPU_BY_ACCOUNT },
		{ "day", GPU_BY_DAY } };

	for (size_t i = 0; by != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, by) == 0)
			return names[i].by;
	return GPU_BY_NONE;
}

static void
add_rows(const struct request *request, const char *by, const struct gpu_result *result, struct answer *answer)
{
	struct column *name = answer_column(answer, by, ""),
		      *allocated = answer_column(answer, "allocated_hours", "GPU-h"),
		      *busy = answer_column(answer, "busy_hours", "GPU-h"),
		      *share = answer_column(answer, "busy_share", "share"),
		      *known = answer_column(answer, "reported_hours", "GPU-h");

	for (size_t i = 0; i < result->n; i++) {
		const struct gpu_row *row = &result->rows[i];
		char day[TIME_MAX];

		if (row->name == NULL)
			date_print(day, sizeof(day), zone_date(request->zone, row->from_us / SECOND_US, NULL));
		column_add(answer, name,
			value_text(answer,
				row->name == NULL              ? day
					: row->name[0] == '\0' ? "(none)"
							       : row->name));
		column_add(answer, allocated, value_number(answer, hours(row->allocated_us)));
		column_add(answer, busy, value_number(answer, busy_hours(row)));
		column_add(answer, share, value_number(answer, busy_share(row)));
		column_add(answer, known, value_number(answer, hours(row->known_us)));
	}
}

static const char *const basis_names[] = { [GPU_SEEN] = "seen", [GPU_ALLOCATED] = "allocated" };

/* What hosts saw says how much was used; where no host tells anything, what was allocated is all there is. */
static int
ask(const struct request *request, const struct report *report, struct gpu_query *query, struct gpu_result *result,
	struct err *err)
{
	const char *basis = request_text(request, report, "basis");

	query->basis = basis != NULL && strcmp(basis, basis_names[GPU_ALLOCATED]) == 0 ? GPU_ALLOCATED : GPU_SEEN;
	if (query_gpu(request->store, query, request->arena, result, err) != 0)
		return -1;
	if (basis != NULL || result->total.allocated_us > 0 || result->other_us == 0)
		return 0;
	query->basis = GPU_ALLOCATED;
	return query_gpu(request->store, query, request->arena, result, err);
}

/* What the hours came to whose price was told with them. */
static void
add_cost(const struct gpu_result *result, struct answer *answer)
{
	if (result->total.rated_us == 0)
		return;
	answer_fact(answer, "cost", "USD",
		value_amount(answer, money_divide(result->total.rate_nano_us, HOUR_S * SECOND_US), NANO_DIGITS));
	answer_fact(answer, "cost_hours", "GPU-h", value_number(answer, hours(result->total.rated_us)));
}

static void
add_basis(const struct gpu_query *query, const struct gpu_result *result, struct answer *answer)
{
	answer_fact(answer, "basis", "", value_text(answer, basis_names[query->basis]));
	answer_fact(answer, "other_hours", "GPU-h", value_number(answer, hours(result->other_us)));
	if (result->other_us > 0)
		answer_note(answer,
			"%.1f GPU-hours are %s; they may be of the same GPUs and are not added (basis %s shows them)",
			hours(result->other_us),
			query->basis == GPU_SEEN ? "what schedulers and landlords allocated" : "what hosts saw",
			basis_names[query->basis == GPU_SEEN ? GPU_ALLOCATED : GPU_SEEN]);
}

static int
idle_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");
	struct gpu_query query = { .from_us = request_time(request, report, "from", TIME_FIRST_US),
		.to_us = request_time(request, report, "to", TIME_LAST_US),
		.zone = request->zone,
		.by = parse_by(by),
		.workload = request_text(request, report, "workload"),
		.team = request_text(request, report, "team"),
		.gpu = request_text(request, report, "gpu") };
	struct gpu_result result;
	char held[FIGURE_MAX], share[FIGURE_MAX];

	if (query.from_us >= query.to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (ask(request, report, &query, &result, err) != 0)
		return -1;
	figure_number(held, sizeof(held), round(10 * hours(result.total.allocated_us)) / 10);
	figure_share(share, sizeof(share), 1 - busy_share(&result.total));
	if (result.total.allocated_us == 0)
		answer_headline(answer, "The ledger holds no GPU-hours in this range.");
	else if (result.total.known_us == 0)
		answer_headline(answer, "%s GPU-hours were held; none of them reported how busy it was.", held);
	else
		answer_headline(answer, "%s of %s GPU-hours held stood idle.", share, held);
	answer_fact(answer, "devices", "", value_whole(answer, result.total.devices));
	answer_fact(answer, "allocated_hours", "GPU-h", value_number(answer, hours(result.total.allocated_us)));
	answer_fact(answer, "busy_hours", "GPU-h", value_number(answer, busy_hours(&result.total)));
	answer_fact(answer, "busy_share", "share", value_number(answer, busy_share(&result.total)));
	answer_fact(answer, "idle_share", "share", value_number(answer, 1 - busy_share(&result.total)));
	answer_fact(answer, "reported_hours", "GPU-h", value_number(answer, hours(result.total.known_us)));
	add_cost(&result, answer);
	add_basis(&query, &result, answer);
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	if (query.by != GPU_BY_NONE)
		add_rows(request, by, &result, answer);
	if (result.total.known_us < result.total.allocated_us)
		answer_note(answer, "%.1f GPU-hours did not report how busy they were and are in no share",
			hours(result.total.allocated_us - result.total.known_us));
	return 0;
}

const struct report report_idle = { "idle", "GPU-hours held and how much of them was used", idle_params, idle_run };
