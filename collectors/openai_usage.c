/*
 * openai-usage: OpenAI's organization usage API, GET /v1/organization/usage/completions and its siblings:
 *
 * {"object":"page","data":[{"object":"bucket","start_time":1793491200,"end_time":1793494800,"results":[
 *   {"object":"organization.usage.completions.result","input_tokens":1250,"input_cached_tokens":800,"output_tokens":210,
 *    "num_model_requests":4,"project_id":"proj_1","model":"gpt-4o-2024-08-06","batch":false,"service_tier":"default"}]}],
 *  "has_more":true,"next_page":"page_AAAA"}
 *
 * input_tokens holds the cached and the written ones; reasoning is inside output_tokens and not told apart. What is
 * asked for is everything that a price depends on: model, project, key, service tier, batch.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/reply.h"
#include "collectors/usage_event.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define RESULT "organization.usage."

struct bucket {
	const struct collect_options *options;
	const struct sink *sink;
	int64_t from_us, to_us;
};

/* ---- a result */

enum { INPUT, CACHED, WRITTEN, UNCACHED, OUTPUT, REQUESTS, COUNTS };

static const char *const count_names[COUNTS] = { "input_tokens", "input_cached_tokens", "input_cache_write_tokens",
	"input_uncached_tokens", "output_tokens", "num_model_requests" };

/* Counts by kind of content that lie inside the classes. */
static const struct {
	const char *name;
	int item;
} part_names[] = {
	{ "input_audio_tokens", PRICE_IN_AUDIO },
	{ "input_image_tokens", PRICE_IN_IMAGE },
	{ "input_cached_audio_tokens", PRICE_READ_AUDIO },
	{ "input_cached_image_tokens", PRICE_READ_IMAGE },
	{ "output_audio_tokens", PRICE_OUT_AUDIO },
	{ "output_image_tokens", PRICE_OUT_IMAGE },
};

#define PARTS (sizeof(part_names) / sizeof(part_names[0]))

static int
read_tokens(
	const struct json *result, struct quantities *quantities, int64_t counts[], const bool has[], struct err *err)
{
	int64_t *tokens = quantities->usage.tokens, uncached = counts[INPUT] - counts[CACHED] - counts[WRITTEN];
	bool told;

	if (uncached < 0 || (has[UNCACHED] && counts[UNCACHED] != uncached))
		return err_set(err, ERR_INPUT,
			"input_tokens %" PRId64 " is not input_cached_tokens %" PRId64
			" and input_cache_write_tokens %" PRId64 " and what is uncached (%" PRId64 ")",
			counts[INPUT], counts[CACHED], counts[WRITTEN], has[UNCACHED] ? counts[UNCACHED] : uncached);
	tokens[IN_UNCACHED] = uncached;
	tokens[IN_CACHE_READ] = counts[CACHED];
	tokens[IN_CACHE_WRITE_5M] = counts[WRITTEN];
	tokens[OUT_VISIBLE] = counts[OUTPUT];
	for (size_t i = 0; i < PARTS; i++)
		if (reply_count(result, part_names[i].name, &quantities->parts[part_names[i].item - USAGE_CLASSES],
			    &told, err) != 0)
			return -1;
	return quantities_check(quantities, err);
}

/* What the API calls the kind of a result: "completions", of "organization.usage.completions.result". */
static struct text
kind_of(const struct json *result, struct text part)
{
	struct text object = json_text(result, "object");
	size_t head = strlen(RESULT), tail = strlen(".result");

	if (object.n <= head + tail || memcmp(object.p, RESULT, head) != 0)
		return part;
	return (struct text){ object.p + head, object.n - head - tail };
}

static int
read_result(const struct bucket *bucket, const struct json *result, struct usage_reading *reading,
	struct quantities *quantities, struct err *err)
{
	const struct json *batch = json_value(result, "batch");
	bool is_batch = batch != NULL && batch->type == JSON_TRUE, has[COUNTS];
	int64_t counts[COUNTS], searches;
	bool searched;

	*quantities = (struct quantities){ .requests = 0 };
	*reading = (struct usage_reading){
		.at_us = bucket->from_us,
		.width_us = bucket->to_us - bucket->from_us,
		.provider = bucket->options->provider.n > 0 ? bucket->options->provider : text_of("openai"),
		.model = json_text(result, "model"),
		.project = json_text(result, "project_id"),
		.key = json_text(result, "api_key_id"),
		.service_tier = is_batch ? text_of("batch") : json_text(result, "service_tier"),
		.requests = NOT_REPORTED,
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED,
		.grouping = kind_of(result, bucket->options->part),
		.dimensions = is_batch ? json_text(result, "service_tier") : json_text(result, "context_level"),
		.parts = quantities->parts,
	};
	for (int i = 0; i < COUNTS; i++)
		if (reply_count(result, count_names[i], &counts[i], &has[i], err) != 0)
			return -1;
	if (reply_count(result, "num_requests", &searches, &searched, err) != 0)
		return -1;
	if (has[REQUESTS])
		reading->requests = counts[REQUESTS];
	if (text_is(reading->grouping, "web_searches")) {
		reading->requests = 0; /* the calls that searched are among the completions */
		reading->web_searches = searches;
		reading->has_usage = true;
	} else if (has[INPUT]) {
		reading->has_usage = true;
		if (read_tokens(result, quantities, counts, has, err) != 0)
			return -1;
		reading->usage = quantities->usage;
	} else if (!has[REQUESTS]) {
		return err_set(err, ERR_INPUT, "there are neither input_tokens nor num_model_requests");
	}
	event_fill(reading, bucket->options);
	return 0;
}

