/*
 * prices_portkey: one provider's file of Portkey-AI/models.
 *
 *   {"default": {"pricing_config": {...}}, "gpt-4o": {"pricing_config": {
 *     "pay_as_you_go": {"request_token": {"price": 0.00025}, "response_token": {"price": 0.001}, "additional_units": {...}},
 *     "batch_config": {"request_token": {"price": 0.000125}, ...}}}}
 *
 * A price that depends on the length of the prompt stands under two names, "x-lte-128k" and "x-gt-128k": these
 * become one model x with a context tier. Newer files say in "custom_pricing" what other execution modes (flex, priority,
 * fast) cost and what a longer prompt does; of its regions the default one is taken. Where both places give a price, "pricing_config"
 * counts. Cents per token (per search for searches). A zero beside a real input price is how the files say that
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

	return price->type == JSON_NUMBER &&
		decimal_parse(price->text.p, price->text.n, CENTS_PER_UNIT, &value, NULL, NULL) == 0 && value == 0;
}

/* Is there a price of this item or of what the class may consist of: audio, images, video? */
static bool
has_class(const struct price_draft *draft, int item)
{
	for (size_t i = 0; i < draft->row.n; i++) {
		int other = draft->components[i].item;

		if (other == item ||
			(other >= USAGE_CLASSES && other < PRICE_REQUESTS && price_part_class(other) == item))
			return true;
	}
	return false;
}

/* Zeros apart from the rest: a zero is a price of input or output only where nothing else prices that side. */
static int
add_units(const struct price_run *run, struct price_draft *draft, const struct json *units, int64_t above, bool zeros)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json *price = json_value(json_value(units, fields[i].name), "price");
		struct price_spot spot = { text_of(fields[i].name), fields[i].item, above, CENTS_PER_UNIT };

		if (price == NULL || is_zero(price) != zeros)
			continue;
		if (zeros && ((spot.item != IN_UNCACHED && spot.item != OUT_VISIBLE) || has_class(draft, spot.item)))
			continue;
		if (draft_price(run, draft, price, spot) != 0)
			return -1;
	}
	return 0;
}

static int
add_config(const struct price_run *run, struct price_draft *draft, const struct json *config, int64_t above, bool zeros)
{
	return add_units(run, draft, config, above, zeros) != 0
		? -1
		: add_units(run, draft, json_value(config, "additional_units"), above, zeros);
}

static bool
prices_tokens(const struct price_draft *draft)
{
	for (size_t i = 0; i < draft->row.n; i++)
		if (draft->components[i].item < PRICE_REQUESTS && draft->components[i].rate_femto > 0)
			return true;
	return false;
}

/* A zero input price beside prices of other things is no price of input. */
static void
settle(struct price_draft *draft)
{
	if (prices_tokens(draft))
		return;
	draft->row.n = 0;
	draft->row.state = PRICE_UNPRICED;
	draft->row.note = text_of("the catalogue lists no price above zero by token: free or unknown");
}

/* "x" and 128000 of "x-lte-128k" (or -gt-); false for a name that does not end so. */
static bool
split_length(struct text key, const char *mark, struct text *base, int64_t *tokens)
{
	size_t n = strlen(mark), digits = 0;
	int64_t power = 1000;

	*tokens = 0;
	if (key.n < n + 3 || key.p[key.n - 1] != 'k')
		return false;
	for (size_t i = key.n - 1; i > 0 && key.p[i - 1] >= '0' && key.p[i - 1] <= '9' && digits < 6;
		i--, digits++, power *= 10)
		*tokens += (key.p[i - 1] - '0') * power;
	*base = (struct text){ key.p, key.n - 1 - digits };
	if (digits == 0 || base->n <= n || memcmp(base->p + base->n - n, mark, n) != 0)
		return false;
	base->n -= n;
	return true;
}

/* One model: what it costs, and what it costs above a length (NULL where there is no such price). */
struct model {
	const struct json *plain, *longer;
	struct text name;
	int64_t above;
};

