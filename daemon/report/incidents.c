/*
 * incidents: what went wrong at providers; uptime: how long, by provider or component and month, and what is not known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reports.h"
#include "daemon/store/incidents.h"
#include "models/decide/downtime.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define MINUTE_US (INT64_C(60) * SECOND_US)
#define MONTHS_MAX 1200

static struct value *
instant(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == NOT_REPORTED)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

/* Whether an incident met a component; one that does not say what it met meets all and none: only "(none)". */
static bool
met(const struct incident_row *row, const char *component)
{
	size_t n = strlen(component);

	if (row->components[0] == '\0')
		return strcmp(component, GROUP_NONE) == 0;
	for (const char *line = row->components; *line != '\0';) {
		size_t length = strcspn(line, "\n");

		if (length == n && memcmp(line, component, n) == 0)
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

/* Until when it lasted as far as is known: one that goes on, until its page was read last. */
static int64_t
end_of(const struct incident_row *row)
{
	if (row->ended_us != NOT_REPORTED)
		return row->ended_us;
	if (row->over) /* nobody said when */
		return NOT_REPORTED;
	return row->seen_us > row->started_us ? row->seen_us : row->started_us;
}

/* ---- pages that told of nothing */

/* That a page told nothing is known too, and is no silence; *n are those pages. */
static int
tell_silent(const struct request *request, struct answer *answer, size_t *n, struct err *err)
{
	struct silent_page *pages;
	char first[TIME_MAX], last[TIME_MAX];

	if (silent_page_list(request->store, request->arena, &pages, n, err) != 0)
		return -1;
	for (size_t i = 0; i < *n; i++) {
		time_print(first, sizeof(first), pages[i].first_us - pages[i].first_us % SECOND_US);
		time_print(last, sizeof(last), pages[i].last_us - pages[i].last_us % SECOND_US);
		answer_note(answer, "the page of source '%s' was read %s%s%s%s and told of no incident", pages[i].name,
			pages[i].first_us == 0 ? "last at " : "from ", pages[i].first_us == 0 ? "" : first,
			pages[i].first_us == 0 ? "" : " to ", last);
	}
	return 0;
}

static const char *
nothing_told(size_t silent)
{
	return silent == 0 ? "No status page has been read." : "The status pages that were read told of no incident.";
}

/* ---- one by one */

static const struct param incidents_params[] = {
	{ "from", PARAM_TIME, NULL, 0, 0, "incidents that had not ended before; without it, all" },
	{ "to", PARAM_TIME, NULL, 0, 0, "incidents that began before" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider" },
	{ "component", PARAM_TEXT, NULL, 0, 0, "only what met this component; (none): of which it is not told" },
	{ "impact", PARAM_TEXT, NULL, 0, 0, "only of this impact: none, minor, major, critical, maintenance" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct wish {
	int64_t from_us, to_us;
	const char *provider, *component, *impact;
};

static bool
wanted(const struct wish *wish, const struct incident_row *row)
{
	int64_t end_us = end_of(row);

	return row->started_us < wish->to_us &&
		(end_us == NOT_REPORTED ? row->started_us >= wish->from_us : end_us >= wish->from_us) &&
		(wish->provider == NULL || strcmp(wish->provider, row->provider) == 0) &&
		(wish->component == NULL || met(row, wish->component)) &&
		(wish->impact == NULL || strcmp(wish->impact, row->impact) == 0);
}

static struct wish
read_wish(const struct request *request, const struct report *report)
{
	return (struct wish){ .from_us = request_time(request, report, "from", INT64_MIN),
		.to_us = request_time(request, report, "to", INT64_MAX),
		.provider = request_text(request, report, "provider"),
		.component = request_text(request, report, "component"),
		.impact = request_text(request, report, "impact") };
}

static int
by_time(const void *a, const void *b)
{
	const struct incident_row *x = a, *y = b;

	return (x->started_us < y->started_us) - (x->started_us > y->started_us);
}

static int
incidents_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const struct wish wish = read_wish(request, report);
	struct column *started, *ended, *minutes, *provider, *impact, *status, *name, *components, *edits, *url, *id;
	struct incident_row *rows;
	int64_t shown = 0, open = 0;
	size_t n, silent;

	if (incident_list(request->store, request->arena, &rows, &n, err) != 0 ||
		tell_silent(request, answer, &silent, err) != 0)
		return -1;
	if (n > 1)
		qsort(rows, n, sizeof(*rows), by_time);
	started = answer_column(answer, "started", "");
	ended = answer_column(answer, "ended", "");
	minutes = answer_column(answer, "minutes", "min");
	provider = answer_column(answer, "provider", "");
	impact = answer_column(answer, "impact", "");
	status = answer_column(answer, "status", "");
	name = answer_column(answer, "name", "");
	components = answer_column(answer, "components", "");
	edits = answer_column(answer, "edits", "");
	url = answer_column(answer, "url", "");
	id = answer_column(answer, "id", "");
	for (size_t i = 0; i < n; i++) {
		struct value *list = value_list(answer);

		if (!wanted(&wish, &rows[i]))
			continue;
		shown++;
		open += !rows[i].over;
		column_add(answer, started, instant(answer, rows[i].started_us));
		column_add(answer, ended, instant(answer, rows[i].ended_us));
		column_add(answer, minutes,
			rows[i].ended_us == NOT_REPORTED
				? value_unknown(answer)
				: value_number(
					  answer, (double)(rows[i].ended_us - rows[i].started_us) / (double)MINUTE_US));
		column_add(answer, provider, value_text(answer, rows[i].provider));
		column_add(answer, impact, value_text(answer, rows[i].impact));
		column_add(answer, status, value_text(answer, rows[i].status));
		column_add(answer, name, value_text(answer, rows[i].name));
		for (const char *line = rows[i].components; *line != '\0';) {
			size_t length = strcspn(line, "\n");

			list_add(answer, list, value_text(answer, arena_copy(request->arena, line, length)));
			line += length + (line[length] == '\n');
		}
		column_add(answer, components, list);
		column_add(answer, edits, value_whole(answer, rows[i].edits));
		column_add(answer, url, value_text(answer, rows[i].url[0] == '\0' ? NULL : rows[i].url));
		column_add(answer, id, value_text(answer, rows[i].id));
	}
	if (n == 0)
		answer_headline(answer, "%s", nothing_told(silent));
	else
		answer_headline(answer, "%lld incident%s, %lld of them not over.", (long long)shown,
			shown == 1 ? "" : "s", (long long)open);
	answer_fact(answer, "incidents", "", value_whole(answer, shown));
	answer_fact(answer, "open", "", value_whole(answer, open));
	return 0;
}

const struct report report_incidents = { "incidents", "what went wrong at providers, as their status pages tell it",
	incidents_params, incidents_run };

/* ---- how long */

static const struct param uptime_params[] = {
	{ "from", PARAM_TIME, NULL, 0, 0, "months from this one on; without it, from what the pages tell first" },
	{ "to", PARAM_TIME, NULL, 0, 0, "months before; without it, to now" },
	{ "by", PARAM_CHOICE, "provider|component", 0, 0, "a row for each; without it, provider" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

/* By how bad it was; what is told in another word is counted as minor. */
enum class { CLASS_NONE, CLASS_MINOR, CLASS_MAJOR, CLASS_CRITICAL, CLASS_MAINTENANCE, CLASSES };

static const char *const class_names[CLASSES] = { "none", "minor", "major", "critical", "maintenance" };

static enum class class_of(const struct incident_row *row) {
	for (int class = 0; class < CLASSES; class ++) if (strcmp(row->impact, class_names[class]) == 0) return (
		enum class) class;
	return CLASS_MINOR;
}

struct uptime {
	const struct request *request;
	const struct incident_row *rows;
	size_t n;
	struct span *spans; /* room for n */
	double *lengths;    /* room for n */
	struct column *month, *provider, *component, *count[CLASSES], *down, *degraded, *maintenance, *known, *share,
		*median, *mean, *open, *unknown;
};

/* What is looked at: a month of a provider, perhaps of one of its components. */
struct cell {
	int64_t from_us, to_us;
	const char *provider, *component; /* component NULL: all */
	int64_t first_us, seen_us;        /* between which it is known what the page told */
};

static bool
is_of(const struct cell *cell, const struct incident_row *row)
{
	return strcmp(row->provider, cell->provider) == 0 && (cell->component == NULL || met(row, cell->component));
}

/* Minutes of a month in which an incident of one of these classes went on. */
static double
minutes_of(struct uptime *uptime, const struct cell *cell, unsigned classes)
{
	size_t n = 0;

	for (size_t i = 0; i < uptime->n; i++) {
		int64_t end_us = end_of(&uptime->rows[i]);

		if (is_of(cell, &uptime->rows[i]) && (classes & 1u << class_of(&uptime->rows[i])) != 0 &&
			end_us != NOT_REPORTED)
			uptime->spans[n++] = (struct span){ uptime->rows[i].started_us, end_us };
	}
	return (double)spans_union(uptime->spans, n, cell->from_us, cell->to_us) / (double)MINUTE_US;
}

static int
number_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct counts {
	int64_t of[CLASSES], open, unknown;
	double median, mean;
};

/* Incidents that began in the month, and how long they were in all. */
static struct counts
count(struct uptime *uptime, const struct cell *cell)
{
	struct counts counts = { .open = 0 };
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < uptime->n; i++) {
		const struct incident_row *row = &uptime->rows[i];

		if (!is_of(cell, row) || row->started_us < cell->from_us || row->started_us >= cell->to_us)
			continue;
		counts.of[class_of(row)]++;
		counts.open += !row->over;
		counts.unknown += row->over && row->ended_us == NOT_REPORTED;
		if (row->ended_us == NOT_REPORTED || class_of(row) == CLASS_MAINTENANCE)
			continue;
		uptime->lengths[n] = (double)(row->ended_us - row->started_us) / (double)MINUTE_US;
		sum += uptime->lengths[n++];
	}
	if (n > 1)
		qsort(uptime->lengths, n, sizeof(*uptime->lengths), number_order);
	counts.mean = n == 0 ? NAN : sum / (double)n;
	counts.median = n == 0 ? NAN : (uptime->lengths[(n - 1) / 2] + uptime->lengths[n / 2]) / 2;
	return counts;
}

static void
add_cell(struct uptime *uptime, const struct cell *cell, struct answer *answer)
{
	struct span known = { cell->first_us, cell->seen_us };
	double all = (double)(cell->to_us - cell->from_us) / (double)MINUTE_US;
	double told = (double)spans_union(&known, 1, cell->from_us, cell->to_us) / (double)MINUTE_US;
	double down = minutes_of(uptime, cell, 1u << CLASS_MAJOR | 1u << CLASS_CRITICAL);
	double degraded = minutes_of(uptime, cell, 1u << CLASS_MINOR | 1u << CLASS_MAJOR | 1u << CLASS_CRITICAL);
	struct counts counts = count(uptime, cell);
	char month[16];

	date_print(month, sizeof(month), zone_date(uptime->request->zone, cell->from_us / SECOND_US, NULL));
	if (uptime->request->settings->report.month_start == 1)
		month[7] = '\0';
	column_add(answer, uptime->month, value_text(answer, month));
	column_add(answer, uptime->provider, value_text(answer, cell->provider));
	if (uptime->component != NULL)
		column_add(answer, uptime->component, value_text(answer, cell->component));
	for (int i = 0; i < CLASSES; i++)
		column_add(answer, uptime->count[i], value_whole(answer, counts.of[i]));
	column_add(answer, uptime->down, value_number(answer, down));
	column_add(answer, uptime->degraded, value_number(answer, degraded));
	column_add(
		answer, uptime->maintenance, value_number(answer, minutes_of(uptime, cell, 1u << CLASS_MAINTENANCE)));
	column_add(answer, uptime->share, value_number(answer, told > 0 ? 1 - down / told : NAN));
	column_add(answer, uptime->known, value_number(answer, all > 0 ? told / all : NAN));
	column_add(answer, uptime->median, value_number(answer, counts.median));
	column_add(answer, uptime->mean, value_number(answer, counts.mean));
	column_add(answer, uptime->open, value_whole(answer, counts.open));
	column_add(answer, uptime->unknown, value_whole(answer, counts.unknown));
}

static void
make_columns(struct uptime *uptime, bool components, struct answer *answer)
{
	uptime->month = answer_column(answer, "month", "");
	uptime->provider = answer_column(answer, "provider", "");
	uptime->component = components ? answer_column(answer, "component", "") : NULL;
	for (int i = 0; i < CLASSES; i++)
		uptime->count[i] = answer_column(answer, class_names[i], "incidents");
	uptime->down = answer_column(answer, "down_minutes", "min");
	uptime->degraded = answer_column(answer, "degraded_minutes", "min");
	uptime->maintenance = answer_column(answer, "maintenance_minutes", "min");
	uptime->share = answer_column(answer, "uptime", "share");
	uptime->known = answer_column(answer, "known_share", "share");
	uptime->median = answer_column(answer, "median_minutes", "min");
	uptime->mean = answer_column(answer, "mean_minutes", "min");
	uptime->open = answer_column(answer, "open", "incidents");
	uptime->unknown = answer_column(answer, "end_unknown", "incidents");
}

/* The distinct components of a provider, as they first occur; the last is "(none)" where some incident does not say. */
static size_t
list_components(const struct uptime *uptime, const char *provider, const char **names, size_t room)
{
	bool none = false;
	size_t n = 0;

	for (size_t i = 0; i < uptime->n; i++) {
		if (strcmp(uptime->rows[i].provider, provider) != 0)
			continue;
		none = none || uptime->rows[i].components[0] == '\0';
		for (const char *line = uptime->rows[i].components; *line != '\0';) {
			size_t length = strcspn(line, "\n"), k = 0;
			const char *name = arena_copy(uptime->request->arena, line, length);

			while (k < n && strcmp(names[k], name) != 0)
				k++;
			if (k == n && n + 1 < room)
				names[n++] = name;
			line += length + (line[length] == '\n');
		}
	}
	if (none)
		names[n++] = GROUP_NONE;
	return n;
}

#define COMPONENTS 500

static void
add_months(struct uptime *uptime, struct cell *cell, const struct wish *wish, struct answer *answer)
{
	const struct request *request = uptime->request;
	int start = request->settings->report.month_start;
	int64_t at_us = wish->from_us > cell->first_us ? wish->from_us : cell->first_us;
	int64_t to_us = wish->to_us < request->now_us ? wish->to_us : request->now_us;

	cell->from_us = zone_month(request->zone, at_us / SECOND_US, start, 0) * SECOND_US;
	for (int i = 0; cell->from_us < to_us && i < MONTHS_MAX; i++) {
		cell->to_us = zone_month(request->zone, cell->from_us / SECOND_US, start, 1) * SECOND_US;
		add_cell(uptime, cell, answer);
		cell->from_us = cell->to_us;
	}
}

static int
uptime_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const struct wish wish = read_wish(request, report);
	const char *by = request_text(request, report, "by"), *components[COMPONENTS];
	bool each = by != NULL && strcmp(by, "component") == 0;
	struct uptime uptime = { .request = request };
	struct incident_row *rows;
	int64_t providers = 0;
	size_t silent;

	if (incident_list(request->store, request->arena, &rows, &uptime.n, err) != 0 ||
		tell_silent(request, answer, &silent, err) != 0)
		return -1;
	uptime.rows = rows;
	uptime.spans = arena_take(request->arena, (uptime.n + 1) * sizeof(*uptime.spans));
	uptime.lengths = arena_take(request->arena, (uptime.n + 1) * sizeof(*uptime.lengths));
	make_columns(&uptime, each, answer);
	for (size_t i = 0; i < uptime.n; i++) { /* by provider and time: the first of each is its earliest */
		struct cell cell = {
			.provider = rows[i].provider, .first_us = rows[i].started_us, .seen_us = rows[i].seen_us
		};
		size_t n;

		if ((i > 0 && strcmp(rows[i - 1].provider, rows[i].provider) == 0) ||
			(wish.provider != NULL && strcmp(wish.provider, rows[i].provider) != 0))
			continue;
		providers++;
		n = each ? list_components(&uptime, rows[i].provider, components, COMPONENTS) : 1;
		for (size_t k = 0; k < n; k++) {
			cell.component = each ? components[k] : NULL;
			add_months(&uptime, &cell, &wish, answer);
		}
	}
	answer_headline(answer, "%s",
		uptime.n == 0 ? nothing_told(silent) : "How long providers were down, by their own word.");
	answer_fact(answer, "providers", "", value_whole(answer, providers));
	answer_note(answer,
		"down is what a page calls major or critical, degraded that and minor; incidents that overlap count once. "
		"The impact is an editor's choice and no measured error rate: providers cannot be compared by it");
	answer_note(answer,
		"a page tells of its newest incidents only: what is before the first of them, and after it was read last, "
		"is not known (known_share)");
	return 0;
}

const struct report report_uptime = { "uptime", "how long providers were down, by month, by their own status pages",
	uptime_params, uptime_run };
