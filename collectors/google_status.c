/*
 * google-status: incidents of Google Cloud, GET /incidents.json of status.cloud.google.com:
 *
 *   [{"id":"Xy1","number":"123","begin":"2026-11-01T10:00:00+00:00","created":"2026-11-01T10:10:00+00:00",
 *     "end":"2026-11-01T12:00:00+00:00","modified":"2026-11-02T08:00:00+00:00","external_desc":"Errors","severity":"medium",
 *     "status_impact":"SERVICE_DISRUPTION","service_name":"Vertex","affected_products":[{"title":"Vertex","id":"z"}]}]
 *
 * The layout is observed and not promised by anyone. An outage is told as critical, a disruption as major, information
 * as none; another word stays as it is. No `end`: it is not over.
 */
#include "collectors/columns.h"
#include "collectors/incidents.h"
#include "collectors/pull.h"
#include "collectors/reply.h"
#include "models/units/err.h"

static struct text
impact_of(struct text status_impact)
{
	if (text_is(status_impact, "SERVICE_OUTAGE"))
		return text_of("critical");
	if (text_is(status_impact, "SERVICE_DISRUPTION"))
		return text_of("major");
	return text_is(status_impact, "SERVICE_INFORMATION") ? text_of("none") : status_impact;
}

static int
read_times(const struct json *incident, struct incident_reading *reading, struct err *err)
{
	int got = incident_time(incident, "begin", &reading->started_us, err);

	if (got == 0)
		got = incident_time(incident, "created", &reading->started_us, err);
	if (got <= 0)
		return got < 0 ? -1 : err_set(err, ERR_INPUT, "the incident has neither begin nor created");
	reading->ended_us = NOT_REPORTED;
	if ((got = incident_time(incident, "end", &reading->ended_us, err)) < 0)
		return -1;
	reading->over = got == 1;
	reading->updated_us = reading->started_us;
	return incident_time(incident, "modified", &reading->updated_us, err) < 0 ? -1 : 0;
}

static int
take_incident(
	const struct json *incident, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct incident_draft draft = { .reading = { .provider = incident_provider(options,
							     text_of("status.cloud.google.com"), text_of("google")) } };
	struct incident_reading *reading = &draft.reading;
	struct err why = { .kind = ERR_NONE };
	const struct json *products;

	if (incident->type != JSON_OBJECT) {
		err_set(&why, ERR_INPUT, "expected an incident, not %s", json_type_name(incident));
		return incident_deliver(&draft, sink, incident, &why, err);
	}
	reading->id = json_text(incident, "id");
	if (reading->id.n == 0)
		reading->id = json_text(incident, "number");
	reading->name = json_text(incident, "external_desc");
	reading->url = json_text(incident, "uri");
	reading->impact = impact_of(json_text(incident, "status_impact"));
	if (read_times(incident, reading, &why) == 0) {
		reading->status = text_of(reading->over ? "resolved" : "investigating");
		products = json_value(incident, "affected_products");
		for (const struct json *one = products == NULL ? NULL : products->first; one != NULL; one = one->next)
			incident_met(&draft, json_text(one, "title"));
		incident_met(&draft, json_text(incident, "service_name"));
	}
	return incident_deliver(&draft, sink, incident, &why, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct reply reply;
	int status = reply_open(&reply, input, err);

	if (status == 0 && reply.root->type != JSON_ARRAY)
		status = err_set(err, ERR_INPUT, "expected a list of incidents, not %s", json_type_name(reply.root));
	for (const struct json *one = status == 0 ? reply.root->first : NULL; status == 0 && one != NULL;
		one = one->next)
		status = take_incident(one, options, sink, err);
	reply_close(&reply);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	const struct text text = { head, n };

	if (text_holds(text, "\"external_desc\"") &&
		(text_holds(text, "\"begin\"") || text_holds(text, "\"status_impact\"")))
		return 95;
	*why_not = "its incidents have no \"external_desc\"";
	return 0;
}

static const struct pull pull = {
	.shape = PULL_SNAPSHOT,
	.url = "https://status.cloud.google.com",
	.interval_s = 900,
	.interval_least_s = 60,
	.window_max_s = 86400,
	.path = "/incidents.json",
};

const struct collector collector_google_status = {
	.name = "google-status",
	.title = "incidents of Google Cloud's status page",
	.kind = COLLECTS_INCIDENTS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
