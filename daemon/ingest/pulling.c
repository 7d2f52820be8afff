#include "daemon/ingest/pulling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/hash.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/ingest/address.h"
#include "daemon/ingest/fetch.h"
#include "daemon/ingest/grown.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/machine.h"
#include "daemon/ingest/source.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define PAGE_MAX 2048
#define CONNECT_S 15
#define SILENT_S 30
#define WINDOW_REPLIES 4  /* times the largest reply */
#define WINDOW_ROWS 20000 /* some half a second for whoever wants to write meanwhile */

#define FILES_BYTES ((size_t)32 << 20) /* of files in one window */
#define FILES_MOST 1000

struct pulling {
	struct pulling_window window;
	struct fetch *fetch;
	int part;            /* the one that is asked; -1: not begun */
	char next[PAGE_MAX]; /* what the page before said of this one; "": the first */
	struct window_page *first, **tail;
	size_t pages, bytes, rows;
	uint64_t asked[PULLING_PAGES_MAX]; /* hashes of the cursors of this part */
	size_t n_asked;
	int64_t clock_s;
	char *kept;
	struct grown *grown; /* PULL_FILES */
	struct window_file *files, **files_tail;
	size_t n_files;
};

static const char *
part_name(const struct pull *pull, int part)
{
	return pull->parts == NULL ? NULL : pull->parts[part];
}

/* The first part from this one on that is wanted; -1: none. */
static int
next_part(const struct source_plan *plan, int part)
{
	struct pull_ask ask = source_ask(plan);

	if (plan->pull->parts == NULL)
		return part == 0 ? 0 : -1;
	for (; plan->pull->parts[part] != NULL; part++)
		if (plan->pull->wants == NULL || plan->pull->wants(&ask, part))
			return part;
	return -1;
}

struct pulling *
pulling_open(const struct pulling_window *window, struct err *err)
{
	struct pulling *pulling = calloc(1, sizeof(*pulling));

	if (pulling == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a window");
		return NULL;
	}
	pulling->window = *window;
	pulling->tail = &pulling->first;
	pulling->files_tail = &pulling->files;
	pulling->part = next_part(window->plan, 0);
	pulling->kept = malloc(window->kept.n + 1);
	if (pulling->kept != NULL && window->kept.n > 0)
		memcpy(pulling->kept, window->kept.p, window->kept.n);
	pulling->window.kept.p = pulling->kept;
	if (pulling->part < 0)
		err_set(err, ERR_INPUT, "the settings want none of what '%s' has", window->plan->collector->name);
	else if (pulling->kept == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for a window");
	else if (window->plan->pull->shape == PULL_FILES) {
		if ((pulling->grown = grown_open(window->plan, window->files, window->n_files, err)) != NULL)
			return pulling;
	} else if ((pulling->fetch = fetch_open(err)) != NULL)
		return pulling;
	pulling_close(pulling);
	return NULL;
}

static void
free_pages(struct window_page *page)
{
	while (page != NULL) {
		struct window_page *next = page->next;

		free(page->bytes);
		free((char *)(uintptr_t)page->name);
		free(page);
		page = next;
	}
}

static void
free_files(struct window_file *file)
{
	while (file != NULL) {
		struct window_file *next = file->next;

		free(file->why);
		free(file);
		file = next;
	}
}

void
pulling_close(struct pulling *pulling)
{
	if (pulling == NULL)
		return;
	free_pages(pulling->first);
	free_files(pulling->files);
	fetch_close(pulling->fetch);
	grown_close(pulling->grown);
	free(pulling->kept);
	free(pulling);
}

size_t
pulling_pages(const struct pulling *pulling)
{
	return pulling->pages;
}

size_t
pulling_bytes(const struct pulling *pulling)
{
	return pulling->bytes;
}

const struct pulling_window *
pulling_window(const struct pulling *pulling)
{
	return &pulling->window;
}

int64_t
pulling_clock(const struct pulling *pulling)
{
	return pulling->clock_s;
}

/* ---- a first look at a page: can it be read, and is there a next one */

struct looking {
	char *next;
	bool too_long;
	size_t rows;
};

static int
count_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	(void)place;
	(void)reading;
	(void)err;
	((struct looking *)ctx)->rows++;
	return 0;
}

