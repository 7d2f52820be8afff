/*
 * find: which price row answers for a provider, a model, a service tier and an instant, and for how long.
 */
#include "models/price/match.h"
#include "models/price/provider.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"

#define DAY_US (DAY_S * SECOND_US)

static const struct text nothing = { NULL, 0 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
same_fold(struct text a, struct text b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static struct text
trimmed(struct text text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return text;
}

static struct text
after_slash(struct text text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '/')
			return (struct text){ text.p + i + 1, text.n - i - 1 };
	return nothing;
}

static struct text
before_slash(struct text text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '/')
			return (struct text){ text.p, i };
	return nothing;
}

/* The name without a date at its end: "-2024-08-06", "-20240806", "@20240806"; nothing where there is none. */
static struct text
without_date(struct text name)
{
	size_t digits = 0, dashes = 0, i = name.n;

	while (i > 0 && digits < 8) {
		char c = name.p[i - 1];

		if (c >= '0' && c <= '9')
			digits++;
		else if (c == '-' && (digits == 2 || digits == 4) && dashes < 2)
			dashes++;
		else
			return nothing;
		i--;
	}
	if (digits != 8 || (dashes != 0 && dashes != 2) || i < 2 || (name.p[i - 1] != '-' && name.p[i - 1] != '@'))
		return nothing;
	return (struct text){ name.p, i - 1 };
}

/* ---- which model */

/* How a provider has to fit: as spelled, under another of its names; a row without a provider fits all. */
enum fit { FIT_SPELLED, FIT_SAME };

static bool
provider_fits(const struct price_row *row, struct text provider, enum fit fit)
{
	if (row->provider.n == 0 || provider.n == 0)
		return true;
	return fit == FIT_SPELLED ? same_fold(row->provider, provider) : provider_same(row->provider, provider);
}

static bool
model_fits(const struct price_row *row, struct text model)
{
	return row->match.n == 0 ? same_fold(row->model, model) : match_name(row->match, model);
}

/* The first row of the provider whose model has that name; with `short_ids`, whose id has it behind its first slash. */
static const struct price_row *
scan(const struct price_book *book, struct text provider, enum fit fit, struct text model, bool short_ids)
{
	for (size_t i = 0; model.n > 0 && i < book->n; i++) {
		const struct price_row *row = &book->rows[i];

		if (short_ids ? row->match.n == 0 && same_fold(after_slash(row->model), model) : model_fits(row, model))
			if (provider_fits(row, provider, fit))
				return row;
	}
	return NULL;
}

/* The name as it is, then without its prefixes, then against ids without theirs. */
static const struct price_row *
scan_spelling(const struct price_book *book, struct text provider, enum fit fit, struct text model)
{
	const struct price_row *row = scan(book, provider, fit, model, false);

	for (struct text rest = after_slash(model); row == NULL && rest.n > 0; rest = after_slash(rest))
		row = scan(book, provider, fit, rest, false);
	if (row == NULL)
		row = scan(book, provider, fit, model, true);
	return row;
}

/* The provider as spelled, then under its other names. */
static const struct price_row *
scan_names(const struct price_book *book, struct text provider, struct text model)
{
	const struct price_row *row = scan_spelling(book, provider, FIT_SPELLED, model);

	if (row == NULL && provider.n > 0)
		row = scan_spelling(book, provider, FIT_SAME, model);
	return row;
}

/* What the provider sells under its own prices, then what it resells under those of the maker. */
static const struct price_row *
scan_sellers(const struct price_book *book, struct text provider, struct text model)
{
	const struct price_row *row = scan_names(book, provider, model);
	struct text fallback;

	for (int i = 0; row == NULL && (fallback = provider_fallback(provider, i)).n > 0; i++)
		row = scan_names(book, fallback, model);
	return row;
}

static bool
knows_provider(const struct price_book *book, struct text provider)
{
	for (size_t i = 0; i < book->n; i++)
		if (provider_fits(&book->rows[i], provider, FIT_SAME))
			return true;
	return provider_fallback(provider, 0).n > 0 && knows_provider(book, provider_fallback(provider, 0));
}

/* Nobody said who sold it: the model's prefix, then the maker of such names, then whoever has it. */
static const struct price_row *
find_unsaid(const struct price_book *book, struct text model)
{
	struct text prefix = before_slash(model), maker = provider_of_model(model);
	const struct price_row *row = NULL;

	if (prefix.n > 0 && knows_provider(book, prefix))
		row = scan_names(book, prefix, model);
	if (row == NULL && maker.n > 0)
		row = scan_names(book, maker, model);
	if (row == NULL)
		row = scan_names(book, nothing, model);
	return row;
}

