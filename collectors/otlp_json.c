/*
 * otlp_json: OTLP's JSON form: names in lowerCamelCase, 64-bit numbers as strings or numbers, enumerations as
 * numbers, ids in hex. Unknown members are skipped.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/json.h"
#include "collectors/otlp.h"
#include "models/units/err.h"
#include "models/units/money.h"

struct otlp {
	struct json_doc *doc;
	struct otlp_attribute resource[OTLP_ATTRIBUTES_MAX], item[OTLP_ATTRIBUTES_MAX];
};

/* One body on its way to the sink. */
struct walk {
	struct otlp *otlp;
	const struct otlp_sink *sink;
	struct otlp_attributes resource;
	struct text scope, scope_version;
	struct err *err;
};

struct otlp *
otlp_new(void)
{
	struct otlp *otlp = calloc(1, sizeof(*otlp));

	if (otlp != NULL && (otlp->doc = json_new()) == NULL) {
		free(otlp);
		return NULL;
	}
	return otlp;
}

void
otlp_free(struct otlp *otlp)
{
	if (otlp == NULL)
		return;
	json_free(otlp->doc);
	free(otlp);
}

/* ---- values */

static struct text
written(const struct json *json)
{
	return json != NULL && (json->type == JSON_NUMBER || json->type == JSON_STRING) ? json->text
											: (struct text){ NULL, 0 };
}

static struct otlp_number
number(const struct json *json)
{
	struct otlp_number number = { .given = json != NULL };
	struct text text = written(json);
	bool rounded = false;

	number.is_whole = text.n > 0 && decimal_parse(text.p, text.n, 0, &number.whole, &rounded, NULL) == 0 &&
		!rounded && number.whole <= USAGE_TOKENS_MAX && number.whole >= -USAGE_TOKENS_MAX;
	return number;
}

/* Nanoseconds since 1970; 0 where there are none or they cannot be read. */
static uint64_t
instant(const struct json *object, const char *name)
{
	struct text text = written(json_value(object, name));
	int64_t ns;
	bool rounded = false;

	if (text.n == 0 || decimal_parse(text.p, text.n, 0, &ns, &rounded, NULL) != 0 || rounded || ns < 0)
		return 0;
	return (uint64_t)ns;
}

/* A small number such as an enumeration or flags; 0 where it is none. */
static int64_t
small(const struct json *object, const char *name)
{
	struct otlp_number found = number(json_value(object, name));

	return found.is_whole ? found.whole : 0;
}

