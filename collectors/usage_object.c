#include "collectors/usage_object.h"

#include <inttypes.h>
#include <stdio.h>

#include "collectors/json.h"
#include "models/price/provider.h"
#include "models/units/err.h"

const char *const usage_api_names[USAGE_APIS] = {
	"openai-chat",
	"openai-responses",
	"openai-embeddings",
	"anthropic",
	"gemini",
	"bedrock",
	"ollama",
};

#define PART(quantities, item) ((quantities)->parts[(item)-USAGE_CLASSES])

struct reader_of {
	const struct json *usage;
	const struct usage_about *about;
	struct usage_object *object;
	struct err *err;
	bool bad; /* err has been set */
};

int
json_count(const struct json *json, const char *name, int64_t *count, struct err *err)
{
	bool rounded = false;
	int cut = json->text.n > 40 ? 40 : (int)json->text.n;

	if (json->type != JSON_NUMBER)
		return err_set(err, ERR_INPUT, "%s is %s%s%.*s%s, not a whole number", name, json_type_name(json),
			json->type == JSON_STRING ? " '" : "", json->type == JSON_STRING ? cut : 0,
			json->type == JSON_STRING ? json->text.p : "", json->type == JSON_STRING ? "'" : "");
	if (decimal_parse(json->text.p, json->text.n, 0, count, &rounded, NULL) != 0)
		return err_set(err, ERR_INPUT, "%s is out of range: %.*s", name, cut, json->text.p);
	if (rounded)
		return err_set(err, ERR_INPUT, "%s is not a whole number: %.*s", name, cut, json->text.p);
	if (*count < 0)
		return err_set(err, ERR_INPUT, "%s is negative: %.*s", name, cut, json->text.p);
	if (*count > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "%s is above 2^53: %.*s", name, cut, json->text.p);
	return 0;
}

int
usage_classes_read(const struct json *event, struct usage *usage, struct err *err)
{
	int found = 0;

	*usage = (struct usage){ { 0 } };
	for (int i = 0; i < USAGE_CLASSES; i++) {
		const struct json *json = json_value(event, usage_class_names[i]);

		if (json == NULL)
			continue;
		found = 1;
		if (json_count(json, usage_class_names[i], &usage->tokens[i], err) != 0)
			return -1;
	}
	return usage_check(usage, err) == 0 ? found : -1;
}

/* ---- members by path: "prompt_tokens_details.cached_tokens" */

static const struct json *
member(const struct json *json, const char *path)
{
	while (json != NULL) {
		const char *dot = strchr(path, '.');
		char name[64];

		if (dot == NULL)
			return json_value(json, path);
		snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
		json = json_value(json, name);
		path = dot + 1;
	}
	return NULL;
}

static void
refuse_missing(struct reader_of *reader, const char *path)
{
	if (!reader->bad)
		err_set(reader->err, ERR_INPUT, "usage.%s is missing", path);
	reader->bad = true;
}

/* The count at the path; 0 where it was not reported. After a refusal everything is 0. */
static int64_t
count(struct reader_of *reader, const char *path)
{
	const struct json *json = member(reader->usage, path);
	char name[160];
	int64_t value = 0;

	if (reader->bad || json == NULL)
		return 0;
	snprintf(name, sizeof name, "usage.%s", path);
	if (json_count(json, name, &value, reader->err) != 0) {
		reader->bad = true;
		return 0;
	}
	return value;
}

static int64_t
required(struct reader_of *reader, const char *path)
{
	if (member(reader->usage, path) == NULL)
		refuse_missing(reader, path);
	return count(reader, path);
}

/* The first of two paths that is there. */
static int64_t
either(struct reader_of *reader, const char *path, const char *other)
{
	return member(reader->usage, path) != NULL ? count(reader, path) : count(reader, other);
}

