/*
 * litellm-spend: the spend logs of a LiteLLM proxy, a row for each call: pages of GET /spend/logs/v2, the array of
 * GET /spend/logs?summarize=false, JSON lines, or the table LiteLLM_SpendLogs as CSV:
 *
 *   {"data":[{"request_id":"chatcmpl-1","call_type":"acompletion","api_key":"88dc...","spend":0.00412,
 *     "prompt_tokens":1200,"completion_tokens":120,"startTime":"2026-11-01T10:00:00.120000Z","endTime":"...",
 *     "completionStartTime":"...","model":"gpt-demo","custom_llm_provider":"openai","team_id":"team-a",
 *     "cache_hit":"False","status":"success","metadata":{}}],"total":1,"page":1,"page_size":100,"total_pages":1}
 *
 * prompt_tokens holds what was read from and written to a cache, whoever answered; the metadata may tell them
 * apart. The proxy's own figure of the spend is not taken: it is an estimate, and 0 where the proxy knows no price.
 * cache_hit is a text: "True" is an answer out of the proxy's own cache, for which nobody used a token.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/listing.h"
#include "collectors/prices.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define PAGE_SIZE 100

/* A row in the terms of both forms. Times are 0 where they are missing. */
struct spend {
	struct text id, provider, model, key, team, organization, status, cache_hit, tags;
	int64_t start_us, end_us, first_us, duration_ms;
	int64_t prompt, completion, cached, written, reasoning;
};

struct reading {
	struct json_doc *doc; /* of metadata inside a CSV */
	int64_t rows;         /* of the page so far */
};

/* ---- what a row means */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
count_tokens(const struct spend *spend, struct usage_reading *reading)
{
	int64_t *tokens = reading->usage.tokens;

	reading->has_usage = true;
	if (name_same(spend->cache_hit, "true"))
		return;
	tokens[IN_CACHE_READ] = least(spend->cached, spend->prompt);
	tokens[IN_CACHE_WRITE_5M] = least(spend->written, spend->prompt - tokens[IN_CACHE_READ]);
	tokens[IN_UNCACHED] = spend->prompt - tokens[IN_CACHE_READ] - tokens[IN_CACHE_WRITE_5M];
	tokens[OUT_REASONING] = least(spend->reasoning, spend->completion);
	tokens[OUT_VISIBLE] = spend->completion - tokens[OUT_REASONING];
}

static struct usage_reading
reading_of(const struct spend *spend, const struct collect_options *options)
{
	struct usage_reading reading = { .at_us = spend->start_us,
		.id = spend->id,
		.provider = spend->provider,
		.model = spend->model,
		.key = spend->key,
		.project = spend->team,
		.tag = spend->tags,
		.account = options->account.n > 0 ? options->account : spend->organization,
		.status = name_same(spend->status, "failure") ? STATUS_ERROR : STATUS_OK,
		.requests = 1,
		.latency_ms = spend->duration_ms,
		.ttft_ms = NOT_REPORTED };

	if (reading.latency_ms == NOT_REPORTED && spend->end_us >= spend->start_us)
		reading.latency_ms = (spend->end_us - spend->start_us) / 1000;
	/* A call that does not stream has its first token with its last. */
	if (spend->first_us > spend->start_us && spend->first_us < spend->end_us)
		reading.ttft_ms = (spend->first_us - spend->start_us) / 1000;
	if (reading.status == STATUS_OK || spend->prompt + spend->completion > 0)
		count_tokens(spend, &reading);
	event_fill(&reading, options);
	return reading;
}

static const char from_cache[] = "cache_hit is True: answered from the proxy's own cache, without tokens of a provider";

static const char is_summary[] =
	"this is a summary by day, without tokens: ask /spend/logs with summarize=false, or /spend/logs/v2";

/* What the metadata knows of the tokens, where it does. */
static void
read_metadata(struct listing *listing, const struct json *metadata, struct spend *spend)
{
	static const char *const cached[] = { "usage_object.prompt_tokens_details.cached_tokens",
		"usage_object.cache_read_input_tokens", "additional_usage_values.prompt_tokens_details.cached_tokens",
		"additional_usage_values.cache_read_input_tokens" };
	static const char *const written[] = { "usage_object.cache_creation_input_tokens",
		"usage_object.prompt_tokens_details.cache_creation_tokens",
		"usage_object.prompt_tokens_details.cache_write_tokens",
		"additional_usage_values.cache_creation_input_tokens" };
	static const char *const reasoning[] = { "usage_object.completion_tokens_details.reasoning_tokens",
		"additional_usage_values.completion_tokens_details.reasoning_tokens" };
	struct text alias = json_text(metadata, "user_api_key_alias");

	for (size_t i = 0; i < sizeof(cached) / sizeof(cached[0]) && spend->cached == 0; i++)
		spend->cached = listing_count(listing, metadata, cached[i], 0);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]) && spend->written == 0; i++)
		spend->written = listing_count(listing, metadata, written[i], 0);
	for (size_t i = 0; i < sizeof(reasoning) / sizeof(reasoning[0]) && spend->reasoning == 0; i++)
		spend->reasoning = listing_count(listing, metadata, reasoning[i], 0);
	if (alias.n > 0)
		spend->key = alias;
}

