/*
 * query: what is covered, and the week's shape.
 */
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/query.h"
#include "daemon/store/rollup.h"
#include "daemon/store/rules.h"
#include "daemon/store/walk.h"
#include "models/units/calendar.h"

#define HOUR_US (INT64_C(3600) * SECOND_US)

/* ---- coverage */

/* The pieces at the two ends, as [first.from_us, first.to_us) and the same of the last. */
struct covering {
	bool one_only, any;
	int64_t first_from_us, first_to_us, last_from_us, last_to_us;
};

static int64_t
floor_of(int64_t at_us, int64_t width_us)
{
	return at_us / width_us - (at_us % width_us < 0);
}

static int
cover_piece(void *ctx, const struct piece *piece, struct err *err)
{
	struct covering *covering = ctx;

	(void)err;
	if (!covering->any) {
		covering->first_from_us = piece->from_us;
		covering->first_to_us = piece->to_us;
	}
	covering->last_from_us = piece->from_us;
	covering->last_to_us = piece->to_us;
	covering->any = true;
	return covering->one_only;
}

static int
cover(struct store *store, const struct usage_query *query, const struct walk *how, struct covering *covering,
	struct err *err)
{
	struct arena *arena = arena_new();
	struct walk walk = *how;
	int status;

	walk.query = query;
	walk.arena = arena;
	walk.visit = cover_piece;
	walk.ctx = covering;
	status = walk_run(store, &walk, NULL, err);
	arena_free(arena);
	return status;
}

/* Whether the quarter hours tell what the query selects. */
static bool
lanes_select(const struct usage_query *query)
{
	for (int by = BY_ACCOUNT; by <= BY_STATUS; by++)
		if (query->only[by] != NULL)
			return false;
	return true;
}

/* From a slot that holds a line to the first (or last) line in it, by way of its quarter hours. */
static int
refine(struct store *store, const struct usage_query *query, bool first, struct covering *covering, struct err *err)
{
	struct usage_query narrow = *query;

	for (enum query_level level = lanes_select(query) ? LEVEL_QUARTER : LEVEL_RAW; level <= LEVEL_RAW; level++) {
		struct walk walk = { .coarsest = level, .backwards = !first && level == LEVEL_RAW };

		narrow.from_us = first ? covering->first_from_us : covering->last_from_us;
		narrow.to_us = first ? covering->first_to_us : covering->last_to_us;
		if (narrow.to_us - narrow.from_us == 1) /* a line already */
			break;
		if (narrow.from_us < query->from_us)
			narrow.from_us = query->from_us;
		if (narrow.to_us > query->to_us)
			narrow.to_us = query->to_us;
		*covering = (struct covering){ .one_only = first || level == LEVEL_RAW };
		if (cover(store, &narrow, &walk, covering, err) != 0)
			return -1;
	}
	return 0;
}

#define LOOKED_BACK_DAYS 16 /* first; then four times as many, until a line is found */

/* The last day with lines that are selected, in steps back from the last day with any. */
static int
cover_last(struct store *store, const struct usage_query *query, int64_t last_us, struct covering *covering,
	struct err *err)
{
	struct usage_query narrow = *query;
	int64_t last_s = floor_of(last_us, SECOND_US);

	for (int64_t days = LOOKED_BACK_DAYS;; days *= 4) {
		int64_t from_s = zone_day(query->zone, zone_date(query->zone, last_s - days * DAY_S, NULL));

		narrow.from_us = from_s * SECOND_US > query->from_us ? from_s * SECOND_US : query->from_us;
		*covering = (struct covering){ .any = false };
		if (cover(store, &narrow, &(struct walk){ .coarsest = LEVEL_DAY }, covering, err) != 0)
			return -1;
		if (covering->any || narrow.from_us == query->from_us)
			return 0;
	}
}

/* Where everything is selected the ends of the table itself tell. */
static int
cover_all(struct store *store, const struct usage_query *query, struct coverage *coverage, struct err *err)
{
	sqlite3_stmt *ends = statement_get(store, ST_usage_ends_in);

	bind_whole(ends, ":from_us", query->from_us);
	bind_whole(ends, ":to_us", query->to_us);
	if (statement_step(store, ends, err) != 1)
		return -1;
	coverage->any = sqlite3_column_type(ends, 0) != SQLITE_NULL;
	coverage->first_us = sqlite3_column_int64(ends, 0);
	coverage->last_us = sqlite3_column_int64(ends, 1);
	sqlite3_reset(ends);
	return 0;
}

