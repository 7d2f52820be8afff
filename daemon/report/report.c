#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

const struct report *
report_find(const char *name, struct err *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; reports[i] != NULL; i++) {
		if (strcmp(reports[i]->name, name) == 0)
			return reports[i];
		nearest_offer(&nearest, reports[i]->name);
	}
	if (nearest_found(&nearest) != NULL)
		err_set(err, ERR_MISSING, "report '%s' does not exist; the nearest is '%s'", name,
			nearest_found(&nearest));
	else
		err_set(err, ERR_MISSING, "report '%s' does not exist", name);
	return NULL;
}

void
reports_list(struct answer *answer)
{
	struct column *name = answer_column(answer, "name", "");
	struct column *title = answer_column(answer, "title", "");
	struct column *params = answer_column(answer, "parameters", "");

	for (size_t i = 0; reports[i] != NULL; i++) {
		struct value *list = value_list(answer);

		for (const struct param *param = reports[i]->params; param != NULL && param->name != NULL; param++)
			list_add(answer, list, value_text(answer, param->name));
		column_add(answer, name, value_text(answer, reports[i]->name));
		column_add(answer, title, value_text(answer, reports[i]->title));
		column_add(answer, params, list);
	}
}

/* ---- one checker per kind: 0, or -1 with *err */

static int
read_number(const struct param *param, const char *value, double *number, struct err *err)
{
	char *end;

	*number = strtod(value, &end);
	if (end == value || *end != '\0' || !isfinite(*number))
		return err_set(err, ERR_INPUT, "%s: '%s' is no number", param->name, value);
	if (*number < param->low || *number > param->high)
		return err_set(
			err, ERR_INPUT, "%s: %s is outside %g to %g", param->name, value, param->low, param->high);
	return 0;
}

static int
read_choice(const struct param *param, const char *value, struct err *err)
{
	size_t n = strlen(value);

	for (const char *choice = param->choices; *choice != '\0';) {
		size_t length = strcspn(choice, "|");

		if (length == n && memcmp(choice, value, n) == 0)
			return 0;
		choice += length + (choice[length] == '|');
	}
	return err_set(err, ERR_INPUT, "%s: '%s' is none of %s", param->name, value, param->choices);
}

/* "-30d", "-12h": so much before now. 1 when it was of that form. */
static int
read_relative(const struct clock *clock, const char *value, int64_t *at_us)
{
	char *end;
	long count;

	if (value[0] != '-' || value[1] < '0' || value[1] > '9')
		return 0;
	count = strtol(value + 1, &end, 10);
	if (strlen(end) != 1 || count > 1000000)
		return 0;
	switch (*end) {
	case 'h':
		*at_us = clock->now_us - count * HOUR_S * SECOND_US;
		return 1;
	case 'd':
		*at_us = clock->now_us - count * DAY_S * SECOND_US;
		return 1;
	default:
		return 0;
	}
}

int
clock_read(const struct clock *clock, const char *name, const char *value, int64_t *at_us, struct err *err)
{
	struct date date;
	struct err ignored;

	if (strcmp(value, "now") == 0) {
		*at_us = clock->now_us;
		return 0;
	}
	if (read_relative(clock, value, at_us))
		return 0;
	if (strlen(value) == 10 && date_parse(value, 10, &date, &ignored) == 0) {
		*at_us = zone_day(clock->zone, date) * SECOND_US;
		return 0;
	}
	/* Unix seconds have no dash and would hide a mistyped date: at least nine digits. */
	if (strspn(value, "0123456789") == strlen(value) && strlen(value) < 9)
		return err_set(err, ERR_INPUT, "%s: '%s' is no time", name, value);
	if (time_parse(value, strlen(value), at_us, err) != 0)
		return err_set(err, ERR_INPUT,
			"%s: '%s' is no time; write 2026-08-01, 2026-08-01T12:00:00Z, -30d, -12h or now", name, value);
	return 0;
}

static int
read_time(const struct request *request, const struct param *param, const char *value, int64_t *at_us, struct err *err)
{
	const struct clock clock = { request->zone, request->now_us };

	return clock_read(&clock, param->name, value, at_us, err);
}

static int
check_value(const struct request *request, const struct param *param, const char *value, struct err *err)
{
	double number;
	int64_t at_us;

	switch (param->kind) {
	case PARAM_NUMBER:
		return read_number(param, value, &number, err);
	case PARAM_CHOICE:
		return read_choice(param, value, err);
	case PARAM_TIME:
		return read_time(request, param, value, &at_us, err);
	case PARAM_TEXT:
		break;
	}
	if (strlen(value) > 256)
		return err_set(
			err, ERR_INPUT, "%s: a text of %zu bytes is longer than 256", param->name, strlen(value));
	return 0;
}

int
report_check(const struct report *report, const struct request *request, struct err *err)
{
	for (size_t i = 0; report->params[i].name != NULL; i++)
		if (request->values[i] != NULL &&
			check_value(request, &report->params[i], request->values[i], err) != 0)
			return -1;
	return 0;
}

static size_t
param_index(const struct report *report, const char *name)
{
	size_t i = 0;

	while (report->params[i].name != NULL && strcmp(report->params[i].name, name) != 0)
		i++;
	return i;
}

const char *
request_text(const struct request *request, const struct report *report, const char *name)
{
	size_t i = param_index(report, name);

	return report->params[i].name == NULL ? NULL : request->values[i];
}

double
request_number(const struct request *request, const struct report *report, const char *name, double otherwise)
{
	const char *value = request_text(request, report, name);

	return value == NULL ? otherwise : strtod(value, NULL);
}

int64_t
request_time(const struct request *request, const struct report *report, const char *name, int64_t otherwise)
{
	size_t i = param_index(report, name);
	const char *value = request_text(request, report, name);
	int64_t at_us;

	if (value == NULL || read_time(request, &report->params[i], value, &at_us, NULL) != 0)
		return otherwise;
	return at_us;
}
