#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/measured.h"
#include "daemon/report/measured_fleet.h"
#include "daemon/store/prices.h"
#include "daemon/store/query.h"
#include "daemon/store/workloads.h"
#include "models/demand/growth.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"
#include "models/units/nearest.h"

#define WEEK_US (7 * DAY_S * SECOND_US)
#define WEEKS_MAX 4
#define SHAPE_WEEKS 2      /* less than this is no measured week's shape */
#define MEASURED_SHARE 0.5 /* of tokens that must be priced for the bill to stand for the price */
#define HOUR_US (HOUR_S * SECOND_US)

/* Weights of the hours of a working day; weekend days take two fifths. A service used at work. */
static const double reference_day[DAY_HOURS] = { 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5,
	4, 3, 2 };
#define REFERENCE_WEEKEND 0.4

/* ---- which stretch of time stands for the month */

static int
unknown_workload(const struct request *request, const struct usage_query *query, struct err *err)
{
	struct usage_query all = *query;
	struct usage_names names;
	struct nearest nearest;

	all.only[BY_WORKLOAD] = NULL;
	all.from_us = TIME_FIRST_US;
	all.to_us = TIME_LAST_US;
	if (query_names(request->store, &all, BY_WORKLOAD, request->arena, &names, err) != 0)
		return -1;
	nearest_init(&nearest, query->only[BY_WORKLOAD]);
	for (size_t i = 0; i < names.n; i++) {
		if (strcmp(names.names[i], query->only[BY_WORKLOAD]) == 0)
			return err_set(
				err, ERR_MISSING, "workload: '%s' has no usage between from and to", names.names[i]);
		nearest_offer(&nearest, names.names[i]);
	}
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_MISSING, "workload: '%s' has no usage in the ledger; the nearest is '%s'",
			query->only[BY_WORKLOAD], nearest_found(&nearest));
	return err_set(err, ERR_MISSING, "workload: '%s' has no usage in the ledger", query->only[BY_WORKLOAD]);
}

/* Cut to whole weeks where there is one, so that no weekday counts twice. */
static void
choose_window(const struct request *request, const struct report *report, struct usage_query *query,
	const struct coverage *coverage)
{
	int64_t first_us = coverage->first_us, end_us = coverage->last_us + 1;
	int64_t weeks = (end_us - first_us) / WEEK_US;

	if (request_text(request, report, "to") == NULL)
		query->to_us = end_us;
	if (request_text(request, report, "from") != NULL)
		return;
	query->from_us = first_us;
	weeks = (query->to_us - first_us) / WEEK_US;
	if (weeks >= 1)
		query->from_us = query->to_us - (weeks > WEEKS_MAX ? WEEKS_MAX : weeks) * WEEK_US;
}

/* Hours that the volume was spread over: from the first line to the last where the range is wider than that. */
static double
window_hours(const struct usage_query *query, const struct coverage *coverage)
{
	int64_t from_us = query->from_us > coverage->first_us ? query->from_us : coverage->first_us;
	int64_t to_us = query->to_us < coverage->last_us + 1 ? query->to_us : coverage->last_us + 1;

	return (double)(to_us - from_us) / (double)HOUR_US;
}

static void
read_volume(const struct request *request, struct measured *measured, const struct usage_sum *sum)
{
	struct scenario *scenario = &measured->scenario;
	char tokens[FIGURE_MAX];
	const char *source;

	if (measured->hours < 1.0 / 60) {
		measured->hours = 1.0 / 60;
		measured_note(measured, "all usage lies within one minute: the monthly volume is a guess");
	}
	figure_count(tokens, sizeof(tokens), (double)measured->tokens);
	scenario->volume.given = true;
	scenario->volume.mtok_month =
		(double)measured->tokens / 1e6 / measured->hours * scenario->self_hosted.hours_month;
	source = measured->hours < 48
		? arena_format(
			  request->arena, "%s tokens in %.2f hours, carried on for a month", tokens, measured->hours)
		: arena_format(request->arena, "%s tokens in %.1f days", tokens, measured->hours / 24);
	measured_input(measured,
		&(struct measured_input){
			"volume.mtok_month", scenario->volume.mtok_month, "Mtok/month", INPUT_MEASURED, source });
	if (measured->hours < 7 * 24)
		measured_note(measured,
			arena_format(request->arena,
				"less than a week was measured (%.3g hours): nights and weekends are not in the volume",
				measured->hours));
	if (sum->rows_without_usage > 0)
		measured_note(measured,
			arena_format(request->arena, "%lld calls did not report tokens and are in no figure",
				(long long)sum->rows_without_usage));
}

