/*
 * compare: a range beside the period before it, by one dimension: what grew, what shrank, what is new or gone.
 *
 * An amount of which part is unpriced is a lower bound, and the difference of two bounds is nothing: it is
 * unknown. What can be compared all the same, the rows that are priced in full on both sides, has a fact.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define DEFAULT_DAYS 30

static const struct param compare_params[] = {
	{ "from", PARAM_TIME, NULL, 0, 0, "begin of the range; without it, 30 days before its end" },
	{ "to", PARAM_TIME, NULL, 0, 0, "end of the range, itself not in it; without it, the day after the last line" },
	{ "before_from", PARAM_TIME, NULL, 0, 0,
		"begin of the period to compare with; without it, as many months, days or hours before" },
	{ "before_to", PARAM_TIME, NULL, 0, 0, "end of the period to compare with; without it, the same length" },
	{ "by", PARAM_CHOICE, "provider|model|workload|team|cost_centre|account|project|key|service_tier|tag|status", 0,
		0, "a row for each; without it, model" },
	FILTER_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct periods {
	struct usage_query now, before;
	const char *unit; /* what the default of the period before was counted in */
	bool any;         /* the ledger holds something at all */
	int64_t first_us, last_us;
};

/* One row of the answer; NULL sums: nothing under that name. */
struct pair {
	const char *name;
	const struct usage_sum *now, *before;
};

/* ---- the two periods */

static bool
is_day(const struct zone *zone, int64_t at_us)
{
	return zone_day(zone, zone_date(zone, at_us / SECOND_US, NULL)) * SECOND_US == at_us;
}

/* The begin of the period before: as many months back when it is whole months, else days, else time. */
static int64_t
begin_before(const struct request *request, int64_t from_us, int64_t to_us, const char **unit)
{
	const struct zone *zone = request->zone;
	int start = request->settings->report.month_start, months = 1;
	int64_t from_s = from_us / SECOND_US, days;

	*unit = "months";
	if (zone_month(zone, from_s, start, 0) * SECOND_US == from_us) {
		while (months < 1200 && zone_month(zone, from_s, start, months) * SECOND_US < to_us)
			months++;
		if (zone_month(zone, from_s, start, months) * SECOND_US == to_us)
			return zone_month(zone, from_s, start, -months) * SECOND_US;
	}
	*unit = "days";
	if (is_day(zone, from_us) && is_day(zone, to_us)) {
		days = date_days(zone_date(zone, from_s, NULL));
		days -= date_days(zone_date(zone, to_us / SECOND_US, NULL)) - days;
		if (days > 0)
			return zone_day(zone, days_date(days)) * SECOND_US;
	}
	*unit = "time";
	return from_us - (to_us - from_us);
}

static int
read_before(const struct request *request, const struct report *report, struct periods *periods, struct err *err)
{
	const int64_t none = INT64_MIN;
	int64_t from_us = request_time(request, report, "before_from", none),
		to_us = request_time(request, report, "before_to", none);
	int64_t length_us = periods->now.to_us - periods->now.from_us;

	periods->unit = "given";
	if (from_us == none && to_us == none) {
		from_us = begin_before(request, periods->now.from_us, periods->now.to_us, &periods->unit);
		to_us = periods->now.from_us;
	} else if (from_us == none) {
		from_us = to_us - length_us;
	} else if (to_us == none) {
		to_us = from_us + length_us;
	}
	if (from_us >= to_us)
		return err_set(err, ERR_INPUT, "before_from: %s is not before before_to: %s",
			request_text(request, report, "before_from"), request_text(request, report, "before_to"));
	periods->before = periods->now;
	periods->before.from_us = from_us < TIME_FIRST_US ? TIME_FIRST_US : from_us;
	periods->before.to_us = to_us > periods->before.from_us ? to_us : periods->before.from_us;
	return 0;
}

