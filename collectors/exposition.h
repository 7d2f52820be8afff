/*
 * exposition: what a /metrics page says, sample by sample: Prometheus' text format 0.0.4 and OpenMetrics 1.0.
 *
 *   # TYPE vllm:prompt_tokens_total counter
 *   vllm:prompt_tokens_total{engine="0",model_name="demo-8b"} 1.250431e+06
 *   foo_total{a="b"} 17 1793491200.5 # {trace_id="x"} 0.67 1793491199
 *   {"my.metric","label.name"="v"} 1
 *
 * The page lies whole in memory and is changed: label values are unescaped in place. In text format a time is whole
 * milliseconds, in OpenMetrics it is seconds; what ends in "# EOF" is OpenMetrics. A line that is no sample is told
 * and does not sink the rest.
 */
#ifndef COLLECTORS_EXPOSITION_H
#define COLLECTORS_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct err;

#define METRIC_LABELS_MAX 64
#define METRIC_VALUE_MAX 120 /* bytes of a number as written */

enum metric_type {
	METRIC_UNTYPED, /* not said, or "untyped", "unknown", or a word that is none of these */
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
	METRIC_SUMMARY,
	METRIC_INFO,
	METRIC_STATESET,
	METRIC_GAUGEHISTOGRAM
};

struct metric_label {
	struct text name, value;
};

struct metric_sample {
	struct text name;      /* with its suffix: "h_bucket", "c_total" */
	enum metric_type type; /* of the family it belongs to, as its TYPE line said */
	size_t labels;
	struct metric_label label[METRIC_LABELS_MAX]; /* by rising name, whatever the order on the page is */
	struct text written;                          /* the value as written, for exact counts */
	double value;                                 /* NaN and infinities included */
	bool has_time;
	int64_t at_us; /* its own time, where it has one */
	int64_t line;
};

struct exposition {
	char *at, *end;
	int64_t line; /* of what was read last */
	bool openmetrics, ended;
	struct text family; /* of the last TYPE line */
	enum metric_type type;
};

/* Begin with bytes[0..n), the first of which stands on line `line`. */
void exposition_begin(struct exposition *page, char *bytes, size_t n, int64_t line);

/*
 * The next sample: 1; 0 at the end; -1 for a line that is none, with ERR_INPUT, after which the next call goes on.
 * Its texts point into the page.
 */
int exposition_next(struct exposition *page, struct metric_sample *sample, struct err *err);

/* The value of a label; empty where the sample has none of that name, which means the same. */
struct text metric_label(const struct metric_sample *sample, const char *name);

/*
 * The value as a whole number of 10^-digits, exactly from what is written, rounded half to even. -1 with ERR_INPUT
 * where it is NaN, infinite or does not fit.
 */
int metric_whole(const struct metric_sample *sample, int digits, int64_t *value, struct err *err);

/* "counter", ...: for sentences. */
const char *metric_type_name(enum metric_type type);

/* How surely the first bytes of something are a /metrics page: 0 to 100. */
int exposition_sniff(const char *head, size_t n);

#endif
