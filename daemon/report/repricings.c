/*
 * repricings: those that were confirmed, and how far each is.
 */
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/query.h"
#include "daemon/store/repricing.h"
#include "models/units/calendar.h"

#define LIMIT 200

static const struct param no_params[] = {
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static struct value *
instant(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == TIME_FIRST_US || at_us == TIME_LAST_US)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static int
repricings_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *id, *started, *finished, *who, *from, *to, *provider, *model, *lines, *done, *before, *after,
		*digest;
	struct repricing *list;
	size_t n;

	(void)report;
	if (repricing_list(request->store, request->arena, LIMIT, &list, &n, err) != 0)
		return -1;
	id = answer_column(answer, "id", "");
	started = answer_column(answer, "started", "");
	finished = answer_column(answer, "finished", "");
	who = answer_column(answer, "who", "");
	from = answer_column(answer, "from", "");
	to = answer_column(answer, "to", "");
	provider = answer_column(answer, "provider", "");
	model = answer_column(answer, "model", "");
	lines = answer_column(answer, "lines", "lines");
	done = answer_column(answer, "done", "lines");
	before = answer_column(answer, "before", "USD");
	after = answer_column(answer, "after", "USD");
	digest = answer_column(answer, "digest", "");
	for (size_t i = 0; i < n; i++) {
		column_add(answer, id, value_whole(answer, list[i].id));
		column_add(answer, started, instant(answer, list[i].started_us));
		column_add(answer, finished,
			list[i].finished_us == 0 ? value_unknown(answer) : instant(answer, list[i].finished_us));
		column_add(answer, who, value_text(answer, list[i].who));
		column_add(answer, from, instant(answer, list[i].from_us));
		column_add(answer, to, instant(answer, list[i].to_us));
		column_add(answer, provider, value_text(answer, list[i].provider[0] == '\0' ? NULL : list[i].provider));
		column_add(answer, model, value_text(answer, list[i].model[0] == '\0' ? NULL : list[i].model));
		column_add(answer, lines, value_whole(answer, list[i].lines));
		column_add(answer, done, value_whole(answer, list[i].done));
		column_add(answer, before, value_amount(answer, list[i].before_nano, NANO_DIGITS));
		column_add(answer, after, value_amount(answer, list[i].after_nano, NANO_DIGITS));
		column_add(answer, digest, value_text(answer, list[i].digest));
	}
	if (n > 0 && list[0].finished_us == 0)
		answer_note(answer, "the last one is not finished; `breakeven reprice --resume` goes on with it");
	answer_fact(answer, "repricings", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "unfinished", "", value_truth(answer, n > 0 && list[0].finished_us == 0));
	return 0;
}

const struct report report_repricings = { "repricings", "the repricings that were confirmed, and how far each is",
	no_params, repricings_run };