static int
read_periods(const struct request *request, const struct report *report, struct periods *periods, struct err *err)
{
	const struct zone *zone = request->zone;
	struct usage_query everything = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = zone };
	struct usage_query *now = &periods->now;
	struct coverage coverage;
	int64_t end_us;

	if (group_query(request, report, now, err) != 0 ||
		query_coverage(request->store, &everything, &coverage, err) != 0)
		return -1;
	periods->any = coverage.any;
	periods->first_us = coverage.first_us;
	periods->last_us = coverage.last_us;
	end_us = coverage.any ? coverage.last_us : request->now_us;
	if (now->to_us == TIME_LAST_US)
		now->to_us =
			zone_day(zone, days_date(date_days(zone_date(zone, end_us / SECOND_US, NULL)) + 1)) * SECOND_US;
	if (now->from_us == TIME_FIRST_US && request_text(request, report, "from") == NULL)
		now->from_us = now->to_us - DEFAULT_DAYS * (int64_t)DAY_S * SECOND_US;
	if (now->from_us == now->to_us - DEFAULT_DAYS * (int64_t)DAY_S * SECOND_US && is_day(zone, now->to_us))
		now->from_us =
			zone_day(zone,
				days_date(date_days(zone_date(zone, now->to_us / SECOND_US, NULL)) - DEFAULT_DAYS)) *
			SECOND_US;
	if (now->from_us < TIME_FIRST_US)
		now->from_us = TIME_FIRST_US;
	if (now->from_us >= now->to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before the last line of the ledger",
			request_text(request, report, "from"));
	return read_before(request, report, periods, err);
}

/* ---- rows */

static int64_t
tokens_of(const struct usage_sum *sum)
{
	return sum == NULL ? 0 : usage_sum_tokens(sum);
}

/*
 * Whether every token that is known of has its price; no tokens at all included. A failed call that reported
 * none is in nobody's amount.
 */
static bool
is_priced(const struct usage_sum *sum)
{
	return sum == NULL || sum->rows == 0 ||
		(sum->state_tokens[PRICE_UNPRICED] == 0 && sum->state_rows[PRICE_UNPRICED] < sum->rows);
}

static wide
amount_of(const struct usage_sum *sum)
{
	return sum == NULL ? 0 : sum->amount_nano;
}

static wide
amount_difference(const struct pair *pair)
{
	return amount_of(pair->now) - amount_of(pair->before);
}

static wide
size_of(wide value)
{
	return value < 0 ? -value : value;
}

