/*
 * prices_litellm: LiteLLM's model_prices_and_context_window.json.
 *
 *   {"claude-x": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 3e-06,
 *     "input_cost_per_token_above_200k_tokens": 6e-06, "input_cost_per_token_batches": 1.5e-06,
 *     "cache_creation_input_token_cost_above_1hr": 6e-06, ...}, ...}
 *
 * USD per single unit. A name is a base, then perhaps a context threshold, then perhaps a service tier;
 * "_above_1hr" is the life of a cache entry and no threshold. A tier's row takes what the file does not say
 * from the plain one: halved for batch and flex, unchanged for priority, as LiteLLM itself does.
 */
#include <ctype.h>
#include <stdio.h>

#include "collectors/prices.h"
#include "models/units/err.h"

static const struct {
	const char *name;
	int item;
} bases[] = {
	{ "input_cost_per_token", IN_UNCACHED },
	{ "output_cost_per_token", OUT_VISIBLE },
	{ "cache_read_input_token_cost", IN_CACHE_READ },
	{ "input_cost_per_token_cache_hit", IN_CACHE_READ },
	{ "cache_creation_input_token_cost", IN_CACHE_WRITE_5M },
	{ "cache_creation_input_token_cost_above_1hr", IN_CACHE_WRITE_1H },
	{ "output_cost_per_reasoning_token", OUT_REASONING },
	{ "input_cost_per_audio_token", PRICE_IN_AUDIO },
	{ "output_cost_per_audio_token", PRICE_OUT_AUDIO },
	{ "cache_read_input_audio_token_cost", PRICE_READ_AUDIO },
	{ "input_cost_per_image_token", PRICE_IN_IMAGE },
	{ "output_cost_per_image_token", PRICE_OUT_IMAGE },
	{ "cache_read_input_image_token_cost", PRICE_READ_IMAGE },
	{ "input_cost_per_video_token", PRICE_IN_VIDEO },
	{ "output_cost_per_video_token", PRICE_OUT_VIDEO },
	{ "citation_cost_per_token", PRICE_OUT_CITATION },
	{ "input_cost_per_request", PRICE_REQUESTS },
	{ "input_cost_per_query", PRICE_REQUESTS },
};

/* Rows of one model: the plain one and one for each service tier. */
enum { TIER_STANDARD, TIER_BATCH, TIER_FLEX, TIER_PRIORITY, TIERS };

static const char *const tier_names[TIERS] = { "", "batch", "flex", "priority" };

static const struct {
	const char *ending;
	int tier;
} tier_endings[] = {
	{ "_batches", TIER_BATCH },
	{ "_batch_requests", TIER_BATCH },
	{ "_flex", TIER_FLEX },
	{ "_priority", TIER_PRIORITY },
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"litellm_provider\"", NULL };
	static const char *const costs[] = { "\"input_cost_per_token\"", NULL };

	if (head_has(head, n, '{', words))
		return 95;
	*why_not = "no object of models with litellm_provider";
	return head_has(head, n, '{', costs) ? 85 : 0;
}

static bool
cut_ending(struct text *text, const char *ending)
{
	size_t n = strlen(ending);

	if (text->n <= n || memcmp(text->p + text->n - n, ending, n) != 0)
		return false;
	text->n -= n;
	return true;
}

/* "_above_200k_tokens" at the end: its threshold, 0 where there is none. */
static int64_t
cut_threshold(struct text *text)
{
	static const char mark[] = "_above_";
	struct text rest = *text;
	int64_t thousands = 0, power = 1;

	if (!cut_ending(&rest, "k_tokens"))
		return 0;
	for (; rest.n > 0 && isdigit((unsigned char)rest.p[rest.n - 1]) && power < 1000000000; rest.n--, power *= 10)
		thousands += (rest.p[rest.n - 1] - '0') * power;
	if (power == 1 || !cut_ending(&rest, mark))
		return 0;
	*text = rest;
	return thousands * 1000;
}

