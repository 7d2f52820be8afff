#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/embed.h"
#include "daemon/base/options.h"
#include "daemon/report/observed.h"
#include "daemon/report/shelf.h"
#include "daemon/store/anchors.h"
#include "models/supply/accelerator.h"
#include "models/supply/transformer.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define TABLE_BYTES_MAX (4u << 20)

static struct text
built_in(const char *name)
{
	const struct embedded *file = embed_find(name);

	return file == NULL ? (struct text){ NULL, 0 } : (struct text){ (const char *)file->bytes, file->size };
}

/* The bytes of the user's table; empty where none is named. */
static int
read_table(struct arena *arena, const char *path, struct text *text, struct err *err)
{
	FILE *file;
	char *bytes;
	size_t n;

	*text = (struct text){ NULL, 0 };
	if (path[0] == '\0')
		return 0;
	file = fopen(path, "rb");
	if (file == NULL)
		return err_set(err, ERR_MISSING, "%s: cannot be opened: %s", path, strerror(errno));
	bytes = arena_take(arena, TABLE_BYTES_MAX + 1);
	n = fread(bytes, 1, TABLE_BYTES_MAX + 1, file);
	fclose(file);
	if (n > TABLE_BYTES_MAX)
		return err_set(err, ERR_INPUT, "%s: is larger than %u bytes", path, TABLE_BYTES_MAX);
	*text = (struct text){ bytes, n };
	return 0;
}

static int
load_gpus(const struct shelf_request *request, struct shelf *shelf, struct err *err)
{
	struct accelerator *rows = arena_take(request->arena, ACCELERATORS_MAX * sizeof(*rows));
	const char *path = request->settings->throughput.accelerators;
	struct text own;
	size_t n = 0;

	if (read_table(request->arena, path, &own, err) != 0)
		return -1;
	if (own.n > 0 && accelerator_parse(own, rows, ACCELERATORS_MAX, &n, err) != 0)
		return err_in(err, "%s", path);
	if (accelerator_parse(built_in("models/supply/accelerators.csv"), rows, ACCELERATORS_MAX, &n, err) != 0)
		return err_in(err, "accelerators.csv");
	shelf->shelves.gpus = rows;
	shelf->shelves.gpus_n = n;
	return 0;
}

static int
load_models(const struct shelf_request *request, struct shelf *shelf, struct err *err)
{
	struct transformer *rows = arena_take(request->arena, TRANSFORMERS_MAX * sizeof(*rows));
	const char *path = request->settings->throughput.transformers;
	struct text own;
	size_t n = 0;

	if (request->extra != NULL)
		rows[n++] = *request->extra;
	if (read_table(request->arena, path, &own, err) != 0)
		return -1;
	if (own.n > 0 && transformer_parse(own, rows, TRANSFORMERS_MAX, &n, err) != 0)
		return err_in(err, "%s", path);
	if (transformer_parse(built_in("models/supply/transformers.csv"), rows, TRANSFORMERS_MAX, &n, err) != 0)
		return err_in(err, "transformers.csv");
	shelf->shelves.models = rows;
	shelf->shelves.models_n = n;
	return 0;
}

static struct text
number_text(struct arena *arena, double number)
{
	return text_of(arena_format(arena, "%.15g", number));
}

static struct text
day_text(struct arena *arena, int64_t at_us)
{
	char time[TIME_MAX];

	time_print(time, sizeof(time), at_us);
	return (struct text){ arena_copy(arena, time, 10), 10 };
}

static struct measured
as_measured(struct arena *arena, const struct anchor_row *row)
{
	return (struct measured){ .source = text_of(row->source),
		.date = day_text(arena, row->measured_us),
		.engine = text_of(row->engine),
		.engine_version = text_of(row->engine_version),
		.model = text_of(row->model),
		.precision = text_of(row->precision),
		.gpu = text_of(row->gpu),
		.gpus = number_text(arena, (double)row->gpus),
		.tp = number_text(arena, (double)row->tp),
		.pp = number_text(arena, (double)row->pp),
		.dp = number_text(arena, (double)row->dp),
		.isl = number_text(arena, row->isl),
		.osl = number_text(arena, row->osl),
		.load = text_of(row->load),
		.metric = text_of(row->metric),
		.value = number_text(arena, row->value),
		.unit = text_of(row->unit),
		.notes = text_of(row->note) };
}

int
shelf_add(struct shelf *shelf, const struct measured *row, struct err *err)
{
	if (shelf->anchors.n == shelf->room)
		return err_set(err, ERR_INPUT, "more than %zu anchors", shelf->room);
	if (anchor_make(&shelf->anchor_rows[shelf->anchors.n], row, &shelf->shelves, &shelf->constants, err) != 0)
		return -1;
	shelf->anchor_rows[shelf->anchors.n++].own = true;
	shelf->own++;
	return 0;
}

static size_t
lines_of(struct text text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* One that was measured here; of a model or GPU that is no longer known it does no harm. */
static void
believe(struct shelf *shelf, const struct measured *row)
{
	if (shelf_add(shelf, row, NULL) == 0)
		shelf->anchor_rows[shelf->anchors.n - 1].believed = true;
}

/* The published ones, then those of the user that have not expired: what was kept, and what engines were seen to do. */
static int
load_anchors(const struct shelf_request *request, struct shelf *shelf, struct err *err)
{
	struct text published = built_in("models/supply/anchors.csv");
	int64_t days = request->settings->throughput.anchor_days;
	struct observations seen = { NULL, 0 };
	struct anchor_row *rows = NULL;
	size_t n = 0;

	if (request->store != NULL &&
		(anchor_list(request->store, request->arena, INT64_MIN, &rows, &n, err) != 0 ||
			observed_read(request->store, request->arena, request->now_us - days * DAY_S * SECOND_US, &seen,
				err) != 0))
		return -1;
	shelf->room = lines_of(published) + n + OBSERVED_ROWS * seen.n + request->more;
	shelf->anchor_rows = arena_take(request->arena, shelf->room * sizeof(*shelf->anchor_rows));
	shelf->anchors.rows = shelf->anchor_rows;
	if (anchors_parse(published, &shelf->shelves, &shelf->constants, shelf->anchor_rows, shelf->room,
		    &shelf->anchors.n, err) != 0)
		return err_in(err, "anchors.csv");
	for (size_t i = 0; i < n; i++) {
		struct measured row = as_measured(request->arena, &rows[i]);

		if (rows[i].expires_us <= request->now_us)
			shelf->expired++;
		else
			believe(shelf, &row);
	}
	for (size_t i = 0; i < seen.n; i++) {
		struct measured told[OBSERVED_ROWS];
		size_t tells = observed_rows(request->arena, &seen.rows[i], told);

		for (size_t k = 0; k < tells; k++)
			believe(shelf, &told[k]);
	}
	return 0;
}

int
shelf_load(const struct shelf_request *request, struct shelf *shelf, struct err *err)
{
	*shelf = (struct shelf){ .own = 0 };
	if (load_gpus(request, shelf, err) != 0 || load_models(request, shelf, err) != 0)
		return -1;
	if (constants_parse(built_in("models/supply/throughput_constants.csv"), &shelf->constants, err) != 0)
		return err_in(err, "throughput_constants.csv");
	return load_anchors(request, shelf, err);
}
