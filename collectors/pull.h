/*
 * pull: how a source of a collector is asked, as far as it can be said without asking: where, with which key,
 * how often, what stretch of time at once, and what the request looks like. Pure, like the parsers.
 *
 * The daemon asks: it puts the window together, fetches page after page, hands each reply to the collector's parse,
 * and replaces what the ledger holds of that window by what came, in one transaction. What a collector says in one
 * row here it does not do itself: retry, page, wait, remember.
 *
 *     static const struct pull pull = {
 *     	.shape = PULL_WINDOW,
 *     	.url = "https://api.example.com",
 *     	.key = { .variable = "EXAMPLE_KEY", .header = "Authorization", .scheme = "Bearer ", .about = "an admin key" },
 *     	.interval_s = 600, .trailing_s = 2 * DAY_S, .window_max_s = 7 * DAY_S, .align_s = HOUR_S,
 *     	.options = options,
 *     	.request = request,
 *     };
 */
#ifndef COLLECTORS_PULL_H
#define COLLECTORS_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct err;

enum pull_shape {
	/*
	 * Asked for a stretch of time. The rows that come are all there is in it: a row of the source that stands in
	 * the ledger inside the window, of a grouping that was asked for, and did not come again is removed. The
	 * rows of all pages and parts of a window are put in one transaction.
	 */
	PULL_WINDOW,
	/*
	 * The same, but rows are events with ids of their own (request logs): one that does not come again stays.
	 */
	PULL_EVENTS,
	/* What is now, whole: a status feed, a price catalogue, a list of instances. Of a row that came before (same key,
	 * same instant) the later content stands. from_us and to_us are both the time of asking. */
	PULL_SNAPSHOT,
	/* Counters that rise: what happened is the difference to the reply before, which the parser keeps in its state. */
	PULL_SCRAPE,
	/*
	 * Files on this machine, one or a folder's: `path` of the configuration in place of a URL. The bytes that were
	 * added since the last time are parsed, from the begin of a line to the end of a line; a file that was
	 * replaced or shortened is read anew. No request.
	 */
	PULL_FILES,
	/* Read from this machine by a reader of the daemon's own (a library that is loaded). No request. */
	PULL_MACHINE
};

/* The key of a source. It goes into one header and nowhere else. */
struct pull_key {
	const char *variable; /* environment variable that is read where the configuration names none; NULL: no key */
	const char *header;   /* "Authorization" */
	const char *scheme;   /* put before the key: "Bearer "; "" for none */
	const char *about; /* which key it must be, for the sentence about a 401 or 403: "an admin key (sk-admin-…)" */
	bool optional;     /* asked without where there is none */
};

/* A setting of sources of this collector alone, beside those that all sources have (name, url, interval, ...). */
struct pull_option {
	const char *name;      /* NULL ends the list */
	const char *choices;   /* "1h|1d": one of these; "1..8": a whole number from, to; NULL: any text */
	const char *otherwise; /* the default; "" for none */
	const char *text;      /* what it means, without a full stop at the end */
};

/* One name and value of the configuration. */
struct pull_given {
	const char *name, *value;
};

struct pull;

/* One question. */
struct pull_ask {
	const struct pull *pull;
	int64_t from_us, to_us;         /* the window: from included, to not; both on multiples of align_s */
	int64_t now_us;                 /* when it is asked */
	int part;                       /* which of pull->parts; 0 where there are none */
	struct text page;               /* what sink.page said of the page before; empty: the first page */
	struct text account;            /* of the configuration; may be empty */
	const struct pull_given *given; /* options that the configuration gives */
	size_t givens;
};

#define PULL_REQUEST_MAX 8192 /* bytes of a request but for its key */
#define PULL_HEADERS_MAX 8

/* A request being written, all texts in its buffer. Begin with pull_begin; it is GET until a body is put. */
struct pull_request {
	char buffer[PULL_REQUEST_MAX];
	size_t used, end; /* the path and the body grow from the front, headers from the end */
	bool full;        /* something did not fit, or came too late: pull_ended says so */
	bool questioned;
	const char *path;                      /* with its query: "/v1/usage?limit=24" */
	const char *headers[PULL_HEADERS_MAX]; /* "name: value" */
	int n_headers;
	const char *body; /* NULL: GET; else POST of JSON */
};

