/*
 * anthropic-usage-csv: the usage export of Anthropic's console, a row for each day, model, key and tier.
 *
 *   usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,...
 *   2026-11-01,claude-demo-5,prod-key,Default,standard,<= 200k,41200,21000,4000,380000,18750,6,global,standard
 *
 * The same usage as in the report of the API: take one of the two. The context window is written with a sign of
 * its own for "at most".
 */
#include <stdio.h>

#include "collectors/columns.h"
#include "collectors/pull.h"
#include "collectors/table.h"
#include "collectors/usage_event.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define LONG_CONTEXT INT64_C(200000)

enum {
	DATE,
	MODEL,
	KEY,
	WORKSPACE,
	USAGE_TYPE,
	CONTEXT,
	NO_CACHE,
	WRITE_5M,
	WRITE_1H,
	READ,
	OUTPUT,
	SEARCHES,
	GEO,
	SPEED,
	KEY_ID,
	COLUMNS
};

static const char *const names[COLUMNS] = { "usage_date_utc", "model_version", "api_key", "workspace", "usage_type",
	"context_window", "usage_input_tokens_no_cache", "usage_input_tokens_cache_write_5m",
	"usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_read", "usage_output_tokens", "web_search_count",
	"inference_geo", "speed", "api_key_id" };

static int header(void *ctx, struct table *table, struct err *err);
static int row(void *ctx, struct table *table, struct err *err);

static const struct table_shape shape = { .names = names, .columns = COLUMNS, .header = header, .row = row };

static int
header(void *ctx, struct table *table, struct err *err)
{
	(void)ctx;
	return table_needs(table, &shape, DATE, err) != 0 || table_needs(table, &shape, NO_CACHE, err) != 0
		? -1
		: table_needs(table, &shape, OUTPUT, err);
}

/* "≤ 200k" and "> 200k"; anything else is not told. */
static int64_t
context_of(struct text window)
{
	if (!text_holds(window, "200k"))
		return 0;
	if (text_holds(window, "\xe2\x89\xa4") || text_holds(window, "<") || text_is(window, "0-200k"))
		return LONG_CONTEXT;
	return text_holds(window, ">") || text_is(window, "200k-1M") ? LONG_CONTEXT + 1 : 0;
}

static int
row(void *ctx, struct table *table, struct err *err)
{
	const struct text *value = table->value;
	char dimensions[512], *to = dimensions;
	struct usage_reading reading = { .provider = text_of("anthropic"),
		.model = value[MODEL],
		.project = value[WORKSPACE],
		.key = value[KEY].n > 0 ? value[KEY] : value[KEY_ID],
		.service_tier = value[text_is(value[SPEED], "fast") ? SPEED : USAGE_TYPE],
		.requests = NOT_REPORTED,
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED,
		.has_usage = true,
		.width_us = DAY_S * SECOND_US,
		.grouping = text_of("console"),
		.context_tokens = context_of(value[CONTEXT]) };
	static const struct {
		int class, column;
	} classes[] = { { IN_UNCACHED, NO_CACHE }, { IN_CACHE_WRITE_5M, WRITE_5M }, { IN_CACHE_WRITE_1H, WRITE_1H },
		{ IN_CACHE_READ, READ }, { OUT_VISIBLE, OUTPUT } };
	struct err why;

	(void)ctx;
	reading.at_us = table_time(table, DATE, names[DATE], false);
	table->told = 0; /* a date is what the column holds */
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		reading.usage.tokens[classes[i].class] =
			table_count(table, classes[i].column, names[classes[i].column], 0);
	reading.web_searches = table_count(table, SEARCHES, names[SEARCHES], 0);
	if (usage_check(&reading.usage, &why) != 0)
		table_refuse(table, "%s", why.text);
	snprintf(to, sizeof(dimensions), "context_window=%.*s inference_geo=%.*s usage_type=%.*s speed=%.*s",
		(int)value[CONTEXT].n, value[CONTEXT].p, (int)value[GEO].n, value[GEO].p, (int)value[USAGE_TYPE].n,
		value[USAGE_TYPE].p, (int)value[SPEED].n, value[SPEED].p);
	reading.dimensions = text_of(dimensions);
	event_fill(&reading, table->options);
	if (!table_taken(table) || table->sink->usage == NULL)
		return 0;
	return table->sink->usage(table->sink->ctx, (struct place){ .line = table->line }, &reading, err);
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return table_read(input, options, sink, &shape, NULL, err);
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);

	(void)why_not;
	return text_holds(line, "usage_date_utc") && text_holds(line, "usage_input_tokens_no_cache") ? 95 : 0;
}

const struct collector collector_anthropic_usage_csv = {
	.name = "anthropic-usage-csv",
	.title = "the usage export of Anthropic's console, CSV",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files_export_tables,
};
