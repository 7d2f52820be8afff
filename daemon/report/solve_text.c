#include "daemon/report/solve_text.h"

#include "daemon/base/arena.h"
#include "daemon/report/scenario.h"
#include "daemon/report/solve.h"
#include "models/compare/scenario.h"

int
answer_solve_text(struct answer *answer, struct arena *arena, const struct solve_text *text, struct err *err)
{
	struct scenario *scenario = arena_take(arena, sizeof(*scenario));

	if (scenario_parse(scenario, text->name, text->text, text->n, err) != 0)
		return -1;
	return answer_scenario(answer, arena, scenario, err);
}
