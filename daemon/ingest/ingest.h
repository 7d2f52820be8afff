/*
 * ingest: from an input through a collector into the ledger. One run is one transaction: every reading is
 * checked, priced and put, the rollups it touches are computed again, and then all of it is committed or
 * none of it. Memory does not grow with the input.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "daemon/store/sources.h"
#include "daemon/store/store.h"

struct err;
struct store;
struct zone;

/*
 * Open a ledger for writing (store_open) and see to it that the built-in prices of this program are in
 * its price table.
 */
struct store *ingest_open(const char *path, int64_t now_us, struct err *err);
/* The same of a handle that writes elsewhere, a STORE_TRIAL. */
struct store *ingest_open_as(const char *path, enum store_mode mode, int64_t now_us, struct err *err);

/* The second half of that for a ledger that is open for writing. Not in a transaction. */
int ingest_prepare(struct store *store, int64_t now_us, struct err *err);

/*
 * What an older program's ledger lacks of the sums of this one (rollup_catch_up), in transactions that others fit
 * between, with a word about each part. Not in a transaction.
 */
int ingest_catch_up(struct store *store, struct err *err);

/* One of those transactions: 1 there is more to make, 0 not, -1. */
int ingest_catch_up_some(struct store *store, struct err *err);

#define INGEST_SHOWN 10       /* rows that a dry run shows */
#define INGEST_SHOWN_TEXT 640 /* bytes of each, cut with "..." */

/* Told of each row as it is decided; for a reply that names rows. A NULL member is not called. */
struct ingest_watch {
	void *ctx;
	void (*refused)(void *ctx, struct place place, const char *reason);
	void (*conflict)(void *ctx, struct place place, struct text id);
};

struct ingest_options {
	struct collect_options collect; /* zone and now_us must be set */
	const struct zone *days;        /* the reporting zone of the day rollup; NULL: the one the ledger has */
	const char *name;               /* the source's name in the ledger; NULL: input->name */
	bool dry_run;                   /* tell, show and roll back; the store may be a STORE_TRIAL */
	/*
	 * Of invoice lines this input says what is, not what is new: a line that stands with other content is replaced,
	 * and what an earlier import of this source brought in the same billing periods and this one does not is removed.
	 */
	bool replace;
	struct ingest_watch watch;
};

struct ingest_result {
	struct run run; /* the tallies; id 0 where nothing was kept */
	int shown;      /* dry run: the first rows that would be stored, as JSON objects */
	char show[INGEST_SHOWN][INGEST_SHOWN_TEXT];
};

/*
 * Run the whole input. -1 with *err and nothing changed when the input is unusable, when every row of it is
 * refused (ERR_INPUT), or when the store fails; *result holds the tallies up to there all the same.
 * Allocate *result: it is larger than a stack likes.
 */
int ingest_run(struct store *store, const struct collector *collector, struct input *input,
	const struct ingest_options *options, struct ingest_result *result, struct err *err);

/* Inputs: a file ("-": standard input; a file in gzip form is unpacked) and bytes in memory. */
struct ingest_file;
struct ingest_file *ingest_file_open(const char *path, struct input *input, struct err *err);
/* The same of an open file, read from its begin; name is for sentences and outlives it, fd stays the caller's. */
struct ingest_file *ingest_file_take(int fd, const char *name, struct input *input, struct err *err);
void ingest_file_close(struct ingest_file *file); /* NULL is nothing */

/* The first bytes of a file that is not read yet, for collector_recognise; they will be read again. */
int ingest_file_head(struct ingest_file *file, const char **head, size_t *n, struct err *err);

/* All of an input, malloc'd with a NUL behind it (the caller frees); at most 256 MiB. */
char *ingest_whole(struct input *input, size_t *n, struct err *err);

struct ingest_memory {
	const char *bytes;
	size_t n, at;
};
void ingest_memory_input(struct ingest_memory *memory, const char *name, struct input *input);

#endif
