#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ingest/otlp_work.h"
#include "daemon/ingest/parcel.h"
#include "daemon/ingest/writer.h"
#include "models/price/tariff.h"
#include "models/units/err.h"

#define HEARD_US (INT64_C(3600) * 1000000) /* how long a higher way is believed to go on after it was heard */
#define ENCLOSING_MAX 64                   /* spans above a counted one that are looked at */

_Static_assert(OTLP_FAMILIES <= OTLP_FAMILIES_MAX, "every family has its place in an origin");
_Static_assert(PRICE_PARTS <= sizeof(((struct otlp_put *)NULL)->parts) / sizeof(int64_t), "there is room for parts");

/* What one data point adds. */
struct growth {
	int64_t value, calls; /* calls: NOT_REPORTED where the point does not say */
	int64_t begin_us;     /* of the stretch that it adds for */
	bool is_old;          /* came before: adds nothing */
	bool is_first;        /* only says where counting begins */
};

static int
growth_of(const struct otlp_put *put, const struct otlp_part *part, struct growth *growth, struct err *err)
{
	struct otlp_total total;
	int found;

	*growth = (struct growth){ .value = part->value,
		.calls = part->calls,
		.begin_us = (part->start_ns > 0 ? part->start_ns : part->time_ns) / 1000 };
	if (!put->event->otlp->cumulative)
		return 0;
	if ((found = otlp_total_get(put->writer->store, &part->series, &total, err)) < 0)
		return -1;
	if (found == 0) {
		growth->is_first = part->start_ns == 0 || part->start_ns == part->time_ns;
		if (growth->is_first)
			growth->value = growth->calls = 0;
		return 0;
	}
	growth->begin_us = total.time_ns / 1000;
	growth->is_old = part->time_ns <= total.time_ns;
	if (growth->is_old)
		growth->value = growth->calls = 0;
	else if (part->value >= total.value)
		growth->value -= total.value;
	if (!growth->is_old && part->calls != NOT_REPORTED && part->value >= total.value && part->calls >= total.calls)
		growth->calls -= total.calls;
	return 0;
}

