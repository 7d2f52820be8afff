/*
 * otlp_protobuf: OTLP's protobuf form, unpacked by protobuf-c after otlp.proto. What a body may take in memory
 * is bounded by an allocator of our own, and nothing in the description nests without end.
 */
#include <stdlib.h>
#include <string.h>

#include <protobuf-c/protobuf-c.h>

#include "collectors/otlp.h"
#include "models/units/err.h"
#include "otlp.pb-c.h"

/* ---- memory that is given out piece by piece and freed at once */

struct chunk {
	struct chunk *next;
	max_align_t bytes[];
};

struct pieces {
	struct chunk *first;
	size_t used, room; /* of the first */
	size_t total;
	bool full;
};

static void *
piece_take(void *ctx, size_t size)
{
	struct pieces *pieces = ctx;
	size_t align = sizeof(max_align_t);
	char *at;

	if (size > OTLP_MEMORY_MAX)
		size = OTLP_MEMORY_MAX + 1;
	size = (size + align - 1) / align * align;
	if (pieces->room - pieces->used < size) {
		size_t room = size > ((size_t)64 << 10) ? size : (size_t)64 << 10;
		struct chunk *chunk;

		if (pieces->total + room > OTLP_MEMORY_MAX || (chunk = malloc(sizeof(*chunk) + room)) == NULL) {
			pieces->full = true;
			return NULL;
		}
		chunk->next = pieces->first;
		pieces->first = chunk;
		pieces->used = 0;
		pieces->room = room;
		pieces->total += room;
	}
	at = (char *)pieces->first->bytes + pieces->used;
	pieces->used += size;
	return at;
}

static void
piece_drop(void *ctx, void *piece)
{
	(void)ctx, (void)piece;
}