/* A list of another seller that names models "maker/model", for a maker whose own prices are not in the book. */
static const struct price_row *
find_listed(const struct price_book *book, struct text maker, struct text model)
{
	for (size_t i = 0; i < book->n; i++) {
		struct text id = book->rows[i].model;

		if (same_fold(before_slash(id), maker) && (same_fold(id, model) || same_fold(after_slash(id), model)))
			return &book->rows[i];
	}
	return NULL;
}

static const struct price_row *
find_said(const struct price_book *book, struct text provider, struct text model)
{
	return provider.n > 0 ? scan_sellers(book, provider, model) : find_unsaid(book, model);
}

static const struct price_row *
find_model(const struct price_book *book, struct text provider, struct text model, const char **reason)
{
	const struct price_row *row = find_said(book, provider, model);
	struct text undated;

	if (row != NULL)
		return row;
	undated = without_date(model);
	row = undated.n > 0 ? find_said(book, provider, undated) : NULL;
	*reason = "this dated model is not listed: priced as its undated name";
	if (row != NULL)
		return row;
	*reason = "the model is not in the price book";
	if (provider.n == 0 || knows_provider(book, provider))
		return NULL;
	row = find_listed(book, provider, model);
	*reason = row != NULL ? "the provider is not in the price book: priced as another seller lists the model"
			      : "the provider is not in the price book";
	return row;
}

/* ---- which row of the model */

/* What is known of a service tier by its name alone. */
struct tier_rule {
	const char *said;
	const char *tier; /* the rows to look for */
	bool flat;        /* capacity that was paid for */
	bool half;        /* without rows of its own: half the standard row */
};

static const struct tier_rule tier_rules[] = {
	{ "", "", false, false },
	{ "default", "", false, false },
	{ "standard", "", false, false },
	{ "auto", "", false, false },
	{ "on_demand", "", false, false },
	{ "on-demand", "", false, false },
	{ "standard_only", "", false, false },
	{ "batch", "batch", false, true },
	{ "batches", "batch", false, true },
	{ "flex", "flex", false, true },
	{ "scale", "scale", true, false },
	{ "provisioned", "provisioned", true, false },
	{ "provisioned_throughput", "provisioned", true, false },
	{ "reserved", "reserved", true, false },
	{ SELF_HOSTED, SELF_HOSTED, true, false },
	{ "subscription", "subscription", true, false },
};

static struct tier_rule
tier_rule_of(struct text said)
{
	for (size_t i = 0; i < sizeof tier_rules / sizeof tier_rules[0]; i++)
		if (same_fold(said, text_of(tier_rules[i].said)))
			return tier_rules[i];
	return (struct tier_rule){ NULL, NULL, false, false };
}

static int64_t
day_of(int64_t at_us)
{
	return at_us >= 0 ? at_us / DAY_US : -((-at_us + DAY_US - 1) / DAY_US);
}

