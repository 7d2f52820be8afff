/*
 * load: see load.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/http_library.h"
#include "daemon/bench/load.h"
#include "daemon/bench/sse.h"
#include "models/units/err.h"
#include "models/units/random.h"

#define CONNECT_S 10
#define FAILED_FAST_S 0.05 /* a request that fails sooner is not at once followed by another */
#define PAUSE_S 0.1
#define HOPELESS 20 /* failures from the beginning on, without one success, that end a run */

static const char *const error_names[LOAD_ERRORS] = {
	[LOAD_CONNECT] = "no_connection",
	[LOAD_TIMEOUT] = "timeout",
	[LOAD_SILENT] = "silent",
	[LOAD_BUSY] = "busy",
	[LOAD_REFUSED] = "refused",
	[LOAD_FAILED] = "failed",
	[LOAD_STREAM] = "error_in_stream",
	[LOAD_CLOSED] = "closed_early",
	[LOAD_NONSENSE] = "nonsense",
	[LOAD_EMPTY] = "empty",
};

const char *
load_error_name(enum load_error error)
{
	return error_names[error];
}

static double
clock_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double
seconds(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

struct run;

/* One request under way, or room for one. */
struct stream {
	struct run *run;
	CURL *easy;
	char *body;
	struct sse sse;
	bool used, judged;
	int64_t asked; /* tokens of the reply */
	double due, heard, first, last;
	double resume; /* room is not used before this instant */
	int64_t pieces, in_window;
	int64_t prompt_tokens, completion_tokens, cached_tokens;
	bool finished, done, nonsense, failed, broken;
	char message[160];
	char id[64];
	char head[512]; /* of a reply that is no stream */
	size_t head_n;
};

struct run {
	const struct load_plan *plan;
	struct load_result *result;
	CURLM *multi;
	struct curl_slist *headers;
	struct stream *streams;
	int streams_n, flying;
	struct random random;
	double begin, from, to; /* of the run, of the window */
	double next;            /* open loop: when the next request is due */
	size_t next_arrival;
	uint64_t sent;
	int64_t failures_first; /* before the first success */
	bool any_good, ended;
	struct times ttft, tpot, itl, whole, busy, late;
	double tokens_in_window, flying_area, flying_since;
	double prompt_sum, output_sum, cached_sum, pieces_sum, counted_sum;
	int64_t prompts, outputs, cached, within, good_in_window;
};

/* ---- what comes */

static void
on_event(void *ctx, const char *data, size_t n)
{
	struct stream *s = ctx;
	struct run *run = s->run;
	struct chat_event event;

	chat_read(data, n, &event);
	s->nonsense |= event.nonsense;
	s->done |= event.done;
	s->finished |= event.finish;
	if (event.error && !s->failed) {
		s->failed = true;
		snprintf(s->message, sizeof(s->message), "%s", event.message);
	}
	if (event.id[0] != '\0' && s->id[0] == '\0')
		memcpy(s->id, event.id, sizeof(s->id));
	if (event.prompt_tokens >= 0)
		s->prompt_tokens = event.prompt_tokens;
	if (event.completion_tokens >= 0)
		s->completion_tokens = event.completion_tokens;
	if (event.cached_tokens >= 0)
		s->cached_tokens = event.cached_tokens;
	if (!event.text)
		return;
	if (s->pieces++ == 0)
		s->first = s->heard;
	else if (s->judged)
		times_add(&run->itl, s->heard - s->last);
	s->last = s->heard;
	if (s->heard >= run->from && s->heard < run->to)
		s->in_window++;
}

static size_t
on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct stream *s = ctx;

	s->heard = seconds();
	for (size_t i = 0; i < n * size && s->head_n < sizeof(s->head) - 1; i++)
		s->head[s->head_n++] = bytes[i];
	if (sse_feed(&s->sse, bytes, n * size, on_event, s) != 0) {
		s->nonsense = true;
		return 0;
	}
	return n * size;
}

/* ---- requests */

/* A length around its mean. */
static int64_t
length_of(struct run *run, int64_t mean)
{
	double spread = run->plan->spread, u = random_uniform(&run->random);
	int64_t length = llround((double)mean * (1 - spread + 2 * spread * u));

	return length < 1 ? 1 : length;
}

static int64_t
words_for(const struct load_target *target, int64_t tokens)
{
	double words = ((double)tokens - target->base) / (target->per_word > 0 ? target->per_word : 1);

	return words < 1 ? 1 : llround(words);
}