static int
count_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	(void)place;
	(void)reading;
	(void)err;
	((struct looking *)ctx)->rows++;
	return 0;
}

static int
note_page(void *ctx, struct text page, struct err *err)
{
	struct looking *looking = ctx;

	(void)err;
	looking->too_long = page.n >= PAGE_MAX || memchr(page.p, '\0', page.n) != NULL;
	if (!looking->too_long)
		snprintf(looking->next, PAGE_MAX, "%.*s", (int)page.n, page.p);
	return 0;
}

static void
nothing(void *ctx, struct place place, const char *reason)
{
	(void)ctx;
	(void)place;
	(void)reason;
}

static int
look_at(struct pulling *pulling, const struct pulling_ask *ask, const struct window_page *page, struct err *err)
{
	const struct source_plan *plan = pulling->window.plan;
	struct looking looking = { .next = pulling->next };
	const struct sink sink = { .ctx = &looking,
		.usage = count_usage,
		.invoice = count_invoice,
		.refuse = nothing,
		.warn = nothing,
		.page = note_page };
	struct collect_options options = source_collect(plan);
	struct ingest_memory memory = { .bytes = page->bytes, .n = page->n };
	struct input input;

	options.zone = ask->zone;
	options.now_us = ask->now_us;
	options.part = text_of(page->part);
	options.state = pulling->window.kept;
	options.from_us = pulling->window.from_us;
	options.to_us = pulling->window.to_us;
	pulling->next[0] = '\0';
	ingest_memory_input(&memory, page->name, &input);
	if (plan->collector->parse(&input, &options, &sink, err) != 0)
		return err_about(err, page->name);
	pulling->rows += looking.rows;
	if (looking.too_long)
		return err_set(
			err, ERR_INPUT, "%s: the name of the next page is longer than %d bytes", page->name, PAGE_MAX);
	return 0;
}

/* ---- asking */

static int
write_request(struct pulling *pulling, const struct pulling_ask *asked, struct pull_request *request, struct err *err)
{
	struct pull_ask ask = source_ask(pulling->window.plan);

	ask.from_us = pulling->window.from_us;
	ask.to_us = pulling->window.to_us;
	ask.now_us = asked->now_us;
	ask.part = pulling->part;
	ask.page = text_of(pulling->next);
	return pull_write(&ask, request, err);
}

/* Whether this cursor was asked for before: pages that go in a circle would never end. */
static bool
in_a_circle(struct pulling *pulling)
{
	uint64_t hash = hash_text(11, text_of(pulling->next));

	for (size_t i = 0; i < pulling->n_asked; i++)
		if (pulling->asked[i] == hash)
			return true;
	pulling->asked[pulling->n_asked++] = hash;
	return false;
}

static struct window_page *
add_page(struct pulling *pulling, struct fetch_reply *reply, const char *path)
{
	struct window_page *page = calloc(1, sizeof(*page));
	char *name = NULL;

	if (page == NULL || asprintf(&name, "%s%.*s", pulling->window.plan->url, (int)strcspn(path, "?"), path) < 0) {
		free(page);
		return NULL;
	}
	*page = (struct window_page){ .part = part_name(pulling->window.plan->pull, pulling->part),
		.name = name,
		.bytes = reply->bytes,
		.n = reply->n };
	if (page->bytes == NULL)
		page->bytes = calloc(1, 1);
	reply->bytes = NULL;
	*pulling->tail = page;
	pulling->tail = &page->next;
	pulling->pages++;
	pulling->bytes += page->n;
	return page;
}

/* The last page goes again: it could not be read. */
static void
drop_last(struct pulling *pulling)
{
	struct window_page **at = &pulling->first;

	while ((*at)->next != NULL)
		at = &(*at)->next;
	pulling->pages--;
	pulling->bytes -= (*at)->n;
	free_pages(*at);
	*at = NULL;
	pulling->tail = at;
}

/* Whether half of the window is a window, too. */
static bool
can_halve(const struct pulling_window *window)
{
	return pull_align_down(window->plan->pull, window->from_us + (window->to_us - window->from_us) / 2) >
		window->from_us;
}

