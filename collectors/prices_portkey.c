/*
 * prices_portkey: one provider's file of Portkey-AI/models.
 *
 *   {"default": {"pricing_config": {...}}, "gpt-4o": {"pricing_config": {
 *     "pay_as_you_go": {"request_token": {"price": 0.00025}, "response_token": {"price": 0.001}, "additional_units": {...}},
 *     "batch_config": {"request_token": {"price": 0.000125}, ...}}}}
 *
 * Cents per token (per search for searches). A zero beside a real input price is how the files say that
 * something does not apply: such a price is left out, so that the class is charged as its parent. The file
 * does not name its provider: who imports may say it, else the model's name tells.
 */
#include <stdio.h>

#include "collectors/prices.h"
#include "models/price/provider.h"
#include "models/units/err.h"

static const struct {
	const char *name;
	int item;
} fields[] = {
	{ "request_token", IN_UNCACHED },
	{ "request_text_token", IN_UNCACHED },
	{ "response_token", OUT_VISIBLE },
	{ "response_text_token", OUT_VISIBLE },
	{ "cache_read_input_token", IN_CACHE_READ },
	{ "cache_read_text_input_token", IN_CACHE_READ },
	{ "cached_text_input_token", IN_CACHE_READ },
	{ "cache_write_input_token", IN_CACHE_WRITE_5M },
	{ "cache_write_1h", IN_CACHE_WRITE_1H },
	{ "request_audio_token", PRICE_IN_AUDIO },
	{ "response_audio_token", PRICE_OUT_AUDIO },
	{ "cache_read_audio_input_token", PRICE_READ_AUDIO },
	{ "request_image_token", PRICE_IN_IMAGE },
	{ "input_image", PRICE_IN_IMAGE },
	{ "response_image_token", PRICE_OUT_IMAGE },
	{ "image_token", PRICE_OUT_IMAGE },
	{ "cache_read_image_input_token", PRICE_READ_IMAGE },
	{ "cached_image_input_token", PRICE_READ_IMAGE },
	{ "output_video_token", PRICE_OUT_VIDEO },
	{ "web_search", PRICE_WEB_SEARCHES },
	{ "search", PRICE_WEB_SEARCHES },
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"pricing_config\"", NULL };

	*why_not = "no object of models with pricing_config";
	return head_has(head, n, '{', words) ? 95 : 0;
}

static bool
is_zero(const struct json *price)
{
	int64_t value = 0;

	return price->type == JSON_NUMBER && decimal_parse(price->text.p, price->text.n, CENTS_PER_UNIT, &value, NULL, NULL) == 0 &&
	       value == 0;
}

static int
add_units(const struct price_run *run, struct price_draft *draft, const struct json *units)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json *price = json_value(json_value(units, fields[i].name), "price");
		struct price_spot spot = { .field = text_of(fields[i].name), .item = fields[i].item, .unit = CENTS_PER_UNIT };

		if (price == NULL || (is_zero(price) && fields[i].item != IN_UNCACHED && fields[i].item != OUT_VISIBLE))
			continue;
		if (is_zero(price) && strstr(fields[i].name, "text") != NULL)
			continue;
		if (draft_price(run, draft, price, spot) != 0)
			return -1;
	}
	return 0;
}

/* A zero input price beside prices of other things is no price of input. */
static void
settle(struct price_draft *draft)
{
	if (draft->row.n > 0 && !draft_is_zero(draft))
		return;
	draft->row.n = 0;
	draft->row.state = PRICE_UNPRICED;
	draft->row.note = text_of("the catalogue lists no price above zero by token: free or unknown");
}

static int
add_config(const struct price_run *run, struct price_draft *draft, const struct json *config, const struct price_draft *standard)
{
	if (add_units(run, draft, config) != 0 || add_units(run, draft, json_value(config, "additional_units")) != 0)
		return -1;
	if (standard == NULL)
		settle(draft);
	else if (draft->row.n == 0 || draft_is_zero(draft) || standard->row.state != PRICE_PRICED)
		return 0; /* nothing said about batches */
	else if (draft_fill(run, draft, standard) != 0)
		return -1;
	return draft_add(run, draft);
}

static void
begin(const struct price_run *run, struct price_draft *draft, const struct json *model, const char *tier)
{
	struct text provider = run->options->provider.n > 0 ? run->options->provider : provider_of_model(model->key);
	struct text currency = json_text(json_value(model, "pricing_config"), "currency");

	draft_begin(run, draft, provider, model->key);
	draft->row.service_tier = text_of(tier);
	if (currency.n > 0)
		draft->row.currency = currency;
	draft_id(draft, "%.*s%s%.*s%s%s", (int)provider.n, provider.n > 0 ? provider.p : "", provider.n > 0 ? "/" : "",
		(int)model->key.n, model->key.p, tier[0] != '\0' ? "+" : "", tier);
}

static int
build(struct price_run *run, const struct json *root)
{
	struct price_draft plain, batch;

	if (root->type != JSON_OBJECT)
		return err_set(run->err, ERR_INPUT, "the document is %s, not an object of models", json_type_name(root));
	for (const struct json *model = root->first; model != NULL; model = model->next) {
		const struct json *config = json_value(model, "pricing_config");
		const struct json *usual = json_value(config, "pay_as_you_go"), *batches = json_value(config, "batch_config");

		if (text_is(model->key, "default"))
			continue; /* what Portkey takes for models it does not know: no price of any */
		if (usual == NULL)
			return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': no pricing_config.pay_as_you_go",
				(long long)model->line, (int)model->key.n, model->key.p);
		begin(run, &plain, model, "");
		if (add_config(run, &plain, usual, NULL) != 0)
			return -1;
		begin(run, &batch, model, "batch");
		if (batches != NULL && add_config(run, &batch, batches, &plain) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "portkey", build };
	const struct price_run run = { .options = options, .sink = sink, .err = err };

	return prices_parse_json(&format, input, &run);
}

const struct collector collector_prices_portkey = {
	.name = "prices-portkey",
	.title = "price catalogue of Portkey (one provider's file)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
};
