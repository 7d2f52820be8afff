#include "daemon/store/speed.h"

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"

/* The figures in the order of speed_scan, which puts them behind its names, and by their names in speed_put. */
static const struct {
	const char *name;
	size_t offset;
	bool may_be_unknown;
} figures[] = {
#define FIGURE_AS(name, field, unknown) \
	{ \
		":" name, offsetof(struct speed_reading, field), unknown \
	}
#define FIGURE(name, unknown) FIGURE_AS(#name, name, unknown)
	FIGURE(from_us, false),
	FIGURE(to_us, false),
	FIGURE(watched_us, false),
	FIGURE(input_tokens, true),
	FIGURE(cached_tokens, true),
	FIGURE(output_tokens, true),
	FIGURE(requests, true),
	FIGURE(busy_us, true),
	FIGURE(running_ms, true),
	FIGURE(waiting_ms, true),
	FIGURE(kv_ppm_ms, true),
	FIGURE(ttft_us, true),
	FIGURE(ttft_requests, true),
	FIGURE(token_us, true),
	FIGURE(token_gaps, true),
	FIGURE_AS("gpus", place.gpus, false),
	FIGURE_AS("tp", place.tp, false),
#undef FIGURE
#undef FIGURE_AS
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static int64_t *
figure(struct speed_reading *reading, size_t i)
{
	return (int64_t *)(void *)((char *)reading + figures[i].offset);
}

int
speed_check(const struct speed_reading *reading, struct err *err)
{
	/* The names and times go by the rules of usage lines. */
	const struct usage_reading like = { .at_us = reading->quarter_us,
		.id = reading->replica,
		.provider = reading->engine,
		.model = reading->model,
		.workload = reading->place.gpu,
		.account = reading->place.precision,
		.project = reading->place.engine_version,
		.key = reading->place.anchor_model,
		.requests = NOT_REPORTED,
		.latency_ms = NOT_REPORTED,
		.ttft_ms = NOT_REPORTED };

	if (ledger_check_usage(&like, 0, err) != 0 || ledger_check_names(&like, err) != 0)
		return err_in(err, "speed");
	if (reading->to_us <= reading->from_us || reading->watched_us <= 0)
		return err_set(err, ERR_INPUT, "speed: the time it was watched has no length");
	return 0;
}

int
speed_put(struct store *store, const struct speed_reading *reading, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_speed_put);
	struct speed_reading copy = *reading;

	bind_whole(put, ":quarter_us", reading->quarter_us);
	bind_text(put, ":engine", reading->engine);
	bind_text(put, ":replica", reading->replica);
	bind_text(put, ":model", reading->model);
	bind_text(put, ":gpu", reading->place.gpu);
	bind_text(put, ":precision", reading->place.precision);
	bind_text(put, ":engine_version", reading->place.engine_version);
	bind_text(put, ":anchor_model", reading->place.anchor_model);
	for (size_t i = 0; i < FIGURES; i++) {
		int64_t value = *figure(&copy, i);

		bind_if(put, figures[i].name, !figures[i].may_be_unknown || value != NOT_REPORTED, value);
	}
	return statement_run(store, put, err);
}

#define NAMES 8 /* columns before the figures */

static struct text
column_borrowed(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text == NULL ? text_of("") : (struct text){ text, (size_t)sqlite3_column_bytes(row, column) };
}

static void
read_row(sqlite3_stmt *row, struct speed_reading *reading)
{
	*reading = (struct speed_reading){ .quarter_us = sqlite3_column_int64(row, 0),
		.engine = column_borrowed(row, 1),
		.replica = column_borrowed(row, 2),
		.model = column_borrowed(row, 3),
		.place = { .gpu = column_borrowed(row, 4),
			.precision = column_borrowed(row, 5),
			.engine_version = column_borrowed(row, 6),
			.anchor_model = column_borrowed(row, 7) } };
	for (size_t i = 0; i < FIGURES; i++)
		*figure(reading, i) = column_reported(row, NAMES + (int)i);
}

int
speed_each(struct store *store, int64_t from_us, int64_t to_us, const struct speed_each *each, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_speed_scan);
	struct speed_reading reading;
	int status;

	bind_whole(row, ":from_us", from_us);
	bind_whole(row, ":to_us", to_us);
	bind_whole(row, ":placed", each->placed);
	while ((status = statement_step(store, row, err)) == 1) {
		read_row(row, &reading);
		each->visit(each->ctx, &reading, sqlite3_column_int(row, NAMES + (int)FIGURES) != 0);
	}
	return status;
}

void
speed_keep(struct arena *arena, struct speed_reading *reading)
{
	struct text *const texts[] = { &reading->engine, &reading->replica, &reading->model, &reading->place.gpu,
		&reading->place.precision, &reading->place.engine_version, &reading->place.anchor_model };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		texts[i]->p = arena_copy(arena, texts[i]->n == 0 ? "" : texts[i]->p, texts[i]->n);
}