static enum pulling_step
take_reply(struct pulling *pulling, const struct pulling_ask *ask, struct fetch_reply *reply, const char *path,
	struct err *err)
{
	char before[PAGE_MAX];
	struct window_page *page = add_page(pulling, reply, path);

	if (page == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a reply");
		return PULLING_AGAIN;
	}
	if (pulling->bytes > (size_t)WINDOW_REPLIES * ((size_t)ask->settings->collect.reply_max_mib << 20))
		return PULLING_HALVE;
	memcpy(before, pulling->next, sizeof(before));
	if (look_at(pulling, ask, page, err) != 0) {
		memcpy(pulling->next, before, sizeof(before));
		drop_last(pulling);
		return PULLING_AGAIN;
	}
	if (pulling->rows > WINDOW_ROWS && can_halve(&pulling->window))
		return PULLING_HALVE;
	if (pulling->next[0] != '\0') {
		if (pulling->n_asked == PULLING_PAGES_MAX)
			return PULLING_HALVE;
		if (!in_a_circle(pulling))
			return PULLING_MORE;
		err_set(err, ERR_OUTSIDE, "%s: its pages go in a circle", page->name);
		return PULLING_ANEW;
	}
	pulling->n_asked = 0;
	pulling->part = next_part(pulling->window.plan, pulling->part + 1);
	return pulling->part < 0 ? PULLING_WHOLE : PULLING_MORE;
}

/* ---- files */

/* why: what is wrong with it, NULL: nothing. */
static int
note_file(struct pulling *pulling, const struct grown_piece *piece, const char *why)
{
	struct window_file *one = calloc(1, sizeof(*one));

	if (one == NULL || (why != NULL && (one->why = strdup(why)) == NULL)) {
		free(one);
		return -1;
	}
	one->file = piece->file;
	one->path = piece->path;
	*pulling->files_tail = one;
	pulling->files_tail = &one->next;
	pulling->n_files++;
	return 0;
}

static int
add_piece(struct pulling *pulling, struct grown_piece *piece)
{
	struct window_page *page = calloc(1, sizeof(*page));

	if (page == NULL || (page->name = strdup(piece->path)) == NULL || note_file(pulling, piece, NULL) != 0) {
		if (page != NULL)
			free((char *)(uintptr_t)page->name);
		free(page);
		return -1;
	}
	page->part = pulling->window.plan->pull->exports ? piece->file.path : NULL;
	page->bytes = piece->bytes;
	page->n = piece->n;
	piece->bytes = NULL;
	*pulling->tail = page;
	pulling->tail = &page->next;
	pulling->pages++;
	pulling->bytes += page->n;
	return 0;
}

/*
 * A file that cannot be read does not keep the others out: it is told of, and looked at again when it has changed.
 */
static int
take_piece(struct pulling *pulling, const struct pulling_ask *ask, struct grown_piece *piece, struct err *err)
{
	const struct window_page page = { .name = piece->path, .bytes = piece->bytes, .n = piece->n };
	struct err why = piece->why;
	bool missed = piece->bytes == NULL || look_at(pulling, ask, &page, &why) != 0;

	if (missed && why.kind != ERR_INPUT)
		return err_set(err, why.kind, "%s", why.text);
	if (missed)
		log_warn("source: a file cannot be read", "name", pulling->window.plan->settings.name, "reason",
			why.text);
	if ((missed ? note_file(pulling, piece, why.text) : add_piece(pulling, piece)) != 0)
		return err_set(err, ERR_OUTSIDE, "no memory for a file");
	return 0;
}

static enum pulling_step
step_files(struct pulling *pulling, const struct pulling_ask *ask, struct err *err)
{
	struct grown_piece piece = { .bytes = NULL };
	int found = 1;

	while (found == 1 && pulling->bytes < FILES_BYTES && pulling->n_files < FILES_MOST) {
		if (ask->stop != NULL && atomic_load(ask->stop))
			return PULLING_STOPPED;
		if ((found = grown_next(pulling->grown, ask->now_us, &piece, err)) == 1 &&
			take_piece(pulling, ask, &piece, err) != 0)
			found = -1;
		free(piece.bytes);
		piece.bytes = NULL;
	}
	return found < 0 ? PULLING_VAIN : PULLING_WHOLE;
}