static void
begin(const struct price_run *run, struct price_draft *draft, const struct model *model, const char *tier)
{
	struct text provider = run->options->provider.n > 0 ? run->options->provider : provider_of_model(model->name);
	struct text currency = json_text(json_value(model->plain, "pricing_config"), "currency");

	draft_begin(run, draft, provider, model->name);
	draft->row.service_tier = text_of(tier);
	if (currency.n > 0)
		draft->row.currency = currency;
	draft_id(draft, "%.*s%s%.*s%s%s", (int)provider.n, provider.n > 0 ? provider.p : "", provider.n > 0 ? "/" : "",
		(int)model->name.n, model->name.p, tier[0] != '\0' ? "+" : "", tier);
}

/* The rows of a model: the plain one, and what else may be said, under the older name and under the newer one. */
static const struct {
	const char *tier, *config, *mode;
} tiers[] = {
	{ "", "pay_as_you_go", "standard" },
	{ "batch", "batch_config", "batch" },
	{ "flex", NULL, "flex" },
	{ "priority", NULL, "priority" },
	{ "fast", NULL, "fast" },
};

#define TIERS (sizeof tiers / sizeof tiers[0])

/* The prices of one configuration, both lengths. */
static int
add_configs(const struct price_run *run, struct price_draft *draft, const struct model *model, const char *config,
	bool zeros)
{
	const struct json *plain = json_value(json_value(model->plain, "pricing_config"), config);
	const struct json *longer = json_value(json_value(model->longer, "pricing_config"), config);

	if (plain != NULL && add_config(run, draft, plain, 0, zeros) != 0)
		return -1;
	return longer == NULL ? 0 : add_config(run, draft, longer, model->above, zeros);
}

static const struct json *
pay_as_you_go(const struct json *holder)
{
	return json_value(json_value(holder, "pricing_config"), "pay_as_you_go");
}

/* The prices of one execution mode wherever no region is asked for, by the length of the prompt. */
static int
add_mode(
	const struct price_run *run, struct price_draft *draft, const struct model *model, const char *name, bool zeros)
{
	const struct json *custom = json_value(model->plain, "custom_pricing");
	const struct json *lengths = json_value(custom, "context_tier_map");
	const struct json *modes = json_value(json_value(json_value(custom, "regions"), "default"), "execution_modes");
	const struct json *mode = json_value(modes, name), *by_length = json_value(mode, "context_tiers");

	if (pay_as_you_go(mode) != NULL && add_config(run, draft, pay_as_you_go(mode), 0, zeros) != 0)
		return -1;
	for (const struct json *length = lengths == NULL ? NULL : lengths->first; length != NULL;
		length = length->next) {
		const struct json *prices = NULL;
		int64_t above;

		for (const struct json *held = by_length == NULL ? NULL : by_length->first; held != NULL;
			held = held->next)
			if (length->type == JSON_STRING && text_same(held->key, length->text))
				prices = pay_as_you_go(held);
		if (decimal_parse(length->key.p, length->key.n, 0, &above, NULL, NULL) != 0 || above < 0)
			return err_set(run->err, ERR_INPUT,
				"line %lld: model '%.*s': context_tier_map: '%.*s' is no number of tokens",
				(long long)length->line, (int)model->name.n, model->name.p, (int)length->key.n,
				length->key.p);
		if (prices != NULL && add_config(run, draft, prices, above, zeros) != 0)
			return -1;
	}
	return 0;
}

static int
add_tier(const struct price_run *run, struct price_draft *draft, const struct model *model, size_t tier)
{
	const char *config = tiers[tier].config, *mode = tiers[tier].mode;

	begin(run, draft, model, tiers[tier].tier);
	for (int zeros = 0; zeros < 2; zeros++) {
		if (config != NULL && add_configs(run, draft, model, config, zeros) != 0)
			return -1;
		if (add_mode(run, draft, model, mode, zeros) != 0)
			return -1;
	}
	return 0;
}