static int
set_up(CURL *easy, const struct load_target *target, struct curl_slist *headers, double timeout_s)
{
	CURLcode code = CURLE_OK;

#define SET(option, value) (code = code != CURLE_OK ? code : http_client.easy_setopt(easy, option, value))
	SET(CURLOPT_URL, target->url);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(1000 * CONNECT_S));
	SET(CURLOPT_TIMEOUT_MS, (long)(1000 * timeout_s));
	SET(CURLOPT_WRITEFUNCTION, on_bytes);
	SET(CURLOPT_USERAGENT, "breakeven");
	if (target->ca_file != NULL)
		SET(CURLOPT_CAINFO, target->ca_file);
#undef SET
	return code == CURLE_OK ? 0 : -1;
}

/* Begin a request that was due at `due`; -1 when there is no memory. */
static int
begin(struct run *run, struct stream *s, double due, int64_t isl, int64_t osl)
{
	const struct load_plan *plan = run->plan;
	struct chat_ask ask = { .model = plan->target.model,
		.extras = plan->target.extras,
		.words = words_for(&plan->target, isl),
		.max_tokens = osl,
		.seed = plan->seed + ++run->sent };
	struct stream fresh = { .run = run, .easy = s->easy, .sse = s->sse, .used = true };

	free(s->body);
	*s = fresh;
	s->body = chat_body(&ask);
	s->due = due;
	s->heard = seconds();
	s->asked = osl;
	s->judged = due >= run->from && due < run->to;
	s->prompt_tokens = s->completion_tokens = s->cached_tokens = CHAT_UNKNOWN;
	sse_begin(&s->sse);
	if (s->easy == NULL)
		s->easy = http_client.easy_init();
	if (s->body == NULL || s->easy == NULL || set_up(s->easy, &plan->target, run->headers, plan->timeout_s) != 0 ||
		http_client.easy_setopt(s->easy, CURLOPT_WRITEDATA, s) != CURLE_OK ||
		http_client.easy_setopt(s->easy, CURLOPT_PRIVATE, s) != CURLE_OK ||
		http_client.easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body) != CURLE_OK ||
		http_client.multi_add_handle(run->multi, s->easy) != CURLM_OK) {
		s->used = false;
		return -1;
	}
	run->flying++;
	run->result->judged += s->judged;
	return 0;
}

static void
tell_each(const struct run *run, const struct stream *s, const char *outcome)
{
	const struct load_each each = { .id = s->id,
		.due_s = s->due,
		.first_s = s->pieces > 0 ? s->first : NAN,
		.last_s = s->pieces > 0 ? s->last : NAN,
		.pieces = s->pieces,
		.tokens = s->completion_tokens,
		.outcome = outcome };

	if (s->judged && run->plan->each != NULL)
		run->plan->each(run->plan->ctx, &each);
}

static void
note_error(struct run *run, const struct stream *s, enum load_error error, const char *said)
{
	struct load_result *result = run->result;

	tell_each(run, s, error_names[error]);
	if (!run->any_good)
		run->failures_first++;
	if (!s->judged && result->example[error][0] != '\0')
		return;
	if (result->example[error][0] == '\0')
		snprintf(result->example[error], sizeof(result->example[error]), "%s", said);
	if (s->judged)
		result->errors[error]++;
}

/* The server's count where it has one; NAN otherwise. */
static double
tokens_of(const struct stream *s)
{
	return s->completion_tokens >= 0 ? (double)s->completion_tokens : (double)s->pieces;
}

static void
add_window(struct run *run, const struct stream *s)
{
	if (s->pieces > 0)
		run->tokens_in_window += tokens_of(s) * (double)s->in_window / (double)s->pieces;
}

static void
note_good(struct run *run, const struct stream *s, double end)
{
	const struct load_plan *plan = run->plan;
	struct load_result *result = run->result;
	double tokens = tokens_of(s), tpot = tokens > 1 ? (s->last - s->first) / (tokens - 1) : NAN;

	run->any_good = true;
	if (end >= run->from && end < run->to)
		run->good_in_window++;
	if (!s->judged)
		return;
	tell_each(run, s, "good");
	result->good++;
	times_add(&run->ttft, s->first - s->due);
	times_add(&run->whole, s->last - s->due);
	if (isfinite(tpot))
		times_add(&run->tpot, tpot);
	if ((plan->slo_ttft_s <= 0 || s->first - s->due <= plan->slo_ttft_s) &&
		(plan->slo_tpot_s <= 0 || !isfinite(tpot) || tpot <= plan->slo_tpot_s))
		run->within++;
	if (s->prompt_tokens >= 0) {
		run->prompt_sum += (double)s->prompt_tokens;
		run->prompts++;
	}
	if (s->cached_tokens >= 0) {
		run->cached_sum += (double)s->cached_tokens;
		run->cached++;
	}
	run->output_sum += tokens;
	run->outputs++;
	result->shortened += tokens < (double)s->asked;
	if (s->completion_tokens >= 0) {
		run->counted_sum += tokens;
		run->pieces_sum += (double)s->pieces;
		result->miscounted += s->completion_tokens < s->pieces;
	}
}

