#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/dictionary.h"
#include "daemon/store/handle.h"
#include "daemon/store/lane_day.h"
#include "daemon/store/rollup.h"
#include "daemon/store/series_shape.h"
#include "daemon/store/walk.h"
#include "models/units/calendar.h"

/* What a group of a table means for this walk: groups of the quarter table are lanes, else series. */
struct member {
	bool selected;
	size_t combination; /* without the status */
};

struct members {
	struct member *of; /* by id */
	size_t n;
};

/* A stretch of the range in which no rule of attribution begins or ends. */
struct stage {
	int64_t from_us, to_us;
	struct members lanes, series;
	bool lanes_tell; /* what is asked for is the same for all series of a lane */
};

struct walking {
	struct store *store;
	struct walk *walk;
	struct dictionary dictionary;
	struct stage *stages;         /* one for each period of the dictionary */
	struct members lanes, series; /* of the stage that is read, as the next */
	bool lanes_tell;
	struct lanes lane_of;
	bool by_status;
	int only_status; /* -1: all */
	bool days_fit;   /* the day tables are of this zone */
	bool days_tell;  /* and no time group is finer than a day */
	bool stopped;    /* the visitor has seen enough */
	struct slots slots;
};

static const char *const status_names[] = { "ok", "error", "timeout" };

/* ---- selection and combinations */

static bool
is_selected(const struct walking *walking, size_t stage, size_t entry)
{
	const struct usage_query *query = walking->walk->query;

	if (attribution_counts(&walking->dictionary.period[stage].of[entry]) == query->left_out)
		return false;
	for (enum by by = BY_PROVIDER; by < BY_STATUS; by++)
		if (query->only[by] != NULL &&
			strcmp(query->only[by], dictionary_name(&walking->dictionary, stage, entry, by)) != 0)
			return false;
	return true;
}

static bool
asks_for(const struct usage_query *query, enum by by)
{
	for (int i = 0; i < QUERY_BYS; i++)
		if (query->by[i] == by)
			return true;
	return query->only[by] != NULL;
}

struct picked {
	const char *name[QUERY_BYS];
	size_t stage, entry; /* that it is from */
};

