#include "daemon/store/again.h"

static int
see_line(void *ctx, const struct cell_line *line, struct err *err)
{
	struct again *again = ctx;

	if (!again->open || line->at_us < again->slot.from_us || line->at_us >= again->slot.to_us) {
		if (again->open && again->done(again, err) != 0)
			return -1;
		again->slot = slot_of(&again->slots, again->level, line->at_us);
		again->open = true;
	}
	return fold_add(&again->fold, again->level, &again->slot, line, err);
}

int
again_walk(struct again *again, struct line_walk *walk, struct err *err)
{
	int status;

	walk->visit = see_line;
	walk->ctx = again;
	again->open = false;
	status = lines_walk(again->store, walk, err);
	if (status == 0 && again->open)
		status = again->done(again, err);
	again->open = false;
	return status;
}
