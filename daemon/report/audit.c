/*
 * audit: who changed what figures come out as, and when.
 */
#include "daemon/store/audit.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"

#define LIMIT 200

static const struct param audit_params[] = {
	{ "limit", PARAM_NUMBER, NULL, 1, 10000, "at most so many, the latest first; without it, 200" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static int
audit_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	size_t limit = (size_t)request_number(request, report, "limit", LIMIT), n;
	struct column *id, *at, *who, *what, *about, *detail;
	struct audit_row *rows;

	if (audit_list(request->store, request->arena, limit, &rows, &n, err) != 0)
		return -1;
	id = answer_column(answer, "id", "");
	at = answer_column(answer, "at", "");
	who = answer_column(answer, "who", "");
	what = answer_column(answer, "what", "");
	about = answer_column(answer, "about", "");
	detail = answer_column(answer, "detail", "");
	for (size_t i = 0; i < n; i++) {
		char text[TIME_MAX];

		time_print(text, sizeof(text), rows[i].at_us - rows[i].at_us % SECOND_US);
		column_add(answer, id, value_whole(answer, rows[i].id));
		column_add(answer, at, value_text(answer, text));
		column_add(answer, who, value_text(answer, rows[i].who));
		column_add(answer, what, value_text(answer, rows[i].what));
		column_add(answer, about, value_text(answer, rows[i].about));
		column_add(answer, detail, value_text(answer, rows[i].detail));
	}
	answer_fact(answer, "shown", "", value_whole(answer, (int64_t)n));
	return 0;
}

const struct report report_audit = { "audit", "who changed rules, prices or closed months, and when", audit_params,
	audit_run };
