/*
 * otlp_parcel: an OTLP body as a parcel: each item that is usage becomes an event, in the order in which they must
 * be put.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/sha256.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/otlp_work.h"
#include "daemon/ingest/parcel.h"

#define LARGE (INT64_C(1) << 40) /* a count of which a million in one day still have a sum */

#define DEPTH_MAX 64 /* spans that enclose one another */

/* An event on its way, and what it is ordered and joined by. */
struct found {
	struct event *event;
	struct otlp_work *work;
	struct otlp_key group; /* of points with subsets: the total and its subsets share it */
	bool grouped;
	uint64_t time_ns;
	int depth;  /* of a span: how many of the body enclose it */
	size_t seq; /* order of the body */
};

struct span {
	struct otlp_span_link link;
	struct otlp_key parent;
	bool has_parent;
};

struct reading_in {
	struct parcel *parcel;
	const struct push_body *body;
	int64_t rows;
	struct found *found;
	size_t n, room;
	struct span *spans;
	size_t n_spans, spans_room;
	/* the canonical form of what is hashed */
	uint8_t *bytes;
	size_t used, bytes_room;
};

/* ---- hashes of texts in their order, each with its length */

static void
add_bytes(struct reading_in *in, const void *bytes, size_t n)
{
	if (in->used + n > in->bytes_room) {
		in->bytes_room = 2 * (in->used + n) + 1024;
		in->bytes = realloc(in->bytes, in->bytes_room);
		if (in->bytes == NULL)
			abort(); /* as the arena does for want of a page */
	}
	if (n > 0)
		memcpy(in->bytes + in->used, bytes, n);
	in->used += n;
}

static void
add_whole(struct reading_in *in, uint64_t whole)
{
	add_bytes(in, &whole, sizeof(whole));
}

static void
add_text(struct reading_in *in, struct text text)
{
	add_whole(in, text.n);
	add_bytes(in, text.p, text.n);
}

static void
add_value(struct reading_in *in, const struct otlp_value *value)
{
	add_whole(in, value == NULL ? 0 : (uint64_t)value->type);
	add_whole(in, value == NULL ? 0 : (uint64_t)value->whole);
	add_text(in, value == NULL ? (struct text){ NULL, 0 } : value->text);
}

/* In an order of their own. */
static void
add_attributes(struct reading_in *in, struct otlp_attributes attributes)
{
	otlp_sort(&attributes);
	add_whole(in, attributes.n);
	for (size_t i = 0; i < attributes.n; i++) {
		add_text(in, attributes.list[i].key);
		add_value(in, &attributes.list[i].value);
	}
}

static struct otlp_key
take_key(struct reading_in *in)
{
	uint8_t hash[SHA256_BYTES];
	struct otlp_key key;

	sha256(in->bytes, in->used, hash);
	memcpy(key.bytes, hash, sizeof(key.bytes));
	in->used = 0;
	return key;
}

/* Resource, scope and attributes, whichever way they are sent. */
static void
add_series(struct reading_in *in, const struct otlp_item *item)
{
	add_attributes(in, *item->resource);
	add_text(in, item->scope);
	add_text(in, item->scope_version);
	add_attributes(in, item->attributes);
}

/*
 * Whose work it is: what tells programs apart in the same words in all that a program sends. Claude Code names who
 * sits before it; programs that run many times name the instance.
 */
static struct otlp_key
origin_of(struct reading_in *in, const struct otlp_item *item, const struct otlp_meaning *meaning)
{
	static const char *const persons[] = { "user.id", "user.account_uuid", "session.id" };
	static const char *const programs[] = { "service.namespace", "service.name", "service.instance.id", "host.name",
		"process.pid", "k8s.pod.uid", "k8s.pod.name", "container.id" };
	bool claude = meaning->family == OTLP_CLAUDE_EVENTS || meaning->family == OTLP_CLAUDE_METRIC;

	add_whole(in, claude);
	add_text(in, meaning->origin_model);
	for (size_t i = 0; claude && i < sizeof(persons) / sizeof(persons[0]); i++)
		if (otlp_text(&item->attributes, persons[i]).n > 0) {
			add_text(in, otlp_text(&item->attributes, persons[i]));
			return take_key(in);
		}
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		add_value(in, otlp_find(item->resource, programs[i]));
	return take_key(in);
}

