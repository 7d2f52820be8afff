#include "daemon/ingest/offered.h"

#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/ingest/mappings.h"

static const char *const kinds[] = {
	[COLLECTS_USAGE] = "usage",
	[COLLECTS_GPU_HOURS] = "GPU hours",
	[COLLECTS_INVOICES] = "invoices",
	[COLLECTS_PRICES] = "prices",
	[COLLECTS_INCIDENTS] = "incidents",
};

const char *
offered_kind(enum collector_kind kind)
{
	return kinds[kind];
}

struct offered *
offered_list(const struct mappings *mappings, struct arena *arena, size_t *n)
{
	size_t own = 0, mapped = mappings == NULL ? 0 : mappings->n;
	struct offered *rows;

	while (collectors[own] != NULL)
		own++;
	rows = arena_take(arena, (own + mapped) * sizeof(*rows));
	*n = own + mapped;
	for (size_t i = 0; i < own; i++)
		rows[i] = (struct offered){ .name = collectors[i]->name,
			.title = collectors[i]->title,
			.kind = kinds[collectors[i]->kind],
			.replaces = collectors[i]->kind == COLLECTS_INVOICES,
			.asked = collectors[i]->pull != NULL,
			.followed = collectors[i]->files != NULL && strcmp(collectors[i]->name, "mapped") != 0 };
	for (size_t i = 0; i < mapped; i++)
		rows[own + i] = (struct offered){ .name = mappings->rows[i].name,
			.title = arena_format(arena, "CSV or JSON lines, by [mapping %s] of the configuration",
				mappings->rows[i].name),
			.kind = kinds[COLLECTS_USAGE],
			.mapping = true,
			.followed = true };
	return rows;
}
