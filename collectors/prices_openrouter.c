/*
 * prices_openrouter: the reply of OpenRouter's GET /api/v1/models.
 *
 *   {"data": [{"id": "demo/alpha", "canonical_slug": "demo/alpha-20260301", "pricing": {"prompt": "0.000003",
 *     "completion": "0.000015", "input_cache_read": "0.0000003", "web_search": "0.01",
 *     "overrides": [{"min_prompt_tokens": 200000, "prompt": "0.000006"}, {"utc_start": "1630", "utc_end": "0030", ...}]}}]}
 *
 * USD per token (per call, per search) in strings. A negative price means that it varies: not known. Of
 * overrides the later wins; those with hours become rows of a higher precedence.
 */
#include <stdio.h>
#include <strings.h>

#include "collectors/prices.h"
#include "models/price/match.h"
#include "models/units/err.h"

static const struct {
	const char *name;
	int item;
	bool zero_is_none; /* a zero says that there is no such charge apart */
} fields[] = {
	{ "prompt", IN_UNCACHED, false },
	{ "completion", OUT_VISIBLE, false },
	{ "request", PRICE_REQUESTS, false },
	{ "input_cache_read", IN_CACHE_READ, false },
	{ "input_cache_write", IN_CACHE_WRITE_5M, false },
	{ "input_cache_write_1h", IN_CACHE_WRITE_1H, false },
	{ "internal_reasoning", OUT_REASONING, true },
	{ "image_token", PRICE_IN_IMAGE, true },
	{ "image_output", PRICE_OUT_IMAGE, true },
	{ "audio", PRICE_IN_AUDIO, true },
	{ "audio_output", PRICE_OUT_AUDIO, true },
	{ "input_audio_cache", PRICE_READ_AUDIO, true },
	{ "web_search", PRICE_WEB_SEARCHES, false },
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"data\"", "\"pricing\"", "\"prompt\"", NULL };

	*why_not = "no object with data, pricing and prompt";
	return head_has(head, n, '{', words) ? 92 : 0;
}

static bool
is_zero(const struct json *price)
{
	int64_t value = 1;

	return decimal_parse(price->text.p, price->text.n, PER_UNIT, &value, NULL, NULL) == 0 && value == 0;
}

static bool
is_negative(const struct json *price)
{
	return price->text.n > 0 && price->text.p[0] == '-' && !is_zero(price);
}

/* Add the prices of the object; *unknown when one is negative. */
static int
add_fields(const struct price_run *run, struct price_draft *draft, const struct json *pricing, int64_t above)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json *price = json_value(pricing, fields[i].name);
		struct price_spot spot = { text_of(fields[i].name), fields[i].item, above, PER_UNIT };

		if (price == NULL || is_negative(price) || (fields[i].zero_is_none && is_zero(price)))
			continue;
		if (draft_price(run, draft, price, spot) != 0)
			return -1;
	}
	return 0;
}

static bool
varies(const struct json *pricing)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct json *price = json_value(pricing, fields[i].name);

		if (price != NULL && is_negative(price))
			return true;
	}
	return false;
}

/* "1630" to seconds of the day. */
static bool
clock_of(const struct json *json, int32_t *second)
{
	int64_t hhmm = 0;

	if (json == NULL || decimal_parse(json->text.p, json->text.n, 0, &hhmm, NULL, NULL) != 0 || hhmm < 0 ||
		hhmm > 2400 || hhmm % 100 > 59)
		return false;
	*second = (int32_t)((hhmm / 100 * 60 + hhmm % 100) * 60 % 86400);
	return true;
}

/* ["mon", "Tuesday", ...] to bits; 0 when a day is not understood. */
static unsigned
days_of(const struct json *list)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	unsigned days = 0;

	if (list == NULL)
		return PRICE_ALL_DAYS;
	for (const struct json *item = list->first; item != NULL; item = item->next) {
		unsigned day = 0;

		for (unsigned i = 0; item->type == JSON_STRING && item->text.n >= 3 && i < 7; i++)
			if (strncasecmp(item->text.p, names[i], 3) == 0)
				day = 1u << i;
		if (day == 0)
			return 0;
		days |= day;
	}
	return days;
}

static int64_t
threshold_of(const struct json *override)
{
	const struct json *least = json_value(override, "min_prompt_tokens");
	int64_t above = 0;

	if (least == NULL || decimal_parse(least->text.p, least->text.n, 0, &above, NULL, NULL) != 0 || above < 0)
		return 0;
	return above;
}

