/*
 * otlp_meaning: which items of OTLP are usage.
 *
 *   gen_ai.client.token.usage                histogram; its sum, by gen_ai.token.type input or output
 *   gen_ai.client.inference.usage.*          counters; cache and reasoning tokens are subsets of the totals
 *   spans with gen_ai.usage.*                of inference: those of agents and tools repeat what they call
 *   claude_code.token.usage                  counter; type input, output, cacheRead, cacheCreation, all disjoint
 *   claude_code.api_request                  log event of one call
 *
 * In the GenAI conventions input includes cached tokens and output includes reasoning. Where a span's cache counts
 * are larger than its input they cannot lie inside it, and are taken as standing beside it, as Anthropic reports.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/otlp.h"
#include "models/price/reading.h"
#include "models/units/err.h"
#include "models/units/money.h"

const char *const otlp_family_names[OTLP_FAMILIES] = {
	[OTLP_GENAI_COUNTERS] = "gen_ai.client.inference.usage",
	[OTLP_GENAI_HISTOGRAM] = "gen_ai.client.token.usage",
	[OTLP_GENAI_SPANS] = "GenAI spans",
	[OTLP_CLAUDE_EVENTS] = "claude_code.api_request",
	[OTLP_CLAUDE_METRIC] = "claude_code.token.usage",
};

int
otlp_rank(enum otlp_family family)
{
	return family == OTLP_GENAI_COUNTERS ? 3 : family == OTLP_GENAI_HISTOGRAM ? 2 : 1;
}

/* ---- attributes */

const struct otlp_value *
otlp_find(const struct otlp_attributes *attributes, const char *key)
{
	for (size_t i = 0; i < attributes->n; i++)
		if (text_is(attributes->list[i].key, key))
			return &attributes->list[i].value;
	return NULL;
}

struct text
otlp_text(const struct otlp_attributes *attributes, const char *key)
{
	const struct otlp_value *value = otlp_find(attributes, key);

	return value == NULL || value->type != OTLP_TEXT ? (struct text){ NULL, 0 } : value->text;
}

static int
order(const void *a, const void *b)
{
	const struct otlp_attribute *x = a, *y = b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int sign = n == 0 ? 0 : memcmp(x->key.p, y->key.p, n);

	if (sign != 0 || x->key.n != y->key.n)
		return sign != 0 ? sign : x->key.n < y->key.n ? -1 : 1;
	if (x->value.type != y->value.type)
		return x->value.type < y->value.type ? -1 : 1;
	if (x->value.whole != y->value.whole)
		return x->value.whole < y->value.whole ? -1 : 1;
	n = x->value.text.n < y->value.text.n ? x->value.text.n : y->value.text.n;
	sign = n == 0 ? 0 : memcmp(x->value.text.p, y->value.text.p, n);
	return sign != 0 ? sign : (x->value.text.n > y->value.text.n) - (x->value.text.n < y->value.text.n);
}

void
otlp_sort(struct otlp_attributes *attributes)
{
	if (attributes->n > 1)
		qsort(attributes->list, attributes->n, sizeof(attributes->list[0]), order);
}

/* The first of the names that is there with a text; names end with NULL. */
static struct text
first_text(const struct otlp_attributes *attributes, const char *const names[])
{
	struct text found = { NULL, 0 };

	for (int i = 0; names[i] != NULL && found.n == 0; i++)
		found = otlp_text(attributes, names[i]);
	return found;
}

/* A count that is there: 1 with *tokens, 0 none, -1 with *err. Counts may come as texts. */
static int
read_count(const struct otlp_attributes *attributes, const char *name, int64_t *tokens, struct err *err)
{
	const struct otlp_value *value = otlp_find(attributes, name);
	bool rounded = false;
	char shown[TEXT_SHOWN];

	*tokens = 0;
	if (value == NULL || value->type == OTLP_NOTHING || (value->type == OTLP_TEXT && value->text.n == 0))
		return 0;
	if (value->type == OTLP_WHOLE)
		*tokens = value->whole;
	else if (value->type != OTLP_TEXT ||
		decimal_parse(value->text.p, value->text.n, 0, tokens, &rounded, NULL) != 0 || rounded)
		return err_set(err, ERR_INPUT, "%s is no whole number: '%s'", name,
			text_shown(value->text, shown, sizeof(shown)));
	if (*tokens < 0 || *tokens > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "%s is %s: %lld", name, *tokens < 0 ? "negative" : "above 2^53",
			(long long)*tokens);
	return 1;
}

