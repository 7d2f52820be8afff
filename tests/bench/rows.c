#include <stdbool.h>
#include <string.h>

#include "models/units/calendar.h"
#include "models/units/money.h"
#include "models/units/random.h"

#include "tests/bench/rows.h"

const char *const rows_heading =
	"id,at,provider,model,workload,account,project,key,service_tier,status,requests,latency_ms,ttft_ms,"
	"in_uncached,in_cache_read,in_cache_write_5m,in_cache_write_1h,out_visible,out_reasoning";

static const struct {
	const char *name; /* provider and model as two fields */
	bool writes_cache;
} models[ROWS_MODELS] = {
	{ ",openai,gpt-4o,", false },
	{ ",openai,gpt-4o-mini,", false },
	{ ",anthropic,claude-sonnet-4-5,", true },
	{ ",anthropic,claude-haiku-4-5,", true },
	{ ",google,gemini-2.5-flash,", false },
	{ ",mistral,mistral-large-latest,", false },
	{ ",openai,gpt-4.1-mini,", false },
	{ ",google,gemini-2.5-pro,", false },
};

static const char *const workloads[ROWS_WORKLOADS] = { "chat", "code", "batch-summaries", "search", "translation",
	"support", "classification", "extraction", "agents", "voice", "moderation", "evaluation" };

static char *
put_text(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n);
	return to + n;
}

static char *
put_whole(char *to, uint64_t whole)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = (char)('0' + whole % 10);
	while ((whole /= 10) > 0);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

static char *
put_hex(char *to, uint64_t bits)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[bits >> shift & 15];
	return to;
}

size_t
rows_line(const struct rows *rows, int64_t i, char out[ROWS_LINE])
{
	int64_t span_ms = (int64_t)rows->days * DAY_S * 1000, step_ms = span_ms / rows->n, at_ms;
	struct random random;
	uint64_t bits, id;
	unsigned workload, model, key;
	char *to = out;

	random_seed(&random, 42 + (uint64_t)i * UINT64_C(0xd1342543de82ef95));
	bits = random_next(&random);
	id = random_next(&random);
	at_ms = (int64_t)((wide)i * span_ms / rows->n) + (int64_t)(bits % (uint64_t)(step_ms + 1));
	workload = (unsigned)(bits >> 8 & 0xff) % (unsigned)rows->workloads;
	/* A workload calls two models and has its own share of the keys. */
	model = (workload * 2 + (unsigned)(bits >> 16 & 1)) % (unsigned)rows->models;
	key = workload + (unsigned)rows->workloads * ((unsigned)(bits >> 20 & 0xff) % 4);
	key = key < (unsigned)rows->keys ? key : workload;

	to = put_hex(to, id);
	*to++ = ',';
	to += time_print(to, TIME_MAX, ROWS_FIRST_S * SECOND_US + at_ms * 1000);
	to = put_text(to, models[model].name);
	to = put_text(to, workloads[workload]);
	to = put_text(to, ",acme,project-");
	to = put_whole(to, workload / 2);
	to = put_text(to, ",key-");
	to = put_whole(to, key);
	to = put_text(to, (bits >> 24 & 0xff) == 0 ? ",,error,1," : ",,ok,1,");
	to = put_whole(to, 200 + (bits >> 32 & 0xfff));
	*to++ = ',';
	to = put_whole(to, 40 + (bits >> 44 & 0xff));
	*to++ = ',';
	to = put_whole(to, 20 + (bits >> 28 & 0xfff));
	*to++ = ',';
	to = put_whole(to, (bits >> 52 & 3) == 0 ? bits >> 20 & 0x1fff : 0);
	to = put_text(to, models[model].writes_cache && (bits >> 54 & 7) == 0 ? ",1024,0," : ",0,0,");
	to = put_whole(to, 1 + (bits >> 36 & 0x1ff));
	*to++ = ',';
	to = put_whole(to, (bits >> 57 & 3) == 0 ? bits >> 40 & 0x3ff : 0);
	*to++ = '\n';
	return (size_t)(to - out);
}

int
rows_write(const struct rows *rows, const int64_t *order, FILE *stream)
{
	char line[ROWS_LINE];

	fprintf(stream, "%s\n", rows_heading);
	for (int64_t i = 0; i < rows->n; i++) {
		size_t n = rows_line(rows, order == NULL ? i : order[i], line);

		if (fwrite(line, 1, n, stream) != n)
			return -1;
	}
	return fflush(stream) == 0 ? 0 : -1;
}