static void
check_inside(struct reader_of *reader, const char *part, int64_t n, const char *total, int64_t of)
{
	if (reader->bad || n <= of)
		return;
	reader->bad = true;
	err_set(reader->err, ERR_INPUT, "usage.%s is %" PRId64 ", more than its total usage.%s: %" PRId64, part, n,
		total, of);
}

static int64_t
least_zero(int64_t n)
{
	return n > 0 ? n : 0;
}

/*
 * Split what is known of one modality over input and cache: `read` of it came from the cache, and where
 * that was not reported, what does not fit into the uncached input must have.
 */
static void
put_input_part(struct quantities *quantities, int modality, int64_t all, int64_t read)
{
	int64_t used = 0, room;

	for (int i = 0; i < 3; i++)
		used += quantities->parts[i];
	room = least_zero(quantities->usage.tokens[IN_UNCACHED] - used);
	if (all - read > room)
		read = all - room;
	quantities->parts[modality] = least_zero(all - read);
	quantities->parts[PRICE_READ_AUDIO - USAGE_CLASSES + modality] = read;
}

/* ---- OpenAI and all who speak like it */

static bool
is_provider(const struct reader_of *reader, const char *name)
{
	return provider_same(reader->about->provider, text_of(name));
}

static void
put_openai_input(struct reader_of *reader, int64_t all, int64_t cached, int64_t written)
{
	int64_t *tokens = reader->object->quantities.usage.tokens;

	if (is_provider(reader, "azure"))
		written = 0; /* charges no writes apart: they are plain input */
	tokens[IN_CACHE_READ] = cached;
	tokens[IN_CACHE_WRITE_5M] = written;
	/* written tokens are reported unadjusted and may overlap: what is left is never below nothing */
	tokens[IN_UNCACHED] = least_zero(all - cached - written);
}

static void
read_openai_chat(struct reader_of *reader)
{
	struct quantities *quantities = &reader->object->quantities;
	int64_t *tokens = quantities->usage.tokens;
	bool outside = is_provider(reader, "x-ai") ||
		(is_provider(reader, "perplexity") && member(reader->usage, "reasoning_tokens") != NULL);
	int64_t prompt = required(reader, "prompt_tokens"), completion = required(reader, "completion_tokens");
	int64_t reasoning = either(reader, "completion_tokens_details.reasoning_tokens", "reasoning_tokens");
	int64_t citation = is_provider(reader, "perplexity") ? count(reader, "citation_tokens") : 0;
	const char *cached_paths[] = { "prompt_tokens_details.cached_tokens", "prompt_cache_hit_tokens",
		"cached_tokens", "cached_prompt_text_tokens" };
	int i = 0;

	while (i < 3 && member(reader->usage, cached_paths[i]) == NULL)
		i++;
	put_openai_input(reader, prompt, count(reader, cached_paths[i]),
		count(reader, "prompt_tokens_details.cache_write_tokens"));
	check_inside(reader, cached_paths[i], tokens[IN_CACHE_READ], "prompt_tokens", prompt);
	if (!outside)
		check_inside(reader, "completion_tokens_details.reasoning_tokens", reasoning, "completion_tokens",
			completion);
	tokens[OUT_REASONING] = reasoning;
	tokens[OUT_VISIBLE] = outside ? completion + citation : completion - reasoning;
	PART(quantities, PRICE_OUT_CITATION) = citation;
	put_input_part(quantities, 0, count(reader, "prompt_tokens_details.audio_tokens"), 0);
	put_input_part(quantities, 1, count(reader, "prompt_tokens_details.image_tokens"), 0);
	put_input_part(quantities, 2, count(reader, "prompt_tokens_details.video_tokens"), 0);
	PART(quantities, PRICE_OUT_AUDIO) = count(reader, "completion_tokens_details.audio_tokens");
	PART(quantities, PRICE_OUT_IMAGE) = count(reader, "completion_tokens_details.image_tokens");
	quantities->web_searches = is_provider(reader, "perplexity") ? count(reader, "num_search_queries") : 0;
}