/* What became of a request that is over. */
static void
judge(struct run *run, struct stream *s, CURLcode code, double now)
{
	char said[160] = "";
	long status = 0;

	http_client.easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	add_window(run, s);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
		(code == CURLE_OPERATION_TIMEDOUT && status == 0 && s->head_n == 0 && now - s->due < CONNECT_S + 1 &&
			run->plan->timeout_s > CONNECT_S)) {
		note_error(run, s, LOAD_CONNECT, http_client.easy_strerror(code));
		return;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		note_error(run, s, LOAD_TIMEOUT, "not over in time");
		return;
	}
	if (status != 200 && status != 0) {
		chat_error(s->head, s->head_n, said, sizeof(said));
		note_error(run, s,
			status == 429 || status == 503          ? LOAD_BUSY
				: status >= 400 && status < 500 ? LOAD_REFUSED
								: LOAD_FAILED,
			said);
		return;
	}
	if (s->failed)
		note_error(run, s, LOAD_STREAM, s->message);
	else if (s->nonsense || (s->pieces == 0 && !s->done && s->head_n > 0))
		note_error(run, s, LOAD_NONSENSE, "what came is no stream of events with JSON");
	else if (code != CURLE_OK || !s->finished)
		note_error(run, s, status == 0 ? LOAD_CONNECT : LOAD_CLOSED,
			code != CURLE_OK ? http_client.easy_strerror(code) : "ended without a reason to end");
	else if (s->pieces == 0)
		note_error(run, s, LOAD_EMPTY, "ended well and held no text");
	else
		note_good(run, s, s->last);
}

static void
count_flying(struct run *run, double now)
{
	double from = run->flying_since > run->from ? run->flying_since : run->from;
	double to = now < run->to ? now : run->to;

	if (to > from)
		run->flying_area += (to - from) * run->flying;
	run->flying_since = now;
}

static void
end(struct run *run, struct stream *s, double now)
{
	http_client.multi_remove_handle(run->multi, s->easy);
	s->used = false;
	s->resume = now - s->due < FAILED_FAST_S && s->pieces == 0 ? now + PAUSE_S : 0;
	run->flying--;
}

static void
collect(struct run *run)
{
	CURLMsg *message;
	int left;

	while ((message = http_client.multi_info_read(run->multi, &left)) != NULL) {
		struct stream *s = NULL;
		double now = seconds();

		if (message->msg != CURLMSG_DONE)
			continue;
		http_client.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &s);
		count_flying(run, now);
		judge(run, s, message->data.result, now);
		end(run, s, now);
	}
}

static void
end_silent(struct run *run, double now)
{
	for (int i = 0; i < run->streams_n; i++) {
		struct stream *s = &run->streams[i];

		if (!s->used || now - s->heard < run->plan->silent_s)
			continue;
		count_flying(run, now);
		add_window(run, s);
		note_error(run, s, LOAD_SILENT, "no byte came for too long");
		end(run, s, now);
	}
}

/* ---- what is sent */

static struct stream *
room(struct run *run, double now)
{
	for (int i = 0; i < run->streams_n; i++)
		if (!run->streams[i].used && run->streams[i].resume <= now)
			return &run->streams[i];
	return NULL;
}

/* Whether a request that is due now is still to be sent. */
static bool
window_open(const struct run *run, double due)
{
	return due < run->to && (run->plan->requests == 0 || run->result->judged < run->plan->requests);
}

static void
plan_next(struct run *run)
{
	const struct load_plan *plan = run->plan;

	if (plan->rate > 0)
		run->next += -log(1 - random_uniform(&run->random)) / plan->rate;
	else if (++run->next_arrival < plan->trace_n)
		run->next = run->begin + plan->trace[run->next_arrival].at_s - plan->trace[0].at_s;
	else
		run->next = INFINITY;
}

