/*
 * query: GPU hours, cut to the range and to the times of rules.
 */
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/query.h"
#include "daemon/store/rules.h"
#include "models/units/calendar.h"

struct gpu_line {
	int64_t from_us, to_us;
	struct text device, gpu, account, workload; /* with a NUL behind them, or empty */
	struct text given[RULE_NAMES];              /* by rules */
	int64_t busy_ppm, power_mw, rate_nano;      /* or -1 */
	enum gpu_basis basis;
};

/* A group, with the devices that were met in it. */
struct gpu_group {
	struct gpu_row row;
	const char **device;
	size_t devices, room;
};

struct gathering {
	const struct gpu_query *query;
	struct arena *arena;
	struct gpu_group *group;
	size_t n, room;
	struct gpu_group total;
	int64_t other_us;
	struct rule_list rules; /* those that are asked */
};

static struct gpu_group *
find_group(struct gathering *gathering, struct text name, int64_t from_us)
{
	bool by_day = gathering->query->by == GPU_BY_DAY;

	for (size_t i = gathering->n; i > 0; i--) {
		struct gpu_row *row = &gathering->group[i - 1].row;

		if (by_day ? row->from_us == from_us : text_is(name, row->name))
			return &gathering->group[i - 1];
	}
	if (gathering->n == gathering->room) {
		size_t room = gathering->room == 0 ? 32 : 2 * gathering->room;
		struct gpu_group *more = arena_take(gathering->arena, room * sizeof(*more));

		if (gathering->n > 0)
			memcpy(more, gathering->group, gathering->n * sizeof(*more));
		gathering->group = more;
		gathering->room = room;
	}
	gathering->group[gathering->n] = (struct gpu_group){ .row = { .from_us = from_us } };
	if (!by_day)
		gathering->group[gathering->n].row.name =
			arena_copy(gathering->arena, name.n == 0 ? "" : name.p, name.n);
	return &gathering->group[gathering->n++];
}

static void
meet_device(struct gathering *gathering, struct gpu_group *group, struct text device)
{
	for (size_t i = group->devices; i > 0; i--)
		if (text_is(device, group->device[i - 1]))
			return;
	if (group->devices == group->room) {
		size_t room = group->room == 0 ? 8 : 2 * group->room;
		const char **more = arena_take(gathering->arena, room * sizeof(*more));

		if (group->devices > 0)
			memcpy(more, group->device, group->devices * sizeof(*more));
		group->device = more;
		group->room = room;
	}
	group->device[group->devices++] = arena_copy(gathering->arena, device.p, device.n);
	group->row.devices = (int64_t)group->devices;
}

static void
add_stretch(struct gathering *gathering, struct gpu_group *group, const struct gpu_line *line)
{
	int64_t us = line->to_us - line->from_us;

	group->row.allocated_us += us;
	if (line->busy_ppm >= 0) {
		group->row.known_us += us;
		group->row.busy_ppm_us += (wide)line->busy_ppm * us;
	}
	if (line->power_mw >= 0) {
		group->row.power_us += us;
		group->row.power_mw_us += (wide)line->power_mw * us;
	}
	if (line->rate_nano >= 0) {
		group->row.rated_us += us;
		group->row.rate_nano_us += (wide)line->rate_nano * us;
	}
	meet_device(gathering, group, line->device);
}

static void
gather_by_day(struct gathering *gathering, const struct gpu_line *line)
{
	const struct zone *zone = gathering->query->zone;
	struct gpu_line part = *line;

	while (part.from_us < line->to_us) {
		int64_t day = date_days(zone_date(zone, part.from_us / SECOND_US, NULL));
		int64_t begin_us = zone_day(zone, days_date(day)) * SECOND_US;
		int64_t end_us = zone_day(zone, days_date(day + 1)) * SECOND_US;
		struct gpu_group *group = find_group(gathering, (struct text){ NULL, 0 }, begin_us);

		part.to_us = end_us < line->to_us ? end_us : line->to_us;
		group->row.to_us = end_us;
		add_stretch(gathering, group, &part);
		part.from_us = part.to_us;
	}
}

