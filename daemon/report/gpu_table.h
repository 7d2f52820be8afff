/*
 * gpu_table: the published prices of GPU-hours that are inside the program, read and asked by name.
 */
#ifndef REPORT_GPU_TABLE_H
#define REPORT_GPU_TABLE_H

#include <stddef.h>

#include "models/supply/gpu_price.h"

struct arena;
struct err;

struct gpu_table {
	const struct gpu_price *rows; /* in the arena, texts in the program */
	size_t n;
};

int gpu_table_read(struct arena *arena, struct gpu_table *table, struct err *err);

/*
 * The on-demand price of an accelerator over all kinds of provider. NULL with ERR_MISSING that names what the
 * word may have meant: all accelerators of which the name holds it, else the nearest, else all.
 */
const struct gpu_price *gpu_table_find(
	struct arena *arena, const struct gpu_table *table, const char *gpu, struct err *err);

#endif
