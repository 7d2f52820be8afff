/*
 * totals: what the ledger has seen in all, in a few numbers that cost next to nothing to read.
 */
#ifndef STORE_TOTALS_H
#define STORE_TOTALS_H

#include <stdint.h>

struct err;
struct store;

struct ledger_totals {
	int64_t imports;                               /* finished runs */
	int64_t taken, repeated, conflicting, refused; /* rows of all of them */
	int64_t last_import_us;                        /* 0: never */
	int64_t last_usage_us;                         /* -1: the ledger holds no usage */
	int64_t file_bytes, log_bytes;                 /* the data base, and its write-ahead log */
};

int ledger_totals(struct store *store, struct ledger_totals *totals, struct err *err);

#endif
