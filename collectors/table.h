/*
 * table: a CSV table read row by row under the names of its header.
 *
 * Columns stand in any order, parted by commas, semicolons or tabs; unknown ones are left out, and a row of another
 * number of fields than the header is refused.
 */
#ifndef COLLECTORS_TABLE_H
#define COLLECTORS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "models/units/text.h"

struct err;

#define TABLE_COLUMNS_MAX 64
#define TABLE_NAME_MAX 128

struct table {
	const struct collect_options *options;
	const struct sink *sink;
	int index[TABLE_COLUMNS_MAX];         /* where each column stands, or COLUMN_ABSENT */
	struct text value[TABLE_COLUMNS_MAX]; /* of the row, blanks at the ends taken off; empty where absent */
	char separator;
	int64_t line;
	bool refused;
	unsigned told; /* departures of amounts of the row (focus_value.h) */
};

struct table_shape {
	const char *const *names;
	int columns;
	/* Writes the name by which a field of the header is known into plain[0..size); NULL: as it is. */
	size_t (*rename)(struct text name, char *plain, size_t size);
	/* Whether the header will do; ERR_INPUT says what is missing. NULL: any does. */
	int (*header)(void *ctx, struct table *table, struct err *err);
	/* One row. 0 also when it was refused; -1 when the sink ended the run. */
	int (*row)(void *ctx, struct table *table, struct err *err);
};

int table_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct table_shape *shape, void *ctx, struct err *err);

bool table_has(const struct table *table, int column);

/* ERR_INPUT "the header has no column ..." where it has none of this name. */
int table_needs(const struct table *table, const struct table_shape *shape, int column, struct err *err);

/* Refuse the row; later calls for the same row are silent. */
void table_refuse(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- values; what is not understood refuses the row */

/* An amount as people's files write them, in 1e-9 units; false where it is empty. Departures are told once the row is
 * taken (table_taken). */
bool table_amount(struct table *table, int column, const char *name, int64_t *nano);

/* A whole number that is not negative; `otherwise` where it is empty. */
int64_t table_count(struct table *table, int column, const char *name, int64_t otherwise);

/* ISO or US date and time (focus_value.h), or Unix seconds where they are allowed. It must be there. */
int64_t table_time(struct table *table, int column, const char *name, bool unix_seconds);

/* The row is understood: say how its amounts and times departed from plain ones. False when it was refused. */
bool table_taken(struct table *table);

#endif
