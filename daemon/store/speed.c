#include "daemon/store/speed.h"

#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"

/* The figures in the order of speed_scan, which puts them behind its five names, and by their names in speed_put. */
static const struct {
	const char *name;
	size_t offset;
	bool may_be_unknown;
} figures[] = {
#define FIGURE(name, unknown) \
	{ \
		":" #name, offsetof(struct speed_reading, name), unknown \
	}
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
#undef FIGURE
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
		.workload = reading->gpu,
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
	bind_text(put, ":gpu", reading->gpu);
	for (size_t i = 0; i < FIGURES; i++) {
		int64_t value = *figure(&copy, i);

		bind_if(put, figures[i].name, !figures[i].may_be_unknown || value != NOT_REPORTED, value);
	}
	return statement_run(store, put, err);
}

static struct text
column_name(sqlite3_stmt *row, int column, struct arena *arena)
{
	return text_of(column_copy(row, column, arena));
}

int
speed_list(struct store *store, int64_t from_us, int64_t to_us, struct arena *arena, struct speed_reading **readings,
	size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_speed_scan);
	size_t room = 64;
	int status;

	*n = 0;
	*readings = arena_take(arena, room * sizeof(**readings));
	bind_whole(row, ":from_us", from_us);
	bind_whole(row, ":to_us", to_us);
	while ((status = statement_step(store, row, err)) == 1) {
		struct speed_reading *reading;

		if (*n == room) {
			struct speed_reading *more = arena_take(arena, 2 * room * sizeof(*more));

			memcpy(more, *readings, room * sizeof(*more));
			*readings = more;
			room *= 2;
		}
		reading = &(*readings)[(*n)++];
		*reading = (struct speed_reading){ .quarter_us = sqlite3_column_int64(row, 0),
			.engine = column_name(row, 1, arena),
			.replica = column_name(row, 2, arena),
			.model = column_name(row, 3, arena),
			.gpu = column_name(row, 4, arena) };
		for (size_t i = 0; i < FIGURES; i++)
			*figure(reading, i) = column_reported(row, 5 + (int)i);
	}
	return status;
}
