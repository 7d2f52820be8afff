/*
 * group: what reports over usage share: range and filters from the request, groups from "by", names of rows.
 */
#ifndef REPORT_GROUP_H
#define REPORT_GROUP_H

#include "daemon/report/report.h"
#include "daemon/store/query.h"

struct answer;

/* How a name that was not reported is shown, and asked for. */
#define GROUP_NONE "(none)"

/* The parameters of range and filters, to be put into a report's table before its own. */
/* clang-format off */
#define RANGE_PARAMS \
	{ "from", PARAM_TIME, NULL, 0, 0, "begin of the range; without it, the first line of the ledger" }, \
		{ "to", PARAM_TIME, NULL, 0, 0, "end of the range, itself not in it; without it, the last line" }
#define FILTER_PARAMS \
	{ "workload", PARAM_TEXT, NULL, 0, 0, "only this workload" }, \
		{ "team", PARAM_TEXT, NULL, 0, 0, "only this team" }, \
		{ "cost_centre", PARAM_TEXT, NULL, 0, 0, "only this cost centre" }, \
		{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider" }, \
		{ "model", PARAM_TEXT, NULL, 0, 0, "only this model" }, \
		{ "account", PARAM_TEXT, NULL, 0, 0, "only this account" }, \
		{ "project", PARAM_TEXT, NULL, 0, 0, "only this project" }, \
		{ "key", PARAM_TEXT, NULL, 0, 0, "only this key" }, \
		{ "service_tier", PARAM_TEXT, NULL, 0, 0, "only this service tier" }, \
		{ "tag", PARAM_TEXT, NULL, 0, 0, "only this tag, or these tags as they were told" }, \
		{ "status", PARAM_CHOICE, "ok|error|timeout", 0, 0, "only calls that ended so" }
/* clang-format on */

/* Fill *query (by: none) from the request. ERR_INPUT when from is not before to. */
int group_query(const struct request *request, const struct report *report, struct usage_query *query, struct err *err);

/* Read "model" or "day,model" into query->by. ERR_INPUT names the word and the nearest right one. */
int group_parse(const char *by, struct usage_query *query, struct err *err);

/* The group's name as shown in a column: a date, an instant, a name; GROUP_NONE where not reported. */
const char *group_name(
	const struct request *request, const struct usage_query *query, const struct usage_row *row, int i);

/* An amount that is unknown where nothing at all could be priced. */
struct value *sum_amount(struct answer *answer, const struct usage_sum *sum);

/* Facts from, to (first and last line inside the range when it is open) and zone. */
int group_facts(const struct request *request, const struct usage_query *query, struct answer *answer, struct err *err);

/* "≥ " when part of the tokens is unpriced, "" otherwise. */
const char *sum_bound(const struct usage_sum *sum);

#endif