/* ---- shape of the week */

static int
read_shape(const struct request *request, const struct usage_query *query, struct measured *measured, struct err *err)
{
	struct fleet_terms *fleet = &measured->scenario.self_hosted;
	struct week_profile profile;
	struct measured_input input = { "self_hosted.peak_to_mean", 0, "", INPUT_DEFAULT,
		"reference week of a service used at work: less than two weeks were measured" };

	if (settings_origin(request->settings, "compare.peak_to_mean") != SETTING_DEFAULT) {
		fleet->peak_to_mean = request->settings->compare.peak_to_mean;
		input.value = fleet->peak_to_mean;
		input.origin = INPUT_ASSUMED;
		input.source = "compare.peak_to_mean of the configuration";
		measured_input(measured, &input);
		return 0;
	}
	shape_from_day(&fleet->shape, reference_day, REFERENCE_WEEKEND);
	if (measured->hours >= SHAPE_WEEKS * 7 * 24 - 1) {
		double sum = 0;

		if (query_profile(request->store, query, &profile, err) != 0)
			return -1;
		for (int hour = 0; hour < WEEK_HOURS; hour++) {
			double tokens = (double)(profile.input[hour] + profile.output[hour]);

			fleet->shape.weights[hour] = profile.hours[hour] > 0 ? tokens / profile.hours[hour] : 0;
			sum += fleet->shape.weights[hour];
		}
		if (sum <= 0)
			shape_from_day(&fleet->shape, reference_day, REFERENCE_WEEKEND);
		input.origin = INPUT_MEASURED;
		input.source = arena_format(request->arena, "hours of the week in %s, over %.0f weeks",
			request->zone->name, measured->hours / (7 * 24));
	}
	input.value = shape_peak_to_mean(&fleet->shape);
	measured_input(measured, &input);
	return 0;
}

/* ---- the closed side */

/* USD a Mtok of these classes at the row's rates, weighted by what was used; NAN where a rate is missing. */
static double
weighted_price(const struct price_found *found, const struct usage_sum *sum, int first, int last, int64_t input_total)
{
	double amount = 0, tokens = 0;
	int64_t rate;

	for (int class = first; class <= last; class ++) {
		if (sum->tokens[class] == 0)
			continue;
		if (!price_rate(found->row, class, input_total, &rate))
			return NAN;
		amount += (double)sum->tokens[class] * (double)rate / 1e9;
		tokens += (double)sum->tokens[class];
	}
	if (tokens == 0) /* nothing of this side was used: its plain rate stands for it */
		return price_rate(found->row, first, input_total, &rate) ? (double)rate / 1e9 : NAN;
	return amount / tokens;
}

static void
take_book_price(const struct request *request, struct measured *measured, const struct price_found *found,
	const struct usage_sum *sum, enum input_origin origin)
{
	struct closed_terms *closed = &measured->scenario.closed;
	int64_t mean_input = sum->requests > 0 ? measured->input / sum->requests : 0;
	const char *model = arena_format(request->arena, "%.*s/%.*s", (int)found->row->provider.n,
		found->row->provider.p, (int)found->row->model.n, found->row->model.p);
	const char *source = arena_format(request->arena, "price of %s%s", model,
		sum->tokens[IN_CACHE_READ] > 0 ? ", at the measured share of cache reads" : "");

	closed->given = true;
	closed->input = weighted_price(found, sum, IN_UNCACHED, IN_CACHE_WRITE_1H, mean_input);
	closed->output = weighted_price(found, sum, OUT_VISIBLE, OUT_REASONING, mean_input);
	measured->price_row = arena_copy(request->arena, found->row->id.p, found->row->id.n);
	measured->price_checked_us = found->row->checked_us;
	/* Nobody named the provider: the row that answered has one. */
	if (measured->closed_provider == NULL)
		measured->closed_provider = arena_copy(request->arena, found->row->provider.p, found->row->provider.n);
	measured_input(measured, &(struct measured_input){ "closed.input", closed->input, "USD/Mtok", origin, source });
	measured_input(
		measured, &(struct measured_input){ "closed.output", closed->output, "USD/Mtok", origin, source });
	for (size_t i = 0; i < found->row->n; i++)
		if (found->row->components[i].above_tokens > 0) {
			measured_note(measured,
				arena_format(request->arena,
					"%s costs more above %lld input tokens a request; the mean request (%lld) decides the rate here",
					model, (long long)found->row->components[i].above_tokens,
					(long long)mean_input));
			break;
		}
}

