#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "collectors/scrape.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define MARK "# scrape "

struct scrape_log {
	const struct input *input;
	struct input watched; /* the same, whose last byte is looked at */
	struct input *source;
	char last;
	const struct collect_options *options;
	struct reader *reader;
	char *bytes;
	size_t n, room;
	/* Of the page that is being gathered. */
	bool begun, refused;
	int64_t at_us, line;
	char target[SCRAPE_TARGET];
	size_t target_n;
	/* A mark that was read while the page before it was gathered. */
	bool marked;
	char mark[SCRAPE_TARGET + TIME_MAX];
	size_t mark_n;
	int64_t mark_line;
};

/* A target without the scheme and path of an address: "gpu1:8000". */
static struct text
host_of(struct text target)
{
	const char *slashes = target.n < 3 ? NULL : memmem(target.p, target.n, "://", 3);
	const char *end;

	if (slashes != NULL) {
		target.n -= (size_t)(slashes + 3 - target.p);
		target.p = slashes + 3;
	}
	end = target.n == 0 ? NULL : memchr(target.p, '/', target.n);
	if (end != NULL)
		target.n = (size_t)(end - target.p);
	return target;
}

static void
set_target(struct scrape_log *log, struct text target)
{
	target = host_of(target);
	log->target_n = target.n < sizeof(log->target) ? target.n : sizeof(log->target);
	if (log->target_n > 0)
		memcpy(log->target, target.p, log->target_n);
}

static long
read_watched(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct scrape_log *log = ctx;
	long got = log->source->read(log->source->ctx, buffer, size, err);

	if (got > 0)
		log->last = buffer[got - 1];
	return got;
}

struct scrape_log *
scrape_log_open(struct input *input, const struct collect_options *options, struct err *err)
{
	struct scrape_log *log = calloc(1, sizeof(*log));

	if (log == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory to read it", input->name);
		return NULL;
	}
	log->input = input;
	log->options = options;
	log->source = input;
	log->watched = (struct input){ .name = input->name, .read = read_watched, .ctx = log };
	log->reader = reader_open(&log->watched, err);
	if (log->reader == NULL) {
		free(log);
		return NULL;
	}
	return log;
}

void
scrape_log_close(struct scrape_log *log)
{
	if (log == NULL)
		return;
	reader_close(log->reader);
	free(log->bytes);
	free(log);
}

static int
gather(struct scrape_log *log, struct text line, struct err *err)
{
	size_t need = log->n + line.n + 1;

	if (need > SCRAPE_MAX)
		return err_set(err, ERR_INPUT, "%s: a page is larger than %u MiB", log->input->name, SCRAPE_MAX >> 20);
	if (need > log->room) {
		size_t room = 2 * need < 65536 ? 65536 : 2 * need;
		char *more = realloc(log->bytes, room);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "%s: no memory for a page", log->input->name);
		log->bytes = more;
		log->room = room;
	}
	if (line.n > 0)
		memcpy(log->bytes + log->n, line.p, line.n);
	log->n += line.n;
	log->bytes[log->n++] = '\n';
	return 0;
}

static bool
is_mark(struct text line)
{
	return line.n > strlen(MARK) && memcmp(line.p, MARK, strlen(MARK)) == 0;
}

/* Begin a page by the mark that was read. */
static void
begin_marked(struct scrape_log *log, const struct sink *sink)
{
	struct text said = { log->mark + strlen(MARK), log->mark_n - strlen(MARK) }, word;
	char shown[SHOWN_MAX];
	const char *blank;

	said = text_trim(said);
	blank = said.n == 0 ? NULL : memchr(said.p, ' ', said.n);
	word = (struct text){ said.p, blank == NULL ? said.n : (size_t)(blank - said.p) };
	log->begun = true;
	log->n = 0;
	log->line = log->mark_line + 1;
	log->refused = time_parse(word.p, word.n, &log->at_us, NULL) != 0;
	set_target(log, text_trim((struct text){ said.p + word.n, said.n - word.n }));
	if (log->refused)
		row_refuse(sink, log->mark_line, "'%s' is no time: the page behind it is not read",
			value_shown(shown, word));
}

static int
take_line(struct scrape_log *log, struct text line, struct err *err)
{
	if (!log->begun) { /* a page without a mark is of now */
		if (line.n == 0)
			return 0;
		log->begun = true;
		log->refused = false;
		log->n = 0;
		log->line = reader_line(log->reader);
		log->at_us = log->options->now_us;
	}
	return log->refused ? 0 : gather(log, line, err);
}

static void
hold_mark(struct scrape_log *log, struct text line)
{
	log->marked = true;
	log->mark_n = line.n < sizeof(log->mark) ? line.n : sizeof(log->mark);
	memcpy(log->mark, line.p, log->mark_n);
	log->mark_line = reader_line(log->reader);
}

static void
hand_over(struct scrape_log *log, struct scrape *scrape)
{
	*scrape = (struct scrape){ .at_us = log->at_us,
		.target = { log->target, log->target_n },
		.bytes = log->bytes,
		.n = log->n,
		.line = log->line };
	log->begun = false;
}

int
scrape_log_next(struct scrape_log *log, const struct sink *sink, struct scrape *scrape, struct err *err)
{
	struct text line;
	int got;

	for (;;) {
		if (log->marked) {
			log->marked = false;
			begin_marked(log, sink);
		} else {
			set_target(log, log->options->url);
		}
		while ((got = reader_next_line(log->reader, &line, err)) == 1 && !is_mark(line))
			if (take_line(log, line, err) != 0)
				return -1;
		if (got < 0)
			return -1;
		if (got == 1)
			hold_mark(log, line);
		else if (log->options->url.n > 0 && log->last != '\n')
			return err_set(err, ERR_INPUT, "%s: the page ends in the middle of a line: it was cut off",
				log->input->name);
		if (log->begun && !log->refused && (log->n > 0 || got == 1)) {
			hand_over(log, scrape);
			return 1;
		}
		log->begun = false;
		if (got == 0)
			return 0;
	}
}

int
scrape_all(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct scrape_each *each, struct err *err)
{
	struct scrape_log *log = scrape_log_open(input, options, err);
	struct scrape scrape;
	int64_t pages = 0;
	int got = -1;

	if (log == NULL)
		return -1;
	while ((got = scrape_log_next(log, sink, &scrape, err)) == 1) {
		pages++;
		if (each->page(each->ctx, &scrape, err) != 0) {
			got = -1;
			break;
		}
	}
	if (got == 0 && pages == 0)
		got = err_set(err, ERR_INPUT, "%s: there is no page in it", input->name);
	scrape_log_close(log);
	return got;
}

/* ---- how it is asked */

int
scrape_request(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	struct text path = pull_option(ask, "url_path");
	char buffer[1024];

	if (path.n == 0 || path.p[0] != '/' || path.n >= sizeof(buffer))
		return err_set(
			err, ERR_INPUT, "url_path: must begin with / and be shorter than %zu bytes", sizeof(buffer));
	snprintf(buffer, sizeof(buffer), "%.*s", (int)path.n, path.p);
	pull_begin(request, buffer);
	pull_header(request, "Accept", text_of("text/plain;version=0.0.4"));
	return pull_ended(request, err);
}

static const struct pull_option scrape_options[] = {
	{ "url_path", NULL, "/metrics", "Where the counters are, with a query if it needs one" },
	{ NULL, NULL, NULL, NULL },
};

const struct pull scrape_pull = { SCRAPE_PULL(scrape_options) };