static void
pieces_free(struct pieces *pieces)
{
	struct chunk *next;

	for (struct chunk *chunk = pieces->first; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
}

/* ---- values */

struct walk {
	const struct otlp_sink *sink;
	struct otlp_attributes resource;
	struct text scope, scope_version;
	struct otlp_attribute resource_list[OTLP_ATTRIBUTES_MAX], item_list[OTLP_ATTRIBUTES_MAX];
	struct err *err;
};

static struct text
text(protobuf_c_boolean has, ProtobufCBinaryData bytes)
{
	return has && bytes.len > 0 ? (struct text){ (const char *)bytes.data, bytes.len } : (struct text){ NULL, 0 };
}

static struct otlp_number
whole_of(protobuf_c_boolean has, int64_t whole)
{
	return (struct otlp_number){
		.given = has, .is_whole = has && whole <= USAGE_TOKENS_MAX && whole >= -USAGE_TOKENS_MAX, .whole = whole
	};
}

static struct otlp_number
whole_of_double(protobuf_c_boolean has, double real)
{
	struct otlp_number number = { .given = has };

	/* Every whole number up to 2^53 is a double of its own. */
	if (has && real >= -(double)USAGE_TOKENS_MAX && real <= (double)USAGE_TOKENS_MAX &&
		(double)(int64_t)real == real) {
		number.is_whole = true;
		number.whole = (int64_t)real;
	}
	return number;
}

static struct otlp_number
count_of(protobuf_c_boolean has, uint64_t count)
{
	return whole_of(has, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static struct otlp_value
value(const Otlp__Value *any)
{
	struct otlp_number real;

	if (any == NULL)
		return (struct otlp_value){ .type = OTLP_NOTHING };
	if (any->has_string_value)
		return (struct otlp_value){ .type = OTLP_TEXT, .text = text(true, any->string_value) };
	if (any->has_int_value)
		return (struct otlp_value){ .type = OTLP_WHOLE, .whole = any->int_value };
	if (any->has_bool_value)
		return (struct otlp_value){ .type = OTLP_OTHER, .text = text_of(any->bool_value ? "true" : "false") };
	if (any->has_double_value) {
		real = whole_of_double(true, any->double_value);
		if (real.is_whole)
			return (struct otlp_value){ .type = OTLP_WHOLE, .whole = real.whole };
		return (struct otlp_value){ .type = OTLP_OTHER,
			.text = { (const char *)&any->double_value, sizeof(any->double_value) } };
	}
	if (any->has_array_value)
		return (struct otlp_value){ .type = OTLP_OTHER, .text = text(true, any->array_value) };
	if (any->has_kvlist_value)
		return (struct otlp_value){ .type = OTLP_OTHER, .text = text(true, any->kvlist_value) };
	if (any->has_bytes_value)
		return (struct otlp_value){ .type = OTLP_OTHER, .text = text(true, any->bytes_value) };
	return (struct otlp_value){ .type = OTLP_NOTHING };
}

static struct otlp_attributes
attributes(struct otlp_attribute *list, Otlp__KeyValue *const *pairs, size_t n)
{
	struct otlp_attributes found = { .list = list };

	for (size_t i = 0; i < n; i++) {
		struct text key = text(pairs[i]->has_key, pairs[i]->key);

		if (key.n == 0)
			continue;
		if (found.n == OTLP_ATTRIBUTES_MAX) {
			found.cut = true;
			break;
		}
		list[found.n++] = (struct otlp_attribute){ key, value(pairs[i]->value) };
	}
	return found;
}

static void
id(char to[OTLP_ID_MAX], protobuf_c_boolean has, ProtobufCBinaryData bytes)
{
	static const char hex[] = "0123456789abcdef";
	bool zero = true;
	size_t n = has && bytes.len <= OTLP_ID_MAX / 2 ? bytes.len : 0;

	for (size_t i = 0; i < n; i++) {
		to[2 * i] = hex[bytes.data[i] >> 4];
		to[2 * i + 1] = hex[bytes.data[i] & 15];
		zero = zero && bytes.data[i] == 0;
	}
	to[zero ? 0 : 2 * n] = '\0';
}

/* ---- items */

static int
hand_over(const struct walk *walk, struct otlp_item *item)
{
	item->resource = &walk->resource;
	item->scope = walk->scope;
	item->scope_version = walk->scope_version;
	return walk->sink->item(walk->sink->ctx, item, walk->err);
}

static enum otlp_temporality
temporality(protobuf_c_boolean has, int32_t number)
{
	return !has || number < 1 || number > 2 ? OTLP_UNSPECIFIED : number == 1 ? OTLP_DELTA : OTLP_CUMULATIVE;
}

static int
walk_numbers(struct walk *walk, struct otlp_item like, Otlp__NumberPoint *const *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Otlp__NumberPoint *point = points[i];
		struct otlp_item item = like;

		item.attributes = attributes(walk->item_list, point->attributes, point->n_attributes);
		item.start_ns = point->start_time_unix_nano;
		item.time_ns = point->time_unix_nano;
		item.no_value = (point->flags & 1) != 0;
		item.value = point->has_as_int ? whole_of(true, point->as_int)
					       : whole_of_double(point->has_as_double, point->as_double);
		if (hand_over(walk, &item) != 0)
			return -1;
	}
	return 0;
}

static int
walk_histogram(struct walk *walk, struct otlp_item like, Otlp__HistogramPoint *const *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Otlp__HistogramPoint *point = points[i];
		struct otlp_item item = like;

		item.attributes = attributes(walk->item_list, point->attributes, point->n_attributes);
		item.start_ns = point->start_time_unix_nano;
		item.time_ns = point->time_unix_nano;
		item.no_value = (point->flags & 1) != 0;
		item.value = whole_of_double(point->has_sum, point->sum);
		item.count = count_of(point->has_count, point->count);
		if (hand_over(walk, &item) != 0)
			return -1;
	}
	return 0;
}

static int
walk_exponential(struct walk *walk, struct otlp_item like, Otlp__ExponentialPoint *const *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Otlp__ExponentialPoint *point = points[i];
		struct otlp_item item = like;

		item.attributes = attributes(walk->item_list, point->attributes, point->n_attributes);
		item.start_ns = point->start_time_unix_nano;
		item.time_ns = point->time_unix_nano;
		item.no_value = (point->flags & 1) != 0;
		item.value = whole_of_double(point->has_sum, point->sum);
		item.count = count_of(point->has_count, point->count);
		if (hand_over(walk, &item) != 0)
			return -1;
	}
	return 0;
}