/* What was paid, over the tokens that it was paid for. */
static void
take_paid_price(const struct request *request, struct measured *measured, const struct usage_sum *sum)
{
	struct closed_terms *closed = &measured->scenario.closed;
	char share[FIGURE_MAX];

	figure_share(share, sizeof(share), (double)sum->state_tokens[PRICE_PRICED] / (double)measured->tokens);
	closed->given = true;
	closed->price = (double)sum->amount_nano / 1e9 / ((double)sum->state_tokens[PRICE_PRICED] / 1e6);
	measured_input(measured,
		&(struct measured_input){ "closed.price", closed->price, "USD/Mtok", INPUT_MEASURED,
			arena_format(request->arena, "what the metered calls cost (%s of tokens are priced by use)",
				share) });
}

/* No price for what was asked; the nearest model or provider, where one is near. */
static int
no_book_price(const struct request *request, const struct measured *measured, const struct prices *prices,
	const char *reason, struct err *err)
{
	const char *provider = measured->closed_provider, *model = measured->closed_model;
	struct nearest nearest, sellers;
	bool known = provider == NULL;

	nearest_init(&nearest, model);
	nearest_init(&sellers, provider == NULL ? "" : provider);
	for (size_t b = 0; b < prices_books(prices); b++) {
		const struct price_book *book = prices_book(prices, b, NULL);

		for (size_t i = 0; i < book->n; i++) {
			const struct price_row *row = &book->rows[i];
			bool seller = provider == NULL || text_is(row->provider, provider);

			known = known || seller;
			nearest_offer(&sellers, arena_copy(request->arena, row->provider.p, row->provider.n));
			if (seller && row->state == PRICE_PRICED)
				nearest_offer(&nearest, arena_copy(request->arena, row->model.p, row->model.n));
		}
	}
	if (known)
		sellers = nearest;
	return err_set(err, ERR_MISSING, "closed_model: no price by use is known for '%s%s%s'%s%s%s%s",
		provider == NULL ? "" : provider, provider == NULL ? "" : "/", model, reason == NULL ? "" : ": ",
		reason == NULL ? "" : reason, nearest_found(&sellers) == NULL ? "" : "; the nearest is ",
		nearest_found(&sellers) == NULL ? "" : nearest_found(&sellers));
}

static int
find_book_price(const struct request *request, struct measured *measured, const struct usage_sum *sum,
	enum input_origin origin, struct err *err)
{
	struct prices *prices = prices_load(request->store, err);
	struct price_question question = { .provider = text_of(measured->closed_provider),
		.model = text_of(measured->closed_model),
		.at_us = request->now_us };
	struct price_found found;
	int64_t rate;
	int status = 0;

	if (prices == NULL)
		return -1;
	prices_find(prices, &question, &found);
	if (found.row != NULL && found.row->state == PRICE_PRICED && price_rate(found.row, IN_UNCACHED, 0, &rate) &&
		price_rate(found.row, OUT_VISIBLE, 0, &rate))
		take_book_price(request, measured, &found, sum, origin);
	else if (origin == INPUT_DEFAULT)
		measured_note(measured,
			arena_format(request->arena, "no price is known for the reference model %s/%s",
				measured->closed_provider, measured->closed_model));
	else
		status = no_book_price(request, measured, prices, found.reason, err);
	prices_free(prices);
	return status;
}