/* Whether everything counts: 1, 0 where rules may leave something out, -1. */
static int
all_count(struct store *store, struct err *err)
{
	struct arena *arena = arena_new();
	struct rule_list rules;
	int status;

	if (arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the rules");
	status = rule_list(store, arena, &rules, err);
	if (status == 0)
		status = !rules_leave_out(&rules);
	arena_free(arena);
	return status;
}

int
query_coverage(struct store *store, const struct usage_query *query, struct coverage *coverage, struct err *err)
{
	struct usage_query plain = *query;
	struct covering first = { .one_only = true }, last;
	int all = all_count(store, err);

	*coverage = (struct coverage){ .any = false };
	memset(plain.by, 0, sizeof(plain.by));
	for (int by = 0; by < BYS; by++)
		all = all > 0 && query->only[by] != NULL ? 0 : all;
	if (all < 0 || cover_all(store, &plain, coverage, err) != 0)
		return -1;
	if (all || !coverage->any)
		return 0;
	if (cover(store, &plain, &(struct walk){ .coarsest = LEVEL_DAY }, &first, err) != 0)
		return -1;
	if (first.any && cover_last(store, &plain, coverage->last_us, &last, err) != 0)
		return -1;
	*coverage = (struct coverage){ .any = false };
	if (!first.any)
		return 0;
	if (refine(store, &plain, true, &first, err) != 0 || refine(store, &plain, false, &last, err) != 0)
		return -1;
	*coverage = (struct coverage){ .any = true, .first_us = first.first_from_us, .last_us = last.last_from_us };
	return 0;
}

/* ---- the week's shape */

struct shaping {
	const struct usage_query *query;
	struct week_profile *profile;
	int64_t hour, hour_tokens;
	bool any;
};

static void
close_hour(struct shaping *shaping)
{
	if (shaping->any && shaping->hour_tokens > shaping->profile->peak_hour_tokens) {
		shaping->profile->peak_hour_tokens = shaping->hour_tokens;
		shaping->profile->peak_hour_us = shaping->hour * HOUR_US;
	}
}

static int
shape_piece(void *ctx, const struct piece *piece, struct err *err)
{
	struct shaping *shaping = ctx;
	struct week_profile *profile = shaping->profile;
	int64_t hour = floor_of(piece->from_us, HOUR_US);
	int slot = zone_hour_of_week(shaping->query->zone, floor_of(piece->from_us, SECOND_US));
	const int64_t *tokens = piece->value + CELL_TOKENS;
	int64_t input =
		tokens[IN_UNCACHED] + tokens[IN_CACHE_READ] + tokens[IN_CACHE_WRITE_5M] + tokens[IN_CACHE_WRITE_1H];
	int64_t output = tokens[OUT_VISIBLE] + tokens[OUT_REASONING];

	(void)err;
	if (!shaping->any || hour != shaping->hour) {
		close_hour(shaping);
		shaping->hour = hour;
		shaping->hour_tokens = 0;
		shaping->any = true;
	}
	shaping->hour_tokens += input + output;
	profile->input[slot] += input;
	profile->output[slot] += output;
	profile->requests[slot] += piece->value[CELL_REQUESTS];
	profile->amount_nano[slot] += piece->value[CELL_AMOUNT];
	profile->unpriced_tokens[slot] += input + output - piece->value[CELL_PRICED_TOKENS] -
		piece->value[CELL_PRICED_TOKENS + 1] - piece->value[CELL_PRICED_TOKENS + 2];
	return 0;
}

/* How many hours of the range fall in each hour of the week. */
static void
count_hours(const struct zone *zone, struct week_profile *profile)
{
	for (int64_t at_us = profile->from_us; at_us < profile->to_us;) {
		int64_t next_us = (floor_of(at_us, QUARTER_US) + 1) * QUARTER_US;

		if (next_us > profile->to_us)
			next_us = profile->to_us;
		profile->hours[zone_hour_of_week(zone, floor_of(at_us, SECOND_US))] +=
			(double)(next_us - at_us) / (double)HOUR_US;
		at_us = next_us;
	}
}

int
query_profile(struct store *store, const struct usage_query *query, struct week_profile *profile, struct err *err)
{
	struct usage_query plain = *query;
	struct shaping shaping = { .query = &plain, .profile = profile };
	struct coverage coverage;
	struct arena *arena;
	struct walk walk = {
		.query = &plain, .coarsest = LEVEL_QUARTER, .shape = true, .visit = shape_piece, .ctx = &shaping
	};
	int status;

	memset(profile, 0, sizeof(*profile));
	memset(plain.by, 0, sizeof(plain.by));
	if (query_coverage(store, query, &coverage, err) != 0)
		return -1;
	if (!coverage.any)
		return 0;
	if (plain.from_us < coverage.first_us)
		plain.from_us = floor_of(coverage.first_us, HOUR_US) * HOUR_US > plain.from_us
			? floor_of(coverage.first_us, HOUR_US) * HOUR_US
			: plain.from_us;
	if (plain.to_us > coverage.last_us)
		plain.to_us = (floor_of(coverage.last_us, HOUR_US) + 1) * HOUR_US < plain.to_us
			? (floor_of(coverage.last_us, HOUR_US) + 1) * HOUR_US
			: plain.to_us;
	profile->from_us = plain.from_us;
	profile->to_us = plain.to_us;
	count_hours(query->zone, profile);
	walk.arena = arena = arena_new();
	status = walk_run(store, &walk, NULL, err);
	arena_free(arena);
	close_hour(&shaping);
	return status;
}