/* ---- buckets */

static int
take_bucket(struct bucket *bucket, const struct json *object, struct err *err)
{
	const struct json *results = json_value(object, "results");
	const struct sink *sink = bucket->sink;
	struct err why;

	if (results == NULL)
		results = json_value(object, "result"); /* as older revisions spell it */
	if (reply_instant(object, "start_time", &bucket->from_us, &why) != 0 ||
		reply_instant(object, "end_time", &bucket->to_us, &why) != 0 ||
		(bucket->to_us <= bucket->from_us &&
			err_set(&why, ERR_INPUT, "the bucket ends before it begins") != 0) ||
		((results == NULL || results->type != JSON_ARRAY) &&
			err_set(&why, ERR_INPUT, "the bucket has no array 'results'") != 0)) {
		sink->refuse(sink->ctx, (struct place){ .line = object->line }, why.text);
		return 0;
	}
	for (const struct json *result = results->first; result != NULL; result = result->next) {
		struct place place = { .line = result->line };
		struct usage_reading reading;
		struct quantities quantities;

		if (read_result(bucket, result, &reading, &quantities, &why) != 0)
			sink->refuse(sink->ctx, place, why.text);
		else if (sink->usage != NULL && sink->usage(sink->ctx, place, &reading, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct bucket bucket = { .options = options, .sink = sink };
	const struct json *data;
	struct reply reply;
	int status = -1;

	if (reply_open(&reply, input, err) != 0)
		goto done;
	data = json_value(reply.root, "data");
	if (data == NULL || data->type != JSON_ARRAY) {
		err_set(err, ERR_INPUT, "%s: there is no array 'data' of buckets", input->name);
		goto done;
	}
	for (const struct json *object = data->first; object != NULL; object = object->next)
		if (take_bucket(&bucket, object, err) != 0)
			goto done;
	status = reply_next(reply.root, sink, err);
done:
	reply_close(&reply);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"bucket\"", "\"" RESULT, NULL };

	(void)why_not;
	return head_has(head, n, '{', words) ? 95 : 0;
}

/* ---- how it is asked */

static const char *const parts[] = { "completions", "embeddings", "moderations", "images", "audio_speeches",
	"audio_transcriptions", "web_search_calls", NULL };

static const struct pull_option options_of[] = {
	{ "usage", NULL, "completions,embeddings",
		"Which usage to ask for, of completions, embeddings, moderations, images, audio_speeches, audio_transcriptions "
		"and web_search_calls" },
	{ "bucket", "1h|1d", "1h", "How long a bucket is. Days cannot show at what hours the load is" },
	{ NULL, NULL, NULL, NULL },
};

static bool
wants(const struct pull_ask *ask, int part)
{
	return pull_option_names(ask, "usage", parts[part]);
}

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	static const char *const groups[] = { "model", "project_id", "api_key_id" };
	bool days = text_is(pull_option(ask, "bucket"), "1d");

	pull_begin(request, "/v1/organization/usage/");
	pull_segment(request, text_of(parts[ask->part]));
	pull_query_whole(request, "start_time", ask->from_us / SECOND_US);
	if (ask->to_us <= ask->now_us)
		pull_query_whole(request, "end_time", ask->to_us / SECOND_US);
	pull_query(request, "bucket_width", pull_option(ask, "bucket"));
	pull_query_whole(request, "limit", days ? 31 : 168);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		pull_query(request, "group_by[]", text_of(groups[i]));
	if (ask->part == 0) {
		pull_query(request, "group_by[]", text_of("service_tier"));
		pull_query(request, "group_by[]", text_of("batch"));
	} else if (text_is(text_of(parts[ask->part]), "web_search_calls")) {
		pull_query(request, "group_by[]", text_of("context_level"));
	}
	if (ask->page.n > 0)
		pull_query(request, "page", ask->page);
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_WINDOW,
	.url = "https://api.openai.com",
	.key = { .variable = "OPENAI_ADMIN_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "an admin key (sk-admin-...) of the organization; a project key is refused" },
	.interval_s = 600,
	.interval_least_s = 60,
	.trailing_s = 3 * DAY_S,
	.window_max_s = 7 * DAY_S,
	.align_s = DAY_S,
	.parts = parts,
	.wants = wants,
	.options = options_of,
	.request = request,
};

const struct collector collector_openai_usage = {
	.name = "openai-usage",
	.title = "OpenAI's organization usage API: tokens by model, project, key and tier",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
