#include <stdio.h>

#include "daemon/base/hash.h"
#include "daemon/ingest/line.h"

/* What the made id of a line without one stands for: everything that the source said. */
static uint64_t
content_hash(const struct usage_reading *reading, struct text extras)
{
	const struct text texts[] = { reading->provider, reading->model, reading->workload, reading->account,
		reading->project, reading->key, reading->service_tier, extras };
	const int64_t wholes[] = { reading->at_us, (int64_t)reading->status, reading->requests, reading->latency_ms,
		reading->ttft_ms, reading->has_usage };
	uint64_t hash = 0;

	if (reading->tag.n > 0) /* a line without one has the id that it had before there were tags */
		hash = hash_text(hash, reading->tag);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = hash_text(hash, texts[i]);
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++)
		hash = hash_word(hash, (uint64_t)wholes[i]);
	for (int i = 0; i < USAGE_CLASSES; i++)
		hash = hash_word(hash, (uint64_t)reading->usage.tokens[i]);
	return hash;
}

static void
print_extra(char *to, size_t *n, const char *name, int64_t count)
{
	if (count > 0)
		*n += (size_t)snprintf(
			to + *n, LINE_EXTRAS - *n, "%s\"%s\":%lld", *n == 0 ? "{" : ",", name, (long long)count);
}

/* Counts that lie inside the classes, searches, and what else was counted, as the ledger keeps them. */
static struct text
print_extras(char *to, const struct usage_reading *reading)
{
	size_t n = 0;

	for (int i = 0; reading->parts != NULL && i < PRICE_PARTS; i++)
		print_extra(to, &n, price_item_names[USAGE_CLASSES + i], reading->parts[i]);
	print_extra(to, &n, price_item_names[PRICE_WEB_SEARCHES], reading->web_searches);
	print_extra(to, &n, "context_tokens", reading->context_tokens);
	if (reading->unit != NULL)
		print_extra(to, &n, reading->unit, reading->units);
	if (n == 0)
		return (struct text){ NULL, 0 };
	n += (size_t)snprintf(to + n, LINE_EXTRAS - n, "}");
	return (struct text){ to, n };
}

void
line_of(struct usage_line *line, const struct usage_reading *reading, char *extras)
{
	*line = (struct usage_line){
		.at_us = reading->at_us,
		.id = reading->id,
		.status = reading->status,
		.has_usage = reading->has_usage,
		.grows = reading->grows,
		.requests = reading->requests,
		.latency_ms = reading->latency_ms,
		.ttft_ms = reading->ttft_ms,
		.usage = reading->usage,
	};
	line->extras = print_extras(extras, reading);
	if (line->id.n == 0)
		line->hash = (int64_t)content_hash(reading, line->extras);
}

uint64_t
line_bucket_key(const struct usage_reading *reading)
{
	const struct text texts[] = { reading->grouping, reading->dimensions, reading->provider, reading->model,
		reading->workload, reading->account, reading->project, reading->key, reading->service_tier,
		reading->tag };
	uint64_t hash = hash_word(3, (uint64_t)reading->width_us);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = hash_text(hash, texts[i]);
	return hash_word(hash, (uint64_t)reading->status);
}

struct text
line_bucket_id(char id[LINE_BUCKET_ID], uint64_t key)
{
	return (struct text){ id, (size_t)snprintf(id, LINE_BUCKET_ID, "=%016llx", (unsigned long long)key) };
}