static int
read_closed(const struct request *request, const struct report *report, const struct workload *workload,
	struct measured *measured, const struct usage_sum *sum, struct err *err)
{
	struct closed_terms *closed = &measured->scenario.closed;
	enum input_origin origin = INPUT_ASSUMED; /* that this model is meant, somebody said */
	double mix = measured->output > 0 ? (double)measured->input / (double)measured->output : NAN;

	measured->closed_provider = request_text(request, report, "closed_provider");
	measured->closed_model = request_text(request, report, "closed_model");
	if (measured->closed_provider != NULL && measured->closed_model == NULL)
		return err_set(err, ERR_INPUT, "closed_provider: '%s' needs a closed_model beside it",
			measured->closed_provider);
	if (measured->closed_model == NULL && workload != NULL && workload->closed_model[0] != '\0') {
		measured->closed_provider = workload->closed_provider[0] == '\0' ? NULL : workload->closed_provider;
		measured->closed_model = workload->closed_model;
	}
	if (!isnan(mix)) {
		closed->input_per_output = mix;
		measured_input(measured,
			&(struct measured_input){
				"closed.input_per_output", mix, "", INPUT_MEASURED, "tokens of the same lines" });
	}
	if (measured->closed_model == NULL) {
		if ((double)sum->state_tokens[PRICE_PRICED] >= MEASURED_SHARE * (double)measured->tokens) {
			take_paid_price(request, measured, sum);
			return 0;
		}
		measured->closed_provider = request->settings->compare.closed_provider;
		measured->closed_model = request->settings->compare.closed_model;
		origin = settings_origin(request->settings, "compare.closed_model") == SETTING_DEFAULT ? INPUT_DEFAULT
												       : INPUT_ASSUMED;
		measured_note(measured,
			arena_format(request->arena,
				"%s: %s/%s stands for the closed side (--closed-model names another)",
				sum->state_tokens[PRICE_UNPRICED] > 0
					? "most of these tokens have no price of their own"
					: "most of these tokens are free or at a flat rate now",
				measured->closed_provider, measured->closed_model));
	}
	return find_book_price(request, measured, sum, origin, err);
}

/* ---- how sure we are of the inputs */

static void
add_uncertain(struct measured *measured, const char *path, double low, double mode, double high)
{
	struct uncertain_terms *uncertain = &measured->scenario.uncertain;
	struct uncertain_input *input = &uncertain->input[uncertain->inputs];

	if (uncertain->inputs == UNCERTAIN_MAX || !(low < high) || scenario_field_find(path, &input->field) != 0)
		return;
	input->low = low;
	input->mode = mode;
	input->high = high;
	uncertain->inputs++;
}

/* Tokens of a week as millions of a month. */
static double
week_month(const struct measured *measured, const struct usage_sum *sum, int64_t from_us, int64_t to_us)
{
	return (double)usage_sum_tokens(sum) / 1e6 / ((double)(to_us - from_us) / (double)HOUR_US) *
		measured->scenario.self_hosted.hours_month;
}

/* Each of a few weeks ends when the range does. */
static int
few_weeks_range(const struct request *request, const struct usage_query *query, const struct measured *measured,
	int weeks, double *low, double *high, struct err *err)
{
	for (int i = 0; i < weeks; i++) {
		struct usage_query week = *query;
		struct usage_result result;
		double mtok;

		week.to_us = query->to_us - i * WEEK_US;
		week.from_us = week.to_us - WEEK_US;
		if (query_usage(request->store, &week, request->arena, &result, err) != 0)
			return -1;
		mtok = week_month(measured, &result.total, week.from_us, week.to_us);
		*low = fmin(*low, mtok);
		*high = fmax(*high, mtok);
	}
	return 0;
}

