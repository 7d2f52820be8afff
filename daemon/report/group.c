#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

int
group_query(const struct request *request, const struct report *report, struct usage_query *query, struct err *err)
{
	memset(query, 0, sizeof(*query));
	query->from_us = request_time(request, report, "from", TIME_FIRST_US);
	query->to_us = request_time(request, report, "to", TIME_LAST_US);
	query->zone = request->zone;
	query->month_start_day = request->settings->report.month_start;
	for (enum by by = BY_PROVIDER; by < BYS; by++) {
		const char *only = request_text(request, report, by_names[by]);

		query->only[by] = only != NULL && strcmp(only, GROUP_NONE) == 0 ? "" : only;
	}
	if (query->from_us >= query->to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	return 0;
}

static int
unknown_group(const char *word, struct err *err)
{
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (int by = BY_NONE + 1; by < BYS; by++)
		nearest_offer(&nearest, by_names[by]);
	if (nearest_found(&nearest) != NULL)
		return err_set(
			err, ERR_INPUT, "by: '%s' is unknown; the nearest is '%s'", word, nearest_found(&nearest));
	return err_set(err, ERR_INPUT,
		"by: '%s' is none of hour, day, week, month, provider, model, workload, team, cost_centre, account, "
		"project, key, service_tier, tag, status",
		word);
}

int
group_parse(const char *by, struct usage_query *query, struct err *err)
{
	char word[32];
	int n = 0, times = 0;

	for (const char *rest = by; *rest != '\0'; n++) {
		size_t length = strcspn(rest, ",");
		enum by group;

		if (n == QUERY_BYS)
			return err_set(err, ERR_INPUT, "by: '%s' has more than %d groups", by, QUERY_BYS);
		snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), rest);
		group = by_parse(word);
		if (group == BYS || group == BY_NONE)
			return unknown_group(word, err);
		times += by_is_time(group);
		if (times > 1)
			return err_set(err, ERR_INPUT, "by: '%s' has two groups of time", by);
		for (int i = 0; i < n; i++)
			if (query->by[i] == group)
				return err_set(err, ERR_INPUT, "by: '%s' names %s twice", by, word);
		query->by[n] = group;
		rest += length + (rest[length] == ',');
	}
	return 0;
}

static const char *
time_name(const struct request *request, enum by by, int64_t at_us)
{
	char text[TIME_MAX];
	struct date date = zone_date(request->zone, at_us / SECOND_US, NULL);

	if (by == BY_HOUR)
		time_print(text, sizeof(text), at_us);
	else
		date_print(text, sizeof(text), date);
	if (by == BY_MONTH && request->settings->report.month_start == 1)
		text[7] = '\0'; /* "2026-08": the month has the calendar's bounds */
	return arena_copy(request->arena, text, strlen(text));
}

const char *
group_name(const struct request *request, const struct usage_query *query, const struct usage_row *row, int i)
{
	if (by_is_time(query->by[i])) {
		int64_t from_us = row->from_us;

		/* The first group of a cut range begins before the range does; it is named by its own begin. */
		if (query->by[i] == BY_MONTH)
			from_us = zone_month(request->zone, from_us / SECOND_US, request->settings->report.month_start,
					  0) *
				SECOND_US;
		return time_name(request, query->by[i], from_us);
	}
	return row->name[i] == NULL || row->name[i][0] == '\0' ? GROUP_NONE : row->name[i];
}

struct value *
sum_amount(struct answer *answer, const struct usage_sum *sum)
{
	if (sum->rows > 0 && sum->state_rows[PRICE_UNPRICED] == sum->rows)
		return value_unknown(answer);
	return value_amount(answer, sum->amount_nano, NANO_DIGITS);
}

const char *
sum_bound(const struct usage_sum *sum)
{
	return sum->state_rows[PRICE_UNPRICED] > 0 ? "≥ " : "";
}

int
group_facts(const struct request *request, const struct usage_query *query, struct answer *answer, struct err *err)
{
	struct coverage coverage;
	char from[TIME_MAX], to[TIME_MAX];

	if (query_coverage(request->store, query, &coverage, err) != 0)
		return -1;
	time_print(from, sizeof(from),
		query->from_us == TIME_FIRST_US && coverage.any ? coverage.first_us : query->from_us);
	time_print(to, sizeof(to), query->to_us == TIME_LAST_US && coverage.any ? coverage.last_us : query->to_us);
	if (!coverage.any && query->from_us == TIME_FIRST_US)
		from[0] = '\0';
	if (!coverage.any && query->to_us == TIME_LAST_US)
		to[0] = '\0';
	answer_fact(answer, "from", "", value_text(answer, from[0] == '\0' ? NULL : from));
	answer_fact(answer, "to", "", value_text(answer, to[0] == '\0' ? NULL : to));
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	return 0;
}
