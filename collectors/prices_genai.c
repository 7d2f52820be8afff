/*
 * prices_genai: the price catalogue of pydantic/genai-prices, second layout.
 *
 *   [{"id": "openai", "pricing_urls": ["https://..."], "models": [{"id": "o3",
 *     "match": {"or": [{"equals": "o3"}, {"starts_with": "o3-2"}]},
 *     "prices": [{"prices": {"input_mtok": 10}}, {"constraint": {"start_date": "2025-06-10"}, "prices": {...}}]}]}]
 *
 * Of several price entries the last whose constraint holds counts, and the first one where none does: entries
 * with dates become rows from one date to the next, entries with hours rows of a higher precedence.
 * A price is a number or {"base", "tiers": [{"start", "price"}]}, in USD per million tokens or per thousand.
 * An empty price list is the catalogue's way to say that a model costs nothing.
 */
#include <stdio.h>

#include "collectors/price_list.h"
#include "collectors/prices.h"
#include "models/price/match.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

/* The part of a unit's name in front of _mtok or _kcount. Of two that price the same item the first counts. */
static const struct {
	const char *name;
	int item;
} units[] = {
	{ "input", IN_UNCACHED },
	{ "input_text", IN_UNCACHED },
	{ "cache_read", IN_CACHE_READ },
	{ "cache_text_read", IN_CACHE_READ },
	{ "cache_write_5m", IN_CACHE_WRITE_5M },
	{ "cache_write", IN_CACHE_WRITE_5M },
	{ "cache_write_1h", IN_CACHE_WRITE_1H },
	{ "output", OUT_VISIBLE },
	{ "output_text", OUT_VISIBLE },
	{ "output_reasoning", OUT_REASONING },
	{ "input_audio", PRICE_IN_AUDIO },
	{ "input_image", PRICE_IN_IMAGE },
	{ "input_video", PRICE_IN_VIDEO },
	{ "cache_audio_read", PRICE_READ_AUDIO },
	{ "cache_image_read", PRICE_READ_IMAGE },
	{ "cache_video_read", PRICE_READ_VIDEO },
	{ "output_audio", PRICE_OUT_AUDIO },
	{ "output_image", PRICE_OUT_IMAGE },
	{ "output_video", PRICE_OUT_VIDEO },
	{ "output_citation", PRICE_OUT_CITATION },
	{ "requests", PRICE_REQUESTS },
	{ "web_searches", PRICE_WEB_SEARCHES },
};

static const struct {
	const char *ending;
	int unit; /* enum price_unit; 0: nothing that is counted here */
} endings[] = { { "_mtok", PER_MILLION }, { "_kcount", PER_THOUSAND }, { "_kpages", 0 }, { "_hours", 0 } };

static int
sniff(const char *head, size_t n, const char **why_not)
{
	static const char *const words[] = { "\"models\"", "\"prices\"", "\"match\"", NULL };
	static const char *const urls[] = { "\"pricing_urls\"", NULL };

	if (head_has(head, n, '[', words))
		return 95;
	*why_not = "no array of providers with models, match and prices";
	return head_has(head, n, '[', urls) ? 80 : 0;
}

/* ---- match clauses to one line of text */

static void put_clause(char *match, const struct json *clause, const char **wrong);

static void
put_text(char *match, const char *text)
{
	size_t used = strlen(match);

	snprintf(match + used, DRAFT_MATCH - used, "%s", text);
}

static void
put_list(char *match, const struct json *list, const char *between, const char **wrong)
{
	if (list->type != JSON_ARRAY || list->first == NULL)
		*wrong = "an empty list";
	put_text(match, "(");
	for (const struct json *item = list->first; item != NULL; item = item->next) {
		put_clause(match, item, wrong);
		if (item->next != NULL)
			put_text(match, between);
	}
	put_text(match, ")");
}

/* A pattern between slashes: those inside get a backslash. */
static void
put_regex(char *match, struct text pattern)
{
	size_t used = strlen(match);

	if (used + 2 * pattern.n + 3 > DRAFT_MATCH) {
		memset(match + used, ' ', DRAFT_MATCH - 1 - used); /* too long: draft_add says so */
		match[DRAFT_MATCH - 1] = '\0';
		return;
	}
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
}

