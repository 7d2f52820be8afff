/*
 * Published files read whole: their totals are known. The files are not part of the project; where they are
 * absent a test is skipped.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "collectors/collector.h"
#include "daemon/ingest/sample.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/quantile.h"
#include "models/units/random.h"
#include "tests/unit/printed_sink.h"

#define SHARED_DATA "../shared/data"

struct totals {
	int64_t rows, requests, input, output;
	int64_t billed_nano, effective_nano, unused_nano;
	int64_t refused;
	char first_refusal[512];
};

static int
add_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct totals *totals = ctx;

	(void)place;
	(void)err;
	totals->rows++;
	totals->requests += reading->requests;
	totals->input += usage_input(&reading->usage);
	totals->output += usage_output(&reading->usage);
	return 0;
}

static int
add_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	struct totals *totals = ctx;

	(void)place;
	(void)err;
	totals->rows++;
	totals->billed_nano += reading->billed_nano;
	totals->effective_nano += reading->effective_nano;
	if (text_is(reading->commitment_status, "Unused"))
		totals->unused_nano += reading->effective_nano;
	return 0;
}

static void
count_refusal(void *ctx, struct place place, const char *reason)
{
	struct totals *totals = ctx;

	if (totals->refused++ == 0)
		snprintf(totals->first_refusal, sizeof(totals->first_refusal), "line %" PRId64 ": %s", place.line,
			reason);
}

/* Read the file with the collector its first bytes are recognised by; skips where it is absent. */
static struct totals
totals_of(const char *path, const char *collector_name)
{
	static struct zone utc;
	struct totals totals = { 0 };
	struct bytes_input bytes = { .step = 4093 };
	struct input input = bytes_input(&bytes);
	struct collect_options options = { .zone = &utc };
	struct sink sink = { .ctx = &totals, .usage = add_usage, .invoice = add_invoice, .refuse = count_refusal };
	char *content = read_file(path, &bytes.size);
	const struct collector *collector;
	struct err err = { 0 };

	if (content == NULL)
		skip();
	zone_utc(&utc);
	bytes.bytes = content;
	collector = collector_recognise(content, bytes.size < 4096 ? bytes.size : 4096, &err);
	if (collector == NULL)
		fail_msg("%s: %s", path, err.text);
	assert_string_equal(collector->name, collector_name);
	if (collector->parse(&input, &options, &sink, &err) != 0)
		fail_msg("%s: %s", path, err.text);
	if (totals.refused != 0)
		fail_msg("%s: %s", path, totals.first_refusal);
	free(content);
	return totals;
}

static void
the_conversation_trace_is_read_whole(void **state)
{
	struct totals totals = totals_of(SHARED_DATA "/azure_llm/AzureLLMInferenceTrace_conv.csv", "azure-trace");

	(void)state;
	assert_int_equal(totals.rows, 19366);
	assert_int_equal(totals.requests, 19366);
	assert_int_equal(totals.input, 22361870);
	assert_int_equal(totals.output, 4088665);
}

static void
the_code_trace_is_read_whole(void **state)
{
	struct totals totals = totals_of(SHARED_DATA "/azure_llm/AzureLLMInferenceTrace_code.csv", "azure-trace");

	(void)state;
	assert_int_equal(totals.rows, 8819);
	assert_int_equal(totals.requests, 8819);
	assert_int_equal(totals.input, 18059974);
	assert_int_equal(totals.output, 245896);
}

#define REQUESTS_MAX 20000

struct lengths {
	size_t n;
	double input[REQUESTS_MAX], output[REQUESTS_MAX];
};

static int
keep_lengths(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct lengths *lengths = ctx;

	(void)place;
	(void)err;
	assert_true(lengths->n < REQUESTS_MAX);
	lengths->input[lengths->n] = (double)usage_input(&reading->usage);
	lengths->output[lengths->n++] = (double)usage_output(&reading->usage);
	return 0;
}

/* The largest difference between the distributions of two rising samples (Kolmogorov and Smirnov). */
static double
largest_difference(const double *a, const double *b, size_t n)
{
	double largest = 0;
	size_t i = 0, k = 0;

	while (i < n && k < n) {
		double at = a[i] < b[k] ? a[i] : b[k];
		double difference;

		while (i < n && a[i] <= at)
			i++;
		while (k < n && b[k] <= at)
			k++;
		difference = ((double)i - (double)k) / (double)n;
		difference = difference < 0 ? -difference : difference;
		largest = difference > largest ? difference : largest;
	}
	return largest;
}

