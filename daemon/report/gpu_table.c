#include <stdbool.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/embed.h"
#include "daemon/report/gpu_table.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

#define GPU_PRICES_FILE "models/supply/gpu_hour_prices.csv"

int
gpu_table_read(struct arena *arena, struct gpu_table *table, struct err *err)
{
	const struct embedded *file = embed_find(GPU_PRICES_FILE);
	struct gpu_price *rows = arena_take(arena, GPU_PRICES_MAX * sizeof(*rows));

	if (file == NULL)
		return err_set(err, ERR_OUTSIDE, "%s is not inside this program", GPU_PRICES_FILE);
	table->rows = rows;
	if (gpu_price_parse(
		    (struct text){ (const char *)file->bytes, file->size }, rows, GPU_PRICES_MAX, &table->n, err) != 0)
		return err_in(err, GPU_PRICES_FILE);
	return 0;
}

static void
say_missing(struct arena *arena, const struct gpu_table *table, const char *gpu, struct err *err)
{
	const char *holding = "", *all = "";
	struct nearest nearest;

	nearest_init(&nearest, gpu);
	for (size_t i = 0; i < table->n; i++) {
		const char *name = arena_copy(arena, table->rows[i].gpu.p, table->rows[i].gpu.n);
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = text_same(table->rows[j].gpu, table->rows[i].gpu);
		if (seen)
			continue;
		nearest_offer(&nearest, name);
		all = arena_format(arena, "%s%s%s", all, all[0] == '\0' ? "" : ", ", name);
		if (strcasestr(name, gpu) != NULL)
			holding = arena_format(arena, "%s%s%s", holding, holding[0] == '\0' ? "" : ", ", name);
	}
	if (holding[0] == '\0' && nearest_found(&nearest) != NULL)
		holding = nearest_found(&nearest);
	err_set(err, ERR_MISSING, "gpu: no published price for '%s'; %s %s", gpu,
		holding[0] == '\0' ? "there are prices for" : "it may be", holding[0] == '\0' ? all : holding);
}

const struct gpu_price *
gpu_table_find(struct arena *arena, const struct gpu_table *table, const char *gpu, struct err *err)
{
	struct gpu_price_wanted wanted = { .gpu = text_of(gpu) };
	const struct gpu_price *price = gpu_price_find(table->rows, table->n, &wanted);

	if (price == NULL)
		say_missing(arena, table, gpu, err);
	return price;
}