static int
send_open(struct run *run, double now)
{
	const struct load_plan *plan = run->plan;

	while (run->next <= now && window_open(run, run->next)) {
		bool traced = plan->rate <= 0;
		int64_t isl = traced ? plan->trace[run->next_arrival].isl : length_of(run, plan->isl);
		int64_t osl = traced ? plan->trace[run->next_arrival].osl : length_of(run, plan->osl);
		struct stream *s = room(run, INFINITY);

		count_flying(run, now);
		if (s == NULL)
			run->result->unsent++;
		else if (begin(run, s, run->next, isl < 1 ? 1 : isl, osl < 1 ? 1 : osl) != 0)
			return -1;
		plan_next(run);
	}
	return 0;
}

static int
send_closed(struct run *run, double now)
{
	const struct load_plan *plan = run->plan;
	struct stream *s;

	while (run->flying < plan->concurrency && window_open(run, now) && (s = room(run, now)) != NULL) {
		count_flying(run, now);
		if (begin(run, s, now, length_of(run, plan->isl), length_of(run, plan->osl)) != 0)
			return -1;
	}
	return 0;
}

/* ---- the loop */

static void
stop_early(struct run *run, double now, const char *why)
{
	snprintf(run->result->why, sizeof(run->result->why), "%s", why);
	run->result->partial = true;
	run->to = now < run->to ? now : run->to;
	run->ended = true;
}

static void
look(struct run *run, double now)
{
	const struct load_plan *plan = run->plan;

	end_silent(run, now);
	if (run->failures_first >= HOPELESS && !run->any_good && !run->ended)
		stop_early(run, now, "the server answered none of the first requests");
	if (plan->requests > 0 && run->result->judged >= plan->requests && now < run->to)
		run->to = now;
	if (plan->progress != NULL)
		plan->progress(plan->ctx, fmin(1, (now - run->begin) / (plan->warmup_s + plan->duration_s)),
			now < run->from         ? "warming up"
				: now < run->to ? "measuring"
						: "waiting for the last");
}

/* Milliseconds to wait: until the next request is due, and never long. */
static int
patience(const struct run *run, double now)
{
	double wait = 0.1;

	if (run->plan->concurrency == 0 && run->next < run->to)
		wait = fmin(wait, run->next - now);
	return wait <= 0 ? 0 : (int)(wait * 1000);
}

static int
loop(struct run *run, struct err *err)
{
	double looked = 0;

	for (;;) {
		double now = seconds(), woke, asked;
		int running, ready = 0, wait;

		if ((run->plan->concurrency > 0 ? send_closed(run, now) : send_open(run, now)) != 0)
			return err_set(err, ERR_OUTSIDE, "no memory for another request");
		if (now - looked > 0.1) {
			look(run, now);
			looked = now;
		}
		if (now >= run->to && run->flying == 0)
			return 0;
		wait = patience(run, seconds());
		asked = seconds();
		if (http_client.multi_perform(run->multi, &running) != CURLM_OK ||
			http_client.multi_poll(run->multi, NULL, 0, wait, &ready) != CURLM_OK)
			return err_set(err, ERR_OUTSIDE, "the HTTP client cannot go on");
		woke = seconds();
		if (ready == 0 && wait > 0 && woke - asked > wait * 1e-3)
			times_add(&run->late, woke - asked - wait * 1e-3);
		if (http_client.multi_perform(run->multi, &running) != CURLM_OK)
			return err_set(err, ERR_OUTSIDE, "the HTTP client cannot go on");
		collect(run);
		if (ready > 0)
			times_add(&run->busy, seconds() - woke);
	}
}

/* ---- the result */

/* Whether the client's own delays are over a millisecond and a tenth of what is to be told. */
static bool
hides(const struct summary *delay, const struct summary *told)
{
	return delay->n >= 20 && told->n > 0 && delay->p99.value > fmax(0.001, 0.1 * told->p50.value);
}

