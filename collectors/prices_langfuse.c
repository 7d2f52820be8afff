/*
 * prices_langfuse: Langfuse's default-model-prices.json.
 *
 *   [{"modelName": "gpt-4o", "matchPattern": "(?i)^(openai/)?(gpt-4o)$", "updatedAt": "2026-08-20T00:00:00.000Z",
 *     "pricingTiers": [{"isDefault": true, "priority": 0, "conditions": [], "prices": {"input": 2.5e-06, ...}},
 *       {"conditions": [{"usageDetailPattern": "input", "operator": "gt", "value": 200000}], "prices": {...}}]}]
 *
 * USD per token, by the name of the usage detail. A tier's conditions become a service tier and a context
 * threshold; a condition of any other kind leaves its tier out, and a person is told. The catalogue
 * knows models and no providers: its rows hold for all.
 */
#include <stdlib.h>

#include "collectors/prices.h"
#include "models/price/match.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

/* Names of usage details; of two with the same item the first in the catalogue counts. */
static const struct {
	const char *name;
	int item;
} details[] = {
	{ "input", IN_UNCACHED },
	{ "input_tokens", IN_UNCACHED },
	{ "input_text", IN_UNCACHED },
	{ "input_text_tokens", IN_UNCACHED },
	{ "prompt_token_count", IN_UNCACHED },
	{ "promptTokenCount", IN_UNCACHED },
	{ "output", OUT_VISIBLE },
	{ "output_tokens", OUT_VISIBLE },
	{ "output_text", OUT_VISIBLE },
	{ "output_text_tokens", OUT_VISIBLE },
	{ "candidates_token_count", OUT_VISIBLE },
	{ "candidatesTokenCount", OUT_VISIBLE },
	{ "input_cached_tokens", IN_CACHE_READ },
	{ "input_cache_read", IN_CACHE_READ },
	{ "cache_read_input_tokens", IN_CACHE_READ },
	{ "cached_content_token_count", IN_CACHE_READ },
	{ "input_cached_text_tokens", IN_CACHE_READ },
	{ "input_cache_creation_5m", IN_CACHE_WRITE_5M },
	{ "input_cache_creation", IN_CACHE_WRITE_5M },
	{ "cache_creation_input_tokens", IN_CACHE_WRITE_5M },
	{ "cache_write_tokens", IN_CACHE_WRITE_5M },
	{ "input_cache_creation_1h", IN_CACHE_WRITE_1H },
	{ "output_reasoning_tokens", OUT_REASONING },
	{ "output_reasoning", OUT_REASONING },
	{ "reasoning_tokens", OUT_REASONING },
	{ "thoughts_token_count", OUT_REASONING },
	{ "thoughtsTokenCount", OUT_REASONING },
	{ "input_audio_tokens", PRICE_IN_AUDIO },
	{ "input_audio", PRICE_IN_AUDIO },
	{ "input_cached_audio_tokens", PRICE_READ_AUDIO },
	{ "input_image", PRICE_IN_IMAGE },
	{ "input_image_tokens", PRICE_IN_IMAGE },
	{ "output_audio", PRICE_OUT_AUDIO },
	{ "output_audio_tokens", PRICE_OUT_AUDIO },
	{ "output_image", PRICE_OUT_IMAGE },
	{ "output_image_tokens", PRICE_OUT_IMAGE },
	{ "web_search_queries", PRICE_WEB_SEARCHES },
	{ "webSearchQueries", PRICE_WEB_SEARCHES },
	{ "grounding_queries", PRICE_WEB_SEARCHES },
	{ "groundingQueries", PRICE_WEB_SEARCHES },
};

#define TIERS_MAX 24 /* service tiers of one model */

/* The rows of one model under way. */
struct model_rows {
	struct price_draft drafts[TIERS_MAX];
	int n;
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"matchPattern\"", NULL };

	*why_not = "no array of models with matchPattern";
	return head_has(head, n, '[', words) ? 95 : 0;
}

static int
add_prices(const struct price_run *run, struct price_draft *draft, const struct json *prices, int64_t above)
{
	const struct json *total = json_value(prices, "total");
	struct price_spot spot = { .above_tokens = above, .unit = PER_UNIT };

	for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
		const struct json *price = json_value(prices, details[i].name);

		spot.field = text_of(details[i].name);
		spot.item = details[i].item;
		if (price != NULL && draft_price(run, draft, price, spot) != 0)
			return -1;
	}
	/* one price for every token there is */
	for (int i = 0; total != NULL && i < 2; i++) {
		spot.field = text_of("total");
		spot.item = i == 0 ? IN_UNCACHED : OUT_VISIBLE;
		if (draft_price(run, draft, total, spot) != 0)
			return -1;
	}
	return 0;
}

/* The threshold of "the input is more than N"; false for any other condition. */
static bool
threshold_of(const struct json *condition, int64_t *above)
{
	struct text pattern = json_text(condition, "usageDetailPattern"), operator= json_text(condition, "operator");
	const struct json *value = json_value(condition, "value");

	if (pattern.n == 0 || memmem(pattern.p, pattern.n, "input", 5) == NULL || value == NULL ||
		value->type != JSON_NUMBER || decimal_parse(value->text.p, value->text.n, 0, above, NULL, NULL) != 0)
		return false;
	if (text_is(operator, "gte"))
		*above -= 1;
	return *above > 0 && (text_is(operator, "gt") || text_is(operator, "gte"));
}

