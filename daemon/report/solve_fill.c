#include "daemon/report/solve_fill.h"

#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "models/compare/scenario.h"
#include "models/units/figure.h"

const char *
fill_unit(const struct fill *fill, const char *unit)
{
	if (strncmp(unit, "USD", 3) != 0 || strcmp(fill->scenario->currency, "USD") == 0)
		return unit;
	return arena_format(fill->arena, "%s%s", fill->scenario->currency, unit + 3);
}

void
fill_number(const struct fill *fill, const char *name, const char *unit, double number)
{
	/* + 0.0: a cost of -0 would read as a loss */
	answer_fact(fill->answer, name, fill_unit(fill, unit), value_number(fill->answer, number + 0.0));
}

void
fill_set(const struct fill *fill, struct value *object, const char *name, double number)
{
	object_set(fill->answer, object, name, value_number(fill->answer, number + 0.0));
}

const char *
fill_money(const struct fill *fill, double amount)
{
	char figure[FIGURE_MAX];

	figure_money(figure, sizeof(figure), amount, fill->scenario->currency);
	return arena_format(fill->arena, "%s", figure);
}

const char *
fill_mtok(const struct fill *fill, double volume)
{
	char figure[FIGURE_MAX];

	figure_number(figure, sizeof(figure), fabs(volume) >= 100 ? round(volume) : volume);
	return arena_format(fill->arena, "%s", figure);
}
