#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "daemon/base/config.h"
#include "daemon/base/zone.h"
#include "daemon/ingest/mappings.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

static int
make(const struct config_mapping *from, struct mapping *mapping, struct zone **zone, int *line, struct err *err)
{
	*line = from->line;
	if ((mapping->name = strdup(from->name)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a mapping");
	if (collector_find(from->name, err) != NULL)
		return err_set(err, ERR_INPUT, "a collector has that name");
	for (int i = 0; i < from->rows; i++) {
		*line = from->row[i].line;
		if (mapping_set(mapping, from->row[i].name, from->row[i].value, err) != 0)
			return -1;
		if (strcmp(from->row[i].name, "zone") != 0)
			continue;
		if ((*zone = calloc(1, sizeof(**zone))) == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for a mapping");
		if (zone_load(*zone, mapping->zone_name, err) != 0)
			return -1;
		mapping->zone = *zone;
	}
	*line = from->line;
	return mapping_check(mapping, err);
}

int
mappings_make(const struct config_sources *sources, struct mappings *mappings, struct err *err)
{
	size_t n = sources->n_mappings;

	*mappings = (struct mappings){ .rows = NULL };
	if (n == 0)
		return 0;
	mappings->rows = calloc(n, sizeof(*mappings->rows));
	mappings->zones = calloc(n, sizeof(*mappings->zones));
	mappings->n = n;
	if (mappings->rows == NULL || mappings->zones == NULL) {
		mappings_free(mappings);
		return err_set(err, ERR_OUTSIDE, "no memory for a mapping");
	}
	for (size_t i = 0; i < n; i++) {
		int line = 0;

		if (make(&sources->mappings[i], &mappings->rows[i], &mappings->zones[i], &line, err) == 0)
			continue;
		mappings_free(mappings);
		return err_in(err, "%s:%d: mapping %s", sources->file, line, sources->mappings[i].name);
	}
	return 0;
}

void
mappings_free(struct mappings *mappings)
{
	for (size_t i = 0; mappings->zones != NULL && i < mappings->n; i++)
		free(mappings->zones[i]);
	for (size_t i = 0; mappings->rows != NULL && i < mappings->n; i++)
		free((char *)(uintptr_t)mappings->rows[i].name);
	free(mappings->zones);
	free(mappings->rows);
	*mappings = (struct mappings){ .rows = NULL };
}

const struct collector *
mappings_collector(const struct mappings *mappings, const char *name, const struct mapping **mapping, struct err *err)
{
	size_t n = mappings == NULL ? 0 : mappings->n;
	struct nearest nearest;
	const char *meant;

	*mapping = NULL;
	nearest_init(&nearest, name);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(mappings->rows[i].name, name) == 0) {
			*mapping = &mappings->rows[i];
			return collector_find("mapped", err);
		}
		nearest_offer(&nearest, mappings->rows[i].name);
	}
	meant = nearest_found(&nearest);
	for (size_t i = 0; collectors[i] != NULL; i++)
		nearest_offer(&nearest, collectors[i]->name);
	if (meant == NULL || nearest_found(&nearest) != meant)
		return collector_find(name, err);
	err_set(err, ERR_INPUT, "there is no collector and no mapping '%s'; did you mean the mapping '%s'?", name,
		meant);
	return NULL;
}
