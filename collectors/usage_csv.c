/*
 * usage-csv: our own usage events as CSV, one a row, under a header whose columns may stand in any order:
 *
 * id,at,provider,model,workload,requests,status,latency_ms,in_uncached,in_cache_read,out_visible
 * 7f3a,2026-08-01T12:00:00Z,openai,gpt-4o,chat,1,ok,812,1520,4096,310
 * 7f3b,1785585601.25,anthropic,claude-sonnet-4-5,code,1,ok,,912,0,77
 *
 * A column that is absent or a cell that is empty was not reported. Instead of the classes a row may carry
 * `api` and `usage`, the provider's own usage object. This is the way that most rows come in, so that
 * plain instants and whole numbers are read by hand and only the rest goes through the general readers.
 */
#include <stdio.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/nearest.h"

#define NO_COLUMN UINT16_MAX

struct parsing {
	struct reader *reader;
	const struct collect_options *options;
	const struct sink *sink;
	struct usage_event *event;     /* the general reader of usage objects; made when first needed */
	uint16_t column[EVENT_FIELDS]; /* where each field stands, or NO_COLUMN */
	bool has_classes;
	char date[10]; /* the last date that was read, and its midnight */
	int64_t midnight_us;
	struct usage_reading reading;
};

/* ---- the header */

static void
warn_unknown(struct parsing *parsing, struct text name)
{
	char word[64], reason[192];
	struct nearest nearest;

	snprintf(word, sizeof(word), "%.*s", (int)(name.n < 60 ? name.n : 60), name.p);
	nearest_init(&nearest, word);
	for (int i = 0; i < EVENT_FIELDS; i++)
		nearest_offer(&nearest, event_field_names[i]);
	if (nearest_found(&nearest) != NULL)
		snprintf(reason, sizeof(reason), "column '%s' is not known and left out; did you mean '%s'?", word,
			nearest_found(&nearest));
	else
		snprintf(reason, sizeof(reason), "column '%s' is not known and left out", word);
	if (parsing->sink->warn != NULL)
		parsing->sink->warn(parsing->sink->ctx, (struct place){ .line = reader_line(parsing->reader) }, reason);
}

static int
read_header(struct parsing *parsing, const struct text *fields, size_t n, struct err *err)
{
	for (int i = 0; i < EVENT_FIELDS; i++)
		parsing->column[i] = NO_COLUMN;
	for (size_t i = 0; i < n; i++) {
		struct text name = text_trim(fields[i]);
		int field = event_field(name);

		if (field < 0) {
			warn_unknown(parsing, name);
			continue;
		}
		if (parsing->column[field] != NO_COLUMN)
			return err_set(err, ERR_INPUT, "line %lld: the column '%s' comes twice",
				(long long)reader_line(parsing->reader), event_field_names[field]);
		parsing->column[field] = (uint16_t)i;
	}
	if (parsing->column[EVENT_AT] == NO_COLUMN)
		return err_set(err, ERR_INPUT, "line %lld: the header has no column 'at'",
			(long long)reader_line(parsing->reader));
	for (int i = 0; i < USAGE_CLASSES; i++)
		parsing->has_classes = parsing->has_classes || parsing->column[EVENT_CLASSES + i] != NO_COLUMN;
	if (!parsing->has_classes && parsing->column[EVENT_USAGE] == NO_COLUMN)
		return err_set(err, ERR_INPUT,
			"line %lld: the header has no column of tokens (in_uncached, ..., out_reasoning) and no 'usage'",
			(long long)reader_line(parsing->reader));
	return 0;
}

/* ---- cells */

static inline struct text
cell(const struct parsing *parsing, const struct text *fields, size_t n, enum event_field field)
{
	return parsing->column[field] < n ? fields[parsing->column[field]] : (struct text){ NULL, 0 };
}

/* At most 15 digits and nothing else: -1 where it is anything else. */
static inline int64_t
plain_whole(struct text text)
{
	int64_t value = 0;

	if (text.n == 0 || text.n > 15)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';

		if (digit > 9)
			return -1;
		value = value * 10 + (int64_t)digit;
	}
	return value;
}

