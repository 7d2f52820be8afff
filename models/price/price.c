/*
 * price: what a request cost, exactly.
 */
#include "models/price/tariff.h"
#include "models/units/err.h"

/* Whose rate holds where an item has none: the first that has one. Ended by -1. */
static const signed char parents[PRICE_ITEMS][4] = {
	[IN_UNCACHED] = { -1 },
	[IN_CACHE_READ] = { IN_UNCACHED, -1 },
	[IN_CACHE_WRITE_5M] = { IN_UNCACHED, -1 },
	[IN_CACHE_WRITE_1H] = { IN_CACHE_WRITE_5M, IN_UNCACHED, -1 },
	[OUT_VISIBLE] = { -1 },
	[OUT_REASONING] = { OUT_VISIBLE, -1 },
	[PRICE_IN_AUDIO] = { IN_UNCACHED, -1 },
	[PRICE_IN_IMAGE] = { IN_UNCACHED, -1 },
	[PRICE_IN_VIDEO] = { IN_UNCACHED, -1 },
	[PRICE_READ_AUDIO] = { IN_CACHE_READ, PRICE_IN_AUDIO, IN_UNCACHED, -1 },
	[PRICE_READ_IMAGE] = { IN_CACHE_READ, PRICE_IN_IMAGE, IN_UNCACHED, -1 },
	[PRICE_READ_VIDEO] = { IN_CACHE_READ, PRICE_IN_VIDEO, IN_UNCACHED, -1 },
	[PRICE_OUT_AUDIO] = { OUT_VISIBLE, -1 },
	[PRICE_OUT_IMAGE] = { OUT_VISIBLE, -1 },
	[PRICE_OUT_VIDEO] = { OUT_VISIBLE, -1 },
	[PRICE_OUT_CITATION] = { OUT_VISIBLE, -1 },
	[PRICE_REQUESTS] = { -1 },
	[PRICE_WEB_SEARCHES] = { -1 },
};

static bool
has_rate(const struct price_row *row, int item)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->components[i].item == item)
			return true;
	return false;
}

/* The item whose components price this one, or -1. */
static int
priced_as(const struct price_row *row, int item)
{
	if (has_rate(row, item))
		return item;
	for (int i = 0; i < 4 && parents[item][i] >= 0; i++)
		if (has_rate(row, parents[item][i]))
			return parents[item][i];
	return -1;
}

/* The component of the highest threshold that `tokens` is strictly above; NULL: none reaches so low. */
static const struct price_component *
component_at(const struct price_row *row, int item, int64_t tokens)
{
	const struct price_component *best = NULL;

	for (size_t i = 0; i < row->n; i++) {
		const struct price_component *component = &row->components[i];

		if (component->item != item || (component->above_tokens > 0 && tokens <= component->above_tokens))
			continue;
		if (best == NULL || component->above_tokens > best->above_tokens)
			best = component;
	}
	return best;
}

bool
price_rate(const struct price_row *row, int item, int64_t input_total, int64_t *rate_femto)
{
	int as = priced_as(row, item);
	const struct price_component *component = as < 0 ? NULL : component_at(row, as, input_total);

	if (component == NULL)
		return false;
	*rate_femto = component->rate_femto;
	return true;
}

/* One side of the bill under way. */
struct bill {
	const struct price_row *row;
	int64_t input_total; /* by which the tier is chosen */
	int64_t tier_tokens; /* highest threshold used so far */
	wide sum;
	bool marginal;
	bool missing; /* something had no price */
};

/* Each slice between two thresholds at its own rate. */
static int
add_marginal(struct bill *bill, int item, int64_t count)
{
	int64_t left = count;

	while (left > 0) {
		const struct price_component *component = component_at(bill->row, item, left);

		if (component == NULL) {
			bill->missing = true;
			return 0;
		}
		if (component->above_tokens > bill->tier_tokens)
			bill->tier_tokens = component->above_tokens;
		if (money_add_product(&bill->sum, component->rate_femto, left - component->above_tokens) != 0)
			return -1;
		left = component->above_tokens;
	}
	return 0;
}

static int
add_item(struct bill *bill, int item, int64_t count)
{
	int as;
	const struct price_component *component;

	if (count == 0)
		return 0;
	as = priced_as(bill->row, item);
	if (as < 0) {
		bill->missing = true;
		return 0;
	}
	if (bill->marginal)
		return add_marginal(bill, as, count);
	component = component_at(bill->row, as, bill->input_total);
	if (component == NULL) {
		bill->missing = true;
		return 0;
	}
	if (component->above_tokens > bill->tier_tokens)
		bill->tier_tokens = component->above_tokens;
	return money_add_product(&bill->sum, component->rate_femto, count);
}