static int
in_order(const void *a, const void *b)
{
	const struct picked *x = a, *y = b;

	for (int i = 0; i < QUERY_BYS; i++) {
		int order = x->name[i] == NULL ? 0 : strcmp(x->name[i], y->name[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

static struct members
make_members(struct arena *arena, size_t n)
{
	return (struct members){ arena_take(arena, n * sizeof(struct member)), n };
}

static size_t
pick(const struct walking *walking, struct picked *picked)
{
	const struct usage_query *query = walking->walk->query;
	const struct dictionary *dictionary = &walking->dictionary;
	size_t n = 0;

	for (size_t stage = 0; stage < dictionary->periods; stage++)
		for (size_t entry = 0; entry < dictionary->n; entry++) {
			if (!is_selected(walking, stage, entry))
				continue;
			for (int j = 0; j < QUERY_BYS; j++)
				picked[n].name[j] = query->by[j] >= BY_PROVIDER && query->by[j] < BY_STATUS
					? dictionary_name(dictionary, stage, entry, query->by[j])
					: NULL;
			picked[n].stage = stage;
			picked[n++].entry = entry;
		}
	return n;
}

/* Number the distinct combinations of names of the selected series, of all stages, in the order of the names. */
static void
number_members(struct walking *walking, struct names *names)
{
	struct arena *arena = walking->walk->arena;
	const struct dictionary *dictionary = &walking->dictionary;
	size_t room = dictionary->n * dictionary->periods + 1, n, ids = 1;
	struct picked *picked = arena_take(arena, room * sizeof(*picked));

	for (size_t i = 0; i < dictionary->n; i++)
		if ((size_t)dictionary->entry[i].id >= ids)
			ids = (size_t)dictionary->entry[i].id + 1;
	walking->stages = arena_take(arena, dictionary->periods * sizeof(*walking->stages));
	for (size_t i = 0; i < dictionary->periods; i++)
		walking->stages[i] = (struct stage){ .from_us = dictionary->period[i].from_us,
			.to_us = dictionary->period[i].to_us,
			.series = make_members(arena, ids) };
	names->name = arena_take(arena, room * sizeof(*names->name));
	names->n = 0;
	n = pick(walking, picked);
	qsort(picked, n, sizeof(*picked), in_order);
	for (size_t i = 0; i < n; i++) {
		int64_t id = dictionary->entry[picked[i].entry].id;

		if (i == 0 || in_order(&picked[i - 1], &picked[i]) != 0)
			memcpy(names->name[names->n++], picked[i].name, sizeof(picked[i].name));
		walking->stages[picked[i].stage].series.of[id] = (struct member){ true, names->n - 1 };
	}
}

/* A lane means what its series mean, where they all mean the same: rules may tell them apart. */
static void
gather_lanes(const struct walking *walking, struct stage *stage)
{
	const struct dictionary *dictionary = &walking->dictionary;
	struct arena *arena = walking->walk->arena;
	size_t ids = 1;
	bool *met;

	for (size_t i = 0; i < dictionary->n; i++)
		if ((size_t)dictionary->entry[i].lane >= ids)
			ids = (size_t)dictionary->entry[i].lane + 1;
	stage->lanes = make_members(arena, ids);
	stage->lanes_tell = true;
	met = arena_take(arena, ids * sizeof(*met));
	for (size_t i = 0; i < dictionary->n; i++) {
		size_t lane = (size_t)dictionary->entry[i].lane;
		const struct member *member = &stage->series.of[dictionary->entry[i].id];

		if (met[lane] &&
			(stage->lanes.of[lane].selected != member->selected ||
				stage->lanes.of[lane].combination != member->combination))
			stage->lanes_tell = false;
		stage->lanes.of[lane] = *member;
		met[lane] = true;
	}
}

/* With the status asked for, each combination comes three times, in the order of the names. */
static void
spread_status(struct walking *walking, struct names *names)
{
	const struct usage_query *query = walking->walk->query;
	const char *(*spread)[QUERY_BYS] = arena_take(walking->walk->arena, (3 * names->n + 1) * sizeof(*spread));

	for (size_t i = 0; i < 3 * names->n; i++)
		for (int j = 0; j < QUERY_BYS; j++)
			spread[i][j] = query->by[j] == BY_STATUS ? status_names[i % 3] : names->name[i / 3][j];
	names->name = spread;
	names->n *= 3;
}

static int
read_status(struct walking *walking, struct err *err)
{
	const struct usage_query *query = walking->walk->query;

	walking->only_status = -1;
	for (int i = 0; query->only[BY_STATUS] != NULL && i < 3; i++)
		if (strcmp(query->only[BY_STATUS], status_names[i]) == 0)
			walking->only_status = i;
	if (query->only[BY_STATUS] != NULL && walking->only_status < 0)
		return err_set(err, ERR_INPUT, "status '%s' is none of ok, error, timeout", query->only[BY_STATUS]);
	for (int i = 0; i < QUERY_BYS; i++)
		walking->by_status = walking->by_status || query->by[i] == BY_STATUS;
	return 0;
}

static int
prepare(struct walking *walking, struct err *err)
{
	struct walk *walk = walking->walk;
	const struct usage_query *query = walk->query;
	const struct dictionary_wish wish = { .from_us = query->from_us,
		.to_us = query->to_us,
		.attribute =
			asks_for(query, BY_WORKLOAD) || asks_for(query, BY_TEAM) || asks_for(query, BY_COST_CENTRE),
		.counts = true };
	bool by_lane = true;
	int fresh;

	if (read_status(walking, err) != 0 || (fresh = rollup_zone_is(walking->store, query->zone, err)) < 0)
		return -1;
	walking->days_fit = fresh == 1;
	walking->days_tell = fresh == 1 && walk->coarsest == LEVEL_DAY && !asks_for(query, BY_HOUR);
	walking->slots = (struct slots){ .zone = query->zone };
	if (dictionary_load(walking->store, &wish, walk->arena, &walking->dictionary, err) != 0)
		return -1;
	if (lanes_load(walking->store, &walking->lane_of, err) != 0)
		return -1;
	number_members(walking, &walk->names);
	for (enum by by = BY_ACCOUNT; by <= BY_STATUS; by++)
		by_lane = by_lane && !asks_for(query, by);
	for (size_t i = 0; by_lane && i < walking->dictionary.periods; i++)
		gather_lanes(walking, &walking->stages[i]);
	if (walking->by_status)
		spread_status(walking, &walk->names);
	return 0;
}

/* ---- reading */

static bool
is_wanted(const struct walking *walking, const struct member *member, int status)
{
	return member->selected && (walking->only_status < 0 || status == walking->only_status);
}

static int
visit_cell(struct walking *walking, const struct member *member, int status, struct piece *piece, struct err *err)
{
	int visited;

	piece->combination = walking->by_status ? 3 * member->combination + (size_t)status : member->combination;
	visited = walking->walk->visit(walking->walk->ctx, piece, err);
	walking->stopped = visited > 0;
	return visited == 0 ? 0 : -1;
}

static bool
wants_line(const void *ctx, int64_t series, int status)
{
	const struct walking *walking = ctx;

	return series >= 0 && (size_t)series < walking->series.n &&
		is_wanted(walking, &walking->series.of[series], status);
}

static int
visit_line(void *ctx, const struct cell_line *line, struct err *err)
{
	struct walking *walking = ctx;
	struct piece piece = { .from_us = line->at_us, .to_us = line->at_us + 1, .value = line->value };

	return visit_cell(walking, &walking->series.of[line->series.series], (int)line->status, &piece, err);
}

static int
read_lines(struct walking *walking, int64_t from_us, int64_t to_us, struct err *err)
{
	struct line_walk walk = { .from_us = from_us,
		.to_us = to_us,
		.backwards = walking->walk->backwards,
		.lanes = &walking->lane_of,
		.wants = wants_line,
		.visit = visit_line,
		.ctx = walking };

	return from_us < to_us ? lines_walk(walking->store, &walk, err) : 0;
}

static void
note_level(struct walking *walking, enum query_level level)
{
	if (walking->walk->level > level)
		walking->walk->level = level;
}

/* The pieces of one day: its steps, all that is selected together. */
static int
visit_shape(struct walking *walking, int64_t from_us, int64_t step_us, const struct day_shape *shape, struct err *err)
{
	int64_t value[CELL_VALUES] = { 0 };
	struct piece piece = { .value = value };
	struct member all = { true, 0 };

	for (int i = 0; i < SHAPE_STEPS; i++) {
		const int64_t *told = shape->value[i];

		if (!shape->held[i])
			continue;
		piece.from_us = from_us + i * step_us;
		piece.to_us = piece.from_us + step_us;
		value[CELL_REQUESTS] = told[SHAPE_REQUESTS];
		value[CELL_TOKENS + IN_UNCACHED] = told[SHAPE_INPUT];
		value[CELL_TOKENS + OUT_VISIBLE] = told[SHAPE_OUTPUT];
		value[CELL_PRICED_TOKENS] = told[SHAPE_INPUT] + told[SHAPE_OUTPUT] - told[SHAPE_UNPRICED];
		value[CELL_AMOUNT] = told[SHAPE_AMOUNT];
		if (visit_cell(walking, &all, 0, &piece, err) != 0)
			return -1;
	}
	return 0;
}

static int
read_shapes(struct walking *walking, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *rows = statement_get(walking->store, ST_lane_shape_scan);
	struct day_shape shape = { .held = { false } };
	int64_t last = from;
	int status;

	note_level(walking, LEVEL_QUARTER);
	bind_whole(rows, ":from", from);
	bind_whole(rows, ":to", to);
	while ((status = statement_step(walking->store, rows, err)) == 1) {
		int64_t id = sqlite3_column_int64(rows, 0), day = id >> 32;
		size_t lane = (size_t)(id & UINT32_MAX);

		if (lane >= walking->lanes.n || !is_wanted(walking, &walking->lanes.of[lane], 0))
			continue;
		if (day != last) {
			if ((status = visit_shape(walking, slot_begin(&walking->slots, FOLD_DAY, last), QUARTER_US,
				     &shape, err)) != 0)
				break;
			memset(&shape, 0, sizeof(shape));
			last = day;
		}
		if ((status = shape_add(
			     &shape, sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1), err)) != 0)
			break;
	}
	sqlite3_reset(rows);
	return status != 0 ? -1
			   : visit_shape(walking, slot_begin(&walking->slots, FOLD_DAY, last), QUARTER_US, &shape, err);
}

/* The courses of a run of series [first, end) through SHAPE_DAYS days from `block` on, as far as they are in [from, to). */
static int
add_courses(struct walking *walking, int64_t block, int64_t first, int64_t end, const int64_t range[2],
	struct day_shape *shapes, struct err *err)
{
	sqlite3_stmt *rows = statement_get(walking->store, ST_series_shape_scan);
	int status;

	bind_whole(rows, ":from", series_shape_id(block, first * 4));
	bind_whole(rows, ":to", series_shape_id(block, end * 4));
	while ((status = statement_step(walking->store, rows, err)) == 1) {
		int64_t id = sqlite3_column_int64(rows, 0), day = series_shape_day(id);
		int kind = (int)(series_shape_group(id) % 4);

		if (day < range[0] || day >= range[1] || (walking->only_status >= 0 && kind != walking->only_status))
			continue;
		if (shape_add(&shapes[day - block], sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1),
			    err) != 0) {
			sqlite3_reset(rows);
			return -1;
		}
	}
	return status;
}

/* Days by series, where the names that are asked for are not of lanes. */
static int
read_courses(struct walking *walking, int64_t from, int64_t to, struct err *err)
{
	const struct members *members = &walking->series;
	struct day_shape *shapes = arena_take(walking->walk->arena, SHAPE_DAYS * sizeof(*shapes));
	const int64_t range[] = { from, to };

	note_level(walking, LEVEL_QUARTER);
	for (int64_t block = from & -SHAPE_DAYS; block < to; block += SHAPE_DAYS) {
		memset(shapes, 0, SHAPE_DAYS * sizeof(*shapes));
		for (size_t first = 0, end; first < members->n; first = end) {
			for (end = first; end < members->n && members->of[end].selected; end++)
				;
			if (first < end &&
				add_courses(walking, block, (int64_t)first, (int64_t)end, range, shapes, err) != 0)
				return -1;
			end += first == end;
		}
		for (int64_t day = block < from ? from : block; day < block + SHAPE_DAYS && day < to; day++) {
			struct slot slot =
				slot_of(&walking->slots, FOLD_DAY, slot_begin(&walking->slots, FOLD_DAY, day));

			if (slot.number == day &&
				visit_shape(walking, slot.from_us, slot.step_us, &shapes[day - block], err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
read_sums(struct walking *walking, enum rollup_level level, int64_t from, int64_t to, struct err *err)
{
	static const enum statement scans[] = { ST_quarter_scan, ST_day_scan, ST_lane_day_scan };
	enum fold_level slots = level == ROLLUP_QUARTER ? FOLD_QUARTER : FOLD_DAY;
	const struct members *members = level == ROLLUP_DAY ? &walking->series : &walking->lanes;
	int64_t value[CELL_VALUES], last = INT64_MIN;
	struct piece piece = { .value = value };
	sqlite3_stmt *rows;
	int status;

	if (level == ROLLUP_SERIES_SHAPE)
		return read_courses(walking, from, to, err);
	if (level == ROLLUP_LANE_DAY && walking->walk->shape)
		return read_shapes(walking, from, to, err);
	rows = statement_get(walking->store, scans[level]);
	note_level(walking, level == ROLLUP_QUARTER ? LEVEL_QUARTER : LEVEL_DAY);
	bind_whole(rows, ":from", from);
	bind_whole(rows, ":to", to);
	while ((status = statement_step(walking->store, rows, err)) == 1) {
		int64_t slot = sqlite3_column_int64(rows, 0), group = sqlite3_column_int64(rows, 1);
		int kind = sqlite3_column_int(rows, 2);

		if (group < 0 || (size_t)group >= members->n || !is_wanted(walking, &members->of[group], kind))
			continue;
		if (slot != last) {
			piece.from_us = slot_begin(&walking->slots, slots, slot);
			piece.to_us = slot_begin(&walking->slots, slots, slot + 1);
			last = slot;
		}
		for (int i = 0; i < CELL_VALUES; i++)
			value[i] = sqlite3_column_int64(rows, 3 + i);
		if (visit_cell(walking, &members->of[group], kind, &piece, err) != 0) {
			sqlite3_reset(rows);
			return -1;
		}
	}
	return status;
}

static int read_quarters(struct walking *walking, int64_t from_us, int64_t to_us, struct err *err);

/* The slots [from, to): their sums, and what lies beneath those whose sums are behind. */
static int
read_cells(struct walking *walking, enum rollup_level level, int64_t from, int64_t to, struct err *err)
{
	enum fold_level slots = level == ROLLUP_QUARTER ? FOLD_QUARTER : FOLD_DAY;
	int64_t behind = from;
	int status = 0;

	while (from < to && (status = rollup_touched(walking->store, level, &behind, err)) == 1 && behind < to) {
		int64_t from_us = slot_begin(&walking->slots, slots, behind);
		int64_t to_us = slot_begin(&walking->slots, slots, behind + 1);

		if (from < behind && read_sums(walking, level, from, behind, err) != 0)
			return -1;
		status = level != ROLLUP_QUARTER ? read_quarters(walking, from_us, to_us, err)
						 : read_lines(walking, from_us, to_us, err);
		if (status != 0)
			return -1;
		from = ++behind;
	}
	if (status < 0)
		return -1;
	return from < to ? read_sums(walking, level, from, to, err) : 0;
}

/* Whether quarter hours of UTC are never cut by a time group of the zone in this range. */
static bool
is_quarterly(const struct zone *zone, int64_t from_us, int64_t to_us)
{
	int64_t from_s = from_us / SECOND_US, to_s = to_us / SECOND_US;

	if (zone_offset(zone, from_s) % 900 != 0 || zone_offset(zone, to_s) % 900 != 0)
		return false;
	for (int i = 0; i < zone->transitions; i++)
		if (zone->at_s[i] >= from_s && zone->at_s[i] < to_s &&
			(zone->at_s[i] % 900 != 0 || zone->offset_s[i] % 900 != 0))
			return false;
	return true;
}

/* Quarter hours [first, last) inside a range. */
static int
read_quarters(struct walking *walking, int64_t from_us, int64_t to_us, struct err *err)
{
	struct slot first = slot_of(&walking->slots, FOLD_QUARTER, from_us);
	struct slot last = slot_of(&walking->slots, FOLD_QUARTER, to_us);
	bool tells = walking->lanes_tell && walking->walk->coarsest <= LEVEL_QUARTER &&
		is_quarterly(walking->walk->query->zone, from_us, to_us);

	if (first.from_us < from_us)
		first = (struct slot){ first.number + 1, first.to_us, first.to_us + QUARTER_US, 0 };
	if (!tells || first.number >= last.number)
		return read_lines(walking, from_us, to_us, err);
	if (read_lines(walking, from_us, first.from_us, err) != 0 ||
		read_cells(walking, ROLLUP_QUARTER, first.number, last.number, err) != 0)
		return -1;
	return read_lines(walking, last.from_us, to_us, err);
}

static int
read_days(struct walking *walking, int64_t from_us, int64_t to_us, struct err *err)
{
	struct slot first = slot_of(&walking->slots, FOLD_DAY, from_us);
	struct slot last = slot_of(&walking->slots, FOLD_DAY, to_us);
	bool quarterly = is_quarterly(walking->walk->query->zone, from_us, to_us);
	bool shapes = walking->walk->shape && walking->days_fit && quarterly;
	enum rollup_level level = walking->lanes_tell && quarterly ? ROLLUP_LANE_DAY
		: shapes                                           ? ROLLUP_SERIES_SHAPE
								   : ROLLUP_DAY;

	if (first.from_us < from_us)
		first = (struct slot){ first.number + 1, first.to_us, first.to_us, 0 };
	if (!(walking->days_tell || shapes) || first.number >= last.number)
		return read_quarters(walking, from_us, to_us, err);
	if ((from_us < first.from_us && read_quarters(walking, from_us, first.from_us, err) != 0) ||
		read_cells(walking, level, first.number, last.number, err) != 0)
		return -1;
	return last.from_us < to_us ? read_quarters(walking, last.from_us, to_us, err) : 0;
}

/* A range that is wider than the ledger is cut to whole days around its lines; an empty ledger leaves none. */
static int
cut_range(struct walking *walking, int64_t *from_us, int64_t *to_us, struct err *err)
{
	sqlite3_stmt *ends = statement_get(walking->store, ST_usage_ends);

	if (statement_step(walking->store, ends, err) != 1)
		return -1;
	if (sqlite3_column_type(ends, 0) == SQLITE_NULL) {
		*from_us = *to_us;
	} else {
		struct slot first = slot_of(&walking->slots, FOLD_DAY, sqlite3_column_int64(ends, 0));
		struct slot last = slot_of(&walking->slots, FOLD_DAY, sqlite3_column_int64(ends, 1));

		*from_us = *from_us < first.from_us ? first.from_us : *from_us;
		*to_us = *to_us > last.to_us ? last.to_us : *to_us;
	}
	sqlite3_reset(ends);
	return 0;
}

/* The range, stage by stage, in the order in which it is walked. */
static int
read_stages(struct walking *walking, int64_t from_us, int64_t to_us, struct err *err)
{
	size_t n = walking->dictionary.periods;
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++) {
		const struct stage *stage = &walking->stages[walking->walk->backwards ? n - 1 - i : i];
		int64_t begin_us = stage->from_us > from_us ? stage->from_us : from_us;
		int64_t end_us = stage->to_us < to_us ? stage->to_us : to_us;

		walking->lanes = stage->lanes;
		walking->series = stage->series;
		walking->lanes_tell = stage->lanes_tell;
		if (begin_us < end_us)
			status = read_days(walking, begin_us, end_us, err);
	}
	return status;
}

int
walk_run(struct store *store, struct walk *walk, int (*prepared)(void *ctx, const struct names *names, struct err *err),
	struct err *err)
{
	struct walking walking = { .store = store, .walk = walk };
	int64_t from_us = walk->query->from_us, to_us = walk->query->to_us;
	bool alone = sqlite3_get_autocommit(store->db) != 0; /* lines and sums must be of one state */
	int status;

	if (alone && store_read_begin(store, err) != 0)
		return -1;
	status = prepare(&walking, err);
	walk->level = LEVEL_RAW;
	if (status == 0 && prepared != NULL)
		status = prepared(walk->ctx, &walk->names, err);
	if (status == 0)
		status = cut_range(&walking, &from_us, &to_us, err);
	if (status == 0 && from_us < to_us && walk->names.n > 0)
		status = read_stages(&walking, from_us, to_us, err);
	if (walking.stopped)
		status = 0;
	free(walking.lane_of.lane);
	if (alone)
		store_read_end(store);
	return status;
}
