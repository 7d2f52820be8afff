#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/report.h"
#include "daemon/report/traffic.h"
#include "daemon/store/query.h"
#include "daemon/store/walk.h"
#include "models/supply/queueing.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

const double traffic_windows[TRAFFIC_WINDOWS] = { 10, 30, 60 };

#define HOUR_US (HOUR_S * SECOND_US)
#define LINES_MAX 400000 /* of the busiest hour that are looked at */
#define LEAST_LINES 20   /* fewer tell nothing of bursts */
#define HOURS_MONTH 730.0

struct lines {
	double *at_s, *tokens;
	double output, output2;
	size_t n, room;
	int64_t from_us, most;
	struct arena *arena;
};

/* A line of many calls has no times of its own; it stands at its own. */
static int
take_line(void *ctx, const struct piece *piece, struct err *err)
{
	struct lines *lines = ctx;
	double input = 0, output;

	(void)err;
	if (lines->n == lines->room) {
		size_t room = lines->room == 0 ? 1024 : 2 * lines->room;
		double *at_s = arena_take(lines->arena, room * sizeof(double));
		double *tokens = arena_take(lines->arena, room * sizeof(double));

		if (lines->n > 0) {
			memcpy(at_s, lines->at_s, lines->n * sizeof(double));
			memcpy(tokens, lines->tokens, lines->n * sizeof(double));
		}
		lines->at_s = at_s;
		lines->tokens = tokens;
		lines->room = room;
	}
	for (int class = 0; class < OUT_VISIBLE; class ++)
		input += (double)piece->value[CELL_TOKENS + class];
	output = (double)(piece->value[CELL_TOKENS + OUT_VISIBLE] + piece->value[CELL_TOKENS + OUT_REASONING]);
	lines->at_s[lines->n] = (double)(piece->from_us - lines->from_us) / 1e6;
	lines->tokens[lines->n++] = input + output;
	lines->output += output;
	lines->output2 += output * output;
	if (piece->value[CELL_REQUESTS] > lines->most)
		lines->most = piece->value[CELL_REQUESTS];
	return lines->n >= LINES_MAX ? 1 : 0;
}

static double
between_scv(const struct lines *lines)
{
	double sum = 0, squares = 0, n = (double)lines->n - 1, mean;

	for (size_t i = 1; i < lines->n; i++) {
		double between = lines->at_s[i] - lines->at_s[i - 1];

		sum += between;
		squares += between * between;
	}
	mean = sum / n;
	return mean > 0 ? squares / n / (mean * mean) - 1 : NAN;
}

/* The lines of the busiest hour. */
static int
read_bursts(const struct request *request, const struct usage_query *query, int64_t hour_us, struct traffic *traffic,
	struct err *err)
{
	struct lines lines = { .arena = request->arena, .from_us = hour_us };
	struct usage_query hour = *query;
	struct walk walk = {
		.query = &hour, .coarsest = LEVEL_RAW, .arena = request->arena, .visit = take_line, .ctx = &lines
	};
	double mean;

	hour.from_us = hour_us;
	hour.to_us = hour_us + HOUR_US;
	if (walk_run(request->store, &walk, NULL, err) != 0)
		return -1;
	traffic->single = lines.n >= LEAST_LINES && lines.most <= 1;
	if (!traffic->single)
		return 0;
	for (int w = 0; w < TRAFFIC_WINDOWS; w++) {
		traffic->burst_requests_s[w] = queue_burst(lines.at_s, NULL, lines.n, traffic_windows[w]);
		traffic->burst_tok_s[w] = queue_burst(lines.at_s, lines.tokens, lines.n, traffic_windows[w]);
	}
	traffic->between_scv = between_scv(&lines);
	traffic->at_s = lines.at_s;
	traffic->n = lines.n;
	traffic->cut = lines.n >= LINES_MAX;
	mean = lines.output / (double)lines.n;
	traffic->output_scv = mean > 0 ? lines.output2 / (double)lines.n / (mean * mean) - 1 : NAN;
	return 0;
}

int
traffic_read(
	const struct request *request, const struct traffic_request *wanted, struct traffic *traffic, struct err *err)
{
	struct usage_query query = { .from_us = wanted->from_us, .to_us = wanted->to_us, .zone = request->zone };
	struct usage_result total;
	struct coverage coverage;
	struct week_profile profile;
	double requests, seconds;

	memset(traffic, 0, sizeof(*traffic));
	traffic->between_scv = traffic->output_scv = NAN;
	query.only[BY_WORKLOAD] = wanted->workload;
	query.only[BY_MODEL] = wanted->model;
	if (request->store == NULL)
		return 0;
	if (query_coverage(request->store, &query, &coverage, err) != 0)
		return -1;
	if (!coverage.any)
		return 0;
	if (query_usage(request->store, &query, request->arena, &total, err) != 0 ||
		query_profile(request->store, &query, &profile, err) != 0)
		return -1;
	requests = (double)total.total.requests;
	if (requests < 1 || usage_sum_tokens(&total.total) == 0)
		return 0;
	traffic->any = true;
	traffic->from_us = coverage.first_us;
	traffic->to_us = coverage.last_us;
	seconds = fmax(60, (double)(coverage.last_us - coverage.first_us) / 1e6);
	traffic->hours = seconds / HOUR_S;
	traffic->requests_s = requests / seconds;
	traffic->isl = (double)usage_sum_input(&total.total) / requests;
	traffic->osl = (double)usage_sum_output(&total.total) / requests;
	traffic->cached = traffic->isl > 0
		? (double)total.total.tokens[IN_CACHE_READ] / (double)usage_sum_input(&total.total)
		: 0;
	traffic->mtok_month = (double)usage_sum_tokens(&total.total) / 1e6 / traffic->hours * HOURS_MONTH;
	traffic->peak_requests_s = fmax(traffic->requests_s,
		(double)profile.peak_hour_tokens / (traffic->isl + traffic->osl) / fmin(HOUR_S, seconds));
	return read_bursts(request, &query, profile.peak_hour_us, traffic, err);
}