/* All items from..to of the classes first..last, the parts taken out of their class. */
static int
add_classes(struct bill *bill, const struct quantities *quantities, int first, int last)
{
	int64_t rest[USAGE_CLASSES];

	for (int i = first; i <= last; i++)
		rest[i] = quantities->usage.tokens[i];
	for (int i = 0; i < PRICE_PARTS; i++) {
		int class = price_part_class(USAGE_CLASSES + i);

		if (class < first || class > last)
			continue;
		rest[class] -= quantities->parts[i];
		if (add_item(bill, USAGE_CLASSES + i, quantities->parts[i]) != 0)
			return -1;
	}
	for (int i = first; i <= last; i++)
		if (add_item(bill, i, rest[i]) != 0)
			return -1;
	return 0;
}

/* Is there a tier that the line as a whole reaches, but perhaps none of its requests? */
static bool
tier_unknown(const struct price_row *row, const struct quantities *quantities)
{
	int64_t input_total = usage_input(&quantities->usage), output_total = usage_output(&quantities->usage);
	bool several = quantities->requests > 1 || (quantities->requests == 0 && quantities->bucket);

	if (quantities->context_tokens > 0 && row->tiers == TIERS_WHOLE)
		return false;
	for (size_t i = 0; several && i < row->n; i++)
		if (row->components[i].above_tokens > 0 &&
			(input_total > row->components[i].above_tokens ||
				(row->tiers == TIERS_MARGINAL && output_total > row->components[i].above_tokens)))
			return true;
	return false;
}

static void
settle(const struct price_found *found, const struct quantities *quantities, const struct bill *in,
	const struct bill *out, struct price_result *result)
{
	if (result->tier_unknown)
		result->reason =
			"several requests in one line: the context tier of each is unknown, priced at the base tier";
	if (quantities->bucket && quantities->requests == 0 && has_rate(found->row, PRICE_REQUESTS) &&
		result->reason == NULL)
		result->reason = "calls have a price, and how many there were is not reported: one is in the amount";
	if (quantities->web_searches > 0 && !has_rate(found->row, PRICE_WEB_SEARCHES) && result->reason == NULL)
		result->reason = "web searches have no price in this row and are not in the amount";
	if (in->missing || out->missing) {
		result->state = PRICE_UNPRICED;
		result->reason =
			in->missing ? "the price row has no price for input" : "the price row has no price for output";
	}
	result->has_input = !in->missing;
	result->has_output = !out->missing;
}

/* Base prices for a line whose tier cannot be known: its components above a threshold are left out. */
static int
bill_sides(const struct price_found *found, const struct quantities *quantities, struct bill *in, struct bill *out)
{
	bool unknown = tier_unknown(found->row, quantities);

	*in = *out = (struct bill){ .row = found->row,
		.input_total = unknown                   ? 0
			: quantities->context_tokens > 0 ? quantities->context_tokens
							 : usage_input(&quantities->usage),
		.marginal = found->row->tiers == TIERS_MARGINAL && !unknown };
	if (add_classes(in, quantities, IN_UNCACHED, IN_CACHE_WRITE_1H) != 0 ||
		add_classes(out, quantities, OUT_VISIBLE, OUT_REASONING) != 0)
		return -1;
	return 0;
}

int
price_usage(const struct price_found *found, const struct quantities *quantities, struct price_result *result,
	struct err *err)
{
	struct bill in, out, other;
	int64_t calls = quantities->other_line ? 0 : quantities->requests > 0 ? quantities->requests : 1;

	*result = (struct price_result){ .state = found->state, .reason = found->reason };
	if (found->row == NULL || found->row->state != PRICE_PRICED || found->state != PRICE_PRICED) {
		bool known = found->state == PRICE_FREE || found->state == PRICE_FLAT;

		result->has_input = result->has_output = known;
		return 0;
	}
	result->tier_unknown = tier_unknown(found->row, quantities);
	other = (struct bill){ .row = found->row };
	if (bill_sides(found, quantities, &in, &out) != 0 ||
		(has_rate(found->row, PRICE_REQUESTS) && add_item(&other, PRICE_REQUESTS, calls) != 0) ||
		(has_rate(found->row, PRICE_WEB_SEARCHES) &&
			add_item(&other, PRICE_WEB_SEARCHES, quantities->web_searches) != 0))
		return err_set(err, ERR_INPUT, "the amount does not fit 128 bits");
	result->input_femto = found->halves == 2 ? in.sum : money_divide(in.sum * found->halves, 2);
	result->output_femto = found->halves == 2 ? out.sum : money_divide(out.sum * found->halves, 2);
	result->other_femto = other.sum;
	result->amount_femto = result->input_femto + result->output_femto + result->other_femto;
	result->tier_tokens = in.tier_tokens > out.tier_tokens ? in.tier_tokens : out.tier_tokens;
	settle(found, quantities, &in, &out, result);
	return 0;
}