static void
put_clause(char *match, const struct json *clause, const char **wrong)
{
	const struct json *only = clause->type == JSON_OBJECT ? clause->first : NULL;

	if (only == NULL || only->next != NULL) {
		*wrong = "a clause that is not one of equals, starts_with, ends_with, contains, regex, or, and";
		return;
	}
	if (text_is(only->key, "or") || text_is(only->key, "and")) {
		put_list(match, only, text_is(only->key, "or") ? " | " : " & ", wrong);
		return;
	}
	if (only->type != JSON_STRING || only->text.n == 0) {
		*wrong = "a clause without a text";
		return;
	}
	if (text_is(only->key, "regex")) {
		put_regex(match, only->text);
		return;
	}
	if (text_is(only->key, "ends_with") || text_is(only->key, "contains"))
		put_text(match, "*");
	else if (!text_is(only->key, "equals") && !text_is(only->key, "starts_with"))
		*wrong = "a clause that is not one of equals, starts_with, ends_with, contains, regex, or, and";
	match_quote(match, DRAFT_MATCH, strlen(match), only->text);
	if (text_is(only->key, "starts_with") || text_is(only->key, "contains"))
		put_text(match, "*");
}

/* ---- prices */

/* The item and unit that a price's name means; unit 0: known, and nothing that is counted here. */
static bool
unit_of(struct text name, int *item, int *unit)
{
	for (size_t k = 0; k < sizeof endings / sizeof endings[0]; k++) {
		size_t n = strlen(endings[k].ending);
		struct text front;

		if (name.n <= n || memcmp(name.p + name.n - n, endings[k].ending, n) != 0)
			continue;
		*unit = 0;
		front = (struct text){ name.p, name.n - n };
		for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
			if (text_is(front, units[i].name)) {
				*item = units[i].item;
				*unit = endings[k].unit;
			}
		return true;
	}
	return false;
}

static int
add_tiers(const struct price_run *run, struct price_draft *draft, const struct json *price, struct price_spot spot)
{
	const struct json *base = json_value(price, "base"), *tiers = json_value(price, "tiers");
	struct text model = draft->row.model;

	if (base == NULL || tiers == NULL || tiers->type != JSON_ARRAY)
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': %.*s has no base and tiers",
			(long long)price->line, (int)model.n, model.p, (int)spot.field.n, spot.field.p);
	if (draft_price(run, draft, base, spot) != 0)
		return -1;
	for (const struct json *tier = tiers->first; tier != NULL; tier = tier->next) {
		const struct json *start = json_value(tier, "start"), *rate = json_value(tier, "price");

		if (start == NULL || rate == NULL || start->type != JSON_NUMBER ||
			decimal_parse(start->text.p, start->text.n, 0, &spot.above_tokens, NULL, NULL) != 0 ||
			spot.above_tokens <= 0)
			return err_set(run->err, ERR_INPUT,
				"line %lld: model '%.*s': %.*s: a tier without start above 0 and price",
				(long long)tier->line, (int)model.n, model.p, (int)spot.field.n, spot.field.p);
		if (draft_price(run, draft, rate, spot) != 0)
			return -1;
	}
	return 0;
}

/* One member of a price list, for the item it is the `rank`-th name of. */
static int
add_price(const struct price_run *run, struct price_draft *draft, const struct json *price)
{
	struct price_spot spot = { .field = price->key };
	int unit = 0;

	if (!unit_of(price->key, &spot.item, &unit))
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': unit '%.*s' is unknown",
			(long long)price->line, (int)draft->row.model.n, draft->row.model.p, (int)price->key.n,
			price->key.p);
	if (unit == 0) {
		prices_warn(run, draft->row.model, "a price of something that usage does not count was left out");
		return 0;
	}
	spot.unit = (enum price_unit)unit;
	if (price->type == JSON_OBJECT)
		return add_tiers(run, draft, price, spot);
	return draft_price(run, draft, price, spot);
}

