#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/fleet.h"
#include "daemon/store/handle.h"
#include "models/units/money.h"

const char *const fleet_scaling_names[2] = { "always_on", "autoscale" };
const char *const fleet_origin_names[2] = { "measured", "assumed" };

#define NANO INT64_C(1000000000)
#define MONEY_MAX (INT64_C(1000000000) * NANO) /* 1e9 USD: more is a unit mixed up */

void
fleet_defaults(struct fleet_row *fleet)
{
	*fleet = (struct fleet_row){
		.name = "",
		.gpu = "",
		.gpus_per_replica = 1,
		.gpu_hour_source = "",
		.throughput_origin = ORIGIN_ASSUMED,
		.throughput_source = "",
		.headroom_ppm = 700000,
		.min_replicas = 1,
		.scaling = SCALING_ALWAYS_ON,
		.lag_ms = 3600000,
		.hours_month_milli = 730000,
	};
}

static int
check_fleet(const struct fleet_row *fleet, struct err *err)
{
	/* The stored integer holds `digits` digits after the point; a sentence shows what a person typed. */
	const struct {
		const char *name;
		int64_t value, low, high;
		int digits;
	} bounds[] = {
		{ "gpus_per_replica", fleet->gpus_per_replica, 1, 100000, 0 },
		{ "gpu_hour", fleet->gpu_hour_nano, 0, 1000000 * NANO, NANO_DIGITS },
		{ "throughput_tok_s", fleet->throughput_milli_tok_s, 1, INT64_C(1000000000000), 3 },
		{ "throughput_low_tok_s", fleet->throughput_low_milli_tok_s, 0, fleet->throughput_milli_tok_s, 3 },
		{ "throughput_high_tok_s", fleet->throughput_high_milli_tok_s,
			fleet->throughput_high_milli_tok_s == 0 ? 0 : fleet->throughput_milli_tok_s,
			INT64_C(1000000000000), 3 },
		{ "headroom", fleet->headroom_ppm, 1, 1000000, 6 },
		{ "redundancy", fleet->redundancy, 0, 1000000, 0 },
		{ "min_replicas", fleet->min_replicas, 0, 1000000, 0 },
		{ "lag in seconds", fleet->lag_ms, 0, INT64_C(31) * 86400000, 3 },
		{ "hours_month", fleet->hours_month_milli, 1, 744000, 3 },
		{ "ops_month", fleet->ops_month_nano, 0, MONEY_MAX, NANO_DIGITS },
		{ "fixed_month", fleet->fixed_month_nano, 0, MONEY_MAX, NANO_DIGITS },
		{ "upfront", fleet->upfront_nano, 0, MONEY_MAX, NANO_DIGITS },
		{ "per_mtok", fleet->per_mtok_nano, 0, MONEY_MAX, NANO_DIGITS },
		{ "scaling", fleet->scaling, SCALING_ALWAYS_ON, SCALING_AUTOSCALE, 0 },
		{ "throughput origin", fleet->throughput_origin, ORIGIN_MEASURED, ORIGIN_ASSUMED, 0 },
	};
	char value[DECIMAL_MAX], low[DECIMAL_MAX], high[DECIMAL_MAX];

	if (fleet->name == NULL || fleet->name[0] == '\0')
		return err_set(err, ERR_INPUT, "fleet: the name is empty");
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		if (bounds[i].value >= bounds[i].low && bounds[i].value <= bounds[i].high)
			continue;
		decimal_print(value, sizeof(value), bounds[i].value, bounds[i].digits);
		decimal_print(low, sizeof(low), bounds[i].low, bounds[i].digits);
		decimal_print(high, sizeof(high), bounds[i].high, bounds[i].digits);
		return err_set(err, ERR_INPUT, "fleet '%s': %s: %s is not between %s and %s", fleet->name,
			bounds[i].name, value, low, high);
	}
	return 0;
}