/* Of many, those of the calendar that lie within the range whole, which are summed already. */
static void
calendar_weeks_range(const struct measured *measured, const struct usage_result *weeks, double *low, double *high)
{
	int64_t from_us = measured->to_us - (int64_t)(measured->hours * (double)HOUR_US), end_us = 0;

	for (size_t i = 0; i < weeks->n; i++) {
		const struct usage_row *week = &weeks->rows[i];
		double mtok;

		if (week->from_us < from_us || week->to_us - week->from_us < WEEK_US - HOUR_US)
			continue; /* a part of a week; one in which clocks went forward is whole */
		mtok = week_month(measured, &week->sum, week->from_us, week->to_us);
		if (end_us > 0 && week->from_us > end_us)
			*low = 0; /* a week without a line between them */
		*low = fmin(*low, mtok);
		*high = fmax(*high, mtok);
		end_us = week->to_us;
	}
}

/* The busiest and the quietest week bound the volume where there are two; else half and double. */
static int
week_range(const struct request *request, const struct usage_query *query, const struct measured *measured,
	const struct usage_result *calendar, double *low, double *high, struct err *err)
{
	double mode = measured->scenario.volume.mtok_month;
	int weeks = (int)floor(measured->hours / (7 * 24) + 0.01);

	*low = weeks >= 2 ? INFINITY : mode / 2;
	*high = weeks >= 2 ? 0 : mode * 2;
	if (weeks > WEEKS_MAX)
		calendar_weeks_range(measured, calendar, low, high);
	else if (weeks >= 2 && few_weeks_range(request, query, measured, weeks, low, high, err) != 0)
		return -1;
	*low = fmin(*low, mode);
	*high = fmax(*high, mode);
	return 0;
}

static int
read_uncertain(const struct request *request, const struct usage_query *query, struct measured *measured,
	const struct usage_result *calendar, const struct fleet_range *range, struct err *err)
{
	struct uncertain_terms *uncertain = &measured->scenario.uncertain;
	const struct fleet_terms *fleet = &measured->scenario.self_hosted;
	double low, high;

	if (week_range(request, query, measured, calendar, &low, &high, err) != 0)
		return -1;
	add_uncertain(measured, "volume.mtok_month", low, measured->scenario.volume.mtok_month, high);
	add_uncertain(measured, "self_hosted.gpu_hour", range->gpu_hour_low, fleet->gpu_hour, range->gpu_hour_high);
	add_uncertain(measured, "self_hosted.throughput_tok_s", range->throughput_low, fleet->throughput_tok_s,
		range->throughput_high);
	uncertain->given = uncertain->inputs > 0;
	return 0;
}

/* ---- how it grows */

#define GROWTH_WEEKS 16   /* latest whole weeks that a growth is told from */
#define GROWTH_MONTH 0.25 /* a month; more than this is not carried on */
#define WEEKS_MONTH (365.0 / 12 / 7)

/* The sums of the latest whole weeks without a gap, oldest first; the first and the last week are but parts. */
static size_t
week_sums(const struct usage_result *result, double sums[GROWTH_WEEKS])
{
	size_t n = 0;

	for (size_t i = result->n; i-- > 0 && n < GROWTH_WEEKS;) {
		const struct usage_row *row = &result->rows[i];

		if (i + 1 >= result->n || i == 0)
			continue;
		if (result->rows[i + 1].from_us - row->from_us > WEEK_US + WEEK_US / 2)
			break;
		sums[GROWTH_WEEKS - ++n] = (double)usage_sum_tokens(&row->sum);
	}
	return n;
}

static void
read_growth(const struct request *request, struct measured *measured, const struct usage_result *calendar)
{
	struct ahead_terms *ahead = &measured->scenario.ahead;
	struct measured_input input = { "ahead.growth_month", 0, "share", INPUT_DEFAULT,
		"the same volume every month: fewer than six whole weeks are not enough to tell growth" };
	struct growth growth;
	double sums[GROWTH_WEEKS];
	size_t n = week_sums(calendar, sums);

	ahead->given = true;
	if (growth_fit(sums + GROWTH_WEEKS - n, n, &growth)) {
		double measured_growth = exp(growth.slope * WEEKS_MONTH) - 1;

		ahead->growth_month = fmax(-GROWTH_MONTH, fmin(GROWTH_MONTH, measured_growth));
		ahead->growth_error = fmin(GROWTH_MONTH, growth.error * WEEKS_MONTH);
		input.value = ahead->growth_month;
		input.origin = INPUT_MEASURED;
		input.source = arena_format(request->arena, "the trend of %zu whole weeks%s", n,
			ahead->growth_month == measured_growth ? "" : ", held to a quarter a month");
	}
	measured_input(measured, &input);
}