/* ---- JSON */

static int64_t
time_if(struct listing *listing, const struct json *row, const char *name)
{
	const struct json *json = json_value(row, name);

	return json == NULL || (json->type == JSON_STRING && json->text.n == 0) ? 0 : listing_time(listing, row, name);
}

/* ["job:7", "prod"] as "job:7,prod"; what does not fit is left out. */
static struct text
join_tags(const struct json *tags, char *joined, size_t size)
{
	size_t n = 0;

	for (const struct json *tag = tags == NULL || tags->type != JSON_ARRAY ? NULL : tags->first; tag != NULL;
		tag = tag->next) {
		if (tag->type != JSON_STRING || tag->text.n == 0 || n + tag->text.n + 1 > size)
			continue;
		if (n > 0)
			joined[n++] = ',';
		memcpy(joined + n, tag->text.p, tag->text.n);
		n += tag->text.n;
	}
	return (struct text){ joined, n };
}

static int
take_json(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct reading *own = ctx;
	const struct sink *sink = listing->sink;
	struct spend spend = { .id = listing_text(listing, row, "request_id"),
		.provider = listing_text(listing, row, "custom_llm_provider"),
		.model = listing_text(listing, row, "model"),
		.key = listing_text(listing, row, "api_key"),
		.team = listing_text(listing, row, "team_id"),
		.organization = listing_text(listing, row, "organization_id"),
		.status = listing_text(listing, row, "status"),
		.cache_hit = listing_text(listing, row, "cache_hit") };
	char tags[512];
	struct usage_reading reading;

	own->rows++;
	if (spend.id.n == 0 && (json_get(row, "models") != NULL || json_get(row, "users") != NULL))
		return err_set(err, ERR_INPUT, "%s", is_summary);
	if (spend.id.n == 0)
		listing_refuse(listing, "request_id is missing");
	spend.start_us = listing_time(listing, row, "startTime");
	spend.end_us = time_if(listing, row, "endTime");
	spend.first_us = time_if(listing, row, "completionStartTime");
	spend.duration_ms = listing_count(listing, row, "request_duration_ms", NOT_REPORTED);
	spend.prompt = listing_count(listing, row, "prompt_tokens", 0);
	spend.completion = listing_count(listing, row, "completion_tokens", 0);
	read_metadata(listing, json_value(row, "metadata"), &spend);
	spend.tags = join_tags(json_value(row, "request_tags"), tags, sizeof(tags));
	reading = reading_of(&spend, listing->options);
	listing_check(listing, &reading.usage);
	if (listing->refused)
		return 0;
	if (name_same(spend.cache_hit, "true"))
		listing_warn(listing, "%s", from_cache);
	return sink->usage == NULL ? 0 : sink->usage(sink->ctx, (struct place){ .line = listing->line }, &reading, err);
}

/* Pages have numbers. Where the total was cut, the last page is the first that is not full. */
static int
around(void *ctx, struct listing *listing, const struct json *document, struct err *err)
{
	struct reading *own = ctx;
	const struct json *capped = json_value(document, "total_is_capped");
	int64_t rows = own->rows, page = listing_count(listing, document, "page", 0);
	int64_t pages = listing_count(listing, document, "total_pages", 0);
	char next[24];

	own->rows = 0;
	if (page <= 0 || (page >= pages && (capped == NULL || capped->type != JSON_TRUE || rows < PAGE_SIZE)))
		return 0;
	snprintf(next, sizeof(next), "%lld", (long long)(page + 1));
	return listing_page(listing, text_of(next), err);
}

/* ---- CSV */

enum {
	REQUEST_ID,
	PROVIDER,
	MODEL,
	API_KEY,
	TEAM,
	ORGANIZATION,
	STATUS,
	CACHE_HIT,
	START,
	END,
	FIRST,
	DURATION,
	PROMPT,
	COMPLETION,
	METADATA,
	COLUMNS
};

static const char *const names[COLUMNS] = { "request_id", "custom_llm_provider", "model", "api_key", "team_id",
	"organization_id", "status", "cache_hit", "startTime", "endTime", "completionStartTime", "request_duration_ms",
	"prompt_tokens", "completion_tokens", "metadata" };

static int header(void *ctx, struct table *table, struct err *err);
static int take_csv(void *ctx, struct table *table, struct err *err);

static const struct table_shape table_shape = { .names = names, .columns = COLUMNS, .header = header, .row = take_csv };

static int
header(void *ctx, struct table *table, struct err *err)
{
	static const int needed[] = { REQUEST_ID, START, PROMPT, COMPLETION };

	(void)ctx;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (table_needs(table, &table_shape, needed[i], err) != 0)
			return -1;
	return 0;
}

static int64_t
time_in(struct table *table, int column)
{
	return table->value[column].n == 0 ? 0 : table_time(table, column, names[column], false);
}