static void
print_id(char id[2 * OTLP_KEY_BYTES + 1], const struct otlp_key *key)
{
	for (int i = 0; i < OTLP_KEY_BYTES; i++)
		snprintf(id + 2 * i, 3, "%02x", key->bytes[i]);
}

/* ---- items */

static struct text
keep(struct arena *arena, struct text text)
{
	return text.n == 0 ? (struct text){ NULL, 0 } : (struct text){ arena_copy(arena, text.p, text.n), text.n };
}

static void *
grow(struct arena *arena, void *list, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return list;
	*room = *room == 0 ? 64 : 2 * *room;
	more = arena_take(arena, *room * size);
	if (n > 0)
		memcpy(more, list, n * size);
	return more;
}

static struct text
id_of(struct reading_in *in, const struct otlp_item *item, const struct otlp_meaning *meaning,
	const struct otlp_part *part)
{
	char id[2 * OTLP_KEY_BYTES + 1];
	struct otlp_key key;

	if (item->kind == OTLP_SPAN)
		return text_of(arena_format(in->parcel->arena, "%s-%s", item->trace, item->span));
	if (meaning->call_id.n > 0)
		return keep(in->parcel->arena, meaning->call_id);
	if (meaning->is_call) {
		add_series(in, item);
		add_whole(in, item->time_ns);
	} else {
		add_bytes(in, &part->series, sizeof(part->series));
		add_whole(in, item->time_ns);
	}
	key = take_key(in);
	print_id(id, &key);
	return keep(in->parcel->arena, text_of(id));
}

static struct otlp_part
part_of(struct reading_in *in, const struct otlp_item *item, const struct otlp_meaning *meaning)
{
	struct otlp_part part = { .role = meaning->role,
		.start_ns = (int64_t)item->start_ns,
		.time_ns = (int64_t)item->time_ns,
		.value = item->value.whole,
		.calls = item->count.given ? item->count.whole : NOT_REPORTED };

	add_series(in, item);
	add_text(in, item->name);
	add_whole(in, item->start_ns);
	part.series = take_key(in);
	return part;
}

/* What a total and its subsets have in common. */
static struct otlp_key
group_of(struct reading_in *in, const struct otlp_item *item, const struct otlp_meaning *meaning)
{
	bool input = meaning->role == OTLP_INPUT || meaning->role == OTLP_READ_IN || meaning->role == OTLP_WRITE_IN;

	add_series(in, item);
	add_whole(in, input);
	add_whole(in, (uint64_t)item->temporality);
	add_whole(in, item->time_ns);
	return take_key(in);
}

static void
fill_reading(struct reading_in *in, const struct otlp_item *item, const struct otlp_meaning *meaning,
	struct usage_reading *reading)
{
	struct arena *arena = in->parcel->arena;

	*reading = (struct usage_reading){
		.at_us = (int64_t)(item->time_ns / 1000),
		.provider = keep(arena, meaning->provider),
		.model = keep(arena, meaning->model),
		.workload = keep(arena, meaning->workload),
		.account = keep(arena, meaning->account),
		.project = keep(arena, meaning->project),
		.key = keep(arena, meaning->key),
		.service_tier = keep(arena, meaning->service_tier),
		.status = item->failed ? STATUS_ERROR : STATUS_OK,
		.requests = meaning->is_call ? 1 : NOT_REPORTED,
		.latency_ms = meaning->latency_ms,
		.ttft_ms = NOT_REPORTED,
		.has_usage = meaning->is_call ? meaning->has_usage : true,
		.usage = meaning->usage,
	};
}

static struct otlp_key
span_key(struct reading_in *in, const char *trace, const char *span)
{
	add_text(in, text_of(trace));
	add_text(in, text_of(span));
	return take_key(in);
}

/* All spans of the body are remembered by their parents: a counted one is enclosed by all above it. */
static void
note_span(struct reading_in *in, const struct otlp_item *item)
{
	struct span *span;

	in->spans = grow(in->parcel->arena, in->spans, in->n_spans, &in->spans_room, sizeof(*in->spans));
	span = &in->spans[in->n_spans++];
	memset(span, 0, sizeof(*span));
	span->link.span = span_key(in, item->trace, item->span);
	span->has_parent = item->parent[0] != '\0';
	if (span->has_parent)
		span->parent = span_key(in, item->trace, item->parent);
}

