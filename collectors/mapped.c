/*
 * mapped: usage as CSV or JSON lines in columns that a mapping names (mapping.h):
 *
 * created;model_name;prompt_k;answer_k
 * 01.11.2026 10:00;gpt-4o;12.5;0.31
 *
 * A column that the mapping names and the header lacks is an error; a cell that is empty was not reported.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/listing.h"
#include "collectors/mapping.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/nearest.h"

struct parsing {
	const struct mapping *mapping;
	const struct collect_options *options;
	const struct sink *sink;
	int index[MAPPING_FIELDS]; /* of CSV: where each field stands, or COLUMN_ABSENT */
	struct text value[MAPPING_FIELDS];
};

/* ---- a row, whatever it came from */

static int
read_tokens(const struct parsing *parsing, int field, const char *name, int64_t *tokens, struct err *err)
{
	struct text text = text_trim(parsing->value[field]);
	bool rounded = false;
	char shown[TEXT_SHOWN];

	*tokens = 0;
	if (text.n == 0)
		return 0;
	if (decimal_parse(text.p, text.n, parsing->mapping->unit_digits, tokens, &rounded, NULL) != 0 || rounded ||
		*tokens < 0 || *tokens > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "%s is no whole number of tokens: '%s'", name,
			text_shown(text, shown, sizeof(shown)));
	return 1;
}

/* 1 when any count was reported, 0, -1. */
static int
read_classes(const struct parsing *parsing, struct usage *usage, struct err *err)
{
	int64_t *tokens = usage->tokens, input, output;
	int found = 0, has, has_input, has_output;

	for (int i = 0; i < USAGE_CLASSES; i++, found = found || has == 1)
		if ((has = read_tokens(parsing, EVENT_CLASSES + i, usage_class_names[i], &tokens[i], err)) < 0)
			return -1;
	if ((has_input = read_tokens(parsing, MAPPING_INPUT, "input", &input, err)) < 0 ||
		(has_output = read_tokens(parsing, MAPPING_OUTPUT, "output", &output, err)) < 0)
		return -1;
	if (has_input == 1)
		tokens[IN_UNCACHED] =
			input - tokens[IN_CACHE_READ] - tokens[IN_CACHE_WRITE_5M] - tokens[IN_CACHE_WRITE_1H];
	if (has_output == 1)
		tokens[OUT_VISIBLE] = output - tokens[OUT_REASONING];
	if (tokens[IN_UNCACHED] < 0)
		return err_set(err, ERR_INPUT, "cache reads and writes are more than input, which includes them");
	if (tokens[OUT_VISIBLE] < 0)
		return err_set(err, ERR_INPUT, "reasoning is more than output, which includes it");
	if (usage_check(usage, err) != 0)
		return -1;
	return found || has_input == 1 || has_output == 1;
}

static int
read_row(const struct parsing *parsing, struct usage_reading *reading, struct err *err)
{
	const struct mapping *mapping = parsing->mapping;
	const struct zone *zone = mapping->zone != NULL ? mapping->zone : parsing->options->zone;
	const struct text *value = parsing->value;
	int found;

	*reading = (struct usage_reading){ .id = text_trim(value[EVENT_ID]),
		.provider = text_trim(value[EVENT_PROVIDER]),
		.model = text_trim(value[EVENT_MODEL]),
		.workload = text_trim(value[EVENT_WORKLOAD]),
		.account = text_trim(value[EVENT_ACCOUNT]),
		.project = text_trim(value[EVENT_PROJECT]),
		.key = text_trim(value[EVENT_KEY]),
		.service_tier = text_trim(value[EVENT_SERVICE_TIER]) };
	if (mapping_instant(mapping, zone, text_trim(value[EVENT_AT]), &reading->at_us, err) != 0 ||
		event_status(text_trim(value[EVENT_STATUS]), &reading->status, err) != 0 ||
		event_whole(text_trim(value[EVENT_REQUESTS]), "requests", &reading->requests, err) != 0 ||
		event_milliseconds(text_trim(value[EVENT_LATENCY_MS]), "latency_ms", &reading->latency_ms, err) != 0 ||
		event_milliseconds(text_trim(value[EVENT_TTFT_MS]), "ttft_ms", &reading->ttft_ms, err) != 0 ||
		(found = read_classes(parsing, &reading->usage, err)) < 0)
		return -1;
	if (reading->requests == NOT_REPORTED)
		reading->requests = 1;
	reading->has_usage = found == 1;
	event_fill(reading, parsing->options);
	return 0;
}

static int
take(const struct parsing *parsing, int64_t line, struct err *err)
{
	const struct sink *sink = parsing->sink;
	struct usage_reading reading;
	struct err why;

	if (read_row(parsing, &reading, &why) != 0) {
		row_refuse(sink, line, "%s", why.text);
		return 0;
	}
	return sink->usage == NULL ? 0 : sink->usage(sink->ctx, (struct place){ .line = line }, &reading, err);
}