/* The realtime interface says input_token_details where the rest says input_tokens_details. */
static int64_t
detail(struct reader_of *reader, const char *side, const char *path)
{
	char plural[96], singular[96];

	snprintf(plural, sizeof plural, "%s_tokens_details.%s", side, path);
	snprintf(singular, sizeof singular, "%s_token_details.%s", side, path);
	return either(reader, plural, singular);
}

static void
read_openai_responses(struct reader_of *reader)
{
	struct quantities *quantities = &reader->object->quantities;
	int64_t *tokens = quantities->usage.tokens;
	int64_t input = required(reader, "input_tokens"), output = required(reader, "output_tokens");
	int64_t reasoning = detail(reader, "output", "reasoning_tokens");

	put_openai_input(
		reader, input, detail(reader, "input", "cached_tokens"), detail(reader, "input", "cache_write_tokens"));
	check_inside(reader, "input_tokens_details.cached_tokens", tokens[IN_CACHE_READ], "input_tokens", input);
	check_inside(reader, "output_tokens_details.reasoning_tokens", reasoning, "output_tokens", output);
	tokens[OUT_REASONING] = reasoning;
	tokens[OUT_VISIBLE] = output - reasoning;
	put_input_part(quantities, 0, detail(reader, "input", "audio_tokens"),
		detail(reader, "input", "cached_tokens_details.audio_tokens"));
	put_input_part(quantities, 1, detail(reader, "input", "image_tokens"),
		detail(reader, "input", "cached_tokens_details.image_tokens"));
	PART(quantities, PRICE_OUT_AUDIO) = detail(reader, "output", "audio_tokens");
	PART(quantities, PRICE_OUT_IMAGE) = detail(reader, "output", "image_tokens");
}

static void
read_openai_embeddings(struct reader_of *reader)
{
	reader->object->quantities.usage.tokens[IN_UNCACHED] = required(reader, "prompt_tokens");
}

/* Cohere reports what it bills beside what it counted. */
static void
read_cohere(struct reader_of *reader)
{
	int64_t *tokens = reader->object->quantities.usage.tokens;
	bool billed = member(reader->usage, "billed_units") != NULL;
	int64_t input = count(reader, billed ? "billed_units.input_tokens" : "tokens.input_tokens");

	tokens[IN_CACHE_READ] = billed ? 0 : count(reader, "cached_tokens");
	check_inside(reader, "cached_tokens", tokens[IN_CACHE_READ], "tokens.input_tokens", input);
	tokens[IN_UNCACHED] = input - tokens[IN_CACHE_READ];
	tokens[OUT_VISIBLE] = count(reader, billed ? "billed_units.output_tokens" : "tokens.output_tokens");
}

/* ---- Anthropic */

/*
 * The counts of one object into one set of classes. Writes by life where they are told apart; the flat figure
 * is their sum, and what it has more is of the default life.
 */
static void
read_anthropic_counts(struct reader_of *reader, struct quantities *quantities)
{
	int64_t *tokens = quantities->usage.tokens;
	int64_t five = count(reader, "cache_creation.ephemeral_5m_input_tokens");
	int64_t hour = count(reader, "cache_creation.ephemeral_1h_input_tokens");
	int64_t flat = count(reader, "cache_creation_input_tokens");
	int64_t output = count(reader, "output_tokens");
	int64_t thinking = count(reader, "output_tokens_details.thinking_tokens");

	check_inside(reader, "output_tokens_details.thinking_tokens", thinking, "output_tokens", output);
	tokens[IN_UNCACHED] += count(reader, "input_tokens");
	tokens[IN_CACHE_READ] += count(reader, "cache_read_input_tokens");
	tokens[IN_CACHE_WRITE_5M] += flat > five + hour ? flat - hour : five;
	tokens[IN_CACHE_WRITE_1H] += hour;
	tokens[OUT_REASONING] += thinking;
	tokens[OUT_VISIBLE] += output - thinking;
}

