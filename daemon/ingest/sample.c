#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ingest/sample.h"
#include "daemon/ingest/sample_rows.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/random.h"

#define BUFFER 65536
#define LINE_MAX_BYTES 1024
#define MONTHS_MAX 14
#define MODELS 8

const char *const sample_workload_names[SAMPLE_WORKLOADS] = { "chat-assistant", "code-assistant",
	"document-extraction" };

/* Text on its way to the sink, handed on when the buffer is nearly full. */
struct writer {
	const struct sample_sink *sink;
	size_t n;
	char buffer[BUFFER];
};

int
sample_write_file(void *file, const char *bytes, size_t n, struct err *err)
{
	if (fwrite(bytes, 1, n, file) != n)
		return err_set(err, ERR_OUTSIDE, "the sample could not be written");
	return 0;
}

static int
writer_flush(struct writer *writer, struct err *err)
{
	size_t n = writer->n;

	writer->n = 0;
	return n == 0 ? 0 : writer->sink->write(writer->sink->ctx, writer->buffer, n, err);
}

static int put(struct writer *writer, struct err *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* One line, or a part of one, of at most LINE_MAX_BYTES. */
static int
put(struct writer *writer, struct err *err, const char *format, ...)
{
	va_list args;
	int n;

	if (writer->n + LINE_MAX_BYTES > sizeof(writer->buffer) && writer_flush(writer, err) != 0)
		return -1;
	va_start(args, format);
	n = vsnprintf(writer->buffer + writer->n, LINE_MAX_BYTES, format, args);
	va_end(args);
	if (n < 0 || n >= LINE_MAX_BYTES)
		return err_set(err, ERR_OUTSIDE, "a line of the sample is too long");
	writer->n += (size_t)n;
	return 0;
}

static int
put_usage(void *ctx, const struct sample_row *row, struct err *err)
{
	struct writer *writer = ctx;
	const int64_t *tokens = row->usage.tokens;
	char at[TIME_MAX];

	time_print(at, sizeof(at), row->at_us);
	if (put(writer, err, "sample-%06" PRId64 ",%s,%s,%s,%s," SAMPLE_ACCOUNT ",%s,%s,%" PRId64, row->number, at,
		    row->model->provider, row->model->model, sample_workload_names[row->workload], row->service_tier,
		    row->failed ? "error" : "ok", row->requests) != 0)
		return -1;
	if (row->failed)
		return put(writer, err, ",%" PRId64 ",,,,,,\n", row->latency_ms);
	return put(writer, err,
		",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "\n",
		row->latency_ms, row->ttft_ms, tokens[IN_UNCACHED], tokens[IN_CACHE_READ], tokens[IN_CACHE_WRITE_5M],
		tokens[OUT_VISIBLE], tokens[OUT_REASONING]);
}

static struct writer *
writer_open(const struct sample_sink *sink, struct err *err)
{
	struct writer *writer = malloc(sizeof(*writer));

	if (writer == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the sample");
		return NULL;
	}
	writer->sink = sink;
	writer->n = 0;
	return writer;
}

int
sample_usage(const struct sample_options *options, const struct sample_sink *sink, struct err *err)
{
	struct writer *writer = writer_open(sink, err);
	struct sample_taker taker = { put_usage, writer };
	int result = -1;

	if (writer == NULL)
		return -1;
	if (put(writer, err,
		    "id,at,provider,model,workload,account,service_tier,status,requests,latency_ms,ttft_ms,"
		    "in_uncached,in_cache_read,in_cache_write_5m,out_visible,out_reasoning\n") == 0 &&
		sample_rows(options, &taker, err) == 0)
		result = writer_flush(writer, err);
	free(writer);
	return result;
}

/* Cost and tokens of each model in each whole month. */
struct months {
	int n;
	int64_t from_us[MONTHS_MAX + 1]; /* month i is [from_us[i], from_us[i + 1]) */
	int64_t nano[MONTHS_MAX][MODELS], tokens[MONTHS_MAX][MODELS];
};

static void
whole_months(const struct sample_options *options, struct months *months)
{
	struct zone *utc = malloc(sizeof(*utc));
	int64_t from_s = sample_from_us(options) / SECOND_US, now_s = options->now_us / SECOND_US, month_s;

	if (utc == NULL)
		return;
	zone_utc(utc);
	month_s = zone_month(utc, from_s - 1, 1, 1); /* the first month that begins at or after the sample does */
	months->from_us[0] = month_s * SECOND_US;
	while (months->n < MONTHS_MAX) {
		month_s = zone_month(utc, month_s, 1, 1);
		if (month_s > now_s)
			break;
		months->from_us[++months->n] = month_s * SECOND_US;
	}
	free(utc);
}

static int
add_cost(void *ctx, const struct sample_row *row, struct err *err)
{
	struct months *months = ctx;
	int64_t model = row->model - sample_models;

	(void)err;
	for (int i = 0; i < months->n; i++) {
		if (row->at_us < months->from_us[i] || row->at_us >= months->from_us[i + 1])
			continue;
		months->nano[i][model] += sample_cost_nano(row);
		months->tokens[i][model] += usage_total(&row->usage);
	}
	return 0;
}

struct charge {
	const struct sample_model *model; /* NULL: a charge beside the models' */
	const char *maker, *category, *frequency, *description;
	int64_t nano, tokens;
};

static int
put_charge(struct writer *writer, const struct months *months, int month, const struct charge *charge, struct err *err)
{
	char from[TIME_MAX], to[TIME_MAX], amount[DECIMAL_MAX], quantity[DECIMAL_MAX] = "";

	time_print(from, sizeof(from), months->from_us[month]);
	time_print(to, sizeof(to), months->from_us[month + 1]);
	decimal_print(amount, sizeof(amount), charge->nano, NANO_DIGITS);
	if (charge->model != NULL)
		snprintf(quantity, sizeof(quantity), "%" PRId64, charge->tokens);
	return put(writer, err,
		"%s," SAMPLE_ACCOUNT
		",Sample account,USD,%s,%s,%s,,%s,%s,%s,%s,%s,%s,SAMPLE-%s-%.7s,%s,%s,%s,%s,AI and Machine "
		"Learning,%s,%s,%s,%s\n",
		amount, from, to, charge->category, charge->description, charge->frequency, from, to, amount, amount,
		charge->maker, from, charge->maker, amount, charge->maker, charge->maker,
		charge->model == NULL ? "Other" : "Models", quantity, charge->model == NULL ? "" : "Tokens",
		charge->model == NULL ? "" : charge->model->model);
}

static int
put_month(struct writer *writer, const struct months *months, int month, struct err *err)
{
	static const char *const makers[] = { "Anthropic", "Google", "OpenAI" };

	for (size_t k = 0; k < sizeof(makers) / sizeof(makers[0]); k++) {
		struct charge fee = { NULL, makers[k], "Usage", "Usage-Based", "Sample: tool calls that no meter saw",
			SAMPLE_FEE_NANO, 0 };
		struct charge credit = { NULL, makers[k], "Credit", "One-Time", "Sample: promotional credit",
			-SAMPLE_CREDIT_NANO, 0 };

		for (int i = 0; sample_models[i].provider != NULL; i++) {
			struct charge usage = { &sample_models[i], makers[k], "Usage", "Usage-Based", "Sample: tokens",
				months->nano[month][i], months->tokens[month][i] };

			if (sample_models[i].maker == NULL || strcmp(sample_models[i].maker, makers[k]) != 0)
				continue;
			if (put_charge(writer, months, month, &usage, err) != 0)
				return -1;
		}
		if (put_charge(writer, months, month, &fee, err) != 0 ||
			put_charge(writer, months, month, &credit, err) != 0)
			return -1;
	}
	return 0;
}

int
sample_invoices(const struct sample_options *options, const struct sample_sink *sink, struct err *err)
{
	struct months *months = calloc(1, sizeof(*months));
	struct writer *writer = writer_open(sink, err);
	struct sample_taker taker = { add_cost, months };
	int result = -1;

	if (months == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for the sample");
	if (months == NULL || writer == NULL)
		goto out;
	whole_months(options, months);
	if (sample_rows(options, &taker, err) != 0)
		goto out;
	if (put(writer, err,
		    "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
		    "ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodStart,ChargePeriodEnd,"
		    "ContractedCost,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ProviderName,PublisherName,"
		    "ServiceCategory,ServiceName,ConsumedQuantity,ConsumedUnit,SkuId\n") != 0)
		goto out;
	for (int i = 0; i < months->n; i++)
		if (put_month(writer, months, i, err) != 0)
			goto out;
	result = writer_flush(writer, err);
out:
	free(writer);
	free(months);
	return result;
}

/* How busy a GPU of the pilot is, in percent: by the hour of the week, with noise. */
static int
busy_percent(int64_t at_us, struct random *random)
{
	double busy = 4 + 16 * sample_office_shape(at_us) * (0.8 + 0.4 * random_uniform(random));

	return busy > 99 ? 99 : (int)busy;
}

int
sample_gpus(const struct sample_options *options, const struct sample_sink *sink, struct err *err)
{
	const int64_t step_us = 15 * 60 * SECOND_US;
	int64_t to_us = options->now_us / step_us * step_us;
	struct writer *writer = writer_open(sink, err);
	struct random random;
	struct zone *utc = malloc(sizeof(*utc));
	int result = -1;

	if (utc == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for the sample");
	if (writer == NULL || utc == NULL)
		goto out;
	zone_utc(utc);
	random_seed(&random, options->seed ^ UINT64_C(0x67707573)); /* a stream of its own */
	if (put(writer, err,
		    "timestamp, index, uuid, name, utilization.gpu [%%], memory.total [MiB], memory.used [MiB], "
		    "power.draw [W]\n") != 0)
		goto out;
	for (int64_t at = to_us - (int64_t)SAMPLE_FLEET_DAYS * DAY_S * SECOND_US; at <= to_us; at += step_us) {
		int second;
		struct date date = zone_date(utc, at / SECOND_US, &second);

		for (int gpu = 0; gpu < 2; gpu++) {
			int busy = busy_percent(at, &random);

			if (put(writer, err,
				    "%04d/%02d/%02d %02d:%02d:%02d.000, %d, GPU-5a3b1e00-0000-0000-0000-%012d, NVIDIA H100 "
				    "80GB HBM3, %d %%, 81559 MiB, 71%03d MiB, %d.%02d W\n",
				    date.year, date.month, date.day, second / HOUR_S, second / 60 % 60, second % 60,
				    gpu, gpu, busy, 200 + gpu, 110 + busy * 5,
				    (int)(random_uniform(&random) * 100)) != 0)
				goto out;
		}
	}
	result = writer_flush(writer, err);
out:
	free(utc);
	free(writer);
	return result;
}
