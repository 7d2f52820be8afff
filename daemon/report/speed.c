/*
 * speed: how fast engines were seen to run in production: tokens a second, with how many requests at once, and whether
 * predictions lean on it.
 */
#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/observed.h"
#include "daemon/report/reports.h"
#include "daemon/report/shelf.h"
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

/* What stands in one row, and what it tells the throughput model. */
struct seen {
	struct speed_reading sum;
	int64_t lacks[OBSERVED_LACKS]; /* quarter hours by what they lack */
	struct observations tells;
};

struct seeing {
	const struct request *request;
	const struct report *report;
	enum speed_by by;
	struct seen *rows;
	size_t n, room;
};

static bool
same_group(const struct speed_reading *a, const struct speed_reading *b, enum speed_by by)
{
	return text_same(a->model, b->model) && text_same(a->place.gpu, b->place.gpu) &&
		(by == BY_MODEL_ALONE || text_same(a->replica, b->replica)) &&
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

/* The row that the reading belongs to, made where it is the first; rows are in the order in which they begin. */
static struct seen *
row_for(struct seeing *seeing, const struct speed_reading *reading)
{
	struct arena *arena = seeing->request->arena;
	size_t at = seeing->n;

	while (at > 0 && !same_group(&seeing->rows[at - 1].sum, reading, seeing->by))
		at--;
	if (at > 0) {
		add_reading(&seeing->rows[at - 1].sum, reading);
		return &seeing->rows[at - 1];
	}
	if (seeing->n == seeing->room) {
		size_t room = seeing->room == 0 ? 16 : 2 * seeing->room;
		struct seen *more = arena_take(arena, room * sizeof(*more));

		if (seeing->n > 0)
			memcpy(more, seeing->rows, seeing->n * sizeof(*more));
		seeing->rows = more;
		seeing->room = room;
	}
	seeing->rows[seeing->n] = (struct seen){ .sum = *reading };
	speed_keep(arena, &seeing->rows[seeing->n].sum);
	return &seeing->rows[seeing->n++];
}

static void
see(void *ctx, const struct speed_reading *reading, bool shared)
{
	struct seeing *seeing = ctx;
	enum observed_lack lack = observed_judge(reading, shared);
	struct seen *seen;

	if (!is_asked_for(seeing->request, seeing->report, reading))
		return;
	seen = row_for(seeing, reading);
	seen->lacks[lack]++;
	if (lack == OBSERVED_ENOUGH)
		observed_take(seeing->request->arena, &seen->tells, reading);
}

/*
 * Whether predictions lean on it ("yes"), or what is missing for that: names that no table knows, what all of it together
 * lacks, or what most of its quarter hours lack.
 */
static const char *
anchor_words(const struct request *request, const struct shelf *shelf, const struct seen *seen)
{
	enum observed_lack most = OBSERVED_NO_GPU;
	struct measured names = observed_names(request->arena, &seen->sum), rows[OBSERVED_ROWS];
	struct observed_speed speed;
	struct asked asked;
	struct err why;

	if (names.gpu.n > 0 && measured_ask(&names, &shelf->shelves, &asked, &why) != 0)
		return arena_copy(request->arena, why.text, strlen(why.text));
	for (int lack = OBSERVED_NO_GPU; lack < OBSERVED_LACKS; lack++)
		if (seen->lacks[lack] > seen->lacks[most])
			most = (enum observed_lack)lack;
	for (size_t i = 0; i < seen->tells.n; i++) {
		if (observed_rows(request->arena, &seen->tells.rows[i], rows) > 0)
			return "yes";
		most = observed_speed(&seen->tells.rows[i], &speed);
	}
	return observed_lack_names[most];
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
add_rows(const struct request *request, const struct seeing *seeing, const struct shelf *shelf, struct answer *answer)
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
		      *tokens = answer_column(answer, "output_tokens", "tokens"),
		      *anchor = answer_column(answer, "anchor", "");

	for (size_t i = 0; i < seeing->n; i++) {
		const struct speed_reading *r = &seeing->rows[i].sum;
		double ms = (double)r->watched_us / 1000;

		column_add(answer, engine, name_value(request, answer, r->engine));
		column_add(answer, replica,
			seeing->by == BY_MODEL_ALONE ? value_unknown(answer) : name_value(request, answer, r->replica));
		column_add(answer, model, name_value(request, answer, r->model));
		column_add(answer, gpu,
			r->place.gpu.n == 0 ? value_unknown(answer) : name_value(request, answer, r->place.gpu));
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
		column_add(answer, anchor, value_text(answer, anchor_words(request, shelf, &seeing->rows[i])));
	}
}

static enum speed_by
parse_by(const char *by)
{
	return by == NULL || strcmp(by, "replica") == 0 ? BY_REPLICA_AND_MODEL
		: strcmp(by, "model") == 0              ? BY_MODEL_ALONE
							: BY_QUARTER;
}

/* The fastest, with how many requests at once. */
static void
say_fastest(const struct seeing *seeing, struct answer *answer)
{
	const struct speed_reading *best = NULL;
	char speed[FIGURE_MAX], running[FIGURE_MAX];

	for (size_t i = 0; i < seeing->n; i++) {
		const struct speed_reading *r = &seeing->rows[i].sum;

		if (best == NULL || isnan(speed_of(best->output_tokens, best)) ||
			speed_of(r->output_tokens, r) > speed_of(best->output_tokens, best))
			best = r;
	}
	if (best == NULL || isnan(speed_of(best->output_tokens, best))) {
		answer_headline(answer,
			best == NULL ? "No engine was watched in this range." : "No engine was busy in this range.");
		return;
	}
	figure_number(speed, sizeof(speed), round(10 * speed_of(best->output_tokens, best)) / 10);
	figure_number(running, sizeof(running), round(1e4 * share(best->running_ms, best->busy_us)) / 10);
	answer_headline(answer, "%.*s wrote %s tokens a second while it was busy%s%s%s.",
		(int)(best->model.n < 200 ? best->model.n : 200), best->model.n == 0 ? "the engine" : best->model.p,
		speed, best->running_ms == NOT_REPORTED ? "" : ", with ",
		best->running_ms == NOT_REPORTED ? "" : running,
		best->running_ms == NOT_REPORTED ? "" : " requests at once");
}

static int
speed_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	int64_t from_us = request_time(request, report, "from", TIME_FIRST_US);
	int64_t to_us = request_time(request, report, "to", TIME_LAST_US), watched_us = 0;
	struct seeing seeing = {
		.request = request, .report = report, .by = parse_by(request_text(request, report, "by"))
	};
	const struct speed_each each = { &seeing, see, false };
	const struct shelf_request tables = {
		.arena = request->arena, .settings = request->settings, .now_us = request->now_us
	};
	struct shelf shelf;

	if (from_us >= to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (shelf_load(&tables, &shelf, err) != 0 || speed_each(request->store, from_us, to_us, &each, err) != 0)
		return -1;
	for (size_t i = 0; i < seeing.n; i++)
		watched_us += seeing.rows[i].sum.watched_us;
	say_fastest(&seeing, answer);
	answer_fact(answer, "rows", "", value_whole(answer, (int64_t)seeing.n));
	answer_fact(answer, "watched_hours", "h", value_number(answer, (double)watched_us / 3.6e9));
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	add_rows(request, &seeing, &shelf, answer);
	return 0;
}

const struct report report_speed = { "speed", "how fast engines were seen to run: tokens a second, requests at once",
	speed_params, speed_run };
