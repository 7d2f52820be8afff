#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "tests/unit/printed_sink.h"

static void
print_place(FILE *stream, const char *what, struct place place)
{
	fputs(what, stream);
	if (place.line > 0)
		fprintf(stream, " %" PRId64, place.line);
	if (place.path != NULL)
		fprintf(stream, " %s", place.path);
	fputc(':', stream);
}

static void
print_text(FILE *stream, const char *name, struct text text)
{
	if (text.n == 0)
		return;
	fprintf(stream, " %s=\"", name);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			fprintf(stream, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(stream, "\\x%02x", c);
		else
			fputc(c, stream);
	}
	fputc('"', stream);
}

static void
print_time(FILE *stream, const char *name, int64_t at_us)
{
	char printed[TIME_MAX];

	time_print(printed, sizeof(printed), at_us);
	fprintf(stream, " %s=%s", name, printed);
}

static void
print_count(FILE *stream, const char *name, int64_t count)
{
	if (count != NOT_REPORTED)
		fprintf(stream, " %s=%" PRId64, name, count);
}

static void
print_decimal(FILE *stream, const char *name, int64_t value, int digits)
{
	char printed[DECIMAL_MAX];

	decimal_print(printed, sizeof(printed), value, digits);
	fprintf(stream, " %s=%s", name, printed);
}

static int
print_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	static const char *const statuses[] = { "ok", "error", "timeout" };
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "usage", place);
	print_time(stream, "at", reading->at_us);
	print_text(stream, "id", reading->id);
	print_text(stream, "provider", reading->provider);
	print_text(stream, "model", reading->model);
	print_text(stream, "workload", reading->workload);
	print_text(stream, "account", reading->account);
	print_text(stream, "project", reading->project);
	print_text(stream, "key", reading->key);
	print_text(stream, "tag", reading->tag);
	print_text(stream, "service_tier", reading->service_tier);
	if (reading->status != STATUS_OK)
		fprintf(stream, " status=%s", statuses[reading->status]);
	print_count(stream, "requests", reading->requests);
	print_count(stream, "latency_ms", reading->latency_ms);
	print_count(stream, "ttft_ms", reading->ttft_ms);
	for (int i = 0; i < USAGE_CLASSES && reading->has_usage; i++)
		if (reading->usage.tokens[i] != 0)
			print_count(stream, usage_class_names[i], reading->usage.tokens[i]);
	for (int i = 0; i < PRICE_PARTS && reading->parts != NULL; i++)
		if (reading->parts[i] != 0)
			print_count(stream, price_item_names[USAGE_CLASSES + i], reading->parts[i]);
	if (reading->web_searches != 0)
		print_count(stream, "web_searches", reading->web_searches);
	if (reading->context_tokens != 0)
		print_count(stream, "context_tokens", reading->context_tokens);
	if (reading->unit != NULL)
		print_count(stream, reading->unit, reading->units);
	if (reading->width_us != 0)
		fprintf(stream, " width=%" PRId64 "s", reading->width_us / SECOND_US);
	print_text(stream, "grouping", reading->grouping);
	print_text(stream, "dimensions", reading->dimensions);
	fputs(reading->has_usage ? "\n" : " tokens unknown\n", stream);
	return 0;
}

static int
print_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "gpu", place);
	print_time(stream, "from", reading->from_us);
	print_time(stream, "to", reading->to_us);
	print_text(stream, "device", reading->device);
	print_text(stream, "gpu", reading->gpu);
	print_text(stream, "account", reading->account);
	print_text(stream, "workload", reading->workload);
	print_count(stream, "busy_ppm", reading->busy_ppm);
	print_count(stream, "memory_used_mib", reading->memory_used_mib);
	print_count(stream, "power_mw", reading->power_mw);
	if (reading->basis == GPU_ALLOCATED)
		fputs(" allocated", stream);
	if (reading->has_rate)
		print_decimal(stream, "rate", reading->rate_nano, NANO_DIGITS);
	fputc('\n', stream);
	return 0;
}

