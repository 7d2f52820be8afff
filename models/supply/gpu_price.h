/*
 * gpu_price: what a GPU-hour was asked for, as dated medians and quartiles of published quotes.
 *
 * The rows come from gpu_hour_prices.csv, which is placed inside the program; its head says how they were
 * computed. One row is one accelerator, one kind of provider and one kind of rental. A price that nobody
 * quoted has no row: it is unknown, not zero. Pure: the bytes are handed in and the texts point into them.
 */
#ifndef SUPPLY_GPU_PRICE_H
#define SUPPLY_GPU_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/calendar.h"
#include "models/units/text.h"

struct err;

#define GPU_PRICES_MAX 512      /* rows that a table of prices may have */
#define GPU_PRICE_STALE_DAYS 90 /* after so many days a quote is said to be stale */
#define GPU_PROVIDERS_ANY "any" /* the row over all kinds of provider */

struct gpu_price {
	struct text gpu;                          /* "H100 SXM", as in accelerators.csv */
	struct text provider;                     /* kind: "hyperscaler", "specialist", "marketplace" or "any" */
	struct text rental;                       /* "on-demand", "spot", "reserved" (12 months) or "reserved-36mo" */
	int64_t low_nano, median_nano, high_nano; /* quartiles, 1e-9 USD per GPU-hour; low <= median <= high */
	int quotes;                               /* offers behind the row, > 0 */
	int providers;                            /* of so many providers, 1..quotes; the quartiles are over them */
	struct date from, to;                     /* of the oldest and the newest quote */
	struct text source;
};

/*
 * Read the CSV into rows[0..max); *n tells how many there were. Lines starting with # and blank lines are
 * skipped; the first other line is the header, its columns in any order. ERR_INPUT names the line, the column
 * and the value; two rows for the same accelerator, provider and rental are refused.
 */
int gpu_price_parse(struct text csv, struct gpu_price *rows, size_t max, size_t *n, struct err *err);

struct gpu_price_wanted {
	struct text gpu;      /* case, blanks, dashes and a maker's name in front do not matter */
	struct text provider; /* empty: GPU_PROVIDERS_ANY */
	struct text rental;   /* empty: "on-demand" */
};

/* The row of exactly that accelerator, kind of provider and rental, or NULL. */
const struct gpu_price *gpu_price_find(const struct gpu_price *rows, size_t n, const struct gpu_price_wanted *wanted);

/* Whole days from the newest quote of the row to the instant; 0 when the instant is earlier. */
int gpu_price_age_days(const struct gpu_price *price, int64_t now_us);

/* Whether the row is older than GPU_PRICE_STALE_DAYS. */
bool gpu_price_stale(const struct gpu_price *price, int64_t now_us);

#endif