/* In the order of the table above, so that the first name of an item counts. */
static int
add_prices(const struct price_run *run, struct price_draft *draft, const struct json *prices)
{
	draft->row.n = 0;
	draft->row.state = PRICE_PRICED;
	draft->row.note = (struct text){ NULL, 0 };
	if (prices == NULL || prices->type != JSON_OBJECT)
		return err_set(run->err, ERR_INPUT, "model '%.*s': prices is %s, not an object",
			(int)draft->row.model.n, draft->row.model.p, json_type_name(prices));
	for (int narrow = 1; narrow >= 0; narrow--)
		for (const struct json *price = prices->first; price != NULL; price = price->next) {
			bool late = text_is(price->key, "cache_write_mtok") || text_is(price->key, "input_text_mtok") ||
				text_is(price->key, "output_text_mtok") || text_is(price->key, "cache_text_read_mtok");

			if (price->type != JSON_NULL && late == (narrow == 0) && add_price(run, draft, price) != 0)
				return -1;
		}
	if (draft->row.n == 0 && prices->first != NULL) { /* by the hour or the page: nobody knows what tokens cost */
		draft->row.state = PRICE_UNPRICED;
		draft->row.note = text_of("the catalogue has no price by token for this model");
	} else if (draft->row.n == 0) {
		draft->row.state = PRICE_FREE;
		draft->row.note = text_of("the catalogue lists the model with no charge");
	} else if (draft_is_zero(draft)) {
		draft->row.state = PRICE_FREE;
	}
	return 0;
}

/* ---- entries with constraints */