static void
read_anthropic(struct reader_of *reader)
{
	struct usage_object *object = reader->object;
	const struct json *whole = reader->usage, *steps = json_value(whole, "iterations");

	required(reader, "input_tokens");
	required(reader, "output_tokens");
	read_anthropic_counts(reader, &object->quantities);
	object->quantities.web_searches = count(reader, "server_tool_use.web_search_requests");
	for (const struct json *step = steps == NULL ? NULL : steps->first; step != NULL; step = step->next) {
		if (!text_is(json_text(step, "type"), "compaction"))
			continue;
		object->has_steps = true;
		reader->usage = step;
		read_anthropic_counts(reader, &object->steps);
		reader->usage = whole;
	}
	object->service_tier = json_text(whole, "service_tier");
	object->tier_hinted = true;
	if (text_is(json_text(whole, "speed"), "fast")) {
		object->service_tier = text_of("fast");
		object->tier_hinted = false; /* several times dearer: never priced as standard */
	}
}

/* ---- Gemini */

/* Tokens of a modality in one of the lists; documents are counted as images. */
static int64_t
modality(struct reader_of *reader, const char *list, const char *name)
{
	const struct json *items = json_value(reader->usage, list);
	int64_t sum = 0;

	for (const struct json *item = items == NULL ? NULL : items->first; item != NULL && !reader->bad;
		item = item->next) {
		struct text said = json_text(item, "modality");
		const struct json *tokens = json_value(item, "tokenCount");
		char path[96];
		int64_t n = 0;

		if (tokens == NULL ||
			(!text_is(said, name) && !(text_is(said, "DOCUMENT") && strcmp(name, "IMAGE") == 0)))
			continue;
		snprintf(path, sizeof path, "usage.%s.%s", list, name);
		reader->bad = json_count(tokens, path, &n, reader->err) != 0;
		sum += n;
	}
	return sum;
}

static void
read_gemini_tier(struct reader_of *reader)
{
	static const struct {
		const char *traffic, *tier;
	} tiers[] = { { "ON_DEMAND_PRIORITY", "priority" }, { "ON_DEMAND_FLEX", "flex" },
		{ "PROVISIONED_THROUGHPUT", "provisioned" } };
	struct text traffic = json_text(reader->usage, "trafficType");

	reader->object->tier_hinted = true;
	reader->object->service_tier = json_text(reader->usage, "serviceTier");
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (text_is(traffic, tiers[i].traffic))
			reader->object->service_tier = text_of(tiers[i].tier);
}

static void
read_gemini(struct reader_of *reader)
{
	static const char *const names[] = { "AUDIO", "IMAGE", "VIDEO" };
	struct quantities *quantities = &reader->object->quantities;
	int64_t *tokens = quantities->usage.tokens;
	int64_t prompt = count(reader, "promptTokenCount"), tool = count(reader, "toolUsePromptTokenCount");
	int64_t cached = count(reader, "cachedContentTokenCount");
	int64_t candidates = either(reader, "candidatesTokenCount", "responseTokenCount");

	if (member(reader->usage, "promptTokenCount") == NULL && member(reader->usage, "totalTokenCount") == NULL &&
		member(reader->usage, "candidatesTokenCount") == NULL &&
		member(reader->usage, "responseTokenCount") == NULL)
		refuse_missing(reader, "promptTokenCount");
	check_inside(reader, "cachedContentTokenCount", cached, "promptTokenCount", prompt + tool);
	tokens[IN_CACHE_READ] = cached;
	tokens[IN_UNCACHED] = prompt + tool - cached;
	tokens[OUT_VISIBLE] = candidates;
	tokens[OUT_REASONING] = count(reader, "thoughtsTokenCount");
	for (int i = 0; i < 3; i++) {
		put_input_part(quantities, i,
			modality(reader, "promptTokensDetails", names[i]) +
				modality(reader, "toolUsePromptTokensDetails", names[i]),
			modality(reader, "cacheTokensDetails", names[i]));
		quantities->parts[PRICE_OUT_AUDIO - USAGE_CLASSES + i] =
			modality(reader, "candidatesTokensDetails", names[i]) +
			modality(reader, "responseTokensDetails", names[i]);
	}
	read_gemini_tier(reader);
}