/* The first of the names that is there; as read_count. */
static int
first_count(const struct otlp_attributes *attributes, const char *const names[], int64_t *tokens, struct err *err)
{
	int found = 0;

	*tokens = 0;
	for (int i = 0; names[i] != NULL && found == 0; i++)
		found = read_count(attributes, names[i], tokens, err);
	return found;
}

/* ---- the GenAI conventions */

static const char *const provider_names[] = { "gen_ai.provider.name", "gen_ai.system", NULL };
static const char *const model_names[] = { "gen_ai.response.model", "gen_ai.request.model", NULL };
static const char *const asked_names[] = { "gen_ai.request.model", "gen_ai.response.model", NULL };
static const char *const tier_names[] = { "openai.response.service_tier", "gen_ai.openai.response.service_tier", NULL };

static void
read_names(const struct otlp_item *item, struct otlp_meaning *meaning)
{
	meaning->provider = first_text(&item->attributes, provider_names);
	meaning->model = first_text(&item->attributes, model_names);
	meaning->origin_model = first_text(&item->attributes, asked_names);
	meaning->service_tier = first_text(&item->attributes, tier_names);
	meaning->workload = otlp_text(item->resource, "service.name");
	meaning->project = otlp_text(item->resource, "service.namespace");
	if (text_is(meaning->service_tier, "auto"))
		meaning->service_tier = (struct text){ NULL, 0 }; /* what was asked for, not what was given */
	/* What an SDK calls a program that was given no name. */
	if (meaning->workload.n >= 15 && memcmp(meaning->workload.p, "unknown_service", 15) == 0)
		meaning->workload = (struct text){ NULL, 0 };
}

static enum otlp_verdict
refuse(struct err *err, const char *name, const char *why)
{
	err_set(err, ERR_INPUT, "%s: %s", name, why);
	return OTLP_REFUSED;
}

/* What every token point must be. */
static enum otlp_verdict
check_point(const struct otlp_item *item, enum otlp_kind wanted, const char *name, struct err *err)
{
	if (item->no_value)
		return OTLP_NOT_USAGE;
	if (item->kind != wanted)
		return refuse(err, name,
			wanted == OTLP_HISTOGRAM ? "a histogram is needed, of which the sum counts"
						 : "a sum is needed");
	if (item->temporality == OTLP_UNSPECIFIED)
		return refuse(err, name, "the aggregation temporality is neither delta (1) nor cumulative (2)");
	if (item->time_ns == 0)
		return refuse(err, name, "the point has no timeUnixNano");
	if (item->start_ns > item->time_ns)
		return refuse(err, name, "the point ends before it begins");
	if (!item->value.given)
		return refuse(
			err, name, item->kind == OTLP_HISTOGRAM ? "the point has no sum" : "the point has no value");
	if (!item->value.is_whole || item->value.whole < 0)
		return refuse(err, name, "the count is no whole number from 0 to 2^53");
	return OTLP_USAGE;
}

static enum otlp_verdict
read_histogram(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	const char *name = otlp_family_names[OTLP_GENAI_HISTOGRAM];
	struct text type = otlp_text(&item->attributes, "gen_ai.token.type");
	enum otlp_verdict verdict = check_point(item, OTLP_HISTOGRAM, name, err);
	char shown[TEXT_SHOWN];

	if (verdict != OTLP_USAGE)
		return verdict;
	meaning->family = OTLP_GENAI_HISTOGRAM;
	read_names(item, meaning);
	if (text_is(type, "input") || text_is(type, "prompt")) {
		meaning->role = OTLP_INPUT;
	} else if (text_is(type, "output") || text_is(type, "completion")) {
		meaning->role = OTLP_OUTPUT;
	} else {
		err_set(err, ERR_INPUT, "%s: gen_ai.token.type '%s' is neither input nor output", name,
			text_shown(type, shown, sizeof(shown)));
		return OTLP_REFUSED;
	}
	if (item->count.given && (!item->count.is_whole || item->count.whole < 0))
		return refuse(err, name, "its number of calls is above 2^53");
	return OTLP_USAGE;
}

static const char counters[] = "gen_ai.client.inference.usage.";

