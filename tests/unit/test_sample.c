#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/collector.h"
#include "collectors/price_list.h"
#include "daemon/base/embed.h"
#include "daemon/ingest/sample.h"
#include "daemon/ingest/sample_rows.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/quantile.h"
#include "models/units/random.h"
#include "tests/unit/printed_sink.h"

#define DRAWS 200000

static const struct sample_options options = {
	.seed = 42, .now_us = INT64_C(1795346400) * SECOND_US + 1234567, .days = SAMPLE_DAYS
};

/* The bytes in the order they came, as a length and a hash, and the first of them. */
struct received {
	size_t n;
	uint64_t hash;
	char *text;
	size_t room;
};

static int
receive(void *ctx, const char *bytes, size_t n, struct err *err)
{
	struct received *received = ctx;

	(void)err;
	for (size_t i = 0; i < n; i++)
		received->hash = (received->hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	if (received->n + n < received->room)
		memcpy(received->text + received->n, bytes, n);
	received->n += n;
	return 0;
}

static uint64_t
usage_hash(const struct sample_options *wanted)
{
	struct received received = { .n = 0 };
	struct sample_sink sink = { receive, &received };
	struct err err = { 0 };

	if (sample_usage(wanted, &sink, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(received.n > 100000);
	return received.hash;
}

static void
the_same_seed_gives_the_same_bytes_and_another_others(void **state)
{
	struct sample_options few = options, other = options;

	(void)state;
	few.days = other.days = 5;
	other.seed = 43;
	assert_true(usage_hash(&few) == usage_hash(&few));
	assert_true(usage_hash(&few) != usage_hash(&other));
}

struct totals {
	int64_t rows, failed, unpriced, largest_input, last_us;
	int64_t requests[SAMPLE_WORKLOADS], input[SAMPLE_WORKLOADS], output[SAMPLE_WORKLOADS];
	int64_t cost_nano, from_us, to_us; /* the cost of what lies in [from, to) */
	int64_t tokens, month_tokens[SAMPLE_WORKLOADS];
	int64_t month_nano[SAMPLE_WORKLOADS];
	double working, weekend; /* chat requests at 12 UTC on Tuesdays and Sundays */
};

static int
add_row(void *ctx, const struct sample_row *row, struct err *err)
{
	struct totals *totals = ctx;
	int64_t hour = row->at_us / SECOND_US / HOUR_S;

	(void)err;
	totals->rows++;
	assert_true(row->at_us >= totals->last_us);
	assert_int_equal(row->number, totals->rows);
	assert_int_equal(usage_check(&row->usage, NULL), 0);
	totals->last_us = row->at_us;
	if (row->failed) {
		totals->failed++;
		assert_int_equal(usage_total(&row->usage), 0);
		return 0;
	}
	assert_true(row->requests > 0 && row->latency_ms >= row->ttft_ms);
	if (usage_input(&row->usage) > totals->largest_input)
		totals->largest_input = usage_input(&row->usage);
	totals->requests[row->workload] += row->requests;
	totals->input[row->workload] += usage_input(&row->usage);
	totals->output[row->workload] += usage_output(&row->usage);
	if (row->model->maker == NULL)
		totals->unpriced += usage_total(&row->usage);
	if (row->at_us >= totals->from_us && row->at_us < totals->to_us)
		totals->cost_nano += sample_cost_nano(row);
	if (row->at_us >= options.now_us - 30 * (int64_t)DAY_S * SECOND_US) {
		totals->month_nano[row->workload] += sample_cost_nano(row);
		totals->month_tokens[row->workload] += usage_total(&row->usage);
	}
	if (row->workload == SAMPLE_CHAT && hour % 24 == 12 && (hour / 24 + 3) % 7 == 1)
		totals->working += (double)row->requests;
	if (row->workload == SAMPLE_CHAT && hour % 24 == 12 && (hour / 24 + 3) % 7 == 6)
		totals->weekend += (double)row->requests;
	return 0;
}

static struct totals
totals_of(int64_t from_us, int64_t to_us)
{
	struct totals totals = { .from_us = from_us, .to_us = to_us };
	struct sample_taker taker = { add_row, &totals };
	struct err err = { 0 };

	if (sample_rows(&options, &taker, &err) != 0)
		fail_msg("%s", err.text);
	return totals;
}

static void
rows_rise_in_time_stay_small_and_end_at_now(void **state)
{
	struct totals totals = totals_of(0, 0);

	(void)state;
	assert_in_range(totals.rows, 100000, 150000);
	assert_true(totals.last_us <= options.now_us);
	assert_true(totals.last_us > options.now_us - 15 * 60 * SECOND_US);
	assert_true(totals.largest_input <= SAMPLE_ROW_INPUT_MAX);
	assert_in_range(totals.failed, 200, 1500);
}

static void
assert_near(double value, double wanted, double relative)
{
	if (value < wanted * (1 - relative) || value > wanted * (1 + relative))
		fail_msg("%g is not within %g of %g", value, relative, wanted);
}

static void
mix_and_mean_lengths_are_those_of_the_published_traces(void **state)
{
	struct totals totals = totals_of(0, 0);
	double chat = (double)totals.requests[SAMPLE_CHAT], code = (double)totals.requests[SAMPLE_CODE];

	(void)state;
	assert_near((double)totals.input[SAMPLE_CHAT] / chat, 22361870.0 / 19366, 0.02);
	assert_near((double)totals.output[SAMPLE_CHAT] / chat, 4088665.0 / 19366, 0.02);
	assert_near((double)totals.input[SAMPLE_CODE] / code, 18059974.0 / 8819, 0.02);
	assert_near((double)totals.output[SAMPLE_CODE] / code, 245896.0 / 8819, 0.03);
	assert_near((double)totals.input[SAMPLE_CHAT] / (double)totals.output[SAMPLE_CHAT], 5.469, 0.03);
	assert_near((double)totals.input[SAMPLE_CODE] / (double)totals.output[SAMPLE_CODE], 73.45, 0.03);
}

static void
assert_quantiles(enum sample_workload workload, bool output, const double wanted[3])
{
	static const double shares[3] = { 0.25, 0.5, 0.9 };
	double *drawn = malloc(DRAWS * sizeof(*drawn));
	struct random random;

	assert_non_null(drawn);
	random_seed(&random, 7);
	for (int i = 0; i < DRAWS; i++) {
		struct sample_lengths lengths = sample_draw(workload, &random);

		drawn[i] = (double)(output ? lengths.output : lengths.input);
		assert_true(drawn[i] >= 1);
	}
	quantile_sort(drawn, DRAWS);
	for (int i = 0; i < 3; i++)
		assert_near(quantile(drawn, DRAWS, shares[i]), wanted[i], 0.03);
	free(drawn);
}

static void
quartile_median_and_ninth_decile_are_those_of_the_published_traces(void **state)
{
	(void)state;
	assert_quantiles(SAMPLE_CHAT, false, (const double[3]){ 396, 1020, 2734.5 });
	assert_quantiles(SAMPLE_CHAT, true, (const double[3]){ 85, 129, 424 });
	assert_quantiles(SAMPLE_CODE, false, (const double[3]){ 578, 1469, 5187.6 });
	assert_quantiles(SAMPLE_CODE, true, (const double[3]){ 9, 13, 55 });
}

static void
a_working_noon_is_two_and_a_half_times_a_sunday_noon(void **state)
{
	struct totals totals = totals_of(0, 0);

	(void)state;
	assert_near(totals.working / totals.weekend, 2.5, 0.12);
}

static void
a_little_is_unpriced_and_the_monthly_bills_lie_on_both_sides_of_a_pair_of_gpus(void **state)
{
	struct totals totals = totals_of(0, 0);
	const double pair_month = 2 * 2.5 * 730; /* USD of the worked examples */
	double tokens = 0;

	(void)state;
	for (int i = 0; i < SAMPLE_WORKLOADS; i++)
		tokens += (double)(totals.input[i] + totals.output[i]);
	assert_true((double)totals.unpriced > 0.001 * tokens && (double)totals.unpriced < 0.03 * tokens);
	assert_true((double)totals.month_nano[SAMPLE_CHAT] * 1e-9 > 1.5 * pair_month);
	assert_true((double)totals.month_nano[SAMPLE_CODE] * 1e-9 < 0.5 * pair_month);
	assert_true((double)totals.month_nano[SAMPLE_EXTRACTION] * 1e-9 < 0.5 * pair_month);
}

static void
invoices_are_the_metered_cost_and_the_named_difference(void **state)
{
	/* The sample of 120 days up to 22 November covers August, September and October. */
	const int64_t from_us = date_days((struct date){ 2026, 8, 1 }) * DAY_S * SECOND_US;
	const int64_t to_us = date_days((struct date){ 2026, 11, 1 }) * DAY_S * SECOND_US;
	struct totals totals = totals_of(from_us, to_us);
	struct received received = { .room = 65536 };
	struct sample_sink sink = { receive, &received };
	struct err err = { 0 };
	int64_t billed_nano = 0, nano;
	int lines = 0;

	(void)state;
	received.text = calloc(1, received.room);
	assert_non_null(received.text);
	assert_int_equal(sample_invoices(&options, &sink, &err), 0);
	assert_true(received.n < received.room);
	for (char *line = strtok(received.text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (lines++ == 0)
			continue;
		assert_non_null(strstr(line, "Sample"));
		assert_int_equal(decimal_parse(line, strcspn(line, ","), NANO_DIGITS, &nano, NULL, &err), 0);
		billed_nano += nano;
	}
	/* per month three makers, each with fee and credit, and five priced models */
	assert_int_equal(lines, 1 + 3 * (3 * 2 + 5));
	assert_true(totals.cost_nano > 0);
	assert_int_equal(billed_nano, totals.cost_nano + 3 * 3 * (SAMPLE_FEE_NANO - SAMPLE_CREDIT_NANO));
	free(received.text);
}

static void
two_gpus_are_sampled_each_quarter_of_an_hour(void **state)
{
	struct received received = { .room = 1 << 20 };
	struct sample_sink sink = { receive, &received };
	struct err err = { 0 };
	int lines = 0;

	(void)state;
	received.text = calloc(1, received.room);
	assert_non_null(received.text);
	assert_int_equal(sample_gpus(&options, &sink, &err), 0);
	assert_true(received.n < received.room);
	for (char *p = received.text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 1 + 2 * (SAMPLE_FLEET_DAYS * 24 * 4 + 1));
	free(received.text);
}

/* What a collector made of a text of the sample. */
struct collected {
	int64_t rows, requests, tokens, failed, busy_us, billed_nano, complaints;
};

static int
take_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct collected *collected = ctx;

	(void)place;
	(void)err;
	assert_true(text_is(reading->account, SAMPLE_ACCOUNT));
	assert_true(reading->has_usage == (reading->status == STATUS_OK));
	collected->rows++;
	collected->failed += reading->status != STATUS_OK;
	collected->requests += reading->requests;
	collected->tokens += usage_total(&reading->usage);
	return 0;
}

static int
take_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	struct collected *collected = ctx;

	(void)place;
	(void)err;
	collected->rows++;
	collected->busy_us += reading->to_us - reading->from_us;
	return 0;
}

static int
take_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	struct collected *collected = ctx;

	(void)place;
	(void)err;
	assert_true(reading->has_billed && reading->has_effective && reading->billed_nano == reading->effective_nano);
	collected->rows++;
	collected->billed_nano += reading->billed_nano;
	return 0;
}

static void
complain(void *ctx, struct place place, const char *reason)
{
	struct collected *collected = ctx;

	(void)place;
	if (collected->complaints++ == 0)
		print_message("%s\n", reason);
}

typedef int sample_make(const struct sample_options *wanted, const struct sample_sink *sink, struct err *err);

/* Make a text and read it back with the collector; the text must be recognised as that collector's. */
static struct collected
read_back(sample_make *make, const struct sample_options *wanted, const char *name)
{
	static struct zone utc;
	struct received received = { .room = 16 << 20 };
	struct sample_sink into = { receive, &received };
	struct collected collected = { .rows = 0 };
	struct sink sink = { .ctx = &collected,
		.usage = take_usage,
		.gpu = take_gpu,
		.invoice = take_invoice,
		.refuse = complain,
		.warn = complain };
	struct bytes_input bytes = { .step = 0 };
	struct input input = bytes_input(&bytes);
	struct collect_options given = { .zone = &utc };
	const struct collector *collector;
	struct err err = { 0 };

	zone_utc(&utc);
	received.text = malloc(received.room);
	assert_non_null(received.text);
	assert_int_equal(make(wanted, &into, &err), 0);
	assert_true(received.n < received.room);
	bytes.bytes = received.text;
	bytes.size = received.n;
	collector = collector_recognise(received.text, 4096, &err);
	if (collector == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(collector->name, name);
	if (collector->parse(&input, &given, &sink, &err) != 0)
		fail_msg("%s", err.text);
	free(received.text);
	return collected;
}

static void
the_ordinary_collectors_read_the_sample_without_complaint(void **state)
{
	struct sample_options month = options;
	struct totals totals = { .rows = 0 };
	struct sample_taker taker = { add_row, &totals };
	struct collected usage, invoices, gpus;
	int64_t tokens = 0, requests = 0;
	struct err err;

	(void)state;
	month.days = 90;
	assert_int_equal(sample_rows(&month, &taker, &err), 0);
	for (int i = 0; i < SAMPLE_WORKLOADS; i++) {
		tokens += totals.input[i] + totals.output[i];
		requests += totals.requests[i];
	}
	usage = read_back(sample_usage, &month, "usage-csv");
	assert_int_equal(usage.rows, totals.rows);
	assert_int_equal(usage.failed, totals.failed);
	assert_int_equal(usage.requests, requests + totals.failed);
	assert_int_equal(usage.tokens, tokens);
	assert_int_equal(usage.complaints, 0);
	invoices = read_back(sample_invoices, &month, "focus-csv");
	assert_int_equal(invoices.rows, 2 * (3 * 2 + 5)); /* September and October */
	assert_int_equal(invoices.complaints, 0);
	gpus = read_back(sample_gpus, &month, "nvidia-smi-csv");
	assert_int_equal(gpus.rows, 2 * SAMPLE_FLEET_DAYS * 24 * 4);
	assert_int_equal(gpus.busy_us, 2 * SAMPLE_FLEET_DAYS * (int64_t)DAY_S * SECOND_US);
	assert_int_equal(gpus.complaints, 0);
}

struct priced {
	struct price_book book;
	int64_t priced, unpriced;
};

/* A row priced by the book as the ledger would price it. */
static int
price_row_of_sample(void *ctx, const struct sample_row *row, struct err *err)
{
	struct priced *priced = ctx;
	struct price_question question = { .provider = text_of(row->model->provider),
		.model = text_of(row->model->model),
		.service_tier = text_of(row->service_tier),
		.at_us = row->at_us };
	struct quantities quantities = { .usage = row->usage, .requests = row->requests };
	struct price_result result;
	struct price_found found;
	int64_t nano;

	price_find(&priced->book, &question, &found);
	assert_int_equal(price_usage(&found, &quantities, &result, err), 0);
	assert_false(result.tier_unknown);
	if (row->model->maker == NULL) {
		assert_int_equal(result.state, PRICE_UNPRICED);
		priced->unpriced++;
		return 0;
	}
	assert_int_equal(result.state, PRICE_PRICED);
	assert_int_equal(money_nano(result.amount_femto, &nano), 0);
	assert_int_equal(nano, sample_cost_nano(row));
	priced->priced++;
	return 0;
}

static void
the_built_in_price_book_prices_each_row_as_the_invoices_do(void **state)
{
	static struct zone utc;
	const struct embedded *file = embed_find("models/price/prices.csv");
	struct collect_options given = { .zone = &utc };
	struct catalogue catalogue = { "book", (const char *)file->bytes, file->size, &given };
	struct price_list *list = price_list_new();
	struct sample_options few = options;
	struct priced priced = { .priced = 0 };
	struct sample_taker taker = { price_row_of_sample, &priced };
	struct err err = { 0 };

	(void)state;
	zone_utc(&utc);
	assert_non_null(list);
	if (price_list_load(list, &catalogue, &err) != 0)
		fail_msg("%s", err.text);
	priced.book = price_list_book(list);
	few.days = 3;
	assert_int_equal(sample_rows(&few, &taker, &err), 0);
	assert_true(priced.priced > 1000 && priced.unpriced > 10);
	price_list_free(list);
}

static int
refuse_bytes(void *ctx, const char *bytes, size_t n, struct err *err)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return err_set(err, ERR_OUTSIDE, "full");
}

static void
a_sink_that_fails_ends_the_run(void **state)
{
	struct sample_sink sink = { refuse_bytes, NULL };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(sample_usage(&options, &sink, &err), -1);
	assert_string_equal(err.text, "full");
	assert_int_equal(sample_invoices(&options, &sink, &err), -1);
	assert_int_equal(sample_gpus(&options, &sink, &err), -1);
}

static void
no_days_or_too_many_are_refused(void **state)
{
	struct sample_options none = options, many = options;
	struct sample_sink sink = { refuse_bytes, NULL };
	struct err err = { 0 };

	(void)state;
	none.days = 0;
	many.days = 367;
	assert_int_equal(sample_usage(&none, &sink, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(sample_usage(&many, &sink, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_others),
		cmocka_unit_test(rows_rise_in_time_stay_small_and_end_at_now),
		cmocka_unit_test(mix_and_mean_lengths_are_those_of_the_published_traces),
		cmocka_unit_test(quartile_median_and_ninth_decile_are_those_of_the_published_traces),
		cmocka_unit_test(a_working_noon_is_two_and_a_half_times_a_sunday_noon),
		cmocka_unit_test(a_little_is_unpriced_and_the_monthly_bills_lie_on_both_sides_of_a_pair_of_gpus),
		cmocka_unit_test(invoices_are_the_metered_cost_and_the_named_difference),
		cmocka_unit_test(two_gpus_are_sampled_each_quarter_of_an_hour),
		cmocka_unit_test(the_ordinary_collectors_read_the_sample_without_complaint),
		cmocka_unit_test(the_built_in_price_book_prices_each_row_as_the_invoices_do),
		cmocka_unit_test(a_sink_that_fails_ends_the_run),
		cmocka_unit_test(no_days_or_too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
