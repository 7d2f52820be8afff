#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ingest/pricing.h"
#include "daemon/store/prices.h"
#include "models/units/err.h"

#define REMEMBERED 4096 /* answers; a power of two */

struct answer_kept {
	int64_t series; /* 0: none */
	bool tier_hinted;
	struct price_found found;
	int64_t row;      /* of the price table */
	bool other_money; /* the row is not in USD */
};

struct pricing {
	struct prices *prices;
	char remark[256], reason[96];
	struct answer_kept kept[REMEMBERED];
};

/* Takes the prices, which may be NULL with *err. */
static struct pricing *
make_pricing(struct prices *prices, struct err *err)
{
	struct pricing *pricing = prices == NULL ? NULL : calloc(1, sizeof(*pricing));

	if (pricing == NULL) {
		if (prices != NULL)
			err_set(err, ERR_OUTSIDE, "no memory for the prices");
		prices_free(prices);
		return NULL;
	}
	pricing->prices = prices;
	return pricing;
}

struct pricing *
pricing_open(struct store *store, struct err *err)
{
	return make_pricing(prices_load(store, err), err);
}

struct pricing *
pricing_open_pinned(struct store *store, const struct price_pin *pin, struct err *err)
{
	return make_pricing(prices_load_pinned(store, pin, err), err);
}

void
pricing_close(struct pricing *pricing)
{
	if (pricing == NULL)
		return;
	prices_free(pricing->prices);
	free(pricing);
}

static const struct answer_kept *
find_price(struct pricing *pricing, int64_t series, const struct usage_reading *reading)
{
	struct answer_kept *kept = &pricing->kept[(uint64_t)series & (REMEMBERED - 1)];
	const struct price_question question = { .provider = reading->provider,
		.model = reading->model,
		.service_tier = reading->service_tier,
		.tier_hinted = reading->tier_hinted,
		.at_us = reading->at_us };

	if (kept->series == series && kept->tier_hinted == reading->tier_hinted &&
		reading->at_us >= kept->found.from_us && reading->at_us < kept->found.to_us)
		return kept;
	kept->series = series;
	kept->tier_hinted = reading->tier_hinted;
	prices_find(pricing->prices, &question, &kept->found);
	kept->row = kept->found.row == NULL ? 0 : prices_row(pricing->prices, kept->found.row);
	kept->other_money = kept->found.row != NULL && kept->found.state == PRICE_PRICED &&
		!text_is(kept->found.row->currency, "USD");
	return kept;
}

static void
remark_on(struct pricing *pricing, const struct usage_reading *reading, const char *state, const char *reason)
{
	if (reading->model.n == 0) {
		snprintf(pricing->remark, sizeof(pricing->remark), "%s: the row names no model", state);
		return;
	}
	snprintf(pricing->remark, sizeof(pricing->remark), "%s: model '%.*s' of provider '%.*s': %s", state,
		(int)(reading->model.n < 64 ? reading->model.n : 64), reading->model.n == 0 ? "" : reading->model.p,
		(int)(reading->provider.n < 40 ? reading->provider.n : 40),
		reading->provider.n == 0 ? "" : reading->provider.p, reason);
}

int
pricing_line(struct pricing *pricing, int64_t series, const struct usage_reading *reading, struct line_price *price,
	const char **remark, struct err *err)
{
	const struct answer_kept *kept;
	struct quantities quantities = { .usage = reading->usage,
		.web_searches = reading->web_searches,
		.context_tokens = reading->context_tokens,
		.bucket = reading->width_us > 0,
		.other_line = reading->requests == 0,
		.requests = reading->requests > 0 ? reading->requests : 0 };
	struct price_result result;

	*price = (struct line_price){ .state = PRICE_UNPRICED };
	*remark = NULL;
	if (!reading->has_usage) {
		if (reading->unit != NULL) {
			snprintf(pricing->reason, sizeof(pricing->reason),
				"it is counted in %s, which have no price here", reading->unit);
			remark_on(pricing, reading, "unpriced", pricing->reason);
			*remark = pricing->remark;
		}
		return 0;
	}
	kept = find_price(pricing, series, reading);
	if (kept->other_money) {
		remark_on(pricing, reading, "unpriced", "its price is not in USD");
		*remark = pricing->remark;
		return 0;
	}
	if (reading->parts != NULL)
		memcpy(quantities.parts, reading->parts, sizeof(quantities.parts));
	if (price_usage(&kept->found, &quantities, &result, err) != 0)
		return -1;
	price->state = result.state;
	price->price = kept->row;
	if (result.state == PRICE_PRICED && money_nano(result.amount_femto, &price->amount_nano) != 0)
		return err_set(err, ERR_INPUT, "the amount does not fit a line of the ledger (9.2e9 USD)");
	if (result.state != PRICE_UNPRICED && result.reason == NULL && !result.tier_unknown)
		return 0;
	if (result.tier_unknown && result.reason == NULL)
		result.reason = "several requests in one line: priced at the base tier of the context length";
	remark_on(pricing, reading, price_state_names[result.state],
		result.reason == NULL ? "no price is known" : result.reason);
	*remark = pricing->remark;
	return 0;
}
