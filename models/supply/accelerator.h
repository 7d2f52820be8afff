/*
 * accelerator: what one GPU can do, from accelerators.csv, which is placed inside the program, and from rows
 * that a person adds. What is not known is NAN. Pure: the bytes are handed in and the texts point into them.
 */
#ifndef SUPPLY_ACCELERATOR_H
#define SUPPLY_ACCELERATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "models/units/calendar.h"
#include "models/units/text.h"

struct err;

#define ACCELERATORS_MAX 256
#define GIB 1073741824.0

struct accelerator {
	struct text name, also, vendor, architecture, link, reported, source, note;
	struct text like;                    /* whose shares stand in for missing ones */
	struct date dated;                   /* year 0: not told */
	bool checked;                        /* false: some figure was taken over without reading it again */
	double memory_gb, usable_gib;        /* as sold; what a program can have */
	double memory_gb_s;                  /* nominal */
	double fp16, fp8, fp4, int8;         /* dense 1e12 operations a second */
	double link_gb_s, link_gpus;         /* one way, per GPU; how many GPUs it joins */
	double pcie_gb_s, power_w;           /* one way; board limit */
	double reached_bf16, reached_fp8;    /* best matrix product measured, 1e12 a second */
	double read_share, kv_share;         /* of memory_gb_s that kernels reach: weights, KV cache */
	double math16_share, math8_share;    /* of fp16, fp8 that a matrix product reaches */
	double math4_share, attention_share; /* of fp4; of fp16 in the attention of long prompts */
};

/*
 * Read the CSV into rows[*n..max), *n is raised. Missing shares are taken from the accelerator named under
 * "like", among all rows. ERR_INPUT names the line, the column and the value; a second row of the same name is refused.
 */
int accelerator_parse(struct text csv, struct accelerator *rows, size_t max, size_t *n, struct err *err);

/*
 * The accelerator that is meant: its name, another name or its driver's name, then by its words ("H100" is the
 * first with that word, "A100-40GB" the one with so much memory). NULL: none. Earlier rows win.
 */
const struct accelerator *accelerator_find(const struct accelerator *rows, size_t n, struct text name);

/* Up to max names that were perhaps meant, the nearest first; how many. */
size_t accelerator_near(
	const struct accelerator *rows, size_t n, struct text name, const struct accelerator **near, size_t max);

/* Bytes of memory that a program can have. */
double accelerator_bytes(const struct accelerator *gpu);

#endif
