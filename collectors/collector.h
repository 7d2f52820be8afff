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

#include "models/price/reading.h"
#include "models/units/text.h"

struct err;
struct mapping;
struct price_row;
struct pull;
struct pull_ask;
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
	/* Of a source that is asked (pull.h); of a file all are empty, and the input must say it itself. */
	struct text part;              /* which of the row's parts was asked for */
	struct text state;             /* what sink.state was given last, in a run that was committed */
	struct text url;               /* where it was asked: scheme, host and port; for names of what scrapes */
	int64_t from_us, to_us;        /* the window that was asked for; 0, 0: none */
	const struct pull_ask *ask;    /* the question that the input answers, with its options; NULL: none */
	const struct mapping *mapping; /* which column is what (mapping.h); NULL: nobody said */
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
	int (*incident)(void *ctx, struct place place, const struct incident_reading *reading, struct err *err);
	int (*speed)(void *ctx, struct place place, const struct speed_reading *reading, struct err *err);
	void (*refuse)(void *ctx, struct place place, const char *reason);
	void (*warn)(void *ctx, struct place place, const char *reason);
	/*
	 * page: there is more, and this is how to ask for it (as the source said it, or the number of the next page);
	 * not called on the last page. At most once a reply.
	 * state: what the next reply is read against (counters so far); it is kept in the transaction that keeps the
	 * rows. Both texts are borrowed. NULL where nobody asks: a saved reply is read all the same.
	 */
	int (*page)(void *ctx, struct text page, struct err *err);
	int (*state)(void *ctx, struct text state, struct err *err);
};

enum collector_kind { COLLECTS_USAGE, COLLECTS_GPU_HOURS, COLLECTS_INVOICES, COLLECTS_PRICES, COLLECTS_INCIDENTS };

struct collector {
	const char *name;  /* "azure-trace" */
	const char *title; /* one line for --list */
	enum collector_kind kind;
	/* How well the first bytes fit: 100 certain, 0 not this; *why_not (static or NULL) says what was missing. */
	int (*sniff)(const char *head, size_t n, const char **why_not);
	int (*parse)(
		struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err);
	const struct pull *pull;  /* how a source of this format is asked (pull.h); NULL: it is not */
	const struct pull *files; /* how files of it are followed in a folder (PULL_FILES); NULL: they are not */
};

/* All collectors in the order they are listed; ended by NULL. */
extern const struct collector *const collectors[];

/* The collector of that name, or NULL with ERR_INPUT and the nearest name. */
const struct collector *collector_find(const char *name, struct err *err);

/* The collector whose sniff is the surest about these first bytes, or NULL with ERR_INPUT. */
const struct collector *collector_recognise(const char *head, size_t n, struct err *err);

#endif