static inline int
two_digits(const char *p)
{
	unsigned tens = (unsigned)(unsigned char)p[0] - '0', ones = (unsigned)(unsigned char)p[1] - '0';

	return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* "2026-08-01T12:00:00Z" or with a fraction of up to six digits; false: the general reader must look. */
static bool
plain_instant(struct parsing *parsing, struct text text, int64_t *at_us)
{
	const char *p = text.p;
	int hour, minute, second;
	int64_t fraction = 0;

	if (text.n < 20 || text.n > 27 || p[text.n - 1] != 'Z' || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	if (memcmp(p, parsing->date, sizeof(parsing->date)) != 0) {
		if (time_parse(p, 10, &parsing->midnight_us, NULL) != 0)
			return false;
		memcpy(parsing->date, p, sizeof(parsing->date));
	}
	hour = two_digits(p + 11);
	minute = two_digits(p + 14);
	second = two_digits(p + 17);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (text.n > 20) {
		size_t digits = text.n - 21;

		if (p[19] != '.' || digits == 0 || (fraction = plain_whole((struct text){ p + 20, digits })) < 0)
			return false;
		for (; digits < 6; digits++)
			fraction *= 10;
	}
	*at_us = parsing->midnight_us + (((int64_t)hour * 60 + minute) * 60 + second) * SECOND_US + fraction;
	return true;
}

/* Whole numbers as spreadsheets write them too ("1520.0", "1.5e3"); otherwise where empty. */
static inline int
read_whole(struct text text, const char *name, int64_t *value, struct err *err)
{
	if ((*value = plain_whole(text)) >= 0)
		return 0;
	return event_whole(text_trim(text), name, value, err);
}

/* ---- rows */

static int
read_classes(struct parsing *parsing, const struct text *fields, size_t n, struct err *err)
{
	struct usage_reading *reading = &parsing->reading;

	reading->has_usage = false;
	reading->parts = NULL;
	reading->web_searches = 0;
	for (int i = 0; i < USAGE_CLASSES; i++) {
		struct text text = cell(parsing, fields, n, EVENT_CLASSES + i);

		reading->usage.tokens[i] = 0;
		if (text.n == 0)
			continue;
		if (read_whole(text, event_field_names[EVENT_CLASSES + i], &reading->usage.tokens[i], err) != 0)
			return -1;
		reading->usage.tokens[i] = reading->usage.tokens[i] == NOT_REPORTED ? 0 : reading->usage.tokens[i];
		reading->has_usage = true;
	}
	if (!reading->has_usage && cell(parsing, fields, n, EVENT_USAGE).n > 0) {
		if (parsing->event == NULL && (parsing->event = usage_event_new(err)) == NULL)
			return -1;
		return usage_event_object(parsing->event, cell(parsing, fields, n, EVENT_USAGE),
			cell(parsing, fields, n, EVENT_API), reading, err);
	}
	return 0;
}

static int
read_row(struct parsing *parsing, const struct text *fields, size_t n, struct err *err)
{
	struct usage_reading *reading = &parsing->reading;
	struct text at = cell(parsing, fields, n, EVENT_AT);
	struct text text;

	if (!plain_instant(parsing, at, &reading->at_us) && event_instant(text_trim(at), &reading->at_us, err) != 0)
		return -1;
	reading->id = cell(parsing, fields, n, EVENT_ID);
	reading->provider = cell(parsing, fields, n, EVENT_PROVIDER);
	reading->model = cell(parsing, fields, n, EVENT_MODEL);
	reading->workload = cell(parsing, fields, n, EVENT_WORKLOAD);
	reading->account = cell(parsing, fields, n, EVENT_ACCOUNT);
	reading->project = cell(parsing, fields, n, EVENT_PROJECT);
	reading->key = cell(parsing, fields, n, EVENT_KEY);
	reading->service_tier = cell(parsing, fields, n, EVENT_SERVICE_TIER);
	reading->tag = cell(parsing, fields, n, EVENT_TAG);
	reading->tier_hinted = false;
	event_fill(reading, parsing->options);
	if (event_status(cell(parsing, fields, n, EVENT_STATUS), &reading->status, err) != 0)
		return -1;
	reading->requests = 1;
	text = cell(parsing, fields, n, EVENT_REQUESTS);
	if (text.n > 0 && read_whole(text, "requests", &reading->requests, err) != 0)
		return -1;
	if (reading->requests == NOT_REPORTED)
		reading->requests = 1;
	reading->latency_ms = reading->ttft_ms = NOT_REPORTED;
	text = cell(parsing, fields, n, EVENT_LATENCY_MS);
	if (text.n > 0 && (reading->latency_ms = plain_whole(text)) < 0 &&
		event_milliseconds(text_trim(text), "latency_ms", &reading->latency_ms, err) != 0)
		return -1;
	text = cell(parsing, fields, n, EVENT_TTFT_MS);
	if (text.n > 0 && (reading->ttft_ms = plain_whole(text)) < 0 &&
		event_milliseconds(text_trim(text), "ttft_ms", &reading->ttft_ms, err) != 0)
		return -1;
	return read_classes(parsing, fields, n, err);
}

static int
parse_rows(struct parsing *parsing, char separator, size_t columns, struct err *err)
{
	const struct sink *sink = parsing->sink;
	struct text *fields;
	struct err why;
	size_t n;
	int got;

	while ((got = reader_next_record(parsing->reader, separator, &fields, &n, err)) == 1) {
		struct place place = { .line = reader_line(parsing->reader) };

		why.kind = ERR_NONE;
		if (n != columns)
			err_set(&why, ERR_INPUT, "the row has %zu fields, the header %zu", n, columns);
		else
			read_row(parsing, fields, n, &why);
		if (why.kind == ERR_OUTSIDE)
			return err_set(err, why.kind, "%s", why.text);
		if (why.kind != ERR_NONE)
			sink->refuse(sink->ctx, place, why.text);
		else if (sink->usage != NULL && sink->usage(sink->ctx, place, &parsing->reading, err) != 0)
			return -1;
	}
	return got;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct parsing parsing = { .options = options, .sink = sink, .reader = reader_open(input, err) };
	struct text *fields;
	char separator;
	int status = -1;
	size_t n;

	if (parsing.reader == NULL || reader_separator(parsing.reader, &separator, err) != 0)
		goto done;
	status = reader_next_record(parsing.reader, separator, &fields, &n, err);
	if (status == 0)
		status = err_set(err, ERR_INPUT, "%s: the input is empty", input->name);
	if (status < 0)
		goto done;
	if ((status = read_header(&parsing, fields, n, err)) != 0) {
		err_in(err, "%s", input->name);
		goto done;
	}
	status = parse_rows(&parsing, separator, n, err);
done:
	usage_event_free(parsing.event);
	reader_close(parsing.reader);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	const char *end;
	bool has_at = false;
	int known = 0;

	if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
		head += 3, n -= 3;
	if (n == 0 || *head == '{' || *head == '[')
		return 0;
	end = memchr(head, '\n', n);
	end = end == NULL ? head + n : end;
	while (head < end) {
		const char *p = head;
		struct text name;

		while (p < end && *p != ',' && *p != ';' && *p != '\t' && *p != '\r')
			p++;
		name = text_trim((struct text){ head, (size_t)(p - head) });
		if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
			name = (struct text){ name.p + 1, name.n - 2 };
		has_at = has_at || text_is(name, "at");
		known += event_field(name) >= EVENT_CLASSES;
		head = p + 1;
	}
	if (!has_at)
		*why_not = "the header has no column 'at'";
	else if (known == 0)
		*why_not = "the header has no column of tokens";
	return has_at && known > 0 ? 95 : 0;
}

const struct collector collector_usage_csv = {
	.name = "usage-csv",
	.title = "usage events as CSV, with the columns of the usage event in any order",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files_tables,
};
