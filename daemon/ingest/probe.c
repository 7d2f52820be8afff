#include "daemon/ingest/probe.h"

#include <stdio.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/clock.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/source.h"
#include "models/units/calendar.h"

#define CLOCK_OFF_S 90

/* ---- counting rows */

static int
count(struct probe *probe)
{
	probe->rows++;
	return 0;
}

static int
count_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	(void)place;
	(void)reading;
	(void)err;
	return count(ctx);
}

static int
count_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	(void)place;
	(void)reading;
	(void)err;
	return count(ctx);
}

static int
count_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	(void)place;
	(void)reading;
	(void)err;
	return count(ctx);
}

static int
count_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	(void)place;
	(void)row;
	(void)err;
	return count(ctx);
}

static void
count_refused(void *ctx, struct place place, const char *reason)
{
	struct probe *probe = ctx;

	(void)place;
	if (probe->refused++ == 0)
		snprintf(probe->reason, sizeof(probe->reason), "%s", reason);
}

static void
count_warned(void *ctx, struct place place, const char *reason)
{
	(void)place;
	(void)reason;
	((struct probe *)ctx)->warned++;
}

static int
count_pages(const struct window_job *job, const struct pulling_ask *ask, struct probe *probe)
{
	const struct sink sink = { .ctx = probe,
		.usage = count_usage,
		.gpu = count_gpu,
		.invoice = count_invoice,
		.price = count_price,
		.refuse = count_refused,
		.warn = count_warned };

	for (const struct window_page *page = job->pages; page != NULL; page = page->next) {
		struct collect_options options = source_collect(job->plan);
		struct ingest_memory memory = { .bytes = page->bytes, .n = page->n };
		struct input input;

		options.zone = ask->zone;
		options.now_us = ask->now_us;
		options.part = text_of(page->part);
		options.from_us = job->from_us;
		options.to_us = job->to_us;
		ingest_memory_input(&memory, page->name, &input);
		probe->pages++;
		if (job->plan->collector->parse(&input, &options, &sink, &probe->err) != 0)
			return -1;
	}
	return 0;
}

/* ---- asking */

/* The smallest window that is over and holds a bucket, else the one that is not over. */
static void
choose_window(const struct source_plan *plan, int64_t now_us, struct probe *probe)
{
	const struct pull *pull = plan->pull;

	probe->from_us = probe->to_us = now_us;
	if (pull->shape != PULL_WINDOW && pull->shape != PULL_EVENTS)
		return;
	probe->to_us = pull_align_down(pull, now_us);
	probe->from_us = pull_align_down(pull, probe->to_us - 1);
	if (probe->to_us - probe->from_us < HOUR_S * SECOND_US)
		probe->from_us = probe->to_us - HOUR_S * SECOND_US;
}

static int
ask_parts(const struct source_plan *plan, const struct pulling_ask *ask, struct probe *probe)
{
	struct pulling_window window = { .plan = plan, .from_us = probe->from_us, .to_us = probe->to_us };
	struct pulling *pulling = pulling_open(&window, &probe->err);
	int64_t wait_s, clock_s;
	enum pulling_step step;
	struct window_job job;
	int status = -1, asked = 0;

	if (pulling == NULL)
		return -1;
	do {
		step = pulling_step(pulling, ask, &wait_s, &probe->err);
	} while (step == PULLING_MORE && ++asked < 16);
	clock_s = pulling_clock(pulling);
	if (clock_s > 0) {
		int64_t off_s = clock_s - ask->now_us / SECOND_US;

		probe->clock_off_s = off_s > CLOCK_OFF_S || off_s < -CLOCK_OFF_S ? off_s : 0;
	}
	probe->more = step == PULLING_MORE;
	if (step == PULLING_WHOLE || step == PULLING_MORE) {
		job = pulling_job(pulling, ask);
		status = count_pages(&job, ask, probe);
	}
	pulling_close(pulling);
	return status;
}

void
probe_source(const struct source_plan *plan, const struct pulling_ask *ask, struct probe *probe)
{
	int64_t began = clock_rising_us();
	struct source_key key;

	memset(probe, 0, sizeof(*probe));
	if (source_key_read(plan, &key, &probe->err) == 0) {
		snprintf(probe->key_from, sizeof(probe->key_from), "%.*s", (int)sizeof(probe->key_from) - 1, key.from);
		choose_window(plan, ask->now_us, probe);
		probe->good = ask_parts(plan, ask, probe) == 0;
	}
	source_key_forget(&key);
	if (probe->good && probe->rows == 0 && probe->refused > 0)
		probe->good =
			err_set(&probe->err, ERR_INPUT, "it answers, but every row is refused: %s", probe->reason) == 0;
	probe->took_us = clock_rising_us() - began;
}