int
fleet_put(struct store *store, const struct fleet_row *fleet, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_fleet_put);

	if (check_fleet(fleet, err) != 0)
		return -1;
	bind_string(put, ":name", fleet->name);
	bind_string(put, ":gpu", fleet->gpu);
	bind_whole(put, ":gpus_per_replica", fleet->gpus_per_replica);
	bind_whole(put, ":gpu_hour_nano", fleet->gpu_hour_nano);
	bind_string(put, ":gpu_hour_source", fleet->gpu_hour_source);
	bind_whole(put, ":throughput_milli_tok_s", fleet->throughput_milli_tok_s);
	bind_whole(put, ":throughput_origin", (int)fleet->throughput_origin);
	bind_string(put, ":throughput_source", fleet->throughput_source);
	bind_whole(put, ":headroom_ppm", fleet->headroom_ppm);
	bind_whole(put, ":redundancy", fleet->redundancy);
	bind_whole(put, ":min_replicas", fleet->min_replicas);
	bind_whole(put, ":scaling", (int)fleet->scaling);
	bind_whole(put, ":lag_ms", fleet->lag_ms);
	bind_whole(put, ":hours_month_milli", fleet->hours_month_milli);
	bind_whole(put, ":ops_month_nano", fleet->ops_month_nano);
	bind_whole(put, ":fixed_month_nano", fleet->fixed_month_nano);
	bind_whole(put, ":upfront_nano", fleet->upfront_nano);
	bind_whole(put, ":per_mtok_nano", fleet->per_mtok_nano);
	bind_whole(put, ":changed_us", fleet->changed_us);
	bind_whole(put, ":throughput_low_milli_tok_s", fleet->throughput_low_milli_tok_s);
	bind_whole(put, ":throughput_high_milli_tok_s", fleet->throughput_high_milli_tok_s);
	return statement_run(store, put, err);
}

static struct fleet_row
read_fleet(sqlite3_stmt *row, struct arena *arena)
{
	return (struct fleet_row){
		.name = column_copy(row, 0, arena),
		.gpu = column_copy(row, 1, arena),
		.gpus_per_replica = sqlite3_column_int64(row, 2),
		.gpu_hour_nano = sqlite3_column_int64(row, 3),
		.gpu_hour_source = column_copy(row, 4, arena),
		.throughput_milli_tok_s = sqlite3_column_int64(row, 5),
		.throughput_origin = sqlite3_column_int(row, 6) == 0 ? ORIGIN_MEASURED : ORIGIN_ASSUMED,
		.throughput_source = column_copy(row, 7, arena),
		.headroom_ppm = sqlite3_column_int64(row, 8),
		.redundancy = sqlite3_column_int64(row, 9),
		.min_replicas = sqlite3_column_int64(row, 10),
		.scaling = sqlite3_column_int(row, 11) == 0 ? SCALING_ALWAYS_ON : SCALING_AUTOSCALE,
		.lag_ms = sqlite3_column_int64(row, 12),
		.hours_month_milli = sqlite3_column_int64(row, 13),
		.ops_month_nano = sqlite3_column_int64(row, 14),
		.fixed_month_nano = sqlite3_column_int64(row, 15),
		.upfront_nano = sqlite3_column_int64(row, 16),
		.per_mtok_nano = sqlite3_column_int64(row, 17),
		.changed_us = sqlite3_column_int64(row, 18),
		.throughput_low_milli_tok_s = sqlite3_column_int64(row, 19),
		.throughput_high_milli_tok_s = sqlite3_column_int64(row, 20),
	};
}

int
fleet_get(struct store *store, const char *name, struct arena *arena, struct fleet_row *fleet, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_fleet_get);
	int status;

	bind_string(row, ":name", name);
	status = statement_step(store, row, err);
	if (status == 1)
		*fleet = read_fleet(row, arena);
	sqlite3_reset(row);
	return status;
}

int
fleet_list(struct store *store, struct arena *arena, struct fleet_row **fleets, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_fleet_list);
	size_t room = 0;
	int status;

	*fleets = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct fleet_row *more = arena_take(arena, (room = room == 0 ? 8 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *fleets, *n * sizeof(*more));
			*fleets = more;
		}
		(*fleets)[(*n)++] = read_fleet(rows, arena);
	}
	return status;
}

int
fleet_remove(struct store *store, const char *name, struct err *err)
{
	sqlite3_stmt *user = statement_get(store, ST_fleet_user);
	sqlite3_stmt *remove = statement_get(store, ST_fleet_remove);
	int status;

	bind_string(user, ":name", name);
	status = statement_step(store, user, err);
	if (status == 1) {
		struct text workload = column_text(user, 0);

		err_set(err, ERR_INPUT, "fleet '%s' is used by workload '%.*s'", name, (int)workload.n, workload.p);
		sqlite3_reset(user);
	}
	if (status != 0)
		return -1;
	bind_string(remove, ":name", name);
	return statement_run(store, remove, err) != 0 ? -1 : sqlite3_changes(store->db);
}
