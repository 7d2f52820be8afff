/*
 * invest: what is paid at the start against what is saved month by month.
 *
 * Cash: -upfront at month 0, saving[t - 1] in month t = 1..months. A rate of r a year is (1 + r)^(1/12) - 1 a month.
 */
#ifndef COMPARE_INVEST_H
#define COMPARE_INVEST_H

#include <stddef.h>

enum irr_state {
	IRR_ONE,       /* irr_month is the rate */
	IRR_NONE,      /* the cash never changes sign, or no rate between 0 and 1 a month makes it worth nothing */
	IRR_NOT_UNIQUE /* the cash changes sign more than once */
};

struct invest {
	double payback_months, discounted_payback_months; /* linear inside the month; NAN: not within the months */
	double npv;
	double irr_month; /* NAN unless IRR_ONE */
	enum irr_state irr_state;
};

/* annual_rate > -1. */
void invest_judge(struct invest *invest, double upfront, const double *saving, size_t months, double annual_rate);

double rate_month(double annual_rate);

#endif
