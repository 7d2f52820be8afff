/*
 * measured: one published or own measurement of speed, or a question of the same form, as a row of a table tells it,
 * and what the throughput model is asked for it.
 */
#ifndef SUPPLY_MEASURED_H
#define SUPPLY_MEASURED_H

#include "models/supply/throughput.h"
#include "models/units/text.h"

struct accelerator;
struct constants;
struct err;
struct transformer;

/* The row as written; empty where it says nothing. */
struct measured {
	struct text source, date, engine, engine_version, model, precision, gpu;
	struct text gpus, tp, pp, dp, isl, osl, load; /* load: "64", "max", "qps=4", "qps=inf" */
	struct text metric, value, unit, notes;
	struct text cached; /* share of the input that the prefix cache held; empty: none */
};

enum quantity {
	QUANTITY_TPOT,     /* seconds */
	QUANTITY_TTFT,     /* seconds */
	QUANTITY_E2E,      /* seconds */
	QUANTITY_OUTPUT,   /* output tokens a second of the replica */
	QUANTITY_TOTAL,    /* input and output tokens a second */
	QUANTITY_REQUESTS, /* a second */
	QUANTITY_PREFILL,  /* input tokens a second while computing prompts */
	QUANTITY_DECODE    /* tokens a second while decoding only */
};

#define QUANTITIES (QUANTITY_DECODE + 1)

/* The tables that names are looked up in. */
struct shelves {
	const struct transformer *models;
	size_t models_n;
	const struct accelerator *gpus;
	size_t gpus_n;
};

struct asked {
	struct setup setup;
	enum quantity quantity;
	double to_unit;  /* base unit of the quantity times this is the row's unit */
	bool tail;       /* a 90th percentile or higher */
	double rate;     /* requests a second that are offered; 0: the setup's concurrency counts */
	double slo_tpot; /* seconds: as many sequences as keep this; 0: none */
	double value;    /* in the row's unit; NAN: none */
	double gpus;
};

/*
 * ERR_INPUT or ERR_MISSING (a name that is in no table) with the field, its value and what would be understood; the
 * nearest names of a model or GPU are told.
 */
int measured_ask(const struct measured *row, const struct shelves *shelves, struct asked *asked, struct err *err);

struct prediction {
	double value; /* in the row's unit */
	struct throughput throughput;
};

/* ERR_INPUT says why not: it does not fit (and how much memory is missing), offered more than it serves. */
int measured_predict(
	const struct asked *asked, const struct constants *constants, struct prediction *prediction, struct err *err);

/* The year of a date or an engine's age: "2026-04-03" is 2026.25, "2025-07" 2025.5; NAN: none. */
double measured_year(struct text date);

/* The sentence about a model or a GPU that no table has, with the nearest names and how to add one. Returns -1. */
int measured_unknown_model(struct text name, const struct shelves *shelves, struct err *err);
int measured_unknown_gpu(struct text name, const struct shelves *shelves, struct err *err);

#endif