/* Which tier and spot a field is about; false for a field that prices nothing counted here. */
static bool
spot_of(struct text field, int *tier, struct price_spot *spot)
{
	struct text base = field;

	*tier = TIER_STANDARD;
	*spot = (struct price_spot){ .field = field, .unit = PER_UNIT };
	for (size_t i = 0; i < sizeof tier_endings / sizeof tier_endings[0]; i++)
		if (cut_ending(&base, tier_endings[i].ending)) {
			*tier = tier_endings[i].tier;
			break;
		}
	spot->above_tokens = cut_threshold(&base);
	for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
		if (text_is(base, bases[i].name)) {
			spot->item = bases[i].item;
			return true;
		}
	return false;
}

static bool
prices_something(struct text field)
{
	return memmem(field.p, field.n, "cost", 4) != NULL && memmem(field.p, field.n, "dbu_cost", 8) == NULL;
}

/* The price of a search of middling size stands for all: the file has three, and usage does not tell which. */
static int
add_search(const struct price_run *run, struct price_draft *draft, const struct json *sizes)
{
	const struct json *middle = json_value(sizes, "search_context_size_medium");
	struct price_spot spot = {
		.field = text_of("search_context_cost_per_query"), .item = PRICE_WEB_SEARCHES, .unit = PER_UNIT
	};

	return middle == NULL ? 0 : draft_price(run, draft, middle, spot);
}

/* [{"range": [0, 32000], "input_cost_per_token": ...}, ...]: thresholds on the whole request. */
static int
add_ranges(const struct price_run *run, struct price_draft *draft, const struct json *ranges)
{
	for (const struct json *range = ranges->first; range != NULL; range = range->next) {
		const struct json *bounds = json_value(range, "range");
		const struct json *low = bounds != NULL && bounds->type == JSON_ARRAY ? bounds->first : NULL;
		int64_t above = 0;

		if (low == NULL || low->type != JSON_NUMBER ||
			decimal_parse(low->text.p, low->text.n, 0, &above, NULL, NULL) != 0 || above < 0)
			return err_set(run->err, ERR_INPUT,
				"line %lld: model '%.*s': tiered_pricing: a range that is no pair of numbers",
				(long long)range->line, (int)draft->row.model.n, draft->row.model.p);
		for (const struct json *field = range->first; field != NULL; field = field->next) {
			struct price_spot spot;
			int tier;

			if (!spot_of(field->key, &tier, &spot) || tier != TIER_STANDARD || field->type == JSON_NULL)
				continue;
			spot.above_tokens = above;
			if (draft_price(run, draft, field, spot) != 0)
				return -1;
		}
	}
	return 0;
}

static int
add_field(const struct price_run *run, struct price_draft *drafts, const struct json *field)
{
	struct price_spot spot;
	int tier;

	if (field->type == JSON_NULL)
		return 0;
	if (text_is(field->key, "search_context_cost_per_query"))
		return add_search(run, &drafts[TIER_STANDARD], field);
	if (text_is(field->key, "tiered_pricing") && field->type == JSON_ARRAY)
		return add_ranges(run, &drafts[TIER_STANDARD], field);
	if (spot_of(field->key, &tier, &spot))
		return draft_price(run, &drafts[tier], field, spot);
	if (prices_something(field->key) || text_is(field->key, "off_peak_pricing"))
		prices_warn(run, drafts->row.model, "a price of something that usage does not count was left out");
	return 0;
}

static void
settle(struct price_draft *draft)
{
	bool input = draft_has(draft, IN_UNCACHED), output = draft_has(draft, OUT_VISIBLE);

	if (!input && !output && !draft_has(draft, PRICE_REQUESTS)) {
		draft->row.state = PRICE_UNPRICED;
		draft->row.note = text_of("the catalogue has no price by token for this model");
	} else if (draft_is_zero(draft)) {
		draft->row.state = PRICE_FREE;
		draft->row.note = text_of("the catalogue lists the model at zero");
	}
}

/*
 * Hours at another price: "16:30-00:30" or a list of such, UTC, over the plain row. Days of the week and
 * other zones are not told apart here and such prices are left out.
 */
