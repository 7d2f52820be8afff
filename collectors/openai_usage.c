/*
 * openai-usage: OpenAI's organization usage API, GET /v1/organization/usage/completions and its siblings:
 *
 * {"object":"page","data":[{"object":"bucket","start_time":1793491200,"end_time":1793494800,"results":[
 *   {"object":"organization.usage.completions.result","input_tokens":1250,"input_cached_tokens":800,"output_tokens":210,
 *    "num_model_requests":4,"project_id":"proj_1","model":"gpt-4o-2024-08-06","batch":false,"service_tier":"default"}]}],
 *  "has_more":true,"next_page":"page_AAAA"}
 *
 * input_tokens holds the cached and the written ones; reasoning is inside output_tokens and not told apart. What is
 * asked for is everything that a price depends on: model, project, key, service tier, batch. What is not counted in
 * tokens (images, characters, seconds, bytes, sessions, searches) is taken with its unit and without a price. Where a result names no model, what was used
 * stands in its place ("vector_stores").
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define RESULT "organization.usage."

struct stretch {
	int64_t from_us, to_us;
};

/* ---- what the kinds of results count */

/* As the object of a result names it; where that differs, as the path does. */
static const struct kind {
	const char *name, *path;
	const char *count; /* the member that counts what is no token; NULL: none */
	const char *unit;
	enum { AS_TOLD, AS_UNITS, NONE } calls;
} kinds[] = {
	{ "images", "images", "images", "images", AS_TOLD },
	{ "audio_speeches", "audio_speeches", "characters", "characters", AS_TOLD },
	{ "audio_transcriptions", "audio_transcriptions", "seconds", "seconds", AS_TOLD },
	{ "vector_stores", "vector_stores", "usage_bytes", "bytes", NONE },
	{ "code_interpreter_sessions", "code_interpreter_sessions", "num_sessions", "sessions", AS_UNITS },
	{ "file_searches", "file_search_calls", "num_requests", "file_searches", AS_UNITS },
	{ "web_searches", "web_search_calls", "num_requests", "web_searches", NONE },
};

