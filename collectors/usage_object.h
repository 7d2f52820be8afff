/*
 * usage_object: a provider's own usage object brought to the normal form of disjoint classes.
 *
 * Providers differ on what lies inside what: OpenAI's prompt_tokens hold the cached ones and its
 * completion_tokens the reasoning; Anthropic and Bedrock report cache reads and writes beside the input;
 * Gemini, xAI and Perplexity report reasoning beside the output. Ollama counts the prompt as it evaluated it. A member that is missing or null was not
 * reported and counts nothing; one that must be there is missed by name.
 */
#ifndef COLLECTORS_USAGE_OBJECT_H
#define COLLECTORS_USAGE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "models/price/tariff.h"
#include "models/units/text.h"

struct err;
struct json;

enum usage_api {
	API_OPENAI_CHAT,
	API_OPENAI_RESPONSES,
	API_OPENAI_EMBEDDINGS,
	API_ANTHROPIC,
	API_GEMINI,
	API_BEDROCK,
	API_OLLAMA,
	USAGE_APIS
};

/* "openai-chat", ... */
extern const char *const usage_api_names[USAGE_APIS];

/* Who answered, which decides what lies inside what. api empty: the provider's usual one, or by the object's shape. */
struct usage_about {
	struct text provider, model, api;
};

struct usage_object {
	struct quantities quantities; /* one request; passes quantities_check */
	struct quantities steps;      /* billed on top and in no count above: Anthropic's compaction of the context */
	bool has_steps;
	struct text service_tier;    /* as the object itself says, "" where it does not */
	bool tier_hinted;            /* see struct price_question */
	int64_t latency_ms, ttft_ms; /* of Ollama, which tells them here; -1: not reported */
};

/*
 * ERR_INPUT names the member and the value: missing, negative, no whole number, above 2^53, larger than
 * the total it is a part of; an api that does not exist is answered with those that do.
 */
int usage_object_read(
	const struct json *usage, const struct usage_about *about, struct usage_object *object, struct err *err);

/* What was billed all together: for a ledger line, whose classes are all there is of it. */
struct quantities usage_object_total(const struct usage_object *object);

/*
 * The six classes by their own names as members of an event (a number or null each). 1 when at least one was
 * there, 0 when none was, -1 with ERR_INPUT.
 */
int usage_classes_read(const struct json *event, struct usage *usage, struct err *err);

/* A whole number of things from a JSON number, exactly: ERR_INPUT says `name` and the value. */
int json_count(const struct json *json, const char *name, int64_t *count, struct err *err);

#endif
