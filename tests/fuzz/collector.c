/*
 * One collector, fed with bytes as its whole input. The program is the same for all of them and is told by its own name
 * which one: fuzz_collector_usage_csv and replay_collector_usage_csv read what usage-csv reads.
 *
 * Reaches the collector's file, collectors/columns.c and input.c, and the parsers of models/units. Promises: what comes
 * out does not depend on how the bytes were handed in; readings keep the bounds of models/price/reading.h; a
 * failure has a sentence; a refusal has a reason.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "models/price/tariff.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

struct digest {
	uint64_t hash;
	int64_t rows;
};

struct bytes {
	const uint8_t *data;
	size_t size, at, step;
};

static void
fold(struct digest *digest, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		digest->hash = (digest->hash ^ p[i]) * UINT64_C(0x100000001b3);
}

static void
fold_number(struct digest *digest, int64_t number)
{
	fold(digest, &number, sizeof(number));
}

static void
fold_text(struct digest *digest, struct text text)
{
	promise(text.n == 0 || text.p != NULL, "a text with bytes has an address");
	fold_number(digest, (int64_t)text.n);
	fold(digest, text.p, text.n);
}

static void
fold_texts(struct digest *digest, const struct text *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fold_text(digest, texts[i]);
}

static void
fold_place(struct digest *digest, struct place place)
{
	promise(place.line >= 0, "a line is not negative");
	fold_number(digest, place.line);
	if (place.path != NULL)
		fold_text(digest, text_of(place.path));
	digest->rows++;
}

static int
take_usage(void *ctx, struct place place, const struct usage_reading *r, struct err *err)
{
	const struct text texts[] = { r->id, r->provider, r->model, r->workload, r->account, r->project, r->key,
		r->service_tier, r->tag, r->grouping, r->dimensions };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	fold_number(ctx, r->at_us);
	fold_number(ctx, r->width_us);
	promise(r->context_tokens >= 0, "a context has a length");
	promise(r->unit == NULL || r->units >= 0, "what was counted is not negative");
	promise(r->width_us >= 0, "a bucket has no negative length");
	promise(r->requests >= NOT_REPORTED && r->latency_ms >= NOT_REPORTED && r->ttft_ms >= NOT_REPORTED,
		"a count is not negative");
	for (int i = 0; i < USAGE_CLASSES; i++) {
		promise(r->usage.tokens[i] >= 0, "tokens are not negative");
		promise(r->has_usage || r->usage.tokens[i] == 0, "unknown tokens are 0");
		fold_number(ctx, r->usage.tokens[i]);
	}
	return 0;
}

static int
take_gpu(void *ctx, struct place place, const struct gpu_reading *r, struct err *err)
{
	const struct text texts[] = { r->device, r->gpu, r->account, r->workload };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	fold_number(ctx, r->from_us);
	fold_number(ctx, r->to_us);
	promise(r->from_us < r->to_us, "a stretch has a length");
	promise(r->device.n > 0, "a device has a name");
	promise(r->busy_ppm >= NOT_REPORTED && r->busy_ppm <= 1000000, "utilisation is a share");
	promise(r->memory_used_mib >= NOT_REPORTED && r->power_mw >= NOT_REPORTED, "a figure is not negative");
	promise(r->basis == GPU_SEEN || r->basis == GPU_ALLOCATED, "somebody tells of the GPU");
	return 0;
}

static int
take_incident(void *ctx, struct place place, const struct incident_reading *r, struct err *err)
{
	const struct text texts[] = { r->provider, r->id, r->name, r->url, r->impact, r->status };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	fold_texts(ctx, r->components, r->n_components);
	promise(r->n_components <= INCIDENT_COMPONENTS, "components are bounded");
	promise(r->id.n > 0 && r->provider.n > 0, "an incident has its key");
	promise(r->ended_us == NOT_REPORTED || r->ended_us >= r->started_us, "an incident ends after it begins");
	fold_number(ctx, r->started_us);
	fold_number(ctx, r->ended_us);
	return 0;
}

static int
take_invoice(void *ctx, struct place place, const struct invoice_reading *r, struct err *err)
{
	const struct text texts[] = { r->id, r->account, r->invoice, r->provider, r->publisher, r->service, r->sku,
		r->resource, r->category, r->charge_class, r->frequency, r->pricing_category, r->commitment,
		r->commitment_status, r->description, r->currency, r->quantity_unit, r->grouping, r->dimensions };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	fold_number(ctx, r->billed_nano);
	fold_number(ctx, r->effective_nano);
	fold_number(ctx, r->charge_from_us);
	promise(r->period_from_us < r->period_to_us, "a billing period has a length");
	promise(r->charge_from_us <= r->charge_to_us, "a charge period does not run backwards");
	promise(r->currency.n == 3, "a currency is a code of three letters");
	return 0;
}

static int
take_price(void *ctx, struct place place, const struct price_row *r, struct err *err)
{
	const struct text texts[] = { r->id, r->provider, r->model, r->match, r->service_tier, r->currency, r->source,
		r->source_url, r->note };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	promise(r->from_us < r->to_us, "a price holds for a time");
	promise(r->state >= 0 && r->state < PRICE_STATES, "a price has a state");
	for (size_t i = 0; i < r->n; i++) {
		promise(r->components[i].item >= 0 && r->components[i].item < PRICE_ITEMS, "a rate is of an item");
		promise(r->components[i].rate_femto >= 0, "a rate is not negative");
		promise(r->components[i].above_tokens >= 0, "a threshold is not negative");
		fold_number(ctx, r->components[i].rate_femto);
	}
	return 0;
}

static int
take_speed(void *ctx, struct place place, const struct speed_reading *r, struct err *err)
{
	const struct text texts[] = { r->engine, r->replica, r->model, r->place.gpu, r->place.precision,
		r->place.engine_version, r->place.anchor_model };
	const int64_t counts[] = { r->input_tokens, r->cached_tokens, r->output_tokens, r->requests, r->busy_us,
		r->running_ms, r->waiting_ms, r->kv_ppm_ms, r->ttft_us, r->ttft_requests, r->token_us, r->token_gaps };

	(void)err;
	fold_place(ctx, place);
	fold_texts(ctx, texts, sizeof(texts) / sizeof(texts[0]));
	promise(r->place.gpus >= 0 && r->place.tp >= 0, "GPUs are counted");
	promise(r->from_us < r->to_us && r->watched_us > 0 && r->quarter_us <= r->from_us, "speed is of a time");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		promise(counts[i] >= NOT_REPORTED, "a sum is not negative");
		fold_number(ctx, counts[i]);
	}
	return 0;
}

static void
hear(void *ctx, struct place place, const char *reason)
{
	promise(reason != NULL && reason[0] != '\0', "a refusal has a reason");
	fold_place(ctx, place);
	fold_text(ctx, text_of(reason));
}

static int
take_text(void *ctx, struct text text, struct err *err)
{
	(void)err;
	promise(text.n > 0, "what is told of the next reply is not empty");
	fold_text(ctx, text);
	return 0;
}

static long
read_bytes(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct bytes *bytes = ctx;
	size_t n = bytes->size - bytes->at;

	(void)err;
	n = n < size ? n : size;
	n = n < bytes->step ? n : bytes->step;
	if (n > 0)
		memcpy(buffer, bytes->data + bytes->at, n);
	bytes->at += n;
	return (long)n;
}

/* What a collector keeps for the next time; NULL: nothing. */
static char *kept;
static size_t kept_n;