/* "16:30:00Z" to seconds of the day. */
static bool
clock_of(struct text text, int32_t *second)
{
	int h, m, s = 0;
	char buffer[16];

	if (text.n < 5 || text.n >= sizeof buffer)
		return false;
	memcpy(buffer, text.p, text.n);
	buffer[text.n] = '\0';
	if (sscanf(buffer, "%2d:%2d:%2d", &h, &m, &s) < 2 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
		return false;
	*second = h * 3600 + m * 60 + s;
	return true;
}

static int
wrong_constraint(const struct price_run *run, struct text model, const struct json *constraint)
{
	return err_set(run->err, ERR_INPUT,
		"line %lld: model '%.*s': a constraint that is neither start_date nor start_time and end_time",
		(long long)constraint->line, (int)model.n, model.p);
}

/* Put the constraint of the entry at `index` into the row. */
static int
constrain(const struct price_run *run, struct price_draft *draft, const struct json *entry, int index)
{
	const struct json *constraint = json_value(entry, "constraint");
	struct text date = json_text(constraint, "start_date");
	struct date civil;
	struct price_row *row = &draft->row;

	row->from_us = PRICE_FROM_ALWAYS;
	row->daily_from_s = row->daily_to_s = 0;
	row->precedence = 0;
	if (constraint == NULL)
		return 0;
	if (date.n > 0) {
		if (date_parse(date.p, date.n, &civil, NULL) != 0)
			return wrong_constraint(run, row->model, constraint);
		row->from_us = date_days(civil) * DAY_S * SECOND_US;
		return 0;
	}
	if (!clock_of(json_text(constraint, "start_time"), &row->daily_from_s) ||
		!clock_of(json_text(constraint, "end_time"), &row->daily_to_s))
		return wrong_constraint(run, row->model, constraint);
	row->precedence = index;
	return 0;
}

static void
name_row(struct price_draft *draft)
{
	struct price_row *row = &draft->row;

	draft->id[0] = '\0';
	draft_id(draft, "%.*s/%.*s", (int)row->provider.n, row->provider.p, (int)row->model.n, row->model.p);
	if (row->from_us != PRICE_FROM_ALWAYS) {
		char day[16];

		date_print(day, sizeof day, days_date(row->from_us / (DAY_S * SECOND_US)));
		draft_id(draft, "@%s", day);
	}
	if (row->precedence > 0)
		draft_id(draft, "@%02d:%02d-%02d:%02d", row->daily_from_s / 3600, row->daily_from_s / 60 % 60,
			row->daily_to_s / 3600, row->daily_to_s / 60 % 60);
}

/* When the row of this entry ends: where the next later one without hours begins. */
static int
end_of(const struct price_run *run, struct price_draft *draft, const struct json *entry, int64_t *end)
{
	struct price_draft later;
	int64_t from = draft->row.from_us;

	*end = PRICE_TO_ALWAYS;
	later.row = draft->row;
	for (const struct json *other = entry->next; other != NULL; other = other->next) {
		if (constrain(run, &later, other, 1) != 0)
			return -1;
		if (later.row.precedence == 0 && later.row.from_us == from && from != PRICE_FROM_ALWAYS)
			return err_set(run->err, ERR_INPUT,
				"model '%.*s': two prices overlap: lines %lld and %lld begin on the same date",
				(int)draft->row.model.n, draft->row.model.p, (long long)entry->line,
				(long long)other->line);
		if (later.row.precedence == 0 && later.row.from_us < *end)
			*end = later.row.from_us;
	}
	return 0;
}

static int
add_entries(const struct price_run *run, struct price_draft *draft, const struct json *entries)
{
	int index = 0;

	for (const struct json *entry = entries->first; entry != NULL; entry = entry->next, index++) {
		if (constrain(run, draft, entry, index) != 0 || end_of(run, draft, entry, &draft->row.to_us) != 0)
			return -1;
		if (index == 0) { /* counts also where no constraint holds */
			draft->row.from_us = PRICE_FROM_ALWAYS;
			draft->row.daily_from_s = draft->row.daily_to_s = 0;
		}
		if (draft->row.precedence > 0)
			draft->row.to_us = PRICE_TO_ALWAYS;
		if (draft->row.to_us <= draft->row.from_us)
			continue; /* a later entry always wins */
		if (add_prices(run, draft, json_value(entry, "prices")) != 0)
			return -1;
		name_row(draft);
		if (draft_add(run, draft) != 0)
			return -1;
	}
	return 0;
}

static int
add_model(const struct price_run *run, struct price_draft *draft, const struct json *model, const struct json *provider)
{
	const struct json *match = json_value(model, "match"), *prices = json_value(model, "prices");
	const struct json *urls = json_value(provider, "pricing_urls");
	struct text id = json_text(model, "id");
	const char *wrong = NULL;

	if (id.n == 0)
		return err_set(run->err, ERR_INPUT, "line %lld: a model without an id", (long long)model->line);
	draft_begin(run, draft, json_text(provider, "id"), id);
	if (urls != NULL && urls->type == JSON_ARRAY && urls->first != NULL && urls->first->type == JSON_STRING)
		draft->row.source_url = urls->first->text;
	if (match == NULL)
		wrong = "it is missing";
	else
		put_clause(draft->match, match, &wrong);
	if (wrong != NULL)
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': match: %s", (long long)model->line,
			(int)id.n, id.p, wrong);
	if (prices != NULL && prices->type == JSON_ARRAY)
		return add_entries(run, draft, prices);
	if (add_prices(run, draft, prices) != 0)
		return -1;
	name_row(draft);
	return draft_add(run, draft);
}

static int
build(struct price_run *run, const struct json *root)
{
	struct price_draft draft;

	if (root->type != JSON_ARRAY)
		return err_set(
			run->err, ERR_INPUT, "the document is %s, not an array of providers", json_type_name(root));
	for (const struct json *provider = root->first; provider != NULL; provider = provider->next) {
		const struct json *models = json_value(provider, "models");

		if (json_text(provider, "id").n == 0 || models == NULL || models->type != JSON_ARRAY)
			return err_set(run->err, ERR_INPUT, "line %lld: a provider without id and models",
				(long long)provider->line);
		for (const struct json *model = models->first; model != NULL; model = model->next)
			if (add_model(run, &draft, model, provider) != 0)
				return err_in(run->err, "provider '%.*s'", (int)json_text(provider, "id").n,
					json_text(provider, "id").p);
	}
	return 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	static const struct price_format format = { "genai-prices", build };
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
	.path = "/pydantic/genai-prices/main/prices/new_data/v2/data.json",
};

const struct collector collector_prices_genai = {
	.name = "prices-genai",
	.title = "price catalogue of pydantic/genai-prices (v2 data.json)",
	.kind = COLLECTS_PRICES,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
