#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/repeats.h"
#include "daemon/base/arena.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/parcel.h"
#include "models/price/tariff.h"

/* A million lines of this size in one day still have a sum. */
#define LARGE (INT64_C(1) << 43)

#define NAME "body"
#define VALUES_MAX 64 /* values of one event, on the average of a body: an event with a usage object has about 40 */

struct reading_in {
	struct parcel *parcel;
	int64_t now_us;
	int64_t rows;
	struct event **tail;
	struct repeats *repeats; /* of events without an id; NULL until there is one */
	char extras[LINE_EXTRAS];
};

static struct text
keep(struct arena *arena, struct text text)
{
	return text.n == 0 ? (struct text){ NULL, 0 } : (struct text){ arena_copy(arena, text.p, text.n), text.n };
}

void
parcel_refuse_read(struct parcel *parcel, int64_t row, const char *reason)
{
	struct push_refused *refused = arena_take(parcel->arena, sizeof(*refused));

	refused->row = row;
	refused->reason = arena_copy(parcel->arena, reason, strlen(reason));
	if (parcel->last_read == NULL)
		parcel->result.first_refused = refused;
	else
		parcel->last_read->next = refused;
	parcel->last_read = refused;
	parcel->result.refused++;
}

static void
refuse_row(struct reading_in *in, const char *reason)
{
	parcel_refuse_read(in->parcel, in->rows, reason);
}

static void
take_refused(void *ctx, struct place place, const char *reason)
{
	struct reading_in *in = ctx;

	(void)place;
	if (++in->rows <= PUSH_EVENTS_MAX)
		refuse_row(in, reason);
}

static void
warn_nobody(void *ctx, struct place place, const char *reason)
{
	(void)ctx, (void)place, (void)reason;
}