/* What the mapping says itself. */
static void
fill_constants(struct parsing *parsing)
{
	for (int i = 0; i < MAPPING_FIELDS; i++)
		if (parsing->mapping->column[i][0] == '=')
			parsing->value[i] = text_of(parsing->mapping->column[i] + 1);
}

static bool
is_column(const struct mapping *mapping, int field)
{
	return mapping->column[field][0] != '\0' && mapping->column[field][0] != '=';
}

/* ---- CSV */

static int
lacks(const struct parsing *parsing, const char *wanted, const struct text *fields, size_t n, struct err *err)
{
	struct nearest nearest;
	char words[2][64];
	int free_one = 0; /* the best so far keeps its place */

	nearest_init(&nearest, wanted);
	for (size_t i = 0; i < n; i++) {
		char *word = words[free_one];

		snprintf(word, sizeof(words[0]), "%.*s", (int)(fields[i].n < 60 ? fields[i].n : 60),
			fields[i].n == 0 ? "" : fields[i].p);
		nearest_offer(&nearest, word);
		if (nearest_found(&nearest) == word)
			free_one = !free_one;
	}
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_INPUT, "mapping %s: the file has no column '%s'; the nearest is '%s'",
			parsing->mapping->name, wanted, nearest_found(&nearest));
	return err_set(err, ERR_INPUT, "mapping %s: the file has no column '%s'", parsing->mapping->name, wanted);
}

static int
read_header(struct parsing *parsing, const struct text *fields, size_t n, struct err *err)
{
	const struct mapping *mapping = parsing->mapping;

	for (int i = 0; i < MAPPING_FIELDS; i++) {
		size_t k = 0;

		parsing->index[i] = COLUMN_ABSENT;
		if (!is_column(mapping, i))
			continue;
		while (k < n && !name_same(text_trim(fields[k]), mapping->column[i]))
			k++;
		if (k == n)
			return lacks(parsing, mapping->column[i], fields, n, err);
		parsing->index[i] = (int)k;
	}
	return 0;
}

static int
parse_csv(struct parsing *parsing, struct input *input, struct err *err)
{
	struct reader *reader = reader_open(input, err);
	char separator = parsing->mapping->separator;
	struct text *fields;
	size_t n;
	int got = -1;

	if (reader == NULL)
		return -1;
	if (separator == 0 && reader_separator(reader, &separator, err) != 0)
		goto done;
	if ((got = reader_next_record(reader, separator, &fields, &n, err)) == 0)
		got = err_set(err, ERR_INPUT, "the input is empty");
	if (got < 0 || (got = read_header(parsing, fields, n, err)) != 0)
		goto done;
	while ((got = reader_next_record(reader, separator, &fields, &n, err)) > 0) {
		for (int i = 0; i < MAPPING_FIELDS; i++)
			if (parsing->index[i] != COLUMN_ABSENT)
				parsing->value[i] = (size_t)parsing->index[i] < n ? fields[parsing->index[i]]
										  : (struct text){ NULL, 0 };
		if (take(parsing, reader_line(reader), err) != 0) {
			got = -1;
			break;
		}
	}
done:
	reader_close(reader);
	return got == 0 ? 0 : err_in(err, "%s", input->name);
}

/* ---- JSON lines */

static int
take_object(void *ctx, struct listing *listing, const struct json *row, struct err *err)
{
	struct parsing *parsing = ctx;

	for (int i = 0; i < MAPPING_FIELDS; i++)
		if (is_column(parsing->mapping, i))
			parsing->value[i] = listing_text(listing, row, parsing->mapping->column[i]);
	return listing->refused ? 0 : take(parsing, listing->line, err);
}

static int
parse_json(struct parsing *parsing, struct input *input, struct err *err)
{
	static const char *const lists[] = { "data", "rows", "items", NULL };
	static const struct listing_shape shape = { .lists = lists, .lines = true, .row = take_object };

	return listing_read(input, parsing->options, parsing->sink, &shape, parsing, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct parsing parsing = { .mapping = options->mapping, .options = options, .sink = sink };
	struct input again;
	struct peeked *peeked;
	char first, form;
	int status;

	if (options->mapping == NULL)
		return err_set(err, ERR_INPUT,
			"it is read by a mapping: put a section [mapping NAME] into the configuration and collect by that name");
	if ((peeked = malloc(sizeof(*peeked))) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a file");
	fill_constants(&parsing);
	status = input_peek(peeked, input, &again, &first, err);
	form = parsing.mapping->form != 0 ? parsing.mapping->form : first == '{' || first == '[' ? 'j' : 'c';
	if (status == 0)
		status = form == 'j' ? parse_json(&parsing, &again, err) : parse_csv(&parsing, &again, err);
	free(peeked);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	(void)head, (void)n, (void)why_not;
	return 0; /* only by name */
}

const struct collector collector_mapped = {
	.name = "mapped",
	.title = "CSV or JSON lines of any kind, by a [mapping NAME] of the configuration: collect NAME FILE",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files_rows,
};