static void
sum_up(struct run *run, double cpu, double wall)
{
	struct load_result *r = run->result;
	const struct load_plan *plan = run->plan;
	int64_t errors = 0;

	for (int i = 0; i < LOAD_ERRORS; i++)
		errors += r->errors[i];
	if (!r->partial && (errors > 0 || r->unsent > 0)) {
		r->partial = true;
		snprintf(r->why, sizeof(r->why), "%lld of %lld requests failed and %lld could not be sent",
			(long long)errors, (long long)r->judged, (long long)r->unsent);
	}
	r->window_s = run->to - run->from;
	if (r->window_s <= 0) {
		r->window_s = 0;
		r->partial = true;
		if (r->why[0] == '\0')
			snprintf(r->why, sizeof(r->why), "the run ended before its warm-up was over");
	}
	r->output_tok_s = r->window_s > 0 ? run->tokens_in_window / r->window_s : NAN;
	r->requests_s = r->window_s > 0 ? (double)run->good_in_window / r->window_s : NAN;
	r->in_flight = r->window_s > 0 ? run->flying_area / r->window_s : NAN;
	r->goodput = r->within = NAN;
	if ((plan->slo_ttft_s > 0 || plan->slo_tpot_s > 0) && r->judged > 0) {
		r->within = (double)run->within / (double)r->judged;
		r->goodput = r->window_s > 0 ? (double)run->within / r->window_s : NAN;
	}
	r->prompt_tokens = run->prompts > 0 ? run->prompt_sum / (double)run->prompts : NAN;
	r->output_tokens = run->outputs > 0 ? run->output_sum / (double)run->outputs : NAN;
	r->cached_tokens = run->cached > 0 ? run->cached_sum / (double)run->cached : NAN;
	r->tokens_per_piece = run->pieces_sum > 0 ? run->counted_sum / run->pieces_sum : NAN;
	times_summary(&run->ttft, &r->ttft);
	times_summary(&run->tpot, &r->tpot);
	times_summary(&run->itl, &r->itl);
	times_summary(&run->whole, &r->whole);
	times_summary(&run->busy, &r->busy);
	times_summary(&run->late, &r->late);
	r->cpu_share = cpu / wall;
	/* A tenth of what is told, or a processor that is nearly full. */
	r->client_limited = r->cpu_share > 0.8 || r->unsent > 0 || hides(&r->busy, &r->itl) || hides(&r->late, &r->itl);
}

static int
make_headers(const struct load_target *target, struct curl_slist **headers)
{
	char line[1024];
	struct curl_slist *more;

	*headers = http_client.slist_append(NULL, "Content-Type: application/json");
	more = *headers == NULL ? NULL : http_client.slist_append(*headers, "Accept: text/event-stream");
	if (more != NULL && target->key != NULL) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", target->key);
		more = http_client.slist_append(*headers, line);
	}
	return more == NULL ? -1 : 0;
}

static void
clear(struct run *run)
{
	for (int i = 0; run->streams != NULL && i < run->streams_n; i++) {
		struct stream *s = &run->streams[i];

		if (s->used)
			http_client.multi_remove_handle(run->multi, s->easy);
		http_client.easy_cleanup(s->easy);
		sse_free(&s->sse);
		free(s->body);
	}
	free(run->streams);
	http_client.multi_cleanup(run->multi);
	http_client.slist_free_all(run->headers);
	times_free(&run->ttft);
	times_free(&run->tpot);
	times_free(&run->itl);
	times_free(&run->whole);
	times_free(&run->busy);
	times_free(&run->late);
}

int
load_run(const struct load_plan *plan, struct load_result *result, struct err *err)
{
	struct run run = { .plan = plan, .result = result };
	double cpu = clock_of(CLOCK_THREAD_CPUTIME_ID);
	int status = -1;

	memset(result, 0, sizeof(*result));
	random_seed(&run.random, plan->seed);
	run.streams_n = plan->concurrency > 0 ? plan->concurrency : LOAD_STREAMS;
	run.streams = calloc((size_t)run.streams_n, sizeof(*run.streams));
	run.multi = http_client.multi_init();
	if (run.streams == NULL || run.multi == NULL || make_headers(&plan->target, &run.headers) != 0) {
		err_set(err, ERR_OUTSIDE, "no memory for %d streams", run.streams_n);
	} else {
		http_client.multi_setopt(run.multi, CURLMOPT_MAXCONNECTS, (long)run.streams_n);
		run.begin = run.flying_since = seconds();
		run.from = run.begin + plan->warmup_s;
		run.to = run.from + plan->duration_s;
		run.next = run.begin;
		if (plan->concurrency == 0 && plan->rate > 0)
			plan_next(&run);
		status = loop(&run, err);
		if (status == 0)
			sum_up(&run, clock_of(CLOCK_THREAD_CPUTIME_ID) - cpu, seconds() - run.begin);
	}
	clear(&run);
	return status;
}
