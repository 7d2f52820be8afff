/*
 * collector: the contract between a format and the rest of the house.
 *
 * A collector is a pure parser: it pulls bytes from an input, hands readings and refusals to a sink, and
 * knows nothing of files, sockets, clocks or the ledger. One file per format, one row in collectors.c.
 * A row that cannot be understood is refused with its place and reason and does not sink the run; what
 * makes the whole input unusable (no such header, broken JSON document) is an error.
 */
#ifndef COLLECTORS_COLLECTOR_H
#define COLLECTORS_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/price/usage.h"
#include "models/units/text.h"

struct err;
struct price_row;
struct zone;

/* Where bytes come from. read: up to size bytes into buffer; 0 at the end; -1 with *err. */
struct input {
	const char *name; /* for sentences: a file name, "-", a URL without its secrets */
	long (*read)(void *ctx, char *buffer, size_t size, struct err *err);
	void *ctx;
};

/* What the person who imports said about the whole input; empty where nothing was said. */
struct collect_options {
	struct text account, workload, provider, model;
	const struct zone *zone; /* of wall-clock times without a zone; never NULL */
	int64_t now_us;          /* when the run began: the fetch date of prices without one */
};

enum usage_status { STATUS_OK, STATUS_ERROR, STATUS_TIMEOUT };

#define NOT_REPORTED INT64_C(-1)

/* One call, or one bucket of calls, to a model. Texts are borrowed for the call. */
struct usage_reading {
	int64_t at_us;
	struct text id; /* unique with at_us; empty: the sink makes one from the content */
	struct text provider, model, workload, account, project, key, service_tier;
	enum usage_status status;
	int64_t requests;            /* NOT_REPORTED or >= 0 */
	int64_t latency_ms, ttft_ms; /* NOT_REPORTED or >= 0 */
	bool has_usage;              /* false: tokens unknown (a failed call); all classes are 0 then */
	struct usage usage;
	const int64_t *parts;        /* PRICE_PARTS counts that lie inside the classes (tariff.h), or NULL: none told */
	int64_t web_searches;        /* searches the provider made and bills; 0 where none or not reported */
};

/* One GPU over one stretch of time. Allocated and busy time are different things and stay apart. */
struct gpu_reading {
	int64_t from_us, to_us;  /* half open */
	struct text device;      /* the GPU's UUID; where there is none, host and index */
	struct text gpu;         /* product name as reported */
	struct text account, workload;
	int64_t busy_ppm;        /* mean utilisation of the stretch in parts per million, or NOT_REPORTED */
	int64_t memory_used_mib; /* mean, or NOT_REPORTED */
	int64_t power_mw;        /* mean, or NOT_REPORTED */
};

/* One line of an invoice, in the terms of FOCUS. Amounts are nano-units of `currency`. */
struct invoice_reading {
	int64_t period_from_us, period_to_us;   /* billing period */
	int64_t charge_from_us, charge_to_us;   /* charge period */
	struct text id;                         /* natural key inside the period; empty: made from the content */
	struct text account, invoice, provider, publisher, service, sku, resource;
	struct text category;                   /* Usage, Purchase, Tax, Credit, Adjustment */
	struct text charge_class;               /* Correction, or empty */
	struct text frequency, pricing_category;
	struct text commitment, commitment_status; /* Used, Unused, or empty */
	struct text description, currency;
	struct text quantity_unit;
	bool has_quantity;
	int64_t quantity_nano;                  /* consumed quantity, 1e-9 units */
	bool has_billed, has_effective, has_list, has_contracted;
	int64_t billed_nano, effective_nano, list_nano, contracted_nano;
};

/* Where in the input: a line (1 = first) or, in a document, an element path such as "openai/gpt-4o". */
struct place {
	int64_t line;     /* 0: not known */
	const char *path; /* NULL: none */
};

/*
 * Where readings go. Each returns 0, or -1 with *err to end the run (the store failed); what happened
 * to the row (taken, repeated, conflicting) is the sink's to count. A NULL member: that kind is not wanted.
 * refuse: a row that was not understood; the reason names field and value.
 * warn: understood all the same, but a person should know (counted by its text).
 */
struct sink {
	void *ctx;
	int (*usage)(void *ctx, struct place place, const struct usage_reading *reading, struct err *err);
	int (*gpu)(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err);
	int (*invoice)(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err);
	int (*price)(void *ctx, struct place place, const struct price_row *row, struct err *err);
	void (*refuse)(void *ctx, struct place place, const char *reason);
	void (*warn)(void *ctx, struct place place, const char *reason);
};

enum collector_kind { COLLECTS_USAGE, COLLECTS_GPU_HOURS, COLLECTS_INVOICES, COLLECTS_PRICES };

struct collector {
	const char *name;  /* "azure-trace" */
	const char *title; /* one line for --list */
	enum collector_kind kind;
	/* How well the first bytes fit: 100 certain, 0 not this; *why_not (static or NULL) says what was missing. */
	int (*sniff)(const char *head, size_t n, const char **why_not);
	int (*parse)(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err);
};

/* All collectors in the order they are listed; ended by NULL. */
extern const struct collector *const collectors[];

/* The collector of that name, or NULL with ERR_INPUT and the nearest name. */
const struct collector *collector_find(const char *name, struct err *err);

/* The collector whose sniff is the surest about these first bytes, or NULL with ERR_INPUT. */
const struct collector *collector_recognise(const char *head, size_t n, struct err *err);

#endif
