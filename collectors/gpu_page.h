/*
 * gpu_page: GPUs out of /metrics pages of their exporters: DCGM, AMD, and this machine's own reader of NVML.
 *
 * Each device is looked at once a page, whatever labels its samples have: a GPU that is shared by pods, or whose pod
 * has moved, is one GPU. Instances of a GPU that is cut into several (MIG) are parts of it: the share of each that is
 * busy counts by the share of the GPU that it has.
 */
#ifndef COLLECTORS_GPU_PAGE_H
#define COLLECTORS_GPU_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/collector.h"
#include "collectors/exposition.h"

struct err;

enum gpu_quantity {
	GPU_BUSY,    /* parts per million */
	GPU_MEMORY,  /* MiB in use */
	GPU_POWER,   /* mW */
	GPU_ENERGY,  /* uJ, a counter */
	GPU_PRESENT, /* says that the device is there, and nothing else */
	GPU_STATE,   /* of the reader: its label "text" is a sentence; no device */
	GPU_QUANTITIES
};

struct gpu_row {
	const char *name;
	enum gpu_quantity quantity;
	int choice; /* of one quantity those of the smallest choice count */
	int digits; /* quantity = value x 10^digits, and divided by `divide` */
	int64_t divide;
};

#define GPU_NAMES 6

struct gpu_kind {
	const char *what; /* "DCGM": for sentences */
	bool prefixed;    /* names may have a prefix that ends in an underscore */
	const struct gpu_row *rows;
	size_t n;
	/* Labels that are tried one after the other; ended by NULL. */
	const char *device[GPU_NAMES], *host[GPU_NAMES], *index[GPU_NAMES], *model[GPU_NAMES];
	const char *pod[GPU_NAMES], *space[GPU_NAMES];
	const char *instance, *profile; /* of a part of a GPU; NULL: none are told apart */
	const char *partition;          /* only partition 0 of a GPU tells anything; NULL: no such label */
	bool merge;  /* looks become quarter hours whoever asked; else only where a source was asked at an address */
	bool blanks; /* numbers near the end of their type mean that there is no value */
};

int gpu_page_parse(const struct gpu_kind *kind, struct input *input, const struct collect_options *options,
	const struct sink *sink, struct err *err);

#endif
