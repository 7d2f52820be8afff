/*
 * usage_kit: run a usage collector over a text and print what it handed over, a line each.
 */
#ifndef TESTS_USAGE_KIT_H
#define TESTS_USAGE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

struct told {
	char text[16384];
	size_t n;
};

static inline void __attribute__((format(printf, 2, 3))) tell(struct told *told, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	told->n += (size_t)vsnprintf(told->text + told->n, sizeof(told->text) - told->n, format, args);
	va_end(args);
	assert_true(told->n < sizeof(told->text));
}

static inline void
tell_text(struct told *told, const char *name, struct text text)
{
	if (text.n > 0)
		tell(told, " %s=%.*s", name, (int)text.n, text.p);
}

/* "2 at=1785585600000000 id=a ... in_uncached=5"; what was not reported is left out. */
static inline int
tell_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct told *told = ctx;

	(void)err;
	tell(told, "%d at=%lld", (int)place.line, (long long)reading->at_us);
	tell_text(told, "id", reading->id);
	tell_text(told, "provider", reading->provider);
	tell_text(told, "model", reading->model);
	tell_text(told, "workload", reading->workload);
	tell_text(told, "account", reading->account);
	tell_text(told, "project", reading->project);
	tell_text(told, "key", reading->key);
	tell_text(told, "tier", reading->service_tier);
	tell_text(told, "tag", reading->tag);
	if (reading->status != STATUS_OK)
		tell(told, " status=%d", (int)reading->status);
	if (reading->requests != 1)
		tell(told, " requests=%lld", (long long)reading->requests);
	if (reading->latency_ms != NOT_REPORTED)
		tell(told, " latency=%lld", (long long)reading->latency_ms);
	if (reading->ttft_ms != NOT_REPORTED)
		tell(told, " ttft=%lld", (long long)reading->ttft_ms);
	if (!reading->has_usage)
		tell(told, " unknown");
	for (int i = 0; i < USAGE_CLASSES; i++)
		if (reading->usage.tokens[i] != 0)
			tell(told, " %s=%lld", usage_class_names[i], (long long)reading->usage.tokens[i]);
	tell(told, "\n");
	return 0;
}

static inline void
tell_refused(void *ctx, struct place place, const char *reason)
{
	tell(ctx, "%d refused: %s\n", (int)place.line, reason);
}

static inline void
tell_warned(void *ctx, struct place place, const char *reason)
{
	tell(ctx, "%d warned: %s\n", (int)place.line, reason);
}

struct pieces {
	const char *bytes;
	size_t n, at;
};

static inline long
read_pieces(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct pieces *pieces = ctx;
	size_t n = pieces->n - pieces->at;

	(void)err;
	n = n < 37 ? n : 37; /* an odd size, so that rows are cut everywhere */
	n = n < size ? n : size;
	memcpy(buffer, pieces->bytes + pieces->at, n);
	pieces->at += n;
	return (long)n;
}

/* What the collector tells of the text; 0 or -1 with *err. */
static inline int
collect_text(
	const char *collector, const char *text, const struct collect_options *with, struct told *told, struct err *err)
{
	struct pieces pieces = { .bytes = text, .n = strlen(text) };
	struct input input = { .name = "text", .read = read_pieces, .ctx = &pieces };
	const struct sink sink = { .ctx = told, .usage = tell_usage, .refuse = tell_refused, .warn = tell_warned };
	struct collect_options options = { .now_us = 0 };
	struct zone utc;

	if (with != NULL)
		options = *with;
	zone_utc(&utc);
	options.zone = &utc;
	told->n = 0;
	told->text[0] = '\0';
	return collector_find(collector, NULL)->parse(&input, &options, &sink, err);
}

static inline void
assert_told(const char *collector, const char *text, const char *expected)
{
	struct told *told = malloc(sizeof(*told));
	struct err err;

	if (collect_text(collector, text, NULL, told, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(told->text, expected);
	free(told);
}

static inline void
assert_unusable(const char *collector, const char *text, const char *why)
{
	struct told *told = malloc(sizeof(*told));
	struct err err;

	assert_int_equal(collect_text(collector, text, NULL, told, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
	free(told);
}

#endif