/* The largest move of money first, then of tokens, then by name. */
static int
by_move(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	wide money = size_of(amount_difference(y)) - size_of(amount_difference(x));
	int64_t tokens =
		llabs(tokens_of(y->now) - tokens_of(y->before)) - llabs(tokens_of(x->now) - tokens_of(x->before));

	if (money != 0)
		return money > 0 ? 1 : -1;
	if (tokens != 0)
		return tokens > 0 ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Both results are in the order of their names. */
static struct pair *
make_pairs(struct arena *arena, const struct usage_result *now, const struct usage_result *before, size_t *n)
{
	struct pair *pairs = arena_take(arena, (now->n + before->n + 1) * sizeof(*pairs));
	size_t i = 0, j = 0;

	for (*n = 0; i < now->n || j < before->n; ++*n) {
		int order = i == now->n  ? 1
			: j == before->n ? -1
					 : strcmp(now->rows[i].name[0], before->rows[j].name[0]);

		pairs[*n].name = order <= 0 ? now->rows[i].name[0] : before->rows[j].name[0];
		pairs[*n].now = order <= 0 ? &now->rows[i++].sum : NULL;
		pairs[*n].before = order >= 0 ? &before->rows[j++].sum : NULL;
	}
	qsort(pairs, *n, sizeof(*pairs), by_move);
	return pairs;
}

static struct value *
amount_value(struct answer *answer, const struct usage_sum *sum)
{
	return sum == NULL ? value_amount(answer, 0, NANO_DIGITS) : sum_amount(answer, sum);
}

static struct value *
amount_move(struct answer *answer, const struct pair *pair, bool known)
{
	if (!known || !is_priced(pair->now) || !is_priced(pair->before))
		return value_unknown(answer);
	return value_amount(answer, amount_difference(pair), NANO_DIGITS);
}

/* A share of what was before; unknown where nothing was. */
static struct value *
change(struct answer *answer, double now, double before, bool known)
{
	return value_number(answer, known && before != 0 ? now / before - 1 : NAN);
}

static struct value *
amount_change(struct answer *answer, const struct pair *pair, bool known)
{
	return change(answer, (double)amount_of(pair->now), (double)amount_of(pair->before),
		known && is_priced(pair->now) && is_priced(pair->before));
}

struct measured_in {
	int64_t (*of)(const struct usage_sum *sum);
	const char *unit, *now, *before, *difference, *change;
};

static int64_t
requests_of(const struct usage_sum *sum)
{
	return sum == NULL ? 0 : sum->requests;
}

static const struct measured_in counts[] = {
	{ tokens_of, "tokens", "tokens", "before_tokens", "tokens_difference", "tokens_change" },
	{ requests_of, "requests", "requests", "before_requests", "requests_difference", "requests_change" },
};

/* ---- the answer */

struct comparing {
	const struct periods *periods;
	const struct pair *pairs;
	size_t n;
	bool known; /* the period before is one that the ledger covers at all */
	const char *by;
};

static void
add_rows(struct answer *answer, const struct comparing *comparing)
{
	struct column *name = answer_column(answer, comparing->by, ""), *state = answer_column(answer, "state", ""),
		      *count[2][4], *amount, *before, *difference, *share, *priced, *before_priced;
	bool known = comparing->known;

	for (int k = 0; k < 2; k++) {
		count[k][0] = answer_column(answer, counts[k].now, counts[k].unit);
		count[k][1] = answer_column(answer, counts[k].before, counts[k].unit);
		count[k][2] = answer_column(answer, counts[k].difference, counts[k].unit);
		count[k][3] = answer_column(answer, counts[k].change, "share");
	}
	amount = answer_column(answer, "amount", "USD");
	before = answer_column(answer, "before_amount", "USD");
	difference = answer_column(answer, "amount_difference", "USD");
	share = answer_column(answer, "amount_change", "share");
	priced = answer_column(answer, "priced_share", "share");
	before_priced = answer_column(answer, "before_priced_share", "share");
	for (size_t i = 0; i < comparing->n; i++) {
		const struct pair *pair = &comparing->pairs[i];

		column_add(answer, name, value_text(answer, pair->name[0] == '\0' ? GROUP_NONE : pair->name));
		column_add(answer, state,
			value_text(answer,
				!known                         ? NULL
					: pair->before == NULL ? "new"
					: pair->now == NULL    ? "gone"
							       : "both"));
		for (int k = 0; k < 2; k++) {
			int64_t now = counts[k].of(pair->now), then = counts[k].of(pair->before);

			column_add(answer, count[k][0], value_whole(answer, now));
			column_add(answer, count[k][1], known ? value_whole(answer, then) : value_unknown(answer));
			column_add(
				answer, count[k][2], known ? value_whole(answer, now - then) : value_unknown(answer));
			column_add(answer, count[k][3], change(answer, (double)now, (double)then, known));
		}
		column_add(answer, amount, amount_value(answer, pair->now));
		column_add(answer, before, known ? amount_value(answer, pair->before) : value_unknown(answer));
		column_add(answer, difference, amount_move(answer, pair, known));
		column_add(answer, share, amount_change(answer, pair, known));
		column_add(
			answer, priced, value_number(answer, pair->now == NULL ? NAN : usage_sum_covered(pair->now)));
		column_add(answer, before_priced,
			value_number(answer, pair->before == NULL ? NAN : usage_sum_covered(pair->before)));
	}
}

static void
add_time(struct answer *answer, const char *name, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us);
	answer_fact(answer, name, "", value_text(answer, text));
}