static const struct kind *
kind_find(struct text name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (text_is(name, kinds[i].name) || text_is(name, kinds[i].path))
			return &kinds[i];
	return NULL;
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

/* ---- a result */

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

static void
read_tokens(struct listing *listing, const struct json *result, struct quantities *quantities)
{
	int64_t *tokens = quantities->usage.tokens;
	int64_t input = listing_count(listing, result, "input_tokens", 0);
	int64_t cached = listing_count(listing, result, "input_cached_tokens", 0);
	int64_t written = listing_count(listing, result, "input_cache_write_tokens", 0);
	int64_t uncached = input - cached - written;
	int64_t told = listing_count(listing, result, "input_uncached_tokens", uncached);
	struct err why;

	if (uncached < 0 || told != uncached)
		listing_refuse(listing,
			"input_tokens %" PRId64 " is not input_cached_tokens %" PRId64
			" and input_cache_write_tokens %" PRId64 " and what is uncached (%" PRId64 ")",
			input, cached, written, told);
	tokens[IN_UNCACHED] = uncached;
	tokens[IN_CACHE_READ] = cached;
	tokens[IN_CACHE_WRITE_5M] = written;
	tokens[OUT_VISIBLE] = listing_count(listing, result, "output_tokens", 0);
	for (size_t i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++)
		quantities->parts[part_names[i].item - USAGE_CLASSES] =
			listing_count(listing, result, part_names[i].name, 0);
	if (!listing->refused && quantities_check(quantities, &why) != 0)
		listing_refuse(listing, "%s", why.text);
}

/* What is counted in place of tokens. A web search has a price of its own in some books. */
static void
read_units(struct listing *listing, const struct json *result, const struct kind *kind, struct usage_reading *reading)
{
	int64_t units = listing_count_needed(listing, result, kind->count);

	if (kind->calls == NONE)
		reading->requests = 0; /* stored, or inside calls that are among the completions */
	else if (kind->calls == AS_UNITS)
		reading->requests = units;
	if (strcmp(kind->unit, "web_searches") == 0) {
		reading->web_searches = units;
		reading->has_usage = true;
		return;
	}
	reading->unit = kind->unit;
	reading->units = units;
}

/* What parts a result from others of its bucket, beside what has a column. */
static void
read_dimensions(struct listing *listing, const struct json *result, bool batch, struct usage_reading *reading)
{
	static const char *const others[] = { "context_level", "size", "source", "vector_store_id", "user_id" };
	struct text tier = listing_text(listing, result, "service_tier");

	listing_no_dimensions(listing);
	if (batch) /* told by another name than the tier */
		listing_dimension(listing, "service_tier", tier);
	listing_dimensions_of(listing, result, others, sizeof(others) / sizeof(others[0]));
	reading->service_tier = batch ? text_of("batch") : tier;
	reading->dimensions = listing_dimensions(listing);
}

static int
take_result(struct listing *listing, struct stretch stretch, const struct json *result, struct err *err)
{
	const struct json *batch = json_value(result, "batch");
	const struct sink *sink = listing->sink;
	struct text name = kind_of(result, listing->options->part);
	const struct kind *kind = kind_find(name);
	struct quantities quantities = { .requests = 0 };
	struct usage_reading reading = {
		.at_us = stretch.from_us,
		.width_us = stretch.to_us - stretch.from_us,
		.provider = listing->options->provider.n > 0 ? listing->options->provider : text_of("openai"),
		.model = listing_text(listing, result, "model"),
		.project = listing_text(listing, result, "project_id"),
		.key = listing_text(listing, result, "api_key_id"),
		.requests = listing_count(listing, result, "num_model_requests", NOT_REPORTED),
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED,
		.grouping = name,
	};

	read_dimensions(listing, result, batch != NULL && batch->type == JSON_TRUE, &reading);
	if (kind != NULL) {
		read_units(listing, result, kind, &reading);
		if (reading.model.n == 0)
			reading.model = name;
	} else if (json_value(result, "input_tokens") != NULL) {
		reading.has_usage = true;
		reading.parts = quantities.parts;
		read_tokens(listing, result, &quantities);
		reading.usage = quantities.usage;
	} else if (reading.requests == NOT_REPORTED) {
		listing_refuse(listing, "there are neither input_tokens nor num_model_requests");
	}
	event_fill(&reading, listing->options);
	if (listing->refused || sink->usage == NULL)
		return 0;
	return sink->usage(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

/* ---- buckets */

static int
take_bucket(void *ctx, struct listing *listing, const struct json *object, struct err *err)
{
	const struct json *results = json_value(object, "results");
	struct stretch stretch = { listing_time(listing, object, "start_time"),
		listing_time(listing, object, "end_time") };

	(void)ctx;
	if (results == NULL)
		results = json_value(object, "result"); /* as older revisions spell it */
	if (stretch.to_us <= stretch.from_us)
		listing_refuse(listing, "the bucket ends before it begins");
	if (results == NULL || results->type != JSON_ARRAY)
		listing_refuse(listing, "the bucket has no array 'results'");
	if (listing->refused)
		return 0;
	for (const struct json *result = results->first; result != NULL; result = result->next) {
		listing_at(listing, result);
		if (take_result(listing, stretch, result, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .row = take_bucket };

	return listing_read(input, options, sink, &shape, NULL, err);
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
	"audio_transcriptions", "vector_stores", "code_interpreter_sessions", "file_search_calls", "web_search_calls",
	NULL };

/* What each of the parts can be grouped by, of what tells rows apart that have another price or owner. */
static const char *const groups[][7] = {
	{ "model", "project_id", "api_key_id", "service_tier", "batch", NULL },
	{ "model", "project_id", "api_key_id", NULL },
	{ "model", "project_id", "api_key_id", NULL },
	{ "model", "project_id", "api_key_id", "size", "source", NULL },
	{ "model", "project_id", "api_key_id", NULL },
	{ "model", "project_id", "api_key_id", NULL },
	{ "project_id", NULL },
	{ "project_id", NULL },
	{ "project_id", "api_key_id", "vector_store_id", NULL },
	{ "model", "project_id", "api_key_id", "context_level", NULL },
};

static const struct pull_option options_of[] = {
	{ "usage", NULL, "completions,embeddings",
		"Which usage to ask for, of completions, embeddings, moderations, images, audio_speeches, audio_transcriptions, "
		"vector_stores, code_interpreter_sessions, file_search_calls and web_search_calls" },
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
	bool days = text_is(pull_option(ask, "bucket"), "1d");

	if (pull_option_check(ask, "usage", err) != 0)
		return -1;
	pull_begin(request, "/v1/organization/usage/");
	pull_segment(request, text_of(parts[ask->part]));
	pull_query_whole(request, "start_time", ask->from_us / SECOND_US);
	if (ask->to_us <= ask->now_us)
		pull_query_whole(request, "end_time", ask->to_us / SECOND_US);
	pull_query(request, "bucket_width", pull_option(ask, "bucket"));
	pull_query_whole(request, "limit", days ? 31 : 168);
	for (const char *const *group = groups[ask->part]; *group != NULL; group++)
		pull_query(request, "group_by[]", text_of(*group));
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