static int
print_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "invoice", place);
	print_time(stream, "period_from", reading->period_from_us);
	print_time(stream, "period_to", reading->period_to_us);
	print_time(stream, "charge_from", reading->charge_from_us);
	print_time(stream, "charge_to", reading->charge_to_us);
	print_text(stream, "id", reading->id);
	print_text(stream, "account", reading->account);
	print_text(stream, "invoice", reading->invoice);
	print_text(stream, "provider", reading->provider);
	print_text(stream, "publisher", reading->publisher);
	print_text(stream, "service", reading->service);
	print_text(stream, "sku", reading->sku);
	print_text(stream, "resource", reading->resource);
	print_text(stream, "category", reading->category);
	print_text(stream, "class", reading->charge_class);
	print_text(stream, "frequency", reading->frequency);
	print_text(stream, "pricing_category", reading->pricing_category);
	print_text(stream, "commitment", reading->commitment);
	print_text(stream, "commitment_status", reading->commitment_status);
	print_text(stream, "description", reading->description);
	print_text(stream, "currency", reading->currency);
	if (reading->has_quantity)
		print_decimal(stream, "quantity", reading->quantity_nano, NANO_DIGITS);
	print_text(stream, "unit", reading->quantity_unit);
	if (reading->has_billed)
		print_decimal(stream, "billed", reading->billed_nano, NANO_DIGITS);
	if (reading->has_effective)
		print_decimal(stream, "effective", reading->effective_nano, NANO_DIGITS);
	if (reading->has_list)
		print_decimal(stream, "list", reading->list_nano, NANO_DIGITS);
	if (reading->has_contracted)
		print_decimal(stream, "contracted", reading->contracted_nano, NANO_DIGITS);
	print_text(stream, "grouping", reading->grouping);
	print_text(stream, "dimensions", reading->dimensions);
	fputc('\n', stream);
	return 0;
}

static int
print_speed(void *ctx, struct place place, const struct speed_reading *reading, struct err *err)
{
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "speed", place);
	print_time(stream, "quarter", reading->quarter_us);
	print_time(stream, "from", reading->from_us);
	print_time(stream, "to", reading->to_us);
	print_text(stream, "engine", reading->engine);
	print_text(stream, "replica", reading->replica);
	print_text(stream, "model", reading->model);
	print_text(stream, "gpu", reading->place.gpu);
	print_count(stream, "watched_us", reading->watched_us);
	print_count(stream, "input", reading->input_tokens);
	print_count(stream, "cached", reading->cached_tokens);
	print_count(stream, "output", reading->output_tokens);
	print_count(stream, "requests", reading->requests);
	print_count(stream, "busy_us", reading->busy_us);
	print_count(stream, "running_ms", reading->running_ms);
	print_count(stream, "waiting_ms", reading->waiting_ms);
	print_count(stream, "kv_ppm_ms", reading->kv_ppm_ms);
	print_count(stream, "ttft_us", reading->ttft_us);
	print_count(stream, "ttft_requests", reading->ttft_requests);
	print_count(stream, "token_us", reading->token_us);
	print_count(stream, "token_gaps", reading->token_gaps);
	fputc('\n', stream);
	return 0;
}

static int
print_incident(void *ctx, struct place place, const struct incident_reading *reading, struct err *err)
{
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "incident", place);
	print_text(stream, "provider", reading->provider);
	print_text(stream, "id", reading->id);
	print_time(stream, "started", reading->started_us);
	if (reading->ended_us != NOT_REPORTED)
		print_time(stream, "ended", reading->ended_us);
	print_text(stream, "over", text_of(reading->over ? "yes" : "no"));
	print_text(stream, "impact", reading->impact);
	print_text(stream, "status", reading->status);
	print_text(stream, "name", reading->name);
	print_text(stream, "url", reading->url);
	for (size_t i = 0; i < reading->n_components; i++)
		print_text(stream, "component", reading->components[i]);
	print_time(stream, "updated", reading->updated_us);
	fputc('\n', stream);
	return 0;
}

