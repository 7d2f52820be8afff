#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/store/fold.h"
#include "daemon/store/handle.h"
#include "daemon/store/lines.h"

enum { /* columns of line_scan */
	AT,
	ID,
	RUN,
	SERIES,
	STATUS,
	REQUESTS,
	LATENCY,
	TTFT,
	TOKENS,
	STATE = TOKENS + USAGE_CLASSES,
	PRICE,
	AMOUNT
};

#define LANE_NAMES 3   /* provider, model, workload */
#define SERIES_NAMES 4 /* account, project, key, service tier */

struct lane_names {
	bool selected;
	const char *name[LANE_NAMES];
};

struct series_names {
	bool selected;
	int64_t lane;
	const char *name[SERIES_NAMES];
};

struct reading {
	struct store *store;
	const struct lines_query *query;
	struct arena *arena;
	struct lines_result *result;
	struct lane_names *lanes; /* by id */
	struct series_names *series;
	size_t n_lanes, n_series;
	size_t read;
	bool passed; /* the line after which the page begins */
};

static const enum by lane_by[LANE_NAMES] = { BY_PROVIDER, BY_MODEL, BY_WORKLOAD };
static const enum by series_by[SERIES_NAMES] = { BY_ACCOUNT, BY_PROJECT, BY_KEY, BY_SERVICE_TIER };

/* Room for entry `id` of an array that is indexed by id. */
static void *
make_room(struct arena *arena, void *array, size_t *n, size_t id, size_t size)
{
	size_t room = *n;
	void *more;

	if (id < room)
		return array;
	while (room <= id)
		room = room == 0 ? 64 : 2 * room;
	more = arena_take(arena, room * size);
	if (*n > 0)
		memcpy(more, array, *n * size);
	*n = room;
	return more;
}

static int
load_lanes(struct reading *reading, struct err *err)
{
	sqlite3_stmt *row = statement_get(reading->store, ST_lane_all);
	const char *const *only = reading->query->usage->only;
	int status;

	while ((status = statement_step(reading->store, row, err)) == 1) {
		size_t id = (size_t)sqlite3_column_int64(row, 0);
		struct lane_names *lane;

		reading->lanes = make_room(reading->arena, reading->lanes, &reading->n_lanes, id, sizeof(*lane));
		lane = &reading->lanes[id];
		lane->selected = true;
		for (int i = 0; i < LANE_NAMES; i++) {
			lane->name[i] = column_copy(row, 1 + i, reading->arena);
			lane->selected = lane->selected &&
				(only[lane_by[i]] == NULL || strcmp(only[lane_by[i]], lane->name[i]) == 0);
		}
	}
	return status;
}

static bool
lane_selected(const struct reading *reading, size_t lane)
{
	return lane < reading->n_lanes && reading->lanes[lane].selected;
}

static int
load_series(struct reading *reading, struct err *err)
{
	sqlite3_stmt *row = statement_get(reading->store, ST_series_all);
	const char *const *only = reading->query->usage->only;
	int status;

	while ((status = statement_step(reading->store, row, err)) == 1) {
		size_t id = (size_t)sqlite3_column_int64(row, 0), lane = (size_t)sqlite3_column_int64(row, 1);
		struct series_names *series;

		reading->series = make_room(reading->arena, reading->series, &reading->n_series, id, sizeof(*series));
		series = &reading->series[id];
		series->lane = (int64_t)lane;
		series->selected = lane_selected(reading, lane);
		for (int i = 0; i < SERIES_NAMES; i++) {
			series->name[i] = column_copy(row, 2 + i, reading->arena);
			series->selected = series->selected &&
				(only[series_by[i]] == NULL || strcmp(only[series_by[i]], series->name[i]) == 0);
		}
	}
	return status;
}

static bool
is_wanted(const struct reading *reading, sqlite3_stmt *row)
{
	static const char *const names[] = { "ok", "error", "timeout" };
	const char *only = reading->query->usage->only[BY_STATUS];
	size_t series = (size_t)sqlite3_column_int64(row, SERIES);
	int64_t status = sqlite3_column_int64(row, STATUS);

	return series < reading->n_series && reading->series[series].selected &&
		(only == NULL || (status >= 0 && status < 3 && strcmp(only, names[status]) == 0));
}

