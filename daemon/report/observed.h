/*
 * observed: the speed that engines were seen to run at in production, as measurements that predictions lean on
 * (models/supply/observed.h says which stretches tell anything).
 */
#ifndef REPORT_OBSERVED_H
#define REPORT_OBSERVED_H

#include <stddef.h>
#include <stdint.h>

#include "models/supply/measured.h"
#include "models/supply/observed.h"

struct arena;
struct err;
struct store;

#define OBSERVED_ROWS 2 /* that one of these makes at most: time per token, tokens a second */

struct observations {
	struct observed *rows; /* one for each setup, model and level of requests at once */
	size_t n;
};

/* What was seen from that instant on, texts in the arena. */
int observed_read(
	struct store *store, struct arena *arena, int64_t from_us, struct observations *observations, struct err *err);

/* A row with the names alone, which a table may know or not; lengths and load are no one's. */
struct measured observed_names(struct arena *arena, const struct speed_reading *reading);

/* The rows that it makes: 0 to OBSERVED_ROWS; texts in the arena. */
size_t observed_rows(struct arena *arena, const struct observed *observed, struct measured rows[OBSERVED_ROWS]);

/* Whether predictions could lean on what runs there. ERR_INPUT, ERR_MISSING: a name that no table has, the layout. */
int observed_check(
	struct arena *arena, const struct shelves *shelves, const struct engine_place *place, struct err *err);

/* Count a quarter hour of a replica where it belongs; one that says nothing is left out. */
void observed_take(struct arena *arena, struct observations *observations, const struct speed_reading *reading);

#endif
