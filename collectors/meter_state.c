/*
 * meter: what is remembered between pages, as a text.
 *
 *   meter 1
 *   at SCRAPED STARTED
 *   series CREATED LAST:AT,LAST:AT,LAST:AT KEY          an empty place is "-"
 *   model TOLD CARRY QUARTER FROM TO WATCHED IN CACHED ... NAME
 *
 * Instants are microseconds, 0 unknown.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/meter_inside.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define VERSION "meter 1"
#define AWAY_MAX_US (INT64_C(60) * DAY_S * SECOND_US) /* a series that was not on a page for so long is forgotten */

/* What of a speed is written down, in this order. */
static const size_t speed_fields[] = { offsetof(struct speed_reading, quarter_us),
	offsetof(struct speed_reading, from_us), offsetof(struct speed_reading, to_us),
	offsetof(struct speed_reading, watched_us), offsetof(struct speed_reading, input_tokens),
	offsetof(struct speed_reading, cached_tokens), offsetof(struct speed_reading, output_tokens),
	offsetof(struct speed_reading, requests), offsetof(struct speed_reading, busy_us),
	offsetof(struct speed_reading, running_ms), offsetof(struct speed_reading, waiting_ms),
	offsetof(struct speed_reading, kv_ppm_ms), offsetof(struct speed_reading, ttft_us),
	offsetof(struct speed_reading, ttft_requests), offsetof(struct speed_reading, token_us),
	offsetof(struct speed_reading, token_gaps) };

#define SPEED_FIELDS (sizeof(speed_fields) / sizeof(speed_fields[0]))

static int64_t *
speed_field(struct speed_reading *speed, size_t i)
{
	return (int64_t *)(void *)((char *)speed + speed_fields[i]);
}

/* ---- writing */

static void
print_model(FILE *out, struct model model)
{
	if (model.told_us == UNKNOWN_US)
		return; /* all that is known of it is its gauges */
	fprintf(out, "model %" PRId64 " %" PRId64, model.told_us, model.carry);
	for (size_t i = 0; i < SPEED_FIELDS; i++)
		fprintf(out, " %" PRId64, *speed_field(&model.speed, i));
	fputc(' ', out);
	for (size_t i = 0; i < model.name_n; i++) {
		char c = model.name[i];

		if (c == '\n' || c == '\\')
			fputs(c == '\n' ? "\\n" : "\\\\", out);
		else
			fputc(c, out);
	}
	fputc('\n', out);
}

/* When it was on a page last. */
static int64_t
last_seen(const struct series *series)
{
	int64_t last_us = 0;

	for (int i = 0; i < SLOTS; i++)
		if (series->slot[i].known && series->slot[i].last_us > last_us)
			last_us = series->slot[i].last_us;
	return last_us;
}

static void
print_series(FILE *out, const struct series *series)
{
	fprintf(out, "series %" PRId64 " ", series->created_us);
	for (int i = 0; i < SLOTS; i++) {
		const struct slot *slot = &series->slot[i];

		if (slot->known)
			fprintf(out, "%s%" PRId64 ":%" PRId64, i > 0 ? "," : "", slot->last, slot->last_us);
		else
			fputs(i > 0 ? ",-" : "-", out);
	}
	fprintf(out, " %.*s\n", (int)series->key_n, series->key);
}

int
meter_remember(const struct meter *meter, struct err *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out;
	int status;

	if (meter->sink->state == NULL)
		return 0;
	if ((out = open_memstream(&text, &n)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the state of counters");
	fprintf(out, "%s\nat %" PRId64 " %" PRId64 "\n", VERSION, meter->at_us, meter->start_us);
	for (size_t i = 0; i < meter->room; i++)
		if (meter->series[i].key != NULL && last_seen(&meter->series[i]) > meter->at_us - AWAY_MAX_US)
			print_series(out, &meter->series[i]);
	for (size_t i = 0; i < meter->n_models; i++)
		print_model(out, meter->models[i]);
	if (fclose(out) != 0) {
		free(text);
		return err_set(err, ERR_OUTSIDE, "no memory for the state of counters");
	}
	status = meter->sink->state(meter->sink->ctx, (struct text){ text, n }, err);
	free(text);
	return status;
}

/* ---- reading */

struct reading {
	const char *at, *end;
};

static bool
skip_char(struct reading *reading, char c)
{
	if (reading->at == reading->end || *reading->at != c)
		return false;
	reading->at++;
	return true;
}

static bool
read_whole(struct reading *reading, int64_t *value)
{
	bool negative = skip_char(reading, '-');
	int64_t sum = 0;
	int digits = 0;

	for (; reading->at < reading->end && *reading->at >= '0' && *reading->at <= '9'; reading->at++, digits++)
		if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, *reading->at - '0', &sum))
			return false;
	*value = negative ? -sum : sum;
	return digits > 0;
}

