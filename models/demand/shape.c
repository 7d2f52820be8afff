#include "models/demand/shape.h"

#include <math.h>

#include "models/units/err.h"

void
shape_from_day(struct shape *shape, const double day[DAY_HOURS], double weekend)
{
	shape->given = true;
	for (int h = 0; h < WEEK_HOURS; h++)
		shape->weights[h] = day[h % DAY_HOURS] * (h / DAY_HOURS < 5 ? 1 : weekend);
}

int
shape_check(const struct shape *shape, struct err *err)
{
	double sum = 0;

	for (int h = 0; h < WEEK_HOURS; h++) {
		double weight = shape->weights[h];

		if (!isfinite(weight) || weight < 0)
			return err_set(
				err, ERR_INPUT, "hour %d of the week: must be a number from 0 up, is %g", h, weight);
		sum += weight;
	}
	if (!(sum > 0) || !isfinite(sum))
		return err_set(err, ERR_INPUT, "the hours add up to %g: there is no load to spread", sum);
	return 0;
}

double
shape_peak_to_mean(const struct shape *shape)
{
	double peak = 0, sum = 0;

	if (!shape->given)
		return 1;
	for (int h = 0; h < WEEK_HOURS; h++) {
		peak = peak < shape->weights[h] ? shape->weights[h] : peak;
		sum += shape->weights[h];
	}
	return peak * WEEK_HOURS / sum;
}

/* Put `part` into the falling list, beside its equals. */
static size_t
add_need(struct need *needs, size_t n, double part)
{
	size_t at = 0;

	while (at < n && needs[at].part > part)
		at++;
	if (at < n && !(needs[at].part < part)) {
		needs[at].hours++;
		return n;
	}
	for (size_t i = n; i > at; i--)
		needs[i] = needs[i - 1];
	needs[at] = (struct need){ part, 1 };
	return n + 1;
}

size_t
shape_needs(const struct shape *shape, int lag, struct need needs[WEEK_HOURS])
{
	double peak = 0;
	size_t n = 0;

	if (!shape->given) {
		needs[0] = (struct need){ 1, WEEK_HOURS };
		return 1;
	}
	for (int h = 0; h < WEEK_HOURS; h++)
		peak = fmax(peak, shape->weights[h]);
	for (int h = 0; h < WEEK_HOURS; h++) {
		double most = 0;

		for (int k = 0; k <= lag && k < WEEK_HOURS; k++)
			most = fmax(most, shape->weights[(h + k) % WEEK_HOURS]);
		n = add_need(needs, n, most / peak);
	}
	return n;
}