static int
take_item(void *ctx, struct otlp_item *item, struct err *err)
{
	struct reading_in *in = ctx;
	struct arena *arena = in->parcel->arena;
	struct otlp_meaning meaning;
	struct usage_reading reading;
	struct found *found;
	struct otlp_work *work;
	struct err why;
	enum otlp_verdict verdict = otlp_meaning(item, &meaning, &why);

	(void)err;
	in->rows++;
	if (item->kind == OTLP_SPAN)
		note_span(in, item);
	if (verdict == OTLP_NOT_USAGE)
		return 0;
	if (verdict == OTLP_USAGE && item->time_ns > INT64_MAX) {
		err_set(&why, ERR_INPUT, "the time is not between 2000 and 2100");
		verdict = OTLP_REFUSED;
	}
	if (verdict == OTLP_USAGE) {
		fill_reading(in, item, &meaning, &reading);
		reading.id = text_of("");
		if (ledger_check_usage(&reading, in->body->now_us, &why) != 0 ||
			ledger_check_names(&reading, &why) != 0)
			verdict = OTLP_REFUSED;
	}
	if (verdict == OTLP_REFUSED) {
		parcel_refuse_read(in->parcel, in->rows, why.text);
		return 0;
	}
	work = arena_take(arena, sizeof(*work));
	*work = (struct otlp_work){ .family = meaning.family,
		.modality = meaning.modality,
		.is_call = meaning.is_call,
		.cumulative = item->temporality == OTLP_CUMULATIVE };
	work->origin = origin_of(in, item, &meaning);
	if (!meaning.is_call) {
		work->n = 1;
		work->part[0] = part_of(in, item, &meaning);
	}
	in->found = grow(arena, in->found, in->n, &in->room, sizeof(*in->found));
	found = &in->found[in->n];
	memset(found, 0, sizeof(*found));
	*found =
		(struct found){ .work = work, .grouped = meaning.with_subsets, .time_ns = item->time_ns, .seq = in->n };
	if (found->grouped)
		found->group = group_of(in, item, &meaning);
	in->n++;
	reading.id = id_of(in, item, &meaning, &work->part[0]);
	found->event = arena_take(arena, sizeof(*found->event));
	found->event->row = in->rows;
	found->event->reading = reading;
	found->event->otlp = work;
	if (item->kind == OTLP_SPAN)
		work->span = &in->spans[in->n_spans - 1].link; /* its place may change: see link_spans */
	in->parcel->huge = in->parcel->huge || usage_total(&reading.usage) > LARGE || item->value.whole > LARGE ||
		item->count.whole > LARGE;
	return 0;
}

/* ---- a total takes its subsets in */

static int
by_group(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int sign;

	if (x->grouped != y->grouped)
		return x->grouped ? 1 : -1;
	sign = x->grouped ? memcmp(&x->group, &y->group, sizeof(x->group)) : 0;
	if (sign == 0 && x->grouped && x->work->part[0].role != y->work->part[0].role)
		return x->work->part[0].role < y->work->part[0].role ? -1 : 1;
	return sign != 0 ? sign : (x->seq > y->seq) - (x->seq < y->seq);
}

static bool
is_total(const struct found *found)
{
	return found->work->part[0].role == OTLP_INPUT || found->work->part[0].role == OTLP_OUTPUT;
}

static void
join_subsets(struct reading_in *in)
{
	struct found *total = NULL;
	size_t kept = 0;

	if (in->n > 1)
		qsort(in->found, in->n, sizeof(in->found[0]), by_group);
	for (size_t i = 0; i < in->n; i++) {
		struct found *found = &in->found[i];

		if (found->grouped && !is_total(found)) {
			if (total != NULL && memcmp(&total->group, &found->group, sizeof(found->group)) == 0 &&
				total->work->n < OTLP_PARTS)
				total->work->part[total->work->n++] = found->work->part[0];
			else
				parcel_refuse_read(in->parcel, found->event->row,
					"a part of a total came without the total of the same attributes and time");
			continue;
		}
		in->found[kept] = *found;
		total = found->grouped ? &in->found[kept] : NULL;
		kept++;
	}
	in->n = kept;
}