static bool
read_slot(struct reading *reading, struct slot *slot)
{
	if (skip_char(reading, '-'))
		return true;
	slot->known = true;
	return read_whole(reading, &slot->last) && slot->last >= 0 && skip_char(reading, ':') &&
		read_whole(reading, &slot->last_us);
}

static int
recall_series(struct meter *meter, struct reading reading, struct err *err)
{
	struct series *series, said = { .key = NULL };

	if (!read_whole(&reading, &said.created_us) || !skip_char(&reading, ' '))
		return 1;
	for (int i = 0; i < SLOTS; i++)
		if ((i > 0 && !skip_char(&reading, ',')) || !read_slot(&reading, &said.slot[i]))
			return 1;
	if (!skip_char(&reading, ' '))
		return 1;
	series = meter_series(meter, (struct text){ reading.at, (size_t)(reading.end - reading.at) }, err);
	if (series == NULL)
		return -1;
	series->created_us = said.created_us;
	memcpy(series->slot, said.slot, sizeof(said.slot));
	return 0;
}

static int
recall_model(struct meter *meter, struct reading reading, struct err *err)
{
	struct model *model;
	struct speed_reading speed = { .quarter_us = 0 };
	int64_t told_us, carry;
	char name[METER_KEY_MAX];
	size_t n = 0;

	if (!read_whole(&reading, &told_us) || !skip_char(&reading, ' ') || !read_whole(&reading, &carry))
		return 1;
	for (size_t i = 0; i < SPEED_FIELDS; i++)
		if (!skip_char(&reading, ' ') || !read_whole(&reading, speed_field(&speed, i)) ||
			*speed_field(&speed, i) < NOT_REPORTED)
			return 1;
	if (!skip_char(&reading, ' ') || carry < 0 || speed.watched_us < 0)
		return 1;
	for (; reading.at < reading.end && n < sizeof(name); n++) {
		char c = *reading.at++;

		if (c == '\\' && reading.at < reading.end)
			c = *reading.at++ == 'n' ? '\n' : '\\';
		name[n] = c;
	}
	if ((model = meter_model(meter, (struct text){ name, n }, err)) == NULL)
		return -1;
	model->told_us = told_us;
	model->carry = carry;
	model->speed = speed;
	return 0;
}

static bool
begins(struct reading *line, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(line->end - line->at) < n || memcmp(line->at, word, n) != 0)
		return false;
	line->at += n;
	return true;
}

/* 0, 1 for a line that nobody wrote, -1 with *err. */
static int
recall_line(struct meter *meter, struct reading line, struct err *err)
{
	if (begins(&line, "series "))
		return recall_series(meter, line, err);
	if (begins(&line, "model "))
		return recall_model(meter, line, err);
	if (!begins(&line, "at ") || !read_whole(&line, &meter->at_us) || !skip_char(&line, ' ') ||
		!read_whole(&line, &meter->start_us))
		return 1;
	return line.at == line.end ? 0 : 1;
}

int
meter_recall(struct meter *meter, struct text state, struct err *err)
{
	const char *at, *end;
	int64_t number = 0;

	if (state.n == 0)
		return 0;
	at = state.p;
	end = state.p + state.n;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct reading line = { at, stop == NULL ? end : stop };
		int status = number++ == 0 ? !(begins(&line, VERSION) && line.at == line.end)
					   : recall_line(meter, line, err);

		if (status < 0)
			return -1;
		if (status > 0)
			return err_set(err, ERR_INPUT,
				"line %" PRId64
				" of what is remembered of the counters was not written by this program",
				number);
		at = stop == NULL ? end : stop + 1;
	}
	return 0;
}
