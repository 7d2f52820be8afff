/*
 * ledger: what happened, each thing once.
 *
 * A reading has a natural key that begins with its time. The same key with the same content is a repeat
 * and changes nothing; with other content it is a conflict: the ledger stands, what came is kept in
 * sight. A reading without an id gets one from its content and from how many times the same content at
 * the same instant came before it in this input, so that importing a file again, or another that overlaps
 * it, repeats, and two truly identical rows in one file both count.
 *
 * Called between store_begin and store_commit, within one run (see sources.h).
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <stdint.h>

#include "models/price/reading.h"
#include "models/price/tariff.h"

struct err;
struct store;

enum put_result {
	PUT_FAILED = -1, /* *err says why; the transaction must be rolled back */
	PUT_TAKEN,
	PUT_REPEATED,
	PUT_CONFLICT,
	PUT_GREW /* of a usage line that grows: the smaller one that stood is replaced; its sums are the caller's */
};

/* How a line was priced when it was taken. */
struct line_price {
	enum price_state state;
	int64_t price;       /* row of the price table, 0: none */
	int64_t amount_nano; /* nano-USD, rounded once, half to even; 0 unless priced */
};

/* Which series (who called what) a usage reading belongs to; see the table of that name. */
struct series_id {
	int64_t series;
	int64_t lane; /* provider, model, workload */
};

/*
 * The series of a reading, made where it is new; ERR_INPUT when one of its names cannot be taken (too long, no
 * UTF-8). Remembered in bounded memory.
 */
int ledger_series(struct store *store, const struct usage_reading *reading, struct series_id *id, struct err *err);

/* What is wrong with the names of a reading, as ERR_INPUT; 0 when nothing. Part of ledger_series. */
int ledger_check_names(const struct usage_reading *reading, struct err *err);

/* What is wrong with a reading for the ledger (time, id, counts), as ERR_INPUT; 0 when nothing. */
int ledger_check_usage(const struct usage_reading *reading, int64_t now_us, struct err *err);
int ledger_check_gpu(const struct gpu_reading *reading, int64_t now_us, struct err *err);
int ledger_check_invoice(const struct invoice_reading *reading, int64_t now_us, struct err *err);

/* A usage line ready to be put: a reading whose texts have become ids. */
struct usage_line {
	int64_t at_us;
	struct text id; /* empty: none was given, and hash stands for it */
	int64_t hash;   /* of the content, of a line without an id of its own; else 0 */
	struct series_id series;
	enum usage_status status;
	bool has_usage, grows;
	int64_t requests, latency_ms, ttft_ms; /* or NOT_REPORTED */
	struct usage usage;
	struct text extras; /* JSON object of parts and searches a source told of, "" where it did not */
	struct line_price price;
	int64_t line; /* in the input */
};

#define LEDGER_MADE_ID 48 /* room for a made id and its NUL */

/* The id of a line without one: its content's hash and its occurrence, n = 0 the first. Returns the length. */
size_t ledger_made_id(char *id, uint64_t hash, int64_t n);

/* Take a line into the ledger. The hash of a line without an id finds its occurrence number. */
enum put_result ledger_put_usage(struct store *store, int64_t run, const struct usage_line *line, struct err *err);

enum put_result ledger_put_gpu(struct store *store, int64_t run, const struct gpu_reading *reading, struct err *err);
enum put_result ledger_put_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, struct err *err);

/*
 * ---- for sources that say what is and not what happened: the later content of their own rows stands.
 *
 * try: as put, of a reading with an id, but nothing is kept of a conflict: *stands is the run of the line that is there
 * (of GPU hours also when it begins, *met_us). keep: what put does with a conflict.
 */
enum ledger_kind { LEDGER_USAGE, LEDGER_GPU, LEDGER_INVOICE };

enum put_result ledger_try_usage(
	struct store *store, int64_t run, const struct usage_line *line, int64_t *stands, struct err *err);
enum put_result ledger_keep_usage(struct store *store, int64_t run, const struct usage_line *line, struct err *err);

struct gpu_met {
	int64_t from_us, run;
};
enum put_result ledger_try_gpu(
	struct store *store, int64_t run, const struct gpu_reading *reading, struct gpu_met *met, struct err *err);
enum put_result ledger_keep_gpu(struct store *store, int64_t run, const struct gpu_reading *reading,
	const struct gpu_met *met, struct err *err);

enum put_result ledger_try_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, int64_t *stands, struct err *err);
enum put_result ledger_keep_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, struct err *err);

/* As try, but a line that stands with other content gives way (*replaced), and one that comes again is of this run. */
enum put_result ledger_replace_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, bool *replaced, struct err *err);

/* Remove the lines of a billing period that earlier runs of the source brought: how many, or -1. */
int ledger_drop_invoices(struct store *store, int64_t source, int64_t run, int64_t period_from_us, struct err *err);

/* The made id of an invoice line without one: what it says besides its amounts, grouping and dimensions included. */
uint64_t ledger_invoice_key(const struct invoice_reading *reading);

/* Remove a line: 1, or 0 where there is none, -1. Its key is as conflict has it. Sums are the caller's. */
int ledger_take_back(struct store *store, enum ledger_kind kind, int64_t at_us, struct text key, struct err *err);

/* Keep in sight that a source has no longer a line that stands and must not go. */
int ledger_keep_removed(
	struct store *store, enum ledger_kind kind, int64_t run, int64_t at_us, struct text key, struct err *err);

/*
 * Until when months are closed: the figures before this instant do not change any more, and what comes later is a
 * conflict in sight. INT64_MIN: none is. Part of a transaction.
 */
int ledger_closed_until(struct store *store, int64_t *until_us, struct err *err);
int ledger_close_until(struct store *store, int64_t until_us, struct err *err);

/* Forget what a run remembered of lines without an id; before its commit. */
int ledger_run_ended(struct store *store, struct err *err);

/* Content that came for a key that stands with other content. */
struct conflict {
	int64_t at_us;
	int64_t run;         /* the run that brought it */
	int64_t first_at_us; /* when that run began */
	const char *kind;    /* "usage", "gpu", "invoice" */
	const char *key;
	const char *came, *stands; /* JSON objects of what differs */
};

struct conflict_list {
	struct conflict *rows; /* newest first, at most `limit` */
	size_t n;
	int64_t total;
};

struct arena;
int ledger_conflicts(
	struct store *store, struct arena *arena, size_t limit, struct conflict_list *list, struct err *err);

#endif
