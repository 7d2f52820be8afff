/*
 * otlp: bodies of OTLP/HTTP (metrics, traces, logs; JSON or protobuf) taken apart, and what an item of them says
 * about tokens.
 *
 * Two readers make the same items of the two encodings. otlp_meaning then tells which items are usage: token
 * counters and histograms of the GenAI conventions, old names and new, their spans, and the counters and events
 * of Claude Code. What an item adds to the ledger depends on what came before it and is not decided here.
 */
#ifndef COLLECTORS_OTLP_H
#define COLLECTORS_OTLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/price/usage.h"
#include "models/units/text.h"

struct err;

enum otlp_signal { OTLP_METRICS, OTLP_TRACES, OTLP_LOGS };

#define OTLP_ATTRIBUTES_MAX 256    /* of one item or resource; those beyond are left out and told by `cut` */
#define OTLP_VALUES_MAX 800000     /* JSON values of one body */
#define OTLP_MEMORY_MAX (64 << 20) /* bytes that an unpacked protobuf body may take */

/* A number as it was sent. whole holds where is_whole; else it is a fraction, infinite or beyond 2^53. */
struct otlp_number {
	bool given, is_whole;
	int64_t whole;
};

enum otlp_type { OTLP_NOTHING, OTLP_TEXT, OTLP_WHOLE, OTLP_OTHER };

/* Of OTLP_OTHER (truths, fractions, lists, bytes) text and whole only tell values apart. */
struct otlp_value {
	enum otlp_type type;
	struct text text;
	int64_t whole;
};

struct otlp_attribute {
	struct text key;
	struct otlp_value value;
};

struct otlp_attributes {
	struct otlp_attribute *list;
	size_t n;
	bool cut;
};

enum otlp_kind { OTLP_SUM, OTLP_GAUGE, OTLP_HISTOGRAM, OTLP_SUMMARY, OTLP_SPAN, OTLP_EVENT };
enum otlp_temporality { OTLP_UNSPECIFIED, OTLP_DELTA, OTLP_CUMULATIVE };

#define OTLP_ID_MAX 33 /* hex digits of a trace's id, and a NUL */

/* One data point, span or log record. Everything is borrowed for the call that hands it over. */
struct otlp_item {
	enum otlp_kind kind;
	const struct otlp_attributes *resource;
	struct text scope, scope_version;
	struct text name; /* of the metric or the event */
	struct otlp_attributes attributes;
	uint64_t start_ns, time_ns; /* 0: not told. Of a span its begin and end */
	/* data points */
	enum otlp_temporality temporality;
	struct otlp_number value; /* of a histogram its sum */
	struct otlp_number count; /* of a histogram */
	bool no_value;            /* flag "no recorded value" */
	/* spans */
	char trace[OTLP_ID_MAX], span[OTLP_ID_MAX], parent[OTLP_ID_MAX]; /* lower-case hex; "" none */
	bool failed;
};

struct otlp_sink {
	void *ctx;
	int (*item)(void *ctx, struct otlp_item *item, struct err *err); /* -1 ends the reading */
};

/* Whose bodies are read one after the other: keeps its memory. NULL: no memory. */
struct otlp;
struct otlp *otlp_new(void);
void otlp_free(struct otlp *otlp); /* NULL is nothing */

/*
 * Hand every item of a body to the sink. -1 with ERR_INPUT when the body is no such message, ERR_OUTSIDE for
 * want of memory, or what the sink failed with. JSON is read in place: bytes change.
 */
int otlp_read_json(struct otlp *otlp, enum otlp_signal signal, char *bytes, size_t n, const struct otlp_sink *sink,
	struct err *err);
int otlp_read_protobuf(
	enum otlp_signal signal, const char *bytes, size_t n, const struct otlp_sink *sink, struct err *err);

/* Print a reply in protobuf: returns its length, at most size. rejected 0 and no message: full success. */
size_t otlp_reply(char *buffer, size_t size, int64_t rejected, struct text message);
/* The same of a google.rpc.Status. */
size_t otlp_failure(char *buffer, size_t size, int code, struct text message);

/* ---- what an item means */

/*
 * Ways in which the same work may be told, each by its own rank: of two of one origin the higher counts. Equal ones
 * are both complete, and the one that came first for a stretch of time counts.
 */
enum otlp_family {
	OTLP_GENAI_COUNTERS,  /* gen_ai.client.inference.usage.*: rank 3 */
	OTLP_GENAI_HISTOGRAM, /* gen_ai.client.token.usage: rank 2 */
	OTLP_GENAI_SPANS,     /* may be a sample of all calls: rank 1 */
	OTLP_CLAUDE_EVENTS,   /* claude_code.api_request: rank 1 */
	OTLP_CLAUDE_METRIC,   /* claude_code.token.usage: rank 1 */
	OTLP_FAMILIES
};

extern const char *const otlp_family_names[OTLP_FAMILIES];
int otlp_rank(enum otlp_family family);

/* What the number of a data point counts. */
enum otlp_role {
	OTLP_INPUT,        /* input tokens; with the two subsets that came beside them taken out */
	OTLP_READ_IN,      /* the subset of input that was read from the cache */
	OTLP_WRITE_IN,     /* the subset of input that was written to it */
	OTLP_OUTPUT,       /* output tokens; likewise */
	OTLP_REASONING_IN, /* the subset of output that is reasoning */
	OTLP_CACHE_READ,   /* cache reads beside the input */
	OTLP_CACHE_WRITE,  /* cache writes beside the input */
	OTLP_ROLES
};

enum otlp_modality { OTLP_ANY, OTLP_AUDIO, OTLP_IMAGE };

/* An item that is usage. Texts are borrowed from the item. */
struct otlp_meaning {
	enum otlp_family family;
	struct text provider, model, workload, account, project, key, service_tier;
	struct text origin_model; /* what tells its calls apart from others of the same origin */
	bool is_call;             /* a span or event: one call; else a data point */
	/* data points */
	enum otlp_role role;
	enum otlp_modality modality;
	bool with_subsets; /* the total and its subsets come as points of their own */
	/* calls */
	struct usage usage;
	bool has_usage;
	int64_t latency_ms;  /* or NOT_REPORTED */
	struct text call_id; /* "" none */
};

enum otlp_verdict {
	OTLP_NOT_USAGE, /* something else: accepted, and of no interest */
	OTLP_USAGE,
	OTLP_REFUSED /* usage that cannot be understood: *err says why, as ERR_INPUT */
};

enum otlp_verdict otlp_meaning(const struct otlp_item *item, struct otlp_meaning *meaning, struct err *err);

/* An attribute of that name with a text or a whole number; NULL: none. */
const struct otlp_value *otlp_find(const struct otlp_attributes *attributes, const char *key);
struct text otlp_text(const struct otlp_attributes *attributes, const char *key); /* "" where it is no text */

/* Put the list in an order that does not depend on how it was sent. */
void otlp_sort(struct otlp_attributes *attributes);

#endif
