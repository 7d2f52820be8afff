/*
 * query: sums of usage by time and names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/query.h"
#include "daemon/store/walk.h"
#include "models/units/calendar.h"

const char *const by_names[BYS] = {
	[BY_NONE] = "",
	[BY_HOUR] = "hour",
	[BY_DAY] = "day",
	[BY_WEEK] = "week",
	[BY_MONTH] = "month",
	[BY_PROVIDER] = "provider",
	[BY_MODEL] = "model",
	[BY_WORKLOAD] = "workload",
	[BY_TEAM] = "team",
	[BY_COST_CENTRE] = "cost_centre",
	[BY_ACCOUNT] = "account",
	[BY_PROJECT] = "project",
	[BY_KEY] = "key",
	[BY_SERVICE_TIER] = "service_tier",
	[BY_TAG] = "tag",
	[BY_STATUS] = "status",
};

enum by
by_parse(const char *name)
{
	for (int by = BY_HOUR; by < BYS; by++)
		if (strcmp(name, by_names[by]) == 0)
			return by;
	return BYS;
}

int64_t
usage_sum_input(const struct usage_sum *sum)
{
	return sum->tokens[IN_UNCACHED] + sum->tokens[IN_CACHE_READ] + sum->tokens[IN_CACHE_WRITE_5M] +
		sum->tokens[IN_CACHE_WRITE_1H];
}

int64_t
usage_sum_output(const struct usage_sum *sum)
{
	return sum->tokens[OUT_VISIBLE] + sum->tokens[OUT_REASONING];
}

int64_t
usage_sum_tokens(const struct usage_sum *sum)
{
	return usage_sum_input(sum) + usage_sum_output(sum);
}

double
usage_sum_covered(const struct usage_sum *sum)
{
	int64_t tokens = usage_sum_tokens(sum);

	return tokens == 0 ? NAN : (double)(tokens - sum->state_tokens[PRICE_UNPRICED]) / (double)tokens;
}

static int
add(int64_t *sum, int64_t value, struct err *err)
{
	if (__builtin_add_overflow(*sum, value, sum))
		return err_set(err, ERR_INPUT, "the sum of the range does not fit 64 bits; ask for a shorter one");
	return 0;
}

/* Add a cell; all tokens together must fit too, since callers add the classes. */
static int
add_cell(struct usage_sum *sum, const int64_t *value, struct err *err)
{
	int64_t tokens = 0, all = 0;

	if (add(&sum->rows, value[CELL_ROWS], err) != 0 || add(&sum->requests, value[CELL_REQUESTS], err) != 0)
		return -1;
	for (int i = 0; i < USAGE_CLASSES; i++)
		if (add(&sum->tokens[i], value[CELL_TOKENS + i], err) != 0 ||
			add(&tokens, value[CELL_TOKENS + i], err) != 0 || add(&all, sum->tokens[i], err) != 0)
			return -1;
	sum->rows_without_usage += value[CELL_ROWS_WITHOUT_USAGE];
	sum->state_tokens[PRICE_UNPRICED] += tokens;
	sum->state_rows[PRICE_UNPRICED] += value[CELL_ROWS];
	for (int i = 0; i < 3; i++) {
		sum->state_tokens[PRICE_PRICED + i] += value[CELL_PRICED_TOKENS + i];
		sum->state_tokens[PRICE_UNPRICED] -= value[CELL_PRICED_TOKENS + i];
		sum->state_rows[PRICE_PRICED + i] += value[CELL_PRICED_ROWS + i];
		sum->state_rows[PRICE_UNPRICED] -= value[CELL_PRICED_ROWS + i];
	}
	sum->amount_nano += value[CELL_AMOUNT];
	return 0;
}

/* ---- time groups */

struct stretch {
	int64_t from_us, to_us;
};

static int64_t
second_of(int64_t at_us)
{
	return at_us / SECOND_US - (at_us % SECOND_US < 0);
}

/* The clock hour of the zone; where the offset changes inside it, the part that holds the instant. */
static struct stretch
hour_of(const struct zone *zone, int64_t at_us)
{
	int64_t at_s = second_of(at_us);
	int32_t offset = zone_offset(zone, at_s);
	int64_t from = at_s - ((at_s + offset) % HOUR_S + HOUR_S) % HOUR_S, to = from + HOUR_S;

	for (int64_t s = from; s < at_s; s += 900 - s % 900)
		if (zone_offset(zone, s) != offset)
			from = s + 900 - s % 900;
	for (int64_t s = to - 1; s >= at_s && zone_offset(zone, s) != offset; s -= 900)
		to = s + 1 - 900;
	return (struct stretch){ from * SECOND_US, to * SECOND_US };
}

static struct stretch
days_of(const struct zone *zone, int64_t first, int64_t days)
{
	return (struct stretch){ zone_day(zone, days_date(first)) * SECOND_US,
		zone_day(zone, days_date(first + days)) * SECOND_US };
}

