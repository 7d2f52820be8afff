/*
 * meter: what an inference engine did between two scrapes of its counters.
 *
 * Engines count tokens since they started. Usage is the difference to the scrape before:
 *   - a series that is seen for the first time is a baseline and no usage; but when it says that it began after the
 *     scrape before (its _created, or the start of its process), all it holds is usage;
 *   - a counter that fell, or that says that it began anew, has been reset: what it holds now is usage. What was
 *     counted between the scrape before and the restart nobody knows; that is told, and not guessed;
 *   - labels are what tells series apart, in any order; one that goes away is remembered, and compared when it comes
 *     back;
 *   - time without a scrape longer than METER_SPREAD_US is spread over its quarter hours evenly, and told.
 *
 * What was counted is remembered in a text (sink.state), which is kept with the rows. Beside usage the meter tells the
 * speed that was observed, and what it was observed on as the source's settings have it: see struct speed_reading.
 */
#ifndef COLLECTORS_METER_H
#define COLLECTORS_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/exposition.h"

struct err;
struct pull;
struct pull_ask;

#define METER_SPREAD_US (INT64_C(900) * 1000000)
#define METER_SERIES_MAX 8192 /* that are remembered of one source */

enum meter_role {
	METER_INPUT,    /* tokens, cached ones among them */
	METER_CACHED,   /* of which were read from the cache */
	METER_OUTPUT,   /* tokens */
	METER_REQUESTS, /* finished */
	METER_FAILED,   /* requests that failed, which are not among those */
	METER_TTFT_SUM, /* seconds */
	METER_TTFT_COUNT,
	METER_TOKEN_SUM, /* seconds between tokens */
	METER_TOKEN_COUNT,
	METER_LATENCY_SUM, /* seconds of a request from end to end */
	METER_LATENCY_COUNT,
	METER_COUNTERS, /* the roles before it are differences, those behind it are what is now */
	METER_RUNNING = METER_COUNTERS,
	METER_WAITING,
	METER_KV_USE, /* 0..1 */
	METER_ROLES
};

/* One series of an engine, by its whole name: names that begin alike are others. */
struct meter_row {
	const char *name;
	enum meter_role role;
	int choice; /* of one role those of the smallest choice that a page has count: newer names before older ones */
	enum metric_type type;  /* a page that says another type means something else by the name */
	const char *label, *is; /* only where this label has this value; NULL: always */
};

struct meter_kind {
	const char *engine;      /* also the provider of its usage: "vllm" */
	const char *model_label; /* NULL: the engine does not say which model it serves */
	const struct meter_row *rows;
	size_t n;
	const char *ranks[3]; /* labels of ranks that all count the same: only rank 0 counts; ended by NULL */
	const char *caveat;   /* what its counters cannot tell: a warning with its baseline; NULL: none */
	bool no_tokens;       /* it counts requests alone */
};

/* Parse an input (see scrape.h) with the counters of an engine: the body of a collector's parse. */
int meter_parse(const struct meter_kind *kind, struct input *input, const struct collect_options *options,
	const struct sink *sink, struct err *err);

/* How engines are asked: as any page (scrape.h), with settings that say what they run on (struct engine_place). */
extern const struct pull meter_pull;

#define METER_OPTIONS(path) \
	{ "url_path", NULL, (path), "Where the counters are, with a query if it needs one" }, \
		{ "gpu", NULL, "", \
			"Accelerator that it runs on, as in H100 SXM: with it the speed it is seen to run at corrects " \
			"predictions" }, \
		{ "gpus", "1..1024", "1", "GPUs behind this address, all together" }, \
		{ "tp", "1..1024", "", "of which so many share each layer; nothing: all of them" }, \
		{ "precision", NULL, "", \
			"Of the weights: bf16, fp8, int4, ...; nothing: what the model is published in" }, \
		{ "engine_version", NULL, "", "Told beside its speeds, which are kept apart by it" }, \
		{ "anchor_model", NULL, "", \
			"The model as breakeven throughput knows it, where it is served under another name" }, \
	{ \
		NULL, NULL, NULL, NULL \
	}

/* What the settings of a source say that its engine runs on; NULL, a file: nobody said anything. Texts are the settings'. */
struct engine_place meter_place(const struct pull_ask *ask);

/* How surely the first bytes are of this engine: its names begin with prefix. */
int meter_sniff(const char *prefix, const char *head, size_t n);

#endif