static int
print_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	FILE *stream = ctx;

	(void)err;
	print_place(stream, "price", place);
	print_text(stream, "id", row->id);
	print_text(stream, "provider", row->provider);
	print_text(stream, "model", row->model);
	print_text(stream, "match", row->match);
	print_text(stream, "service_tier", row->service_tier);
	if (row->from_us != PRICE_FROM_ALWAYS)
		print_time(stream, "from", row->from_us);
	if (row->to_us != PRICE_TO_ALWAYS)
		print_time(stream, "to", row->to_us);
	if (row->daily_from_s != 0 || row->daily_to_s != 0)
		fprintf(stream, " daily=%" PRId32 "..%" PRId32, row->daily_from_s, row->daily_to_s);
	if (row->days != PRICE_ALL_DAYS)
		fprintf(stream, " days=0x%02x", row->days);
	if (row->precedence != 0)
		fprintf(stream, " precedence=%d", row->precedence);
	print_text(stream, "currency", row->currency);
	fprintf(stream, " %s", price_state_names[row->state]);
	if (row->tiers == TIERS_MARGINAL)
		fputs(" marginal", stream);
	for (size_t i = 0; i < row->n; i++) {
		print_decimal(
			stream, price_item_names[row->components[i].item], row->components[i].rate_femto, FEMTO_DIGITS);
		if (row->components[i].above_tokens > 0)
			fprintf(stream, ">%" PRId64, row->components[i].above_tokens);
	}
	print_text(stream, "source", row->source);
	print_text(stream, "source_url", row->source_url);
	print_text(stream, "note", row->note);
	if (row->checked_us != 0)
		print_time(stream, "checked", row->checked_us);
	fputc('\n', stream);
	return 0;
}

static void
print_refusal(void *ctx, struct place place, const char *reason)
{
	print_place(ctx, "refused", place);
	fprintf(ctx, " %s\n", reason);
}

static void
print_warning(void *ctx, struct place place, const char *reason)
{
	print_place(ctx, "warning", place);
	fprintf(ctx, " %s\n", reason);
}

static int
print_page(void *ctx, struct text page, struct err *err)
{
	(void)err;
	fputs("next", ctx);
	print_text(ctx, "page", page);
	fputc('\n', ctx);
	return 0;
}

static int
print_state(void *ctx, struct text state, struct err *err)
{
	(void)err;
	fputs("kept", ctx);
	print_text(ctx, "state", state);
	fputc('\n', ctx);
	return 0;
}

struct sink
printed_sink(FILE *stream)
{
	return (struct sink){ .ctx = stream,
		.usage = print_usage,
		.gpu = print_gpu,
		.invoice = print_invoice,
		.incident = print_incident,
		.price = print_price,
		.speed = print_speed,
		.refuse = print_refusal,
		.warn = print_warning,
		.page = print_page,
		.state = print_state };
}

static long
read_bytes(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct bytes_input *bytes = ctx;
	size_t n = bytes->size - bytes->at;

	(void)err;
	n = n < size ? n : size;
	n = bytes->step != 0 && n > bytes->step ? bytes->step : n;
	if (n > 0)
		memcpy(buffer, bytes->bytes + bytes->at, n);
	bytes->at += n;
	return (long)n;
}

struct input
bytes_input(struct bytes_input *bytes)
{
	return (struct input){ .name = "case", .read = read_bytes, .ctx = bytes };
}

char *
read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL, *grown;
	size_t n = 0, room = 0, got;

	if (file == NULL)
		return NULL;
	do {
		if (room - n < 65536) {
			room = room * 2 + 131072;
			grown = realloc(bytes, room);
			if (grown == NULL)
				break;
			bytes = grown;
		}
		got = fread(bytes + n, 1, room - n - 1, file);
		n += got;
	} while (got > 0);
	fclose(file);
	if (bytes != NULL)
		bytes[n] = '\0';
	*size = n;
	return bytes;
}

char *
collect_printed(const struct collector *collector, struct bytes_input *bytes, const struct collect_options *options)
{
	char *printed = NULL;
	size_t n = 0;
	FILE *stream = open_memstream(&printed, &n);
	struct input input = bytes_input(bytes);
	struct sink sink;
	struct err err = { 0 };

	if (stream == NULL)
		return NULL;
	sink = printed_sink(stream);
	bytes->at = 0;
	if (collector->parse(&input, options, &sink, &err) != 0)
		fprintf(stream, "error: %s\n", err.text);
	fclose(stream);
	return printed;
}