/* An override that holds only in some hours or on some days: a row of its own over the plain one. */
static int
add_hours(const struct price_run *run, struct price_draft *draft, const struct json *override, int index)
{
	struct price_draft hours = *draft;
	unsigned days = days_of(json_value(override, "utc_days"));
	bool has_hours = json_value(override, "utc_start") != NULL;

	hours.row.components = hours.components;
	hours.row.n = 0;
	hours.row.precedence = index;
	hours.row.days = days;
	if (days == 0 ||
		(has_hours &&
			(!clock_of(json_value(override, "utc_start"), &hours.row.daily_from_s) ||
				!clock_of(json_value(override, "utc_end"), &hours.row.daily_to_s)))) {
		prices_warn(run, draft->row.model, "a price for hours or days that are not understood was left out");
		return 0;
	}
	if (add_fields(run, &hours, override, threshold_of(override)) != 0 || draft_fill(run, &hours, draft) != 0)
		return -1;
	hours.row.id = text_of(hours.id);
	draft_id(&hours, "@hours%d", index);
	return draft_add(run, &hours);
}

static int
add_overrides(const struct price_run *run, struct price_draft *draft, const struct json *overrides, bool with_hours)
{
	int index = 1;

	for (const struct json *override = overrides == NULL ? NULL : overrides->first; override != NULL;
		override = override->next, index++) {
		bool hours = json_value(override, "utc_start") != NULL || json_value(override, "utc_days") != NULL;
		int64_t above = threshold_of(override);

		if (hours && with_hours && add_hours(run, draft, override, index) != 0)
			return -1;
		if (hours || with_hours)
			continue;
		/* a later override of the same threshold wins: forget what was said before */
		for (size_t i = 0; i < draft->row.n; i++)
			if (draft->components[i].above_tokens == above) {
				const char *name = NULL;

				for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++)
					if (fields[k].item == draft->components[i].item)
						name = fields[k].name;
				if (name != NULL && json_value(override, name) != NULL)
					draft->components[i--] = draft->components[--draft->row.n];
			}
		if (add_fields(run, draft, override, above) != 0)
			return -1;
	}
	return 0;
}

static int
add_model(const struct price_run *run, struct price_draft *draft, const struct json *model)
{
	struct text id = json_text(model, "id"), slug = json_text(model, "canonical_slug");
	const struct json *pricing = json_value(model, "pricing");
	size_t used;

	if (id.n == 0 || pricing == NULL || pricing->type != JSON_OBJECT)
		return err_set(
			run->err, ERR_INPUT, "line %lld: a model without id and pricing", (long long)model->line);
	draft_begin(run, draft, text_of("openrouter"), id);
	draft->row.source_url = text_of("https://openrouter.ai/api/v1/models");
	draft_id(draft, "openrouter/%.*s", (int)id.n, id.p);
	used = match_quote(draft->match, sizeof draft->match, 0, id);
	if (slug.n > 0 && !text_same(slug, id) && used + 3 < sizeof draft->match) {
		memcpy(draft->match + used, " | ", 4);
		match_quote(draft->match, sizeof draft->match, used + 3, slug);
	}
	if (varies(pricing)) {
		draft->row.state = PRICE_UNPRICED;
		draft->row.note = text_of("the catalogue says that the price varies");
		return draft_add(run, draft);
	}
	if (add_fields(run, draft, pricing, 0) != 0 ||
		add_overrides(run, draft, json_value(pricing, "overrides"), false) != 0)
		return -1;
	if (draft->row.n == 0) {
		draft->row.state = PRICE_UNPRICED;
		draft->row.note = text_of("the catalogue has no price for this model");
	} else if (draft_is_zero(draft)) {
		draft->row.state = PRICE_FREE;
	}
	if (draft_add(run, draft) != 0)
		return -1;
	return add_overrides(run, draft, json_value(pricing, "overrides"), true);
}

static int
build(struct price_run *run, const struct json *root)
{
	const struct json *data = json_value(root, "data");
	struct price_draft draft;

	if (data == NULL || data->type != JSON_ARRAY)
		return err_set(run->err, ERR_INPUT, "the document has no data array of models");
	for (const struct json *model = data->first; model != NULL; model = model->next)
		if (add_model(run, &draft, model) != 0)
			return -1;
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "openrouter", build };
	const struct price_run run = { .options = options, .sink = sink, .err = err };

	return prices_parse_json(&format, input, &run);
}

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.url = "https://openrouter.ai",
	.interval_s = 86400,
	.interval_least_s = 3600,
	.window_max_s = 86400,
	.options = prices_pull_options,
	.path = "/api/v1/models",
};

const struct collector collector_prices_openrouter = {
	.name = "prices-openrouter",
	.title = "price catalogue of OpenRouter (GET /api/v1/models)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
