#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/store/dictionary.h"
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

/* By the id of a series: its entry of the dictionary. */
struct series {
	bool known;
	size_t entry;
};

struct reading {
	struct store *store;
	const struct lines_query *query;
	struct arena *arena;
	struct lines_result *result;
	struct dictionary dictionary;
	struct series *series;
	bool *lanes; /* by id: whether a line of the lane may be selected */
	size_t n_series, n_lanes;
	size_t period; /* of the line that is looked at */
	size_t read;
	bool passed; /* the line after which the page begins */
};

/* ---- selection */

static bool
is_selected(const struct reading *reading, size_t period, size_t entry)
{
	const char *const *only = reading->query->usage->only;

	if (attribution_counts(&reading->dictionary.period[period].of[entry]) == reading->query->usage->left_out)
		return false;
	for (enum by by = BY_PROVIDER; by < BY_STATUS; by++)
		if (only[by] != NULL && strcmp(only[by], dictionary_name(&reading->dictionary, period, entry, by)) != 0)
			return false;
	return true;
}

static void
index_series(struct reading *reading)
{
	const struct dictionary *dictionary = &reading->dictionary;

	for (size_t i = 0; i < dictionary->n; i++) {
		size_t id = (size_t)dictionary->entry[i].id, lane = (size_t)dictionary->entry[i].lane;

		reading->n_series = id >= reading->n_series ? id + 1 : reading->n_series;
		reading->n_lanes = lane >= reading->n_lanes ? lane + 1 : reading->n_lanes;
	}
	reading->series = arena_take(reading->arena, (reading->n_series + 1) * sizeof(*reading->series));
	reading->lanes = arena_take(reading->arena, (reading->n_lanes + 1) * sizeof(*reading->lanes));
	for (size_t i = 0; i < dictionary->n; i++) {
		bool *lane = &reading->lanes[dictionary->entry[i].lane];

		reading->series[dictionary->entry[i].id] = (struct series){ true, i };
		for (size_t p = 0; p < dictionary->periods; p++)
			*lane = *lane || is_selected(reading, p, i);
	}
}

static bool
lane_selected(const struct reading *reading, size_t lane)
{
	return lane < reading->n_lanes && reading->lanes[lane];
}

/* Lines come in the order of time, and so do the periods. */
static bool
is_wanted(struct reading *reading, sqlite3_stmt *row)
{
	static const char *const names[] = { "ok", "error", "timeout" };
	const struct dictionary *dictionary = &reading->dictionary;
	const char *only = reading->query->usage->only[BY_STATUS];
	size_t series = (size_t)sqlite3_column_int64(row, SERIES);
	int64_t status = sqlite3_column_int64(row, STATUS), at_us = sqlite3_column_int64(row, AT);

	while (reading->period + 1 < dictionary->periods && at_us >= dictionary->period[reading->period].to_us)
		reading->period++;
	return series < reading->n_series && reading->series[series].known &&
		is_selected(reading, reading->period, reading->series[series].entry) &&
		(only == NULL || (status >= 0 && status < 3 && strcmp(only, names[status]) == 0));
}

static void
keep_line(struct reading *reading, sqlite3_stmt *row)
{
	struct ledger_line *line = &reading->result->lines[reading->result->n++];
	size_t entry = reading->series[sqlite3_column_int64(row, SERIES)].entry;
	const struct attribution *of = &reading->dictionary.period[reading->period].of[entry];

	*line = (struct ledger_line){
		.at_us = sqlite3_column_int64(row, AT),
		.id = column_copy(row, ID, reading->arena),
		.said_workload = reading->dictionary.entry[entry].said[BY_WORKLOAD],
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
	for (enum by by = BY_PROVIDER; by < BY_STATUS; by++)
		line->name[by] = dictionary_name(&reading->dictionary, reading->period, entry, by);
	for (int i = 0; i < RULE_GIFTS; i++)
		line->rule[i] = of->rule[i] == NO_RULE ? 0 : reading->dictionary.rules.rows[of->rule[i]].id;
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
	const struct dictionary_wish wish = {
		.from_us = query->usage->from_us, .to_us = query->usage->to_us, .attribute = true
	};
	struct reading reading = {
		.store = store, .query = query, .arena = arena, .result = result, .passed = !query->has_after
	};

	*result = (struct lines_result){ .lines = arena_take(arena, query->limit * sizeof(*result->lines)),
		.next = query->after };
	if (dictionary_load(store, &wish, arena, &reading.dictionary, err) != 0)
		return -1;
	index_series(&reading);
	return read_quarters(&reading, err);
}
