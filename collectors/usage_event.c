#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/collector.h"
#include "collectors/json.h"
#include "collectors/usage_event.h"
#include "collectors/usage_object.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

const char *const event_field_names[EVENT_FIELDS] = {
	[EVENT_ID] = "id",
	[EVENT_AT] = "at",
	[EVENT_PROVIDER] = "provider",
	[EVENT_MODEL] = "model",
	[EVENT_WORKLOAD] = "workload",
	[EVENT_ACCOUNT] = "account",
	[EVENT_PROJECT] = "project",
	[EVENT_KEY] = "key",
	[EVENT_SERVICE_TIER] = "service_tier",
	[EVENT_TAG] = "tag",
	[EVENT_STATUS] = "status",
	[EVENT_REQUESTS] = "requests",
	[EVENT_LATENCY_MS] = "latency_ms",
	[EVENT_TTFT_MS] = "ttft_ms",
	[EVENT_API] = "api",
	[EVENT_CLASSES + IN_UNCACHED] = "in_uncached",
	[EVENT_CLASSES + IN_CACHE_READ] = "in_cache_read",
	[EVENT_CLASSES + IN_CACHE_WRITE_5M] = "in_cache_write_5m",
	[EVENT_CLASSES + IN_CACHE_WRITE_1H] = "in_cache_write_1h",
	[EVENT_CLASSES + OUT_VISIBLE] = "out_visible",
	[EVENT_CLASSES + OUT_REASONING] = "out_reasoning",
	[EVENT_USAGE] = "usage",
};

int
event_field(struct text name)
{
	for (int i = 0; i < EVENT_FIELDS; i++)
		if (strlen(event_field_names[i]) == name.n && strncasecmp(event_field_names[i], name.p, name.n) == 0)
			return i;
	return -1;
}

/* A value for a sentence, cut where it is long. */
static int
shown(struct text text)
{
	return (int)(text.n < 40 ? text.n : 40);
}

int
event_instant(struct text text, int64_t *at_us, struct err *err)
{
	if (text.n == 0)
		return err_set(err, ERR_INPUT, "at: there is no time");
	if (time_parse(text.p, text.n, at_us, NULL) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "at: '%.*s' is neither an RFC 3339 time nor Unix seconds", shown(text), text.p);
}

