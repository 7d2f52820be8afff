/*
 * speed: how fast engines were seen to run in production: tokens a second, with how many requests at once.
 */
#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "daemon/store/query.h"
#include "daemon/store/speed.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

static const struct param speed_params[] = {
	RANGE_PARAMS,
	{ "by", PARAM_CHOICE, "replica|model|quarter", 0, 0,
		"a row for each replica and model, which is the default, for each model, or for each quarter hour" },
	{ "model", PARAM_TEXT, NULL, 0, 0, "only this model" },
	{ "replica", PARAM_TEXT, NULL, 0, 0, "only this replica" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

enum speed_by { BY_REPLICA_AND_MODEL, BY_MODEL_ALONE, BY_QUARTER };

/* A sum whose parts may be unknown: unknown as long as no part is known. */
static void
add(int64_t *sum, int64_t more)
{
	if (more == NOT_REPORTED)
		return;
	if (*sum == NOT_REPORTED)
		*sum = 0;
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = INT64_MAX;
}

static void
add_reading(struct speed_reading *sum, const struct speed_reading *more)
{
	static const size_t fields[] = { offsetof(struct speed_reading, watched_us),
		offsetof(struct speed_reading, input_tokens), offsetof(struct speed_reading, cached_tokens),
		offsetof(struct speed_reading, output_tokens), offsetof(struct speed_reading, requests),
		offsetof(struct speed_reading, busy_us), offsetof(struct speed_reading, running_ms),
		offsetof(struct speed_reading, waiting_ms), offsetof(struct speed_reading, kv_ppm_ms),
		offsetof(struct speed_reading, ttft_us), offsetof(struct speed_reading, ttft_requests),
		offsetof(struct speed_reading, token_us), offsetof(struct speed_reading, token_gaps) };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add((int64_t *)(void *)((char *)sum + fields[i]),
			*(const int64_t *)(const void *)((const char *)more + fields[i]));
	if (more->from_us < sum->from_us)
		sum->from_us = more->from_us;
	if (more->to_us > sum->to_us)
		sum->to_us = more->to_us;
}

static bool
same_group(const struct speed_reading *a, const struct speed_reading *b, enum speed_by by)
{
	return text_same(a->model, b->model) && (by == BY_MODEL_ALONE || text_same(a->replica, b->replica)) &&
		(by == BY_MODEL_ALONE || text_same(a->engine, b->engine)) &&
		(by != BY_QUARTER || a->quarter_us == b->quarter_us);
}

static bool
is_asked_for(const struct request *request, const struct report *report, const struct speed_reading *reading)
{
	const char *model = request_text(request, report, "model"), *replica = request_text(request, report, "replica");

	return (model == NULL || text_is(reading->model, model)) &&
		(replica == NULL || text_is(reading->replica, replica));
}

/* The readings, those of one group together; in place, in the order in which groups begin. */
static size_t
group_readings(const struct request *request, const struct report *report, struct speed_reading *readings, size_t n,
	enum speed_by by)
{
	size_t groups = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = groups;

		if (!is_asked_for(request, report, &readings[i]))
			continue;
		while (k > 0 && !same_group(&readings[k - 1], &readings[i], by))
			k--;
		if (k > 0)
			add_reading(&readings[k - 1], &readings[i]);
		else
			readings[groups++] = readings[i];
	}
	return groups;
}

static double
share(int64_t part, int64_t whole)
{
	return part == NOT_REPORTED || whole == NOT_REPORTED || whole <= 0 ? NAN : (double)part / (double)whole;
}

/* Tokens a second of the time that the engine was busy; of all the time where it does not say when that was. */
static double
speed_of(int64_t tokens, const struct speed_reading *reading)
{
	int64_t us = reading->busy_us == NOT_REPORTED ? reading->watched_us : reading->busy_us;

	return 1e6 * share(tokens, us);
}

static struct value *
name_value(const struct request *request, struct answer *answer, struct text name)
{
	return value_text(answer, name.n == 0 ? "(none)" : arena_copy(request->arena, name.p, name.n));
}

static struct value *
time_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static void
add_rows(const struct request *request, const struct speed_reading *readings, size_t n, enum speed_by by,
	struct answer *answer)
{
	struct column *engine = answer_column(answer, "engine", ""), *replica = answer_column(answer, "replica", ""),
		      *model = answer_column(answer, "model", ""), *gpu = answer_column(answer, "gpu", ""),
		      *from = answer_column(answer, "from", ""), *to = answer_column(answer, "to", ""),
		      *watched = answer_column(answer, "watched_hours", "h"),
		      *busy = answer_column(answer, "busy_share", "share"),
		      *output = answer_column(answer, "output_tok_s", "tok/s"),
		      *input = answer_column(answer, "input_tok_s", "tok/s"),
		      *cached = answer_column(answer, "cached_share", "share"),
		      *running = answer_column(answer, "mean_running", "requests"),
		      *waiting = answer_column(answer, "mean_waiting", "requests"),
		      *kv = answer_column(answer, "kv_share", "share"), *ttft = answer_column(answer, "ttft_ms", "ms"),
		      *token = answer_column(answer, "token_ms", "ms"),
		      *tokens = answer_column(answer, "output_tokens", "tokens");

	for (size_t i = 0; i < n; i++) {
		const struct speed_reading *r = &readings[i];
		double ms = (double)r->watched_us / 1000;

		column_add(answer, engine, name_value(request, answer, r->engine));
		column_add(answer, replica,
			by == BY_MODEL_ALONE ? value_unknown(answer) : name_value(request, answer, r->replica));
		column_add(answer, model, name_value(request, answer, r->model));
		column_add(answer, gpu, r->gpu.n == 0 ? value_unknown(answer) : name_value(request, answer, r->gpu));
		column_add(answer, from, time_value(answer, r->from_us));
		column_add(answer, to, time_value(answer, r->to_us));
		column_add(answer, watched, value_number(answer, ms / 3.6e6));
		column_add(answer, busy, value_number(answer, share(r->busy_us, r->watched_us)));
		column_add(answer, output, value_number(answer, speed_of(r->output_tokens, r)));
		column_add(answer, input, value_number(answer, speed_of(r->input_tokens, r)));
		column_add(answer, cached, value_number(answer, share(r->cached_tokens, r->input_tokens)));
		/* While it was busy, as the speed is. */
		column_add(answer, running, value_number(answer, 1000 * share(r->running_ms, r->busy_us)));
		column_add(answer, waiting,
			value_number(answer, r->waiting_ms == NOT_REPORTED ? NAN : (double)r->waiting_ms / ms));
		column_add(answer, kv,
			value_number(answer, r->kv_ppm_ms == NOT_REPORTED ? NAN : (double)r->kv_ppm_ms / ms / 1e6));
		column_add(answer, ttft, value_number(answer, share(r->ttft_us, r->ttft_requests) / 1000));
		column_add(answer, token, value_number(answer, share(r->token_us, r->token_gaps) / 1000));
		column_add(answer, tokens,
			r->output_tokens == NOT_REPORTED ? value_unknown(answer)
							 : value_whole(answer, r->output_tokens));
	}
}

static enum speed_by
parse_by(const char *by)
{
	return by == NULL || strcmp(by, "replica") == 0 ? BY_REPLICA_AND_MODEL
		: strcmp(by, "model") == 0              ? BY_MODEL_ALONE
							: BY_QUARTER;
}

static int
speed_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	int64_t from_us = request_time(request, report, "from", TIME_FIRST_US);
	int64_t to_us = request_time(request, report, "to", TIME_LAST_US);
	enum speed_by by = parse_by(request_text(request, report, "by"));
	struct speed_reading *readings, *best = NULL;
	char speed[FIGURE_MAX], running[FIGURE_MAX];
	int64_t watched_us = 0;
	size_t n;

	if (from_us >= to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (speed_list(request->store, from_us, to_us, request->arena, &readings, &n, err) != 0)
		return -1;
	n = group_readings(request, report, readings, n, by);
	for (size_t i = 0; i < n; i++) {
		watched_us += readings[i].watched_us;
		if (best == NULL || isnan(speed_of(best->output_tokens, best)) ||
			speed_of(readings[i].output_tokens, &readings[i]) > speed_of(best->output_tokens, best))
			best = &readings[i];
	}
	if (best == NULL || isnan(speed_of(best->output_tokens, best))) {
		answer_headline(answer,
			best == NULL ? "No engine was watched in this range." : "No engine was busy in this range.");
	} else {
		figure_number(speed, sizeof(speed), round(10 * speed_of(best->output_tokens, best)) / 10);
		figure_number(running, sizeof(running), round(1e4 * share(best->running_ms, best->busy_us)) / 10);
		answer_headline(answer, "%.*s wrote %s tokens a second while it was busy%s%s%s.",
			(int)(best->model.n < 200 ? best->model.n : 200),
			best->model.n == 0 ? "the engine" : best->model.p, speed,
			best->running_ms == NOT_REPORTED ? "" : ", with ",
			best->running_ms == NOT_REPORTED ? "" : running,
			best->running_ms == NOT_REPORTED ? "" : " requests at once");
	}
	answer_fact(answer, "rows", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "watched_hours", "h", value_number(answer, (double)watched_us / 3.6e9));
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	add_rows(request, readings, n, by, answer);
	return 0;
}

const struct report report_speed = { "speed", "how fast engines were seen to run: tokens a second, requests at once",
	speed_params, speed_run };