/* Metadata is JSON inside the field, which may be changed; what is no JSON tells nothing. */
static void
metadata_in(struct reading *own, struct table *table, struct spend *spend)
{
	struct text text = table->value[METADATA];
	struct listing listing = { .options = table->options, .sink = table->sink, .line = table->line };
	struct err why;
	const struct json *json;

	if (text.n < 2 || text.p[0] != '{')
		return;
	if ((json = json_parse(own->doc, (char *)(uintptr_t)text.p, text.n, &why)) == NULL)
		return;
	read_metadata(&listing, json, spend);
	table->refused = table->refused || listing.refused;
}

static int
take_csv(void *ctx, struct table *table, struct err *err)
{
	const struct text *value = table->value;
	struct spend spend = { .id = value[REQUEST_ID],
		.provider = value[PROVIDER],
		.model = value[MODEL],
		.key = value[API_KEY],
		.team = value[TEAM],
		.organization = value[ORGANIZATION],
		.status = value[STATUS],
		.cache_hit = value[CACHE_HIT] };
	struct usage_reading reading;
	struct err why;

	if (spend.id.n == 0)
		table_refuse(table, "request_id is empty");
	spend.start_us = table_time(table, START, names[START], false);
	spend.end_us = time_in(table, END);
	spend.first_us = time_in(table, FIRST);
	spend.duration_ms = table_count(table, DURATION, names[DURATION], NOT_REPORTED);
	spend.prompt = table_count(table, PROMPT, names[PROMPT], 0);
	spend.completion = table_count(table, COMPLETION, names[COMPLETION], 0);
	metadata_in(ctx, table, &spend);
	reading = reading_of(&spend, table->options);
	if (usage_check(&reading.usage, &why) != 0)
		table_refuse(table, "%s", why.text);
	table->told = 0; /* the table's times are UTC and do not say so */
	if (!table_taken(table))
		return 0;
	if (name_same(spend.cache_hit, "true"))
		row_warn(table->sink, table->line, "%s", from_cache);
	return table->sink->usage == NULL
		? 0
		: table->sink->usage(table->sink->ctx, (struct place){ .line = table->line }, &reading, err);
}

/* ---- which of the two */

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const char *const lists[] = { "data", NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_json, .around = around };
	struct reading own = { .doc = json_new() };
	struct peeked peeked;
	struct input again;
	char first;
	int status = -1;

	if (own.doc == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for JSON");
	else if (input_peek(&peeked, input, &again, &first, err) == 0)
		status = first == '{' || first == '[' || first == '\0'
			? listing_read(&again, options, sink, &shape, &own, err)
			: table_read(&again, options, sink, &table_shape, &own, err);
	json_free(own.doc);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "request_id", "startTime", "prompt_tokens", "completion_tokens" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(head, n, words[i], strlen(words[i])) == NULL) {
			*why_not = "there is no request_id with startTime, prompt_tokens and completion_tokens";
			return 0;
		}
	return 92;
}

/* ---- how it is asked */

static const struct pull_option options_of[] = {
	{ "api", "v2|v1", "v2",
		"v2 asks /spend/logs/v2 page by page; v1 asks /spend/logs, which answers a whole day at once, of an older proxy" },
	{ NULL, NULL, NULL, NULL },
};

static void
query_moment(struct pull_request *request, const char *name, int64_t at_us)
{
	char text[TIME_MAX];
	size_t n = time_print(text, sizeof(text), at_us);

	text[10] = ' ';
	pull_query(request, name, (struct text){ text, n - 1 });
}

/* Both ends of v1 are compared with midnight: the day of the end is not in it. */
static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	if (text_is(pull_option(ask, "api"), "v1")) {
		pull_begin(request, "/spend/logs");
		pull_query_date(request, "start_date", ask->from_us);
		pull_query_date(request, "end_date", ask->to_us + DAY_S * SECOND_US - 1);
		pull_query(request, "summarize", text_of("false"));
		return pull_ended(request, err);
	}
	pull_begin(request, "/spend/logs/v2");
	query_moment(request, "start_date", ask->from_us);
	query_moment(request, "end_date", ask->to_us);
	pull_query(request, "page", ask->page.n > 0 ? ask->page : text_of("1"));
	pull_query_whole(request, "page_size", PAGE_SIZE);
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_EVENTS,
	.key = { .variable = "LITELLM_MASTER_KEY",
		.header = "Authorization",
		.scheme = "Bearer ",
		.about = "the proxy's master key or one of an administrator" },
	.interval_s = 300,
	.interval_least_s = 30,
	.trailing_s = 2 * HOUR_S,
	.window_max_s = DAY_S,
	.align_s = HOUR_S,
	.options = options_of,
	.request = request,
};

const struct collector collector_litellm_spend = {
	.name = "litellm-spend",
	.title = "spend logs of a LiteLLM proxy: JSON pages, JSON lines or CSV, one row a call",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
	.files = &files_rows,
};
