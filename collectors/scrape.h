/*
 * scrape: /metrics pages one after the other, out of a reply or out of a log of them.
 *
 * A reply is one page, of the time it was asked for. A log holds many, each behind a line that says when, and of whom:
 *
 *   # scrape 2026-11-01T10:00:00Z http://gpu1:8000/metrics
 *
 * A reply that does not end its last line was cut off, and is not read: half a number looks like a counter that fell.
 *
 * A log is written by `(date -u '+# scrape %FT%TZ gpu1'; curl -s gpu1:8000/metrics) >>log`. Memory holds one page at a time.
 */
#ifndef COLLECTORS_SCRAPE_H
#define COLLECTORS_SCRAPE_H

#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct collect_options;
struct err;
struct input;
struct pull;
struct pull_ask;
struct pull_request;
struct sink;

#define SCRAPE_MAX (64u << 20) /* bytes of one page */
#define SCRAPE_TARGET 256      /* bytes of a name of who was asked */

/* One page. */
struct scrape {
	int64_t at_us;
	struct text target; /* who was asked: host and port as far as it is known; may be empty */
	char *bytes;        /* the page, which may be changed */
	size_t n;
	int64_t line; /* of its first byte */
};

struct scrape_log;

struct scrape_log *scrape_log_open(struct input *input, const struct collect_options *options, struct err *err);
void scrape_log_close(struct scrape_log *log); /* NULL is nothing */

/*
 * The next page, valid until the next call: 1; 0 at the end; -1 with *err. A line "# scrape" that says no time is
 * refused to the sink, and its page with it.
 */
int scrape_log_next(struct scrape_log *log, const struct sink *sink, struct scrape *scrape, struct err *err);

/* What parses its pages one by one. */
struct scrape_each {
	void *ctx;
	int (*page)(void *ctx, const struct scrape *scrape, struct err *err);
};

/* Hand over every page of the input. ERR_INPUT when there is nothing in it. */
int scrape_all(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct scrape_each *each, struct err *err);

/* How /metrics is asked each minute; and the same for who has it at another path. */
extern const struct pull scrape_pull;
int scrape_request(const struct pull_ask *ask, struct pull_request *request, struct err *err);

#define SCRAPE_PULL(options_) \
	.shape = PULL_SCRAPE, .interval_s = 60, .interval_least_s = 5, .options = (options_), \
	.request = scrape_request, \
	.key = { .variable = "BREAKEVEN_SCRAPE_TOKEN", \
		.header = "Authorization", \
		.scheme = "Bearer ", \
		.optional = true, \
		.about = "a token that may read /metrics" }

#endif
