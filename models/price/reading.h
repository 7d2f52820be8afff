/*
 * reading: what one row of any source says once its format is left behind, before the ledger has it.
 *
 * The collectors make readings, the store takes them, and neither knows the other. Texts are borrowed:
 * valid for the call that hands the reading over. Instants are microseconds since 1970 in UTC.
 */
#ifndef PRICE_READING_H
#define PRICE_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/price/usage.h"
#include "models/units/text.h"

enum usage_status { STATUS_OK, STATUS_ERROR, STATUS_TIMEOUT };

#define NOT_REPORTED INT64_C(-1)

/* One call, or one bucket of calls, to a model. Texts are borrowed for the call. */
struct usage_reading {
	int64_t at_us;
	struct text id; /* unique with at_us; empty: the sink makes one from the content */
	struct text provider, model, workload, account, project, key, service_tier;
	struct text tag;  /* what else the source calls it; several are parted by commas */
	bool grows;       /* a snapshot of a call that may go on: of two with one key the larger stands */
	bool tier_hinted; /* service_tier was read from a usage object and not said by the caller */
	enum usage_status status;
	int64_t requests;            /* NOT_REPORTED or >= 0 */
	int64_t latency_ms, ttft_ms; /* NOT_REPORTED or >= 0 */
	bool has_usage;              /* false: tokens unknown (a failed call); all classes are 0 then */
	struct usage usage;
	const int64_t *parts; /* PRICE_PARTS counts that lie inside the classes (tariff.h), or NULL: none told */
	int64_t web_searches; /* searches the provider made and bills; 0 where none or not reported */
	/* Of a bucket: the input of each of its calls, as far as a price depends on it (tariff.h); 0: not told. */
	int64_t context_tokens;
	/* What was counted beside tokens or in place of them: "images", "seconds", "bytes". NULL: nothing else. */
	const char *unit; /* a static name of small letters and '_' */
	int64_t units;    /* how many of them; >= 0 */

	/*
	 * Of a bucket of calls. A row without an id that is pulled is known by its source, at_us, width_us, grouping, the
	 * texts above and dimensions: two rows of one bucket that differ must differ in one of these.
	 */
	int64_t width_us;       /* how long the bucket is; 0: one call, or not told */
	struct text grouping;   /* the set of dimensions that it was asked by, "completions:model+project"; or empty */
	struct text dimensions; /* what else parts it from others of its bucket: "context_window=0-200k"; or empty */
};

/*
 * Who says that the GPU was there. A host sees its GPUs and how busy they are; a scheduler or a landlord tells what was
 * allocated, and usually paid for. The same GPU may be told by both, and so the two are never added up.
 */
enum gpu_basis { GPU_SEEN, GPU_ALLOCATED };

/* One GPU over one stretch of time. Allocated and busy time are different things and stay apart. */
struct gpu_reading {
	int64_t from_us, to_us; /* half open */
	struct text device;     /* the GPU's UUID; where there is none, host and index */
	struct text gpu;        /* product name as reported */
	struct text account, workload;
	int64_t busy_ppm;        /* mean utilisation of the stretch in parts per million, or NOT_REPORTED */
	int64_t memory_used_mib; /* mean, or NOT_REPORTED */
	int64_t power_mw;        /* mean, or NOT_REPORTED */
	enum gpu_basis basis;
	bool has_rate;     /* whether it was told what an hour of it costs */
	int64_t rate_nano; /* nano-USD per GPU and hour */
};

/* What an engine runs on, as a person told it; empty and 0: not told. */
struct engine_place {
	struct text gpu;            /* accelerator's product name */
	int64_t gpus;               /* behind the address, all together */
	int64_t tp;                 /* of which so many share each layer; 0: all of them */
	struct text precision;      /* of the weights; empty: what the model is published in */
	struct text engine_version; /* no engine tells it with its counters */
	struct text anchor_model;   /* the model as the throughput model's table has it; empty: as it is served */
};

/*
 * What one replica of a self-hosted engine was seen to do in one quarter hour, as far as it has been watched. A later
 * reading of the same quarter, engine, replica and model says it whole again and stands in place of this one.
 */
struct speed_reading {
	int64_t quarter_us;  /* when the quarter hour begins, in UTC */
	struct text engine;  /* "vllm" */
	struct text replica; /* host and port; may be empty */
	struct text model;   /* empty: not told */
	struct engine_place place;
	int64_t from_us, to_us; /* the first and the last look at it */
	int64_t watched_us;     /* time between looks that were close enough */
	int64_t input_tokens;   /* cached ones among them; these three NOT_REPORTED or >= 0 */
	int64_t cached_tokens;
	int64_t output_tokens;
	int64_t requests;               /* that ended; NOT_REPORTED or >= 0, as all that follow */
	int64_t busy_us;                /* of the time watched, with a request running */
	int64_t running_ms, waiting_ms; /* requests x milliseconds */
	int64_t kv_ppm_ms;              /* share of the cache in use, parts per million x milliseconds */
	int64_t ttft_us, ttft_requests; /* sum of times to the first token, and of how many */
	int64_t token_us, token_gaps;   /* sum of times between tokens, and of how many */
};

/* One line of an invoice, in the terms of FOCUS. Amounts are nano-units of `currency`. */
struct invoice_reading {
	int64_t period_from_us, period_to_us; /* billing period */
	int64_t charge_from_us, charge_to_us; /* charge period */
	struct text id;                       /* natural key inside the period; empty: made from the content */
	struct text account, invoice, provider, publisher, service, sku, resource;
	struct text category;     /* Usage, Purchase, Tax, Credit, Adjustment */
	struct text charge_class; /* Correction, or empty */
	struct text frequency, pricing_category;
	struct text commitment, commitment_status; /* Used, Unused, or empty */
	struct text description, currency;
	struct text quantity_unit;
	bool has_quantity;
	int64_t quantity_nano; /* consumed quantity, 1e-9 units */
	bool has_billed, has_effective, has_list, has_contracted;
	int64_t billed_nano, effective_nano, list_nano, contracted_nano;
	/* Of a row that is pulled and has no id: as in usage_reading. Its texts above, without the amounts, part it. */
	struct text grouping, dimensions;
};

#define INCIDENT_COMPONENTS 64

/* Something that went wrong at a provider, as its status page tells it now; it may tell it otherwise later. */
struct incident_reading {
	struct text provider; /* who, "openai" */
	struct text id;       /* unique at the provider */
	struct text name, url;
	struct text impact;            /* none, minor, major, critical or maintenance; another word as it was told */
	struct text status;            /* as told: investigating, ..., resolved */
	const struct text *components; /* what it met; none: not told */
	size_t n_components;
	int64_t started_us;
	int64_t ended_us;   /* NOT_REPORTED: it is not over, or nobody said when it was */
	bool over;          /* the source says that it is over */
	int64_t updated_us; /* when the source last changed what it says */
};

#endif
