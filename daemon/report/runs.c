/*
 * runs: what each import did: taken, repeated, conflicting, refused, and why.
 */
#include <stdio.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "daemon/store/sources.h"
#include "models/units/calendar.h"

static const struct param runs_params[] = {
	{ "limit", PARAM_NUMBER, NULL, 1, 1000, "how many of the latest; without it, 50" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static struct value *
time_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == 0)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

/* "3 x tokens: negative (line 7)"; the first reasons only. */
static struct value *
reasons_value(const struct request *request, struct answer *answer, const struct run *run)
{
	const char *text = "";

	for (int i = 0; i < run->reasons && i < 3; i++) {
		const struct reason *reason = &run->reason[i];

		text = arena_format(request->arena, "%s%s%lld x %s", text, i == 0 ? "" : "; ", (long long)reason->count,
			reason->text);
		if (reason->places > 0 && reason->place[0].line > 0)
			text = arena_format(request->arena, "%s (line %lld)", text, (long long)reason->place[0].line);
	}
	return text[0] == '\0' ? value_unknown(answer) : value_text(answer, text);
}

static int
runs_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *started, *collector, *name, *taken, *repeated, *conflicting, *refused;
	struct column *replaced, *removed, *first, *last, *reasons;
	struct run *runs;
	size_t n;

	if (run_list(request->store, request->arena, (size_t)request_number(request, report, "limit", 50), &runs, &n,
		    err) != 0)
		return -1;
	answer_fact(answer, "runs", "", value_whole(answer, (int64_t)n));
	started = answer_column(answer, "started", "");
	collector = answer_column(answer, "collector", "");
	name = answer_column(answer, "name", "");
	taken = answer_column(answer, "taken", "");
	repeated = answer_column(answer, "repeated", "");
	conflicting = answer_column(answer, "conflicting", "");
	refused = answer_column(answer, "refused", "");
	replaced = answer_column(answer, "replaced", "");
	removed = answer_column(answer, "removed", "");
	first = answer_column(answer, "first", "");
	last = answer_column(answer, "last", "");
	reasons = answer_column(answer, "reasons", "");
	for (size_t i = 0; i < n; i++) {
		column_add(answer, started, time_value(answer, runs[i].started_us));
		column_add(answer, collector, value_text(answer, runs[i].collector));
		column_add(answer, name, value_text(answer, runs[i].name));
		column_add(answer, taken, value_whole(answer, runs[i].taken));
		column_add(answer, repeated, value_whole(answer, runs[i].repeated));
		column_add(answer, conflicting, value_whole(answer, runs[i].conflicting));
		column_add(answer, refused, value_whole(answer, runs[i].refused));
		column_add(answer, replaced, value_whole(answer, runs[i].replaced));
		column_add(answer, removed, value_whole(answer, runs[i].removed));
		column_add(answer, first, time_value(answer, runs[i].first_us));
		column_add(answer, last, time_value(answer, runs[i].last_us));
		column_add(answer, reasons, reasons_value(request, answer, &runs[i]));
	}
	return 0;
}

const struct report report_runs = { "runs", "what each import took, repeated, refused, and why", runs_params,
	runs_run };