static bool
holds(const struct price_row *row, int64_t at_us)
{
	int64_t day = day_of(at_us), second = (at_us - day * DAY_US) / SECOND_US;
	unsigned weekday = (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	bool after = second >= row->daily_from_s, before = second < row->daily_to_s;

	if (at_us < row->from_us || at_us >= row->to_us || !(row->days & (1u << weekday)))
		return false;
	if (row->daily_from_s == row->daily_to_s)
		return true;
	return row->daily_from_s < row->daily_to_s ? after && before : after || before;
}

static void
tighten(struct price_found *found, int64_t edge_us, int64_t at_us)
{
	if (edge_us <= at_us) {
		if (edge_us > found->from_us)
			found->from_us = edge_us;
	} else if (edge_us < found->to_us) {
		found->to_us = edge_us;
	}
}

/* The answer can change only where a row of the model begins or ends, or at the edge of a daily window. */
static void
tighten_row(struct price_found *found, const struct price_row *row, int64_t at_us)
{
	int64_t midnight = day_of(at_us) * DAY_US;

	if (row->from_us != PRICE_FROM_ALWAYS)
		tighten(found, row->from_us, at_us);
	if (row->to_us != PRICE_TO_ALWAYS)
		tighten(found, row->to_us, at_us);
	if (row->daily_from_s == row->daily_to_s && row->days == PRICE_ALL_DAYS)
		return;
	tighten(found, midnight, at_us);
	tighten(found, midnight + row->daily_from_s * SECOND_US, at_us);
	tighten(found, midnight + row->daily_to_s * SECOND_US, at_us);
	tighten(found, midnight + DAY_US, at_us);
}

/* The row of the model's tier that holds; *last is the one that ended latest, for a gap between rows. */
static const struct price_row *
pick(const struct price_book *book, const struct price_row *model, struct text tier, int64_t at_us,
	struct price_found *found, const struct price_row **last)
{
	const struct price_row *best = NULL;

	*last = NULL;
	for (size_t i = 0; i < book->n; i++) {
		const struct price_row *row = &book->rows[i];

		if (!text_same(row->model, model->model) || !text_same(row->provider, model->provider) ||
			!same_fold(row->service_tier, tier))
			continue;
		tighten_row(found, row, at_us);
		if (holds(row, at_us) && (best == NULL || row->precedence > best->precedence))
			best = row;
		if (row->to_us <= at_us && (*last == NULL || row->to_us > (*last)->to_us))
			*last = row;
	}
	return best;
}

static void
answer(struct price_found *found, const struct price_row *row)
{
	found->row = row;
	found->state = row->state;
}

static void
pick_standard(const struct price_book *book, const struct price_row *model, int64_t at_us, struct price_found *found)
{
	const struct price_row *last;
	const struct price_row *row = pick(book, model, nothing, at_us, found, &last);

	if (row == NULL && last != NULL) {
		row = last;
		found->weak = true;
		found->reason = "no price row holds at this time: the last known price is used";
	}
	if (row != NULL)
		answer(found, row);
	else
		found->reason = "the price book has no price of this model for this time";
}

/* A tier without rows of its own. */
static void
fall_back(const struct price_book *book, const struct price_row *model, const struct price_question *question,
	struct price_found *found)
{
	struct tier_rule rule = tier_rule_of(question->service_tier);
	bool half = rule.half && !(question->tier_hinted && !text_is(text_of(rule.tier), "batch"));

	if (rule.flat) {
		found->state = PRICE_FLAT;
		found->reason = "this service tier is capacity that was paid for, not charged by token";
		return;
	}
	if (!half && !question->tier_hinted) {
		found->reason = "the price book has no price of this model on this service tier";
		return;
	}
	pick_standard(book, model, question->at_us, found);
	if (found->row == NULL || found->state != PRICE_PRICED)
		return;
	if (half) {
		found->halves = 1;
		found->reason = "no price of its own for batch or flex: half the standard token prices";
	} else {
		found->reason = "the usage names a service tier without a price of its own: standard price";
	}
}

void
price_find(const struct price_book *book, const struct price_question *question, struct price_found *found)
{
	struct text said = trimmed(question->service_tier);
	struct tier_rule rule = tier_rule_of(said);
	const char *reason = NULL;
	const struct price_row *model =
		find_model(book, trimmed(question->provider), trimmed(question->model), &reason);
	const struct price_row *row, *last;
	struct price_question asked = *question;

	*found = (struct price_found){ .halves = 2, .state = PRICE_UNPRICED, .from_us = INT64_MIN, .to_us = INT64_MAX };
	asked.service_tier = said;
	if (rule.tier != NULL && strcmp(rule.tier, SELF_HOSTED) == 0) { /* whoever else sells a model of that name */
		found->state = PRICE_FLAT;
		return;
	}
	if (model == NULL) {
		found->reason = reason;
		return;
	}
	if (rule.tier != NULL && rule.tier[0] == '\0') {
		pick_standard(book, model, question->at_us, found);
	} else {
		row = pick(book, model, rule.tier == NULL ? said : text_of(rule.tier), question->at_us, found, &last);
		if (row != NULL)
			answer(found, row);
		else
			fall_back(book, model, &asked, found);
	}
	if (found->reason == NULL)
		found->reason = reason;
	found->weak = found->weak || reason != NULL || found->state == PRICE_UNPRICED;
}

const struct price_found price_found_none = { .halves = 2,
	.state = PRICE_UNPRICED,
	.weak = true,
	.reason = "there are no prices",
	.from_us = INT64_MIN,
	.to_us = INT64_MAX };

bool
price_found_take(struct price_found *best, const struct price_found *next)
{
	int64_t from_us = next->from_us > best->from_us ? next->from_us : best->from_us;
	int64_t to_us = next->to_us < best->to_us ? next->to_us : best->to_us;
	bool known = next->row != NULL || next->state == PRICE_FLAT;
	bool first = best->reason == price_found_none.reason;

	if (known ? !next->weak || best->row == NULL : first)
		*best = *next;
	best->from_us = from_us;
	best->to_us = to_us;
	return known && !next->weak;
}