/* ---- spans */

static int
by_span(const void *a, const void *b)
{
	return memcmp(
		&((const struct span *)a)->link.span, &((const struct span *)b)->link.span, sizeof(struct otlp_key));
}

static struct span *
find_span(const struct reading_in *in, const struct otlp_key *key)
{
	struct span wanted = { .link = { .span = *key } };

	return in->n_spans == 0 ? NULL : bsearch(&wanted, in->spans, in->n_spans, sizeof(in->spans[0]), by_span);
}

static void
link_spans(struct reading_in *in)
{
	/* Where events point to is about to move: they hold on to the key meanwhile. */
	for (size_t i = 0; i < in->n; i++) {
		struct otlp_span_link *own;

		if (in->found[i].work->span == NULL)
			continue;
		own = arena_take(in->parcel->arena, sizeof(*own));
		*own = *in->found[i].work->span;
		in->found[i].work->span = own;
	}
	if (in->n_spans > 1)
		qsort(in->spans, in->n_spans, sizeof(in->spans[0]), by_span);
	for (size_t i = 0; i < in->n_spans; i++) {
		struct span *span = &in->spans[i], *parent = span->has_parent ? find_span(in, &span->parent) : NULL;

		if (parent != NULL) {
			span->link.parent = &parent->link;
		} else if (span->has_parent) {
			struct otlp_span_link *outside = arena_take(in->parcel->arena, sizeof(*outside));

			outside->span = span->parent;
			span->link.parent = outside;
		}
	}
	for (size_t i = 0; i < in->n; i++) {
		const struct otlp_span_link *link;

		if (in->found[i].work->span == NULL)
			continue;
		link = &find_span(in, &in->found[i].work->span->span)->link;
		in->found[i].work->span = link;
		while ((link = link->parent) != NULL && in->found[i].depth < DEPTH_MAX)
			in->found[i].depth++;
	}
}

/* ---- the order of putting: higher ways first, earlier ones first, inner spans before those that enclose them */

static int
by_turn(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int rank_x = otlp_rank(x->work->family), rank_y = otlp_rank(y->work->family);

	if (rank_x != rank_y)
		return rank_x > rank_y ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth > y->depth ? -1 : 1; /* clocks may say that an inner span ended later */
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void
put_in_order(struct reading_in *in)
{
	struct event **tail = &in->parcel->events;

	if (in->n > 1)
		qsort(in->found, in->n, sizeof(in->found[0]), by_turn);
	for (size_t i = 0; i < in->n; i++) {
		*tail = in->found[i].event;
		tail = &in->found[i].event->next;
	}
	*tail = NULL;
}

static int
read_body(struct reading_in *in, struct err *err)
{
	static const enum otlp_signal signals[] = {
		[PUSH_METRICS] = OTLP_METRICS, [PUSH_TRACES] = OTLP_TRACES, [PUSH_LOGS] = OTLP_LOGS
	};
	const struct push_body *body = in->body;
	const struct otlp_sink sink = { .ctx = in, .item = take_item };
	struct otlp *otlp;
	int status;

	if (body->protobuf)
		return otlp_read_protobuf(signals[body->form], body->bytes, body->n, &sink, err);
	if ((otlp = otlp_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for JSON");
	status = otlp_read_json(
		otlp, signals[body->form], arena_copy(body->arena, body->bytes, body->n), body->n, &sink, err);
	otlp_free(otlp);
	return status;
}

void
parcel_parse_otlp(struct parcel *parcel, const struct push_body *body)
{
	struct push_result *result = &parcel->result;
	struct reading_in in = { .parcel = parcel, .body = body };
	int status = read_body(&in, &result->err);

	if (status == 0) {
		join_subsets(&in);
		link_spans(&in);
		put_in_order(&in);
	}
	free(in.bytes);
	result->outcome = PUSH_TAKEN;
	if (status != 0) {
		result->outcome = result->err.kind == ERR_INPUT ? PUSH_UNREADABLE : PUSH_FAILED;
	} else if (parcel->events == NULL && result->refused > 0) {
		result->outcome = PUSH_REFUSED;
		err_set(&result->err, ERR_INPUT, "%s", result->first_refused->reason);
	}
}
