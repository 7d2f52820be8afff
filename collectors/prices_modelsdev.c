/*
 * prices_modelsdev: the api.json of models.dev.
 *
 *   {"openai": {"id": "openai", "env": [...], "doc": "...", "models": {"gpt-4o": {"id": "gpt-4o",
 *     "cost": {"input": 2.5, "output": 10, "cache_read": 1.25, "context_over_200k": {"input": 5, ...},
 *              "tiers": [{"input": 6, "tier": {"type": "context", "size": 128000}}]}}}}}
 *
 * USD per million tokens. Without cost nothing is known; all zero may mean free or paid by subscription, so
 * that is nothing known either.
 */
#include <stdio.h>

#include "collectors/prices.h"
#include "models/units/err.h"

static const struct {
	const char *name;
	int item;
} fields[] = {
	{ "input", IN_UNCACHED },
	{ "output", OUT_VISIBLE },
	{ "reasoning", OUT_REASONING },
	{ "cache_read", IN_CACHE_READ },
	{ "cache_write", IN_CACHE_WRITE_5M },
	{ "input_audio", PRICE_IN_AUDIO },
	{ "output_audio", PRICE_OUT_AUDIO },
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"models\"", "\"cost\"", NULL };
	static const char *const other[] = { "\"models\"", "\"limit\"", NULL };

	*why_not = "no object of providers with models and cost";
	return head_has(head, n, '{', words) ? 85 : head_has(head, n, '{', other) ? 60 : 0;
}

static int
add_cost(const struct price_run *run, struct price_draft *draft, const struct json *cost, int64_t above)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json *price = json_value(cost, fields[i].name);
		struct price_spot spot = { text_of(fields[i].name), fields[i].item, above, PER_MILLION };

		if (price != NULL && draft_price(run, draft, price, spot) != 0)
			return -1;
	}
	return 0;
}

static int
add_tiers(const struct price_run *run, struct price_draft *draft, const struct json *cost)
{
	const struct json *over = json_value(cost, "context_over_200k"), *tiers = json_value(cost, "tiers");

	for (const struct json *tier = tiers == NULL ? NULL : tiers->first; tier != NULL; tier = tier->next) {
		const struct json *what = json_value(tier, "tier"), *size = json_value(what, "size");
		int64_t above = 0;

		if (size == NULL || size->type != JSON_NUMBER || !text_is(json_text(what, "type"), "context") ||
			decimal_parse(size->text.p, size->text.n, 0, &above, NULL, NULL) != 0 || above <= 0)
			return err_set(run->err, ERR_INPUT,
				"line %lld: model '%.*s': a tier that is not of type context with a size",
				(long long)tier->line, (int)draft->row.model.n, draft->row.model.p);
		if (add_cost(run, draft, tier, above) != 0)
			return -1;
	}
	return over == NULL ? 0 : add_cost(run, draft, over, 200000);
}

static int
add_model(const struct price_run *run, struct price_draft *draft, const struct json *provider, const struct json *model)
{
	const struct json *cost = json_value(model, "cost");

	draft_begin(run, draft, provider->key, model->key);
	draft->row.source_url = json_text(provider, "doc");
	draft_id(draft, "%.*s/%.*s", (int)provider->key.n, provider->key.p, (int)model->key.n, model->key.p);
	if (cost != NULL && (add_cost(run, draft, cost, 0) != 0 || add_tiers(run, draft, cost) != 0))
		return -1;
	if (draft->row.n == 0 || draft_is_zero(draft)) {
		draft->row.state = PRICE_UNPRICED;
		draft->row.note = draft->row.n == 0
			? text_of("the catalogue has no cost for this model")
			: text_of("listed at zero: free or by subscription, the catalogue does not say");
		draft->row.n = 0;
	}
	return draft_add(run, draft);
}

static int
build(struct price_run *run, const struct json *root)
{
	struct price_draft draft;

	if (root->type != JSON_OBJECT)
		return err_set(
			run->err, ERR_INPUT, "the document is %s, not an object of providers", json_type_name(root));
	for (const struct json *provider = root->first; provider != NULL; provider = provider->next) {
		const struct json *models = json_value(provider, "models");

		if (models == NULL || models->type != JSON_OBJECT)
			return err_set(run->err, ERR_INPUT, "line %lld: provider '%.*s' has no models",
				(long long)provider->line, (int)provider->key.n, provider->key.p);
		for (const struct json *model = models->first; model != NULL; model = model->next)
			if (add_model(run, &draft, provider, model) != 0)
				return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "models.dev", build };
	const struct price_run run = { .options = options, .sink = sink, .err = err };

	return prices_parse_json(&format, input, &run);
}

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.url = "https://models.dev",
	.interval_s = 86400,
	.interval_least_s = 3600,
	.window_max_s = 86400,
	.options = prices_pull_options,
	.path = "/api.json",
};

const struct collector collector_prices_modelsdev = {
	.name = "prices-modelsdev",
	.title = "price catalogue of models.dev (api.json)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