static int
add_model(const struct price_run *run, struct price_draft *drafts, const struct model *model)
{
	struct price_draft *plain = &drafts[0], *other = &drafts[1];
	const struct json *regions = json_value(json_value(model->plain, "custom_pricing"), "regions");

	if (pay_as_you_go(model->plain) == NULL)
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': no pricing_config.pay_as_you_go",
			(long long)model->plain->line, (int)model->plain->key.n, model->plain->key.p);
	if (add_tier(run, plain, model, 0) != 0)
		return -1;
	settle(plain);
	if (draft_add(run, plain) != 0)
		return -1;
	if (regions != NULL && regions->first != NULL && regions->first->next != NULL)
		prices_warn(run, model->name, "the prices of single regions were left out");
	for (size_t i = 1; i < TIERS && plain->row.state == PRICE_PRICED; i++) {
		if (add_tier(run, other, model, i) != 0)
			return -1;
		if (!prices_tokens(other))
			continue; /* nothing said about it */
		if (draft_fill(run, other, plain) != 0 || draft_add(run, other) != 0)
			return -1;
	}
	return 0;
}

static const struct json *
find_key(const struct json *root, struct text key)
{
	for (const struct json *model = root->first; model != NULL; model = model->next)
		if (text_same(model->key, key))
			return model;
	return NULL;
}

/* Has an entry in front of this one the same name for another length? */
static bool
came_before(const struct json *root, const struct json *entry, struct text name)
{
	struct text base;
	int64_t tokens;

	for (const struct json *model = root->first; model != entry; model = model->next)
		if (split_length(model->key, "-lte-", &base, &tokens) && text_same(base, name))
			return true;
	return false;
}

/* What an entry stands for; false when it is a part of another, or nothing. */
static bool
model_of(const struct json *root, const struct json *entry, struct model *model)
{
	char longer[DRAFT_ID];
	struct text base;

	*model = (struct model){ .plain = entry, .name = entry->key };
	if (text_is(entry->key, "default"))
		return false; /* what Portkey takes for models it does not know: no price of any */
	if (split_length(entry->key, "-gt-", &base, &model->above)) {
		snprintf(longer, sizeof longer, "%.*s-lte-%lldk", (int)base.n, base.p, (long long)model->above / 1000);
		return find_key(root, text_of(longer)) == NULL;
	}
	if (!split_length(entry->key, "-lte-", &base, &model->above))
		return true;
	snprintf(longer, sizeof longer, "%.*s-gt-%lldk", (int)base.n, base.p, (long long)model->above / 1000);
	model->longer = find_key(root, text_of(longer));
	model->name = base;
	return find_key(root, base) == NULL && !came_before(root, entry, base);
}

static int
build(struct price_run *run, const struct json *root)
{
	struct price_draft drafts[2];
	struct model model;

	if (root->type != JSON_OBJECT)
		return err_set(
			run->err, ERR_INPUT, "the document is %s, not an object of models", json_type_name(root));
	for (const struct json *entry = root->first; entry != NULL; entry = entry->next)
		if (model_of(root, entry, &model) && add_model(run, drafts, &model) != 0)
			return -1;
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "portkey", build };
	const struct price_run run = { .options = options, .sink = sink, .err = err };

	return prices_parse_json(&format, input, &run);
}

static const struct pull_option options[] = {
	{ "file", NULL, "openai",
		"which provider's file, as in /pricing/openai.json; `provider` says whose prices it holds" },
	{ "apply", "review|at_once", "review",
		"review: a catalogue that differs waits until somebody applies it; at_once: it is applied from the day it came" },
	{ NULL, NULL, NULL, NULL },
};

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	struct text file = pull_option(ask, "file");
	char name[80];

	if (file.n == 0 || file.n > 64 || memchr(file.p, '/', file.n) != NULL)
		return err_set(err, ERR_INPUT, "file: it must be the name of one provider, such as openai");
	snprintf(name, sizeof(name), "%.*s.json", (int)file.n, file.p);
	pull_begin(request, "/pricing");
	pull_segment(request, text_of(name));
	return pull_ended(request, err);
}

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.url = "https://configs.portkey.ai",
	.interval_s = 86400,
	.interval_least_s = 3600,
	.window_max_s = 86400,
	.options = options,
	.request = request,
};

const struct collector collector_prices_portkey = {
	.name = "prices-portkey",
	.title = "price catalogue of Portkey (one provider's file)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
