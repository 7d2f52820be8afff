/*
 * pulling: one window of one source while its replies come in, page after page and part after part. A step asks for
 * one page; nothing of it is in the ledger until window_put.
 */
#ifndef INGEST_PULLING_H
#define INGEST_PULLING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ingest/verdict.h"
#include "daemon/ingest/window.h"

struct err;
struct pulling;
struct settings;
struct source_plan;
struct zone;

#define PULLING_PAGES_MAX 10000

struct pulling_window {
	const struct source_plan *plan;
	int64_t from_us, to_us;
	bool back;
	struct text kept;                /* of the source's state; copied */
	const struct source_file *files; /* PULL_FILES: how far they are read; copied */
	size_t n_files;
};

/* NULL with *err. */
struct pulling *pulling_open(const struct pulling_window *window, struct err *err);
void pulling_close(struct pulling *pulling); /* NULL is nothing */

struct pulling_ask {
	const struct settings *settings;
	const struct zone *zone;
	int64_t now_us;
	const atomic_bool *stop;  /* may be NULL */
	void (*waits)(void *ctx); /* as in struct fetch_ask */
	void *waits_ctx;
};

enum pulling_step {
	PULLING_MORE,  /* a page is in, and there are more */
	PULLING_WHOLE, /* all of them are in; of files, as many as go into one window */
	PULLING_AGAIN, /* *err; the same page may come later: *wait_s says when the source wants to be asked, -1: it does not */
	PULLING_HALVE, /* too much for one window: ask for a shorter one */
	PULLING_ANEW,  /* *err; the pages so far are of no use */
	PULLING_VAIN,  /* *err; until somebody changes something */
	PULLING_STOPPED
};

enum pulling_step pulling_step(
	struct pulling *pulling, const struct pulling_ask *ask, int64_t *wait_s, struct err *err);

/* What a whole one is for window_put; the job borrows from it. */
struct window_job pulling_job(const struct pulling *pulling, const struct pulling_ask *ask);

/*
 * Files come some at a time, each time a whole window: whether there are more of this run, and to go on with them once
 * the window is put.
 */
bool pulling_more(const struct pulling *pulling);
void pulling_next(struct pulling *pulling);

/* Pages and bytes so far. */
size_t pulling_pages(const struct pulling *pulling);
size_t pulling_bytes(const struct pulling *pulling);
const struct pulling_window *pulling_window(const struct pulling *pulling);

/* The source's clock as the last reply told it, in seconds; 0: not told. */
int64_t pulling_clock(const struct pulling *pulling);

#endif
