#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/anchors.h"
#include "daemon/store/handle.h"

void
anchor_defaults(struct anchor_row *anchor)
{
	*anchor = (struct anchor_row){ .source = "",
		.engine = "",
		.engine_version = "",
		.model = "",
		.precision = "",
		.gpu = "",
		.gpus = 1,
		.tp = 1,
		.pp = 1,
		.dp = 1,
		.load = "",
		.metric = "",
		.unit = "",
		.note = "" };
}

static int
check_text(const char *field, const char *text, struct err *err)
{
	return text != NULL && text[0] != '\0' ? 0 : err_set(err, ERR_INPUT, "%s: an anchor needs one", field);
}

static int
check(const struct anchor_row *anchor, struct err *err)
{
	const struct {
		const char *field;
		double value;
	} numbers[] = { { "gpus", (double)anchor->gpus }, { "tp", (double)anchor->tp }, { "pp", (double)anchor->pp },
		{ "dp", (double)anchor->dp }, { "isl", anchor->isl }, { "osl", anchor->osl } };

	if (check_text("source", anchor->source, err) != 0 || check_text("model", anchor->model, err) != 0 ||
		check_text("gpu", anchor->gpu, err) != 0 || check_text("metric", anchor->metric, err) != 0 ||
		check_text("load", anchor->load, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!(numbers[i].value >= 1 && numbers[i].value <= 1e9))
			return err_set(err, ERR_INPUT, "%s: %g is not a number from 1 to 1e9", numbers[i].field,
				numbers[i].value);
	if (!(anchor->value > 0 && isfinite(anchor->value)))
		return err_set(err, ERR_INPUT, "value: %g is not a number above 0", anchor->value);
	if (anchor->expires_us <= anchor->measured_us)
		return err_set(err, ERR_INPUT, "expires: an anchor cannot expire before it was measured");
	return 0;
}

int
anchor_put(struct store *store, struct anchor_row *anchor, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_anchor_put);
	int status;

	if (check(anchor, err) != 0)
		return -1;
	bind_whole(put, ":measured_us", anchor->measured_us);
	bind_whole(put, ":expires_us", anchor->expires_us);
	bind_string(put, ":source", anchor->source);
	bind_string(put, ":engine", anchor->engine);
	bind_string(put, ":engine_version", anchor->engine_version);
	bind_string(put, ":model", anchor->model);
	bind_string(put, ":precision", anchor->precision);
	bind_string(put, ":gpu", anchor->gpu);
	bind_whole(put, ":gpus", anchor->gpus);
	bind_whole(put, ":tp", anchor->tp);
	bind_whole(put, ":pp", anchor->pp);
	bind_whole(put, ":dp", anchor->dp);
	bind_number(put, ":isl", anchor->isl);
	bind_number(put, ":osl", anchor->osl);
	bind_string(put, ":load", anchor->load);
	bind_string(put, ":metric", anchor->metric);
	bind_string(put, ":unit", anchor->unit);
	bind_number(put, ":value", anchor->value);
	bind_string(put, ":note", anchor->note);
	status = statement_step(store, put, err);
	if (status == 1)
		anchor->id = sqlite3_column_int64(put, 0);
	sqlite3_reset(put);
	return status == 1 ? 0 : -1;
}

static struct anchor_row
read_row(sqlite3_stmt *row, struct arena *arena)
{
	return (struct anchor_row){ .id = sqlite3_column_int64(row, 0),
		.measured_us = sqlite3_column_int64(row, 1),
		.expires_us = sqlite3_column_int64(row, 2),
		.source = column_copy(row, 3, arena),
		.engine = column_copy(row, 4, arena),
		.engine_version = column_copy(row, 5, arena),
		.model = column_copy(row, 6, arena),
		.precision = column_copy(row, 7, arena),
		.gpu = column_copy(row, 8, arena),
		.gpus = sqlite3_column_int64(row, 9),
		.tp = sqlite3_column_int64(row, 10),
		.pp = sqlite3_column_int64(row, 11),
		.dp = sqlite3_column_int64(row, 12),
		.isl = sqlite3_column_double(row, 13),
		.osl = sqlite3_column_double(row, 14),
		.load = column_copy(row, 15, arena),
		.metric = column_copy(row, 16, arena),
		.unit = column_copy(row, 17, arena),
		.value = sqlite3_column_double(row, 18),
		.note = column_copy(row, 19, arena) };
}

int
anchor_list(struct store *store, struct arena *arena, int64_t now_us, struct anchor_row **anchors, size_t *n,
	struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_anchor_list);
	size_t room = 0;
	int status;

	*anchors = NULL;
	*n = 0;
	bind_whole(rows, ":now_us", now_us);
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct anchor_row *more = arena_take(arena, (room = room == 0 ? 16 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *anchors, *n * sizeof(*more));
			*anchors = more;
		}
		(*anchors)[(*n)++] = read_row(rows, arena);
	}
	return status;
}

int
anchor_remove(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *remove = statement_get(store, ST_anchor_remove);

	bind_whole(remove, ":id", id);
	return statement_run(store, remove, err) != 0 ? -1 : sqlite3_changes(store->db);
}