static void
gather(struct gathering *gathering, const struct gpu_line *line)
{
	const struct gpu_query *query = gathering->query;
	const struct text names[] = { [GPU_BY_NONE] = { NULL, 0 },
		[GPU_BY_DEVICE] = line->device,
		[GPU_BY_GPU] = line->gpu,
		[GPU_BY_WORKLOAD] = line->given[GIVES_WORKLOAD],
		[GPU_BY_TEAM] = line->given[GIVES_TEAM],
		[GPU_BY_COST_CENTRE] = line->given[GIVES_COST_CENTRE],
		[GPU_BY_ACCOUNT] = line->account };

	if (query->workload != NULL && !text_is(line->given[GIVES_WORKLOAD], query->workload))
		return;
	if (query->team != NULL && !text_is(line->given[GIVES_TEAM], query->team))
		return;
	if (query->gpu != NULL && !text_is(line->gpu, query->gpu))
		return;
	if (line->basis != query->basis) {
		gathering->other_us += line->to_us - line->from_us;
		return;
	}
	add_stretch(gathering, &gathering->total, line);
	if (query->by == GPU_BY_DAY)
		gather_by_day(gathering, line);
	else
		add_stretch(gathering, find_group(gathering, names[query->by], query->from_us), line);
}

/* ---- whose they are */

static const char *
string_of(struct text text)
{
	return text.n == 0 ? "" : text.p;
}

/* When the next rule begins or ends after this instant. */
static int64_t
next_edge(const struct rule_list *rules, int64_t at_us)
{
	int64_t edge_us = INT64_MAX;

	for (size_t i = 0; i < rules->n; i++) {
		const int64_t ends[] = { rules->rules[i].from_us, rules->rules[i].to_us };

		for (int k = 0; k < 2; k++)
			if (ends[k] > at_us && ends[k] < edge_us)
				edge_us = ends[k];
	}
	return edge_us;
}

/* A stretch in the range, in parts in which the same rules hold. */
static void
attribute(struct gathering *gathering, const struct gpu_line *line)
{
	const struct gpu_query *query = gathering->query;
	int64_t to_us = line->to_us < query->to_us ? line->to_us : query->to_us;
	const char *said[RULE_IFS] = { [IF_ACCOUNT] = string_of(line->account),
		[IF_PROJECT] = "",
		[IF_KEY] = string_of(line->device),
		[IF_PROVIDER] = "",
		[IF_MODEL] = string_of(line->gpu),
		[IF_SERVICE_TIER] = "",
		[IF_TAG] = "",
		[IF_WORKLOAD] = string_of(line->workload) };
	struct gpu_line part = *line;
	struct attribution of;

	if (part.from_us < query->from_us)
		part.from_us = query->from_us;
	while (part.from_us < to_us) {
		int64_t edge_us = next_edge(&gathering->rules, part.from_us);

		rules_attribute(gathering->rules.rules, gathering->rules.n, said, part.from_us, &of);
		for (int i = 0; i < RULE_NAMES; i++)
			part.given[i] = text_of(of.name[i]);
		part.to_us = edge_us < to_us ? edge_us : to_us;
		gather(gathering, &part);
		part.from_us = part.to_us;
	}
}

/* Day rows are cut to the range, the others are of the range. */
static void
finish(struct gathering *gathering, struct gpu_result *result)
{
	const struct gpu_query *query = gathering->query;

	result->rows = arena_take(gathering->arena, (gathering->n + 1) * sizeof(*result->rows));
	result->n = gathering->n;
	for (size_t i = 0; i < gathering->n; i++) {
		struct gpu_row *row = &result->rows[i];

		*row = gathering->group[i].row;
		if (query->by == GPU_BY_NONE)
			row->name = NULL;
		if (query->by != GPU_BY_DAY || row->to_us > query->to_us)
			row->to_us = query->to_us;
		if (row->from_us < query->from_us)
			row->from_us = query->from_us;
	}
	result->other_us = gathering->other_us;
	result->total = gathering->total.row;
	result->total.from_us = query->from_us;
	result->total.to_us = query->to_us;
}

int
query_gpu(struct store *store, const struct gpu_query *query, struct arena *arena, struct gpu_result *result,
	struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_gpu_scan);
	struct gathering gathering = { .query = query, .arena = arena };
	int status;

	if (rule_list(store, arena, &gathering.rules, err) != 0)
		return -1;
	bind_whole(rows, ":from_us", query->from_us);
	bind_whole(rows, ":to_us", query->to_us);
	while ((status = statement_step(store, rows, err)) == 1) {
		struct gpu_line line = {
			.from_us = sqlite3_column_int64(rows, 0),
			.to_us = sqlite3_column_int64(rows, 1),
			.device = column_text(rows, 2),
			.gpu = column_text(rows, 3),
			.account = column_text(rows, 4),
			.workload = column_text(rows, 5),
			.busy_ppm = column_reported(rows, 6),
			.power_mw = column_reported(rows, 7),
			.basis = (enum gpu_basis)sqlite3_column_int(rows, 8),
			.rate_nano = column_reported(rows, 9),
		};

		attribute(&gathering, &line);
	}
	if (status == 0)
		finish(&gathering, result);
	return status;
}