static void
keep_line(struct reading *reading, sqlite3_stmt *row)
{
	struct ledger_line *line = &reading->result->lines[reading->result->n++];
	const struct series_names *series = &reading->series[sqlite3_column_int64(row, SERIES)];
	const struct lane_names *lane = &reading->lanes[series->lane];

	*line = (struct ledger_line){
		.at_us = sqlite3_column_int64(row, AT),
		.id = column_copy(row, ID, reading->arena),
		.run = sqlite3_column_int64(row, RUN),
		.status = (enum usage_status)sqlite3_column_int(row, STATUS),
		.requests = column_reported(row, REQUESTS),
		.latency_ms = column_reported(row, LATENCY),
		.ttft_ms = column_reported(row, TTFT),
		.has_usage = sqlite3_column_type(row, TOKENS) != SQLITE_NULL,
		.price = { .state = (enum price_state)sqlite3_column_int(row, STATE),
			.price = sqlite3_column_int64(row, PRICE),
			.amount_nano = sqlite3_column_int64(row, AMOUNT) },
	};
	for (int i = 0; i < USAGE_CLASSES; i++)
		line->usage.tokens[i] = sqlite3_column_int64(row, TOKENS + i);
	for (int i = 0; i < LANE_NAMES; i++)
		line->name[lane_by[i]] = lane->name[i];
	for (int i = 0; i < SERIES_NAMES; i++)
		line->name[series_by[i]] = series->name[i];
}

/* Whether the page begins behind this line. */
static bool
comes_before(struct reading *reading, const struct line_place *place)
{
	const struct line_place *after = &reading->query->after;

	if (reading->passed || place->at_us > after->at_us)
		return false;
	reading->passed = place->at_us == after->at_us && place->mark == after->mark;
	return true;
}

/* Read one stretch: 1 when the page is full, 0 when the stretch has ended, -1. */
static int
read_stretch(struct reading *reading, int64_t from_us, int64_t to_us, struct err *err)
{
	sqlite3_stmt *row = statement_get(reading->store, ST_line_scan);
	struct lines_result *result = reading->result;
	struct line_place before = result->next;
	bool wanted;
	int status;

	bind_whole(row, ":from_us", from_us);
	bind_whole(row, ":to_us", to_us);
	while ((status = statement_step(reading->store, row, err)) == 1) {
		struct line_place place = { sqlite3_column_int64(row, AT), hash_text(0, column_text(row, ID)) };

		if (comes_before(reading, &place))
			continue;
		wanted = is_wanted(reading, row);
		if (++reading->read > LINES_READ_MAX || (wanted && result->n == reading->query->limit)) {
			result->more = true;
			result->next = before;
			sqlite3_reset(row);
			return 1;
		}
		if (wanted)
			keep_line(reading, row);
		before = place;
	}
	result->next = before;
	return status;
}

static int
read_quarters(struct reading *reading, struct err *err)
{
	const struct usage_query *usage = reading->query->usage;
	int64_t from_us = usage->from_us, last = -1;
	sqlite3_stmt *row = statement_get(reading->store, ST_line_quarters);
	int status, full = 0;

	if (reading->query->has_after && reading->query->after.at_us > from_us)
		from_us = reading->query->after.at_us;
	bind_whole(row, ":from", from_us / QUARTER_US);
	bind_whole(row, ":to", usage->to_us / QUARTER_US + 1);
	while (full == 0 && (status = statement_step(reading->store, row, err)) == 1) {
		int64_t quarter = sqlite3_column_int64(row, 0), begin_us = quarter * QUARTER_US;
		int64_t lane = sqlite3_column_int64(row, 1);

		if (quarter == last || (lane >= 0 && !lane_selected(reading, (size_t)lane)))
			continue;
		last = quarter;
		full = read_stretch(reading, begin_us > from_us ? begin_us : from_us,
			begin_us + QUARTER_US < usage->to_us ? begin_us + QUARTER_US : usage->to_us, err);
	}
	sqlite3_reset(row);
	return full < 0 || (full == 0 && status < 0) ? -1 : 0;
}

int
query_lines(struct store *store, const struct lines_query *query, struct arena *arena, struct lines_result *result,
	struct err *err)
{
	struct reading reading = {
		.store = store, .query = query, .arena = arena, .result = result, .passed = !query->has_after
	};

	*result = (struct lines_result){ .lines = arena_take(arena, query->limit * sizeof(*result->lines)),
		.next = query->after };
	if (load_lanes(&reading, err) != 0 || load_series(&reading, err) != 0)
		return -1;
	return read_quarters(&reading, err);
}