static int
walk_metric(struct walk *walk, const Otlp__Metric *metric)
{
	struct otlp_item like = { .name = text(metric->has_name, metric->name) };
	const Otlp__Sum *sum = metric->sum;
	const Otlp__Histogram *histogram = metric->histogram;
	const Otlp__Exponential *exponential = metric->exponential_histogram;

	if (sum != NULL) {
		like.kind = OTLP_SUM;
		like.temporality = temporality(sum->has_aggregation_temporality, sum->aggregation_temporality);
		if (walk_numbers(walk, like, sum->data_points, sum->n_data_points) != 0)
			return -1;
	}
	if (histogram != NULL) {
		like.kind = OTLP_HISTOGRAM;
		like.temporality =
			temporality(histogram->has_aggregation_temporality, histogram->aggregation_temporality);
		if (walk_histogram(walk, like, histogram->data_points, histogram->n_data_points) != 0)
			return -1;
	}
	if (exponential != NULL) {
		like.kind = OTLP_HISTOGRAM;
		like.temporality =
			temporality(exponential->has_aggregation_temporality, exponential->aggregation_temporality);
		if (walk_exponential(walk, like, exponential->data_points, exponential->n_data_points) != 0)
			return -1;
	}
	like.kind = OTLP_GAUGE;
	like.temporality = OTLP_UNSPECIFIED;
	return metric->gauge == NULL
		? 0
		: walk_numbers(walk, like, metric->gauge->data_points, metric->gauge->n_data_points);
}

static int
walk_span(struct walk *walk, const Otlp__Span *span)
{
	struct otlp_item item = { .kind = OTLP_SPAN };

	item.attributes = attributes(walk->item_list, span->attributes, span->n_attributes);
	item.start_ns = span->start_time_unix_nano;
	item.time_ns = span->end_time_unix_nano;
	id(item.trace, span->has_trace_id, span->trace_id);
	id(item.span, span->has_span_id, span->span_id);
	id(item.parent, span->has_parent_span_id, span->parent_span_id);
	item.failed = span->status != NULL && span->status->code == 2;
	return hand_over(walk, &item);
}

static int
walk_record(struct walk *walk, const Otlp__LogRecord *record)
{
	struct otlp_item item = { .kind = OTLP_EVENT, .name = text(record->has_event_name, record->event_name) };

	item.attributes = attributes(walk->item_list, record->attributes, record->n_attributes);
	item.time_ns = record->time_unix_nano != 0 ? record->time_unix_nano : record->observed_time_unix_nano;
	if (item.name.n == 0 && record->body != NULL)
		item.name = text(record->body->has_string_value, record->body->string_value);
	return hand_over(walk, &item);
}

/* ---- the three messages */

static void
enter_resource(struct walk *walk, const Otlp__Resource *resource)
{
	walk->resource = attributes(walk->resource_list, resource == NULL ? NULL : resource->attributes,
		resource == NULL ? 0 : resource->n_attributes);
}

static void
enter_scope(struct walk *walk, const Otlp__Scope *scope)
{
	walk->scope = scope == NULL ? (struct text){ NULL, 0 } : text(scope->has_name, scope->name);
	walk->scope_version = scope == NULL ? (struct text){ NULL, 0 } : text(scope->has_version, scope->version);
}

static int
walk_metrics(struct walk *walk, const ProtobufCMessage *message)
{
	const Otlp__MetricsRequest *request = (const Otlp__MetricsRequest *)message;

	for (size_t i = 0; i < request->n_resource_metrics; i++) {
		const Otlp__ResourceMetrics *resource = request->resource_metrics[i];

		enter_resource(walk, resource->resource);
		for (size_t k = 0; k < resource->n_scope_metrics; k++) {
			const Otlp__ScopeMetrics *scope = resource->scope_metrics[k];

			enter_scope(walk, scope->scope);
			for (size_t m = 0; m < scope->n_metrics; m++)
				if (walk_metric(walk, scope->metrics[m]) != 0)
					return -1;
		}
	}
	return 0;
}

