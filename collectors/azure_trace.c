/*
 * azure-trace: the Azure LLM inference traces (github.com/Azure/AzurePublicDataset, CC-BY 4.0).
 *
 *   TIMESTAMP,ContextTokens,GeneratedTokens
 *   2023-11-16 18:15:46.6805900,374,44
 *   2023-11-16 18:15:50.9951690,396,109
 *
 * A row is one request. Times are UTC; their seventh digit (100 ns) is cut off. The trace names neither model
 * nor provider: they are what the person who imports says. All context is counted as uncached input and all that was generated
 * as visible output, for the trace does not tell more.
 */
#include <inttypes.h>
#include <stdio.h>

#include "collectors/collector.h"
#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

static int azure_sniff(const char *head, size_t n, const char **why_not);
static int azure_parse(
	struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err);

const struct collector collector_azure_trace = {
	.name = "azure-trace",
	.title = "Azure LLM inference trace, CSV (TIMESTAMP,ContextTokens,GeneratedTokens)",
	.kind = COLLECTS_USAGE,
	.sniff = azure_sniff,
	.parse = azure_parse,
	.files = &files_tables,
};

enum { TIMESTAMP, CONTEXT, GENERATED, COLUMNS };

static const char *const names[COLUMNS] = { "TIMESTAMP", "ContextTokens", "GeneratedTokens" };

/* Requests that agree in time and lengths are told apart by their number in the run of equals. */
struct run {
	int64_t at_us, input, output;
	int equals;
	char id[80];
};

static int
azure_sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);

	for (int i = 0; i < COLUMNS; i++) {
		if (text_holds(line, names[i]))
			continue;
		*why_not = "the header lacks TIMESTAMP, ContextTokens or GeneratedTokens";
		return 0;
	}
	return 100;
}

static struct text
request_id(struct run *run, const struct usage_reading *reading)
{
	int64_t input = reading->usage.tokens[IN_UNCACHED], output = reading->usage.tokens[OUT_VISIBLE];
	bool same = run->at_us == reading->at_us && run->input == input && run->output == output;
	int length;

	run->equals = same ? run->equals + 1 : 1;
	run->at_us = reading->at_us;
	run->input = input;
	run->output = output;
	length = snprintf(run->id, sizeof(run->id), "%" PRId64 "-%" PRId64, input, output);
	if (run->equals > 1)
		length += snprintf(run->id + length, sizeof(run->id) - (size_t)length, "-%d", run->equals);
	return (struct text){ run->id, (size_t)length };
}

/* 0, or 1 when the row was refused. */
static int
read_row(const struct text value[COLUMNS], int64_t line, struct usage_reading *reading, const struct sink *sink)
{
	static const enum usage_class class_of[COLUMNS] = { [CONTEXT] = IN_UNCACHED, [GENERATED] = OUT_VISIBLE };
	char shown[SHOWN_MAX];
	struct err why;

	if (time_parse(value[TIMESTAMP].p, value[TIMESTAMP].n, &reading->at_us, &why) != 0) {
		row_refuse(sink, line, "TIMESTAMP '%s' is no time", value_shown(shown, value[TIMESTAMP]));
		return 1;
	}
	for (int i = CONTEXT; i < COLUMNS; i++) {
		if (count_parse(value[i], USAGE_TOKENS_MAX, &reading->usage.tokens[class_of[i]]) == 0)
			continue;
		row_refuse(sink, line, "%s '%s' is no whole number from 0 to 2^53", names[i],
			value_shown(shown, value[i]));
		return 1;
	}
	return 0;
}

/* Where each column is; the input's name stands before what is wrong. */
static int
read_header(struct reader *reader, const struct input *input, int index[COLUMNS], struct err *err)
{
	struct text *fields;
	size_t n;
	int got = reader_next_record(reader, ',', &fields, &n, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_INPUT, "%s: the input is empty", input->name);
	if (columns_map(&(struct header){ fields, n }, names, COLUMNS, index, err) != 0)
		return err_in(err, "%s", input->name);
	for (int i = 0; i < COLUMNS; i++)
		if (index[i] == COLUMN_ABSENT)
			return err_set(err, ERR_INPUT, "%s: line %" PRId64 ": the header has no column '%s'",
				input->name, reader_line(reader), names[i]);
	return 0;
}

static int
azure_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct usage_reading reading;
	struct text *fields, value[COLUMNS];
	struct run run = { 0 };
	int index[COLUMNS], got, result = -1;
	size_t n;
	struct reader *reader = reader_open(input, err);

	if (reader == NULL)
		return -1;
	if (read_header(reader, input, index, err) != 0)
		goto close;
	while ((got = reader_next_record(reader, ',', &fields, &n, err)) > 0) {
		bool whole = true;

		for (int i = 0; i < COLUMNS; i++) {
			whole = whole && (size_t)index[i] < n;
			value[i] = whole ? text_trim(fields[index[i]]) : (struct text){ NULL, 0 };
		}
		if (!whole) {
			row_refuse(sink, reader_line(reader), "the row has %zu fields, too few for the header", n);
			continue;
		}
		reading = (struct usage_reading){ .requests = 1,
			.latency_ms = NOT_REPORTED,
			.ttft_ms = NOT_REPORTED,
			.has_usage = true,
			.account = options->account,
			.workload = options->workload,
			.provider = options->provider,
			.model = options->model };
		if (read_row(value, reader_line(reader), &reading, sink) != 0 || sink->usage == NULL)
			continue;
		reading.id = request_id(&run, &reading);
		if (sink->usage(sink->ctx, (struct place){ .line = reader_line(reader) }, &reading, err) != 0)
			goto close;
	}
	result = got;
close:
	reader_close(reader);
	return result;
}