static bool
is_digits(struct text text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

int
event_whole(struct text text, const char *name, int64_t *value, struct err *err)
{
	bool rounded = false;

	*value = NOT_REPORTED;
	if (text.n == 0 || text_is(text, "null") || text_is(text, "NULL"))
		return 0;
	if (decimal_parse(text.p, text.n, 0, value, &rounded, NULL) != 0 || rounded) {
		*value = NOT_REPORTED;
		return err_set(err, ERR_INPUT,
			is_digits(text) ? "%s is above 2^53: %.*s" : "%s is not a whole number: %.*s", name,
			shown(text), text.p);
	}
	if (*value < 0)
		return err_set(err, ERR_INPUT, "%s is negative: %.*s", name, shown(text), text.p);
	if (*value > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "%s is above 2^53: %.*s", name, shown(text), text.p);
	return 0;
}

int
event_milliseconds(struct text text, const char *name, int64_t *value, struct err *err)
{
	*value = NOT_REPORTED;
	if (text.n == 0 || text_is(text, "null") || text_is(text, "NULL"))
		return 0;
	if (decimal_parse(text.p, text.n, 0, value, NULL, NULL) != 0 || *value > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "%s is not a number of milliseconds: %.*s", name, shown(text), text.p);
	if (*value < 0)
		return err_set(err, ERR_INPUT, "%s is negative: %.*s", name, shown(text), text.p);
	return 0;
}

int
event_status(struct text text, enum usage_status *status, struct err *err)
{
	static const char *const names[] = { "ok", "error", "timeout" };

	*status = STATUS_OK;
	if (text.n == 0)
		return 0;
	for (int i = 0; i < 3; i++)
		if (strlen(names[i]) == text.n && strncasecmp(names[i], text.p, text.n) == 0) {
			*status = (enum usage_status)i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "status: '%.*s' is none of ok, error, timeout", shown(text), text.p);
}

void
event_fill(struct usage_reading *reading, const struct collect_options *options)
{
	if (reading->provider.n == 0)
		reading->provider = options->provider;
	if (reading->model.n == 0)
		reading->model = options->model;
	if (reading->workload.n == 0)
		reading->workload = options->workload;
	if (reading->account.n == 0)
		reading->account = options->account;
}

/* ---- usage objects */

struct usage_event {
	struct json_doc *doc;
	char *bytes;
	size_t room;
	struct usage_object object;
	char tier[64];
};

struct usage_event *
usage_event_new(struct err *err)
{
	struct usage_event *event = calloc(1, sizeof(*event));

	if (event != NULL)
		event->doc = json_new();
	if (event == NULL || event->doc == NULL) {
		usage_event_free(event);
		err_set(err, ERR_OUTSIDE, "no memory for a usage object");
		return NULL;
	}
	return event;
}

void
usage_event_free(struct usage_event *event)
{
	if (event == NULL)
		return;
	json_free(event->doc);
	free(event->bytes);
	free(event);
}

static int
read_object(struct usage_event *event, const struct json *usage, struct text api, struct usage_reading *reading,
	struct err *err)
{
	struct usage_object *object = &event->object;
	const struct usage_about about = { .provider = reading->provider, .model = reading->model, .api = api };

	if (usage_object_read(usage, &about, object, err) != 0)
		return -1;
	reading->usage = usage_object_total(object).usage;
	reading->has_usage = true;
	reading->web_searches = object->quantities.web_searches;
	if (reading->latency_ms == NOT_REPORTED)
		reading->latency_ms = object->latency_ms;
	if (reading->ttft_ms == NOT_REPORTED)
		reading->ttft_ms = object->ttft_ms;
	reading->parts = NULL;
	for (int i = 0; i < PRICE_PARTS; i++)
		if (object->quantities.parts[i] > 0)
			reading->parts = object->quantities.parts;
	if (reading->service_tier.n == 0 && object->service_tier.n > 0 &&
		object->service_tier.n < sizeof(event->tier)) {
		memcpy(event->tier, object->service_tier.p, object->service_tier.n);
		reading->service_tier = (struct text){ event->tier, object->service_tier.n };
		reading->tier_hinted = object->tier_hinted;
	}
	return 0;
}

int
usage_event_object(
	struct usage_event *event, struct text object, struct text api, struct usage_reading *reading, struct err *err)
{
	struct json *json;

	if (object.n + 1 > event->room) {
		char *more = realloc(event->bytes, object.n + 1024);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for a usage object");
		event->bytes = more;
		event->room = object.n + 1024;
	}
	memcpy(event->bytes, object.p, object.n);
	json = json_parse(event->doc, event->bytes, object.n, err);
	if (json == NULL)
		return err_in(err, "usage");
	return read_object(event, json, api, reading, err);
}

/* A text member; a number is taken as it is written, since ids are often numbers. */
static int
text_member(const struct json *object, enum event_field field, struct text *text, struct err *err)
{
	const struct json *json = json_value(object, event_field_names[field]);

	*text = (struct text){ NULL, 0 };
	if (json == NULL)
		return 0;
	if (json->type != JSON_STRING && json->type != JSON_NUMBER)
		return err_set(
			err, ERR_INPUT, "%s: expected a text, not %s", event_field_names[field], json_type_name(json));
	*text = json->text;
	return 0;
}

static int
read_texts(const struct json *object, struct usage_reading *reading, struct text *other, struct err *err)
{
	struct text *texts[] = { [EVENT_ID] = &reading->id,
		[EVENT_AT] = &other[0],
		[EVENT_PROVIDER] = &reading->provider,
		[EVENT_MODEL] = &reading->model,
		[EVENT_WORKLOAD] = &reading->workload,
		[EVENT_ACCOUNT] = &reading->account,
		[EVENT_PROJECT] = &reading->project,
		[EVENT_KEY] = &reading->key,
		[EVENT_SERVICE_TIER] = &reading->service_tier,
		[EVENT_TAG] = &reading->tag,
		[EVENT_STATUS] = &other[1],
		[EVENT_REQUESTS] = &other[2],
		[EVENT_LATENCY_MS] = &other[3],
		[EVENT_TTFT_MS] = &other[4],
		[EVENT_API] = &other[5] };

	for (int i = 0; i <= EVENT_API; i++)
		if (text_member(object, (enum event_field)i, texts[i], err) != 0)
			return -1;
	return 0;
}

int
usage_event_read(struct usage_event *event, const struct json *object, const struct collect_options *options,
	struct usage_reading *reading, struct err *err)
{
	const struct json *usage = json_value(object, "usage"), *twice;
	struct text other[6];
	int found;

	memset(reading, 0, sizeof(*reading));
	if (object->type != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "expected an object, not %s", json_type_name(object));
	twice = json_twice(object);
	if (twice != NULL)
		return err_set(err, ERR_INPUT, "%.*s is given twice", shown(twice->key), twice->key.p);
	if (read_texts(object, reading, other, err) != 0)
		return -1;
	event_fill(reading, options);
	if (event_instant(other[0], &reading->at_us, err) != 0 || event_status(other[1], &reading->status, err) != 0 ||
		event_whole(other[2], "requests", &reading->requests, err) != 0 ||
		event_milliseconds(other[3], "latency_ms", &reading->latency_ms, err) != 0 ||
		event_milliseconds(other[4], "ttft_ms", &reading->ttft_ms, err) != 0)
		return -1;
	if (reading->requests == NOT_REPORTED)
		reading->requests = 1;
	if ((found = usage_classes_read(object, &reading->usage, err)) < 0)
		return -1;
	reading->has_usage = found == 1;
	return found == 1 || usage == NULL ? 0 : read_object(event, usage, other[5], reading, err);
}
