#include <stddef.h>

#include "collectors/input.h"
#include "collectors/measured_csv.h"
#include "models/units/err.h"

static const char *const names[MEASURED_COLUMNS] = { "source", "date", "engine", "engine_version", "model", "precision",
	"gpu", "n_gpus", "tp", "pp", "dp", "isl", "osl", "concurrency_or_batch", "metric", "value", "unit", "notes" };

static const size_t offsets[MEASURED_COLUMNS] = { offsetof(struct measured, source), offsetof(struct measured, date),
	offsetof(struct measured, engine), offsetof(struct measured, engine_version), offsetof(struct measured, model),
	offsetof(struct measured, precision), offsetof(struct measured, gpu), offsetof(struct measured, gpus),
	offsetof(struct measured, tp), offsetof(struct measured, pp), offsetof(struct measured, dp),
	offsetof(struct measured, isl), offsetof(struct measured, osl), offsetof(struct measured, load),
	offsetof(struct measured, metric), offsetof(struct measured, value), offsetof(struct measured, unit),
	offsetof(struct measured, notes) };

int
measured_columns(const struct header *header, struct measured_columns *columns, struct err *err)
{
	static const char *const needed[] = { "model", "gpu", "metric" };

	if (columns_map(header, names, MEASURED_COLUMNS, columns->index, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		for (int k = 0; k < MEASURED_COLUMNS; k++)
			if (names[k] == needed[i] || strcmp(names[k], needed[i]) == 0) {
				if (columns->index[k] == COLUMN_ABSENT)
					return err_set(err, ERR_INPUT, "the header has no column '%s'", needed[i]);
			}
	return 0;
}

void
measured_row(const struct measured_columns *columns, const struct text *fields, size_t n, struct measured *row)
{
	/* What no column tells stays empty. */
	*row = (struct measured){ .source = { NULL, 0 } };
	for (int i = 0; i < MEASURED_COLUMNS; i++) {
		struct text *into = (struct text *)(void *)((char *)row + offsets[i]);
		int at = columns->index[i];

		*into = at == COLUMN_ABSENT || (size_t)at >= n ? (struct text){ NULL, 0 } : text_trim(fields[at]);
	}
}