/* ---- Bedrock */

static void
read_bedrock(struct reader_of *reader)
{
	int64_t *tokens = reader->object->quantities.usage.tokens;
	const struct json *details = json_value(reader->usage, "cacheDetails");
	int64_t hour = 0;

	tokens[IN_UNCACHED] = required(reader, "inputTokens");
	tokens[IN_CACHE_READ] = count(reader, "cacheReadInputTokens");
	tokens[IN_CACHE_WRITE_5M] = count(reader, "cacheWriteInputTokens");
	tokens[OUT_VISIBLE] = required(reader, "outputTokens");
	for (const struct json *item = details == NULL ? NULL : details->first; item != NULL && !reader->bad;
		item = item->next) {
		const struct json *written = json_value(item, "inputTokens");
		int64_t n = 0;

		if (written == NULL || !text_is(json_text(item, "ttl"), "1h"))
			continue;
		reader->bad = json_count(written, "usage.cacheDetails.inputTokens", &n, reader->err) != 0;
		hour += n;
	}
	check_inside(reader, "cacheDetails", hour, "cacheWriteInputTokens", tokens[IN_CACHE_WRITE_5M]);
	tokens[IN_CACHE_WRITE_1H] = hour;
	tokens[IN_CACHE_WRITE_5M] -= hour;
}

/* ---- Ollama */

/* Nanoseconds as whole milliseconds, or -1 where they are not there. */
static int64_t
milliseconds(struct reader_of *reader, const char *path)
{
	return member(reader->usage, path) == NULL ? -1 : (count(reader, path) + 500000) / 1000000;
}

/*
 * The reply's last object, of /api/generate and /api/chat. Where prompt_eval_count is missing the prompt came from the
 * cache and its length is not known: that is no prompt of 0 tokens.
 */
static void
read_ollama(struct reader_of *reader)
{
	struct usage_object *object = reader->object;
	int64_t load = milliseconds(reader, "load_duration"), prompt = milliseconds(reader, "prompt_eval_duration");

	object->quantities.usage.tokens[IN_UNCACHED] = required(reader, "prompt_eval_count");
	object->quantities.usage.tokens[OUT_VISIBLE] = count(reader, "eval_count");
	object->latency_ms = milliseconds(reader, "total_duration");
	object->ttft_ms = prompt < 0 ? -1 : prompt + (load < 0 ? 0 : load);
}

/* ---- which of them */

static bool
has(const struct json *usage, const char *path)
{
	return member(usage, path) != NULL;
}

static int
usual_api(const struct usage_about *about)
{
	if (provider_same(about->provider, text_of("anthropic")) || provider_same(about->provider, text_of("minimax")))
		return API_ANTHROPIC;
	if (provider_same(about->provider, text_of("google")))
		return API_GEMINI;
	if (provider_same(about->provider, text_of("ollama")))
		return API_OLLAMA;
	return provider_same(about->provider, text_of("aws")) ? API_BEDROCK : API_OPENAI_CHAT;
}

/*
 * Of prompt_tokens alone: an embedding says that they are all there is, or its model's name does. A chat whose completion
 * was not reported is no chat without one.
 */
static bool
is_embedding(const struct json *usage, const struct usage_about *about)
{
	const struct json *prompt = member(usage, "prompt_tokens"), *total = member(usage, "total_tokens");
	int64_t all, input;

	if (prompt != NULL && total != NULL)
		return json_count(prompt, "prompt_tokens", &input, NULL) == 0 &&
			json_count(total, "total_tokens", &all, NULL) == 0 && all == input;
	return about->model.n > 0 && memmem(about->model.p, about->model.n, "embed", 5) != NULL;
}

