#include <stdio.h>
#include <string.h>

#include "daemon/ingest/show.h"
#include "models/units/calendar.h"
#include "models/units/money.h"

static void
begin(struct show *show)
{
	snprintf(show->buffer, show->size, "{}");
	show->n = 1;
}

/* Put `"name":value` before the closing brace, or nothing when it does not fit. */
static void
add(struct show *show, const char *name, const char *value)
{
	size_t need = strlen(name) + strlen(value) + 4;

	if (show->n + need + 2 > show->size)
		return;
	show->n += (size_t)snprintf(
		show->buffer + show->n, show->size - show->n, "%s\"%s\":%s", show->n > 1 ? "," : "", name, value);
	memcpy(show->buffer + show->n, "}", 2);
}

static void
add_text(struct show *show, const char *name, struct text text)
{
	char value[160];
	size_t n = 0;

	if (text.n == 0)
		return;
	value[n++] = '"';
	for (size_t i = 0; i < text.n && n + 10 < sizeof(value); i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < ' ')
			n += (size_t)snprintf(value + n, sizeof(value) - n, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			n += (size_t)snprintf(value + n, sizeof(value) - n, "\\%c", c);
		else
			value[n++] = (char)c;
	}
	value[n++] = '"';
	value[n] = '\0';
	add(show, name, value);
}

static void
add_whole(struct show *show, const char *name, int64_t whole)
{
	char value[32];

	snprintf(value, sizeof(value), "%lld", (long long)whole);
	add(show, name, value);
}

static void
add_time(struct show *show, const char *name, int64_t at_us)
{
	char value[TIME_MAX];
	size_t n = time_print(value, sizeof(value), at_us);

	add_text(show, name, (struct text){ value, n });
}

static void
add_decimal(struct show *show, const char *name, int64_t amount, int digits)
{
	char value[DECIMAL_MAX];
	size_t n = decimal_print(value, sizeof(value), amount, digits);

	add_text(show, name, (struct text){ value, n });
}

void
show_usage(struct show *show, const struct usage_reading *reading, const struct line_price *price)
{
	static const char *const statuses[] = { "ok", "error", "timeout" };

	begin(show);
	add_text(show, "id", reading->id);
	add_time(show, "at", reading->at_us);
	add_text(show, "provider", reading->provider);
	add_text(show, "model", reading->model);
	add_text(show, "workload", reading->workload);
	add_text(show, "account", reading->account);
	add_text(show, "project", reading->project);
	add_text(show, "key", reading->key);
	add_text(show, "service_tier", reading->service_tier);
	add_text(show, "tag", reading->tag);
	add_text(show, "status", text_of(statuses[reading->status]));
	if (reading->requests != NOT_REPORTED)
		add_whole(show, "requests", reading->requests);
	if (reading->latency_ms != NOT_REPORTED)
		add_whole(show, "latency_ms", reading->latency_ms);
	if (reading->ttft_ms != NOT_REPORTED)
		add_whole(show, "ttft_ms", reading->ttft_ms);
	for (int i = 0; reading->has_usage && i < USAGE_CLASSES; i++)
		add_whole(show, usage_class_names[i], reading->usage.tokens[i]);
	add_text(show, "state", text_of(price_state_names[price->state]));
	if (price->state != PRICE_UNPRICED)
		add_decimal(show, "amount", price->amount_nano, NANO_DIGITS);
}

void
show_gpu(struct show *show, const struct gpu_reading *reading)
{
	begin(show);
	add_time(show, "from", reading->from_us);
	add_time(show, "to", reading->to_us);
	add_text(show, "device", reading->device);
	add_text(show, "gpu", reading->gpu);
	add_text(show, "account", reading->account);
	add_text(show, "workload", reading->workload);
	if (reading->busy_ppm != NOT_REPORTED)
		add_decimal(show, "busy", reading->busy_ppm, 6);
	if (reading->memory_used_mib != NOT_REPORTED)
		add_whole(show, "memory_used_mib", reading->memory_used_mib);
	if (reading->power_mw != NOT_REPORTED)
		add_decimal(show, "power_w", reading->power_mw, 3);
	if (reading->basis == GPU_ALLOCATED)
		add_text(show, "basis", text_of("allocated"));
	if (reading->has_rate)
		add_decimal(show, "gpu_hour", reading->rate_nano, NANO_DIGITS);
}

void
show_invoice(struct show *show, const struct invoice_reading *reading)
{
	begin(show);
	add_text(show, "id", reading->id);
	add_time(show, "period_from", reading->period_from_us);
	add_time(show, "charge_from", reading->charge_from_us);
	add_time(show, "charge_to", reading->charge_to_us);
	add_text(show, "invoice", reading->invoice);
	add_text(show, "provider", reading->provider);
	add_text(show, "service", reading->service);
	add_text(show, "category", reading->category);
	add_text(show, "description", reading->description);
	add_text(show, "currency", reading->currency);
	if (reading->has_billed)
		add_decimal(show, "billed", reading->billed_nano, NANO_DIGITS);
	if (reading->has_effective)
		add_decimal(show, "effective", reading->effective_nano, NANO_DIGITS);
}

void
show_incident(struct show *show, const struct incident_reading *reading)
{
	begin(show);
	add_text(show, "provider", reading->provider);
	add_text(show, "id", reading->id);
	add_time(show, "started", reading->started_us);
	if (reading->ended_us != NOT_REPORTED)
		add_time(show, "ended", reading->ended_us);
	add_text(show, "impact", reading->impact);
	add_text(show, "status", reading->status);
	add_text(show, "name", reading->name);
	for (size_t i = 0; i < reading->n_components; i++)
		add_text(show, "component", reading->components[i]);
}

void
show_price(struct show *show, const struct price_row *row)
{
	begin(show);
	add_text(show, "id", row->id);
	add_text(show, "provider", row->provider);
	add_text(show, "model", row->model);
	add_text(show, "service_tier", row->service_tier);
	if (row->from_us != PRICE_FROM_ALWAYS)
		add_time(show, "from", row->from_us);
	if (row->to_us != PRICE_TO_ALWAYS)
		add_time(show, "to", row->to_us);
	add_text(show, "state", text_of(price_state_names[row->state]));
	add_text(show, "currency", row->currency);
	for (size_t i = 0; i < row->n; i++)
		if (row->components[i].above_tokens == 0)
			add_decimal(show, price_item_names[row->components[i].item], row->components[i].rate_femto, 9);
}