bool
pulling_more(const struct pulling *pulling)
{
	return pulling->grown != NULL && grown_more(pulling->grown);
}

void
pulling_next(struct pulling *pulling)
{
	free_pages(pulling->first);
	free_files(pulling->files);
	pulling->first = NULL;
	pulling->tail = &pulling->first;
	pulling->files = NULL;
	pulling->files_tail = &pulling->files;
	pulling->pages = pulling->bytes = pulling->n_files = 0;
}

/* ---- this machine, and a step */

/* A page of this machine's own. */
static enum pulling_step
read_machine(struct pulling *pulling, const struct pulling_ask *ask, struct err *err)
{
	const char *collector = pulling->window.plan->collector->name;
	struct fetch_reply reply = { .bytes = NULL };
	enum pulling_step step = PULLING_AGAIN;

	reply.bytes = machine_page(collector, &reply.n, err);
	if (reply.bytes != NULL)
		step = take_reply(pulling, ask, &reply, collector, err);
	free(reply.bytes);
	return step;
}

static enum pulling_step
step_replies(struct pulling *pulling, const struct pulling_ask *ask, int64_t *wait_s, struct err *err)
{
	const struct source_plan *plan = pulling->window.plan;
	const struct source_settings *settings = &plan->settings;
	struct pull_request request;
	struct source_key key;
	struct fetch_reply reply = { .bytes = NULL };
	enum pulling_step step = PULLING_VAIN;
	enum verdict verdict;

	*wait_s = -1;
	if (source_key_read(plan, &key, err) != 0 || write_request(pulling, ask, &request, err) != 0)
		goto done;
	verdict = fetch_bytes(pulling->fetch,
		&(struct fetch_ask){ .url = plan->url,
			.pull = plan->pull,
			.request = &request,
			.secret = key.secret[0] == '\0' ? NULL : key.secret,
			.key_from = key.from[0] == '\0' ? NULL : key.from,
			.allow_local = settings->allow_local == SETTING_YES,
			.allow_plain = settings->allow_plain == SETTING_YES,
			.ca_file = settings->ca_file[0] != '\0' ? settings->ca_file : ask->settings->collect.ca_file,
			.proxy = settings->proxy[0] != '\0' ? settings->proxy : ask->settings->collect.proxy,
			.limits = { .connect_s = CONNECT_S < ask->settings->collect.reply_s
					? CONNECT_S
					: ask->settings->collect.reply_s,
				.silent_s = SILENT_S < ask->settings->collect.reply_s ? SILENT_S
										      : ask->settings->collect.reply_s,
				.whole_s = ask->settings->collect.reply_s,
				.bytes_max = (size_t)ask->settings->collect.reply_max_mib << 20 },
			.stop = ask->stop,
			.waits = ask->waits,
			.waits_ctx = ask->waits_ctx },
		&reply, err);
	pulling->clock_s = reply.date_s > 0 ? reply.date_s : pulling->clock_s;
	*wait_s = reply.wait_s;
	switch (verdict) {
	case VERDICT_ANSWER:
		step = take_reply(pulling, ask, &reply, request.path, err);
		break;
	case VERDICT_AGAIN:
		step = PULLING_AGAIN;
		break;
	case VERDICT_STOPPED:
		step = PULLING_STOPPED;
		break;
	case VERDICT_VAIN:
		break;
	}
done:
	source_key_forget(&key);
	fetch_free(&reply);
	return step;
}

enum pulling_step
pulling_step(struct pulling *pulling, const struct pulling_ask *ask, int64_t *wait_s, struct err *err)
{
	*wait_s = -1;
	if (pulling->window.plan->pull->shape == PULL_MACHINE)
		return read_machine(pulling, ask, err);
	return pulling->grown != NULL ? step_files(pulling, ask, err) : step_replies(pulling, ask, wait_s, err);
}

struct window_job
pulling_job(const struct pulling *pulling, const struct pulling_ask *ask)
{
	return (struct window_job){ .plan = pulling->window.plan,
		.pages = pulling->first,
		.files = pulling->files,
		.from_us = pulling->window.from_us,
		.to_us = pulling->window.to_us,
		.now_us = ask->now_us,
		.back = pulling->window.back,
		.zone = ask->zone };
}