/* The values of "service_tier is one of ..." (or the speed "fast"); NULL for any other condition. */
static const struct json *
tiers_of(const struct json *condition)
{
	struct text key = json_text(condition, "key");
	const struct json *values = json_value(condition, "values");

	if (!text_is(json_text(condition, "operator"), "in") || values == NULL || values->type != JSON_ARRAY)
		return NULL;
	return text_is(key, "service_tier") || text_is(key, "speed") ? values->first : NULL;
}

static struct price_draft *
draft_of(const struct price_run *run, struct model_rows *rows, const struct json *model, struct text tier)
{
	struct price_draft *draft;
	struct text name = json_text(model, "modelName"), updated = json_text(model, "updatedAt");

	for (int i = 0; i < rows->n; i++)
		if (text_same(rows->drafts[i].row.service_tier, tier))
			return &rows->drafts[i];
	if (rows->n == TIERS_MAX) {
		err_set(run->err, ERR_INPUT, "model '%.*s': more than %d service tiers", (int)name.n, name.p,
			TIERS_MAX);
		return NULL;
	}
	draft = &rows->drafts[rows->n++];
	draft_begin(run, draft, (struct text){ NULL, 0 }, name);
	draft->row.service_tier = tier;
	draft_id(draft, "%.*s%s%.*s", (int)name.n, name.p, tier.n > 0 ? "+" : "", (int)tier.n, tier.p);
	if (updated.n > 0)
		time_parse(updated.p, updated.n, &draft->row.checked_us, NULL);
	return draft;
}

static int
add_tier(const struct price_run *run, struct model_rows *rows, const struct json *model, const struct json *tier)
{
	const struct json *conditions = json_value(tier, "conditions"), *prices = json_value(tier, "prices");
	const struct json *services = NULL;
	int64_t above = 0;

	for (const struct json *condition = conditions == NULL ? NULL : conditions->first; condition != NULL;
		condition = condition->next) {
		const struct json *values = tiers_of(condition);

		if (values != NULL && services == NULL) {
			services = values;
		} else if (values != NULL || above != 0 || !threshold_of(condition, &above)) {
			prices_warn(run, json_text(model, "modelName"),
				"a tier with a condition that is not understood was left out");
			return 0;
		}
	}
	if (prices == NULL || prices->type != JSON_OBJECT)
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': a tier without prices",
			(long long)tier->line, (int)json_text(model, "modelName").n, json_text(model, "modelName").p);
	do {
		struct text service = services == NULL ? (struct text){ NULL, 0 } : services->text;
		struct price_draft *draft = draft_of(run, rows, model, service);

		if (draft == NULL || add_prices(run, draft, prices, above) != 0)
			return -1;
		services = services == NULL ? NULL : services->next;
	} while (services != NULL);
	return 0;
}

/* The pattern between slashes, as match.h has it. */
static bool
put_pattern(char *match, struct text pattern)
{
	size_t used = 0;

	if (2 * pattern.n + 3 > DRAFT_MATCH)
		return false;
	match[used++] = '/';
	for (size_t i = 0; i < pattern.n; i++) {
		if (pattern.p[i] == '/')
			match[used++] = '\\';
		match[used++] = pattern.p[i];
		if (pattern.p[i] == '\\' && i + 1 < pattern.n)
			match[used++] = pattern.p[++i];
	}
	match[used++] = '/';
	match[used] = '\0';
	return true;
}

static int
add_model(const struct price_run *run, struct model_rows *rows, const struct json *model)
{
	struct text name = json_text(model, "modelName"), pattern = json_text(model, "matchPattern");
	const struct json *tiers = json_value(model, "pricingTiers");

	if (name.n == 0 || tiers == NULL || tiers->type != JSON_ARRAY)
		return err_set(run->err, ERR_INPUT, "line %lld: a model without modelName and pricingTiers",
			(long long)model->line);
	rows->n = 0;
	for (const struct json *tier = tiers->first; tier != NULL; tier = tier->next)
		if (add_tier(run, rows, model, tier) != 0)
			return -1;
	for (int i = 0; i < rows->n; i++) {
		struct price_draft *draft = &rows->drafts[i];

		if (pattern.n > 0 && !put_pattern(draft->match, pattern))
			return err_set(
				run->err, ERR_INPUT, "model '%.*s': matchPattern is too long", (int)name.n, name.p);
		if (draft->row.n == 0) {
			draft->row.state = PRICE_UNPRICED;
			draft->row.note = text_of("the catalogue has no price by token for this model");
		} else if (draft_is_zero(draft)) {
			draft->row.state = PRICE_FREE;
		}
		if (draft_add(run, draft) != 0)
			return -1;
	}
	return 0;
}

static int
build(struct price_run *run, const struct json *root)
{
	struct model_rows *rows;
	int rc = 0;

	if (root->type != JSON_ARRAY)
		return err_set(run->err, ERR_INPUT, "the document is %s, not an array of models", json_type_name(root));
	rows = malloc(sizeof *rows);
	if (rows == NULL)
		return err_set(run->err, ERR_OUTSIDE, "no memory for a price catalogue");
	for (const struct json *model = root->first; rc == 0 && model != NULL; model = model->next)
		rc = add_model(run, rows, model);
	free(rows);
	return rc;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "langfuse", build };
	const struct price_run run = { .options = options, .sink = sink, .err = err };

	return prices_parse_json(&format, input, &run);
}

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.url = "https://raw.githubusercontent.com",
	.interval_s = 86400,
	.interval_least_s = 3600,
	.window_max_s = 86400,
	.options = prices_pull_options,
	.path = "/langfuse/langfuse/main/worker/src/constants/default-model-prices.json",
};

const struct collector collector_prices_langfuse = {
	.name = "prices-langfuse",
	.title = "price catalogue of Langfuse (default-model-prices.json)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