/* The id of an event without one: its content, and how many equal ones came before it in this body. */
static int
make_id(struct reading_in *in, struct usage_line *line, struct err *err)
{
	char id[LEDGER_MADE_ID];
	int64_t n;

	if (in->repeats == NULL && (in->repeats = repeats_open()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for events without an id");
	if ((n = repeats_count(in->repeats, (uint64_t)line->hash)) < 0)
		return err_set(err, ERR_OUTSIDE, "no room for events without an id");
	line->id = (struct text){ id, ledger_made_id(id, (uint64_t)line->hash, n) };
	line->id = keep(in->parcel->arena, line->id);
	return 0;
}

static bool
is_huge(const struct usage_line *line)
{
	return line->requests > LARGE || usage_total(&line->usage) > LARGE;
}

static int
take_event(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct reading_in *in = ctx;
	struct arena *arena = in->parcel->arena;
	struct event *event;
	struct text *texts[9];
	struct err why;

	(void)place;
	if (++in->rows > PUSH_EVENTS_MAX)
		return err_set(err, ERR_INPUT, "too many");
	if (ledger_check_usage(reading, in->now_us, &why) != 0 || ledger_check_names(reading, &why) != 0) {
		refuse_row(in, why.text);
		return 0;
	}
	event = arena_take(arena, sizeof(*event));
	event->row = in->rows;
	event->reading = *reading;
	texts[0] = &event->reading.id, texts[1] = &event->reading.provider, texts[2] = &event->reading.model;
	texts[3] = &event->reading.workload, texts[4] = &event->reading.account, texts[5] = &event->reading.project;
	texts[6] = &event->reading.key, texts[7] = &event->reading.service_tier;
	texts[8] = &event->reading.tag;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = keep(arena, *texts[i]);
	if (reading->parts != NULL) {
		int64_t *parts = arena_take(arena, PRICE_PARTS * sizeof(*parts));

		memcpy(parts, reading->parts, PRICE_PARTS * sizeof(*parts));
		event->reading.parts = parts;
	}
	line_of(&event->line, &event->reading, in->extras);
	event->line.extras = keep(arena, event->line.extras);
	event->line.line = in->rows;
	if (event->line.id.n == 0 && make_id(in, &event->line, err) != 0)
		return -1;
	in->parcel->huge = in->parcel->huge || is_huge(&event->line);
	*in->tail = event;
	in->tail = &event->next;
	return 0;
}

static void
too_many(struct parcel *parcel)
{
	parcel->result.outcome = PUSH_TOO_MANY;
	err_set(&parcel->result.err, ERR_INPUT,
		"the body holds more than %d events, the most that one request may bring; nothing of it was taken",
		PUSH_EVENTS_MAX);
}

/*
 * An array is parsed whole, into nodes that are larger than what they were written as: what lies in it is counted
 * first. Returns the number of its elements, or -1 when there are more values in it than events can hold.
 */
static int64_t
count_elements(const char *bytes, size_t n)
{
	int64_t elements = 0, values = 0;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		switch (bytes[i]) {
		case '"':
			for (i++; i < n && bytes[i] != '"'; i++)
				i += bytes[i] == '\\';
			break;
		case '[':
		case '{':
			depth++;
			values++;
			break;
		case ']':
		case '}':
			depth--;
			break;
		case ',':
			values++;
			elements += depth == 1;
			break;
		default:
			break;
		}
	}
	return elements < PUSH_EVENTS_MAX && values > PUSH_EVENTS_MAX * VALUES_MAX ? -1 : elements + 1;
}

/* Whether a body may be parsed; else its result stands. */
static bool
may_be_parsed(struct parcel *parcel, const struct push_body *body)
{
	size_t blank = 0;
	int64_t elements;

	while (blank < body->n && memchr(" \t\r\n\xef\xbb\xbf", body->bytes[blank], 7) != NULL)
		blank++;
	if (blank == body->n || body->bytes[blank] != '[')
		return true;
	elements = count_elements(body->bytes, body->n);
	if (elements < 0) {
		parcel->result.outcome = PUSH_UNREADABLE;
		err_set(&parcel->result.err, ERR_INPUT, NAME ": there are more values in it than %d events hold",
			PUSH_EVENTS_MAX);
	} else if (elements > PUSH_EVENTS_MAX) {
		too_many(parcel);
	} else {
		return true;
	}
	return false;
}

void
parcel_parse(struct parcel *parcel, const struct push_body *body, const struct zone *zone)
{
	struct push_result *result = &parcel->result;
	const struct collector *collector = collector_find("usage-jsonl", &result->err);
	struct reading_in in = { .parcel = parcel, .now_us = body->now_us, .tail = &parcel->events };
	const struct collect_options options = { .zone = zone, .now_us = body->now_us };
	const struct sink sink = { .ctx = &in, .usage = take_event, .refuse = take_refused, .warn = warn_nobody };
	struct ingest_memory memory = { .bytes = body->bytes, .n = body->n };
	struct input input;
	int status;

	if (!may_be_parsed(parcel, body))
		return;
	ingest_memory_input(&memory, NAME, &input);
	status = collector == NULL ? -1 : collector->parse(&input, &options, &sink, &result->err);
	repeats_close(in.repeats);
	result->outcome = PUSH_TAKEN;
	if (in.rows > PUSH_EVENTS_MAX) {
		too_many(parcel);
	} else if (status != 0) {
		result->outcome = result->err.kind == ERR_INPUT ? PUSH_UNREADABLE : PUSH_FAILED;
	} else if (in.rows == 0 && memchr(body->bytes, '[', body->n) == NULL) {
		result->outcome = PUSH_UNREADABLE;
		err_set(&result->err, ERR_INPUT, NAME ": there is no event in it");
	} else if (in.rows > 0 && parcel->events == NULL) {
		result->outcome = PUSH_REFUSED;
		err_set(&result->err, ERR_INPUT, "no event was understood; row %" PRId64 ": %s",
			result->first_refused->row, result->first_refused->reason);
	}
	if (result->outcome != PUSH_TAKEN)
		parcel->events = NULL;
}

/* ---- while the writer has it */

void
parcel_reset(struct parcel *parcel)
{
	struct push_result *result = &parcel->result;

	for (; parcel->late != NULL; parcel->late = parcel->late->next)
		result->refused--;
	result->taken = result->repeated = result->conflicting = result->left_out = 0;
	result->conflicts = NULL;
	parcel->conflict_tail = &result->conflicts;
}

void
parcel_refuse(struct parcel *parcel, int64_t row, const char *reason)
{
	struct push_refused *refused = arena_take(parcel->arena, sizeof(*refused));

	refused->row = row;
	refused->reason = arena_copy(parcel->arena, reason, strlen(reason));
	refused->next = parcel->late;
	parcel->late = refused;
	parcel->result.refused++;
}

void
parcel_conflict(struct parcel *parcel, struct text id)
{
	struct push_key *key = arena_take(parcel->arena, sizeof(*key));

	key->id = id;
	*parcel->conflict_tail = key;
	parcel->conflict_tail = &key->next;
	parcel->result.conflicting++;
}

/* Rows that were refused late stand among the others, by row. */
static void
merge_late(struct parcel *parcel)
{
	struct push_refused *rows = NULL, *next, **at = &parcel->result.first_refused;

	for (struct push_refused *row = parcel->late; row != NULL; row = next) { /* the first first */
		next = row->next;
		row->next = rows;
		rows = row;
	}
	parcel->late = NULL;
	for (; rows != NULL; rows = next) {
		next = rows->next;
		while (*at != NULL && (*at)->row < rows->row)
			at = &(*at)->next;
		rows->next = *at;
		*at = rows;
	}
}

void
parcel_done(struct parcel *parcel)
{
	struct push_result *result = &parcel->result;

	merge_late(parcel);
	result->outcome = result->conflicting > 0 ? PUSH_CONFLICT : PUSH_TAKEN;
	if (result->taken + result->repeated + result->conflicting > 0 || result->refused == 0)
		return;
	result->outcome = PUSH_REFUSED;
	err_set(&result->err, ERR_INPUT, "no event was taken; row %" PRId64 ": %s", result->first_refused->row,
		result->first_refused->reason);
}

void
parcel_failed(struct parcel *parcel, const struct err *err)
{
	parcel_reset(parcel);
	parcel->result.outcome = err->kind == ERR_INPUT ? PUSH_UNREADABLE : PUSH_FAILED;
	parcel->result.err = *err;
}