/* What tells values that nest apart: a hash of all that is in them. */
static uint64_t
fold(uint64_t hash, const struct json *json)
{
	hash = (hash ^ (uint64_t)json->type) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < json->key.n; i++)
		hash = (hash ^ (unsigned char)json->key.p[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < json->text.n; i++)
		hash = (hash ^ (unsigned char)json->text.p[i]) * UINT64_C(0x100000001b3);
	for (const struct json *child = json->first; child != NULL; child = child->next)
		hash = fold(hash, child);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static struct otlp_value
value(const struct json *any)
{
	const struct json *json;
	struct otlp_number whole;

	if ((json = json_value(any, "stringValue")) != NULL)
		return (struct otlp_value){ .type = OTLP_TEXT, .text = written(json) };
	if ((json = json_value(any, "intValue")) != NULL) {
		whole = number(json);
		return whole.is_whole ? (struct otlp_value){ .type = OTLP_WHOLE, .whole = whole.whole }
				      : (struct otlp_value){ .type = OTLP_OTHER, .text = written(json) };
	}
	if ((json = json_value(any, "boolValue")) != NULL)
		return (struct otlp_value){ .type = OTLP_OTHER,
			.text = text_of(json->type == JSON_TRUE ? "true" : "false") };
	if ((json = json_value(any, "doubleValue")) != NULL) {
		whole = number(json);
		return whole.is_whole ? (struct otlp_value){ .type = OTLP_WHOLE, .whole = whole.whole }
				      : (struct otlp_value){ .type = OTLP_OTHER, .text = written(json) };
	}
	if ((json = json_value(any, "bytesValue")) != NULL)
		return (struct otlp_value){ .type = OTLP_OTHER, .text = written(json) };
	if ((json = json_value(any, "arrayValue")) != NULL || (json = json_value(any, "kvlistValue")) != NULL)
		return (struct otlp_value){ .type = OTLP_OTHER,
			.whole = (int64_t)fold(UINT64_C(0xcbf29ce484222325), json) };
	return (struct otlp_value){ .type = OTLP_NOTHING };
}

/* The members of an array that is a member of the object; NULL where there is none. */
static const struct json *
members(const struct json *object, const char *name)
{
	const struct json *array = json_value(object, name);

	return array != NULL && array->type == JSON_ARRAY ? array->first : NULL;
}

static struct otlp_attributes
attributes(struct otlp_attribute *list, const struct json *object)
{
	struct otlp_attributes found = { .list = list };

	for (const struct json *pair = members(object, "attributes"); pair != NULL; pair = pair->next) {
		struct text key = json_text(pair, "key");

		if (key.n == 0)
			continue;
		if (found.n == OTLP_ATTRIBUTES_MAX) {
			found.cut = true;
			break;
		}
		list[found.n++] = (struct otlp_attribute){ key, value(json_value(pair, "value")) };
	}
	return found;
}

static void
id(char to[OTLP_ID_MAX], const struct json *object, const char *name)
{
	struct text text = json_text(object, name);
	bool zero = true;

	to[0] = '\0';
	if (text.n >= OTLP_ID_MAX)
		return;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		to[i] = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
		zero = zero && c == '0';
		if (!((to[i] >= '0' && to[i] <= '9') || (to[i] >= 'a' && to[i] <= 'f'))) {
			to[0] = '\0';
			return;
		}
	}
	to[zero ? 0 : text.n] = '\0';
}

/* ---- items */

static struct otlp_item
begin(const struct walk *walk, const struct json *object, enum otlp_kind kind)
{
	return (struct otlp_item){
		.kind = kind,
		.resource = &walk->resource,
		.scope = walk->scope,
		.scope_version = walk->scope_version,
		.attributes = attributes(walk->otlp->item, object),
		.start_ns = instant(object, "startTimeUnixNano"),
		.time_ns = instant(object, "timeUnixNano"),
	};
}

static int
hand_over(const struct walk *walk, struct otlp_item *item)
{
	return walk->sink->item(walk->sink->ctx, item, walk->err);
}

static int
walk_points(const struct walk *walk, struct text name, const struct json *data, enum otlp_kind kind)
{
	int64_t temporality = small(data, "aggregationTemporality");

	for (const struct json *point = members(data, "dataPoints"); point != NULL; point = point->next) {
		struct otlp_item item = begin(walk, point, kind);
		const struct json *as_int = json_value(point, "asInt");

		item.name = name;
		item.temporality = temporality == 1 ? OTLP_DELTA
			: temporality == 2          ? OTLP_CUMULATIVE
						    : OTLP_UNSPECIFIED;
		item.no_value = (small(point, "flags") & 1) != 0;
		if (kind == OTLP_HISTOGRAM) {
			item.value = number(json_value(point, "sum"));
			item.count = number(json_value(point, "count"));
		} else {
			item.value = number(as_int != NULL ? as_int : json_value(point, "asDouble"));
		}
		if (hand_over(walk, &item) != 0)
			return -1;
	}
	return 0;
}

static int
walk_metric(const struct walk *walk, const struct json *metric)
{
	static const struct {
		const char *name;
		enum otlp_kind kind;
	} kinds[] = { { "sum", OTLP_SUM }, { "gauge", OTLP_GAUGE }, { "histogram", OTLP_HISTOGRAM },
		{ "exponentialHistogram", OTLP_HISTOGRAM }, { "summary", OTLP_SUMMARY } };
	struct text name = json_text(metric, "name");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct json *data = json_value(metric, kinds[i].name);

		if (data != NULL && walk_points(walk, name, data, kinds[i].kind) != 0)
			return -1;
	}
	return 0;
}

