#include "models/compare/closed.h"

#include <math.h>

#include "models/units/err.h"

void
closed_terms_default(struct closed_terms *terms)
{
	*terms = (struct closed_terms){
		.input = NAN, .output = NAN, .price = NAN, .input_per_output = NAN, .cache_read = NAN
	};
}

void
closed_nothing(struct closed *closed)
{
	*closed = (struct closed){ .tiers = 1, .batch = 1, .input = NAN, .output = NAN, .input_per_output = NAN };
}

static int
check_tiers(const struct closed_terms *terms, struct err *err)
{
	if (terms->tier[0].from_mtok != 0)
		return err_set(
			err, ERR_INPUT, "closed.tiers[0].from_mtok: must be 0, is %.15g", terms->tier[0].from_mtok);
	for (size_t i = 1; i < terms->tiers; i++)
		if (!(terms->tier[i].from_mtok > terms->tier[i - 1].from_mtok))
			return err_set(err, ERR_INPUT,
				"closed.tiers[%zu].from_mtok: must be above %.15g of the tier before, is %.15g", i,
				terms->tier[i - 1].from_mtok, terms->tier[i].from_mtok);
	return 0;
}

/* The price of the mix, with input and output after caching and batch kept for questions about the mix. */
static double
blend(struct closed *closed, const struct closed_terms *terms)
{
	double read = isnan(terms->cache_read) ? terms->input * CACHE_READ_SHARE : terms->cache_read;
	double input = terms->input * (1 - terms->cached_share) + read * terms->cached_share;
	double mix = isnan(terms->input_per_output) ? DEFAULT_INPUT_PER_OUTPUT : terms->input_per_output;

	if (terms->cached_share == 0)
		input = terms->input;
	if (isnan(terms->output))
		return input;
	if (isnan(terms->input))
		return terms->output;
	closed->input = input * closed->batch;
	closed->output = terms->output * closed->batch;
	closed->input_per_output = mix;
	return (mix * input + terms->output) / (mix + 1);
}

int
closed_make(struct closed *closed, const struct closed_terms *terms, struct err *err)
{
	closed_nothing(closed);
	closed->batch = 1 - (1 - BATCH_MULTIPLIER) * terms->batch_share;
	closed->discount = terms->discount;
	closed->commit_month = terms->commit_month;
	closed->tier_mode = terms->tier_mode;
	if (terms->tiers > 0) {
		if (check_tiers(terms, err) != 0)
			return -1;
		closed->tiers = terms->tiers;
		for (size_t i = 0; i < terms->tiers; i++)
			closed->tier[i] = terms->tier[i];
		return 0;
	}
	if (!isnan(terms->price)) {
		closed->tier[0].price = terms->price;
		return 0;
	}
	if (isnan(terms->input) && isnan(terms->output))
		return err_set(err, ERR_INPUT,
			"closed.input: is missing: there must be input and output prices, a price or tiers");
	closed->tier[0].price = blend(closed, terms);
	return 0;
}

/* The tier that a volume has reached: the last that begins strictly below it. */
static size_t
tier_of(const struct closed *closed, double mtok_month)
{
	size_t i = closed->tiers - 1;

	while (i > 0 && mtok_month <= closed->tier[i].from_mtok)
		i--;
	return i;
}

double
closed_list_month(const struct closed *closed, double mtok_month)
{
	size_t reached = tier_of(closed, mtok_month);
	double amount = 0;

	if (closed->tier_mode == TIERS_ALL_UNITS)
		return mtok_month * closed->tier[reached].price * closed->batch;
	for (size_t i = 0; i <= reached; i++) {
		double to = i == reached ? mtok_month : closed->tier[i + 1].from_mtok;

		amount += (to - closed->tier[i].from_mtok) * closed->tier[i].price;
	}
	return amount * closed->batch;
}

double
closed_month(const struct closed *closed, double mtok_month)
{
	return fmax(closed->commit_month, (1 - closed->discount) * closed_list_month(closed, mtok_month));
}

double
closed_blended_price(const struct closed *closed, double mtok_month)
{
	if (!(mtok_month > 0) || closed->tiers == 1)
		return closed->tier[0].price * closed->batch;
	return closed_list_month(closed, mtok_month) / mtok_month;
}