static enum otlp_verdict
read_counter(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	static const struct {
		const char *name;
		enum otlp_role role;
	} roles[] = { { "input_tokens", OTLP_INPUT }, { "output_tokens", OTLP_OUTPUT },
		{ "cache_read.input_tokens", OTLP_READ_IN }, { "cache_write.input_tokens", OTLP_WRITE_IN },
		{ "cache_creation.input_tokens", OTLP_WRITE_IN }, { "reasoning.output_tokens", OTLP_REASONING_IN } };
	const size_t n = sizeof(counters) - 1;
	struct text rest = { item->name.p + n, item->name.n - n };
	struct text modality = otlp_text(&item->attributes, "gen_ai.token.modality");
	enum otlp_verdict verdict;
	size_t i = 0;

	while (i < sizeof(roles) / sizeof(roles[0]) && !text_is(rest, roles[i].name))
		i++;
	if (i == sizeof(roles) / sizeof(roles[0]))
		return OTLP_NOT_USAGE; /* a later revision's: nothing is known of what it lies in */
	verdict = check_point(item, OTLP_SUM, otlp_family_names[OTLP_GENAI_COUNTERS], err);
	if (verdict != OTLP_USAGE)
		return verdict;
	meaning->family = OTLP_GENAI_COUNTERS;
	meaning->role = roles[i].role;
	meaning->with_subsets = true;
	meaning->modality = text_is(modality, "audio") ? OTLP_AUDIO
		: text_is(modality, "image")           ? OTLP_IMAGE
						       : OTLP_ANY;
	read_names(item, meaning);
	return OTLP_USAGE;
}

/* Spans that stand for what they call, and would repeat its tokens. */
static bool
is_around_calls(struct text operation)
{
	static const char *const names[] = { "invoke_agent", "create_agent", "execute_tool", "invoke_workflow",
		"workflow", "agent", "task", "tool", "plan", "chain" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_is(operation, names[i]))
			return true;
	return false;
}

static enum otlp_verdict
read_span_usage(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	static const char *const input_names[] = { "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", NULL };
	static const char *const output_names[] = { "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
		NULL };
	static const char *const read_in[] = { "gen_ai.usage.cache_read.input_tokens",
		"gen_ai.usage.cache_read_input_tokens", NULL };
	static const char *const write_in[] = { "gen_ai.usage.cache_write.input_tokens",
		"gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", NULL };
	static const char *const reasoning_in[] = { "gen_ai.usage.reasoning.output_tokens",
		"gen_ai.usage.reasoning_tokens", NULL };
	int64_t *tokens = meaning->usage.tokens, input, output, reading, writing, reasoning;
	int has_input = first_count(&item->attributes, input_names, &input, err);
	int has_output = has_input < 0 ? -1 : first_count(&item->attributes, output_names, &output, err);

	if (has_output < 0 || first_count(&item->attributes, read_in, &reading, err) < 0 ||
		first_count(&item->attributes, write_in, &writing, err) < 0 ||
		first_count(&item->attributes, reasoning_in, &reasoning, err) < 0)
		return OTLP_REFUSED;
	if (has_input == 0 && has_output == 0)
		return OTLP_NOT_USAGE;
	if (reasoning > output)
		return refuse(err, "span", "there are more reasoning tokens than output tokens, which include them");
	meaning->has_usage = true;
	tokens[IN_UNCACHED] = reading + writing > input ? input : input - reading - writing;
	tokens[IN_CACHE_READ] = reading;
	tokens[IN_CACHE_WRITE_5M] = writing;
	tokens[OUT_VISIBLE] = output - reasoning;
	tokens[OUT_REASONING] = reasoning;
	return usage_check(&meaning->usage, err) == 0 ? OTLP_USAGE : OTLP_REFUSED;
}

static enum otlp_verdict
read_span(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	enum otlp_verdict verdict;

	if (is_around_calls(otlp_text(&item->attributes, "gen_ai.operation.name")))
		return OTLP_NOT_USAGE;
	if ((verdict = read_span_usage(item, meaning, err)) != OTLP_USAGE)
		return verdict;
	if (item->trace[0] == '\0' || item->span[0] == '\0' || item->time_ns == 0)
		return refuse(err, "span", "it lacks a trace id, a span id or an end");
	meaning->family = OTLP_GENAI_SPANS;
	meaning->is_call = true;
	read_names(item, meaning);
	meaning->call_id = text_of(item->span);
	meaning->latency_ms = item->start_ns > 0 && item->start_ns <= item->time_ns
		? (int64_t)((item->time_ns - item->start_ns + 500000) / 1000000)
		: NOT_REPORTED;
	return OTLP_USAGE;
}

/* ---- Claude Code */