static void
add_facts(struct answer *answer, const struct comparing *comparing, const struct pair *total)
{
	const struct periods *periods = comparing->periods;
	bool known = comparing->known;
	wide comparable = 0;
	int64_t came = 0, gone = 0, compared = 0;

	for (size_t i = 0; i < comparing->n; i++) {
		const struct pair *pair = &comparing->pairs[i];

		came += pair->before == NULL;
		gone += pair->now == NULL;
		if (is_priced(pair->now) && is_priced(pair->before)) {
			comparable += amount_difference(pair);
			compared++;
		}
	}
	add_time(answer, "from", periods->now.from_us);
	add_time(answer, "to", periods->now.to_us);
	add_time(answer, "before_from", periods->before.from_us);
	add_time(answer, "before_to", periods->before.to_us);
	answer_fact(answer, "zone", "", value_text(answer, periods->now.zone->name));
	answer_fact(answer, "before_counted_in", "", value_text(answer, periods->unit));
	for (int k = 0; k < 2; k++) {
		int64_t now = counts[k].of(total->now), then = counts[k].of(total->before);

		answer_fact(answer, counts[k].now, counts[k].unit, value_whole(answer, now));
		answer_fact(answer, counts[k].before, counts[k].unit,
			known ? value_whole(answer, then) : value_unknown(answer));
		answer_fact(answer, counts[k].difference, counts[k].unit,
			known ? value_whole(answer, now - then) : value_unknown(answer));
		answer_fact(answer, counts[k].change, "share", change(answer, (double)now, (double)then, known));
	}
	answer_fact(answer, "amount", "USD", amount_value(answer, total->now));
	answer_fact(
		answer, "before_amount", "USD", known ? amount_value(answer, total->before) : value_unknown(answer));
	answer_fact(answer, "amount_difference", "USD", amount_move(answer, total, known));
	answer_fact(answer, "amount_change", "share", amount_change(answer, total, known));
	answer_fact(answer, "comparable_difference", "USD",
		known && compared > 0 ? value_amount(answer, comparable, NANO_DIGITS) : value_unknown(answer));
	answer_fact(answer, "priced_share", "share", value_number(answer, usage_sum_covered(total->now)));
	answer_fact(answer, "before_priced_share", "share", value_number(answer, usage_sum_covered(total->before)));
	answer_fact(answer, "new", "", known ? value_whole(answer, came) : value_unknown(answer));
	answer_fact(answer, "gone", "", known ? value_whole(answer, gone) : value_unknown(answer));
}

/* "+12.0 %", "-3.1 %". */
static void
print_change(char *text, size_t size, double share)
{
	char figure[FIGURE_MAX];

	figure_share(figure, sizeof(figure), fabs(share));
	snprintf(text, size, "%s%s", share < 0 ? "-" : "+", figure);
}