static struct stretch
stretch_of(const struct usage_query *query, enum by by, int64_t at_us)
{
	int start = query->month_start_day == 0 ? 1 : query->month_start_day;
	int64_t day = date_days(zone_date(query->zone, second_of(at_us), NULL));

	switch (by) {
	case BY_HOUR:
		return hour_of(query->zone, at_us);
	case BY_DAY:
		return days_of(query->zone, day, 1);
	case BY_WEEK: /* 1970-01-01 was a Thursday */
		return days_of(query->zone, day - ((day + 3) % 7 + 7) % 7, 7);
	case BY_MONTH:
		return (struct stretch){ zone_month(query->zone, second_of(at_us), start, 0) * SECOND_US,
			zone_month(query->zone, second_of(at_us), start, 1) * SECOND_US };
	default:
		return (struct stretch){ query->from_us, query->to_us };
	}
}

/* ---- summing */

struct summing {
	const struct usage_query *query;
	struct arena *arena;
	struct usage_result *result;
	size_t room;
	enum by time; /* the time group, or BY_NONE */
	const struct names *names;
	struct usage_sum *sum; /* of the open stretch, by combination */
	struct stretch open;
	bool any;
};

static struct usage_row *
add_row(struct summing *summing)
{
	struct usage_result *result = summing->result;

	if (result->n == summing->room) {
		struct usage_row *more = arena_take(
			summing->arena, (summing->room = summing->room == 0 ? 64 : 2 * summing->room) * sizeof(*more));

		if (result->n > 0)
			memcpy(more, result->rows, result->n * sizeof(*more));
		result->rows = more;
	}
	return &result->rows[result->n++];
}

static void
close_stretch(struct summing *summing)
{
	const struct usage_query *query = summing->query;

	for (size_t i = 0; summing->any && i < summing->names->n; i++) {
		struct usage_row *row;

		if (summing->sum[i].rows == 0)
			continue;
		row = add_row(summing);
		row->from_us = summing->open.from_us > query->from_us ? summing->open.from_us : query->from_us;
		row->to_us = summing->open.to_us < query->to_us ? summing->open.to_us : query->to_us;
		memcpy(row->name, summing->names->name[i], sizeof(row->name));
		row->sum = summing->sum[i];
		summing->sum[i] = (struct usage_sum){ 0 };
	}
	summing->any = false;
}

static int
start_summing(void *ctx, const struct names *names, struct err *err)
{
	struct summing *summing = ctx;

	(void)err;
	summing->names = names;
	summing->sum = arena_take(summing->arena, (names->n + 1) * sizeof(*summing->sum));
	return 0;
}

static int
sum_piece(void *ctx, const struct piece *piece, struct err *err)
{
	struct summing *summing = ctx;

	if (!summing->any || piece->from_us < summing->open.from_us || piece->from_us >= summing->open.to_us) {
		close_stretch(summing);
		summing->open = stretch_of(summing->query, summing->time, piece->from_us);
		summing->any = true;
	}
	if (add_cell(&summing->result->total, piece->value, err) != 0)
		return -1;
	return add_cell(&summing->sum[piece->combination], piece->value, err);
}

int
query_usage(struct store *store, const struct usage_query *query, struct arena *arena, struct usage_result *result,
	struct err *err)
{
	struct summing summing = { .query = query, .arena = arena, .result = result };
	struct walk walk = {
		.query = query, .coarsest = LEVEL_DAY, .arena = arena, .visit = sum_piece, .ctx = &summing
	};

	*result = (struct usage_result){ .rows = NULL };
	for (int i = 0; i < QUERY_BYS; i++)
		if (by_is_time(query->by[i])) {
			if (summing.time != BY_NONE)
				return err_set(err, ERR_INPUT, "both %s and %s are groups of time; one is possible",
					by_names[summing.time], by_names[query->by[i]]);
			summing.time = query->by[i];
		}
	if (walk_run(store, &walk, start_summing, err) != 0)
		return -1;
	close_stretch(&summing);
	if (result->rows == NULL) /* none is a place too: who sorts them need not ask */
		result->rows = arena_take(arena, sizeof(*result->rows));
	result->level = walk.level;
	return 0;
}

/* ---- names */

struct ranked {
	const char *name;
	int64_t tokens;
};

static int
by_tokens(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->tokens != y->tokens)
		return x->tokens < y->tokens ? 1 : -1;
	return strcmp(x->name, y->name);
}

int
query_names(struct store *store, const struct usage_query *query, enum by by, struct arena *arena,
	struct usage_names *names, struct err *err)
{
	struct usage_query named = *query;
	struct usage_result result;
	struct ranked *ranked;

	memset(named.by, 0, sizeof(named.by));
	named.by[0] = by;
	if (query_usage(store, &named, arena, &result, err) != 0)
		return -1;
	ranked = arena_take(arena, (result.n + 1) * sizeof(*ranked));
	names->names = arena_take(arena, (result.n + 1) * sizeof(*names->names));
	names->n = result.n;
	for (size_t i = 0; i < result.n; i++)
		ranked[i] = (struct ranked){ result.rows[i].name[0], usage_sum_tokens(&result.rows[i].sum) };
	if (result.n > 0)
		qsort(ranked, result.n, sizeof(*ranked), by_tokens);
	for (size_t i = 0; i < result.n; i++)
		names->names[i] = ranked[i].name;
	return 0;
}
