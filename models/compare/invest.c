#include "models/compare/invest.h"

#include <math.h>

double
rate_month(double annual_rate)
{
	return pow(1 + annual_rate, 1.0 / 12) - 1;
}

/* Worth today of all the cash at a rate a month. */
static double
worth(double upfront, const double *saving, size_t months, double rate)
{
	double sum = -upfront, factor = 1;

	for (size_t t = 0; t < months; t++) {
		factor /= 1 + rate;
		sum += saving[t] * factor;
	}
	return sum;
}

/* The first month whose running total covers the upfront cash, linear inside the month. */
static double
payback(double upfront, const double *saving, size_t months, double rate)
{
	double sum = 0, factor = 1;

	for (size_t t = 0; t < months; t++) {
		double gain;

		factor /= 1 + rate;
		gain = saving[t] * factor;
		/* With nothing paid at the start, a month that saves nothing has paid it back as well. */
		if (sum + gain >= upfront)
			return (double)t + (gain > 0 ? (upfront - sum) / gain : 0);
		sum += gain;
	}
	return NAN;
}

static int
sign_changes(double upfront, const double *saving, size_t months)
{
	int last = upfront > 0 ? -1 : 0, changes = 0;

	for (size_t t = 0; t < months; t++) {
		int sign = (saving[t] > 0) - (saving[t] < 0);

		if (sign != 0 && last != 0 && sign != last)
			changes++;
		if (sign != 0)
			last = sign;
	}
	return changes;
}

/* Bisection on [0, 1] a month, to the last bit that a double holds. */
static enum irr_state
find_irr(struct invest *invest, double upfront, const double *saving, size_t months)
{
	double low = 0, high = 1, at_low = worth(upfront, saving, months, 0);
	int changes = sign_changes(upfront, saving, months);

	invest->irr_month = NAN;
	if (changes != 1)
		return changes == 0 ? IRR_NONE : IRR_NOT_UNIQUE;
	if (at_low == 0) {
		invest->irr_month = 0;
		return IRR_ONE;
	}
	if ((worth(upfront, saving, months, 1) > 0) == (at_low > 0))
		return IRR_NONE;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if ((worth(upfront, saving, months, middle) > 0) == (at_low > 0))
			low = middle;
		else
			high = middle;
	}
	invest->irr_month = (low + high) / 2;
	return IRR_ONE;
}

void
invest_judge(struct invest *invest, double upfront, const double *saving, size_t months, double annual_rate)
{
	double rate = rate_month(annual_rate);

	invest->payback_months = payback(upfront, saving, months, 0);
	invest->discounted_payback_months = payback(upfront, saving, months, rate);
	invest->npv = worth(upfront, saving, months, rate);
	invest->irr_state = find_irr(invest, upfront, saving, months);
}