static int
walk_traces(struct walk *walk, const ProtobufCMessage *message)
{
	const Otlp__TracesRequest *request = (const Otlp__TracesRequest *)message;

	for (size_t i = 0; i < request->n_resource_spans; i++) {
		const Otlp__ResourceSpans *resource = request->resource_spans[i];

		enter_resource(walk, resource->resource);
		for (size_t k = 0; k < resource->n_scope_spans; k++) {
			const Otlp__ScopeSpans *scope = resource->scope_spans[k];

			enter_scope(walk, scope->scope);
			for (size_t m = 0; m < scope->n_spans; m++)
				if (walk_span(walk, scope->spans[m]) != 0)
					return -1;
		}
	}
	return 0;
}

static int
walk_logs(struct walk *walk, const ProtobufCMessage *message)
{
	const Otlp__LogsRequest *request = (const Otlp__LogsRequest *)message;

	for (size_t i = 0; i < request->n_resource_logs; i++) {
		const Otlp__ResourceLogs *resource = request->resource_logs[i];

		enter_resource(walk, resource->resource);
		for (size_t k = 0; k < resource->n_scope_logs; k++) {
			const Otlp__ScopeLogs *scope = resource->scope_logs[k];

			enter_scope(walk, scope->scope);
			for (size_t m = 0; m < scope->n_log_records; m++)
				if (walk_record(walk, scope->log_records[m]) != 0)
					return -1;
		}
	}
	return 0;
}

int
otlp_read_protobuf(enum otlp_signal signal, const char *bytes, size_t n, const struct otlp_sink *sink, struct err *err)
{
	static const struct {
		const ProtobufCMessageDescriptor *message;
		int (*walk)(struct walk *walk, const ProtobufCMessage *message);
	} messages[] = {
		[OTLP_METRICS] = { &otlp__metrics_request__descriptor, walk_metrics },
		[OTLP_TRACES] = { &otlp__traces_request__descriptor, walk_traces },
		[OTLP_LOGS] = { &otlp__logs_request__descriptor, walk_logs },
	};
	struct pieces pieces = { .first = NULL };
	ProtobufCAllocator allocator = { piece_take, piece_drop, &pieces };
	struct walk *walk = malloc(sizeof(*walk));
	ProtobufCMessage *message;
	int status = -1;

	if (walk == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	walk->sink = sink;
	walk->err = err;
	message = protobuf_c_message_unpack(messages[signal].message, &allocator, n, (const uint8_t *)bytes);
	if (message != NULL)
		status = messages[signal].walk(walk, message);
	else if (pieces.full)
		err_set(err, ERR_INPUT, "the body holds more values than fit %d MiB", OTLP_MEMORY_MAX >> 20);
	else
		err_set(err, ERR_INPUT, "the body is no protobuf message of OTLP, or it is cut off");
	pieces_free(&pieces);
	free(walk);
	return status;
}

/* ---- replies */

static size_t
print(const ProtobufCMessage *message, char *buffer, size_t size)
{
	return protobuf_c_message_get_packed_size(message) > size ? 0
								  : protobuf_c_message_pack(message, (uint8_t *)buffer);
}

size_t
otlp_reply(char *buffer, size_t size, int64_t rejected, struct text message)
{
	Otlp__Reply reply = OTLP__REPLY__INIT;
	Otlp__PartialSuccess partial = OTLP__PARTIAL_SUCCESS__INIT;

	if (rejected > 0 || message.n > 0)
		reply.partial_success = &partial;
	partial.has_rejected = rejected > 0;
	partial.rejected = rejected;
	partial.has_error_message = message.n > 0;
	partial.error_message = (ProtobufCBinaryData){ message.n, (uint8_t *)(uintptr_t)message.p };
	return print(&reply.base, buffer, size);
}

size_t
otlp_failure(char *buffer, size_t size, int code, struct text message)
{
	Otlp__Failure failure = OTLP__FAILURE__INIT;

	failure.has_code = true;
	failure.code = code;
	failure.has_message = message.n > 0;
	failure.message = (ProtobufCBinaryData){ message.n, (uint8_t *)(uintptr_t)message.p };
	return print(&failure.base, buffer, size);
}