static void
read_claude_names(const struct otlp_item *item, struct otlp_meaning *meaning)
{
	static const char *const keys[] = { "user.account_uuid", "user.id", NULL };

	meaning->provider = text_of("anthropic");
	meaning->model = meaning->origin_model = otlp_text(&item->attributes, "model");
	meaning->workload = otlp_text(item->resource, "service.name");
	if (meaning->workload.n == 0)
		meaning->workload = text_of("claude-code");
	meaning->account = otlp_text(&item->attributes, "organization.id");
	meaning->key = first_text(&item->attributes, keys);
	if (text_is(otlp_text(&item->attributes, "speed"), "fast"))
		meaning->service_tier = text_of("fast");
}

static enum otlp_verdict
read_claude_point(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	static const struct {
		const char *type;
		enum otlp_role role;
	} roles[] = { { "input", OTLP_INPUT }, { "output", OTLP_OUTPUT }, { "cacheRead", OTLP_CACHE_READ },
		{ "cacheCreation", OTLP_CACHE_WRITE } };
	const char *name = otlp_family_names[OTLP_CLAUDE_METRIC];
	struct text type = otlp_text(&item->attributes, "type");
	enum otlp_verdict verdict = check_point(item, OTLP_SUM, name, err);
	char shown[TEXT_SHOWN];

	if (verdict != OTLP_USAGE)
		return verdict;
	meaning->family = OTLP_CLAUDE_METRIC;
	read_claude_names(item, meaning);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (text_is(type, roles[i].type)) {
			meaning->role = roles[i].role;
			return OTLP_USAGE;
		}
	err_set(err, ERR_INPUT, "%s: type '%s' is none of input, output, cacheRead, cacheCreation", name,
		text_shown(type, shown, sizeof(shown)));
	return OTLP_REFUSED;
}

static enum otlp_verdict
read_claude_event(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	static const struct {
		const char *name;
		enum usage_class class;
	} counts[] = { { "input_tokens", IN_UNCACHED }, { "output_tokens", OUT_VISIBLE },
		{ "cache_read_tokens", IN_CACHE_READ }, { "cache_creation_tokens", IN_CACHE_WRITE_5M } };
	int found = 0, has;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++, found += has)
		if ((has = read_count(
			     &item->attributes, counts[i].name, &meaning->usage.tokens[counts[i].class], err)) < 0)
			return OTLP_REFUSED;
	if (found == 0)
		return refuse(err, otlp_family_names[OTLP_CLAUDE_EVENTS], "it tells no tokens");
	if (item->time_ns == 0)
		return refuse(err, otlp_family_names[OTLP_CLAUDE_EVENTS], "it has no time");
	if (usage_check(&meaning->usage, err) != 0)
		return OTLP_REFUSED;
	meaning->family = OTLP_CLAUDE_EVENTS;
	meaning->is_call = meaning->has_usage = true;
	read_claude_names(item, meaning);
	meaning->call_id = otlp_text(&item->attributes, "request_id");
	if (read_count(&item->attributes, "duration_ms", &meaning->latency_ms, NULL) != 1)
		meaning->latency_ms = NOT_REPORTED;
	return OTLP_USAGE;
}

static bool
is_claude_event(const struct otlp_item *item)
{
	static const char scope[] = "com.anthropic.claude_code";

	if (text_is(item->name, otlp_family_names[OTLP_CLAUDE_EVENTS]))
		return true;
	return text_is(otlp_text(&item->attributes, "event.name"), "api_request") &&
		item->scope.n >= sizeof(scope) - 1 && memcmp(item->scope.p, scope, sizeof(scope) - 1) == 0;
}

enum otlp_verdict
otlp_meaning(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err)
{
	memset(meaning, 0, sizeof(*meaning));
	meaning->latency_ms = NOT_REPORTED;
	if (item->kind == OTLP_SPAN)
		return read_span(item, meaning, err);
	if (item->kind == OTLP_EVENT)
		return is_claude_event(item) ? read_claude_event(item, meaning, err) : OTLP_NOT_USAGE;
	if (text_is(item->name, otlp_family_names[OTLP_GENAI_HISTOGRAM]))
		return read_histogram(item, meaning, err);
	if (text_is(item->name, otlp_family_names[OTLP_CLAUDE_METRIC]))
		return read_claude_point(item, meaning, err);
	if (item->name.n > sizeof(counters) - 1 && memcmp(item->name.p, counters, sizeof(counters) - 1) == 0)
		return read_counter(item, meaning, err);
	return OTLP_NOT_USAGE;
}
