#include "daemon/report/observed.h"

#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/query.h"
#include "daemon/store/speed.h"
#include "models/supply/transformer.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

struct reading_in {
	struct arena *arena;
	struct observations *observations;
};

void
observed_take(struct arena *arena, struct observations *observations, const struct speed_reading *reading)
{
	size_t at = observations->n;

	while (at > 0 && !observed_holds(&observations->rows[at - 1], reading))
		at--;
	if (at == 0) {
		struct speed_reading kept = *reading;

		/* A power of two of rows is full. */
		if ((observations->n & (observations->n - 1)) == 0) {
			size_t room = observations->n == 0 ? 1 : 2 * observations->n;
			struct observed *more = arena_take(arena, room * sizeof(*more));

			if (observations->n > 0)
				memcpy(more, observations->rows, observations->n * sizeof(*more));
			observations->rows = more;
		}
		speed_keep(arena, &kept);
		observed_begin(&observations->rows[observations->n], &kept);
		at = ++observations->n;
	}
	observed_add(&observations->rows[at - 1], reading);
}

static void
take(void *ctx, const struct speed_reading *reading, bool shared)
{
	struct reading_in *in = ctx;

	if (observed_judge(reading, shared) == OBSERVED_ENOUGH)
		observed_take(in->arena, in->observations, reading);
}

int
observed_read(
	struct store *store, struct arena *arena, int64_t from_us, struct observations *observations, struct err *err)
{
	struct reading_in in = { arena, observations };
	const struct speed_each each = { &in, take, true };

	*observations = (struct observations){ NULL, 0 };
	return speed_each(store, from_us, TIME_LAST_US, &each, err);
}

static struct text
number_text(struct arena *arena, double number)
{
	return text_of(arena_format(arena, "%.9g", number));
}

struct measured
observed_names(struct arena *arena, const struct speed_reading *reading)
{
	const struct engine_place *place = &reading->place;

	return (struct measured){ .engine = reading->engine,
		.engine_version = place->engine_version,
		.model = place->anchor_model.n > 0 ? place->anchor_model : reading->model,
		.precision = place->precision,
		.gpu = place->gpu,
		.gpus = number_text(arena, (double)place->gpus),
		.tp = number_text(arena, (double)(place->tp > 0 ? place->tp : place->gpus)),
		.isl = text_of("1024"),
		.osl = text_of("256"),
		.load = text_of("1"),
		.metric = text_of("tpot"),
		.unit = text_of("ms") };
}

/* A model that is only known once it is served is stood in for: the other names can be looked up all the same. */
int
observed_check(struct arena *arena, const struct shelves *shelves, const struct engine_place *place, struct err *err)
{
	const struct speed_reading like = { .engine = text_of(""), .model = shelves->models[0].name, .place = *place };
	struct measured names = observed_names(arena, &like);
	struct asked asked;

	if (place->tp > place->gpus)
		return err_set(err, ERR_INPUT, "tp = %lld is more than there are gpus (%lld)", (long long)place->tp,
			(long long)place->gpus);
	return measured_ask(&names, shelves, &asked, err);
}

size_t
observed_rows(struct arena *arena, const struct observed *o, struct measured rows[OBSERVED_ROWS])
{
	const struct speed_reading like = { .engine = o->engine, .model = o->model, .place = o->place };
	struct measured row = observed_names(arena, &like);
	struct observed_speed speed;
	char day[TIME_MAX];
	size_t n = 0;

	if (observed_speed(o, &speed) != OBSERVED_ENOUGH)
		return 0;
	time_print(day, sizeof(day), o->to_us);
	row.source = text_of(arena_format(arena, "observed in production: counters of %.*s%s%.*s%s, %lld quarter hours",
		(int)o->engine.n, o->engine.p, o->replica.n > 0 ? " at " : "", (int)o->replica.n, o->replica.p,
		o->replicas ? " and others" : "", (long long)o->quarters));
	row.date = (struct text){ arena_copy(arena, day, 10), 10 };
	row.isl = number_text(arena, speed.isl);
	row.osl = number_text(arena, speed.osl);
	row.load = number_text(arena, speed.at_once);
	row.cached = number_text(arena, speed.cached);
	if (!isnan(speed.tpot_s)) {
		rows[n] = row;
		rows[n++].value = number_text(arena, 1e3 * speed.tpot_s);
	}
	if (!isnan(speed.output_tok_s)) {
		rows[n] = row;
		rows[n].metric = text_of("output_throughput");
		rows[n].unit = text_of("tok/s");
		rows[n++].value = number_text(arena, speed.output_tok_s);
	}
	return n;
}
