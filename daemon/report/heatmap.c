/*
 * heatmap: the week's shape: how much a mean hour of each hour of the week carries, in the reporting zone.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define HOURS 168

static const struct param heatmap_params[] = {
	RANGE_PARAMS,
	{ "measure", PARAM_CHOICE, "tokens|requests|amount", 0, 0,
		"what peak and headline speak of; without it, tokens" },
	FILTER_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

enum measure { MEASURE_TOKENS, MEASURE_REQUESTS, MEASURE_AMOUNT };

static const char *const measure_units[] = { "tokens/h", "requests/h", "USD/h" };

static int64_t
tokens_of(const struct week_profile *profile, int hour)
{
	return profile->input[hour] + profile->output[hour];
}

/* Of an hour of the week in a mean week; NAN where the range has none such, and for an amount nobody knows. */
static double
mean_of(const struct week_profile *profile, enum measure measure, int hour)
{
	double sum = measure == MEASURE_TOKENS ? (double)tokens_of(profile, hour)
		: measure == MEASURE_REQUESTS  ? (double)profile->requests[hour]
					       : (double)profile->amount_nano[hour] / 1e9;

	if (measure == MEASURE_AMOUNT && profile->unpriced_tokens[hour] > 0 &&
		profile->unpriced_tokens[hour] == tokens_of(profile, hour))
		return NAN;
	return profile->hours[hour] > 0 ? sum / profile->hours[hour] : NAN;
}

static void
add_hours(struct answer *answer, const struct week_profile *profile)
{
	struct column *number = answer_column(answer, "hour_of_week", ""), *day = answer_column(answer, "weekday", ""),
		      *clock = answer_column(answer, "hour", ""), *hours = answer_column(answer, "hours", "h"),
		      *tokens = answer_column(answer, "tokens", "tokens"),
		      *requests = answer_column(answer, "requests", "requests"),
		      *amount = answer_column(answer, "amount", "USD"),
		      *unpriced = answer_column(answer, "unpriced_tokens", "tokens"), *mean[3];
	static const char *const means[] = { "mean_tokens", "mean_requests", "mean_amount" };

	for (int i = 0; i < 3; i++)
		mean[i] = answer_column(answer, means[i], measure_units[i]);
	for (int hour = 0; hour < HOURS; hour++) {
		char text[8];

		snprintf(text, sizeof(text), "%02d:00", hour % 24);
		column_add(answer, number, value_whole(answer, hour));
		column_add(answer, day, value_text(answer, weekdays[hour / 24]));
		column_add(answer, clock, value_text(answer, text));
		column_add(answer, hours, value_number(answer, profile->hours[hour]));
		column_add(answer, tokens, value_whole(answer, tokens_of(profile, hour)));
		column_add(answer, requests, value_whole(answer, profile->requests[hour]));
		column_add(answer, amount,
			tokens_of(profile, hour) > 0 && profile->unpriced_tokens[hour] == tokens_of(profile, hour)
				? value_unknown(answer)
				: value_amount(answer, profile->amount_nano[hour], NANO_DIGITS));
		column_add(answer, unpriced, value_whole(answer, profile->unpriced_tokens[hour]));
		for (int i = 0; i < 3; i++)
			column_add(answer, mean[i], value_number(answer, mean_of(profile, (enum measure)i, hour)));
	}
}

struct extremes {
	double mean; /* of an hour of the range */
	double hours;
	int peak, quietest; /* hours of the week; -1: none */
};

static struct extremes
find_extremes(const struct week_profile *profile, enum measure measure)
{
	struct extremes found = { .peak = -1, .quietest = -1 };
	double sum = 0;

	for (int hour = 0; hour < HOURS; hour++) {
		double mean = mean_of(profile, measure, hour);

		if (isnan(mean))
			continue;
		sum += mean * profile->hours[hour];
		found.hours += profile->hours[hour];
		if (found.peak < 0 || mean > mean_of(profile, measure, found.peak))
			found.peak = hour;
		if (found.quietest < 0 || mean < mean_of(profile, measure, found.quietest))
			found.quietest = hour;
	}
	found.mean = found.hours > 0 ? sum / found.hours : NAN;
	return found;
}

