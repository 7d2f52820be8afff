/*
 * statuspage: incidents of a status page as Statuspage and incident.io serve them, GET /api/v2/incidents.json, also
 * incidents/unresolved.json, summary.json and scheduled-maintenances.json:
 *
 *   {"page":{"id":"p1","name":"Demo AI","url":"https://status.example.invalid"},
 *    "incidents":[{"id":"i1","name":"Elevated errors","status":"resolved","impact":"major","started_at":"2026-11-01T09:58:00Z",
 *      "created_at":...,"resolved_at":...,"incident_updates":[...newest first...],"components":[{"name":"API"}]}]}
 *
 * incidents.json holds the newest 50 (about 25 on incident.io), and they are edited and dated back later: each is told
 * again with what it says now. It began at started_at, else at created_at. resolved_at may be null for ever: then it ended
 * with the first update that resolved it. incident.io leaves components empty: those of its updates count too.
 */
#include <string.h>

#include "collectors/columns.h"
#include "collectors/incidents.h"
#include "collectors/pull.h"
#include "collectors/reply.h"
#include "models/units/err.h"

struct feed {
	const struct collect_options *options;
	const struct sink *sink;
	struct text provider;
};

static bool
is_over(struct text status)
{
	return text_is(status, "resolved") || text_is(status, "postmortem") || text_is(status, "completed");
}

/* The earliest update that says that it is over; 1, 0 where none does, -1. */
static int
resolving_update(const struct json *incident, int64_t *at_us, struct err *err)
{
	const struct json *updates = json_value(incident, "incident_updates");
	int found = 0;

	for (const struct json *update = updates == NULL ? NULL : updates->first; update != NULL;
		update = update->next) {
		int64_t when_us;
		int got;

		if (!is_over(json_text(update, "status")))
			continue;
		if ((got = incident_time(update, "display_at", &when_us, err)) == 0)
			got = incident_time(update, "created_at", &when_us, err);
		if (got < 0)
			return -1;
		if (got == 1 && (found == 0 || when_us < *at_us))
			*at_us = when_us;
		found = found || got == 1;
	}
	return found;
}

static int
read_times(const struct json *incident, bool maintenance, struct incident_reading *reading, struct err *err)
{
	const char *const begins[] = { maintenance ? "scheduled_for" : "started_at", "started_at", "created_at" };
	int got = 0;

	for (size_t i = 0; got == 0 && i < sizeof(begins) / sizeof(begins[0]); i++)
		got = incident_time(incident, begins[i], &reading->started_us, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_INPUT, "the incident has neither started_at nor created_at");
	reading->ended_us = NOT_REPORTED;
	if ((got = incident_time(incident, "resolved_at", &reading->ended_us, err)) == 0 && reading->over)
		got = resolving_update(incident, &reading->ended_us, err);
	if (got == 0 && maintenance && reading->over)
		got = incident_time(incident, "scheduled_until", &reading->ended_us, err);
	if (got < 0)
		return -1;
	reading->over = reading->over || got == 1;
	reading->updated_us = reading->started_us;
	return incident_time(incident, "updated_at", &reading->updated_us, err) < 0 ? -1 : 0;
}

static void
read_components(const struct json *incident, struct incident_draft *draft)
{
	const struct json *list = json_value(incident, "components"),
			  *updates = json_value(incident, "incident_updates");

	for (const struct json *one = list == NULL ? NULL : list->first; one != NULL; one = one->next)
		incident_met(draft, json_text(one, "name"));
	for (const struct json *update = updates == NULL ? NULL : updates->first; update != NULL;
		update = update->next) {
		const struct json *met = json_value(update, "affected_components");

		for (const struct json *one = met == NULL ? NULL : met->first; one != NULL; one = one->next)
			incident_met(draft, json_text(one, "name"));
	}
}

static int
take_incident(const struct feed *feed, const struct json *incident, bool maintenance, struct err *err)
{
	struct incident_draft draft = { .reading = { .provider = feed->provider } };
	struct incident_reading *reading = &draft.reading;
	struct err why = { .kind = ERR_NONE };

	if (incident->type != JSON_OBJECT) {
		err_set(&why, ERR_INPUT, "expected an incident, not %s", json_type_name(incident));
		return incident_deliver(&draft, feed->sink, incident, &why, err);
	}
	reading->id = json_text(incident, "id");
	reading->name = json_text(incident, "name");
	reading->url = json_text(incident, "shortlink");
	reading->status = json_text(incident, "status");
	reading->impact = maintenance ? text_of("maintenance") : json_text(incident, "impact");
	reading->over = is_over(reading->status);
	if (read_times(incident, maintenance, reading, &why) == 0)
		read_components(incident, &draft);
	return incident_deliver(&draft, feed->sink, incident, &why, err);
}

static int
take_list(const struct feed *feed, const struct json *list, bool maintenance, struct err *err)
{
	for (const struct json *one = list == NULL ? NULL : list->first; one != NULL; one = one->next)
		if (take_incident(feed, one, maintenance, err) != 0)
			return -1;
	return 0;
}

static int
read_feed(const struct json *root, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	const struct json *page = json_value(root, "page"), *incidents = json_value(root, "incidents"),
			  *planned = json_value(root, "scheduled_maintenances");
	struct text address = json_text(page, "url");
	struct feed feed = { options, sink,
		incident_provider(options, address.n > 0 ? address : options->url, json_text(page, "name")) };

	if (root->type != JSON_OBJECT ||
		((incidents == NULL || incidents->type != JSON_ARRAY) &&
			(planned == NULL || planned->type != JSON_ARRAY)))
		return err_set(
			err, ERR_INPUT, "there is no list of incidents; incidents.json of a status page is meant");
	return take_list(&feed, incidents, false, err) == 0 ? take_list(&feed, planned, true, err) : -1;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct reply reply;
	int status = reply_open(&reply, input, err);

	if (status == 0)
		status = read_feed(reply.root, options, sink, err);
	reply_close(&reply);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	const struct text text = { head, n };

	if (text_holds(text, "\"page\"") &&
		(text_holds(text, "\"incidents\"") || text_holds(text, "\"scheduled_maintenances\"")))
		return 95;
	*why_not = "it has no \"page\" with \"incidents\"";
	return 0;
}

static int
request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	pull_begin(request, ask->part == 0 ? "/api/v2/incidents.json" : "/api/v2/scheduled-maintenances.json");
	return pull_ended(request, err);
}

static const char *const parts[] = { "incidents", "maintenances", NULL };

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.interval_s = 900,
	.interval_least_s = 60,
	.window_max_s = 86400,
	.parts = parts,
	.request = request,
};

const struct collector collector_statuspage = {
	.name = "statuspage",
	.title = "incidents of a provider's status page (Statuspage, incident.io)",
	.kind = COLLECTS_INCIDENTS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
