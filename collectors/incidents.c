#include <stdio.h>

#include "collectors/columns.h"
#include "collectors/incidents.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

int
incident_time(const struct json *object, const char *name, int64_t *at_us, struct err *err)
{
	const struct json *value = json_value(object, name);
	char shown[TEXT_SHOWN];

	if (value == NULL || (value->type == JSON_STRING && value->text.n == 0))
		return 0;
	if (value->type == JSON_STRING && time_parse(value->text.p, value->text.n, at_us, NULL) == 0)
		return 1;
	if (value->type == JSON_STRING)
		return err_set(
			err, ERR_INPUT, "%s: '%s' is no time", name, text_shown(value->text, shown, sizeof(shown)));
	return err_set(err, ERR_INPUT, "%s: expected a time, not %s", name, json_type_name(value));
}

void
incident_met(struct incident_draft *draft, struct text name)
{
	struct incident_reading *reading = &draft->reading;

	if (name.n == 0)
		return;
	for (size_t i = 0; i < reading->n_components; i++)
		if (text_same(draft->components[i], name))
			return;
	if (reading->n_components == INCIDENT_COMPONENTS)
		return;
	draft->components[reading->n_components++] = name;
	reading->components = draft->components;
}

struct text
incident_provider(const struct collect_options *options, struct text address, struct text name)
{
	/* Names under which usage of the same provider comes. */
	static const char *const known[][2] = { { "openai", "openai" }, { "anthropic", "anthropic" },
		{ "claude", "anthropic" }, { "cloud.google", "google" }, { "mistral", "mistral" }, { "groq", "groq" },
		{ "cohere", "cohere" }, { "openrouter", "openrouter" }, { "together", "together" },
		{ "fireworks", "fireworks" }, { "deepseek", "deepseek" }, { "azure", "azure" }, { "aws", "aws" } };

	if (options->provider.n > 0)
		return options->provider;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_holds(address, known[i][0]))
			return text_of(known[i][1]);
	return name.n > 0 ? name : address;
}

int
incident_deliver(struct incident_draft *draft, const struct sink *sink, const struct json *at,
	const struct err *refusal, struct err *err)
{
	struct incident_reading *reading = &draft->reading;
	const struct place place = { .line = at->line };

	if (refusal->kind != ERR_NONE) {
		if (sink->refuse != NULL)
			sink->refuse(sink->ctx, place, refusal->text);
		return 0;
	}
	if (reading->id.n == 0) {
		row_refuse(sink, at->line, "the incident has no id");
		return 0;
	}
	if (reading->provider.n == 0) {
		row_refuse(sink, at->line, "nobody says whose status page this is; name the provider");
		return 0;
	}
	if (reading->ended_us != NOT_REPORTED && reading->ended_us < reading->started_us) {
		row_warn(sink, at->line, "the incident ends before it begins: how long it was is not known");
		reading->ended_us = NOT_REPORTED;
	}
	return sink->incident == NULL ? 0 : sink->incident(sink->ctx, place, reading, err);
}