static void
assert_drawn_like_trace(enum sample_workload workload, const char *path)
{
	static struct lengths trace, drawn;
	static struct zone utc;
	struct bytes_input bytes = { .step = 0 };
	struct input input = bytes_input(&bytes);
	struct collect_options options = { .zone = &utc };
	struct sink sink = { .ctx = &trace, .usage = keep_lengths };
	char *content = read_file(path, &bytes.size);
	struct random random;
	struct err err = { 0 };

	if (content == NULL)
		skip();
	zone_utc(&utc);
	bytes.bytes = content;
	trace.n = 0;
	assert_int_equal(collector_find("azure-trace", &err)->parse(&input, &options, &sink, &err), 0);
	random_seed(&random, 1);
	for (drawn.n = 0; drawn.n < trace.n; drawn.n++) {
		struct sample_lengths lengths = sample_draw(workload, &random);

		drawn.input[drawn.n] = (double)lengths.input;
		drawn.output[drawn.n] = (double)lengths.output;
	}
	quantile_sort(trace.input, trace.n);
	quantile_sort(trace.output, trace.n);
	quantile_sort(drawn.input, drawn.n);
	quantile_sort(drawn.output, drawn.n);
	assert_true(largest_difference(trace.input, drawn.input, trace.n) < 0.04);
	assert_true(largest_difference(trace.output, drawn.output, trace.n) < 0.04);
	free(content);
}

static void
the_sample_draws_lengths_like_the_traces(void **state)
{
	(void)state;
	assert_drawn_like_trace(SAMPLE_CHAT, SHARED_DATA "/azure_llm/AzureLLMInferenceTrace_conv.csv");
	assert_drawn_like_trace(SAMPLE_CODE, SHARED_DATA "/azure_llm/AzureLLMInferenceTrace_code.csv");
}

/* The scenario of that id, or NULL; *document is the caller's to delete. */
static const cJSON *
scenario_of(const char *id, cJSON **document)
{
	size_t size;
	char *text = read_file(SHARED_DATA "/acceptance_scenarios.json", &size);
	const cJSON *list, *scenario;

	*document = text == NULL ? NULL : cJSON_Parse(text);
	free(text);
	list = cJSON_IsArray(*document) ? *document : cJSON_GetObjectItem(*document, "scenarios");
	cJSON_ArrayForEach(scenario, list)
	{
		const char *own = cJSON_GetStringValue(cJSON_GetObjectItem(scenario, "id"));

		if (own != NULL && strcmp(own, id) == 0)
			return scenario;
	}
	return NULL;
}

static void
assert_nano(const char *file, const cJSON *expected, const char *name, int64_t nano)
{
	double wanted = cJSON_GetNumberValue(cJSON_GetObjectItem(expected, name));
	double difference = (double)nano * 1e-9 - wanted;

	if (difference > 1e-9 || difference < -1e-9)
		fail_msg("%s: %s is %.9f, expected %.9f", file, name, (double)nano * 1e-9, wanted);
}

static void
the_invoices_of_the_focus_samples_sum_as_published(void **state)
{
	cJSON *document;
	const cJSON *scenario = scenario_of("AS-25", &document), *expected;
	int read = 0;

	(void)state;
	if (scenario == NULL) {
		cJSON_Delete(document);
		skip();
	}
	cJSON_ArrayForEach(expected, cJSON_GetObjectItem(scenario, "expect"))
	{
		const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(expected, "file"));
		char path[512];
		struct totals totals;
		FILE *present;

		snprintf(path, sizeof(path), SHARED_DATA "/focus/%s", file);
		present = fopen(path, "rb");
		if (present == NULL)
			continue; /* only a part of the samples is handed out */
		fclose(present);
		totals = totals_of(path, "focus-csv");
		assert_int_equal(totals.rows, (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItem(expected, "rows")));
		assert_nano(file, expected, "billed", totals.billed_nano);
		assert_nano(file, expected, "effective", totals.effective_nano);
		assert_nano(file, expected, "effective_unused", totals.unused_nano);
		read++;
	}
	cJSON_Delete(document);
	if (read == 0)
		skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_conversation_trace_is_read_whole),
		cmocka_unit_test(the_code_trace_is_read_whole),
		cmocka_unit_test(the_sample_draws_lengths_like_the_traces),
		cmocka_unit_test(the_invoices_of_the_focus_samples_sum_as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