struct pull {
	enum pull_shape shape;
	const char *url; /* default of the configuration's `url`; NULL: it must be given */
	struct pull_key key;

	int interval_s; /* between runs; the least that is polite is the least that may be configured */
	int interval_least_s;
	int64_t trailing_s;   /* what is read again with each run, since the source still changes it */
	int64_t window_max_s; /* the largest window of one question */
	int64_t align_s;      /* windows begin and end on multiples of this since 1970; 0 is 1 */
	bool whole_only;      /* windows end before now: a bucket that is not over cannot be asked for */
	int64_t reach_back_s; /* how far before now may be asked; 0: as far as you like */

	/* Questions of one window that belong together ("completions", "embeddings"), ended by NULL. NULL: one. */
	const char *const *parts;
	/* Whether the configuration wants a part; NULL: all of them. */
	bool (*wants)(const struct pull_ask *ask, int part);

	const struct pull_option *options; /* NULL: none */
	const char *path;                  /* all there is to the request, where nothing in it changes; else NULL */
	/*
	 * Write the request. ERR_INPUT says which option does not fit, also to who looks into the configuration before
	 * anything is asked. NULL: as path says; PULL_FILES and PULL_MACHINE have neither.
	 */
	int (*request)(const struct pull_ask *ask, struct pull_request *request, struct err *err);
	/* PULL_FILES: what names of files in a folder end in, parted by blanks (".jsonl .json"); NULL: any file is read. */
	const char *endings;
	/*
	 * PULL_FILES: a row can only be understood with those before it (a header is one): a file that changed is read
	 * from its begin, and may be packed with gzip.
	 */
	bool whole;
	/*
	 * PULL_FILES, whole: an export that is written anew until it is final. Rows of a period that the file tells and
	 * that it brought before and lacks now are removed; one that is being written waits until it has rested.
	 */
	bool exports;
	/*
	 * Whether an answer with this status and these first bytes should be tried again later, where it is not as the
	 * rule says (408, 409, 425, 429, 5xx). NULL: as the rule says.
	 */
	bool (*again)(int status, struct text body);
};

/*
 * What most files are followed by: tables or rows of any form that grow (a log), and such that are written anew
 * (an export).
 */
extern const struct pull files_tables, files_rows, files_export_tables, files_export_rows;

/* The value of an option: as given, else its default. An option that the row lacks is empty. */
struct text pull_option(const struct pull_ask *ask, const char *name);

/* Whether a comma-separated option names this word; an empty option names all. */
bool pull_option_names(const struct pull_ask *ask, const char *name, const char *word);

/* Whether all that it names are parts; ERR_INPUT with the nearest. */
int pull_option_check(const struct pull_ask *ask, const char *name, struct err *err);

/* Where the next window of a stretch ends: at most window_max_s long, aligned, not beyond to_us. */
int64_t pull_window_end(const struct pull *pull, int64_t from_us, int64_t to_us);

/* The instant moved to a multiple of align_s: down, or up. */
int64_t pull_align_down(const struct pull *pull, int64_t at_us);
int64_t pull_align_up(const struct pull *pull, int64_t at_us);

/* ---- writing a request; names are literals of the collector, values are percent-encoded */

void pull_begin(struct pull_request *request, const char *path);
/* Path written with further segments ("/v1/pods/" then an id). Before any query. */
void pull_segment(struct pull_request *request, struct text segment);
void pull_query(struct pull_request *request, const char *name, struct text value);
void pull_query_whole(struct pull_request *request, const char *name, int64_t value);
/* "2026-11-01T00:00:00Z" */
void pull_query_time(struct pull_request *request, const char *name, int64_t at_us);
/* "2026-11-01", in UTC */
void pull_query_date(struct pull_request *request, const char *name, int64_t at_us);
/* A header may come before a query; a body comes last. */
void pull_header(struct pull_request *request, const char *name, struct text value);
void pull_body(struct pull_request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether anything is asked for at all. */
static inline bool
pull_asks(const struct pull *pull)
{
	return pull->path != NULL || pull->request != NULL;
}

/* The whole request, as the row of the collector has it. */
int pull_write(const struct pull_ask *ask, struct pull_request *request, struct err *err);

/* 0, or ERR_INPUT when something did not fit. */
int pull_ended(const struct pull_request *request, struct err *err);

#endif