/* ---- all together */

/* Weeks of the calendar, from Monday, up to where the range ends. */
static int
read_calendar(
	const struct request *request, const struct measured *measured, struct usage_result *weeks, struct err *err)
{
	struct usage_query query = { .to_us = measured->to_us,
		.from_us = TIME_FIRST_US,
		.zone = request->zone,
		.by = { BY_WEEK },
		.only = { [BY_WORKLOAD] = measured->workload } };

	return query_usage(request->store, &query, request->arena, weeks, err);
}

static int
read_sums(const struct request *request, const struct report *report, struct usage_query *query,
	struct measured *measured, struct usage_sum *sum, struct err *err)
{
	struct usage_result result;
	struct coverage coverage;

	memset(query, 0, sizeof(*query));
	query->zone = request->zone;
	query->month_start_day = request->settings->report.month_start;
	query->from_us = request_time(request, report, "from", TIME_FIRST_US);
	query->to_us = request_time(request, report, "to", TIME_LAST_US);
	query->only[BY_WORKLOAD] = measured->workload;
	if (query->from_us >= query->to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (query_coverage(request->store, query, &coverage, err) != 0)
		return -1;
	if (!coverage.any) {
		memset(sum, 0, sizeof(*sum));
		measured->priced_share = measured->amount_month = NAN;
		return measured->workload == NULL ? 0 : unknown_workload(request, query, err);
	}
	choose_window(request, report, query, &coverage);
	if (query_usage(request->store, query, request->arena, &result, err) != 0)
		return -1;
	*sum = result.total;
	measured->from_us = query->from_us;
	measured->to_us = query->to_us;
	measured->hours = window_hours(query, &coverage);
	measured->tokens = usage_sum_tokens(sum);
	measured->input = usage_sum_input(sum);
	measured->output = usage_sum_output(sum);
	measured->requests = sum->requests;
	measured->priced_share = usage_sum_covered(sum);
	measured->amount_month = sum->state_tokens[PRICE_PRICED] == 0 ? NAN
								      : (double)sum->amount_nano / 1e9 /
			fmax(measured->hours, 1.0 / 60) * measured->scenario.self_hosted.hours_month;
	return 0;
}

int
measured_read(const struct request *request, const struct report *report, struct measured *measured, struct err *err)
{
	struct workload workload;
	struct usage_query query;
	struct usage_sum sum;
	struct usage_result calendar;
	struct fleet_range range;
	int has_workload = 0;

	memset(measured, 0, sizeof(*measured));
	scenario_default(&measured->scenario);
	measured->workload = request_text(request, report, "workload");
	if (measured->workload != NULL) {
		has_workload = workload_get(request->store, measured->workload, request->arena, &workload, err);
		if (has_workload < 0)
			return -1;
	}
	if (read_sums(request, report, &query, measured, &sum, err) != 0)
		return -1;
	if (measured->tokens > 0)
		read_volume(request, measured, &sum);
	if (measured_fleet(request, report, has_workload ? &workload : NULL, measured, &range, err) != 0)
		return -1;
	if (measured->tokens == 0)
		return 0;
	if (read_closed(request, report, has_workload ? &workload : NULL, measured, &sum, err) != 0 ||
		read_shape(request, &query, measured, err) != 0 ||
		read_calendar(request, measured, &calendar, err) != 0 ||
		read_uncertain(request, &query, measured, &calendar, &range, err) != 0)
		return -1;
	read_growth(request, measured, &calendar);
	/* Nobody said how far to look: the engine chooses a horizon that holds what there is to see. */
	if (request_text(request, report, "horizon") != NULL ||
		settings_origin(request->settings, "compare.horizon") != SETTING_DEFAULT)
		measured->scenario.horizon_mtok_month = measured->scenario.volume.mtok_month *
			request_number(request, report, "horizon", request->settings->compare.horizon);
	return 0;
}
