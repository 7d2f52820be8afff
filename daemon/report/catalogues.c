/*
 * catalogues: the price catalogues that came, and what became of each.
 */
#include "daemon/store/catalogues.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"

#define LIMIT 200

static const struct param no_params[] = {
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static struct value *
instant(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == 0)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static int
catalogues_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct column *id, *state, *book, *collector, *name, *came, *added, *changed, *ended, *from, *decided, *undone,
		*who;
	struct catalogue_row *rows;
	int64_t waiting = 0;
	size_t n;

	(void)report;
	if (catalogue_list(request->store, request->arena, LIMIT, &rows, &n, err) != 0)
		return -1;
	id = answer_column(answer, "id", "");
	state = answer_column(answer, "state", "");
	book = answer_column(answer, "book", "");
	collector = answer_column(answer, "collector", "");
	name = answer_column(answer, "name", "");
	came = answer_column(answer, "came", "");
	added = answer_column(answer, "new", "rows");
	changed = answer_column(answer, "changed", "rows");
	ended = answer_column(answer, "ended", "rows");
	from = answer_column(answer, "from", "");
	decided = answer_column(answer, "decided", "");
	undone = answer_column(answer, "undone", "");
	who = answer_column(answer, "who", "");
	for (size_t i = 0; i < n; i++) {
		waiting += rows[i].state == CATALOGUE_WAITING;
		column_add(answer, id, value_whole(answer, rows[i].id));
		column_add(answer, state, value_text(answer, catalogue_state_names[rows[i].state]));
		column_add(answer, book, value_text(answer, rows[i].book));
		column_add(answer, collector, value_text(answer, rows[i].collector));
		column_add(answer, name, value_text(answer, rows[i].name));
		column_add(answer, came, instant(answer, rows[i].came_us));
		column_add(answer, added, value_whole(answer, rows[i].added));
		column_add(answer, changed, value_whole(answer, rows[i].changed));
		column_add(answer, ended, value_whole(answer, rows[i].ended));
		column_add(answer, from, instant(answer, rows[i].effective_us));
		column_add(answer, decided, instant(answer, rows[i].decided_us));
		column_add(answer, undone, instant(answer, rows[i].undone_us));
		column_add(answer, who, value_text(answer, rows[i].who[0] == '\0' ? NULL : rows[i].who));
	}
	answer_headline(answer, "%zu price catalogue%s came; %lld wait%s to be reviewed.", n, n == 1 ? "" : "s",
		(long long)waiting, waiting == 1 ? "s" : "");
	answer_fact(answer, "catalogues", "", value_whole(answer, (int64_t)n));
	answer_fact(answer, "waiting", "", value_whole(answer, waiting));
	return 0;
}

const struct report report_catalogues = { "catalogues", "the price catalogues that came, and what became of each",
	no_params, catalogues_run };
