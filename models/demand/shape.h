/*
 * shape: how a month's load is spread over the hours of a week, Monday 00:00 first.
 *
 * A shape holds weights, not tokens: only their ratios count. What sizes a fleet is the largest weight
 * over the mean (peak to mean), and what an autoscaled fleet must stand ready for in an hour is the
 * largest weight of that hour and of the `lag` hours after it, because what is started now serves only
 * then. The week is a ring: Sunday night is followed by Monday morning.
 */
#ifndef DEMAND_SHAPE_H
#define DEMAND_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define DAY_HOURS 24
#define WEEK_DAYS 7
#define WEEK_HOURS (DAY_HOURS * WEEK_DAYS)

struct shape {
	bool given;                 /* false: the load is flat, or only its peak to mean is known */
	double weights[WEEK_HOURS]; /* >= 0, with a sum above 0 */
};

/* Hours that need the same: `part` of the peak hour's need (0..1), `hours` of the week do. */
struct need {
	double part;
	int hours;
};

/* Five equal days of these 24 weights, then two with every weight times `weekend`. */
void shape_from_day(struct shape *shape, const double day[DAY_HOURS], double weekend);

/* ERR_INPUT naming the hour whose weight is negative or not finite, or saying that all are 0. */
int shape_check(const struct shape *shape, struct err *err);

/* Largest weight over the mean weight; 1 when no shape is given. */
double shape_peak_to_mean(const struct shape *shape);

/*
 * What each hour of the week must stand ready for, `lag` hours ahead, as parts of the peak, equal parts
 * put together, in falling order. Returns how many; the hours add to WEEK_HOURS.
 */
size_t shape_needs(const struct shape *shape, int lag, struct need needs[WEEK_HOURS]);

#endif