static int
walk_span(const struct walk *walk, const struct json *span)
{
	struct otlp_item item = begin(walk, span, OTLP_SPAN);

	item.time_ns = instant(span, "endTimeUnixNano");
	id(item.trace, span, "traceId");
	id(item.span, span, "spanId");
	id(item.parent, span, "parentSpanId");
	item.failed = small(json_value(span, "status"), "code") == 2;
	return hand_over(walk, &item);
}

static int
walk_record(const struct walk *walk, const struct json *record)
{
	struct otlp_item item = begin(walk, record, OTLP_EVENT);

	if (item.time_ns == 0)
		item.time_ns = instant(record, "observedTimeUnixNano");
	item.name = json_text(record, "eventName");
	if (item.name.n == 0)
		item.name = json_text(json_value(record, "body"), "stringValue");
	return hand_over(walk, &item);
}

static const struct {
	const char *resources, *scopes, *items;
	int (*walk)(const struct walk *walk, const struct json *item);
} signals[] = {
	[OTLP_METRICS] = { "resourceMetrics", "scopeMetrics", "metrics", walk_metric },
	[OTLP_TRACES] = { "resourceSpans", "scopeSpans", "spans", walk_span },
	[OTLP_LOGS] = { "resourceLogs", "scopeLogs", "logRecords", walk_record },
};

static int
walk_resource(struct walk *walk, enum otlp_signal signal, const struct json *resource)
{
	walk->resource = attributes(walk->otlp->resource, json_value(resource, "resource"));
	for (const struct json *scope = members(resource, signals[signal].scopes); scope != NULL; scope = scope->next) {
		walk->scope = json_text(json_value(scope, "scope"), "name");
		walk->scope_version = json_text(json_value(scope, "scope"), "version");
		for (const struct json *item = members(scope, signals[signal].items); item != NULL; item = item->next)
			if (signals[signal].walk(walk, item) != 0)
				return -1;
	}
	return 0;
}

/* How many values there are at most: what parts them, in texts too. */
static size_t
values_at_most(const char *bytes, size_t n)
{
	size_t values = 0;

	for (size_t i = 0; i < n; i++)
		values += (size_t)((bytes[i] == ',') | (bytes[i] == '[') | (bytes[i] == '{'));
	return values;
}

/* A parsed value takes more room than what it was written as: they are counted first. */
static bool
too_many_values(const char *bytes, size_t n)
{
	size_t values = 0;

	if (n <= OTLP_VALUES_MAX || values_at_most(bytes, n) <= OTLP_VALUES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '"') {
			for (i++; i < n && bytes[i] != '"'; i++)
				i += bytes[i] == '\\';
			continue;
		}
		values += bytes[i] == '[' || bytes[i] == '{' || bytes[i] == ',';
	}
	return values > OTLP_VALUES_MAX;
}

int
otlp_read_json(struct otlp *otlp, enum otlp_signal signal, char *bytes, size_t n, const struct otlp_sink *sink,
	struct err *err)
{
	struct walk walk = { .otlp = otlp, .sink = sink, .err = err };
	const struct json *root, *array;

	if (too_many_values(bytes, n))
		return err_set(err, ERR_INPUT, "the body holds more than %d values", OTLP_VALUES_MAX);
	if ((root = json_parse(otlp->doc, bytes, n, err)) == NULL)
		return -1;
	if (root->type != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "expected an object with '%s', not %s", signals[signal].resources,
			json_type_name(root));
	array = json_value(root, signals[signal].resources);
	for (size_t i = 0; array == NULL && i < sizeof(signals) / sizeof(signals[0]); i++)
		if (json_get(root, signals[i].resources) != NULL && i != (size_t)signal)
			return err_set(err, ERR_INPUT, "'%s' do not belong here, but at /v1/%s", signals[i].resources,
				i == OTLP_METRICS        ? "metrics"
					: i == OTLP_LOGS ? "logs"
							 : "traces");
	if (array != NULL && array->type != JSON_ARRAY)
		return err_set(
			err, ERR_INPUT, "'%s' is %s, not an array", signals[signal].resources, json_type_name(array));
	for (const struct json *one = array == NULL ? NULL : array->first; one != NULL; one = one->next)
		if (walk_resource(&walk, signal, one) != 0)
			return -1;
	return 0;
}
