/*
 * store: one SQLite file, opened, checked, migrated, with every statement of sql/queries prepared.
 *
 * The only door to SQLite. A handle belongs to one thread at a time. Any number of handles may read
 * while one writes (WAL). Everything that changes the ledger happens between store_begin and
 * store_commit; what is not committed is as if it had never been.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct store;

#define STORE_FILE "ledger.db" /* inside a data directory */

enum store_mode {
	STORE_READ,  /* the ledger must exist and be of this program's version; nothing is written */
	STORE_WRITE, /* made where there is none (with its directory), older versions are migrated */
	/*
	 * For a dry run: a ledger of its own in a temporary file, which knows what stands in the ledger of this path (as it
	 * was when this was opened; nothing where there is none) and goes again when it is closed. What is put into it and
	 * committed stays in it. The ledger itself is only read: nobody waits for a dry run. Sums are of what is put here.
	 */
	STORE_TRIAL
};

/*
 * path is a data directory, or a file when it is one or would be one by its end ".db";
 * ":memory:" is a ledger for tests. Said in a sentence: not there (ERR_MISSING), newer than this program,
 * of another program, damaged, read-only, no permission (ERR_OUTSIDE), locked (ERR_BUSY).
 */
struct store *store_open(const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *store); /* rolls back what is open; NULL is nothing */

/* The file, as opened. */
const char *store_path(const struct store *store);

/* Take the write lock (waits up to 5 s, then ERR_BUSY), commit, roll back. No nesting. */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);

/* Nothing is asked for a while: give back the pages that are held in memory. The bytes. */
int64_t store_rest(struct store *store);

/* How long store_begin and every statement wait for another's lock: 5,000 ms unless told otherwise. */
void store_patience(struct store *store, int ms);

/*
 * In a transaction: 1 when another handle has changed the ledger since this was last asked (or it was never
 * asked), 0 when not, -1. What this handle remembers of rows (series, sums) is forgotten with a 1; a handle
 * that lives long asks at the begin of each transaction.
 */
int store_changed_outside(struct store *store, struct err *err);

/*
 * Begin a read of several queries that all see one state of the ledger; ended by store_read_end. Reads
 * outside see each their own.
 */
int store_read_begin(struct store *store, struct err *err);
void store_read_end(struct store *store);

/*
 * A remembered fact about the ledger ("zone", "demo", ...). get: 1 and the value copied, cut to size; 0
 * where there is none; -1 with *err.
 */
int store_meta_get(struct store *store, const char *name, char *value, size_t size, struct err *err);
int store_meta_set(struct store *store, const char *name, const char *value, struct err *err);

/* Bytes of the data base file (without the write-ahead log). */
int64_t store_size(struct store *store);

/*
 * The integrity check of SQLite and of every foreign key. 0 sound, 1 with *err filled with the first
 * fault found, -1 with *err where the check itself failed.
 */
int store_integrity(struct store *store, struct err *err);

/*
 * Copy the ledger, while others read and write it, into a file that must not exist yet; the copy is one
 * state of the ledger and is opened and checked before this returns. A failure leaves no file.
 */
int store_backup(struct store *store, const char *file, struct err *err);

/*
 * Put the content of the backup in `file` in the place of the ledger at path (made where there is none),
 * in one transaction. ERR_BUSY when any other process or handle has the ledger open. The content before
 * is kept beside it when it held anything: its file name is written to kept ("" otherwise).
 */
int store_restore(const char *path, const char *file, char *kept, size_t size, struct err *err);

#endif