static int
remember(const struct otlp_put *put, struct err *err)
{
	const struct otlp_work *work = put->event->otlp;

	for (int i = 0; work->cumulative && i < work->n; i++) {
		const struct otlp_part *part = &work->part[i];
		struct otlp_total total,
			now = { .value = part->value,
				.calls = part->calls == NOT_REPORTED ? 0 : part->calls,
				.time_ns = part->time_ns };
		int found = otlp_total_get(put->writer->store, &part->series, &total, err);

		if (found < 0)
			return -1;
		if (found == 1 && total.time_ns >= part->time_ns)
			continue;
		if (otlp_total_put(put->writer->store, &part->series, &now, put->now_us, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- from growth to classes */

static void
fill_parts(struct otlp_put *put, struct usage_reading *reading)
{
	const struct otlp_work *work = put->event->otlp;
	bool audio = work->modality == OTLP_AUDIO;
	const int64_t *tokens = reading->usage.tokens;

	if (work->modality == OTLP_ANY)
		return;
	memset(put->parts, 0, sizeof(put->parts));
	put->parts[(audio ? PRICE_IN_AUDIO : PRICE_IN_IMAGE) - USAGE_CLASSES] = tokens[IN_UNCACHED];
	put->parts[(audio ? PRICE_READ_AUDIO : PRICE_READ_IMAGE) - USAGE_CLASSES] = tokens[IN_CACHE_READ];
	put->parts[(audio ? PRICE_OUT_AUDIO : PRICE_OUT_IMAGE) - USAGE_CLASSES] = tokens[OUT_VISIBLE];
	reading->parts = put->parts;
}

/* 0, or -1 where the subsets are larger than what they are parts of. */
static int
fill_classes(struct otlp_put *put, const struct growth *growths, struct usage_reading *reading)
{
	static const enum usage_class classes[OTLP_ROLES] = { [OTLP_INPUT] = IN_UNCACHED,
		[OTLP_READ_IN] = IN_CACHE_READ,
		[OTLP_WRITE_IN] = IN_CACHE_WRITE_5M,
		[OTLP_OUTPUT] = OUT_VISIBLE,
		[OTLP_REASONING_IN] = OUT_REASONING,
		[OTLP_CACHE_READ] = IN_CACHE_READ,
		[OTLP_CACHE_WRITE] = IN_CACHE_WRITE_5M };
	const struct otlp_work *work = put->event->otlp;
	int64_t *tokens = reading->usage.tokens;
	int64_t *total = &tokens[classes[work->part[0].role]];

	memset(tokens, 0, sizeof(reading->usage.tokens));
	*total = growths[0].value;
	for (int i = 1; i < work->n; i++) {
		tokens[classes[work->part[i].role]] += growths[i].value;
		*total -= growths[i].value;
	}
	/* A call is counted with its input, where a counter does not say how many there were. */
	reading->requests = growths[0].calls != NOT_REPORTED
		? (work->part[0].role == OTLP_INPUT ? growths[0].calls : 0)
		: (work->part[0].role == OTLP_INPUT && work->modality == OTLP_ANY ? NOT_REPORTED : 0);
	fill_parts(put, reading);
	return *total < 0 ? -1 : 0;
}

/* ---- which way of telling counts */

/* The family that the same work is counted from, or -1: this one. */
static int
counted_elsewhere(const struct otlp_origin *origin, const struct otlp_work *work, int64_t begin_us, int64_t at_us)
{
	for (int other = 0; other < OTLP_FAMILIES; other++) {
		int64_t counted_us = origin->family[other].counted_us, heard_us = origin->family[other].heard_us;

		if (other == (int)work->family)
			continue;
		if (otlp_rank(other) > otlp_rank(work->family) && heard_us > 0 && heard_us >= at_us - HEARD_US)
			return other;
		/* A call is an instant, and a stretch does not hold the one it begins at. */
		if (work->is_call ? counted_us >= at_us : counted_us > begin_us)
			return other;
	}
	return -1;
}

static int
hear(const struct otlp_put *put, struct otlp_origin *origin, struct err *err)
{
	const struct otlp_work *work = put->event->otlp;
	int64_t at_us = put->event->reading.at_us;

	if (otlp_origin_get(put->writer->store, &work->origin, origin, err) != 0)
		return -1;
	if (origin->family[work->family].heard_us >= at_us)
		return 0;
	origin->family[work->family].heard_us = at_us;
	return otlp_origin_put(put->writer->store, &work->origin, origin, work->family, put->now_us, err);
}

static int
leave_out(const struct otlp_put *put, const char *text)
{
	writer_remark(put->writer, put->event->row, text);
	put->parcel->result.left_out++;
	return 0;
}

/* Whether the span repeats the tokens of one that is counted: then those above it do so too. */
static int
encloses(const struct otlp_put *put, struct err *err)
{
	const struct otlp_span_link *span = put->event->otlp->span;
	int found = span == NULL ? 0 : otlp_span_encloses(put->writer->store, &span->span, err);

	for (int i = 0; found == 1 && (span = span->parent) != NULL && i < ENCLOSING_MAX; i++)
		if (otlp_span_note(put->writer->store, &span->span, put->now_us, err) != 0)
			return -1;
	return found;
}

static int
call_reading(struct otlp_put *put, const struct otlp_origin *origin, struct err *err)
{
	const struct event *event = put->event;
	char text[160];
	int other, found = encloses(put, err);

	if (found != 0)
		return found < 0 ? -1 : leave_out(put, "left out: it encloses a span of which the tokens are counted");
	other = counted_elsewhere(origin, event->otlp, event->reading.at_us, event->reading.at_us);
	if (other < 0)
		return 1;
	snprintf(text, sizeof(text), "left out: the same work is counted from %s", otlp_family_names[other]);
	return leave_out(put, text);
}

static int
point_reading(struct otlp_put *put, const struct otlp_origin *origin, struct usage_reading *reading, struct err *err)
{
	const struct otlp_work *work = put->event->otlp;
	struct growth growths[OTLP_PARTS];
	int64_t begin_us = INT64_MAX;
	bool old = true;
	char text[160];
	int other;

	for (int i = 0; i < work->n; i++) {
		if (growth_of(put, &work->part[i], &growths[i], err) != 0)
			return -1;
		old = old && growths[i].is_old;
		begin_us = growths[i].begin_us < begin_us ? growths[i].begin_us : begin_us;
	}
	if (old) {
		writer_repeated(put->writer, put->parcel);
		return 0;
	}
	if (fill_classes(put, growths, reading) != 0) {
		writer_refuse(put->writer, put->parcel, put->event->row,
			"the parts of a total (cache, reasoning) are larger than what they are parts of");
		return 0;
	}
	if (remember(put, err) != 0)
		return -1;
	if (growths[0].is_first)
		return leave_out(put, "a total without a start: counting begins with this point");
	if (usage_total(&reading->usage) == 0 && reading->requests <= 0)
		return 0;
	reading->width_us =
		reading->at_us > begin_us ? reading->at_us - begin_us : 1; /* a sum over calls, however short */
	if ((other = counted_elsewhere(origin, work, begin_us, reading->at_us)) < 0)
		return 1;
	snprintf(text, sizeof(text), "left out: the same work is counted from %s", otlp_family_names[other]);
	return leave_out(put, text);
}

int
otlp_reading(struct otlp_put *put, struct usage_reading *reading, struct err *err)
{
	struct otlp_origin origin;

	*reading = put->event->reading;
	if (hear(put, &origin, err) != 0)
		return -1;
	return put->event->otlp->is_call ? call_reading(put, &origin, err) : point_reading(put, &origin, reading, err);
}

int
otlp_counted(struct otlp_put *put, struct err *err)
{
	const struct otlp_work *work = put->event->otlp;
	const struct otlp_span_link *span = work->span;
	struct otlp_origin origin;

	if (otlp_origin_get(put->writer->store, &work->origin, &origin, err) != 0)
		return -1;
	if (origin.family[work->family].counted_us < put->event->reading.at_us) {
		origin.family[work->family].counted_us = put->event->reading.at_us;
		if (otlp_origin_put(put->writer->store, &work->origin, &origin, work->family, put->now_us, err) != 0)
			return -1;
	}
	for (int i = 0; span != NULL && (span = span->parent) != NULL && i < ENCLOSING_MAX; i++)
		if (otlp_span_note(put->writer->store, &span->span, put->now_us, err) != 0)
			return -1;
	return 0;
}