static struct value *
hour_value(struct answer *answer, int hour)
{
	char text[24];

	if (hour < 0)
		return value_unknown(answer);
	snprintf(text, sizeof(text), "%s %02d:00", weekdays[hour / 24], hour % 24);
	return value_text(answer, text);
}

static void
add_facts(struct answer *answer, const struct week_profile *profile, enum measure measure)
{
	static const char *const names[] = { "tokens", "requests", "amount" };
	static const char *const units[] = { "tokens", "requests", "USD" },
				 *const words[] = { " tokens", " requests", "" };
	struct extremes found = find_extremes(profile, measure);
	double peak = found.peak < 0 ? NAN : mean_of(profile, measure, found.peak);
	char when[TIME_MAX], high[FIGURE_MAX], mean[FIGURE_MAX];
	int64_t unpriced = 0;

	for (int hour = 0; hour < HOURS; hour++)
		unpriced += profile->unpriced_tokens[hour];
	answer_fact(answer, "measure", "", value_text(answer, names[measure]));
	answer_fact(answer, "hours", "h", value_number(answer, found.hours));
	answer_fact(answer, "mean_hour", measure_units[measure], value_number(answer, found.mean));
	answer_fact(answer, "peak", "", hour_value(answer, found.peak));
	answer_fact(answer, "peak_hour_of_week", "",
		found.peak < 0 ? value_unknown(answer) : value_whole(answer, found.peak));
	answer_fact(answer, "peak_mean", measure_units[measure], value_number(answer, peak));
	answer_fact(answer, "peak_to_mean", "", value_number(answer, peak / found.mean));
	answer_fact(answer, "quietest", "", hour_value(answer, found.quietest));
	answer_fact(answer, "quietest_mean", measure_units[measure],
		value_number(answer, found.quietest < 0 ? NAN : mean_of(profile, measure, found.quietest)));
	time_print(when, sizeof(when), profile->peak_hour_us);
	answer_fact(answer, "busiest_hour", "", value_text(answer, profile->peak_hour_tokens > 0 ? when : NULL));
	answer_fact(answer, "busiest_hour_tokens", "tokens",
		profile->peak_hour_tokens > 0 ? value_whole(answer, profile->peak_hour_tokens) : value_unknown(answer));
	if (!(peak > 0)) {
		answer_headline(answer, "The ledger holds no %s in this range.",
			measure == MEASURE_AMOUNT ? "priced usage" : names[measure]);
		return;
	}
	figure_unit(high, sizeof(high), peak, units[measure]);
	figure_unit(mean, sizeof(mean), found.mean, units[measure]);
	answer_headline(answer, "%s %02d:00 is the busiest hour of the week: %s%s, %.2f times the mean hour of %s%s.",
		weekdays[found.peak / 24], found.peak % 24, high, words[measure], peak / found.mean, mean,
		words[measure]);
	if (measure == MEASURE_AMOUNT && unpriced > 0)
		answer_note(
			answer, "%lld tokens have no known price: the amounts are lower bounds", (long long)unpriced);
	if (found.hours < 2 * HOURS)
		answer_note(answer, "less than two weeks are measured: that is no pattern yet");
}

static int
heatmap_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *text = request_text(request, report, "measure");
	enum measure measure = text == NULL || strcmp(text, "tokens") == 0 ? MEASURE_TOKENS
		: strcmp(text, "requests") == 0                            ? MEASURE_REQUESTS
									   : MEASURE_AMOUNT;
	struct usage_query query;
	struct week_profile profile;

	if (group_query(request, report, &query, err) != 0 || query_profile(request->store, &query, &profile, err) != 0)
		return -1;
	add_facts(answer, &profile, measure);
	if (group_facts(request, &query, answer, err) != 0)
		return -1;
	add_hours(answer, &profile);
	return 0;
}

const struct report report_heatmap = { "heatmap", "the week's shape: tokens, requests and amounts by hour of week",
	heatmap_params, heatmap_run };