static int
keep(void *ctx, struct text text, struct err *err)
{
	free(kept);
	kept = malloc(text.n + 1);
	if (kept != NULL && text.n > 0)
		memcpy(kept, text.p, text.n);
	kept_n = text.n;
	return take_text(ctx, text, err);
}

static struct digest
digest_of(const struct collector *collector, struct bytes bytes, struct text state)
{
	static struct zone zone;
	struct digest digest = { .hash = UINT64_C(0xcbf29ce484222325) };
	struct input input = { "fuzz", read_bytes, &bytes };
	struct collect_options options = { .zone = &zone, .now_us = INT64_C(1795346400000000), .state = state };
	struct sink sink = { .ctx = &digest,
		.usage = take_usage,
		.gpu = take_gpu,
		.invoice = take_invoice,
		.incident = take_incident,
		.price = take_price,
		.speed = take_speed,
		.refuse = hear,
		.warn = hear,
		.page = take_text,
		.state = keep };
	struct err err = { 0 };

	zone_utc(&zone);
	if (collector->parse(&input, &options, &sink, &err) != 0) {
		promise(err.text[0] != '\0' && err.kind != ERR_NONE, "a failure has a sentence");
		promise(options.state.n == 0 || strstr(err.text, "was not written by this program") == NULL,
			"what was kept can be read again");
		fold_text(&digest, text_of(err.text));
	}
	return digest;
}

/* The collector that the program is named after; NULL where there is none. */
static const struct collector *
named(void)
{
	const char *at = strstr(program_invocation_short_name, "collector_");
	char name[64];
	struct err err = { 0 };

	snprintf(name, sizeof(name), "%s", at == NULL ? "" : at + strlen("collector_"));
	for (char *c = name; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
	return collector_find(name, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct collector *collector;
	const struct text nothing = { NULL, 0 };
	struct digest whole, pieces;
	const char *why_not = NULL;
	int fits;

	if (collector == NULL)
		collector = named();
	promise(collector != NULL, "the collector is in the table");
	fits = collector->sniff((const char *)data, size, &why_not);
	promise(fits >= 0 && fits <= 100, "a sniff is from 0 to 100");
	whole = digest_of(collector, (struct bytes){ data, size, 0, SIZE_MAX }, nothing);
	pieces = digest_of(collector, (struct bytes){ data, size, 0, 5 }, nothing);
	promise(whole.hash == pieces.hash && whole.rows == pieces.rows, "the pieces of an input do not matter");
	if (kept != NULL) {
		char *state = kept;
		size_t n = kept_n;

		kept = NULL;
		digest_of(collector, (struct bytes){ data, size, 0, SIZE_MAX }, (struct text){ state, n });
		free(state);
		free(kept);
		kept = NULL;
	}
	return 0;
}