/* Nobody said: the provider's usual one where the object has its shape, else the one whose shape it has. */
static int
guess_api(const struct json *usage, const struct usage_about *about)
{
	int usual = usual_api(about);

	if (has(usage, "promptTokenCount") || has(usage, "candidatesTokenCount") || has(usage, "totalTokenCount"))
		return API_GEMINI;
	if (has(usage, "inputTokens") || has(usage, "outputTokens"))
		return API_BEDROCK;
	if (has(usage, "prompt_eval_count") || has(usage, "eval_count"))
		return API_OLLAMA;
	if (has(usage, "prompt_tokens") || has(usage, "completion_tokens"))
		return !has(usage, "completion_tokens") && is_embedding(usage, about) ? API_OPENAI_EMBEDDINGS
										      : API_OPENAI_CHAT;
	if (!has(usage, "input_tokens") && !has(usage, "output_tokens"))
		return usual;
	if (has(usage, "input_tokens_details") || has(usage, "input_token_details"))
		return API_OPENAI_RESPONSES;
	if (usual == API_ANTHROPIC || has(usage, "cache_creation_input_tokens") ||
		has(usage, "cache_read_input_tokens") || text_is(provider_of_model(about->model), "anthropic"))
		return API_ANTHROPIC;
	return API_OPENAI_RESPONSES;
}

static int
choose_api(const struct json *usage, const struct usage_about *about, struct err *err)
{
	if (about->api.n == 0)
		return guess_api(usage, about);
	for (int i = 0; i < USAGE_APIS; i++)
		if (text_is(about->api, usage_api_names[i]))
			return i;
	return err_set(err, ERR_INPUT,
		"api is '%.*s', not one of openai-chat, openai-responses, openai-embeddings, anthropic, gemini, bedrock, "
		"ollama",
		about->api.n > 40 ? 40 : (int)about->api.n, about->api.p);
}

int
usage_object_read(
	const struct json *usage, const struct usage_about *about, struct usage_object *object, struct err *err)
{
	static void (*const readers[USAGE_APIS])(struct reader_of *) = {
		[API_OPENAI_CHAT] = read_openai_chat,
		[API_OPENAI_RESPONSES] = read_openai_responses,
		[API_OPENAI_EMBEDDINGS] = read_openai_embeddings,
		[API_ANTHROPIC] = read_anthropic,
		[API_GEMINI] = read_gemini,
		[API_BEDROCK] = read_bedrock,
		[API_OLLAMA] = read_ollama,
	};
	/* somebody may hand over the reply that holds the object */
	static const char *const wraps[] = { "response", "usage", "usageMetadata", "meta" };
	struct reader_of reader = { .usage = usage, .about = about, .object = object, .err = err };
	const struct json *twice;
	int api;

	*object = (struct usage_object){ .quantities.requests = 1, .latency_ms = -1, .ttft_ms = -1 };
	for (size_t i = 0; i < sizeof wraps / sizeof wraps[0]; i++)
		if (json_value(reader.usage, wraps[i]) != NULL)
			reader.usage = usage = json_value(reader.usage, wraps[i]);
	if (usage == NULL || usage->type != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "usage is %s, not an object", json_type_name(usage));
	twice = json_twice(usage);
	if (twice != NULL)
		return err_set(err, ERR_INPUT, "usage.%.*s is given twice", (int)twice->key.n, twice->key.p);
	api = choose_api(usage, about, err);
	if (api < 0)
		return -1;
	if (has(usage, "billed_units") || (has(usage, "tokens.input_tokens") && !has(usage, "prompt_tokens")))
		read_cohere(&reader);
	else
		readers[api](&reader);
	if (reader.bad)
		return -1;
	if (quantities_check(&object->quantities, err) != 0 || quantities_check(&object->steps, err) != 0)
		return err_in(err, "usage");
	return 0;
}

struct quantities
usage_object_total(const struct usage_object *object)
{
	struct quantities total = object->quantities;

	for (int i = 0; object->has_steps && i < USAGE_CLASSES; i++)
		total.usage.tokens[i] += object->steps.usage.tokens[i];
	return total;
}