static int
add_off_peak(const struct price_run *run, struct price_draft *draft, const struct json *off_peak)
{
	const struct json *hours = json_value(off_peak, "hours_utc");
	const struct json *first = hours != NULL && hours->type == JSON_ARRAY ? hours->first : hours;
	struct price_draft standard = *draft;

	for (const struct json *span = first; span != NULL; span = span == hours ? NULL : span->next) {
		int h, m, to_h, to_m;
		char text[32];

		snprintf(text, sizeof text, "%.*s", (int)(span->text.n < 31 ? span->text.n : 31), span->text.p);
		if (span->type != JSON_STRING || sscanf(text, "%2d:%2d-%2d:%2d", &h, &m, &to_h, &to_m) != 4 || h < 0 ||
			h > 23 || m < 0 || m > 59 || to_h < 0 || to_h > 24 || to_m < 0 || to_m > 59)
			return err_set(run->err, ERR_INPUT,
				"line %lld: model '%.*s': off_peak_pricing: hours_utc is no HH:MM-HH:MM",
				(long long)span->line, (int)draft->row.model.n, draft->row.model.p);
		draft->row.n = 0;
		draft->id[0] = '\0';
		draft_id(draft, "%.*s@%s", (int)draft->row.model.n, draft->row.model.p, text);
		draft->row.daily_from_s = (h * 60 + m) * 60;
		draft->row.daily_to_s = (to_h * 60 + to_m) * 60 % 86400;
		draft->row.precedence = 1;
		for (const struct json *field = off_peak->first; field != NULL; field = field->next) {
			struct price_spot spot;
			int tier;

			if (spot_of(field->key, &tier, &spot) && tier == TIER_STANDARD && field->type != JSON_NULL &&
				draft_price(run, draft, field, spot) != 0)
				return -1;
		}
		if (draft_fill(run, draft, &standard) != 0 || draft_add(run, draft) != 0)
			return -1;
	}
	return 0;
}

static int
add_model(const struct price_run *run, struct price_draft *drafts, const struct json *model)
{
	struct text provider = json_text(model, "litellm_provider"), source = json_text(model, "source");
	const struct json *off_peak = json_value(model, "off_peak_pricing");

	for (int i = 0; i < TIERS; i++) {
		draft_begin(run, &drafts[i], provider, model->key);
		drafts[i].row.source_url = source;
		drafts[i].row.service_tier = text_of(tier_names[i]);
		draft_id(&drafts[i], "%.*s%s%s", (int)model->key.n, model->key.p, i > 0 ? "+" : "", tier_names[i]);
	}
	for (const struct json *field = model->first; field != NULL; field = field->next)
		if (add_field(run, drafts, field) != 0)
			return -1;
	for (int i = 0; i < TIERS; i++) {
		if (i > 0 && drafts[i].row.n == 0)
			continue;
		if (i > 0 && draft_fill(run, &drafts[i], &drafts[0]) != 0)
			return -1;
		settle(&drafts[i]);
		if (draft_add(run, &drafts[i]) != 0)
			return -1;
	}
	return off_peak == NULL ? 0 : add_off_peak(run, &drafts[0], off_peak);
}

static int
build(struct price_run *run, const struct json *root)
{
	struct price_draft drafts[TIERS];

	if (root->type != JSON_OBJECT)
		return err_set(
			run->err, ERR_INPUT, "the document is %s, not an object of models", json_type_name(root));
	for (const struct json *model = root->first; model != NULL; model = model->next) {
		if (text_is(model->key, "sample_spec") || model->type != JSON_OBJECT ||
			(json_text(model, "litellm_provider").n == 0 && json_text(model, "mode").n == 0))
			continue;
		if (add_model(run, drafts, model) != 0)
			return -1;
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "litellm", build };
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
	.path = "/BerriAI/litellm/main/model_prices_and_context_window.json",
};

const struct collector collector_prices_litellm = {
	.name = "prices-litellm",
	.title = "price catalogue of LiteLLM (model_prices_and_context_window.json)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