static void
add_headline(struct answer *answer, const struct comparing *comparing, const struct pair *total)
{
	char money[FIGURE_MAX], moved[FIGURE_MAX], share[FIGURE_MAX + 1] = "", most[FIGURE_MAX];
	double difference = (double)amount_difference(total) / 1e9;
	const struct pair *first = comparing->n > 1 ? &comparing->pairs[0] : NULL;

	figure_money(money, sizeof(money), (double)amount_of(total->now) / 1e9, "USD");
	figure_money(moved, sizeof(moved), fabs(difference), "USD");
	if (total->now->rows == 0 && total->before->rows == 0) {
		answer_headline(answer, "The ledger holds no usage in either period.");
	} else if (!comparing->known) {
		answer_headline(answer, "%s%s in this range; the ledger holds nothing of the period before.",
			sum_bound(total->now), money);
	} else if (!is_priced(total->now) || !is_priced(total->before)) {
		figure_count(money, sizeof(money), (double)tokens_of(total->now));
		figure_count(moved, sizeof(moved), (double)tokens_of(total->before));
		answer_headline(answer, "%s tokens after %s in the period before; part of them has no known price.",
			money, moved);
	} else {
		if (amount_of(total->before) != 0)
			print_change(share, sizeof(share),
				(double)amount_of(total->now) / (double)amount_of(total->before) - 1);
		figure_money(
			most, sizeof(most), first == NULL ? 0 : fabs((double)amount_difference(first) / 1e9), "USD");
		answer_headline(answer, "%s, %s %s than in the period before%s%s%s%s%s%s%s.", money, moved,
			difference < 0 ? "less" : "more", share[0] == '\0' ? "" : " (", share,
			share[0] == '\0' ? "" : ")", first == NULL ? "" : "; the largest move is ",
			first == NULL                    ? ""
				: first->name[0] == '\0' ? GROUP_NONE
							 : first->name,
			first == NULL                          ? ""
				: amount_difference(first) < 0 ? " with -"
							       : " with +",
			first == NULL ? "" : most);
	}
}

static void
add_notes(struct answer *answer, const struct comparing *comparing, const struct pair *total)
{
	const struct periods *periods = comparing->periods;
	int64_t now_us = periods->now.to_us - periods->now.from_us,
		before_us = periods->before.to_us - periods->before.from_us;
	char text[TIME_MAX];

	time_print(text, sizeof(text), periods->any ? periods->last_us - periods->last_us % SECOND_US : 0);
	if (periods->any && periods->last_us < periods->now.to_us - (int64_t)DAY_S * SECOND_US)
		answer_note(answer, "the last line of the ledger is of %s: the range is not complete", text);
	time_print(text, sizeof(text), periods->any ? periods->first_us - periods->first_us % SECOND_US : 0);
	if (comparing->known && periods->first_us > periods->before.from_us + (int64_t)DAY_S * SECOND_US)
		answer_note(answer, "the ledger begins at %s: the period before is not complete", text);
	if (now_us != before_us && strcmp(periods->unit, "given") == 0)
		answer_note(answer, "the periods are of different length: %.2f and %.2f days",
			(double)now_us / 1e6 / DAY_S, (double)before_us / 1e6 / DAY_S);
	if (!is_priced(total->now) || !is_priced(total->before))
		answer_note(answer,
			"%lld tokens of the range and %lld of the period before have no known price: where there are any, "
			"the difference of the amounts is unknown; comparable_difference is that of the rows without any",
			(long long)total->now->state_tokens[PRICE_UNPRICED],
			(long long)total->before->state_tokens[PRICE_UNPRICED]);
}

static int
compare_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *by = request_text(request, report, "by");
	struct comparing comparing = { .by = by == NULL ? by_names[BY_MODEL] : by };
	struct periods periods;
	struct usage_result now, before;
	struct pair total;

	if (read_periods(request, report, &periods, err) != 0)
		return -1;
	periods.now.by[0] = periods.before.by[0] = by_parse(comparing.by);
	if (query_usage(request->store, &periods.now, request->arena, &now, err) != 0 ||
		query_usage(request->store, &periods.before, request->arena, &before, err) != 0)
		return -1;
	comparing.periods = &periods;
	comparing.pairs = make_pairs(request->arena, &now, &before, &comparing.n);
	comparing.known = periods.any && periods.before.to_us > periods.first_us;
	total = (struct pair){ "", &now.total, &before.total };
	add_headline(answer, &comparing, &total);
	add_facts(answer, &comparing, &total);
	add_rows(answer, &comparing);
	add_notes(answer, &comparing, &total);
	return 0;
}

const struct report report_compare = { "compare", "a range beside the period before it, by one dimension",
	compare_params, compare_run };
